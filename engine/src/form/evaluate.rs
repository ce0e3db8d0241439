//! A form with answers: which pages and questions are there, what they are
//! called, what is computed. Everything that shows or checks answers asks here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::answers::normalise;
use super::model::{Bound, Choice, Field, FieldKind, ListRules, Page, Questions, Rule};
use super::order::Step;
use super::paths;
use super::values::{is_blank, leaf_value, value_to_answer};
use crate::feel::{Context, Expression, Value, World};
use crate::text::{Language, Text};

/// What an evaluation needs from outside.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Local date and time of the city.
    pub now: DateTime,
    /// The working calendar.
    pub world: &'a dyn World,
    /// Language of notations such as `1.234,50`, and of what is shown.
    pub language: Language,
}

/// Rounds until nothing changes; more cannot help, since circles are errors.
const ROUNDS: usize = 4;

/// Questions with answers at a moment.
pub struct Evaluation<'f> {
    questions: &'f Questions,
    env: Env<'f>,
    answers: Map<String, Json>,
    hidden_pages: BTreeSet<usize>,
    hidden: BTreeSet<String>,
    values: BTreeMap<String, Value>,
}

/// A question as it stands on a page, with what depends on the answers.
#[derive(Clone, Debug)]
pub struct FieldView<'f> {
    /// The field.
    pub field: &'f Field,
    /// Path with indices of list entries; the name of the control.
    pub path: String,
    /// Its words now.
    pub label: &'f Text,
    /// Whether an answer is needed now.
    pub required: bool,
    /// Options offered now.
    pub options: Vec<&'f Choice>,
    /// The stored answer, or the text as typed where it cannot be read.
    pub value: Option<Json>,
    /// Least value now, as [`super::limit_text`] shows it.
    pub min: Option<Limit>,
    /// Greatest value now.
    pub max: Option<Limit>,
    /// Visible fields of a group.
    pub fields: Vec<FieldView<'f>>,
    /// Entries of a list, each with its visible fields.
    pub entries: Vec<Vec<FieldView<'f>>>,
}

/// A limit that holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A number or count.
    Number(Decimal),
    /// A date.
    Date(Date),
}

/// Answers `attachment_present` from the answers, everything else from outside.
struct FormWorld<'a> {
    outside: &'a dyn World,
    answers: &'a Map<String, Json>,
}

impl World for FormWorld<'_> {
    fn is_working_day(&self, date: Date) -> bool {
        self.outside.is_working_day(date)
    }

    fn in_state(&self, state: &str) -> bool {
        self.outside.in_state(state)
    }

    fn attachment_present(&self, path: &str) -> bool {
        let given = paths::get(self.answers, path).and_then(Json::as_array);
        given.is_some_and(|ids| !ids.is_empty()) || self.outside.attachment_present(path)
    }
}

impl Questions {
    /// Evaluates all rules for these answers. Answers may be incomplete and
    /// wrong: what cannot be read counts as not answered.
    pub fn evaluate<'f>(&'f self, answers: &Map<String, Json>, env: Env<'f>) -> Evaluation<'f> {
        let mut evaluation = Evaluation {
            questions: self,
            env,
            answers: normalise(self, answers),
            hidden_pages: BTreeSet::new(),
            hidden: BTreeSet::new(),
            values: BTreeMap::new(),
        };
        for _ in 0..ROUNDS {
            let mut changed = false;
            for level in &self.order.levels {
                evaluation.values = evaluation.all_values();
                for step in level {
                    changed |= evaluation.decide(step);
                }
            }
            if !changed {
                break;
            }
        }
        evaluation.values = evaluation.all_values();
        evaluation
    }
}

impl<'f> Evaluation<'f> {
    /// The answers as they were given, cleaned, with computed values.
    pub fn answers(&self) -> &Map<String, Json> {
        &self.answers
    }

