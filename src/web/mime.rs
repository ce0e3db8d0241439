//! Reads back the mails Schalter itself wrote, for the mail box of the demo
//! town: headers, the plain text, names of attachments. Not a mail reader.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Deepest nesting of parts that is followed.
const DEEPEST: usize = 5;

/// What is shown of a mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReadMail {
    /// The first plain text.
    pub text: String,
    /// Attachments: file name, media type, content.
    pub files: Vec<(String, String, Vec<u8>)>,
}

/// Reads a message (RFC 5322, MIME).
pub fn read(raw: &[u8]) -> ReadMail {
    let mut mail = ReadMail::default();
    let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    part(&text, 0, &mut mail);
    mail
}

fn part(text: &str, depth: usize, mail: &mut ReadMail) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let kind = header(&head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    if let Some(boundary) = parameter(&kind, "boundary") {
        let marker = format!("--{boundary}");
        let parts = body
            .split(marker.as_str())
            .skip(1)
            .take_while(|part| !part.starts_with("--"));
        for inner in parts.filter(|_| depth < DEEPEST) {
            part(inner.trim_start_matches('\n'), depth + 1, mail);
        }
        return;
    }
    let encoding = header(&head, "content-transfer-encoding")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let bytes = decoded(body.strip_suffix('\n').unwrap_or(body), &encoding);
    let disposition = header(&head, "content-disposition").unwrap_or_default();
    let media_type = kind.split(';').next().unwrap_or_default().trim().to_owned();
    if disposition.starts_with("attachment") {
        let name = parameter(&disposition, "filename").unwrap_or_else(|| "attachment".to_owned());
        mail.files.push((name, media_type, bytes));
    } else if media_type == "text/plain" && mail.text.is_empty() {
        mail.text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

/// A parameter of a header; `name*` (RFC 2231) and encoded words are understood.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut plain = None;
    for piece in value.split(';').skip(1) {
        let Some((key, value)) = piece.split_once('=') else {
            continue;
        };
        let (key, value) = (
            key.trim().to_ascii_lowercase(),
            value.trim().trim_matches('"'),
        );
        if key == format!("{name}*") || key == format!("{name}*0*") {
            return Some(percent_decoded(value.rsplit('\'').next().unwrap_or(value)));
        }
        if key == name {
            plain = Some(words_decoded(value));
        }
    }
    plain
}

/// Encoded words such as `=?utf-8?b?…?=` (RFC 2047).
pub fn words_decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let word = &rest[at + 2..];
        let mut fields = word.splitn(3, '?');
        let decoded = (|| {
            let (_, kind, after) = (fields.next()?, fields.next()?, fields.next()?);
            let (inner, after) = after.split_once("?=")?;
            let bytes = if kind.eq_ignore_ascii_case("b") {
                STANDARD.decode(inner).ok()?
            } else {
                quoted_printable(&inner.replace('_', " "))
            };
            Some((String::from_utf8_lossy(&bytes).into_owned(), after))
        })();
        let Some((decoded, after)) = decoded else {
            break;
        };
        // Blanks between two encoded words do not count.
        if !rest[..at].trim().is_empty() || out.is_empty() {
            out.push_str(&rest[..at]);
        }
        out.push_str(&decoded);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn decoded(body: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => {
            let joined: String = body.split_whitespace().collect();
            STANDARD.decode(joined).unwrap_or_default()
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    }
}

fn quoted_printable(text: &str) -> Vec<u8> {
    escaped(&text.replace("=\n", ""), b'=')
}

fn percent_decoded(text: &str) -> String {
    String::from_utf8_lossy(&escaped(text, b'%')).into_owned()
}

/// Bytes with `<mark>XX` as hex.
fn escaped(text: &str, mark: u8) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == mark => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// The web addresses in a text, each once.
pub fn links(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let Some(at) = word.find("https://").or_else(|| word.find("http://")) else {
            continue;
        };
        let link = word[at..]
            .trim_end_matches(['.', ',', ')', ';', '>'])
            .to_owned();
        if !found.contains(&link) {
            found.push(link);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_mail_with_an_attachment() {
        let raw = "From: a@b\r\nContent-Type: multipart/mixed;\r\n boundary=\"x1\"\r\n\r\n--x1\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Gr=C3=BC=C3=9Fe,\r\nStadt=\r\n haus\r\n--x1\r\nContent-Type: application/pdf\r\n\
            Content-Disposition: attachment; filename=\"=?utf-8?b?QmVzY2hlaWQucGRm?=\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nJVBE\r\nRg==\r\n--x1--\r\n";
        let mail = read(raw.as_bytes());
        assert_eq!(mail.text, "Grüße,\nStadt haus");
        assert_eq!(
            mail.files,
            [(
                "Bescheid.pdf".to_owned(),
                "application/pdf".to_owned(),
                b"%PDF".to_vec()
            )]
        );
    }

    #[test]
    fn finds_links() {
        assert_eq!(
            links("Siehe (https://a.example/x), https://a.example/x."),
            ["https://a.example/x"]
        );
    }

    #[test]
    fn nonsense_does_no_harm() {
        for raw in [
            "",
            "\n\n",
            "Content-Type: multipart/mixed; boundary=\"\"\n\n----",
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n--a",
        ] {
            read(raw.as_bytes());
        }
        assert_eq!(words_decoded("=?utf-8?q?broken"), "=?utf-8?q?broken");
    }
}
