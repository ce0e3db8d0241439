//! Scenarios: what must come of answers and actions.

use super::expect::{EXPECT, EXPECT_FIRST};
use super::{ACCEPT, HEADER, Key, Reference, Shape, Value, Variants};

const GIVEN: Value = Value::Entries(Reference::Field, &Value::Any);

pub(super) static SCENARIOS: Shape = Shape {
    name: "scenarios",
    title: "Scenarios",
    doc: "Stories that must come out as written; `schalter test` plays them. [scenarios.md](scenarios.md) explains them.",
    keys: &[
        HEADER,
        Key::new(
            "strict",
            Value::Boolean,
            "Whether all must be mentioned that leaves the house or moves the case.",
        )
        .default("false"),
        Key::new(
            "now",
            Value::Text,
            "When scenarios begin: a date, which is noon, or a date with a time.",
        )
        .default("2026-01-05 12:00")
        .example("2026-11-23 14:30"),
        Key::new(
            "answers",
            Value::Entries(Reference::AnswerSet, &GIVEN),
            "Sets of answers to begin with, by names of your own.",
        ),
        Key::new(
            "scenarios",
            Value::List(&Value::Map(&SCENARIO)),
            "The scenarios.",
        )
        .needed(),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static SCENARIO: Shape = Shape {
    name: "scenario",
    title: "Scenario",
    doc: "One story: what is handed in, who does what then, and what must come of it.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Scenario),
            "Name within the file, shown with failures.",
        )
        .needed(),
        Key::new("name", Value::Texts, "A sentence what it is about."),
        Key::new(
            "base",
            Value::Name(Reference::Scenario),
            "A set of answers, or an earlier scenario whose answers, `now`, `language`, `free` and `params` are taken over.",
        ),
        Key::new("now", Value::Text, "When it begins.").default("that of `base` or of the file"),
        Key::new(
            "language",
            Value::Words(LANGUAGES),
            "The language the form is filled in with.",
        )
        .default("de"),
        Key::new(
            "params",
            Value::Entries(Reference::Param, &Value::Any),
            "Parameters of the workflow, set over those of the form.",
        ),
        Key::new(
            "free",
            Value::Integer,
            "Free places, where the form has `capacity`.",
        )
        .default("all places are free"),
        Key::new(
            "answers",
            GIVEN,
            "Answers by path, or changes to those of `base`; `null` takes one away.",
        )
        .example("{ payment.payment_method: invoice }"),
        Key::new(
            "expect",
            Value::Map(&EXPECT_FIRST),
            "What must hold once the answers are handed in.",
        ),
        Key::new(
            "steps",
            Value::List(&Value::Map(&STEP)),
            "What happens then, in order.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

const LANGUAGES: &[(&str, &str)] = &[("de", "German."), ("en", "English.")];

static STEP: Shape = Shape {
    name: "step",
    title: "Step",
    doc: "Time passes, or somebody does something, or first the one and then the other.",
    keys: &[
        Key::new(
            "wait_for",
            Value::Name(Reference::Timer),
            "Time passes until this timer has fired.",
        ),
        Key::new(
            "advance_to",
            Value::Text,
            "Time passes until this moment.",
        )
        .example("2027-01-15 12:00"),
        Key::new("advance", Value::Map(&ADVANCE), "So much time passes.")
            .example("{ days: 14 }"),
        Key::new("free", Value::Integer, "So many places are free from now on."),
        Key::new(
            "as",
            Value::Name(Reference::Role),
            "Who acts: `applicant`, `system`, or a role of the workflow with a name. Needed with `do`.",
        )
        .example("clerk/anna"),
        Key::new("do", Value::Name(Reference::Event), "The event."),
        Key::new("with", GIVEN, "Answers to the form of the action."),
        Key::new(
            "refused",
            Value::Words(REFUSED),
            "Why the action must be refused.",
        ),
        Key::new(
            "expect",
            Value::Map(&EXPECT),
            "What must hold after the step.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

const REFUSED: &[(&str, &str)] = &[
    ("role", "The event is possible now, but not for this role."),
    ("state", "Nothing answers to the event in this state."),
    (
        "guard",
        "Something would answer, but its guard does not hold.",
    ),
    ("four_eyes", "The same person did the step before."),
    (
        "require",
        "The action is shown, but its `require` does not hold.",
    ),
    ("input", "The data entered are not good."),
    ("closed", "The case is closed."),
    ("places", "There are not enough free places."),
];

static ADVANCE: Shape = Shape {
    name: "advance",
    title: "Time that passes",
    doc: "How much time passes; days keep the time of day.",
    keys: &[
        Key::new("weeks", Value::Integer, "Weeks."),
        Key::new("days", Value::Integer, "Calendar days."),
        Key::new(
            "working_days",
            Value::Integer,
            "Working days of the city's calendar.",
        ),
        Key::new("hours", Value::Integer, "Hours."),
    ],
    variants: Variants::None,
    one_of: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::scenario::Refused;

    #[test]
    fn the_refusals_are_those_of_the_decoder() {
        let described: Vec<&str> = REFUSED.iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = Refused::NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, known);
    }
}
