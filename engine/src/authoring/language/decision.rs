//! Decision tables.

use super::{ACCEPT, FILE_ID, HEADER, Key, Reference, Shape, Value, Variants};

const VALID_FROM: Key =
    Key::new("valid_from", Value::Date, "First day on which it holds.").example("2026-01-01");
const VALID_TO: Key = Key::new("valid_to", Value::Date, "Last day on which it holds.");

pub(super) static DECISION: Shape = Shape {
    name: "decision",
    title: "Decision table",
    doc: "A table of conditions and results, mostly for fees. Its examples run when it is loaded; gaps and overlaps are found by themselves.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new("title", Value::Texts, "What it decides.").needed(),
        Key::new("basis", Value::Text, "Where it is laid down.")
            .example("AVwGebO NRW, Tarifstelle 12"),
        VALID_FROM,
        VALID_TO,
        Key::new(
            "hit_policy",
            Value::Words(POLICIES),
            "How many rules may hold.",
        )
        .default("unique"),
        Key::new(
            "inputs",
            Value::List(&Value::Map(&INPUT)),
            "What the rules look at.",
        ),
        Key::new("output", Value::Words(OUTPUTS), "What the rules yield.").needed(),
        Key::new(
            "rules",
            Value::List(&Value::Map(&RULE)),
            "The lines of the table.",
        )
        .needed(),
        Key::new(
            "examples",
            Value::List(&Value::Map(&EXAMPLE)),
            "Examples with the result expected.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

const POLICIES: &[(&str, &str)] = &[
    ("unique", "Exactly one rule holds for all inputs."),
    ("first", "The first rule that holds."),
    ("collect sum", "The sum of all rules that hold."),
];

const OUTPUTS: &[(&str, &str)] = &[
    ("money", "An amount in euros."),
    ("number", "A number."),
    ("text", "A text."),
    ("boolean", "True or false."),
];

const INPUT_TYPES: &[(&str, &str)] = &[
    ("text", "A text."),
    ("number", "A number."),
    ("integer", "A whole number."),
    ("money", "An amount in euros."),
    ("boolean", "True or false."),
    ("date", "A date."),
    ("choice", "One of the `options`."),
];

static INPUT: Shape = Shape {
    name: "input",
    title: "Input",
    doc: "A column of the table.",
    keys: &[
        Key::new("name", Value::Id(Reference::Input), "Its name.").needed(),
        Key::new("type", Value::Words(INPUT_TYPES), "What it is.").needed(),
        Key::new(
            "options",
            Value::OneOrList(&Value::Text),
            "What a `choice` can be.",
        )
        .needed_in(&["choice"]),
    ],
    variants: Variants::By("type"),
    one_of: &[],
};

static RULE: Shape = Shape {
    name: "rule",
    title: "Rule",
    doc: "A line of the table: when all cells hold, it yields `then`.",
    keys: &[
        Key::new(
            "when",
            Value::Entries(Reference::Input, &Value::Cell),
            "The cells by input; `-` or a missing cell always holds.",
        )
        .example("{ group: '\"legal\"', further: '> 0' }"),
        Key::new(
            "then",
            Value::Rule("type of the output"),
            "The result; a rule over the inputs.",
        )
        .needed()
        .example("33.00 + 13.00 * further"),
        Key::new("label", Value::Texts, "What the line of the fee is called."),
        VALID_FROM,
        VALID_TO,
    ],
    variants: Variants::None,
    one_of: &[],
};

static EXAMPLE: Shape = Shape {
    name: "example",
    title: "Example",
    doc: "Inputs with the result expected.",
    keys: &[
        Key::new(
            "given",
            Value::Entries(Reference::Input, &Value::Scalar),
            "The inputs.",
        ),
        Key::new("on", Value::Date, "The day on which it is asked.")
            .default("the first day of the newest rule"),
        Key::new("expect", Value::Scalar, "The result.").needed(),
    ],
    variants: Variants::None,
    one_of: &[],
};
