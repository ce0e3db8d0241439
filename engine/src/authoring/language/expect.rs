//! What scenarios expect of answers and of the case.

use super::{Key, Reference, Shape, Value, Variants};

const FIELDS: Value = Value::OneOrList(&Value::Name(Reference::Field));
const QUEUE: Value = Value::Name(Reference::Queue);
const DOCUMENTS: Value = Value::OneOrList(&Value::Name(Reference::Document));
const PASSAGES: Value = Value::OneOrList(&Value::Text);

/// Of the answers, in the order the recorder writes.
static OF_ANSWERS: [Key; 9] = [
    Key::new(
        "findings",
        Value::Entries(
            Reference::Field,
            &Value::OneOrList(&Value::Name(Reference::Check)),
        ),
        "Findings by question, all of them: ids of checks and kinds such as `required`; `any` takes whatever is found.",
    )
    .example("{ contact.email: required }"),
    Key::new(
        "pages",
        Value::OneOrList(&Value::Name(Reference::Page)),
        "The pages shown, all of them in order.",
    ),
    Key::new(
        "hidden",
        FIELDS,
        "The questions not asked on these pages, all of them.",
    ),
    Key::new(
        "outstanding",
        FIELDS,
        "Required papers that may be handed in later.",
    ),
    Key::new(
        "fee",
        Value::Either(&[Value::Map(&FEE), Value::Scalar]),
        "The fee: its total, or its total and lines.",
    )
    .example("26.00"),
    Key::new("route", QUEUE, "Where the case goes: `department/queue`.")
        .example("public-order/trade"),
    Key::new(
        "applicant",
        Value::Any,
        "Whom letters go to: `name`, `email`, `address`; what is named is compared.",
    )
    .example("{ email: ana@example.org }"),
    Key::new(
        "params",
        Value::Entries(Reference::Param, &Value::Any),
        "Parameters the form sets; what is named is compared.",
    ),
    Key::new(
        "capacity",
        Value::Any,
        "The places asked for: `resource`, `limit`, `quantity`.",
    ),
];

/// Of the case, in the order the recorder writes.
static OF_CASE: [Key; 20] = [
    Key::new(
        "state",
        Value::OneOrList(&Value::Name(Reference::State)),
        "The full path of the state, or a list where several are active.",
    )
    .example("open.waiting_citizen"),
    Key::new("outcome", Value::Text, "Outcome of the final state, or `none`."),
    Key::new("public", Value::Text, "The sentence the citizen reads, in German."),
    Key::new(
        "flags",
        Value::OneOrList(&Value::Name(Reference::Flag)),
        "All marks of the case, `[]` for none.",
    ),
    Key::new("assignee", Value::Text, "Name of the clerk, or `none`."),
    Key::new(
        "tasks",
        Value::OneOrList(&Value::Name(Reference::Role)),
        "Roles that are expected to act, in alphabetical order.",
    ),
    Key::new("queue", QUEUE, "Where the case lies: `department/queue`."),
    Key::new(
        "vars",
        Value::Entries(Reference::Variable, &Value::Any),
        "Variables of the workflow; what is named is compared.",
    ),
    Key::new(
        "mails",
        Value::List(&Value::Either(&[
            Value::Entries(Reference::Letter, &DOCUMENTS),
            Value::Name(Reference::Letter),
        ])),
        "Letters mailed to the citizen in this step, in order, alone or with what is attached.",
    )
    .example("[ { received: [receipt] } ]"),
    Key::new(
        "documents",
        DOCUMENTS,
        "Documents made in this step; those the citizen cannot fetch as `note (internal)`.",
    ),
    Key::new(
        "notices",
        Value::List(&Value::Entries(
            Reference::Letter,
            &Value::Name(Reference::Role),
        )),
        "Mails to staff in this step.",
    )
    .example("[ { overdue: teamlead } ]"),
    Key::new(
        "deliveries",
        Value::List(&Value::Either(&[
            Value::Entries(Reference::Queue, &DOCUMENTS),
            QUEUE,
        ])),
        "Queues the case was handed to in this step, in order, alone or with what is attached.",
    )
    .example("[public-order/trade]"),
    Key::new(
        "payment",
        Value::Either(&[Value::Map(&PAYMENT), Value::Scalar]),
        "Asked for in this step: an amount, or amount and purpose; `closed` where an open request ended; `none`.",
    )
    .example("26.00"),
    Key::new(
        "places",
        Value::OneOrList(&Value::Text),
        "What happens to places in this step: `take 1`, `wait 1`, `release`; to appointments: `slot 2026-12-01T09:15 counter`, `released`, `attended`, `no show`.",
    ),
    Key::new(
        "timers",
        Value::Entries(Reference::Timer, &Value::Text),
        "All timers that run, with the last day they leave.",
    )
    .example("{ reminder: 2026-12-03 }"),
    Key::new(
        "deadline",
        Value::Text,
        "The day clerks and citizens see, or `none`.",
    ),
    Key::new(
        "offers",
        Value::Entries(
            Reference::Role,
            &Value::OneOrList(&Value::Name(Reference::Event)),
        ),
        "What a role is offered; `take!` is shown but refused. Roles that are named are compared.",
    )
    .example("{ clerk: [confirm, forward], teamlead: [] }"),
    Key::new(
        "letters",
        Value::Entries(
            Reference::Letter,
            &Value::Either(&[Value::Entries(Reference::Language, &PASSAGES), PASSAGES]),
        ),
        "Passages that must stand in a letter of this step, German ones or by language.",
    )
    .example("{ reminder: Bitte antworten Sie }"),
    Key::new(
        "parties",
        Value::Entries(
            Reference::Party,
            &Value::Words(PARTY_STATES),
        ),
        "How far parties are: `new`, `asked`, `confirmed`, `declined` or `expired`; those named are compared.",
    )
    .example("{ second_guardian: confirmed }"),
    Key::new(
        "can_end",
        Value::Boolean,
        "Whether some way leads from here to an end.",
    ),
];

