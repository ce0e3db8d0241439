//! Answers on their way in: JSON from the API and controls of HTML pages become
//! the stored form. What cannot be read stays as typed, so that the page shows
//! it again and the check names it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value as Json};

use super::evaluate::Env;
use super::model::{Bound, Field, FieldKind, ListRules, Page, Questions};
use super::{paths, typed};
use crate::text::Language;

/// Most entries of a list without a limit of its own; more is no honest form.
const MAX_ENTRIES: usize = 200;

/// Most entries a list may have.
pub(super) fn most_entries(list: &Field) -> usize {
    match &list.max {
        Some(Bound::Number(number)) => usize::try_from(*number).unwrap_or(MAX_ENTRIES),
        _ => MAX_ENTRIES,
    }
}

/// The answers in stored form: texts trimmed and in Unicode normal form C,
/// dates ISO, numbers and money as decimal text, years and integers as JSON
/// integers, empty answers left out. Unknown names stay for the check to find.
pub(super) fn normalise(questions: &Questions, answers: &Map<String, Json>) -> Map<String, Json> {
    let fields: BTreeMap<&str, &Field> = questions
        .top_fields()
        .map(|field| (field.id.as_str(), field))
        .collect();
    normalise_object(&fields, answers)
}

fn by_id(fields: &[Field]) -> BTreeMap<&str, &Field> {
    fields
        .iter()
        .map(|field| (field.id.as_str(), field))
        .collect()
}

fn normalise_object(
    fields: &BTreeMap<&str, &Field>,
    object: &Map<String, Json>,
) -> Map<String, Json> {
    let mut kept = Map::new();
    for (name, value) in object {
        let value = match fields.get(name.as_str()) {
            Some(field) => normalise_value(field, value),
            None => Some(value.clone()),
        };
        kept.extend(value.map(|value| (name.clone(), value)));
    }
    kept
}

fn normalise_value(field: &Field, value: &Json) -> Option<Json> {
    let kept = match (&field.kind, value) {
        (_, Json::Null) | (FieldKind::Info, _) => return None,
        (FieldKind::Group(fields), Json::Object(object)) => {
            let inner = normalise_object(&by_id(fields), object);
            return (!inner.is_empty()).then_some(Json::Object(inner));
        }
        (FieldKind::List(ListRules { fields, .. }), Json::Array(entries)) => {
            let fields = by_id(fields);
            // One more than allowed is enough to be told of, and bounds the work.
            let entries = entries
                .iter()
                .take(most_entries(field) + 1)
                .map(|entry| match entry {
                    Json::Object(object) => Json::Object(normalise_object(&fields, object)),
                    other => other.clone(),
                });
            entries.collect()
        }
        (FieldKind::Choices(_) | FieldKind::Attachment(_), Json::String(text)) => {
            normalise_items(&[Json::from(text.as_str())])
        }
        (FieldKind::Choices(_) | FieldKind::Attachment(_), Json::Array(items)) => {
            normalise_items(items)
        }
        (kind, Json::String(text)) => return normalise_text(kind, text),
        (kind, Json::Number(number)) => normalise_number(kind, number),
        (FieldKind::Consent, Json::Bool(false)) => return None,
        (_, other) => other.clone(),
    };
    match &kept {
        Json::Array(items) if items.is_empty() => None,
        _ => Some(kept),
    }
}

fn normalise_items(items: &[Json]) -> Json {
    let clean = |item: &Json| match item {
        Json::String(text) => Json::from(typed::clean_line(text)),
        other => other.clone(),
    };
    items
        .iter()
        .map(clean)
        .filter(|item| item.as_str() != Some(""))
        .collect()
}

