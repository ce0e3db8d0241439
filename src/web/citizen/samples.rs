//! Sample values for every citizen page, and the tests that render them all in
//! both languages.

use engine::text::Language;
use serde::Serialize;

use super::view::*;
use crate::web::frame::{Frame, NavLink, Page, Said, TownView, languages};
use crate::web::render::Pages;

pub(crate) fn frame(language: Language, title: &str) -> Frame {
    Frame {
        lang: language.tag(),
        title: format!("{title} – Stadt Musterstadt"),
        town: TownView {
            name: "Stadt Musterstadt".into(),
            street: "Rathausplatz 1".into(),
            postcode: "47798".into(),
            city: "Musterstadt".into(),
            email: "buergerservice@stadt.example".into(),
            phone: "02151 1000".into(),
            phone_link: "021511000".into(),
        },
        home: format!("/{}/", language.tag()),
        languages: languages(language, "/sample"),
        nav: vec![
            NavLink {
                label: "Leistungen".into(),
                href: "/de/".into(),
                current: true,
            },
            NavLink {
                label: "Mein Vorgang".into(),
                href: "/de/status".into(),
                current: false,
            },
            NavLink {
                label: "Weitermachen".into(),
                href: "/de/resume".into(),
                current: false,
            },
        ],
        user: None,
        csrf: "t0ken".into(),
        personal: true,
        demo: true,
        search: true,
        found: None,
    }
}

fn said(text: &str) -> Said {
    Said::plain(text)
}

fn department() -> DepartmentView {
    DepartmentView {
        name: said("Fachbereich Sicherheit und Ordnung"),
        email: "ordnung@stadt.example".into(),
        phone: "02151 1000-2100".into(),
        phone_link: "0215110002100".into(),
        address: vec!["Rathausplatz 1".into(), "47798 Musterstadt".into()],
        accessible: true,
        hours: vec![
            HoursView {
                day: "Montag".into(),
                times: "08:30–12:30, 14:00–16:00".into(),
            },
            HoursView {
                day: "Dienstag".into(),
                times: "08:30–12:30".into(),
            },
            HoursView {
                day: "Mittwoch".into(),
                times: "geschlossen".into(),
            },
        ],
        hours_note: Some(said("Mit Termin auch außerhalb der Öffnungszeiten")),
        opening: Some("Jetzt geöffnet bis 16:00 Uhr".into()),
        page: "/de/departments/public-order".into(),
    }
}

fn privacy() -> PrivacyView {
    PrivacyView {
        purpose: said("Entgegennahme und Prüfung Ihrer Gewerbeanzeige"),
        basis: "Art. 6 Abs. 1 lit. e DSGVO in Verbindung mit § 14 GewO".into(),
        retention: "10 Jahre nach Abschluss des Vorgangs".into(),
        recipients: vec![said("Finanzamt"), said("Industrie- und Handelskammer")],
    }
}

pub(crate) fn field(template: &'static str, id: &str, label: &str) -> FieldView {
    FieldView {
        template,
        id: id.into(),
        name: id.into(),
        label: said(label),
        ..FieldView::default()
    }
}

fn option(id: &str, value: &str, label: &str, chosen: bool) -> OptionView {
    OptionView {
        id: id.into(),
        value: value.into(),
        label: said(label),
        chosen,
    }
}

fn date_field() -> FieldView {
    let part = |part: &'static str, key: &str, value: &str| PartView {
        id: if key == "day" {
            "birth".into()
        } else {
            format!("birth-{key}")
        },
        name: format!("birth.{key}"),
        part,
        value: value.into(),
        autocomplete: Some(format!("bday-{key}")),
    };
    FieldView {
        parts: vec![
            part("form.day", "day", "27"),
            part("form.month", "month", "März"),
            part("form.year", "year", "1985"),
        ],
        described_by: "birth-example".into(),
        ..field("field/date", "birth", "Geburtsdatum")
    }
}

