//! Lists and records: membership, sums and statistics, taking lists apart.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::operators::{self, same};
use super::super::{Value, number};
use super::{Builtin, Call, Returns, boolean, integer};

pub(super) const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "list contains",
        signatures: &["list: list, element: any"],
        returns: Returns::Boolean,
        run: |call| boolean(call.list(0)?.iter().any(|item| same(item, call.arg(1)))),
    },
    Builtin {
        name: "count",
        signatures: &["list: list"],
        returns: Returns::Number,
        run: |call| integer(call.list(0)?.len() as u64),
    },
    Builtin {
        name: "min",
        signatures: &["list: list", "c...: point"],
        returns: Returns::Item,
        run: min,
    },
    Builtin {
        name: "max",
        signatures: &["list: list", "c...: point"],
        returns: Returns::Item,
        run: max,
    },
    Builtin {
        name: "sum",
        signatures: &["list: list", "n...: number|days|months"],
        returns: Returns::Item,
        run: sum,
    },
    Builtin {
        name: "mean",
        signatures: &["list: list", "n...: number"],
        returns: Returns::Number,
        run: mean,
    },
    Builtin {
        name: "median",
        signatures: &["list: list", "n...: number"],
        returns: Returns::Number,
        run: median,
    },
    Builtin {
        name: "stddev",
        signatures: &["list: list", "n...: number"],
        returns: Returns::Number,
        run: stddev,
    },
    Builtin {
        name: "mode",
        signatures: &["list: list", "n...: number"],
        returns: Returns::Numbers,
        run: mode,
    },
    Builtin {
        name: "product",
        signatures: &["list: list", "n...: number"],
        returns: Returns::Number,
        run: product,
    },
    Builtin {
        name: "all",
        signatures: &["list: list", "b...: boolean"],
        returns: Returns::Boolean,
        run: |call| quantified(call, false),
    },
    Builtin {
        name: "any",
        signatures: &["list: list", "b...: boolean"],
        returns: Returns::Boolean,
        run: |call| quantified(call, true),
    },
    Builtin {
        name: "sublist",
        signatures: &["list: list, start position: number, length?: number"],
        returns: Returns::First,
        run: sublist,
    },
    Builtin {
        name: "append",
        signatures: &["list: list, item...: any"],
        returns: Returns::First,
        run: append,
    },
    Builtin {
        name: "concatenate",
        signatures: &["list...: list"],
        returns: Returns::Items,
        run: concatenate,
    },
    Builtin {
        name: "union",
        signatures: &["list...: list"],
        returns: Returns::Items,
        run: union,
    },
    Builtin {
        name: "insert before",
        signatures: &["list: list, position: number, newItem: any"],
        returns: Returns::First,
        run: insert_before,
    },
    Builtin {
        name: "remove",
        signatures: &["list: list, position: number"],
        returns: Returns::First,
        run: remove,
    },
    Builtin {
        name: "list replace",
        signatures: &["list: list, position: number, newItem: any"],
        returns: Returns::First,
        run: list_replace,
    },
    Builtin {
        name: "reverse",
        signatures: &["list: list"],
        returns: Returns::First,
        run: reverse,
    },
    Builtin {
        name: "index of",
        signatures: &["list: list, match: any"],
        returns: Returns::Numbers,
        run: index_of,
    },
    Builtin {
        name: "distinct values",
        signatures: &["list: list"],
        returns: Returns::First,
        run: distinct,
    },
    Builtin {
        name: "flatten",
        signatures: &["list: list"],
        returns: Returns::Any,
        run: flatten,
    },
    Builtin {
        name: "get value",
        signatures: &["m: record, key: text"],
        returns: Returns::Any,
        run: |call| operators::part(&record(call.arg(0))?, call.text(1)?),
    },
    Builtin {
        name: "get entries",
        signatures: &["m: record"],
        returns: Returns::Any,
        run: entries,
    },
];

