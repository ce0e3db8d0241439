//! What the portal shows beside the services: areas, situations, news.

use super::{ACCEPT, HEADER, Key, Reference, SAMPLE, Shape, VERIFY, Value, Variants};

pub(super) static PORTALS: Shape = Shape {
    name: "portals",
    title: "Portals",
    doc: "The areas services are listed under, situations of life, and the services most asked for.",
    keys: &[
        HEADER,
        Key::new(
            "portals",
            Value::List(&Value::Map(&PORTAL)),
            "The areas in the order shown. Where this file exists, forms may name no others.",
        ),
        Key::new(
            "situations",
            Value::List(&Value::Map(&SITUATION)),
            "Situations of life in the order shown, such as moving house.",
        ),
        Key::new(
            "popular",
            Value::OneOrList(&Value::Text),
            "Services shown as popular as long as too few cases were received, and first among equals in the search.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static PORTAL: Shape = Shape {
    name: "portal",
    title: "Portal",
    doc: "An area of life or business.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Portal),
            "What forms name under `portals`.",
        )
        .needed()
        .example("business"),
        Key::new("title", Value::Texts, "Its name.").needed(),
        Key::new("summary", Value::Texts, "One sentence for the start page.").needed(),
        Key::new("intro", Value::Texts, "What stands above its services."),
        SAMPLE,
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};

static SITUATION: Shape = Shape {
    name: "situation",
    title: "Situation of life",
    doc: "Something that happens to people, with the services it takes.",
    keys: &[
        Key::new(
            "id",
            Value::Id(Reference::Portal),
            "Id, part of its address.",
        )
        .needed()
        .example("moving"),
        Key::new("title", Value::Texts, "Its name.").needed(),
        Key::new("summary", Value::Texts, "One sentence for the start page.").needed(),
        Key::new(
            "services",
            Value::OneOrList(&Value::Text),
            "The services in the order people need them.",
        )
        .needed(),
        SAMPLE,
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};

pub(super) static NEWS: Shape = Shape {
    name: "news",
    title: "News",
    doc: "What the start page tells for a time.",
    keys: &[
        HEADER,
        Key::new(
            "news",
            Value::List(&Value::Map(&ENTRY)),
            "The entries; those of the day are shown, the newest first.",
        ),
        ACCEPT,
    ],
    variants: Variants::None,
    one_of: &[],
};

static ENTRY: Shape = Shape {
    name: "news-entry",
    title: "Piece of news",
    doc: "A piece of news with the days it is shown.",
    keys: &[
        Key::new("id", Value::Id(Reference::File), "Its id.").needed(),
        Key::new("from", Value::Text, "First day it is shown.")
            .needed()
            .example("2026-12-01"),
        Key::new("to", Value::Text, "Last day it is shown.")
            .needed()
            .example("2026-12-31"),
        Key::new("title", Value::Texts, "Its heading.").needed(),
        Key::new("text", Value::Texts, "What is new, in a few sentences.").needed(),
        Key::new("service", Value::Text, "The service it is about."),
        SAMPLE,
        VERIFY,
    ],
    variants: Variants::None,
    one_of: &[],
};
