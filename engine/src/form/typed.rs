//! What people type, read into values: dates, numbers, telephone numbers,
//! IBANs. Generous with notation, strict about the value.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

use crate::text::Language;

/// A text without blanks around it, in Unicode normal form C, with `\n` as line
/// end and without control characters.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text
        .nfc()
        .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
        .collect();
    text.trim().to_owned()
}

/// A text of one line: inner line ends and runs of blanks become one blank.
pub(super) fn clean_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Month names people type, German and English, with their usual short forms.
const MONTHS: [&[&str]; 12] = [
    &["januar", "jänner", "january", "jan"],
    &["februar", "feber", "february", "feb"],
    &["märz", "maerz", "mrz", "mär", "march", "mar"],
    &["april", "apr"],
    &["mai", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["august", "aug"],
    &["september", "sept", "sep"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["dezember", "december", "dez", "dec"],
];

fn month(text: &str) -> Option<i8> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    if let Ok(number) = text.parse::<i8>() {
        return (1..=12).contains(&number).then_some(number);
    }
    MONTHS
        .iter()
        .position(|names| names.contains(&text.as_str()))
        .and_then(|at| i8::try_from(at + 1).ok())
}

/// A date from its three parts as typed; the year needs four digits.
pub(super) fn date_of_parts(day: &str, month_text: &str, year: &str) -> Option<Date> {
    let day: i8 = day.trim().trim_end_matches('.').parse().ok()?;
    let year = year.trim();
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(year.parse().ok()?, month(month_text)?, day).ok()
}

/// A date in one text: `2026-12-01`, `1.12.2026`, `1. Dezember 2026`,
/// `1 December 2026`, `01/12/2026` (day first).
pub(super) fn date(text: &str) -> Option<Date> {
    let text = clean_line(text);
    let bytes = text.as_bytes();
    if bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        return Date::from_str(&text).ok();
    }
    let [day, month, year] = date_parts(&text)?;
    date_of_parts(&day, &month, &year)
}

/// Day, month and year as typed in one text, for showing them again.
pub(super) fn date_parts(text: &str) -> Option<[String; 3]> {
    for separator in ['.', '/', ' '] {
        let parts: Vec<&str> = text.split(separator).map(str::trim).collect();
        if let [day, month, year] = parts[..] {
            return Some([day.to_owned(), month.to_owned(), year.to_owned()]);
        }
    }
    // `1. Dezember 2026`
    let (day, rest) = text.split_once('.')?;
    let (month, year) = rest.trim().rsplit_once(' ')?;
    Some([day.to_owned(), month.trim().to_owned(), year.to_owned()])
}

/// A number in German or English notation: `1.234,50`, `1,234.50`, `1234.5`.
///
/// A single separator with three digits behind it is ambiguous: the notation of
/// the language decides whether it groups thousands. Amounts of money have two
/// decimals at most: `12,345` in German is neither twelve euros nor twelve
/// thousand, so it is not read at all.
pub(super) fn number(text: &str, language: Language, money: bool) -> Option<Decimal> {
    let text = clean_line(text);
    let text = text
        .trim_end_matches("EUR")
        .trim_end_matches("Euro")
        .trim_end_matches("euro");
    let text = text
        .trim()
        .trim_start_matches("EUR")
        .trim_matches('€')
        .trim();
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest.trim()),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits: String = digits
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’'))
        .collect();
    let digits = digits
        .strip_suffix(",-")
        .or_else(|| digits.strip_suffix(",--"))
        .unwrap_or(&digits);
    let (dots, commas) = (digits.matches('.').count(), digits.matches(',').count());
    let decimal = match (dots, commas) {
        (0, 0) => None,
        (_, 0) => sole_separator(digits, '.', dots, language),
        (0, _) => sole_separator(digits, ',', commas, language),
        _ => {
            let last = if digits.rfind('.') > digits.rfind(',') {
                '.'
            } else {
                ','
            };
            // The decimal separator stands once.
            (digits.matches(last).count() == 1).then_some(last)?;
            Some(last)
        }
    };
    let (whole, fraction) = match decimal.and_then(|separator| digits.rsplit_once(separator)) {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    if money && fraction.len() > 2 {
        return None;
    }
    let whole = ungrouped(whole)?;
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !numeric(fraction)
        || (decimal.is_some() && fraction.is_empty())
        || whole.len() > 20
    {
        return None;
    }
    let text = if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    };
    Decimal::from_str_exact(&text).ok()
}

