//! The parts of the model check on small machines; what it finds is recorded
//! in `engine/tests/definitions/model`.

use super::domain::{Binding, Domains};
use super::explore::{Graph, explore};
use super::trial::Script;
use super::*;
use crate::source::{FileId, read_yaml};
use crate::workflow;

const SMALL: &str = r#"
schalter: workflow/1
id: small
version: 1
title: { de: Klein, en: Small }
roles:
  applicant: { kind: citizen }
  clerk: { title: { de: Sachbearbeitung, en: Clerk } }
params:
  way: { type: text, default: none }
vars:
  rounds: { type: number, default: 0 }
  seen: { type: text }
forms:
  seen: [ { id: seen, type: text, label: { de: Gesehen, en: Seen } } ]
initial: a
states:
  a:
    deadline: none
    events:
      next:
        by: [clerk]
        label: { de: Weiter, en: Next }
        form: seen
        target: b
        actions: [ { set: { rounds: vars.rounds + 1, seen: event.seen } } ]
  b:
    events:
      back: { by: [clerk], label: { de: Zurück, en: Back }, guard: vars.rounds < 3, target: a }
      end: { by: [clerk], label: { de: Ende, en: End }, guard: 'params.way in ("x", "y")', target: done }
      close: { by: [clerk], label: { de: Ende, en: End }, guard: 'params.way != "x"', target: done }
    after: [ { id: late, wait: { days: 3 }, due: true, target: done } ]
  done: { type: final }
"#;

fn small() -> Workflow {
    let mut report = Report::default();
    let root = read_yaml(FileId::default(), SMALL, &mut report).unwrap();
    let workflow = workflow::decode(&root, &mut report).unwrap();
    assert!(report.is_usable(), "{:?}", report.diagnostics);
    workflow
}

fn explored(workflow: &Workflow, look: impl FnOnce(&Model<'_>, &Graph)) {
    let letters = References::new();
    let live = Live::of(workflow, &letters);
    let domains = Domains::of(workflow, Binding::Anything);
    let model = Model {
        workflow,
        domains,
        live: &live,
        letters: &letters,
    };
    look(&model, &explore(&model));
}

#[test]
fn values_stand_for_those_the_rules_compare_with() {
    let workflow = small();
    let domains = Domains::of(&workflow, Binding::Anything);
    let ways: Vec<&str> = domains.fixed["params.way"]
        .iter()
        .map(|value| value.text())
        .collect();
    assert_eq!(ways, ["none", "x", "y", "…"]);
    assert_eq!(domains.counters["rounds"].text(), "4");
}

#[test]
fn a_counter_ends_and_what_nobody_reads_is_forgotten() {
    explored(&small(), |model, graph| {
        assert!(graph.complete);
        let remembered = graph
            .nodes
            .iter()
            .any(|node| node.position.vars.contains_key("seen"));
        assert!(!remembered, "no rule and no letter reads `seen`");
        assert!(graph.nodes.len() < 40, "{} positions", graph.nodes.len());
        assert_eq!(prove(model, graph), []);
        assert!(
            (0..model.workflow.chart.transitions.len()).all(|index| graph.taken.contains(&index))
        );
    });
}

#[test]
fn every_combination_of_values_is_tried_once() {
    let mut script = Script::default();
    let mut tried = Vec::new();
    loop {
        let first = script.pick(2);
        // The second choice comes up only after one of the first.
        let second = (first == 1).then(|| script.pick(3));
        tried.push((first, second));
        if !script.advance() {
            break;
        }
    }
    let expected = [(0, None), (1, Some(0)), (1, Some(1)), (1, Some(2))];
    assert_eq!(tried, expected);
}
