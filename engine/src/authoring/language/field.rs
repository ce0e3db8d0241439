//! Fields: the questions of forms, libraries and the small forms of workflows.

use super::{Key, Reference, SAMPLE, Shape, VERIFY, Value, Variants};

/// Variants that are a question of their own kind, not a group of a library.
const TYPED: &[&str] = &[
    "text",
    "choice",
    "choices",
    "boolean",
    "date",
    "year",
    "integer",
    "number",
    "money",
    "email",
    "phone",
    "url",
    "iban",
    "slot",
    "postcode",
    "country",
    "attachment",
    "consent",
    "info",
    "group",
    "list",
];
/// Variants with an answer.
const ANSWERED: &[&str] = &[
    "text",
    "choice",
    "choices",
    "boolean",
    "date",
    "year",
    "integer",
    "number",
    "money",
    "email",
    "phone",
    "url",
    "iban",
    "slot",
    "postcode",
    "country",
    "attachment",
    "consent",
    "group",
    "list",
    "use",
];
/// Variants with one answer in one place.
const SINGLE: &[&str] = &[
    "text", "choice", "choices", "boolean", "date", "year", "integer", "number", "money", "email",
    "phone", "url", "iban", "slot", "postcode", "country", "consent",
];
const BOUNDED: &[&str] = &[
    "date", "year", "integer", "number", "money", "choices", "list",
];
const LENGTHS: &[&str] = &["text", "email", "phone", "url", "postcode"];
const CHOSEN: &[&str] = &["choice", "choices"];
const FILES: &[&str] = &["attachment"];

pub(super) const FIELD_TYPES: &[(&str, &str)] = &[
    ("text", "One line of text; several with `multiline: true`."),
    ("choice", "One of the `options`."),
    ("choices", "Any number of the `options`."),
    ("boolean", "A question answered yes or no."),
    ("date", "A date."),
    ("year", "A year of four digits."),
    ("integer", "A whole number."),
    ("number", "A number, also with decimals."),
    ("money", "An amount in euros."),
    ("email", "An e-mail address."),
    ("phone", "A telephone number."),
    ("url", "The address of a website."),
    (
        "iban",
        "An account number; country, length and check digits are checked.",
    ),
    (
        "slot",
        "A free appointment, chosen by day and time; see `appointment` of the form.",
    ),
    ("postcode", "A postcode."),
    ("country", "A country of the codelist `countries`."),
    ("attachment", "Files handed in."),
    ("consent", "A box to tick; it must be ticked when required."),
    ("info", "Text only, without an answer: `label` is the text."),
    ("group", "Fields that belong together."),
    (
        "list",
        "Fields that repeat: one entry for each person, course, …",
    ),
];

const CHANGES: &[(&str, &str)] = &[
    ("omit", "Leaves the field out."),
    ("required", "Makes the field required."),
    ("optional", "Makes the field optional."),
];

