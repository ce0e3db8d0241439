//! SARIF 2.1.0 (OASIS): one run with a rule for each code of the handbook.
//! Accepted findings are results suppressed in the source.

use std::fmt::Write as _;

use engine::source::{Diagnostic, Severity};
use serde_json::{Value, json};

use super::Findings;
use crate::handbook::{self, Page};

/// The findings as SARIF.
pub(in crate::cli) fn sarif(findings: &Findings<'_>) -> Value {
    let pages: Vec<Page> = handbook::pages().into_values().collect();
    let rules: Vec<Value> = pages.iter().map(rule).collect();
    let results: Vec<Value> = findings
        .report
        .diagnostics
        .iter()
        .map(|diagnostic| result(findings, diagnostic, &pages))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Schalter",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(page: &Page) -> Value {
    json!({
        "id": page.code,
        "shortDescription": { "text": page.summary },
        "help": { "text": page.text, "markdown": page.text },
        "defaultConfiguration": { "level": page.severity },
    })
}

fn result(findings: &Findings<'_>, diagnostic: &Diagnostic, pages: &[Page]) -> Value {
    let place = findings.place(diagnostic);
    let text = match &diagnostic.help {
        Some(help) => format!("{}: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    // An accepted finding keeps the level it has, and says that it is suppressed.
    let level = match (&diagnostic.accepted, diagnostic.severity) {
        (Some(_), _) | (None, Severity::Warning) => "warning",
        (None, Severity::Error) => "error",
        (None, Severity::Note) => "note",
    };
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.file) },
            "region": {
                "startLine": place.start.0,
                "startColumn": place.start.1,
                "endLine": place.end.0,
                "endColumn": place.end.1,
            },
        } }],
    });
    if let Some(index) = pages.iter().position(|page| page.code == diagnostic.code) {
        result["ruleIndex"] = index.into();
    }
    if let Some(reason) = &diagnostic.accepted {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    result
}

/// A path as a URI reference: everything but unreserved characters and `/` is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let written = write!(uri, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        }
    }
    // A first segment with a colon would read as a scheme; there is none left.
    match path.starts_with('/') {
        true => format!("file://{uri}"),
        false => uri,
    }
}
