//! Scenarios as YAML: those that were generated, to be pasted, and whole files
//! with everything that happened as expectations, to be read and kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use jiff::civil::DateTime;

use super::expect::{HAPPENS, OF_ANSWERS, OF_CASE, Observed};
use super::{Outcome, Passing, Scenario, Scenarios, Step};
use crate::definitions::Service;
use crate::text::Language;

/// Widest line where there is a choice, in characters.
const WIDTH: usize = 118;
/// Most passages recorded of one letter.
const PASSAGES: usize = 16;

/// One scenario as an entry of `scenarios:`, with all its answers.
pub fn write(scenario: &Scenario) -> String {
    let mut out = String::new();
    let begin = Begin {
        base: None,
        now: DateTime::default(),
        language: Language::De,
    };
    head(&mut out, scenario, &begin, &scenario.answers);
    let expected: Vec<(&str, Json)> = scenario
        .expect
        .0
        .iter()
        .map(|one| (one.name, one.value.clone()))
        .collect();
    expectations(&mut out, 4, &expected);
    if !scenario.steps.is_empty() {
        out.push_str("    steps:\n");
    }
    for step in &scenario.steps {
        let expected: Vec<(&str, Json)> = step
            .expect
            .0
            .iter()
            .map(|one| (one.name, one.value.clone()))
            .collect();
        step_lines(
            &mut out,
            step,
            step.refused.map(|(why, _)| why.name()),
            &expected,
        );
    }
    out
}

/// A whole file in which everything that happened is expected. Letters are
/// expected in the words of their first appearance.
pub fn record(all: &Scenarios, outcomes: &[Outcome], service: &Service) -> String {
    let mut out = "schalter: scenarios/1\nstrict: true\n".to_owned();
    out.push_str(&format!("now: {}\n", all.now.strftime("%Y-%m-%d %H:%M")));
    if !all.sets.is_empty() {
        out.push_str("answers:\n");
    }
    for (name, answers) in &all.sets {
        out.push_str(&format!("  {name}:\n"));
        for (id, value) in answers {
            entry(&mut out, 4, id, value);
        }
    }
    out.push_str("scenarios:\n");
    let mut letters = BTreeSet::new();
    let mut usual = Observed::new();
    for (scenario, outcome) in all.list.iter().zip(outcomes) {
        let changes = scenario.changes.iter().cloned().collect();
        out.push('\n');
        let taken_over = |base: &str| all.list.iter().find(|known| known.id == base);
        let taken_over = scenario.base.as_deref().and_then(taken_over);
        let begin = Begin {
            base: scenario.base.as_deref(),
            now: taken_over.map_or(all.now, |base| base.now),
            language: taken_over.map_or(Language::De, |base| base.language),
        };
        head(&mut out, scenario, &begin, &changes);
        let first = recorded_first(scenario, &outcome.first, &mut usual, service, &mut letters);
        expectations(&mut out, 4, &first);
        if !scenario.steps.is_empty() {
            out.push_str("    steps:\n");
        }
        let mut before = &outcome.first;
        for (at, step) in scenario.steps.iter().enumerate() {
            let (Some(seen), Some(refused)) = (outcome.steps.get(at), outcome.refusals.get(at))
            else {
                break;
            };
            let changed = recorded(seen, before, service, &mut letters);
            step_lines(&mut out, step, refused.map(|why| why.name()), &changed);
            before = seen;
        }
    }
    out
}

/// What a scenario begins with where it does not say otherwise.
struct Begin<'b> {
    base: Option<&'b str>,
    now: DateTime,
    language: Language,
}

fn head(out: &mut String, scenario: &Scenario, begin: &Begin<'_>, answers: &Map<String, Json>) {
    out.push_str(&format!("  - id: {}\n", scenario.id));
    if let Some(name) = &scenario.name {
        out.push_str(&format!("    name: {}\n", scalar(name)));
    }
    if let Some(base) = begin.base {
        out.push_str(&format!("    base: {base}\n"));
    }
    if scenario.now != begin.now {
        out.push_str(&format!(
            "    now: {}\n",
            scenario.now.strftime("%Y-%m-%d %H:%M")
        ));
    }
    if scenario.language != begin.language {
        out.push_str(&format!("    language: {}\n", scenario.language.tag()));
    }
    if !scenario.params.is_empty() {
        entry(out, 4, "params", &Json::Object(scenario.params.clone()));
    }
    if let Some(free) = scenario.free {
        out.push_str(&format!("    free: {free}\n"));
    }
    if !answers.is_empty() {
        out.push_str("    answers:\n");
    }
    for (path, value) in answers {
        entry(out, 6, path, value);
    }
}

