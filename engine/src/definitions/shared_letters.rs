//! Answers in letters several services share: every form whose workflow sends the
//! letter must ask the question, else there is a gap in the letters of some.

use std::collections::BTreeMap;

use super::letters::{LettersByKey, value_span};
use crate::document::Reference;
use crate::form::Form;
use crate::source::{Diagnostic, Report, Sources, Span, suggest};

/// Most forms named in a message.
const NAMED: usize = 3;

/// Answers of shared letters that some forms do not have.
#[derive(Default)]
pub(super) struct Unanswered(BTreeMap<Span, Gap>);

struct Gap {
    /// The value as the letter names it.
    path: String,
    /// File name of the letter.
    file: String,
    /// Forms without it.
    forms: Vec<String>,
    /// What may be meant, where no form has it.
    meant: Option<String>,
    /// Whether some form has it.
    somewhere: bool,
}

impl Unanswered {
    /// Looks at the letters one form's workflow sends.
    pub(super) fn look(&mut self, sources: &Sources, form: &Form, letters: &LettersByKey) {
        for (file, letter) in letters.values() {
            let (Some(letter), Some(source)) = (letter, sources.file(*file)) else {
                continue;
            };
            let Some(name) = source.path.strip_prefix("workflows/letters/") else {
                continue;
            };
            if name.contains('/') {
                continue;
            }
            for Reference { path, line, .. } in letter.references() {
                let Some(("answers" | "raw", member)) = path.split_once('.') else {
                    continue;
                };
                let has = form.questions.field(member).is_some();
                let first = member.split('.').next().unwrap_or(member);
                let known = form.questions.top_fields().map(|field| field.id.as_str());
                let meant = suggest(first, known.collect::<Vec<_>>());
                let span = value_span(*file, &source.text, &path, line);
                let gap = self.0.entry(span).or_insert_with(|| Gap {
                    path,
                    file: name.to_owned(),
                    forms: Vec::new(),
                    meant,
                    somewhere: false,
                });
                gap.somewhere |= has;
                if !has {
                    gap.forms.push(form.id.clone());
                }
            }
        }
    }

    /// One finding for each value, naming the first forms without it.
    pub(super) fn report(self, report: &mut Report) {
        for (span, gap) in self.0 {
            let Some(first) = gap.forms.first() else {
                continue;
            };
            let mut names: Vec<String> = gap.forms.iter().map(|id| format!("`{id}`")).collect();
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let mut names = names.join(", ");
            if more > 0 {
                names.push_str(&format!(" and {more} more"));
            }
            let message = format!("there is no value `{}` in cases of {names}", gap.path);
            let own = format!("workflows/letters/{first}/{}", gap.file);
            let help = match gap.meant.filter(|_| !gap.somewhere) {
                Some(meant) => meant,
                None => format!(
                    "this letter is shared: write it without the value, or write one for a service alone, `{own}`"
                ),
            };
            report.push(Diagnostic::error("letter-value", span, message).help(help));
        }
    }
}
