//! Values and static types of the FEEL profile.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

/// A value an expression works on or yields.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value: not answered, hidden, or an operation without a result.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A decimal number of up to 28 digits; money and integers are numbers too.
    Number(Decimal),
    /// A text; a choice is the text of its option id.
    Text(Arc<str>),
    /// A calendar date.
    Date(Date),
    /// A calendar date outside the years -9999 to 9999: year, month, day. The
    /// standard allows nine digits; such dates compare and print, no more.
    FarDate(i32, i8, i8),
    /// A time of day.
    Time(Time),
    /// A date and time, local to the city, without zone.
    DateTime(DateTime),
    /// A duration of days, hours, minutes and seconds, in nanoseconds.
    DaysDuration(i128),
    /// A duration of years and months, in months.
    MonthsDuration(i64),
    /// A list.
    List(Arc<[Value]>),
    /// Named values: a group of answers or one entry of a list.
    Record(Arc<BTreeMap<String, Value>>),
    /// An interval, such as `[1..10)`; open ends are unbounded.
    Range(Arc<Range>),
}

/// An interval of numbers, dates, times, durations or texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Lower bound; [`Value::Null`] for none.
    pub low: Value,
    /// Whether the lower bound belongs to the interval.
    pub low_closed: bool,
    /// Upper bound; [`Value::Null`] for none.
    pub high: Value,
    /// Whether the upper bound belongs to the interval.
    pub high_closed: bool,
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(Arc::from(text.as_ref()))
    }

    /// A list value.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::from(items))
    }

    /// A record value.
    pub fn record(fields: BTreeMap<String, Value>) -> Value {
        Value::Record(Arc::new(fields))
    }

    /// Whether the value is exactly `true`; null counts as false.
    pub fn is_true(&self) -> bool {
        *self == Value::Boolean(true)
    }
}

/// The static type of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not known statically; fits everywhere (conformance tests, open data).
    Any,
    /// Only null.
    Null,
    /// true or false.
    Boolean,
    /// Decimal number.
    Number,
    /// Text.
    Text,
    /// One of the option ids.
    Choice(Arc<[String]>),
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Date and time.
    DateTime,
    /// Days and time duration.
    DaysDuration,
    /// Years and months duration.
    MonthsDuration,
    /// List of items.
    List(Box<Type>),
    /// Named fields.
    Record(Arc<BTreeMap<String, Type>>),
    /// Interval of a type.
    Range(Box<Type>),
    /// May be null: an optional or possibly hidden field (`T?`).
    Optional(Box<Type>),
}

impl Type {
    /// The type that also admits null.
    pub fn optional(self) -> Type {
        match self {
            Type::Any | Type::Null | Type::Optional(_) => self,
            other => Type::Optional(Box::new(other)),
        }
    }

    /// The type without its null.
    pub fn required(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether a value of type `actual` can stand where this type is wanted;
    /// null is let through everywhere, since evaluation is total.
    pub fn accepts(&self, actual: &Type) -> bool {
        match (self.required(), actual.required()) {
            (Type::Any, _) | (_, Type::Any | Type::Null) => true,
            (Type::Text | Type::Choice(_), Type::Text) | (Type::Text, Type::Choice(_)) => true,
            (Type::Choice(wanted), Type::Choice(given)) => {
                wanted.is_empty() || given.iter().all(|id| wanted.contains(id))
            }
            (Type::List(wanted), Type::List(given)) | (Type::Range(wanted), Type::Range(given)) => {
                wanted.accepts(given)
            }
            (Type::Record(wanted), Type::Record(given)) => wanted
                .iter()
                .all(|(name, ty)| given.get(name).is_none_or(|actual| ty.accepts(actual))),
            (wanted, given) => wanted == given,
        }
    }
}

/// The words a diagnostic uses for the type.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("anything"),
            Type::Null => f.write_str("null"),
            Type::Boolean => f.write_str("true or false"),
            Type::Number => f.write_str("a number"),
            Type::Text => f.write_str("a text"),
            Type::Choice(_) => f.write_str("a choice"),
            Type::Date => f.write_str("a date"),
            Type::Time => f.write_str("a time"),
            Type::DateTime => f.write_str("a date and time"),
            Type::DaysDuration => f.write_str("a duration of days and time"),
            Type::MonthsDuration => f.write_str("a duration of years and months"),
            Type::List(item) if **item == Type::Any => f.write_str("a list"),
            Type::List(item) => write!(f, "a list, each item {item}"),
            Type::Record(_) => f.write_str("a group of fields"),
            Type::Range(_) => f.write_str("a range"),
            Type::Optional(inner) => inner.fmt(f),
        }
    }
}

/// The names an expression may use, with their types.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Top-level names.
    pub names: BTreeMap<String, Type>,
    /// Whether unknown names are of type [`Type::Any`] instead of an error.
    pub open: bool,
}

impl Scope {
    /// The scope with one more name.
    pub fn with(mut self, name: impl Into<String>, ty: Type) -> Scope {
        self.names.insert(name.into(), ty);
        self
    }
}

/// What an expression is evaluated against.
pub struct Context<'a> {
    /// Top-level values by name; a missing name is null.
    pub values: &'a BTreeMap<String, Value>,
    /// The local date and time of the evaluation, for `today()` and `now()`.
    pub now: DateTime,
    /// Answers questions about the working calendar and the case.
    pub world: &'a dyn World,
}

/// What the built-ins of Schalter need to know beyond the values.
pub trait World {
    /// Whether a date is a working day of the city's calendar.
    fn is_working_day(&self, date: Date) -> bool;
    /// Whether a state of this id is active, for `in_state("id")`.
    fn in_state(&self, state: &str) -> bool {
        let _ = state;
        false
    }
    /// Whether an attachment for the field of this path is present, for `attachment_present("path")`.
    fn attachment_present(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}

/// A world where Monday to Friday are working days and nothing else is known.
pub struct PlainWorld;

impl World for PlainWorld {
    fn is_working_day(&self, date: Date) -> bool {
        date.weekday().to_monday_zero_offset() < 5
    }
}
