//! Single plausible mistakes: what somebody could get wrong in one place of a
//! definition, made by changing its text there.

use std::collections::BTreeSet;

use engine::source::{FileId, Key, Node, NodeKind, Report, SourceFile, read_yaml};

/// A mistake: some bytes of a file become others.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    start: usize,
    end: usize,
    text: String,
}

impl Mistake {
    /// The file with the mistake in it.
    pub(crate) fn apply(&self, file: &SourceFile) -> SourceFile {
        let (before, after) = (&file.text[..self.start], &file.text[self.end..]);
        SourceFile {
            path: file.path.clone(),
            text: format!("{before}{}{after}", self.text),
        }
    }

    /// What is no YAML any more is no plausible mistake.
    pub(crate) fn is_plausible(&self, file: &SourceFile) -> bool {
        let mut report = Report::default();
        self.path.ends_with(".hbs")
            || read_yaml(FileId::default(), &self.apply(file).text, &mut report).is_some()
                && report.is_usable()
    }

    /// Where it is and what it makes of what.
    pub(crate) fn words(&self, file: &SourceFile) -> String {
        let line = file.text[..self.start].matches('\n').count() + 1;
        let short = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let old = short(&file.text[self.start..self.end]);
        let new = short(&self.text);
        let cut = |text: String| text.chars().take(60).collect::<String>();
        format!("{}:{line}: `{}` → `{}`", self.path, cut(old), cut(new))
    }
}

/// What is known of the town beyond the file.
pub(crate) struct Around {
    /// Queues by department.
    pub(crate) queues: Vec<(String, Vec<String>)>,
    /// Places of states and transitions that no case reaches: there a mistake
    /// changes nothing.
    pub(crate) dead: BTreeSet<(String, u32)>,
    /// Groups of libraries that some form or library uses, `library.group`:
    /// in others a mistake changes nothing.
    pub(crate) used: BTreeSet<String>,
}

/// Every mistake that can be made in a file, also those that are not plausible.
pub(crate) fn of(file: &SourceFile, around: &Around) -> Vec<Mistake> {
    let mut maker = Maker {
        file,
        around,
        made: Vec::new(),
        roles: Vec::new(),
        states: Vec::new(),
    };
    if file.path.ends_with(".hbs") {
        maker.letter();
        return maker.made;
    }
    let Some(root) = read_yaml(FileId::default(), &file.text, &mut Report::default()) else {
        return Vec::new();
    };
    maker.roles = keys(root.get("roles"));
    states(&root, "", &mut maker.states);
    maker.walk(&root, &mut Vec::new());
    maker.made
}

fn keys(node: Option<&Node>) -> Vec<String> {
    let entries = node.and_then(Node::as_map).unwrap_or_default();
    entries.iter().map(|(key, _)| key.text.clone()).collect()
}

/// The full paths of all states that have none inside.
fn states(node: &Node, prefix: &str, found: &mut Vec<String>) {
    for (key, inner) in node
        .get("states")
        .and_then(Node::as_map)
        .unwrap_or_default()
    {
        let path = format!("{prefix}{}", key.text);
        if inner.get("states").is_some() {
            states(inner, &format!("{path}."), found);
        } else {
            found.push(path);
        }
    }
}

struct Maker<'f> {
    file: &'f SourceFile,
    around: &'f Around,
    made: Vec<Mistake>,
    roles: Vec<String>,
    states: Vec<String>,
}

