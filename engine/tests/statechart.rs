//! Runs the public SCXML test suites through the statechart core: a folder of
//! machines with scripts, one line `N passed, M failed` at the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use engine::feel::{Context, Expression, Scope, Value, World};
use engine::source::{FileId, Node, NodeKind, Report, read_yaml};
use engine::workflow::chart::{
    Chart, Depth, Descriptor, Initial, Kind, ROOT, StateIndex, Transition, Trigger,
};
use engine::workflow::interpret::{ActionFailed, Configuration, Event, Host, Machine};
use jiff::civil::{Date, DateTime};

/// More than any machine of the suites needs.
const MICROSTEPS: u32 = 10_000;

enum Action {
    Raise(String),
    Send {
        event: String,
        delay: i64,
        id: Option<String>,
    },
    Cancel(String),
    Set(Vec<(String, Expression)>),
    Choose(Vec<(Option<Expression>, Vec<Action>)>),
}

type TestChart = Chart<Expression, Action>;

#[test]
fn statechart_conformance() {
    let mut files = Vec::new();
    collect(&folder(), &mut files);
    files.sort();
    let (mut passed, mut failures) = (0, Vec::new());
    for file in &files {
        match run_file(file) {
            Ok(()) => passed += 1,
            Err(why) => failures.push(format!("{}: {why}", file.display())),
        }
    }
    report(passed, &failures);
    assert!(failures.is_empty() && passed > 0);
}

#[expect(
    clippy::print_stdout,
    reason = "the result line is what this test is read by"
)]
fn report(passed: usize, failures: &[String]) {
    for failure in failures {
        println!("{failure}");
    }
    println!("{passed} passed, {} failed", failures.len());
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test, not the engine, reads its folder"
)]
fn folder() -> PathBuf {
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/statechart");
    std::env::var("SCHALTER_STATECHART_CASES").map_or(fallback, PathBuf::from)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            files.push(path);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test, not the engine, reads its cases"
)]
fn run_file(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut report = Report::default();
    let node = read_yaml(FileId(0), &text, &mut report).ok_or("not readable")?;
    if !report.is_usable() {
        return Err(report.diagnostics[0].message.clone());
    }
    let chart = read_chart(node.get("machine").ok_or("no machine")?)?;
    let data = node.get("data").and_then(Node::as_map).unwrap_or_default();
    let mut host = Run::new(&chart);
    for (key, node) in data {
        let value = match node.kind {
            NodeKind::Null => Value::Null,
            _ => host.evaluate(&expression(node)?, &Configuration::new()),
        };
        host.data.insert(key.text.clone(), value);
    }
    let script = node
        .get("script")
        .and_then(Node::as_list)
        .ok_or("no script")?;
    run_script(&chart, host, script)
}

/// Virtual time, the external queue and the machine.
fn run_script(chart: &TestChart, mut host: Run<'_>, script: &[Node]) -> Result<(), String> {
    let mut machine = Machine::new(chart, MICROSTEPS);
    machine
        .start(&mut host)
        .map_err(|error| error.to_string())?;
    host.drain(&mut machine, 0)?;
    for (number, step) in script.iter().enumerate() {
        if let Some(millis) = step.get("advance_ms") {
            let until = host.now + whole(millis)?;
            host.drain(&mut machine, until)?;
            host.now = until;
        }
        if let Some(event) = step.get("send") {
            let event = Event::external(text(event)?);
            machine
                .send(&event, &mut host)
                .map_err(|error| error.to_string())?;
            let now = host.now;
            host.drain(&mut machine, now)?;
        }
        let Some(expected) = step.get("expect") else {
            continue;
        };
        let mut expected = texts(expected)?;
        expected.sort();
        let mut found: Vec<String> = machine
            .atomic()
            .map(|state| chart.states[state].id.clone())
            .collect();
        found.sort();
        if found != expected {
            return Err(format!(
                "step {number}: expected {expected:?}, found {found:?}"
            ));
        }
    }
    Ok(())
}

struct Pending {
    due: i64,
    event: String,
    id: Option<String>,
}

struct Run<'c> {
    chart: &'c TestChart,
    data: BTreeMap<String, Value>,
    now: i64,
    pending: Vec<Pending>,
}

