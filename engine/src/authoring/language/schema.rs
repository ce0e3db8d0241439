//! JSON Schemas (2020-12) of the kinds of files, for editors: completion,
//! hover texts and a first check while typing.

use serde_json::{Map, Value as Json, json};

use super::{FileKind, Key, Reference, Shape, Value, Variants, shapes_of};

const ID: &str = "^[a-z][a-z0-9_-]*$";
const NAME_IN_RULES: &str = "^[a-z][a-z0-9_]*$";

/// The name under which the schema of a kind is written: `form.schema.json`.
pub fn file_name(kind: &FileKind) -> String {
    format!("{}.schema.json", kind.name)
}

/// The JSON Schema of a kind of file.
pub fn schema(kind: &FileKind) -> Json {
    let mut definitions = Map::new();
    definitions.insert("texts".to_owned(), texts());
    for shape in shapes_of(kind).into_iter().skip(1) {
        definitions.insert(shape.name.to_owned(), map(shape, true, kind));
        if uses_changes(kind, shape) {
            let name = format!("{}-changes", shape.name);
            definitions.insert(name, map(shape, false, kind));
        }
    }
    let mut schema = Map::new();
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:schalter:schema:{}", kind.header),
        "title": format!("Schalter: {}", kind.shape.title),
    });
    extend(&mut schema, head);
    extend(&mut schema, map(kind.shape, true, kind));
    schema.insert("$defs".to_owned(), Json::Object(definitions));
    Json::Object(schema)
}

fn extend(map: &mut Map<String, Json>, more: Json) {
    if let Json::Object(more) = more {
        map.extend(more);
    }
}

fn texts() -> Json {
    json!({
        "description": "A text a person reads, by language; one text stands for German only.",
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "de": { "type": ["string", "number", "boolean"], "description": "The German text; it is always needed." },
                    "en": { "type": ["string", "number", "boolean"], "description": "The English text." },
                },
                "required": ["de"],
                "additionalProperties": false,
            },
            { "type": ["string", "number", "boolean"] },
        ],
    })
}

/// Whether some place of the kind takes changes to this map.
fn uses_changes(kind: &FileKind, shape: &Shape) -> bool {
    fn within(value: &Value, shape: &Shape) -> bool {
        match value {
            Value::Changes(found) => found.name == shape.name,
            Value::List(inner) | Value::OneOrList(inner) | Value::Entries(_, inner) => {
                within(inner, shape)
            }
            Value::Either(several) => several.iter().any(|one| within(one, shape)),
            _ => false,
        }
    }
    shapes_of(kind)
        .iter()
        .any(|place| place.keys.iter().any(|key| within(&key.value, shape)))
}

/// A map with fixed keys; `whole` is false where only some keys are replaced.
fn map(shape: &'static Shape, whole: bool, kind: &FileKind) -> Json {
    let properties: Map<String, Json> = shape
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key, kind)))
        .collect();
    let mut schema = json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if whole {
        rules_of(shape, &mut schema);
    }
    schema
}

/// What must stand in a map, and what depends on what.
fn rules_of(shape: &'static Shape, schema: &mut Json) {
    let required: Vec<&str> = shape
        .keys
        .iter()
        .filter(|key| key.is_needed_in(None))
        .map(|key| key.name)
        .collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if !shape.one_of.is_empty() {
        let each: Vec<Json> = shape
            .one_of
            .iter()
            .map(|key| json!({ "required": [key] }))
            .collect();
        schema["oneOf"] = json!(each);
    }
    if shape.variants == Variants::OneKey {
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
    }
    let variants: Vec<Json> = shape
        .variant_names()
        .into_iter()
        .filter_map(|variant| variant_rule(shape, variant))
        .collect();
    if !variants.is_empty() {
        schema["allOf"] = json!(variants);
    }
}

