//! What a condition says, before any language.

use super::super::ast::Comparison;

/// A statement that can be true.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Clause {
    Always(bool),
    All(Vec<Clause>),
    Any(Vec<Clause>),
    /// Something is said of a noun.
    Fact {
        noun: Noun,
        claim: Claim,
        negated: bool,
    },
    /// Holds for every entry, or for one at least.
    Entries {
        every: bool,
        list: String,
        negated: bool,
        inner: Box<Clause>,
    },
    /// The second where the first holds, else the third.
    Either(Box<[Clause; 3]>),
    /// Text of the rule.
    Quoted {
        text: String,
        negated: bool,
    },
}

/// What a statement is about; texts are labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Noun {
    Field(String),
    Age(String),
    /// Entries of a list, chosen options, or files.
    Count(String),
    Length(String),
    Year(String),
    Sum(Box<Noun>, Box<Noun>),
    Difference(Box<Noun>, Box<Noun>),
    Total(String),
    /// A calculation in the text of the rule.
    Term(String),
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Claim {
    /// It is one of these answers.
    Is(Vec<String>),
    /// The question is answered yes, or no.
    Answered(bool),
    Filled,
    /// It compares with a number in words.
    Number(Comparison, String),
    Between(String, String),
    /// It compares with a date in words.
    Date(Comparison, String),
    /// It compares with a day so far from today: in the past, in words; empty for today.
    FromToday {
        comparison: Comparison,
        past: bool,
        distance: String,
    },
    Than(Comparison, Noun, bool),
    Selected(String),
    Uploaded,
    Eea,
    Iban,
    WorkingDay,
    Pattern(String),
    Contains(String),
    Starts(String),
    Ends(String),
    /// The case is in the state of this name.
    State,
}

/// The comparison that holds where this one does not.
pub(super) fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Unequal,
        Comparison::Unequal => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

/// The comparison with its sides exchanged.
pub(super) fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// Most values named; of more some are examples.
const MOST: usize = 6;
/// How many stand as examples.
const EXAMPLES: usize = 3;

/// Values in quotes, joined; or their number with examples.
pub(super) fn listed(
    values: &[String],
    quote: impl Fn(&str) -> String,
    last: &str,
    of_many: impl Fn(usize, &str) -> String,
) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quote(value)).collect();
    if quoted.len() > MOST {
        return of_many(quoted.len(), &quoted[..EXAMPLES].join(", "));
    }
    match quoted.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

/// Parts joined by a word; alternatives inside of a series stand in brackets.
pub(super) fn joined(
    parts: &[Clause],
    word: &str,
    say: impl Fn(&Clause) -> String,
    brackets: impl Fn(&Clause) -> bool,
) -> String {
    let said: Vec<String> = parts
        .iter()
        .map(|part| {
            if brackets(part) {
                format!("({})", say(part))
            } else {
                say(part)
            }
        })
        .collect();
    said.join(word)
}
