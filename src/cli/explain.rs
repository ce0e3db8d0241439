//! `schalter explain`: the handbook's page about a finding.

use std::process::ExitCode;

use super::EXIT_FAILED;
use crate::handbook;

pub(super) fn run(code: Option<&str>) -> ExitCode {
    let pages = handbook::pages();
    let Some(code) = code else {
        for page in pages.values() {
            outln!("{:<28} {:<8} {}", page.code, page.severity, page.summary);
        }
        return ExitCode::SUCCESS;
    };
    let Some(page) = pages.get(code) else {
        let hint = engine::source::suggest(code, pages.keys().copied());
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        errln!("schalter: there is no finding `{code}`{hint}");
        return ExitCode::from(EXIT_FAILED);
    };
    outln!("{}\n\n{}", page.code, page.text);
    ExitCode::SUCCESS
}
