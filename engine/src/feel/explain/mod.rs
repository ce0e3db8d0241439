//! Conditions in plain words, German and English, with the labels of questions
//! and options in place of ids: for citizens who ask why they are asked, for
//! checkers, and for telling what changed.
//!
//! A condition is first read into [`clause::Clause`], which knows no language.

mod clause;
mod english;
mod german;
mod reader;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Expression;
use crate::text::Language;

/// The words for what a condition names. Paths are the names as the condition
/// sees them, so `["owner", "country"]` for `owner.country`.
pub trait Labels {
    /// What a question is called.
    fn label(&self, path: &[&str], language: Language) -> Option<String>;
    /// What an option is called.
    fn option(&self, path: &[&str], id: &str, language: Language) -> Option<String>;
    /// A number as the question writes it, with its unit.
    fn number(&self, path: &[&str], number: Decimal, language: Language) -> String {
        let _ = path;
        let text = number.normalize().to_string();
        match language {
            Language::De => text.replace('.', ","),
            Language::En => text,
        }
    }
    /// A date in words.
    fn date(&self, date: Date, language: Language) -> String {
        let _ = language;
        date.to_string()
    }
    /// Whether the question asks for a date.
    fn is_date(&self, path: &[&str]) -> bool {
        let _ = path;
        false
    }
}

/// A condition in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A part of a sentence that follows “wenn” or “if”.
    pub text: String,
    /// Whether all of it is in words; else it quotes a part of the rule.
    pub is_plain: bool,
}

impl Expression {
    /// The condition as a part of a sentence, to follow “wenn” or “if”.
    pub fn explain(&self, language: Language, labels: &dyn Labels) -> Explanation {
        let mut reader = reader::Reader::new(&self.text, language, labels);
        let clause = reader.clause(&self.tree, false);
        let text = match language {
            Language::De => german::clause(&clause),
            Language::En => english::clause(&clause),
        };
        Explanation {
            text,
            is_plain: reader.is_plain,
        }
    }
}
