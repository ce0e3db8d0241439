//! Which facts can still matter in a state: read by something that may happen
//! from there, before they are written again. Everything else is left out of
//! a position, so that far fewer of them have to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::letters::References;
use crate::feel::Expression;
use crate::workflow::chart::{Kind, ROOT, StateIndex, TransitionIndex};
use crate::workflow::{Action, Name, Workflow};

/// Paths such as `vars.missing`, `document.receipt` or `actor.propose`.
pub(super) type Facts = BTreeSet<String>;

/// By atomic state: the facts that still matter.
pub(super) struct Live(BTreeMap<StateIndex, Facts>);

impl Live {
    pub(super) fn of(workflow: &Workflow, letters: &References) -> Live {
        let flow = Flow { workflow, letters };
        let chart = &workflow.chart;
        let atomic = (1..chart.states.len()).filter(|state| chart.is_atomic(*state));
        let mut live: BTreeMap<StateIndex, Facts> =
            atomic.map(|state| (state, Facts::new())).collect();
        loop {
            let mut grown = false;
            let states: Vec<StateIndex> = live.keys().copied().collect();
            for state in states {
                let facts = flow.before(state, &live);
                if facts.len() > live[&state].len() {
                    live.insert(state, facts);
                    grown = true;
                }
            }
            if !grown {
                return Live(live);
            }
        }
    }

    /// Whether a fact matters in any of these states.
    pub(super) fn matters(&self, fact: &str, active: &BTreeSet<StateIndex>) -> bool {
        active
            .iter()
            .filter_map(|state| self.0.get(state))
            .any(|facts| facts.contains(fact))
    }
}

struct Flow<'w> {
    workflow: &'w Workflow,
    letters: &'w References,
}

impl Flow<'_> {
    /// What matters in a state, by what is known to matter after each way out.
    fn before(&self, state: StateIndex, live: &BTreeMap<StateIndex, Facts>) -> Facts {
        let chart = &self.workflow.chart;
        let around: Vec<StateIndex> = std::iter::once(state)
            .chain(chart.ancestors(state))
            .collect();
        let mut facts = live[&state].clone();
        for at in &around {
            for index in &chart.states[*at].transitions {
                facts.extend(self.transition(*index, &around, live));
            }
        }
        facts
    }

    fn transition(
        &self,
        index: TransitionIndex,
        around: &[StateIndex],
        live: &BTreeMap<StateIndex, Facts>,
    ) -> Facts {
        let chart = &self.workflow.chart;
        let transition = &chart.transitions[index];
        let mut facts = Facts::new();
        let entered = self.entered(&transition.targets);
        for state in entered.keys() {
            facts.extend(live.get(state).into_iter().flatten().cloned());
        }
        for (state, certain) in entered.iter().rev() {
            let node = &chart.states[*state];
            let initial = node.initial.iter().flat_map(|initial| &initial.actions);
            for action in initial {
                self.reads(action, &mut facts);
            }
            for action in node.entry.iter().rev() {
                if *certain {
                    kill(action, &mut facts);
                }
                self.reads(action, &mut facts);
            }
            for timer in self
                .workflow
                .timers
                .iter()
                .filter(|timer| timer.state == *state)
            {
                read(timer.wait.expression(), &mut facts);
            }
        }
        for action in transition.actions.iter().rev() {
            kill(action, &mut facts);
            self.reads(action, &mut facts);
        }
        if !transition.targets.is_empty() {
            for action in around.iter().flat_map(|state| &chart.states[*state].exit) {
                self.reads(action, &mut facts);
            }
        }
        if let Some(rule) = transition
            .guard
            .as_ref()
            .and_then(|guard| guard.when.as_ref())
        {
            read(rule, &mut facts);
        }
        if let Some(rule) = self.workflow.rule(index) {
            rule.require.iter().for_each(|rule| read(rule, &mut facts));
            facts.extend(
                rule.not_by_actor_of
                    .iter()
                    .map(|event| format!("actor.{event}")),
            );
        }
        facts
    }

    /// The states that targets make active, with whether that is certain: the
    /// states around a target may be active already.
    fn entered(&self, targets: &[StateIndex]) -> BTreeMap<StateIndex, bool> {
        let chart = &self.workflow.chart;
        let mut entered = BTreeMap::new();
        let mut open: Vec<(StateIndex, bool)> =
            targets.iter().map(|target| (*target, true)).collect();
        while let Some((state, certain)) = open.pop() {
            if state == ROOT || entered.get(&state).is_some_and(|known| *known || !certain) {
                continue;
            }
            entered.insert(state, certain);
            let node = &chart.states[state];
            match node.kind {
                Kind::Parallel => open.extend(chart.regions(state).map(|region| (region, certain))),
                // What a history state remembers is anything around it.
                Kind::History(_) => {
                    let parent = node.parent.unwrap_or(ROOT);
                    let inner =
                        (1..chart.states.len()).filter(|at| chart.is_descendant(*at, parent));
                    open.extend(inner.filter(|at| *at != state).map(|at| (at, false)));
                }
                Kind::Compound => {
                    let initial = node.initial.iter().flat_map(|initial| &initial.targets);
                    open.extend(initial.map(|target| (*target, certain)));
                }
                Kind::Atomic | Kind::Final => {}
            }
            // What lies around a target is entered, not its initial state.
            for around in chart.ancestors(state).filter(|around| *around != ROOT) {
                entered.entry(around).or_insert(false);
                if chart.states[around].kind == Kind::Parallel {
                    let others = chart
                        .regions(around)
                        .filter(|region| *region != state && !chart.is_descendant(state, *region));
                    open.extend(others.map(|region| (region, false)));
                }
            }
        }
        entered
    }

    fn reads(&self, action: &Action, facts: &mut Facts) {
        match action {
            Action::Set(pairs) => pairs.iter().for_each(|(_, rule)| read(rule, facts)),
            Action::Append(pairs) => {
                for (name, rule) in pairs {
                    read(rule, facts);
                    facts.insert(format!("vars.{name}"));
                }
            }
            Action::RequestPayment { amount, .. } => read(amount, facts),
            Action::Mail {
                template, attach, ..
            } => {
                self.letter(template, facts);
                documents(attach, facts);
            }
            Action::Document { template, .. } | Action::Notify { template, .. } => {
                self.letter(template, facts);
            }
            Action::Deliver {
                department,
                queue,
                attach,
            } => {
                for name in [department, queue].into_iter().flatten() {
                    computed(name, facts);
                }
                documents(attach, facts);
            }
            Action::Forward { department, queue } => {
                computed(department, facts);
                computed(queue, facts);
            }
            _ => {}
        }
    }

    fn letter(&self, template: &str, facts: &mut Facts) {
        facts.extend(self.letters.get(template).into_iter().flatten().cloned());
    }
}

fn read(rule: &Expression, facts: &mut Facts) {
    facts.extend(rule.reads().iter().cloned());
}

fn computed(name: &Name, facts: &mut Facts) {
    if let Name::Computed(rule) = name {
        read(rule, facts);
    }
}

fn documents(names: &[String], facts: &mut Facts) {
    facts.extend(names.iter().map(|name| format!("document.{name}")));
}

/// What an action writes did not matter before it.
fn kill(action: &Action, facts: &mut Facts) {
    match action {
        Action::Set(pairs) => {
            for (name, _) in pairs {
                facts.remove(&format!("vars.{name}"));
            }
        }
        Action::Document { name, .. } => {
            facts.remove(&format!("document.{name}"));
        }
        _ => {}
    }
}