fn record(value: &Value) -> Option<Value> {
    matches!(value, Value::Record(_)).then(|| value.clone())
}

fn entries(call: &mut Call<'_, '_>) -> Option<Value> {
    let Value::Record(fields) = call.arg(0) else {
        return None;
    };
    let entry = |(key, value): (&String, &Value)| {
        Value::record(BTreeMap::from([
            ("key".to_owned(), Value::text(key)),
            ("value".to_owned(), value.clone()),
        ]))
    };
    Some(Value::list(fields.iter().map(entry).collect()))
}

fn extreme(items: &[Value], wanted: std::cmp::Ordering) -> Option<Value> {
    let mut items = items.iter();
    let mut best = items.next()?;
    operators::order(best, best)?;
    for item in items {
        if operators::order(item, best)? == wanted {
            best = item;
        }
    }
    Some(best.clone())
}

fn min(call: &mut Call<'_, '_>) -> Option<Value> {
    extreme(call.items(), std::cmp::Ordering::Less)
}

fn max(call: &mut Call<'_, '_>) -> Option<Value> {
    extreme(call.items(), std::cmp::Ordering::Greater)
}

fn numbers(call: &Call<'_, '_>) -> Option<Vec<Decimal>> {
    let number = |item: &Value| match item {
        Value::Number(n) => Some(*n),
        _ => None,
    };
    call.items().iter().map(number).collect()
}

fn total(numbers: &[Decimal]) -> Option<Decimal> {
    numbers
        .iter()
        .try_fold(Decimal::ZERO, |sum, n| number::add(sum, *n))
}

/// Also of durations; nothing for an empty list, as the standard has it.
fn sum(call: &mut Call<'_, '_>) -> Option<Value> {
    let (first, rest) = call.items().split_first()?;
    matches!(
        first,
        Value::Number(_) | Value::DaysDuration(_) | Value::MonthsDuration(_)
    )
    .then_some(())?;
    rest.iter().try_fold(first.clone(), |sum, item| {
        let alike = std::mem::discriminant(&sum) == std::mem::discriminant(item);
        operators::arithmetic(super::super::ast::Operator::Add, &sum, item).filter(|_| alike)
    })
}

fn product(call: &mut Call<'_, '_>) -> Option<Value> {
    let numbers = numbers(call).filter(|numbers| !numbers.is_empty())?;
    numbers
        .iter()
        .try_fold(Decimal::ONE, |product, n| number::multiply(product, *n))
        .map(Value::Number)
}

fn mean_of(numbers: &[Decimal]) -> Option<Decimal> {
    number::divide(total(numbers)?, Decimal::from(numbers.len() as u64))
}

fn mean(call: &mut Call<'_, '_>) -> Option<Value> {
    mean_of(&numbers(call)?).map(Value::Number)
}

fn median(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut numbers = numbers(call)?;
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return Some(Value::Number(numbers[middle]));
    }
    mean_of(numbers.get(middle.checked_sub(1)?..=middle)?).map(Value::Number)
}

/// The standard deviation of a sample.
fn stddev(call: &mut Call<'_, '_>) -> Option<Value> {
    let numbers = numbers(call).filter(|numbers| numbers.len() > 1)?;
    let mean = mean_of(&numbers)?;
    let squares: Option<Vec<Decimal>> = numbers
        .iter()
        .map(|n| number::subtract(*n, mean).and_then(|off| off.checked_mul(off)))
        .collect();
    let variance = number::divide(total(&squares?)?, Decimal::from(numbers.len() as u64 - 1))?;
    number::sqrt(variance).map(Value::Number)
}