fn upload_field(error: bool) -> FieldView {
    FieldView {
        help: Some(said("Vorder- und Rückseite, gut lesbar.")),
        error: error.then(|| {
            "Die Datei „Ausweis.exe“ hat ein anderes Format. Erlaubt sind PDF, JPG oder PNG."
                .to_owned()
        }),
        described_by: if error {
            "id_copy-error id_copy-rules".into()
        } else {
            "id_copy-rules".into()
        },
        upload: Some(UploadView {
            kinds: "PDF, JPG oder PNG".into(),
            accept: ".pdf,.jpg,.jpeg,.png".into(),
            max_size: 10_000_000,
            max_files: 2,
            files: vec![FileView {
                name: "Personalausweis-Vorderseite.jpg".into(),
                size: 1_240_000,
                remove: "remove-upload:1".into(),
            }],
            more: true,
            action: Some("upload:id_copy".into()),
            later: true,
        }),
        ..field("field/file", "id_copy", "Kopie des Ausweises")
    }
}

fn all_fields(error: bool) -> Vec<FieldView> {
    let mut given = FieldView {
        value: "Zoë <b>\"&'".into(),
        help: Some(said("So wie im Ausweis.")),
        described_by: "given-hint".into(),
        width: "long",
        autocomplete: Some("given-name".into()),
        ..field("field/text", "given", "Vornamen")
    };
    if error {
        given.error = Some("Geben Sie Ihre Vornamen ein.".into());
        given.described_by = "given-error given-hint".into();
        given.value = String::new();
    }
    let postcode = FieldView {
        width: "short",
        inputmode: Some("numeric"),
        literal: true,
        autocomplete: Some("postal-code".into()),
        value: "47798".into(),
        ..field("field/text", "postcode", "Postleitzahl")
    };
    let area = FieldView {
        limit: Some(2000),
        described_by: "activity-limit".into(),
        value: "Zeile 1\n  Zeile 2".into(),
        ..field("field/area", "activity", "Was machen Sie genau?")
    };
    let legal = FieldView {
        options: vec![
            option("form_kind", "natural", "Einzelunternehmen", true),
            option(
                "form_kind-2",
                "gbr",
                "Gesellschaft bürgerlichen Rechts (GbR)",
                false,
            ),
            option("form_kind-3", "gmbh", "GmbH oder UG", false),
        ],
        ..field("field/radios", "form_kind", "Rechtsform")
    };
    let yes_no = FieldView {
        horizontal: true,
        error: error.then(|| "Wählen Sie Ja oder Nein.".to_owned()),
        described_by: if error {
            "craft-error".into()
        } else {
            String::new()
        },
        options: vec![
            option("craft", "true", "Ja", false),
            option("craft-2", "false", "Nein", false),
        ],
        ..field("field/radios", "craft", "Ist es ein Handwerk?")
    };
    let days = FieldView {
        optional: true,
        described_by: "days-several".into(),
        options: vec![
            option("days", "mon", "Montag", true),
            option("days-2", "tue", "Dienstag", false),
        ],
        ..field("field/checkboxes", "days", "An welchen Tagen?")
    };
    let country = FieldView {
        options: vec![
            option("c1", "DE", "Deutschland", true),
            option("c2", "FR", "Frankreich", false),
        ],
        autocomplete: Some("country".into()),
        ..field("field/select", "country", "Staat")
    };
    let money = FieldView {
        unit: Some(said("€")),
        width: "short",
        inputmode: Some("decimal"),
        described_by: "capital-unit".into(),
        ..field("field/text", "capital", "Stammkapital")
    };
    let consent = FieldView {
        error: error.then(|| "Bestätigen Sie, dass Ihre Angaben stimmen.".to_owned()),
        described_by: if error {
            "truth-error".into()
        } else {
            String::new()
        },
        ..field(
            "field/consent",
            "truth",
            "Meine Angaben sind vollständig und richtig.",
        )
    };
    let entry = |number: usize| EntryView {
        id: format!("partners-{number}"),
        number,
        item: said("Gesellschafter:in"),
        fields: vec![field(
            "field/text",
            &format!("partners-{number}-name"),
            "Name",
        )],
        remove: Some(format!("remove:partners:{number}")),
    };
    let partners = FieldView {
        optional: true,
        entries: vec![entry(1), entry(2)],
        add: Some("add:partners".into()),
        item: said("Gesellschafter:in"),
        help: Some(said("Alle Personen, die die Gesellschaft vertreten.")),
        ..field(
            "field/list",
            "partners",
            "Gesellschafterinnen und Gesellschafter",
        )
    };
    let group = FieldView {
        level: 2,
        fields: vec![
            FieldView {
                width: "long",
                ..field("field/text", "address-street", "Straße")
            },
            FieldView {
                level: 3,
                fields: vec![field("field/text", "address-inner-co", "Zusatz")],
                ..field("field/group", "address-inner", "Besonderheiten")
            },
        ],
        ..field("field/group", "address", "Anschrift des Betriebs")
    };
    let info = field(
        "field/info",
        "hint",
        "Für ein Handwerk brauchen Sie zusätzlich die Eintragung in die Handwerksrolle.",
    );
    let computed = FieldView {
        value: "26,00 €".into(),
        ..field("field/computed", "total", "Voraussichtliche Gebühr")
    };
    vec![
        given,
        date_field(),
        postcode,
        legal,
        yes_no,
        days,
        country,
        money,
        area,
        upload_field(error),
        group,
        partners,
        info,
        computed,
        consent,
    ]
}

