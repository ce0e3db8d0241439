//! Departments and queues that workflows name.

use super::{Kind, Read};
use crate::catalogue::unknown;
use crate::form::Shared;
use crate::source::{Node, NodeKind, Report, Span};
use crate::workflow::{Action, Name};

/// Departments and queues that workflows deliver or forward to by name must exist.
pub(super) fn check_targets(read: &[Read], shared: &Shared<'_>, report: &mut Report) {
    let Some((_, departments)) = shared.departments else {
        return;
    };
    for Read { kind, node, .. } in read {
        let (Kind::Workflow(id), Some(node)) = (kind, node) else {
            continue;
        };
        let Some((_, Some(workflow))) = shared.workflows.get(id) else {
            continue;
        };
        for action in workflow.actions() {
            let (department, queue) = match action {
                Action::Deliver {
                    department, queue, ..
                } => (department.as_ref(), queue.as_ref()),
                Action::Forward { department, queue } => (Some(department), Some(queue)),
                _ => continue,
            };
            let Some(Name::Fixed(department)) = department else {
                continue;
            };
            let Some(found) = departments.iter().find(|known| known.id == *department) else {
                let known: Vec<&str> = departments.iter().map(|d| d.id.as_str()).collect();
                let span = value_span(node, "department", department).unwrap_or(node.span);
                let diagnostic =
                    unknown("unknown-department", "department", department, known, span);
                report.push(diagnostic);
                continue;
            };
            if let Some(Name::Fixed(queue)) = queue
                && found.queue(queue).is_none()
            {
                let known: Vec<&str> = found.queues.iter().map(|q| q.id.as_str()).collect();
                let span = value_span(node, "queue", queue).unwrap_or(node.span);
                let what = format!("queue of `{department}` named");
                report.push(unknown("unknown-queue", &what, queue, known, span));
            }
        }
    }
}

/// Where a key has this text, anywhere below a node.
pub(super) fn value_span(node: &Node, key: &str, text: &str) -> Option<Span> {
    match &node.kind {
        NodeKind::List(items) => items.iter().find_map(|item| value_span(item, key, text)),
        NodeKind::Map(entries) => entries.iter().find_map(|(name, value)| {
            let here = name.text == key && value.as_text() == Some(text);
            if here {
                Some(value.span)
            } else {
                value_span(value, key, text)
            }
        }),
        _ => None,
    }
}