impl<'c> Run<'c> {
    fn new(chart: &'c TestChart) -> Run<'c> {
        Run {
            chart,
            data: BTreeMap::new(),
            now: 0,
            pending: Vec::new(),
        }
    }

    /// Delivers everything due until `until`, earliest first, in order of sending.
    fn drain(
        &mut self,
        machine: &mut Machine<'_, Expression, Action>,
        until: i64,
    ) -> Result<(), String> {
        loop {
            let due = self
                .pending
                .iter()
                .map(|pending| pending.due)
                .min()
                .filter(|due| *due <= until);
            let Some(due) = due else { return Ok(()) };
            let next = self
                .pending
                .iter()
                .position(|pending| pending.due == due)
                .unwrap();
            let next = self.pending.remove(next);
            self.now = self.now.max(due);
            machine
                .send(&Event::external(next.event), self)
                .map_err(|error| error.to_string())?;
        }
    }

    fn evaluate(&self, expression: &Expression, active: &Configuration) -> Value {
        let world = Active {
            chart: self.chart,
            active,
        };
        let now: DateTime = "2026-12-01T09:00:00".parse().unwrap();
        expression.evaluate(&Context {
            values: &self.data,
            now,
            world: &world,
        })
    }

    fn choose(
        &mut self,
        branches: &[(Option<Expression>, Vec<Action>)],
        active: &Configuration,
        raised: &mut VecDeque<Event>,
    ) -> Result<(), ActionFailed> {
        let holds = |when: &Option<Expression>| {
            when.as_ref()
                .is_none_or(|when| self.evaluate(when, active).is_true())
        };
        let Some((_, actions)) = branches.iter().find(|(when, _)| holds(when)) else {
            return Ok(());
        };
        actions
            .iter()
            .try_for_each(|action| self.run(action, active, None, raised))
    }
}

impl Host<Expression, Action> for Run<'_> {
    fn holds(
        &mut self,
        guard: &Expression,
        active: &Configuration,
        _event: Option<&Event>,
    ) -> bool {
        self.evaluate(guard, active).is_true()
    }

    fn run(
        &mut self,
        action: &Action,
        active: &Configuration,
        _event: Option<&Event>,
        raised: &mut VecDeque<Event>,
    ) -> Result<(), ActionFailed> {
        match action {
            Action::Raise(event) => raised.push_back(Event::internal(event)),
            Action::Send { event, delay, id } => {
                self.pending.push(Pending {
                    due: self.now + delay,
                    event: event.clone(),
                    id: id.clone(),
                });
            }
            Action::Cancel(id) => self
                .pending
                .retain(|pending| pending.id.as_ref() != Some(id)),
            Action::Set(pairs) => {
                for (name, expression) in pairs {
                    // SCXML 5.4: assigning to what is not in the data model is an error.
                    if !self.data.contains_key(name) {
                        return Err(ActionFailed);
                    }
                    let value = self.evaluate(expression, active);
                    self.data.insert(name.clone(), value);
                }
            }
            Action::Choose(branches) => self.choose(branches, active, raised)?,
        }
        Ok(())
    }
}

struct Active<'a> {
    chart: &'a TestChart,
    active: &'a Configuration,
}

impl World for Active<'_> {
    fn is_working_day(&self, _date: Date) -> bool {
        true
    }

    fn in_state(&self, state: &str) -> bool {
        self.chart
            .find(state)
            .is_some_and(|index| self.active.contains(&index))
    }
}

fn read_chart(machine: &Node) -> Result<TestChart, String> {
    let mut chart = Chart::new();
    let found = RefCell::new(vec![(ROOT, machine)]);
    add_states(&mut chart, ROOT, machine, &found)?;
    for (state, node) in found.into_inner() {
        read_state(&mut chart, state, node)?;
    }
    Ok(chart)
}

fn add_states<'n>(
    chart: &mut TestChart,
    parent: StateIndex,
    node: &'n Node,
    found: &RefCell<Vec<(StateIndex, &'n Node)>>,
) -> Result<(), String> {
    for (key, child) in node
        .get("states")
        .and_then(Node::as_map)
        .unwrap_or_default()
    {
        let has_states = child
            .get("states")
            .and_then(Node::as_map)
            .is_some_and(|states| !states.is_empty());
        let kind = match (child.get("type").and_then(Node::as_text), has_states) {
            (Some("parallel"), _) => Kind::Parallel,
            (Some("final"), _) => Kind::Final,
            (Some("history"), _) => match child.get("history").and_then(Node::as_text) {
                Some("deep") => Kind::History(Depth::Deep),
                _ => Kind::History(Depth::Shallow),
            },
            (None, true) => Kind::Compound,
            (None, false) => Kind::Atomic,
            (Some(other), _) => return Err(format!("unknown type {other}")),
        };
        let index = chart.add_state(&key.text, parent, kind);
        found.borrow_mut().push((index, child));
        add_states(chart, index, child, found)?;
    }
    Ok(())
}

