//! The mail inbox: a department that works in its mailbox gets the answers as
//! text, the receipt as PDF, the data as JSON, and the files of the citizen.
//!
//! Mail relays refuse large messages, often after accepting them, so files
//! are added as long as the whole stays below a size; the text names those
//! that wait in Schalter.

use engine::{case::Millis, text::Language};
use serde::Deserialize;

use crate::{
    BoxFuture, ConfigError, DeliveredFile, Delivery, DeliveryError, Inbox, RemoteReceipt,
    mail::{MailOutcome, Mailer, OutgoingMail},
    names::{one_line, safe_name},
};

/// Example settings.
pub(crate) const EXAMPLE: &str = "\
# A mail to the department, sent through the mailer of the [mail] section.
kind = \"mail\"
# to = \"amt@stadt.example\"       # else the address of the department in the catalogue
max_megabytes = 15              # larger files wait in Schalter, the mail says which
contents = \"full\"               # or \"notice\": no answers and no files leave by mail
case_link = \"https://schalter.stadt.example/staff/cases/{reference}\"
";

/// Percent that base64 with line ends of 76 characters makes of a file.
const BASE64_PERCENT: usize = 137;
/// Headers of one part.
const PART: usize = 600;

/// Settings of a mail inbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailInboxConfig {
    /// Recipient; the department's address in the catalogue where missing.
    pub to: Option<String>,
    /// Largest message in megabytes (10⁶ bytes) as it travels, encoded.
    #[serde(default = "fifteen")]
    pub max_megabytes: usize,
    /// What the mail contains.
    #[serde(default)]
    pub contents: Contents,
    /// Address of the case in Schalter with `{reference}` in it.
    pub case_link: Option<String>,
}

fn fifteen() -> usize {
    15
}

/// What a mail to a department contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contents {
    /// Answers and files.
    #[default]
    Full,
    /// Only that something arrived and where it waits, for departments whose
    /// mailbox must not hold personal data.
    Notice,
}

/// An inbox that writes mails to a department.
#[derive(Clone)]
pub struct MailInbox {
    to: Option<String>,
    max_bytes: usize,
    contents: Contents,
    case_link: Option<String>,
    mailer: Mailer,
}

impl MailInbox {
    /// An inbox that sends through `mailer`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for a size of zero or a link without
    /// `{reference}`.
    pub fn new(config: &MailInboxConfig, mailer: Mailer) -> Result<MailInbox, ConfigError> {
        let refuse = |text: &str| Err(ConfigError::Value(text.into()));
        if config.max_megabytes == 0 {
            return refuse("mail inbox: max_megabytes must be at least 1");
        }
        let link = config.case_link.as_deref();
        if link.is_some_and(|link| !link.contains("{reference}")) {
            return refuse("mail inbox: case_link must contain {reference}");
        }
        Ok(MailInbox {
            to: config.to.clone(),
            max_bytes: config.max_megabytes.saturating_mul(1_000_000),
            contents: config.contents,
            case_link: config.case_link.clone(),
            mailer,
        })
    }

    /// The mail for a delivery.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Never`] when nobody is set to receive it.
    pub fn mail(&self, delivery: &Delivery) -> Result<OutgoingMail, DeliveryError> {
        let to = self
            .to
            .clone()
            .or_else(|| delivery.department_mail.clone())
            .ok_or_else(|| {
                DeliveryError::never(format!(
                    "the department {} has no mail address; add one to the catalogue",
                    delivery.department
                ))
            })?;
        let words = words(delivery.language);
        let mut lines = self.head(delivery, words);
        let mut attachments = Vec::new();
        if self.contents == Contents::Full {
            lines.push(String::new());
            lines.extend(answers(&delivery.summary));
            let used = lines.iter().map(String::len).sum::<usize>();
            let (sent, waiting) = self.select(delivery, used);
            attachments = sent;
            lines.extend(waiting_note(&waiting, words));
        }
        lines.push(String::new());
        Ok(OutgoingMail {
            event_id: delivery.event_id.clone(),
            date: delivery.received_at,
            from: None,
            reply_to: None,
            to,
            to_name: String::new(),
            subject: format!(
                "{} {}: {}",
                words.subject, delivery.reference, delivery.title
            ),
            text: lines.join("\n"),
            html: None,
            attachments,
            language: delivery.language,
        })
    }

    fn head(&self, delivery: &Delivery, words: &Words) -> Vec<String> {
        let mut lines = vec![
            words.arrived.to_owned(),
            String::new(),
            format!("{}: {}", words.title, one_line(&delivery.title, 200)),
            format!("{}: {}", words.reference, delivery.reference),
            format!("{}: {}", words.received, moment(delivery.received_at)),
            format!(
                "{}: {} / {}",
                words.queue, delivery.department, delivery.queue
            ),
        ];
        if let Some(link) = &self.case_link {
            let link = link.replace("{reference}", &delivery.reference);
            lines.push(format!("{}: {link}", words.link));
        }
        lines
    }

