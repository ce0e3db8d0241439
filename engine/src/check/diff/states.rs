//! The states of a workflow: what may be done in them, by whom, until when.

use super::actions::{told, wait};
use super::changes::{Area, Changes, quoted, subject};
use super::matching::matched;
use crate::text::{Language, Text};
use crate::workflow::chart::{StateIndex, Trigger};
use crate::workflow::{EventRule, StateInfo, TimerRule, Workflow};

const AREA: Area = Area::Clerks;

pub(super) fn compare(before: &Workflow, after: &Workflow, changes: &mut Changes) {
    let states = matched(
        before.states.iter().skip(1),
        after.states.iter().skip(1),
        |state| state.path.as_str(),
        |old, new| old.label.is_some() && old.label == new.label && old.public == new.public,
    );
    for state in &states.added {
        let (de, en) = name(state);
        changes.add(
            AREA,
            "state-added",
            &state.path,
            format!("Neuer Zustand „{de}“ (`{}`)", state.path),
            format!("New state “{en}” (`{}`)", state.path),
        );
    }
    for state in &states.removed {
        let (de, en) = name(state);
        changes.add(
            AREA,
            "state-removed",
            &state.path,
            format!("Der Zustand „{de}“ (`{}`) entfällt", state.path),
            format!("The state “{en}” (`{}`) is gone", state.path),
        );
    }
    for (old, new) in &states.renamed {
        let (de, en) = name(new);
        changes.add(
            AREA,
            "state-renamed",
            &new.path,
            format!(
                "Der Zustand „{de}“ heißt jetzt `{}`, bisher `{}`",
                new.path, old.path
            ),
            format!(
                "The state “{en}” is called `{}` now, `{}` before",
                new.path, old.path
            ),
        );
    }
    for (old, new) in states.kept.iter().chain(&states.renamed) {
        compare_state(old, new, changes);
        compare_inside(before, old, after, new, changes);
    }
}

fn name(state: &StateInfo) -> (&str, &str) {
    match &state.label {
        Some(label) => (label.get(Language::De), label.get(Language::En)),
        None => (&state.path, &state.path),
    }
}

fn compare_state(old: &StateInfo, new: &StateInfo, changes: &mut Changes) {
    let (de, en) = name(new);
    let path = new.path.as_str();
    changes.texts(
        AREA,
        "state-label",
        path,
        subject(
            format!("Name des Zustands `{path}`"),
            format!("Name of the state `{path}`"),
        ),
        old.label.as_ref(),
        new.label.as_ref(),
    );
    changes.texts(
        Area::Citizens,
        "state-public",
        path,
        subject(
            format!("Auskunft zum Stand „{de}“"),
            format!("What is told of the state “{en}”"),
        ),
        old.public.as_ref(),
        new.public.as_ref(),
    );
    changes.values(
        AREA,
        "state-task",
        path,
        subject(
            format!("Wer im Zustand „{de}“ am Zug ist,"),
            format!("Who is to act in the state “{en}”"),
        ),
        old.task.clone(),
        new.task.clone(),
    );
    changes.values(
        AREA,
        "state-outcome",
        path,
        subject(
            format!("Ergebnis des Zustands „{de}“"),
            format!("Outcome of the state “{en}”"),
        ),
        old.outcome.clone(),
        new.outcome.clone(),
    );
}

fn compare_inside(
    before: &Workflow,
    old: &StateInfo,
    after: &Workflow,
    new: &StateInfo,
    changes: &mut Changes,
) {
    let (Some(old), Some(new_index)) = (before.chart.find(&old.path), after.chart.find(&new.path))
    else {
        return;
    };
    let (de, en) = name(new);
    for (kind, what, what_en, old, new_actions) in [
        (
            "state-entry",
            "Beim Eintritt in",
            "On entering",
            &before.chart.states[old].entry,
            &after.chart.states[new_index].entry,
        ),
        (
            "state-exit",
            "Beim Verlassen von",
            "On leaving",
            &before.chart.states[old].exit,
            &after.chart.states[new_index].exit,
        ),
    ] {
        let about = subject(format!("{what} „{de}“"), format!("{what_en} “{en}”"));
        changes.lists(
            AREA,
            kind,
            &new.path,
            &about,
            &told(old),
            &told(new_actions),
        );
    }
    compare_steps(&steps(before, old), &steps(after, new_index), new, changes);
    compare_timers(before, old, after, new_index, new, changes);
}

