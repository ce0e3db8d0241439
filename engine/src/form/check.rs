//! Checking answers: everything wrong at once, in the order of the pages; and
//! what a good submission amounts to.
//!
//! Hidden answers are dropped first. Then come the JSON Schema, conditional
//! requirements, limits, uploads, and the rules across questions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::charge::Charge;
use super::evaluate::{Env, Evaluation, Limit};
use super::messages::{self, Problem};
use super::model::{Field, FieldKind, Form, Level, Page, Questions};
use super::places::CheckPlace;
use super::{paths, typed};
use crate::case::{Applicant, Attachment, CapacityWish, Fee, PartiesWanted, Route};
use crate::feel::Value;
use crate::text::Text;

/// One thing to correct or look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Path of the answer with indices, such as `participants.1.birth_year`;
    /// empty where it belongs to no single question.
    pub path: String,
    /// Stable code such as `required`, or the id of the page's check.
    pub code: String,
    /// Whether it keeps the answers from being taken.
    pub severity: Level,
    /// What to do.
    pub message: Text,
}

/// Findings in the order of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Whether something must be corrected.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|finding| finding.severity == Level::Error)
    }

    /// The findings of a path.
    pub fn at<'f>(&'f self, path: &'f str) -> impl Iterator<Item = &'f Finding> {
        self.0.iter().filter(move |finding| finding.path == path)
    }
}

/// What a good submission amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedAnswers {
    /// Visible answers with computed values.
    pub answers: Map<String, Json>,
    /// What it costs.
    pub fee: Fee,
    /// Where it goes.
    pub route: Route,
    /// Whom to write to.
    pub applicant: Applicant,
    /// Parameters of the workflow the form sets.
    pub params: Map<String, Json>,
    /// Places asked for.
    pub capacity: Option<CapacityWish>,
    /// Whose word is needed besides.
    pub parties: Option<PartiesWanted>,
    /// The appointment asked for.
    pub appointment: Option<crate::appointment::AppointmentWish>,
    /// What the citizen was told and passed.
    pub warnings: Findings,
    /// The files of visible questions; those of branches left behind are dropped.
    pub attachments: Vec<Attachment>,
    /// Paths of required attachments that will be handed in later.
    pub outstanding: Vec<String>,
    /// What may be published of it, once a clerk has read it.
    pub publication: Option<crate::case::publication::Proposal>,
}

/// Checks one page with the answers there are so far.
pub fn check_page(
    questions: &Questions,
    page: &Page,
    answers: &Map<String, Json>,
    env: Env<'_>,
) -> Findings {
    let evaluation = questions.evaluate(answers, env);
    let mut checker = Checker::new(&evaluation, None);
    if evaluation.page_visible(&page.id) {
        checker.run(Some(&page.id));
    }
    checker.finish()
}

/// Checks all answers of a form and, if they are good, what they amount to.
///
/// # Errors
/// Everything that must be corrected, and the warnings.
pub fn check(
    form: &Form,
    answers: &Map<String, Json>,
    attachments: &[Attachment],
    env: Env<'_>,
) -> Result<CheckedAnswers, Findings> {
    let evaluation = form.questions.evaluate(answers, env);
    let mut checker = Checker::new(&evaluation, Some(attachments));
    checker.run(None);
    let outstanding = std::mem::take(&mut checker.outstanding);
    let mut findings = checker.finish();
    if findings.has_errors() {
        return Err(findings);
    }
    let charge = Charge {
        form,
        evaluation: &evaluation,
    };
    let fee = charge.fee(&mut findings);
    let capacity = charge.capacity(&mut findings);
    let appointment = charge.appointment(env.now, &mut findings);
    if findings.has_errors() {
        return Err(findings);
    }
    let answers = evaluation.visible_answers();
    let asked = |file: &&Attachment| {
        let id = file.id.to_string();
        paths::get(&answers, &file.field)
            .and_then(Json::as_array)
            .is_some_and(|ids| ids.iter().any(|known| *known == id))
    };
    let attachments = attachments.iter().filter(asked).cloned().collect();
    Ok(CheckedAnswers {
        answers,
        attachments,
        fee,
        route: charge.route(),
        applicant: charge.applicant(),
        params: charge.params(),
        capacity,
        parties: super::parties::wanted(form, &evaluation),
        appointment,
        warnings: findings,
        outstanding,
        publication: charge.publication(),
    })
}

