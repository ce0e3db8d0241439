//! The names expressions of a workflow may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::{Param, Workflow};
use crate::feel::{Scope, Type};

/// The scope of an expression; `event` differs from place to place.
pub(super) fn names(
    params: &BTreeMap<String, Param>,
    vars: &BTreeMap<String, Param>,
    event: Type,
) -> Scope {
    let record = |params: &BTreeMap<String, Param>| {
        let fields = params
            .iter()
            .map(|(name, param)| (name.clone(), param.seen()))
            .collect();
        Type::Record(Arc::new(fields))
    };
    let fixed = |fields: &[(&str, Type)]| {
        Type::Record(Arc::new(
            fields
                .iter()
                .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
                .collect(),
        ))
    };
    let places = Type::Number.optional();
    Scope::default()
        .with("params", record(params))
        .with("vars", record(vars))
        .with("event", event)
        .with("fee", fixed(&[("total", Type::Number)]))
        .with(
            "capacity",
            fixed(&[
                ("free", places.clone()),
                ("quantity", places.clone()),
                ("limit", places),
            ]),
        )
        .with(
            "parties",
            fixed(&[
                ("total", Type::Number),
                ("open", Type::Number),
                ("confirmed", Type::Number),
                ("declined", Type::Number),
                ("within", Type::Number.optional()),
                ("remind", Type::Number.optional()),
            ]),
        )
        .with(
            "appointment",
            fixed(&[
                ("chosen", Type::Boolean),
                ("changeable", Type::Boolean),
                ("starts_on", Type::Date.optional()),
                ("starts_at", Type::DateTime.optional()),
            ]),
        )
        .with(
            "case",
            fixed(&[("paid", Type::Boolean), ("language", Type::Text)]),
        )
}

impl Workflow {
    /// Names and types of its expressions; `event` is what the action's form
    /// asks for.
    pub fn scope(&self, event: Type) -> Scope {
        names(&self.params, &self.vars, event)
    }
}
