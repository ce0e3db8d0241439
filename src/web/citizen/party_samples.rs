//! Samples of the page behind a party's link, and of parties on the status page.

use super::party::{PartyForm, PartyLine, PartyView, ShownSection};
use super::view::{FieldView, Problem, StatedView};
use crate::web::frame::Said;

fn said(text: &str) -> Said {
    Said::plain(text.to_owned())
}

fn stated(label: &str, value: &str) -> StatedView {
    StatedView {
        label: label.to_owned(),
        value: value.to_owned(),
    }
}

/// While the party may answer, after a reason that is too long.
pub(super) fn asked(fields: Vec<FieldView>) -> PartyView {
    let error = "Bitte kürzen Sie den Grund.".to_owned();
    PartyView {
        service: said("Wohnsitz an- oder ummelden"),
        reference: "MS-2026-7K3F9-QXMA4".into(),
        applicant: "Mira Sandkuhl".into(),
        name: "Kai Petersen".into(),
        title: said("Zweite sorgeberechtigte Person"),
        intro: Some(said("Sie sind als sorgeberechtigte Person genannt.")),
        due_at: Some(1_796_000_000_000),
        sections: vec![ShownSection {
            title: "Umzug".into(),
            rows: vec![stated("Tag des Einzugs", "28. November 2026")],
        }],
        form: Some(PartyForm {
            action: "/de/parties/MS/1/secret/answer".into(),
            fields,
            uploads: true,
            reason: "Das ist nicht abgesprochen.".into(),
            reason_error: Some(error.clone()),
            declining: true,
        }),
        end: None,
        answered_at: None,
        said: Vec::new(),
        receipt: None,
        department: None,
        problems: vec![Problem {
            target: Some("reason".into()),
            message: error,
        }],
    }
}

/// After it has answered.
pub(super) fn answered() -> PartyView {
    PartyView {
        form: None,
        due_at: None,
        end: Some("confirmed"),
        answered_at: Some(1_795_600_000_000),
        said: vec![stated("Ich bin einverstanden.", "Ja")],
        receipt: Some("/de/parties/MS/1/secret/receipt".into()),
        problems: Vec::new(),
        ..asked(Vec::new())
    }
}

/// Parties as the applicant sees them.
pub(super) fn lines() -> Vec<PartyLine> {
    let open = PartyLine {
        number: 0,
        name: "Wohnbau eG".into(),
        title: said("Wohnungsgeber"),
        state: "asked",
        at: None,
        email: String::new(),
        resend: Some("/de/cases/MS/secret/parties/0".into()),
        error: Some("Bitte geben Sie eine vollständige E-Mail-Adresse ein.".into()),
    };
    let done = PartyLine {
        number: 1,
        name: "Kai Petersen".into(),
        state: "confirmed",
        at: Some(1_795_600_000_000),
        resend: None,
        error: None,
        ..open.clone()
    };
    vec![open, done]
}
