//! How cases are worked: routing, places, the workflow and its letters.

use std::collections::BTreeMap;

use super::changes::{Area, Changes, quoted, subject};
use super::matching::matched;
use super::{fields, migration, states};
use crate::definitions::Service;
use crate::form::{CapacityRules, Form};
use crate::text::{Language, Text};
use crate::workflow::{Param, Workflow};

const AREA: Area = Area::Clerks;

pub(super) fn compare(before: &Service, after: &Service, changes: &mut Changes) {
    compare_routing(&before.form, &after.form, changes);
    compare_capacity(
        before.form.capacity.as_ref(),
        after.form.capacity.as_ref(),
        changes,
    );
    changes.values(
        AREA,
        "workflow",
        "",
        subject("Verfahren", "Workflow"),
        Some(before.form.workflow.id.clone()),
        Some(after.form.workflow.id.clone()),
    );
    for (name, rule) in &after.form.workflow.with {
        let old = before
            .form
            .workflow
            .with
            .iter()
            .find(|(key, _)| key == name);
        changes.rules(
            AREA,
            "workflow-parameter",
            name,
            subject(
                format!("Vorgabe „{name}“ an das Verfahren"),
                format!("Parameter “{name}” of the workflow"),
            ),
            old.map(|(_, rule)| rule),
            Some(rule),
        );
    }
    compare_roles(&before.workflow, &after.workflow, changes);
    compare_vars(&before.workflow.vars, &after.workflow.vars, changes);
    states::compare(&before.workflow, &after.workflow, changes);
    migration::compare(&before.workflow, &after.workflow, changes);
    for (id, form) in &after.workflow.forms {
        if let Some(old) = before.workflow.forms.get(id) {
            fields::compare(&old.questions, &form.questions, AREA, changes);
        }
    }
    compare_letters(before, after, changes);
}

fn compare_routing(before: &Form, after: &Form, changes: &mut Changes) {
    changes.values(
        AREA,
        "department",
        "",
        subject("Zuständig", "Responsible"),
        Some(format!(
            "{}/{}",
            before.service.department, before.service.queue
        )),
        Some(format!(
            "{}/{}",
            after.service.department, after.service.queue
        )),
    );
    let lines = |form: &Form| -> Vec<Text> {
        let told = |rule: &crate::form::RouteRule| {
            let to = format!("{}/{}", rule.department, rule.queue);
            match quoted(rule.when.as_ref()) {
                Some(when) => Text::both(format!("wenn {when}: {to}"), format!("if {when}: {to}")),
                None => Text::both(format!("sonst: {to}"), format!("else: {to}")),
            }
        };
        form.routing.iter().map(told).collect()
    };
    let (old, new) = (lines(before), lines(after));
    let about = subject("Zuordnung", "Routing");
    changes.lists(AREA, "routing", "", &about, &old, &new);
    let same_lines = old.len() == new.len() && new.iter().all(|line| old.contains(line));
    if same_lines && old != new {
        changes.add(
            AREA,
            "routing-order",
            "",
            "Zuordnung: die Regeln gelten in anderer Reihenfolge",
            "Routing: the rules are tried in another order",
        );
    }
}

fn compare_capacity(
    before: Option<&CapacityRules>,
    after: Option<&CapacityRules>,
    changes: &mut Changes,
) {
    for (kind, de, en, old, new) in [
        (
            "places-resource",
            "Wovon Plätze begrenzt sind,",
            "What has limited places",
            before.map(|rules| &rules.resource),
            after.map(|rules| &rules.resource),
        ),
        (
            "places-limit",
            "Zahl der Plätze",
            "Number of places",
            before.map(|rules| &rules.limit),
            after.map(|rules| &rules.limit),
        ),
        (
            "places-quantity",
            "Belegte Plätze je Anmeldung",
            "Places taken by one submission",
            before.and_then(|rules| rules.quantity.as_ref()),
            after.and_then(|rules| rules.quantity.as_ref()),
        ),
    ] {
        changes.rules(AREA, kind, "", subject(de, en), old, new);
    }
}

