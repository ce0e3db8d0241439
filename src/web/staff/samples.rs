//! Sample values for every page of the clerks, and the tests that render them
//! all in both languages.

use engine::text::Language;
use serde::Serialize;

use super::view::*;
use crate::web::citizen::samples::{field, frame};
use crate::web::citizen::view::{FieldView, OptionView, Problem};
use crate::web::frame::{Frame, Page, Said, UserView};
use crate::web::render::Pages;

const NOW: i64 = 1_795_000_000_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

fn staff_frame(language: Language, title: &str) -> Frame {
    let mut frame = frame(language, title);
    frame.home = "/staff".into();
    frame.demo = false;
    frame.search = false;
    frame.nav.truncate(2);
    frame.nav[0].label = "Vorgänge".into();
    frame.nav[1].label = "Zustellungen".into();
    frame.user = Some(UserView {
        name: "Mara Beispiel".into(),
        logout: "/staff/logout".into(),
        password: "/staff/password".into(),
    });
    frame
}

fn said(text: &str) -> Said {
    Said::plain(text)
}

fn due(kind: &'static str, days: i64) -> Option<DueView> {
    Some(DueView {
        at: NOW + days * DAY,
        kind,
        days: days.abs(),
    })
}

fn row(
    reference: &str,
    applicant: &str,
    service: &str,
    state: &str,
    due: Option<DueView>,
    owner: Option<&str>,
) -> RowView {
    RowView {
        href: "/staff/cases/018f".into(),
        reference: reference.into(),
        service: said(service),
        applicant: applicant.into(),
        states: vec![said(state)],
        closed: false,
        flags: Vec::new(),
        due,
        opened_at: NOW - 4 * DAY,
        owner: owner.map(|name| OwnerView {
            name: name.into(),
            mine: name == "Mara Beispiel",
        }),
        place: said("Sicherheit und Ordnung: Gewerbe"),
    }
}

fn rows() -> Vec<RowView> {
    let mut rows = vec![
        row(
            "MS-26-7K3F-9QXM",
            "Erika Mustermann",
            "Gewerbe anmelden",
            "In Prüfung",
            due("overdue", -3),
            Some("Mara Beispiel"),
        ),
        row(
            "MS-26-2H8D-1ABC",
            "Konstantin von Hohenfels-Überschär",
            "Anmeldung zu Kursen der Volkshochschule",
            "Rückfrage offen",
            due("today", 0),
            Some("Jan Muster"),
        ),
        row(
            "MS-26-9P4K-7XYZ",
            "Łucja Żółkiewska",
            "Gewerbe anmelden",
            "Eingegangen",
            due("soon", 1),
            None,
        ),
        row(
            "MS-26-5T6U-3QRS",
            "",
            "Karten und Geodaten bestellen",
            "Angebot wird erstellt",
            due("later", 12),
            None,
        ),
        row(
            "MS-26-1W2E-8RTZ",
            "Ngozi Adebayo",
            "Gewerbe anmelden",
            "Zahlung offen",
            None,
            Some("Mara Beispiel"),
        ),
    ];
    rows[0].flags = vec![
        FlagView {
            label: "Überfällig".into(),
            kind: "danger",
        },
        FlagView {
            label: "Neue Unterlagen".into(),
            kind: "info",
        },
    ];
    rows
}

fn options(list: &[(&str, &str)], chosen: &str) -> Vec<SelectOption> {
    list.iter()
        .map(|(value, label)| SelectOption {
            value: (*value).into(),
            label: (*label).into(),
            chosen: *value == chosen,
        })
        .collect()
}

fn queue(title: &'static str, rows: Vec<RowView>, searched: bool) -> QueueView {
    let tab = |name, href: &str| TabView {
        name,
        href: href.into(),
        current: name == title,
    };
    QueueView {
        title,
        tabs: vec![
            tab("open", "/staff"),
            tab("mine", "/staff?owner=mine"),
            tab("nobody", "/staff?owner=nobody"),
            tab("closed", "/staff?status=closed"),
        ],
        filter: FilterView {
            q: if searched {
                "\"<b>Muster".into()
            } else {
                String::new()
            },
            status: options(
                &[
                    ("open", "Offen"),
                    ("closed", "Abgeschlossen"),
                    ("all", "Offen und abgeschlossen"),
                ],
                "open",
            ),
            queues: options(
                &[
                    ("", "Alle Postkörbe"),
                    ("trade", "Sicherheit und Ordnung: Gewerbe"),
                ],
                "",
            ),
            owner: options(
                &[("all", "Alle"), ("mine", "Von mir"), ("nobody", "Niemand")],
                "all",
            ),
        },
        chips: if searched {
            vec![ChipView {
                label: "Suche: \"<b>Muster".into(),
                href: "/staff".into(),
            }]
        } else {
            Vec::new()
        },
        clear: "/staff".into(),
        more: searched && !rows.is_empty(),
        next: (searched && !rows.is_empty()).then(|| "/staff?q=x&after=1.2.3".into()),
        first: None,
        several: true,
        parked: usize::from(!searched) * 2,
        moved: searched,
        rows,
    }
}

