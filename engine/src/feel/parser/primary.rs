//! What stands without an operator: literals, brackets, lists, ranges, calls,
//! and the forms that begin with a keyword.

use std::sync::Arc;

use super::super::ast::{Argument, At, Binding, Expr, ExprKind, Quantifier, Test};
use super::super::lexer::{Lexeme, Token};
use super::super::{Value, builtins, temporal};
use super::{Bracketed, KEYWORDS, Parsed, Parser, problem};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let Lexeme { token, at } = self.peek().clone();
        match token {
            Token::Number(number) => {
                self.advance();
                self.node(ExprKind::Literal(Value::Number(number)), at)
            }
            Token::Text(text) => {
                self.advance();
                self.node(ExprKind::Literal(Value::text(text)), at)
            }
            Token::Symbol("(") => match self.bracketed()? {
                Bracketed::Single(inner) | Bracketed::Range(inner) => Ok(inner),
                Bracketed::Tests(tests, at) => self.test_value(tests, at),
            },
            Token::Symbol("[" | "]") => self.square(),
            Token::Symbol("@") => self.at_literal(),
            Token::Symbol("?") => {
                self.advance();
                self.node(ExprKind::Name(Arc::from("?")), at)
            }
            Token::Word => self.word(),
            _ => Err(self.unexpected("a value is expected")),
        }
    }

    /// `@"2026-01-31"`: a date, time or duration by its text.
    fn at_literal(&mut self) -> Parsed {
        let start = self.advance();
        let Token::Text(text) = self.peek().token.clone() else {
            return Err(self.unexpected("a text is expected after `@`"));
        };
        let at = start.to(self.advance());
        match temporal::parse_any(&text) {
            Some(value) => self.node(ExprKind::Literal(value), at),
            None => Err(problem(
                "feel-bad-literal",
                at,
                format!("`{text}` is no date, time or duration"),
                None,
            )),
        }
    }

    pub(super) fn bracketed(&mut self) -> Parsed<Bracketed> {
        let start = self.advance();
        self.nested(|parser| {
            let first = parser.bracket_item()?;
            if let Test::Value(low) = first {
                if parser.eat_symbol("..").is_some() {
                    return parser.range(start, low, false).map(Bracketed::Range);
                }
                if let Some(end) = parser.eat_symbol(")") {
                    return Ok(Bracketed::Single(Expr {
                        at: start.to(end),
                        ..low
                    }));
                }
                return parser.more_tests(start, Test::Value(low));
            }
            parser.more_tests(start, first)
        })
    }

    fn bracket_item(&mut self) -> Parsed<Test> {
        match self.eat_comparison() {
            Some(comparison) => Ok(Test::Compare(comparison, self.additive()?)),
            None => Ok(Test::Value(self.expression()?)),
        }
    }

    fn more_tests(&mut self, start: At, first: Test) -> Parsed<Bracketed> {
        let mut tests = vec![first];
        while self.eat_symbol(",").is_some() {
            tests.push(self.bracket_item()?);
        }
        let end = self.need_symbol(")", "at the end of the bracket")?;
        Ok(Bracketed::Tests(tests, start.to(end)))
    }

    /// A bracket with tests where a value is expected: only `(< 10)` is one.
    fn test_value(&mut self, mut tests: Vec<Test>, at: At) -> Parsed {
        match (tests.pop(), tests.is_empty()) {
            (Some(Test::Compare(comparison, operand)), true) => {
                self.node(ExprKind::Test(comparison, Box::new(operand)), at)
            }
            _ => Err(problem(
                "feel-syntax",
                at,
                "several values need square brackets here",
                Some("write [a, b]"),
            )),
        }
    }

    fn range(&mut self, start: At, low: Expr, low_closed: bool) -> Parsed {
        let outer = std::mem::replace(&mut self.range_end, true);
        let high = self.additive();
        self.range_end = outer;
        let high = high?;
        let closed = self.is_symbol("]");
        if !closed && !self.is_symbol(")") && !self.is_symbol("[") {
            return Err(self.unexpected("`]` or `)` is missing after the range"));
        }
        let at = start.to(self.advance());
        let kind = ExprKind::Range {
            low: Box::new(low),
            low_closed,
            high: Box::new(high),
            high_closed: closed,
        };
        self.node(kind, at)
    }

    fn square(&mut self) -> Parsed {
        let opens_list = self.is_symbol("[");
        let start = self.advance();
        if opens_list && let Some(end) = self.eat_symbol("]") {
            return self.node(ExprKind::List(Vec::new()), start.to(end));
        }
        let first = self.expression()?;
        if self.eat_symbol("..").is_some() {
            return self.nested(|parser| parser.range(start, first, opens_list));
        }
        if !opens_list {
            return Err(self.unexpected("`..` is missing in the range"));
        }
        let mut items = vec![first];
        while self.eat_symbol(",").is_some() {
            items.push(self.expression()?);
        }
        let end = self.need_symbol("]", "at the end of the list")?;
        self.node(ExprKind::List(items), start.to(end))
    }

    fn word(&mut self) -> Parsed {
        if let Some(words) = self.function_words() {
            return self.call(words);
        }
        let at = self.peek().at;
        let word = self.text[at.start..at.end].to_owned();
        match word.as_str() {
            "true" | "false" => {
                self.advance();
                self.node(ExprKind::Literal(Value::Boolean(word == "true")), at)
            }
            "null" => {
                self.advance();
                self.node(ExprKind::Literal(Value::Null), at)
            }
            "if" => self.nested(Self::conditional),
            "for" => self.nested(Self::iteration),
            "some" => self.nested(|parser| parser.quantified(Quantifier::Some)),
            "every" => self.nested(|parser| parser.quantified(Quantifier::Every)),
            keyword if KEYWORDS.contains(&keyword) => Err(self.unexpected("a value is expected")),
            _ => {
                self.advance();
                self.node(ExprKind::Name(Arc::from(word)), at)
            }
        }
    }

    /// How many words from here name a function: a built-in with its blanks,
    /// or any words before `(`, which the checker will complain about.
    fn function_words(&self) -> Option<usize> {
        if let Some(count) = builtins::name_lengths(|offset| self.word_at(self.at + offset))
            .find(|count| self.is_symbol_at(self.at + count, "("))
        {
            return Some(count);
        }
        let plain = |index| {
            self.word_at(index)
                .is_some_and(|word| !KEYWORDS.contains(&word))
        };
        let count = (0..8).take_while(|offset| plain(self.at + offset)).count();
        (count > 0 && self.is_symbol_at(self.at + count, "(")).then_some(count)
    }

    fn call(&mut self, words: usize) -> Parsed {
        let names: Vec<&str> = (0..words)
            .filter_map(|offset| self.word_at(self.at + offset))
            .collect();
        let name = names.join(" ");
        let mut name_at = self.advance();
        for _ in 1..words {
            name_at = name_at.to(self.advance());
        }
        self.advance();
        let mut args = Vec::new();
        while !self.is_symbol(")") {
            let named = self.argument_name();
            args.push(Argument {
                name: named,
                value: self.expression()?,
            });
            if self.eat_symbol(",").is_none() {
                break;
            }
        }
        let end = self.need_symbol(")", "after the arguments")?;
        self.node(
            ExprKind::Call {
                name,
                name_at,
                args,
            },
            name_at.to(end),
        )
    }

    /// `start position:` in front of an argument.
    fn argument_name(&mut self) -> Option<(String, At)> {
        let count = (0..4)
            .take_while(|offset| self.word_at(self.at + offset).is_some())
            .count();
        if count == 0 || !self.is_symbol_at(self.at + count, ":") {
            return None;
        }
        let words: Vec<&str> = (0..count)
            .filter_map(|offset| self.word_at(self.at + offset))
            .collect();
        let name = words.join(" ");
        let mut at = self.advance();
        for _ in 1..count {
            at = at.to(self.advance());
        }
        self.advance();
        Some((name, at))
    }

    fn conditional(&mut self) -> Parsed {
        let start = self.advance();
        let condition = self.expression()?;
        self.need_word("then", "after the condition of `if`")?;
        let then = self.expression()?;
        self.need_word("else", "after `then`")?;
        let otherwise = self.expression()?;
        let at = start.to(otherwise.at);
        let kind = ExprKind::If {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        self.node(kind, at)
    }

    fn iteration(&mut self) -> Parsed {
        let start = self.advance();
        let bindings = self.bindings("for")?;
        self.need_word("return", "after the list of `for`")?;
        let body = self.expression()?;
        let at = start.to(body.at);
        self.node(
            ExprKind::For {
                bindings,
                body: Box::new(body),
            },
            at,
        )
    }

    fn quantified(&mut self, quantifier: Quantifier) -> Parsed {
        let start = self.advance();
        let bindings = self.bindings("some and every")?;
        self.need_word("satisfies", "after the list")?;
        let body = self.expression()?;
        let at = start.to(body.at);
        self.node(
            ExprKind::Quantified {
                quantifier,
                bindings,
                body: Box::new(body),
            },
            at,
        )
    }

    fn bindings(&mut self, what: &str) -> Parsed<Vec<Binding>> {
        let mut bindings = Vec::new();
        loop {
            let name = self
                .word_at(self.at)
                .filter(|word| !KEYWORDS.contains(word))
                .map(Arc::from);
            let Some(name) = name else {
                return Err(self.unexpected(&format!("{what} must name a variable")));
            };
            self.advance();
            self.need_word("in", "after the variable")?;
            let mut source = self.expression()?;
            if self.eat_symbol("..").is_some() {
                let high = self.expression()?;
                let at = source.at.to(high.at);
                let kind = ExprKind::Range {
                    low: Box::new(source),
                    low_closed: true,
                    high: Box::new(high),
                    high_closed: true,
                };
                source = self.node(kind, at)?;
            }
            bindings.push(Binding { name, source });
            if self.eat_symbol(",").is_none() {
                return Ok(bindings);
            }
        }
    }
}
