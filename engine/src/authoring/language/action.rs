//! Actions of workflows: what happens on entering and leaving states and on
//! the way between them.

use super::calendar::{TAKE, WAYS};
use super::workflow::ROLE_NAME;
use super::{Key, Reference, Shape, Value, Variants};

pub(super) static ACTION: Shape = Shape {
    name: "action",
    title: "Action",
    doc: "One thing that happens: a map with exactly one of these keys.",
    keys: &[
        Key::new(
            "document",
            Value::Map(&DOCUMENT),
            "Makes a document for the case.",
        ),
        Key::new("mail", Value::Map(&MAIL), "Writes to the applicant."),
        Key::new("notify", Value::Map(&NOTIFY), "Writes to staff."),
        Key::new(
            "deliver",
            Value::Map(&DELIVER),
            "Hands the case to the department's inbox.",
        )
        .example("{}"),
        Key::new(
            "request_payment",
            Value::Map(&PAYMENT),
            "Asks the applicant to pay.",
        ),
        Key::new(
            "close_payment",
            Value::True,
            "Ends the request for payment.",
        ),
        Key::new(
            "publish",
            Value::True,
            "Shows the case on the public pages, as the form's `publication` says. Only under events of staff.",
        ),
        Key::new(
            "unpublish",
            Value::True,
            "Takes the case off the public pages.",
        ),
        Key::new(
            "places",
            Value::Words(PLACES),
            "Takes, gives back or waits for places.",
        ),
        Key::new(
            "appointment",
            Value::Either(&[Value::Words(WAYS), Value::Map(&TAKE)]),
            "Takes, gives back or notes the appointment.",
        )
        .example("{ take: event.slot }"),
        Key::new(
            "flag",
            Value::Name(Reference::Flag),
            "Puts a mark on the case.",
        )
        .example("overdue"),
        Key::new(
            "unflag",
            Value::Name(Reference::Flag),
            "Takes a mark off the case.",
        ),
        Key::new(
            "set",
            Value::Entries(
                Reference::Variable,
                &Value::Either(&[Value::Rule("type of the variable"), Value::Nothing]),
            ),
            "Sets variables; `null` forgets one.",
        )
        .example("{ reason: event.reason }"),
        Key::new(
            "append",
            Value::Entries(Reference::Variable, &Value::Rule("text")),
            "Adds to lists.",
        ),
        Key::new(
            "raise",
            Value::Name(Reference::Event),
            "Causes an event of this workflow.",
        ),
        Key::new("assign", Value::Words(ASSIGNEES), "Whose case it is."),
        Key::new(
            "forward",
            Value::Map(&FORWARD),
            "Moves the case to another department.",
        ),
        Key::new(
            "invite_parties",
            Value::Map(&PARTY_MAIL),
            "Asks every party of the form that has not confirmed, each by an own link.",
        ),
        Key::new(
            "remind_parties",
            Value::Map(&PARTY_MAIL),
            "Writes once more to the parties that have not answered.",
        ),
        Key::new(
            "expire_parties",
            Value::True,
            "Parties that have not answered need not any more; raises `party.expired` if there are any.",
        ),
    ],
    variants: Variants::OneKey,
    one_of: &[],
};

static PARTY_MAIL: Shape = Shape {
    name: "party-mail",
    title: "Mail to parties",
    doc: "The mail that brings a party its link.",
    keys: &[Key::new(
        "template",
        Value::Name(Reference::Letter),
        "The letter under `workflows/letters`; `{{party.url}}` is the link.",
    )
    .needed()],
    variants: Variants::None,
    one_of: &[],
};

const PLACES: &[(&str, &str)] = &[
    ("take", "Takes the places."),
    ("release", "Gives the places back."),
    ("wait", "Puts the case on the waiting list."),
];

const ASSIGNEES: &[(&str, &str)] = &[
    ("actor", "That of whoever did the event."),
    ("nobody", "Nobody's: it is back in the list."),
];

const ATTACH: Key = Key::new(
    "attach",
    Value::OneOrList(&Value::Name(Reference::Document)),
    "Documents that go with it, by name; the newest of each.",
)
.example("[receipt]");

static DOCUMENT: Shape = Shape {
    name: "document",
    title: "`document`",
    doc: "Makes a document from a letter.",
    keys: &[
        Key::new(
            "template",
            Value::Name(Reference::Letter),
            "The letter under `workflows/letters`.",
        )
        .needed(),
        Key::new(
            "as",
            Value::Id(Reference::Document),
            "Name of the document in the case.",
        )
        .default("the template's"),
        Key::new("title", Value::Texts, "What people read."),
        Key::new("public", Value::Boolean, "Whether the applicant sees it.").default("true"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static MAIL: Shape = Shape {
    name: "mail",
    title: "`mail`",
    doc: "Writes to the applicant.",
    keys: &[
        Key::new(
            "to",
            Value::Words(&[("applicant", "Whoever sent the form.")]),
            "To whom.",
        )
        .needed(),
        Key::new(
            "template",
            Value::Name(Reference::Letter),
            "The mail under `workflows/letters`.",
        )
        .needed(),
        ATTACH,
        Key::new(
            "calendar",
            Value::Boolean,
            "Whether the appointment goes with it as a calendar file: an invitation, or the cancellation once it was given back.",
        )
        .default("false"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static NOTIFY: Shape = Shape {
    name: "notify",
    title: "`notify`",
    doc: "Writes to staff.",
    keys: &[
        Key::new("role", ROLE_NAME, "To whom.").needed(),
        Key::new(
            "template",
            Value::Name(Reference::Letter),
            "The mail under `workflows/letters`.",
        )
        .needed(),
    ],
    variants: Variants::None,
    one_of: &[],
};

const DEPARTMENT: Value = Value::Either(&[Value::Name(Reference::Department), Value::Rule("text")]);
const QUEUE: Value = Value::Either(&[Value::Name(Reference::Queue), Value::Rule("text")]);

static DELIVER: Shape = Shape {
    name: "deliver",
    title: "`deliver`",
    doc: "Hands the case to an inbox. Without keys it goes where the form's routing says.",
    keys: &[
        Key::new(
            "department",
            DEPARTMENT,
            "Department, or a rule that yields its id.",
        )
        .default("that of the case"),
        Key::new(
            "queue",
            QUEUE,
            "Queue of that department; needed with `department`.",
        )
        .default("that of the case"),
        ATTACH,
    ],
    variants: Variants::None,
    one_of: &[],
};

static PAYMENT: Shape = Shape {
    name: "request-payment",
    title: "`request_payment`",
    doc: "Asks the applicant to pay.",
    keys: &[
        Key::new("amount", Value::Rule("number"), "The amount in euros.")
            .needed()
            .example("fee.total"),
        Key::new("purpose", Value::Texts, "What it is for."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static FORWARD: Shape = Shape {
    name: "forward",
    title: "`forward`",
    doc: "Moves the case to another department.",
    keys: &[
        Key::new(
            "department",
            DEPARTMENT,
            "Department, or a rule that yields its id.",
        )
        .needed(),
        Key::new(
            "queue",
            QUEUE,
            "Queue of that department, or a rule that yields its id.",
        )
        .needed()
        .example("event.queue"),
    ],
    variants: Variants::None,
    one_of: &[],
};
