//! In which order pages are shown or hidden and fields hidden or computed: a
//! rule comes after everything it reads, and circles are errors.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Field, Page};
use crate::feel::Expression;
use crate::source::{Diagnostic, Report, Span};

/// What is decided in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Whether the page of this index is shown.
    Page(usize),
    /// Whether the field is shown and what it computes: index of the page,
    /// then of the field at every depth.
    Field(Vec<usize>),
}

/// Steps by level; the steps of one level do not depend on each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub(super) levels: Vec<Vec<Step>>,
}

/// The key of a page's rule; fields have their path, which holds no colon.
pub(super) fn page_key(id: &str) -> String {
    format!("page:{id}")
}

struct RuleNode<'f> {
    key: String,
    step: Step,
    rules: Vec<&'f Expression>,
}

pub(super) struct Graph<'f> {
    nodes: Vec<RuleNode<'f>>,
    by_key: BTreeMap<String, usize>,
    paths: BTreeSet<String>,
    page_of: BTreeMap<String, String>,
}

impl Order {
    /// The order for these pages; circles are reported at the rule in `spans`.
    pub(super) fn of(pages: &[Page], spans: &BTreeMap<String, Span>, report: &mut Report) -> Order {
        let graph = Graph::of(pages);
        let depends: Vec<BTreeSet<usize>> = (0..graph.nodes.len())
            .map(|at| graph.depends_on(at))
            .collect();
        let mut level: Vec<Option<usize>> = vec![None; graph.nodes.len()];
        loop {
            let ready: Vec<(usize, usize)> = (0..graph.nodes.len())
                .filter(|at| level[*at].is_none())
                .filter_map(|at| {
                    let below: Option<Vec<usize>> =
                        depends[at].iter().map(|other| level[*other]).collect();
                    Some((at, below?.into_iter().max().map_or(0, |max| max + 1)))
                })
                .collect();
            if ready.is_empty() {
                break;
            }
            for (at, number) in ready {
                level[at] = Some(number);
            }
        }
        graph.report_circles(&depends, &level, spans, report);
        let count = level.iter().flatten().max().map_or(0, |max| max + 1);
        let mut levels = vec![Vec::new(); count];
        for (node, level) in graph.nodes.into_iter().zip(level) {
            if let Some(level) = level {
                levels[level].push(node.step);
            }
        }
        Order { levels }
    }
}

