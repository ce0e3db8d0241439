//! Second pass over the fields: every key is read, every rule compiled against
//! the names of its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::model::{
    AttachmentRules, Bound, Choice, Field, FieldKind, FileType, Label, ListRules, Pattern, Rule,
    TextRules,
};
use super::outline::{Outline, Shared, inner_scope};
use crate::catalogue::{decode_text, duplicate, unknown};
use crate::feel::{Expression, Scope, Type};
use crate::source::{Diagnostic, Fields, Node, Report, Span};
use crate::text::Text;

/// Compiles fields and rules of one form.
pub(super) struct Compiler<'s, 'a, 'r> {
    pub(super) shared: &'s Shared<'a>,
    pub(super) report: &'r mut Report,
    /// Where the rule that hides or computes a field (or page) stands, for circles.
    pub(super) rule_spans: BTreeMap<String, Span>,
}

impl Compiler<'_, '_, '_> {
    /// Compiles the rule in `node`.
    pub(super) fn rule(&mut self, node: &Node, scope: &Scope, wanted: &Type) -> Option<Expression> {
        let Some(text) = node.as_text() else {
            let message = format!("a rule is a text, but here is {}", node.kind_name());
            self.report.push(
                Diagnostic::error("wrong-shape", node.span, message)
                    .help("inside { } a rule stands in single quotes"),
            );
            return None;
        };
        match Expression::compile_for(text, scope, wanted) {
            Ok(expression) => Some(expression.at(node.span)),
            Err(problems) => {
                for problem in problems {
                    self.report.push(
                        Diagnostic::error(
                            problem.code,
                            node.text_span(problem.start, problem.end),
                            problem.message,
                        )
                        .maybe_help(problem.help),
                    );
                }
                None
            }
        }
    }

    /// Compiles the rule under a key, if it is there.
    pub(super) fn rule_at(
        &mut self,
        keys: &Fields<'_>,
        key: &'static str,
        scope: &Scope,
        wanted: &Type,
    ) -> Option<Expression> {
        let node = keys.get(key)?;
        self.rule(node, scope, wanted)
    }

    /// Compiles the fields of a container in `scope`, the scope inside it.
    pub(super) fn fields(
        &mut self,
        outlines: &[Outline],
        prefix: &str,
        scope: &Scope,
    ) -> Vec<Field> {
        outlines
            .iter()
            .filter_map(|outline| self.field(outline, prefix, scope))
            .collect()
    }

    fn field(&mut self, outline: &Outline, prefix: &str, scope: &Scope) -> Option<Field> {
        let keys = Fields::of(&outline.node, "a field", self.report)?;
        keys.get("id");
        let from_library = outline.node.get("use").is_some();
        for key in if from_library {
            ["use", "with"]
        } else {
            ["type", "type"]
        } {
            keys.get(key);
        }
        let path = if prefix.is_empty() {
            outline.id.clone()
        } else {
            format!("{prefix}.{}", outline.id)
        };
        let what = match outline.type_name.as_str() {
            "" => return None,
            name => format!("a field of type {name}"),
        };
        let label = self.label(&keys, outline, scope);
        let kind = self.kind(&keys, outline, &path, scope);
        let has_value = outline.type_name != "info";
        let mut field = Field {
            id: outline.id.clone(),
            span: (outline.node.get("id")).map_or(outline.node.span, |id| id.span),
            label,
            help: keys.texts("help", self.report),
            required: Rule::Never,
            visible: self.hiding_rule(&keys, "visible", &path, scope, &Type::Boolean),
            computed: None,
            default: None,
            min: None,
            max: None,
            autocomplete: None,
            reference: keys.text("ref", self.report),
            public: keys.bool("public", self.report).unwrap_or(false),
            path,
            kind: kind?,
        };
        keys.bool("verify", self.report);
        keys.bool("sample", self.report);
        if has_value {
            field.required = self.required(&keys, scope);
            self.value_keys(&mut field, &keys, scope);
        }
        keys.finish(&what, self.report);
        Some(field)
    }

    /// A rule other rules may depend on; its place is kept for circles.
    fn hiding_rule(
        &mut self,
        keys: &Fields<'_>,
        key: &'static str,
        path: &str,
        scope: &Scope,
        wanted: &Type,
    ) -> Option<Expression> {
        let node = keys.get(key)?;
        self.rule_spans.insert(path.to_owned(), node.span);
        self.rule(node, scope, wanted)
    }

    fn required(&mut self, keys: &Fields<'_>, scope: &Scope) -> Rule {
        let Some(node) = keys.get("required") else {
            return Rule::Always;
        };
        match node.as_bool() {
            Some(true) => Rule::Always,
            Some(false) => Rule::Never,
            None => self
                .rule(node, scope, &Type::Boolean)
                .map_or(Rule::Always, Rule::When),
        }
    }

    /// Keys only fields with a value of their own have.
    fn value_keys(&mut self, field: &mut Field, keys: &Fields<'_>, scope: &Scope) {
        let container = matches!(field.kind, FieldKind::Group(_) | FieldKind::List(_));
        let bound = match &field.kind {
            kind if kind.is_numeric() => Some(Type::Number),
            FieldKind::Date => Some(Type::Date),
            FieldKind::List(_) | FieldKind::Choices(_) => Some(Type::Number),
            _ => None,
        };
        if let Some(wanted) = bound {
            field.min = self.bound(keys, "min", &wanted, scope);
            field.max = self.bound(keys, "max", &wanted, scope);
            self.check_range(field, keys);
            self.check_counts(field, keys);
        }
        if container || matches!(field.kind, FieldKind::Attachment(_)) {
            return;
        }
        let wanted = computed_type(&field.kind);
        let path = field.path.clone();
        field.computed = self.hiding_rule(keys, "computed", &path, scope, &wanted);
        field.default = keys
            .get("default")
            .and_then(|node| self.default(node, &field.kind));
        field.autocomplete = keys
            .text("autocomplete", self.report)
            .or_else(|| usual_token(&field.kind));
        if let (Some(token), Some(node)) = (&field.autocomplete, keys.get("autocomplete"))
            && !AUTOCOMPLETE.contains(&token.as_str())
        {
            let diagnostic = unknown(
                "unknown-autocomplete",
                "autocomplete token",
                token,
                AUTOCOMPLETE,
                node.span,
            );
            self.report.push(diagnostic);
        }
    }

    fn check_range(&mut self, field: &Field, keys: &Fields<'_>) {
        let empty = match (&field.min, &field.max) {
            (Some(Bound::Number(min)), Some(Bound::Number(max))) => min > max,
            (Some(Bound::Date(min)), Some(Bound::Date(max))) => min > max,
            _ => false,
        };
        if let (true, Some(node)) = (empty, keys.get("max")) {
            self.report.push(
                Diagnostic::error(
                    "empty-range",
                    node.span,
                    "`max` is below `min`: no answer can be right",
                )
                .help("exchange the two"),
            );
        }
    }

    /// How many entries there may be is a whole number, and not below zero.
    fn check_counts(&mut self, field: &mut Field, keys: &Fields<'_>) {
        if !matches!(field.kind, FieldKind::List(_) | FieldKind::Choices(_)) {
            return;
        }
        for (bound, key) in [(&mut field.min, "min"), (&mut field.max, "max")] {
            let Some(Bound::Number(number)) = bound else {
                continue;
            };
            if number.normalize().scale() == 0 && number.is_sign_positive() {
                continue;
            }
            let message = format!("`{key}` counts entries, and {number} is no number of entries");
            if let Some(node) = keys.get(key) {
                self.report.push(
                    Diagnostic::error("wrong-value", node.span, message)
                        .help("write a whole number such as 1"),
                );
            }
            *bound = None;
        }
    }

    fn bound(
        &mut self,
        keys: &Fields<'_>,
        key: &'static str,
        wanted: &Type,
        scope: &Scope,
    ) -> Option<Bound> {
        let node = keys.get(key)?;
        if *wanted == Type::Date {
            if let Some(date) = node.as_text().and_then(|text| text.parse::<Date>().ok()) {
                return Some(Bound::Date(date));
            }
        } else if let Some(number) = node
            .as_number_text()
            .and_then(|text| text.parse::<Decimal>().ok())
        {
            return Some(Bound::Number(number));
        }
        self.rule(node, scope, wanted).map(Bound::Rule)
    }

    fn label(&mut self, keys: &Fields<'_>, outline: &Outline, scope: &Scope) -> Label {
        let Some(node) = keys.get("label") else {
            if outline.title.is_none() {
                let message = format!("the field `{}` has no `label`", outline.id);
                self.report.push(
                    Diagnostic::error("missing-key", outline.node.span, message)
                        .help("add `label: { de: …, en: … }`: every question needs its words"),
                );
            }
            return Label {
                cases: Vec::new(),
                text: outline.title.clone().unwrap_or_default(),
            };
        };
        let Some(entries) = node.as_list() else {
            let text = decode_text(node, "label", self.report).unwrap_or_default();
            return Label {
                cases: Vec::new(),
                text,
            };
        };
        let mut label = Label::default();
        let mut fallback = false;
        for (at, entry) in entries.iter().enumerate() {
            let Some(parts) = Fields::of(entry, "a label", self.report) else {
                continue;
            };
            let when = parts
                .get("when")
                .map(|node| self.rule(node, scope, &Type::Boolean));
            let (de, en) = (
                parts.need_text("de", self.report),
                parts.text("en", self.report),
            );
            parts.finish("a label", self.report);
            let text = Text {
                de: de.unwrap_or_default(),
                en,
            };
            match when {
                Some(Some(rule)) => label.cases.push((rule, text)),
                Some(None) => {}
                None if at + 1 == entries.len() => {
                    label.text = text;
                    fallback = true;
                }
                None => self.report.push(
                    Diagnostic::error(
                        "label-order",
                        entry.span,
                        "a label without `when` hides those after it",
                    )
                    .help("move it to the end of the list"),
                ),
            }
        }
        if !fallback {
            self.report.push(
                Diagnostic::error(
                    "label-fallback",
                    node.span,
                    "no label is left when none of the conditions holds",
                )
                .help("add a last entry without `when`"),
            );
        }
        label
    }

    fn kind(
        &mut self,
        keys: &Fields<'_>,
        outline: &Outline,
        path: &str,
        scope: &Scope,
    ) -> Option<FieldKind> {
        Some(match outline.type_name.as_str() {
            "text" => FieldKind::Text(self.text_rules(keys, true)),
            "email" => FieldKind::Email(self.text_rules(keys, false)),
            "phone" => FieldKind::Phone(self.text_rules(keys, false)),
            "url" => FieldKind::Url(self.text_rules(keys, false)),
            "postcode" => FieldKind::Postcode(self.text_rules(keys, false)),
            "iban" => FieldKind::Iban,
            "slot" => FieldKind::Slot,
            "choice" => FieldKind::Choice(self.options(keys, outline, scope)),
            "choices" => FieldKind::Choices(self.options(keys, outline, scope)),
            "country" => FieldKind::Country(self.codelist("countries", outline.node.span)),
            "boolean" => FieldKind::Boolean,
            "consent" => FieldKind::Consent,
            "date" => FieldKind::Date,
            "year" => FieldKind::Year,
            "integer" => FieldKind::Integer {
                unit: keys.texts("unit", self.report),
            },
            "number" => FieldKind::Number {
                unit: keys.texts("unit", self.report),
            },
            "money" => FieldKind::Money,
            "attachment" => FieldKind::Attachment(self.attachment(keys)),
            "info" => FieldKind::Info,
            "group" | "list" => {
                let from_library = outline.node.get("use").is_some();
                if !from_library && keys.need("fields", self.report).is_some() {
                    keys.list("fields", self.report);
                }
                let fields = self.fields(
                    &outline.children,
                    path,
                    &inner_scope(scope, &outline.children),
                );
                if outline.type_name == "group" {
                    FieldKind::Group(fields)
                } else {
                    FieldKind::List(ListRules {
                        fields,
                        item_label: keys.texts("item_label", self.report),
                    })
                }
            }
            _ => return None,
        })
    }

    fn text_rules(&mut self, keys: &Fields<'_>, lines: bool) -> TextRules {
        let mut length = |key: &'static str| {
            let value = keys.integer(key, self.report)?;
            let value = u32::try_from(value).ok();
            if let (None, Some(node)) = (value, keys.get(key)) {
                self.report.push(Diagnostic::error(
                    "wrong-shape",
                    node.span,
                    format!("`{key}` counts characters"),
                ));
            }
            value
        };
        let (min_length, max_length) = (length("min_length"), length("max_length"));
        let multiline = lines && keys.bool("multiline", self.report).unwrap_or(false);
        let usual = match (lines, multiline) {
            (true, true) => 5000,
            (true, false) => 250,
            (false, _) => 2000,
        };
        let rules = TextRules {
            min_length,
            max_length: max_length.unwrap_or(usual),
            pattern: self.pattern(keys),
            multiline,
        };
        if let (true, Some(node)) = (
            rules.min_length.is_some_and(|min| min > rules.max_length),
            keys.get("min_length"),
        ) {
            let message = "`min_length` is above `max_length`: no answer can be right";
            self.report.push(
                Diagnostic::error("empty-range", node.span, message).help("exchange the two"),
            );
        }
        rules
    }

    fn pattern(&mut self, keys: &Fields<'_>) -> Option<Pattern> {
        let message = keys.texts("pattern_message", self.report);
        let Some(node) = keys.get("pattern") else {
            if let (Some(_), Some(node)) = (&message, keys.get("pattern_message")) {
                let text = "`pattern_message` has no `pattern` it could be shown for";
                self.report
                    .push(Diagnostic::error("missing-key", node.span, text).help("add `pattern:`"));
            }
            return None;
        };
        let regex = keys.text("pattern", self.report)?;
        if let Err(problem) = super::schema::check_pattern(&regex) {
            let text = format!("this is not a regular expression: {problem}");
            self.report
                .push(Diagnostic::error("bad-pattern", node.span, text));
            return None;
        }
        if message.is_none() {
            self.report.push(
                Diagnostic::warning(
                    "pattern-without-message",
                    node.span,
                    "nobody can tell from this what to type",
                )
                .help("add `pattern_message: { de: …, en: … }` with an example"),
            );
        }
        Some(Pattern { regex, message })
    }

    fn options(&mut self, keys: &Fields<'_>, outline: &Outline, scope: &Scope) -> Arc<[Choice]> {
        let Some(node) = keys.need("options", self.report) else {
            return Arc::from([]);
        };
        if node.as_map().is_some() {
            let Some(parts) = Fields::of(node, "options", self.report) else {
                return Arc::from([]);
            };
            let id = parts.need_text("codelist", self.report);
            parts.finish("options", self.report);
            let span = parts_span(node);
            return id.map_or(Arc::from([]), |id| self.codelist(&id, span));
        }
        let mut options: Vec<Choice> = Vec::new();
        let mut seen = BTreeSet::new();
        for item in keys.list("options", self.report) {
            let Some(option) = self.option(item, scope) else {
                continue;
            };
            if seen.insert(option.id.clone()) {
                options.push(option);
            } else {
                self.report
                    .push(duplicate("options", &option.id, item.span));
            }
        }
        if options.is_empty() {
            let message = format!("the field `{}` has no options to choose from", outline.id);
            self.report.push(
                Diagnostic::error("no-options", node.span, message).help(
                    "add `- { id: …, de: …, en: … }` for each, or `options: { codelist: … }`",
                ),
            );
        }
        Arc::from(options)
    }

    fn option(&mut self, node: &Node, scope: &Scope) -> Option<Choice> {
        let keys = Fields::of(node, "an option", self.report)?;
        let id = keys.need_text("id", self.report);
        let (de, en) = (
            keys.need_text("de", self.report),
            keys.text("en", self.report),
        );
        let visible = self.rule_at(&keys, "visible", scope, &Type::Boolean);
        keys.finish("an option", self.report);
        let id = id?;
        if id.is_empty() || id.contains(|c: char| c.is_whitespace() || c == '"' || c == '.') {
            let span = keys_span(node, "id");
            self.report.push(Diagnostic::error(
                "bad-id",
                span,
                format!("`{id}` cannot be the id of an option"),
            ));
        }
        Some(Choice {
            id,
            text: Text { de: de?, en },
            visible,
        })
    }

    fn codelist(&mut self, id: &str, span: Span) -> Arc<[Choice]> {
        let Some((file, list)) = self.shared.codelists.get(id) else {
            let known: Vec<&str> = self.shared.codelists.keys().map(String::as_str).collect();
            self.report
                .push(unknown("unknown-codelist", "codelist", id, known, span));
            return Arc::from([]);
        };
        self.shared.uses(*file);
        list.options
            .iter()
            .map(|(id, text)| Choice {
                id: id.clone(),
                text: text.clone(),
                visible: None,
            })
            .collect()
    }

    fn attachment(&mut self, keys: &Fields<'_>) -> AttachmentRules {
        let mut accept = Vec::new();
        if keys.get("accept").is_none() {
            self.report.push(
                Diagnostic::error(
                    "attachment-without-accept",
                    keys.span,
                    "it is not said which files are taken",
                )
                .help("add for example `accept: [pdf, jpg, png]`"),
            );
        }
        for node in keys.list("accept", self.report) {
            let name = node.as_text().unwrap_or_default();
            match FileType::from_name(name) {
                Some(kind) => accept.push(kind),
                None => {
                    let known = FileType::ALL.map(|row| row.1);
                    let diagnostic =
                        unknown("unknown-file-type", "kind of file", name, known, node.span);
                    self.report.push(diagnostic);
                }
            }
        }
        let max_size = keys.text("max_size", self.report).and_then(|text| {
            let bytes = parse_size(&text);
            if let (None, Some(node)) = (bytes, keys.get("max_size")) {
                let message = format!("`{text}` is not a size");
                self.report.push(
                    Diagnostic::error("wrong-shape", node.span, message)
                        .help("write for example `10 MB`"),
                );
            }
            bytes
        });
        let max_files = keys
            .integer("max_files", self.report)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1);
        AttachmentRules {
            accept,
            max_size: max_size.unwrap_or(10_000_000),
            max_files: max_files.max(1),
            later: keys.bool("later", self.report).unwrap_or(false),
        }
    }

    fn default(&mut self, node: &Node, kind: &FieldKind) -> Option<Json> {
        let value = match (kind, node.as_bool(), node.as_list()) {
            (FieldKind::Boolean | FieldKind::Consent, Some(value), _) => Some(Json::Bool(value)),
            (FieldKind::Choices(_), _, Some(items)) => Some(
                items
                    .iter()
                    .filter_map(|item| item.as_text().map(Json::from))
                    .collect(),
            ),
            (kind, ..) if kind.is_numeric() => node.as_number_text().map(Json::from),
            (FieldKind::Date, ..) => node
                .as_text()
                .filter(|text| text.parse::<Date>().is_ok())
                .map(Json::from),
            (FieldKind::Boolean | FieldKind::Consent | FieldKind::Choices(_), ..) => None,
            _ => node.as_text().map(Json::from),
        };
        let known = |id: &str| match kind {
            FieldKind::Choice(options)
            | FieldKind::Choices(options)
            | FieldKind::Country(options) => {
                options.is_empty() || options.iter().any(|option| option.id == id)
            }
            _ => true,
        };
        let fits = match &value {
            Some(Json::String(text)) => known(text),
            Some(Json::Array(items)) => items.iter().all(|item| item.as_str().is_some_and(known)),
            Some(_) => true,
            None => false,
        };
        if !fits {
            let message = format!("`default` must be an answer of type {}", kind.name());
            self.report
                .push(Diagnostic::error("bad-default", node.span, message));
        }
        value.filter(|_| fits)
    }
}