fn variant_rule(shape: &Shape, variant: &str) -> Option<Json> {
    let is = |key: &str| json!({ "properties": { key: { "const": variant } }, "required": [key] });
    let condition = match (shape.variants, variant) {
        (Variants::By(key), _) => is(key),
        (Variants::With(key, _), with) if with == key => json!({ "required": [key] }),
        (Variants::With(key, _), _) => json!({ "not": { "required": [key] } }),
        (Variants::Field, "use") => json!({ "required": ["use"] }),
        (Variants::State, "compound") => {
            json!({ "anyOf": [is("type"), { "required": ["states"], "not": { "required": ["type"] } }] })
        }
        (Variants::State, "atomic") => {
            json!({ "anyOf": [is("type"), { "not": { "anyOf": [{ "required": ["states"] }, { "required": ["type"] }] } }] })
        }
        _ => is("type"),
    };
    let needed: Vec<&str> = shape
        .keys
        .iter()
        .filter(|key| key.is_needed_in(Some(variant)) && !key.is_needed_in(None))
        .map(|key| key.name)
        .collect();
    let refused: Map<String, Json> = shape
        .keys
        .iter()
        .filter(|key| !key.is_in(Some(variant)))
        .map(|key| (key.name.to_owned(), Json::Bool(false)))
        .collect();
    if needed.is_empty() && refused.is_empty() {
        return None;
    }
    let mut then = Map::new();
    if !needed.is_empty() {
        then.insert("required".to_owned(), json!(needed));
    }
    if !refused.is_empty() {
        then.insert("properties".to_owned(), Json::Object(refused));
    }
    Some(json!({ "if": condition, "then": then }))
}

fn property(key: &Key, kind: &FileKind) -> Json {
    let mut schema = value(&key.value, kind);
    let mut doc = key.doc.to_owned();
    let default = key.default.map(|text| (text, literal(text)));
    match default {
        Some((_, Some(value))) => schema["default"] = value,
        Some((text, None)) => {
            doc.push_str(" Without it: ");
            doc.push_str(text);
            doc.push('.');
        }
        None => {}
    }
    if let Some(example) = key.example {
        doc.push_str("\n\nExample: `");
        doc.push_str(example);
        doc.push('`');
    }
    schema["description"] = Json::String(doc);
    schema
}

/// A default that is one word or number; others are told in words.
fn literal(text: &str) -> Option<Json> {
    if text.contains([' ', '`', '{']) {
        return None;
    }
    Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
}

fn value(of: &Value, kind: &FileKind) -> Json {
    let scalar = json!(["string", "number", "boolean"]);
    match of {
        Value::Header => json!({ "const": kind.header }),
        Value::Id(reference) => id(*reference),
        Value::Any => json!({}),
        Value::Name(_) | Value::Pattern => json!({ "type": "string" }),
        Value::Text | Value::Scalar | Value::Rule(_) | Value::Cell => json!({ "type": scalar }),
        Value::Texts => json!({ "$ref": "#/$defs/texts" }),
        Value::Boolean => json!({ "type": "boolean" }),
        Value::True => json!({ "const": true }),
        Value::Integer => json!({ "type": "integer" }),
        Value::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Value::Duration => {
            json!({ "type": "string", "pattern": "^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?$" })
        }
        Value::Size => json!({ "type": "string", "pattern": "^[0-9]+ *(KB|kB|MB)$" }),
        Value::Nothing => json!({ "type": "null" }),
        Value::Words(words) => {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let docs: Vec<&str> = words.iter().map(|(_, doc)| *doc).collect();
            json!({ "enum": names, "markdownEnumDescriptions": docs })
        }
        Value::Tokens(words) => json!({ "enum": words() }),
        Value::List(inner) => json!({ "type": "array", "items": value(inner, kind) }),
        Value::OneOrList(inner) => {
            json!({ "anyOf": [value(inner, kind), { "type": "array", "items": value(inner, kind) }] })
        }
        Value::Map(shape) if shape.name == kind.shape.name => json!({ "$ref": "#" }),
        Value::Map(shape) => json!({ "$ref": format!("#/$defs/{}", shape.name) }),
        Value::Changes(shape) => json!({ "$ref": format!("#/$defs/{}-changes", shape.name) }),
        Value::Entries(_, inner) => {
            json!({ "type": "object", "additionalProperties": value(inner, kind) })
        }
        Value::Either(several) => {
            let each: Vec<Json> = several.iter().map(|one| value(one, kind)).collect();
            json!({ "anyOf": each })
        }
    }
}

fn id(reference: Reference) -> Json {
    match reference {
        Reference::Field => json!({ "type": "string", "pattern": NAME_IN_RULES }),
        Reference::File
        | Reference::Page
        | Reference::Check
        | Reference::FeeLine
        | Reference::Party
        | Reference::Department
        | Reference::Queue => json!({ "type": "string", "pattern": ID }),
        _ => json!({ "type": ["string", "number"] }),
    }
}
