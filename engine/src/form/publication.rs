//! What a form lets everybody read of its submissions, and the proof that no
//! personal data are among it.

use super::charge::Charge;
use super::fields::Compiler;
use super::model::{Field, FieldKind, Page};
use crate::case::publication::{Labelled, Proposal};
use crate::catalogue::unknown;
use crate::feel::{Expression, Scope, Type, Value};
use crate::source::{Diagnostic, Fields, Span};
use crate::text::Text;

/// What of the answers may be published.
#[derive(Debug)]
pub struct PublicationRules {
    /// Whether this submission may be published; always without.
    pub when: Option<Expression>,
    /// Heading; without it the label of the category.
    pub title: Option<Expression>,
    /// The text.
    pub text: Expression,
    /// Where, in words.
    pub place: Option<Expression>,
    /// Path of the choice that is the category.
    pub category: Option<String>,
    /// Path of the choice that is the district.
    pub district: Option<String>,
    /// Key of the procedure.
    pub procedure: Option<Expression>,
    /// The procedures that can be open.
    pub procedures: Option<ProcedureColumns>,
}

/// Where the procedures of a service stand: a data set and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcedureColumns {
    /// The data set.
    pub data: String,
    /// Column with the key.
    pub key: String,
    /// Column with the id of the service a row belongs to.
    pub service: Option<String>,
    /// Columns with the name, German and English.
    pub title: (String, Option<String>),
    /// Columns with a summary, German and English.
    pub summary: (Option<String>, Option<String>),
    /// Column with the first day.
    pub opens: Option<String>,
    /// Column with the last day.
    pub closes: Option<String>,
    /// Column with the address of the documents.
    pub documents: Option<String>,
}

/// Tokens of `autocomplete` that stand for something about a person.
const PERSONAL: [&str; 24] = [
    "name",
    "given-name",
    "additional-name",
    "family-name",
    "honorific-prefix",
    "honorific-suffix",
    "nickname",
    "username",
    "email",
    "tel",
    "tel-national",
    "bday",
    "bday-day",
    "bday-month",
    "bday-year",
    "sex",
    "street-address",
    "address-line1",
    "address-line2",
    "address-line3",
    "postal-code",
    "address-level2",
    "photo",
    "impp",
];

impl Compiler<'_, '_, '_> {
    pub(super) fn publication(
        &mut self,
        keys: &Fields<'_>,
        scope: &Scope,
        pages: &[Page],
    ) -> Option<PublicationRules> {
        let fields = Fields::of(keys.get("publication")?, "`publication`", self.report)?;
        fields.need("text", self.report);
        let when = self.rule_at(&fields, "when", scope, &Type::Boolean);
        let mut shown = |key: &'static str| {
            let rule = self.rule_at(&fields, key, scope, &Type::Text);
            if let (Some(rule), Some(node)) = (&rule, fields.get(key)) {
                self.no_personal_data(rule, node.span, pages);
            }
            rule
        };
        let (title, text, place) = (shown("title"), shown("text"), shown("place"));
        let procedure = shown("procedure");
        let category = self.public_choice(&fields, "category", pages);
        let district = self.public_choice(&fields, "district", pages);
        let procedures = self.procedures(&fields, scope);
        fields.finish("`publication`", self.report);
        if title.is_none() && category.is_none() {
            let span = keys
                .get("publication")
                .map_or(Span::default(), |node| node.span);
            let message = "an entry needs a heading: a `title`, or a `category` whose label is it";
            self.report
                .push(Diagnostic::error("missing-key", span, message));
        }
        Some(PublicationRules {
            when,
            title,
            text: text?,
            place,
            category,
            district,
            procedure,
            procedures,
        })
    }

    fn public_choice(
        &mut self,
        keys: &Fields<'_>,
        key: &'static str,
        pages: &[Page],
    ) -> Option<String> {
        let node = keys.get(key)?;
        let path = keys.text(key, self.report)?;
        let (message, help) = match find(pages, &path) {
            Some((field, around)) if matches!(field.kind, FieldKind::Choice(_)) => {
                if let Some(why) = personal(field, around) {
                    self.personal(&path, why, node.span);
                }
                return Some(path);
            }
            Some(_) => (
                format!("`{path}` is no choice, so it cannot be a `{key}` people filter by"),
                "name a field of the type `choice`",
            ),
            None => (
                format!("there is no question `{path}`"),
                "name a question by its path, such as `place.district`",
            ),
        };
        self.report
            .push(Diagnostic::error("unknown-field", node.span, message).help(help));
        None
    }

    fn no_personal_data(&mut self, rule: &Expression, span: Span, pages: &[Page]) {
        let mut seen = Vec::new();
        if let Some((path, why)) = personal_of(rule, pages, &mut seen) {
            self.personal(&path, why, span);
        }
    }

    fn personal(&mut self, path: &str, why: &str, span: Span) {
        let message = format!("`{path}` would be shown to everybody, but it {why}");
        let help = "publish only what says nothing about a person, and ask for it in a question of its own";
        self.report
            .push(Diagnostic::error("publication-personal", span, message).help(help));
    }

    fn procedures(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<ProcedureColumns> {
        let fields = Fields::of(keys.get("procedures")?, "`procedures`", self.report)?;
        for needed in ["data", "key", "title"] {
            fields.need(needed, self.report);
        }
        let data = fields.text("data", self.report);
        let known: Vec<String> = match data.as_ref().and_then(|name| scope.names.get(name)) {
            Some(Type::List(row)) => match &**row {
                Type::Record(columns) => columns.keys().cloned().collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if let (Some(name), Some(node), true) = (&data, fields.get("data"), known.is_empty()) {
            let names: Vec<&str> = scope.names.keys().map(String::as_str).collect();
            let diagnostic = unknown("unknown-data", "data set", name, names, node.span);
            self.report
                .push(diagnostic.help("list it under `data:` of this form too"));
        }
        let mut column = |key: &'static str| {
            let node = fields.get(key)?;
            let name = fields.text(key, self.report)?;
            if !known.is_empty() && !known.contains(&name) {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                let diagnostic = unknown("unknown-column", "column", &name, names, node.span);
                self.report.push(diagnostic);
            }
            Some(name)
        };
        let columns = (
            column("key"),
            column("title"),
            column("title_en"),
            column("summary"),
            column("summary_en"),
        );
        let (service, opens) = (column("service"), column("opens"));
        let (closes, documents) = (column("closes"), column("documents"));
        fields.finish("`procedures`", self.report);
        Some(ProcedureColumns {
            data: data?,
            key: columns.0?,
            service,
            title: (columns.1?, columns.2),
            summary: (columns.3, columns.4),
            opens,
            closes,
            documents,
        })
    }
}

/// A field by its path, and the fields it stands among inside of its group or
/// list; none at the top of a page.
fn find<'p>(pages: &'p [Page], path: &str) -> Option<(&'p Field, &'p [Field])> {
    let mut names = path.split('.');
    let first = names.next()?;
    let mut field = pages
        .iter()
        .flat_map(|page| &page.fields)
        .find(|field| field.id == first)?;
    let mut around: &[Field] = &[];
    for name in names {
        around = field.fields();
        field = around.iter().find(|child| child.id == name)?;
    }
    Some((field, around))
}

