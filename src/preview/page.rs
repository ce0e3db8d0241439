//! What the preview shows on pages: its bar, and what is wrong with the
//! definitions.

use std::fmt::Write as _;

use engine::source::{Report, Severity, Sources};
use engine::text::Language;

/// Problems shown on a page.
const MOST: usize = 20;
/// The bar of the demo town, in whose place that of the preview stands.
const DEMO_BAR: &str = "<aside class=\"s-demo\"";

/// What is wrong with the definitions, ready to be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    errors: usize,
    warnings: usize,
    /// Each as a terminal shows it: code, place, snippet, help.
    shown: Vec<(Severity, String)>,
}

impl Problems {
    pub(super) fn of(report: &Report, sources: &Sources) -> Problems {
        let mut sorted: Vec<_> = report
            .diagnostics
            .iter()
            .filter(|d| d.severity != Severity::Note)
            .collect();
        sorted.sort_by_key(|d| (d.severity, d.span.file, d.span.start));
        let text = |diagnostic: &engine::source::Diagnostic| {
            let one = Report {
                diagnostics: vec![diagnostic.clone()],
            };
            one.render(sources).trim_end().to_owned()
        };
        Problems {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            shown: sorted
                .into_iter()
                .take(MOST)
                .map(|d| (d.severity, text(d)))
                .collect(),
        }
    }

    /// The files could not be read at all.
    pub(super) fn unreadable(why: &str) -> Problems {
        Problems {
            errors: 1,
            warnings: 0,
            shown: vec![(Severity::Error, why.to_owned())],
        }
    }

    /// Whether the definitions cannot be used.
    pub(super) fn are_errors(&self) -> bool {
        self.errors > 0
    }

    fn html(&self) -> String {
        let mut html = String::new();
        for (severity, text) in &self.shown {
            let class = match severity {
                Severity::Error => "error",
                _ => "warning",
            };
            let _written = write!(
                html,
                "<pre class=\"p-problem p-{class}\" tabindex=\"0\" lang=\"en\">{}</pre>",
                escaped(text)
            );
        }
        html
    }
}

/// A page with the bar of the preview above it.
pub(super) fn with_bar(html: &str, problems: &Problems, generation: u64) -> String {
    let language = if html.contains("<html lang=\"en\"") {
        Language::En
    } else {
        Language::De
    };
    let bar = bar(language, problems, generation, false);
    let (before, after) = match (html.find(DEMO_BAR), html.find("<body>")) {
        (Some(start), _) => {
            let end = html[start..]
                .find("</aside>")
                .map_or(start, |at| start + at + "</aside>".len());
            (&html[..start], &html[end..])
        }
        (None, Some(body)) => html.split_at(body + "<body>".len()),
        (None, None) => return html.to_owned(),
    };
    let before = before.replacen("</head>", &format!("{HEAD}</head>"), 1);
    format!("{before}{bar}{after}")
}

/// The page as long as there are no good definitions.
pub(super) fn alone(problems: &Problems, generation: u64) -> String {
    format!(
        "<!doctype html><html lang=\"de\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Vorschau</title>{HEAD}</head>\
         <body>{}</body></html>",
        bar(Language::De, problems, generation, true)
    )
}

/// Style and script, each a file of its own.
const HEAD: &str = "<link rel=\"stylesheet\" href=\"/preview/preview.css\">\
                    <script src=\"/preview/preview.js\" defer></script>";

fn bar(language: Language, problems: &Problems, generation: u64, alone: bool) -> String {
    let pick = |de: &'static str, en: &'static str| match language {
        Language::De => de,
        Language::En => en,
    };
    let mut html = format!(
        "<aside class=\"p-bar\" data-preview=\"{generation}\" aria-label=\"{}\"><p><strong>{}</strong> {}",
        pick("Vorschau", "Preview"),
        pick("Vorschau.", "Preview."),
        pick(
            "Nichts wird verschickt, alles wird am Ende gelöscht.",
            "Nothing is sent, everything is deleted at the end."
        ),
    );
    if !alone {
        let _written = write!(
            html,
            " <a href=\"/demo/mails?lang={}\">{}</a> <a href=\"/staff/login\">{}</a>",
            language.tag(),
            pick("E-Mails", "Mails"),
            pick("Sachbearbeitung", "Clerk pages"),
        );
    }
    let _written = write!(
        html,
        "</p><p class=\"p-new\" hidden><a href=\"\">{}</a></p>",
        pick(
            "Die Definitionen haben sich geändert. Neu laden (Ihre Eingaben auf dieser Seite gehen verloren)",
            "The definitions have changed. Reload (what you typed on this page is lost)"
        )
    );
    html.push_str(&findings(language, problems, alone));
    html.push_str("</aside>");
    html
}

fn findings(language: Language, problems: &Problems, alone: bool) -> String {
    let errors = problems.errors;
    let warnings = problems.warnings;
    if problems.shown.is_empty() {
        return String::new();
    }
    let summary = match (language, problems.are_errors(), alone) {
        (Language::De, true, true) => {
            format!(
                "Die Definitionen haben Fehler ({errors}). Die Seiten erscheinen, sobald sie behoben sind."
            )
        }
        (Language::De, true, false) => {
            format!("Die Definitionen haben Fehler ({errors}). Sie sehen die letzte gute Fassung.")
        }
        (Language::De, false, _) => format!("Warnungen: {warnings}"),
        (Language::En, true, true) => {
            format!(
                "The definitions have errors ({errors}). The pages appear when they are repaired."
            )
        }
        (Language::En, true, false) => {
            format!("The definitions have errors ({errors}). You see the last good version.")
        }
        (Language::En, false, _) => format!("Warnings: {warnings}"),
    };
    let more = (errors + warnings).saturating_sub(problems.shown.len());
    let rest = match language {
        _ if more == 0 => String::new(),
        Language::De => format!("<p>… und {more} weitere</p>"),
        Language::En => format!("<p>… and {more} more</p>"),
    };
    let open = if problems.are_errors() { " open" } else { "" };
    format!(
        "<details class=\"p-findings\"{open}><summary>{summary}</summary>{}{rest}</details>",
        problems.html()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_stands_in_place_of_that_of_the_demo() {
        let problems = Problems::unreadable("<b> & \"c\"");
        let html = "<html lang=\"en\"><head></head><body><a>skip</a><aside class=\"s-demo\" x>demo</aside><main>";
        let shown = with_bar(html, &problems, 7);
        assert!(
            shown.contains("<a>skip</a><aside class=\"p-bar\" data-preview=\"7\""),
            "{shown}"
        );
        assert!(shown.contains("&lt;b&gt; &amp; &quot;c&quot;"), "{shown}");
        assert!(shown.contains("You see the last good version"), "{shown}");
        assert!(!shown.contains("demo</aside>"), "{shown}");
        assert!(shown.contains("preview.js"), "{shown}");
        let plain = with_bar(
            "<html lang=\"de\"><head></head><body><main>",
            &Problems::default(),
            1,
        );
        assert!(plain.contains("<body><aside class=\"p-bar\""), "{plain}");
        assert!(!plain.contains("<details"), "{plain}");
        assert_eq!(with_bar("no page", &problems, 1), "no page");
    }
}
