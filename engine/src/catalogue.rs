//! What forms share: departments with their queues, codelists, and data sets
//! that rules look into.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::feel::{Type, Value};
use crate::source::{Diagnostic, Fields, Node, Report, Span, suggest};
use crate::text::Text;

/// A department of the city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Department {
    /// Id, such as `public-order`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// What it does, for the list of departments.
    pub responsibilities: Vec<Text>,
    /// Mail address.
    pub email: Option<String>,
    /// Telephone number as shown.
    pub phone: Option<String>,
    /// Postal address, one entry a line, without the name.
    pub address: Vec<String>,
    /// Whether it can be reached without steps.
    pub accessible: bool,
    /// Opening hours, one entry a line.
    pub hours: Vec<Text>,
    /// Opening hours by day, `mon` to `sun` in this order, such as
    /// `07:30-12:30, 14:00-16:00`; a day that is missing is closed.
    pub opening_hours: Vec<(&'static str, String)>,
    /// A remark below the hours.
    pub note: Option<Text>,
    /// Queues cases wait in.
    pub queues: Vec<Queue>,
}

impl Department {
    /// The queue of an id.
    pub fn queue(&self, id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }
}

/// A queue of a department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Id within the department.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Mail address of its own, where it has one.
    pub email: Option<String>,
}

/// A list of options shared by forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codelist {
    /// Id, the file's name.
    pub id: String,
    /// Option ids with their texts, in the order shown.
    pub options: Vec<(String, Text)>,
}

/// Rows that rules look into.
#[derive(Clone, Debug)]
pub struct DataSet {
    /// Id, the file's name and the name in expressions.
    pub id: String,
    /// The column that names a row.
    pub key: Option<String>,
    /// Type in expressions: a list of records.
    pub ty: Type,
    /// Value in expressions.
    pub value: Value,
}

/// Whether `id` is made of small letters, digits and `-` or `_`, beginning with a letter.
pub(crate) fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// The text of `id:`, which must be well formed.
pub(crate) fn decode_id(fields: &Fields<'_>, report: &mut Report) -> Option<String> {
    let id = fields.need_text("id", report)?;
    if !is_id(&id) {
        let span = fields.get("id").map_or(fields.span, |node| node.span);
        report.push(
            Diagnostic::error("bad-id", span, format!("`{id}` cannot be an id"))
                .help("use small letters a-z, digits and `-` or `_`, beginning with a letter"),
        );
    }
    Some(id)
}

/// Reports an id that stands there twice.
pub(crate) fn duplicate(what: &str, id: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "duplicate-id",
        span,
        format!("there are two {what} with the id `{id}`"),
    )
    .help("give one of them another id")
}

/// Reports a reference to something that does not exist.
pub(crate) fn unknown<'a>(
    code: &'static str,
    what: &str,
    wanted: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    span: Span,
) -> Diagnostic {
    let help = suggest(wanted, known.clone()).or_else(|| {
        let names: Vec<&str> = known.into_iter().collect();
        (!names.is_empty() && names.len() <= 12).then(|| format!("there are: {}", names.join(", ")))
    });
    Diagnostic::error(code, span, format!("there is no {what} `{wanted}`")).maybe_help(help)
}

/// Decodes `catalogue/departments.yaml`.
pub fn decode_departments(node: &Node, report: &mut Report) -> Vec<Department> {
    let Some(fields) = Fields::of(node, "the list of departments", report) else {
        return Vec::new();
    };
    fields.get("schalter");
    let mut departments: Vec<Department> = Vec::new();
    for item in fields.list("departments", report) {
        if let Some(department) = decode_department(item, report) {
            if departments.iter().any(|known| known.id == department.id) {
                report.push(duplicate("departments", &department.id, item.span));
            } else {
                departments.push(department);
            }
        }
    }
    fields.finish("the list of departments", report);
    departments
}

fn decode_department(node: &Node, report: &mut Report) -> Option<Department> {
    let fields = Fields::of(node, "a department", report)?;
    let id = decode_id(&fields, report);
    let name = fields.need_texts("name", report);
    let mut queues: Vec<Queue> = Vec::new();
    for item in fields.list("queues", report) {
        let Some(keys) = Fields::of(item, "a queue", report) else {
            continue;
        };
        let (id, name) = (decode_id(&keys, report), keys.need_texts("name", report));
        let email = keys.text("email", report);
        keys.finish("a queue", report);
        let (Some(id), Some(name)) = (id, name) else {
            continue;
        };
        if queues.iter().any(|known| known.id == id) {
            report.push(duplicate("queues of this department", &id, item.span));
        } else {
            queues.push(Queue { id, name, email });
        }
    }
    let (opening_hours, hours_note) = decode_opening_hours(&fields, report);
    let (address, accessible) = decode_address(&fields, report);
    let department = Department {
        id: id.unwrap_or_default(),
        name: name.unwrap_or_default(),
        responsibilities: decode_texts(&fields, "responsibilities", report),
        email: fields.text("email", report),
        phone: fields.text("phone", report),
        address,
        accessible,
        hours: decode_texts(&fields, "hours", report),
        opening_hours,
        note: fields.texts("note", report).or(hours_note),
        queues,
    };
    fields.bool("sample", report);
    fields.bool("verify", report);
    fields.finish("a department", report);
    (!department.id.is_empty()).then_some(department)
}