fn step(error: bool) -> StepView {
    let problem = |target: &str, message: &str| Problem {
        target: Some(target.into()),
        message: message.into(),
    };
    StepView {
        service: said("Gewerbe anmelden"),
        title: said("Angaben zur Person"),
        question_is_title: false,
        intro: Some(said(
            "Wir brauchen die Angaben der Person, die das Gewerbe betreibt.",
        )),
        number: 2,
        count: 5,
        action: "/de/drafts/0198/person".into(),
        back: "/de/drafts/0198/start".into(),
        uploads: true,
        problems: if error {
            vec![
                problem("given", "Geben Sie Ihre Vornamen ein."),
                problem("craft", "Wählen Sie Ja oder Nein."),
                problem(
                    "id_copy",
                    "Die Datei „Ausweis.exe“ hat ein anderes Format. Erlaubt sind PDF, JPG oder PNG.",
                ),
                problem("truth", "Bestätigen Sie, dass Ihre Angaben stimmen."),
            ]
        } else {
            Vec::new()
        },
        warnings: if error {
            Vec::new()
        } else {
            vec![problem(
                "postcode",
                "Die Postleitzahl liegt nicht in Musterstadt. Stimmt das?",
            )]
        },
        warned: if error {
            String::new()
        } else {
            "outside@postcode".into()
        },
        opened: !error,
        status: (!error)
            .then(|| "Die Datei „Personalausweis-Vorderseite.jpg“ ist hochgeladen.".to_owned()),
        fields: all_fields(error),
        returns: (!error).then_some("check"),
        expires_at: 1_798_000_000_000,
    }
}

fn question() -> StepView {
    StepView {
        title: said("Betreiben Sie das Gewerbe allein?"),
        question_is_title: true,
        intro: None,
        uploads: false,
        warnings: Vec::new(),
        opened: false,
        status: None,
        returns: None,
        number: 1,
        fields: vec![FieldView {
            heading: true,
            help: Some(said("Als Gesellschaft gilt auch die GbR.")),
            described_by: "alone-hint".into(),
            options: vec![
                option("alone", "alone", "Ja, als einzelne Person", false),
                option(
                    "alone-2",
                    "gbr",
                    "Nein, als Gesellschaft bürgerlichen Rechts (GbR)",
                    false,
                ),
                option(
                    "alone-3",
                    "company",
                    "Nein, als GmbH, UG oder andere Gesellschaft",
                    false,
                ),
            ],
            ..field("field/radios", "alone", "Betreiben Sie das Gewerbe allein?")
        }],
        ..step(false)
    }
}

fn fee() -> FeeView {
    FeeView {
        total: "33.00".into(),
        payable: true,
        lines: vec![FeeLineView {
            label: said("Gewerbeanmeldung"),
            amount: "33.00".into(),
            basis: Some("AVwGebO NRW, Tarifstelle 12".into()),
        }],
    }
}

