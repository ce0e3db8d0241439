//! What forms share: departments, codelists, data sets.

use super::{ACCEPT, FILE_ID, HEADER, Key, Reference, SAMPLE, Shape, VERIFY, Value, Variants};

pub(super) static DEPARTMENTS: Shape = Shape {
    name: "departments",
    title: "Departments",
    doc: "The departments of the city with their queues.",
    keys: &[
        HEADER,
        Key::new(
            "departments",
            Value::List(&Value::Map(&DEPARTMENT)),
            "The departments in the order in which they are listed.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static DEPARTMENT: Shape = Shape {
    name: "department",
    title: "Department",
    doc: "A department of the city.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Department),
            "Id of the department.",
        )
        .needed()
        .example("public-order"),
        Key::new("name", Value::Texts, "Its name.").needed(),
        Key::new("email", Value::Text, "E-mail address."),
        Key::new(
            "phone",
            Value::Text,
            "Telephone number as shown, in quotes.",
        ),
        Key::new(
            "address",
            Value::Either(&[Value::Map(&ADDRESS), Value::OneOrList(&Value::Text)]),
            "Postal address without the name: a map, or its lines.",
        ),
        Key::new(
            "hours",
            Value::List(&Value::Texts),
            "Opening hours as lines of text; better `opening_hours`.",
        ),
        Key::new(
            "opening_hours",
            Value::Map(&HOURS),
            "Opening hours by day. A day that is missing is closed.",
        ),
        Key::new("note", Value::Texts, "A remark below the hours."),
        Key::new(
            "responsibilities",
            Value::List(&Value::Texts),
            "What it does, for the list of departments.",
        ),
        Key::new(
            "queues",
            Value::List(&Value::Map(&QUEUE)),
            "Queues cases wait in.",
        ),
        SAMPLE,
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};

static ADDRESS: Shape = Shape {
    name: "address",
    title: "Address",
    doc: "Where the department is.",
    keys: &[
        Key::new("street", Value::Text, "Street and number."),
        Key::new("postcode", Value::Text, "Postcode, in quotes."),
        Key::new("city", Value::Text, "Town."),
        Key::new(
            "accessible",
            Value::Boolean,
            "Whether it can be reached without steps.",
        )
        .default("false"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static HOURS: Shape = Shape {
    name: "opening-hours",
    title: "Opening hours",
    doc: "Opening hours by day, such as `\"08:00-12:00, 14:00-16:00\"`.",
    keys: &[
        Key::new("mon", Value::Text, "Monday.").example("\"08:00-12:00, 14:00-16:00\""),
        Key::new("tue", Value::Text, "Tuesday."),
        Key::new("wed", Value::Text, "Wednesday."),
        Key::new("thu", Value::Text, "Thursday."),
        Key::new("fri", Value::Text, "Friday."),
        Key::new("sat", Value::Text, "Saturday."),
        Key::new("sun", Value::Text, "Sunday."),
        Key::new("note", Value::Texts, "A remark below the hours."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static QUEUE: Shape = Shape {
    name: "queue",
    title: "Queue",
    doc: "Where cases of a department wait.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Queue),
            "Id within the department.",
        )
        .needed(),
        Key::new("name", Value::Texts, "Its name.").needed(),
        Key::new("email", Value::Text, "E-mail address of its own."),
    ],
    variants: Variants::None,
    one_of: &[],
};

pub(super) static CODELIST: Shape = Shape {
    name: "codelist",
    title: "Codelist",
    doc: "Options shared by forms, such as countries.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new("title", Value::Texts, "What it lists."),
        Key::new("source", Value::Text, "Where it comes from."),
        Key::new(
            "options",
            Value::List(&Value::Map(&CODE)),
            "The options in the order shown.",
        )
        .needed(),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static CODE: Shape = Shape {
    name: "code",
    title: "Option of a codelist",
    doc: "One option.",
    keys: &[
        Key::new("id", Value::Id(Reference::Choice), "What is stored.").needed(),
        Key::new("de", Value::Text, "The German text.").needed(),
        Key::new("en", Value::Text, "The English text."),
    ],
    variants: Variants::None,
    one_of: &[],
};

pub(super) static DATA: Shape = Shape {
    name: "data",
    title: "Data set",
    doc: "Rows with typed columns that rules look into: `courses[number = course_number][1].fee`.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new("title", Value::Texts, "What it holds."),
        SAMPLE,
        VERIFY,
        Key::new(
            "key",
            Value::Name(Reference::Column),
            "The column that names a row; no two rows may have the same.",
        ),
        Key::new(
            "columns",
            Value::Entries(Reference::Column, &Value::Words(COLUMN_TYPES)),
            "The columns with their types.",
        )
        .needed(),
        Key::new(
            "rows",
            Value::List(&Value::Entries(
                Reference::Column,
                &Value::Either(&[Value::Scalar, Value::Nothing]),
            )),
            "The rows. A cell that is missing is null.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

const COLUMN_TYPES: &[(&str, &str)] = &[
    ("text", "A text."),
    ("integer", "A whole number."),
    ("number", "A number."),
    ("money", "An amount in euros."),
    ("year", "A year."),
    ("date", "A date."),
    ("boolean", "True or false."),
    ("time", "A time such as 18:30."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_decoder() {
        let described: Vec<&str> = COLUMN_TYPES.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, crate::catalogue::COLUMNS.map(|(name, _)| name));
    }
}