fn file(name: &str) -> CaseFileView {
    CaseFileView {
        href: "/staff/cases/018f/files/0190".into(),
        name: name.into(),
        media_type: "application/pdf".into(),
        size: 482_113,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
    }
}

fn answer(label: &str, value: &str) -> AnswerView {
    AnswerView {
        label: label.into(),
        value: value.into(),
        files: Vec::new(),
    }
}

fn block(heading: Option<&str>, rows: Vec<AnswerView>) -> BlockView {
    BlockView {
        heading: heading.map(str::to_owned),
        rows,
    }
}

fn sections() -> Vec<SectionView> {
    let mut copy = answer("Kopie des Personalausweises", "");
    copy.files = vec![file("Personalausweis Erika Mustermann.pdf")];
    vec![
        SectionView {
            title: "Person".into(),
            blocks: vec![
                block(
                    None,
                    vec![
                        answer("Vorname", "Erika"),
                        answer("Familienname", "Mustermann"),
                        copy,
                    ],
                ),
                block(
                    Some("Anschrift"),
                    vec![answer("Straße", "Lindenallee"), answer("Hausnummer", "12")],
                ),
            ],
        },
        SectionView {
            title: "Betrieb".into(),
            blocks: vec![block(
                None,
                vec![
                    answer(
                        "Tätigkeit",
                        "Herstellung und Vertrieb von Möbeln aus Holz, Reparatur und Aufarbeitung, Handel über das Internet",
                    ),
                    answer("Beginn", "1. Dezember 2026"),
                ],
            )],
        },
    ]
}

fn entry(seq: i64, who: &'static str, name: Option<&str>, what: &str) -> EntryView {
    EntryView {
        seq,
        at: NOW - (5 - seq) * DAY,
        who,
        name: name.map(str::to_owned),
        what: said(what),
        data: Vec::new(),
        state: None,
        internal: false,
    }
}

fn history() -> Vec<EntryView> {
    let mut asked = entry(4, "staff", Some("Mara Beispiel"), "Unterlagen anfordern");
    asked.data = vec![FactView {
        label: "Was fehlt?".into(),
        value: "Bitte reichen Sie die Handwerkskarte nach.\nEine Kopie genügt.".into(),
    }];
    asked.state = Some("Rückfrage offen".into());
    let mut note = entry(3, "staff", Some("Jan Muster"), "Notiz");
    note.data = vec![FactView {
        label: "Notiz".into(),
        value: "Hat angerufen, bringt die Karte am Montag.".into(),
    }];
    note.internal = true;
    let mut taken = entry(2, "system", None, "Frist abgelaufen");
    taken.internal = true;
    vec![asked, note, taken, entry(1, "citizen", None, "Eingereicht")]
}

fn area(id: &str, label: &str) -> FieldView {
    FieldView {
        template: "field/area",
        value: "Zeile 1\n  Zeile 2".into(),
        limit: Some(4000),
        described_by: format!("{id}-limit"),
        ..field("field/area", id, label)
    }
}

fn choice(id: &str) -> FieldView {
    let option = |at: usize, label: &str| OptionView {
        id: if at == 0 {
            id.into()
        } else {
            format!("{id}-{at}")
        },
        value: at.to_string(),
        label: said(label),
        chosen: false,
    };
    FieldView {
        options: vec![
            option(0, "Sicherheit und Ordnung: Gewerbe"),
            option(1, "Finanzen und Steuern: Gewerbesteuer"),
        ],
        ..field("field/radios", id, "An welche Stelle?")
    }
}

fn act(id: &str, label: &str, style: &'static str, fields: Vec<FieldView>) -> ActView {
    ActView {
        id: format!("act-{id}"),
        label: said(label),
        description: None,
        uploads: false,
        style,
        action: format!("/staff/cases/018f/act/{id}"),
        folded: !fields.is_empty() || style == "danger",
        fields,
        open: false,
        refusal: None,
    }
}