/// A transition as people know it.
struct Step<'w> {
    /// Name, with a number where a state has several of that name.
    key: String,
    rule: Option<&'w EventRule>,
    when: Option<String>,
    target: String,
    actions: Vec<Text>,
}

fn steps(workflow: &Workflow, state: StateIndex) -> Vec<Step<'_>> {
    let chart = &workflow.chart;
    let mut steps: Vec<Step<'_>> = Vec::new();
    for index in &chart.states[state].transitions {
        let transition = &chart.transitions[*index];
        let rule = workflow.rule(*index);
        let named = match (&transition.trigger, rule) {
            (_, Some(rule)) => rule.name.clone(),
            (Trigger::Timer(timer), None) => format!("timer.{}", workflow.timers[*timer].id),
            (Trigger::Done(_), None) => "on_done".to_owned(),
            _ => "always".to_owned(),
        };
        let earlier = steps
            .iter()
            .filter(|step| step.key.split('#').next() == Some(named.as_str()))
            .count();
        let targets: Vec<&str> = transition
            .targets
            .iter()
            .map(|target| workflow.states[*target].path.as_str())
            .collect();
        steps.push(Step {
            key: match earlier {
                0 => named,
                count => format!("{named}#{}", count + 1),
            },
            rule,
            when: transition
                .guard
                .as_ref()
                .and_then(|guard| quoted(guard.when.as_ref())),
            target: targets.join(", "),
            actions: told(&transition.actions),
        });
    }
    steps
}

impl Step<'_> {
    fn said(&self, language: Language) -> String {
        if let Some(rule) = self.rule.filter(|rule| !rule.label.de.is_empty()) {
            return rule.label.get(language).to_owned();
        }
        match (self.key.strip_prefix("timer."), language) {
            (Some(timer), Language::De) => format!("Ablauf der Frist {timer}"),
            (Some(timer), Language::En) => format!("end of the deadline {timer}"),
            (None, _) => self.key.clone(),
        }
    }

    /// What happens with it, behind a colon.
    fn effects(&self, language: Language) -> String {
        let actions: Vec<&str> = self.actions.iter().map(|text| text.get(language)).collect();
        match actions.is_empty() {
            true => String::new(),
            false => format!(": {}", actions.join("; ")),
        }
    }
}

fn compare_steps(old: &[Step<'_>], new: &[Step<'_>], state: &StateInfo, changes: &mut Changes) {
    let (in_de, in_en) = name(state);
    let steps = matched(
        old,
        new,
        |step| step.key.as_str(),
        |old, new| match (old.rule, new.rule) {
            (Some(old), Some(new)) => old.label == new.label,
            _ => false,
        },
    );
    for step in steps.added {
        let by = step
            .rule
            .map_or_else(String::new, |rule| rule.by.join(", "));
        let place = format!("{}/{}", state.path, step.key);
        let who = |word: &str| match by.is_empty() {
            true => String::new(),
            false => format!(" ({word}: {by})"),
        };
        changes.add(
            AREA,
            "action-added",
            &place,
            format!(
                "Zustand „{in_de}“: neue Aktion „{}“{}{}{}",
                step.said(Language::De),
                who("durch"),
                leads(&step.target, "führt zu"),
                step.effects(Language::De)
            ),
            format!(
                "State “{in_en}”: new action “{}”{}{}{}",
                step.said(Language::En),
                who("by"),
                leads(&step.target, "leads to"),
                step.effects(Language::En)
            ),
        );
    }
    for step in steps.removed {
        let place = format!("{}/{}", state.path, step.key);
        changes.add(
            AREA,
            "action-removed",
            &place,
            format!(
                "Zustand „{in_de}“: die Aktion „{}“ entfällt",
                step.said(Language::De)
            ),
            format!(
                "State “{in_en}”: the action “{}” is gone",
                step.said(Language::En)
            ),
        );
    }
    for (old, new) in steps.kept.into_iter().chain(steps.renamed) {
        compare_step(old, new, state, changes);
    }
}

