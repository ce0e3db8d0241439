//! Letters and mails: the values between their braces, for each service that
//! sends them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Kind;
use super::builder::{Builder, Read, named};
use crate::definitions::Kind as FileKind;
use crate::feel::names::{Names, Shape};
use crate::source::{FileId, Span};

/// One thing between braces.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// A path at its bytes.
    Path(usize, String),
    /// `{{#each path}}` and the like: the path, and whether names inside are its own.
    Open(Option<(usize, String)>, bool),
    /// `{{/each}}`
    Close,
}

/// Names inside of one block; none where they are unknown.
type Context = Option<Arc<Names>>;

impl Builder<'_> {
    pub(super) fn letter_file(&mut self, id: &str, file: FileId) {
        let mut symbol = named(Kind::Letter, id, id);
        symbol.fixed = Some("its files are named after it; rename them and every `template`");
        let symbol = self.symbol(id, symbol);
        self.define(symbol, Span::new(file, 0, 0), false);
    }

    /// Follows the values of all letters, service by service.
    pub(super) fn letters(&mut self, read: &[Read]) {
        let mut files: BTreeMap<(Option<&str>, &str), Vec<FileId>> = BTreeMap::new();
        for read in read {
            if let FileKind::Letter { service, id, .. } = &read.kind {
                let files = files.entry((service.as_deref(), id)).or_default();
                files.push(read.file);
            }
        }
        let mut pieces: BTreeMap<FileId, Vec<Piece>> = BTreeMap::new();
        for form in std::mem::take(&mut self.forms) {
            let Some(workflow) = self.workflows.get(&form.workflow) else {
                continue;
            };
            let mut templates = workflow.templates.clone();
            templates.sort();
            templates.dedup();
            let answers = Shape {
                members: Arc::clone(&form.answers),
                ..Shape::group(Names::new())
            };
            let root = Arc::new(Names::from([
                ("answers".to_owned(), answers.clone()),
                ("raw".to_owned(), answers),
                ("vars".to_owned(), Shape::group(workflow.vars.clone())),
                ("params".to_owned(), Shape::group(workflow.params.clone())),
            ]));
            let events: Vec<Arc<Names>> = events(&workflow.event);
            for template in &templates {
                let own = files.get(&(Some(form.id.as_str()), template.as_str()));
                let general = files.get(&(None, template.as_str()));
                for file in own.or(general).into_iter().flatten() {
                    let text = self.sources.file(*file).map(|file| file.text.as_str());
                    let pieces = pieces
                        .entry(*file)
                        .or_insert_with(|| pieces_of(text.unwrap_or_default()));
                    self.letter(*file, pieces, &root, &events);
                }
            }
        }
    }

    fn letter(&mut self, file: FileId, pieces: &[Piece], root: &Arc<Names>, events: &[Arc<Names>]) {
        let known = self.index.letters.entry(file).or_default();
        for (name, shape) in root.iter() {
            known.entry(name.clone()).or_insert_with(|| shape.clone());
        }
        let mut contexts: Vec<Context> = vec![Some(Arc::clone(root))];
        for piece in pieces {
            match piece {
                Piece::Path(at, path) => {
                    self.letter_path(file, *at, path, &contexts, events);
                }
                Piece::Open(path, inside) => {
                    let shape = path.as_ref().and_then(|(at, path)| {
                        self.letter_path(file, *at, path, &contexts, events)
                    });
                    contexts.push(if *inside {
                        shape.map(|shape| shape.members)
                    } else {
                        contexts.last().cloned().flatten()
                    });
                }
                Piece::Close if contexts.len() > 1 => drop(contexts.pop()),
                Piece::Close => {}
            }
        }
    }

    /// References of the parts of a path; the shape of its end.
    fn letter_path(
        &mut self,
        file: FileId,
        at: usize,
        path: &str,
        contexts: &[Context],
        events: &[Arc<Names>],
    ) -> Option<Shape> {
        let mut at = at;
        let mut rest = path;
        let mut depth = contexts.len() - 1;
        if let Some(inner) = rest.strip_prefix("@root.") {
            (rest, at, depth) = (inner, at + 6, 0);
        }
        while let Some(inner) = rest.strip_prefix("../") {
            (rest, at, depth) = (inner, at + 3, depth.saturating_sub(1));
        }
        if let Some(inner) = rest.strip_prefix("this.") {
            (rest, at) = (inner, at + 5);
        }
        if let (Some(member), 0) = (rest.strip_prefix("event."), depth) {
            for event in events {
                self.letter_members(file, at + 6, member, event);
            }
            return None;
        }
        let names = contexts.get(depth)?.clone()?;
        self.letter_members(file, at, rest, &names)
    }

    fn letter_members(
        &mut self,
        file: FileId,
        start: usize,
        path: &str,
        names: &Arc<Names>,
    ) -> Option<Shape> {
        let mut at = start;
        let mut level = Arc::clone(names);
        let mut found = None;
        for part in path.split('.') {
            let shape = level.get(part)?.clone();
            if let Some(symbol) = shape.symbol {
                self.refer_span(symbol, Span::new(file, at, at + part.len()));
            }
            at += part.len() + 1;
            level = Arc::clone(&shape.members);
            found = Some(shape);
        }
        found
    }
}

