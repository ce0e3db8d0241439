//! All positions a case can reach, breadth first, so that the way to each is
//! a shortest one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Model;
use super::position::{Datum, Held, Payment, Position};
use super::trial::{Fault, Moved, Outcome, Script, Sent, Stimulus, attempt};
use crate::workflow::chart::{Kind, ROOT, StateIndex, TransitionIndex};
use crate::workflow::{PARTIES_COMPLETE, PARTY_CONFIRMED, PARTY_DECLINED, SYSTEM, Wait};

/// Most positions of one exploration.
const MOST_POSITIONS: usize = 20_000;
/// Most combinations of values tried for one step.
const MOST_TRIALS: usize = 1_024;

/// How a position was come to.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub from: usize,
    /// A fact that is settled, not a step.
    pub is_fact: bool,
    pub label: String,
}

/// What moves a case along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mover {
    /// A person.
    Person,
    /// A timer; whether it leads somewhere rather than acting in place.
    Timer { leads: bool },
    /// Payments, freed places, failed deliveries.
    System,
    /// Nothing: a fact that never changes is one of its values.
    Fact,
}

/// A step from one position to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub to: usize,
    pub mover: Mover,
}

/// A position with what leads to and from it.
pub(super) struct Node {
    pub position: Arc<Position>,
    pub way: Option<Way>,
    pub edges: Vec<Edge>,
}

/// Everything that can happen to a case.
#[derive(Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    /// Letters by what is known of their values, with the way to the first.
    pub sent: BTreeMap<Sent, Way>,
    /// Faults of steps, with the way to the first.
    pub faults: BTreeMap<Fault, Way>,
    pub taken: BTreeSet<TransitionIndex>,
    pub entered: BTreeSet<StateIndex>,
    /// Whether every position was looked at.
    pub complete: bool,
}

impl Graph {
    /// The steps to a position and one more, as a person reads them.
    pub(super) fn story(&self, way: &Way) -> String {
        let mut steps = vec![way];
        while let Some(way) = &self.nodes[steps[steps.len() - 1].from].way {
            steps.push(way);
        }
        let mut story = String::new();
        let mut facts: Vec<&str> = Vec::new();
        for way in steps.into_iter().rev() {
            if way.is_fact {
                facts.push(&way.label);
                continue;
            }
            if !story.is_empty() {
                story.push_str(" → ");
            }
            story.push_str(&way.label);
            if !facts.is_empty() {
                story.push_str(&format!(" [{}]", facts.join(", ")));
                facts.clear();
            }
        }
        if !facts.is_empty() {
            story.push_str(&format!(" [{}]", facts.join(", ")));
        }
        story
    }
}

/// Looks at every position.
pub(super) fn explore(model: &Model<'_>) -> Graph {
    explore_until(model, |_| false)
}

/// Looks at one position after the other until enough was seen.
pub(super) fn explore_until(model: &Model<'_>, enough: impl Fn(&Graph) -> bool) -> Graph {
    let mut explorer = Explorer {
        model,
        graph: Graph {
            complete: true,
            ..Graph::default()
        },
        known: BTreeMap::new(),
        open: VecDeque::new(),
    };
    explorer.visit(Position::default(), None);
    while let Some(node) = explorer.open.pop_front() {
        if explorer.graph.nodes.len() > MOST_POSITIONS {
            explorer.graph.complete = false;
            break;
        }
        explorer.expand(node);
        if enough(&explorer.graph) {
            break;
        }
    }
    explorer.graph
}

struct Explorer<'m> {
    model: &'m Model<'m>,
    graph: Graph,
    known: BTreeMap<Arc<Position>, usize>,
    open: VecDeque<usize>,
}

