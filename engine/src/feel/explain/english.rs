//! Clauses in English.

use super::super::ast::Comparison;
use super::clause::{Claim, Clause, Noun, joined, listed};

pub(super) fn clause(clause: &Clause) -> String {
    match clause {
        Clause::Always(true) => "nothing else is needed".to_owned(),
        Clause::Always(false) => "the impossible happens".to_owned(),
        Clause::All(parts) => joined(parts, " and ", self::clause, |part| {
            matches!(part, Clause::Any(_) | Clause::Either(_))
        }),
        Clause::Any(parts) => joined(parts, " or ", self::clause, |part| {
            matches!(part, Clause::All(_) | Clause::Either(_))
        }),
        Clause::Fact {
            noun,
            claim,
            negated,
        } => fact(noun, claim, *negated),
        Clause::Entries {
            every,
            list,
            negated,
            inner,
        } => {
            let which = match (every, negated) {
                (true, _) => "for every entry",
                (_, true) => "for no entry",
                _ => "for at least one entry",
            };
            format!("{which} under {} {}", quote(list), self::clause(inner))
        }
        Clause::Either(parts) => format!(
            "where {}, {}, else {}",
            self::clause(&parts[0]),
            self::clause(&parts[1]),
            self::clause(&parts[2])
        ),
        Clause::Quoted { text, negated } => {
            let holds = if *negated { "does not hold" } else { "holds" };
            format!("the condition {} {holds}", quote(text))
        }
    }
}

fn quote(text: &str) -> String {
    format!("“{text}”")
}

fn noun(noun: &Noun) -> String {
    match noun {
        Noun::Field(label) => quote(label),
        Noun::Age(label) => format!("the age by {}", quote(label)),
        Noun::Count(label) => format!("the number of entries under {}", quote(label)),
        Noun::Length(label) => format!("the length of {}", quote(label)),
        Noun::Year(label) => format!("the year of {}", quote(label)),
        Noun::Sum(a, b) => format!("the sum of {} and {}", self::noun(a), self::noun(b)),
        Noun::Difference(a, b) => {
            format!("the difference of {} and {}", self::noun(a), self::noun(b))
        }
        Noun::Total(label) => format!("the sum of all entries under {}", quote(label)),
        Noun::Term(text) => format!("the value of {}", quote(text)),
    }
}

fn fact(noun: &Noun, claim: &Claim, negated: bool) -> String {
    let name = self::noun(noun);
    let is = if negated { "is not" } else { "is" };
    let does = |verb: &str, plain: &str| {
        if negated {
            format!("does not {plain}")
        } else {
            verb.to_owned()
        }
    };
    match claim {
        Claim::Is(values) => is_one_of(&name, values, negated),
        Claim::Answered(yes) => {
            format!(
                "{name} {is} answered {}",
                quote(if *yes { "Yes" } else { "No" })
            )
        }
        Claim::Filled => match noun {
            Noun::Field(_) => format!("{name} {is} filled in"),
            _ => format!("{name} {is} known"),
        },
        Claim::Number(comparison, number) => number_claim(noun, &name, *comparison, number),
        Claim::Between(low, high) => format!("{name} {is} between {low} and {high}"),
        Claim::Date(comparison, date) => match comparison {
            Comparison::Equal => format!("{name} is {date}"),
            Comparison::Unequal => format!("{name} is not {date}"),
            Comparison::Less => format!("{name} is before {date}"),
            Comparison::LessOrEqual => format!("{name} is {date} or earlier"),
            Comparison::Greater => format!("{name} is after {date}"),
            Comparison::GreaterOrEqual => format!("{name} is {date} or later"),
        },
        Claim::FromToday {
            comparison,
            past,
            distance,
        } => from_today(&name, *comparison, *past, distance),
        Claim::Than(comparison, other, dates) => {
            than(&name, *comparison, &self::noun(other), *dates)
        }
        Claim::Selected(option) => format!("{} {is} chosen under {name}", quote(option)),
        Claim::Uploaded if negated => format!("no file is uploaded for {name}"),
        Claim::Uploaded => format!("a file is uploaded for {name}"),
        Claim::Eea => format!("{name} {is} a state of the EU or the EEA or Switzerland"),
        Claim::Iban => format!("{name} {is} a valid IBAN"),
        Claim::WorkingDay => format!("{name} {is} a working day"),
        Claim::Pattern(pattern) => {
            format!(
                "{name} {} the pattern {}",
                does("matches", "match"),
                quote(pattern)
            )
        }
        Claim::Contains(text) => {
            format!("{name} {} {}", does("contains", "contain"), quote(text))
        }
        Claim::Starts(text) => format!(
            "{name} {} {}",
            does("begins with", "begin with"),
            quote(text)
        ),
        Claim::Ends(text) => format!("{name} {} {}", does("ends with", "end with"), quote(text)),
        Claim::State => format!("the case {is} in the state {name}"),
    }
}

