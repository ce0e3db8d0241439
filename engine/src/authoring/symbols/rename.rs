//! Renaming: the edits, and the proof that nothing else changes by them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Index, Kind, Occurrence, Symbol, SymbolId};
use crate::definitions::Definitions;
use crate::source::{Severity, SourceFile, Sources, Span};

/// One replacement in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Why a symbol cannot be renamed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is no such symbol.
    #[error("here is nothing that has a name")]
    Nothing,
    /// The symbol keeps its name.
    #[error("the {kind} `{name}` cannot be renamed here: {why}")]
    Fixed {
        /// What it is.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The reason.
        why: String,
    },
    /// The name is not well formed.
    #[error("`{0}` cannot be the name of a {1}: {2}")]
    BadName(String, &'static str, &'static str),
    /// Another thing has the name, or would be meant by it.
    #[error("`{name}` is taken: with this name something else would be meant in {place}")]
    Taken {
        /// The new name.
        name: String,
        /// File and line.
        place: String,
    },
    /// The definitions would have an error they do not have now.
    #[error("with this name the definitions have an error in {place}: {message}")]
    Breaks {
        /// File and line.
        place: String,
        /// The error.
        message: String,
    },
}

/// Words of the rule language, which are no names in it.
const KEYWORDS: [&str; 17] = [
    "true",
    "false",
    "null",
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "item",
];

pub(super) fn rename(
    index: &Index,
    sources: &Sources,
    id: SymbolId,
    new_name: &str,
) -> Result<Vec<Edit>, RenameError> {
    let symbol = index.symbol(id).ok_or(RenameError::Nothing)?;
    well_formed(symbol, new_name)?;
    let together = together(index, id);
    let places: Vec<&Occurrence> = index
        .occurrences()
        .iter()
        .filter(|place| together.contains(&place.symbol))
        .collect();
    for id in &together {
        let symbol = index.symbol(*id).ok_or(RenameError::Nothing)?;
        renamable(symbol)?;
    }
    if let Some(place) = places.iter().find(|place| !place.exact) {
        return Err(RenameError::Fixed {
            kind: symbol.kind.word(),
            name: symbol.name.clone(),
            why: format!(
                "in {} it is written in a way that cannot be followed; write it without quotes or escapes first",
                shown(sources, place.span)
            ),
        });
    }
    let edits: BTreeSet<Edit> = places
        .iter()
        .map(|place| Edit {
            span: place.span,
            text: new_name.to_owned(),
        })
        .collect();
    let edits: Vec<Edit> = edits.into_iter().collect();
    let renamed = Sources::new(apply(sources, &edits));
    same_meaning(index, &Index::build(&renamed), &renamed, new_name)?;
    no_new_errors(sources, &renamed)?;
    Ok(edits)
}

/// The files after edits, which are sorted and do not overlap.
fn apply(sources: &Sources, edits: &[Edit]) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = sources.iter().map(|(_, file)| file.clone()).collect();
    for edit in edits.iter().rev() {
        let range = edit.span.start as usize..edit.span.end as usize;
        if let Some(file) = files.get_mut(edit.span.file.0 as usize)
            && file.text.get(range.clone()).is_some()
        {
            file.text.replace_range(range, &edit.text);
        }
    }
    files
}

/// Everything that shares a place with a symbol, such as the variables of two
/// workflows that one letter shows: they can only be renamed together.
fn together(index: &Index, id: SymbolId) -> BTreeSet<SymbolId> {
    let mut by_span: BTreeMap<Span, Vec<SymbolId>> = BTreeMap::new();
    let mut by_symbol: BTreeMap<SymbolId, Vec<Span>> = BTreeMap::new();
    for place in index.occurrences() {
        by_span.entry(place.span).or_default().push(place.symbol);
        by_symbol.entry(place.symbol).or_default().push(place.span);
    }
    let mut found = BTreeSet::from([id]);
    let mut open = vec![id];
    while let Some(next) = open.pop() {
        for span in by_symbol.get(&next).into_iter().flatten() {
            for other in by_span.get(span).into_iter().flatten() {
                if found.insert(*other) {
                    open.push(*other);
                }
            }
        }
    }
    found
}

