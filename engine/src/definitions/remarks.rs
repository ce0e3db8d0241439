//! What is no error but should be known: missing translations, and parts the
//! city has to look at.

use crate::source::{Diagnostic, Key, Node, NodeKind, Report, Span};

/// Missing translations, and what the city shall look at.
pub(super) fn remark(node: &Node, name: Option<&Node>, report: &mut Report) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| remark(item, name, report)),
        NodeKind::Map(entries) => {
            let has = |key: &str| {
                entries
                    .iter()
                    .any(|(known, value)| known.text == key && value.kind != NodeKind::Null)
            };
            if has("de") && !has("en") {
                report.push(
                    Diagnostic::warning(
                        "missing-translation",
                        node.span,
                        "the English text is missing",
                    )
                    .help("add `en:`"),
                );
            }
            let name = ["id", "ref", "label"]
                .iter()
                .find_map(|key| node.get(key).filter(|n| n.as_text().is_some()))
                .or(name);
            for (key, value) in entries {
                note(key, value, name, report);
                remark(value, name, report);
            }
        }
        _ => {}
    }
}

fn note(key: &Key, value: &Node, name: Option<&Node>, report: &mut Report) {
    let code = match key.text.as_str() {
        "verify" => "verify",
        "sample" => "sample",
        _ => return,
    };
    if value.as_bool() != Some(true) {
        return;
    }
    let of = name
        .and_then(Node::as_text)
        .map_or(String::new(), |name| format!(" of `{name}`"));
    let message = if code == "verify" {
        format!("the city should check this part{of}")
    } else {
        format!("this part{of} is an example; the city puts in its own")
    };
    let span = Span {
        end: value.span.end,
        ..key.span
    };
    report.push(Diagnostic::note(code, span, message));
}
