//! What moves a state: events of people and systems, eventless branches,
//! completion and timers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Decoder;
use crate::feel::solve::{Answer, can_hold};
use crate::feel::{Expression, Type};
use crate::source::{Diagnostic, Fields, Key, Node, Span};
use crate::text::Text;
use crate::workflow::chart::{Descriptor, StateIndex, Transition, Trigger};
use crate::workflow::definition::{
    APPLICANT, BUILT_IN_EVENTS, EventRule, Guard, SYSTEM, Style, TimerRule, Wait,
};

/// What later alternatives of an event take over from the first unless they say otherwise.
#[derive(Clone, Default)]
struct Shared {
    by: Vec<String>,
    label: Option<Text>,
    description: Option<Text>,
    style: Option<Style>,
    form: Option<String>,
    not_by_actor_of: Vec<String>,
}

impl Decoder<'_> {
    pub(super) fn decode_transitions(&mut self, state: StateIndex, fields: &Fields<'_>) {
        let branches = fields.list("always", self.report);
        for branch in branches {
            self.decode_always(state, branch);
        }
        let events = fields.map("events", self.report);
        for (key, node) in events {
            self.decode_event(state, key, node);
        }
        if let Some(node) = fields.get("on_done") {
            self.decode_on_done(state, node);
        }
        let timers = fields.list("after", self.report);
        let mut ids = BTreeSet::new();
        for node in timers {
            self.decode_timer(state, node, &mut ids);
        }
        let waits = !events.is_empty() || !timers.is_empty();
        let total = branches.iter().any(|branch| branch.get("guard").is_none());
        if let Some(last) = branches.last()
            && !total
            && !waits
        {
            self.check_total(state, last);
        }
    }

    /// Branches that all have a guard must leave nothing over, since the case
    /// cannot wait in this state.
    fn check_total(&mut self, state: StateIndex, last: &Node) {
        let own = &self.chart.states[state].transitions;
        let branches = own.iter().map(|index| &self.chart.transitions[*index]);
        let guards: Vec<&Expression> = branches
            .filter(|transition| transition.trigger == Trigger::Eventless)
            .filter_map(|transition| transition.guard.as_ref()?.when.as_ref())
            .collect();
        let example = match can_hold(&[], &guards, &self.scope(Type::Any)) {
            Answer::No => return,
            Answer::Yes(witness) => format!(": no branch fits {witness}"),
            Answer::Unknown => String::new(),
        };
        let message = format!(
            "the last branch of `always` has a guard, so the case could get stuck here{example}"
        );
        self.report.push(
            Diagnostic::error("always-not-total", last.span, message)
                .help("add a last branch without `guard`"),
        );
    }

    fn add(
        &mut self,
        transition: Transition<Guard, crate::workflow::definition::Action>,
        rule: Option<EventRule>,
        span: Span,
    ) {
        self.chart.add_transition(transition);
        self.rules.push(rule);
        self.transition_spans.push(span);
    }

    fn decode_always(&mut self, state: StateIndex, node: &Node) {
        let Some(fields) = Fields::of(node, "a branch of `always`", self.report) else {
            return;
        };
        if fields.get("target").is_none() {
            self.error(
                "missing-key",
                node.span,
                "a branch of `always` needs a `target`",
            );
        }
        self.decode_move(
            state,
            &fields,
            Trigger::Eventless,
            Guard::default(),
            &Type::Any,
            None,
            node.span,
        );
        fields.finish("a branch of `always`", self.report);
    }

    fn decode_on_done(&mut self, state: StateIndex, node: &Node) {
        if self.chart.is_atomic(state) {
            self.error(
                "wrong-shape",
                node.span,
                "`on_done` belongs to a state that has states",
            );
            return;
        }
        if node.as_text().is_some() {
            let targets = self.targets(state, node);
            let trigger = Trigger::Done(state);
            let transition = Transition {
                source: state,
                trigger,
                guard: None,
                targets,
                internal: false,
                actions: Vec::new(),
            };
            self.add(transition, None, node.span);
            return;
        }
        let Some(fields) = Fields::of(node, "`on_done`", self.report) else {
            return;
        };
        self.decode_move(
            state,
            &fields,
            Trigger::Done(state),
            Guard::default(),
            &Type::Any,
            None,
            node.span,
        );
        fields.finish("`on_done`", self.report);
    }

    fn decode_event(&mut self, state: StateIndex, key: &Key, node: &Node) {
        let well_formed = key.text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
        });
        if !well_formed {
            self.error(
                "wrong-id",
                key.span,
                format!(
                    "`{}` is no name of an event: small letters, digits, `_`, `-` and dots",
                    key.text
                ),
            );
        }
        if BUILT_IN_EVENTS.contains(&key.text.as_str()) {
            self.error(
                "reserved-name",
                key.span,
                format!(
                    "`{}` is an entry Schalter writes itself; choose another name",
                    key.text
                ),
            );
        }
        let mut shared = Shared::default();
        let single = std::slice::from_ref(node);
        for alternative in node.as_list().unwrap_or(single) {
            // A list of alternatives is told apart by place, a single one by its name.
            let span = if node.as_list().is_some() {
                alternative.span
            } else {
                key.span
            };
            self.decode_alternative(state, key, alternative, span, &mut shared);
        }
    }

    fn decode_alternative(
        &mut self,
        state: StateIndex,
        key: &Key,
        node: &Node,
        span: Span,
        shared: &mut Shared,
    ) {
        let Some(fields) = Fields::of(node, "an event", self.report) else {
            return;
        };
        self.decode_shared(key, &fields, shared);
        let event = self.event_type(shared);
        let scope = self.scope(event.clone());
        let require = fields
            .get("require")
            .and_then(|node| self.expression(node, &scope, &Type::Boolean));
        let message = fields.texts("message", self.report);
        if let (Some(node), None) = (fields.get("require"), &message) {
            let text = "`require` needs a `message` that says what is missing";
            let diagnostic = Diagnostic::error("missing-key", node.span, text);
            self.report
                .push(diagnostic.help("add `message: { de: …, en: … }`"));
        }
        let rule = EventRule {
            name: key.text.clone(),
            by: shared.by.clone(),
            label: shared
                .label
                .clone()
                .unwrap_or_else(|| Text::same(&key.text)),
            description: shared.description.clone(),
            style: shared.style.unwrap_or_default(),
            form: shared.form.clone(),
            require,
            message,
            not_by_actor_of: shared.not_by_actor_of.clone(),
        };
        let guard = Guard {
            by: shared.by.clone(),
            when: None,
        };
        let trigger = Trigger::Events(vec![Descriptor::Exact(key.text.clone())]);
        self.decode_move(state, &fields, trigger, guard, &event, Some(rule), span);
        fields.finish("an event", self.report);
    }

    fn decode_shared(&mut self, key: &Key, fields: &Fields<'_>, shared: &mut Shared) {
        if let Some(node) = fields.get("by") {
            let single = std::slice::from_ref(node);
            shared.by = node
                .as_list()
                .unwrap_or(single)
                .iter()
                .filter_map(|item| self.role(item))
                .collect();
        }
        // Roles that do not exist have been reported.
        let named = fields.get("by").is_some_and(|by| by.as_list() != Some(&[]));
        if shared.by.is_empty() && !named {
            let diagnostic = Diagnostic::error(
                "nobody-may",
                key.span,
                format!("nobody may do `{}`", key.text),
            );
            self.report.push(diagnostic.help("add `by: [role]`"));
        }
        shared.label = fields.texts("label", self.report).or(shared.label.take());
        if shared.label.is_none() && shared.by.iter().any(|role| role != SYSTEM) {
            let diagnostic = Diagnostic::error(
                "missing-key",
                key.span,
                format!("people do `{}`, so it needs a label", key.text),
            );
            self.report
                .push(diagnostic.help("add `label: { de: …, en: … }`"));
        }
        shared.description = fields
            .texts("description", self.report)
            .or(shared.description.take());
        if let Some(node) = fields.get("style") {
            shared.style = match node.as_text() {
                Some("primary") => Some(Style::Primary),
                Some("secondary") => Some(Style::Secondary),
                Some("danger") => Some(Style::Danger),
                other => {
                    self.unknown(
                        "wrong-value",
                        node.span,
                        "style",
                        other.unwrap_or(""),
                        &["primary", "secondary", "danger"],
                    );
                    None
                }
            };
        }
        if let Some(node) = fields.get("form") {
            let name = node.as_text().unwrap_or_default();
            if !self.forms.contains_key(name) {
                let known: Vec<String> = self.forms.keys().cloned().collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown("unknown-form", node.span, "form", name, &known);
            }
            shared.form = Some(name.to_owned());
        }
        if let Some(node) = fields.get("not_by_actor_of") {
            shared.not_by_actor_of = fields.text_list("not_by_actor_of", self.report);
            let names = shared
                .not_by_actor_of
                .iter()
                .cloned()
                .map(|name| (name, node.span));
            self.four_eyes.extend(names);
        }
    }

    /// The type of `event` in the expressions of an event: the answers of its
    /// form; open for what systems send; empty else.
    fn event_type(&self, shared: &Shared) -> Type {
        match shared.form.as_ref().and_then(|form| self.forms.get(form)) {
            Some(form) => Type::Record(Arc::new(form.types.clone())),
            None if shared.form.is_some() || shared.by.iter().any(|role| role == SYSTEM) => {
                Type::Any
            }
            None => Type::Record(Arc::new(BTreeMap::new())),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts every kind of transition has in common"
    )]
    fn decode_move(
        &mut self,
        state: StateIndex,
        fields: &Fields<'_>,
        trigger: Trigger,
        mut guard: Guard,
        event: &Type,
        rule: Option<EventRule>,
        span: Span,
    ) {
        let scope = self.scope(event.clone());
        guard.when = fields
            .get("guard")
            .and_then(|node| self.expression(node, &scope, &Type::Boolean));
        let targets = fields
            .get("target")
            .map(|node| self.targets(state, node))
            .unwrap_or_default();
        let internal = fields.bool("internal", self.report).unwrap_or(false);
        let actions = fields.list("actions", self.report);
        let actions = self.actions(actions, event);
        let guard = (guard.when.is_some() || !guard.by.is_empty()).then_some(guard);
        self.add(
            Transition {
                source: state,
                trigger,
                guard,
                targets,
                internal,
                actions,
            },
            rule,
            span,
        );
    }

    fn decode_timer(&mut self, state: StateIndex, node: &Node, ids: &mut BTreeSet<String>) {
        let Some(fields) = Fields::of(node, "a timer", self.report) else {
            return;
        };
        let id = fields.need_text("id", self.report).unwrap_or_default();
        if !ids.insert(id.clone()) {
            self.error(
                "duplicate-timer",
                node.span,
                format!("two timers of this state are called `{id}`"),
            );
        }
        if id.contains('/') {
            self.error("wrong-id", node.span, "the id of a timer has no `/`");
        }
        let due = fields.bool("due", self.report).unwrap_or(false);
        let wait = fields
            .need("wait", self.report)
            .and_then(|node| self.decode_wait(node));
        let trigger = Trigger::Timer(self.timers.len());
        if let Some((wait, roll)) = wait {
            self.timers.push(TimerRule {
                state,
                id,
                wait,
                roll,
                due,
            });
            self.decode_move(
                state,
                &fields,
                trigger,
                Guard::default(),
                &Type::Any,
                None,
                node.span,
            );
        } else {
            for key in ["guard", "target", "internal", "actions"] {
                fields.get(key);
            }
        }
        fields.finish("a timer", self.report);
    }

    fn decode_wait(&mut self, node: &Node) -> Option<(Wait, bool)> {
        type Make = fn(crate::feel::Expression) -> Wait;
        const KINDS: [(&str, Make); 6] = [
            ("hours", Wait::Hours),
            ("days", Wait::Days),
            ("weeks", Wait::Weeks),
            ("months", Wait::Months),
            ("working_days", Wait::WorkingDays),
            ("until", Wait::Until),
        ];
        let fields = Fields::of(node, "`wait`", self.report)?;
        let scope = self.scope(Type::Any);
        let mut found = Vec::new();
        for (name, make) in KINDS {
            let Some(inner) = fields.get(name) else {
                continue;
            };
            let wanted = if name == "until" {
                Self::moment_type(inner, &scope)
            } else {
                Type::Number
            };
            found.push((name, self.expression(inner, &scope, &wanted).map(make)));
        }
        let roll = match fields.get("roll") {
            None => false,
            Some(node) if node.as_text() == Some("next_working_day") => true,
            Some(node) => {
                self.error(
                    "wrong-value",
                    node.span,
                    "`roll` can only be `next_working_day`",
                );
                false
            }
        };
        fields.finish("`wait`", self.report);
        if found.len() != 1 {
            self.error(
                "wrong-shape",
                node.span,
                "`wait` has exactly one of hours, days, weeks, months, working_days, until",
            );
            return None;
        }
        let (name, wait) = found.pop()?;
        if name == "hours" && roll {
            self.error(
                "wrong-value",
                node.span,
                "a wait in hours is counted through and cannot roll (§ 31 Abs. 6 VwVfG)",
            );
        }
        wait.map(|wait| (wait, roll))
    }

    /// A role somebody declared, or `applicant` or `system`.
    pub(super) fn role(&mut self, node: &Node) -> Option<String> {
        let name = node.as_text().unwrap_or_default();
        if name == SYSTEM || self.roles.contains_key(name) {
            return Some(name.to_owned());
        }
        let mut known: Vec<String> = self.roles.keys().cloned().collect();
        known.push(SYSTEM.to_owned());
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unknown("unknown-role", node.span, "role", name, &known);
        None
    }

    pub(super) fn is_citizen(&self, role: &str) -> bool {
        role == APPLICANT || self.roles.get(role).is_some_and(|role| role.citizen)
    }
}
