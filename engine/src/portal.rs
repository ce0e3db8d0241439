//! What the portal of a city shows beside its services: the areas they are
//! listed under, situations of life, the services most asked for, news.

use jiff::civil::Date;

use crate::catalogue::{decode_id, duplicate, unknown};
use crate::source::{Diagnostic, Fields, Node, Report, Span};
use crate::text::Text;

/// Areas, situations and favourites: `catalogue/portals.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portals {
    /// The areas, in the order shown.
    pub areas: Vec<Area>,
    /// Situations of life, in the order shown.
    pub situations: Vec<Situation>,
    /// Services shown as popular until there are cases to count.
    pub popular: Vec<String>,
}

/// An area services are listed under, such as business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Id, as forms name it under `portals`.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// One sentence for the start page.
    pub summary: Text,
    /// What stands above its services.
    pub intro: Option<Text>,
}

/// A situation of life with the services it takes, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Id, part of its address.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// One sentence for the start page.
    pub summary: Text,
    /// Ids of services.
    pub services: Vec<String>,
}

/// A piece of news: an entry of `catalogue/news.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Id.
    pub id: String,
    /// First day it is shown.
    pub from: Date,
    /// Last day it is shown.
    pub to: Date,
    /// Its heading.
    pub title: Text,
    /// What is new.
    pub text: Text,
    /// The service it is about.
    pub service: Option<String>,
}

impl Portals {
    /// The area of an id.
    pub fn area(&self, id: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }

    /// The situation of an id.
    pub fn situation(&self, id: &str) -> Option<&Situation> {
        self.situations.iter().find(|situation| situation.id == id)
    }
}

impl News {
    /// Whether it is shown on a day.
    pub fn is_shown(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// Decodes `catalogue/portals.yaml`.
pub(crate) fn decode_portals(node: &Node, report: &mut Report) -> Portals {
    let mut portals = Portals::default();
    let Some(fields) = Fields::of(node, "the portals", report) else {
        return portals;
    };
    fields.get("schalter");
    for item in fields.list("portals", report) {
        if let Some(area) = decode_area(item, report) {
            if portals.area(&area.id).is_some() {
                report.push(duplicate("portals", &area.id, item.span));
            }
            portals.areas.push(area);
        }
    }
    for item in fields.list("situations", report) {
        if let Some(situation) = decode_situation(item, report) {
            if portals.situation(&situation.id).is_some() {
                report.push(duplicate("situations", &situation.id, item.span));
            }
            portals.situations.push(situation);
        }
    }
    portals.popular = fields.text_list("popular", report);
    fields.finish("the portals", report);
    portals
}

fn decode_area(node: &Node, report: &mut Report) -> Option<Area> {
    let fields = Fields::of(node, "a portal", report)?;
    let id = decode_id(&fields, report);
    let title = fields.need_texts("title", report);
    let summary = fields.need_texts("summary", report);
    let intro = fields.texts("intro", report);
    fields.bool("sample", report);
    fields.bool("verify", report);
    fields.finish("a portal", report);
    Some(Area {
        id: id?,
        title: title?,
        summary: summary?,
        intro,
    })
}

fn decode_situation(node: &Node, report: &mut Report) -> Option<Situation> {
    let fields = Fields::of(node, "a situation", report)?;
    let id = decode_id(&fields, report);
    let title = fields.need_texts("title", report);
    let summary = fields.need_texts("summary", report);
    fields.need("services", report);
    let services = fields.text_list("services", report);
    fields.bool("sample", report);
    fields.bool("verify", report);
    fields.finish("a situation", report);
    Some(Situation {
        id: id?,
        title: title?,
        summary: summary?,
        services,
    })
}

/// Decodes `catalogue/news.yaml`.
pub(crate) fn decode_news(node: &Node, report: &mut Report) -> Vec<News> {
    let mut all: Vec<News> = Vec::new();
    let Some(fields) = Fields::of(node, "the news", report) else {
        return all;
    };
    fields.get("schalter");
    for item in fields.list("news", report) {
        if let Some(news) = decode_entry(item, report) {
            if all.iter().any(|known| known.id == news.id) {
                report.push(duplicate("entries", &news.id, item.span));
            }
            all.push(news);
        }
    }
    fields.finish("the news", report);
    all
}

fn decode_entry(node: &Node, report: &mut Report) -> Option<News> {
    let fields = Fields::of(node, "a piece of news", report)?;
    let id = decode_id(&fields, report);
    let from = decode_day(&fields, "from", report);
    let to = decode_day(&fields, "to", report);
    let title = fields.need_texts("title", report);
    let text = fields.need_texts("text", report);
    let service = fields.text("service", report);
    fields.bool("sample", report);
    fields.bool("verify", report);
    if let (Some(from), Some(to), Some(span)) = (from, to, fields.get("to").map(|to| to.span))
        && to < from
    {
        report.push(
            Diagnostic::error("bad-day", span, "it would end before it begins")
                .help("`from` is the first day it is shown, `to` the last"),
        );
    }
    fields.finish("a piece of news", report);
    Some(News {
        id: id?,
        from: from?,
        to: to?,
        title: title?,
        text: text?,
        service,
    })
}

fn decode_day(fields: &Fields<'_>, key: &'static str, report: &mut Report) -> Option<Date> {
    let text = fields.need_text(key, report)?;
    let day = text.parse().ok();
    if day.is_none() {
        let span = fields.get(key).map_or(fields.span, |node| node.span);
        report.push(
            Diagnostic::error("bad-day", span, format!("`{text}` is no day"))
                .help("write year, month and day: `2026-12-31`"),
        );
    }
    day
}

/// Reports portals of a form the city does not have.
pub(crate) fn check_form(form: &Node, portals: &Portals, report: &mut Report) {
    let named = form
        .get("service")
        .and_then(|service| service.get("portals"));
    for (id, span) in named.map(texts).unwrap_or_default() {
        if portals.area(id).is_none() {
            let known: Vec<&str> = portals.areas.iter().map(|area| area.id.as_str()).collect();
            report.push(unknown("unknown-portal", "portal", id, known, span));
        }
    }
}

/// Tells of services that are named where none is: the line shows nothing. It
/// is no mistake, since a city may offer fewer services than its definitions name.
pub(crate) fn check_services<'s>(
    node: &Node,
    services: impl Iterator<Item = &'s str> + Clone,
    report: &mut Report,
) {
    let of = |list: &str, key: &str| {
        let items = node.get(list).and_then(Node::as_list).unwrap_or_default();
        let named = items.iter().filter_map(|item| item.get(key));
        named.flat_map(texts).collect::<Vec<_>>()
    };
    let mut named = of("situations", "services");
    named.extend(of("news", "service"));
    named.extend(node.get("popular").map(texts).unwrap_or_default());
    for (id, span) in named {
        if !services.clone().any(|known| known == id) {
            let help = crate::source::suggest(id, services.clone())
                .unwrap_or_else(|| "take the line out, or add the form".to_owned());
            let message = format!("there is no service `{id}`, so nothing is shown for it");
            report.push(Diagnostic::note("service-not-offered", span, message).help(help));
        }
    }
}

/// A text, or the texts of a list, with their places.
fn texts(node: &Node) -> Vec<(&str, Span)> {
    let one = std::slice::from_ref(node);
    let items = node.as_list().unwrap_or(one);
    items
        .iter()
        .filter_map(|item| Some((item.as_text()?, item.span)))
        .collect()
}