/// Checks the answers of a small form: the visible answers, or what to correct.
///
/// # Errors
/// Everything that must be corrected.
pub fn check_small(
    questions: &Questions,
    answers: &Map<String, Json>,
    env: Env<'_>,
) -> Result<Map<String, Json>, Findings> {
    let evaluation = questions.evaluate(answers, env);
    let mut checker = Checker::new(&evaluation, None);
    checker.run(None);
    let findings = checker.finish();
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(evaluation.visible_answers())
    }
}

struct Checker<'e, 'f> {
    evaluation: &'e Evaluation<'f>,
    /// Uploads at hand; `None` where ids are not looked at yet.
    attachments: Option<&'e [Attachment]>,
    visible: Map<String, Json>,
    /// Position of every question on the pages.
    position: BTreeMap<String, usize>,
    /// What the schema says, by path.
    schema: BTreeMap<String, Vec<Problem>>,
    findings: Vec<Finding>,
    outstanding: Vec<String>,
}

impl<'e, 'f> Checker<'e, 'f> {
    fn new(
        evaluation: &'e Evaluation<'f>,
        attachments: Option<&'e [Attachment]>,
    ) -> Checker<'e, 'f> {
        Checker {
            evaluation,
            attachments,
            visible: evaluation.visible_answers(),
            position: BTreeMap::new(),
            schema: BTreeMap::new(),
            findings: Vec::new(),
            outstanding: Vec::new(),
        }
    }

    /// Checks all pages, or one.
    fn run(&mut self, only: Option<&str>) {
        self.schema_findings(only.is_none());
        for page in self.evaluation.pages() {
            let wanted = only.is_none_or(|id| id == page.id);
            self.fields(&page.fields, "", wanted);
            if wanted {
                self.page_checks(page);
            }
        }
    }

    fn finish(mut self) -> Findings {
        let position = std::mem::take(&mut self.position);
        let place = |finding: &Finding| {
            let mut path = finding.path.as_str();
            loop {
                if let Some(at) = position.get(path) {
                    return *at;
                }
                if path.is_empty() {
                    return usize::MAX;
                }
                path = paths::parent(path);
            }
        };
        self.findings.sort_by_key(place);
        Findings(self.findings)
    }

    fn schema_findings(&mut self, unknown_too: bool) {
        let questions = self.evaluation.questions();
        let mut answers = Json::Object(self.visible.clone());
        drop_computed(questions.top_fields(), &mut answers);
        for found in questions.schemas.check(&answers) {
            let path = found.pointer.trim_start_matches('/').replace('/', ".");
            if found.keyword == "additionalProperties" {
                for name in found.names.iter().filter(|_| unknown_too) {
                    let path = paths::join(&path, name);
                    let message = messages::unknown_field(&path);
                    self.push(path, "unknown-field", message);
                }
                continue;
            }
            let Some(field) = questions.field(&path) else {
                continue;
            };
            // What is wrong with an item of an array is told at the array.
            let item = is_item(&path) && !matches!(field.kind, FieldKind::List(_));
            if let Some(problem) = schema_problem(field, &found.keyword, item) {
                let path = if item {
                    paths::parent(&path).to_owned()
                } else {
                    path
                };
                self.schema.entry(path).or_default().push(problem);
            }
        }
    }

    fn fields(&mut self, fields: &'f [Field], place: &str, wanted: bool) {
        for field in fields {
            let path = paths::join(place, &field.id);
            if !self.evaluation.is_visible(&path) {
                continue;
            }
            self.position.insert(path.clone(), self.position.len());
            match &field.kind {
                FieldKind::Group(_) if self.evaluation.is_left_out(field, &path) => {}
                FieldKind::Group(fields) => {
                    if !self.schema_only(field, &path, wanted) {
                        self.fields(fields, &path, wanted);
                    }
                }
                FieldKind::List(rules) => {
                    let count = self
                        .given(&path)
                        .and_then(Json::as_array)
                        .map_or(0, Vec::len);
                    if wanted {
                        self.leaf(field, &path);
                    }
                    for at in 0..count {
                        let entry = format!("{path}.{at}");
                        self.position.insert(entry.clone(), self.position.len());
                        if !self.schema_only(field, &entry, wanted) {
                            self.fields(&rules.fields, &entry, wanted);
                        }
                    }
                }
                FieldKind::Info => {}
                _ if field.computed.is_some() || !wanted => {}
                _ => self.leaf(field, &path),
            }
        }
    }

