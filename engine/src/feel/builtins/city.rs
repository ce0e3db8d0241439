//! What a city's forms need beyond the standard: working days, bank accounts,
//! citizenship, and questions about the case.

use jiff::civil::Date;

use super::super::{Value, temporal};
use super::{Builtin, Call, Returns, boolean};

/// Most days `working_days` walks over.
const MAX_DAYS: u32 = 4000;

pub(super) const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "working_days",
        signatures: &["date: date|datetime, n: number"],
        returns: Returns::Date,
        run: working_days,
    },
    Builtin {
        name: "is_working_day",
        signatures: &["date: date|datetime"],
        returns: Returns::Boolean,
        run: |call| {
            boolean(
                call.world()
                    .is_working_day(temporal::moment(call.arg(0))?.date()),
            )
        },
    },
    Builtin {
        name: "is_iban",
        signatures: &["text: text"],
        returns: Returns::Boolean,
        run: |call| boolean(is_iban(call.text(0)?)),
    },
    Builtin {
        name: "is_eea",
        signatures: &["country: text"],
        returns: Returns::Boolean,
        run: |call| boolean(is_eea(call.text(0)?)),
    },
    Builtin {
        name: "attachment_present",
        signatures: &["path: text"],
        returns: Returns::Boolean,
        run: |call| boolean(call.world().attachment_present(call.text(0)?)),
    },
    Builtin {
        name: "in_state",
        signatures: &["state: text"],
        returns: Returns::Boolean,
        run: |call| boolean(call.world().in_state(call.text(0)?)),
    },
];

/// The date `n` working days after `date`, which itself does not count
/// (BGB § 187 (1)); before it for negative `n`, and `date` itself for 0.
fn working_days(call: &mut Call<'_, '_>) -> Option<Value> {
    let mut date = temporal::moment(call.arg(0))?.date();
    let wanted = call.whole(1)?;
    let step = |date: Date| {
        if wanted < 0 {
            date.yesterday()
        } else {
            date.tomorrow()
        }
    };
    let mut left = wanted.checked_abs()?;
    for _ in 0..MAX_DAYS {
        if left == 0 {
            return Some(Value::Date(date));
        }
        date = step(date).ok()?;
        if call.world().is_working_day(date) {
            left -= 1;
        }
    }
    None
}

/// Lengths of the account numbers of the countries in the IBAN registry
/// (ISO 13616, SWIFT registry).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// Whether a text is a valid IBAN: known country, its length, check digits
/// (ISO 13616, mod 97 after ISO 7064). Blanks and lower case are allowed.
pub fn is_iban(text: &str) -> bool {
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if !compact
        .bytes()
        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        return false;
    }
    let known = IBAN_LENGTHS
        .iter()
        .any(|(country, length)| compact.starts_with(country) && compact.len() == *length);
    if !known || !compact.as_bytes()[2..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    let rest = tail
        .chars()
        .chain(head.chars())
        .fold(0u32, |rest, c| match c.to_digit(36) {
            Some(digit) if digit < 10 => (rest * 10 + digit) % 97,
            Some(letter) => (rest * 100 + letter) % 97,
            None => rest,
        });
    rest == 1
}

/// ISO 3166-1 alpha-2 codes of the member states of the European Union, of
/// Iceland, Liechtenstein and Norway (EEA), and of Switzerland, whose citizens
/// have the same freedom of movement (agreement EU-Switzerland of 1999).
const EEA: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "CH",
];

fn is_eea(country: &str) -> bool {
    EEA.contains(&country)
}

#[cfg(test)]
mod tests {
    use super::is_iban;

    #[test]
    fn ibans() {
        for (text, valid) in [
            ("DE89 3704 0044 0532 0130 00", true),
            ("de89370400440532013000", true),
            ("GB82 WEST 1234 5698 7654 32", true),
            ("NO9386011117947", true),
            ("MT84MALT011000012345MTLCAST001S", true),
            ("DE88 3704 0044 0532 0130 00", false),
            ("DE89 3704 0044 0532 0130 0", false),
            ("XX89370400440532013000", false),
            ("", false),
            ("DEÄ9370400440532013000", false),
        ] {
            assert_eq!(is_iban(text), valid, "{text}");
        }
    }
}
