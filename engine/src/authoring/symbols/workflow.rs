//! Workflows: roles, parameters, variables, forms of actions, and actions.

use std::sync::Arc;

use super::builder::{Builder, WorkflowNames, entry, items, label_of, named};
use super::{Kind, Symbol, Wants};
use crate::feel::Type;
use crate::feel::names::{Levels, Names, Shape};
use crate::form::Shared;
use crate::source::{FileId, Key, Node, Report, Span};
use crate::workflow::{Workflow, decode};

/// Types of parameters and variables.
const TYPES: [&str; 7] = [
    "text", "number", "integer", "money", "boolean", "date", "list",
];
/// Ways with places.
const PLACES: [&str; 3] = ["take", "release", "wait"];
/// Who a case can be assigned to.
const ASSIGNEES: [&str; 2] = ["actor", "nobody"];

impl Builder<'_> {
    pub(super) fn workflow(&mut self, id: &str, file: FileId, node: &Node) {
        self.workflow = Some(id.to_owned());
        let symbol = Symbol {
            label: label_of(node, "title"),
            fixed: Some("its file is named after it; rename the file and what refers to it"),
            ..named(Kind::Workflow, id, id)
        };
        let symbol = self.symbol(id, symbol);
        match node.get("id") {
            Some(id) => self.define_node(symbol, id),
            None => self.define(symbol, Span::new(file, 0, 0), false),
        }
        let decoded = decode(node, &mut Report::default());
        self.roles(id, node);
        let mut names = WorkflowNames {
            params: self.values(id, Kind::Param, node, decoded.as_ref()),
            vars: self.values(id, Kind::Variable, node, decoded.as_ref()),
            ..WorkflowNames::default()
        };
        self.action_forms(id, node, &mut names);
        self.workflows.insert(id.to_owned(), names);
        self.states(id, node);
        self.workflow = None;
    }

    fn roles(&mut self, workflow: &str, node: &Node) {
        for (key, role) in node.get("roles").and_then(Node::as_map).unwrap_or_default() {
            let fixed = matches!(key.text.as_str(), "applicant" | "system");
            let symbol = Symbol {
                label: label_of(role, "title"),
                fixed: fixed.then_some("Schalter itself knows this role by its name"),
                ..named(Kind::Role, &key.text, workflow)
            };
            let symbol = self.symbol(format!("{workflow}/{}", key.text), symbol);
            self.define_key(symbol, key);
        }
    }

    /// Parameters or variables.
    fn values(
        &mut self,
        workflow: &str,
        kind: Kind,
        node: &Node,
        decoded: Option<&Workflow>,
    ) -> Names {
        let (section, root) = match kind {
            Kind::Param => ("params", "params"),
            _ => ("vars", "vars"),
        };
        let mut names = Names::new();
        for (key, value) in node.get(section).and_then(Node::as_map).unwrap_or_default() {
            let known = decoded.and_then(|workflow| match kind {
                Kind::Param => workflow.params.get(&key.text),
                _ => workflow.vars.get(&key.text),
            });
            let ty = known.map_or(Type::Any, |param| param.seen());
            if let Some((key, node)) = entry(value, "type") {
                self.slot(Some(key), node, Wants::Word(&TYPES));
            }
            let type_name = value.get("type").and_then(Node::as_text);
            let symbol = Symbol {
                path: format!("{root}.{}", key.text),
                type_name: type_name.unwrap_or_default().to_owned(),
                ty: Some(ty.clone()),
                ..named(kind, &key.text, workflow)
            };
            let symbol = self.symbol(format!("{workflow}/{}", key.text), symbol);
            self.define_key(symbol, key);
            let mut shape = Shape::plain(ty);
            shape.symbol = Some(symbol);
            names.insert(key.text.clone(), shape);
        }
        names
    }

    fn action_forms(&mut self, workflow: &str, node: &Node, names: &mut WorkflowNames) {
        let shared = Shared::default();
        for (key, fields) in node.get("forms").and_then(Node::as_map).unwrap_or_default() {
            let symbol = named(Kind::ActionForm, &key.text, workflow);
            let symbol = self.symbol(format!("{workflow}/{}", key.text), symbol);
            self.define_key(symbol, key);
            let outlines = self.outlines(fields.as_list().unwrap_or_default(), &shared);
            let owner = format!("{workflow}/{}", key.text);
            let fields = self.names(&outlines, &owner, "");
            let level = Arc::new(fields.clone());
            self.field_rules(&outlines, &[Arc::clone(&level)]);
            self.groups.insert(format!("event {owner}"), level);
            for (name, shape) in fields {
                names.event.entry(name).or_default().push(shape);
            }
        }
    }

    /// The names of expressions of a workflow; `event` differs from place to place.
    pub(super) fn workflow_level(&self, event: Option<&str>) -> Vec<Arc<Names>> {
        let workflow = self.workflow.as_deref().unwrap_or_default();
        let known = self.workflows.get(workflow);
        let (params, vars) = known.map_or_else(Default::default, |names| {
            (names.params.clone(), names.vars.clone())
        });
        let event = event
            .and_then(|form| self.groups.get(&format!("event {workflow}/{form}")))
            .map(|fields| Shape::group((**fields).clone()));
        let group = |members: &[(&str, Type)]| {
            let members = members
                .iter()
                .map(|(name, ty)| ((*name).to_owned(), Shape::plain(ty.clone())));
            Shape::group(members.collect())
        };
        let places = Type::Number.optional();
        let level = Names::from([
            ("params".to_owned(), Shape::group(params)),
            ("vars".to_owned(), Shape::group(vars)),
            ("event".to_owned(), event.unwrap_or(Shape::plain(Type::Any))),
            ("fee".to_owned(), group(&[("total", Type::Number)])),
            (
                "capacity".to_owned(),
                group(&[
                    ("free", places.clone()),
                    ("quantity", places.clone()),
                    ("limit", places),
                ]),
            ),
            (
                "parties".to_owned(),
                group(&[
                    ("total", Type::Number),
                    ("open", Type::Number),
                    ("confirmed", Type::Number),
                    ("declined", Type::Number),
                    ("within", Type::Number.optional()),
                    ("remind", Type::Number.optional()),
                ]),
            ),
            (
                "appointment".to_owned(),
                group(&[
                    ("chosen", Type::Boolean),
                    ("changeable", Type::Boolean),
                    ("starts_on", Type::Date.optional()),
                    ("starts_at", Type::DateTime.optional()),
                ]),
            ),
            (
                "case".to_owned(),
                group(&[("paid", Type::Boolean), ("language", Type::Text)]),
            ),
        ]);
        vec![Arc::new(level)]
    }

    /// A reference to something of the workflow being read.
    pub(super) fn own(&mut self, kind: Kind, key: Option<&Key>, value: &Node) {
        let workflow = self.workflow.clone().unwrap_or_default();
        self.slot(key, value, Wants::Symbol(kind, Some(workflow.clone())));
        for item in items(value) {
            let name = item.as_text().unwrap_or_default();
            self.refer_node(self.find(kind, &format!("{workflow}/{name}")), item);
        }
    }

    /// The document or flag of this name, defined where it is named first.
    fn made(&mut self, kind: Kind, value: &Node, fixed: Option<&'static str>) {
        let workflow = self.workflow.clone().unwrap_or_default();
        let name = value.as_text().unwrap_or_default();
        let key = format!("{workflow}/{name}");
        match self.find(kind, &key) {
            Some(known) => {
                self.refer_node(Some(known), value);
                if let (Some(symbol), true) = (self.symbol_mut(known), fixed.is_some()) {
                    symbol.fixed = fixed;
                }
            }
            None => {
                let symbol = Symbol {
                    fixed,
                    ..named(kind, name, &workflow)
                };
                let symbol = self.symbol(key, symbol);
                self.define_node(symbol, value);
            }
        }
    }

    pub(super) fn actions(&mut self, actions: Option<&Node>, levels: &Levels) {
        for action in actions.and_then(Node::as_list).unwrap_or_default() {
            for (key, value) in action.as_map().unwrap_or_default() {
                self.action(key, value, levels);
            }
        }
    }

    fn action(&mut self, key: &Key, value: &Node, levels: &Levels) {
        match key.text.as_str() {
            "document" | "mail" | "notify" => self.letter_action(&key.text, value),
            "deliver" | "forward" => {
                self.target_or_rule(value, levels);
                if let Some((key, attach)) = entry(value, "attach") {
                    self.own(Kind::Document, Some(key), attach);
                }
            }
            "request_payment" => {
                if let Some((key, amount)) = entry(value, "amount") {
                    self.rule(Some(key), amount, levels);
                }
            }
            "places" => self.slot(Some(key), value, Wants::Word(&PLACES)),
            "assign" => self.slot(Some(key), value, Wants::Word(&ASSIGNEES)),
            "flag" | "unflag" => self.made(Kind::Flag, value, None),
            "set" | "append" => {
                let workflow = self.workflow.clone().unwrap_or_default();
                for (name, rule) in value.as_map().unwrap_or_default() {
                    let variable = format!("{workflow}/{}", name.text);
                    self.refer_key(self.find(Kind::Variable, &variable), name);
                    self.rule(Some(name), rule, levels);
                }
            }
            "raise" => self.own(Kind::Event, Some(key), value),
            _ => {}
        }
    }

    fn letter_action(&mut self, action: &str, value: &Node) {
        if let Some((key, template)) = entry(value, "template") {
            self.slot(Some(key), template, Wants::Symbol(Kind::Letter, None));
            let id = template.as_text().unwrap_or_default();
            self.refer_node(self.find(Kind::Letter, id), template);
            let workflow = self.workflow.clone().unwrap_or_default();
            if let Some(names) = self.workflows.get_mut(&workflow) {
                names.templates.push(id.to_owned());
            }
            if action == "document" && value.get("as").is_none() {
                let why = "it has the name of its letter; give it one with `as:`";
                self.made(Kind::Document, template, Some(why));
            }
        }
        if let Some(name) = value.get("as") {
            self.made(Kind::Document, name, None);
        }
        if let Some((key, role)) = entry(value, "role") {
            self.own(Kind::Role, Some(key), role);
        }
    }

    /// Documents may be attached before the action that makes them is read.
    pub(super) fn attachments(&mut self, node: &Node) {
        match &node.kind {
            crate::source::NodeKind::List(list) => {
                list.iter().for_each(|item| self.attachments(item));
            }
            crate::source::NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if key.text == "attach" {
                        self.own(Kind::Document, Some(key), value);
                    } else {
                        self.attachments(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Department and queue by id, or expressions that yield them.
    fn target_or_rule(&mut self, value: &Node, levels: &Levels) {
        self.target(value);
        let department = value.get("department").and_then(Node::as_text);
        for (name, kind) in [("department", Kind::Department), ("queue", Kind::Queue)] {
            let Some((key, node)) = entry(value, name) else {
                continue;
            };
            let text = node.as_text().unwrap_or_default();
            let known = match kind {
                Kind::Department => self.find(kind, text),
                _ => self.find(kind, &format!("{}/{text}", department.unwrap_or_default())),
            };
            if known.is_none() && text.contains(['.', '"']) {
                self.rule(Some(key), node, levels);
            }
        }
    }
}