impl Explorer<'_> {
    fn visit(&mut self, position: Position, way: Option<Way>) -> usize {
        if let Some(known) = self.known.get(&position) {
            return *known;
        }
        let position = Arc::new(position);
        let node = self.graph.nodes.len();
        self.graph.nodes.push(Node {
            position: Arc::clone(&position),
            way,
            edges: Vec::new(),
        });
        self.known.insert(position, node);
        self.open.push_back(node);
        node
    }

    fn expand(&mut self, node: usize) {
        let position = Arc::clone(&self.graph.nodes[node].position);
        if self.model.has_ended(&position) {
            return;
        }
        let mut steps = Vec::new();
        for stimulus in self.model.stimuli(&position) {
            match self.attempt_all(&position, stimulus) {
                Ok(outcomes) => {
                    steps.extend(outcomes.into_iter().map(|outcome| (stimulus, outcome)));
                }
                Err(fact) => return self.settle(node, &position, &fact),
            }
        }
        for (stimulus, outcome) in steps {
            self.follow(node, &position, stimulus, outcome);
        }
    }

    /// Every way a step can come out, or a fact that has to be settled first.
    fn attempt_all(
        &mut self,
        position: &Position,
        stimulus: Stimulus<'_>,
    ) -> Result<Vec<Outcome>, String> {
        let mut script = Script::default();
        let mut outcomes = Vec::new();
        for _ in 0..MOST_TRIALS {
            match attempt(self.model, position, stimulus, &mut script) {
                Outcome::Unsettled(fact) => return Err(fact),
                outcome => outcomes.push(outcome),
            }
            if !script.advance() {
                return Ok(outcomes);
            }
        }
        self.graph.complete = false;
        Ok(outcomes)
    }

    /// Looks at the position once for each value of a fact.
    fn settle(&mut self, node: usize, position: &Position, fact: &str) {
        let values = self
            .model
            .domains
            .fixed
            .get(fact)
            .cloned()
            .unwrap_or_default();
        for value in values {
            let mut position = position.clone();
            let label = format!("`{fact}`: {}", value.text());
            position.fixed.insert(fact.to_owned(), value);
            let to = self.visit(
                position,
                Some(Way {
                    from: node,
                    is_fact: true,
                    label,
                }),
            );
            self.graph.nodes[node].edges.push(Edge {
                to,
                mover: Mover::Fact,
            });
        }
    }

    fn follow(&mut self, node: usize, from: &Position, stimulus: Stimulus<'_>, outcome: Outcome) {
        let moved = match outcome {
            Outcome::Moved(moved) => *moved,
            Outcome::Broken(failure, notes) => {
                let way = self.way(node, stimulus, &notes);
                self.graph
                    .faults
                    .entry(Fault::Fails(failure))
                    .or_insert(way);
                return;
            }
            // A payment nobody waits for is recorded all the same.
            Outcome::Idle => {
                self.unheard(node, from, stimulus);
                let late = matches!(
                    stimulus,
                    Stimulus::Event {
                        name: "payment.succeeded",
                        ..
                    }
                );
                if late && !from.paid {
                    let paid = Position {
                        paid: true,
                        payment: Payment::Ended,
                        ..from.clone()
                    };
                    let way = self.way(node, stimulus, &[]);
                    let to = self.visit(self.model.reduced(paid), Some(way));
                    self.graph.nodes[node].edges.push(Edge {
                        to,
                        mover: Mover::System,
                    });
                }
                return;
            }
            Outcome::Unsettled(_) => return,
        };
        self.record(node, stimulus, moved);
    }

    /// What a party says is recorded, whether the workflow reacts or not.
    fn unheard(&mut self, node: usize, from: &Position, stimulus: Stimulus<'_>) {
        let Stimulus::Event { name, role: SYSTEM } = stimulus else {
            return;
        };
        let Some(parties) = from.parties.after(name) else {
            return;
        };
        let answered = Position {
            parties,
            ..from.clone()
        };
        let way = self.way(node, stimulus, &[]);
        let to = self.visit(self.model.reduced(answered), Some(way));
        self.graph.nodes[node].edges.push(Edge {
            to,
            mover: Mover::System,
        });
    }

    fn record(&mut self, node: usize, stimulus: Stimulus<'_>, moved: Moved) {
        let Moved {
            position,
            taken,
            entered,
            sent,
            faults,
            notes,
        } = moved;
        let way = self.way(node, stimulus, &notes);
        for sent in sent {
            self.graph.sent.entry(sent).or_insert_with(|| way.clone());
        }
        for fault in faults {
            self.graph
                .faults
                .entry(fault)
                .or_insert_with(|| way.clone());
        }
        let chart = &self.model.workflow.chart;
        let leads = taken
            .iter()
            .any(|index| !chart.transitions[*index].targets.is_empty());
        let mover = match stimulus {
            Stimulus::Timer(_) => Mover::Timer { leads },
            Stimulus::Event { role: SYSTEM, .. } | Stimulus::Open => Mover::System,
            Stimulus::Event { .. } => Mover::Person,
        };
        self.graph.taken.extend(taken);
        self.graph.entered.extend(entered);
        let to = self.visit(position, Some(way));
        self.graph.nodes[node].edges.push(Edge { to, mover });
    }

    fn way(&self, from: usize, stimulus: Stimulus<'_>, notes: &[String]) -> Way {
        let what = match stimulus {
            Stimulus::Open => "submitted".to_owned(),
            Stimulus::Event { name, role } => format!("{role}: {name}"),
            Stimulus::Timer(timer) => {
                let rule = &self.model.workflow.timers[timer];
                format!("{} ({})", passed(&rule.wait), rule.id)
            }
        };
        let label = match notes {
            [] => what,
            notes => format!("{what} ({})", notes.join(", ")),
        };
        Way {
            from,
            is_fact: false,
            label,
        }
    }
}