    /// The questions that were evaluated.
    pub fn questions(&self) -> &'f Questions {
        self.questions
    }

    /// Moment, calendar and language.
    pub fn env(&self) -> Env<'f> {
        self.env
    }

    /// The pages there are now, in order.
    pub fn pages(&self) -> Vec<&'f Page> {
        let pages = self.questions.pages.iter().enumerate();
        pages
            .filter(|(at, _)| !self.hidden_pages.contains(at))
            .map(|(_, page)| page)
            .collect()
    }

    /// Whether the page is there now.
    pub fn page_visible(&self, id: &str) -> bool {
        self.pages().iter().any(|page| page.id == id)
    }

    /// Whether the question of a path (with indices) is asked now.
    pub fn is_visible(&self, path: &str) -> bool {
        let top = path.split('.').next().unwrap_or(path);
        let page = self
            .questions
            .pages
            .iter()
            .position(|page| page.fields.iter().any(|field| field.id == top));
        page.is_some_and(|at| !self.hidden_pages.contains(&at))
            && !self.hidden.contains(path)
            && !path
                .match_indices('.')
                .any(|(at, _)| self.hidden.contains(&path[..at]))
    }

    /// The words of a field at a path now.
    pub fn label(&self, field: &'f Field, path: &str) -> &'f Text {
        let case = field
            .label
            .cases
            .iter()
            .find(|(rule, _)| self.is_true(rule, paths::parent(path)));
        case.map_or(&field.label.text, |(_, text)| text)
    }

    /// Whether an answer is needed at a path, provided it is visible.
    pub fn is_required(&self, field: &Field, path: &str) -> bool {
        match &field.required {
            _ if matches!(field.kind, FieldKind::Info) || field.computed.is_some() => false,
            Rule::Always => true,
            Rule::Never => false,
            Rule::When(rule) => self.is_true(rule, paths::parent(path)),
        }
    }

    /// The options offered at a path now.
    pub fn options(&self, field: &'f Field, path: &str) -> Vec<&'f Choice> {
        let place = paths::parent(path);
        let offered = |choice: &&Choice| {
            choice
                .visible
                .as_ref()
                .is_none_or(|rule| self.is_true(rule, place))
        };
        field.options().iter().filter(offered).collect()
    }

    /// A bound of the field at a path now; `None` where it is null.
    pub fn limit(&self, bound: Option<&Bound>, path: &str) -> Option<Limit> {
        match bound? {
            Bound::Number(number) => Some(Limit::Number(*number)),
            Bound::Date(date) => Some(Limit::Date(*date)),
            Bound::Rule(rule) => match self.value(rule, paths::parent(path)) {
                Value::Number(number) => Some(Limit::Number(number)),
                Value::Date(date) => Some(Limit::Date(date)),
                Value::DateTime(moment) => Some(Limit::Date(moment.date())),
                _ => None,
            },
        }
    }

    /// The value of an expression inside the group or list entry `place`
    /// (a path with indices; empty for the top level).
    pub fn value(&self, expression: &Expression, place: &str) -> Value {
        self.value_with(expression, place, &[])
    }

    /// Whether an expression is true inside `place`.
    pub fn is_true(&self, expression: &Expression, place: &str) -> bool {
        self.value(expression, place).is_true()
    }

    /// Like [`Evaluation::value`] with further names.
    pub fn value_with(
        &self,
        expression: &Expression,
        place: &str,
        further: &[(&str, Value)],
    ) -> Value {
        let mut values = self.values_at(place);
        if !further.is_empty() {
            let names = further
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            values.to_mut().extend(names);
        }
        let world = FormWorld {
            outside: self.env.world,
            answers: &self.answers,
        };
        expression.evaluate(&Context {
            values: &values,
            now: self.env.now,
            world: &world,
        })
    }

    /// The answer at a path as a value of the rules.
    pub fn value_at(&self, path: &str) -> Value {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let mut value = self.values.get(first).cloned().unwrap_or(Value::Null);
        for part in parts {
            value = step_into(&value, part);
        }
        value
    }

    /// The questions of a page as they stand now.
    pub fn view(&self, page: &'f Page) -> Vec<FieldView<'f>> {
        self.view_fields(&page.fields, "", Some(&self.answers))
    }

    /// The answers of visible questions, computed values included; what is
    /// hidden and groups nobody filled in are left out.
    pub fn visible_answers(&self) -> Map<String, Json> {
        let mut kept = Map::new();
        let mut known = BTreeSet::new();
        for (at, page) in self.questions.pages.iter().enumerate() {
            known.extend(page.fields.iter().map(|field| field.id.as_str()));
            if !self.hidden_pages.contains(&at) {
                self.keep(&page.fields, "", &self.answers, &mut kept);
            }
        }
        let unknown = self
            .answers
            .iter()
            .filter(|(name, _)| !known.contains(name.as_str()));
        kept.extend(unknown.map(|(name, value)| (name.clone(), value.clone())));
        kept
    }

    fn keep(
        &self,
        fields: &[Field],
        place: &str,
        given: &Map<String, Json>,
        kept: &mut Map<String, Json>,
    ) {
        for field in fields {
            let path = paths::join(place, &field.id);
            let Some(value) = given
                .get(&field.id)
                .filter(|_| !self.hidden.contains(&path))
            else {
                continue;
            };
            let value = match (&field.kind, value) {
                (FieldKind::Group(_), Json::Object(_)) if self.is_left_out(field, &path) => {
                    continue;
                }
                (FieldKind::Group(fields), Json::Object(object)) => {
                    let mut inner = unknown_of(fields, object);
                    self.keep(fields, &path, object, &mut inner);
                    if inner.is_empty() {
                        continue;
                    }
                    Json::Object(inner)
                }
                (FieldKind::List(rules), Json::Array(entries)) => {
                    Json::Array(self.keep_entries(rules, &path, entries))
                }
                _ => value.clone(),
            };
            kept.insert(field.id.clone(), value);
        }
    }

    fn keep_entries(&self, rules: &ListRules, path: &str, entries: &[Json]) -> Vec<Json> {
        let keep = |(at, entry): (usize, &Json)| match entry {
            Json::Object(object) => {
                let mut inner = unknown_of(&rules.fields, object);
                self.keep(&rules.fields, &format!("{path}.{at}"), object, &mut inner);
                Json::Object(inner)
            }
            other => other.clone(),
        };
        entries.iter().enumerate().map(keep).collect()
    }

    /// Whether a group that need not be filled in has no answer of its own.
    pub(super) fn is_left_out(&self, group: &Field, path: &str) -> bool {
        !self.is_required(group, path)
            && paths::get(&self.answers, path).is_none_or(|value| is_blank(group, value))
    }

    fn view_fields(
        &self,
        fields: &'f [Field],
        place: &str,
        given: Option<&Map<String, Json>>,
    ) -> Vec<FieldView<'f>> {
        let mut views = Vec::new();
        for field in fields {
            let path = paths::join(place, &field.id);
            if self.hidden.contains(&path) {
                continue;
            }
            let value = given.and_then(|map| map.get(&field.id)).cloned();
            let mut view = FieldView {
                field,
                label: self.label(field, &path),
                required: self.is_required(field, &path),
                options: self.options(field, &path),
                min: self.limit(field.min.as_ref(), &path),
                max: self.limit(field.max.as_ref(), &path),
                fields: Vec::new(),
                entries: Vec::new(),
                value: None,
                path,
            };
            match &field.kind {
                FieldKind::Group(fields) => {
                    view.fields = self.view_fields(
                        fields,
                        &view.path,
                        value.as_ref().and_then(Json::as_object),
                    );
                }
                FieldKind::List(rules) => {
                    let entries = value
                        .as_ref()
                        .and_then(Json::as_array)
                        .map_or(&[][..], Vec::as_slice);
                    view.entries = (entries.iter().enumerate())
                        .map(|(at, entry)| {
                            self.view_fields(
                                &rules.fields,
                                &format!("{}.{at}", view.path),
                                entry.as_object(),
                            )
                        })
                        .collect();
                }
                _ => view.value = value,
            }
            views.push(view);
        }
        views
    }

    /// Decides one step; whether anything changed by it.
    fn decide(&mut self, step: &Step) -> bool {
        match step {
            Step::Page(at) => {
                let rule = self.questions.pages[*at].visible.as_ref();
                let hide = rule.is_some_and(|rule| !self.is_true(rule, ""));
                put(&mut self.hidden_pages, *at, hide)
            }
            Step::Field(index) => {
                let questions = self.questions;
                let mut fields = &questions.pages[index[0]].fields[index[1]];
                let mut places = vec![fields.id.clone()];
                for at in &index[2..] {
                    places = self.places_inside(fields, places);
                    fields = &fields.fields()[*at];
                    places = places
                        .iter()
                        .map(|place| paths::join(place, &fields.id))
                        .collect();
                }
                let mut changed = false;
                for path in places {
                    changed |= self.decide_field(fields, path);
                }
                changed
            }
        }
    }

    /// Where the fields of a container stand: the group itself, or each entry of a list.
    fn places_inside(&self, container: &Field, paths_of_it: Vec<String>) -> Vec<String> {
        if !matches!(container.kind, FieldKind::List(_)) {
            return paths_of_it;
        }
        let mut places = Vec::new();
        for path in paths_of_it {
            let count = paths::get(&self.answers, &path)
                .and_then(Json::as_array)
                .map_or(0, Vec::len);
            places.extend((0..count).map(|at| format!("{path}.{at}")));
        }
        places
    }

    fn decide_field(&mut self, field: &Field, path: String) -> bool {
        let place = paths::parent(&path).to_owned();
        let mut changed = false;
        if let Some(rule) = &field.computed {
            let value = value_to_answer(&field.kind, &self.value(rule, &place));
            changed |= paths::get(&self.answers, &path) != value.as_ref();
            paths::set(&mut self.answers, &path, value);
        }
        if let Some(rule) = &field.visible {
            let hide = !self.is_true(rule, &place);
            changed |= put(&mut self.hidden, path, hide);
        }
        changed
    }

    /// Names and values at the top level.
    fn all_values(&self) -> BTreeMap<String, Value> {
        let mut values = self.questions.data.clone();
        for (at, page) in self.questions.pages.iter().enumerate() {
            let hidden = self.hidden_pages.contains(&at);
            for field in page
                .fields
                .iter()
                .filter(|field| !matches!(field.kind, FieldKind::Info))
            {
                let given = self.answers.get(&field.id).filter(|_| !hidden);
                let value = if hidden {
                    Value::Null
                } else {
                    self.value_of(field, given, &field.id)
                };
                values.insert(field.id.clone(), value);
            }
        }
        values
    }

    fn value_of(&self, field: &Field, given: Option<&Json>, path: &str) -> Value {
        if self.hidden.contains(path) {
            return Value::Null;
        }
        match &field.kind {
            FieldKind::Group(fields) => {
                let empty = given.is_none_or(|value| is_blank(field, value));
                if empty && !matches!(field.required, Rule::Always) {
                    return Value::Null;
                }
                self.record(fields, given.and_then(Json::as_object), path)
            }
            FieldKind::List(rules) => {
                let entries = given
                    .and_then(Json::as_array)
                    .map_or(&[][..], Vec::as_slice);
                let records = (entries.iter().enumerate()).map(|(at, entry)| {
                    self.record(&rules.fields, entry.as_object(), &format!("{path}.{at}"))
                });
                Value::list(records.collect())
            }
            kind => leaf_value(kind, given),
        }
    }

    fn record(&self, fields: &[Field], given: Option<&Map<String, Json>>, place: &str) -> Value {
        let named = fields
            .iter()
            .filter(|field| !matches!(field.kind, FieldKind::Info))
            .map(|field| {
                let given = given.and_then(|map| map.get(&field.id));
                (
                    field.id.clone(),
                    self.value_of(field, given, &paths::join(place, &field.id)),
                )
            });
        Value::record(named.collect())
    }

    /// The names inside a group or list entry, its own before those around it.
    fn values_at(&self, place: &str) -> Cow<'_, BTreeMap<String, Value>> {
        if place.is_empty() {
            return Cow::Borrowed(&self.values);
        }
        let mut all = self.values.clone();
        let mut parts = place.split('.');
        let first = parts.next().unwrap_or_default();
        let mut field = self.questions.top_fields().find(|field| field.id == first);
        let mut value = self.values.get(first).cloned().unwrap_or(Value::Null);
        if matches!(field.map(|f| &f.kind), Some(FieldKind::Group(_))) {
            overlay(&mut all, field, &value);
        }
        for part in parts {
            value = step_into(&value, part);
            if !super::model::is_index(part) {
                field =
                    field.and_then(|field| field.fields().iter().find(|child| child.id == part));
                if matches!(field.map(|f| &f.kind), Some(FieldKind::List(_))) {
                    continue;
                }
            }
            overlay(&mut all, field, &value);
        }
        Cow::Owned(all)
    }
}

/// Puts the names of a container before those around it; null where it is absent.
fn overlay(all: &mut BTreeMap<String, Value>, container: Option<&Field>, value: &Value) {
    for field in container.map_or(&[][..], Field::fields) {
        let inner = match value {
            Value::Record(fields) => fields.get(&field.id).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        };
        all.insert(field.id.clone(), inner);
    }
}

fn step_into(value: &Value, part: &str) -> Value {
    let found = match value {
        Value::Record(fields) => fields.get(part).cloned(),
        Value::List(items) => part
            .parse::<usize>()
            .ok()
            .and_then(|at| items.get(at).cloned()),
        _ => None,
    };
    found.unwrap_or(Value::Null)
}

/// Adds or removes a member; whether that changed the set.
fn put<T: Ord>(set: &mut BTreeSet<T>, member: T, there: bool) -> bool {
    if there {
        set.insert(member)
    } else {
        set.remove(&member)
    }
}

fn unknown_of(fields: &[Field], object: &Map<String, Json>) -> Map<String, Json> {
    let unknown = object
        .iter()
        .filter(|(name, _)| !fields.iter().any(|field| field.id == **name));
    unknown
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