impl Maker<'_> {
    fn make(&mut self, kind: &'static str, start: u32, end: u32, text: String) {
        self.made.push(Mistake {
            kind,
            path: self.file.path.clone(),
            start: start as usize,
            end: end as usize,
            text,
        });
    }

    fn replace(&mut self, kind: &'static str, node: &Node, text: String) {
        self.make(kind, node.span.start, node.span.end, text);
    }

    fn is_dead(&self, start: u32) -> bool {
        self.around.dead.contains(&(self.file.path.clone(), start))
    }

    fn is_used(&self, group: &str) -> bool {
        let library = self.file.path.strip_prefix("forms/lib/");
        let library = library.and_then(|name| name.strip_suffix(".yaml"));
        library.is_none_or(|name| self.around.used.contains(&format!("{name}.{group}")))
    }

    fn walk(&mut self, node: &Node, above: &mut Vec<String>) {
        match &node.kind {
            NodeKind::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if self.is_dead(item.span.start) {
                        continue;
                    }
                    let parent = above.last().map(String::as_str);
                    if at > 0 && matches!(parent, Some("always" | "after")) {
                        let before = items[at - 1].span.end;
                        self.make("remove transition", before, item.span.end, String::new());
                    }
                    self.walk(item, above);
                }
            }
            NodeKind::Map(entries) => {
                self.map(node, entries, above);
                for (key, value) in entries {
                    let unused = above.last().is_some_and(|parent| parent == "groups")
                        && !self.is_used(&key.text);
                    if !self.is_dead(key.span.start) && !unused {
                        above.push(key.text.clone());
                        self.walk(value, above);
                        above.pop();
                    }
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, node: &Node, entries: &[(Key, Node)], above: &[String]) {
        let parent = above.last().map(String::as_str);
        let has = |key: &str| node.get(key).is_some();
        if has("de") && has("en") {
            self.remove("drop translation", entries, "en");
        }
        if has("id") && (has("type") || has("use")) {
            self.field(node, entries);
        }
        if parent == Some("options") && has("id") {
            self.rename("change option id", node);
        }
        if parent == Some("events") {
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 && !self.is_dead(key.span.start) {
                    let before = entries[at - 1].1.span.end;
                    self.make("remove transition", before, value.span.end, String::new());
                }
            }
        }
        for key in ["guard", "require", "visible", "when", "assert"] {
            if let Some(rule) = node.get(key)
                && let Some(text) = rule.as_text()
            {
                let text = format!("'not({})'", text.replace('\'', "''"));
                self.replace("negate guard", rule, text);
            }
        }
        if parent == Some("after") {
            self.timer(node);
        }
        if let Some(by) = node.get("by") {
            self.widen(by);
        }
        if parent == Some("rules") && has("then") || parent == Some("fee") && has("amount") {
            let amount = node.get("then").or(node.get("amount"));
            if let Some(amount) = amount
                && let Some(text) = amount.as_text()
            {
                let text = format!("'({}) + 1'", text.replace('\'', "''"));
                self.replace("change fee", amount, text);
            }
        }
        if matches!(parent, Some("routing" | "service")) {
            self.route(node);
        }
    }

    fn remove(&mut self, kind: &'static str, entries: &[(Key, Node)], name: &str) {
        let Some(at) = entries.iter().position(|(key, _)| key.text == name) else {
            return;
        };
        if at > 0 {
            let (start, end) = (entries[at - 1].1.span.end, entries[at].1.span.end);
            self.make(kind, start, end, String::new());
        }
    }

    fn rename(&mut self, kind: &'static str, node: &Node) {
        if let Some(id) = node.get("id")
            && let Some(text) = id.as_text()
        {
            self.replace(kind, id, format!("{text}_x"));
        }
    }

    fn field(&mut self, node: &Node, entries: &[(Key, Node)]) {
        let Some(id) = node.get("id") else { return };
        let ty = node.get("type").and_then(Node::as_text).unwrap_or_default();
        if ty == "info" {
            return;
        }
        self.rename("rename field", node);
        let optional = node
            .get("required")
            .is_some_and(|rule| rule.as_bool() == Some(false));
        if node.get("use").is_some() || node.get("computed").is_some() || ty == "group" || optional
        {
            return;
        }
        if node.get("required").is_some() {
            self.remove("drop required", entries, "required");
            return;
        }
        let flow = self.file.text[node.span.start as usize..].starts_with('{');
        let start = node.span.start as usize;
        let column = start - self.file.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let insert = match flow {
            true => ", required: false".to_owned(),
            false => format!("\n{}required: false", " ".repeat(column)),
        };
        self.make("drop required", id.span.end, id.span.end, insert);
    }

    fn timer(&mut self, node: &Node) {
        for (_, amount) in node.get("wait").and_then(Node::as_map).unwrap_or_default() {
            if let Some(number) = amount.as_text().and_then(|text| text.parse::<u32>().ok()) {
                self.replace("change timer", amount, (number + 7).to_string());
            }
        }
        let Some(target) = node.get("target") else {
            return;
        };
        let now = target.as_text().unwrap_or_default().to_owned();
        let other = self
            .states
            .iter()
            .find(|state| **state != now && !state.ends_with(&format!(".{now}")));
        if let Some(other) = other.cloned() {
            self.replace("change timer", target, other);
        }
    }

    fn widen(&mut self, by: &Node) {
        let Some(present) = by.as_list() else { return };
        if !self.file.text[by.span.start as usize..].starts_with('[') {
            return;
        }
        let present: Vec<&str> = present.iter().filter_map(Node::as_text).collect();
        if present.contains(&"system") {
            return;
        }
        let more: Vec<String> = self
            .roles
            .iter()
            .filter(|role| !present.contains(&role.as_str()))
            .cloned()
            .collect();
        let applicant = more.iter().find(|role| *role == "applicant");
        let staff = more.iter().find(|role| *role != "applicant");
        for role in applicant.into_iter().chain(staff) {
            let at = by.span.start + 1;
            self.make("widen role", at, at, format!("{role}, "));
        }
    }

    fn route(&mut self, node: &Node) {
        let (Some(department), Some(queue)) = (node.get("department"), node.get("queue")) else {
            return;
        };
        let (Some(name), Some(now)) = (department.as_text(), queue.as_text()) else {
            return;
        };
        let queues = self.around.queues.iter().find(|(id, _)| id == name);
        let other = queues.and_then(|(_, queues)| queues.iter().find(|queue| *queue != now));
        if let Some(other) = other {
            self.replace("change route", queue, other.clone());
        }
    }

    fn letter(&mut self) {
        let text = &self.file.text;
        let mut found = Vec::new();
        for (start, _) in text.match_indices("{{") {
            let Some(length) = text[start..].find("}}") else {
                continue;
            };
            let inner = &text[start + 2..start + length];
            let plain = inner
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
            // Words inside of lists and conditions are not values of the letter.
            if plain && inner.contains('.') {
                found.push((start, start + length + 2, inner.len()));
            }
        }
        for (start, end, length) in found {
            let (first, last) = (start as u32, end as u32);
            let name = first + 2 + length as u32;
            self.make("letter value", name, name, "x".to_owned());
            self.make("letter value", first, last, String::new());
        }
    }
}