/// One question.
pub static FIELD: Shape = Shape {
    name: "field",
    title: "Field",
    doc: "One question of a form, or fields that belong together. Which keys it has depends on its `type`.",
    keys: &[
        Key::new("id", Value::Id(Reference::Field), "Name of the answer, also in rules: small letters, digits and `_`, beginning with a letter.")
            .needed()
            .example("birth_date"),
        Key::new("public", Value::Boolean, "In action forms of workflows: the applicant reads the answer, or fetches the file, on the status page.")
            .default("false"),
        Key::new("type", Value::Words(FIELD_TYPES), "The kind of question. A field has either `type` or `use`.")
            .needed_in(TYPED)
            .only(TYPED),
        Key::new("use", Value::Name(Reference::Group), "Takes the fields of a group from a field library, instead of `type`.")
            .needed_in(&["use"])
            .only(&["use"])
            .example("person.full"),
        Key::new(
            "with",
            Value::Entries(Reference::Field, &Value::Either(&[Value::Words(CHANGES), Value::Changes(&FIELD)])),
            "Changes fields of the library's group: a word, or keys to replace. A check of the group can be left out with `omit`.",
        )
        .only(&["use"])
        .example("{ birth_name: omit, nationality: required }"),
        Key::new("required", Value::Either(&[Value::Boolean, Value::Rule("boolean")]), "Whether it must be answered, or a rule for when. A field that is not visible is never required.")
            .default("true")
            .only(ANSWERED)
            .example("age(birth_date) < 18"),
        Key::new("visible", Value::Rule("boolean"), "Rule for when it is asked. Hidden answers are dropped before anything is checked.")
            .default("true")
            .example("kind = \"company\""),
        Key::new("computed", Value::Rule("type of the field"), "Rule that yields the answer. It is shown, never typed.")
            .only(SINGLE)
            .example("count(participants)"),
        Key::new("default", Value::Either(&[Value::Scalar, Value::List(&Value::Scalar)]), "The answer the page starts with.")
            .only(SINGLE),
        Key::new("min", Value::Either(&[Value::Scalar, Value::Rule("number or date")]), "Least value; of `list` and `choices` the least number of entries.")
            .only(BOUNDED)
            .example("today()"),
        Key::new("max", Value::Either(&[Value::Scalar, Value::Rule("number or date")]), "Greatest value; of `list` and `choices` the greatest number of entries. A list without it takes 200.")
            .only(BOUNDED)
            .example("today() + duration(\"P6M\")"),
        Key::new("multiline", Value::Boolean, "Several lines.").default("false").only(&["text"]),
        Key::new("min_length", Value::Integer, "Least number of characters.").only(LENGTHS),
        Key::new("max_length", Value::Integer, "Greatest number of characters.")
            .default("250; 5000 with `multiline`; 2000 for e-mail, phone, url and postcode")
            .only(LENGTHS),
        Key::new("pattern", Value::Pattern, "Regular expression the whole text must match.").only(LENGTHS).example("\"HR[AB] [0-9]{1,6}\""),
        Key::new("pattern_message", Value::Texts, "What the citizen reads when the pattern does not match, with an example of how to type it.")
            .only(LENGTHS),
        Key::new("unit", Value::Texts, "Text behind the number.").only(&["integer", "number"]).example("{ de: Stunden, en: hours }"),
        Key::new("accept", Value::List(&Value::Tokens(file_types)), "Kinds of files taken.").needed_in(FILES).only(FILES).example("[pdf, jpg, png]"),
        Key::new("max_size", Value::Size, "Greatest size of one file.").default("10 MB").only(FILES),
        Key::new("max_files", Value::Integer, "How many files.").default("1").only(FILES),
        Key::new("later", Value::Boolean, "Whether the citizen may hand it in later.").default("false").only(FILES),
        Key::new("autocomplete", Value::Tokens(autocomplete), "What the browser may fill in: a token of the HTML standard.")
            .default("that of the type, such as `email`")
            .only(SINGLE)
            .example("given-name"),
        SAMPLE,
        VERIFY,
        Key::new("ref", Value::Text, "Number of the question on the official paper form.").example("Feld 15"),
        Key::new(
            "label",
            Value::Either(&[Value::Texts, Value::List(&Value::Map(&LABEL))]),
            "The question as the citizen reads it: a text, or a list of texts with `when` whose last has none.",
        )
        .needed_in(TYPED),
        Key::new("help", Value::Texts, "Text shown below the label."),
        Key::new("item_label", Value::Texts, "Name of one entry.").only(&["list"]).example("{ de: Person, en: Person }"),
        Key::new(
            "options",
            Value::Either(&[Value::List(&Value::Map(&OPTION)), Value::Map(&OPTIONS_OF)]),
            "What can be chosen, or the codelist that has it.",
        )
        .needed_in(CHOSEN)
        .only(CHOSEN),
        Key::new("fields", Value::List(&Value::Map(&FIELD)), "The fields inside.")
            .needed_in(&["group", "list"])
            .only(&["group", "list"]),
    ],
    variants: Variants::Field,
    one_of: &["type", "use"],
};

fn file_types() -> Vec<&'static str> {
    crate::form::FileType::ALL.iter().map(|row| row.1).collect()
}

fn autocomplete() -> Vec<&'static str> {
    crate::form::AUTOCOMPLETE.to_vec()
}

static LABEL: Shape = Shape {
    name: "label",
    title: "Label with a condition",
    doc: "One of several labels; the first whose `when` holds is shown. The last has no `when`.",
    keys: &[
        Key::new(
            "when",
            Value::Rule("boolean"),
            "Rule for when this label is shown.",
        ),
        Key::new("de", Value::Text, "The German text.").needed(),
        Key::new("en", Value::Text, "The English text."),
    ],
    variants: Variants::None,
    one_of: &[],
};

static OPTION: Shape = Shape {
    name: "option",
    title: "Option",
    doc: "One answer to choose.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Choice),
            "What is stored, and what rules compare with: `kind = \"company\"`.",
        )
        .needed(),
        Key::new("de", Value::Text, "The German text.").needed(),
        Key::new("en", Value::Text, "The English text."),
        Key::new(
            "visible",
            Value::Rule("boolean"),
            "Rule for when it can be chosen.",
        )
        .default("true"),
    ],
    variants: Variants::None,
    one_of: &[],
};

static OPTIONS_OF: Shape = Shape {
    name: "options-of",
    title: "Options of a codelist",
    doc: "Takes the options of a codelist.",
    keys: &[Key::new(
        "codelist",
        Value::Name(Reference::Codelist),
        "The codelist.",
    )
    .needed()
    .example("countries")],
    variants: Variants::None,
    one_of: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_the_decoder() {
        let described: Vec<&str> = FIELD_TYPES.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, crate::form::TYPES);
        assert_eq!(described, TYPED);
    }
}
