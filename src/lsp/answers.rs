//! Answers about a whole file: what may be written at a place, its canonical
//! text, its symbols; and the shapes of the protocol they have.

use std::collections::BTreeMap;

use engine::authoring::format::format;
use engine::authoring::symbols::Kind;
use engine::source::{FileId, Report, SourceFile, Sources, Span};
use serde_json::{Value, json};

use super::complete::complete;
use super::keys;
use super::position::Lines;
use super::workspace::Workspace;

/// Words to be shown.
pub(super) fn markdown(words: &str) -> Value {
    json!({ "contents": { "kind": "markdown", "value": words } })
}

/// Edits by path as those of a workspace.
pub(super) fn workspace_edit(workspace: &Workspace, edits: &[(String, Value)]) -> Value {
    let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (path, edit) in edits {
        let list = changes.entry(workspace.uri(path)).or_default();
        list.push(edit.clone());
    }
    json!({ "changes": changes })
}

/// What may be written at a byte.
pub(super) fn completion(workspace: &mut Workspace, path: &str, text: &str, at: usize) -> Value {
    let readable = if workspace.is_readable(path) {
        text.to_owned()
    } else {
        without_value(text, at)
    };
    let model = &workspace.model_around(path, &readable);
    let before = &text[..at];
    let found = model
        .file(path)
        .and_then(|file| complete(model, file, before))
        .or_else(|| keys::complete(path, &readable, before));
    let Some((items, length)) = found else {
        return json!([]);
    };
    let range = Lines::of(text).range(at - length, at);
    let items: Vec<Value> = items.iter().map(|item| item.json(model, &range)).collect();
    json!({ "isIncomplete": false, "items": items })
}

/// The canonical text, as one edit of the whole file; nothing where the file
/// has mistakes or is canonical already.
pub(super) fn formatted(path: &str, text: &str) -> Value {
    let source = SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    match format(FileId(0), &source, &mut Report::default()) {
        Some(new) if new != text => {
            json!([{ "range": Lines::of(text).range(0, text.len()), "newText": new }])
        }
        _ => json!([]),
    }
}

/// The text with what stands behind the key of a line taken away, so that a
/// value half written does not hide the rest of the file.
fn without_value(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = at + text[at..].find('\n').unwrap_or(text.len() - at);
    let line = &text[start..end];
    let keep = line.find(": ").map_or_else(
        || line.len() - line.trim_start_matches([' ', '-']).len(),
        |colon| colon + 1,
    );
    // Blanks keep the place where it is.
    let blanks = " ".repeat(at.saturating_sub(start + keep));
    format!("{}{blanks}{}", &text[..start + keep], &text[end..])
}

/// What a file defines, in its order.
pub(super) fn document_symbols(workspace: &mut Workspace, path: &str, uri: &str) -> Value {
    let model = workspace.model();
    let Some(file) = model.file(path) else {
        return json!([]);
    };
    let mut found: Vec<(Span, Value)> = Vec::new();
    for (_, symbol) in model.index.symbols() {
        let kind = match symbol.kind {
            Kind::Choice => continue,
            Kind::Field | Kind::Column | Kind::Input => 8,
            Kind::Page | Kind::Group | Kind::State => 3,
            Kind::Event => 24,
            Kind::Param | Kind::Variable => 13,
            Kind::Form | Kind::Workflow | Kind::Library => 2,
            _ => 14,
        };
        for span in symbol.definitions.iter().filter(|span| span.file == file) {
            let location = json!({ "uri": uri, "range": range(&model.sources, *span) });
            found.push((
                *span,
                json!({
                    "name": symbol.path, "kind": kind, "location": location,
                    "containerName": symbol.kind.word(),
                }),
            ));
        }
    }
    found.sort_by_key(|(span, _)| *span);
    found.into_iter().map(|(_, symbol)| symbol).collect()
}

/// A span as a range of the protocol.
pub(super) fn range(sources: &Sources, span: Span) -> Value {
    let text = sources.file(span.file).map_or("", |file| &file.text);
    Lines::of(text).range(span.start as usize, span.end as usize)
}