fn actions() -> Vec<ActView> {
    let mut confirm = act("confirm", "Bestätigen", "primary", Vec::new());
    confirm.description = Some(said("Die Bescheinigung wird erstellt und zugestellt."));
    let mut pay = act(
        "record_payment",
        "Zahlung erfassen",
        "secondary",
        Vec::new(),
    );
    pay.refusal = Some(said("Es ist keine Zahlung offen."));
    vec![
        confirm,
        act(
            "request_information",
            "Unterlagen anfordern",
            "secondary",
            vec![area("a-request_information-missing", "Was fehlt?")],
        ),
        act(
            "forward",
            "An andere Stelle weiterleiten",
            "secondary",
            vec![choice("a-forward-queue")],
        ),
        pay,
        act(
            "close",
            "Als nicht anzeigepflichtig schließen",
            "danger",
            Vec::new(),
        ),
    ]
}

fn documents() -> Vec<CaseDocumentView> {
    ["Eingangsbestätigung", "Rückfrage"]
        .into_iter()
        .map(|title| CaseDocumentView {
            href: format!("/staff/cases/018f/documents/{title}"),
            title: said(title),
            at: NOW,
            public: title != "Rückfrage",
        })
        .collect()
}

fn deliveries() -> Vec<DeliveryView> {
    ["done", "retry", "parked", "pending", "leased"]
        .into_iter()
        .map(|state| DeliveryView {
            seq: 1,
            what: "E-Mail an erika@stadt.example".into(),
            state,
            attempts: if state == "done" { 1 } else { 4 },
            at: (state != "leased").then_some(NOW),
            error: (state == "parked").then(|| "550 5.1.1 mailbox unavailable".into()),
            receipt: (state == "done").then(|| "250 queued as 4F2A".into()),
        })
        .collect()
}

fn party() -> super::parties::PartyView {
    super::parties::PartyView {
        number: 0,
        name: "Wohnbau eG".into(),
        title: said("Wohnungsgeber"),
        state: "asked",
        at: None,
        email: "verwaltung@wohnbau.example".into(),
        said: vec![FactView {
            label: "Grund".into(),
            value: "Nicht abgesprochen".into(),
        }],
        record: Some("/staff/cases/1/parties/0/answer".into()),
        resend: Some("/staff/cases/1/parties/0/link".into()),
    }
}

fn case_page() -> CasePageView {
    CasePageView {
        parties: vec![party()],
        case: rows().swap_remove(0),
        public: Some(said("Wir prüfen Ihre Angaben.")),
        closed_at: None,
        email: Some("erika@stadt.example".into()),
        address: vec!["Lindenallee 12".into(), "47798 Musterstadt".into()],
        language: "Deutsch",
        back: "/staff?owner=mine".into(),
        next: "/staff/next?owner=mine&past=018f".into(),
        done: Some("act"),
        problems: Vec::new(),
        stale: None,
        sections: sections(),
        files: vec![file("Handwerkskarte.pdf")],
        outstanding: vec!["Handwerkskarte".into()],
        fee: Some(CaseFeeView {
            lines: vec![FeeLineView {
                label: said("Gewerbeanmeldung"),
                basis: Some("AVwGebO NRW, Tarifstelle 12".into()),
                amount: "26.00".into(),
            }],
            total: "26.00".into(),
        }),
        payments: vec![PaymentView {
            amount: "26.00".into(),
            purpose: "MS-26-7K3F-9QXM".into(),
            state: "open",
            at: NOW,
        }],
        capacity: None,
        documents: documents(),
        actions: actions(),
        revision: 4,
        assign: AssignView {
            action: "/staff/cases/018f/assign".into(),
            possible: true,
            me: "mara".into(),
            colleagues: options(
                &[
                    ("", "Niemand"),
                    ("mara", "Mara Beispiel"),
                    ("jan", "Jan Muster"),
                ],
                "mara",
            ),
        },
        withhold: Some("/staff/cases/1/withhold".into()),
        note: NoteView {
            action: "/staff/cases/018f/note".into(),
            text: String::new(),
            error: None,
            open: false,
        },
        history: history(),
        deliveries: deliveries(),
    }
}

