//! Tokens to the syntax tree: recursive descent after the grammar of DMN 1.5,
//! chapter 10.3.1.2, within the profile.

mod primary;

use std::sync::Arc;

use super::Problem;
use super::ast::{Argument, At, Comparison, Expr, ExprKind, Operator, Test};
use super::lexer::{Lexeme, Token, lex};

/// Deepest nesting of brackets and sub-expressions.
const MAX_DEPTH: usize = 64;
/// Tallest tree, which bounds the recursion of checker and evaluator.
const MAX_HEIGHT: usize = 100;

const KEYWORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "and",
    "or",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
];

type Parsed<T = Expr> = Result<T, Problem>;

/// Parses a whole expression.
pub(super) fn parse_expression(text: &str, problems: &mut Vec<Problem>) -> Option<Expr> {
    parse(text, problems, |parser| parser.expression())
}

/// Parses the cell of a decision table; `None` inside stands for `-`.
pub(super) fn parse_unary_tests(text: &str, problems: &mut Vec<Problem>) -> Option<Cell> {
    parse(text, problems, |parser| parser.cell())
}

/// A parsed cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Whether the tests stand in `not(…)`.
    pub(super) negated: bool,
    /// The alternatives; none for `-`, which always holds.
    pub(super) tests: Vec<Test>,
}

fn parse<T>(
    text: &str,
    problems: &mut Vec<Problem>,
    rule: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
) -> Option<T> {
    let before = problems.len();
    let tokens = lex(text, problems);
    if problems.len() > before {
        return None;
    }
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        range_end: false,
    };
    let result = rule(&mut parser).and_then(|tree| parser.at_end().map(|()| tree));
    result.map_err(|problem| problems.push(problem)).ok()
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Lexeme>,
    at: usize,
    depth: usize,
    /// Whether the upper end of a range is being read, where `[` may close it.
    range_end: bool,
}

/// What stands in round brackets.
enum Bracketed {
    Single(Expr),
    Range(Expr),
    Tests(Vec<Test>, At),
}