fn parts_span(node: &Node) -> Span {
    node.get("codelist")
        .map_or(node.span, |codelist| codelist.span)
}

fn keys_span(node: &Node, key: &str) -> Span {
    node.get(key).map_or(node.span, |found| found.span)
}

/// The type a computed answer must have.
fn computed_type(kind: &FieldKind) -> Type {
    match kind {
        kind if kind.is_numeric() => Type::Number,
        FieldKind::Date => Type::Date,
        FieldKind::Boolean | FieldKind::Consent => Type::Boolean,
        FieldKind::Choice(options) | FieldKind::Country(options) => choice_type(options),
        FieldKind::Choices(options) => Type::List(Box::new(choice_type(options))),
        _ => Type::Text,
    }
}

fn choice_type(options: &[Choice]) -> Type {
    Type::Choice(options.iter().map(|option| option.id.clone()).collect())
}

/// Bytes of a size such as `10 MB`; units are decimal.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..at].parse().ok()?;
    let factor = match text[at..].trim() {
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

fn usual_token(kind: &FieldKind) -> Option<String> {
    let token = match kind {
        FieldKind::Email(_) => "email",
        FieldKind::Phone(_) => "tel",
        FieldKind::Url(_) => "url",
        FieldKind::Postcode(_) => "postal-code",
        FieldKind::Country(_) => "country",
        _ => return None,
    };
    Some(token.to_owned())
}

/// Tokens of the HTML attribute `autocomplete` that forms of a city need.
pub(crate) const AUTOCOMPLETE: [&str; 32] = [
    "off",
    "name",
    "honorific-prefix",
    "given-name",
    "additional-name",
    "family-name",
    "honorific-suffix",
    "nickname",
    "organization-title",
    "organization",
    "street-address",
    "address-line1",
    "address-line2",
    "address-line3",
    "address-level1",
    "address-level2",
    "address-level3",
    "address-level4",
    "country",
    "country-name",
    "postal-code",
    "bday",
    "bday-day",
    "bday-month",
    "bday-year",
    "sex",
    "language",
    "url",
    "email",
    "tel",
    "tel-national",
    "username",
];