fn read_state(chart: &mut TestChart, state: StateIndex, node: &Node) -> Result<(), String> {
    chart.states[state].entry = actions(node.get("entry"))?;
    chart.states[state].exit = actions(node.get("exit"))?;
    chart.states[state].initial = read_initial(chart, state, node)?;
    for transition in node
        .get("transitions")
        .and_then(Node::as_list)
        .unwrap_or_default()
    {
        let trigger = match transition.get("event") {
            Some(events) => Trigger::Events(
                texts(events)?
                    .iter()
                    .map(|event| Descriptor::scxml(event))
                    .collect(),
            ),
            None => Trigger::Eventless,
        };
        let transition = Transition {
            source: state,
            trigger,
            guard: transition.get("guard").map(expression).transpose()?,
            targets: targets(chart, transition.get("target"))?,
            internal: transition
                .get("internal")
                .and_then(Node::as_bool)
                .unwrap_or(false),
            actions: actions(transition.get("actions"))?,
        };
        chart.add_transition(transition);
    }
    Ok(())
}

/// The initial transition, the default of a history state, or, as SCXML has
/// it, the first child in document order.
fn read_initial(
    chart: &TestChart,
    state: StateIndex,
    node: &Node,
) -> Result<Option<Initial<Action>>, String> {
    if let Some(default) = node.get("default") {
        let targets = targets(chart, default.get("target"))?;
        return Ok(Some(Initial {
            targets,
            actions: actions(default.get("actions"))?,
        }));
    }
    if chart.states[state].kind != Kind::Compound {
        return Ok(None);
    }
    let targets = match node.get("initial") {
        Some(named) => targets(chart, Some(named))?,
        None => chart.regions(state).take(1).collect(),
    };
    Ok(Some(Initial {
        targets,
        actions: actions(node.get("initial_actions"))?,
    }))
}

fn targets(chart: &TestChart, node: Option<&Node>) -> Result<Vec<StateIndex>, String> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    texts(node)?
        .iter()
        .map(|id| chart.find(id).ok_or_else(|| format!("unknown state {id}")))
        .collect()
}

fn actions(node: Option<&Node>) -> Result<Vec<Action>, String> {
    node.and_then(Node::as_list)
        .unwrap_or_default()
        .iter()
        .map(action)
        .collect()
}

fn action(node: &Node) -> Result<Action, String> {
    if let Some(event) = node.get("raise") {
        return Ok(Action::Raise(text(event)?));
    }
    if let Some(event) = node.get("send") {
        let delay = node.get("delay_ms").map(whole).transpose()?.unwrap_or(0);
        return Ok(Action::Send {
            event: text(event)?,
            delay,
            id: node.get("id").map(text).transpose()?,
        });
    }
    if let Some(id) = node.get("cancel") {
        return Ok(Action::Cancel(text(id)?));
    }
    if let Some(pairs) = node.get("set").and_then(Node::as_map) {
        let pair =
            |(key, node): &(engine::source::Key, Node)| Ok((key.text.clone(), expression(node)?));
        return Ok(Action::Set(
            pairs.iter().map(pair).collect::<Result<_, String>>()?,
        ));
    }
    if let Some(branches) = node.get("choose").and_then(Node::as_list) {
        let branch = |node: &Node| {
            Ok((
                node.get("when").map(expression).transpose()?,
                actions(node.get("do"))?,
            ))
        };
        return Ok(Action::Choose(
            branches.iter().map(branch).collect::<Result<_, String>>()?,
        ));
    }
    Err("unknown action".to_owned())
}

fn expression(node: &Node) -> Result<Expression, String> {
    let nothing = node.kind == NodeKind::Null;
    let text = if nothing {
        Some("null")
    } else {
        node.as_text()
    };
    let text = text.ok_or("an expression is a text")?;
    let scope = Scope {
        open: true,
        ..Scope::default()
    };
    Expression::compile(text, &scope).map_err(|problems| format!("{text}: {}", problems[0].message))
}

fn text(node: &Node) -> Result<String, String> {
    node.as_text()
        .map(str::to_owned)
        .ok_or_else(|| "a text is needed".to_owned())
}

fn texts(node: &Node) -> Result<Vec<String>, String> {
    node.as_list()
        .unwrap_or(std::slice::from_ref(node))
        .iter()
        .map(text)
        .collect()
}

fn whole(node: &Node) -> Result<i64, String> {
    let text = text(node)?;
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().map_err(|_| format!("{text} is no number"))
}
