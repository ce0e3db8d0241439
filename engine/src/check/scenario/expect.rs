//! What a scenario expects, compared with what was observed. Both are values
//! by name in one notation, so that whatever can be observed can be expected,
//! recorded and written down.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::source::Span;

/// Expectations that tell about the answers, in the order they are written.
pub(super) const OF_ANSWERS: [&str; 9] = [
    "findings",
    "pages",
    "hidden",
    "outstanding",
    "fee",
    "route",
    "applicant",
    "params",
    "capacity",
];

/// Expectations that tell about the case, in the order they are written.
pub(super) const OF_CASE: [&str; 20] = [
    "state",
    "outcome",
    "public",
    "flags",
    "assignee",
    "tasks",
    "queue",
    "vars",
    "mails",
    "documents",
    "notices",
    "deliveries",
    "payment",
    "places",
    "timers",
    "deadline",
    "offers",
    "letters",
    "parties",
    "can_end",
];

/// What must be named in strict files once it changes or happens.
pub(super) const STRICT: [&str; 11] = [
    "state",
    "outcome",
    "flags",
    "assignee",
    "queue",
    "mails",
    "documents",
    "notices",
    "deliveries",
    "payment",
    "places",
];

/// What happens in a step, as opposed to what is so after it.
pub(super) const HAPPENS: [&str; 7] = [
    "mails",
    "documents",
    "notices",
    "deliveries",
    "payment",
    "places",
    "letters",
];

/// Everything observed at one moment, by name.
pub(super) type Observed = Map<String, Json>;

/// One expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Its name, one of `OF_ANSWERS` or `OF_CASE`.
    pub name: &'static str,
    /// What is expected.
    pub value: Json,
    /// Where it stands.
    pub span: Span,
}

/// All expectations of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect(pub Vec<Expected>);

impl Expect {
    /// The expectation of a name.
    pub fn get(&self, name: &str) -> Option<&Expected> {
        self.0.iter().find(|expected| expected.name == name)
    }

    /// Whether something is expected of the case, so that there must be one.
    pub fn of_case(&self) -> bool {
        self.0.iter().any(|it| OF_CASE.contains(&it.name))
    }
}

/// What is wrong with an observation, in words; `None` where it is as expected.
pub(super) fn differs(expected: &Expected, observed: &Json) -> Option<(String, String)> {
    let wanted = &expected.value;
    let wrong = match expected.name {
        "fee" if wanted.get("lines").is_none() => {
            !same_amount(&wanted["total"], &observed["total"])
        }
        "fee" => !same_amounts(wanted, observed),
        "findings" => !same_findings(wanted, observed),
        "vars" | "params" | "offers" | "applicant" | "parties" => {
            return part_differs(wanted, observed);
        }
        "mails" | "deliveries" => !same_sent(wanted, observed),
        "payment" if wanted.get("amount").is_some() && wanted.get("purpose").is_none() => {
            !same_amount(&wanted["amount"], &observed["amount"])
        }
        "payment" => !same_amounts(wanted, observed),
        "letters" => return letters_differ(wanted, observed),
        _ => wanted != observed,
    };
    wrong.then(|| (in_words(wanted), in_words(observed)))
}

/// Whether two amounts are the same number: `0`, `0.0` and `0.00` are.
fn same_amount(wanted: &Json, observed: &Json) -> bool {
    let number = |value: &Json| value.as_str()?.parse::<Decimal>().ok();
    wanted == observed || number(wanted).is_some_and(|wanted| number(observed) == Some(wanted))
}

/// Whether two values are the same where amounts in them are compared as numbers.
fn same_amounts(wanted: &Json, observed: &Json) -> bool {
    match (wanted, observed) {
        (Json::Object(wanted), Json::Object(observed)) => {
            let same = |(key, value): (&String, &Json)| {
                let found = observed.get(key);
                found.is_some_and(|found| same_amounts(value, found))
            };
            wanted.len() == observed.len() && wanted.iter().all(same)
        }
        (Json::Array(wanted), Json::Array(observed)) => {
            let mut pairs = wanted.iter().zip(observed);
            wanted.len() == observed.len() && pairs.all(|(a, b)| same_amounts(a, b))
        }
        _ => same_amount(wanted, observed),
    }
}

/// The code `any` stands for whatever is found.
fn same_findings(wanted: &Json, observed: &Json) -> bool {
    let (Some(wanted), Some(observed)) = (wanted.as_object(), observed.as_object()) else {
        return false;
    };
    let any = Json::from(vec!["any"]);
    let anywhere = wanted.values().any(|codes| *codes == any);
    let each = wanted.iter().all(|(path, codes)| match observed.get(path) {
        Some(found) => *codes == any || found == codes,
        None => false,
    });
    each && (anywhere || wanted.len() == observed.len())
}

/// Only what is named is compared.
fn part_differs(wanted: &Json, observed: &Json) -> Option<(String, String)> {
    let (mut should, mut is) = (Map::new(), Map::new());
    for (name, value) in wanted.as_object().into_iter().flatten() {
        let found = observed.get(name).cloned().unwrap_or(Json::Null);
        if found != *value {
            should.insert(name.clone(), value.clone());
            is.insert(name.clone(), found);
        }
    }
    let words = |map| in_words(&Json::Object(map));
    (!should.is_empty()).then(|| (words(should), words(is)))
}

/// Templates or queues in order; attachments where they are named.
fn same_sent(wanted: &Json, observed: &Json) -> bool {
    let (Some(wanted), Some(observed)) = (wanted.as_array(), observed.as_array()) else {
        return false;
    };
    wanted.len() == observed.len()
        && wanted
            .iter()
            .zip(observed)
            .all(|(wanted, observed)| match wanted {
                Json::String(name) => observed.as_object().is_some_and(|o| o.contains_key(name)),
                other => other == observed,
            })
}

/// Every passage must stand in the letter of its language.
fn letters_differ(wanted: &Json, observed: &Json) -> Option<(String, String)> {
    for (template, languages) in wanted.as_object().into_iter().flatten() {
        for (language, passages) in languages.as_object().into_iter().flatten() {
            let Some(text) = observed[template][language].as_str() else {
                let sent: Vec<&String> = observed
                    .as_object()
                    .into_iter()
                    .flat_map(Map::keys)
                    .collect();
                return Some((
                    format!("the letter {template}"),
                    in_words(&Json::from(sent.into_iter().cloned().collect::<Vec<_>>())),
                ));
            };
            let missing = passages
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .find(|passage| !flat(text).contains(&flat(passage)));
            if let Some(passage) = missing {
                let expected = format!("the passage “{passage}” in {template} ({language})");
                return Some((expected, format!("the text\n{}", indented(text))));
            }
        }
    }
    None
}

/// A text without regard to how its lines are broken.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn indented(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| format!("        {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A value as people write it in scenarios.
pub(super) fn in_words(value: &Json) -> String {
    match value {
        Json::Null => "nothing".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Object(fields) if fields.is_empty() => "none".to_owned(),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(in_words).collect();
            items.join(", ")
        }
        Json::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| match value {
                Json::Array(_) | Json::Object(_) => format!("{key} [{}]", in_words(value)),
                _ => format!("{key} {}", in_words(value)),
            });
            fields.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
