//! The JSON Schema (2020-12) of the answers: published for those who send
//! answers by API, and the first check of all answers.
//!
//! Conditions stay out of it (`x-schalter` tells of them): dates against today,
//! sums and lists cannot be said in `if`/`then`.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value as Json, json};

use super::model::{Bound, Choice, Field, FieldKind, Form, Page, Rule, TextRules};
use super::typed;
use crate::text::Language;

/// The compiled schema all answers are checked against.
pub(super) struct Schemas {
    validator: Option<Validator>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schemas")
    }
}

/// Whom a schema is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// Checking; options as a plain `enum`, which is quick.
    Engine,
    /// People and programs, with titles.
    Public(Language),
}

impl Schemas {
    pub(super) fn of(pages: &[Page]) -> Schemas {
        let schema = pages_schema(pages, Audience::Engine);
        let validator = jsonschema::draft202012::options()
            .with_pattern_options(PatternOptions::regex())
            .with_format("email", typed::is_email)
            .with_format("iban", typed::is_iban)
            .with_format("slot", |text: &str| {
                crate::appointment::parse(text).is_some()
            })
            .with_format("uri", typed::is_url)
            .with_format("phone", typed::is_phone)
            .with_format("postcode", typed::is_postcode)
            .with_format("decimal", |text: &str| typed::is_decimal(text, 20, 8))
            .with_format("money", |text: &str| typed::is_decimal(text, 15, 2))
            .should_validate_formats(true)
            .build(&schema);
        debug_assert!(validator.is_ok(), "{:?}", validator.err());
        Schemas {
            validator: validator.ok(),
        }
    }

    /// What the schema finds: JSON pointer of the place, keyword, and for
    /// `required` and `additionalProperties` the names meant.
    pub(super) fn check(&self, answers: &Json) -> Vec<SchemaFinding> {
        use jsonschema::error::ValidationErrorKind as Kind;
        let Some(validator) = &self.validator else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for error in validator.iter_errors(answers) {
            let pointer = error.instance_path().as_str().to_owned();
            let names = match error.kind() {
                Kind::Required { property } => {
                    vec![property.as_str().unwrap_or_default().to_owned()]
                }
                Kind::AdditionalProperties { unexpected } => unexpected.clone(),
                _ => Vec::new(),
            };
            found.push(SchemaFinding {
                pointer,
                keyword: error.kind().keyword().to_owned(),
                names,
            });
        }
        found
    }
}

/// One thing the schema does not admit.
pub(super) struct SchemaFinding {
    pub(super) pointer: String,
    pub(super) keyword: String,
    pub(super) names: Vec<String>,
}

/// Whether a text is a regular expression of the kind patterns are written in.
pub(super) fn check_pattern(regex: &str) -> Result<(), String> {
    let schema = json!({ "type": "string", "pattern": anchored(regex) });
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map(|_| ())
        .map_err(|_| "check brackets and backslashes".to_owned())
}

fn anchored(regex: &str) -> String {
    format!("^(?:{regex})$")
}

/// The published schema of a form's answers in a language.
pub fn json_schema(form: &Form, language: Language) -> Json {
    let mut schema = pages_schema(&form.questions.pages, Audience::Public(language));
    if let Json::Object(keys) = &mut schema {
        keys.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        keys.insert("title".to_owned(), json!(form.title.get(language)));
        keys.insert("description".to_owned(), json!(form.summary.get(language)));
        keys.insert(
            "x-schalter".to_owned(),
            json!({ "form": form.id, "version": form.version }),
        );
    }
    schema
}

fn pages_schema(pages: &[Page], audience: Audience) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for page in pages {
        for field in &page.fields {
            let Some(schema) = field_schema(field, audience) else {
                continue;
            };
            let known = required.contains(&field.id);
            if page.visible.is_none() && always_needed(field) && !known {
                required.push(field.id.clone());
            }
            properties.insert(field.id.clone(), schema);
        }
    }
    object(properties, &required)
}

fn object(properties: Map<String, Json>, required: &[String]) -> Json {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Whether an answer must be there whenever its container is.
fn always_needed(field: &Field) -> bool {
    let later = field.attachment().is_some_and(|rules| rules.later);
    // A group is needed only as far as something in it is.
    let empty_group =
        matches!(&field.kind, FieldKind::Group(fields) if !fields.iter().any(always_needed));
    matches!(field.required, Rule::Always)
        && field.visible.is_none()
        && field.computed.is_none()
        && !later
        && !empty_group
        && !matches!(field.kind, FieldKind::Info)
}

fn container(fields: &[Field], audience: Audience) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        let Some(schema) = field_schema(field, audience) else {
            continue;
        };
        if always_needed(field) {
            required.push(field.id.clone());
        }
        properties.insert(field.id.clone(), schema);
    }
    object(properties, &required)
}

/// The schema of one answer; `None` for fields without an answer.
fn field_schema(field: &Field, audience: Audience) -> Option<Json> {
    let mut schema = kind_schema(field, audience)?;
    if let (Audience::Public(language), Json::Object(keys)) = (audience, &mut schema) {
        keys.insert("title".to_owned(), json!(field.label.text.get(language)));
        if let Some(help) = &field.help {
            keys.insert("description".to_owned(), json!(help.get(language)));
        }
        if let Some(default) = &field.default {
            keys.insert("default".to_owned(), default.clone());
        }
        if field.computed.is_some() {
            keys.insert("readOnly".to_owned(), Json::Bool(true));
        }
        let hints = hints(field);
        if !hints.is_empty() {
            keys.insert("x-schalter".to_owned(), Json::Object(hints));
        }
    }
    Some(schema)
}

