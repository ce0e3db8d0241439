//! From what a step wants done to what is written: documents with frozen data,
//! parcels, claims, and the case as lists and the citizen see it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};

use super::decide::Env;
use super::{
    Actor, Case, CaseEvent, Claim, Decision, DocumentOrder, Millis, Parcel, ParcelContent,
    PaymentRequest, Submission, publication,
};
use crate::feel::{Type, Value};
use crate::form::{date_text, money_in_words};
use crate::text::{Language, Text};
use crate::workflow::{Effect, Param, Places, StepOutput, Workflow, calendar};

/// Longest purpose on a bank statement, in characters (XBezahldienste 1.0).
const PURPOSE: usize = 27;

/// What a decision is about.
#[derive(Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) submission: &'a Submission,
    pub(super) env: &'a Env<'a>,
    pub(super) name: &'a str,
    pub(super) payload: &'a Map<String, Json>,
}

/// A decision while its effects are worked off.
pub(super) struct Draft<'a> {
    occasion: Occasion<'a>,
    decision: Decision,
    /// Names of all documents so far, old and new.
    documents: Vec<String>,
    /// What every letter of this step may show.
    shared: Map<String, Json>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(mut case: Case, occasion: Occasion<'a>) -> Draft<'a> {
        case.revision += 1;
        let event = CaseEvent {
            seq: case.revision,
            name: occasion.name.to_owned(),
            actor: occasion.env.actor.clone(),
            at: occasion.env.now,
            payload: occasion.payload.clone(),
            configuration: Vec::new(),
            internal: false,
        };
        let documents = occasion.env.documents.to_vec();
        Draft {
            occasion,
            decision: plain(case, event),
            documents,
            shared: Map::new(),
        }
    }

    /// The decision that carries out a step.
    pub(super) fn finish(mut self, output: StepOutput) -> Decision {
        let before = self.decision.case.published;
        self.move_case(&output);
        self.shared = self.shared_data(&output.effects);
        for effect in output.effects {
            self.apply(effect);
        }
        self.decision.timers_set = output.timers_set;
        self.decision.timers_cancelled = output.timers_cancelled;
        let Occasion {
            workflow,
            submission,
            ..
        } = self.occasion;
        publication::follow(&mut self.decision, workflow, submission, before);
        self.decision
    }

    fn move_case(&mut self, output: &StepOutput) {
        let workflow = self.occasion.workflow;
        let case = &mut self.decision.case;
        let snapshot = &output.snapshot;
        case.configuration.clone_from(&snapshot.configuration);
        case.history.clone_from(&snapshot.history);
        case.entries.clone_from(&snapshot.entries);
        case.vars.clone_from(&snapshot.vars);
        case.deadlines.clone_from(&snapshot.deadlines);
        case.due_at = case.deadlines.values().min().copied();
        case.appointment.clone_from(&snapshot.appointment);
        case.public_state = public_state(workflow, &snapshot.configuration);
        if let Some(end) = &output.ended {
            case.closed_at = Some(self.occasion.env.now);
            case.outcome = workflow.state(end).and_then(|state| state.outcome.clone());
        }
        self.decision
            .event
            .configuration
            .clone_from(&snapshot.configuration);
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Document {
                template,
                name,
                title,
                public,
                vars,
            } => {
                self.order(template, &name, title, public, vars);
            }
            Effect::Mail {
                template,
                attach,
                calendar,
                vars,
            } => self.mail(template, &attach, calendar, vars),
            Effect::Notify {
                role,
                template,
                vars,
            } => {
                let (department, data) = (self.decision.case.department.clone(), self.data(vars));
                self.send(ParcelContent::Notify {
                    role,
                    department,
                    template,
                    data,
                });
            }
            Effect::Deliver {
                department,
                queue,
                attach,
            } => {
                let department =
                    department.unwrap_or_else(|| self.decision.case.department.clone());
                let queue = queue.unwrap_or_else(|| self.decision.case.queue.clone());
                let attach = self.attached(&attach);
                self.send(ParcelContent::Deliver {
                    department,
                    queue,
                    attach,
                });
            }
            Effect::RequestPayment { amount, purpose } => {
                let purpose = self.purpose(purpose.as_ref());
                let id = self.occasion.env.payment_id;
                self.decision.payment = Some(PaymentRequest {
                    id,
                    amount,
                    purpose,
                });
            }
            Effect::ClosePayment => {
                self.decision.payments_closed = true;
                self.decision.payment = None;
            }
            Effect::Publish => self.decision.case.published = true,
            Effect::Unpublish => self.decision.case.published = false,
            Effect::Places(places) => self.claim(places),
            Effect::TakeSlot(slot) => {
                let claim = super::appointment::taken(&self.decision.case, &slot);
                self.decision.claims.extend(claim);
            }
            Effect::AppointmentNoted => {
                let appointment = self.decision.case.appointment.clone();
                let claim = appointment.map(|appointment| Claim::Appointment { appointment });
                self.decision.claims.extend(claim);
            }
            Effect::Flag(flag) => {
                let flags = &mut self.decision.case.flags;
                if let Err(at) = flags.binary_search(&flag) {
                    flags.insert(at, flag);
                }
            }
            Effect::Unflag(flag) => self.decision.case.flags.retain(|known| *known != flag),
            Effect::Assign { actor } => {
                self.decision.case.assignee = match self.occasion.env.actor {
                    Actor::Staff { account, .. } if actor => Some(account.clone()),
                    _ => None,
                };
            }
            Effect::InviteParties { template, vars } => self.invite_parties(&template, &vars),
            Effect::RemindParties { template, vars } => self.remind_parties(&template, &vars),
            Effect::ExpireParties => self.expire_parties(),
            Effect::Forward { department, queue } => {
                let case = &mut self.decision.case;
                (case.department, case.queue, case.assignee) = (department, queue, None);
            }
        }
    }

    fn order(
        &mut self,
        template: String,
        name: &str,
        title: Option<Text>,
        public: bool,
        vars: Map<String, Json>,
    ) {
        let name = free_name(name, &self.documents);
        self.documents.push(name.clone());
        let title = title.unwrap_or_else(|| Text::both("Schreiben", "Letter"));
        let data = self.data(vars);
        let at = self.occasion.env.now;
        self.decision.documents.push(DocumentOrder {
            name,
            template,
            title,
            public,
            data,
            at,
        });
    }

    /// Writes to the applicant; without a mail address there is nothing to send.
    fn mail(
        &mut self,
        template: String,
        attach: &[String],
        calendar: bool,
        vars: Map<String, Json>,
    ) {
        let applicant = &self.occasion.submission.applicant;
        let Some(to) = applicant.email.clone().filter(|email| !email.is_empty()) else {
            return;
        };
        let to_name = applicant.name.clone();
        let (attach, data) = (self.attached(attach), self.data(vars));
        let invitation = calendar
            .then(|| super::appointment::invitation(&self.decision.case, self.occasion.env))
            .flatten();
        self.send(ParcelContent::Mail {
            to,
            to_name,
            template,
            attach,
            language: None,
            data,
            invitation,
        });
    }

    /// Writes to a party in its language; without a mail address somebody has
    /// to enter one, or a clerk to record what came on paper.
    pub(super) fn write_to_party(
        &mut self,
        index: usize,
        template: &str,
        vars: &Map<String, Json>,
    ) {
        let party = self.decision.case.parties[index].clone();
        let Some(to) = party.email.filter(|email| !email.is_empty()) else {
            return;
        };
        // Dates and amounts are written in the language of the letter.
        let shown = std::mem::replace(&mut self.decision.case.language, party.language);
        let shared = std::mem::take(&mut self.shared);
        self.shared = self.shared_data(&[]);
        let mut data = self.data(vars.clone());
        self.shared = shared;
        self.decision.case.language = shown;
        let title = party.title.get(party.language);
        data.insert(
            "party".to_owned(),
            json!({ "name": party.name, "title": title, "number": index, "issue": party.issue }),
        );
        self.send(ParcelContent::Mail {
            to,
            to_name: party.name,
            template: template.to_owned(),
            attach: Vec::new(),
            language: Some(party.language),
            data,
            invitation: None,
        });
    }

    /// The decision as it stands.
    pub(super) fn done(self) -> Decision {
        self.decision
    }

    pub(super) fn now(&self) -> Millis {
        self.occasion.env.now
    }

    pub(super) fn case(&self) -> &Case {
        &self.decision.case
    }

    pub(super) fn case_mut(&mut self) -> &mut Case {
        &mut self.decision.case
    }

    fn send(&mut self, content: ParcelContent) {
        let index = self.decision.parcels.len() as i64;
        self.decision.parcels.push(Parcel { index, content });
    }

    /// Names of documents as they are called by now: the newest of each name.
    fn attached(&self, names: &[String]) -> Vec<String> {
        names
            .iter()
            .filter_map(|name| newest(name, &self.documents))
            .collect()
    }

    fn claim(&mut self, places: Places) {
        let Some(wish) = &self.occasion.submission.capacity else {
            return;
        };
        let (resource, limit, quantity) = (wish.resource.clone(), wish.limit, wish.quantity);
        match places {
            Places::Take => self.decision.claims.push(Claim::Take {
                resource,
                limit,
                quantity,
            }),
            Places::Wait => self
                .decision
                .claims
                .push(Claim::Wait { resource, quantity }),
            Places::Release => {
                self.decision.claims.push(Claim::Release {
                    resource: resource.clone(),
                });
                self.send(ParcelContent::Promote { resource });
            }
        }
    }

    fn purpose(&self, purpose: Option<&Text>) -> String {
        let reference = &self.decision.case.reference;
        let text = purpose.map_or("", |purpose| purpose.de.as_str());
        let text = match text.contains("{{case.reference}}") {
            true => text.replace("{{case.reference}}", reference),
            false => format!("{reference} {text}"),
        };
        let text = text.trim();
        match text.char_indices().nth(PURPOSE) {
            None => text.to_owned(),
            // Whole words only; the number of the case stands first.
            Some((end, _)) => match text[..end].rsplit_once(' ') {
                Some((words, _)) => words.trim_end().to_owned(),
                None => text[..end].to_owned(),
            },
        }
    }

    /// What the letters of this step may show, with the variables at their action.
    fn data(&self, vars: Map<String, Json>) -> Map<String, Json> {
        let mut data = self.shared.clone();
        let vars = self.declared(&self.occasion.workflow.vars, vars);
        data.insert("vars".to_owned(), Json::Object(vars));
        data
    }

    /// A date in words of the case's language.
    fn date(&self, date: Date) -> String {
        date_text(date, self.decision.case.language)
    }

    /// Parameters or variables as people read them: amounts in euros, decimals
    /// in the notation of the language. Whole numbers stay numbers, so that
    /// `{{#if}}` takes zero for no.
    fn declared(
        &self,
        declared: &BTreeMap<String, Param>,
        values: Map<String, Json>,
    ) -> Map<String, Json> {
        let language = self.decision.case.language;
        let write = |(name, value): (String, Json)| {
            let param = declared.get(&name).filter(|param| param.ty == Type::Number);
            let value = match (param, Value::from_json(&value, &Type::Number), value) {
                (Some(Param { money: true, .. }), Value::Number(amount), _) => {
                    money_in_words(amount, language).into()
                }
                (Some(_), _, Json::String(text)) if language == Language::De => {
                    text.replace('.', ",").into()
                }
                (Some(_), _, value) => value,
                (None, _, value) => self.readable_value(value),
            };
            (name, value)
        };
        values.into_iter().map(write).collect()
    }

    /// Values as people read them: ISO dates in words, lists entry by entry.
    fn readable(&self, values: Map<String, Json>) -> Map<String, Json> {
        values
            .into_iter()
            .map(|(name, value)| (name, self.readable_value(value)))
            .collect()
    }

    fn readable_value(&self, value: Json) -> Json {
        match value {
            Json::String(text) if text.len() == 10 => match text.parse() {
                Ok(date) => Json::String(self.date(date)),
                Err(_) => Json::String(text),
            },
            Json::Array(items) => items
                .into_iter()
                .map(|item| self.readable_value(item))
                .collect(),
            Json::Object(fields) => Json::Object(self.readable(fields)),
            other => other,
        }
    }

    fn shared_data(&self, effects: &[Effect]) -> Map<String, Json> {
        let Occasion {
            workflow,
            submission,
            env,
            payload,
            ..
        } = self.occasion;
        let case = &self.decision.case;
        let params = workflow.param_values(&submission.params);
        let params: Map<String, Json> = params
            .iter()
            .map(|(name, value)| (name.clone(), value.to_json()))
            .collect();
        let lines = submission.fee.lines.iter().map(|line| {
            json!({ "label": line.label.get(case.language), "amount": line.amount, "basis": line.basis })
        });
        let amount = effects.iter().rev().find_map(|effect| match effect {
            Effect::RequestPayment { amount, .. } => Some(amount.clone()),
            _ => None,
        });
        let clerk = match env.actor {
            Actor::Staff { account, name } => json!({ "name": name, "account": account }),
            _ => json!({ "account": case.assignee }),
        };
        let mut data = Map::from_iter([
            (
                "case".to_owned(),
                json!({ "reference": case.reference, "opened_on": day(case.opened_at).map(|day| self.date(day)), "language": case.language }),
            ),
            (
                "applicant".to_owned(),
                json!({
                    "name": submission.applicant.name,
                    "email": submission.applicant.email,
                    "address": submission.applicant.address,
                }),
            ),
            (
                "fee".to_owned(),
                json!({ "total": submission.fee.total, "lines": lines.collect::<Vec<_>>() }),
            ),
            (
                "params".to_owned(),
                Json::Object(self.declared(&workflow.params, params)),
            ),
            (
                "event".to_owned(),
                Json::Object(self.readable(payload.clone())),
            ),
            (
                "today".to_owned(),
                json!(day(env.now).map(|day| self.date(day))),
            ),
            (
                "deadline".to_owned(),
                json!(case.due_at.and_then(last_day).map(|day| self.date(day))),
            ),
            ("rank".to_owned(), json!(env.rank)),
            ("clerk".to_owned(), clerk),
        ]);
        // Mails to the applicant name the party that answered.
        let key = payload.get("party").and_then(Json::as_str);
        if let Some(party) = key.and_then(|key| case.parties.iter().find(|p| p.key == key)) {
            let title = party.title.get(case.language);
            data.insert(
                "party".to_owned(),
                json!({ "name": party.name, "title": title }),
            );
        }
        if let Some(appointment) = super::appointment::letter_values(case, env) {
            data.insert("appointment".to_owned(), appointment);
        }
        if let Some(amount) = amount {
            data.insert("payment".to_owned(), json!({ "amount": amount }));
        }
        data
    }
}

