//! What citizens and clerks read: no empty texts, no walls of text, messages
//! that say what to do.

use super::warn;
use crate::source::{Diagnostic, Node, NodeKind, Report};

/// Most characters of a hint below a question.
const HINT: usize = 250;
/// Most characters of a question; consents and information texts may be longer.
const LABEL: usize = 120;
/// Most words of a sentence.
const SENTENCE: usize = 35;
/// Words that blame without telling what to do.
const BLAME: [&str; 5] = [
    "ungültig",
    "invalid",
    "fehlerhaft",
    "falsche eingabe",
    "wrong input",
];

pub(super) fn check(node: &Node, report: &mut Report) {
    walk(node, "", report);
}

fn walk(node: &Node, key: &str, report: &mut Report) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| walk(item, key, report)),
        NodeKind::Map(entries) => {
            let long_label = matches!(
                node.get("type").and_then(Node::as_text),
                Some("info" | "consent")
            );
            let is_text = node.get("de").is_some();
            for (name, value) in entries {
                if is_text && matches!(name.text.as_str(), "de" | "en") {
                    if let Some(text) = value.as_text() {
                        check_text(key, text, value, report);
                    }
                } else if name.text == "label" && long_label {
                    walk(value, "", report);
                } else if matches!(name.text.as_str(), "basis" | "ref") {
                    check_text("", value.as_text().unwrap_or("-"), value, report);
                } else {
                    walk(value, &name.text, report);
                }
            }
        }
        _ => {}
    }
}

fn check_text(key: &str, text: &str, node: &Node, report: &mut Report) {
    let span = node.span;
    if text.trim().is_empty() {
        let message = "this text is empty: people would read nothing here";
        report.push(
            Diagnostic::error("empty-text", span, message)
                .help("write the words, or leave the key out where it may be missing"),
        );
        return;
    }
    let length = text.chars().count();
    if key == "help" && length > HINT {
        let message = format!("this hint has {length} characters; more than {HINT} are not read");
        let help = "say the one thing needed to answer; move the rest to `intro` of the page";
        warn(report, "hint-too-long", span, message, help);
    }
    if key == "label" && length > LABEL {
        let message = format!("this label has {length} characters; a question has at most {LABEL}");
        let help = "ask in one short sentence; move the explanation to `help`";
        warn(report, "label-too-long", span, message, help);
    }
    if matches!(key, "help" | "intro" | "message" | "pattern_message") {
        check_sentences(text, node, report);
    }
    if matches!(key, "message" | "pattern_message") {
        check_blame(text, node, report);
    }
}

fn check_sentences(text: &str, node: &Node, report: &mut Report) {
    let sentences = text.split_inclusive(['.', '!', '?', ':', ';', '\n']);
    let longest = sentences
        .map(|sentence| sentence.split_whitespace().count())
        .max()
        .unwrap_or(0);
    if longest > SENTENCE {
        let message = format!("a sentence of {longest} words is hard to follow");
        let help = format!("make several sentences of it, each with at most {SENTENCE} words");
        warn(report, "long-sentence", node.span, message, help);
    }
}

fn check_blame(text: &str, node: &Node, report: &mut Report) {
    let lower = text.to_lowercase();
    let Some(word) = BLAME.iter().find(|word| lower.contains(*word)) else {
        return;
    };
    let at = lower.find(word).unwrap_or(0);
    // Lower case may have other bytes, then the whole text is marked.
    let exact = text.get(at..at + word.len());
    let span = match exact.filter(|found| found.to_lowercase() == **word) {
        Some(_) => node.text_span(at, at + word.len()),
        None => node.span,
    };
    let message = format!("“{word}” tells people that they failed, not what to do");
    let help = "say what is needed and give an example: “Enter the number like this: HRB 12345.”";
    warn(report, "unclear-message", span, message, help);
}