fn check(problems: bool) -> CheckView {
    let row = |label: &str, value: &str| CheckRow {
        label: said(label),
        value: value.into(),
        heading: value == "-",
        change: Some("/de/drafts/0198/person?return=check#given".into()),
    };
    CheckView {
        service: said("Gewerbe anmelden"),
        back: "/de/drafts/0198/last".into(),
        number: 6,
        sections: vec![
            CheckSection {
                title: said("Angaben zur Person"),
                change: "/de/drafts/0198/person?return=check".into(),
                rows: vec![
                    row("Vornamen", "Zoë"),
                    row("Geburtsdatum", "27. März 1985"),
                    row("Anschrift der Wohnung", "-"),
                    row("Anschrift", "Lindenstraße 5\n47798 Musterstadt"),
                    row("Telefon", ""),
                ],
            },
            CheckSection {
                title: said("Betrieb"),
                change: "/de/drafts/0198/business?return=check".into(),
                rows: vec![
                    row("Tätigkeit", "Änderungsschneiderei"),
                    row("Beginn", "1. Dezember 2026"),
                ],
            },
        ],
        problems: if problems {
            vec![CheckProblem {
                href: "/de/drafts/0198/person?return=check#phone".into(),
                message: "Geben Sie eine Telefonnummer ein.".into(),
            }]
        } else {
            Vec::new()
        },
        warnings: vec![CheckProblem {
            href: "/de/drafts/0198/person#postcode".into(),
            message: "Die Postleitzahl liegt nicht in Musterstadt.".into(),
        }],
        fee: Some(fee()),
        action: "/de/drafts/0198/submit".into(),
        department: Some(said("Fachbereich Sicherheit und Ordnung")),
        privacy: privacy(),
        expires_at: 1_798_000_000_000,
        later: "/de/drafts/0198/later".into(),
    }
}

fn service() -> ServiceView {
    ServiceView {
        checklist: Some("/de/services/business-registration/checklist".into()),
        title: said("Gewerbe anmelden"),
        summary: said(
            "Wer ein stehendes Gewerbe, eine Zweigniederlassung oder eine unselbstständige Zweigstelle beginnt, zeigt das hier an.",
        ),
        who: Some(said(
            "Einzelpersonen, Gesellschafterinnen und Gesellschafter einer GbR oder OHG, und wer eine GmbH, UG oder AG vertritt.",
        )),
        prerequisites: vec![
            said("Der Betrieb liegt in Musterstadt."),
            said("Die Tätigkeit ist erlaubt und auf Dauer angelegt."),
        ],
        needed: vec![said("Personalausweis oder Reisepass")],
        attachments: vec![
            NeededFile {
                label: said("Auszug aus dem Handelsregister"),
                sometimes: true,
                optional: false,
                later: true,
            },
            NeededFile {
                label: said("Vollmacht"),
                sometimes: false,
                optional: true,
                later: false,
            },
        ],
        deadlines: vec![said("Zeigen Sie das Gewerbe an, sobald Sie beginnen.")],
        next: vec![
            said("Sie bekommen sofort eine Eingangsbestätigung."),
            said("Wir prüfen die Anzeige."),
            said("Sie bekommen den Gewerbeschein."),
        ],
        minutes: Some(15),
        processing_time: Some(said("Innerhalb von drei Arbeitstagen")),
        cost: Some(said("26 € für Einzelpersonen, 33 € für Gesellschaften")),
        identification: "email",
        identification_reason: None,
        legal: vec!["§ 14 Abs. 1 GewO".into(), "§ 15 GewO".into()],
        privacy: privacy(),
        department: Some(department()),
        start: Some("/de/services/business-registration/start".into()),
        drafts: vec![DraftLink {
            href: "/de/drafts/0198/person".into(),
            saved_at: 1_795_000_000_000,
        }],
    }
}

fn action(event: &str, label: &str, style: &'static str, fields: Vec<FieldView>) -> ActionView {
    ActionView {
        event: event.into(),
        id: format!("act-{event}"),
        label: said(label),
        description: Some(said("Wir bearbeiten Ihren Antrag dann weiter.")),
        style,
        action: "/de/cases/MS/secret/act".into(),
        uploads: !fields.is_empty(),
        fields,
        revision: 3,
        refusal: None,
        open: style == "primary",
    }
}