/// A text as it is stored; `None` when it is empty.
fn normalise_text(kind: &FieldKind, text: &str) -> Option<Json> {
    let line = typed::clean_line(text);
    let stored = match kind {
        FieldKind::Text(rules) if rules.multiline => typed::clean(text),
        FieldKind::Phone(_) => Some(typed::phone(&line))
            .filter(|phone| typed::is_phone(phone))
            .unwrap_or(line),
        FieldKind::Iban => typed::iban(&line),
        FieldKind::Url(_) => typed::url(&line),
        FieldKind::Postcode(_) => {
            let digits: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            digits
                .strip_prefix("D-")
                .map(str::to_owned)
                .unwrap_or(digits)
        }
        FieldKind::Date => typed::date(&line).map_or(line, |date| date.to_string()),
        FieldKind::Boolean | FieldKind::Consent => match line.as_str() {
            "yes" | "true" | "on" | "ja" => return Some(Json::Bool(true)),
            "no" | "false" | "nein" if matches!(kind, FieldKind::Boolean) => {
                return Some(Json::Bool(false));
            }
            "no" | "false" | "off" | "nein" => return None,
            _ => line,
        },
        kind if kind.is_numeric() => match decimal_text(&line) {
            Some(number) => return Some(stored_number(kind, number)),
            None => line,
        },
        _ => line,
    };
    (!stored.is_empty()).then(|| Json::from(stored))
}

/// A decimal in the one notation of stored answers.
fn decimal_text(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (numeric(whole) && numeric(fraction))
        .then(|| Decimal::from_str_exact(text).ok())
        .flatten()
}

fn normalise_number(kind: &FieldKind, number: &serde_json::Number) -> Json {
    if !kind.is_numeric() {
        return Json::Number(number.clone());
    }
    let text = number.to_string();
    let decimal = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    decimal.map_or_else(
        |_| Json::Number(number.clone()),
        |decimal| stored_number(kind, decimal),
    )
}

/// Numbers and money as decimal text, years and integers as JSON integers.
fn stored_number(kind: &FieldKind, number: Decimal) -> Json {
    match kind {
        FieldKind::Money if number.normalize().scale() <= 2 => Json::from(money_text(number)),
        FieldKind::Year | FieldKind::Integer { .. } if number.is_integer() => {
            i64::try_from(number).map_or_else(|_| Json::from(number.to_string()), Json::from)
        }
        _ => Json::from(number.normalize().to_string()),
    }
}

/// An amount with two places, rounded half up.
pub(crate) fn money_text(number: Decimal) -> String {
    format!(
        "{:.2}",
        number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    )
}

impl Questions {
    /// The answers an empty page starts with.
    pub fn initial_answers(&self) -> Map<String, Json> {
        let mut answers = Map::new();
        for page in &self.pages {
            defaults(&page.fields, &mut answers);
        }
        answers
    }

    /// Reads the controls of a page into `answers`.
    ///
    /// Names of controls are paths (`participants.0.given_name`); `choices`
    /// repeat the name; dates are `path.day`, `path.month`, `path.year` or the
    /// whole date under `path`. Boxes without a pair count as not ticked where
    /// the question was visible. Attachments and computed fields are left alone.
    pub fn parse_fields(
        &self,
        page: &Page,
        pairs: &[(String, String)],
        answers: &mut Map<String, Json>,
        env: Env<'_>,
    ) {
        let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in pairs {
            given.entry(name).or_default().push(value);
        }
        let shown = shown_paths(&self.evaluate(answers, env), page);
        let parser = Parser {
            given,
            shown,
            language: env.language,
        };
        parser.fields(&page.fields, "", answers);
    }

    /// Adds an empty entry to the list at `path`, with the defaults of its fields.
    pub fn add_entry(&self, answers: &mut Map<String, Json>, path: &str) {
        let Some(FieldKind::List(rules)) = self.field(path).map(|field| &field.kind) else {
            return;
        };
        let mut entry = Map::new();
        defaults(&rules.fields, &mut entry);
        let mut entries = paths::get(answers, path)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default();
        if entries.len() < MAX_ENTRIES {
            entries.push(Json::Object(entry));
            paths::set(answers, path, Some(Json::Array(entries)));
        }
    }

