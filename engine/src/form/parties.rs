//! Parties of a form: people besides the applicant whose word the law asks
//! for. The form says who they are, what they may read and what they are asked.

use serde_json::{Map, Value as Json};

use super::evaluate::{Env, Evaluation};
use super::fields::Compiler;
use super::model::{Field, FieldKind, Form, Page, Questions};
use super::present::{Section, sections};
use crate::case::{Attachment, PartiesWanted, Party, PartyWanted};
use crate::catalogue::{decode_id, duplicate, unknown};
use crate::feel::{Expression, Scope, Type, Value};
use crate::source::{Diagnostic, Fields, Node, NodeKind, Span};
use crate::text::{Language, Text};

/// Most days parties have to answer.
const MOST_DAYS: i64 = 366;

/// The parties of a form.
#[derive(Debug)]
pub struct PartiesRules {
    /// Days all of them have to answer.
    pub within: i64,
    /// Days after which those who did not answer are reminded.
    pub remind: Option<i64>,
    /// Who they are.
    pub who: Vec<PartyRule>,
    /// Where they stand in the form.
    pub span: Span,
}

impl PartiesRules {
    /// The rule of an id.
    pub fn rule(&self, id: &str) -> Option<&PartyRule> {
        self.who.iter().find(|rule| rule.id == id)
    }
}

/// One kind of party.
#[derive(Debug)]
pub struct PartyRule {
    /// Id within the form.
    pub id: String,
    /// Who this is to the service.
    pub title: Text,
    /// What the party is asked for, in a sentence or two.
    pub intro: Option<Text>,
    /// When it is needed; always without.
    pub when: Option<Expression>,
    /// One for each entry of a list, under a name.
    pub each: Option<(Expression, String)>,
    /// Text: the full name.
    pub name: Expression,
    /// Text or null: where the link goes.
    pub email: Option<Expression>,
    /// Text or null, `de` or `en`: the language to write in.
    pub language: Option<Expression>,
    /// What the party may read; nothing without.
    pub shows: Vec<Shown>,
    /// What it is asked.
    pub asks: Questions,
    /// Where it stands in the form.
    pub span: Span,
}

/// Something a party may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is.
    pub what: ShownPart,
    /// Where it is named.
    pub span: Span,
}

/// A part of the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownPart {
    /// The answer of a path, or all of a group.
    Field(String),
    /// All of a page.
    Page(String),
    /// Of the party's own entry of a list the answer of a path; all of it for
    /// an empty one.
    Own {
        /// Path of the list.
        list: String,
        /// Path inside of an entry.
        path: String,
    },
}

