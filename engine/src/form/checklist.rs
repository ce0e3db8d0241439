//! The personal checklist of a service: two or three of its questions, and
//! what follows from the answers for papers and cost.
//!
//! What the answers leave open is tried out: the questions that still matter
//! are answered in every way there is, as far as that is few. What is the
//! same each time is certain, everything else depends on further answers.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::charge::fee;
use super::evaluate::{Env, Evaluation};
use super::model::{Choice, FeeAmount, FeeRule, Field, FieldKind, Form, Questions, Rule};
use super::order::Graph;
use super::paths;
use crate::case::Fee;
use crate::feel::Expression;
use crate::source::{Diagnostic, Report, Span, suggest};
use crate::text::Text;

/// Most questions chosen where the form names none.
const MOST: usize = 3;
/// Most questions a form may name.
const MOST_NAMED: usize = 5;
/// Most ways of answering that are tried out.
const TRIES: usize = 32;

/// What a citizen has to expect.
#[derive(Clone, Debug)]
pub struct Checklist<'f> {
    /// The questions asked now; more may follow from the answers.
    pub questions: Vec<Question<'f>>,
    /// Papers that are needed, or may be.
    pub papers: Vec<Paper<'f>>,
    /// The fee, where it is the same whatever is answered to what was tried.
    pub fee: Option<Fee>,
    /// Least and greatest fee, where it is one of several.
    pub between: Option<(Decimal, Decimal)>,
    /// Whether answers that cannot be tried out may change the fee.
    pub fee_open: bool,
    /// Whether all questions are answered.
    pub complete: bool,
}

/// A question of the checklist.
#[derive(Clone, Debug)]
pub struct Question<'f> {
    /// The field.
    pub field: &'f Field,
    /// Its words.
    pub label: &'f Text,
    /// Options, none for yes or no.
    pub options: Vec<&'f Choice>,
    /// The answer.
    pub answer: Option<Json>,
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper<'f> {
    /// Its name.
    pub label: &'f Text,
    /// Whether it is needed.
    pub need: Need,
    /// Whether it may be handed in after sending.
    pub later: bool,
}

/// Whether a paper is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Certainly.
    Needed,
    /// It depends on further answers.
    Depends,
    /// It may be handed in.
    Optional,
}

/// The paths a form names, without those that cannot be asked beforehand.
pub(super) fn named(
    paths: Vec<String>,
    questions: &Questions,
    span: Span,
    report: &mut Report,
) -> Vec<String> {
    let able = askable(questions);
    let known: Vec<&str> = able.iter().map(|field| field.path.as_str()).collect();
    for path in &paths {
        if !known.contains(&path.as_str()) {
            let message = format!("`{path}` cannot be a question of the checklist");
            let help = suggest(path, known.iter().copied()).unwrap_or_else(|| {
                "name choices or yes or no questions of this form, by their path, that are not in a list and not computed".to_owned()
            });
            report.push(Diagnostic::error("bad-checklist", span, message).help(help));
        }
    }
    if paths.len() > MOST_NAMED {
        let message = format!(
            "the checklist has {} questions; few people answer more than three",
            paths.len()
        );
        report.push(
            Diagnostic::error("bad-checklist", span, message)
                .help(format!("name at most {MOST_NAMED}")),
        );
    }
    paths
}

/// The first questions that decide on papers or fee.
pub(super) fn deciding(questions: &Questions, fee: &[FeeRule]) -> Vec<String> {
    let graph = Graph::of(&questions.pages);
    let mut decides: BTreeSet<String> = BTreeSet::new();
    for paper in papers(questions) {
        decides.extend(origins_of(&graph, paper));
    }
    for line in fee {
        decides.extend(graph.origins(&rules_of(line), ""));
    }
    askable(questions)
        .into_iter()
        .filter(|field| decides.contains(&field.path))
        .map(|field| field.path.clone())
        .take(MOST)
        .collect()
}

