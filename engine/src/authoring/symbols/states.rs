//! States, events and timers of a workflow, and the paths that lead to states.

use super::builder::{Builder, entry, items, label_of, named};
use super::{Kind, Symbol, Wants};
use crate::feel::names::Levels;
use crate::source::{Key, Node};

/// Events Schalter raises itself.
const RAISED: [&str; 8] = [
    "payment.succeeded",
    "payment.failed",
    "place.free",
    "delivery.failed",
    "parties.complete",
    "party.confirmed",
    "party.declined",
    "party.expired",
];
/// Types of states.
const TYPES: [&str; 5] = ["atomic", "compound", "parallel", "final", "history"];
/// Styles of buttons.
const STYLES: [&str; 3] = ["primary", "secondary", "danger"];

impl Builder<'_> {
    pub(super) fn states(&mut self, workflow: &str, node: &Node) {
        let tree = node.get("states");
        self.state_symbols(workflow, "", tree);
        if let Some((key, initial)) = entry(node, "initial") {
            self.inner_state(workflow, "", key, initial);
        }
        self.state_rules(workflow, "", tree);
        self.attachments(node);
    }

    /// All states and events first, since they may be named before.
    fn state_symbols(&mut self, workflow: &str, around: &str, states: Option<&Node>) {
        for (key, state) in states.and_then(Node::as_map).unwrap_or_default() {
            let path = join(around, &key.text);
            let symbol = Symbol {
                path: path.clone(),
                label: label_of(state, "label"),
                ..named(Kind::State, &key.text, workflow)
            };
            let symbol = self.symbol(format!("{workflow}/{path}"), symbol);
            self.define_key(symbol, key);
            for (key, event) in state
                .get("events")
                .and_then(Node::as_map)
                .unwrap_or_default()
            {
                let raised = RAISED.contains(&key.text.as_str());
                let symbol = Symbol {
                    label: items(event).first().and_then(|e| label_of(e, "label")),
                    fixed: raised.then_some("Schalter raises this event by its name"),
                    ..named(Kind::Event, &key.text, workflow)
                };
                let symbol = self.symbol(format!("{workflow}/{}", key.text), symbol);
                self.define_key(symbol, key);
            }
            self.state_symbols(workflow, &path, state.get("states"));
        }
    }

    fn state_rules(&mut self, workflow: &str, around: &str, states: Option<&Node>) {
        let levels = self.workflow_level(None);
        for (key, state) in states.and_then(Node::as_map).unwrap_or_default() {
            let path = join(around, &key.text);
            if let Some((key, kind)) = entry(state, "type") {
                self.slot(Some(key), kind, Wants::Word(&TYPES));
            }
            if let Some((key, initial)) = entry(state, "initial") {
                self.inner_state(workflow, &path, key, initial);
            }
            if let Some((key, default)) = entry(state, "default") {
                self.targets(workflow, &path, key, default);
            }
            if let Some((key, role)) = state.get("task").and_then(|task| entry(task, "role")) {
                self.own(Kind::Role, Some(key), role);
            }
            self.actions(state.get("entry"), &levels);
            self.actions(state.get("exit"), &levels);
            for branch in state
                .get("always")
                .and_then(Node::as_list)
                .unwrap_or_default()
            {
                self.transition(workflow, &path, branch, &levels);
            }
            if let Some((key, done)) = entry(state, "on_done") {
                match done.as_text() {
                    Some(_) => self.targets(workflow, &path, key, done),
                    None => self.transition(workflow, &path, done, &levels),
                }
            }
            for (name, event) in state
                .get("events")
                .and_then(Node::as_map)
                .unwrap_or_default()
            {
                self.event(workflow, &path, &name.text, event);
            }
            for timer in state
                .get("after")
                .and_then(Node::as_list)
                .unwrap_or_default()
            {
                self.timer(workflow, &path, timer, &levels);
            }
            self.state_rules(workflow, &path, state.get("states"));
        }
    }

    fn event(&mut self, workflow: &str, path: &str, name: &str, event: &Node) {
        let mut form: Option<String> = None;
        for alternative in items(event) {
            if let Some((key, by)) = entry(alternative, "by") {
                self.own(Kind::Role, Some(key), by);
            }
            if let Some((key, style)) = entry(alternative, "style") {
                self.slot(Some(key), style, Wants::Word(&STYLES));
            }
            if let Some((key, used)) = entry(alternative, "form") {
                self.own(Kind::ActionForm, Some(key), used);
                form = used.as_text().map(str::to_owned);
                if let (Some(form), Some(names)) = (&form, self.workflows.get_mut(workflow)) {
                    let forms = names.forms_of.entry(name.to_owned()).or_default();
                    forms.push(form.clone());
                }
            }
            if let Some((key, names)) = entry(alternative, "not_by_actor_of") {
                self.own(Kind::Event, Some(key), names);
            }
            let levels = self.workflow_level(form.as_deref());
            if let Some((key, rule)) = entry(alternative, "require") {
                self.rule(Some(key), rule, &levels);
            }
            self.transition(workflow, path, alternative, &levels);
        }
    }

    /// Guard, target and actions.
    fn transition(&mut self, workflow: &str, path: &str, node: &Node, levels: &Levels) {
        if let Some((key, guard)) = entry(node, "guard") {
            self.rule(Some(key), guard, levels);
        }
        if let Some((key, target)) = entry(node, "target") {
            self.targets(workflow, path, key, target);
        }
        self.actions(node.get("actions"), levels);
    }

    fn timer(&mut self, workflow: &str, path: &str, timer: &Node, levels: &Levels) {
        if let Some(id) = timer.get("id") {
            let name = id.as_text().unwrap_or_default();
            let symbol = Symbol {
                path: format!("{path}/{name}"),
                ..named(Kind::Timer, name, workflow)
            };
            let symbol = self.symbol(format!("{workflow}/{path}/{name}"), symbol);
            self.define_node(symbol, id);
        }
        for (key, value) in timer.get("wait").and_then(Node::as_map).unwrap_or_default() {
            if key.text != "roll" {
                self.rule(Some(key), value, levels);
            }
        }
        self.transition(workflow, path, timer, levels);
    }

    /// A state right inside of another.
    fn inner_state(&mut self, workflow: &str, around: &str, key: &Key, node: &Node) {
        let owner = Some(format!("{workflow}/{around}"));
        self.slot(Some(key), node, Wants::Symbol(Kind::State, owner));
        let name = node.as_text().unwrap_or_default();
        self.state_path(node, 0, workflow, &join(around, name), name);
    }

    /// Targets, each found from the state outwards.
    fn targets(&mut self, workflow: &str, source: &str, key: &Key, node: &Node) {
        let owner = Some(workflow.to_owned());
        self.slot(Some(key), node, Wants::Symbol(Kind::State, owner));
        for item in items(node) {
            let name = item.as_text().unwrap_or_default();
            let mut scope = Some(source);
            while let Some(around) = scope {
                let path = join(around, name);
                let known = format!("{workflow}/{path}");
                if self.find(Kind::State, &known).is_some() {
                    self.state_path(item, 0, workflow, &path, name);
                    break;
                }
                scope = match around.rsplit_once('.') {
                    Some((outer, _)) => Some(outer),
                    None if around.is_empty() => None,
                    None => Some(""),
                };
            }
        }
    }

    /// References of each part of `written`, the end of the full path of a state.
    pub(super) fn state_path(
        &mut self,
        node: &Node,
        start: usize,
        workflow: &str,
        full: &str,
        written: &str,
    ) {
        let before = full.len().saturating_sub(written.len());
        let mut at = 0;
        for part in written.split('.') {
            let end = at + part.len();
            let path = full.get(..before + end).unwrap_or_default();
            let state = self.find(Kind::State, &format!("{workflow}/{path}"));
            self.refer_part(state, node, start + at, start + end);
            at = end + 1;
        }
    }
}

fn join(around: &str, name: &str) -> String {
    if around.is_empty() {
        name.to_owned()
    } else {
        format!("{around}.{name}")
    }
}