fn renamable(symbol: &Symbol) -> Result<(), RenameError> {
    match symbol.fixed {
        Some(why) => Err(RenameError::Fixed {
            kind: symbol.kind.word(),
            name: symbol.name.clone(),
            why: why.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Whether the name can be one of its kind.
fn well_formed(symbol: &Symbol, name: &str) -> Result<(), RenameError> {
    let bad = |why| {
        Err(RenameError::BadName(
            name.to_owned(),
            symbol.kind.word(),
            why,
        ))
    };
    let letters = |dash: bool, dots: bool| {
        name.split(|c| dots && c == '.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || (dash && b == b'-')
                })
        })
    };
    if symbol.kind == Kind::Choice {
        let good = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        return if good && !name.is_empty() {
            Ok(())
        } else {
            bad("use letters a-z, digits, `_` and `-`")
        };
    }
    if symbol.kind.is_in_expressions() {
        if KEYWORDS.contains(&name) {
            return bad("it is a word of the rule language");
        }
        return if letters(false, false) {
            Ok(())
        } else {
            bad(
                "use small letters a-z, digits and `_`, beginning with a letter; it is a name in rules",
            )
        };
    }
    if letters(true, symbol.kind == Kind::Event) {
        Ok(())
    } else {
        bad("use small letters a-z, digits, `_` and `-`, beginning with a letter")
    }
}

/// Every place must mean after the edits what it meant before.
fn same_meaning(
    before: &Index,
    after: &Index,
    renamed: &Sources,
    name: &str,
) -> Result<(), RenameError> {
    let taken = |span: Span| {
        Err(RenameError::Taken {
            name: name.to_owned(),
            place: shown(renamed, span),
        })
    };
    let old = sorted(before);
    let new = sorted(after);
    let mut forth: BTreeMap<SymbolId, SymbolId> = BTreeMap::new();
    let mut back: BTreeMap<SymbolId, SymbolId> = BTreeMap::new();
    for (a, b) in old.iter().zip(&new) {
        let same = a.span.file == b.span.file
            && a.definition == b.definition
            && *forth.entry(a.symbol).or_insert(b.symbol) == b.symbol
            && *back.entry(b.symbol).or_insert(a.symbol) == a.symbol;
        if !same {
            return taken(b.span);
        }
    }
    match (old.len(), new.len()) {
        (a, b) if a == b => Ok(()),
        (a, b) => {
            let longer = if a > b { &old } else { &new };
            taken(longer.get(a.min(b)).map_or(Span::default(), |o| o.span))
        }
    }
}

/// The places in the order of the files; where several symbols share one,
/// in the order they were found first.
fn sorted(index: &Index) -> Vec<Occurrence> {
    let mut first: BTreeMap<SymbolId, usize> = BTreeMap::new();
    for (at, place) in index.occurrences().iter().enumerate() {
        if place.definition {
            first.entry(place.symbol).or_insert(at);
        }
    }
    let mut places = index.occurrences().to_vec();
    places.sort_by_key(|o| (o.span, first.get(&o.symbol).copied()));
    places
}

fn no_new_errors(before: &Sources, after: &Sources) -> Result<(), RenameError> {
    let load = |sources: &Sources| {
        Definitions::load(sources.iter().map(|(_, file)| file.clone()).collect())
    };
    let (old, new) = (load(before), load(after));
    let count = |code: &str, report: &crate::source::Report| {
        report.diagnostics.iter().filter(|d| d.code == code).count()
    };
    let worse = new.report.diagnostics.iter().find(|d| {
        d.severity != Severity::Note && count(d.code, &new.report) > count(d.code, &old.report)
    });
    match worse {
        Some(found) => Err(RenameError::Breaks {
            place: shown(&new.sources, found.span),
            message: found.message.clone(),
        }),
        None => Ok(()),
    }
}

fn shown(sources: &Sources, span: Span) -> String {
    let (line, _) = sources.line_column(span.file, span.start);
    let path = sources.file(span.file).map_or("", |file| &file.path);
    format!("{path}:{line}")
}