impl Compiler<'_, '_, '_> {
    pub(super) fn parties(
        &mut self,
        keys: &Fields<'_>,
        scope: &Scope,
        pages: &[Page],
    ) -> Option<PartiesRules> {
        let node = keys.get("parties")?;
        let fields = Fields::of(node, "`parties`", self.report)?;
        fields.need("within", self.report);
        let within = self.days(&fields, "within");
        let remind = self.days(&fields, "remind");
        if let (Some(within), Some(remind), Some(node)) = (within, remind, fields.get("remind"))
            && remind >= within
        {
            let message =
                format!("the reminder after {remind} days comes when the {within} days are over");
            self.report.push(
                Diagnostic::error("party-reminder", node.span, message)
                    .help("remind earlier, or give more time under `within`"),
            );
        }
        fields.need("who", self.report);
        let mut who: Vec<PartyRule> = Vec::new();
        for node in fields.list("who", self.report) {
            let Some(rule) = self.party(node, scope, pages) else {
                continue;
            };
            if who.iter().any(|known| known.id == rule.id) {
                self.report.push(duplicate("parties", &rule.id, node.span));
            }
            who.push(rule);
        }
        fields.finish("`parties`", self.report);
        Some(PartiesRules {
            within: within?,
            remind,
            who,
            span: node.span,
        })
    }

    /// `{ days: 14 }`.
    fn days(&mut self, keys: &Fields<'_>, key: &'static str) -> Option<i64> {
        let node = keys.get(key)?;
        let fields = Fields::of(node, "a period", self.report)?;
        fields.need("days", self.report);
        let days = fields.integer("days", self.report);
        fields.finish("a period", self.report);
        let days = days?;
        if !(1..=MOST_DAYS).contains(&days) {
            let message = format!("parties have 1 to {MOST_DAYS} days, but here are {days}");
            self.report
                .push(Diagnostic::error("wrong-value", node.span, message));
            return None;
        }
        Some(days)
    }

    fn party(&mut self, node: &Node, scope: &Scope, pages: &[Page]) -> Option<PartyRule> {
        let keys = Fields::of(node, "a party", self.report)?;
        let id = decode_id(&keys, self.report);
        let title = keys.need_texts("title", self.report);
        let intro = keys.texts("intro", self.report);
        let mut inner = scope.clone();
        let each = self.party_for_each(&keys, scope, &mut inner);
        let when = self.rule_at(&keys, "when", &inner, &Type::Boolean);
        keys.need("name", self.report);
        let name = self.rule_at(&keys, "name", &inner, &Type::Text);
        let email = self.rule_at(&keys, "email", &inner, &Type::Text);
        if keys.get("email").is_none() {
            self.report.push(
                Diagnostic::error("party-without-email", keys.span, "no mail goes to this party, so it could never answer by itself")
                    .help("add `email:` with the answer that holds the address; where it may be empty, a clerk can record the answer on paper"),
            );
        }
        let language = self.rule_at(&keys, "language", &inner, &Type::Text);
        let own = each
            .as_ref()
            .map(|(list, name)| (list.text().trim().to_owned(), name.clone()));
        let shows = keys.list("shows", self.report).iter();
        let shows: Vec<Shown> = shows
            .filter_map(|node| self.shown(node, pages, own.as_ref()))
            .collect();
        let nothing = Node {
            span: node.span,
            kind: NodeKind::List(Vec::new()),
        };
        let asks = Questions::small(keys.get("asks").unwrap_or(&nothing), self.report);
        keys.bool("verify", self.report);
        keys.finish("a party", self.report);
        Some(PartyRule {
            id: id?,
            title: title?,
            intro,
            when,
            each,
            name: name?,
            email,
            language,
            shows,
            asks,
            span: node.span,
        })
    }

    fn party_for_each(
        &mut self,
        keys: &Fields<'_>,
        scope: &Scope,
        inner: &mut Scope,
    ) -> Option<(Expression, String)> {
        let name = keys.text("as", self.report);
        let list = self.rule_at(keys, "for_each", scope, &Type::List(Box::new(Type::Any)))?;
        let Some(name) = name else {
            self.report.push(
                Diagnostic::error(
                    "missing-key",
                    keys.span,
                    "`for_each` needs a name for the item",
                )
                .help("add `as: owner`"),
            );
            return None;
        };
        let item = match list.ty().required() {
            Type::List(item) => (**item).clone(),
            _ => Type::Any,
        };
        inner.names.insert(name.clone(), item);
        Some((list, name))
    }

    /// What a line of `shows` means; `own` is the list a party is made from,
    /// and the name of its entry.
    fn shown(
        &mut self,
        node: &Node,
        pages: &[Page],
        own: Option<&(String, String)>,
    ) -> Option<Shown> {
        let span = node.span;
        if node.as_map().is_some() {
            let keys = Fields::of(node, "a part shown", self.report)?;
            let page = keys.need_text("page", self.report);
            let place = keys.get("page").map_or(span, |node| node.span);
            keys.finish("a part shown", self.report);
            let page = page?;
            let Some(found) = pages.iter().find(|known| known.id == page) else {
                let known = pages.iter().map(|page| page.id.as_str());
                self.report
                    .push(unknown("unknown-page", "page", &page, known, place));
                return None;
            };
            self.check_private(&found.fields, place);
            return Some(Shown {
                what: ShownPart::Page(page),
                span,
            });
        }
        let Some(path) = node.as_text() else {
            let message = format!(
                "a part shown is the path of a question or `{{ page: … }}`, but here is {}",
                node.kind_name()
            );
            self.report
                .push(Diagnostic::error("wrong-shape", span, message));
            return None;
        };
        let top = || pages.iter().flat_map(|page| &page.fields);
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let (whole, what) = match own.filter(|(_, name)| name == first) {
            Some((list, _)) => {
                let inside = match rest {
                    "" => list.clone(),
                    rest => format!("{list}.{rest}"),
                };
                (
                    inside,
                    ShownPart::Own {
                        list: list.clone(),
                        path: rest.to_owned(),
                    },
                )
            }
            None => (path.to_owned(), ShownPart::Field(path.to_owned())),
        };
        let Some(found) = find(top().collect(), &whole) else {
            let mut known = Vec::new();
            top().for_each(|field| paths(field, &mut known));
            let known = known.iter().map(String::as_str);
            self.report.push(unknown(
                "unknown-path",
                "field with the path",
                path,
                known,
                span,
            ));
            return None;
        };
        self.check_private(std::slice::from_ref(found), span);
        Some(Shown { what, span })
    }

    /// Parties read what the law needs them to know; how to reach others and
    /// their bank account are hardly ever part of it.
    fn check_private(&mut self, fields: &[Field], span: Span) {
        let mut known = Vec::new();
        for field in fields {
            collect(field, &mut known);
        }
        let private = known.into_iter().find(|field| {
            matches!(
                field.kind,
                FieldKind::Email(_)
                    | FieldKind::Phone(_)
                    | FieldKind::Iban
                    | FieldKind::Attachment(_)
            )
        });
        if let Some(field) = private {
            let message = format!("the party reads `{}` of somebody else", field.path);
            self.report.push(
                Diagnostic::warning("party-reads-private", span, message)
                    .help("name only the questions the party must know to decide; accept the finding if this is one of them"),
            );
        }
    }
}