impl Parser<'_> {
    // Tokens -----------------------------------------------------------------

    fn peek(&self) -> &Lexeme {
        // The last token is always `End`, and nothing steps over it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> At {
        let at = self.peek().at;
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        at
    }

    fn word_at(&self, index: usize) -> Option<&str> {
        let lexeme = self.tokens.get(index)?;
        matches!(lexeme.token, Token::Word).then(|| &self.text[lexeme.at.start..lexeme.at.end])
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().token == Token::Symbol(lookup(symbol))
    }

    fn is_symbol_at(&self, index: usize, symbol: &str) -> bool {
        self.tokens
            .get(index)
            .is_some_and(|lexeme| lexeme.token == Token::Symbol(lookup(symbol)))
    }

    fn eat_symbol(&mut self, symbol: &str) -> Option<At> {
        self.is_symbol(symbol).then(|| self.advance())
    }

    fn eat_word(&mut self, word: &str) -> Option<At> {
        (self.word_at(self.at) == Some(word)).then(|| self.advance())
    }

    fn eat_comparison(&mut self) -> Option<Comparison> {
        let Token::Symbol(symbol) = self.peek().token else {
            return None;
        };
        let comparison = Comparison::of(symbol)?;
        self.advance();
        Some(comparison)
    }

    fn need_symbol(&mut self, symbol: &str, after: &str) -> Parsed<At> {
        self.eat_symbol(symbol)
            .ok_or_else(|| self.unexpected(&format!("`{symbol}` is missing {after}")))
    }

    fn need_word(&mut self, word: &str, after: &str) -> Parsed<At> {
        self.eat_word(word)
            .ok_or_else(|| self.unexpected(&format!("`{word}` is missing {after}")))
    }

    fn at_end(&self) -> Parsed<()> {
        if self.peek().token == Token::End {
            return Ok(());
        }
        Err(self.unexpected("the expression should end here"))
    }

    fn unexpected(&self, message: &str) -> Problem {
        let Lexeme { token, at } = self.peek();
        let found = &self.text[at.start..at.end];
        let (message, help) = match (token, found) {
            (Token::End, _) => (format!("{message}: the text ends too early"), None),
            (_, "**") => (
                "powers are not part of the rule language".to_owned(),
                Some("multiply instead"),
            ),
            (_, "{" | "}") => (
                "groups of values cannot be written down in a rule".to_owned(),
                None,
            ),
            (_, "instance" | "function") => {
                (format!("`{found}` is not part of the rule language"), None)
            }
            _ => (format!("{message}, but here is `{found}`"), None),
        };
        problem("feel-syntax", *at, message, help)
    }

    fn node(&self, kind: ExprKind, at: At) -> Parsed {
        let height = 1 + kind
            .children()
            .iter()
            .map(|child| child.height)
            .max()
            .unwrap_or(0);
        if height > MAX_HEIGHT {
            return Err(too_deep(at));
        }
        Ok(Expr { kind, at, height })
    }

    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep(self.peek().at));
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    // Expressions, loosest binding first -------------------------------------

    fn expression(&mut self) -> Parsed {
        self.nested(|parser| {
            let outer = std::mem::take(&mut parser.range_end);
            let result = parser.disjunction();
            parser.range_end = outer;
            result
        })
    }

    fn disjunction(&mut self) -> Parsed {
        self.chain("or", Self::conjunction, ExprKind::Or)
    }

    fn conjunction(&mut self) -> Parsed {
        self.chain("and", Self::negation, ExprKind::And)
    }

    /// `not done`, short for `not(done)`: binds looser than comparisons, so that
    /// `not a = b` means `not(a = b)`.
    fn negation(&mut self) -> Parsed {
        let operand = match self.tokens.get(self.at + 1).map(|next| &next.token) {
            Some(Token::Number(_) | Token::Text(_)) => true,
            Some(Token::Word) => self.word_at(self.at + 1).is_some_and(starts_operand),
            _ => false,
        };
        if self.word_at(self.at) != Some("not") || !operand {
            return self.comparison();
        }
        let name_at = self.advance();
        let value = self.nested(Self::negation)?;
        let at = name_at.to(value.at);
        let args = vec![Argument { name: None, value }];
        self.node(
            ExprKind::Call {
                name: "not".to_owned(),
                name_at,
                args,
            },
            at,
        )
    }

    fn chain(
        &mut self,
        word: &str,
        rule: fn(&mut Self) -> Parsed,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> Parsed {
        let first = rule(self)?;
        let start = first.at;
        let mut parts = vec![first];
        while self.eat_word(word).is_some() {
            parts.push(rule(self)?);
        }
        match parts.len() {
            1 => Ok(parts.remove(0)),
            count => {
                let at = start.to(parts[count - 1].at);
                self.node(make(parts), at)
            }
        }
    }

    fn comparison(&mut self) -> Parsed {
        let mut left = self.additive()?;
        loop {
            if let Some(comparison) = self.eat_comparison() {
                let right = self.additive()?;
                let at = left.at.to(right.at);
                left = self.node(
                    ExprKind::Compare(comparison, Box::new(left), Box::new(right)),
                    at,
                )?;
            } else if self.eat_word("between").is_some() {
                let low = self.additive()?;
                self.need_word("and", "after the lower bound of `between`")?;
                let high = self.additive()?;
                let at = left.at.to(high.at);
                let kind = ExprKind::Between {
                    value: Box::new(left),
                    low: Box::new(low),
                    high: Box::new(high),
                };
                left = self.node(kind, at)?;
            } else if self.eat_word("in").is_some() {
                let (tests, end) = self.in_tests()?;
                let at = left.at.to(end);
                left = self.node(ExprKind::In(Box::new(left), tests), at)?;
            } else {
                return Ok(left);
            }
        }
    }

    /// What follows `in`: one test, or several in round brackets.
    fn in_tests(&mut self) -> Parsed<(Vec<Test>, At)> {
        if !self.is_symbol("(") {
            let test = self.test()?;
            let at = test.expr().at;
            return Ok((vec![test], at));
        }
        match self.bracketed()? {
            Bracketed::Tests(tests, at) => Ok((tests, at)),
            Bracketed::Single(inner) | Bracketed::Range(inner) => {
                let primary = self.postfix(inner)?;
                let factor = self.product(primary)?;
                let value = self.sum(factor)?;
                let at = value.at;
                Ok((vec![Test::Value(value)], at))
            }
        }
    }

    fn test(&mut self) -> Parsed<Test> {
        match self.eat_comparison() {
            Some(comparison) => Ok(Test::Compare(comparison, self.additive()?)),
            None => Ok(Test::Value(self.additive()?)),
        }
    }

    fn additive(&mut self) -> Parsed {
        let first = self.multiplicative()?;
        self.sum(first)
    }

    fn sum(&mut self, mut left: Expr) -> Parsed {
        loop {
            let operator = match self.peek().token {
                Token::Symbol("+") => Operator::Add,
                Token::Symbol("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.multiplicative()?;
            let at = left.at.to(right.at);
            left = self.node(
                ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)),
                at,
            )?;
        }
    }

    fn multiplicative(&mut self) -> Parsed {
        let first = self.unary()?;
        self.product(first)
    }

    fn product(&mut self, mut left: Expr) -> Parsed {
        loop {
            let operator = match self.peek().token {
                Token::Symbol("*") => Operator::Multiply,
                Token::Symbol("/") => Operator::Divide,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.unary()?;
            let at = left.at.to(right.at);
            left = self.node(
                ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)),
                at,
            )?;
        }
    }

    fn unary(&mut self) -> Parsed {
        if let Some(start) = self.eat_symbol("-") {
            let inner = self.nested(Self::unary)?;
            let at = start.to(inner.at);
            return self.node(ExprKind::Negate(Box::new(inner)), at);
        }
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn postfix(&mut self, mut left: Expr) -> Parsed {
        loop {
            if self.is_symbol(".") {
                left = self.field(left)?;
            } else if self.is_symbol("[") && !self.closes_range() {
                self.advance();
                let by = self.expression()?;
                let end = self.need_symbol("]", "after the condition of the filter")?;
                let at = left.at.to(end);
                left = self.node(
                    ExprKind::Filter {
                        list: Box::new(left),
                        by: Box::new(by),
                    },
                    at,
                )?;
            } else {
                return Ok(left);
            }
        }
    }

    /// Whether the `[` here ends a range such as `]1..10[`.
    fn closes_range(&self) -> bool {
        self.range_end
            && match self.tokens.get(self.at + 1).map(|next| &next.token) {
                Some(Token::Number(_) | Token::Text(_)) => false,
                Some(Token::Word) => self
                    .word_at(self.at + 1)
                    .is_some_and(|word| matches!(word, "and" | "or" | "in" | "then" | "else")),
                Some(Token::Symbol(symbol)) => !matches!(*symbol, "(" | "[" | "-" | "?" | "@"),
                _ => true,
            }
    }

    fn field(&mut self, of: Expr) -> Parsed {
        self.advance();
        let Some(word) = self.word_at(self.at).map(str::to_owned) else {
            return Err(self.unexpected("a field name is missing after the dot"));
        };
        let mut name_at = self.advance();
        let mut name = word;
        for (first, second) in [
            ("start", "included"),
            ("end", "included"),
            ("time", "offset"),
        ] {
            if name == first && self.word_at(self.at) == Some(second) {
                name_at = name_at.to(self.advance());
                name = format!("{first} {second}");
            }
        }
        let at = of.at.to(name_at);
        self.node(
            ExprKind::Field {
                of: Box::new(of),
                name: Arc::from(name),
                name_at,
            },
            at,
        )
    }

    // Cells ------------------------------------------------------------------

    fn cell(&mut self) -> Parsed<Cell> {
        if self.is_symbol("-") && self.tokens.len() == 2 {
            self.advance();
            return Ok(Cell {
                negated: false,
                tests: Vec::new(),
            });
        }
        if self.word_at(self.at) == Some("not") && self.is_symbol_at(self.at + 1, "(") {
            self.advance();
            self.advance();
            let tests = self.cell_tests()?;
            self.need_symbol(")", "after `not(`")?;
            return Ok(Cell {
                negated: true,
                tests,
            });
        }
        Ok(Cell {
            negated: false,
            tests: self.cell_tests()?,
        })
    }

    fn cell_tests(&mut self) -> Parsed<Vec<Test>> {
        let mut tests = Vec::new();
        loop {
            tests.push(match self.eat_comparison() {
                Some(comparison) => Test::Compare(comparison, self.additive()?),
                None => Test::Value(self.expression()?),
            });
            if self.eat_symbol(",").is_none() {
                return Ok(tests);
            }
        }
    }
}

/// Whether a value can begin with this word.
fn starts_operand(word: &str) -> bool {
    !KEYWORDS.contains(&word) || matches!(word, "true" | "false" | "null" | "some" | "every" | "if")
}

fn problem(code: &'static str, at: At, message: impl Into<String>, help: Option<&str>) -> Problem {
    Problem {
        code,
        message: message.into(),
        start: at.start,
        end: at.end,
        help: help.map(str::to_owned),
    }
}

fn too_deep(at: At) -> Problem {
    problem(
        "feel-too-deep",
        at,
        "the expression is nested too deeply here",
        Some("split it into several computed fields"),
    )
}

/// The static twin of a symbol, so that tokens compare without allocation.
fn lookup(symbol: &str) -> &'static str {
    super::lexer::SYMBOLS
        .iter()
        .find(|known| **known == symbol)
        .copied()
        .unwrap_or("")
}
