//! Dates, money and sizes as people read them in German and English.

use engine::text::Language;
use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};

const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Where cities of this country keep their clocks.
const ZONE: &str = "Europe/Berlin";

/// A calendar date: `1. Dezember 2026`, `1 December 2026`.
pub fn date(language: Language, date: Date) -> String {
    let month = usize::from(date.month().unsigned_abs()) - 1;
    match language {
        Language::De => format!("{}. {} {}", date.day(), MONTHS_DE[month], date.year()),
        Language::En => format!("{} {} {}", date.day(), MONTHS_EN[month], date.year()),
    }
}

/// A date as ISO text (`2026-12-01`) as people read it; other text stays as it is.
pub fn iso_date(language: Language, text: &str) -> String {
    text.parse::<Date>()
        .map_or_else(|_| text.to_owned(), |parsed| date(language, parsed))
}

/// The day of an instant, in the city's time.
pub fn day(language: Language, millis: i64) -> String {
    local(millis).map_or_else(String::new, |zoned| date(language, zoned.date()))
}

/// An instant to the minute, in the city's time: `1. Dezember 2026, 14:05 Uhr`.
pub fn instant(language: Language, millis: i64) -> String {
    let Some(zoned) = local(millis) else {
        return String::new();
    };
    let day = date(language, zoned.date());
    match language {
        Language::De => format!("{day}, {:02}:{:02} Uhr", zoned.hour(), zoned.minute()),
        Language::En => format!("{day}, {:02}:{:02}", zoned.hour(), zoned.minute()),
    }
}

/// An instant for the `datetime` attribute of `time`.
pub fn machine_instant(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| at.to_string())
}

/// An amount in euros given as decimal text: `1.234,50 €`, `€1,234.50`.
pub fn money(language: Language, amount: &str) -> String {
    let (sign, digits) = amount
        .strip_prefix('-')
        .map_or(("", amount), |rest| ("−", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole.bytes().all(|b| b.is_ascii_digit())
        || !cents.bytes().all(|b| b.is_ascii_digit())
    {
        return amount.to_owned();
    }
    let cents = format!("{cents:0<2}");
    match language {
        Language::De => format!("{sign}{},{cents}\u{a0}€", grouped(whole, '.')),
        Language::En => format!("{sign}€{}.{cents}", grouped(whole, ',')),
    }
}

/// A number given as decimal text: `1.234,5`, `1,234.5`.
pub fn number(language: Language, text: &str) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("−", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
    {
        return text.to_owned();
    }
    let (group, point) = if language == Language::De {
        ('.', ',')
    } else {
        (',', '.')
    };
    let whole = grouped(whole, group);
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}{point}{fraction}")
    }
}

/// A size in bytes: `340 KB`, `1,2 MB`.
pub fn size(language: Language, bytes: i64) -> String {
    if bytes < 1000 {
        return format!("{bytes}\u{a0}Byte");
    }
    if bytes < 1_000_000 {
        return format!("{}\u{a0}KB", (bytes + 500) / 1000);
    }
    let tenths = (bytes + 50_000) / 100_000;
    let text = if tenths % 10 == 0 {
        format!("{}", tenths / 10)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    format!("{}\u{a0}MB", number(language, &text))
}

fn grouped(digits: &str, separator: char) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        if at > 0 && left.is_multiple_of(3) && digits.len() > 4 {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

fn local(millis: i64) -> Option<ZonedDateTime> {
    Timestamp::from_millisecond(millis).ok()?.in_tz(ZONE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_as_people_write_it() {
        assert_eq!(money(Language::De, "26.00"), "26,00\u{a0}€");
        assert_eq!(money(Language::En, "26"), "€26.00");
        assert_eq!(money(Language::De, "12345.5"), "12.345,50\u{a0}€");
        assert_eq!(money(Language::De, "-3.10"), "−3,10\u{a0}€");
        assert_eq!(money(Language::De, "nach Aufwand"), "nach Aufwand");
    }

    #[test]
    fn dates_and_instants_in_city_time() {
        assert_eq!(iso_date(Language::De, "2026-12-01"), "1. Dezember 2026");
        assert_eq!(iso_date(Language::En, "2026-03-09"), "9 March 2026");
        assert_eq!(iso_date(Language::De, "bald"), "bald");
        // 2026-07-01T22:30Z is already the next day in Berlin.
        assert_eq!(
            instant(Language::De, 1_782_945_000_000),
            "2. Juli 2026, 00:30 Uhr"
        );
        assert_eq!(day(Language::En, 1_782_945_000_000), "2 July 2026");
    }

    #[test]
    fn sizes() {
        assert_eq!(size(Language::De, 820), "820\u{a0}Byte");
        assert_eq!(size(Language::De, 340_200), "340\u{a0}KB");
        assert_eq!(size(Language::De, 1_240_000), "1,2\u{a0}MB");
        assert_eq!(size(Language::En, 10_000_000), "10\u{a0}MB");
    }
}
