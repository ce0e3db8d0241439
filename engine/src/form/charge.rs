//! What good answers amount to: fee, route, addressee, parameters of the
//! workflow, places asked for.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value as Json};

use super::answers::money_text;
use super::check::{Finding, Findings};
use super::evaluate::Evaluation;
use super::messages::no_result;
use super::model::{FeeAmount, FeeRule, Form, Level, RouteRule, TableCall};
use crate::case::{Applicant, CapacityWish, Fee, FeeLine, Route};
use crate::feel::{Expression, Type, Value};
use crate::text::Text;

pub(super) struct Charge<'c, 'f> {
    pub(super) form: &'f Form,
    pub(super) evaluation: &'c Evaluation<'f>,
}

/// The fee for the answers so far, for showing it before sending. Lines that
/// cannot be computed yet are left out.
pub fn fee(form: &Form, evaluation: &Evaluation<'_>) -> Fee {
    Charge { form, evaluation }.fee(&mut Findings::default())
}

impl Charge<'_, '_> {
    pub(super) fn fee(&self, findings: &mut Findings) -> Fee {
        let mut lines = Vec::new();
        let mut total = Decimal::ZERO;
        for rule in &self.form.fee {
            for (label, amount) in self.amounts(rule) {
                let Some(amount) = amount else {
                    findings.0.push(Finding {
                        path: String::new(),
                        code: "fee-unknown".to_owned(),
                        severity: Level::Error,
                        message: no_result("Die Gebühr", "The fee"),
                    });
                    continue;
                };
                let text = money_text(amount);
                if text.trim_start_matches('-') == "0.00" {
                    continue;
                }
                // What is summed is what the lines show.
                total += Decimal::from_str_exact(&text).unwrap_or(amount);
                lines.push(FeeLine {
                    label,
                    amount: text,
                    basis: rule.basis.clone(),
                });
            }
        }
        Fee {
            total: money_text(total),
            lines,
        }
    }

    /// The lines of one rule: label and amount, which is missing where it
    /// cannot be computed.
    fn amounts(&self, rule: &FeeRule) -> Vec<(Text, Option<Decimal>)> {
        let Some((list, name)) = &rule.each else {
            return self.amount(rule, &[]).into_iter().collect();
        };
        let Value::List(items) = self.evaluation.value(list, "") else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.amount(rule, &[(name, item.clone())]))
            .collect()
    }

    fn amount(&self, rule: &FeeRule, names: &[(&str, Value)]) -> Option<(Text, Option<Decimal>)> {
        if let Some(when) = &rule.when
            && !self.evaluation.value_with(when, "", names).is_true()
        {
            return None;
        }
        match &rule.amount {
            FeeAmount::Rule(amount) => match self.evaluation.value_with(amount, "", names) {
                Value::Number(number) => Some((rule.label.clone(), Some(number))),
                // An amount that may be missing, such as a donation not made.
                _ if matches!(amount.ty(), Type::Optional(_)) => None,
                _ => Some((rule.label.clone(), None)),
            },
            FeeAmount::Table { table, inputs } => {
                let value = |(name, input): &(String, Expression)| {
                    (name.clone(), self.evaluation.value_with(input, "", names))
                };
                let env = self.evaluation.env();
                let decided = table.decide(&inputs.iter().map(value).collect(), env.now, env.world);
                let Ok(decided) = decided else {
                    return Some((rule.label.clone(), None));
                };
                let amount = match decided.value {
                    Value::Number(number) => Some(number),
                    _ => None,
                };
                // The line of the tariff says more than the name of the fee.
                let line = match decided.rules[..] {
                    [at] => table.rules().get(at).and_then(|line| line.label.clone()),
                    _ => None,
                };
                Some((line.unwrap_or_else(|| rule.label.clone()), amount))
            }
        }
    }

    pub(super) fn route(&self) -> Route {
        let holds = |when: &Option<Expression>| {
            when.as_ref()
                .is_none_or(|rule| self.evaluation.is_true(rule, ""))
        };
        match self.form.routing.iter().find(|rule| holds(&rule.when)) {
            Some(rule) if rule.table.is_some() => self.route_of_table(rule),
            Some(rule) => Route {
                department: rule.department.clone(),
                queue: rule.queue.clone(),
            },
            None => Route {
                department: self.form.service.department.clone(),
                queue: self.form.service.queue.clone(),
            },
        }
    }

    /// Where a table sends the case; without a rule that fits to the line's own place.
    fn route_of_table(&self, rule: &RouteRule) -> Route {
        let decided = rule.table.as_ref().and_then(|call| self.decide(call));
        let target = match &decided {
            Some(Value::Text(target)) => target.split_once('/'),
            _ => None,
        };
        let (department, queue) = target.unwrap_or((&rule.department, &rule.queue));
        Route {
            department: department.to_owned(),
            queue: queue.to_owned(),
        }
    }

    /// The result of a table, if a rule fits.
    fn decide(&self, call: &TableCall) -> Option<Value> {
        let value =
            |(name, input): &(String, Expression)| (name.clone(), self.evaluation.value(input, ""));
        let env = self.evaluation.env();
        let inputs = call.inputs.iter().map(value).collect();
        let decided = call.table.decide(&inputs, env.now, env.world).ok()?;
        Some(decided.value)
    }

    pub(super) fn applicant(&self) -> Applicant {
        let Some(rules) = &self.form.applicant else {
            return Applicant::default();
        };
        let text = |rule: &Expression| match self.evaluation.value(rule, "") {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        Applicant {
            name: text(&rules.name).unwrap_or_default(),
            email: rules.email.as_ref().and_then(text),
            address: rules.address.iter().filter_map(text).collect(),
        }
    }

    pub(super) fn params(&self) -> Map<String, Json> {
        let with = &self.form.workflow.with;
        let mut params: Map<String, Json> = with
            .iter()
            .map(|(name, rule)| (name.clone(), self.evaluation.value(rule, "").to_json()))
            .collect();
        // Where no rule fits, the workflow's own default stands.
        for (name, call) in &self.form.workflow.tables {
            params.extend(
                self.decide(call)
                    .map(|value| (name.clone(), value.to_json())),
            );
        }
        params
    }

    pub(super) fn capacity(&self, findings: &mut Findings) -> Option<CapacityWish> {
        let rules = self.form.capacity.as_ref()?;
        let whole = |value: Value| match value {
            Value::Number(number) => number.to_i64(),
            _ => None,
        };
        let resource = match self.evaluation.value(&rules.resource, "") {
            Value::Text(text) => Some(text.as_ref().to_owned()),
            _ => None,
        };
        let limit = whole(self.evaluation.value(&rules.limit, ""));
        let quantity = rules
            .quantity
            .as_ref()
            .map_or(Some(1), |rule| whole(self.evaluation.value(rule, "")));
        match (resource, limit, quantity.filter(|quantity| *quantity > 0)) {
            (Some(resource), Some(limit), Some(quantity)) => Some(CapacityWish {
                resource,
                limit,
                quantity,
            }),
            _ => {
                findings.0.push(Finding {
                    path: String::new(),
                    code: "capacity-unknown".to_owned(),
                    severity: Level::Error,
                    message: no_result("Die Zahl der Plätze", "The number of places"),
                });
                None
            }
        }
    }
}
