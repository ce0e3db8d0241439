//! States: first the tree with its paths, then what belongs to each.

use super::Decoder;
use crate::source::Diagnostic;
use crate::source::{Fields, Key, Node, suggest};
use crate::workflow::chart::{Depth, Initial, Kind, ROOT, StateIndex};
use crate::workflow::definition::StateInfo;

const KINDS: [&str; 5] = ["atomic", "compound", "parallel", "final", "history"];

impl Decoder<'_> {
    pub(super) fn decode_states(&mut self, fields: &Fields<'_>) {
        let initial = fields.need("initial", self.report);
        let Some(_) = fields.need("states", self.report) else {
            return;
        };
        let mut found = Vec::new();
        for (key, node) in fields.map("states", self.report) {
            self.add_tree(key, node, ROOT, &mut found);
        }
        self.set_initial(ROOT, initial);
        for (state, node) in found {
            self.decode_state(state, node);
        }
    }

    /// Adds a state and all below it, so that every path is known before the
    /// first target is read.
    fn add_tree<'n>(
        &mut self,
        key: &Key,
        node: &'n Node,
        parent: StateIndex,
        found: &mut Vec<(StateIndex, &'n Node)>,
    ) {
        self.check_id(key, "a state");
        let kind = self.kind_of(node);
        let path = match parent {
            ROOT => key.text.clone(),
            _ => format!("{}.{}", self.state_path(parent), key.text),
        };
        let index = self.chart.add_state(path.clone(), parent, kind);
        self.infos.push(StateInfo {
            path,
            ..StateInfo::default()
        });
        self.spans.push(key.span);
        found.push((index, node));
        if matches!(kind, Kind::Final | Kind::History(_)) {
            return;
        }
        for (key, child) in node
            .get("states")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            self.add_tree(key, child, index, found);
        }
    }

    fn kind_of(&mut self, node: &Node) -> Kind {
        let has_states = node.get("states").is_some();
        let by_content = if has_states {
            Kind::Compound
        } else {
            Kind::Atomic
        };
        let Some(named) = node.get("type") else {
            return by_content;
        };
        match named.as_text() {
            Some("compound") if has_states => Kind::Compound,
            Some("atomic") if !has_states => Kind::Atomic,
            Some("parallel") if has_states => Kind::Parallel,
            Some("final") if !has_states => Kind::Final,
            Some("history") if !has_states => Kind::History(Depth::Shallow),
            Some(name) if KINDS.contains(&name) => {
                let message = format!(
                    "a state of type `{name}` {} `states`",
                    if has_states { "has no" } else { "needs" }
                );
                self.error("wrong-shape", named.span, message);
                by_content
            }
            Some(name) => {
                self.unknown("unknown-type", named.span, "type of state", name, &KINDS);
                by_content
            }
            None => {
                self.error("wrong-shape", named.span, "the type of a state is a word");
                by_content
            }
        }
    }

    fn decode_state(&mut self, state: StateIndex, node: &Node) {
        if node.kind == crate::source::NodeKind::Null {
            return;
        }
        let Some(fields) = Fields::of(node, "a state", self.report) else {
            return;
        };
        for key in ["type", "states"] {
            fields.get(key);
        }
        self.infos[state].label = fields.texts("label", self.report);
        self.infos[state].public = fields.texts("public", self.report);
        match self.chart.states[state].kind {
            Kind::History(_) => self.decode_history(state, &fields),
            Kind::Final => self.infos[state].outcome = fields.text("outcome", self.report),
            kind => {
                if kind == Kind::Compound {
                    let initial = fields.need("initial", self.report);
                    self.set_initial(state, initial);
                }
                self.decode_task(state, &fields);
                self.decode_transitions(state, &fields);
            }
        }
        if !matches!(self.chart.states[state].kind, Kind::History(_)) {
            let (entry, exit) = (
                fields.list("entry", self.report),
                fields.list("exit", self.report),
            );
            self.chart.states[state].entry = self.actions(entry, &crate::feel::Type::Any);
            self.chart.states[state].exit = self.actions(exit, &crate::feel::Type::Any);
        }
        fields.finish("a state of this type", self.report);
    }

    fn decode_task(&mut self, state: StateIndex, fields: &Fields<'_>) {
        if let Some(deadline) = fields.get("deadline") {
            self.infos[state].no_deadline = deadline.as_text() == Some("none");
            if !self.infos[state].no_deadline {
                self.error(
                    "wrong-value",
                    deadline.span,
                    "`deadline` can only be `none`; deadlines are timers under `after`",
                );
            }
        }
        let Some(task) = fields.get("task") else {
            return;
        };
        let Some(inner) = Fields::of(task, "a task", self.report) else {
            return;
        };
        if let Some(role) = inner.need("role", self.report) {
            self.infos[state].task = self.role(role);
        }
        inner.finish("a task", self.report);
    }

    fn decode_history(&mut self, state: StateIndex, fields: &Fields<'_>) {
        let depth = fields.get("history");
        match depth.map(|node| node.as_text()) {
            None | Some(Some("shallow")) => {}
            Some(Some("deep")) => self.chart.states[state].kind = Kind::History(Depth::Deep),
            Some(_) => {
                let span = depth.map_or(self.spans[state], |node| node.span);
                self.error("wrong-value", span, "`history` is `shallow` or `deep`");
            }
        }
        let Some(default) = fields.get("default") else {
            let diagnostic = Diagnostic::error(
                "history-without-default",
                self.spans[state],
                "this history state has no default",
            );
            self.report.push(
                diagnostic.help("add `default: <state>`: where to go when nothing is remembered"),
            );
            return;
        };
        let targets = self.targets(state, default);
        let parent = self.chart.states[state].parent.unwrap_or(ROOT);
        if targets
            .iter()
            .any(|target| !self.chart.is_descendant(*target, parent))
        {
            self.error(
                "wrong-target",
                default.span,
                "the default of a history state lies beside it or below",
            );
        }
        self.chart.states[state].initial = Some(Initial {
            targets,
            actions: Vec::new(),
        });
    }

    fn set_initial(&mut self, state: StateIndex, node: Option<&Node>) {
        let Some(node) = node else { return };
        let Some(name) = node.as_text() else {
            self.error(
                "wrong-shape",
                node.span,
                "`initial` is the name of a state inside",
            );
            return;
        };
        match self.below(state, name) {
            Some(target) => {
                self.chart.states[state].initial = Some(Initial {
                    targets: vec![target],
                    actions: Vec::new(),
                });
            }
            None => {
                let inside: Vec<String> = self.chart.states[state]
                    .children
                    .iter()
                    .map(|child| self.short(*child))
                    .collect();
                let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
                self.unknown("unknown-target", node.span, "state inside", name, &inside);
            }
        }
    }

    /// The last part of a state's path.
    fn short(&self, state: StateIndex) -> String {
        let path = self.state_path(state);
        path.rsplit('.').next().unwrap_or(path).to_owned()
    }

    /// The state at a dotted path below another.
    fn below(&self, state: StateIndex, path: &str) -> Option<StateIndex> {
        path.split('.').try_fold(state, |at, part| {
            self.chart.states[at]
                .children
                .iter()
                .copied()
                .find(|child| self.short(*child) == part)
        })
    }

    /// A target or a list of them, each found from the source outwards.
    pub(super) fn targets(&mut self, source: StateIndex, node: &Node) -> Vec<StateIndex> {
        let single = std::slice::from_ref(node);
        let mut targets = Vec::new();
        for item in node.as_list().unwrap_or(single) {
            let Some(name) = item.as_text() else {
                self.error(
                    "wrong-shape",
                    item.span,
                    "a target is the name or dotted path of a state",
                );
                continue;
            };
            let mut scopes = std::iter::once(source).chain(self.chart.ancestors(source));
            let found = scopes.find_map(|scope| self.below(scope, name));
            drop(scopes);
            match found {
                Some(target) => targets.push(target),
                None => self.unknown_target(item, name),
            }
        }
        targets
    }

    fn unknown_target(&mut self, node: &Node, name: &str) {
        let shorts: Vec<String> = (1..self.infos.len())
            .map(|state| self.short(state))
            .collect();
        let paths = self.infos.iter().skip(1).map(|info| info.path.as_str());
        let help =
            suggest(name, paths).or_else(|| suggest(name, shorts.iter().map(String::as_str)));
        let diagnostic = Diagnostic::error(
            "unknown-target",
            node.span,
            format!("there is no state `{name}` from here"),
        );
        let help = help.unwrap_or_else(|| {
            "write the full path from the top, such as `open.review`".to_owned()
        });
        self.report.push(diagnostic.help(help));
    }
}
