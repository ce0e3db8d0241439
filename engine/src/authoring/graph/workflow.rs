//! A workflow as blocks and rows.

use super::{Block, Diagram, Look, Row};
use crate::text::{Language, Text};
use crate::workflow::chart::{Depth, Kind, ROOT, StateIndex, Transition, Trigger};
use crate::workflow::{Action, Guard, Wait, Workflow};

/// The drawing of a workflow.
pub fn of_workflow(workflow: &Workflow, language: Language) -> Diagram {
    let words = Words { workflow, language };
    let states = workflow.chart.states.len() - 1;
    let title = workflow.title.get(language).to_owned();
    let description = words.say(
        &format!("Ablauf mit {states} Zuständen. Jeder Block ist ein Zustand mit dem, was dort getan werden kann; gestrichelte Linien sind Fristen."),
        &format!("Workflow with {states} states. Each block is a state with what can be done in it; dashed lines are timers."),
    );
    Diagram {
        title,
        description,
        blocks: words.blocks(ROOT),
    }
}

/// How a workflow is put into words.
pub(super) struct Words<'w> {
    pub(super) workflow: &'w Workflow,
    pub(super) language: Language,
}

impl Words<'_> {
    fn say(&self, de: &str, en: &str) -> String {
        match self.language {
            Language::De => de.to_owned(),
            Language::En => en.to_owned(),
        }
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language)
    }

    fn blocks(&self, around: StateIndex) -> Vec<Block> {
        let children = &self.workflow.chart.states[around].children;
        children.iter().map(|state| self.block(*state)).collect()
    }

    fn block(&self, state: StateIndex) -> Block {
        let chart = &self.workflow.chart;
        let known = &chart.states[state];
        let around = &chart.states[known.parent.unwrap_or(ROOT)];
        let rows = known.transitions.iter();
        Block {
            id: self.workflow.states[state].path.clone(),
            title: self.name(state),
            notes: self.notes(state),
            rows: rows
                .map(|at| self.row(&chart.transitions[*at], *at))
                .collect(),
            children: self.blocks(state),
            look: match known.kind {
                Kind::Final => Look::Final,
                Kind::History(_) => Look::Conditional,
                _ => Look::Plain,
            },
            initial: around
                .initial
                .as_ref()
                .is_some_and(|initial| initial.targets.contains(&state)),
        }
    }

    /// What staff read, else the last part of the path.
    pub(super) fn name(&self, state: StateIndex) -> String {
        let info = &self.workflow.states[state];
        let own = || info.path.rsplit('.').next().unwrap_or_default().to_owned();
        match self.workflow.chart.states[state].kind {
            Kind::History(Depth::Deep) => {
                self.say("zurück, wo es war (genau)", "back where it was (exactly)")
            }
            Kind::History(Depth::Shallow) => self.say("zurück, wo es war", "back where it was"),
            _ => info
                .label
                .as_ref()
                .map_or_else(own, |label| self.text(label).to_owned()),
        }
    }

    fn notes(&self, state: StateIndex) -> Vec<String> {
        let info = &self.workflow.states[state];
        let mut notes = Vec::new();
        if self.workflow.chart.states[state].kind == Kind::Parallel {
            notes.push(self.say(
                "Alles darin läuft gleichzeitig.",
                "All inside runs at the same time.",
            ));
        }
        if let Some(public) = &info.public {
            notes.push(match self.language {
                Language::De => format!("„{}“", self.text(public)),
                Language::En => format!("“{}”", self.text(public)),
            });
        }
        if let Some(role) = &info.task {
            notes.push(format!(
                "{}: {}",
                self.say("Zuständig", "In charge"),
                self.role(role)
            ));
        }
        if let Some(outcome) = &info.outcome {
            notes.push(format!("{}: {outcome}", self.say("Ergebnis", "Outcome")));
        }
        notes
    }

    pub(super) fn role(&self, role: &str) -> String {
        match self.workflow.roles.get(role) {
            Some(known) => self.text(&known.title).to_owned(),
            None => self.say("System", "system"),
        }
    }

    fn row(&self, transition: &Transition<Guard, Action>, at: usize) -> Row {
        let when = transition
            .guard
            .as_ref()
            .and_then(|guard| guard.when.as_ref());
        let states = &self.workflow.states;
        let when = when.map(|when| format!("{} {}", self.say("wenn", "if"), when.text()));
        // Where nothing is left, what happens is all there is to tell.
        let done = if transition.targets.is_empty() {
            self.actions(&transition.actions)
        } else {
            None
        };
        let details: Vec<String> = when.into_iter().chain(done).collect();
        Row {
            text: self.trigger(transition, at),
            detail: (!details.is_empty()).then(|| details.join("; ")),
            targets: transition
                .targets
                .iter()
                .map(|target| states[*target].path.clone())
                .collect(),
            dashed: matches!(transition.trigger, Trigger::Timer(_)),
            depth: 0,
        }
    }

    /// What a transition does that people notice.
    fn actions(&self, actions: &[Action]) -> Option<String> {
        let told: Vec<String> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Document { name, .. } => {
                    Some(format!("{} {name}", self.say("Dokument", "document")))
                }
                Action::Mail { template, .. } => {
                    Some(format!("{} {template}", self.say("Mail", "mail")))
                }
                Action::Notify { role, .. } => Some(format!(
                    "{} {}",
                    self.say("Nachricht an", "notice to"),
                    self.role(role)
                )),
                Action::InviteParties { .. } => {
                    Some(self.say("fragt die Beteiligten", "asks the parties"))
                }
                Action::RemindParties { .. } => {
                    Some(self.say("erinnert die Beteiligten", "reminds the parties"))
                }
                Action::Flag(flag) => Some(format!("{} {flag}", self.say("Merker", "mark"))),
                Action::Assign { actor: true } => {
                    Some(self.say("übernimmt den Vorgang", "takes the case"))
                }
                Action::Forward { .. } => {
                    Some(self.say("gibt den Vorgang ab", "forwards the case"))
                }
                Action::Raise(event) => {
                    Some(format!("{} {event}", self.say("löst aus:", "causes")))
                }
                _ => None,
            })
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// What makes a transition happen: the button with who may press it, or the time.
    pub(super) fn trigger(&self, transition: &Transition<Guard, Action>, at: usize) -> String {
        match (&transition.trigger, self.workflow.rule(at)) {
            (_, Some(rule)) => {
                let roles: Vec<String> = rule.by.iter().map(|role| self.role(role)).collect();
                let four_eyes = match rule.not_by_actor_of.is_empty() {
                    true => String::new(),
                    false => self.say(", Vier-Augen", ", four eyes"),
                };
                format!(
                    "{} ({}{four_eyes})",
                    self.text(&rule.label),
                    roles.join(", ")
                )
            }
            (Trigger::Timer(timer), _) => self.timer(*timer),
            (Trigger::Done(_), _) => {
                self.say("wenn alles darin fertig ist", "when all inside is done")
            }
            _ => self.say("sofort", "at once"),
        }
    }

    fn timer(&self, timer: usize) -> String {
        let Some(timer) = self.workflow.timers.get(timer) else {
            return String::new();
        };
        let count = timer.wait.expression().text();
        let one = count == "1";
        let unit = |de: [&str; 2], en: [&str; 2]| {
            let at = usize::from(!one);
            format!(
                "{} {count} {}",
                self.say("nach", "after"),
                self.say(de[at], en[at])
            )
        };
        let mut text = match &timer.wait {
            Wait::Hours(_) => unit(["Stunde", "Stunden"], ["hour", "hours"]),
            Wait::Days(_) => unit(["Tag", "Tagen"], ["day", "days"]),
            Wait::Weeks(_) => unit(["Woche", "Wochen"], ["week", "weeks"]),
            Wait::Months(_) => unit(["Monat", "Monaten"], ["month", "months"]),
            Wait::WorkingDays(_) => unit(["Werktag", "Werktagen"], ["working day", "working days"]),
            Wait::Until(_) => format!("{} {count}", self.say("bis", "until")),
        };
        if timer.due {
            text.push_str(&self.say(" (Frist)", " (deadline)"));
        }
        text
    }
}