fn find<'f>(fields: Vec<&'f Field>, path: &str) -> Option<&'f Field> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.into_iter().find(|field| field.id == first)?;
    match rest {
        "" => Some(field),
        rest => find(field.fields().iter().collect(), rest),
    }
}

fn paths(field: &Field, known: &mut Vec<String>) {
    known.push(field.path.clone());
    field.fields().iter().for_each(|field| paths(field, known));
}

fn collect<'f>(field: &'f Field, known: &mut Vec<&'f Field>) {
    known.push(field);
    field
        .fields()
        .iter()
        .for_each(|field| collect(field, known));
}

/// Whose word these answers need. Nobody: `None`.
pub(super) fn wanted(form: &Form, evaluation: &Evaluation<'_>) -> Option<PartiesWanted> {
    let rules = form.parties.as_ref()?;
    let mut who = Vec::new();
    for rule in &rules.who {
        let Some((list, name)) = &rule.each else {
            who.extend(party(rule, evaluation, None, &[]));
            continue;
        };
        let Value::List(items) = evaluation.value(list, "") else {
            continue;
        };
        for (at, item) in items.iter().enumerate() {
            who.extend(party(rule, evaluation, Some(at), &[(name, item.clone())]));
        }
    }
    (!who.is_empty()).then_some(PartiesWanted {
        within: rules.within,
        remind: rules.remind,
        who,
    })
}

fn party(
    rule: &PartyRule,
    evaluation: &Evaluation<'_>,
    entry: Option<usize>,
    names: &[(&str, Value)],
) -> Option<PartyWanted> {
    if let Some(when) = &rule.when
        && !evaluation.value_with(when, "", names).is_true()
    {
        return None;
    }
    let text = |rule: &Expression| match evaluation.value_with(rule, "", names) {
        Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let language = rule.language.as_ref().and_then(text);
    let language = language.and_then(|tag| Language::from_tag(&tag));
    Some(PartyWanted {
        key: match entry {
            Some(at) => format!("{}.{at}", rule.id),
            None => rule.id.clone(),
        },
        rule: rule.id.clone(),
        entry,
        title: rule.title.clone(),
        name: text(&rule.name).unwrap_or_default(),
        email: rule.email.as_ref().and_then(text),
        language: language.unwrap_or(evaluation.env().language),
    })
}

/// A mail address as typed, if it is one.
pub fn mail_address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    super::typed::is_email(typed).then(|| typed.to_owned())
}

/// The answers a party may read, by page. What is not named is not there.
pub fn shown_to(
    form: &Form,
    party: &Party,
    answers: &Map<String, Json>,
    attachments: &[Attachment],
    env: Env<'_>,
) -> Vec<Section> {
    let rule = form
        .parties
        .as_ref()
        .and_then(|rules| rules.rule(&party.rule));
    let shows = rule.map_or(&[][..], |rule| &rule.shows);
    let all = sections(&form.questions, answers, attachments, env);
    let mut seen = Vec::new();
    for mut section in all {
        let open = |path: &str| {
            shows.iter().any(|shown| match &shown.what {
                ShownPart::Page(page) => *page == section.page_id,
                ShownPart::Field(field) => is_inside(&without_indices(path), field),
                ShownPart::Own { list, path: inside } => {
                    let own = party.entry.map(|at| format!("{list}.{at}"));
                    own.is_some_and(|own| {
                        path == own
                            || path.strip_prefix(&format!("{own}.")).is_some_and(|rest| {
                                inside.is_empty() || is_inside(&without_indices(rest), inside)
                            })
                    })
                }
            })
        };
        let mut rows = std::mem::take(&mut section.rows);
        rows.retain(|row| open(&row.path) || row.heading);
        // A heading stays where something below it does.
        let keep: Vec<bool> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let below = rows[at + 1..]
                    .iter()
                    .take_while(|next| next.level > row.level);
                !row.heading || below.into_iter().any(|next| !next.heading)
            })
            .collect();
        section.rows = rows
            .into_iter()
            .zip(keep)
            .filter(|(_, keep)| *keep)
            .map(|(row, _)| row)
            .collect();
        if !section.rows.is_empty() {
            seen.push(section);
        }
    }
    seen
}

fn is_inside(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn without_indices(path: &str) -> String {
    let parts = path.split('.').filter(|part| !super::model::is_index(part));
    parts.collect::<Vec<_>>().join(".")
}
