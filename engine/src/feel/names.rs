//! What the names in an expression stand for, with their places: for editors,
//! which point at definitions, list uses and rename.
//!
//! Nothing is checked here; names nobody knows are passed over. The caller
//! numbers its symbols and describes what is in scope by [`Shape`]s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Type;
use super::ast::{Binding, Expr, ExprKind, Test};
use super::builtins::{self, Builtin, Returns};
use super::parser::{parse_expression, parse_unary_tests};
use super::types::{literal_text, literal_texts};

/// What a name stands for: a symbol of the caller, its type, what it has inside.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The caller's number of the symbol; none for names that are no symbol.
    pub symbol: Option<u32>,
    /// Its type.
    pub ty: Type,
    /// Fields inside of a group, or of every entry of a list.
    pub members: Arc<BTreeMap<String, Shape>>,
    /// The symbols of the options of a choice, by id.
    pub options: Arc<BTreeMap<String, u32>>,
}

impl Shape {
    /// A name without a symbol, members and options.
    pub fn plain(ty: Type) -> Shape {
        Shape {
            symbol: None,
            ty,
            members: Arc::default(),
            options: Arc::default(),
        }
    }

    /// A group of names that are no field of a form, such as `vars`.
    pub fn group(members: BTreeMap<String, Shape>) -> Shape {
        let types = members
            .iter()
            .map(|(name, shape)| (name.clone(), shape.ty.clone()))
            .collect();
        Shape {
            symbol: None,
            ty: Type::Record(Arc::new(types)),
            members: Arc::new(members),
            options: Arc::default(),
        }
    }
}

/// The names of one level of scope.
pub type Names = BTreeMap<String, Shape>;

/// The levels of scope, the outermost first.
pub type Levels = [Arc<Names>];

/// The shape of a name, found from the inside out.
pub fn lookup<'l>(levels: &'l Levels, name: &str) -> Option<&'l Shape> {
    levels.iter().rev().find_map(|level| level.get(name))
}

/// What stands at a place of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A symbol of the caller.
    Symbol(u32),
    /// A built-in function.
    Function(&'static str),
    /// The path of a state, inside the quotes of `in_state("…")`.
    State(String),
    /// The path of a field, inside the quotes of `attachment_present("…")`.
    Attachment(String),
}

/// One place of an expression, in bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What stands there.
    pub spot: Spot,
}

/// Everything an expression names. `None` where it cannot be parsed.
pub fn mentions(text: &str, scope: &Levels) -> Option<Vec<Mention>> {
    let tree = parse_expression(text, &mut Vec::new())?;
    let mut walk = Walk::new(text, scope);
    walk.visit(&tree);
    Some(walk.found)
}

/// Everything a cell of a decision table names; `input` is what it looks at.
pub fn cell_mentions(text: &str, input: &Shape, scope: &Levels) -> Option<Vec<Mention>> {
    let cell = parse_unary_tests(text, &mut Vec::new())?;
    let mut walk = Walk::new(text, scope);
    walk.frames
        .push(Frame::Variable(Arc::from("?"), Some(input.clone())));
    for test in &cell.tests {
        walk.visit(test.expr());
        walk.options(Some(input), test.expr());
    }
    Some(walk.found)
}

/// A built-in function, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// The ways to call it, such as `age(birth: date, at?: date)`.
    pub signatures: Vec<String>,
    /// What it returns, in words; empty where it depends on the arguments.
    pub returns: &'static str,
}

/// All built-in functions.
pub fn functions() -> Vec<FunctionInfo> {
    builtins::all().map(describe).collect()
}

fn describe(function: &'static Builtin) -> FunctionInfo {
    let kinds = |kinds: &str| {
        kinds
            .replace('|', " or ")
            .replace("datetime", "date and time")
            .replace("days", "duration of days")
            .replace("months", "duration of months")
            .replace("point", "value with an order")
    };
    let signature = |signature: &&'static str| {
        let parameters: Vec<String> = builtins::parameters(signature)
            .iter()
            .map(|p| {
                let optional = if p.optional { "?" } else { "" };
                let repeats = if p.repeats { ", …" } else { "" };
                format!("{}{optional}: {}{repeats}", p.name, kinds(p.kinds))
            })
            .collect();
        format!("{}({})", function.name, parameters.join(", "))
    };
    let returns = match function.returns {
        Returns::Boolean => "true or false",
        Returns::Number => "a number",
        Returns::Text => "a text",
        Returns::Date => "a date",
        Returns::Time => "a time",
        Returns::DateTime => "a date and time",
        Returns::MonthsDuration => "a duration of years and months",
        Returns::Texts => "a list of texts",
        Returns::Numbers => "a list of numbers",
        Returns::Any | Returns::First | Returns::Item | Returns::Items => "",
    };
    FunctionInfo {
        name: function.name,
        signatures: function.signatures.iter().map(signature).collect(),
        returns,
    }
}

/// Names that shadow those of the scope.
enum Frame {
    Variable(Arc<str>, Option<Shape>),
    Item(Option<Shape>),
}

