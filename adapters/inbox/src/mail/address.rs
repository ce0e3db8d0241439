//! Mail addresses, read more strictly than the standard allows: what a
//! citizen types here ends in headers and SMTP commands.

use lettre::Address;
use serde::Deserialize;

use super::MailError;

/// A mail address with the name shown beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The address.
    pub address: String,
    /// The name, may be empty.
    #[serde(default)]
    pub name: String,
}

impl Person {
    /// An address with a name.
    pub fn new(address: impl Into<String>, name: impl Into<String>) -> Person {
        Person {
            address: address.into(),
            name: name.into(),
        }
    }
}

/// Reads one address of the form `local@domain`.
///
/// The local part is a dot-atom of RFC 5322 in ASCII, the domain a host name;
/// umlaut domains become their ASCII form (IDNA). Quoted local parts and
/// address literals are refused: nobody has them, attackers use them.
pub(super) fn parse(role: &'static str, text: &str) -> Result<Address, MailError> {
    let refuse = |reason| MailError::Address { role, reason };
    let text = text.trim_matches([' ', '\t']);
    let (local, domain) = text
        .rsplit_once('@')
        .ok_or(refuse("it has no @ with something on both sides"))?;
    check_local(local).map_err(refuse)?;
    let domain = ascii_domain(domain).map_err(refuse)?;
    if local.len() + domain.len() > 253 {
        return Err(refuse("it is longer than 254 characters"));
    }
    Address::new(local, &domain).map_err(|_| refuse("it is not a mail address"))
}

fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("it has no @ with something on both sides");
    }
    if local.len() > 64 {
        return Err("the part before the @ is longer than 64 characters");
    }
    if !local.is_ascii() {
        return Err("the part before the @ may have the letters a to z only");
    }
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if !local.chars().all(|c| atext(c) || c == '.') {
        return Err("the part before the @ has a character that is not allowed");
    }
    if local.split('.').any(str::is_empty) {
        return Err("the part before the @ has a dot too many");
    }
    Ok(())
}

fn ascii_domain(domain: &str) -> Result<String, &'static str> {
    let domain = idna::domain_to_ascii(domain)
        .map_err(|_| "the part after the @ is not the name of a mail domain")?;
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let numeric = labels
        .last()
        .is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    if labels.len() < 2 || numeric || !labels.into_iter().all(label) {
        return Err("the part after the @ is not the name of a mail domain");
    }
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_pass() {
        for (given, wanted) in [
            ("a@b.de", "a@b.de"),
            (
                " erika.mustermann+amt@post.example ",
                "erika.mustermann+amt@post.example",
            ),
            ("o'neil@x-y.example", "o'neil@x-y.example"),
            ("info@müller.de", "info@xn--mller-kva.de"),
            ("X@BÜRO.Example", "X@xn--bro-hoa.example"),
        ] {
            assert_eq!(parse("test", given).unwrap().to_string(), wanted);
        }
    }

    #[test]
    fn strange_addresses_are_refused_without_being_repeated() {
        let long = format!("{}@b.de", "a".repeat(65));
        let longer = format!("a@{}.de", "b.".repeat(130));
        for given in [
            "",
            "a",
            "@",
            "a@",
            "@b.de",
            "a@b",
            "a b@c.de",
            "a@b.de\r\nBcc: x@y.zz",
            "a@b.de\nRCPT TO:<x@y.zz>",
            "a\r\n@b.de",
            "a@b.de,c@d.de",
            "a@b.de;c@d.de",
            "<a@b.de>",
            "a@b.de>",
            "\"a b\"@c.de",
            "\"a\r\nb\"@c.de",
            "a..b@c.de",
            ".a@b.de",
            "a.@b.de",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b..de",
            "a@-b.de",
            "a@b_c.de",
            "ä@b.de",
            "a@b.de\0",
            "a(c)@b.de",
            "a@b.de ORCPT=x",
            "a@b .de",
            "a@b.de\u{2028}",
            "x@y.zz%0d%0aBcc:z",
            &long,
            &longer,
        ] {
            let error = parse("recipient", given).unwrap_err().to_string();
            assert!(error.contains("recipient address"), "{given:?}: {error}");
            assert!(given.len() < 4 || !error.contains(given), "{error}");
        }
    }
}
