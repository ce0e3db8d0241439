//! What an editor shows for the thing under the pointer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::authoring::functions;
use engine::authoring::symbols::{Kind, Symbol, SymbolId, Wants};
use engine::feel::names::{Names, Spot, cell_mentions, mentions};
use engine::feel::{Expression, Scope, Type};
use engine::source::{FileId, Span};

use super::workspace::Model;

/// Files named for the uses of a symbol.
const MOST_FILES: usize = 8;

/// Markdown with the bytes it is about.
pub(super) fn hover(model: &Model, file: FileId, offset: u32) -> Option<(String, Span)> {
    let found = model.index.symbols_at(file, offset);
    if let Some(first) = found.first() {
        let shown: Vec<String> = found
            .iter()
            .take(4)
            .filter_map(|place| symbol(model, place.symbol))
            .collect();
        return Some((shown.join("\n\n---\n\n"), first.span));
    }
    rule(model, file, offset)
}

/// A symbol in words.
pub(super) fn symbol(model: &Model, id: SymbolId) -> Option<String> {
    let symbol = model.index.symbol(id)?;
    let mut text = format!("**{}** `{}`", symbol.kind.word(), symbol.path);
    if !symbol.type_name.is_empty() {
        let _written = write!(text, " – {}", symbol.type_name);
    }
    if let Some(label) = &symbol.label {
        let _written = write!(text, "\n\n{}", label.de);
        if let Some(en) = &label.en {
            let _written = write!(text, "  \n*{en}*");
        }
    }
    if let Some(ty) = symbol.ty.as_ref().filter(|_| is_value(symbol)) {
        let _written = write!(text, "\n\nin rules: {}", type_words(ty));
    }
    for span in symbol.definitions.iter().take(3) {
        let _written = write!(text, "\n\ndefined in {}", place(model, *span));
    }
    if let Some(uses) = uses(model, id) {
        let _written = write!(text, "\n\nused in {uses}");
    }
    Some(text)
}

fn is_value(symbol: &Symbol) -> bool {
    matches!(
        symbol.kind,
        Kind::Field | Kind::Input | Kind::Column | Kind::Param | Kind::Variable | Kind::Data
    )
}

/// A type with its null.
pub(super) fn type_words(ty: &Type) -> String {
    match ty {
        Type::Optional(inner) => format!("{inner}, or null"),
        other => other.to_string(),
    }
}

fn place(model: &Model, span: Span) -> String {
    let (line, _) = model.sources.line_column(span.file, span.start);
    let path = model.sources.file(span.file).map_or("", |file| &file.path);
    format!("`{path}:{line}`")
}

/// Files and lines that name a symbol besides its definition.
fn uses(model: &Model, id: SymbolId) -> Option<String> {
    let mut lines: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for place in model.index.references_of(id).filter(|o| !o.definition) {
        let (line, _) = model.sources.line_column(place.span.file, place.span.start);
        let known = lines.entry(place.span.file).or_default();
        if known.last() != Some(&line) {
            known.push(line);
        }
    }
    let more = lines.len().saturating_sub(MOST_FILES);
    let mut shown: Vec<String> = lines
        .iter()
        .take(MOST_FILES)
        .filter_map(|(file, lines)| {
            let path = &model.sources.file(*file)?.path;
            let first: Vec<String> = lines.iter().take(6).map(usize::to_string).collect();
            let dots = if lines.len() > 6 { ", …" } else { "" };
            Some(format!("`{path}` ({}{dots})", first.join(", ")))
        })
        .collect();
    match more {
        0 => {}
        1 => shown.push("one more file".to_owned()),
        more => shown.push(format!("{more} more files")),
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// A function, or the result of the whole expression.
fn rule(model: &Model, file: FileId, offset: u32) -> Option<(String, Span)> {
    let slot = model.index.slot_at(file, offset)?;
    let (found, levels) = match &slot.wants {
        Wants::Rule(levels) => (mentions(&slot.text, levels)?, levels),
        Wants::Cell(input, levels) => (cell_mentions(&slot.text, input, levels)?, levels),
        _ => return None,
    };
    for mention in found {
        let span = slot
            .offsets
            .as_ref()
            .and_then(|offsets| offsets.span_in(file, mention.start, mention.end));
        if let (Spot::Function(name), Some(span)) = (&mention.spot, span)
            && (span.start..=span.end).contains(&offset)
        {
            return Some((function(name)?, span));
        }
    }
    if !matches!(slot.wants, Wants::Rule(_)) {
        return None;
    }
    let mut scope = Scope::default();
    for names in levels {
        add(&mut scope, names);
    }
    let expression = Expression::compile(&slot.text, &scope).ok()?;
    let text = format!("this rule yields {}", type_words(expression.ty()));
    Some((text, slot.span))
}

fn add(scope: &mut Scope, names: &Names) {
    for (name, shape) in names {
        scope.names.insert(name.clone(), shape.ty.clone());
    }
}

/// A function in words.
pub(super) fn function(name: &str) -> Option<String> {
    let function = functions::find(name)?;
    let mut text = String::new();
    for signature in &function.info.signatures {
        let _written = writeln!(text, "`{signature}`  ");
    }
    if let Some(meaning) = function.meaning {
        let _written = write!(text, "\n{meaning}");
    }
    if !function.info.returns.is_empty() {
        let _written = write!(text, "\n\nyields {}", function.info.returns);
    }
    Some(text)
}
