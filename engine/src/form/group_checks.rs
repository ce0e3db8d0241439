//! The checks a library group brings: written once, they hold wherever the group
//! is used, under the path it has there.

use std::collections::BTreeSet;

use super::fields::Compiler;
use super::model::Check;
use super::outline::{Outline, inner_scope};
use super::paths;
use crate::catalogue::duplicate;
use crate::feel::Scope;
use crate::source::{Diagnostic, Node, Report};

impl Compiler<'_, '_, '_> {
    /// Compiles the checks of all groups among these fields and inside them;
    /// `scope` is that of the container at `prefix`.
    pub(super) fn checks_of_groups(
        &mut self,
        outlines: &[Outline],
        prefix: &str,
        scope: &Scope,
        checks: &mut Vec<Check>,
    ) {
        for outline in outlines {
            if outline.children.is_empty() {
                continue;
            }
            let path = paths::join(prefix, &outline.id);
            let inner = inner_scope(scope, &outline.children);
            for node in &outline.checks {
                checks.extend(self.check_of_group(node, outline, &path, &inner));
            }
            self.checks_of_groups(&outline.children, &path, &inner, checks);
        }
    }

    fn check_of_group(
        &mut self,
        node: &Node,
        outline: &Outline,
        path: &str,
        inner: &Scope,
    ) -> Option<Check> {
        let before = self.report.diagnostics.len();
        let check = self.check(node, &outline.children, inner);
        let Some(check) = check else {
            self.blame_with(node, outline, before);
            return None;
        };
        let within = check
            .within
            .map_or_else(|| path.to_owned(), |list| paths::join(path, &list));
        Some(Check {
            id: paths::join(path, &check.id),
            at: paths::join(path, &check.at),
            within: Some(within),
            group: Some(path.to_owned()),
            ..check
        })
    }

    /// What is wrong with a check only because `with` leaves out a field it names
    /// is told at that `with`, not in the library, where nothing is wrong.
    fn blame_with(&mut self, node: &Node, outline: &Outline, before: usize) {
        let Some(with) = outline.node.get("with") else {
            return;
        };
        let lost = |code: &str| matches!(code, "feel-unknown-name" | "unknown-path");
        let mut found = self.report.diagnostics.split_off(before);
        let wrong = found.iter().find(|found| lost(found.code));
        let omits = (with.as_map().unwrap_or_default().iter())
            .find(|(_, change)| change.as_text() == Some("omit"));
        if let (Some(wrong), Some((omitted, _))) = (wrong, omits) {
            let id = node.get("id").and_then(Node::as_text).unwrap_or_default();
            let message = format!(
                "the check `{id}` of the group names a field that is left out here: {}",
                wrong.message
            );
            let diagnostic = Diagnostic::error("check-without-field", omitted.span, message)
                .help(format!("leave the check out too: `{id}: omit`"));
            found.retain(|found| !lost(found.code));
            found.push(diagnostic);
        }
        self.report.diagnostics.append(&mut found);
    }
}

/// What must hold of the names in a group: a check is no field, and none is there twice.
pub(crate) fn check_group_names(fields: &[Node], checks: &[Node], report: &mut Report) {
    let ids = |nodes: &'_ [Node]| -> BTreeSet<String> {
        let ids = nodes.iter().filter_map(|node| node.get("id")?.as_text());
        ids.map(str::to_owned).collect()
    };
    let fields = ids(fields);
    let mut seen = BTreeSet::new();
    for check in checks {
        let Some(node) = check.get("id") else {
            continue;
        };
        let id = node.as_text().unwrap_or_default();
        if !seen.insert(id) {
            report.push(duplicate("checks", id, node.span));
        } else if fields.contains(id) {
            report.push(
                Diagnostic::error(
                    "duplicate-id",
                    node.span,
                    format!("`{id}` is the name of a field of this group already"),
                )
                .help("give the check another id: `with:` names fields and checks alike"),
            );
        }
    }
}
