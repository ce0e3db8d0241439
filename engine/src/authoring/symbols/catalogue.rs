//! What forms share: departments and queues, codelists, data sets, tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::{Builder, entry, items, label_of, named};
use super::{Kind, Symbol, SymbolId};
use crate::catalogue::decode_data;
use crate::feel::Type;
use crate::feel::names::{Names, Shape};
use crate::source::{FileId, Node, Report, Span};

/// Why ids that are file names stay.
const FILE: &str = "its file is named after it; rename the file and what refers to it";

impl Builder<'_> {
    /// The symbol of a file that defines one thing, at its `id`.
    fn file_symbol(&mut self, kind: Kind, id: &str, file: FileId, node: &Node) -> SymbolId {
        let symbol = Symbol {
            label: label_of(node, "title"),
            fixed: Some(FILE),
            ..named(kind, id, id)
        };
        let symbol = self.symbol(id, symbol);
        match node.get("id") {
            Some(id) => self.define_node(symbol, id),
            None => self.define(symbol, Span::new(file, 0, 0), false),
        }
        symbol
    }

    pub(super) fn departments(&mut self, node: &Node) {
        let list = node.get("departments").and_then(Node::as_list);
        for department in list.unwrap_or_default() {
            let Some(id_node) = department.get("id") else {
                continue;
            };
            let id = id_node.as_text().unwrap_or_default();
            let symbol = Symbol {
                label: label_of(department, "name"),
                ..named(Kind::Department, id, id)
            };
            let symbol = self.symbol(id, symbol);
            self.define_node(symbol, id_node);
            let queues = department.get("queues").and_then(Node::as_list);
            for queue in queues.unwrap_or_default() {
                let Some(queue_node) = queue.get("id") else {
                    continue;
                };
                let name = queue_node.as_text().unwrap_or_default();
                let symbol = Symbol {
                    path: format!("{id}/{name}"),
                    label: label_of(queue, "name"),
                    ..named(Kind::Queue, name, id)
                };
                let symbol = self.symbol(format!("{id}/{name}"), symbol);
                self.define_node(symbol, queue_node);
            }
        }
    }

    pub(super) fn codelist(&mut self, id: &str, file: FileId, node: &Node) {
        self.file_symbol(Kind::Codelist, id, file, node);
        let options = node.get("options").and_then(Node::as_list);
        let options: BTreeMap<String, SymbolId> = options
            .unwrap_or_default()
            .iter()
            .filter_map(|item| self.option(item, id, id))
            .collect();
        self.codelists.insert(id.to_owned(), Arc::new(options));
    }

    pub(super) fn data_set(&mut self, id: &str, file: FileId, node: &Node) {
        let set = self.file_symbol(Kind::Data, id, file, node);
        let ty = decode_data(node, &mut Report::default()).map_or(Type::Any, |set| set.ty);
        let mut members = Names::new();
        for (key, column) in node
            .get("columns")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            let column_type = match &ty {
                Type::List(item) => match item.required() {
                    Type::Record(fields) => fields.get(&key.text).cloned(),
                    _ => None,
                },
                _ => None,
            };
            let symbol = Symbol {
                path: format!("{id}.{}", key.text),
                type_name: column.as_text().unwrap_or_default().to_owned(),
                ty: column_type.clone(),
                ..named(Kind::Column, &key.text, id)
            };
            let symbol = self.symbol(format!("{id}/{}", key.text), symbol);
            self.define_key(symbol, key);
            let mut shape = Shape::plain(column_type.unwrap_or(Type::Any));
            shape.symbol = Some(symbol);
            members.insert(key.text.clone(), shape);
        }
        if let Some(key) = node.get("key") {
            let column = format!("{id}/{}", key.as_text().unwrap_or_default());
            self.refer_node(self.find(Kind::Column, &column), key);
        }
        for row in node.get("rows").and_then(Node::as_list).unwrap_or_default() {
            for (key, _) in row.as_map().unwrap_or_default() {
                self.refer_key(members.get(&key.text).and_then(|shape| shape.symbol), key);
            }
        }
        let shape = Shape {
            symbol: Some(set),
            ty,
            members: Arc::new(members),
            options: Arc::default(),
        };
        self.data.insert(id.to_owned(), shape);
    }

    pub(super) fn table(&mut self, id: &str, file: FileId, node: &Node) {
        self.workflow = None;
        self.file_symbol(Kind::Table, id, file, node);
        let mut inputs = Names::new();
        for input in node
            .get("inputs")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            if let Some((name, shape)) = self.input(id, input) {
                inputs.insert(name, shape);
            }
        }
        let levels = [Arc::new(inputs.clone())];
        for rule in node
            .get("rules")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            for (key, cell) in rule.get("when").and_then(Node::as_map).unwrap_or_default() {
                if let Some(shape) = inputs.get(&key.text) {
                    self.refer_key(shape.symbol, key);
                    self.cell(key, cell, shape, &levels);
                }
            }
            if let Some((key, then)) = entry(rule, "then") {
                self.rule(Some(key), then, &levels);
            }
        }
        for example in node
            .get("examples")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            let given = example.get("given").and_then(Node::as_map);
            for (key, value) in given.unwrap_or_default() {
                let Some(shape) = inputs.get(&key.text) else {
                    continue;
                };
                self.refer_key(shape.symbol, key);
                let option = shape.options.get(value.as_text().unwrap_or_default());
                self.refer_node(option.copied(), value);
            }
        }
    }

    fn input(&mut self, table: &str, input: &Node) -> Option<(String, Shape)> {
        let name_node = input.get("name")?;
        let name = name_node.as_text()?.to_owned();
        let type_name = input
            .get("type")
            .and_then(Node::as_text)
            .unwrap_or_default();
        let mut options = BTreeMap::new();
        for item in input.get("options").map_or(&[][..], items) {
            let Some(option) = item.as_text() else {
                continue;
            };
            let symbol = Symbol {
                path: format!("{name} = \"{option}\""),
                ..named(Kind::Choice, option, table)
            };
            let key = format!("{}:{}", item.span.file.0, item.span.start);
            let symbol = self.symbol(key, symbol);
            self.define_node(symbol, item);
            options.insert(option.to_owned(), symbol);
        }
        let ty = match type_name {
            "choice" => Type::Choice(options.keys().cloned().collect::<Vec<_>>().into()),
            "text" => Type::Text,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "number" | "integer" | "money" => Type::Number,
            _ => Type::Any,
        };
        let symbol = Symbol {
            type_name: type_name.to_owned(),
            ty: Some(ty.clone()),
            ..named(Kind::Input, &name, table)
        };
        let symbol = self.symbol(format!("{table}/{name}"), symbol);
        self.define_node(symbol, name_node);
        let shape = Shape {
            symbol: Some(symbol),
            ty,
            members: Arc::default(),
            options: Arc::new(options),
        };
        Some((name, shape))
    }
}
