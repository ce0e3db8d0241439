//! What clerks read about cases: states, deadlines, events, deliveries.

use std::collections::BTreeMap;

use engine::case::{Actor, Attachment, Case, CaseEvent, Millis, ParcelContent};
use engine::definitions::Definitions;
use engine::form;
use engine::text::{Language, Text};
use engine::workflow::{self, EventRule, Workflow};

use super::view::{DueView, EntryView, FactView, FlagView};
use crate::clock;
use crate::web::frame::Said;
use crate::web::site::Site;

/// Days ahead in which a deadline counts as near.
const SOON: i64 = 3;

/// Speaks about cases in the language of a page.
pub(super) struct Words<'w> {
    /// Texts and desk.
    pub site: &'w Site,
    /// Language of the page.
    pub language: Language,
    /// Departments with their queues.
    pub definitions: &'w Definitions,
    /// Names shown by account.
    pub names: &'w BTreeMap<String, String>,
}

impl Words<'_> {
    /// Words of the user interface.
    pub(super) fn say(&self, key: &str, values: &[(&str, String)]) -> String {
        self.site.say(self.language, key, values)
    }

    /// A text of a definition.
    pub(super) fn said(&self, text: &Text) -> Said {
        Said::of(text, self.language)
    }

    /// The name shown of an account.
    pub(super) fn name(&self, account: &str) -> String {
        self.names
            .get(account)
            .cloned()
            .unwrap_or_else(|| account.to_owned())
    }

    /// Department and queue, as `Sicherheit und Ordnung: Gewerbe`.
    pub(super) fn place(&self, department: &str, queue: &str) -> Said {
        let Some(known) = self.definitions.department(department) else {
            return Said::plain(format!("{department}/{queue}"));
        };
        let name = self.said(&known.name);
        match known.queue(queue) {
            Some(queue) => Said {
                text: format!("{}: {}", name.text, queue.name.get(self.language)),
                lang: name.lang,
            },
            None => name,
        }
    }

    /// The name of a department.
    pub(super) fn department(&self, id: &str) -> Said {
        self.definitions
            .department(id)
            .map_or_else(|| Said::plain(id), |known| self.said(&known.name))
    }

    /// Labels of the states a case is in, each once.
    pub(super) fn states(&self, workflow: &Workflow, configuration: &[String]) -> Vec<Said> {
        let mut labels: Vec<Said> = Vec::new();
        for path in configuration {
            let label = state_label(workflow, path)
                .map_or_else(|| Said::plain(path.as_str()), |text| self.said(text));
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// Marks of a case. One the program has no words for is shown by its name.
    pub(super) fn flags(&self, case: &Case) -> Vec<FlagView> {
        let mut flags = Vec::new();
        for flag in &case.flags {
            let words = self
                .site
                .pages
                .texts()
                .get(self.language, &format!("staff.flag.{flag}"));
            flags.push(FlagView {
                label: words.map_or_else(|| flag.replace('_', " "), str::to_owned),
                kind: match flag.as_str() {
                    "overdue" | "delivery_failed" => "danger",
                    "no_reply" => "warning",
                    _ => "info",
                },
            });
        }
        flags
    }

    /// An entry of the history; `before` is where the case stood.
    pub(super) fn entry(
        &self,
        workflow: &Workflow,
        event: &CaseEvent,
        before: Option<&[String]>,
        attachments: &[Attachment],
    ) -> EntryView {
        let (who, name) = match &event.actor {
            Actor::Citizen => ("citizen", None),
            Actor::Staff { name, .. } => ("staff", Some(name.clone())),
            Actor::Party { name, .. } => ("party", Some(name.clone())),
            Actor::System => ("system", None),
        };
        let moved = before != Some(&event.configuration);
        let states = self.states(workflow, &event.configuration);
        EntryView {
            seq: event.seq,
            at: event.at,
            who,
            name,
            what: self.what(workflow, event),
            data: self.data(workflow, event, attachments),
            state: moved
                .then(|| joined(&states))
                .filter(|state| !state.is_empty()),
            internal: event.internal,
        }
    }

    fn what(&self, workflow: &Workflow, event: &CaseEvent) -> Said {
        let known = |key: &str| Said::plain(self.say(key, &[]));
        match event.name.as_str() {
            "submitted" => known("staff.event.submitted"),
            "note" => known("staff.event.note"),
            engine::case::WITHHELD => known("staff.event.withheld"),
            engine::case::MIGRATED => known("staff.event.migrated"),
            "assign" => match event.payload.get("to").and_then(|to| to.as_str()) {
                Some(account) => {
                    Said::plain(self.say("staff.event.assign", &[("name", self.name(account))]))
                }
                None => known("staff.event.release"),
            },
            "payment.succeeded" => known("staff.event.paid"),
            "payment.failed" => known("staff.event.payment_failed"),
            "place.free" => known("staff.event.place_free"),
            "delivery.failed" => known("staff.event.delivery_failed"),
            workflow::PARTY_CONFIRMED => self.of_party("staff.event.party_confirmed", event),
            workflow::PARTY_DECLINED => self.of_party("staff.event.party_declined", event),
            workflow::PARTY_RESENT => known("staff.event.party_resent"),
            name if name.starts_with("timer.") => known("staff.event.timer"),
            name => match rule(workflow, name).filter(|rule| !rule.label.de.is_empty()) {
                Some(rule) => self.said(&rule.label),
                None => Said::plain(name),
            },
        }
    }

    /// What a party did, with its name.
    fn of_party(&self, key: &str, event: &CaseEvent) -> Said {
        let name = event.payload.get("name").and_then(|name| name.as_str());
        Said::plain(self.say(key, &[("name", name.unwrap_or_default().to_owned())]))
    }

    /// What was given with an event, as people read it.
    fn data(
        &self,
        workflow: &Workflow,
        event: &CaseEvent,
        attachments: &[Attachment],
    ) -> Vec<FactView> {
        if event.name == "note" {
            let text = event
                .payload
                .get("text")
                .and_then(|text| text.as_str())
                .unwrap_or_default();
            return vec![FactView {
                label: self.say("staff.note.data", &[]),
                value: text.to_owned(),
            }];
        }
        let Some(questions) = workflow.form_of(&event.name) else {
            return Vec::new();
        };
        let env = self.site.desk.form_env(event.at, self.language);
        form::sections(questions, &event.payload, attachments, env)
            .into_iter()
            .flat_map(|section| section.rows)
            .filter(|row| !row.value.is_empty())
            .map(|row| FactView {
                label: row.label,
                value: row.value,
            })
            .collect()
    }

    /// What a parcel does.
    pub(super) fn parcel(&self, content: &ParcelContent) -> String {
        match content {
            ParcelContent::Mail { to, .. } => {
                self.say("staff.delivery.mail", &[("to", to.clone())])
            }
            ParcelContent::Deliver {
                department, queue, ..
            } => self.say(
                "staff.delivery.deliver",
                &[("place", self.place(department, queue).text)],
            ),
            ParcelContent::Notify {
                role, department, ..
            } => {
                let role = format!("{role} ({})", self.department(department).text);
                self.say("staff.delivery.notify", &[("role", role)])
            }
            ParcelContent::Promote { resource } => {
                self.say("staff.delivery.promote", &[("resource", resource.clone())])
            }
        }
    }
}

/// States as one text.
pub(super) fn joined(states: &[Said]) -> String {
    states
        .iter()
        .map(|state| state.text.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The label of a state: its own, else that of the nearest state around it.
fn state_label<'w>(workflow: &'w Workflow, path: &str) -> Option<&'w Text> {
    let mut path = Some(path);
    while let Some(inner) = path {
        if let Some(label) = workflow.state(inner).and_then(|state| state.label.as_ref()) {
            return Some(label);
        }
        path = inner.rsplit_once('.').map(|(around, _)| around);
    }
    None
}

fn rule<'w>(workflow: &'w Workflow, event: &str) -> Option<&'w EventRule> {
    workflow
        .rules
        .iter()
        .flatten()
        .find(|rule| rule.name == event)
}

