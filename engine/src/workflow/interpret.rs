//! The algorithm of W3C SCXML, Appendix D, procedure by procedure: one event
//! in, one macrostep out.
//!
//! What differs from the recommendation's text: there is no session and no
//! external queue here (the caller sends one event at a time), nothing is
//! exited when a top-level final state is reached (a closed case keeps its
//! last configuration), and a macrostep has a bound.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::chart::{Chart, Depth, Kind, ROOT, StateIndex, Transition, TransitionIndex, Trigger};

/// An event inside a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Name, matched by descriptors.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Sent from outside.
    External,
    /// Raised inside, by an action or an error.
    Internal,
    /// The completion of a state.
    Done(StateIndex),
    /// A timer, by its position among the timers of the workflow.
    Timer(usize),
}

impl Event {
    /// An event sent from outside.
    pub fn external(name: impl Into<String>) -> Event {
        Event {
            name: name.into(),
            source: Source::External,
        }
    }

    /// An event raised inside.
    pub fn internal(name: impl Into<String>) -> Event {
        Event {
            name: name.into(),
            source: Source::Internal,
        }
    }

    /// The event of a timer.
    pub fn timer(name: impl Into<String>, timer: usize) -> Event {
        Event {
            name: name.into(),
            source: Source::Timer(timer),
        }
    }
}

/// The set of active states, atomic and compound, in document order.
pub type Configuration = BTreeSet<StateIndex>;

/// An action that could not be carried out; the rest of its block is skipped
/// and `error.execution` is raised (SCXML 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionFailed;

/// What a machine needs from outside: truth of guards and effect of actions.
pub trait Host<G, A> {
    /// Whether a guard holds.
    fn holds(&mut self, guard: &G, active: &Configuration, event: Option<&Event>) -> bool;

    /// Carries an action out; what it raises is appended to `raised`.
    ///
    /// # Errors
    /// [`ActionFailed`] where it could not.
    fn run(
        &mut self,
        action: &A,
        active: &Configuration,
        event: Option<&Event>,
        raised: &mut VecDeque<Event>,
    ) -> Result<(), ActionFailed>;

    /// A state becomes active; its entry actions follow.
    fn entered(&mut self, state: StateIndex, active: &Configuration) {
        let _ = (state, active);
    }

    /// A state is left; its exit actions have run.
    fn exited(&mut self, state: StateIndex) {
        let _ = state;
    }

    /// A transition is taken.
    fn taken(&mut self, transition: TransitionIndex) {
        let _ = transition;
    }
}

/// More microsteps than allowed: the machine runs in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the machine did not come to rest within {0} microsteps; look for `always` or `raise` in a circle"
)]
pub struct Overrun(pub u32);

/// A chart in motion.
#[derive(Clone, Debug)]
pub struct Machine<'c, G, A> {
    chart: &'c Chart<G, A>,
    /// Active states.
    pub configuration: Configuration,
    /// What history states remember.
    pub history: BTreeMap<StateIndex, Vec<StateIndex>>,
    /// False once a top-level final state was entered.
    pub running: bool,
    internal: VecDeque<Event>,
    limit: u32,
}

/// What one microstep enters.
#[derive(Default)]
struct EntrySet {
    states: BTreeSet<StateIndex>,
    /// Compound states entered by default, whose initial actions run.
    defaults: BTreeSet<StateIndex>,
    /// By parent: the history state whose default actions run.
    default_history: BTreeMap<StateIndex, StateIndex>,
}

impl<'c, G, A> Machine<'c, G, A> {
    /// A machine at rest in no state; at most `limit` microsteps a macrostep.
    pub fn new(chart: &'c Chart<G, A>, limit: u32) -> Machine<'c, G, A> {
        Machine {
            chart,
            configuration: Configuration::new(),
            history: BTreeMap::new(),
            running: true,
            internal: VecDeque::new(),
            limit,
        }
    }

    /// A machine that rests in a stored configuration.
    pub fn resumed(
        chart: &'c Chart<G, A>,
        configuration: Configuration,
        history: BTreeMap<StateIndex, Vec<StateIndex>>,
        limit: u32,
    ) -> Machine<'c, G, A> {
        Machine {
            configuration,
            history,
            ..Machine::new(chart, limit)
        }
    }

