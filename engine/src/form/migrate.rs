//! `migrate:` of a form: where answers of drafts begun on an older version go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::fields::Compiler;
use super::model::{Field, FieldKind, Form, Page, Rule};
use super::paths;
use crate::catalogue::unknown;
use crate::source::{Diagnostic, Fields, Node};

/// Where the answers of one older version go. What is not named keeps its path.
#[derive(Clone, Debug)]
pub struct FormMigration {
    /// Version of the form it is for.
    pub from: i64,
    /// Paths of the older version with those of this one, without indices.
    pub fields: BTreeMap<String, String>,
    /// Paths of the older version whose answers are not needed any more.
    pub drop: BTreeSet<String>,
}

impl Compiler<'_, '_, '_> {
    /// One map, or a list of them, each for one older version.
    pub(super) fn migrations(
        &mut self,
        keys: &Fields<'_>,
        pages: &[Page],
        version: i64,
    ) -> Vec<FormMigration> {
        let Some(node) = keys.get("migrate") else {
            return Vec::new();
        };
        let mut known = Vec::new();
        let fields = pages.iter().flat_map(|page| &page.fields);
        fields.for_each(|field| listed(field, &mut known));
        let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
        let mut maps: Vec<FormMigration> = Vec::new();
        for node in nodes {
            let Some(map) = self.migration(node, &known, version) else {
                continue;
            };
            if maps.iter().any(|other| other.from == map.from) {
                let message = format!("there are two maps from version {}", map.from);
                self.report.push(
                    Diagnostic::error("duplicate-migration", node.span, message)
                        .help("make one map of them"),
                );
            }
            maps.push(map);
        }
        maps
    }

    fn migration(&mut self, node: &Node, known: &[&Field], version: i64) -> Option<FormMigration> {
        let keys = Fields::of(node, "a migration map", self.report)?;
        keys.need("from", self.report);
        let from = keys.integer("from", self.report);
        let mut fields = BTreeMap::new();
        for (old, new) in keys.map("fields", self.report) {
            let path = new.as_text().unwrap_or_default();
            if known.iter().any(|field| field.path == path) {
                fields.insert(old.text.clone(), path.to_owned());
                continue;
            }
            let what = "field with the path";
            let known: Vec<&str> = known.iter().map(|field| field.path.as_str()).collect();
            let diagnostic = unknown("unknown-path", what, path, known, new.span);
            self.report.push(diagnostic);
        }
        let drop = keys.text_list("drop", self.report);
        let span = keys.get("from").map_or(node.span, |from| from.span);
        keys.finish("a migration map", self.report);
        let from = from?;
        if from >= version {
            let message = format!(
                "the map is for version {from}, but this is version {version}: it must come from an older one"
            );
            self.report.push(
                Diagnostic::error("migration-not-older", span, message)
                    .help("write the version the drafts are on, or raise `version`"),
            );
        }
        Some(FormMigration {
            from,
            fields,
            drop: drop.into_iter().collect(),
        })
    }
}

fn listed<'f>(field: &'f Field, all: &mut Vec<&'f Field>) {
    all.push(field);
    field.fields().iter().for_each(|child| listed(child, all));
}

/// What the map of the newer version does to answers of the older.
#[derive(Clone, Debug)]
pub struct FormPassage<'a> {
    /// Old and new path of the answers that go along.
    pub moved: Vec<(&'a str, &'a str)>,
    /// Paths whose answers go.
    pub dropped: Vec<&'a str>,
    /// Required answers of the older version the map forgets: they neither stay
    /// nor go to another question of their type, nor are they dropped.
    pub forgotten: Vec<&'a str>,
}

impl<'a> FormPassage<'a> {
    /// `None` where the newer version has no map for the older.
    pub fn between(old: &'a Form, new: &'a Form) -> Option<FormPassage<'a>> {
        let map = (new.migrations.iter()).find(|map| map.from == old.version)?;
        let fits = |from: &str, to: &str| {
            let (from, to) = (old.questions.field(from), new.questions.field(to));
            from.zip(to).is_some_and(|(from, to)| same_kind(from, to))
        };
        let moved: Vec<(&str, &str)> = (map.fields.iter())
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .filter(|(from, to)| fits(from, to))
            .collect();
        let dropped: Vec<&str> = (map.drop.iter().map(String::as_str))
            .filter(|path| old.questions.field(path).is_some())
            .collect();
        let named = |path: &str| {
            let mut named = dropped.iter().chain(moved.iter().map(|(from, _)| from));
            named.any(|known| path == *known || path.starts_with(&format!("{known}.")))
        };
        let forgotten = old.questions.all_fields().into_iter().filter(|field| {
            let leaf = !matches!(field.kind, FieldKind::Group(_) | FieldKind::Info);
            let asked = field.computed.is_none() && !matches!(field.required, Rule::Never);
            leaf && asked && !named(&field.path) && !fits(&field.path, &field.path)
        });
        let forgotten = forgotten.map(|field| field.path.as_str()).collect();
        Some(FormPassage {
            moved,
            dropped,
            forgotten,
        })
    }

    /// The answers at their new paths; those of questions that swap places too.
    pub fn apply(&self, answers: &Map<String, Json>) -> Map<String, Json> {
        let mut result = answers.clone();
        for path in self.moved.iter().map(|(from, _)| from).chain(&self.dropped) {
            take(&mut result, path);
        }
        for (from, to) in &self.moved {
            put(answers, &mut result, from, to);
        }
        result
    }
}

/// Whether answers to one question are answers to another.
fn same_kind(from: &Field, to: &Field) -> bool {
    let words = |field: &Field| field.text_rules().is_some() || field.kind.name() == "iban";
    from.kind.name() == to.kind.name() || (words(from) && to.kind.name() == "text")
}

/// Takes an answer away, in every entry where the path leads through lists.
fn take(answers: &mut Map<String, Json>, path: &str) {
    let Some((first, rest)) = path.split_once('.') else {
        answers.shift_remove(path);
        return;
    };
    match answers.get_mut(first) {
        Some(Json::Object(inner)) => take(inner, rest),
        Some(Json::Array(entries)) => entries
            .iter_mut()
            .filter_map(Json::as_object_mut)
            .for_each(|entry| take(entry, rest)),
        _ => {}
    }
}

/// Puts an answer of `source` where it goes in `result`; within the same list
/// entry by entry.
fn put(source: &Map<String, Json>, result: &mut Map<String, Json>, from: &str, to: &str) {
    if let (Some((list, from)), Some((same, to))) = (from.split_once('.'), to.split_once('.'))
        && list == same
    {
        match (source.get(list), result.get_mut(list)) {
            (Some(Json::Object(source)), Some(Json::Object(result))) => {
                return put(source, result, from, to);
            }
            (Some(Json::Array(sources)), Some(Json::Array(results))) => {
                for (source, result) in sources.iter().zip(results) {
                    if let (Json::Object(source), Json::Object(result)) = (source, result) {
                        put(source, result, from, to);
                    }
                }
                return;
            }
            _ => {}
        }
    }
    if let Some(answer) = paths::get(source, from) {
        paths::set(result, to, Some(answer.clone()));
    }
}
