//! The search over a whole town's services: `tests/samples/search`.

use engine::source::{Node, Report, SourceFile, Sources, read_yaml};

use super::*;

const SERVICES: &str = include_str!("../../../tests/samples/search/services.yaml");
const QUERIES: &str = include_str!("../../../tests/samples/search/queries.yaml");

fn yaml(text: &str) -> Node {
    let sources = Sources::new(vec![SourceFile {
        path: "sample.yaml".to_owned(),
        text: text.to_owned(),
    }]);
    let (id, _) = sources.iter().next().unwrap();
    let mut report = Report::default();
    let node = read_yaml(id, text, &mut report);
    assert!(report.is_usable(), "{}", report.render(&sources));
    node.unwrap()
}

fn text(node: &Node, key: &str) -> String {
    node.get(key)
        .and_then(Node::as_text)
        .unwrap_or_default()
        .to_owned()
}

fn both(node: &Node) -> Text {
    Text::both(text(node, "de"), text(node, "en"))
}

/// One text, or a list of them.
fn some(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let one = node.as_text().map(str::to_owned);
    let list = node.as_list().unwrap_or_default().iter();
    one.into_iter()
        .chain(list.filter_map(|item| Some(item.as_text()?.to_owned())))
        .collect()
}

fn town() -> (Vec<String>, Index) {
    let node = yaml(SERVICES);
    let services = node.get("services").unwrap().as_list().unwrap();
    let popular = some(yaml(QUERIES).get("popular"));
    let ids = services.iter().map(|service| text(service, "id")).collect();
    let entries: Vec<Entry> = services
        .iter()
        .map(|service| Entry {
            title: both(service.get("title").unwrap()),
            summary: both(service.get("summary").unwrap()),
            popular: popular.contains(&text(service, "id")),
            keywords: BTreeMap::from([(Language::De, some(service.get("keywords")))]),
        })
        .collect();
    (ids, Index::new(&entries))
}

#[test]
fn people_find_what_they_mean() {
    let (ids, index) = town();
    assert_eq!(ids.len(), 184);
    let mut wrong = Vec::new();
    for query in yaml(QUERIES).get("queries").unwrap().as_list().unwrap() {
        let ask = text(query, "ask");
        let language = Language::from_tag(&text(query, "in")).unwrap_or_default();
        let expected = some(query.get("first"));
        let found = index.find(&ask, language);
        let hits: Vec<&str> = found.hits.iter().map(|at| ids[*at].as_str()).collect();
        let right = match hits.first() {
            None => expected.is_empty(),
            Some(first) => expected.iter().any(|id| id == first),
        };
        if !right {
            wrong.push(format!(
                "{ask}: expected {expected:?}, found {:?}",
                &hits[..hits.len().min(5)]
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn what_was_understood_is_told() {
    let (_, index) = town();
    let found = index.find("Knolchen", Language::De);
    assert_eq!(
        found.understood,
        [("Knolchen".to_owned(), "Knöllchen".to_owned())]
    );
    assert_eq!(index.find("Knöllchen", Language::De).understood, []);
}

#[test]
fn where_nothing_is_found_there_are_ideas() {
    let (_, index) = town();
    let found = index.find("Hundesterrasse", Language::De);
    assert!(found.hits.is_empty() || found.ideas.is_empty());
    let found = index.find("Krematerium", Language::De);
    assert!(
        found.hits.is_empty() && found.ideas.len() <= MOST_IDEAS,
        "{found:?}"
    );
}

#[test]
fn every_title_finds_its_service() {
    let (ids, index) = town();
    let node = yaml(SERVICES);
    for (at, service) in node
        .get("services")
        .unwrap()
        .as_list()
        .unwrap()
        .iter()
        .enumerate()
    {
        let title = both(service.get("title").unwrap());
        for language in Language::ALL {
            let found = index.find(title.get(language), language);
            assert_eq!(
                found.hits.first(),
                Some(&at),
                "{} {}",
                ids[at],
                title.get(language)
            );
        }
    }
}

#[test]
fn an_index_of_nothing_finds_nothing() {
    assert_eq!(Index::new(&[]).find("Hund", Language::De), Found::default());
}