/// Why an expression would show personal data: the path and the reason.
fn personal_of(
    rule: &Expression,
    pages: &[Page],
    seen: &mut Vec<String>,
) -> Option<(String, &'static str)> {
    for path in rule.reads() {
        if seen.contains(path) {
            continue;
        }
        seen.push(path.clone());
        let Some((field, around)) = find(pages, path) else {
            continue;
        };
        // A group read as a whole shows all that is in it, unless single
        // questions of it are named.
        let inside = format!("{path}.");
        let whole = !rule.reads().iter().any(|other| other.starts_with(&inside));
        let mut fields = vec![(field, around)];
        while let Some((field, around)) = fields.pop() {
            if let Some(why) = personal(field, around) {
                return Some((field.path.clone(), why));
            }
            if whole {
                let children = field.fields();
                fields.extend(children.iter().map(|child| (child, children)));
            }
            if let Some(computed) = &field.computed
                && let Some(found) = personal_of(computed, pages, seen)
            {
                return Some(found);
            }
        }
    }
    None
}

/// Why a field says something about a person.
fn personal(field: &Field, around: &[Field]) -> Option<&'static str> {
    if own(field) {
        return Some("asks for something about a person");
    }
    if matches!(field.kind, FieldKind::Attachment(_)) {
        return Some("is a file, in which anything may stand");
    }
    if around.iter().any(own) {
        return Some("stands beside a name, an address or another question about a person");
    }
    None
}

/// Whether the question itself is one about a person.
fn own(field: &Field) -> bool {
    let token = field.autocomplete.as_deref();
    matches!(
        field.kind,
        FieldKind::Email(_) | FieldKind::Phone(_) | FieldKind::Iban
    ) || token.is_some_and(|token| PERSONAL.contains(&token))
}

impl Charge<'_, '_> {
    /// What may be published of these answers, if anything.
    pub(super) fn publication(&self) -> Option<Proposal> {
        let rules = self.form.publication.as_ref()?;
        if let Some(when) = &rules.when
            && !self.evaluation.is_true(when, "")
        {
            return None;
        }
        let text = |rule: &Expression| match self.evaluation.value(rule, "") {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        let category = rules.category.as_ref().and_then(|path| self.chosen(path));
        let title = match rules.title.as_ref().and_then(text) {
            Some(title) => Text::same(title),
            None => category.as_ref()?.label.clone(),
        };
        Some(Proposal {
            title,
            text: text(&rules.text)?,
            place: rules.place.as_ref().and_then(text).unwrap_or_default(),
            category,
            district: rules.district.as_ref().and_then(|path| self.chosen(path)),
            procedure: rules.procedure.as_ref().and_then(text),
        })
    }

    /// The option chosen in a choice.
    fn chosen(&self, path: &str) -> Option<Labelled> {
        let answers = self.evaluation.visible_answers();
        let id = super::paths::get(&answers, path)?.as_str()?;
        let field = self.form.questions.field(path)?;
        let option = field.options().iter().find(|option| option.id == id)?;
        Some(Labelled {
            id: id.to_owned(),
            label: option.text.clone(),
        })
    }
}
