//! Fields: their symbols, and the rules, options and library groups in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::{Builder, entry, label_of, named};
use super::{Kind, Symbol, SymbolId, Wants};
use crate::feel::Type;
use crate::feel::names::{Levels, Names, Shape};
use crate::form::{Outline, Shared, TYPES, expand};
use crate::source::{Node, Report};
use crate::text::Text;

impl Builder<'_> {
    /// Expands a list of fields and makes their symbols.
    pub(super) fn outlines(&mut self, fields: &[Node], shared: &Shared<'_>) -> Vec<Outline> {
        expand(fields, shared, &mut Vec::new(), &mut Report::default())
    }

    /// The fields as names of a scope; `owner` and `prefix` say where they are.
    pub(super) fn names(&mut self, outlines: &[Outline], owner: &str, prefix: &str) -> Names {
        outlines
            .iter()
            .map(|outline| {
                let shape = self.shape(outline, owner, prefix);
                (outline.id.clone(), shape)
            })
            .collect()
    }

    fn shape(&mut self, outline: &Outline, owner: &str, prefix: &str) -> Shape {
        let path = if prefix.is_empty() {
            outline.id.clone()
        } else {
            format!("{prefix}.{}", outline.id)
        };
        let symbol = outline.node.get("id").map(|id_node| {
            let key = format!("{}:{}", id_node.span.file.0, id_node.span.start);
            let symbol = self.symbol(
                key,
                Symbol {
                    path: path.clone(),
                    type_name: type_words(outline),
                    ty: outline.ty.clone(),
                    label: label_of(&outline.node, "label").or_else(|| outline.title.clone()),
                    ..named(Kind::Field, &outline.id, owner)
                },
            );
            self.define_node(symbol, id_node);
            symbol
        });
        Shape {
            symbol,
            ty: outline.ty.clone().unwrap_or(Type::Any),
            members: Arc::new(self.names(&outline.children, owner, &path)),
            options: self.options_of(outline, owner, &path),
        }
    }

    fn options_of(
        &mut self,
        outline: &Outline,
        owner: &str,
        path: &str,
    ) -> Arc<BTreeMap<String, SymbolId>> {
        let node = match (outline.type_name.as_str(), outline.node.get("options")) {
            ("country", None) => {
                return self.codelists.get("countries").cloned().unwrap_or_default();
            }
            (_, Some(node)) => node,
            _ => return Arc::default(),
        };
        if let Some(id) = node.get("codelist").and_then(Node::as_text) {
            return self.codelists.get(id).cloned().unwrap_or_default();
        }
        let items = node.as_list().unwrap_or_default();
        Arc::new(
            items
                .iter()
                .filter_map(|item| self.option(item, owner, path))
                .collect(),
        )
    }

    /// The symbol of `{ id, de, en }`.
    pub(super) fn option(
        &mut self,
        item: &Node,
        owner: &str,
        path: &str,
    ) -> Option<(String, SymbolId)> {
        let id_node = item.get("id")?;
        let id = id_node.as_text()?.to_owned();
        let text = |key| item.get(key).and_then(Node::as_text).map(str::to_owned);
        let key = format!("{}:{}", id_node.span.file.0, id_node.span.start);
        let symbol = self.symbol(
            key,
            Symbol {
                path: format!("{path} = \"{id}\""),
                label: text("de").map(|de| Text { de, en: text("en") }),
                ..named(Kind::Choice, &id, owner)
            },
        );
        self.define_node(symbol, id_node);
        Some((id, symbol))
    }

    /// Follows what the keys of fields name; the last level holds the fields themselves.
    pub(super) fn field_rules(&mut self, outlines: &[Outline], levels: &Levels) {
        for outline in outlines {
            self.field_keys(outline, levels);
            let inside = levels
                .last()
                .and_then(|names| names.get(&outline.id))
                .map(|shape| Arc::clone(&shape.members));
            if let (false, Some(inside)) = (outline.children.is_empty(), inside) {
                let mut inner = levels.to_vec();
                inner.push(inside);
                self.field_rules(&outline.children, &inner);
            }
        }
    }

    fn field_keys(&mut self, outline: &Outline, levels: &Levels) {
        for (key, value) in outline.node.as_map().unwrap_or_default() {
            match key.text.as_str() {
                "visible" | "computed" => self.rule(Some(key), value, levels),
                "required" if value.as_bool().is_none() => self.rule(Some(key), value, levels),
                "min" | "max" if !is_literal(value) => self.rule(Some(key), value, levels),
                "label" => {
                    for case in value.as_list().unwrap_or_default() {
                        if let Some((key, when)) = entry(case, "when") {
                            self.rule(Some(key), when, levels);
                        }
                    }
                }
                "type" => self.slot(Some(key), value, Wants::Word(&TYPES)),
                "options" => self.option_keys(value, levels),
                "use" => self.library_use(key, value),
                "with" => self.library_changes(outline, value),
                _ => {}
            }
        }
    }

    fn option_keys(&mut self, options: &Node, levels: &Levels) {
        for item in options.as_list().unwrap_or_default() {
            if let Some((key, visible)) = entry(item, "visible") {
                self.rule(Some(key), visible, levels);
            }
        }
        if let Some((key, value)) = entry(options, "codelist") {
            self.slot(Some(key), value, Wants::Symbol(Kind::Codelist, None));
            let symbol = self.find(Kind::Codelist, value.as_text().unwrap_or_default());
            self.refer_node(symbol, value);
        }
    }

    /// `library.group`: both parts are names.
    fn library_use(&mut self, key: &crate::source::Key, value: &Node) {
        self.slot(Some(key), value, Wants::Symbol(Kind::Group, None));
        let text = value.as_text().unwrap_or_default();
        let Some((library, _)) = text.split_once('.') else {
            return;
        };
        let (library_id, group) = (
            self.find(Kind::Library, library),
            self.find(Kind::Group, text),
        );
        self.refer_part(library_id, value, 0, library.len());
        self.refer_part(group, value, library.len() + 1, text.len());
    }

    fn library_changes(&mut self, outline: &Outline, with: &Node) {
        let group = outline.node.get("use").and_then(Node::as_text);
        let Some(names) = group.and_then(|group| self.groups.get(group)).cloned() else {
            return;
        };
        for (key, _) in with.as_map().unwrap_or_default() {
            let field = names.get(&key.text).and_then(|shape| shape.symbol);
            let check = format!("{}/{}", group.unwrap_or_default(), key.text);
            self.refer_key(field.or_else(|| self.find(Kind::Check, &check)), key);
        }
    }

    /// The symbols of a library, its groups and their fields.
    pub(super) fn library_names(
        &mut self,
        id: &str,
        file: crate::source::FileId,
        node: &Node,
        shared: &Shared<'_>,
    ) {
        let library = self.symbol(
            id,
            Symbol {
                label: label_of(node, "title"),
                fixed: Some("its file is named after it; rename the file and every `use`"),
                ..named(Kind::Library, id, id)
            },
        );
        match node.get("id") {
            Some(id) => self.define_node(library, id),
            None => self.define(library, crate::source::Span::new(file, 0, 0), false),
        }
        for (key, node) in node
            .get("groups")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            let path = format!("{id}.{}", key.text);
            let group = self.symbol(
                path.clone(),
                Symbol {
                    path: path.clone(),
                    label: label_of(node, "title"),
                    ..named(Kind::Group, &key.text, id)
                },
            );
            self.define_key(group, key);
            let fields = node
                .get("fields")
                .and_then(Node::as_list)
                .unwrap_or_default();
            let outlines = self.outlines(fields, shared);
            let names = Arc::new(self.names(&outlines, &path, ""));
            self.groups.insert(path, names);
        }
    }

    /// What the rules of a library name within their own group.
    pub(super) fn library_rules(&mut self, id: &str, node: &Node, shared: &Shared<'_>) {
        for (key, node) in node
            .get("groups")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            let fields = node
                .get("fields")
                .and_then(Node::as_list)
                .unwrap_or_default();
            let outlines = self.outlines(fields, shared);
            let Some(names) = self.groups.get(&format!("{id}.{}", key.text)).cloned() else {
                continue;
            };
            let levels = [names];
            self.field_rules(&outlines, &levels);
            for check in node
                .get("checks")
                .and_then(Node::as_list)
                .unwrap_or_default()
            {
                self.check(&format!("{id}.{}", key.text), check, &levels);
            }
        }
    }
}

/// A number or a date, which is no expression.
fn is_literal(node: &Node) -> bool {
    let date = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    node.as_number_text().is_some() || node.as_text().is_some_and(date)
}

/// The type as people write it.
fn type_words(outline: &Outline) -> String {
    match outline.node.get("use").and_then(Node::as_text) {
        Some(group) => format!("group of `{group}`"),
        None => outline.type_name.clone(),
    }
}
