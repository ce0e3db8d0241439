//! What the portal knows of a set of definitions, worked out once when they
//! are loaded: the search, the list from A to Z, what belongs to which area.

pub mod letters;
pub mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::definitions::{Definitions, Service};
use engine::portal::{Area, News};
use engine::text::{Language, Text};
use jiff::civil::Date;

use letters::Letters;
use search::{Entry, Found, Index};

/// A set of definitions as the portal shows it.
#[derive(Debug)]
pub struct Portal {
    /// The definitions it was made of.
    pub definitions: Arc<Definitions>,
    services: Vec<Arc<Service>>,
    index: Index,
    letters: [Letters; 2],
    areas: Vec<Area>,
}

/// What was found: services, and the words it was understood by.
#[derive(Debug, Default)]
pub struct Hits {
    /// Services, the best first.
    pub services: Vec<Arc<Service>>,
    /// Ids of departments.
    pub departments: Vec<String>,
    /// Words read as others: typed, understood.
    pub understood: Vec<(String, String)>,
    /// Words to try instead.
    pub ideas: Vec<String>,
}

impl Portal {
    /// Works out everything that is the same for each request.
    pub fn new(definitions: Arc<Definitions>) -> Portal {
        let services: Vec<Arc<Service>> = definitions.services.values().cloned().collect();
        let mut entries: Vec<Entry> = services
            .iter()
            .map(|service| Entry {
                title: service.form.title.clone(),
                keywords: service.form.service.keywords.clone(),
                summary: service.form.summary.clone(),
                popular: definitions.portals.popular.contains(&service.form.id),
            })
            .collect();
        entries.extend(definitions.departments.iter().map(|department| Entry {
            title: department.name.clone(),
            summary: together(&department.responsibilities),
            ..Entry::default()
        }));
        Portal {
            index: Index::new(&entries),
            letters: Language::ALL.map(|language| Letters::new(&services, language)),
            areas: areas(&definitions, &services),
            services,
            definitions,
        }
    }

    /// What fits a search on a page in `language`.
    pub fn find(&self, query: &str, language: Language) -> Hits {
        let Found {
            hits,
            understood,
            ideas,
        } = self.index.find(query, language);
        let mut found = Hits {
            understood,
            ideas,
            ..Hits::default()
        };
        for at in hits {
            match self.services.get(at) {
                Some(service) => found.services.push(Arc::clone(service)),
                None => found.departments.extend(
                    self.definitions
                        .departments
                        .get(at - self.services.len())
                        .map(|department| department.id.clone()),
                ),
            }
        }
        found
    }

    /// The list from A to Z.
    pub fn letters(&self, language: Language) -> &Letters {
        &self.letters[language as usize]
    }

    /// The areas there are services for, in the order shown.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The services of an area by title.
    pub fn of_area(&self, id: &str, language: Language) -> Vec<Arc<Service>> {
        let of = |service: &&Arc<Service>| {
            let portals = &service.form.service.portals;
            portals.iter().any(|portal| portal == id)
        };
        by_title(self.services.iter().filter(of).cloned().collect(), language)
    }

    /// The services of a department by title.
    pub fn of_department(&self, id: &str, language: Language) -> Vec<Arc<Service>> {
        let of = |service: &&Arc<Service>| service.form.service.department == id;
        by_title(self.services.iter().filter(of).cloned().collect(), language)
    }

    /// Those services of a list that are offered, in its order.
    pub fn offered<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> Vec<Arc<Service>> {
        let services = &self.definitions.services;
        ids.into_iter()
            .filter_map(|id| services.get(id).cloned())
            .collect()
    }

    /// The news of a day, the newest first.
    pub fn news(&self, day: Date) -> Vec<&News> {
        let mut news: Vec<&News> = self
            .definitions
            .news
            .iter()
            .filter(|news| news.is_shown(day))
            .collect();
        news.sort_by_key(|news| std::cmp::Reverse(news.from));
        news
    }
}

/// Services sorted as people read them.
pub fn by_title(mut services: Vec<Arc<Service>>, language: Language) -> Vec<Arc<Service>> {
    services.sort_by_cached_key(|service| search::words::words(service.form.title.get(language)));
    services
}

/// The areas of the definitions that have services; those only forms name come last.
fn areas(definitions: &Definitions, services: &[Arc<Service>]) -> Vec<Area> {
    let mut named: BTreeMap<&str, ()> = BTreeMap::new();
    for service in services {
        for portal in &service.form.service.portals {
            named.insert(portal, ());
        }
    }
    let known = definitions.portals.areas.iter();
    let mut areas: Vec<Area> = known
        .filter(|area| named.remove(area.id.as_str()).is_some())
        .cloned()
        .collect();
    areas.extend(named.into_keys().map(|id| Area {
        id: id.to_owned(),
        title: Text::same(id.replace('-', " ")),
        summary: Text::default(),
        intro: None,
    }));
    areas
}

/// Several texts as one, for the search.
fn together(texts: &[Text]) -> Text {
    let all = |language| {
        let parts: Vec<&str> = texts.iter().map(|text| text.get(language)).collect();
        parts.join(", ")
    };
    Text::both(all(Language::De), all(Language::En))
}
