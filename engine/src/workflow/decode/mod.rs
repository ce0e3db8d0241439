//! The YAML of a workflow to a [`Workflow`], with everything that is wrong
//! with it: names, expressions, and what the shape of the chart shows.

mod actions;
mod events;
mod lint;
mod migrate;
mod publish;
mod states;

pub(crate) use lint::{entered, reachable};

use std::collections::{BTreeMap, BTreeSet};

use super::chart::{Chart, StateIndex};
use super::definition::{
    APPLICANT, Action, EventRule, Guard, Param, PartSpans, Role, SYSTEM, SmallForm, StateInfo,
    TimerRule, Workflow,
};
use super::names::names;
use crate::feel::{Expression, Scope, Type, Value};
use crate::form::Questions;
use crate::source::{Diagnostic, Fields, Key, Node, Report, Span, suggest};
use crate::text::Text;

/// Types of parameters and variables.
const TYPES: [&str; 7] = [
    "text", "number", "integer", "money", "boolean", "date", "list",
];

/// Reads a workflow file. `None` where too little of it could be read; the
/// result of a report with errors must not be run.
pub fn decode(root: &Node, report: &mut Report) -> Option<Workflow> {
    let fields = Fields::of(root, "a workflow", report)?;
    check_kind(&fields, report);
    let id = fields.need_text("id", report);
    let version = fields
        .need("version", report)
        .and_then(|_| fields.integer("version", report));
    let title = fields.need_texts("title", report).unwrap_or_default();
    let mut decoder = Decoder {
        report,
        chart: Chart::new(),
        infos: vec![StateInfo::default()],
        spans: vec![root.span],
        rules: Vec::new(),
        timers: Vec::new(),
        roles: BTreeMap::new(),
        params: BTreeMap::new(),
        vars: BTreeMap::new(),
        forms: BTreeMap::new(),
        four_eyes: Vec::new(),
        attachments: Vec::new(),
        asked_states: Vec::new(),
        documents: BTreeSet::new(),
        transition_spans: Vec::new(),
    };
    decoder.decode_roles(&fields);
    decoder.params = decoder.decode_params("params", &fields);
    decoder.vars = decoder.decode_params("vars", &fields);
    decoder.decode_forms(&fields);
    let publication = decoder.decode_publication(&fields);
    decoder.decode_states(&fields);
    let migrations = decoder.decode_migrations(&fields, version);
    fields.finish("a workflow", decoder.report);
    decoder.check_late_names();
    decoder.check_publish();
    lint::check(&mut decoder);
    Some(Workflow {
        id: id?,
        parts: Vec::new(),
        version: version.unwrap_or(1),
        title,
        roles: decoder.roles,
        params: decoder.params,
        vars: decoder.vars,
        forms: decoder.forms,
        chart: decoder.chart,
        states: decoder.infos,
        rules: decoder.rules,
        timers: decoder.timers,
        spans: PartSpans {
            states: decoder.spans,
            transitions: decoder.transition_spans,
        },
        migrations,
        publication,
    })
}

fn check_kind(fields: &Fields<'_>, report: &mut Report) {
    let Some(node) = fields.need("schalter", report) else {
        return;
    };
    if node.as_text() != Some("workflow/1") {
        let message =
            "this file is read as a workflow, so it must begin with `schalter: workflow/1`";
        report.push(Diagnostic::error("wrong-kind", node.span, message));
    }
}

/// Everything collected while one file is read.
struct Decoder<'r> {
    report: &'r mut Report,
    chart: Chart<Guard, Action>,
    infos: Vec<StateInfo>,
    /// Where each state's name stands, by state index.
    spans: Vec<Span>,
    rules: Vec<Option<EventRule>>,
    /// Where each transition stands, by transition index.
    transition_spans: Vec<Span>,
    timers: Vec<TimerRule>,
    roles: BTreeMap<String, Role>,
    params: BTreeMap<String, Param>,
    vars: BTreeMap<String, Param>,
    forms: BTreeMap<String, SmallForm>,
    /// Names under `not_by_actor_of` with their place.
    four_eyes: Vec<(String, Span)>,
    /// Names under `attach` with their place.
    attachments: Vec<(String, Span)>,
    /// Paths inside of `in_state("…")` with their place.
    asked_states: Vec<(String, Span)>,
    /// Names of documents some action orders.
    documents: BTreeSet<String>,
}

