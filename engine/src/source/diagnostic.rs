//! What is wrong with a definition, where, and what to do about it.

use std::fmt;

use super::{Sources, Span};

/// How bad it is. Errors keep a definition from being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Cannot be used.
    Error,
    /// Works, but somebody should look.
    Warning,
    /// For the city's information, such as an amount to verify.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}

/// One finding in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code such as `unknown-key`; the handbook has a page for each.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence naming the cause.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do, often a suggestion.
    pub help: Option<String>,
    /// Why the form designer lives with it; such a finding is a note.
    pub accepted: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            help: None,
            accepted: None,
        }
    }

    /// A warning.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, span, message)
        }
    }

    /// A note: no mistake, but worth knowing.
    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Note,
            ..Diagnostic::error(code, span, message)
        }
    }

    /// The same with a hint what to do.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with a hint where there is one.
    pub fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }
}

/// Collects diagnostics while definitions are read.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// All findings in the order they were made.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether nothing keeps the definitions from being used.
    pub fn is_usable(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    }

    /// All findings as text for a terminal, by file and place: code, position,
    /// snippet and hint, in the manner of a compiler.
    pub fn render(&self, sources: &Sources) -> String {
        let mut sorted: Vec<&Diagnostic> = self.diagnostics.iter().collect();
        sorted.sort_by_key(|d| (d.span.file, d.span.start, d.severity));
        let mut out = String::new();
        for diagnostic in sorted {
            render_one(&mut out, diagnostic, sources);
        }
        out
    }
}

/// Widest part of a source line shown, in characters.
const SNIPPET_WIDTH: usize = 160;

fn render_one(out: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    use fmt::Write as _;
    let Some(file) = sources.file(diagnostic.span.file) else {
        return;
    };
    let (line, column) = sources.line_column(diagnostic.span.file, diagnostic.span.start);
    let written: fmt::Result = (|| {
        writeln!(
            out,
            "{}[{}]: {}",
            diagnostic.severity, diagnostic.code, diagnostic.message
        )?;
        writeln!(out, "  --> {}:{line}:{column}", file.path)?;
        if let Some(text) = file.text.lines().nth(line - 1) {
            let number = line.to_string();
            let pad = " ".repeat(number.len());
            let shown: String = text
                .chars()
                .take(SNIPPET_WIDTH)
                .map(|c| if c == '\t' { ' ' } else { c })
                .collect();
            let length = (diagnostic.span.end.saturating_sub(diagnostic.span.start)) as usize;
            let marked: String = file.text[diagnostic.span.start as usize..]
                .chars()
                .take(length)
                .collect();
            let width = marked
                .lines()
                .next()
                .map_or(0, |l| l.chars().count())
                .clamp(1, SNIPPET_WIDTH);
            writeln!(out, " {pad} |")?;
            writeln!(out, " {number} | {shown}")?;
            if column <= SNIPPET_WIDTH {
                let width = width.min(
                    (shown.chars().count() + 1)
                        .saturating_sub(column - 1)
                        .max(1),
                );
                writeln!(
                    out,
                    " {pad} | {}{}",
                    " ".repeat(column - 1),
                    "^".repeat(width)
                )?;
            }
        }
        match (&diagnostic.accepted, &diagnostic.help) {
            (Some(reason), _) => writeln!(out, "  accepted: {reason}")?,
            (None, Some(help)) => writeln!(out, "  help: {help}")?,
            (None, None) => {}
        }
        writeln!(out)
    })();
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}
