//! Workflows: roles, variables, states, events and timers.

use super::action::ACTION;
use super::{ACCEPT, FIELD, FILE_ID, HEADER, Key, Reference, Shape, Value, Variants};

pub(super) const ROLE_NAME: Value = Value::Name(Reference::Role);
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
            "migrate",
            Value::Either(&[Value::Map(&MIGRATION), Value::List(&Value::Map(&MIGRATION))]),
            "How open cases of older versions come to this one: a map, or one for each older version.",
        ),
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
            "publication",
            Value::Map(&PUBLICATION),
            "Variables that hold what is published of a case. A field of an action's form with the name of such a variable begins with the present text.",
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
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static MIGRATION: Shape = Shape {
    name: "migration",
    title: "Migration",
    doc: "How open cases of one older version come to this one, see [versions](versions.md). What is not named stays as it is.",
    keys: &[
        Key::new("from", Value::Integer, "The older version.")
            .needed()
            .example("1"),
        Key::new(
            "states",
            Value::Entries(Reference::OldState, &Value::Name(Reference::State)),
            "Paths of states of the older version, with their new full paths; what is inside moves along.",
        )
        .example("{ checking: open.review }"),
        Key::new(
            "vars",
            Value::Entries(Reference::Variable, &Value::Rule("type of the variable")),
            "Variables that are computed from the old ones.",
        )
        .example("{ asked: vars.rounds }"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PUBLICATION: Shape = Shape {
    name: "workflow-publication",
    title: "Published variables",
    doc: "Texts a clerk wrote; each takes the place of what the form proposes.",
    keys: &[
        Key::new("title", Value::Name(Reference::Variable), "The heading.").example("public_title"),
        Key::new("text", Value::Name(Reference::Variable), "The text.").example("public_text"),
        Key::new(
            "answer",
            Value::Name(Reference::Variable),
            "What the city answers.",
        )
        .example("answer"),
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
        Key::new(
            "until",
            Value::Rule("date"),
            "Until the end of this date, or until this date and time.",
        )
        .example("vars.date"),
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
