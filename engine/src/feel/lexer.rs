//! Text of an expression to tokens with byte positions.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::Problem;
use super::ast::At;

/// Longest expression, in bytes.
const MAX_BYTES: usize = 20_000;

/// Symbols, longest first so that `<=` is not read as `<`.
pub(super) const SYMBOLS: &[&str] = &[
    "..", "**", "<=", ">=", "!=", "->", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", "{",
    "}", ",", ":", ".", "?", "@",
];

/// Operators of other languages with what stands for them here.
const FOREIGN: [(&str, &str); 7] = [
    ("===", "write `=`"),
    ("!==", "write `!=`"),
    ("==", "write `=`"),
    ("<>", "write `!=`"),
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("=>", "write `>=`"),
];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Text(String),
    /// A name or keyword; its text is the span.
    Word,
    Symbol(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) at: At,
}

/// All tokens of `text`, closed by [`Token::End`]; problems go to `problems`.
pub(super) fn lex(text: &str, problems: &mut Vec<Problem>) -> Vec<Lexeme> {
    let mut lexer = Lexer {
        text,
        at: 0,
        out: Vec::new(),
        problems,
    };
    if text.len() > MAX_BYTES {
        let message = format!(
            "the expression has {} bytes; it may have {MAX_BYTES}",
            text.len()
        );
        lexer.problem(
            "feel-too-long",
            0,
            text.len(),
            message,
            Some("split it into several computed fields"),
        );
    } else {
        lexer.run();
    }
    lexer.push(Token::End, text.len());
    lexer.out
}

struct Lexer<'t, 'p> {
    text: &'t str,
    at: usize,
    out: Vec<Lexeme>,
    problems: &'p mut Vec<Problem>,
}

impl Lexer<'_, '_> {
    fn problem(
        &mut self,
        code: &'static str,
        start: usize,
        end: usize,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.problems.push(Problem {
            code,
            message: message.into(),
            start,
            end,
            help: help.map(str::to_owned),
        });
    }

    fn push(&mut self, token: Token, start: usize) {
        let at = At {
            start,
            end: self.at.max(start),
        };
        self.out.push(Lexeme { token, at });
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn run(&mut self) {
        while let Some(next) = self.rest().chars().next() {
            let start = self.at;
            if next.is_whitespace() {
                self.at += next.len_utf8();
            } else if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.block_comment(start);
            } else if next == '"' {
                self.string(start);
            } else if next.is_ascii_digit() || self.starts_fraction() {
                self.number(start);
            } else if next.is_alphabetic() || next == '_' {
                self.at += self
                    .rest()
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(self.rest().len());
                self.push(Token::Word, start);
            } else if let Some((foreign, help)) = FOREIGN
                .iter()
                .find(|(foreign, _)| self.rest().starts_with(foreign))
            {
                self.at += foreign.len();
                let message = format!("`{foreign}` is no operator here");
                self.problem("feel-syntax", start, self.at, message, Some(help));
            } else if let Some(length) = single_quoted(self.rest()) {
                self.at += length;
                let help = format!("write \"{}\"", &self.text[start + 1..self.at - 1]);
                let message = "texts stand in double quotes";
                self.problem("feel-syntax", start, self.at, message, Some(&help));
            } else if let Some(symbol) = SYMBOLS
                .iter()
                .find(|symbol| self.rest().starts_with(**symbol))
            {
                self.at += symbol.len();
                self.push(Token::Symbol(symbol), start);
            } else {
                self.at += next.len_utf8();
                let help = match next {
                    '„' | '“' | '”' | '‚' | '‘' | '’' | '\'' => {
                        Some("texts stand in straight double quotes: \"…\"")
                    }
                    '–' | '−' | '—' => Some("write the minus as -"),
                    '&' => Some("write `and`"),
                    '|' => Some("write `or`"),
                    '!' => Some("write `not(…)`, or `!=` for unequal"),
                    _ => None,
                };
                self.problem(
                    "feel-syntax",
                    start,
                    self.at,
                    format!("the character `{next}` has no meaning here"),
                    help,
                );
            }
        }
    }