fn status() -> StatusView {
    let mut upload = upload_field(false);
    upload.id = "reply-file".into();
    upload.described_by = "reply-file-rules".into();
    StatusView {
        service: said("Gewerbe anmelden"),
        reference: "MS-2026-7K3F9-QXMA4".into(),
        state: said("Rückfrage an Sie"),
        words: Some(said(
            "Uns fehlt noch eine Angabe. Bitte antworten Sie unten.",
        )),
        told: told(),
        closed: false,
        opened_at: 1_795_000_000_000,
        due_at: Some(1_796_000_000_000),
        rank: Some(3),
        payment: Some(PaymentLink {
            href: Some("/demo/pay/1".into()),
            amount: "26.00".into(),
        }),
        actions: vec![
            action(
                "reply",
                "Antworten",
                "primary",
                vec![field("field/area", "reply-text", "Ihre Antwort"), upload],
            ),
            action("withdraw", "Antrag zurückziehen", "danger", Vec::new()),
            ActionView {
                refusal: Some(said("Das geht erst nach der Zahlung.")),
                ..action("pick", "Termin wählen", "secondary", Vec::new())
            },
        ],
        documents: vec![
            DocumentLink {
                href: "/de/cases/MS/secret/documents/receipt".into(),
                title: said("Eingangsbestätigung"),
                at: 1_795_000_000_000,
            },
            DocumentLink {
                href: "/x".into(),
                title: said("Gewerbeschein"),
                at: 1_795_600_000_000,
            },
        ],
        files: vec![DocumentLink {
            href: "/de/cases/MS/secret/files/1".into(),
            title: said("stadtplan.pdf"),
            at: 1_795_600_000_000,
        }],
        parties: super::party_samples::lines(),
        history: vec![
            HistoryView {
                at: 1_795_600_000_000,
                what: said("Rückfrage gestellt"),
                who: "staff",
                facts: told(),
            },
            HistoryView {
                at: 1_795_000_000_000,
                what: said("Gesendet"),
                who: "citizen",
                facts: Vec::new(),
            },
        ],
        department: Some(department()),
        note: Some("Erledigt. Unten sehen Sie den neuen Stand.".into()),
        kept: vec!["Die Handwerkskarte liegt bei.".into()],
        note_kind: "success",
        problems: Vec::new(),
    }
}

fn told() -> Vec<StatedView> {
    vec![StatedView {
        label: "Was fehlt oder ist unklar?".into(),
        value: "Bitte reichen Sie die Handwerkskarte nach.\nEine Kopie genügt.".into(),
    }]
}

fn done() -> DoneView {
    DoneView {
        service: said("Gewerbe anmelden"),
        reference: "MS-2026-7K3F9-QXMA4".into(),
        secret: "b7f2-k9mm-02xd-77aq-p3sz-14tt".into(),
        status: "/de/cases/MS/secret".into(),
        receipt: Some("/de/cases/MS/secret/documents/receipt".into()),
        email: Some("zoe@mail.example".into()),
        next: vec![
            said("Wir prüfen die Anzeige."),
            said("Sie bekommen den Gewerbeschein."),
        ],
        processing_time: Some(said("innerhalb von drei Arbeitstagen")),
        payment: Some(PaymentLink {
            href: Some("/demo/pay/1".into()),
            amount: "26.00".into(),
        }),
        outstanding: vec![said("Auszug aus dem Handelsregister")],
        department: Some(department()),
    }
}

fn lookup() -> LookupView {
    LookupView {
        reference: "MS-1".into(),
        problems: vec![Problem {
            target: Some("reference".into()),
            message: "Geben Sie die Vorgangsnummer ein.".into(),
        }],
        reference_error: Some("Geben Sie die Vorgangsnummer ein.".into()),
        secret_error: None,
    }
}

