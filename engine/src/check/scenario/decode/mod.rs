//! Decoding `scenarios.yaml`: every name is compared with the form and the
//! workflow, so that a scenario never passes because it is misspelt.

mod expect;
mod party;
mod steps;

use jiff::civil::{Date, DateTime, date};
use serde_json::{Map, Value as Json};

use crate::catalogue::{duplicate, unknown};
use crate::check::scenario::decode::expect::{expect, params};
use crate::check::scenario::decode::steps::steps;
use crate::check::scenario::{Expect, Scenario, Scenarios, given};
use crate::definitions::Service;
use crate::source::{Diagnostic, Fields, Node, Report, Span};
use crate::text::Language;

/// What scenarios are read against.
#[derive(Clone, Copy)]
pub(in crate::check::scenario) struct About<'a> {
    pub(in crate::check::scenario) service: &'a Service,
    /// Ids of departments and queues, `department/queue`.
    pub(in crate::check::scenario) queues: &'a [String],
}

/// The scenarios of a file; `queues` are all of the city, `department/queue`.
pub fn decode(
    node: &Node,
    service: &Service,
    queues: &[String],
    report: &mut Report,
) -> Option<Scenarios> {
    let about = About { service, queues };
    let keys = Fields::of(node, "a file of scenarios", report)?;
    keys.get("schalter");
    let mut all = Scenarios {
        strict: keys.bool("strict", report).unwrap_or(false),
        now: moment(&keys, "now", report).unwrap_or_else(|| date(2026, 1, 5).at(12, 0, 0, 0)),
        ..Scenarios::default()
    };
    for (name, node) in keys.map("answers", report) {
        given::check_names(node, "", &service.form.questions, &|_| false, report);
        let mut answers = Map::new();
        for (path, value) in changes(node, about) {
            given::change(&mut answers, &path, &value);
        }
        all.sets.push((name.text.clone(), answers));
    }
    keys.need("scenarios", report);
    for node in keys.list("scenarios", report) {
        if let Some(scenario) = scenario(node, &all, about, report) {
            all.list.push(scenario);
        }
    }
    keys.finish("a file of scenarios", report);
    Some(all)
}

fn scenario(
    node: &Node,
    all: &Scenarios,
    about: About<'_>,
    report: &mut Report,
) -> Option<Scenario> {
    let keys = Fields::of(node, "a scenario", report)?;
    let id = keys.need_text("id", report);
    let span = keys.get("id").map_or(node.span, |node| node.span);
    if let Some(id) = &id
        && all.list.iter().any(|known| known.id == *id)
    {
        report.push(duplicate("scenarios", id, span));
    }
    let name = keys.texts("name", report).map(|name| name.de);
    let (base, before) = base(&keys, all, report);
    let expect = keys
        .get("expect")
        .map_or_else(Expect::default, |node| expect(node, about, true, report));
    let answers_node = keys.get("answers");
    if let Some(node) = answers_node {
        let expected_unknown = |path: &str| expects_unknown(&expect, path);
        given::check_names(
            node,
            "",
            &about.service.form.questions,
            &expected_unknown,
            report,
        );
    }
    let mut answers = before.as_ref().map_or_else(Map::new, |b| b.answers.clone());
    let changes = answers_node.map_or_else(Vec::new, |node| changes(node, about));
    for (path, value) in &changes {
        given::change(&mut answers, path, value);
    }
    let now = moment(&keys, "now", report);
    let language = language(&keys, report);
    let params = keys
        .get("params")
        .and_then(|node| params(node, about, report))
        .unwrap_or_default();
    let free = keys.integer("free", report);
    if let (Some(_), None, Some(node)) = (free, &about.service.form.capacity, keys.get("free")) {
        report.push(no_places(node.span, about));
    }
    let steps = steps(&keys, about, report);
    keys.finish("a scenario", report);
    let before = before.as_ref();
    Some(Scenario {
        id: id?,
        name,
        span,
        now: now.or(before.and_then(|b| b.now)).unwrap_or(all.now),
        language: language
            .or(before.and_then(|b| b.language))
            .unwrap_or_default(),
        base,
        changes,
        answers,
        params: match params.is_empty() {
            true => before.map_or_else(Map::new, |b| b.params.clone()),
            false => params,
        },
        free: free.or(before.and_then(|b| b.free)),
        strict: all.strict,
        expect,
        steps,
    })
}

