//! Clauses in German, in the word order that follows “wenn”.

use super::super::ast::Comparison;
use super::clause::{Claim, Clause, Noun, joined, listed};

pub(super) fn clause(clause: &Clause) -> String {
    match clause {
        Clause::Always(true) => "nichts weiter nötig ist".to_owned(),
        Clause::Always(false) => "etwas Unmögliches eintritt".to_owned(),
        Clause::All(parts) => joined(parts, " und ", self::clause, |part| {
            matches!(part, Clause::Any(_) | Clause::Either(_))
        }),
        Clause::Any(parts) => joined(parts, " oder ", self::clause, |part| {
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
                (true, _) => "jeden Eintrag",
                (_, true) => "keinen Eintrag",
                _ => "mindestens einen Eintrag",
            };
            format!(
                "für {which} unter {} gilt, dass {}",
                quote(list),
                self::clause(inner)
            )
        }
        Clause::Either(parts) => format!(
            "– falls {} – {}, sonst aber {}",
            self::clause(&parts[0]),
            self::clause(&parts[1]),
            self::clause(&parts[2])
        ),
        Clause::Quoted { text, negated } => {
            let not = if *negated { "nicht " } else { "" };
            format!("die Bedingung {} {not}erfüllt ist", quote(text))
        }
    }
}

fn quote(text: &str) -> String {
    format!("„{text}“")
}

fn noun(noun: &Noun) -> String {
    match noun {
        Noun::Field(label) => quote(label),
        Noun::Age(label) => format!("das Alter nach {}", quote(label)),
        Noun::Count(label) => format!("die Zahl der Angaben bei {}", quote(label)),
        Noun::Length(label) => format!("die Länge von {}", quote(label)),
        Noun::Year(label) => format!("das Jahr von {}", quote(label)),
        Noun::Sum(a, b) => format!("die Summe aus {} und {}", self::noun(a), self::noun(b)),
        Noun::Difference(a, b) => {
            format!("die Differenz aus {} und {}", self::noun(a), self::noun(b))
        }
        Noun::Total(label) => format!("die Summe aller Angaben bei {}", quote(label)),
        Noun::Term(text) => format!("der Wert von {}", quote(text)),
    }
}

fn fact(noun: &Noun, claim: &Claim, negated: bool) -> String {
    let name = self::noun(noun);
    let not = if negated { "nicht " } else { "" };
    match claim {
        Claim::Is(values) => is(&name, values, negated),
        Claim::Answered(yes) => {
            let answer = quote(if *yes { "Ja" } else { "Nein" });
            format!("{name} {not}mit {answer} beantwortet ist")
        }
        Claim::Filled => match noun {
            Noun::Field(_) => format!("{name} {not}ausgefüllt ist"),
            _ => format!("{name} {not}bekannt ist"),
        },
        Claim::Number(comparison, number) => number_claim(noun, &name, *comparison, number),
        Claim::Between(low, high) => format!("{name} {not}zwischen {low} und {high} liegt"),
        Claim::Date(comparison, date) => match comparison {
            Comparison::Equal => format!("{name} der {date} ist"),
            Comparison::Unequal => format!("{name} nicht der {date} ist"),
            Comparison::Less => format!("{name} vor dem {date} liegt"),
            Comparison::LessOrEqual => format!("{name} am {date} oder früher liegt"),
            Comparison::Greater => format!("{name} nach dem {date} liegt"),
            Comparison::GreaterOrEqual => format!("{name} am {date} oder später liegt"),
        },
        Claim::FromToday {
            comparison,
            past,
            distance,
        } => from_today(&name, *comparison, *past, distance),
        Claim::Than(comparison, other, dates) => {
            than(&name, *comparison, &self::noun(other), *dates)
        }
        Claim::Selected(option) => format!("bei {name} {} {not}ausgewählt ist", quote(option)),
        Claim::Uploaded if negated => format!("zu {name} keine Datei hochgeladen ist"),
        Claim::Uploaded => format!("zu {name} eine Datei hochgeladen ist"),
        Claim::Eea if negated => {
            format!("{name} weder ein Staat der EU oder des EWR noch die Schweiz ist")
        }
        Claim::Eea => format!("{name} ein Staat der EU oder des EWR oder die Schweiz ist"),
        Claim::Iban if negated => format!("{name} keine gültige IBAN ist"),
        Claim::Iban => format!("{name} eine gültige IBAN ist"),
        Claim::WorkingDay if negated => format!("{name} kein Arbeitstag ist"),
        Claim::WorkingDay => format!("{name} ein Arbeitstag ist"),
        Claim::Pattern(pattern) => format!("{name} {not}dem Muster {} entspricht", quote(pattern)),
        Claim::Contains(text) => format!("{name} den Text {} {not}enthält", quote(text)),
        Claim::Starts(text) => format!("{name} {not}mit {} beginnt", quote(text)),
        Claim::Ends(text) => format!("{name} {not}mit {} endet", quote(text)),
        Claim::State => format!("der Vorgang {not}im Zustand {name} ist"),
    }
}

