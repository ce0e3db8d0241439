//! Decoding expectations into the notation of observations.

use serde_json::{Map, Value as Json, json};

use crate::catalogue::unknown;
use crate::check::scenario::decode::About;
use crate::check::scenario::expect::{OF_ANSWERS, OF_CASE};
use crate::check::scenario::{Expect, Expected, given};
use crate::source::{Diagnostic, Fields, Node, NodeKind, Report, Span};
use crate::text::Language;
use crate::workflow::RECEIPT;

/// Codes findings have besides the ids of checks, and `any`.
const CODES: [&str; 28] = [
    "any",
    "required",
    "date",
    "email",
    "phone",
    "url",
    "iban",
    "postcode",
    "money",
    "number",
    "wrong-type",
    "option",
    "pattern",
    "too-short",
    "too-long",
    "min",
    "max",
    "too-few",
    "too-many",
    "repeated",
    "unknown-upload",
    "file-type",
    "file-size",
    "unknown-field",
    "fee-unknown",
    "capacity-unknown",
    "appointment-unknown",
    "slot",
];

/// The expectations of a map; `first` where those about answers stand too.
pub(in crate::check::scenario) fn expect(
    node: &Node,
    about: About<'_>,
    first: bool,
    report: &mut Report,
) -> Expect {
    let mut found = Vec::new();
    let Some(keys) = Fields::of(node, "`expect`", report) else {
        return Expect::default();
    };
    let answers = OF_ANSWERS.iter().filter(|_| first);
    for name in answers.chain(&OF_CASE).copied() {
        let Some(node) = keys.get(name) else { continue };
        let mut reader = Reader {
            about,
            name,
            report,
        };
        if let Some(value) = reader.value(node) {
            found.push(Expected {
                name,
                value,
                span: node.span,
            });
        }
    }
    keys.finish("`expect`", report);
    Expect(found)
}

/// Parameters by name, as a form would set them.
pub(in crate::check::scenario) fn params(
    node: &Node,
    about: About<'_>,
    report: &mut Report,
) -> Option<Map<String, Json>> {
    let mut reader = Reader {
        about,
        name: "params",
        report,
    };
    match reader.value(node)? {
        Json::Object(params) => Some(params),
        _ => None,
    }
}

struct Reader<'a, 'r> {
    about: About<'a>,
    name: &'static str,
    report: &'r mut Report,
}

impl Reader<'_, '_> {
    fn value(&mut self, node: &Node) -> Option<Json> {
        match self.name {
            "pages" => self.names(node, "page", |r| r.form_pages()),
            "hidden" | "outstanding" => self.names(node, "question with the path", |r| r.paths()),
            "findings" => self.findings(node),
            "fee" => self.fee(node),
            "route" | "queue" => self.queue(node),
            "state" => {
                let states = self.names(node, "state", |r| r.states())?;
                let mut states: Vec<Json> = states.as_array()?.clone();
                states.sort_by_key(|state| state.as_str().map(str::to_owned));
                Some(Json::Array(states))
            }
            "flags" => {
                let mut flags = self.texts(node)?;
                flags.sort();
                Some(json!(flags))
            }
            "documents" => self.texts(node).map(Json::from),
            "tasks" => self.names(node, "role", |r| r.roles()),
            "places" => self.places(node),
            "mails" => self.sent(node, "letter", |r| r.templates(), true),
            "notices" => self.sent(node, "letter", |r| r.templates(), false),
            "deliveries" => self.sent(node, "queue", |r| r.about.queues.to_vec(), true),
            "payment" => self.payment(node),
            "offers" => self.offers(node),
            "letters" => self.letters(node),
            "timers" => self.timers(node),
            "parties" => super::party::states(node, self.about, self.report),
            "vars" => self.declared(node, "variable", |r| r.vars()),
            "params" => self.declared(node, "parameter", |r| r.params()),
            "can_end" => node
                .as_bool()
                .map(Json::Bool)
                .or_else(|| self.wrong(node, "true or false")),
            "applicant" | "capacity" => Some(given::answer(node, None)),
            _ => match node.as_text() {
                Some(text) => Some(Json::from(text)),
                None => self.wrong(node, "a text"),
            },
        }
    }