    /// The active atomic states, in document order.
    pub fn atomic(&self) -> impl Iterator<Item = StateIndex> + '_ {
        self.configuration
            .iter()
            .copied()
            .filter(|state| self.chart.is_atomic(*state))
    }

    /// Enters the initial configuration and runs until nothing moves.
    ///
    /// # Errors
    /// [`Overrun`] when it does not come to rest.
    pub fn start(&mut self, host: &mut impl Host<G, A>) -> Result<(), Overrun> {
        self.configuration.insert(ROOT);
        let mut entry = EntrySet::default();
        let mut actions: &[A] = &[];
        if let Some(initial) = &self.chart.states[ROOT].initial {
            actions = &initial.actions;
            self.add_targets(&initial.targets, ROOT, &mut entry);
        }
        self.run_block(actions, None, host);
        self.enter(&entry, None, host);
        self.settle(host)
    }

    /// Processes one external event and everything that follows from it.
    /// Returns the transitions the event itself took; none means it was ignored.
    ///
    /// # Errors
    /// [`Overrun`] when the machine does not come to rest.
    pub fn send(
        &mut self,
        event: &Event,
        host: &mut impl Host<G, A>,
    ) -> Result<Vec<TransitionIndex>, Overrun> {
        if !self.running {
            return Ok(Vec::new());
        }
        let selected = self.select(Some(event), host);
        if !selected.is_empty() {
            self.microstep(&selected, Some(event), host);
            self.settle(host)?;
        }
        Ok(selected)
    }

    /// The transitions an event would take now, without taking them.
    pub fn select(
        &self,
        event: Option<&Event>,
        host: &mut impl Host<G, A>,
    ) -> Vec<TransitionIndex> {
        let mut enabled = Vec::new();
        for atomic in self.atomic() {
            let chain = std::iter::once(atomic).chain(self.chart.ancestors(atomic));
            let found = chain
                .flat_map(|state| self.chart.states[state].transitions.iter().copied())
                .find(|index| self.is_enabled(&self.chart.transitions[*index], event, host));
            if let Some(index) = found
                && !enabled.contains(&index)
            {
                enabled.push(index);
            }
        }
        self.remove_conflicts(enabled)
    }

    /// Eventless transitions and internal events until nothing moves.
    fn settle(&mut self, host: &mut impl Host<G, A>) -> Result<(), Overrun> {
        let mut steps = 0;
        while self.running {
            let mut event = None;
            let mut selected = self.select(None, host);
            if selected.is_empty() {
                let Some(next) = self.internal.pop_front() else {
                    break;
                };
                selected = self.select(Some(&next), host);
                event = Some(next);
            }
            if !selected.is_empty() {
                steps += 1;
                if steps > self.limit {
                    return Err(Overrun(self.limit));
                }
                self.microstep(&selected, event.as_ref(), host);
            }
        }
        self.internal.clear();
        Ok(())
    }

    fn is_enabled(
        &self,
        transition: &Transition<G, A>,
        event: Option<&Event>,
        host: &mut impl Host<G, A>,
    ) -> bool {
        let triggered = match (&transition.trigger, event) {
            (Trigger::Eventless, None) => true,
            (Trigger::Events(descriptors), Some(Event { name, source })) => {
                !matches!(source, Source::Timer(_))
                    && descriptors
                        .iter()
                        .any(|descriptor| descriptor.matches(name))
            }
            (Trigger::Done(state), Some(event)) => event.source == Source::Done(*state),
            (Trigger::Timer(timer), Some(event)) => event.source == Source::Timer(*timer),
            _ => false,
        };
        triggered
            && transition
                .guard
                .as_ref()
                .is_none_or(|guard| host.holds(guard, &self.configuration, event))
    }

    /// Of transitions that leave a common state the one from further inside
    /// wins, else the one found first.
    fn remove_conflicts(&self, enabled: Vec<TransitionIndex>) -> Vec<TransitionIndex> {
        let mut kept: Vec<(TransitionIndex, BTreeSet<StateIndex>)> = Vec::new();
        for candidate in enabled {
            let exits = self.exit_set(candidate);
            let source = self.chart.transitions[candidate].source;
            let rivals =
                |other: &(TransitionIndex, BTreeSet<StateIndex>)| !other.1.is_disjoint(&exits);
            let preempted = kept.iter().filter(|other| rivals(other)).any(|(other, _)| {
                !self
                    .chart
                    .is_descendant(source, self.chart.transitions[*other].source)
            });
            if !preempted {
                kept.retain(|other| !rivals(other));
                kept.push((candidate, exits));
            }
        }
        kept.into_iter().map(|(index, _)| index).collect()
    }

    fn microstep(
        &mut self,
        selected: &[TransitionIndex],
        event: Option<&Event>,
        host: &mut impl Host<G, A>,
    ) {
        let chart = self.chart;
        self.exit(selected, event, host);
        for index in selected {
            host.taken(*index);
            self.run_block(&chart.transitions[*index].actions, event, host);
        }
        let mut entry = EntrySet::default();
        for index in selected {
            let transition = &chart.transitions[*index];
            if let Some(domain) = self.domain(transition) {
                self.add_targets(&transition.targets, domain, &mut entry);
            }
        }
        self.enter(&entry, event, host);
    }

    fn exit(
        &mut self,
        selected: &[TransitionIndex],
        event: Option<&Event>,
        host: &mut impl Host<G, A>,
    ) {
        let chart = self.chart;
        let leaving: BTreeSet<StateIndex> = selected
            .iter()
            .flat_map(|index| self.exit_set(*index))
            .collect();
        for state in leaving.iter().rev() {
            for child in &chart.states[*state].children {
                let Kind::History(depth) = chart.states[*child].kind else {
                    continue;
                };
                let remembered = match depth {
                    Depth::Deep => self
                        .atomic()
                        .filter(|inner| chart.is_descendant(*inner, *state))
                        .collect(),
                    Depth::Shallow => chart
                        .regions(*state)
                        .filter(|inner| self.configuration.contains(inner))
                        .collect(),
                };
                self.history.insert(*child, remembered);
            }
        }
        for state in leaving.iter().rev() {
            self.run_block(&chart.states[*state].exit, event, host);
            self.configuration.remove(state);
            host.exited(*state);
        }
    }

    fn enter(&mut self, entry: &EntrySet, event: Option<&Event>, host: &mut impl Host<G, A>) {
        let chart = self.chart;
        for index in &entry.states {
            let state = &chart.states[*index];
            self.configuration.insert(*index);
            host.entered(*index, &self.configuration);
            self.run_block(&state.entry, event, host);
            if entry.defaults.contains(index)
                && let Some(initial) = &state.initial
            {
                self.run_block(&initial.actions, event, host);
            }
            if let Some(default) = entry
                .default_history
                .get(index)
                .and_then(|at| chart.states[*at].initial.as_ref())
            {
                self.run_block(&default.actions, event, host);
            }
            if state.kind == Kind::Final {
                self.completed(*index);
            }
        }
    }

    /// A final state was entered: its parent is done, and perhaps the
    /// parallel state around that.
    fn completed(&mut self, state: StateIndex) {
        let parent = self.chart.states[state].parent.unwrap_or(ROOT);
        if parent == ROOT {
            self.running = false;
            return;
        }
        self.raise_done(parent);
        let Some(around) = self.chart.states[parent].parent else {
            return;
        };
        if self.chart.states[around].kind == Kind::Parallel
            && self
                .chart
                .regions(around)
                .all(|region| self.is_in_final_state(region))
        {
            self.raise_done(around);
        }
    }

    fn raise_done(&mut self, state: StateIndex) {
        let name = format!("done.state.{}", self.chart.states[state].id);
        self.internal.push_back(Event {
            name,
            source: Source::Done(state),
        });
    }

    fn is_in_final_state(&self, state: StateIndex) -> bool {
        match self.chart.states[state].kind {
            Kind::Compound => self.chart.regions(state).any(|child| {
                self.chart.states[child].kind == Kind::Final && self.configuration.contains(&child)
            }),
            Kind::Parallel => self
                .chart
                .regions(state)
                .all(|child| self.is_in_final_state(child)),
            _ => false,
        }
    }

    fn exit_set(&self, index: TransitionIndex) -> BTreeSet<StateIndex> {
        let transition = &self.chart.transitions[index];
        let Some(domain) = self.domain(transition) else {
            return BTreeSet::new();
        };
        self.configuration
            .iter()
            .copied()
            .filter(|state| self.chart.is_descendant(*state, domain))
            .collect()
    }

    /// The innermost compound state that is neither left nor entered by the
    /// transition; `None` for one without target.
    fn domain(&self, transition: &Transition<G, A>) -> Option<StateIndex> {
        let targets = self.effective_targets(&transition.targets);
        let (source, chart) = (transition.source, self.chart);
        if targets.is_empty() {
            return None;
        }
        let inside = |outer: StateIndex| {
            targets
                .iter()
                .all(|target| chart.is_descendant(*target, outer))
        };
        if transition.internal && chart.states[source].kind == Kind::Compound && inside(source) {
            return Some(source);
        }
        let common = chart
            .ancestors(source)
            .filter(|ancestor| *ancestor == ROOT || chart.states[*ancestor].kind == Kind::Compound)
            .find(|ancestor| inside(*ancestor));
        Some(common.unwrap_or(ROOT))
    }

    /// Targets with history states replaced by what they remember.
    fn effective_targets(&self, targets: &[StateIndex]) -> BTreeSet<StateIndex> {
        let mut effective = BTreeSet::new();
        for target in targets {
            match (self.history.get(target), self.chart.states[*target].kind) {
                (Some(remembered), Kind::History(_)) => {
                    effective.extend(remembered.iter().copied());
                }
                (None, Kind::History(_)) => {
                    if let Some(default) = &self.chart.states[*target].initial {
                        effective.extend(self.effective_targets(&default.targets));
                    }
                }
                _ => {
                    effective.insert(*target);
                }
            }
        }
        effective
    }

    fn add_targets(&self, targets: &[StateIndex], domain: StateIndex, entry: &mut EntrySet) {
        for target in targets {
            self.add_descendants(*target, entry);
        }
        for target in self.effective_targets(targets) {
            self.add_ancestors(target, domain, entry);
        }
    }

    fn add_descendants(&self, state: StateIndex, entry: &mut EntrySet) {
        let node = &self.chart.states[state];
        if let Kind::History(_) = node.kind {
            let parent = node.parent.unwrap_or(ROOT);
            let remembered = self.history.get(&state);
            if remembered.is_none() {
                entry.default_history.insert(parent, state);
            }
            let targets = remembered.or(node.initial.as_ref().map(|default| &default.targets));
            for target in targets.into_iter().flatten() {
                self.add_descendants(*target, entry);
            }
            for target in targets.into_iter().flatten() {
                self.add_ancestors(*target, parent, entry);
            }
            return;
        }
        entry.states.insert(state);
        match node.kind {
            Kind::Compound => {
                entry.defaults.insert(state);
                let Some(initial) = &node.initial else { return };
                for target in &initial.targets {
                    self.add_descendants(*target, entry);
                }
                for target in &initial.targets {
                    self.add_ancestors(*target, state, entry);
                }
            }
            Kind::Parallel => self.add_missing_regions(state, entry),
            _ => {}
        }
    }

    fn add_ancestors(&self, state: StateIndex, up_to: StateIndex, entry: &mut EntrySet) {
        for ancestor in self
            .chart
            .ancestors(state)
            .take_while(|ancestor| *ancestor != up_to)
        {
            entry.states.insert(ancestor);
            if self.chart.states[ancestor].kind == Kind::Parallel {
                self.add_missing_regions(ancestor, entry);
            }
        }
    }

    fn add_missing_regions(&self, parallel: StateIndex, entry: &mut EntrySet) {
        for region in self.chart.regions(parallel) {
            if !entry
                .states
                .iter()
                .any(|state| *state == region || self.chart.is_descendant(*state, region))
            {
                self.add_descendants(region, entry);
            }
        }
    }

    fn run_block(&mut self, actions: &[A], event: Option<&Event>, host: &mut impl Host<G, A>) {
        for action in actions {
            if host
                .run(action, &self.configuration, event, &mut self.internal)
                .is_err()
            {
                self.internal.push_back(Event::internal("error.execution"));
                return;
            }
        }
    }
}