fn is(name: &str, values: &[String], negated: bool) -> String {
    let examples = |count: usize, some: &str| format!("{count} Angaben (zum Beispiel {some})");
    if !negated {
        let values = listed(values, quote, "oder", |count, some| {
            format!("eine von {}", examples(count, some))
        });
        return format!("{name} {values} ist");
    }
    match values {
        [only] => format!("{name} nicht {} ist", quote(only)),
        _ => {
            let neither = |values: &str| format!("{name} weder {values} ist");
            let many = listed(values, quote, "noch", |count, some| {
                format!("eine von {}", examples(count, some))
            });
            if many.starts_with("eine von ") {
                format!("{name} k{many} ist")
            } else {
                neither(&many.replace("“, „", "“ noch „"))
            }
        }
    }
}

fn number_claim(noun: &Noun, name: &str, comparison: Comparison, number: &str) -> String {
    if let Noun::Count(label) = noun {
        let label = quote(label);
        return match (comparison, number) {
            (Comparison::Equal, "0") | (Comparison::Less, "1") | (Comparison::LessOrEqual, "0") => {
                format!("bei {label} nichts angegeben ist")
            }
            (Comparison::Unequal, "0") | (Comparison::GreaterOrEqual, "1") => {
                format!("bei {label} mindestens eine Angabe steht")
            }
            _ => format!("bei {label} {} Angaben stehen", amount(comparison, number)),
        };
    }
    let unit = match noun {
        Noun::Age(_) => " Jahre",
        Noun::Length(_) => " Zeichen",
        _ => "",
    };
    let verb = match noun {
        Noun::Year(_) => "ist",
        _ => "beträgt",
    };
    format!("{name} {}{unit} {verb}", amount(comparison, number))
}

fn amount(comparison: Comparison, number: &str) -> String {
    match comparison {
        Comparison::Equal => number.to_owned(),
        Comparison::Unequal => format!("nicht {number}"),
        Comparison::Less => format!("weniger als {number}"),
        Comparison::LessOrEqual => format!("höchstens {number}"),
        Comparison::Greater => format!("mehr als {number}"),
        Comparison::GreaterOrEqual => format!("mindestens {number}"),
    }
}

fn from_today(name: &str, comparison: Comparison, past: bool, distance: &str) -> String {
    if distance.is_empty() {
        return match comparison {
            Comparison::Equal => format!("{name} heute ist"),
            Comparison::Unequal => format!("{name} nicht heute ist"),
            Comparison::Less => format!("{name} in der Vergangenheit liegt"),
            Comparison::LessOrEqual => format!("{name} nicht in der Zukunft liegt"),
            Comparison::Greater => format!("{name} in der Zukunft liegt"),
            Comparison::GreaterOrEqual => format!("{name} nicht in der Vergangenheit liegt"),
        };
    }
    let how = match (comparison, past) {
        (Comparison::Equal, _) => "genau",
        (Comparison::Unequal, _) => "nicht genau",
        (Comparison::LessOrEqual, true) | (Comparison::GreaterOrEqual, false) => "mindestens",
        (Comparison::Less, true) | (Comparison::Greater, false) => "mehr als",
        (Comparison::GreaterOrEqual, true) | (Comparison::LessOrEqual, false) => "höchstens",
        (Comparison::Greater, true) | (Comparison::Less, false) => "weniger als",
    };
    if past {
        format!("{name} {how} {distance} zurückliegt")
    } else {
        format!("{name} {how} {distance} in der Zukunft liegt")
    }
}

fn than(name: &str, comparison: Comparison, other: &str, dates: bool) -> String {
    match (comparison, dates) {
        (Comparison::Equal, _) => format!("{name} mit {other} übereinstimmt"),
        (Comparison::Unequal, _) => format!("{name} nicht mit {other} übereinstimmt"),
        (Comparison::Less, true) => format!("{name} vor {other} liegt"),
        (Comparison::LessOrEqual, true) => format!("{name} nicht nach {other} liegt"),
        (Comparison::Greater, true) => format!("{name} nach {other} liegt"),
        (Comparison::GreaterOrEqual, true) => format!("{name} nicht vor {other} liegt"),
        (Comparison::Less, false) => format!("{name} kleiner ist als {other}"),
        (Comparison::LessOrEqual, false) => format!("{name} höchstens so groß ist wie {other}"),
        (Comparison::Greater, false) => format!("{name} größer ist als {other}"),
        (Comparison::GreaterOrEqual, false) => {
            format!("{name} mindestens so groß ist wie {other}")
        }
    }
}