/// Days of the week as they stand in definitions.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Times by day and the remark below them.
fn decode_opening_hours(
    fields: &Fields<'_>,
    report: &mut Report,
) -> (Vec<(&'static str, String)>, Option<Text>) {
    let parts = fields
        .get("opening_hours")
        .and_then(|node| Fields::of(node, "the opening hours", report));
    let Some(parts) = parts else {
        return (Vec::new(), None);
    };
    let times = DAYS.map(|day| parts.text(day, report).map(|times| (day, times)));
    for (day, text) in times.iter().flatten() {
        if crate::hours::times(text).is_none() {
            let span = parts.get(day).map_or(parts.span, |node| node.span);
            report.push(
                Diagnostic::error("bad-hours", span, format!("`{text}` are no opening hours"))
                    .help("write times as \"08:00-12:00, 14:00-16:00\", and what else is to be said under `note`; leave out a day that is closed"),
            );
        }
    }
    let note = parts.texts("note", report);
    parts.finish("the opening hours", report);
    (times.into_iter().flatten().collect(), note)
}

/// Lines, or a map of `street`, `postcode`, `city` and `accessible`; with
/// whether it can be reached without steps.
fn decode_address(fields: &Fields<'_>, report: &mut Report) -> (Vec<String>, bool) {
    let Some(node) = fields.get("address") else {
        return (Vec::new(), false);
    };
    if node.as_map().is_none() {
        return (fields.text_list("address", report), false);
    }
    let Some(parts) = Fields::of(node, "an address", report) else {
        return (Vec::new(), false);
    };
    let street = parts.text("street", report);
    let postcode = parts.text("postcode", report);
    let city = parts.text("city", report);
    let accessible = parts.bool("accessible", report).unwrap_or(false);
    parts.finish("an address", report);
    let town = [postcode, city]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let town = (!town.is_empty()).then_some(town);
    (street.into_iter().chain(town).collect(), accessible)
}

/// A list of texts per language.
pub(crate) fn decode_texts(
    fields: &Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Vec<Text> {
    fields
        .list(key, report)
        .iter()
        .filter_map(|item| decode_text(item, key, report))
        .collect()
}

/// One text per language: a map, or a plain text for German only.
pub(crate) fn decode_text(node: &Node, what: &str, report: &mut Report) -> Option<Text> {
    if let Some(text) = node.as_text() {
        return Some(Text::same(text));
    }
    let fields = Fields::of(node, &format!("`{what}`"), report)?;
    let (de, en) = (fields.need_text("de", report), fields.text("en", report));
    fields.finish("a text", report);
    Some(Text { de: de?, en })
}

/// Decodes `catalogue/codelists/<id>.yaml`.
pub fn decode_codelist(node: &Node, report: &mut Report) -> Option<Codelist> {
    let fields = Fields::of(node, "a codelist", report)?;
    fields.get("schalter");
    let id = decode_id(&fields, report);
    fields.texts("title", report);
    fields.text("source", report);
    let mut options: Vec<(String, Text)> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in fields.list("options", report) {
        let Some(keys) = Fields::of(item, "an option", report) else {
            continue;
        };
        let id = keys.need_text("id", report);
        let (de, en) = (keys.need_text("de", report), keys.text("en", report));
        keys.finish("an option", report);
        let (Some(id), Some(de)) = (id, de) else {
            continue;
        };
        if seen.insert(id.clone()) {
            options.push((id, Text { de, en }));
        } else {
            report.push(duplicate("options", &id, item.span));
        }
    }
    if options.is_empty() {
        let span = fields.get("options").map_or(node.span, |node| node.span);
        report.push(
            Diagnostic::error("no-options", span, "this codelist has no options")
                .help("add `- { id: …, de: …, en: … }` for each"),
        );
    }
    fields.finish("a codelist", report);
    Some(Codelist { id: id?, options })
}

/// Column types by name in definitions.
pub(crate) const COLUMNS: [(&str, Type); 8] = [
    ("text", Type::Text),
    ("integer", Type::Number),
    ("number", Type::Number),
    ("money", Type::Number),
    ("year", Type::Number),
    ("date", Type::Date),
    ("boolean", Type::Boolean),
    ("time", Type::Time),
];

/// Decodes `catalogue/data/<id>.yaml`.
pub fn decode_data(node: &Node, report: &mut Report) -> Option<DataSet> {
    let fields = Fields::of(node, "a data set", report)?;
    fields.get("schalter");
    let id = decode_id(&fields, report);
    fields.texts("title", report);
    fields.bool("sample", report);
    fields.bool("verify", report);
    let key = fields.text("key", report);
    let columns = decode_columns(&fields, report);
    if let (Some(key), Some(node)) = (&key, fields.get("key"))
        && !columns.contains_key(key)
    {
        let known = columns.keys().map(String::as_str).collect::<Vec<_>>();
        report.push(unknown("unknown-column", "column", key, known, node.span));
    }
    let mut rows = Vec::new();
    let mut incomplete = std::collections::BTreeSet::new();
    let mut keys = Vec::new();
    for item in fields.list("rows", report) {
        let Some(row) = decode_row(item, &columns, &mut incomplete, report) else {
            continue;
        };
        if let Some(name) = &key {
            let value = row.get(name).cloned().unwrap_or(Value::Null);
            if keys.contains(&value) {
                let message = format!("two rows have the same `{name}`");
                report.push(Diagnostic::error("duplicate-id", item.span, message));
            }
            keys.push(value);
        }
        rows.push(Value::record(row));
    }
    fields.finish("a data set", report);
    let record = columns
        .into_iter()
        .map(|(name, ty)| {
            if incomplete.contains(&name) {
                (name, ty.optional())
            } else {
                (name, ty)
            }
        })
        .collect();
    let ty = Type::List(Box::new(Type::Record(Arc::new(record))));
    Some(DataSet {
        id: id?,
        key,
        ty,
        value: Value::list(rows),
    })
}

fn decode_columns(fields: &Fields<'_>, report: &mut Report) -> BTreeMap<String, Type> {
    let mut columns = BTreeMap::new();
    if fields.need("columns", report).is_none() {
        return columns;
    }
    for (name, node) in fields.map("columns", report) {
        let wanted = node.as_text().unwrap_or_default();
        match COLUMNS.iter().find(|(known, _)| *known == wanted) {
            Some((_, ty)) => drop(columns.insert(name.text.clone(), ty.clone())),
            None => {
                let known = COLUMNS.map(|(name, _)| name);
                report.push(unknown(
                    "unknown-type",
                    "column type",
                    wanted,
                    known,
                    node.span,
                ));
                columns.insert(name.text.clone(), Type::Any);
            }
        }
    }
    columns
}

fn decode_row(
    node: &Node,
    columns: &BTreeMap<String, Type>,
    incomplete: &mut std::collections::BTreeSet<String>,
    report: &mut Report,
) -> Option<BTreeMap<String, Value>> {
    let Some(entries) = node.as_map() else {
        let message = format!(
            "a row must be a map of columns, but here is {}",
            node.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", node.span, message));
        return None;
    };
    let mut row = BTreeMap::new();
    for (key, cell) in entries {
        match columns.get(&key.text) {
            Some(ty) => drop(row.insert(key.text.clone(), decode_cell(cell, ty, report))),
            None => {
                let known = columns.keys().map(String::as_str).collect::<Vec<_>>();
                report.push(unknown(
                    "unknown-column",
                    "column",
                    &key.text,
                    known,
                    key.span,
                ));
            }
        }
    }
    for name in columns.keys() {
        if row.get(name).is_none_or(|value| *value == Value::Null) {
            row.insert(name.clone(), Value::Null);
            incomplete.insert(name.clone());
        }
    }
    Some(row)
}

fn decode_cell(node: &Node, ty: &Type, report: &mut Report) -> Value {
    let text = node.as_text();
    let value = match ty {
        _ if node.kind == crate::source::NodeKind::Null => return Value::Null,
        Type::Number => node
            .as_number_text()
            .and_then(|n| Decimal::from_str(n).ok())
            .map(Value::Number),
        Type::Date => text.and_then(|t| t.parse::<Date>().ok()).map(Value::Date),
        Type::Time => text.and_then(|t| t.parse().ok()).map(Value::Time),
        Type::Boolean => node.as_bool().map(Value::Boolean),
        _ => text.map(Value::text),
    };
    value.unwrap_or_else(|| {
        let expected = match ty {
            Type::Number => "a number",
            Type::Date => "a date such as 2026-12-01",
            Type::Time => "a time such as 18:30",
            Type::Boolean => "true or false",
            _ => "a text",
        };
        let message = format!(
            "this cell must be {expected}, but here is {}",
            node.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", node.span, message));
        Value::Null
    })
}
