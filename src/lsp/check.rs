//! The findings of `schalter check` as diagnostics of the protocol, and the
//! repairs their suggestions allow.

use std::collections::BTreeMap;

use engine::definitions::Loaded;
use engine::source::{Diagnostic, Severity, SourceFile, Sources};
use serde_json::{Value, json};

use super::position::Lines;

/// The diagnostics of each file that has some.
pub(super) type Findings = BTreeMap<String, Vec<Value>>;

/// Checks all files.
pub(super) fn check(files: Vec<SourceFile>) -> Findings {
    let Loaded {
        sources, report, ..
    } = engine::check::check(files);
    let mut findings = Findings::new();
    let mut by_file: BTreeMap<_, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        by_file
            .entry(diagnostic.span.file)
            .or_default()
            .push(diagnostic);
    }
    for (id, found) in by_file {
        let Some(file) = sources.file(id) else {
            continue;
        };
        let lines = Lines::of(&file.text);
        let shown = found
            .into_iter()
            .map(|diagnostic| shown(diagnostic, &sources, &lines));
        findings.insert(file.path.clone(), shown.collect());
    }
    findings
}

fn shown(diagnostic: &Diagnostic, sources: &Sources, lines: &Lines<'_>) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    };
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    let span = diagnostic.span;
    let mut value = json!({
        "range": lines.range(span.start as usize, span.end as usize),
        "severity": severity,
        "code": diagnostic.code,
        "source": "schalter",
        "message": message,
    });
    if let Some((start, end, text)) = repair(diagnostic, sources) {
        value["data"] = json!({ "range": lines.range(start, end), "text": text });
    }
    value
}

/// The replacement a "did you mean" proposes, where the wrong name stands
/// right at the place.
fn repair(diagnostic: &Diagnostic, sources: &Sources) -> Option<(usize, usize, String)> {
    let help = diagnostic.help.as_deref()?;
    let text = help.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let span = diagnostic.span;
    let file = sources.file(span.file)?;
    let (start, end) = (span.start as usize, span.end as usize);
    let raw = file.text.get(start..end)?;
    let inner = raw.trim_matches(['"', '\'']);
    let at = start + raw.find(inner)?;
    let named = !inner.is_empty() && diagnostic.message.contains(&format!("`{inner}`"));
    named.then(|| (at, at + inner.len(), text.to_owned()))
}

/// The quick fixes of published diagnostics that touch a range of bytes.
pub(super) fn actions(published: &[Value], uri: &str, text: &str, range: &Value) -> Vec<Value> {
    let lines = Lines::of(text);
    let bytes = |range: &Value| {
        Some((
            lines.byte(range.get("start")?)?,
            lines.byte(range.get("end")?)?,
        ))
    };
    let Some((from, to)) = bytes(range) else {
        return Vec::new();
    };
    let touching = |diagnostic: &&Value| {
        bytes(&diagnostic["range"]).is_some_and(|(start, end)| start <= to && end >= from)
    };
    published
        .iter()
        .filter(touching)
        .filter_map(|diagnostic| {
            let new = diagnostic["data"]["text"].as_str()?;
            let edit = json!({ "range": diagnostic["data"]["range"], "newText": new });
            Some(json!({
                "title": format!("Change to `{new}`"),
                "kind": "quickfix",
                "diagnostics": [diagnostic],
                "isPreferred": true,
                "edit": { "changes": { uri: [edit] } },
            }))
        })
        .collect()
}