/// The decimal separator where only one kind of separator stands.
fn sole_separator(digits: &str, separator: char, count: usize, language: Language) -> Option<char> {
    let behind = digits.rsplit(separator).next().map_or(0, str::len);
    let usual = match language {
        Language::De => ',',
        Language::En => '.',
    };
    // Nobody groups thousands behind a zero: `0.125` is a fraction everywhere.
    let groups = count > 1 || (behind == 3 && separator != usual && !digits.starts_with("0"));
    (!groups).then_some(separator)
}

/// Digits with group separators removed; groups must have three digits.
fn ungrouped(whole: &str) -> Option<String> {
    let separator = whole.chars().find(|c| matches!(c, '.' | ','));
    let Some(separator) = separator else {
        return whole
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| whole.to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let good = (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|g| g.len() == 3 && digits(g));
    good.then(|| whole.chars().filter(|c| *c != separator).collect())
}

/// A telephone number without blanks and separators; `00` becomes `+`.
pub(super) fn phone(text: &str) -> String {
    let text = clean_line(text);
    let kept: String = text
        .replace("(0)", "")
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '/' | '(' | ')' | '.' | '–'))
        .collect();
    match kept.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => kept,
    }
}

/// Whether a text is a telephone number after [`phone`].
pub(super) fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (5..=16).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// An IBAN without blanks and separators, in capitals.
pub(super) fn iban(text: &str) -> String {
    clean_line(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// Whether a text is an IBAN: country, length of the countries most seen here,
/// and the check digits modulo 97 (ISO 13616).
pub(super) fn is_iban(text: &str) -> bool {
    const LENGTHS: [(&str, usize); 12] = [
        ("DE", 22),
        ("AT", 20),
        ("CH", 21),
        ("NL", 18),
        ("BE", 16),
        ("FR", 27),
        ("PL", 28),
        ("IT", 27),
        ("ES", 24),
        ("LU", 20),
        ("DK", 18),
        ("GB", 22),
    ];
    let bytes = text.as_bytes();
    let shape = (15..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !shape
        || LENGTHS
            .iter()
            .any(|(country, length)| text.starts_with(country) && text.len() != *length)
    {
        return false;
    }
    let remainder = bytes[4..]
        .iter()
        .chain(&bytes[..4])
        .fold(0u32, |sum, byte| match byte {
            b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
            letter => (sum * 100 + u32::from(letter - b'A') + 10) % 97,
        });
    remainder == 1
}

/// Whether a text can be a mail address: one `@`, a name before it, a domain
/// with a dot behind it. More is shown only by writing to it.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let name_ok = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    name_ok
        && text.len() <= 254
        && domain.contains('.')
        && domain.split('.').all(label_ok)
        && top.chars().count() >= 2
        && !top.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a German postcode.
pub(super) fn is_postcode(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a decimal as stored, with at most so many digits before and after the point.
pub(super) fn is_decimal(text: &str, whole: usize, fraction: usize) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (before, after) = digits.split_once('.').unwrap_or((digits, "0"));
    let counts = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    counts(before, whole) && counts(after, fraction)
}

/// A web address; `https://` is put before one without a scheme.
pub(super) fn url(text: &str) -> String {
    let text = clean_line(text);
    if text.is_empty() || text.contains("://") {
        text
    } else {
        format!("https://{text}")
    }
}

/// Whether a text is an `http` or `https` address with a host.
pub(super) fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    name.contains('.')
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !host.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
}