/// A case with mistakes in an action's form and an empty note.
fn failed() -> CasePageView {
    let mut page = case_page();
    page.done = None;
    page.actions[1].open = true;
    let id = "a-request_information-missing";
    let asked = &mut page.actions[1].fields[0];
    asked.error = Some("Beschreiben Sie, was fehlt.".into());
    asked.described_by = format!("{id}-error {id}-limit");
    page.note.open = true;
    page.note.error = Some("Schreiben Sie die Notiz in das Feld.".into());
    page.problems = vec![
        Problem {
            target: Some(id.into()),
            message: "Beschreiben Sie, was fehlt.".into(),
        },
        Problem {
            target: Some("note-text".into()),
            message: "Schreiben Sie die Notiz in das Feld.".into(),
        },
    ];
    page
}

fn stale() -> CasePageView {
    let mut page = case_page();
    page.done = None;
    page.case.owner = None;
    page.stale = Some(StaleView {
        entries: vec![entry(
            4,
            "staff",
            Some("Jan Muster"),
            "Unterlagen anfordern",
        )],
        typed: vec![FactView {
            label: "Grund".into(),
            value: "Die Tätigkeit ist freiberuflich.".into(),
        }],
    });
    page
}

/// A closed case of a course, of somebody without a name, with no actions left.
fn closed() -> CasePageView {
    let mut page = case_page();
    page.done = None;
    page.case.closed = true;
    page.case.applicant = String::new();
    page.case.owner = Some(OwnerView {
        name: "Jan Muster".into(),
        mine: false,
    });
    page.closed_at = Some(NOW);
    page.actions = Vec::new();
    page.assign.possible = false;
    page.outstanding = Vec::new();
    page.email = None;
    page.fee = None;
    page.capacity = Some(CapacityView {
        resource: "courses/S4012".into(),
        quantity: 2,
        limit: 12,
        rank: Some(3),
    });
    page
}

fn parked() -> DeliveriesView {
    DeliveriesView {
        rows: vec![ParkedView {
            id: "018f/3/1".into(),
            href: "/staff/cases/018f".into(),
            reference: "MS-26-7K3F-9QXM".into(),
            what: "Übergabe an Sicherheit und Ordnung: Gewerbe".into(),
            department: said("Sicherheit und Ordnung"),
            error: Some(
                "https://fachverfahren.stadt.example/eingang answered 503 Service Unavailable"
                    .into(),
            ),
            parked_at: NOW,
        }],
        repeated: true,
    }
}

fn add(
    all: &mut Vec<(String, String)>,
    pages: &Pages,
    template: &str,
    name: &str,
    view: impl Serialize + Clone,
) {
    for language in Language::ALL {
        let mut frame = staff_frame(language, name);
        if template == "staff/login" {
            frame.user = None;
            frame.nav = Vec::new();
        }
        let page = Page {
            frame,
            view: view.clone(),
        };
        let html = pages.page(language, template, &page);
        let html = html.unwrap_or_else(|error| {
            panic!("{name}: {}", std::error::Error::source(&error).unwrap())
        });
        all.push((format!("staff-{name}.{}", language.tag()), html.0));
    }
}

