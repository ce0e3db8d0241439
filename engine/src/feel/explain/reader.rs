//! Reads a condition into a [`Clause`], with the labels of one language.

use super::super::ast::{Comparison, Expr, ExprKind, Operator, Quantifier, Test};
use super::super::solve::{Distance, constant, from_today};
use super::super::{Value, operators};
use super::Labels;
use super::clause::{Claim, Clause, Noun, mirrored, opposite};
use crate::text::Language;

pub(super) struct Reader<'r> {
    text: &'r str,
    language: Language,
    labels: &'r dyn Labels,
    /// Names of loops with the list they run over.
    loops: Vec<(String, Vec<String>)>,
    /// Whether nothing had to be quoted.
    pub(super) is_plain: bool,
}

impl<'r> Reader<'r> {
    pub(super) fn new(text: &'r str, language: Language, labels: &'r dyn Labels) -> Reader<'r> {
        Reader {
            text,
            language,
            labels,
            loops: Vec::new(),
            is_plain: true,
        }
    }

    pub(super) fn clause(&mut self, expr: &Expr, negated: bool) -> Clause {
        match &expr.kind {
            ExprKind::Literal(Value::Boolean(value)) => Clause::Always(*value != negated),
            ExprKind::Not(inner) => self.clause(inner, !negated),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| self.clause(part, negated))
                    .collect();
                if matches!(expr.kind, ExprKind::And(_)) == negated {
                    Clause::Any(parts)
                } else {
                    Clause::All(parts)
                }
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => Clause::Either(Box::new([
                self.clause(condition, false),
                self.clause(then, negated),
                self.clause(otherwise, negated),
            ])),
            ExprKind::Compare(comparison, left, right) => {
                let clause = self.comparison(*comparison, left, right, negated);
                clause.unwrap_or_else(|| self.quoted(expr, negated))
            }
            ExprKind::Between { value, low, high } => {
                let clause = self.between(value, low, high, negated);
                clause.unwrap_or_else(|| self.quoted(expr, negated))
            }
            ExprKind::In(value, tests) => {
                let clause = self.membership(value, tests, negated);
                clause.unwrap_or_else(|| self.quoted(expr, negated))
            }
            ExprKind::Quantified {
                quantifier,
                bindings,
                body,
            } => match &bindings[..] {
                [binding] => {
                    let clause =
                        self.entries(*quantifier, &binding.name, &binding.source, body, negated);
                    clause.unwrap_or_else(|| self.quoted(expr, negated))
                }
                _ => self.quoted(expr, negated),
            },
            ExprKind::Bound { function, args, .. } => {
                let clause = self.call(function.name, args, negated);
                clause.unwrap_or_else(|| self.quoted(expr, negated))
            }
            _ => match self.label(expr) {
                Some(label) => fact(Noun::Field(label), Claim::Answered(true), negated),
                None => self.quoted(expr, negated),
            },
        }
    }

    fn quoted(&mut self, expr: &Expr, negated: bool) -> Clause {
        self.is_plain = false;
        let text = self.slice(expr);
        Clause::Quoted { text, negated }
    }

    fn slice(&self, expr: &Expr) -> String {
        let text = self.text.get(expr.at.start..expr.at.end);
        text.unwrap_or(self.text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    // Names -------------------------------------------------------------------

    /// The names of a path, where it is one.
    fn path(&self, expr: &Expr) -> Option<Vec<String>> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let list = self.loops.iter().rev().find(|(known, _)| **known == **name);
                Some(match list {
                    Some((_, list)) => list.clone(),
                    None => vec![name.to_string()],
                })
            }
            ExprKind::Field { of, name, .. } => {
                let mut path = self.path(of)?;
                path.push(name.to_string());
                Some(path)
            }
            _ => None,
        }
    }

    fn label(&self, expr: &Expr) -> Option<String> {
        let path = self.path(expr)?;
        self.labels.label(&parts(&path), self.language)
    }

    fn noun(&mut self, expr: &Expr) -> Option<Noun> {
        if let Some(label) = self.label(expr) {
            return Some(Noun::Field(label));
        }
        match &expr.kind {
            ExprKind::Field { of, name, .. } if &**name == "year" => {
                Some(Noun::Year(self.label(of)?))
            }
            ExprKind::Bound { function, args, .. } => {
                let label = args.first().and_then(|arg| self.label(arg))?;
                match function.name {
                    "age" => Some(Noun::Age(label)),
                    "count" => Some(Noun::Count(label)),
                    "string length" => Some(Noun::Length(label)),
                    "sum" => Some(Noun::Total(label)),
                    _ => None,
                }
            }
            ExprKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.noun(left)?, self.noun(right)?);
                let (left, right) = (Box::new(left), Box::new(right));
                match operator {
                    Operator::Add => Some(Noun::Sum(left, right)),
                    Operator::Subtract => Some(Noun::Difference(left, right)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A noun, or the calculation as it is written.
    fn noun_or_term(&mut self, expr: &Expr) -> Noun {
        match self.noun(expr) {
            Some(noun) => noun,
            None => {
                self.is_plain = false;
                Noun::Term(self.slice(expr))
            }
        }
    }

    /// The words for a value of a path: option, number with unit, date.
    fn value(&self, of: &Expr, value: &Value) -> Option<String> {
        let path = self.path(of).unwrap_or_default();
        let path = parts(&path);
        match value {
            Value::Text(id) => Some(
                self.labels
                    .option(&path, id, self.language)
                    .unwrap_or_else(|| id.to_string()),
            ),
            Value::Number(number) => Some(self.labels.number(&path, *number, self.language)),
            Value::Date(date) => Some(self.labels.date(*date, self.language)),
            value => operators::to_text(value),
        }
    }

    // Comparisons -------------------------------------------------------------

    fn comparison(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        negated: bool,
    ) -> Option<Clause> {
        let comparison = if negated {
            opposite(comparison)
        } else {
            comparison
        };
        if let Some(value) = constant(right) {
            return self.with_value(comparison, left, &value);
        }
        if let Some(value) = constant(left) {
            return self.with_value(mirrored(comparison), right, &value);
        }
        if let Some(distance) = from_today(right) {
            return self.with_today(comparison, left, distance);
        }
        if let Some(distance) = from_today(left) {
            return self.with_today(mirrored(comparison), right, distance);
        }
        let dates = self
            .path(left)
            .is_some_and(|path| self.labels.is_date(&parts(&path)));
        // Two calculations with each other are clearer as they are written.
        let (left_noun, right_noun) = (self.noun(left), self.noun(right));
        if left_noun.is_none() && right_noun.is_none() {
            return None;
        }
        let left = self.noun_or_term(left);
        let right = self.noun_or_term(right);
        Some(fact(left, Claim::Than(comparison, right, dates), false))
    }

    fn with_value(&mut self, comparison: Comparison, left: &Expr, value: &Value) -> Option<Clause> {
        let unequal = comparison == Comparison::Unequal;
        match value {
            Value::Null if comparison.is_equality() => {
                Some(fact(self.noun(left)?, Claim::Filled, !unequal))
            }
            Value::Boolean(wanted) if comparison.is_equality() => {
                if self.path(left).is_none() {
                    return Some(self.clause(left, *wanted == unequal));
                }
                let noun = Noun::Field(self.label(left)?);
                Some(fact(noun, Claim::Answered(*wanted), unequal))
            }
            Value::Text(_) if comparison.is_equality() => {
                let words = self.value(left, value)?;
                Some(fact(self.noun(left)?, Claim::Is(vec![words]), unequal))
            }
            Value::Number(number) => {
                let noun = self.noun(left)?;
                if let (Noun::Count(_), Comparison::Greater, true) =
                    (&noun, comparison, number.fract().is_zero())
                {
                    let next = number.checked_add(rust_decimal::Decimal::ONE)?;
                    let claim =
                        Claim::Number(Comparison::GreaterOrEqual, next.normalize().to_string());
                    return Some(fact(noun, claim, false));
                }
                let words = self.value(left, value)?;
                Some(fact(noun, Claim::Number(comparison, words), false))
            }
            Value::Date(_) => {
                let words = self.value(left, value)?;
                Some(fact(
                    self.noun(left)?,
                    Claim::Date(comparison, words),
                    false,
                ))
            }
            _ => None,
        }
    }

    fn with_today(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        distance: Distance,
    ) -> Option<Clause> {
        let noun = self.noun(left)?;
        let past = distance.months < 0 || distance.days < 0;
        let distance = distance_text(distance, self.language)?;
        Some(fact(
            noun,
            Claim::FromToday {
                comparison,
                past,
                distance,
            },
            false,
        ))
    }

    fn between(&mut self, value: &Expr, low: &Expr, high: &Expr, negated: bool) -> Option<Clause> {
        match (constant(low), constant(high)) {
            (Some(low @ Value::Number(_)), Some(high @ Value::Number(_))) => {
                let words = Claim::Between(self.value(value, &low)?, self.value(value, &high)?);
                Some(fact(self.noun(value)?, words, negated))
            }
            _ => {
                let low = self.comparison(Comparison::GreaterOrEqual, value, low, negated)?;
                let high = self.comparison(Comparison::LessOrEqual, value, high, negated)?;
                Some(both(low, high, negated))
            }
        }
    }

    fn membership(&mut self, value: &Expr, tests: &[Test], negated: bool) -> Option<Clause> {
        let mut plain = Vec::new();
        let mut clauses = Vec::new();
        for test in tests {
            match test {
                Test::Compare(comparison, bound) => {
                    clauses.push(self.comparison(*comparison, value, bound, negated)?);
                }
                Test::Value(target) => match (&target.kind, constant(target)) {
                    (
                        ExprKind::Range {
                            low,
                            low_closed,
                            high,
                            high_closed,
                        },
                        _,
                    ) => clauses.push(self.range(
                        value,
                        (low, *low_closed),
                        (high, *high_closed),
                        negated,
                    )?),
                    (_, Some(Value::List(items))) => plain.extend(items.iter().cloned()),
                    (_, Some(text @ Value::Text(_))) => plain.push(text),
                    (_, Some(other)) => {
                        let comparison = if negated {
                            Comparison::Unequal
                        } else {
                            Comparison::Equal
                        };
                        clauses.push(self.with_value(comparison, value, &other)?);
                    }
                    _ => return None,
                },
            }
        }
        if !plain.is_empty() {
            let words: Option<Vec<String>> =
                plain.iter().map(|item| self.value(value, item)).collect();
            clauses.insert(0, fact(self.noun(value)?, Claim::Is(words?), negated));
        }
        Some(match clauses.len() {
            1 => clauses.remove(0),
            _ if negated => Clause::All(clauses),
            _ => Clause::Any(clauses),
        })
    }

    fn range(
        &mut self,
        value: &Expr,
        (low, low_closed): (&Expr, bool),
        (high, high_closed): (&Expr, bool),
        negated: bool,
    ) -> Option<Clause> {
        if low_closed && high_closed {
            return self.between(value, low, high, negated);
        }
        let over = if low_closed {
            Comparison::GreaterOrEqual
        } else {
            Comparison::Greater
        };
        let under = if high_closed {
            Comparison::LessOrEqual
        } else {
            Comparison::Less
        };
        let low = self.comparison(over, value, low, negated)?;
        let high = self.comparison(under, value, high, negated)?;
        Some(both(low, high, negated))
    }

    // Lists and functions -----------------------------------------------------

    fn entries(
        &mut self,
        quantifier: Quantifier,
        name: &str,
        source: &Expr,
        body: &Expr,
        negated: bool,
    ) -> Option<Clause> {
        let list = self.label(source)?;
        self.loops.push((name.to_owned(), self.path(source)?));
        let every = quantifier == Quantifier::Every;
        // Not every one: one at least for which it does not hold.
        let inner = self.clause(body, every && negated);
        self.loops.pop();
        Some(Clause::Entries {
            every: every && !negated,
            list,
            negated: negated && !every,
            inner: Box::new(inner),
        })
    }

    fn call(&mut self, name: &str, args: &[Expr], negated: bool) -> Option<Clause> {
        let first = args.first()?;
        let text = |at: usize| match args.get(at).and_then(constant) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let claim = match name {
            "list contains" => {
                let option = args.get(1).and_then(constant)?;
                Claim::Selected(self.value(first, &option)?)
            }
            "attachment_present" => {
                let path = text(0)?;
                let path: Vec<&str> = path.split('.').collect();
                let label = self.labels.label(&path, self.language)?;
                return Some(fact(Noun::Field(label), Claim::Uploaded, negated));
            }
            "in_state" => return Some(fact(Noun::Field(text(0)?), Claim::State, negated)),
            "is_eea" => Claim::Eea,
            "is_iban" => Claim::Iban,
            "is_working_day" => Claim::WorkingDay,
            "matches" => Claim::Pattern(text(1)?),
            "contains" => Claim::Contains(text(1)?),
            "starts with" => Claim::Starts(text(1)?),
            "ends with" => Claim::Ends(text(1)?),
            _ => return None,
        };
        // Upper or lower case makes no difference to a reader.
        let inner = match &first.kind {
            ExprKind::Bound { function, args, .. }
                if matches!(function.name, "lower case" | "upper case" | "trim") =>
            {
                args.first()?
            }
            _ => first,
        };
        Some(fact(Noun::Field(self.label(inner)?), claim, negated))
    }
}

fn fact(noun: Noun, claim: Claim, negated: bool) -> Clause {
    Clause::Fact {
        noun,
        claim,
        negated,
    }
}

fn both(low: Clause, high: Clause, negated: bool) -> Clause {
    if negated {
        Clause::Any(vec![low, high])
    } else {
        Clause::All(vec![low, high])
    }
}

fn parts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// A distance without its direction; empty for none.
fn distance_text(distance: Distance, language: Language) -> Option<String> {
    let Distance { months, days } = distance;
    if months != 0 && days != 0 {
        return None;
    }
    let (months, days) = (months.unsigned_abs(), days.unsigned_abs());
    let (number, one, many) = match (language, months, days) {
        (_, 0, 0) => return Some(String::new()),
        (Language::De, 0, n) => (n, "Tag", "Tage"),
        (Language::En, 0, n) => (n, "day", "days"),
        (Language::De, n, _) if n % 12 == 0 => (n / 12, "Jahr", "Jahre"),
        (Language::En, n, _) if n % 12 == 0 => (n / 12, "year", "years"),
        (Language::De, n, _) => (n, "Monat", "Monate"),
        (Language::En, n, _) => (n, "month", "months"),
    };
    Some(format!("{number} {}", if number == 1 { one } else { many }))
}
