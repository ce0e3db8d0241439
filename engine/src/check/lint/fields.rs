//! Questions one by one, in forms, libraries and the small forms of workflows.

use std::collections::BTreeMap;

use super::{entries, id_span, items, patterns, warn};
use crate::definitions::Kind;
use crate::source::{Node, Report, Span};

/// Ids of options for those whom no other fits.
const NONE: [&str; 7] = [
    "none",
    "nothing",
    "neither",
    "no",
    "other",
    "unknown",
    "not_applicable",
];

pub(super) fn check(kind: &Kind, node: &Node, report: &mut Report) {
    match kind {
        Kind::Form(_) => {
            for page in items(node, "pages") {
                container(items(page, "fields"), report);
            }
        }
        Kind::Library(_) => {
            for (_, group) in entries(node, "groups") {
                container(items(group, "fields"), report);
            }
        }
        Kind::Workflow(_) => {
            for (_, form) in entries(node, "forms") {
                container(form.as_list().unwrap_or_default(), report);
            }
        }
        _ => {}
    }
}

/// The fields of one page, group or list.
fn container(fields: &[Node], report: &mut Report) {
    let always = |field: &&Node| field.get("visible").is_none();
    let labels = fields.iter().filter(always).filter_map(label);
    same_words(labels, "questions", report);
    for field in fields {
        check_field(field, report);
        container(items(field, "fields"), report);
    }
}

fn check_field(field: &Node, report: &mut Report) {
    let kind = field.get("type").and_then(Node::as_text);
    let options = items(field, "options");
    if let ("consent", Some(default)) = (kind.unwrap_or_default(), field.get("default"))
        && default.as_bool() == Some(true)
    {
        let message =
            "this box is ticked already, so ticking it is no consent (Art. 4 Nr. 11 GDPR)";
        warn(
            report,
            "consent-preset",
            default.span,
            message,
            "remove `default`",
        );
    }
    if let (Some("choice" | "choices"), [only]) = (kind, options) {
        let message = "there is only one option, so there is nothing to choose";
        let help = "add the other options, or make it a `boolean` or `info`";
        warn(report, "single-option", id_span(only), message, help);
    }
    if kind == Some("choices") {
        check_none(field, options, report);
    }
    let texts = options
        .iter()
        .filter(|option| option.get("visible").is_none())
        .filter_map(|option| option.get("de"));
    same_words(
        texts.filter_map(|de| Some((de.as_text()?, de.span))),
        "options",
        report,
    );
    patterns::check(field, report);
}

/// Several may be chosen, but one must be: then "none of these" must be one.
fn check_none(field: &Node, options: &[Node], report: &mut Report) {
    let required = field
        .get("required")
        .is_none_or(|required| required.as_bool() == Some(true));
    let none = |option: &Node| {
        option.get("id").and_then(Node::as_text).is_some_and(|id| {
            NONE.contains(&id) || id.starts_with("none_") || id.starts_with("no_")
        })
    };
    if required && options.len() > 1 && !options.iter().any(none) {
        let message = "whom none of these options fits cannot go on";
        let help = "add `required: false`, or an option `none` such as “None of these”";
        warn(
            report,
            "choices-without-none",
            id_span(field),
            message,
            help,
        );
    }
}

fn label(field: &Node) -> Option<(&str, Span)> {
    let de = field.get("label")?.get("de")?;
    Some((de.as_text()?, de.span))
}

/// Two things side by side with the same words cannot be told apart.
fn same_words<'n>(texts: impl Iterator<Item = (&'n str, Span)>, what: &str, report: &mut Report) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (text, span) in texts {
        if seen.insert(text, span).is_some() && !text.trim().is_empty() {
            let message = format!("two {what} side by side read “{text}”");
            let help = "give them words people can tell apart, also when they hear them";
            warn(report, "same-words", span, message, help);
        }
    }
}