    fn block_comment(&mut self, start: usize) {
        match self.rest()[2..].find("*/") {
            Some(length) => self.at += length + 4,
            None => {
                self.at = self.text.len();
                self.problem(
                    "feel-syntax",
                    start,
                    start + 2,
                    "this comment has no end",
                    Some("close it with */"),
                );
            }
        }
    }

    /// `.5`, but not the dot of a path or the dots of a range.
    fn starts_fraction(&self) -> bool {
        let mut chars = self.rest().chars();
        let dotted = chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_ascii_digit());
        let after_operand = self.out.last().is_some_and(|last| {
            last.at.end == self.at
                && matches!(
                    last.token,
                    Token::Word | Token::Text(_) | Token::Number(_) | Token::Symbol(")" | "]")
                )
        });
        dotted && !after_operand
    }

    fn digits(&mut self) {
        self.at += self
            .rest()
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.rest().len());
    }

    fn number(&mut self, start: usize) {
        self.digits();
        let fraction = self
            .rest()
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if fraction {
            self.at += 1;
            self.digits();
        }
        let plain_end = self.at;
        if let Some(rest) = self.rest().strip_prefix(['e', 'E']) {
            let sign = usize::from(rest.starts_with(['+', '-']));
            if rest[sign..].starts_with(|c: char| c.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        let text = &self.text[start..self.at];
        let value = if self.at == plain_end {
            Decimal::from_str_exact(text).ok()
        } else {
            scientific(text)
        };
        match value {
            Some(number) => self.push(Token::Number(number), start),
            None => {
                self.problem(
                    "feel-number-range",
                    start,
                    self.at,
                    "numbers have at most 28 digits",
                    None,
                );
                self.push(Token::Number(Decimal::ZERO), start);
            }
        }
    }

    fn string(&mut self, start: usize) {
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                self.problem(
                    "feel-syntax",
                    start,
                    start + 1,
                    "this text has no closing quote",
                    Some("add \""),
                );
                break;
            };
            self.at += next.len_utf8();
            match next {
                '"' => break,
                '\\' => self.escape(&mut value),
                other => value.push(other),
            }
        }
        self.push(Token::Text(value), start);
    }

    /// What follows a backslash. Unknown escapes keep the backslash, as the
    /// grammar of the standard has it; regular expressions rely on that.
    fn escape(&mut self, value: &mut String) {
        let Some(kind) = self.rest().chars().next() else {
            return;
        };
        let simple = match kind {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '"' | '\'' | '\\' => Some(kind),
            _ => None,
        };
        if let Some(plain) = simple {
            self.at += 1;
            value.push(plain);
            return;
        }
        let width = match kind {
            'u' => 4,
            'U' => 6,
            _ => 0,
        };
        match self.code_point(1, width) {
            Some(high @ 0xD800..=0xDBFF) if self.rest()[1 + width..].starts_with("\\u") => {
                match self.code_point(3 + width, 4) {
                    Some(low @ 0xDC00..=0xDFFF) => {
                        let joined = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                        value.push(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
                        self.at += 7 + width;
                    }
                    _ => value.push('\\'),
                }
            }
            Some(code) => match char::from_u32(code) {
                Some(character) => {
                    value.push(character);
                    self.at += 1 + width;
                }
                None => value.push('\\'),
            },
            None => value.push('\\'),
        }
    }

    /// `width` hex digits at `offset` from here.
    fn code_point(&self, offset: usize, width: usize) -> Option<u32> {
        let hex = self.rest().get(offset..offset + width)?;
        let valid = width > 0 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        valid.then(|| u32::from_str_radix(hex, 16).ok()).flatten()
    }
}

/// The length of a text in single quotes, which other languages have.
fn single_quoted(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let end = inner.find('\'')?;
    (!inner[..end].contains(['"', '\\'])).then_some(end + 2)
}

/// A number with exponent, if it fits without rounding.
pub(super) fn scientific(text: &str) -> Option<Decimal> {
    let (digits, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let mantissa = Decimal::from_str_exact(digits).ok()?;
    let power = Decimal::from_str(&format!(
        "1{}",
        "0".repeat(usize::try_from(exponent.abs()).ok()?.min(29))
    ))
    .ok()?;
    if exponent >= 0 {
        return mantissa.checked_mul(power);
    }
    let quotient = mantissa.checked_div(power)?;
    (quotient.checked_mul(power)? == mantissa).then_some(quotient)
}