fn expectations(out: &mut String, indent: usize, expected: &[(&str, Json)]) {
    if expected.is_empty() {
        return;
    }
    out.push_str(&format!("{}expect:\n", " ".repeat(indent)));
    for (name, value) in expected {
        entry(out, indent + 2, name, value);
    }
}

fn step_lines(out: &mut String, step: &Step, refused: Option<&str>, expected: &[(&str, Json)]) {
    let mut lines: Vec<(&str, Json)> = Vec::new();
    match &step.time {
        Some(Passing::Timer(id)) => lines.push(("wait_for", json!(id))),
        Some(Passing::To(moment)) => {
            lines.push((
                "advance_to",
                json!(moment.strftime("%Y-%m-%d %H:%M").to_string()),
            ));
        }
        Some(Passing::For {
            days,
            working_days,
            hours,
        }) => {
            let all = [
                ("days", *days),
                ("working_days", *working_days),
                ("hours", *hours),
            ];
            let given = all.iter().filter(|(_, number)| *number != 0);
            let map: Map<String, Json> = given
                .map(|(unit, n)| ((*unit).to_owned(), json!(n)))
                .collect();
            lines.push(("advance", Json::Object(map)));
        }
        None => {}
    }
    lines.extend(step.free.map(|free| ("free", json!(free))));
    if let Some(act) = &step.act {
        lines.push(("as", json!(act.who.text())));
        lines.push(("do", json!(act.event)));
        if !act.with.is_empty() {
            lines.push(("with", Json::Object(act.with.clone())));
        }
    }
    lines.extend(refused.map(|why| ("refused", json!(why))));
    let start = out.len();
    for (name, value) in &lines {
        entry(out, 8, name, value);
    }
    expectations(out, 8, expected);
    if out.len() > start {
        out.replace_range(start + 6..start + 8, "- ");
    } else {
        out.push_str("      - {}\n");
    }
}

/// What is worth expecting once the answers are handed in.
fn recorded_first(
    scenario: &Scenario,
    seen: &Observed,
    usual: &mut Observed,
    service: &Service,
    letters: &mut BTreeSet<String>,
) -> Vec<(&'static str, Json)> {
    let mut expected = Vec::new();
    for name in OF_ANSWERS {
        let Some(value) = seen.get(name) else {
            continue;
        };
        let empty = in_empty(value);
        let same = usual.get(name) == Some(value);
        // Who applies and what is set rarely changes: told once.
        let told = match name {
            "applicant" | "params" => !same,
            "findings" | "outstanding" | "hidden" => !empty,
            _ => true,
        };
        if told {
            usual.insert(name.to_owned(), value.clone());
            expected.push((name, value.clone()));
        }
    }
    // Cases that begin like the first are told about where something happens then.
    let as_usual = |name: &str| seen.get(name) == usual.get(name);
    let unlike = !OF_CASE
        .iter()
        .filter(|name| **name != "letters")
        .all(|name| as_usual(name));
    if unlike || !scenario.steps.is_empty() {
        expected.extend(recorded(seen, &Observed::new(), service, letters));
    }
    for name in OF_CASE {
        if let (Some(value), None) = (seen.get(name), usual.get(name)) {
            usual.insert(name.to_owned(), value.clone());
        }
    }
    expected
}

fn in_empty(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        Json::String(text) => text == "none",
        _ => false,
    }
}

/// What happened or changed in a step.
fn recorded(
    seen: &Observed,
    before: &Observed,
    service: &Service,
    letters: &mut BTreeSet<String>,
) -> Vec<(&'static str, Json)> {
    let mut expected = Vec::new();
    for name in OF_CASE {
        let Some(value) = seen.get(name) else {
            continue;
        };
        let old = before.get(name);
        let value = match name {
            "letters" => passages(value, service, letters),
            "offers" if old.is_none() => value.clone(),
            "vars" | "offers" => changed_of(value, old),
            _ if HAPPENS.contains(&name) => value.clone(),
            _ if old == Some(value) => continue,
            _ => value.clone(),
        };
        if !(in_empty(&value)
            && (HAPPENS.contains(&name)
                || old.is_none_or(in_empty)
                || value.is_object() && name != "timers"))
        {
            expected.push((name, value));
        }
    }
    expected
}

