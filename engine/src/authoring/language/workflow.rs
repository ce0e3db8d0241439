//! Workflows: roles, variables, states, events, timers and actions.

use super::{FIELD, FILE_ID, HEADER, Key, Reference, Shape, Value, Variants};

const ROLE_NAME: Value = Value::Name(Reference::Role);
const TARGET: Value = Value::OneOrList(&Value::Name(Reference::State));
const ACTIONS: Value = Value::List(&Value::Map(&ACTION));

const GUARD: Key = Key::new(
    "guard",
    Value::Rule("boolean"),
    "Only when this holds; else it is as if it were not there.",
)
.example("fee.total > 0");
const GO: Key = Key::new(
    "target",
    TARGET,
    "The state to go to, by name or full path. Without it only the actions run.",
)
.example("open.review");
const INTERNAL: Key = Key::new(
    "internal",
    Value::Boolean,
    "Stays inside: a state that contains the target is not left and entered again.",
)
.default("false");
const DO: Key = Key::new("actions", ACTIONS, "What happens on the way, in order.");

pub(super) static WORKFLOW: Shape = Shape {
    name: "workflow",
    title: "Workflow",
    doc: "The states a case runs through, who may do what in them, and what then happens. A statechart after W3C SCXML.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new(
            "version",
            Value::Integer,
            "Counts up with every change that is published.",
        )
        .needed()
        .example("1"),
        Key::new("title", Value::Texts, "What kind of case it is for.").needed(),
        Key::new(
            "roles",
            Value::Entries(Reference::Role, &Value::Map(&ROLE)),
            "Who takes part. `applicant` and `system` are always there.",
        ),
        Key::new(
            "params",
            Value::Entries(Reference::Param, &Value::Map(&PARAM)),
            "What a form can set under `with:`.",
        ),
        Key::new(
            "vars",
            Value::Entries(Reference::Variable, &Value::Map(&PARAM)),
            "What the workflow remembers; written by `set` and `append` only.",
        ),
        Key::new(
            "forms",
            Value::Entries(Reference::SmallForm, &Value::List(&Value::Map(&FIELD))),
            "Small forms of actions; fields as in forms, without `use`.",
        ),
        Key::new(
            "initial",
            Value::Name(Reference::State),
            "The state a case begins in.",
        )
        .needed(),
        Key::new(
            "states",
            Value::Entries(Reference::State, &Value::Map(&STATE)),
            "The states by name.",
        )
        .needed(),
    ],
    variants: Variants::None,
    one_of: &[],
};

static ROLE: Shape = Shape {
    name: "role",
    title: "Role",
    doc: "Who takes part.",
    keys: &[
        Key::new("kind", Value::Words(ROLE_KINDS), "Whether it is a citizen.").default("staff"),
        Key::new("title", Value::Texts, "Its name, as staff read it."),
    ],
    variants: Variants::None,
    one_of: &[],
};

const ROLE_KINDS: &[(&str, &str)] = &[
    ("citizen", "Whoever sent the form."),
    ("staff", "Staff of the city."),
];

static PARAM: Shape = Shape {
    name: "parameter",
    title: "Parameter or variable",
    doc: "A value with a type.",
    keys: &[
        Key::new("type", Value::Words(PARAM_TYPES), "Its type.").needed(),
        Key::new(
            "default",
            Value::Either(&[Value::Scalar, Value::List(&Value::Scalar)]),
            "Its value as long as nobody set it.",
        )
        .default("null; of a list `[]`"),
    ],
    variants: Variants::None,
    one_of: &[],
};

const PARAM_TYPES: &[(&str, &str)] = &[
    ("text", "A text."),
    ("number", "A number."),
    ("integer", "A whole number."),
    ("money", "An amount in euros; letters write it as one."),
    ("boolean", "True or false."),
    ("date", "A date."),
    ("list", "A list of texts."),
];

const STATE_TYPES: &[(&str, &str)] = &[
    ("atomic", "A state without states inside; need not be said."),
    (
        "compound",
        "A state with states inside, one of which is active; need not be said.",
    ),
    ("parallel", "All states inside are active at once."),
    (
        "final",
        "The end: the case is closed, or the state around it is done.",
    ),
    (
        "history",
        "Goes back to where the state around it was left.",
    ),
];

const LIVE: &[&str] = &["atomic", "compound", "parallel"];
const NESTED: &[&str] = &["compound", "parallel"];
const ENTERED: &[&str] = &["atomic", "compound", "parallel", "final"];

