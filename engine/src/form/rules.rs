//! Decoding what a form does with good answers: addressee, parameters of the
//! workflow, places, routing, fee.

use super::decode::decode_target;
use super::fields::Compiler;
use super::model::{
    ApplicantRules, CapacityRules, FeeAmount, FeeRule, RouteRule, ServiceInfo, WorkflowUse,
};
use crate::catalogue::{decode_id, duplicate, unknown};
use crate::feel::{Scope, Type};
use crate::source::{Diagnostic, Fields, Node};

impl Compiler<'_, '_, '_> {
    pub(super) fn applicant(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<ApplicantRules> {
        let fields = Fields::of(keys.get("applicant")?, "`applicant`", self.report)?;
        fields.need("name", self.report);
        let name = self.rule_at(&fields, "name", scope, &Type::Text);
        let email = self.rule_at(&fields, "email", scope, &Type::Text);
        let lines = fields.list("address", self.report);
        let address = lines
            .iter()
            .filter_map(|node| self.rule(node, scope, &Type::Text))
            .collect();
        fields.finish("`applicant`", self.report);
        Some(ApplicantRules {
            name: name?,
            email,
            address,
        })
    }

    pub(super) fn workflow(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<WorkflowUse> {
        let entries = keys.map("with", self.report);
        let node = keys.need("workflow", self.report)?;
        let id = keys.text("workflow", self.report)?;
        let workflow = match self.shared.workflows.get(&id) {
            Some((file, workflow)) => {
                self.shared.uses(*file);
                workflow.as_deref()
            }
            None => {
                let known: Vec<&str> = self.shared.workflows.keys().map(String::as_str).collect();
                let diagnostic = unknown("unknown-workflow", "workflow", &id, known, node.span);
                self.report.push(diagnostic);
                None
            }
        };
        let (mut with, mut tables) = (Vec::new(), Vec::new());
        for (name, node) in entries {
            let mut wanted = &Type::Any;
            if let Some(workflow) = workflow {
                match workflow.params.get(&name.text) {
                    Some(param) => wanted = &param.ty,
                    None => {
                        let known: Vec<&str> = workflow.params.keys().map(String::as_str).collect();
                        let what = format!("parameter of the workflow `{id}` named");
                        let diagnostic =
                            unknown("unknown-param", &what, &name.text, known, name.span);
                        self.report.push(diagnostic);
                    }
                }
            }
            if node.as_map().is_some() {
                let call = self.param_table(node, scope, wanted);
                tables.extend(call.map(|call| (name.text.clone(), call)));
                continue;
            }
            let rule = self.rule(node, scope, wanted);
            with.extend(rule.map(|rule| (name.text.clone(), rule)));
        }
        Some(WorkflowUse { id, with, tables })
    }

    pub(super) fn capacity(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<CapacityRules> {
        let fields = Fields::of(keys.get("capacity")?, "`capacity`", self.report)?;
        fields.need("resource", self.report);
        fields.need("limit", self.report);
        let resource = self.rule_at(&fields, "resource", scope, &Type::Text);
        let limit = self.rule_at(&fields, "limit", scope, &Type::Number);
        let quantity = self.rule_at(&fields, "quantity", scope, &Type::Number);
        fields.finish("`capacity`", self.report);
        Some(CapacityRules {
            resource: resource?,
            limit: limit?,
            quantity,
        })
    }

    pub(super) fn routing(
        &mut self,
        keys: &Fields<'_>,
        scope: &Scope,
        service: &ServiceInfo,
    ) -> Vec<RouteRule> {
        let lines = keys.list("routing", self.report);
        let mut rules = Vec::new();
        for (at, node) in lines.iter().enumerate() {
            let Some(fields) = Fields::of(node, "a line of the routing", self.report) else {
                continue;
            };
            let has_when = fields.get("when").is_some();
            let when = self.rule_at(&fields, "when", scope, &Type::Boolean);
            let table = self.route_table(&fields, scope);
            let target = if fields.get("table").is_some() {
                Some((service.department.clone(), service.queue.clone()))
            } else {
                decode_target(&fields, self.shared, self.report)
            };
            fields.finish("a line of the routing", self.report);
            if !has_when && at + 1 < lines.len() {
                self.report.push(
                    Diagnostic::warning(
                        "unreachable-route",
                        node.span,
                        "a line without `when` hides those after it",
                    )
                    .help("move it to the end"),
                );
            }
            let (Some((department, queue)), false) = (target, has_when && when.is_none()) else {
                continue;
            };
            rules.push(RouteRule {
                when,
                department,
                queue,
                table,
            });
        }
        rules
    }

    pub(super) fn fee(&mut self, keys: &Fields<'_>, scope: &Scope) -> Vec<FeeRule> {
        let mut rules: Vec<FeeRule> = Vec::new();
        for node in keys.list("fee", self.report) {
            let Some(rule) = self.fee_line(node, scope) else {
                continue;
            };
            if rules.iter().any(|known| known.id == rule.id) {
                self.report
                    .push(duplicate("fee lines", &rule.id, node.span));
            }
            rules.push(rule);
        }
        rules
    }

    fn fee_line(&mut self, node: &Node, scope: &Scope) -> Option<FeeRule> {
        let keys = Fields::of(node, "a fee line", self.report)?;
        let id = decode_id(&keys, self.report);
        let label = keys.need_texts("label", self.report);
        let basis = keys.text("basis", self.report);
        let mut inner = scope.clone();
        let name = keys.text("as", self.report);
        let list = self.rule_at(&keys, "for_each", scope, &Type::List(Box::new(Type::Any)));
        let each = match (list, name) {
            (Some(list), Some(name)) => {
                let item = match list.ty().required() {
                    Type::List(item) => (**item).clone(),
                    _ => Type::Any,
                };
                inner.names.insert(name.clone(), item);
                Some((list, name))
            }
            (Some(_), None) => {
                self.report.push(
                    Diagnostic::error(
                        "missing-key",
                        keys.span,
                        "`for_each` needs a name for the item",
                    )
                    .help("add `as: item`"),
                );
                None
            }
            _ => None,
        };
        let when = self.rule_at(&keys, "when", &inner, &Type::Boolean);
        let amount = self.fee_amount(&keys, &inner);
        keys.bool("sample", self.report);
        keys.bool("verify", self.report);
        keys.finish("a fee line", self.report);
        Some(FeeRule {
            id: id?,
            label: label?,
            basis,
            when,
            each,
            amount: amount?,
        })
    }

    fn fee_amount(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<FeeAmount> {
        let amount = keys
            .get("amount")
            .map(|node| self.rule(node, scope, &Type::Number));
        let table = keys.text("table", self.report);
        let entries = keys.map("with", self.report);
        match (amount, table) {
            (Some(amount), None) => amount.map(FeeAmount::Rule),
            (None, Some(id)) => {
                let span = keys.get("table").map_or(keys.span, |node| node.span);
                let call = self.table_call(&id, entries, span, scope)?;
                self.needs_output(&call, &Type::Number, "money or a number");
                Some(FeeAmount::Table {
                    table: call.table,
                    inputs: call.inputs,
                })
            }
            _ => {
                self.report.push(
                    Diagnostic::error("missing-key", keys.span, "a fee line has either `amount` or `table`")
                        .help("add `amount:` with an expression, or `table:` with the id of a decision table"),
                );
                None
            }
        }
    }
}