    /// Removes the entry `index` of the list at `path`.
    pub fn remove_entry(&self, answers: &mut Map<String, Json>, path: &str, index: usize) {
        let Some(mut entries) = paths::get(answers, path).and_then(Json::as_array).cloned() else {
            return;
        };
        if index < entries.len() {
            entries.remove(index);
            paths::set(
                answers,
                path,
                (!entries.is_empty()).then_some(Json::Array(entries)),
            );
        }
    }

    /// Puts the ids of uploads under their attachment fields, in the order given;
    /// fields without a file lose their answer.
    pub fn place_attachments(
        &self,
        answers: &mut Map<String, Json>,
        attachments: &[crate::case::Attachment],
    ) {
        let mut ids: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for field in self
            .all_fields()
            .into_iter()
            .filter(|field| field.attachment().is_some())
        {
            if !field.path.contains('.') {
                ids.insert(&field.path, Vec::new());
            }
        }
        for attachment in attachments {
            ids.entry(&attachment.field)
                .or_default()
                .push(Json::from(attachment.id.to_string()));
        }
        for (path, ids) in ids {
            if self
                .field(path)
                .is_some_and(|field| field.attachment().is_some())
            {
                paths::set(answers, path, (!ids.is_empty()).then_some(Json::Array(ids)));
            }
        }
    }
}

fn defaults(fields: &[Field], answers: &mut Map<String, Json>) {
    for field in fields {
        match (&field.kind, &field.default) {
            (FieldKind::Group(fields), _) => {
                let mut inner = Map::new();
                defaults(fields, &mut inner);
                if !inner.is_empty() {
                    answers.insert(field.id.clone(), Json::Object(inner));
                }
            }
            (_, Some(default)) => drop(answers.insert(field.id.clone(), default.clone())),
            _ => {}
        }
    }
}

fn shown_paths(evaluation: &super::Evaluation<'_>, page: &Page) -> BTreeSet<String> {
    fn collect(views: &[super::FieldView<'_>], paths: &mut BTreeSet<String>) {
        for view in views {
            paths.insert(view.path.clone());
            collect(&view.fields, paths);
            view.entries.iter().for_each(|entry| collect(entry, paths));
        }
    }
    let mut paths = BTreeSet::new();
    if let Some(page) = evaluation.questions().page(&page.id) {
        collect(&evaluation.view(page), &mut paths);
    }
    paths
}

/// Reads controls by name.
struct Parser<'p> {
    given: BTreeMap<&'p str, Vec<&'p str>>,
    shown: BTreeSet<String>,
    language: Language,
}

