//! Forms: service, pages, checks, fee, and what is given to the workflow.

use std::sync::Arc;

use super::builder::{Builder, FormNames, entry, items, label_of, named};
use super::{Kind, Symbol, Wants};
use crate::feel::Type;
use crate::feel::names::{Levels, Names, Shape, mentions};
use crate::form::{Outline, Shared};
use crate::source::{FileId, Node, Span};

/// Levels of a check.
const LEVELS: [&str; 2] = ["error", "warning"];
/// Levels of identification.
const IDENTIFICATION: [&str; 5] = ["none", "email", "substantial", "high", "written"];

impl Builder<'_> {
    pub(super) fn form(&mut self, id: &str, file: FileId, node: &Node, shared: &Shared<'_>) {
        self.workflow = None;
        let form = self.symbol(
            id,
            Symbol {
                label: label_of(node, "title"),
                fixed: Some("its folder is named after it, and cases keep it"),
                ..named(Kind::Form, id, id)
            },
        );
        match node.get("id") {
            Some(id) => self.define_node(form, id),
            None => self.define(form, Span::new(file, 0, 0), false),
        }
        let pages = node
            .get("pages")
            .and_then(Node::as_list)
            .unwrap_or_default();
        let outlines: Vec<Vec<Outline>> = pages
            .iter()
            .map(|page| {
                let fields = page.get("fields").and_then(Node::as_list);
                self.outlines(fields.unwrap_or_default(), shared)
            })
            .collect();
        let mut answers = Names::new();
        for (page, outlines) in pages.iter().zip(&outlines) {
            for (name, mut shape) in self.names(outlines, id, "") {
                if page.get("visible").is_some() {
                    shape.ty = shape.ty.optional();
                }
                answers.entry(name).or_insert(shape);
            }
        }
        let answers = Arc::new(answers);
        let mut levels = vec![self.data_names(node)];
        levels.push(Arc::clone(&answers));
        for (page, outlines) in pages.iter().zip(&outlines) {
            self.page(id, page, outlines, &levels);
        }
        self.form_head(id, node, &levels);
        let workflow = node.get("workflow").and_then(Node::as_text);
        self.forms.push(FormNames {
            id: id.to_owned(),
            workflow: workflow.unwrap_or_default().to_owned(),
            answers,
        });
    }

    /// The data sets a form lists.
    fn data_names(&mut self, node: &Node) -> Arc<Names> {
        let mut names = Names::new();
        if let Some((key, list)) = entry(node, "data") {
            self.slot(Some(key), list, Wants::Symbol(Kind::Data, None));
            for item in items(list) {
                let name = item.as_text().unwrap_or_default();
                self.refer_node(self.find(Kind::Data, name), item);
                if let Some(shape) = self.data.get(name) {
                    names.insert(name.to_owned(), shape.clone());
                }
            }
        }
        Arc::new(names)
    }

    fn page(&mut self, form: &str, page: &Node, outlines: &[Outline], levels: &Levels) {
        if let Some(id) = page.get("id") {
            let name = id.as_text().unwrap_or_default();
            let symbol = self.symbol(
                format!("{form}/{name}"),
                Symbol {
                    label: label_of(page, "title"),
                    ..named(Kind::Page, name, form)
                },
            );
            self.define_node(symbol, id);
        }
        if let Some((key, visible)) = entry(page, "visible") {
            self.rule(Some(key), visible, levels);
        }
        self.field_rules(outlines, levels);
        self.checks_used(&format!("{form}/"), outlines);
        for check in page
            .get("checks")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            self.check(form, check, levels);
        }
    }

    /// Keeps the checks of library groups under the ids they have in a form.
    fn checks_used(&mut self, prefix: &str, outlines: &[Outline]) {
        for outline in outlines {
            let path = format!("{prefix}{}.", outline.id);
            let group = outline.node.get("use").and_then(Node::as_text);
            for check in &outline.checks {
                let id = check.get("id").and_then(Node::as_text).unwrap_or_default();
                let name = format!("{}/{id}", group.unwrap_or_default());
                if let Some(symbol) = self.find(Kind::Check, &name) {
                    self.used_checks.insert(format!("{path}{id}"), symbol);
                }
            }
            self.checks_used(&path, &outline.children);
        }
    }

    /// A check of a page or of a library group; `form` is what it belongs to.
    pub(super) fn check(&mut self, form: &str, check: &Node, levels: &Levels) {
        if let Some(id) = check.get("id") {
            let name = id.as_text().unwrap_or_default();
            let symbol = named(Kind::Check, name, form);
            let symbol = self.symbol(format!("{form}/{name}"), symbol);
            self.define_node(symbol, id);
        }
        if let Some((key, level)) = entry(check, "level") {
            self.slot(Some(key), level, Wants::Word(&LEVELS));
        }
        let names = levels.last().cloned().unwrap_or_default();
        let mut inner = levels.to_vec();
        if let Some((key, at)) = entry(check, "at") {
            self.slot(Some(key), at, Wants::Path(Arc::clone(&names)));
            let path = at.as_text().unwrap_or_default();
            self.field_path(at, 0, path, &names);
            inner.extend(list_levels(path, &names));
        }
        if let Some((key, assert)) = entry(check, "assert") {
            self.rule(Some(key), assert, &inner);
        }
    }

    fn form_head(&mut self, id: &str, node: &Node, levels: &Levels) {
        if let Some(service) = node.get("service") {
            self.target(service);
        }
        if let Some((key, level)) = node.get("identification").and_then(|n| entry(n, "level")) {
            self.slot(Some(key), level, Wants::Word(&IDENTIFICATION));
        }
        for (part, keys) in [
            ("applicant", ["name", "email", "email"]),
            ("capacity", ["resource", "limit", "quantity"]),
            ("appointment", ["room", "minutes", "minutes"]),
        ] {
            for key in keys {
                if let Some((key, rule)) = node.get(part).and_then(|n| entry(n, key)) {
                    self.rule(Some(key), rule, levels);
                }
            }
        }
        let address = node.get("applicant").and_then(|n| n.get("address"));
        for line in address.and_then(Node::as_list).unwrap_or_default() {
            self.rule(None, line, levels);
        }
        self.workflow_use(node, levels);
        for line in node
            .get("routing")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            if let Some((key, when)) = entry(line, "when") {
                self.rule(Some(key), when, levels);
            }
            self.table_call(line, levels);
            self.target(line);
        }
        for line in node.get("fee").and_then(Node::as_list).unwrap_or_default() {
            self.fee_line(id, line, levels);
        }
    }

    fn workflow_use(&mut self, node: &Node, levels: &Levels) {
        let Some((key, workflow)) = entry(node, "workflow") else {
            return;
        };
        self.slot(Some(key), workflow, Wants::Symbol(Kind::Workflow, None));
        let id = workflow.as_text().unwrap_or_default();
        self.refer_node(self.find(Kind::Workflow, id), workflow);
        for (key, value) in node.get("with").and_then(Node::as_map).unwrap_or_default() {
            let param = self.find(Kind::Param, &format!("{id}/{}", key.text));
            self.refer_key(param, key);
            match value.as_map() {
                Some(_) => self.table_call(value, levels),
                None => self.rule(Some(key), value, levels),
            }
        }
    }

    /// `department` and `queue`.
    pub(super) fn target(&mut self, node: &Node) {
        let department = entry(node, "department");
        let id = department.and_then(|(_, value)| value.as_text());
        if let Some((key, value)) = department {
            self.slot(Some(key), value, Wants::Symbol(Kind::Department, None));
            self.refer_node(self.find(Kind::Department, id.unwrap_or_default()), value);
        }
        if let Some((key, value)) = entry(node, "queue") {
            let owner = id.map(str::to_owned);
            self.slot(Some(key), value, Wants::Symbol(Kind::Queue, owner));
            let name = value.as_text().unwrap_or_default();
            let queue = format!("{}/{name}", id.unwrap_or_default());
            self.refer_node(self.find(Kind::Queue, &queue), value);
        }
    }

    fn fee_line(&mut self, form: &str, line: &Node, levels: &Levels) {
        if let Some(id) = line.get("id") {
            let name = id.as_text().unwrap_or_default();
            let symbol = Symbol {
                label: label_of(line, "label"),
                ..named(Kind::FeeLine, name, form)
            };
            let symbol = self.symbol(format!("{form}/{name}"), symbol);
            self.define_node(symbol, id);
        }
        let mut inner = levels.to_vec();
        if let Some((key, list)) = entry(line, "for_each") {
            self.rule(Some(key), list, levels);
            let name = line.get("as").and_then(Node::as_text);
            let item = list.as_text().and_then(|text| self.item(text, levels));
            if let (Some(name), Some(item)) = (name, item) {
                inner.push(Arc::new(Names::from([(name.to_owned(), item)])));
            }
        }
        for key in ["when", "amount"] {
            if let Some((key, rule)) = entry(line, key) {
                self.rule(Some(key), rule, &inner);
            }
        }
        self.table_call(line, &inner);
    }

    /// A decision table that is asked, of a fee, a route or a parameter.
    fn table_call(&mut self, line: &Node, levels: &Levels) {
        let Some((key, table)) = entry(line, "table") else {
            return;
        };
        self.slot(Some(key), table, Wants::Symbol(Kind::Table, None));
        let id = table.as_text().unwrap_or_default();
        self.refer_node(self.find(Kind::Table, id), table);
        for (key, value) in line.get("with").and_then(Node::as_map).unwrap_or_default() {
            let input = self.find(Kind::Input, &format!("{id}/{}", key.text));
            self.refer_key(input, key);
            self.rule(Some(key), value, levels);
        }
    }

    /// One entry of the list an expression yields, where it is the path of one.
    fn item(&self, text: &str, levels: &Levels) -> Option<Shape> {
        use crate::feel::names::{Spot, lookup};
        let last = mentions(text, levels)?;
        let mut names = last.iter().filter_map(|mention| match mention.spot {
            Spot::Symbol(_) => text.get(mention.start..mention.end),
            _ => None,
        });
        let mut shape = lookup(levels, names.next()?)?.clone();
        for name in names {
            match shape.members.get(name) {
                Some(inner) => shape = inner.clone(),
                None => break,
            }
        }
        let ty = match shape.ty.required() {
            Type::List(item) => (**item).clone(),
            other => other.clone(),
        };
        Some(Shape {
            symbol: None,
            ty,
            ..shape
        })
    }
}

/// The names of an entry of each list a path goes into.
fn list_levels(path: &str, names: &Names) -> Vec<Arc<Names>> {
    let mut levels = Vec::new();
    let mut level = names;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(shape) = level.get(part) else { break };
        let is_list = matches!(shape.ty.required(), Type::List(_));
        if is_list && parts.peek().is_some() {
            levels.push(Arc::clone(&shape.members));
        }
        level = &shape.members;
    }
    levels
}