impl Decoder<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.report.push(Diagnostic::error(code, span, message));
    }

    fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.report
            .push(Diagnostic::warning(code, span, message).help(help));
    }

    /// Reports a name nobody declared, with the nearest that somebody did.
    fn unknown(&mut self, code: &'static str, span: Span, what: &str, name: &str, known: &[&str]) {
        let help = suggest(name, known.iter().copied()).unwrap_or_else(|| match known {
            [] => format!("there is no {what} here yet"),
            _ => format!("there are: {}", known.join(", ")),
        });
        self.report
            .push(Diagnostic::error(code, span, format!("there is no {what} `{name}`")).help(help));
    }

    fn decode_roles(&mut self, fields: &Fields<'_>) {
        for (key, node) in fields.map("roles", self.report) {
            self.check_id(key, "a role");
            if key.text == SYSTEM {
                self.error(
                    "reserved-name",
                    key.span,
                    "the role `system` exists already; choose another name",
                );
            }
            let Some(role) = Fields::of(node, "a role", self.report) else {
                continue;
            };
            let kind = role.text("kind", self.report);
            let title = role.texts("title", self.report);
            let kind_span = role.get("kind").map_or(node.span, |kind| kind.span);
            role.finish("a role", self.report);
            if kind
                .as_deref()
                .is_some_and(|kind| !matches!(kind, "citizen" | "staff"))
            {
                self.error(
                    "wrong-value",
                    kind_span,
                    "the kind of a role is `citizen` or `staff`",
                );
            }
            let citizen = kind.as_deref() == Some("citizen") || key.text == APPLICANT;
            let title = title.unwrap_or_else(|| {
                if citizen {
                    applicant_title()
                } else {
                    Text::same(&key.text)
                }
            });
            self.roles.insert(key.text.clone(), Role { title, citizen });
        }
        self.roles
            .entry(APPLICANT.to_owned())
            .or_insert_with(|| Role {
                title: applicant_title(),
                citizen: true,
            });
    }

    fn decode_params(
        &mut self,
        what: &'static str,
        fields: &Fields<'_>,
    ) -> BTreeMap<String, Param> {
        let mut params = BTreeMap::new();
        for (key, node) in fields.map(what, self.report) {
            self.check_id(key, "a parameter or variable");
            let Some(param) = Fields::of(node, "a parameter or variable", self.report) else {
                continue;
            };
            let name = param.need_text("type", self.report);
            let default = param.get("default");
            let text = param.get("type").map_or(node.span, |node| node.span);
            param.finish("a parameter or variable", self.report);
            let Some(name) = name else { continue };
            let Some(ty) = type_of(&name) else {
                self.unknown("unknown-type", text, "type", &name, &TYPES);
                continue;
            };
            let mut default = default.map(|node| self.decode_default(node, &ty));
            if matches!(ty, Type::List(_)) && default.is_none() {
                default = Some(Value::list(Vec::new()));
            }
            params.insert(
                key.text.clone(),
                Param {
                    ty,
                    money: name == "money",
                    default,
                },
            );
        }
        params
    }

    fn decode_default(&mut self, node: &Node, ty: &Type) -> Value {
        let value = Value::from_json(&literal(node), ty);
        if value == Value::Null {
            let message = format!(
                "the default is {}, which does not fit the type",
                node.kind_name()
            );
            self.error("wrong-type", node.span, message);
        }
        value
    }

    fn decode_forms(&mut self, fields: &Fields<'_>) {
        for (key, node) in fields.map("forms", self.report) {
            self.check_id(key, "a form");
            let questions = Questions::small(node, self.report);
            self.forms.insert(
                key.text.clone(),
                SmallForm {
                    questions,
                    types: Questions::answer_type(node),
                },
            );
        }
    }

    fn check_id(&mut self, key: &Key, what: &str) {
        let good = key.text.starts_with(|c: char| c.is_ascii_lowercase())
            && key
                .text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if !good {
            let message = format!(
                "the id of {what} has small letters, digits, `_` and `-` only, but here is `{}`",
                key.text
            );
            self.error("wrong-id", key.span, message);
        }
    }

    /// Names used before their owner was read: documents and events.
    fn check_late_names(&mut self) {
        let documents: Vec<String> = self.documents.iter().cloned().collect();
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        for (name, span) in std::mem::take(&mut self.attachments) {
            if !documents.contains(&name.as_str()) {
                self.unknown("unknown-document", span, "document", &name, &documents);
            }
        }
        for (path, span) in std::mem::take(&mut self.asked_states) {
            let known: Vec<String> = self
                .infos
                .iter()
                .skip(1)
                .map(|info| info.path.clone())
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            if !known.contains(&path.as_str()) {
                self.unknown("unknown-state", span, "state", &path, &known);
            }
        }
        let events: BTreeSet<String> = self
            .rules
            .iter()
            .flatten()
            .map(|rule| rule.name.clone())
            .collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        for (name, span) in std::mem::take(&mut self.four_eyes) {
            if !events.contains(&name.as_str()) {
                self.unknown("unknown-event", span, "event", &name, &events);
            }
        }
    }

    /// The names of an expression; `event` differs from place to place.
    fn scope(&self, event: Type) -> Scope {
        names(&self.params, &self.vars, event)
    }

    fn expression(&mut self, node: &Node, scope: &Scope, wanted: &Type) -> Option<Expression> {
        let Some(text) = node.as_text() else {
            let message = format!("an expression is needed, but here is {}", node.kind_name());
            self.error("wrong-shape", node.span, message);
            return None;
        };
        match Expression::compile_for(text, scope, wanted) {
            Ok(expression) => {
                self.note_asked_states(node, text);
                Some(expression.at(node.span))
            }
            Err(problems) => {
                for problem in problems {
                    let span = node.text_span(problem.start, problem.end);
                    let diagnostic = Diagnostic::error(problem.code, span, problem.message);
                    self.report.push(diagnostic.maybe_help(problem.help));
                }
                None
            }
        }
    }

    /// The type a rule is asked to have: of a date a moment will do as well.
    fn moment_type(node: &Node, scope: &Scope) -> Type {
        let moment = Type::DateTime.optional();
        let is_moment = node
            .as_text()
            .is_some_and(|text| Expression::compile_for(text, scope, &moment).is_ok());
        match is_moment {
            true => moment,
            false => Type::Date,
        }
    }

    fn note_asked_states(&mut self, node: &Node, text: &str) {
        const CALL: &str = "in_state(\"";
        for (at, _) in text.match_indices(CALL) {
            let start = at + CALL.len();
            let path = text[start..].split('"').next().unwrap_or_default();
            let span = node.text_span(start, start + path.len());
            self.asked_states.push((path.to_owned(), span));
        }
    }

    fn state_path(&self, state: StateIndex) -> &str {
        &self.infos[state].path
    }
}

fn type_of(name: &str) -> Option<Type> {
    Some(match name {
        "text" => Type::Text,
        "number" | "integer" | "money" => Type::Number,
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "list" => Type::List(Box::new(Type::Text)),
        _ => return None,
    })
}

/// A scalar or list of scalars as JSON.
fn literal(node: &Node) -> serde_json::Value {
    if let Some(items) = node.as_list() {
        return items.iter().map(literal).collect();
    }
    match (node.as_bool(), node.as_text()) {
        (Some(value), _) => value.into(),
        (None, Some(text)) => text.into(),
        (None, None) => serde_json::Value::Null,
    }
}

fn applicant_title() -> Text {
    Text::both("Antragstellende Person", "Applicant")
}
