//! What there is to see of answers and of a case, in the notation of
//! expectations.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use crate::case::{Actor, Case, Fee, offered};
use crate::check::scenario::expect::{HAPPENS, Observed};
use crate::check::scenario::play::player::{Player, Sent, timer_id};
use crate::form::{self, CheckedAnswers, Evaluation, Field, FieldKind, Findings, paths};
use crate::text::Language;
use crate::workflow::calendar;

/// Of answers: pages, hidden questions, findings, and what good answers amount to.
pub(in crate::check::scenario) fn of_answers(
    evaluation: &Evaluation<'_>,
    checked: &Result<CheckedAnswers, Findings>,
) -> Observed {
    let mut seen = Observed::new();
    let pages = evaluation.pages();
    let ids: Vec<&str> = pages.iter().map(|page| page.id.as_str()).collect();
    seen.insert("pages".into(), json!(ids));
    let mut hidden = Vec::new();
    for page in &pages {
        hidden_of(&page.fields, &[String::new()], evaluation, &mut hidden);
    }
    seen.insert("hidden".into(), json!(hidden));
    let findings = match checked {
        Ok(good) => &good.warnings,
        Err(findings) => findings,
    };
    seen.insert("findings".into(), findings_of(findings));
    let Ok(good) = checked else { return seen };
    seen.insert("outstanding".into(), json!(good.outstanding));
    seen.insert("fee".into(), fee(&good.fee));
    let route = format!("{}/{}", good.route.department, good.route.queue);
    seen.insert("route".into(), json!(route));
    let who = &good.applicant;
    let who = json!({ "name": who.name, "email": who.email, "address": who.address });
    seen.insert("applicant".into(), who);
    seen.insert("params".into(), Json::Object(good.params.clone()));
    if let Some(wish) = &good.capacity {
        let wish =
            json!({ "resource": wish.resource, "limit": wish.limit, "quantity": wish.quantity });
        seen.insert("capacity".into(), wish);
    }
    seen
}

fn hidden_of(
    fields: &[Field],
    places: &[String],
    evaluation: &Evaluation<'_>,
    hidden: &mut Vec<String>,
) {
    for field in fields {
        let all: Vec<String> = places
            .iter()
            .map(|place| paths::join(place, &field.id))
            .collect();
        let shown: Vec<String> = all
            .iter()
            .filter(|path| evaluation.is_visible(path))
            .cloned()
            .collect();
        if shown.is_empty() && !all.is_empty() {
            hidden.push(field.path.clone());
            continue;
        }
        let inside = match &field.kind {
            FieldKind::List(_) => shown
                .iter()
                .flat_map(|path| entries(path, evaluation))
                .collect(),
            _ => shown,
        };
        hidden_of(field.fields(), &inside, evaluation, hidden);
    }
}

/// The entries of a list as places.
pub(in crate::check::scenario) fn entries(path: &str, evaluation: &Evaluation<'_>) -> Vec<String> {
    let count = paths::get(evaluation.answers(), path)
        .and_then(Json::as_array)
        .map_or(0, Vec::len);
    (0..count).map(|at| format!("{path}.{at}")).collect()
}

fn findings_of(findings: &Findings) -> Json {
    let mut found: Map<String, Json> = Map::new();
    for finding in &findings.0 {
        let codes = found
            .entry(finding.path.clone())
            .or_insert_with(|| json!([]));
        if let Json::Array(codes) = codes {
            codes.push(Json::from(finding.code.as_str()));
            codes.sort_by_key(|code| code.as_str().map(str::to_owned));
        }
    }
    Json::Object(found)
}

fn fee(fee: &Fee) -> Json {
    let lines: Vec<Json> = fee
        .lines
        .iter()
        .map(|line| json!({ line.label.de.as_str(): line.amount }))
        .collect();
    json!({ "total": fee.total, "lines": lines })
}