    fn wrong(&mut self, node: &Node, expected: &str) -> Option<Json> {
        let name = self.name;
        // "a list of …, but here is a list" helps nobody.
        let message = match node.as_list() {
            Some(_) if expected.starts_with("a list") => format!("`{name}` must be {expected}"),
            _ => format!(
                "`{name}` must be {expected}, but here is {}",
                node.kind_name()
            ),
        };
        self.report
            .push(Diagnostic::error("wrong-shape", node.span, message));
        None
    }

    fn known(&mut self, what: &str, name: &str, known: &[String], span: Span) {
        if !known.iter().any(|one| one == name) {
            let code = match self.name {
                "pages" => "unknown-page",
                "state" => "unknown-state",
                "mails" | "notices" | "letters" => "unknown-letter",
                "deliveries" | "route" | "queue" => "unknown-queue",
                "offers" => "unknown-event",
                "tasks" => "unknown-role",
                "timers" => "unknown-timer",
                _ => "unknown-name",
            };
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.report.push(unknown(code, what, name, known, span));
        }
    }

    fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        if let Some(text) = node.as_text() {
            return Some(vec![text.to_owned()]);
        }
        let Some(items) = node.as_list() else {
            self.wrong(node, "a list of texts");
            return None;
        };
        let texts: Vec<String> = items
            .iter()
            .filter_map(Node::as_text)
            .map(str::to_owned)
            .collect();
        if texts.len() != items.len() {
            self.wrong(node, "a list of texts");
        }
        Some(texts)
    }

    fn names(&mut self, node: &Node, what: &str, known: fn(&Self) -> Vec<String>) -> Option<Json> {
        let known = known(self);
        let items: Vec<&Node> = match node.as_list() {
            Some(items) => items.iter().collect(),
            None => vec![node],
        };
        for item in items {
            let Some(name) = item.as_text() else {
                return self.wrong(item, "a list of texts");
            };
            self.known(what, &without_indices(name), &known, item.span);
        }
        self.texts(node).map(Json::from)
    }

    fn findings(&mut self, node: &Node) -> Option<Json> {
        let Some(entries) = node.as_map() else {
            return self.wrong(node, "a map such as `contact.email: required`");
        };
        let (paths, mut codes) = (self.paths(), self.check_ids());
        codes.extend(CODES.iter().map(|code| (*code).to_owned()));
        let mut found = Map::new();
        for (key, value) in entries {
            let mut given = self.texts(value)?;
            let new = given.iter().any(|code| code == "unknown-field");
            if !new && !key.text.is_empty() {
                self.known(
                    "question with the path",
                    &without_indices(&key.text),
                    &paths,
                    key.span,
                );
            }
            for code in &given {
                if !codes.contains(code) {
                    let known: Vec<&str> = codes.iter().map(String::as_str).collect();
                    let what = "check or kind of finding named";
                    self.report
                        .push(unknown("unknown-finding", what, code, known, value.span));
                }
            }
            given.sort();
            found.insert(key.text.clone(), json!(given));
        }
        Some(Json::Object(found))
    }

    fn fee(&mut self, node: &Node) -> Option<Json> {
        if let Some(total) = node.as_text() {
            return Some(json!({ "total": total }));
        }
        let keys = Fields::of(node, "`fee`", self.report)?;
        let total = keys.need_text("total", self.report)?;
        let lines = keys.get("lines");
        keys.finish("`fee`", self.report);
        let Some(lines) = lines else {
            return Some(json!({ "total": total }));
        };
        let lines = self.pairs(lines, |_, _, _| {})?;
        Some(json!({ "total": total, "lines": lines }))
    }

    /// A list of one-entry maps, each kept as it is.
    fn pairs(&mut self, node: &Node, look: impl Fn(&mut Self, &str, Span)) -> Option<Json> {
        let Some(items) = node.as_list() else {
            return self.wrong(node, "a list");
        };
        let mut pairs = Vec::new();
        for item in items {
            match &item.kind {
                NodeKind::Map(entries) if entries.len() == 1 => {
                    for (key, _) in entries {
                        look(self, &key.text, key.span);
                    }
                    pairs.push(given::answer_as_text(item));
                }
                NodeKind::Scalar(scalar) => {
                    look(self, &scalar.text, item.span);
                    pairs.push(Json::from(scalar.text.as_str()));
                }
                _ => {
                    return self.wrong(
                        item,
                        "a list of names, or of entries such as `- name: value`",
                    );
                }
            }
        }
        Some(Json::Array(pairs))
    }

    fn sent(
        &mut self,
        node: &Node,
        what: &'static str,
        known: fn(&Self) -> Vec<String>,
        bare: bool,
    ) -> Option<Json> {
        let known = known(self);
        let pairs = self.pairs(node, |reader, name, span| {
            reader.known(what, name, &known, span);
        })?;
        if !bare
            && pairs
                .as_array()
                .is_some_and(|all| all.iter().any(Json::is_string))
        {
            return self.wrong(node, "a list of entries such as `- overdue: teamlead`");
        }
        Some(pairs)
    }

    fn queue(&mut self, node: &Node) -> Option<Json> {
        let Some(text) = node.as_text() else {
            return self.wrong(node, "a text such as `public-order/trade`");
        };
        let known = self.about.queues.to_vec();
        self.known(
            "queue (written `department/queue`)",
            text,
            &known,
            node.span,
        );
        Some(Json::from(text))
    }

    fn places(&mut self, node: &Node) -> Option<Json> {
        let texts = self.texts(node)?;
        for text in &texts {
            let (verb, rest) = text.split_once(' ').unwrap_or((text, "1"));
            let of_places =
                ["take", "wait", "release"].contains(&verb) && rest.parse::<i64>().is_ok();
            let slot = rest.split(' ').next().and_then(crate::appointment::parse);
            let of_appointment = verb == "slot" && slot.is_some()
                || ["released", "attended", "no show"].contains(&text.as_str());
            if !of_places && !of_appointment {
                return self.wrong(
                    node,
                    "a list of `take 1`, `wait 1` or `release`; for appointments `slot 2026-12-01T09:15 counter`, `released`, `attended` or `no show`",
                );
            }
        }
        Some(json!(texts))
    }

    fn payment(&mut self, node: &Node) -> Option<Json> {
        match node.as_text() {
            Some(word @ ("closed" | "none")) => Some(Json::from(word)),
            Some(amount) if amount.parse::<rust_decimal::Decimal>().is_ok() => {
                Some(json!({ "amount": amount }))
            }
            Some(_) => self.wrong(node, "an amount, `closed` or `none`"),
            None => {
                let keys = Fields::of(node, "`payment`", self.report)?;
                let amount = keys.need_text("amount", self.report)?;
                let purpose = keys.text("purpose", self.report);
                keys.finish("`payment`", self.report);
                Some(match purpose {
                    Some(purpose) => json!({ "amount": amount, "purpose": purpose }),
                    None => json!({ "amount": amount }),
                })
            }
        }
    }

    fn offers(&mut self, node: &Node) -> Option<Json> {
        let Some(entries) = node.as_map() else {
            return self.wrong(node, "a map of roles, such as `clerk: [confirm]`");
        };
        let workflow = &self.about.service.workflow;
        let events: Vec<String> = workflow
            .event_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut found = Map::new();
        for (key, value) in entries {
            if !workflow.roles.contains_key(&key.text) {
                let known: Vec<&str> = workflow.roles.keys().map(String::as_str).collect();
                self.report
                    .push(unknown("unknown-role", "role", &key.text, known, key.span));
            }
            let names = self.texts(value)?;
            for name in &names {
                self.known("event", name.trim_end_matches('!'), &events, value.span);
            }
            found.insert(key.text.clone(), json!(names));
        }
        Some(Json::Object(found))
    }

    fn letters(&mut self, node: &Node) -> Option<Json> {
        let Some(entries) = node.as_map() else {
            return self.wrong(node, "a map of letters and what they contain");
        };
        let known = self.templates();
        let mut found = Map::new();
        for (key, value) in entries {
            self.known("letter", &key.text, &known, key.span);
            let mut languages = Map::new();
            match value.as_map() {
                Some(entries) => {
                    for (tag, value) in entries {
                        if Language::from_tag(&tag.text).is_none() {
                            let known = ["de", "en"];
                            self.report.push(unknown(
                                "unknown-language",
                                "language",
                                &tag.text,
                                known,
                                tag.span,
                            ));
                        }
                        languages.insert(tag.text.clone(), json!(self.texts(value)?));
                    }
                }
                None => drop(languages.insert("de".to_owned(), json!(self.texts(value)?))),
            }
            found.insert(key.text.clone(), Json::Object(languages));
        }
        Some(Json::Object(found))
    }

    fn timers(&mut self, node: &Node) -> Option<Json> {
        let ids: Vec<String> = self
            .about
            .service
            .workflow
            .timers
            .iter()
            .map(|t| t.id.clone())
            .collect();
        self.declared_as(node, "timer", &ids)
    }

    fn declared(
        &mut self,
        node: &Node,
        what: &str,
        known: fn(&Self) -> Vec<String>,
    ) -> Option<Json> {
        let known = known(self);
        let entries = node.as_map();
        for (key, _) in entries.into_iter().flatten() {
            self.known(what, &key.text, &known, key.span);
        }
        match entries {
            Some(_) => Some(given::answer(node, None)),
            None => self.wrong(node, "a map of names and values"),
        }
    }

    fn declared_as(&mut self, node: &Node, what: &str, known: &[String]) -> Option<Json> {
        let Some(entries) = node.as_map() else {
            return self.wrong(node, "a map of names and dates");
        };
        for (key, _) in entries {
            let id = key.text.rsplit('/').next().unwrap_or(&key.text);
            self.known(what, id, known, key.span);
        }
        Some(given::answer_as_text(node))
    }

    fn form_pages(&self) -> Vec<String> {
        self.about
            .service
            .form
            .questions
            .pages
            .iter()
            .map(|page| page.id.clone())
            .collect()
    }

    fn paths(&self) -> Vec<String> {
        let all = self.about.service.form.questions.all_fields();
        all.iter().map(|field| field.path.clone()).collect()
    }

    fn check_ids(&self) -> Vec<String> {
        let pages = self.about.service.form.questions.pages.iter();
        pages
            .flat_map(|page| &page.checks)
            .map(|check| check.id.clone())
            .collect()
    }

    fn states(&self) -> Vec<String> {
        let states = self.about.service.workflow.states.iter().skip(1);
        states.map(|state| state.path.clone()).collect()
    }

    fn templates(&self) -> Vec<String> {
        let (mails, documents) = self.about.service.workflow.templates_used();
        let all = mails.into_iter().chain(documents).chain([RECEIPT]);
        all.map(str::to_owned).collect()
    }

    fn roles(&self) -> Vec<String> {
        self.about.service.workflow.roles.keys().cloned().collect()
    }

    fn vars(&self) -> Vec<String> {
        self.about.service.workflow.vars.keys().cloned().collect()
    }

    fn params(&self) -> Vec<String> {
        self.about.service.workflow.params.keys().cloned().collect()
    }
}

/// A path as fields have it.
fn without_indices(path: &str) -> String {
    let parts = path
        .split('.')
        .filter(|part| part.parse::<usize>().is_err());
    parts.collect::<Vec<_>>().join(".")
}