/// What follows from the answers to the questions of the checklist.
pub fn checklist<'f>(form: &'f Form, answers: &Map<String, Json>, env: Env<'f>) -> Checklist<'f> {
    let questions = &form.questions;
    let given = only(questions, &form.checklist, answers);
    let evaluation = questions.evaluate(&given, env);
    let asked: Vec<Question<'f>> = form
        .checklist
        .iter()
        .filter(|path| evaluation.is_visible(path))
        .filter_map(|path| question(questions, &evaluation, path))
        .collect();
    let complete = asked.iter().all(|question| question.answer.is_some());
    let graph = Graph::of(&questions.pages);
    let open = Open::of(form, &graph, &evaluation);
    let ways = open.ways(evaluation.answers());
    let mut seen: BTreeMap<&str, BTreeSet<Option<bool>>> = BTreeMap::new();
    let mut fees: Vec<Fee> = Vec::new();
    for way in &ways {
        let evaluation = questions.evaluate(way, env);
        for paper in papers(questions) {
            let state = is_there(questions, &evaluation, paper)
                .then(|| evaluation.is_required(paper, &paper.path));
            seen.entry(&paper.path).or_default().insert(state);
        }
        fees.push(fee(form, &evaluation));
    }
    let mut list: Vec<Paper<'f>> = Vec::new();
    for paper in papers(questions) {
        let states = seen.get(paper.path.as_str());
        let Some(need) = states.and_then(|states| need(states, open.unsure.contains(&paper.path)))
        else {
            continue;
        };
        let paper = Paper {
            label: evaluation.label(paper, &paper.path),
            need,
            later: paper.attachment().is_some_and(|rules| rules.later),
        };
        if !list.contains(&paper) {
            list.push(paper);
        }
    }
    list.sort_by_key(|paper| paper.need);
    let same = fees.windows(2).all(|two| two[0].total == two[1].total);
    let totals = || {
        fees.iter()
            .filter_map(|fee| fee.total.parse::<Decimal>().ok())
    };
    let between = totals().min().zip(totals().max()).filter(|_| !same);
    Checklist {
        questions: asked,
        papers: list,
        fee: fees.into_iter().next().filter(|_| same),
        between,
        fee_open: open.fee_unsure,
        complete,
    }
}

/// What the tries say of a paper: there and required, there, or not there.
fn need(states: &BTreeSet<Option<bool>>, unsure: bool) -> Option<Need> {
    let mut states = states.iter();
    match (states.next(), states.next(), unsure) {
        (Some(Some(true)), None, false) => Some(Need::Needed),
        (Some(Some(false)), None, false) => Some(Need::Optional),
        // Where the questions themselves are hidden, nothing further opens it.
        (Some(None), None, false) | (None, ..) => None,
        _ => Some(Need::Depends),
    }
}

/// The questions answers leave open that matter for papers or fee.
struct Open<'f> {
    fields: Vec<&'f Field>,
    /// Papers that hang on answers that cannot be tried out.
    unsure: BTreeSet<String>,
    fee_unsure: bool,
}