const PARTY_STATES: &[(&str, &str)] = &[
    ("new", "Not asked yet."),
    ("asked", "Asked, without an answer."),
    ("confirmed", "It agreed."),
    ("declined", "It declined."),
    (
        "expired",
        "Time ran out, or the answer is no longer needed.",
    ),
];

static OF_BOTH: [Key; 29] = {
    let mut both = [OF_CASE[0]; 29];
    let mut at = 0;
    while at < both.len() {
        both[at] = if at < OF_ANSWERS.len() {
            OF_ANSWERS[at]
        } else {
            OF_CASE[at - OF_ANSWERS.len()]
        };
        at += 1;
    }
    both
};

/// Once the answers are handed in.
pub(super) static EXPECT_FIRST: Shape = Shape {
    name: "expect-first",
    title: "Expectations of a scenario",
    doc: "What must hold once the answers are handed in. What is not mentioned is not compared, except findings.",
    keys: &OF_BOTH,
    variants: Variants::None,
    one_of: &[],
};

/// After a step.
pub(super) static EXPECT: Shape = Shape {
    name: "expect",
    title: "Expectations of a step",
    doc: "What must hold after a step. What is not mentioned is not compared, unless the file is strict.",
    keys: &OF_CASE,
    variants: Variants::None,
    one_of: &[],
};

static FEE: Shape = Shape {
    name: "expected-fee",
    title: "Fee expected",
    doc: "The fee with its lines.",
    keys: &[
        Key::new("total", Value::Scalar, "The sum.")
            .needed()
            .example("26.00"),
        Key::new(
            "lines",
            Value::List(&Value::Either(&[
                Value::Entries(Reference::Label, &Value::Scalar),
                Value::Text,
            ])),
            "The lines by their German labels, all of them in order.",
        )
        .example("[ { Gewerbeanmeldung: 26.00 } ]"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PAYMENT: Shape = Shape {
    name: "expected-payment",
    title: "Payment expected",
    doc: "The payment asked for in a step.",
    keys: &[
        Key::new("amount", Value::Scalar, "The amount.")
            .needed()
            .example("26.00"),
        Key::new("purpose", Value::Text, "What it is for, in German."),
    ],
    variants: Variants::None,
    one_of: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_expects_of_the_answers_and_of_the_case() {
        let names = |keys: &[Key]| keys.iter().map(|key| key.name).collect::<Vec<_>>();
        let both = [names(&OF_ANSWERS), names(&OF_CASE)].concat();
        assert_eq!(names(&OF_BOTH), both);
    }
}