/// The most frequent numbers, ascending.
fn mode(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut counts: BTreeMap<Decimal, usize> = BTreeMap::new();
    for number in numbers(call)? {
        *counts.entry(number).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    Some(Value::list(
        counts
            .into_iter()
            .filter(|(_, count)| *count == most)
            .map(|(n, _)| Value::Number(n))
            .collect(),
    ))
}

/// Whether any item is `decisive`, else whether all are booleans.
fn quantified(call: &mut Call<'_, '_>, decisive: bool) -> Option<Value> {
    let items = call.items();
    if items.contains(&Value::Boolean(decisive)) {
        return boolean(decisive);
    }
    items
        .iter()
        .all(|item| matches!(item, Value::Boolean(_)))
        .then_some(Value::Boolean(!decisive))
}

/// The index of a position counted from 1, or from the end where negative.
fn index(call: &Call<'_, '_>, count: usize) -> Option<usize> {
    let position = call.number(1)?.trunc().to_i64()?;
    let count = i64::try_from(count).ok()?;
    let index = if position > 0 {
        position - 1
    } else {
        count.checked_add(position)?
    };
    (position != 0 && (0..count).contains(&index))
        .then(|| usize::try_from(index).ok())
        .flatten()
}

/// A copy of a list argument, charged to the budget.
fn copied(call: &mut Call<'_, '_>, at: usize) -> Option<Vec<Value>> {
    let items = call.list(at)?.to_vec();
    call.charge(items.len()).then_some(items)
}

fn sublist(call: &mut Call<'_, '_>) -> Option<Value> {
    let items = copied(call, 0)?;
    let start = index(call, items.len())?;
    let end = match call.arg(2) {
        Value::Null if call.args.len() < 3 => items.len(),
        Value::Null => items.len(),
        _ => start.checked_add(
            usize::try_from(call.whole(2)?)
                .ok()
                .filter(|length| *length > 0)?,
        )?,
    };
    items.get(start..end).map(|part| Value::list(part.to_vec()))
}

fn append(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = copied(call, 0)?;
    items.extend(call.args.iter().skip(1).cloned());
    Some(Value::list(items))
}

fn concatenate(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = Vec::new();
    for at in 0..call.args.len() {
        items.append(&mut copied(call, at)?);
    }
    Some(Value::list(items))
}

fn insert_before(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = copied(call, 0)?;
    let at = index(call, items.len())?;
    items.insert(at, call.arg(2).clone());
    Some(Value::list(items))
}

fn remove(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = copied(call, 0)?;
    let at = index(call, items.len())?;
    items.remove(at);
    Some(Value::list(items))
}

fn list_replace(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = copied(call, 0)?;
    let at = index(call, items.len())?;
    items[at] = call.arg(2).clone();
    Some(Value::list(items))
}

fn reverse(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = copied(call, 0)?;
    items.reverse();
    Some(Value::list(items))
}

fn index_of(call: &mut Call<'_, '_>) -> Option<Value> {
    let found = call
        .list(0)?
        .iter()
        .enumerate()
        .filter(|(_, item)| same(item, call.arg(1)));
    Some(Value::list(
        found
            .map(|(index, _)| Value::Number(Decimal::from(index as u64 + 1)))
            .collect(),
    ))
}

fn unique(call: &mut Call<'_, '_>, items: Vec<Value>) -> Option<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !call.charge(kept.len()) {
            return None;
        }
        if !kept.iter().any(|known| same(known, &item)) {
            kept.push(item);
        }
    }
    Some(Value::list(kept))
}

fn distinct(call: &mut Call<'_, '_>) -> Option<Value> {
    let items = copied(call, 0)?;
    unique(call, items)
}

fn union(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut items = Vec::new();
    for at in 0..call.args.len() {
        items.append(&mut copied(call, at)?);
    }
    unique(call, items)
}

fn flatten(call: &mut Call<'_, '_>) -> Option<Value> {
    fn collect(items: &[Value], into: &mut Vec<Value>) {
        for item in items {
            match item {
                Value::List(inner) => collect(inner, into),
                other => into.push(other.clone()),
            }
        }
    }
    let mut flat = Vec::new();
    collect(call.list(0)?, &mut flat);
    call.charge(flat.len()).then(|| Value::list(flat))
}
