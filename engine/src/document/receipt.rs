//! The receipt: what was received, when, and what happens next.

use super::{Block, Document};
use crate::case::{Fee, Millis};
use crate::text::{Language, Text};

/// Everything a receipt says, as readable texts.
#[derive(Clone, Debug)]
pub struct ReceiptInput {
    /// Language of all texts.
    pub language: Language,
    /// What the document is called, such as `Eingangsbestätigung`.
    pub title: String,
    /// Sender, one a line.
    pub letterhead: Vec<String>,
    /// Addressee, one a line.
    pub recipient: Vec<String>,
    /// Public case number.
    pub reference: String,
    /// When it was received, as a local date and time with zone.
    pub received: String,
    /// The same instant.
    pub received_at: Millis,
    /// Title of the service.
    pub service: String,
    /// Questions and answers.
    pub sections: Vec<ReceiptSection>,
    /// Files.
    pub attachments: Vec<ReceiptAttachment>,
    /// Papers still to be handed in.
    pub outstanding: Vec<String>,
    /// The fee; amounts are readable texts.
    pub fee: Fee,
    /// What happens next, step by step.
    pub next: Vec<String>,
    /// Whom to ask, one a line.
    pub contact: Vec<String>,
    /// Link to the status page.
    pub status_url: String,
    /// The access code, which the status page asks for beside the case number.
    pub secret: String,
    /// Line at the foot of every page.
    pub footer: String,
}

/// Questions and answers of one page.
#[derive(Clone, Debug)]
pub struct ReceiptSection {
    /// Title of the page.
    pub title: String,
    /// Question and answer.
    pub rows: Vec<(String, String)>,
}

/// A file with its fingerprint.
#[derive(Clone, Debug)]
pub struct ReceiptAttachment {
    /// File name.
    pub name: String,
    /// Size, readable.
    pub size: String,
    /// Hex SHA-256.
    pub sha256: String,
}

/// The receipt as a neutral document.
pub fn receipt(input: &ReceiptInput) -> Document {
    let say = |de: &str, en: &str| Text::both(de, en).get(input.language).to_owned();
    let mut blocks = vec![Block::Paragraph(say(
        "Ihre Angaben sind elektronisch bei uns eingegangen. Bitte bewahren Sie diese Bestätigung auf.",
        "We have received your details electronically. Please keep this confirmation.",
    ))];
    let heading = |text: String| Block::Heading { level: 2, text };
    if !input.next.is_empty() {
        blocks.push(heading(say("So geht es weiter", "What happens next")));
        blocks.push(Block::Bullets(input.next.clone()));
    }
    if !input.outstanding.is_empty() {
        blocks.push(heading(say(
            "Diese Unterlagen fehlen noch",
            "Papers still to be handed in",
        )));
        blocks.push(Block::Bullets(input.outstanding.clone()));
    }
    blocks.push(heading(say("Stand Ihres Vorgangs", "Status of your case")));
    blocks.push(Block::QrCode {
        url: input.status_url.clone(),
        alt: say(
            "QR-Code mit dem Link zum Stand Ihres Vorgangs",
            "QR code with the link to the status of your case",
        ),
        label: say(
            "Stand des Vorgangs im Internet ansehen",
            "See the status of your case online",
        ),
    });
    let caption = say("Nummer und Zugangscode", "Number and access code");
    blocks.push(Block::Rows {
        caption,
        rows: vec![
            (
                say("Vorgangsnummer", "Case number"),
                input.reference.clone(),
            ),
            (say("Zugangscode", "Access code"), input.secret.clone()),
        ],
    });
    for section in input
        .sections
        .iter()
        .filter(|section| !section.rows.is_empty())
    {
        blocks.push(heading(section.title.clone()));
        blocks.push(Block::Rows {
            caption: section.title.clone(),
            rows: section.rows.clone(),
        });
    }
    blocks.extend(fee(input, &say));
    blocks.extend(attachments(input, &say));
    if !input.contact.is_empty() {
        blocks.push(heading(say("Fragen", "Questions")));
        blocks.push(Block::Paragraph(input.contact.join("\n")));
    }
    blocks.push(heading(say("Echtheit", "Authenticity")));
    blocks.push(Block::Paragraph(say(
        "Diese Datei enthält Ihre Angaben zusätzlich als antrag.json und ein elektronisches Siegel dieses Dienstes in siegel.json. Damit lässt sich auf der Seite „Bestätigung prüfen“ feststellen, dass dieser Dienst genau diese Angaben zu der genannten Zeit erhalten hat. Das ist keine qualifizierte elektronische Signatur und ersetzt keine Schriftform.",
        "This file also holds your answers as antrag.json and an electronic seal of this service in siegel.json. With them the page “Check a receipt” can tell that this service received exactly these answers at the time named. This is no qualified electronic signature and does not replace written form.",
    )));
    Document {
        title: format!("{}: {}", input.title, input.service),
        language: input.language,
        sender: input.letterhead.clone(),
        recipient: input.recipient.clone(),
        facts: vec![
            (say("Vorgang", "Case"), input.reference.clone()),
            (say("Eingegangen", "Received"), input.received.clone()),
        ],
        blocks,
        footer: input.footer.clone(),
        made_at: input.received_at,
        embedded: Vec::new(),
    }
}

fn fee(input: &ReceiptInput, say: &dyn Fn(&str, &str) -> String) -> Vec<Block> {
    if input.fee.lines.is_empty() {
        return Vec::new();
    }
    let title = say("Gebühren und Entgelte", "Fees and charges");
    let mut rows: Vec<Vec<String>> = input
        .fee
        .lines
        .iter()
        .map(|line| {
            vec![
                line.label.get(input.language).to_owned(),
                line.amount.clone(),
            ]
        })
        .collect();
    rows.push(vec![say("Summe", "Total"), input.fee.total.clone()]);
    vec![
        Block::Heading {
            level: 2,
            text: title.clone(),
        },
        Block::Table {
            caption: title,
            columns: vec![say("Wofür", "What for"), say("Betrag", "Amount")],
            rows,
            numeric: vec![1],
        },
    ]
}

fn attachments(input: &ReceiptInput, say: &dyn Fn(&str, &str) -> String) -> Vec<Block> {
    if input.attachments.is_empty() {
        return Vec::new();
    }
    let title = say("Dateien", "Files");
    let rows = input
        .attachments
        .iter()
        .map(|file| vec![file.name.clone(), file.size.clone(), file.sha256.clone()])
        .collect();
    vec![
        Block::Heading {
            level: 2,
            text: title.clone(),
        },
        Block::Table {
            caption: title,
            columns: vec![
                say("Name", "Name"),
                say("Größe", "Size"),
                say("Prüfsumme (SHA-256)", "Checksum (SHA-256)"),
            ],
            rows,
            numeric: vec![1],
        },
    ]
}