    /// The files that fit, data and receipt first, and those that do not.
    fn select<'a>(
        &self,
        delivery: &'a Delivery,
        used: usize,
    ) -> (Vec<DeliveredFile>, Vec<(String, usize)>) {
        let reference = safe_name(&delivery.reference);
        let own = |ending: &str, media_type: &str, bytes: &'a Vec<u8>| {
            (
                format!("{reference}.{ending}"),
                media_type.to_owned(),
                bytes,
            )
        };
        let files = [
            own("pdf", "application/pdf", &delivery.receipt_pdf),
            own("json", "application/json", &delivery.submission_json),
        ]
        .into_iter()
        .chain(delivery.attachments.iter().map(|file| {
            let name = one_line(&file.name, 200);
            (name, file.media_type.clone(), &file.bytes)
        }))
        .filter(|(_, _, bytes)| !bytes.is_empty());

        // Quoted-printable can treble a text; what is left is for files.
        let mut room = self.max_bytes.saturating_sub(3 * used + 4 * PART);
        let (mut sent, mut waiting) = (Vec::new(), Vec::new());
        for (name, media_type, bytes) in files {
            let size = bytes.len() * BASE64_PERCENT / 100 + PART;
            if size <= room {
                room -= size;
                let bytes = bytes.clone();
                sent.push(DeliveredFile {
                    name,
                    media_type,
                    bytes,
                });
            } else {
                waiting.push((name, bytes.len()));
            }
        }
        (sent, waiting)
    }

    async fn hand_over(&self, delivery: &Delivery) -> Result<RemoteReceipt, DeliveryError> {
        let mail = self.mail(delivery)?;
        Ok(match self.mailer.send(&mail).await? {
            MailOutcome::Sent { message_id, reply } => RemoteReceipt {
                id: message_id,
                note: reply,
                kept_mail: None,
            },
            MailOutcome::Kept { message_id, raw } => RemoteReceipt {
                id: message_id,
                note: "kept on this machine".into(),
                kept_mail: Some(raw),
            },
        })
    }
}

impl Inbox for MailInbox {
    fn kind(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(
        &'a self,
        delivery: &'a Delivery,
    ) -> BoxFuture<'a, Result<RemoteReceipt, DeliveryError>> {
        Box::pin(self.hand_over(delivery))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), DeliveryError>> {
        Box::pin(self.mailer.check())
    }
}

/// One answer a line; longer answers indented below their question, so that
/// an answer cannot look like the next question.
fn answers(summary: &[(String, String)]) -> impl Iterator<Item = String> {
    summary.iter().map(|(question, answer)| {
        let question = one_line(question, 500);
        let answer = answer.trim();
        if answer.contains(['\n', '\r']) {
            let indented: Vec<String> = answer.lines().map(|line| format!("    {line}")).collect();
            format!("{question}:\n{}", indented.join("\n"))
        } else {
            format!("{question}: {answer}")
        }
    })
}

fn waiting_note(waiting: &[(String, usize)], words: &Words) -> Vec<String> {
    if waiting.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), words.waiting.to_owned()];
    lines.extend(waiting.iter().map(|(name, bytes)| {
        let tenths = bytes.div_ceil(100_000);
        format!(
            "- {name} ({}{}{} MB)",
            tenths / 10,
            words.comma,
            tenths % 10
        )
    }));
    lines
}

/// Date and time in Germany.
fn moment(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .and_then(|at| at.in_tz("Europe/Berlin"))
        .map(|at| at.strftime("%d.%m.%Y %H:%M").to_string())
        .unwrap_or_else(|_| at.to_string())
}

struct Words {
    subject: &'static str,
    arrived: &'static str,
    title: &'static str,
    reference: &'static str,
    received: &'static str,
    queue: &'static str,
    link: &'static str,
    waiting: &'static str,
    comma: char,
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::De => &Words {
            subject: "Neuer Vorgang",
            arrived: "Über Schalter ist ein neuer Vorgang eingegangen.",
            title: "Leistung",
            reference: "Vorgangsnummer",
            received: "Eingang",
            queue: "Zuständig",
            link: "Vorgang öffnen",
            waiting: "Diese Dateien sind zu groß für diese E-Mail. Sie liegen in Schalter beim \
                      Vorgang:",
            comma: ',',
        },
        Language::En => &Words {
            subject: "New case",
            arrived: "A new case has arrived through Schalter.",
            title: "Service",
            reference: "Case number",
            received: "Received",
            queue: "Responsible",
            link: "Open the case",
            waiting: "These files are too large for this mail. They are kept with the case in \
                      Schalter:",
            comma: '.',
        },
    }
}

#[cfg(test)]
mod tests;
