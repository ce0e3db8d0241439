//! One JSON object with counts and a flat list; `docs/handbook/checks/README.md`
//! describes it.

use engine::source::Severity;
use serde_json::{Value, json};

use super::Findings;

/// The findings as JSON.
pub(in crate::cli) fn json(findings: &Findings<'_>) -> Value {
    let report = findings.report;
    let list: Vec<Value> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = findings.place(diagnostic);
            json!({
                "code": diagnostic.code,
                "severity": diagnostic.severity.to_string(),
                "message": diagnostic.message,
                "help": diagnostic.help,
                "accepted": diagnostic.accepted,
                "file": place.file,
                "line": place.start.0,
                "column": place.start.1,
                "end_line": place.end.0,
                "end_column": place.end.1,
            })
        })
        .collect();
    json!({
        "services": findings.services,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "findings": list,
    })
}
