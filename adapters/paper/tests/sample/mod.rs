//! Documents the tests and the cost example print.

use engine::document::{Block, Document, EmbeddedFile};
use engine::text::Language;

/// The submission that goes with [`receipt`].
pub(crate) const SUBMISSION: &str = r#"{"reference": "MS-2026-7K3F9-QXMA4", "service": "dog-registration",
  "answers": {"name": "Łucja Öztürk-Müller", "dog": {"name": "Bello", "breed": "Mischling", "chip": "276098102345678"},
  "since": "2026-02-01", "fee": "96.00"}}"#;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// A receipt of two pages, as a citizen gets it.
pub(crate) fn receipt() -> Document {
    Document {
        title: "Empfangsbestätigung: Anmeldung eines Hundes zur Hundesteuer".into(),
        language: Language::De,
        sender: texts(&[
            "Stadt Musterstadt",
            "Steueramt",
            "Rathausplatz 1",
            "12345 Musterstadt",
            "Telefon 01234 56-7890",
            "steueramt@musterstadt.example",
        ]),
        recipient: Vec::new(),
        facts: pairs(&[
            ("Aktenzeichen", "MS-2026-7K3F9-QXMA4"),
            ("Eingegangen am", "1. März 2026, 13:00 Uhr"),
            ("Bearbeitung durch", "Steueramt, Team Kommunalsteuern"),
        ]),
        blocks: vec![
            Block::Paragraph(
                "Ihr Antrag ist bei uns eingegangen. Bewahren Sie dieses Schreiben auf. Sie brauchen das Aktenzeichen, \
                 wenn Sie Fragen haben."
                    .into(),
            ),
            Block::Heading { level: 2, text: "Wie es weitergeht".into() },
            Block::Bullets(texts(&[
                "Wir prüfen Ihre Angaben. Das dauert in der Regel zwei Wochen.",
                "Fehlt etwas, schreiben wir Ihnen und sagen genau, was fehlt.",
                "Den Steuerbescheid und die Hundemarke erhalten Sie mit der Post.",
            ])),
            Block::Heading { level: 2, text: "Ihre Angaben".into() },
            Block::Heading { level: 3, text: "Halterin oder Halter".into() },
            Block::Rows {
                caption: "Angaben zur Halterin oder zum Halter".into(),
                rows: pairs(&[
                    ("Name", "Łucja Öztürk-Müller"),
                    ("Geburtsdatum", "14. Mai 1988"),
                    ("Anschrift", "Große Straße 17 a\n12345 Musterstadt"),
                    ("E-Mail-Adresse", "l.oeztuerk@post.example"),
                    ("Telefonnummer (freiwillig)", "0151 2345678"),
                ]),
            },
            Block::Heading { level: 3, text: "Hund".into() },
            Block::Rows {
                caption: "Angaben zum Hund".into(),
                rows: pairs(&[
                    ("Rufname", "Bello"),
                    ("Rasse", "Mischling (Schäferhund und Labrador)"),
                    ("Wann ist der Hund geboren? Wenn Sie es nicht genau wissen, schätzen Sie.", "Juni 2025"),
                    ("Chipnummer", "276098102345678"),
                    ("Seit wann halten Sie den Hund in Musterstadt?", "1. Februar 2026"),
                    (
                        "Möchten Sie uns noch etwas mitteilen?",
                        "Der Hund kommt aus dem Tierheim Musterstadt. Im Vertrag steht, dass das Tierheim die Steuer für \
                         das erste Jahr übernimmt. Ich habe den Vertrag fotografiert und hochgeladen. Bitte melden Sie \
                         sich, wenn Sie das Original brauchen. Ich arbeite in Schichten und bin vormittags am besten zu \
                         erreichen.\n\nVielen Dank für Ihre Mühe!",
                    ),
                ]),
            },
            Block::Heading { level: 2, text: "Gebühren und Steuern".into() },
            Block::Table {
                caption: "Was die Anmeldung kostet".into(),
                columns: texts(&["Posten", "Grundlage", "Betrag"]),
                rows: vec![
                    texts(&["Hundesteuer für den ersten Hund, Jahr 2026 (11 Monate)", "§ 2 Hundesteuersatzung", "88,00 €"]),
                    texts(&["Hundemarke", "§ 8 Hundesteuersatzung", "8,00 €"]),
                    texts(&["Summe", "", "96,00 €"]),
                ],
                numeric: vec![2],
            },
            Block::Heading { level: 2, text: "Unterlagen".into() },
            Block::Bullets(texts(&["Vertrag mit dem Tierheim: vertrag.jpg (1,2 MB)", "Impfausweis: impfausweis.pdf (340 kB)"])),
            Block::Heading { level: 2, text: "Stand des Verfahrens und Echtheit".into() },
            Block::Paragraph(
                "Unter dieser Adresse sehen Sie den Stand und können prüfen, ob dieses Schreiben echt ist.".into(),
            ),
            Block::QrCode {
                url: "https://service.musterstadt.example/pruefen/MS-2026-7K3F9-QXMA4?t=H7Q2KD4M".into(),
                alt: "QR-Code mit der Adresse der Statusseite zu Ihrem Aktenzeichen".into(),
                label: "Stand des Verfahrens ansehen".into(),
            },
        ],
        footer: "Stadt Musterstadt · Rathausplatz 1 · 12345 Musterstadt · www.musterstadt.example".into(),
        made_at: 1_772_366_400_000,
        embedded: vec![EmbeddedFile {
            name: "antrag.json".into(),
            media_type: "application/json".into(),
            description: "Ihre Angaben als maschinenlesbare Daten".into(),
            bytes: SUBMISSION.as_bytes().to_vec(),
        }],
    }
}

/// A letter with an addressee, in English.
pub(crate) fn letter() -> Document {
    let mut letter = receipt();
    letter.language = Language::En;
    letter.title = "Your application for a resident parking permit".into();
    letter.recipient = texts(&[
        "Łucja Öztürk-Müller",
        "Große Straße 17 a",
        "12345 Musterstadt",
    ]);
    letter.embedded.clear();
    letter.blocks = vec![
        Block::Paragraph("Dear Ms Öztürk-Müller,".into()),
        Block::Paragraph("we need one more document from you before we can decide.".into()),
        Block::Bullets(texts(&[
            "Please send us a copy of your vehicle registration (part I) by 15 March 2026.",
        ])),
        Block::Paragraph("Kind regards\n\nOffice for Parking and Traffic".into()),
    ];
    letter
}