fn kind_schema(field: &Field, audience: Audience) -> Option<Json> {
    let mut schema = match &field.kind {
        FieldKind::Text(rules) => text_schema(rules, None),
        FieldKind::Email(rules) => text_schema(rules, Some("email")),
        FieldKind::Phone(rules) => text_schema(rules, Some("phone")),
        FieldKind::Url(rules) => text_schema(rules, Some("uri")),
        FieldKind::Postcode(rules) => {
            let mut schema = text_schema(rules, None);
            if rules.pattern.is_none() {
                shaped(&mut schema, audience, "postcode", "^[0-9]{5}$");
            }
            schema
        }
        FieldKind::Iban => json!({ "type": "string", "format": "iban" }),
        FieldKind::Slot => json!({ "type": "string", "format": "slot" }),
        FieldKind::Choice(options) | FieldKind::Country(options) => {
            option_schema(options, audience)
        }
        FieldKind::Choices(options) => {
            json!({ "type": "array", "items": option_schema(options, audience), "uniqueItems": true })
        }
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Consent if matches!(field.required, Rule::Always) => {
            json!({ "type": "boolean", "const": true })
        }
        FieldKind::Consent => json!({ "type": "boolean" }),
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::Year => json!({ "type": "integer", "minimum": 1000, "maximum": 9999 }),
        FieldKind::Integer { .. } => json!({ "type": "integer" }),
        FieldKind::Number { .. } => decimal(audience, "decimal", "^-?[0-9]{1,20}(\\.[0-9]{1,8})?$"),
        FieldKind::Money => decimal(audience, "money", "^-?[0-9]{1,15}(\\.[0-9]{1,2})?$"),
        FieldKind::Attachment(rules) => json!({
            "type": "array",
            "items": { "type": "string", "format": "uuid" },
            "uniqueItems": true,
            "maxItems": rules.max_files,
        }),
        FieldKind::Info => return None,
        FieldKind::Group(fields) => container(fields, audience),
        FieldKind::List(rules) => {
            json!({ "type": "array", "items": container(&rules.fields, audience) })
        }
    };
    bounds(field, &mut schema);
    Some(schema)
}

fn decimal(audience: Audience, format: &str, pattern: &str) -> Json {
    let mut schema = json!({ "type": ["string", "number"] });
    shaped(&mut schema, audience, format, pattern);
    schema
}

/// The shape of a text: a function for us, a pattern everybody understands for others.
fn shaped(schema: &mut Json, audience: Audience, format: &str, pattern: &str) {
    match audience {
        Audience::Engine => schema["format"] = json!(format),
        Audience::Public(_) => schema["pattern"] = json!(pattern),
    }
}

fn text_schema(rules: &TextRules, format: Option<&str>) -> Json {
    let mut schema = json!({ "type": "string", "minLength": rules.min_length.unwrap_or(1), "maxLength": rules.max_length });
    if let Some(pattern) = &rules.pattern {
        schema["pattern"] = json!(anchored(&pattern.regex));
    }
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    schema
}

fn option_schema(options: &[Choice], audience: Audience) -> Json {
    match audience {
        Audience::Engine => {
            json!({ "enum": options.iter().map(|option| &option.id).collect::<Vec<_>>() })
        }
        Audience::Public(language) => {
            let options: Vec<Json> = options
                .iter()
                .map(|option| json!({ "const": option.id, "title": option.text.get(language) }))
                .collect();
            json!({ "oneOf": options })
        }
    }
}

/// Fixed limits; those that depend on answers or the date are hints only.
fn bounds(field: &Field, schema: &mut Json) {
    let collection = matches!(field.kind, FieldKind::List(_) | FieldKind::Choices(_));
    let keys = if collection {
        ["minItems", "maxItems"]
    } else {
        ["minimum", "maximum"]
    };
    for (bound, key) in [&field.min, &field.max].into_iter().zip(keys) {
        if let Some(Bound::Number(number)) = bound {
            let text = number.normalize().to_string();
            if let Ok(value) = serde_json::from_str::<Json>(&text) {
                schema[key] = value;
            }
        }
    }
}

fn hints(field: &Field) -> Map<String, Json> {
    let mut hints = Map::new();
    let mut hint = |key: &str, value: Json| drop(hints.insert(key.to_owned(), value));
    hint("type", json!(field.kind.name()));
    if let Rule::When(rule) = &field.required {
        hint("required", json!(rule.text()));
    }
    if let Some(rule) = &field.visible {
        hint("visible", json!(rule.text()));
    }
    if let Some(rule) = &field.computed {
        hint("computed", json!(rule.text()));
    }
    for (key, bound) in [("min", &field.min), ("max", &field.max)] {
        match bound {
            Some(Bound::Rule(rule)) => hint(key, json!(rule.text())),
            Some(Bound::Date(date)) => hint(key, json!(date.to_string())),
            Some(Bound::Number(_)) | None => {}
        }
    }
    if let Some(rules) = field.attachment() {
        hint(
            "accept",
            json!(
                rules
                    .accept
                    .iter()
                    .map(|kind| kind.media_type())
                    .collect::<Vec<_>>()
            ),
        );
        hint("max_size", json!(rules.max_size));
        hint("later", json!(rules.later));
    }
    hints
}
