//! Decoding what parties do and what is expected of them.

use serde_json::{Map, Value as Json, json};

use crate::case::PartyState;
use crate::catalogue::unknown;
use crate::check::scenario::decode::About;
use crate::check::scenario::{Act, PARTY_CONFIRMS, PARTY_DECLINES, Who, given};
use crate::form::PartyRule;
use crate::source::{Diagnostic, Fields, Node, Report, Span};

/// How far a party can be.
const STATES: [PartyState; 5] = [
    PartyState::New,
    PartyState::Asked,
    PartyState::Confirmed,
    PartyState::Declined,
    PartyState::Expired,
];

/// `as: party/second_guardian, do: confirm`.
pub(super) fn act(
    event: &str,
    key: &str,
    keys: &Fields<'_>,
    about: About<'_>,
    report: &mut Report,
) -> Option<Act> {
    let with = keys.get("with");
    let span = |key| keys.get(key).map_or(keys.span, |node| node.span);
    let rule = rule(key, span("as"), about, report)?;
    let can = [PARTY_CONFIRMS, PARTY_DECLINES];
    if !can.contains(&event) {
        report.push(unknown(
            "unknown-event",
            "thing a party does named",
            event,
            can,
            span("do"),
        ));
        return None;
    }
    let mut given = Map::new();
    for (name, value) in with.and_then(Node::as_map).unwrap_or_default() {
        let field = rule.asks.field(&name.text);
        let own = match event {
            PARTY_CONFIRMS => field.is_some(),
            _ => name.text == "reason",
        };
        if !own && event == PARTY_CONFIRMS {
            report.push(given::no_field(&name.text, name.span, &rule.asks));
        } else if !own {
            let message = "who declines may give a `reason` and nothing else";
            report.push(Diagnostic::error("unknown-field", name.span, message));
        }
        given.insert(name.text.clone(), given::answer(value, field));
    }
    Some(Act {
        who: Who::Party {
            key: key.to_owned(),
        },
        event: event.to_owned(),
        with: given,
    })
}

/// `parties: { second_guardian: confirmed }`.
pub(super) fn states(node: &Node, about: About<'_>, report: &mut Report) -> Option<Json> {
    let mut expected = Map::new();
    let Some(entries) = node.as_map() else {
        let message = format!(
            "`parties` is a map from each party to how far it is, but here is {}",
            node.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", node.span, message));
        return None;
    };
    for (key, value) in entries {
        rule(&key.text, key.span, about, report);
        let name = value.as_text().unwrap_or_default();
        if !STATES.iter().any(|state| state.name() == name) {
            let known = STATES.map(PartyState::name);
            report.push(unknown(
                "wrong-value",
                "state of a party named",
                name,
                known,
                value.span,
            ));
        }
        expected.insert(key.text.clone(), json!(name));
    }
    Some(Json::Object(expected))
}

/// The party of a key: an id of the form, with a number for those made of a list.
fn rule<'a>(key: &str, span: Span, about: About<'a>, report: &mut Report) -> Option<&'a PartyRule> {
    let rules = about.service.form.parties.as_ref();
    let (id, entry) = match key.split_once('.') {
        Some((id, entry)) => (id, Some(entry)),
        None => (key, None),
    };
    let found = rules.and_then(|rules| rules.rule(id));
    let Some(rule) = found else {
        let known = rules.map(|rules| &rules.who).into_iter().flatten();
        let known = known.map(|rule| rule.id.as_str());
        report.push(unknown("unknown-party", "party", id, known, span));
        return None;
    };
    let fits = match (&rule.each, entry) {
        (None, None) => true,
        (Some(_), Some(entry)) => entry.parse::<usize>().is_ok(),
        _ => false,
    };
    if !fits {
        let (message, help) = match rule.each {
            Some(_) => (
                format!("there is one `{id}` for each entry of a list"),
                format!("write `{id}.0` for the first"),
            ),
            None => (format!("there is one `{id}` only"), format!("write `{id}`")),
        };
        report.push(Diagnostic::error("unknown-party", span, message).help(help));
    }
    Some(rule)
}