/// Entries that are new or other than before.
fn changed_of(value: &Json, old: Option<&Json>) -> Json {
    let entries = value.as_object().into_iter().flatten();
    let changed = entries.filter(|(name, value)| match old.and_then(|old| old.get(name)) {
        Some(old) => old != *value,
        None => !value.is_null() && !in_empty(value),
    });
    Json::Object(
        changed
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

/// Lines of letters that were filled in, of each letter once.
fn passages(written: &Json, service: &Service, known: &mut BTreeSet<String>) -> Json {
    let mut all = Map::new();
    for (template, texts) in written.as_object().into_iter().flatten() {
        if !known.insert(template.clone()) {
            continue;
        }
        let mut languages = Map::new();
        for (tag, text) in texts.as_object().into_iter().flatten() {
            let source = source_of(service, template, tag);
            let fixed: BTreeSet<&str> = source.lines().map(plain).collect();
            let mut filled: Vec<&str> = Vec::new();
            for line in text.as_str().unwrap_or_default().lines().map(str::trim) {
                if !line.is_empty() && !fixed.contains(line) && !filled.contains(&line) {
                    filled.push(line);
                }
            }
            filled.truncate(PASSAGES);
            languages.insert(tag.clone(), json!(filled));
        }
        all.insert(template.clone(), Json::Object(languages));
    }
    Json::Object(all)
}

/// A line of a template as it is read where nothing is filled in.
fn plain(line: &str) -> &str {
    let line = line.trim();
    ["## ", "### "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line)
}

fn source_of<'s>(service: &'s Service, template: &str, tag: &str) -> &'s str {
    let own = format!("workflows/letters/{}/{template}.{tag}.hbs", service.form.id);
    let general = format!("workflows/letters/{template}.{tag}.hbs");
    let find = |path: &str| service.bundle.iter().find(|file| file.path == path);
    find(&own)
        .or_else(|| find(&general))
        .map_or("", |file| file.text.as_str())
}

/// `key: value`, on one line where it fits.
fn entry(out: &mut String, indent: usize, key: &str, value: &Json) {
    let pad = " ".repeat(indent);
    let short = flow(value);
    let key = scalar(key);
    if indent + key.chars().count() + 2 + short.chars().count() <= WIDTH || !nested(value) {
        out.push_str(&format!("{pad}{key}: {short}\n"));
        return;
    }
    if let Json::Array(items) = value
        && items.iter().all(Json::is_string)
        && items.iter().filter_map(Json::as_str).all(is_name)
    {
        wrapped(out, indent, &key, items);
        return;
    }
    out.push_str(&format!("{pad}{key}:\n"));
    match value {
        Json::Object(fields) => {
            for (name, value) in fields {
                entry(out, indent + 2, name, value);
            }
        }
        Json::Array(items) => {
            for item in items {
                out.push_str(&format!("{pad}  - {}\n", flow(item)));
            }
        }
        _ => {}
    }
}

/// Whether a text is an id or a path, or short.
fn is_name(text: &str) -> bool {
    !text.contains(char::is_whitespace) || text.chars().count() < WIDTH / 3
}

/// Short texts on as many lines as they need.
fn wrapped(out: &mut String, indent: usize, key: &str, items: &[Json]) {
    let pad = " ".repeat(indent);
    let mut line = format!("{pad}{key}: [");
    for (at, item) in items.iter().enumerate() {
        let mut item = flow(item);
        item.push_str(if at + 1 == items.len() { "]" } else { "," });
        if line.chars().count() + item.chars().count() >= WIDTH {
            out.push_str(&format!("{}\n", line.trim_end()));
            line = format!("{pad}  ");
        }
        line.push_str(&item);
        line.push(' ');
    }
    out.push_str(&format!("{}\n", line.trim_end()));
}

fn nested(value: &Json) -> bool {
    match value {
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
        _ => false,
    }
}

fn flow(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::String(text) => scalar(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Json::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", scalar(name), flow(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as a scalar that is read as the same text, also inside of `{ }`.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || " _./+-@!()§–„“".contains(c);
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() || c == '_');
    let last = text.chars().last().is_some_and(|c| !c.is_whitespace());
    let other = ["true", "false", "null", "yes", "no", "on", "off"].contains(&text)
        || text.parse::<i64>().is_ok();
    if first && last && !other && text.chars().all(safe) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
