//! The reference of the handbook, written from the description.

use std::fmt::Write as _;

use super::{KINDS, Key, Need, Reference, Shape, Value, Variants, shapes_of};

/// The whole reference in Markdown.
pub fn reference() -> String {
    let mut out = String::new();
    out.push_str(HEAD);
    let mut described: Vec<&str> = Vec::new();
    for kind in KINDS {
        line(
            &mut out,
            format_args!(
                "| `{}` | `schalter: {}` | [{}](#{}) |",
                kind.path.replace('*', "<id>"),
                kind.header,
                kind.shape.title,
                anchor(kind.shape.title)
            ),
        );
    }
    for kind in KINDS {
        for shape in shapes_of(kind) {
            if described.contains(&shape.name) {
                continue;
            }
            described.push(shape.name);
            let top = shape.name == kind.shape.name;
            section(&mut out, shape, top);
            if top {
                line(
                    &mut out,
                    format_args!(
                        "File: `{}`, opened by `schalter: {}`. Schema for editors: `schalter schema {}`.\n",
                        kind.path.replace('*', "<id>"),
                        kind.header,
                        kind.name
                    ),
                );
            }
            keys(&mut out, shape);
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

const HEAD: &str = "# Reference of the definition files

<!-- Written by `UPDATE_EXPECT=1 cargo test -p engine --test authoring`; change engine/src/authoring/language instead. -->

Every kind of file with every key. [definitions.md](definitions.md) explains how they work together, [rules.md](rules.md) the language of rules. *Needed* keys are marked with a bullet: ●.

Texts a person reads are maps `{ de: …, en: … }` in which `de` is needed; a single text stands for German only. A *rule* is an expression.

| file | opened by | described under |
|---|---|---|
";

/// Writing to a text cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "{text}");
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

fn section(out: &mut String, shape: &Shape, top: bool) {
    let level = if top { "##" } else { "###" };
    line(
        out,
        format_args!("\n{level} {}\n\n{}\n", shape.title, shape.doc),
    );
    match (shape.variants, shape.one_of) {
        (Variants::OneKey, _) | (_, []) => {}
        (_, keys) => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            line(
                out,
                format_args!("Exactly one of {} stands there.\n", keys.join(", ")),
            );
        }
    }
}

fn keys(out: &mut String, shape: &'static Shape) {
    out.push_str("| key | | value | meaning |\n|---|---|---|---|\n");
    for key in shape.keys {
        let mark = if key.need == Need::Optional {
            ""
        } else {
            "●"
        };
        line(
            out,
            format_args!(
                "| `{}` | {mark} | {} | {} |",
                key.name,
                cell(&value(&key.value)),
                cell(&meaning(shape, key))
            ),
        );
    }
    for key in shape.keys {
        words(out, key);
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn meaning(shape: &Shape, key: &Key) -> String {
    let mut text = key.doc.to_owned();
    if let Need::NeededIn(variants) = key.need
        && variants.len() < 5
    {
        text.push_str(&format!(" Needed {}.", of_variants(shape, variants)));
    }
    if !key.only.is_empty() && key.only.len() < 12 {
        text.push_str(&format!(" Only {}.", of_variants(shape, key.only)));
    }
    if let Some(default) = key.default {
        let default = if default.contains(' ') && !default.starts_with('{') {
            default.to_owned()
        } else {
            format!("`{default}`")
        };
        text.push_str(&format!(" Without it: {default}."));
    }
    if let Some(example) = key.example {
        text.push_str(&format!(" Example: `{example}`."));
    }
    text
}

/// The variants of a map in words.
fn of_variants(shape: &Shape, variants: &[&str]) -> String {
    match shape.variants {
        Variants::With(key, _) if variants == [key] => format!("with `{key}`"),
        Variants::With(key, _) => format!("without `{key}`"),
        _ => format!("for {}", list(variants)),
    }
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The words of a key with their meaning, below the table.
fn words(out: &mut String, key: &Key) {
    match key.value {
        Value::Words(words) if words.len() > 1 => {
            line(out, format_args!("\n`{}`:\n", key.name));
            for (word, doc) in words {
                line(out, format_args!("- `{word}`: {doc}"));
            }
        }
        Value::Tokens(words) => {
            line(out, format_args!("\n`{}`: {}.", key.name, list(&words())));
        }
        Value::List(Value::Tokens(words)) => {
            line(out, format_args!("\n`{}`: {}.", key.name, list(&words())));
        }
        _ => {}
    }
}

/// The heading's anchor as Markdown viewers make it.
fn anchor(title: &str) -> String {
    title
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

fn value(of: &Value) -> String {
    match of {
        Value::Header => "as above".to_owned(),
        Value::Id(_) => "id".to_owned(),
        Value::Name(reference) => noun(*reference).to_owned(),
        Value::Text => "text".to_owned(),
        Value::Any => "anything".to_owned(),
        Value::Texts => "text by language".to_owned(),
        Value::Boolean => "true or false".to_owned(),
        Value::True => "`true`".to_owned(),
        Value::Integer => "whole number".to_owned(),
        Value::Date => "date".to_owned(),
        Value::Duration => "duration".to_owned(),
        Value::Size => "size".to_owned(),
        Value::Pattern => "regular expression".to_owned(),
        Value::Scalar => "value".to_owned(),
        Value::Nothing => "`null`".to_owned(),
        Value::Rule(yields) => format!("rule ({yields})"),
        Value::Cell => "cell".to_owned(),
        Value::Words([(only, _)]) => format!("`{only}`"),
        Value::Words(_) | Value::Tokens(_) => "word, see below".to_owned(),
        Value::List(inner) => format!("list of {}", value(inner)),
        Value::OneOrList(inner) => format!("{}, or a list", value(inner)),
        Value::Map(shape) => format!("[{}](#{})", shape.title, anchor(shape.title)),
        Value::Changes(shape) => format!("keys of [{}](#{})", shape.title, anchor(shape.title)),
        Value::Entries(reference, inner) => format!("by {}: {}", noun(*reference), value(inner)),
        Value::Either(several) => several.iter().map(value).collect::<Vec<_>>().join(" or "),
    }
}

/// What a name refers to, in words.
pub(super) fn noun(reference: Reference) -> &'static str {
    match reference {
        Reference::File => "file",
        Reference::Page => "page",
        Reference::Field => "field",
        Reference::Check => "check",
        Reference::FeeLine => "line",
        Reference::Party => "party",
        Reference::Choice => "option",
        Reference::Department => "department",
        Reference::Queue => "queue",
        Reference::Group => "group of a library",
        Reference::OwnGroup => "group",
        Reference::Codelist => "codelist",
        Reference::Data => "data set",
        Reference::Column => "column",
        Reference::Table => "decision table",
        Reference::Input => "input",
        Reference::Workflow => "workflow",
        Reference::Param => "parameter",
        Reference::Variable => "variable",
        Reference::Role => "role",
        Reference::SmallForm => "form",
        Reference::State => "state",
        Reference::OldState => "state of before",
        Reference::OldField => "field of before",
        Reference::Event => "event",
        Reference::Timer => "timer",
        Reference::Letter => "letter",
        Reference::Document => "document",
        Reference::Flag => "mark",
        Reference::Item => "name",
        Reference::Portal => "portal",
        Reference::AnswerSet => "name",
        Reference::Label => "label",
        Reference::Scenario => "scenario",
        Reference::Language => "language",
    }
}