/// Every page with its name.
fn rendered() -> Vec<(String, String)> {
    let pages = Pages::embedded().unwrap();
    let mut all = Vec::new();
    let login = |note, message: Option<&str>| LoginView {
        account: "mara".into(),
        next: "/staff/cases/018f".into(),
        problems: message
            .map(|message| Problem {
                target: Some("account".into()),
                message: message.into(),
            })
            .into_iter()
            .collect(),
        note,
    };
    add(&mut all, &pages, "staff/login", "login", login(None, None));
    add(
        &mut all,
        &pages,
        "staff/login",
        "login-wrong",
        login(None, Some("Kontoname und Passwort passen nicht zusammen.")),
    );
    for note in ["signed_out", "expired", "lost"] {
        add(
            &mut all,
            &pages,
            "staff/login",
            &format!("login-{note}"),
            login(Some(note), None),
        );
    }
    let password = |first, error: Option<&str>| PasswordView {
        account: "mara".into(),
        first,
        saved: !first && error.is_none(),
        problems: error
            .map(|message| Problem {
                target: Some("new".into()),
                message: message.into(),
            })
            .into_iter()
            .collect(),
        new_error: error.map(str::to_owned),
        ..PasswordView::default()
    };
    for (name, first, error) in [
        ("password", false, None),
        ("password-first", true, None),
        (
            "password-wrong",
            false,
            Some("Das neue Passwort ist zu kurz."),
        ),
    ] {
        add(
            &mut all,
            &pages,
            "staff/password",
            name,
            password(first, error),
        );
    }
    for title in ["open", "mine", "nobody", "closed", "all"] {
        add(
            &mut all,
            &pages,
            "staff/queue",
            &format!("queue-{title}"),
            queue(title, rows(), false),
        );
        add(
            &mut all,
            &pages,
            "staff/queue",
            &format!("queue-{title}-none"),
            queue(title, Vec::new(), true),
        );
    }
    add(
        &mut all,
        &pages,
        "staff/queue",
        "queue-searched",
        queue("open", rows(), true),
    );
    add(&mut all, &pages, "staff/case", "case", case_page());
    add(&mut all, &pages, "staff/case", "case-failed", failed());
    add(&mut all, &pages, "staff/case", "case-stale", stale());
    add(&mut all, &pages, "staff/case", "case-closed", closed());
    for done in ["note", "assigned"] {
        let view = CasePageView {
            done: Some(done),
            ..case_page()
        };
        add(
            &mut all,
            &pages,
            "staff/case",
            &format!("case-done-{done}"),
            view,
        );
    }
    for state in ["paid", "failed", "cancelled"] {
        let mut view = case_page();
        view.payments[0].state = state;
        add(
            &mut all,
            &pages,
            "staff/case",
            &format!("case-payment-{state}"),
            view,
        );
    }
    add(&mut all, &pages, "staff/deliveries", "deliveries", parked());
    add(
        &mut all,
        &pages,
        "staff/appointments",
        "appointments",
        super::agenda::sample(),
    );
    let none = DeliveriesView {
        rows: Vec::new(),
        repeated: false,
    };
    add(
        &mut all,
        &pages,
        "staff/deliveries",
        "deliveries-none",
        none,
    );
    all
}

#[test]
fn every_page_renders_in_both_languages_and_is_sound_html() {
    let mut mistakes = Vec::new();
    for (name, html) in rendered() {
        let found = crate::web::citizen::soundness::mistakes(&html);
        mistakes.extend(
            found
                .into_iter()
                .map(|mistake| format!("{name}: {mistake}")),
        );
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_people_type_is_escaped_and_kept() {
    let pages = rendered();
    let page = |name: &str| &pages.iter().find(|(known, _)| known == name).unwrap().1;
    assert!(page("staff-queue-searched.de").contains("value=\"&quot;&lt;b&gt;Muster\""));
    assert!(page("staff-case-failed.de").contains("Zeile 1\n  Zeile 2</textarea>"));
    assert!(page("staff-case-stale.en").contains("Die Tätigkeit ist freiberuflich."));
}

#[test]
fn deadlines_and_origins_are_told_in_words() {
    let pages = rendered();
    let page = |name: &str| &pages.iter().find(|(known, _)| known == name).unwrap().1;
    for words in [
        "Seit 3 Tagen überfällig",
        "Heute fällig",
        "Morgen fällig",
        "In 12 Tagen",
        "Keine Frist",
    ] {
        assert!(page("staff-queue-open.de").contains(words), "{words}");
    }
    for words in [
        "Applicant",
        "Staff: Mara Beispiel",
        "Automatic",
        "Not possible at present:",
    ] {
        assert!(page("staff-case.en").contains(words), "{words}");
    }
    assert!(page("staff-queue-open.de").contains(">Alle Postkörbe</option>"));
    assert!(page("staff-login.en").contains("autocomplete=\"current-password\""));
}

#[test]
fn every_template_of_a_page_has_a_sample() {
    let sampled = [
        "staff/login",
        "staff/password",
        "staff/queue",
        "staff/case",
        "staff/deliveries",
        // Tried with real definitions, in `tests/it/portal.rs`.
        "staff/notes",
        "staff/appointments",
    ];
    for (name, text) in crate::web::render::templates() {
        let page = text.starts_with("{{#> layout/page}}") && name.starts_with("staff/");
        assert!(
            !page || sampled.contains(&name.as_str()),
            "{name} is rendered by no test"
        );
    }
}

/// Writes the sample pages and the assets below the system's folder for
/// temporary files, to look at them: `cargo test -p schalter staff::samples -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn writes_the_sample_pages() {
    let folder = std::env::temp_dir().join("schalter-staff-pages");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for (name, html) in rendered() {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
    for (name, bytes) in crate::web::assets::Assets::embedded().files() {
        std::fs::write(folder.join("assets").join(name), bytes).unwrap();
    }
}