static STATE: Shape = Shape {
    name: "state",
    title: "State",
    doc: "Where a case stands. Which keys it has depends on its `type`.",
    keys: &[
        Key::new("type", Value::Words(STATE_TYPES), "The kind of state.")
            .default("seen from its content"),
        Key::new(
            "outcome",
            Value::Text,
            "How the case ended, for statistics.",
        )
        .only(&["final"])
        .example("granted"),
        Key::new("label", Value::Texts, "What staff read."),
        Key::new("public", Value::Texts, "What the citizen reads."),
        Key::new(
            "initial",
            Value::Name(Reference::State),
            "The state inside in which it begins.",
        )
        .needed_in(&["compound"])
        .only(&["compound"]),
        Key::new("history", Value::Words(DEPTHS), "How exactly it remembers.")
            .default("shallow")
            .only(&["history"]),
        Key::new("default", TARGET, "Where to go when nothing is remembered.")
            .needed_in(&["history"])
            .only(&["history"]),
        Key::new(
            "deadline",
            Value::Words(&[("none", "It may wait for ever, on purpose.")]),
            "Says that the state has no timer on purpose.",
        )
        .only(LIVE),
        Key::new(
            "entry",
            ACTIONS,
            "What happens when it is entered, in order.",
        )
        .only(ENTERED),
        Key::new(
            "always",
            Value::List(&Value::Map(&ALWAYS)),
            "Goes on at once: the first branch whose guard holds. The last has no guard.",
        )
        .only(LIVE),
        Key::new("task", Value::Map(&TASK), "Whose turn it is.").only(LIVE),
        Key::new(
            "events",
            Value::Entries(
                Reference::Event,
                &Value::Either(&[Value::Map(&EVENT), Value::List(&Value::Map(&EVENT))]),
            ),
            "What people and systems can do: a map, or a list of maps tried in order.",
        )
        .only(LIVE),
        Key::new(
            "on_done",
            Value::Either(&[Value::Name(Reference::State), Value::Map(&ON_DONE)]),
            "Where to go when the states inside have come to their end.",
        )
        .only(NESTED),
        Key::new(
            "after",
            Value::List(&Value::Map(&TIMER)),
            "Timers; they begin when the state is entered and end when it is left.",
        )
        .only(LIVE),
        Key::new("exit", ACTIONS, "What happens when it is left, in order.").only(ENTERED),
        Key::new(
            "states",
            Value::Entries(Reference::State, &Value::Map(&STATE)),
            "The states inside.",
        )
        .needed_in(NESTED)
        .only(NESTED),
    ],
    variants: Variants::State,
    one_of: &[],
};

const DEPTHS: &[(&str, &str)] = &[
    ("shallow", "Remembers the state directly inside."),
    ("deep", "Remembers the innermost state."),
];

static ALWAYS: Shape = Shape {
    name: "always",
    title: "Branch of `always`",
    doc: "Goes on at once when its guard holds.",
    keys: &[
        GUARD,
        INTERNAL,
        Key::new("target", TARGET, "The state to go to.").needed(),
        DO,
    ],
    variants: Variants::None,
    one_of: &[],
};

static ON_DONE: Shape = Shape {
    name: "on-done",
    title: "`on_done` with actions",
    doc: "What happens when the states inside have come to their end.",
    keys: &[GUARD, INTERNAL, GO, DO],
    variants: Variants::None,
    one_of: &[],
};

static TASK: Shape = Shape {
    name: "task",
    title: "Task",
    doc: "Whose turn it is.",
    keys: &[Key::new("role", ROLE_NAME, "The role whose list the case is in.").needed()],
    variants: Variants::None,
    one_of: &[],
};

static EVENT: Shape = Shape {
    name: "event",
    title: "Event",
    doc: "What somebody can do. In a list the later maps take over `by`, `label`, `description`, `style`, `form` and `not_by_actor_of` from the one before.",
    keys: &[
        Key::new(
            "by",
            Value::OneOrList(&ROLE_NAME),
            "Who may do it: roles, `applicant`, or `system`. Needed in the first map.",
        )
        .example("[clerk]"),
        Key::new(
            "label",
            Value::Texts,
            "What the button says. Needed where people do it.",
        ),
        Key::new("description", Value::Texts, "A sentence below the button."),
        Key::new("style", Value::Words(STYLES), "How the button looks.").default("secondary"),
        Key::new(
            "form",
            Value::Name(Reference::SmallForm),
            "Small form that is filled in first; its answers are `event.…`.",
        ),
        Key::new(
            "require",
            Value::Rule("boolean"),
            "Shown, but refused with `message` unless this holds.",
        ),
        Key::new(
            "message",
            Value::Texts,
            "Why it is refused; needed with `require`.",
        ),
        Key::new(
            "not_by_actor_of",
            Value::OneOrList(&Value::Name(Reference::Event)),
            "Four eyes: not by whoever last caused one of these events.",
        )
        .example("[propose]"),
        GUARD,
        INTERNAL,
        GO,
        DO,
    ],
    variants: Variants::None,
    one_of: &[],
};

const STYLES: &[(&str, &str)] = &[
    ("primary", "What is usually done next."),
    ("secondary", "Something else that can be done."),
    ("danger", "Something that cannot be undone."),
];

static TIMER: Shape = Shape {
    name: "timer",
    title: "Timer",
    doc: "What happens after some time in a state.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Timer),
            "Name of the timer within the state.",
        )
        .needed(),
        Key::new("wait", Value::Map(&WAIT), "How long.")
            .needed()
            .example("{ working_days: 3 }"),
        Key::new(
            "due",
            Value::Boolean,
            "Marks the deadline clerks and citizens see.",
        )
        .default("false"),
        GUARD,
        INTERNAL,
        GO,
        DO,
    ],
    variants: Variants::None,
    one_of: &[],
};

const COUNT: Value = Value::Rule("number");

static WAIT: Shape = Shape {
    name: "wait",
    title: "Wait",
    doc: "How long: exactly one of the units. Days count from the day after and end at 24:00.",
    keys: &[
        Key::new("hours", COUNT, "Hours, counted through."),
        Key::new("days", COUNT, "Calendar days."),
        Key::new("weeks", COUNT, "Weeks."),
        Key::new("months", COUNT, "Months."),
        Key::new(
            "working_days",
            COUNT,
            "Working days of the city's calendar.",
        ),
        Key::new("until", Value::Rule("date"), "Until the end of this date.").example("vars.date"),
        Key::new(
            "roll",
            Value::Words(&[(
                "next_working_day",
                "An end on a Saturday, Sunday or holiday moves to the next working day (§ 193 BGB).",
            )]),
            "What happens when it ends on a free day; not with `hours`.",
        ),
    ],
    variants: Variants::None,
    one_of: &["hours", "days", "weeks", "months", "working_days", "until"],
};

static ACTION: Shape = Shape {
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
            "places",
            Value::Words(PLACES),
            "Takes, gives back or waits for places.",
        ),
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
    ],
    variants: Variants::OneKey,
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
