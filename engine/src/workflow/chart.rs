//! A statechart as the W3C SCXML recommendation defines it, free of any
//! authoring format: states in document order with their transitions.
//!
//! Generic over guards `G` and actions `A`, so that the conformance machines
//! and the workflows of a city run on the same [`super::interpret`] core.

/// Position of a state in document order; the root is 0.
pub type StateIndex = usize;
/// Position of a transition among all transitions of a chart, in document order.
pub type TransitionIndex = usize;

/// The root of every chart, the `<scxml>` element of the standard.
pub const ROOT: StateIndex = 0;

/// How much of the configuration a history state remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The active children of its parent.
    Shallow,
    /// The active atomic descendants of its parent.
    Deep,
}

/// What a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without children; one of the states a case rests in.
    Atomic,
    /// With children, of which one is active.
    Compound,
    /// With children, all of which are active.
    Parallel,
    /// The end of its parent, or of the whole chart below the root.
    Final,
    /// Not a state to be in but a memory of its parent's last configuration.
    History(Depth),
}

/// A state.
#[derive(Clone, Debug)]
pub struct State<A> {
    /// Id, unique in the chart; the full dotted path in workflows.
    pub id: String,
    /// The state around it; `None` for the root only.
    pub parent: Option<StateIndex>,
    /// What it is.
    pub kind: Kind,
    /// Children in document order, history states included.
    pub children: Vec<StateIndex>,
    /// Its transitions in document order.
    pub transitions: Vec<TransitionIndex>,
    /// Where a compound state starts; for a history state, its default.
    pub initial: Option<Initial<A>>,
    /// What happens on entry, in order.
    pub entry: Vec<A>,
    /// What happens on exit, in order.
    pub exit: Vec<A>,
}

/// The transition taken on default entry: it has no trigger and no guard.
#[derive(Clone, Debug)]
pub struct Initial<A> {
    /// Where it leads; several for the regions of a parallel state.
    pub targets: Vec<StateIndex>,
    /// What happens between the entry of the parent and of the targets.
    pub actions: Vec<A>,
}

/// The events a transition answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// Every event, `*`.
    Any,
    /// The event of this name and all whose name continues it after a dot
    /// (SCXML 3.12.1): `payment` answers to `payment.failed`.
    Prefix(String),
    /// The event of exactly this name.
    Exact(String),
}

impl Descriptor {
    /// The descriptor of an SCXML attribute value: `*`, `a.b`, `a.b.` or `a.b.*`.
    pub fn scxml(text: &str) -> Descriptor {
        let name = text
            .strip_suffix(".*")
            .or_else(|| text.strip_suffix('.'))
            .unwrap_or(text);
        if name == "*" {
            Descriptor::Any
        } else {
            Descriptor::Prefix(name.to_owned())
        }
    }

    /// Whether it answers to an event of this name.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Descriptor::Any => true,
            Descriptor::Exact(wanted) => wanted == name,
            Descriptor::Prefix(wanted) => name
                .strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        }
    }
}

/// What makes a transition a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// No event: taken as soon as its guard holds.
    Eventless,
    /// One of these events.
    Events(Vec<Descriptor>),
    /// The completion of this state, whatever names of events look alike.
    Done(StateIndex),
    /// A timer of its source, by position among the timers of the workflow.
    Timer(usize),
}

/// A transition.
#[derive(Clone, Debug)]
pub struct Transition<G, A> {
    /// The state it belongs to.
    pub source: StateIndex,
    /// What makes it a candidate.
    pub trigger: Trigger,
    /// What must hold besides.
    pub guard: Option<G>,
    /// Where it leads; none means that only its actions run.
    pub targets: Vec<StateIndex>,
    /// From a compound state to descendants without leaving it.
    pub internal: bool,
    /// What happens between exits and entries.
    pub actions: Vec<A>,
}

/// A whole chart. States stand in document order: a parent before its
/// children, and everything below a state before its next sibling.
#[derive(Clone, Debug)]
pub struct Chart<G, A> {
    /// All states, the root first.
    pub states: Vec<State<A>>,
    /// All transitions.
    pub transitions: Vec<Transition<G, A>>,
}

impl<G, A> Default for Chart<G, A> {
    fn default() -> Chart<G, A> {
        Chart::new()
    }
}

impl<G, A> Chart<G, A> {
    /// A chart that has only its root.
    pub fn new() -> Chart<G, A> {
        let mut chart = Chart {
            states: Vec::new(),
            transitions: Vec::new(),
        };
        chart
            .states
            .push(State::new(String::new(), None, Kind::Compound));
        chart
    }

    /// Adds a state below `parent` and returns its position. Add the
    /// descendants of a state before its next sibling.
    pub fn add_state(
        &mut self,
        id: impl Into<String>,
        parent: StateIndex,
        kind: Kind,
    ) -> StateIndex {
        let index = self.states.len();
        self.states.push(State::new(id.into(), Some(parent), kind));
        self.states[parent].children.push(index);
        index
    }

    /// Adds a transition to its source and returns its position.
    pub fn add_transition(&mut self, transition: Transition<G, A>) -> TransitionIndex {
        let index = self.transitions.len();
        self.states[transition.source].transitions.push(index);
        self.transitions.push(transition);
        index
    }

    /// The state of an id.
    pub fn find(&self, id: &str) -> Option<StateIndex> {
        self.states
            .iter()
            .position(|state| state.id == id)
            .filter(|index| *index != ROOT)
    }

    /// The states around `state` from the inside out, the root last.
    pub fn ancestors(&self, state: StateIndex) -> impl Iterator<Item = StateIndex> + '_ {
        std::iter::successors(self.states[state].parent, |at| self.states[*at].parent)
    }

    /// Whether `inner` lies somewhere below `outer`; a state is not below itself.
    pub fn is_descendant(&self, inner: StateIndex, outer: StateIndex) -> bool {
        self.ancestors(inner).any(|ancestor| ancestor == outer)
    }

    /// The children of a state that one can be in, without history states.
    pub fn regions(&self, state: StateIndex) -> impl Iterator<Item = StateIndex> + '_ {
        self.states[state]
            .children
            .iter()
            .copied()
            .filter(|child| !matches!(self.states[*child].kind, Kind::History(_)))
    }

    /// Whether the state has no children to be in.
    pub fn is_atomic(&self, state: StateIndex) -> bool {
        matches!(self.states[state].kind, Kind::Atomic | Kind::Final)
    }
}

impl<A> State<A> {
    fn new(id: String, parent: Option<StateIndex>, kind: Kind) -> State<A> {
        State {
            id,
            parent,
            kind,
            children: Vec::new(),
            transitions: Vec::new(),
            initial: None,
            entry: Vec::new(),
            exit: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_match_whole_tokens() {
        let foo = Descriptor::scxml("foo");
        assert!(foo.matches("foo") && foo.matches("foo.bar"));
        assert!(!foo.matches("foobar") && !foo.matches("fo"));
        assert_eq!(Descriptor::scxml("foo.*"), foo);
        assert!(Descriptor::scxml("*").matches("anything.at.all"));
        assert!(!Descriptor::Exact("payment".into()).matches("payment.failed"));
    }
}