fn later() -> LaterView {
    LaterView {
        service: said("Gewerbe anmelden"),
        code: Some("7K3F 9QXM A4T2 BB0C 99ZE".into()),
        action: "/de/drafts/0198/later".into(),
        page: "person".into(),
        address: "https://stadt.example/de/resume".into(),
        expires_at: 1_798_000_000_000,
        back: "/de/drafts/0198/person".into(),
        mail: "mailto:?subject=Weitermachen".into(),
    }
}

fn verify(genuine: bool) -> VerifyView {
    VerifyView {
        result: Some(VerifyResult {
            genuine,
            kind: if genuine { "genuine" } else { "altered" },
            facts: vec![FactView {
                label: "Vorgangsnummer".into(),
                value: "MS-2026-7K3F9-QXMA4".into(),
            }],
        }),
        problems: Vec::new(),
        error: None,
        key: vec![
            FactView {
                label: "Kennung des Siegels".into(),
                value: "9f8b2c61d0e4a713".into(),
            },
            FactView {
                label: "Öffentlicher Schlüssel".into(),
                value: "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqo".into(),
            },
        ],
    }
}

fn mail() -> MailLine {
    MailLine {
        href: "/demo/mails/1".into(),
        to: "zoe@mail.example".into(),
        subject: "Wir haben Ihre Anzeige erhalten".into(),
        at: 1_795_000_000_000,
    }
}

fn pay(state: &'static str) -> PayView {
    PayView {
        amount: "26.00".into(),
        purpose: "MS-2026-7K3F9-QXMA4".into(),
        reference: "MS-2026-7K3F9-QXMA4".into(),
        state,
        action: "/demo/pay/1".into(),
        back: "/de/cases/MS/secret".into(),
    }
}

fn add(
    all: &mut Vec<(String, String)>,
    pages: &Pages,
    name: &str,
    file: &str,
    view: impl Serialize + Clone,
) {
    for language in Language::ALL {
        let page = Page {
            frame: frame(language, file),
            view: view.clone(),
        };
        let html = pages.page(language, name, &page).unwrap_or_else(|error| {
            panic!(
                "{file}: {error}: {}",
                std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
            )
        });
        all.push((format!("{file}.{}", language.tag()), html.0));
    }
}

/// Every page with sample values in both languages, by file name.
fn rendered() -> Vec<(String, String)> {
    let pages = Pages::embedded().unwrap_or_else(|error| {
        panic!(
            "{error}: {}",
            std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
        )
    });
    let mut all = Vec::new();
    add(&mut all, &pages, "citizen/service", "service", service());
    add(
        &mut all,
        &pages,
        "citizen/service",
        "service-closed",
        ServiceView {
            start: None,
            drafts: Vec::new(),
            department: None,
            who: None,
            ..service()
        },
    );
    add(&mut all, &pages, "citizen/step", "step", step(false));
    add(&mut all, &pages, "citizen/step", "step-errors", step(true));
    add(
        &mut all,
        &pages,
        "citizen/step",
        "step-question",
        question(),
    );
    add(&mut all, &pages, "citizen/check", "check", check(false));
    add(
        &mut all,
        &pages,
        "citizen/check",
        "check-problems",
        check(true),
    );
    add(&mut all, &pages, "citizen/done", "done", done());
    add(&mut all, &pages, "citizen/status", "status", status());
    let consent = vec![field("field/area", "party-note", "Hinweis für das Amt")];
    let asked = super::party_samples::asked(consent);
    add(&mut all, &pages, "citizen/party", "party", asked);
    let answered = super::party_samples::answered();
    add(
        &mut all,
        &pages,
        "citizen/party",
        "party-answered",
        answered,
    );
    add(&mut all, &pages, "citizen/lookup", "lookup", lookup());
    add(
        &mut all,
        &pages,
        "citizen/resume",
        "resume",
        ResumeView::default(),
    );
    add(&mut all, &pages, "citizen/later", "later", later());
    add(
        &mut all,
        &pages,
        "citizen/later",
        "later-ask",
        LaterView {
            code: None,
            ..later()
        },
    );
    add(
        &mut all,
        &pages,
        "citizen/verify",
        "verify",
        VerifyView {
            result: None,
            ..verify(true)
        },
    );
    add(
        &mut all,
        &pages,
        "citizen/verify",
        "verify-genuine",
        verify(true),
    );
    add(
        &mut all,
        &pages,
        "citizen/verify",
        "verify-false",
        verify(false),
    );
    for kind in [
        "not_found",
        "draft_gone",
        "forbidden",
        "too_large",
        "busy",
        "failure",
    ] {
        let failure = kind == "failure";
        let view = ErrorView {
            kind,
            incident: failure.then(|| "7K3F9-QXMA4".to_owned()),
            at: failure.then_some(1_795_000_000_000),
        };
        add(&mut all, &pages, "error", &format!("error-{kind}"), view);
    }
    add(
        &mut all,
        &pages,
        "demo/mails",
        "mails",
        MailsView {
            mails: vec![mail()],
        },
    );
    let body = "Guten Tag,\n\nwir haben Ihre Anzeige erhalten.".to_owned();
    let files = vec![MailFile {
        name: "Eingangsbestätigung.pdf".into(),
        href: "/demo/mails/1/files/0".into(),
    }];
    add(
        &mut all,
        &pages,
        "demo/mail",
        "mail",
        MailView {
            mail: mail(),
            body,
            links: vec!["https://stadt.example/de/cases/x".into()],
            files,
        },
    );
    for state in ["open", "paid", "closed"] {
        add(
            &mut all,
            &pages,
            "demo/pay",
            &format!("pay-{state}"),
            pay(state),
        );
    }
    for name in ["accessibility", "privacy", "imprint"] {
        add(
            &mut all,
            &pages,
            &format!("about/{name}"),
            name,
            AboutView {
                retention: vec![RetentionView {
                    href: "/de/services/x".into(),
                    title: said("Gewerbe anmelden"),
                    period: "10 Jahre nach Abschluss des Vorgangs".into(),
                }],
                updated: "2026-11-23",
            },
        );
    }
    for (template, name, view) in super::public::samples() {
        add(&mut all, &pages, template, name, view);
    }
    all
}