/// A decision that changes nothing beyond the case given and its entry.
pub(super) fn plain(case: Case, event: CaseEvent) -> Decision {
    Decision {
        case,
        submission: None,
        event,
        parcels: Vec::new(),
        documents: Vec::new(),
        timers_set: Vec::new(),
        timers_cancelled: Vec::new(),
        claims: Vec::new(),
        payment: None,
        payments_closed: false,
        attachments: Vec::new(),
        publication: None,
    }
}

/// The state whose public text stands for a configuration: of the first
/// active state the nearest with a text, from the inside out.
pub(super) fn public_state(workflow: &Workflow, configuration: &[String]) -> String {
    let mut active: Vec<_> = configuration
        .iter()
        .filter_map(|path| workflow.chart.find(path))
        .collect();
    active.sort_unstable();
    let with_text = active.iter().find_map(|state| {
        let mut around = std::iter::once(*state).chain(workflow.chart.ancestors(*state));
        around.find(|at| workflow.states[*at].public.is_some())
    });
    let shown = with_text.or(active.first().copied());
    shown.map_or_else(String::new, |state| workflow.states[state].path.clone())
}

/// `name`, or `name-2` and so on where the case has one of that name.
fn free_name(name: &str, taken: &[String]) -> String {
    let mut number = 1;
    let mut candidate = name.to_owned();
    while taken.contains(&candidate) {
        number += 1;
        candidate = format!("{name}-{number}");
    }
    candidate
}

/// The newest document of a name, which has the highest number.
fn newest(name: &str, taken: &[String]) -> Option<String> {
    let free = free_name(name, taken);
    let number: usize = match free.strip_prefix(name)?.strip_prefix('-') {
        None => return None,
        Some(number) => number.parse().ok()?,
    };
    Some(if number == 2 {
        name.to_owned()
    } else {
        format!("{name}-{}", number - 1)
    })
}

/// The local date of an instant.
fn day(at: Millis) -> Option<Date> {
    calendar::local(at).ok().map(|local| local.date())
}

/// The day until whose end something may be done.
fn last_day(due: Millis) -> Option<Date> {
    calendar::deadline_day(due).ok()
}
