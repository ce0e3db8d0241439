//! Forms and field libraries.

use super::{
    ACCEPT, FIELD, FILE_ID, HEADER, Key, Reference, SAMPLE, Shape, VERIFY, Value, Variants,
};

const TABLE_INPUTS: Value = Value::Entries(Reference::Input, &Value::Rule("type of the input"));
const TEXTS: Value = Value::List(&Value::Texts);

pub(super) static FORM: Shape = Shape {
    name: "form",
    title: "Form",
    doc: "A service: what citizens read about it, its questions, its fee, and where it goes.",
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
        Key::new(
            "migrate",
            Value::Either(&[
                Value::Map(&FORM_MIGRATION),
                Value::List(&Value::Map(&FORM_MIGRATION)),
            ]),
            "Where the answers of drafts of older versions go: a map, or one for each older version.",
        ),
        Key::new(
            "title",
            Value::Texts,
            "Name of the service, as citizens look for it.",
        )
        .needed()
        .example("{ de: Gewerbe anmelden, en: Register a business }"),
        Key::new(
            "summary",
            Value::Texts,
            "One or two sentences on what it is for.",
        )
        .needed(),
        Key::new(
            "service",
            Value::Map(&SERVICE),
            "What citizens read before they begin, and who works on it.",
        )
        .needed(),
        Key::new(
            "legal",
            Value::List(&Value::Map(&LEGAL)),
            "The laws and by-laws the service rests on.",
        ),
        Key::new(
            "identification",
            Value::Map(&IDENTIFICATION),
            "How sure the city must be who applies.",
        )
        .default("{ level: none }"),
        Key::new(
            "privacy",
            Value::Map(&PRIVACY),
            "What the privacy notice says.",
        )
        .needed(),
        Key::new(
            "data",
            Value::OneOrList(&Value::Name(Reference::Data)),
            "Data sets the rules may name.",
        )
        .example("[courses]"),
        Key::new(
            "applicant",
            Value::Map(&APPLICANT),
            "Whom letters and mails go to.",
        ),
        Key::new(
            "workflow",
            Value::Name(Reference::Workflow),
            "The workflow its cases run through.",
        )
        .needed()
        .example("notification-confirm"),
        Key::new(
            "with",
            Value::Entries(
                Reference::Param,
                &Value::Either(&[
                    Value::Map(&PARAM_TABLE),
                    Value::Rule("type of the parameter"),
                ]),
            ),
            "Parameters of the workflow, each a rule over the answers, or a table that decides.",
        )
        .example("{ payment: payment.payment_method }"),
        Key::new(
            "capacity",
            Value::Map(&CAPACITY),
            "Only where places are limited: of what, how many, and how many one submission takes.",
        ),
        Key::new(
            "publication",
            Value::Map(&PUBLICATION),
            "What of the answers everybody may read, once the workflow publishes the case. Never personal data.",
        ),
        Key::new(
            "appointment",
            Value::Map(&super::calendar::APPOINTMENT),
            "Only where the service leads to an appointment: in which calendar, and of which kind.",
        ),
        Key::new(
            "routing",
            Value::List(&Value::Map(&ROUTE)),
            "Where cases go: the first line that holds.",
        )
        .default("`department` and `queue` of `service`"),
        Key::new(
            "pages",
            Value::List(&Value::Map(&PAGE)),
            "The pages with their questions. Moving a field to another page breaks nothing.",
        )
        .needed(),
        Key::new(
            "fee",
            Value::List(&Value::Map(&FEE)),
            "The lines of the fee; the total is their sum.",
        ),
        Key::new(
            "checklist",
            Value::OneOrList(&Value::Name(Reference::Field)),
            "Two or three questions of the personal checklist on the page of the service: choices and yes or no questions outside of lists, by their paths.",
        )
        .default("the first such questions that decide on attachments or the fee")
        .example("[legal_form, owner.has_representative]"),
        Key::new(
            "parties",
            Value::Map(&PARTIES),
            "People besides the applicant whose word the law asks for: each gets an own link and sees only the own part.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static PARTIES: Shape = Shape {
    name: "parties",
    title: "Parties",
    doc: "Second guardians, co-owners, landlords: who must agree, and how long they have.",
    keys: &[
        Key::new(
            "within",
            Value::Map(&PARTY_PERIOD),
            "Time all of them have to answer.",
        )
        .needed()
        .example("{ days: 14 }"),
        Key::new(
            "remind",
            Value::Map(&PARTY_PERIOD),
            "When those who did not answer are reminded.",
        )
        .example("{ days: 7 }"),
        Key::new("who", Value::List(&Value::Map(&PARTY)), "Who they are.").needed(),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PARTY_PERIOD: Shape = Shape {
    name: "party-period",
    title: "Period for parties",
    doc: "Calendar days from when the parties are asked.",
    keys: &[Key::new("days", Value::Integer, "1 to 366.")
        .needed()
        .example("14")],
    variants: Variants::None,
    one_of: &[],
};

static PARTY: Shape = Shape {
    name: "party",
    title: "Party",
    doc: "Somebody whose word is needed.",
    keys: &[
        Key::new("id", Value::Id(Reference::Party), "Id of the party; scenarios name it `party/id`.")
            .needed()
            .example("second_guardian"),
        Key::new(
            "title",
            Value::Texts,
            "Who this is to the service; applicants, parties and clerks read it.",
        )
        .needed()
        .example("{ de: Zweite sorgeberechtigte Person, en: Second guardian }"),
        Key::new(
            "intro",
            Value::Texts,
            "What the party is asked to agree to, above its questions.",
        ),
        Key::new(
            "when",
            Value::Rule("true or false"),
            "When the party is needed.",
        )
        .default("always"),
        Key::new(
            "for_each",
            Value::Rule("list"),
            "One party for each entry of a list; needs `as`.",
        )
        .example("co_owners"),
        Key::new(
            "as",
            Value::Id(Reference::Item),
            "Name of the entry in the rules of this party.",
        )
        .example("owner"),
        Key::new("name", Value::Rule("text"), "The full name.").needed(),
        Key::new(
            "email",
            Value::Rule("text"),
            "Where the link goes. Where it is empty, the applicant can enter one on the status page, or a clerk records the answer on paper.",
        )
        .needed(),
        Key::new(
            "language",
            Value::Rule("text"),
            "`de` or `en`: the language to write in.",
        )
        .default("that of the applicant"),
        Key::new(
            "shows",
            Value::List(&Value::Either(&[
                Value::Name(Reference::Field),
                Value::Map(&SHOWN_PAGE),
            ])),
            "What the party may read: paths of questions or groups, pages, with `for_each` also the own entry by its name. Nothing that is not named.",
        )
        .example("[child.given_names, { page: course }]"),
        Key::new(
            "asks",
            Value::List(&Value::Map(&FIELD)),
            "Questions to the party, as in the form of an action: consent, text, attachment. Without any it confirms or declines.",
        ),
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};

static SHOWN_PAGE: Shape = Shape {
    name: "page-shown",
    title: "Page shown to a party",
    doc: "All answers of a page.",
    keys: &[Key::new("page", Value::Name(Reference::Page), "Id of the page.").needed()],
    variants: Variants::None,
    one_of: &[],
};

static SERVICE: Shape = Shape {
    name: "service",
    title: "Service",
    doc: "What citizens read about the service, and who works on it.",
    keys: &[
        Key::new(
            "department",
            Value::Name(Reference::Department),
            "Department of the catalogue.",
        )
        .needed()
        .example("public-order"),
        Key::new(
            "queue",
            Value::Name(Reference::Queue),
            "Queue of that department in which cases wait.",
        )
        .needed()
        .example("trade"),
        Key::new(
            "portals",
            Value::OneOrList(&Value::Name(Reference::Portal)),
            "Areas of life the service is listed under.",
        )
        .example("[business]"),
        Key::new(
            "leika",
            Value::Text,
            "Number in the catalogue of services (LeiKa), in quotes.",
        )
        .example("\"99050012104000\""),
        Key::new(
            "keywords",
            Value::Map(&KEYWORDS),
            "Other words citizens search with.",
        ),
        Key::new("who", Value::Texts, "Who may apply."),
        Key::new(
            "prerequisites",
            TEXTS,
            "What must be the case before one applies.",
        ),
        Key::new(
            "needed",
            TEXTS,
            "What to have at hand. Attachments are listed by themselves.",
        ),
        Key::new("deadlines", TEXTS, "By when one must apply."),
        Key::new("minutes", Value::Integer, "Minutes it takes to fill in."),
        Key::new("processing_time", Value::Texts, "How long the city takes."),
        Key::new(
            "cost",
            Value::Texts,
            "What it costs, in one or two sentences.",
        ),
        Key::new("next", TEXTS, "What happens after sending, step by step."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static KEYWORDS: Shape = Shape {
    name: "keywords",
    title: "Keywords",
    doc: "Words citizens search with, by language.",
    keys: &[
        Key::new("de", Value::OneOrList(&Value::Text), "German words."),
        Key::new("en", Value::OneOrList(&Value::Text), "English words."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static LEGAL: Shape = Shape {
    name: "legal",
    title: "Legal reference",
    doc: "A law or by-law the service rests on.",
    keys: &[
        Key::new("ref", Value::Text, "The reference, as lawyers write it.")
            .needed()
            .example("§ 14 Abs. 1 GewO"),
        VERIFY,
        SAMPLE,
    ],
    variants: Variants::None,
    one_of: &[],
};

static IDENTIFICATION: Shape = Shape {
    name: "identification",
    title: "Identification",
    doc: "How sure the city must be who applies.",
    keys: &[
        Key::new("level", Value::Words(LEVELS), "How sure.").needed(),
        Key::new("reason", Value::Texts, "Why, as citizens read it."),
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};

const LEVELS: &[(&str, &str)] = &[
    ("none", "Not at all."),
    ("email", "By a confirmed e-mail address."),
    (
        "substantial",
        "By an identification of eIDAS level substantial.",
    ),
    (
        "high",
        "By an identification of eIDAS level high, such as the identity card.",
    ),
    (
        "written",
        "In writing, where the law asks for the written form.",
    ),
];

static PRIVACY: Shape = Shape {
    name: "privacy",
    title: "Privacy",
    doc: "What the privacy notice of the service says.",
    keys: &[
        Key::new("purpose", Value::Texts, "What the answers are used for.").needed(),
        Key::new("basis", Value::Text, "The legal basis.")
            .needed()
            .example("Art. 6 Abs. 1 lit. e DSGVO"),
        Key::new(
            "retention",
            Value::Duration,
            "How long closed cases are kept.",
        )
        .needed()
        .example("P10Y"),
        Key::new("recipients", TEXTS, "Who else receives the answers."),
        VERIFY,
        SAMPLE,
    ],
    variants: Variants::None,
    one_of: &[],
};

static APPLICANT: Shape = Shape {
    name: "applicant",
    title: "Applicant",
    doc: "Whom letters and mails go to, as rules over the answers.",
    keys: &[
        Key::new("name", Value::Rule("text"), "Name on letters.")
            .needed()
            .example("owner.given_names + \" \" + owner.family_name"),
        Key::new(
            "email",
            Value::Rule("text"),
            "Where mails go; null for none.",
        )
        .example("contact.email"),
        Key::new(
            "address",
            Value::List(&Value::Rule("text")),
            "Lines of the postal address; a line that is null is left out.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

static CAPACITY: Shape = Shape {
    name: "capacity",
    title: "Capacity",
    doc: "Places that are limited, such as those of a course.",
    keys: &[
        Key::new("resource", Value::Rule("text"), "Name of what has places.")
            .needed()
            .example("'\"courses/\" + course_number'"),
        Key::new("limit", Value::Rule("number"), "How many places it has.")
            .needed()
            .example("courses[number = course_number][1].places"),
        Key::new(
            "quantity",
            Value::Rule("number"),
            "How many places this submission takes.",
        )
        .default("1")
        .example("count(participants)"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PUBLICATION: Shape = Shape {
    name: "publication",
    title: "Publication",
    doc: "What of the answers everybody may read. Rules that show something about a person are errors.",
    keys: &[
        Key::new(
            "when",
            Value::Rule("boolean"),
            "Whether this submission may be published.",
        )
        .default("always")
        .example("publish_consent = true"),
        Key::new("title", Value::Rule("text"), "The heading.").default("the label of `category`"),
        Key::new("text", Value::Rule("text"), "The text.")
            .needed()
            .example("description"),
        Key::new("place", Value::Rule("text"), "Where, in words.").example("place.street"),
        Key::new(
            "category",
            Value::Name(Reference::Field),
            "A choice people can filter by.",
        )
        .example("category"),
        Key::new(
            "district",
            Value::Name(Reference::Field),
            "A choice with the part of the town.",
        )
        .example("place.district"),
        Key::new(
            "procedure",
            Value::Rule("text"),
            "Key of the procedure a statement belongs to.",
        )
        .example("procedure"),
        Key::new(
            "procedures",
            Value::Map(&PROCEDURES),
            "The procedures people can take part in.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PROCEDURES: Shape = Shape {
    name: "procedures",
    title: "Procedures",
    doc: "A data set with the procedures, and which column says what.",
    keys: &[
        Key::new("data", Value::Name(Reference::Data), "The data set.")
            .needed()
            .example("procedures"),
        Key::new("key", Value::Text, "Column with the key.")
            .needed()
            .example("id"),
        Key::new(
            "service",
            Value::Text,
            "Column with the id of the service; only rows of this form count.",
        )
        .example("service"),
        Key::new("title", Value::Text, "Column with the name.")
            .needed()
            .example("title"),
        Key::new("title_en", Value::Text, "Column with the English name.").example("title_en"),
        Key::new("summary", Value::Text, "Column with a sentence about it.").example("summary"),
        Key::new(
            "summary_en",
            Value::Text,
            "Column with the English sentence.",
        )
        .example("summary_en"),
        Key::new("opens", Value::Text, "Column with the first day.").example("opens_on"),
        Key::new("closes", Value::Text, "Column with the last day.").example("closes_on"),
        Key::new(
            "documents",
            Value::Text,
            "Column with the address of the documents.",
        )
        .example("documents"),
    ],
    variants: Variants::None,
    one_of: &[],
};

const NO_TABLE: &[&str] = &["no table"];

static ROUTE: Shape = Shape {
    name: "route",
    title: "Line of the routing",
    doc: "Where cases go when the condition holds: `department` and `queue`, or a table that decides.",
    keys: &[
        Key::new(
            "when",
            Value::Rule("boolean"),
            "When this line holds. The last line has none.",
        ),
        Key::new(
            "department",
            Value::Name(Reference::Department),
            "Department of the catalogue.",
        )
        .needed_in(NO_TABLE)
        .only(NO_TABLE),
        Key::new(
            "queue",
            Value::Name(Reference::Queue),
            "Queue of that department.",
        )
        .needed_in(NO_TABLE)
        .only(NO_TABLE),
        Key::new(
            "table",
            Value::Name(Reference::Table),
            "The decision table that yields `department/queue`, in place of both.",
        )
        .needed_in(&["table"])
        .only(&["table"]),
        Key::new("with", TABLE_INPUTS, "The inputs of the table.")
            .only(&["table"])
            .example("{ legal_form: legal_form }"),
    ],
    variants: Variants::With("table", "no table"),
    one_of: &[],
};

static FORM_MIGRATION: Shape = Shape {
    name: "form-migration",
    title: "Migration of drafts",
    doc: "Where the answers of drafts begun on one older version go, see [versions](versions.md). What is not named keeps its path.",
    keys: &[
        Key::new("from", Value::Integer, "The older version.")
            .needed()
            .example("1"),
        Key::new(
            "fields",
            Value::Entries(Reference::OldField, &Value::Name(Reference::Field)),
            "Paths of fields of the older version with those of this one; within a list entry by entry.",
        )
        .example("{ phone: contact.phone }"),
        Key::new(
            "drop",
            Value::OneOrList(&Value::Text),
            "Paths of fields of the older version whose answers are not needed any more.",
        )
        .example("[fax]"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PARAM_TABLE: Shape = Shape {
    name: "param-table",
    title: "Parameter from a table",
    doc: "A decision table that yields a parameter of the workflow. Where none of its rules holds, the parameter has its default.",
    keys: &[
        Key::new(
            "table",
            Value::Name(Reference::Table),
            "The decision table.",
        )
        .needed()
        .example("deadlines"),
        Key::new("with", TABLE_INPUTS, "The inputs of the table.").example("{ kind: kind }"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static PAGE: Shape = Shape {
    name: "page",
    title: "Page",
    doc: "One page of the form.",
    keys: &[
        Key::new("id", Value::Id(Reference::Page), "Id of the page.").needed(),
        Key::new("title", Value::Texts, "Heading of the page.").needed(),
        Key::new(
            "visible",
            Value::Rule("boolean"),
            "Rule for when the page is shown.",
        )
        .default("true"),
        Key::new("intro", Value::Texts, "Text above the questions."),
        Key::new("fields", Value::List(&Value::Map(&FIELD)), "The questions.").needed(),
        Key::new(
            "checks",
            Value::List(&Value::Map(&CHECK)),
            "Rules across several questions.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

static CHECK: Shape = Shape {
    name: "check",
    title: "Check",
    doc: "A rule across several questions. The message appears when `assert` is false; null counts as fulfilled.",
    keys: &[
        Key::new("id", Value::Id(Reference::Check), "Id of the check.").needed(),
        Key::new("assert", Value::Rule("boolean"), "What must be true.")
            .needed()
            .example("age(owner.birth_date) >= 18"),
        Key::new(
            "at",
            Value::Name(Reference::Field),
            "Path of the field the message is shown at.",
        )
        .needed()
        .example("owner.birth_date"),
        Key::new(
            "level",
            Value::Words(CHECK_LEVELS),
            "Whether it keeps the citizen on the page.",
        )
        .default("error"),
        Key::new("message", Value::Texts, "What is wrong and what to do.").needed(),
        VERIFY,
        SAMPLE,
    ],
    variants: Variants::None,
    one_of: &[],
};

const CHECK_LEVELS: &[(&str, &str)] = &[
    ("error", "Keeps the citizen on the page."),
    ("warning", "Is shown and may be passed."),
];

static FEE: Shape = Shape {
    name: "fee",
    title: "Line of the fee",
    doc: "One line of the fee. It has either `amount` or `table`; a line whose amount is zero is left out.",
    keys: &[
        Key::new("id", Value::Id(Reference::FeeLine), "Id of the line.").needed(),
        Key::new(
            "label",
            Value::Texts,
            "What it is for. A label of the table's line stands in its place.",
        )
        .needed(),
        Key::new("basis", Value::Text, "Where the amount is laid down."),
        Key::new(
            "when",
            Value::Rule("boolean"),
            "When it is due; it may name the item of `for_each`.",
        )
        .default("true"),
        Key::new(
            "for_each",
            Value::Rule("list"),
            "A list: the line is due once for each entry.",
        )
        .example("participants"),
        Key::new(
            "as",
            Value::Id(Reference::Item),
            "Name of the entry in the rules of this line; needed with `for_each`.",
        )
        .example("item"),
        Key::new("amount", Value::Rule("number"), "The amount in euros."),
        Key::new(
            "table",
            Value::Name(Reference::Table),
            "The decision table that yields the amount.",
        ),
        Key::new("with", TABLE_INPUTS, "The inputs of the table.")
            .example("{ group: legal_form.group, further: 2 }"),
        VERIFY,
        SAMPLE,
    ],
    variants: Variants::None,
    one_of: &["amount", "table"],
};

pub(super) static LIBRARY: Shape = Shape {
    name: "library",
    title: "Field library",
    doc: "Groups of fields that forms share with `use: library.group`. Conditions inside see the group's own fields first.",
    keys: &[
        HEADER,
        FILE_ID,
        Key::new("title", Value::Texts, "What the library holds."),
        Key::new(
            "groups",
            Value::Entries(Reference::OwnGroup, &Value::Map(&GROUP)),
            "The groups by name.",
        )
        .needed(),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static GROUP: Shape = Shape {
    name: "group",
    title: "Group of fields",
    doc: "Fields that belong together.",
    keys: &[
        Key::new("title", Value::Texts, "The label where a form gives none."),
        VERIFY,
        SAMPLE,
        Key::new("fields", Value::List(&Value::Map(&FIELD)), "The fields.").needed(),
        Key::new(
            "checks",
            Value::List(&Value::Map(&CHECK)),
            "Rules across the fields of the group. They hold wherever the group is used; names and `at` are those of the group.",
        ),
    ],
    variants: Variants::None,
    one_of: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_are_those_of_the_decoder() {
        let described: Vec<&str> = LEVELS.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            described,
            crate::form::IdentificationLevel::NAMES.map(|(name, _)| name)
        );
    }
}
