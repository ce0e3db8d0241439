//! What the actions of a workflow do and how long its timers run, in words.

use super::changes::{on_one_line, quoted};
use crate::text::Text;
use crate::workflow::{Action, AppointmentAction, Name, Places, TimerRule, Wait};

/// How long a timer runs, in words.
pub(super) fn wait(timer: &TimerRule) -> Text {
    let text = on_one_line(timer.wait.expression().text());
    let (de, en) = match timer.wait {
        Wait::Hours(_) => ("Stunden", "hours"),
        Wait::Days(_) => ("Tage", "days"),
        Wait::Weeks(_) => ("Wochen", "weeks"),
        Wait::Months(_) => ("Monate", "months"),
        Wait::WorkingDays(_) => ("Arbeitstage", "working days"),
        Wait::Until(_) => ("(Tag)", "(day)"),
    };
    let (mut de, mut en) = (format!("{text} {de}"), format!("{text} {en}"));
    if timer.roll {
        de.push_str(", nächster Arbeitstag");
        en.push_str(", next working day");
    }
    if timer.due {
        de.push_str(", als Frist angezeigt");
        en.push_str(", shown as the deadline");
    }
    Text::both(de, en)
}

/// What actions do, one sentence each.
pub(super) fn told(actions: &[Action]) -> Vec<Text> {
    actions.iter().map(action).collect()
}

fn action(action: &Action) -> Text {
    let attached = |attach: &[String]| match attach.is_empty() {
        true => String::new(),
        false => format!(" + {}", attach.join(" + ")),
    };
    let named = |name: &Name| match name {
        Name::Fixed(text) => text.clone(),
        Name::Computed(rule) => quoted(Some(rule)).unwrap_or_default(),
    };
    let pairs = |pairs: &[(String, crate::feel::Expression)]| {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, rule)| format!("{name} = {}", on_one_line(rule.text())))
            .collect();
        pairs.join(", ")
    };
    let both = |de: String, en: String| Text::both(de, en);
    match action {
        Action::Document { template, name, .. } => both(
            format!("Schreiben {template} erstellen ({name})"),
            format!("make the letter {template} ({name})"),
        ),
        Action::Mail {
            template,
            attach,
            calendar,
        } => {
            let (de, en) = match calendar {
                true => (" mit Kalenderdatei", " with the calendar file"),
                false => ("", ""),
            };
            both(
                format!("E-Mail {template}{}{de}", attached(attach)),
                format!("mail {template}{}{en}", attached(attach)),
            )
        }
        Action::Notify { role, template } => both(
            format!("Nachricht {template} an {role}"),
            format!("notify {role} with {template}"),
        ),
        Action::Deliver {
            department,
            queue,
            attach,
        } => {
            let to: Vec<String> = [department, queue]
                .into_iter()
                .flatten()
                .map(named)
                .collect();
            let to = format!("{}{}", to.join("/"), attached(attach));
            both(format!("Übergabe {to}"), format!("deliver {to}"))
        }
        Action::RequestPayment { amount, .. } => {
            let amount = quoted(Some(amount)).unwrap_or_default();
            both(
                format!("Zahlung anfordern: {amount}"),
                format!("request payment: {amount}"),
            )
        }
        Action::ClosePayment => both("Zahlung beenden".into(), "close the payment".into()),
        Action::Publish => both("veröffentlichen".into(), "publish".into()),
        Action::Unpublish => both("nicht mehr veröffentlichen".into(), "unpublish".into()),
        Action::Places(places) => match places {
            Places::Take => both("Plätze belegen".into(), "take places".into()),
            Places::Release => both("Plätze freigeben".into(), "release places".into()),
            Places::Wait => both("auf die Warteliste".into(), "onto the waiting list".into()),
        },
        Action::Appointment(change) => match change {
            AppointmentAction::TakeChosen => both(
                "gewählten Termin buchen".into(),
                "book the chosen slot".into(),
            ),
            AppointmentAction::Take(slot) => {
                let slot = quoted(Some(slot)).unwrap_or_default();
                both(
                    format!("Termin buchen: {slot}"),
                    format!("book the slot {slot}"),
                )
            }
            AppointmentAction::Release => both(
                "Termin freigeben".into(),
                "give the appointment back".into(),
            ),
            AppointmentAction::Attended => {
                both("Termin wahrgenommen".into(), "appointment attended".into())
            }
            AppointmentAction::NoShow => both("nicht erschienen".into(), "not come".into()),
        },
        Action::Flag(flag) => both(format!("Merkmal {flag} setzen"), format!("set flag {flag}")),
        Action::Unflag(flag) => both(
            format!("Merkmal {flag} entfernen"),
            format!("remove flag {flag}"),
        ),
        Action::Set(list) => both(
            format!("merken: {}", pairs(list)),
            format!("set {}", pairs(list)),
        ),
        Action::Append(list) => both(
            format!("hinzufügen: {}", pairs(list)),
            format!("append {}", pairs(list)),
        ),
        Action::Raise(name) => both(format!("Ereignis {name}"), format!("raise {name}")),
        Action::Assign { actor: true } => both(
            "an die handelnde Person geben".into(),
            "assign to the actor".into(),
        ),
        Action::Assign { actor: false } => {
            both("an niemanden geben".into(), "assign to nobody".into())
        }
        Action::InviteParties { template } => both(
            format!("Beteiligte anschreiben ({template})"),
            format!("invite the parties ({template})"),
        ),
        Action::RemindParties { template } => both(
            format!("Beteiligte erinnern ({template})"),
            format!("remind the parties ({template})"),
        ),
        Action::ExpireParties => both(
            "offene Beteiligungen beenden".into(),
            "end open requests to parties".into(),
        ),
        Action::Forward { department, queue } => {
            let to = format!("{}/{}", named(department), named(queue));
            both(format!("weiterleiten an {to}"), format!("forward to {to}"))
        }
    }
}
