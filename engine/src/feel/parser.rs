//! Tokens to the syntax tree: recursive descent after the grammar of DMN 1.5,
//! chapter 10.3.1.2, within the profile.

use std::sync::Arc;

use super::ast::{Argument, At, Binding, Comparison, Expr, ExprKind, Operator, Quantifier, Test};
use super::builtins;
use super::lexer::{Lexeme, Token, lex};
use super::{Problem, Value, temporal};

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
        self.chain("and", Self::comparison, ExprKind::And)
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

    // Primaries --------------------------------------------------------------

    fn primary(&mut self) -> Parsed {
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

    fn bracketed(&mut self) -> Parsed<Bracketed> {
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
