//! Publishing in workflows: which variables hold what is published, and that
//! a clerk decides about it.

use super::Decoder;
use crate::feel::Type;
use crate::source::{Diagnostic, Fields, Node, Span};
use crate::workflow::definition::{Action, PublicationVars, SYSTEM};

impl Decoder<'_> {
    pub(super) fn decode_publication(&mut self, fields: &Fields<'_>) -> PublicationVars {
        let Some(keys) = fields
            .get("publication")
            .and_then(|node| Fields::of(node, "`publication`", self.report))
        else {
            return PublicationVars::default();
        };
        let names = PublicationVars {
            title: self.public_var(&keys, "title"),
            text: self.public_var(&keys, "text"),
            answer: self.public_var(&keys, "answer"),
        };
        keys.finish("`publication`", self.report);
        names
    }

    /// The name of a variable that is a text.
    fn public_var(&mut self, keys: &Fields<'_>, key: &'static str) -> Option<String> {
        let node = keys.get(key)?;
        let name = keys.text(key, self.report)?;
        match self.vars.get(&name) {
            Some(param) if param.ty == Type::Text => Some(name),
            Some(_) => {
                let message = format!("what is published is a text, but `{name}` is none");
                self.error("wrong-type", node.span, message);
                None
            }
            None => {
                let known: Vec<String> = self.vars.keys().cloned().collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown("unknown-variable", node.span, "variable", &name, &known);
                None
            }
        }
    }

    /// `publish: true` or `unpublish: true`.
    pub(super) fn only_true(&mut self, node: &Node, action: Action, word: &str) -> Option<Action> {
        if node.as_bool() != Some(true) {
            let message = format!("write `{word}: true`");
            self.error("wrong-value", node.span, message);
        }
        Some(action)
    }

    /// Nothing a citizen wrote goes out unread: only events of staff publish.
    pub(super) fn check_publish(&mut self) {
        let publishes = |actions: &[Action]| {
            let found = |action: &Action| matches!(action, Action::Publish);
            actions.iter().any(found)
        };
        let mut wrong: Vec<Span> = Vec::new();
        for (at, state) in self.chart.states.iter().enumerate() {
            if publishes(&state.entry) || publishes(&state.exit) {
                wrong.extend(self.spans.get(at));
            }
        }
        for (at, transition) in self.chart.transitions.iter().enumerate() {
            let by_staff = self
                .rules
                .get(at)
                .and_then(Option::as_ref)
                .is_some_and(|rule| {
                    let staff = |role: &String| {
                        role != SYSTEM && self.roles.get(role).is_some_and(|role| !role.citizen)
                    };
                    !rule.by.is_empty() && rule.by.iter().all(staff)
                });
            if publishes(&transition.actions) && !by_staff {
                wrong.extend(self.transition_spans.get(at));
            }
        }
        for span in wrong {
            let message = "something is published here without anybody reading it first";
            let help = "put `publish: true` under an event that only staff may cause";
            self.report
                .push(Diagnostic::error("publish-unread", span, message).help(help));
        }
    }
}