/// The fields of the forms of all events, each set with one field of a name.
fn events(fields: &BTreeMap<String, Vec<Shape>>) -> Vec<Arc<Names>> {
    let most = fields.values().map(Vec::len).max().unwrap_or(0);
    (0..most)
        .map(|at| {
            let names = fields
                .iter()
                .filter_map(|(name, shapes)| Some((name.clone(), shapes.get(at)?.clone())));
            Arc::new(names.collect())
        })
        .collect()
}

/// What stands between the braces of a template.
fn pieces_of(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find("{{")) {
        let start = at + open + 2;
        let comment = text[start..].starts_with("!--") || text[start..].starts_with("~!--");
        let close = if comment { "--}}" } else { "}}" };
        let Some(length) = text[start..].find(close) else {
            break;
        };
        if !comment {
            tag(&text[start..start + length], start, &mut pieces);
        }
        at = start + length + close.len();
    }
    pieces
}

/// The pieces of one pair of braces.
fn tag(inner: &str, start: usize, pieces: &mut Vec<Piece>) {
    let trimmed = inner.trim_start_matches('~');
    let mark = trimmed.chars().next();
    match mark {
        Some('!') => return,
        Some('/') => return pieces.push(Piece::Close),
        _ => {}
    }
    let mut words = words(inner, start).into_iter().peekable();
    if words.peek().is_some_and(|(_, word, _)| word == "else") {
        words.next();
        // `{{else if …}}` stays in the block it belongs to.
        if words
            .peek()
            .is_some_and(|(_, word, _)| word == "if" || word == "unless")
        {
            words.next();
        }
        return pieces.extend(words.filter(|(_, _, helper)| !helper).map(path));
    }
    if matches!(mark, Some('#' | '^')) {
        let helper = words.next().map(|(_, word, _)| word);
        let inside = helper
            .as_deref()
            .is_some_and(|h| h == "each" || h == "with");
        let rest: Vec<_> = words.filter(|(_, _, helper)| !helper).collect();
        let (first, others) = match rest.split_first() {
            Some(((at, word, _), others)) if inside => (Some((*at, word.clone())), others),
            _ => (None, rest.as_slice()),
        };
        pieces.extend(others.iter().cloned().map(path));
        return pieces.push(Piece::Open(first, inside));
    }
    let all: Vec<_> = words.collect();
    let several = all.len() > 1;
    let mut all = all.into_iter();
    if several {
        // The first of several words is a helper.
        all.next();
    }
    pieces.extend(all.filter(|(_, _, helper)| !helper).map(path));
}

fn path((at, word, _): (usize, String, bool)) -> Piece {
    Piece::Path(at, word)
}

/// The words outside of quotes with their bytes; whether a bracket stands
/// before, which makes them helpers.
fn words(inner: &str, start: usize) -> Vec<(usize, String, bool)> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '/' | '-');
    let mut found = Vec::new();
    let mut quote = None;
    let mut bracket = false;
    let mut at = 0;
    while let Some(next) = inner.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(open) = quote {
            quote = (next != open).then_some(open);
            at += next.len_utf8();
        } else if matches!(next, '"' | '\'') {
            quote = Some(next);
            at += 1;
        } else if is_word(next) && next != '/' {
            let rest = &inner[at..];
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let named = rest[length..].starts_with('=');
            if !named && !next.is_ascii_digit() {
                found.push((start + at, rest[..length].to_owned(), bracket));
            }
            bracket = false;
            at += length;
        } else {
            bracket = next == '(' || (bracket && next.is_whitespace());
            at += next.len_utf8();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_with_their_places() {
        let text = "subject: {{case.reference}}\n---\n{{! no }}{{#if (eq vars.kind \"a.b\")}}{{vars.a}}{{else if vars.b}}x{{/if}}\n{{#each answers.items}}{{name}} {{@root.today}}{{/each}}{{!-- {{x}} --}}";
        let shown: Vec<String> = pieces_of(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Path(at, path) => {
                    assert_eq!(&text[at..at + path.len()], path);
                    path
                }
                Piece::Open(path, inside) => {
                    format!("open {} {inside}", path.map_or(String::new(), |p| p.1))
                }
                Piece::Close => "close".to_owned(),
            })
            .collect();
        let expected = [
            "case.reference",
            "vars.kind",
            "open  false",
            "vars.a",
            "vars.b",
            "close",
            "open answers.items true",
            "name",
            "@root.today",
            "close",
        ];
        assert_eq!(shown, expected);
    }
}
