//! Decoding the steps of a scenario: who does what, and how time passes.

use serde_json::{Map, Value as Json};

use crate::catalogue::unknown;
use crate::check::scenario::decode::expect::expect;
use crate::check::scenario::decode::{About, moment, no_places, party};
use crate::check::scenario::{Act, Expect, Passing, Refused, Step, Who, given};
use crate::form::Questions;
use crate::source::{Diagnostic, Fields, Node, Report};
use crate::workflow::{APPLICANT, SYSTEM};

pub(in crate::check::scenario) fn steps(
    keys: &Fields<'_>,
    about: About<'_>,
    report: &mut Report,
) -> Vec<Step> {
    let list = keys.list("steps", report).iter();
    list.filter_map(|node| step(node, about, report)).collect()
}

fn step(node: &Node, about: About<'_>, report: &mut Report) -> Option<Step> {
    let keys = Fields::of(node, "a step", report)?;
    let time = passing(&keys, about, report);
    let act = act(&keys, about, report);
    let free = keys.integer("free", report);
    if let (Some(_), None, Some(node)) = (free, &about.service.form.capacity, keys.get("free")) {
        report.push(no_places(node.span, about));
    }
    let refused = refused(&keys, report);
    if let (None, Some((_, span))) = (&act, refused) {
        let message = "only an action can be refused";
        report.push(Diagnostic::error("nothing-to-refuse", span, message).help("add `do:`"));
    }
    let expect = keys
        .get("expect")
        .map_or_else(Expect::default, |node| expect(node, about, false, report));
    let something = ["do", "advance", "advance_to", "wait_for"];
    if act.is_none() && free.is_none() && something.iter().all(|key| keys.get(key).is_none()) {
        let message = "nothing happens in this step";
        report.push(Diagnostic::error("empty-step", node.span, message).help(
            "say what happens: `as` and `do`, `advance`, `advance_to`, `wait_for` or `free`",
        ));
    }
    keys.finish("a step", report);
    Some(Step {
        span: node.span,
        time,
        act,
        free,
        refused,
        expect,
    })
}

fn passing(keys: &Fields<'_>, about: About<'_>, report: &mut Report) -> Option<Passing> {
    let to = moment(keys, "advance_to", report).map(Passing::To);
    let timer = keys.text("wait_for", report).map(|id| {
        let workflow = &about.service.workflow;
        let known: Vec<&str> = workflow
            .timers
            .iter()
            .map(|timer| timer.id.as_str())
            .collect();
        if !known.contains(&id.as_str()) {
            let span = keys.get("wait_for").map_or(keys.span, |node| node.span);
            let what = format!("timer in the workflow `{}` named", workflow.id);
            report.push(unknown("unknown-timer", &what, &id, known, span));
        }
        Passing::Timer(id)
    });
    let advance = keys.get("advance").and_then(|node| {
        let keys = Fields::of(node, "`advance`", report)?;
        let days = keys.integer("days", report).unwrap_or(0);
        let weeks = keys.integer("weeks", report).unwrap_or(0);
        let working_days = keys.integer("working_days", report).unwrap_or(0);
        let hours = keys.integer("hours", report).unwrap_or(0);
        keys.finish("`advance`", report);
        let all = [days, weeks, working_days, hours];
        if all.iter().any(|n| !(0..=100_000).contains(n)) {
            let message = "time passes forward, and by at most 100 000 of each";
            report.push(Diagnostic::error("wrong-shape", node.span, message));
            return None;
        }
        Some(Passing::For {
            days: days + 7 * weeks,
            working_days,
            hours,
        })
    });
    let given = [&advance, &to, &timer];
    if given.iter().filter(|time| time.is_some()).count() > 1 {
        let message = "one step has one of `advance`, `advance_to` and `wait_for`";
        report.push(
            Diagnostic::error("several-times", keys.span, message).help("make two steps of it"),
        );
    }
    advance.or(to).or(timer)
}

