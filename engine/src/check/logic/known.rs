//! What is known of answers before any condition: hidden ones are null,
//! required ones are not, numbers keep within their limits.

use std::collections::{BTreeMap, BTreeSet};

use super::Verdict;
use crate::feel::solve::{Answer, Question};
use crate::feel::{Expression, Scope, Type, Value};
use crate::form::{Bound, Field, FieldKind, Questions, Rule};

/// Most paths whose own conditions are taken in.
const MAX_PATHS: usize = 60;

/// A condition with the path of the group or list whose names it sees first.
pub(super) type At<'f> = (&'f Expression, String);

/// A question of the form with the conditions around it.
struct Asked<'f> {
    field: &'f Field,
    /// What must be true for it to be asked.
    shown: Vec<At<'f>>,
    /// What must be true for it to be answered; nothing if it need not be.
    answered: Option<Vec<At<'f>>>,
}

/// What is known of the answers to some questions.
pub(super) struct Known<'f> {
    types: &'f Scope,
    asked: BTreeMap<&'f str, Asked<'f>>,
}

impl<'f> Known<'f> {
    pub(super) fn of(questions: &'f Questions) -> Known<'f> {
        let mut known = Known {
            types: &questions.types,
            asked: BTreeMap::new(),
        };
        for page in &questions.pages {
            let shown: Vec<At<'f>> = page
                .visible
                .iter()
                .map(|rule| (rule, String::new()))
                .collect();
            for field in &page.fields {
                known.add(field, "", &shown, Some(Vec::new()));
            }
        }
        known
    }

    fn add(
        &mut self,
        field: &'f Field,
        place: &str,
        around: &[At<'f>],
        answered: Option<Vec<At<'f>>>,
    ) {
        let mut shown = around.to_vec();
        shown.extend(field.visible.iter().map(|rule| (rule, place.to_owned())));
        let answered = match &field.required {
            Rule::Always => answered,
            Rule::When(rule) => answered.map(|mut all| {
                all.push((rule, place.to_owned()));
                all
            }),
            Rule::Never => None,
        };
        let is_list = matches!(field.kind, FieldKind::List(_));
        for child in field.fields() {
            // An entry is there with its required answers, whatever is outside.
            let inside = if is_list {
                Some(Vec::new())
            } else {
                answered.clone()
            };
            self.add(child, &field.path, &shown, inside);
        }
        let is_ours = field.computed.is_some() || matches!(field.kind, FieldKind::Info);
        let asked = Asked {
            field,
            shown,
            answered: answered.filter(|_| !is_ours),
        };
        self.asked.insert(&field.path, asked);
    }

    /// What must be true for the field of a path to be asked.
    pub(super) fn shown(&self, path: &str) -> &[At<'f>] {
        self.asked.get(path).map_or(&[], |asked| &asked.shown)
    }

    /// The path of a field as questions have it, with `[]` behind lists.
    pub(super) fn full_path(&self, path: &str) -> String {
        let mut full = String::new();
        for (at, part) in path.split('.').enumerate() {
            if at > 0 {
                full.push('.');
            }
            full.push_str(part);
            let plain = full.replace("[]", "");
            let is_list = (self.asked.get(plain.as_str()))
                .is_some_and(|asked| matches!(asked.field.kind, FieldKind::List(_)));
            if is_list && plain.len() < path.len() {
                full.push_str("[]");
            }
        }
        full
    }

    /// Whether complete answers can fulfil demands.
    pub(super) fn ask(&self, demand: impl FnOnce(&mut Question<'_>)) -> Answer {
        self.ask_over(self.types, demand)
    }

    /// The same with further names.
    pub(super) fn ask_with(
        &self,
        name: &str,
        ty: &Type,
        demand: impl FnOnce(&mut Question<'_>),
    ) -> Answer {
        let types = self.types.clone().with(name, ty.clone());
        self.ask_over(&types, demand)
    }

    fn ask_over(&self, types: &Scope, demand: impl FnOnce(&mut Question<'_>)) -> Answer {
        let mut question = Question::new(types);
        demand(&mut question);
        let mut done: BTreeSet<String> = BTreeSet::new();
        loop {
            let open: Vec<String> = question
                .paths()
                .into_iter()
                .filter(|path| !done.contains(path))
                .collect();
            if open.is_empty() || done.len() > MAX_PATHS {
                return question.answer();
            }
            for path in open {
                self.tell(&path, &mut question);
                done.insert(path);
            }
        }
    }

    /// Tells a question what is known of a path.
    fn tell(&self, path: &str, question: &mut Question<'_>) {
        let plain = path.replace("[]", "");
        let Some(asked) = self.asked.get(plain.as_str()) else {
            return;
        };
        let shown = borrowed(&asked.shown);
        if !shown.is_empty() {
            question.is_absent_unless(path, &shown);
        }
        if let Some(answered) = &asked.answered {
            let mut all = shown.clone();
            all.extend(borrowed(answered));
            question.is_present_if(path, &all);
        }
        self.tell_limits(asked.field, path, question);
    }

    fn tell_limits(&self, field: &Field, path: &str, question: &mut Question<'_>) {
        if !field.kind.is_numeric() && !matches!(field.kind, FieldKind::Date) {
            return;
        }
        let place = field.path.rsplit_once('.').map_or("", |(place, _)| place);
        for (bound, least) in [(&field.min, true), (&field.max, false)] {
            let value = match bound {
                Some(Bound::Number(number)) => Value::Number(*number),
                Some(Bound::Date(date)) => Value::Date(*date),
                Some(Bound::Rule(rule)) => {
                    question.is_within(path, rule, place, least);
                    continue;
                }
                None => continue,
            };
            if least {
                question.is_at_least(path, &value);
            } else {
                question.is_at_most(path, &value);
            }
        }
        if matches!(field.kind, FieldKind::Integer { .. } | FieldKind::Year) {
            question.is_whole(path);
        }
    }

    /// What a condition always is where `around` is true.
    pub(super) fn judge(&self, condition: &Expression, place: &str, around: &[At<'f>]) -> Verdict {
        let context = |question: &mut Question<'_>| {
            for (rule, place) in around {
                question.is_true(rule, place);
            }
        };
        let never = self.ask(|question| {
            context(question);
            question.is_true(condition, place);
        });
        if never.is_no() {
            // Where nobody comes, nothing is to be said of the condition.
            if !around.is_empty() && self.ask(context).is_no() {
                return Verdict::Open;
            }
            let false_too = self.ask(|question| {
                context(question);
                question.is_false(condition, place);
            });
            return if false_too.is_no() {
                Verdict::OnlyNull
            } else {
                Verdict::NeverTrue
            };
        }
        let not_true = self.ask(|question| {
            context(question);
            question.is_not_true(condition, place);
        });
        if not_true.is_no() {
            Verdict::AlwaysTrue
        } else {
            Verdict::Open
        }
    }
}

/// The same conditions for a question.
pub(super) fn borrowed<'a>(conditions: &'a [At<'_>]) -> Vec<(&'a Expression, &'a str)> {
    conditions
        .iter()
        .map(|(rule, place)| (*rule, place.as_str()))
        .collect()
}
