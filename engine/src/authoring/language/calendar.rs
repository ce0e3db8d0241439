//! Calendars of appointments, and what forms and workflows say of them.

use super::{ACCEPT, FILE_ID, HEADER, Key, Reference, SAMPLE, Shape, VERIFY, Value, Variants};

pub(super) static CALENDAR: Shape = Shape {
    name: "calendar",
    title: "Calendar",
    doc: "Where and when a department sees people: rooms, kinds of appointments, hours. Holidays of North Rhine-Westphalia are closed by themselves.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new(
            "department",
            Value::Name(Reference::Department),
            "The department whose clerks see the list of the day and block times off.",
        )
        .needed(),
        Key::new("title", Value::Texts, "What it is called.").needed(),
        Key::new("place", Value::Texts, "Where to go, in one line.")
            .needed()
            .example(
                "{ de: \"Rathausplatz 1, Erdgeschoss\", en: \"Rathausplatz 1, ground floor\" }",
            ),
        SAMPLE,
        VERIFY,
        Key::new(
            "rooms",
            Value::List(&Value::Map(&ROOM)),
            "Rooms, counters, halls.",
        )
        .needed(),
        Key::new(
            "kinds",
            Value::List(&Value::Map(&KIND)),
            "Kinds of appointments, which forms name.",
        )
        .needed(),
        Key::new(
            "hours",
            Value::List(&Value::Map(&HOURS)),
            "When appointments are given, week by week.",
        )
        .needed(),
        Key::new(
            "closed",
            Value::List(&Value::Map(&CLOSED)),
            "Days without appointments besides the holidays.",
        ),
        Key::new("booking", Value::Map(&BOOKING), "How it is booked."),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static ROOM: Shape = Shape {
    name: "room",
    title: "Room",
    doc: "A room with its desks.",
    keys: &[
        Key::new("id", Value::Text, "Id within the calendar.").needed(),
        Key::new("title", Value::Texts, "What people read.").needed(),
        Key::new(
            "desks",
            Value::Integer,
            "How many people can be seen at the same time.",
        )
        .default("1"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static KIND: Shape = Shape {
    name: "appointment-kind",
    title: "Kind of appointment",
    doc: "What an appointment can be for.",
    keys: &[
        Key::new("id", Value::Text, "Id within the calendar.").needed(),
        Key::new(
            "title",
            Value::Texts,
            "What people read, also in their own calendar.",
        )
        .needed(),
        Key::new(
            "minutes",
            Value::Integer,
            "How long it takes where the form does not say; in steps of five.",
        )
        .needed(),
        Key::new(
            "rooms",
            Value::OneOrList(&Value::Text),
            "Rooms it can be held in, in the order they are filled.",
        )
        .default("all rooms"),
        Key::new(
            "bring",
            Value::List(&Value::Texts),
            "What people bring, for letters and the calendar file.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

const DAYS: &[(&str, &str)] = &[
    ("mon", "Monday."),
    ("tue", "Tuesday."),
    ("wed", "Wednesday."),
    ("thu", "Thursday."),
    ("fri", "Friday."),
    ("sat", "Saturday."),
    ("sun", "Sunday."),
];

static HOURS: Shape = Shape {
    name: "calendar-hours",
    title: "Hours of a calendar",
    doc: "A weekly pattern. Appointments begin at `from` and every `step` minutes after it, and have ended by `to`.",
    keys: &[
        Key::new(
            "days",
            Value::OneOrList(&Value::Words(DAYS)),
            "Days of the week.",
        )
        .needed(),
        Key::new("from", Value::Text, "Begin, in quotes.")
            .needed()
            .example("\"07:30\""),
        Key::new("to", Value::Text, "End, in quotes.")
            .needed()
            .example("\"12:30\""),
        Key::new("valid_from", Value::Date, "First day it holds."),
        Key::new("valid_to", Value::Date, "Last day it holds."),
        Key::new(
            "rooms",
            Value::OneOrList(&Value::Text),
            "Rooms it holds for.",
        )
        .default("all rooms"),
        Key::new(
            "kinds",
            Value::OneOrList(&Value::Text),
            "Kinds it holds for.",
        )
        .default("all kinds"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static CLOSED: Shape = Shape {
    name: "closed-days",
    title: "Closed days",
    doc: "Days on which nobody is seen.",
    keys: &[
        Key::new("from", Value::Date, "First day.").needed(),
        Key::new("to", Value::Date, "Last day.").default("the first"),
        Key::new("reason", Value::Texts, "Why."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static BOOKING: Shape = Shape {
    name: "booking",
    title: "Booking",
    doc: "How a calendar is booked.",
    keys: &[
        Key::new("step", Value::Integer, "Minutes between two begins.").default("15"),
        Key::new(
            "buffer",
            Value::Integer,
            "Minutes a desk stays free after an appointment.",
        )
        .default("0"),
        Key::new(
            "earliest_hours",
            Value::Integer,
            "Hours from now to the first appointment citizens may take.",
        )
        .default("2"),
        Key::new(
            "latest_days",
            Value::Integer,
            "Days from now to the last appointment citizens may take.",
        )
        .default("60"),
        Key::new(
            "change_until_hours",
            Value::Integer,
            "Hours before an appointment until which `appointment.changeable` holds.",
        )
        .default("24"),
        Key::new(
            "hold_minutes",
            Value::Integer,
            "Minutes a chosen appointment is held while the form is filled in; every saved page begins them anew.",
        )
        .default("15"),
    ],
    variants: Variants::None,
    one_of: &[],
};

/// `appointment:` of a form.
pub(super) static APPOINTMENT: Shape = Shape {
    name: "appointment",
    title: "Appointment",
    doc: "The appointment a service leads to. A field of the type `slot` asks for one on sending; without such a field the workflow asks later.",
    keys: &[
        Key::new(
            "calendar",
            Value::Text,
            "The calendar under `catalogue/calendars`.",
        )
        .needed()
        .example("citizen-service"),
        Key::new(
            "kind",
            Value::Rule("text"),
            "A kind of the calendar, or a rule that yields one.",
        )
        .needed()
        .example("passport"),
        Key::new(
            "room",
            Value::Rule("text"),
            "The room of the calendar people chose.",
        )
        .default("any room of the kind")
        .example("office"),
        Key::new(
            "minutes",
            Value::Rule("number"),
            "How long it takes; rounded up to five minutes.",
        )
        .default("those of the kind")
        .example("10 * count(persons)"),
    ],
    variants: Variants::None,
    one_of: &[],
};

/// `appointment:` as an action of a workflow.
pub(super) const WAYS: &[(&str, &str)] = &[
    ("take", "Takes the slot chosen with the form."),
    ("release", "Gives the slot back."),
    ("attended", "Notes that the person came."),
    ("no_show", "Notes that the person did not come."),
];

pub(super) static TAKE: Shape = Shape {
    name: "taken-appointment",
    title: "`appointment`",
    doc: "Takes a slot in place of the one the case has.",
    keys: &[Key::new(
        "take",
        Value::Rule("text"),
        "The slot, mostly the answer of a field of the type `slot`.",
    )
    .needed()
    .example("event.slot")],
    variants: Variants::None,
    one_of: &[],
};
