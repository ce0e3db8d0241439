//! A light check of HTML for the tests: tags balanced, ids unique, every control
//! labelled, every reference to an id answered, one `h1`, no inline code.

use std::collections::{BTreeMap, BTreeSet};

const VOID: [&str; 8] = ["meta", "link", "input", "br", "img", "hr", "wbr", "source"];

/// A start tag with its attributes.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// What is wrong with a page, one sentence each.
pub(crate) fn mistakes(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tags = tags(html, &mut found);
    references(&tags, &mut found);
    controls(&tags, &mut found);
    let titles = tags.iter().filter(|tag| tag.name == "h1").count();
    if titles != 1 {
        found.push(format!("{titles} h1"));
    }
    for tag in &tags {
        for name in tag.attributes.keys() {
            if name == "style" || name.starts_with("on") {
                found.push(format!(
                    "{} has the inline attribute {name}, which the CSP forbids",
                    tag.name
                ));
            }
        }
        if tag.name == "script" && !tag.attributes.contains_key("src") || tag.name == "style" {
            found.push(format!("inline {}", tag.name));
        }
        if tag.name == "form"
            && tag
                .attributes
                .get("method")
                .is_some_and(|method| method == "post")
        {
            let from = html
                .find(&format!("action=\"{}\"", tag.attributes["action"]))
                .unwrap_or(0);
            let end = html[from..].find("</form>").unwrap_or(0);
            if !html[from..from + end].contains("name=\"_csrf\"") {
                found.push(format!(
                    "the form to {} has no CSRF token",
                    tag.attributes["action"]
                ));
            }
        }
    }
    found
}

fn references(tags: &[Tag], found: &mut Vec<String>) {
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.attributes.get("id")) {
        if !ids.insert(id.as_str()) {
            found.push(format!("the id {id} is given twice"));
        }
    }
    for tag in tags {
        for name in ["for", "aria-describedby", "aria-labelledby"] {
            for id in tag
                .attributes
                .get(name)
                .map(String::as_str)
                .unwrap_or_default()
                .split_whitespace()
            {
                if !ids.contains(id) {
                    found.push(format!("{name}={id} leads nowhere"));
                }
            }
        }
        if let Some(id) = tag
            .attributes
            .get("href")
            .and_then(|href| href.strip_prefix('#'))
            && !ids.contains(id)
        {
            found.push(format!("the link #{id} leads nowhere"));
        }
    }
}

fn controls(tags: &[Tag], found: &mut Vec<String>) {
    let labelled: BTreeSet<&str> = tags
        .iter()
        .filter(|tag| tag.name == "label")
        .filter_map(|tag| tag.attributes.get("for"))
        .map(String::as_str)
        .collect();
    for tag in tags
        .iter()
        .filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "textarea"))
    {
        let kind = tag
            .attributes
            .get("type")
            .map(String::as_str)
            .unwrap_or_default();
        let id = tag
            .attributes
            .get("id")
            .map(String::as_str)
            .unwrap_or_default();
        if kind != "hidden" && !labelled.contains(id) {
            found.push(format!(
                "{} {} has no label",
                tag.name,
                tag.attributes.get("name").map_or("", String::as_str)
            ));
        }
        if kind == "number"
            || tag.attributes.contains_key("placeholder")
            || tag.attributes.contains_key("required")
        {
            found.push(format!(
                "{id}: type=number, placeholder and required are not used"
            ));
        }
    }
}

fn tags(html: &str, found: &mut Vec<String>) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some(end) = rest.find('>') else { break };
        let inside = &rest[..end];
        rest = &rest[end + 1..];
        if inside.starts_with('!') {
            continue;
        }
        if let Some(name) = inside.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == name => {}
                last => found.push(format!("</{name}> closes {last:?}")),
            }
            continue;
        }
        let tag = tag(inside, found);
        if !VOID.contains(&tag.name.as_str()) && tag.name != "path" {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    if !open.is_empty() {
        found.push(format!("never closed: {open:?}"));
    }
    tags
}

fn tag(inside: &str, found: &mut Vec<String>) -> Tag {
    let (name, mut rest) = inside
        .split_once(char::is_whitespace)
        .unwrap_or((inside, ""));
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let key = &rest[..end];
        if key.is_empty() {
            break;
        }
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (inner, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            value = inner.to_owned();
            rest = after;
        }
        if attributes.insert(key.to_owned(), value).is_some() {
            found.push(format!("{name} has {key} twice"));
        }
    }
    Tag {
        name: name.to_owned(),
        attributes,
    }
}
