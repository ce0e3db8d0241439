//! The subjects of a question: each once, and how they hang together.

use std::collections::BTreeMap;

use super::super::ast::Comparison;
use super::super::{Type, Value};
use super::Question;
use super::cells::{Kind, Subject};
use super::formula::{ANY, Atom, Formula, NULL, TRUE, Test};
use super::place::Place;

impl Question<'_> {
    pub(super) fn path_subject(&mut self, path: &str) -> Option<usize> {
        let place = Place::of(
            self.types,
            path.rsplit_once('.').map_or("", |(place, _)| place),
        );
        let name = path.rsplit('.').next()?;
        let (_, ty) = place.name(name);
        Some(self.subject_of(path.to_owned(), ty, Kind::Path))
    }

    pub(super) fn is_null(&mut self, path: &str) -> Formula {
        match self.path_subject(path) {
            Some(subject) => {
                let test = Test::Compare(Comparison::Equal, Value::Null);
                self.atom(vec![subject], test)
            }
            None => Formula::Known(ANY),
        }
    }

    pub(super) fn bounded(&mut self, path: &str, comparison: Comparison, bound: &Value) {
        if let Some(subject) = self.path_subject(path) {
            let formula = self.atom(vec![subject], Test::Compare(comparison, bound.clone()));
            self.demands.push((formula, TRUE | NULL));
        }
    }

    pub(super) fn subject_of(&mut self, path: String, ty: Type, kind: Kind) -> usize {
        let paths = vec![path.clone()];
        self.intern(Subject {
            nullable: matches!(ty, Type::Optional(_) | Type::Any | Type::Null),
            paths,
            ..Subject::new(path, ty, kind)
        })
    }

    pub(super) fn intern(&mut self, subject: Subject) -> usize {
        if let Some(known) = self.by_key.get(&subject.key) {
            return *known;
        }
        let index = self.subjects.len();
        self.by_key.insert(subject.key.clone(), index);
        self.subjects.push(subject);
        index
    }

    pub(super) fn atom(&mut self, subjects: Vec<usize>, test: Test) -> Formula {
        for subject in &subjects {
            self.subjects[*subject].learn(&test);
        }
        self.atoms.push(Atom { subjects, test });
        Formula::Atom(self.atoms.len() - 1)
    }

    /// What is known of subjects that have a path in common: parts of a group
    /// that is null are null, and so is a date seen from today.
    pub(super) fn link(&mut self) {
        let mut links = Vec::new();
        for a in 0..self.subjects.len() {
            for b in 0..self.subjects.len() {
                let (above, below) = (&self.subjects[a], &self.subjects[b]);
                let both_paths = matches!(above.kind, Kind::Path | Kind::FromToday)
                    && matches!(below.kind, Kind::Path | Kind::FromToday);
                if a != b && both_paths && is_inside(&below.paths[0], &above.paths[0]) {
                    links.push((a, b));
                }
            }
        }
        for (above, below) in links {
            if !self.subjects[above].nullable {
                continue;
            }
            let null = || Test::Compare(Comparison::Equal, Value::Null);
            let above = self.atom(vec![above], null());
            let below = self.atom(vec![below], null());
            let parts = vec![Formula::not(above), below];
            self.demands.push((Formula::Or(parts), TRUE));
        }
        self.mark_entangled();
    }

    /// Subjects that hang together in ways the cells do not show are not exact.
    fn mark_entangled(&mut self) {
        let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, subject) in self.subjects.iter().enumerate() {
            for path in &subject.paths {
                owners.entry(path.clone()).or_default().push(at);
            }
        }
        for together in owners.into_values().filter(|owners| owners.len() > 1) {
            let members = together
                .iter()
                .all(|at| self.subjects[*at].key.starts_with("list contains("));
            let used: Vec<usize> = together
                .into_iter()
                .filter(|at| self.subjects[*at].is_used)
                .collect();
            if !members && used.len() > 1 {
                for at in used {
                    self.subjects[at].exact = false;
                }
            }
        }
    }
}

fn is_inside(path: &str, around: &str) -> bool {
    path == around
        || path
            .strip_prefix(around)
            .is_some_and(|rest| rest.starts_with('.'))
}