fn compare_roles(before: &Workflow, after: &Workflow, changes: &mut Changes) {
    for (id, role) in &after.roles {
        let (de, en) = (role.title.get(Language::De), role.title.get(Language::En));
        match before.roles.get(id) {
            None => changes.add(
                AREA,
                "role-added",
                id,
                format!("Neue Rolle „{de}“ (`{id}`): sie muss Personen zugeordnet werden"),
                format!("New role “{en}” (`{id}`): it must be given to people"),
            ),
            Some(old) => changes.texts(
                AREA,
                "role-title",
                id,
                subject(
                    format!("Name der Rolle `{id}`"),
                    format!("Name of the role `{id}`"),
                ),
                Some(&old.title),
                Some(&role.title),
            ),
        }
    }
    for (id, role) in &before.roles {
        if !after.roles.contains_key(id) {
            let (de, en) = (role.title.get(Language::De), role.title.get(Language::En));
            changes.add(
                AREA,
                "role-removed",
                id,
                format!("Die Rolle „{de}“ (`{id}`) entfällt"),
                format!("The role “{en}” (`{id}`) is gone"),
            );
        }
    }
}

fn compare_vars(
    before: &BTreeMap<String, Param>,
    after: &BTreeMap<String, Param>,
    changes: &mut Changes,
) {
    let ty = |params: &BTreeMap<String, Param>, name: &str| {
        params.get(name).map(|param| param.ty.to_string())
    };
    for name in before.keys().chain(after.keys()) {
        changes.values(
            AREA,
            "variable",
            name,
            subject(
                format!("Angabe `{name}`, die das Verfahren sich merkt,"),
                format!("What the workflow remembers as `{name}`"),
            ),
            ty(before, name),
            ty(after, name),
        );
    }
}

fn compare_letters(before: &Service, after: &Service, changes: &mut Changes) {
    let (old, new) = (letters(before), letters(after));
    let (old, new): (Vec<_>, Vec<_>) = (old.iter().collect(), new.iter().collect());
    let letters = matched(
        old.iter().copied(),
        new.iter().copied(),
        |letter| letter.name.as_str(),
        |old, new| old.language == new.language && old.text == new.text,
    );
    for letter in letters.added {
        changes.add(
            AREA,
            "letter-added",
            &letter.name,
            format!("Neues Schreiben `{}`", letter.name),
            format!("New letter `{}`", letter.name),
        );
    }
    for letter in letters.removed {
        changes.add(
            AREA,
            "letter-removed",
            &letter.name,
            format!("Das Schreiben `{}` entfällt", letter.name),
            format!("The letter `{}` is gone", letter.name),
        );
    }
    for (old, new) in letters.kept {
        if old.text != new.text {
            letter_changed(old, new, changes);
        }
    }
}

/// A letter or mail in one language, as written.
struct Written<'s> {
    name: String,
    language: Language,
    text: &'s str,
}

fn letters(service: &Service) -> Vec<Written<'_>> {
    let text = |path: String| {
        let file = service.bundle.iter().find(|file| file.path == path);
        file.map(|file| file.text.as_str())
    };
    let written = |(id, language): &(String, Language)| {
        let tag = language.tag();
        let own = format!("workflows/letters/{}/{id}.{tag}.hbs", service.form.id);
        let text = text(own).or_else(|| text(format!("workflows/letters/{id}.{tag}.hbs")))?;
        Some(Written {
            name: format!("{id}.{tag}"),
            language: *language,
            text,
        })
    };
    service.letters.keys().filter_map(written).collect()
}

/// Lines that are new and lines that are gone, at most three of each.
fn letter_changed(old: &Written<'_>, new: &Written<'_>, changes: &mut Changes) {
    const SHOWN: usize = 3;
    let lines = |text: &str, other: &str, joint: [&str; 2]| {
        let known: Vec<&str> = other.lines().map(str::trim).collect();
        let fresh: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !known.contains(line))
            .map(|line| format!("{}{line}{}", joint[0], joint[1]))
            .collect();
        match fresh.len() {
            0 => None,
            count if count > SHOWN => Some(format!("{} …", fresh[..SHOWN].join(", "))),
            _ => Some(fresh.join(", ")),
        }
    };
    let told = |joint: [&str; 2], is: &str, gone: &str| {
        let parts = [
            lines(new.text, old.text, joint).map(|lines| format!("{is} {lines}")),
            lines(old.text, new.text, joint).map(|lines| format!("{gone} {lines}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!(": {}", parts.join("; ")),
        }
    };
    changes.add(
        AREA,
        "letter-changed",
        &new.name,
        format!(
            "Wortlaut des Schreibens `{}` geändert{}",
            new.name,
            told(["„", "“"], "neu", "entfallen")
        ),
        format!(
            "Words of the letter `{}` changed{}",
            new.name,
            told(["“", "”"], "new", "gone")
        ),
    );
}