fn leads(target: &str, word: &str) -> String {
    match target.is_empty() {
        true => String::new(),
        false => format!(", {word} `{target}`"),
    }
}

fn compare_step(old: &Step<'_>, new: &Step<'_>, state: &StateInfo, changes: &mut Changes) {
    let (in_de, in_en) = name(state);
    let place = format!("{}/{}", state.path, new.key);
    let about = |what: &str, what_en: &str| {
        subject(
            format!("„{in_de}“, Aktion „{}“: {what}", new.said(Language::De)),
            format!("“{in_en}”, action “{}”: {what_en}", new.said(Language::En)),
        )
    };
    let full = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    for (kind, de, en, before, after) in [
        (
            "action-target",
            "Zielzustand",
            "target",
            full(&old.target),
            full(&new.target),
        ),
        (
            "action-guard",
            "Bedingung",
            "condition",
            old.when.clone(),
            new.when.clone(),
        ),
    ] {
        changes.values(AREA, kind, &place, about(de, en), before, after);
    }
    if let (Some(before), Some(after)) = (old.rule, new.rule) {
        compare_rule(before, after, &place, &about, changes);
    }
    changes.lists(
        AREA,
        "action-effects",
        &place,
        &about("was geschieht", "what happens"),
        &old.actions,
        &new.actions,
    );
}

fn compare_rule(
    old: &EventRule,
    new: &EventRule,
    place: &str,
    about: &dyn Fn(&str, &str) -> super::changes::Subject,
    changes: &mut Changes,
) {
    changes.texts(
        AREA,
        "action-label",
        place,
        about("Beschriftung", "label"),
        Some(&old.label),
        Some(&new.label),
    );
    changes.texts(
        AREA,
        "action-description",
        place,
        about("Beschreibung", "description"),
        old.description.as_ref(),
        new.description.as_ref(),
    );
    changes.rules(
        AREA,
        "action-require",
        place,
        about("Voraussetzung", "requirement"),
        old.require.as_ref(),
        new.require.as_ref(),
    );
    let list = |names: &[String]| Some(names.join(", ")).filter(|text| !text.is_empty());
    for (kind, de, en, before, after) in [
        (
            "action-by",
            "wer darf",
            "who may",
            list(&old.by),
            list(&new.by),
        ),
        (
            "action-four-eyes",
            "vier Augen gegenüber",
            "four eyes against",
            list(&old.not_by_actor_of),
            list(&new.not_by_actor_of),
        ),
        (
            "action-form",
            "auszufüllen",
            "to be filled in",
            old.form.clone(),
            new.form.clone(),
        ),
    ] {
        changes.values(AREA, kind, place, about(de, en), before, after);
    }
}

fn compare_timers(
    before: &Workflow,
    old: StateIndex,
    after: &Workflow,
    new: StateIndex,
    state: &StateInfo,
    changes: &mut Changes,
) {
    let of = |workflow: &Workflow, index: StateIndex| -> Vec<TimerRule> {
        let timers = workflow.timers.iter();
        timers
            .filter(|timer| timer.state == index)
            .cloned()
            .collect()
    };
    let (old, new) = (of(before, old), of(after, new));
    let timers = matched(&old, &new, |timer| timer.id.as_str(), |_, _| false);
    let (de, en) = name(state);
    let about = |timer: &TimerRule| {
        subject(
            format!("Frist „{}“ im Zustand „{de}“", timer.id),
            format!("Deadline “{}” of the state “{en}”", timer.id),
        )
    };
    let place = |timer: &TimerRule| format!("{}/{}", state.path, timer.id);
    let mut tell = |timer: &TimerRule, old: Option<&TimerRule>, new: Option<&TimerRule>| {
        changes.texts(
            AREA,
            "deadline",
            &place(timer),
            about(timer),
            old.map(wait).as_ref(),
            new.map(wait).as_ref(),
        );
    };
    for timer in timers.added {
        tell(timer, None, Some(timer));
    }
    for timer in timers.removed {
        tell(timer, Some(timer), None);
    }
    for (old, new) in timers.kept {
        tell(new, Some(old), Some(new));
    }
}
