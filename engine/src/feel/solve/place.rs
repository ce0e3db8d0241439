//! The names an expression sees at its place: inside a group or list entry
//! first those of the group, then those around it.

use std::collections::BTreeMap;

use super::super::ast::Expr;
use super::super::types::field_type;
use super::super::{Scope, Type};
use super::parts::path_of;

/// Names with the full path each stands for.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) scope: Scope,
    paths: BTreeMap<String, String>,
}

impl Place {
    /// The names at a dotted path of containers; those of a list stand for
    /// its entry, whose paths have `[]` behind the list.
    pub(super) fn of(types: &Scope, path: &str) -> Place {
        let mut place = Place {
            scope: types.clone(),
            paths: BTreeMap::new(),
        };
        let mut around = String::new();
        let mut missing = false;
        let mut fields = types.names.clone();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let Some(ty) = fields.get(part.trim_end_matches("[]")).cloned() else {
                break;
            };
            missing |= matches!(ty, Type::Optional(_));
            let (entry, inner) = match ty.required() {
                // An entry is there, whatever may be missing around it.
                Type::List(item) => {
                    missing = false;
                    ("[]", item.required().clone())
                }
                other => ("", other.clone()),
            };
            let Type::Record(inner) = inner else { break };
            if !around.is_empty() {
                around.push('.');
            }
            around.push_str(part.trim_end_matches("[]"));
            around.push_str(entry);
            for (name, ty) in inner.iter() {
                let ty = if missing {
                    ty.clone().optional()
                } else {
                    ty.clone()
                };
                place.scope.names.insert(name.clone(), ty);
                place.paths.insert(name.clone(), format!("{around}.{name}"));
            }
            fields = (*inner).clone();
        }
        place
    }

    /// The same with `?` for the input of a cell, where that is a path.
    pub(super) fn with_input(&self, input: &Expr) -> Place {
        let mut place = self.clone();
        let (path, ty) = path_of(input, self).unwrap_or(("?".to_owned(), Type::Any));
        place.scope.names.insert("?".to_owned(), ty);
        place.paths.insert("?".to_owned(), path);
        place
    }

    /// The full path and type of a name.
    pub(super) fn name(&self, name: &str) -> (String, Type) {
        let path = self.paths.get(name).cloned();
        let ty = self.scope.names.get(name).cloned().unwrap_or(Type::Any);
        (path.unwrap_or_else(|| name.to_owned()), ty)
    }
}

/// The type of a field that is data of its own, not a part of a value.
pub(super) fn data_field(ty: &Type, name: &str) -> Option<Type> {
    match ty.required() {
        Type::Record(_) | Type::Any => match field_type(ty, name) {
            Some((field, true)) => Some(field),
            _ => None,
        },
        _ => None,
    }
}
