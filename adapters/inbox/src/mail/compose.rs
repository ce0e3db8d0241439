//! A message from its parts: the same mail gives the same bytes, and nothing
//! a citizen wrote can become a header, a recipient or a part of its own.

use std::time::{Duration, UNIX_EPOCH};

use engine::case::Millis;
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

use super::{MailError, OutgoingMail, Person, address};
use crate::names::{UniqueNames, one_line};

/// Longest subject in characters.
const MAX_SUBJECT: usize = 200;
/// Longest display name in characters.
const MAX_NAME: usize = 100;
/// Last second the Date header can show, in the year 9999.
const LAST_SECOND: Millis = 253_402_300_799;

/// A finished message with its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposedMail {
    /// Message-ID with angle brackets.
    pub message_id: String,
    /// The message as RFC 5322 bytes, ASCII with CRLF line ends.
    pub raw: Vec<u8>,
    pub(super) from: Address,
    pub(super) to: Address,
}

pub(super) fn compose(mail: &OutgoingMail, sender: &Person) -> Result<ComposedMail, MailError> {
    let sender = mail.from.as_ref().unwrap_or(sender);
    let from = address::parse("sender", &sender.address)?;
    let to = address::parse("recipient", &mail.to)?;
    let message_id = message_id(&mail.event_id, from.domain());

    let mut builder = Message::builder()
        .message_id(Some(message_id.clone()))
        .date(UNIX_EPOCH + Duration::from_secs(seconds(mail.date)))
        .from(mailbox(&from, &sender.name))
        .to(mailbox(&to, &mail.to_name))
        .subject(header_text(&mail.subject, MAX_SUBJECT));
    if let Some(reply_to) = &mail.reply_to {
        let address = address::parse("reply", &reply_to.address)?;
        builder = builder.reply_to(mailbox(&address, &reply_to.name));
    }
    builder = fixed_header(builder, "Auto-Submitted", "auto-generated");
    // Exchange ignores Auto-Submitted and would answer with absence notes.
    builder = fixed_header(builder, "X-Auto-Response-Suppress", "All");
    builder = fixed_header(builder, "Content-Language", mail.language.tag());

    let message = body(builder, mail).map_err(MailError::Compose)?;
    Ok(ComposedMail {
        message_id,
        raw: message.formatted(),
        from,
        to,
    })
}

fn body(builder: MessageBuilder, mail: &OutgoingMail) -> Result<Message, lettre::error::Error> {
    let text = SinglePart::plain(body_text(&mail.text));
    let boundary = boundary(mail);
    let alternative = mail.html.as_ref().map(|html| {
        MultiPart::alternative()
            .boundary(format!("a-{boundary}"))
            .singlepart(text.clone())
            .singlepart(SinglePart::html(body_text(html)))
    });
    if mail.attachments.is_empty() {
        return match alternative {
            Some(both) => builder.multipart(both),
            None => builder.singlepart(text),
        };
    }
    let mixed = MultiPart::mixed().boundary(format!("m-{boundary}"));
    let mut parts = match alternative {
        Some(both) => mixed.multipart(both),
        None => mixed.singlepart(text),
    };
    let mut names = UniqueNames::default();
    for file in &mail.attachments {
        parts = parts.singlepart(
            Attachment::new(names.take(&file.name))
                .body(file.bytes.clone(), content_type(&file.media_type)),
        );
    }
    builder.multipart(parts)
}

/// The Message-ID of an event: stable, and without the case id, which is
/// nobody's business outside.
fn message_id(event_id: &str, domain: &str) -> String {
    let digest = hex(&Sha256::digest(event_id.as_bytes()));
    format!("<{}@{domain}>", &digest[..32])
}

/// A boundary that depends on all content: whoever writes a part of the mail
/// cannot know it, so cannot end a part with it.
fn boundary(mail: &OutgoingMail) -> String {
    let mut hash = Sha256::new();
    hash.update(mail.event_id.as_bytes());
    for part in [
        mail.text.as_bytes(),
        mail.html.as_deref().unwrap_or_default().as_bytes(),
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    for file in &mail.attachments {
        hash.update(file.bytes.len().to_be_bytes());
        hash.update(&file.bytes);
    }
    hex(&hash.finalize())[..40].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(date: Millis) -> u64 {
    u64::try_from((date / 1000).clamp(0, LAST_SECOND)).unwrap_or_default()
}

fn mailbox(address: &Address, name: &str) -> Mailbox {
    let name = header_text(name, MAX_NAME);
    Mailbox::new(Some(name).filter(|name| !name.is_empty()), address.clone())
}

/// Text for a header: one line, and no `=?` that a mail program would decode
/// into something that was never checked.
fn header_text(text: &str, max: usize) -> String {
    one_line(&text.replace("=?", "= ?"), max)
}

fn fixed_header(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
    ))
}

/// Body text with plain line ends and without control characters; a lone
/// carriage return could be read as a line end by one server and not by the
/// next.
fn body_text(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// The media type where it is a plain `type/subtype`, perhaps with parameters
/// such as `method=REQUEST`, else bytes.
fn content_type(media_type: &str) -> ContentType {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c))
    };
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let parameters_plain = parameters
        .split(';')
        .filter(|part| !part.is_empty())
        .all(|part| {
            let pair = part.trim().split_once('=');
            pair.is_some_and(|(name, value)| token(name) && token(value))
        });
    let plain = media_type.len() <= 127
        && parameters_plain
        && essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype) && kind != "multipart");
    let media_type = if plain {
        media_type
    } else {
        "application/octet-stream"
    };
    ContentType::parse(media_type).unwrap_or(ContentType::TEXT_PLAIN)
}