/// What a scenario takes over.
struct Before {
    answers: Map<String, Json>,
    now: Option<DateTime>,
    language: Option<Language>,
    params: Map<String, Json>,
    free: Option<i64>,
}

fn base(
    keys: &Fields<'_>,
    all: &Scenarios,
    report: &mut Report,
) -> (Option<String>, Option<Before>) {
    let Some(name) = keys.text("base", report) else {
        return (None, None);
    };
    let set = all.sets.iter().find(|(known, _)| *known == name);
    let scenario = all.list.iter().find(|known| known.id == name);
    let before = match (set, scenario) {
        (Some((_, answers)), _) => Before {
            answers: answers.clone(),
            now: None,
            language: None,
            params: Map::new(),
            free: None,
        },
        (None, Some(scenario)) => Before {
            answers: scenario.answers.clone(),
            now: Some(scenario.now),
            language: Some(scenario.language),
            params: scenario.params.clone(),
            free: scenario.free,
        },
        (None, None) => {
            let sets = all.sets.iter().map(|(name, _)| name.as_str());
            let known: Vec<&str> = sets.chain(all.list.iter().map(|s| s.id.as_str())).collect();
            let span = keys.get("base").map_or(keys.span, |node| node.span);
            let what = "set of answers or earlier scenario named";
            report.push(unknown("unknown-base", what, &name, known, span));
            return (Some(name), None);
        }
    };
    (Some(name), Some(before))
}

/// Answers by path, as written.
fn changes(node: &Node, about: About<'_>) -> Vec<(String, Json)> {
    let entries = node.as_map().unwrap_or_default().iter();
    let typed = entries.map(|(key, node)| {
        let field = about.service.form.questions.field(&key.text);
        // A path into a list names one entry of it.
        let value = given::answer(node, field);
        (key.text.clone(), value)
    });
    typed.collect()
}

/// Whether a scenario is about a question that does not exist.
fn expects_unknown(expect: &Expect, path: &str) -> bool {
    expect
        .get("findings")
        .and_then(|findings| findings.value.get(path))
        .and_then(Json::as_array)
        .is_some_and(|codes| codes.iter().any(|code| code == "unknown-field"))
}

fn language(keys: &Fields<'_>, report: &mut Report) -> Option<Language> {
    let tag = keys.text("language", report)?;
    let found = Language::from_tag(&tag);
    if found.is_none() {
        let span = keys.get("language").map_or(keys.span, |node| node.span);
        report.push(unknown(
            "unknown-language",
            "language",
            &tag,
            ["de", "en"],
            span,
        ));
    }
    found
}

/// A date, or a date with a time; a date alone is noon.
pub(in crate::check::scenario) fn moment(
    keys: &Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<DateTime> {
    let node = keys.get(key)?;
    let text = node.as_text().unwrap_or_default();
    let noon = |day: Date| day.at(12, 0, 0, 0);
    let found = match text.contains([' ', 'T']) {
        true => text.replacen(' ', "T", 1).parse::<DateTime>().ok(),
        false => text.parse::<Date>().ok().map(noon),
    };
    if found.is_none() {
        let message = format!("`{key}` must be a date such as 2026-11-23, or 2026-11-23 14:30");
        report.push(Diagnostic::error("wrong-shape", node.span, message));
    }
    found
}

/// That the service has no limited places.
pub(in crate::check::scenario) fn no_places(span: Span, about: About<'_>) -> Diagnostic {
    let message = format!("`{}` has no limited places", about.service.form.id);
    Diagnostic::error("no-capacity", span, message)
        .help("take `free` out, or add `capacity:` to the form")
}