impl<'f> Graph<'f> {
    pub(super) fn of(pages: &'f [Page]) -> Graph<'f> {
        let mut graph = Graph {
            nodes: Vec::new(),
            by_key: BTreeMap::new(),
            paths: BTreeSet::new(),
            page_of: BTreeMap::new(),
        };
        for (number, page) in pages.iter().enumerate() {
            graph.add(
                page_key(&page.id),
                Step::Page(number),
                page.visible.iter().collect(),
            );
            for (at, field) in page.fields.iter().enumerate() {
                graph.page_of.insert(field.id.clone(), page_key(&page.id));
                graph.add_field(field, vec![number, at]);
            }
        }
        graph
    }

    fn add_field(&mut self, field: &'f Field, index: Vec<usize>) {
        self.paths.insert(field.path.clone());
        for (at, child) in field.fields().iter().enumerate() {
            let mut index = index.clone();
            index.push(at);
            self.add_field(child, index);
        }
        let rules = field.visible.iter().chain(&field.computed).collect();
        self.add(field.path.clone(), Step::Field(index), rules);
    }

    fn add(&mut self, key: String, step: Step, rules: Vec<&'f Expression>) {
        if !rules.is_empty() {
            self.by_key.insert(key.clone(), self.nodes.len());
            self.nodes.push(RuleNode { key, step, rules });
        }
    }

    /// The paths a rule of the field or page `key` reads, and all that the
    /// rules of those read in turn, up to what people answer themselves.
    pub(super) fn origins(&self, rules: &[&Expression], key: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<usize> = Vec::new();
        let mut done = BTreeSet::new();
        let mut around = BTreeSet::new();
        self.rules_around(key, &mut around);
        open.extend(around);
        open.extend(self.by_key.get(key));
        let mut read =
            |rules: &mut dyn Iterator<Item = &&Expression>, key: &str, open: &mut Vec<usize>| {
                for name in rules.flat_map(|rule| rule.reads()) {
                    let Some(path) = self.resolve(name, key) else {
                        continue;
                    };
                    let mut next = BTreeSet::new();
                    self.rules_around(&path, &mut next);
                    open.extend(next);
                    open.extend(self.by_key.get(&path));
                    found.insert(path);
                }
            };
        read(&mut rules.iter(), key, &mut open);
        while let Some(at) = open.pop() {
            if done.insert(at) {
                let node = &self.nodes[at];
                read(&mut node.rules.iter(), &node.key, &mut open);
            }
        }
        found
    }

    /// The rules that must be known before the rule at `at`.
    fn depends_on(&self, at: usize) -> BTreeSet<usize> {
        let node = &self.nodes[at];
        let mut found = BTreeSet::new();
        for read in node.rules.iter().flat_map(|rule| rule.reads()) {
            let Some(path) = self.resolve(read, &node.key) else {
                continue;
            };
            self.rules_around(&path, &mut found);
            found.extend(self.by_key.get(&path));
            let below = format!("{path}.");
            // A rule that reads the list it stands in (such as to count its
            // entries) does not wait for the fields of the entries.
            if !node.key.starts_with(&below) {
                let inside = self
                    .by_key
                    .range(below.clone()..)
                    .take_while(|(key, _)| key.starts_with(&below));
                found.extend(inside.map(|(_, at)| *at));
            }
        }
        if matches!(node.step, Step::Field(_)) {
            self.rules_around(&node.key, &mut found);
        }
        found
    }

    /// The rules of the page and of the groups around a path.
    fn rules_around(&self, path: &str, found: &mut BTreeSet<usize>) {
        let top = path.split('.').next().unwrap_or(path);
        found.extend(self.page_of.get(top).and_then(|page| self.by_key.get(page)));
        for (at, _) in path.match_indices('.') {
            found.extend(self.by_key.get(&path[..at]));
        }
    }

    /// The path a name stands for in the rule of `key`: from the inside out.
    fn resolve(&self, read: &str, key: &str) -> Option<String> {
        let first = read.split('.').next().unwrap_or(read);
        let mut around = if key.contains(':') { "" } else { key };
        loop {
            around = around.rfind('.').map_or("", |at| &around[..at]);
            let prefix = if around.is_empty() {
                String::new()
            } else {
                format!("{around}.")
            };
            if self.paths.contains(&format!("{prefix}{first}")) {
                let mut path = format!("{prefix}{read}");
                while !self.paths.contains(&path) {
                    let at = path.rfind('.')?;
                    path.truncate(at);
                }
                return Some(path);
            }
            if around.is_empty() {
                return None;
            }
        }
    }

    fn report_circles(
        &self,
        depends: &[BTreeSet<usize>],
        level: &[Option<usize>],
        spans: &BTreeMap<String, Span>,
        report: &mut Report,
    ) {
        let mut told: BTreeSet<usize> = BTreeSet::new();
        for start in 0..self.nodes.len() {
            if level[start].is_some() || told.contains(&start) {
                continue;
            }
            let mut walk = vec![start];
            let circle = loop {
                let last = walk[walk.len() - 1];
                // Every rule without a level waits for another one without a level.
                let Some(next) = depends[last]
                    .iter()
                    .copied()
                    .find(|other| level[*other].is_none())
                else {
                    break None;
                };
                if let Some(at) = walk.iter().position(|seen| *seen == next) {
                    break Some(walk[at..].to_vec());
                }
                walk.push(next);
            };
            let known = circle
                .as_ref()
                .is_none_or(|circle| told.contains(&circle[0]));
            told.extend(walk);
            let Some(circle) = circle.filter(|_| !known) else {
                continue;
            };
            let names: Vec<&str> = circle
                .iter()
                .chain(&circle[..1])
                .map(|at| self.nodes[*at].key.as_str())
                .collect();
            let span = spans
                .get(&self.nodes[circle[0]].key)
                .copied()
                .unwrap_or_default();
            let message = format!("these rules wait for each other: {}", names.join(" → "));
            report.push(
                Diagnostic::error("cycle", span, message)
                    .help("what hides or computes an answer must not depend on that answer"),
            );
        }
    }
}