#[test]
fn every_page_renders_in_both_languages_and_is_sound_html() {
    let mut mistakes = Vec::new();
    for (name, html) in rendered() {
        mistakes.extend(
            super::soundness::mistakes(&html)
                .into_iter()
                .map(|mistake| format!("{name}: {mistake}")),
        );
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_people_type_is_escaped_and_kept() {
    let pages = rendered();
    let html = &pages.iter().find(|(name, _)| name == "step.de").unwrap().1;
    assert!(
        html.contains("value=\"Zoë &lt;b&gt;&quot;&amp;&#x27;\""),
        "not escaped"
    );
    assert!(
        html.contains("Zeile 1\n  Zeile 2</textarea>"),
        "the text area was changed"
    );
    assert!(html.contains("name=\"_csrf\" value=\"t0ken\""));
}

#[test]
fn every_template_of_a_page_has_a_sample() {
    let sampled = [
        "citizen/service",
        "citizen/step",
        "citizen/check",
        "citizen/done",
        "citizen/status",
        "citizen/party",
        "citizen/lookup",
        "citizen/resume",
        "citizen/later",
        "citizen/verify",
        "error",
        "demo/mails",
        "demo/mail",
        "demo/pay",
        "about/accessibility",
        "about/privacy",
        "about/imprint",
        "public/reports",
        "public/entry",
        "public/procedures",
        "public/procedure",
    ];
    for (name, text) in crate::web::render::templates() {
        let page = text.starts_with("{{#> layout/page}}")
            && !name.starts_with("staff/")
            && !name.starts_with("studio/")
            // These are tried with real definitions, in `web::portal`.
            && !name.starts_with("portal/");
        assert!(
            !page || sampled.contains(&name.as_str()),
            "{name} is rendered by no test"
        );
    }
}

/// Writes the sample pages and the assets below the system's folder for
/// temporary files, to look at them: `cargo test -p schalter samples -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn writes_the_sample_pages() {
    let folder = std::env::temp_dir().join("schalter-pages");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for (name, html) in rendered() {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
    for (name, bytes) in crate::web::assets::Assets::embedded().files() {
        std::fs::write(folder.join("assets").join(name), bytes).unwrap();
    }
}
