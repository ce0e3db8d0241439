//! Scenarios beside a form: the answers they give, and what they expect of
//! pages, states, letters, roles and events.

use std::sync::Arc;

use super::builder::{Builder, entry, items, named};
use super::{Kind, Symbol, SymbolId, Wants};
use crate::feel::names::{Names, Shape};
use crate::source::{Key, Node, Span};

/// The form whose scenarios a file holds, by its path.
pub(super) fn form_of(path: &str) -> Option<&str> {
    let id = path
        .strip_prefix("forms/")?
        .strip_suffix("/scenarios.yaml")?;
    (!id.contains('/')).then_some(id)
}

impl Builder<'_> {
    pub(super) fn scenarios(&mut self, form: &str, node: &Node) {
        let Some(known) = self.forms.iter().find(|known| known.id == form) else {
            return;
        };
        let answers = Arc::clone(&known.answers);
        self.workflow = Some(known.workflow.clone());
        for (key, set) in map(node, "answers") {
            let symbol = named(Kind::Scenario, &key.text, form);
            let symbol = self.symbol(format!("{form}/{}", key.text), symbol);
            self.define_key(symbol, key);
            self.answer_tree(set, &answers);
        }
        for scenario in list(node, "scenarios") {
            if let Some(id) = scenario.get("id") {
                let name = id.as_text().unwrap_or_default();
                let symbol = Symbol {
                    label: super::builder::label_of(scenario, "name"),
                    ..named(Kind::Scenario, name, form)
                };
                let symbol = self.symbol(format!("{form}/{name}"), symbol);
                self.define_node(symbol, id);
            }
        }
        for scenario in list(node, "scenarios") {
            self.scenario(form, scenario, &answers);
        }
        self.workflow = None;
    }

    fn scenario(&mut self, form: &str, node: &Node, answers: &Names) {
        if let Some((name, base)) = entry(node, "base") {
            let wants = Wants::Symbol(Kind::Scenario, Some(form.to_owned()));
            self.slot(Some(name), base, wants);
            let key = format!("{form}/{}", base.as_text().unwrap_or_default());
            self.refer_node(self.find(Kind::Scenario, &key), base);
        }
        if let Some(given) = node.get("answers") {
            self.answer_tree(given, answers);
        }
        self.own_keys(Kind::Param, node, "params");
        self.expected(form, node.get("expect"), answers);
        for step in list(node, "steps") {
            self.scenario_step(step);
            self.expected(form, step.get("expect"), answers);
        }
    }

    fn scenario_step(&mut self, step: &Node) {
        for (name, kind) in [
            ("as", Kind::Role),
            ("do", Kind::Event),
            ("wait_for", Kind::Timer),
        ] {
            if let Some((key, value)) = entry(step, name) {
                self.wanted(kind, key, value);
            }
        }
        if let Some(who) = step.get("as") {
            let text = who.as_text().unwrap_or_default();
            let role = text.split('/').next().unwrap_or_default();
            let symbol = self.of_workflow(Kind::Role, role);
            self.refer_part(symbol, who, 0, role.len());
        }
        if let Some(timer) = step.get("wait_for") {
            for symbol in self.timers_named(timer.as_text().unwrap_or_default()) {
                self.refer_node(Some(symbol), timer);
            }
        }
        let Some(event) = step.get("do") else { return };
        let name = event.as_text().unwrap_or_default().to_owned();
        self.refer_node(self.of_workflow(Kind::Event, &name), event);
        let workflow = self.workflow.clone().unwrap_or_default();
        let forms = self.workflows.get(&workflow);
        let forms = forms.and_then(|known| known.forms_of.get(&name)).cloned();
        for form in forms.into_iter().flatten() {
            let fields = self.groups.get(&format!("event {workflow}/{form}"));
            if let (Some(fields), Some(given)) = (fields.cloned(), step.get("with")) {
                self.answer_tree(given, &fields);
            }
        }
    }

    /// A map of answers; its keys are paths, its values may be options.
    fn answer_tree(&mut self, node: &Node, names: &Names) {
        for (key, value) in node.as_map().unwrap_or_default() {
            if let Some(shape) = self.key_path(key, names) {
                self.answer(value, &shape);
            }
        }
    }

    fn answer(&mut self, value: &Node, shape: &Shape) {
        if let Some(list) = value.as_list() {
            list.iter().for_each(|item| self.answer(item, shape));
        } else if let Some(text) = value.as_text() {
            self.refer_node(shape.options.get(text).copied(), value);
        } else {
            self.answer_tree(value, &shape.members);
        }
    }

    /// The field a key such as `participants.0.birth_year` names.
    fn key_path(&mut self, key: &Key, names: &Names) -> Option<Shape> {
        let quotes = u32::from(key.span.end - key.span.start > key.text.len() as u32);
        let start = key.span.start + quotes;
        let mut parts: Vec<(SymbolId, Span)> = Vec::new();
        let found = walk(&key.text, names, &mut |at, end, symbol| {
            let place = |offset: usize| start + u32::try_from(offset).unwrap_or(0);
            let span = Span {
                start: place(at),
                end: place(end),
                ..key.span
            };
            parts.push((symbol, span));
        });
        for (symbol, span) in parts {
            self.refer_span(symbol, span);
        }
        found
    }

    /// The field a text such as `payment.mandate` names.
    fn text_path(&mut self, node: &Node, names: &Names) {
        let mut parts = Vec::new();
        walk(
            node.as_text().unwrap_or_default(),
            names,
            &mut |at, end, symbol| parts.push((at, end, symbol)),
        );
        for (at, end, symbol) in parts {
            self.refer_part(Some(symbol), node, at, end);
        }
    }

    fn expected(&mut self, form: &str, expect: Option<&Node>, answers: &Names) {
        for (key, value) in expect.and_then(Node::as_map).unwrap_or_default() {
            match key.text.as_str() {
                "state" => self.wanted(Kind::State, key, value),
                "flags" => self.wanted(Kind::Flag, key, value),
                "tasks" => self.wanted(Kind::Role, key, value),
                "documents" => self.wanted(Kind::Document, key, value),
                "mails" => self.slot(Some(key), value, Wants::Symbol(Kind::Letter, None)),
                "pages" => {
                    let wants = Wants::Symbol(Kind::Page, Some(form.to_owned()));
                    self.slot(Some(key), value, wants);
                }
                _ => {}
            }
            match key.text.as_str() {
                "pages" => {
                    for item in items(value) {
                        let page = format!("{form}/{}", item.as_text().unwrap_or_default());
                        self.refer_node(self.find(Kind::Page, &page), item);
                    }
                }
                "hidden" | "outstanding" => {
                    items(value)
                        .iter()
                        .for_each(|item| self.text_path(item, answers));
                }
                "findings" => self.findings(form, value, answers),
                "route" | "queue" => self.queue_text(value),
                "state" => {
                    let workflow = self.workflow.clone().unwrap_or_default();
                    for item in items(value) {
                        let path = item.as_text().unwrap_or_default();
                        self.state_path(item, 0, &workflow, path, path);
                    }
                }
                "flags" => self.own_names(Kind::Flag, value),
                "tasks" => self.own_names(Kind::Role, value),
                "documents" => self.own_names(Kind::Document, value),
                "mails" | "notices" | "deliveries" => self.sent(&key.text, value),
                "vars" | "params" => {
                    let kind = if key.text == "vars" {
                        Kind::Variable
                    } else {
                        Kind::Param
                    };
                    let whole = expect.map(|expect| (expect, key.text.as_str()));
                    if let Some((expect, name)) = whole {
                        self.own_keys(kind, expect, name);
                    }
                }
                _ => self.expected_case(&key.text, value),
            }
        }
    }

    fn expected_case(&mut self, name: &str, value: &Node) {
        for (key, inner) in value.as_map().unwrap_or_default() {
            match name {
                "timers" => {
                    for symbol in self.timers_named(&key.text) {
                        self.refer_key(Some(symbol), key);
                    }
                }
                "letters" => self.refer_key(self.find(Kind::Letter, &key.text), key),
                "offers" => {
                    self.refer_key(self.of_workflow(Kind::Role, &key.text), key);
                    for event in items(inner) {
                        let text = event.as_text().unwrap_or_default().trim_end_matches('!');
                        let symbol = self.of_workflow(Kind::Event, text);
                        self.refer_part(symbol, event, 0, text.len());
                    }
                }
                _ => {}
            }
        }
    }

    fn findings(&mut self, form: &str, value: &Node, answers: &Names) {
        for (key, codes) in value.as_map().unwrap_or_default() {
            self.key_path(key, answers);
            for code in items(codes) {
                let text = code.as_text().unwrap_or_default();
                let check = format!("{form}/{text}");
                self.refer_node(self.find(Kind::Check, &check), code);
                // A check of a library group: its id stands behind the path of the group.
                if let Some(symbol) = self.used_checks.get(&check).copied() {
                    let start = text.rfind('.').map_or(0, |dot| dot + 1);
                    self.text_path(code, answers);
                    self.refer_part(Some(symbol), code, start, text.len());
                }
            }
        }
    }

    /// Letters with their documents or role, or queues with their documents.
    fn sent(&mut self, what: &str, value: &Node) {
        for item in items(value) {
            if item.as_text().is_some() {
                match what {
                    "deliveries" => self.queue_text(item),
                    _ => {
                        let letter = self.find(Kind::Letter, item.as_text().unwrap_or_default());
                        self.refer_node(letter, item);
                    }
                }
            }
            for (key, inner) in item.as_map().unwrap_or_default() {
                if what != "deliveries" {
                    self.refer_key(self.find(Kind::Letter, &key.text), key);
                } else if let Some((department, queue)) = key.text.split_once('/') {
                    let exact = (key.span.end - key.span.start) as usize == key.text.len();
                    let symbols = [
                        (self.find(Kind::Department, department), 0, department.len()),
                        (
                            self.find(Kind::Queue, &key.text),
                            department.len() + 1,
                            department.len() + 1 + queue.len(),
                        ),
                    ];
                    for (symbol, start, end) in symbols {
                        if let (Some(symbol), true) = (symbol, exact) {
                            let from = key.span.start as usize;
                            let span = Span::new(key.span.file, from + start, from + end);
                            self.refer_span(symbol, span);
                        }
                    }
                }
                let kind = match what {
                    "notices" => Kind::Role,
                    _ => Kind::Document,
                };
                self.own_names(kind, inner);
            }
        }
    }

    /// `department/queue`
    fn queue_text(&mut self, node: &Node) {
        let text = node.as_text().unwrap_or_default();
        let Some((department, _)) = text.split_once('/') else {
            return;
        };
        let symbol = self.find(Kind::Department, department);
        self.refer_part(symbol, node, 0, department.len());
        let queue = self.find(Kind::Queue, text);
        self.refer_part(queue, node, department.len() + 1, text.len());
    }

    /// Notes that something of the workflow may be named here.
    fn wanted(&mut self, kind: Kind, key: &Key, value: &Node) {
        let workflow = self.workflow.clone();
        self.slot(Some(key), value, Wants::Symbol(kind, workflow));
    }

    fn of_workflow(&self, kind: Kind, name: &str) -> Option<SymbolId> {
        let workflow = self.workflow.as_deref().unwrap_or_default();
        self.find(kind, &format!("{workflow}/{name}"))
    }

    fn own_names(&mut self, kind: Kind, value: &Node) {
        for item in items(value) {
            let name = item.as_text().unwrap_or_default();
            self.refer_node(self.of_workflow(kind, name), item);
        }
    }

    fn own_keys(&mut self, kind: Kind, node: &Node, section: &str) {
        for (key, _) in map(node, section) {
            self.refer_key(self.of_workflow(kind, &key.text), key);
        }
    }

    /// Timers have names within their state only; all of a name may be meant.
    fn timers_named(&self, name: &str) -> Vec<SymbolId> {
        let workflow = self.workflow.as_deref().unwrap_or_default();
        self.index
            .symbols()
            .filter(|(_, s)| s.kind == Kind::Timer && s.owner == workflow && s.name == name)
            .map(|(id, _)| id)
            .collect()
    }
}

fn map<'n>(node: &'n Node, key: &str) -> &'n [(Key, Node)] {
    let value = entry(node, key).map(|(_, value)| value);
    value.and_then(Node::as_map).unwrap_or_default()
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// Follows a dotted path; numbers in it are entries of lists.
fn walk(path: &str, names: &Names, found: &mut dyn FnMut(usize, usize, SymbolId)) -> Option<Shape> {
    let mut at = 0;
    let mut level = names;
    let mut last = None;
    for part in path.split('.') {
        let end = at + part.len();
        let number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !number {
            let shape = level.get(part)?;
            if let Some(symbol) = shape.symbol {
                found(at, end, symbol);
            }
            level = &shape.members;
            last = Some(shape);
        }
        at = end + 1;
    }
    last.cloned()
}