impl Player<'_> {
    /// Of the case as it stands, and of what left the house since the last look.
    pub(in crate::check::scenario) fn observe(&mut self) -> Observed {
        let sent = std::mem::take(&mut self.sent);
        let mut seen = Observed::new();
        let Some(case) = &self.case else { return seen };
        let workflow = &self.stage.service.workflow;
        let none = |text: &Option<String>| json!(text.as_deref().unwrap_or("none"));
        let queue = format!("{}/{}", case.department, case.queue);
        let public = workflow
            .public_text(&case.public_state)
            .map(|text| text.de.clone());
        let deadline = case.due_at.and_then(|due| calendar::deadline_day(due).ok());
        let deadline = deadline.map(|day| day.to_string());
        let own = [
            ("state", json!(case.configuration)),
            ("outcome", none(&case.outcome)),
            ("public", none(&public)),
            ("flags", json!(case.flags)),
            ("assignee", none(&case.assignee)),
            ("tasks", self.tasks(case)),
            ("queue", json!(queue)),
            ("vars", Json::Object(case.vars.clone())),
            ("timers", self.timers_seen()),
            ("deadline", none(&deadline)),
            ("offers", self.offers()),
        ];
        seen.extend(own.map(|(name, value)| (name.to_owned(), value)));
        seen.extend(self.parties_seen().map(|seen| ("parties".to_owned(), seen)));
        let Sent {
            mails,
            documents,
            notices,
            deliveries,
            places,
            payment,
            letters,
        } = sent;
        let happened = [
            json!(mails),
            json!(documents),
            json!(notices),
            json!(deliveries),
            payment.unwrap_or_else(|| json!("none")),
            json!(places),
            Json::Object(letters),
        ];
        seen.extend(HAPPENS.iter().map(|name| (*name).to_owned()).zip(happened));
        seen
    }

    /// Running timers with the last day they leave, or their moment where they
    /// end within a day.
    fn timers_seen(&self) -> Json {
        let id = |key: &str| {
            let id = timer_id(key);
            let same = self
                .timers
                .keys()
                .filter(|other| timer_id(other) == id)
                .count();
            match (same, key.rsplit_once('/')) {
                (2.., Some((path, _))) => path.to_owned(),
                _ => id.to_owned(),
            }
        };
        let when = |due: i64| match calendar::local(due) {
            Ok(local) if local.time() != jiff::civil::Time::midnight() => {
                local.strftime("%Y-%m-%d %H:%M").to_string()
            }
            _ => calendar::deadline_day(due).map_or_else(|_| String::new(), |day| day.to_string()),
        };
        let seen = self
            .timers
            .iter()
            .map(|(key, due)| (id(key), Json::from(when(*due))));
        Json::Object(seen.collect())
    }

    /// Roles that are expected to act.
    fn tasks(&self, case: &Case) -> Json {
        let workflow = &self.stage.service.workflow;
        let chart = &workflow.chart;
        let active = case
            .configuration
            .iter()
            .filter_map(|path| chart.find(path));
        let around = active.flat_map(|state| std::iter::once(state).chain(chart.ancestors(state)));
        let roles: BTreeSet<&str> = around
            .filter_map(|state| workflow.states[state].task.as_deref())
            .collect();
        json!(roles)
    }

    /// What each role is offered; `!` marks what is shown but refused.
    pub(in crate::check::scenario) fn offers(&self) -> Json {
        let workflow = &self.stage.service.workflow;
        let mut all = Map::new();
        for (role, known) in &workflow.roles {
            let actor = match known.citizen {
                true => Actor::Citizen,
                false => Actor::Staff {
                    account: "somebody".to_owned(),
                    name: "somebody".to_owned(),
                },
            };
            let roles = [role.clone()];
            let env = self.env(&actor, &roles, &[]);
            let offers = match &self.case {
                Some(case) if case.closed_at.is_none() => {
                    offered(workflow, case, &self.submission, &env).unwrap_or_default()
                }
                _ => Vec::new(),
            };
            let names = offers.iter().map(|offer| match offer.enabled {
                Ok(()) => offer.event.to_owned(),
                Err(_) => format!("{}!", offer.event),
            });
            all.insert(role.clone(), json!(names.collect::<Vec<_>>()));
        }
        Json::Object(all)
    }
}

/// Good answers as they were sent: without what the server adds or dropped.
pub(in crate::check::scenario) fn as_sent(
    sent: &Map<String, Json>,
    good: &Map<String, Json>,
) -> Map<String, Json> {
    let mut kept = Map::new();
    for (name, value) in good {
        let value = match (sent.get(name), value) {
            (None, _) => continue,
            (Some(Json::Object(sent)), Json::Object(good)) => Json::Object(as_sent(sent, good)),
            (Some(Json::Array(sent)), Json::Array(good)) => {
                let pairs = good
                    .iter()
                    .enumerate()
                    .map(|(at, good)| match (sent.get(at), good) {
                        (Some(Json::Object(sent)), Json::Object(good)) => {
                            Json::Object(as_sent(sent, good))
                        }
                        _ => good.clone(),
                    });
                pairs.collect()
            }
            (Some(_), value) => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    kept
}

/// What a form evaluates to for a scenario's answers.
pub(in crate::check::scenario) fn env(
    now: jiff::civil::DateTime,
    language: Language,
) -> form::Env<'static> {
    form::Env {
        now,
        world: &calendar::Nrw,
        language,
    }
}