/// How long a timer ran, in words.
fn passed(wait: &Wait) -> String {
    let unit = match wait {
        Wait::Hours(_) => "hours",
        Wait::Days(_) => "days",
        Wait::Weeks(_) => "weeks",
        Wait::Months(_) => "months",
        Wait::WorkingDays(_) => "working days",
        Wait::Until(rule) => return format!("the day `{}` passes", rule.text()),
    };
    match wait.expression().constant() {
        Some(number) => format!("{} {unit} pass", Datum::new(number).text()),
        None => format!("some {unit} pass"),
    }
}

impl<'w> Model<'w> {
    /// Whether the case is closed.
    pub(super) fn has_ended(&self, position: &Position) -> bool {
        let states = &self.workflow.chart.states;
        position
            .active
            .iter()
            .any(|state| states[*state].kind == Kind::Final && states[*state].parent == Some(ROOT))
    }

    /// What could happen to a case in a position.
    fn stimuli(&self, position: &Position) -> Vec<Stimulus<'w>> {
        if position.active.is_empty() {
            return vec![Stimulus::Open];
        }
        let workflow = self.workflow;
        let mut found: Vec<Stimulus<'w>> = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, rule) in workflow.rules.iter().enumerate() {
            let Some(rule) = rule else { continue };
            if !position
                .active
                .contains(&workflow.chart.transitions[index].source)
            {
                continue;
            }
            for role in &rule.by {
                let possible = role != SYSTEM || self.system_event(position, &rule.name);
                if possible && seen.insert((rule.name.as_str(), role.as_str())) {
                    found.push(Stimulus::Event {
                        name: &rule.name,
                        role,
                    });
                }
            }
        }
        let late = position.payment != Payment::Never && !position.paid;
        if late && seen.insert(("payment.succeeded", SYSTEM)) {
            found.push(Stimulus::Event {
                name: "payment.succeeded",
                role: SYSTEM,
            });
        }
        for name in [PARTIES_COMPLETE, PARTY_CONFIRMED, PARTY_DECLINED] {
            if self.system_event(position, name) && seen.insert((name, SYSTEM)) {
                found.push(Stimulus::Event { name, role: SYSTEM });
            }
        }
        found.extend(position.started.iter().map(|timer| Stimulus::Timer(*timer)));
        found
    }

    /// Whether the program itself could report an event.
    fn system_event(&self, position: &Position, name: &str) -> bool {
        match name {
            "payment.succeeded" => position.payment != Payment::Never && !position.paid,
            "payment.failed" => position.payment != Payment::Never,
            "place.free" => position.held == Held::Waiting,
            "delivery.failed" => true,
            name => position.parties.after(name).is_some(),
        }
    }
}