    fn given(&self, path: &str) -> Option<&Json> {
        paths::get(&self.visible, path)
    }

    /// One question with an answer of its own: at most one finding.
    fn leaf(&mut self, field: &'f Field, path: &str) {
        let Some(value) = self.given(path).cloned() else {
            if self.evaluation.is_required(field, path) {
                if field.attachment().is_some_and(|rules| rules.later) {
                    self.outstanding.push(path.to_owned());
                } else {
                    self.problem(field, path, &Problem::Required);
                }
            }
            return;
        };
        if self.schema_only(field, path, true) {
            return;
        }
        if let Some(problem) = self.own_rules(field, path, &value) {
            self.problem(field, path, &problem);
        }
    }

    /// Reports what the schema found at a path; whether there was something.
    fn schema_only(&mut self, field: &'f Field, path: &str, wanted: bool) -> bool {
        let Some(problem) = self
            .schema
            .get(path)
            .and_then(|problems| problems.first())
            .cloned()
        else {
            return false;
        };
        if wanted {
            self.problem(field, path, &problem);
        }
        true
    }

    fn own_rules(&self, field: &'f Field, path: &str, value: &Json) -> Option<Problem> {
        match &field.kind {
            FieldKind::Attachment(_) => return self.uploads(field, path, value),
            FieldKind::Choice(_) | FieldKind::Choices(_) | FieldKind::Country(_) => {
                let offered: BTreeSet<&str> = self
                    .evaluation
                    .options(field, path)
                    .iter()
                    .map(|option| option.id.as_str())
                    .collect();
                let chosen = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                if chosen
                    .iter()
                    .any(|id| id.as_str().is_none_or(|id| !offered.contains(id)))
                {
                    return Some(Problem::Option);
                }
            }
            FieldKind::Consent
                if self.evaluation.is_required(field, path) && *value != Json::Bool(true) =>
            {
                return Some(Problem::Required);
            }
            FieldKind::Iban if !value.as_str().is_some_and(typed::is_iban) => {
                return Some(Problem::Type);
            }
            _ => {}
        }
        self.limits(field, path, value)
    }

    fn limits(&self, field: &'f Field, path: &str, value: &Json) -> Option<Problem> {
        if let (FieldKind::List(_), Some(entries)) = (&field.kind, value.as_array()) {
            let most = super::answers::most_entries(field);
            if entries.len() > most {
                return Some(Problem::TooMany(u32::try_from(most).unwrap_or(u32::MAX)));
            }
        }
        let limit = |bound| self.evaluation.limit(bound, path);
        let (min, max) = (limit(field.min.as_ref()), limit(field.max.as_ref()));
        if let Some(items) = value.as_array() {
            let count = Decimal::from(items.len());
            let whole = |number: Decimal| u32::try_from(number).unwrap_or(0);
            return match (min, max) {
                (Some(Limit::Number(min)), _) if count < min => {
                    Some(Problem::TooFew(whole(min.ceil())))
                }
                (_, Some(Limit::Number(max))) if count > max => {
                    Some(Problem::TooMany(whole(max.floor())))
                }
                _ => None,
            };
        }
        let (below, above) = match self.evaluation.value_at(path) {
            Value::Number(number) => (
                matches!(min, Some(Limit::Number(min)) if number < min),
                matches!(max, Some(Limit::Number(max)) if number > max),
            ),
            Value::Date(date) => (
                matches!(min, Some(Limit::Date(min)) if date < min),
                matches!(max, Some(Limit::Date(max)) if date > max),
            ),
            _ => return None,
        };
        match (min, max) {
            (Some(min), _) if below => Some(Problem::Min(min)),
            (_, Some(max)) if above => Some(Problem::Max(max)),
            _ => None,
        }
    }