impl<'f> Open<'f> {
    fn of(form: &'f Form, graph: &Graph<'_>, evaluation: &Evaluation<'f>) -> Open<'f> {
        let able = askable(&form.questions);
        let finite: BTreeMap<&str, &'f Field> = able
            .iter()
            .map(|field| (field.path.as_str(), *field))
            .collect();
        let mut wanted: Vec<BTreeSet<String>> = Vec::new();
        let mut of_papers = Vec::new();
        let answered = |path: &String| paths::get(evaluation.answers(), path).is_some();
        // What the answers hide for certain opens nothing any more.
        let hidden = |path: &String| {
            !evaluation.is_visible(path) && graph.origins(&[], path).iter().all(answered)
        };
        let is_open = |path: &String| !answered(path) && !hidden(path);
        for paper in papers(&form.questions) {
            let open: BTreeSet<String> = origins_of(graph, paper)
                .into_iter()
                .filter(is_open)
                .collect();
            wanted.push(open.clone());
            of_papers.push((paper.path.clone(), open));
        }
        let mut of_fee = BTreeSet::new();
        for line in &form.fee {
            let origins = graph.origins(&rules_of(line), "");
            of_fee.extend(origins.into_iter().filter(is_open));
        }
        let mut fields: Vec<&'f Field> = Vec::new();
        let mut tries = 1;
        for field in able {
            let matters = of_fee.contains(&field.path)
                || wanted.iter().any(|open| open.contains(&field.path));
            let count = answers_to(field).len().max(1);
            if matters && tries * count <= TRIES {
                tries *= count;
                fields.push(field);
            }
        }
        let untried = |open: &BTreeSet<String>| {
            open.iter().any(|path| {
                let computed = form
                    .questions
                    .field(path)
                    .is_some_and(|f| f.computed.is_some());
                !computed
                    && !finite.get(path.as_str()).is_some_and(|field| {
                        fields.iter().any(|tried| std::ptr::eq(*tried, *field))
                    })
            })
        };
        Open {
            unsure: of_papers
                .into_iter()
                .filter(|(_, open)| untried(open))
                .map(|(path, _)| path)
                .collect(),
            fee_unsure: untried(&of_fee),
            fields,
        }
    }

    /// The answers with the open questions answered in every way.
    fn ways(&self, given: &Map<String, Json>) -> Vec<Map<String, Json>> {
        let mut ways = vec![given.clone()];
        for field in &self.fields {
            ways = ways
                .into_iter()
                .flat_map(|way| {
                    answers_to(field).into_iter().map(move |answer| {
                        let mut way = way.clone();
                        paths::set(&mut way, &field.path, Some(answer));
                        way
                    })
                })
                .collect();
        }
        ways
    }
}

/// The answers a question has.
fn answers_to(field: &Field) -> Vec<Json> {
    match &field.kind {
        FieldKind::Boolean => vec![Json::Bool(true), Json::Bool(false)],
        _ => field
            .options()
            .iter()
            .map(|option| Json::from(option.id.as_str()))
            .collect(),
    }
}

fn question<'f>(
    questions: &'f Questions,
    evaluation: &Evaluation<'f>,
    path: &str,
) -> Option<Question<'f>> {
    let field = questions.field(path)?;
    let options = evaluation.options(field, path);
    let answer = paths::get(evaluation.answers(), path).filter(|answer| {
        matches!(field.kind, FieldKind::Boolean) && answer.is_boolean()
            || options
                .iter()
                .any(|option| answer.as_str() == Some(option.id.as_str()))
    });
    Some(Question {
        label: evaluation.label(field, path),
        answer: answer.cloned(),
        options,
        field,
    })
}

/// Questions that can be asked beforehand: few answers, not in a list, not computed.
fn askable(questions: &Questions) -> Vec<&Field> {
    fn walk<'f>(fields: &'f [Field], all: &mut Vec<&'f Field>) {
        for field in fields {
            match &field.kind {
                FieldKind::Boolean | FieldKind::Choice(_) if field.computed.is_none() => {
                    all.push(field);
                }
                FieldKind::Group(inner) => walk(inner, all),
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    for page in &questions.pages {
        walk(&page.fields, &mut all);
    }
    all
}

/// The attachments of a form, also those of list entries.
fn papers(questions: &Questions) -> impl Iterator<Item = &Field> {
    questions
        .all_fields()
        .into_iter()
        .filter(|field| field.attachment().is_some())
}

/// Everything answers decide about a paper.
fn origins_of(graph: &Graph<'_>, paper: &Field) -> BTreeSet<String> {
    let mut rules: Vec<&Expression> = paper.visible.iter().collect();
    if let Rule::When(rule) = &paper.required {
        rules.push(rule);
    }
    graph.origins(&rules, &paper.path)
}

fn rules_of(line: &FeeRule) -> Vec<&Expression> {
    let mut rules: Vec<&Expression> = line.when.iter().collect();
    rules.extend(line.each.as_ref().map(|(list, _)| list));
    match &line.amount {
        FeeAmount::Rule(rule) => rules.push(rule),
        FeeAmount::Table { inputs, .. } => rules.extend(inputs.iter().map(|(_, rule)| rule)),
    }
    rules
}

/// Whether a paper is asked for. Entries of a list stand for any of them.
fn is_there(questions: &Questions, evaluation: &Evaluation<'_>, paper: &Field) -> bool {
    let mut path = String::new();
    for part in paper.path.split('.') {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(part);
        if !evaluation.is_visible(&path) {
            return false;
        }
        let field = questions.field(&path);
        if field.is_some_and(|field| matches!(field.kind, FieldKind::List(_))) {
            return true;
        }
    }
    true
}

/// The answers of some paths alone, without what is no answer to the question.
fn only(
    questions: &Questions,
    wanted: &[String],
    answers: &Map<String, Json>,
) -> Map<String, Json> {
    let mut kept = Map::new();
    for path in wanted {
        let known = questions.field(path).map(answers_to).unwrap_or_default();
        if let Some(answer) = paths::get(answers, path).filter(|answer| known.contains(answer)) {
            paths::set(&mut kept, path, Some(answer.clone()));
        }
    }
    kept
}