/// A deadline in words; `due_at` is the first instant after it.
pub(super) fn due(due_at: Millis, now: Millis) -> DueView {
    let last = due_at - 1;
    let days = clock::local(now)
        .date()
        .until(clock::local(last).date())
        .map_or(0, |span| i64::from(span.get_days()));
    let kind = match days {
        _ if now >= due_at && days == 0 => "passed",
        _ if now >= due_at => "overdue",
        0 => "today",
        1..=SOON => "soon",
        _ => "later",
    };
    DueView {
        at: last,
        kind,
        days: days.abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T12:00 in Berlin.
    const NOON: i64 = 1_795_431_600_000;
    const HOUR: i64 = 60 * 60 * 1000;

    #[test]
    fn deadlines_count_days_of_the_city() {
        let kind = |due_at| {
            let due = due(due_at, NOON);
            (due.kind, due.days)
        };
        let midnight = NOON + 12 * HOUR;
        assert_eq!(kind(midnight), ("today", 0));
        assert_eq!(kind(midnight + 24 * HOUR), ("soon", 1));
        assert_eq!(kind(midnight + 3 * 24 * HOUR), ("soon", 3));
        assert_eq!(kind(midnight + 40 * 24 * HOUR), ("later", 40));
        assert_eq!(kind(NOON - 12 * HOUR), ("overdue", 1));
        assert_eq!(kind(NOON - HOUR), ("passed", 0));
        assert_eq!(kind(NOON - 12 * HOUR - 6 * 24 * HOUR), ("overdue", 7));
    }
}