    fn uploads(&self, field: &Field, path: &str, value: &Json) -> Option<Problem> {
        let attachments = self.attachments?;
        let rules = field.attachment()?;
        for id in value.as_array().into_iter().flatten() {
            let of_field = |file: &&Attachment| file.field == path || file.field == field.path;
            let known = attachments
                .iter()
                .filter(of_field)
                .find(|file| id.as_str() == Some(&file.id.to_string()));
            let Some(file) = known else {
                return Some(Problem::UnknownUpload);
            };
            if !rules
                .accept
                .iter()
                .any(|kind| kind.media_type() == file.media_type)
            {
                return Some(Problem::FileType);
            }
            if u64::try_from(file.size).is_ok_and(|size| size > rules.max_size) {
                return Some(Problem::FileSize);
            }
        }
        None
    }

    fn page_checks(&mut self, page: &'f Page) {
        for check in &page.checks {
            for CheckPlace { inside, at: path } in
                self.evaluation.check_places(check, &self.visible)
            {
                if self.evaluation.value(&check.assert, &inside) != Value::Boolean(false) {
                    continue;
                }
                let path = if self.evaluation.is_visible(&path) {
                    path
                } else {
                    String::new()
                };
                self.findings.push(Finding {
                    path,
                    code: check.id.clone(),
                    severity: check.level,
                    message: check.message.clone(),
                });
            }
        }
    }

    fn problem(&mut self, field: &'f Field, path: &str, problem: &Problem) {
        let message = problem.message(field, self.evaluation.label(field, path));
        self.push(path.to_owned(), problem.code(&field.kind), message);
    }

    fn push(&mut self, path: String, code: &str, message: Text) {
        self.findings.push(Finding {
            path,
            code: code.to_owned(),
            severity: Level::Error,
            message,
        });
    }
}

/// Whether a path ends in the index of an array.
fn is_item(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(super::model::is_index)
}

/// What a keyword of the schema means for a field. `item` says that the place is
/// an item of its array.
fn schema_problem(field: &Field, keyword: &str, item: bool) -> Option<Problem> {
    let rules = field.text_rules();
    let count = |bound: &Option<super::model::Bound>| match bound {
        Some(super::model::Bound::Number(number)) => u32::try_from(*number).unwrap_or(0),
        _ => field.attachment().map_or(0, |rules| rules.max_files),
    };
    Some(match keyword {
        "required" => return None,
        "enum" => Problem::Option,
        "const" => Problem::Required,
        "pattern" if rules.is_some_and(|rules| rules.pattern.is_some()) => Problem::Pattern,
        "minLength" => Problem::TooShort(rules.and_then(|rules| rules.min_length).unwrap_or(1)),
        "maxLength" => Problem::TooLong(rules.map_or(0, |rules| rules.max_length)),
        "minItems" => Problem::TooFew(count(&field.min)),
        "maxItems" => Problem::TooMany(count(&field.max)),
        "uniqueItems" => Problem::Repeated,
        "minimum" | "maximum" => limit_problem(field, keyword == "minimum"),
        "format" if item => Problem::UnknownUpload,
        _ => Problem::Type,
    })
}

fn limit_problem(field: &Field, least: bool) -> Problem {
    match (if least { &field.min } else { &field.max }, least) {
        (Some(super::model::Bound::Number(number)), true) => Problem::Min(Limit::Number(*number)),
        (Some(super::model::Bound::Number(number)), false) => Problem::Max(Limit::Number(*number)),
        // Years outside four digits.
        _ => Problem::Type,
    }
}

/// Computed values are ours; the schema is for what was handed in.
fn drop_computed<'q>(fields: impl Iterator<Item = &'q Field>, answers: &mut Json) {
    for field in fields {
        let Some(object) = answers.as_object_mut() else {
            return;
        };
        if field.computed.is_some() {
            object.shift_remove(&field.id);
            continue;
        }
        match (&field.kind, object.get_mut(&field.id)) {
            (FieldKind::Group(fields), Some(value)) => drop_computed(fields.iter(), value),
            (FieldKind::List(rules), Some(Json::Array(entries))) => {
                entries
                    .iter_mut()
                    .for_each(|entry| drop_computed(rules.fields.iter(), entry));
            }
            _ => {}
        }
    }
}