fn act(keys: &Fields<'_>, about: About<'_>, report: &mut Report) -> Option<Act> {
    let event = keys.text("do", report);
    let who = keys.text("as", report);
    let with = keys.get("with");
    let Some(event) = event else {
        if let Some(node) = keys.get("as").or(with) {
            let message = "somebody is named here, but nothing is done";
            report.push(Diagnostic::error("missing-key", node.span, message).help("add `do:`"));
        }
        return None;
    };
    if let Some(("party", key)) = who.as_deref().and_then(|who| who.split_once('/')) {
        return party::act(&event, key, keys, about, report);
    }
    let workflow = &about.service.workflow;
    let known = workflow.event_names();
    if !known.contains(event.as_str()) {
        let span = keys.get("do").map_or(keys.span, |node| node.span);
        let what = format!("event in the workflow `{}` named", workflow.id);
        report.push(unknown("unknown-event", &what, &event, known, span));
    }
    let who = match who {
        Some(who) => person(&who, keys, about, report)?,
        None => {
            keys.need("as", report);
            return None;
        }
    };
    let with = with.map_or_else(Map::new, |node| data(node, &event, about, report));
    Some(Act { who, event, with })
}

fn person(text: &str, keys: &Fields<'_>, about: About<'_>, report: &mut Report) -> Option<Who> {
    let (role, account) = text.split_once('/').unwrap_or((text, text));
    match role {
        APPLICANT => return Some(Who::Applicant),
        SYSTEM => return Some(Who::System),
        _ => {}
    }
    let workflow = &about.service.workflow;
    if !workflow.roles.contains_key(role) {
        let known: Vec<&str> = workflow
            .roles
            .keys()
            .map(String::as_str)
            .chain([SYSTEM])
            .collect();
        let span = keys.get("as").map_or(keys.span, |node| node.span);
        let what = format!("role in the workflow `{}` named", workflow.id);
        report.push(unknown("unknown-role", &what, role, known, span));
        return None;
    }
    Some(Who::Staff {
        role: role.to_owned(),
        account: account.to_owned(),
    })
}

/// The questions of the small forms of an event.
pub(in crate::check::scenario) fn forms_of<'a>(
    about: About<'a>,
    event: &'a str,
) -> impl Iterator<Item = &'a Questions> {
    let workflow = &about.service.workflow;
    let rules = workflow
        .rules
        .iter()
        .flatten()
        .filter(move |rule| rule.name == event);
    rules
        .filter_map(|rule| workflow.forms.get(rule.form.as_ref()?))
        .map(|form| &form.questions)
}

fn data(node: &Node, event: &str, about: About<'_>, report: &mut Report) -> Map<String, Json> {
    let Some(entries) = node.as_map() else {
        let message = format!(
            "`with` must be a map of answers, but here is {}",
            node.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", node.span, message));
        return Map::new();
    };
    let forms: Vec<&Questions> = forms_of(about, event).collect();
    let mut given = Map::new();
    for (key, value) in entries {
        let field = forms.iter().find_map(|form| form.field(&key.text));
        let reported = about
            .service
            .workflow
            .rules
            .iter()
            .flatten()
            .any(|rule| rule.name == event && rule.by.iter().any(|role| role == SYSTEM));
        if field.is_none() && !reported {
            match forms.first() {
                Some(form) => report.push(given::no_field(&key.text, key.span, form)),
                None => {
                    let message = format!("the event `{event}` asks for nothing");
                    report.push(
                        Diagnostic::error("unknown-field", key.span, message)
                            .help("take `with` out"),
                    );
                }
            }
        }
        given.insert(key.text.clone(), given::answer(value, field));
    }
    given
}

fn refused(keys: &Fields<'_>, report: &mut Report) -> Option<(Refused, crate::source::Span)> {
    let name = keys.text("refused", report)?;
    let span = keys.get("refused").map_or(keys.span, |node| node.span);
    let found = Refused::NAMES.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        let known: Vec<&str> = Refused::NAMES.iter().map(|(name, _)| *name).collect();
        report.push(unknown(
            "unknown-refusal",
            "reason to refuse named",
            &name,
            known,
            span,
        ));
    }
    found.map(|(_, refused)| (*refused, span))
}
