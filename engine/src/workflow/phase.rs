//! A workflow before another: where a form has parties, its cases first run
//! through the workflow `parties`, and from its state `service` on through the
//! workflow of the form. Both are put together as files, before anything is
//! decoded, so that everything that knows workflows knows the result.

use super::decode::decode;
use super::definition::Workflow;
use crate::source::{Diagnostic, Key, Node, NodeKind, Report, Scalar, ScalarStyle, Severity, Span};

/// Id of the workflow that goes before.
pub(crate) const PARTIES: &str = "parties";
/// The state of it that stands for the service's own workflow.
const SERVICE: &str = "service";
/// Parts that both may have; what the service's workflow says counts.
const SHARED: [&str; 1] = ["roles"];
/// Parts whose names must differ.
const DISJOINT: [&str; 4] = ["params", "vars", "forms", "states"];

/// The workflow of cases that begin with `first`, with the file it would
/// stand in. `None` where the two do not go together; the report says why.
pub(crate) fn combined(
    first: &Node,
    then: &Node,
    at: Span,
    report: &mut Report,
) -> Option<(Node, Workflow)> {
    let node = join(first, then, at, report)?;
    let mut findings = Report::default();
    let decoded = decode(&node, &mut findings);
    // Each was looked at alone before: what is new comes of the two together.
    let errors: Vec<Diagnostic> = findings
        .diagnostics
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    if !errors.is_empty() {
        errors.into_iter().for_each(|error| report.push(error));
        return None;
    }
    let mut workflow = decoded?;
    let id = |node: &Node| {
        node.get("id")
            .and_then(Node::as_text)
            .unwrap_or_default()
            .to_owned()
    };
    workflow.parts = vec![id(first), id(then)];
    Some((node, workflow))
}

fn join(first: &Node, then: &Node, at: Span, report: &mut Report) -> Option<Node> {
    let initial = then.get("initial")?;
    let states = first.get("states").and_then(Node::as_map)?;
    if !states.iter().any(|(key, _)| key.text == SERVICE) {
        let message = format!(
            "the workflow `{PARTIES}` has no final state `{SERVICE}`: nothing would come after it"
        );
        report.push(
            Diagnostic::error("party-phase", at, message)
                .help("give `workflows/parties.yaml` a state `service: { type: final, … }` and let it be reached"),
        );
        return None;
    }
    let mut entries: Vec<(Key, Node)> = Vec::new();
    for (key, value) in then.as_map()? {
        let value = match key.text.as_str() {
            "id" => text(value, format!("{}+{PARTIES}", value.as_text()?)),
            "initial" => first.get("initial")?.clone(),
            part if DISJOINT.contains(&part) || SHARED.contains(&part) => {
                merged(part, first.get(part), value, at, report)?
            }
            _ => value.clone(),
        };
        entries.push((key.clone(), value));
    }
    for (key, value) in first.as_map()? {
        let part = key.text.as_str();
        let joined = DISJOINT.contains(&part) || SHARED.contains(&part);
        if joined && then.get(part).is_none() {
            entries.push((key.clone(), value.clone()));
        }
    }
    let mut node = Node {
        span: then.span,
        kind: NodeKind::Map(entries),
    };
    go_on(&mut node, initial);
    Some(node)
}

/// The entries of both; those of `first` come first.
fn merged(
    part: &str,
    first: Option<&Node>,
    then: &Node,
    at: Span,
    report: &mut Report,
) -> Option<Node> {
    let own = then.as_map()?;
    let mut entries: Vec<(Key, Node)> = Vec::new();
    for (key, value) in first.and_then(Node::as_map).unwrap_or_default() {
        let twice = own.iter().any(|(known, _)| known.text == key.text);
        if !twice {
            entries.push((key.clone(), value.clone()));
        } else if !SHARED.contains(&part) {
            let message = format!(
                "`{}` stands under `{part}` of the workflow `{PARTIES}` and of that of this form",
                key.text
            );
            report.push(
                Diagnostic::error("party-phase", at, message)
                    .help("rename one of them, so that cases can run through both"),
            );
            return None;
        }
    }
    entries.extend(own.iter().cloned());
    Some(Node {
        span: then.span,
        kind: NodeKind::Map(entries),
    })
}

/// The state that stands for the service leads to where its workflow begins.
fn go_on(node: &mut Node, initial: &Node) {
    let NodeKind::Map(entries) = &mut node.kind else {
        return;
    };
    let states = entries.iter_mut().find(|(key, _)| key.text == "states");
    let Some((
        _,
        Node {
            kind: NodeKind::Map(states),
            ..
        },
    )) = states
    else {
        return;
    };
    let Some((_, service)) = states.iter_mut().find(|(key, _)| key.text == SERVICE) else {
        return;
    };
    let span = service.span;
    let key = |name: &str| Key {
        text: name.to_owned(),
        span,
    };
    let map = |entries| Node {
        span,
        kind: NodeKind::Map(entries),
    };
    let branch = map(vec![(key("target"), initial.clone())]);
    let always = Node {
        span,
        kind: NodeKind::List(vec![branch]),
    };
    let mut kept: Vec<(Key, Node)> = service.as_map().unwrap_or_default().to_vec();
    kept.retain(|(key, _)| matches!(key.text.as_str(), "label" | "public"));
    kept.push((key("always"), always));
    *service = map(kept);
}

fn text(node: &Node, text: String) -> Node {
    let scalar = Scalar {
        text,
        style: ScalarStyle::Plain,
        content_start: None,
    };
    Node {
        span: node.span,
        kind: NodeKind::Scalar(scalar),
    }
}