fn is_one_of(name: &str, values: &[String], negated: bool) -> String {
    let many = |count: usize, some: &str| {
        let one = if negated { "none" } else { "one" };
        format!("{one} of {count} answers (for example {some})")
    };
    match (negated, values) {
        (true, [only]) => format!("{name} is not {}", quote(only)),
        (true, _) => {
            let listed = listed(values, quote, "nor", many);
            if listed.starts_with("none of ") {
                format!("{name} is {listed}")
            } else {
                format!("{name} is neither {}", listed.replace("”, “", "” nor “"))
            }
        }
        _ => format!("{name} is {}", listed(values, quote, "or", many)),
    }
}

fn number_claim(noun: &Noun, name: &str, comparison: Comparison, number: &str) -> String {
    if let Noun::Count(label) = noun {
        let label = quote(label);
        return match (comparison, number) {
            (Comparison::Equal, "0") | (Comparison::Less, "1") | (Comparison::LessOrEqual, "0") => {
                format!("there is no entry under {label}")
            }
            (Comparison::Unequal, "0") | (Comparison::GreaterOrEqual, "1") => {
                format!("there is at least one entry under {label}")
            }
            _ => format!(
                "there are {} entries under {label}",
                amount(comparison, number)
            ),
        };
    }
    let unit = match noun {
        Noun::Age(_) => " years",
        Noun::Length(_) => " characters",
        _ => "",
    };
    format!("{name} is {}{unit}", amount(comparison, number))
}

fn amount(comparison: Comparison, number: &str) -> String {
    match comparison {
        Comparison::Equal => number.to_owned(),
        Comparison::Unequal => format!("not {number}"),
        Comparison::Less => format!("less than {number}"),
        Comparison::LessOrEqual => format!("at most {number}"),
        Comparison::Greater => format!("more than {number}"),
        Comparison::GreaterOrEqual => format!("at least {number}"),
    }
}

fn from_today(name: &str, comparison: Comparison, past: bool, distance: &str) -> String {
    if distance.is_empty() {
        return match comparison {
            Comparison::Equal => format!("{name} is today"),
            Comparison::Unequal => format!("{name} is not today"),
            Comparison::Less => format!("{name} is in the past"),
            Comparison::LessOrEqual => format!("{name} is not in the future"),
            Comparison::Greater => format!("{name} is in the future"),
            Comparison::GreaterOrEqual => format!("{name} is not in the past"),
        };
    }
    let how = match (comparison, past) {
        (Comparison::Equal, _) => "exactly",
        (Comparison::Unequal, _) => "not exactly",
        (Comparison::LessOrEqual, true) | (Comparison::GreaterOrEqual, false) => "at least",
        (Comparison::Less, true) | (Comparison::Greater, false) => "more than",
        (Comparison::GreaterOrEqual, true) | (Comparison::LessOrEqual, false) => "at most",
        (Comparison::Greater, true) | (Comparison::Less, false) => "less than",
    };
    let when = if past { "ago" } else { "from now" };
    format!("{name} is {how} {distance} {when}")
}

fn than(name: &str, comparison: Comparison, other: &str, dates: bool) -> String {
    let relation = match (comparison, dates) {
        (Comparison::Equal, _) => "is the same as",
        (Comparison::Unequal, _) => "is not the same as",
        (Comparison::Less, true) => "is before",
        (Comparison::LessOrEqual, true) => "is not after",
        (Comparison::Greater, true) => "is after",
        (Comparison::GreaterOrEqual, true) => "is not before",
        (Comparison::Less, false) => "is less than",
        (Comparison::LessOrEqual, false) => "is at most",
        (Comparison::Greater, false) => "is more than",
        (Comparison::GreaterOrEqual, false) => "is at least",
    };
    format!("{name} {relation} {other}")
}