struct Walk<'s> {
    text: &'s str,
    scope: &'s Levels,
    frames: Vec<Frame>,
    found: Vec<Mention>,
}

impl<'s> Walk<'s> {
    fn new(text: &'s str, scope: &'s Levels) -> Walk<'s> {
        Walk {
            text,
            scope,
            frames: Vec::new(),
            found: Vec::new(),
        }
    }

    fn note(&mut self, start: usize, end: usize, spot: Spot) {
        self.found.push(Mention { start, end, spot });
    }

    fn note_shape(&mut self, start: usize, end: usize, shape: &Shape) {
        if let Some(symbol) = shape.symbol {
            self.note(start, end, Spot::Symbol(symbol));
        }
    }

    fn visit(&mut self, expr: &Expr) -> Option<Shape> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let shape = self.name(name)?;
                self.note_shape(expr.at.start, expr.at.end, &shape);
                Some(shape)
            }
            ExprKind::Field { of, name, name_at } => {
                let shape = self.visit(of)?.members.get(&**name)?.clone();
                self.note_shape(name_at.start, name_at.end, &shape);
                Some(shape)
            }
            ExprKind::Filter { list, by } => {
                let shape = self.visit(list);
                self.frames.push(Frame::Item(shape.clone()));
                self.visit(by);
                self.frames.pop();
                shape
            }
            ExprKind::List(items) => self.first(items.iter()),
            ExprKind::Compare(_, left, right) => {
                let (a, b) = (self.visit(left), self.visit(right));
                self.options(a.as_ref(), right);
                self.options(b.as_ref(), left);
                None
            }
            ExprKind::In(value, tests) => {
                self.membership(value, tests);
                None
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.visit(condition);
                let (then, otherwise) = (self.visit(then), self.visit(otherwise));
                then.or(otherwise)
            }
            ExprKind::For { bindings, body } => self.bound(bindings, body),
            ExprKind::Quantified { bindings, body, .. } => {
                self.bound(bindings, body);
                None
            }
            ExprKind::Call { .. } => self.call(expr),
            other => {
                for child in other.children() {
                    self.visit(child);
                }
                None
            }
        }
    }

    /// Visits all; the shape is that of the first that has one.
    fn first<'e>(&mut self, items: impl Iterator<Item = &'e Expr>) -> Option<Shape> {
        let shapes: Vec<Option<Shape>> = items.map(|item| self.visit(item)).collect();
        shapes.into_iter().flatten().next()
    }

    fn name(&self, name: &str) -> Option<Shape> {
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Variable(known, shape) if **known == *name => return shape.clone(),
                Frame::Item(Some(item)) => {
                    if let Some(member) = item.members.get(name) {
                        return Some(member.clone());
                    }
                    if name == "item" {
                        return Some(Shape {
                            symbol: None,
                            ..item.clone()
                        });
                    }
                }
                _ => {}
            }
        }
        lookup(self.scope, name).cloned()
    }

    fn bound(&mut self, bindings: &[Binding], body: &Expr) -> Option<Shape> {
        for binding in bindings {
            let shape = self.visit(&binding.source).map(|shape| Shape {
                symbol: None,
                ..shape
            });
            self.frames
                .push(Frame::Variable(binding.name.clone(), shape));
        }
        let shape = self.visit(body);
        self.frames.truncate(self.frames.len() - bindings.len());
        shape
    }

    fn membership(&mut self, value: &Expr, tests: &[Test]) {
        let shape = self.visit(value);
        for test in tests {
            let other = self.visit(test.expr());
            self.options(shape.as_ref(), test.expr());
            self.options(other.as_ref(), value);
        }
    }

    fn call(&mut self, expr: &Expr) -> Option<Shape> {
        let ExprKind::Call {
            name,
            name_at,
            args,
        } = &expr.kind
        else {
            return None;
        };
        let function = builtins::find(name);
        if let Some(function) = function {
            self.note(name_at.start, name_at.end, Spot::Function(function.name));
        }
        let shape = self.first(args.iter().map(|argument| &argument.value));
        for argument in args {
            self.options(shape.as_ref(), &argument.value);
            let at = argument.value.at;
            let Some(path) = literal_text(&argument.value) else {
                continue;
            };
            let spot = match name.as_str() {
                "in_state" => Spot::State(path),
                "attachment_present" => Spot::Attachment(path),
                _ => continue,
            };
            self.note(at.start + 1, at.end.saturating_sub(1), spot);
        }
        let keeps = matches!(
            function?.returns,
            Returns::First | Returns::Item | Returns::Items
        );
        shape.filter(|_| keeps)
    }

    /// Literal texts beside a choice are its options.
    fn options(&mut self, shape: Option<&Shape>, expr: &Expr) {
        let Some(shape) = shape.filter(|shape| !shape.options.is_empty()) else {
            return;
        };
        for (text, at) in literal_texts(expr) {
            let (start, end) = (at.start + 1, at.end.saturating_sub(1));
            let plain = self.text.get(start..end) == Some(text.as_str());
            if let (true, Some(symbol)) = (plain, shape.options.get(&text)) {
                self.note(start, end, Spot::Symbol(*symbol));
            }
        }
    }
}
