//! Decision tables a form asks: for fees, for the route, for parameters of its
//! workflow such as the days of a deadline.

use std::sync::Arc;

use super::fields::Compiler;
use super::model::TableCall;
use crate::catalogue::unknown;
use crate::feel::{Scope, Type, Value};
use crate::source::{Diagnostic, Fields, Key, Node, Span};

impl Compiler<'_, '_, '_> {
    /// A table by its id with the inputs under `with:`.
    pub(super) fn table_call(
        &mut self,
        id: &str,
        entries: &[(Key, Node)],
        span: Span,
        scope: &Scope,
    ) -> Option<TableCall> {
        let Some((file, table)) = self.shared.tables.get(id) else {
            let known: Vec<&str> = self.shared.tables.keys().map(String::as_str).collect();
            self.report
                .push(unknown("unknown-table", "decision table", id, known, span));
            return None;
        };
        self.shared.uses(*file);
        let table = table.as_ref()?;
        let mut inputs = Vec::new();
        for (name, node) in entries {
            let input = table.inputs().iter().find(|input| input.name == name.text);
            if input.is_none() {
                let known: Vec<&str> = table
                    .inputs()
                    .iter()
                    .map(|input| input.name.as_str())
                    .collect();
                let what = format!("input of the table `{id}` named");
                self.report.push(unknown(
                    "unknown-input",
                    &what,
                    &name.text,
                    known,
                    name.span,
                ));
            }
            let rule = self.rule(node, scope, input.map_or(&Type::Any, |input| &input.ty));
            inputs.extend(rule.map(|rule| (name.text.clone(), rule)));
        }
        for input in table.inputs() {
            if !entries.iter().any(|(name, _)| name.text == input.name) {
                let message = format!("the input `{}` of the table `{id}` is missing", input.name);
                self.report.push(
                    Diagnostic::error("missing-input", span, message)
                        .help(format!("add it under `with:`, such as `{}: …`", input.name)),
                );
            }
        }
        Some(TableCall {
            table: Arc::clone(table),
            inputs,
            span,
        })
    }

    /// That the table yields what is needed.
    pub(super) fn needs_output(&mut self, call: &TableCall, wanted: &Type, what: &str) -> bool {
        let fits = wanted.accepts(&call.table.output.ty());
        if !fits {
            let message = format!(
                "the table `{}` yields {}, but here {what} is needed",
                call.table.id,
                call.table.output.ty()
            );
            self.report.push(
                Diagnostic::error("table-output", call.span, message)
                    .help("change `output` of the table, or name another one"),
            );
        }
        fits
    }

    /// `table` and `with` of a line of the routing.
    pub(super) fn route_table(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<TableCall> {
        let node = keys.get("table")?;
        let entries = keys.map("with", self.report);
        for key in ["department", "queue"] {
            if let Some(node) = keys.get(key) {
                let message = format!("a line has either `table` or `{key}`");
                self.report.push(
                    Diagnostic::error("wrong-value", node.span, message)
                        .help("the results of the table name department and queue"),
                );
            }
        }
        let id = keys.text("table", self.report)?;
        let call = self.table_call(&id, entries, node.span, scope)?;
        let needed = "a text such as \"finance/trade-tax\"";
        if !self.needs_output(&call, &Type::Text, needed) {
            return Some(call);
        }
        for target in call.table.literal_results() {
            self.check_route(&call, target);
        }
        Some(call)
    }

    /// That a result names a department and one of its queues.
    fn check_route(&mut self, call: &TableCall, (rule, target): (usize, Option<Value>)) {
        let Some((_, departments)) = self.shared.departments else {
            return;
        };
        let text = match &target {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let parts = text.as_deref().and_then(|text| text.split_once('/'));
        let problem = match parts {
            None => Some("is no department and queue, such as \"finance/trade-tax\"".to_owned()),
            Some((department, queue)) => {
                match departments.iter().find(|known| known.id == department) {
                    None => Some(format!("names no department: there is no `{department}`")),
                    Some(found) if found.queue(queue).is_none() => {
                        Some(format!("names no queue: `{department}` has no `{queue}`"))
                    }
                    Some(_) => None,
                }
            }
        };
        if let Some(problem) = problem {
            let message = format!(
                "the result of rule {} of the table `{}` {problem}",
                rule + 1,
                call.table.id
            );
            self.report.push(
                Diagnostic::error("unknown-route", call.span, message)
                    .help("departments and queues stand in catalogue/departments.yaml"),
            );
        }
    }

    /// `{ table, with }` in place of a rule for a parameter.
    pub(super) fn param_table(
        &mut self,
        node: &Node,
        scope: &Scope,
        wanted: &Type,
    ) -> Option<TableCall> {
        let keys = Fields::of(node, "a parameter from a table", self.report)?;
        let entries = keys.map("with", self.report);
        let id = keys.need_text("table", self.report);
        let span = keys.get("table").map_or(node.span, |node| node.span);
        keys.finish("a parameter from a table", self.report);
        let call = self.table_call(&id?, entries, span, scope)?;
        self.needs_output(&call, wanted, &wanted.to_string());
        Some(call)
    }
}