impl Parser<'_> {
    fn fields(&self, fields: &[Field], place: &str, answers: &mut Map<String, Json>) {
        for field in fields {
            let path = paths::join(place, &field.id);
            match &field.kind {
                _ if field.computed.is_some() => {}
                FieldKind::Info | FieldKind::Attachment(_) => {}
                FieldKind::Group(fields) => {
                    let mut inner = answers
                        .get(&field.id)
                        .and_then(Json::as_object)
                        .cloned()
                        .unwrap_or_default();
                    self.fields(fields, &path, &mut inner);
                    put(
                        answers,
                        &field.id,
                        (!inner.is_empty()).then_some(Json::Object(inner)),
                    );
                }
                FieldKind::List(rules) => {
                    let mut entries = answers
                        .get(&field.id)
                        .and_then(Json::as_array)
                        .cloned()
                        .unwrap_or_default();
                    let count = self.entries_of(&path).max(entries.len()).min(MAX_ENTRIES);
                    entries.resize_with(count, || Json::Object(Map::new()));
                    for (at, entry) in entries.iter_mut().enumerate() {
                        if let Json::Object(entry) = entry {
                            self.fields(&rules.fields, &format!("{path}.{at}"), entry);
                        }
                    }
                    put(
                        answers,
                        &field.id,
                        (!entries.is_empty()).then_some(Json::Array(entries)),
                    );
                }
                _ => {
                    if let Some(value) = self.control(field, &path) {
                        put(answers, &field.id, value);
                    }
                }
            }
        }
    }

    /// One more than the greatest index that controls of the list have.
    fn entries_of(&self, path: &str) -> usize {
        let prefix = format!("{path}.");
        let names = self.given.range(prefix.as_str()..).map(|(name, _)| *name);
        let indices = names
            .take_while(|name| name.starts_with(&prefix))
            .filter_map(|name| {
                name[prefix.len()..]
                    .split('.')
                    .next()?
                    .parse::<usize>()
                    .ok()
            });
        indices.max().map_or(0, |max| max.saturating_add(1))
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.given
            .get(name)
            .and_then(|values| values.last().copied())
    }

    /// The new answer of a control: `None` to leave the old one, `Some(None)` for empty.
    fn control(&self, field: &Field, path: &str) -> Option<Option<Json>> {
        match &field.kind {
            FieldKind::Date => self.date(path),
            FieldKind::Choices(_) => match self.given.get(path) {
                Some(ids) => {
                    let mut chosen: Vec<Json> = Vec::new();
                    for id in ids.iter().filter(|id| !id.is_empty()) {
                        let id = Json::from(*id);
                        if !chosen.contains(&id) {
                            chosen.push(id);
                        }
                    }
                    Some((!chosen.is_empty()).then_some(Json::Array(chosen)))
                }
                None => self.shown.contains(path).then_some(None),
            },
            FieldKind::Consent => match self.first(path) {
                Some(text) => {
                    Some(normalise_text(&field.kind, text).filter(|value| value.is_boolean()))
                }
                None => self.shown.contains(path).then_some(None),
            },
            kind if kind.is_numeric() => {
                let text = self.first(path)?;
                let number = typed::number(text, self.language, matches!(kind, FieldKind::Money));
                Some(match number {
                    Some(number) => Some(stored_number(kind, number)),
                    None => Some(typed::clean_line(text))
                        .filter(|text| !text.is_empty())
                        .map(Json::from),
                })
            }
            kind => self.first(path).map(|text| normalise_text(kind, text)),
        }
    }

    fn date(&self, path: &str) -> Option<Option<Json>> {
        let part = |name: &str| self.first(&format!("{path}.{name}")).map(typed::clean_line);
        let (day, month, year) = (part("day"), part("month"), part("year"));
        if day.is_none() && month.is_none() && year.is_none() {
            return self
                .first(path)
                .map(|text| normalise_text(&FieldKind::Date, text));
        }
        let [day, month, year] = [day, month, year].map(Option::unwrap_or_default);
        if day.is_empty() && month.is_empty() && year.is_empty() {
            return Some(None);
        }
        let date = typed::date_of_parts(&day, &month, &year);
        // Slashes keep the three parts apart until they can be read.
        let as_typed = || format!("{day}/{month}/{year}");
        Some(Some(Json::from(
            date.map_or_else(as_typed, |date| date.to_string()),
        )))
    }
}

fn put(answers: &mut Map<String, Json>, id: &str, value: Option<Json>) {
    match value {
        Some(value) => drop(answers.insert(id.to_owned(), value)),
        None => drop(answers.shift_remove(id)),
    }
}

/// What a text control shows for a stored answer: numbers in the notation of
/// the language, anything unreadable as it was typed.
pub fn display_value(field: &Field, value: Option<&Json>, language: Language) -> String {
    let text = match value {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Bool(true)) => return "yes".to_owned(),
        Some(Json::Bool(false)) => return "no".to_owned(),
        _ => return String::new(),
    };
    let decimal = field.kind.is_numeric() && decimal_text(&text).is_some();
    if decimal && language == Language::De {
        text.replace('.', ",")
    } else {
        text
    }
}

/// What the three controls of a date show: day, month, year.
pub fn display_date(value: Option<&Json>) -> [String; 3] {
    let Some(text) = value.and_then(Json::as_str) else {
        return Default::default();
    };
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return [
            date.day().to_string(),
            date.month().to_string(),
            format!("{:04}", date.year()),
        ];
    }
    typed::date_parts(text).unwrap_or_else(|| [text.to_owned(), String::new(), String::new()])
}
