//! Decoding a form file into a [`Form`]: service, pages, rules, fee, routing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fields::Compiler;
use super::model::{
    ApplicantRules, CapacityRules, Check, FeeAmount, FeeRule, FieldKind, Form, Identification,
    IdentificationLevel, LegalReference, Level, Page, Privacy, Questions, RouteRule, ServiceInfo,
    WorkflowUse,
};
use super::order::Order;
use super::outline::{Outline, Shared, expand, inner_scope, record_of};
use super::schema::Schemas;
use crate::catalogue::{decode_id, decode_texts, duplicate, unknown};
use crate::feel::{Scope, Type};
use crate::source::{Diagnostic, Fields, Node, Report, Span};
use crate::text::Language;

/// A page whose fields are known but whose rules are not compiled yet.
struct PageOutline<'n> {
    id: String,
    node: &'n Node,
    keys: Fields<'n>,
    fields: Vec<Outline>,
}

/// Decodes a form. `None` when nothing usable is left; everything wrong with it
/// is in `report`.
pub(crate) fn decode_form(node: &Node, shared: &Shared<'_>, report: &mut Report) -> Option<Form> {
    let keys = Fields::of(node, "a form", report)?;
    keys.get("schalter");
    let id = decode_id(&keys, report);
    keys.need("version", report);
    let version = keys.integer("version", report).unwrap_or(1);
    let title = keys.need_texts("title", report).unwrap_or_default();
    let summary = keys.need_texts("summary", report).unwrap_or_default();
    let service = decode_service(&keys, shared, report);
    let legal = decode_legal(&keys, report);
    let identification = decode_identification(&keys, report);
    let privacy = decode_privacy(&keys, report);

    let mut scope = Scope {
        names: BTreeMap::new(),
        open: shared.open,
    };
    let data = decode_data_use(&keys, shared, &mut scope, report);
    let pages = page_outlines(&keys, shared, report);
    top_scope(&pages, &mut scope, report);

    let mut compiler = Compiler {
        shared,
        report,
        rule_spans: BTreeMap::new(),
    };
    let pages: Vec<Page> = pages
        .into_iter()
        .map(|page| compiler.page(page, &scope))
        .collect();
    compiler.check_ids(&pages, &keys);
    let applicant = compiler.applicant(&keys, &scope);
    let workflow = compiler.workflow(&keys, &scope);
    let capacity = compiler.capacity(&keys, &scope);
    let routing = compiler.routing(&keys, &scope);
    let fee = compiler.fee(&keys, &scope);
    let spans = std::mem::take(&mut compiler.rule_spans);
    keys.finish("a form", report);
    let questions = finish_questions(pages, data, &spans, report);
    Some(Form {
        id: id?,
        version,
        title,
        summary,
        service,
        legal,
        identification,
        privacy,
        questions,
        applicant,
        workflow: workflow?,
        capacity,
        routing,
        fee,
    })
}

fn finish_questions(
    pages: Vec<Page>,
    data: BTreeMap<String, crate::feel::Value>,
    spans: &BTreeMap<String, Span>,
    report: &mut Report,
) -> Questions {
    let order = Order::of(&pages, spans, report);
    let schemas = Schemas::of(&pages);
    Questions {
        pages,
        data,
        order,
        schemas,
    }
}

impl Questions {
    /// Decodes the fields of a small form, such as that of a workflow action:
    /// one page with the id `form`, without libraries, codelists and data.
    pub fn small(fields: &Node, report: &mut Report) -> Questions {
        let shared = Shared::default();
        let Some(items) = fields.as_list() else {
            let message = format!(
                "a small form is a list of fields, but here is {}",
                fields.kind_name()
            );
            report.push(Diagnostic::error("wrong-shape", fields.span, message));
            return finish_questions(Vec::new(), BTreeMap::new(), &BTreeMap::new(), report);
        };
        let outlines = expand(items, &shared, &mut Vec::new(), report);
        let scope = inner_scope(&Scope::default(), &outlines);
        let mut compiler = Compiler {
            shared: &shared,
            report,
            rule_spans: BTreeMap::new(),
        };
        let fields = compiler.fields(&outlines, "", &scope);
        let spans = std::mem::take(&mut compiler.rule_spans);
        let page = Page {
            id: "form".to_owned(),
            title: crate::text::Text::default(),
            intro: None,
            visible: None,
            fields,
            checks: Vec::new(),
        };
        finish_questions(vec![page], BTreeMap::new(), &spans, report)
    }

    /// The names and types of all answers, for rules that read them as one record.
    pub fn answer_type(fields: &Node) -> BTreeMap<String, Type> {
        let items = fields.as_list().unwrap_or_default();
        record_of(&expand(
            items,
            &Shared::default(),
            &mut Vec::new(),
            &mut Report::default(),
        ))
    }
}

/// Checks the fields of a library group looked at alone: names around it are unknown.
pub(crate) fn check_group(fields: &[Node], shared: &Shared<'_>, report: &mut Report) {
    let outlines = expand(fields, shared, &mut Vec::new(), report);
    let scope = inner_scope(
        &Scope {
            names: BTreeMap::new(),
            open: true,
        },
        &outlines,
    );
    let mut compiler = Compiler {
        shared,
        report,
        rule_spans: BTreeMap::new(),
    };
    compiler.fields(&outlines, "", &scope);
}

fn decode_service(keys: &Fields<'_>, shared: &Shared<'_>, report: &mut Report) -> ServiceInfo {
    let mut info = ServiceInfo::default();
    let Some(node) = keys.need("service", report) else {
        return info;
    };
    let Some(fields) = Fields::of(node, "`service`", report) else {
        return info;
    };
    if let Some((department, queue)) = decode_target(&fields, shared, report) {
        (info.department, info.queue) = (department, queue);
    }
    info.portals = fields.text_list("portals", report);
    if let Some(words) = fields
        .get("keywords")
        .and_then(|node| Fields::of(node, "`keywords`", report))
    {
        for (language, key) in [(Language::De, "de"), (Language::En, "en")] {
            info.keywords.insert(language, words.text_list(key, report));
        }
        words.finish("`keywords`", report);
    }
    info.leika = fields.text("leika", report);
    info.who = fields.texts("who", report);
    info.prerequisites = decode_texts(&fields, "prerequisites", report);
    info.needed = decode_texts(&fields, "needed", report);
    info.deadlines = decode_texts(&fields, "deadlines", report);
    info.minutes = fields.integer("minutes", report);
    info.processing_time = fields.texts("processing_time", report);
    info.cost = fields.texts("cost", report);
    info.next = decode_texts(&fields, "next", report);
    fields.finish("`service`", report);
    info
}

/// `department` and `queue`, which must exist.
fn decode_target(
    fields: &Fields<'_>,
    shared: &Shared<'_>,
    report: &mut Report,
) -> Option<(String, String)> {
    let department = fields.need_text("department", report);
    let queue = fields.need_text("queue", report);
    let (department, queue) = (department?, queue?);
    let Some((file, departments)) = shared.departments else {
        return Some((department, queue));
    };
    shared.uses(file);
    let Some(found) = departments.iter().find(|known| known.id == department) else {
        let known: Vec<&str> = departments.iter().map(|d| d.id.as_str()).collect();
        let span = fields
            .get("department")
            .map_or(fields.span, |node| node.span);
        report.push(unknown(
            "unknown-department",
            "department",
            &department,
            known,
            span,
        ));
        return Some((department, queue));
    };
    if found.queue(&queue).is_none() {
        let known: Vec<&str> = found.queues.iter().map(|q| q.id.as_str()).collect();
        let span = fields.get("queue").map_or(fields.span, |node| node.span);
        report.push(unknown(
            "unknown-queue",
            &format!("queue of `{department}` named"),
            &queue,
            known,
            span,
        ));
    }
    Some((department, queue))
}

fn decode_legal(keys: &Fields<'_>, report: &mut Report) -> Vec<LegalReference> {
    let mut legal = Vec::new();
    for item in keys.list("legal", report) {
        let Some(fields) = Fields::of(item, "a legal reference", report) else {
            continue;
        };
        let reference = fields.need_text("ref", report);
        let verify = fields.bool("verify", report).unwrap_or(false);
        let sample = fields.bool("sample", report).unwrap_or(false);
        fields.finish("a legal reference", report);
        legal.extend(reference.map(|reference| LegalReference {
            reference,
            verify,
            sample,
        }));
    }
    legal
}

fn decode_identification(keys: &Fields<'_>, report: &mut Report) -> Identification {
    let mut identification = Identification::default();
    let Some(node) = keys.get("identification") else {
        return identification;
    };
    let Some(fields) = Fields::of(node, "`identification`", report) else {
        return identification;
    };
    if let Some(name) = fields.need_text("level", report) {
        match IdentificationLevel::NAMES
            .iter()
            .find(|(known, _)| *known == name)
        {
            Some((_, level)) => identification.level = *level,
            None => {
                let known = IdentificationLevel::NAMES.map(|(name, _)| name);
                let span = fields.get("level").map_or(fields.span, |node| node.span);
                report.push(unknown(
                    "unknown-level",
                    "level of identification",
                    &name,
                    known,
                    span,
                ));
            }
        }
    }
    identification.reason = fields.texts("reason", report);
    identification.verify = fields.bool("verify", report).unwrap_or(false);
    fields.finish("`identification`", report);
    identification
}

fn decode_privacy(keys: &Fields<'_>, report: &mut Report) -> Privacy {
    let mut privacy = Privacy::default();
    let Some(node) = keys.need("privacy", report) else {
        return privacy;
    };
    let Some(fields) = Fields::of(node, "`privacy`", report) else {
        return privacy;
    };
    privacy.purpose = fields.need_texts("purpose", report).unwrap_or_default();
    privacy.basis = fields.need_text("basis", report).unwrap_or_default();
    privacy.retention = fields.need_text("retention", report).unwrap_or_default();
    if let Some(node) = fields
        .get("retention")
        .filter(|_| !is_calendar_duration(&privacy.retention))
    {
        let message = format!(
            "`{}` is not a duration of years, months and days",
            privacy.retention
        );
        report.push(
            Diagnostic::error("bad-duration", node.span, message)
                .help("write for example `P10Y` or `P6M`"),
        );
    }
    privacy.recipients = decode_texts(&fields, "recipients", report);
    fields.bool("verify", report);
    fields.bool("sample", report);
    fields.finish("`privacy`", report);
    privacy
}

fn is_calendar_duration(text: &str) -> bool {
    text.starts_with('P')
        && !text.contains('T')
        && text
            .parse::<jiff::Span>()
            .is_ok_and(|span| !span.is_negative())
}

fn decode_data_use(
    keys: &Fields<'_>,
    shared: &Shared<'_>,
    scope: &mut Scope,
    report: &mut Report,
) -> BTreeMap<String, crate::feel::Value> {
    let mut data = BTreeMap::new();
    for name in keys.text_list("data", report) {
        match shared.data.get(&name) {
            Some((file, set)) => {
                shared.uses(*file);
                scope.names.insert(name.clone(), set.ty.clone());
                data.insert(name, set.value.clone());
            }
            None => {
                let span = keys.get("data").map_or(keys.span, |node| node.span);
                let known: Vec<&str> = shared.data.keys().map(String::as_str).collect();
                report.push(unknown("unknown-data", "data set", &name, known, span));
                scope.names.insert(name, Type::Any);
            }
        }
    }
    data
}

fn page_outlines<'n>(
    keys: &Fields<'n>,
    shared: &Shared<'_>,
    report: &mut Report,
) -> Vec<PageOutline<'n>> {
    let mut pages: Vec<PageOutline<'n>> = Vec::new();
    if keys.need("pages", report).is_none() {
        return pages;
    }
    for node in keys.list("pages", report) {
        let Some(fields) = Fields::of(node, "a page", report) else {
            continue;
        };
        let id = decode_id(&fields, report).unwrap_or_default();
        if pages.iter().any(|known| known.id == id) {
            report.push(duplicate("pages", &id, node.span));
        }
        fields.need("fields", report);
        let outlines = expand(
            fields.list("fields", report),
            shared,
            &mut Vec::new(),
            report,
        );
        pages.push(PageOutline {
            id,
            node,
            keys: fields,
            fields: outlines,
        });
    }
    pages
}

/// All top-level names; fields of different pages share one object.
fn top_scope(pages: &[PageOutline<'_>], scope: &mut Scope, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for page in pages {
        let conditional = page.node.get("visible").is_some();
        for outline in &page.fields {
            let span = outline
                .node
                .get("id")
                .map_or(outline.node.span, |id| id.span);
            if scope.names.contains_key(&outline.id) && !seen.contains(&outline.id) {
                let message = format!("`{}` is the name of a data set already", outline.id);
                report.push(
                    Diagnostic::error("duplicate-id", span, message)
                        .help("give the field another id"),
                );
            }
            if !seen.insert(outline.id.clone()) {
                report.push(duplicate("fields", &outline.id, span));
            }
            if let Some(ty) = &outline.ty {
                let ty = if conditional {
                    ty.clone().optional()
                } else {
                    ty.clone()
                };
                scope.names.insert(outline.id.clone(), ty);
            }
        }
    }
}

impl Compiler<'_, '_, '_> {
    fn page(&mut self, page: PageOutline<'_>, scope: &Scope) -> Page {
        let keys = page.keys;
        let title = keys.need_texts("title", self.report).unwrap_or_default();
        let intro = keys.texts("intro", self.report);
        if let Some(node) = keys.get("visible") {
            self.rule_spans
                .insert(super::order::page_key(&page.id), node.span);
        }
        let visible = self.rule_at(&keys, "visible", scope, &Type::Boolean);
        let fields = self.fields(&page.fields, "", scope);
        let checks = keys
            .list("checks", self.report)
            .iter()
            .filter_map(|node| self.check(node, &page.fields, scope))
            .collect();
        keys.finish("a page", self.report);
        Page {
            id: page.id,
            title,
            intro,
            visible,
            fields,
            checks,
        }
    }

    fn check(&mut self, node: &Node, outlines: &[Outline], scope: &Scope) -> Option<Check> {
        let keys = Fields::of(node, "a check", self.report)?;
        let id = decode_id(&keys, self.report);
        let at = keys.need_text("at", self.report);
        let place = at.as_deref().and_then(|at| {
            let place = find_place(at, outlines, scope);
            if place.is_none() {
                let span = keys.get("at").map_or(keys.span, |node| node.span);
                let known: Vec<String> = paths(outlines, "");
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.report.push(unknown(
                    "unknown-path",
                    "field on this page with the path",
                    at,
                    known,
                    span,
                ));
            }
            place
        });
        let inner = place.as_ref().map_or(scope, |place| &place.scope);
        let assert = match keys.need("assert", self.report) {
            Some(node) => self.rule(node, inner, &Type::Boolean),
            None => None,
        };
        let level = match keys.text("level", self.report).as_deref() {
            None | Some("error") => Level::Error,
            Some("warning") => Level::Warning,
            Some(other) => {
                let span = keys.get("level").map_or(keys.span, |node| node.span);
                self.report.push(unknown(
                    "unknown-level",
                    "level",
                    other,
                    ["error", "warning"],
                    span,
                ));
                Level::Error
            }
        };
        let message = keys.need_texts("message", self.report);
        keys.bool("verify", self.report);
        keys.bool("sample", self.report);
        keys.finish("a check", self.report);
        let assert = assert?;
        // Looked at entry by entry only where the rule names something of an entry.
        let each_entry_of = place.and_then(|place| place.list).filter(|(_, names)| {
            assert
                .reads()
                .iter()
                .any(|read| names.contains(read.split('.').next().unwrap_or_default()))
        });
        Some(Check {
            id: id?,
            assert,
            at: at?,
            each_entry_of: each_entry_of.map(|(list, _)| list),
            level,
            message: message?,
        })
    }

    fn check_ids(&mut self, pages: &[Page], keys: &Fields<'_>) {
        let mut seen = BTreeSet::new();
        for (page, node) in pages.iter().zip(keys.list("pages", self.report)) {
            for check in &page.checks {
                if !seen.insert(check.id.as_str()) {
                    let span = node.get("checks").map_or(node.span, |checks| checks.span);
                    self.report.push(duplicate("checks", &check.id, span));
                }
            }
        }
        if pages.iter().all(|page| {
            page.fields
                .iter()
                .all(|field| matches!(field.kind, FieldKind::Info))
        }) {
            self.report.push(Diagnostic::error(
                "no-questions",
                keys.span,
                "this form asks nothing",
            ));
        }
    }

    fn applicant(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<ApplicantRules> {
        let fields = Fields::of(keys.get("applicant")?, "`applicant`", self.report)?;
        fields.need("name", self.report);
        let name = self.rule_at(&fields, "name", scope, &Type::Text);
        let email = self.rule_at(&fields, "email", scope, &Type::Text);
        let lines = fields.list("address", self.report);
        let address = lines
            .iter()
            .filter_map(|node| self.rule(node, scope, &Type::Text))
            .collect();
        fields.finish("`applicant`", self.report);
        Some(ApplicantRules {
            name: name?,
            email,
            address,
        })
    }

    fn workflow(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<WorkflowUse> {
        let entries = keys.map("with", self.report);
        let node = keys.need("workflow", self.report)?;
        let id = keys.text("workflow", self.report)?;
        let workflow = match self.shared.workflows.get(&id) {
            Some((file, workflow)) => {
                self.shared.uses(*file);
                workflow.as_deref()
            }
            None => {
                let known: Vec<&str> = self.shared.workflows.keys().map(String::as_str).collect();
                let diagnostic = unknown("unknown-workflow", "workflow", &id, known, node.span);
                self.report.push(diagnostic);
                None
            }
        };
        let mut with = Vec::new();
        for (name, node) in entries {
            let mut wanted = &Type::Any;
            if let Some(workflow) = workflow {
                match workflow.params.get(&name.text) {
                    Some(param) => wanted = &param.ty,
                    None => {
                        let known: Vec<&str> = workflow.params.keys().map(String::as_str).collect();
                        let what = format!("parameter of the workflow `{id}` named");
                        let diagnostic =
                            unknown("unknown-param", &what, &name.text, known, name.span);
                        self.report.push(diagnostic);
                    }
                }
            }
            let rule = self.rule(node, scope, wanted);
            with.extend(rule.map(|rule| (name.text.clone(), rule)));
        }
        Some(WorkflowUse { id, with })
    }

    fn capacity(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<CapacityRules> {
        let fields = Fields::of(keys.get("capacity")?, "`capacity`", self.report)?;
        fields.need("resource", self.report);
        fields.need("limit", self.report);
        let resource = self.rule_at(&fields, "resource", scope, &Type::Text);
        let limit = self.rule_at(&fields, "limit", scope, &Type::Number);
        let quantity = self.rule_at(&fields, "quantity", scope, &Type::Number);
        fields.finish("`capacity`", self.report);
        Some(CapacityRules {
            resource: resource?,
            limit: limit?,
            quantity,
        })
    }

    fn routing(&mut self, keys: &Fields<'_>, scope: &Scope) -> Vec<RouteRule> {
        let lines = keys.list("routing", self.report);
        let mut rules = Vec::new();
        for (at, node) in lines.iter().enumerate() {
            let Some(fields) = Fields::of(node, "a line of the routing", self.report) else {
                continue;
            };
            let has_when = fields.get("when").is_some();
            let when = self.rule_at(&fields, "when", scope, &Type::Boolean);
            let target = decode_target(&fields, self.shared, self.report);
            fields.finish("a line of the routing", self.report);
            if !has_when && at + 1 < lines.len() {
                self.report.push(
                    Diagnostic::error(
                        "unreachable-route",
                        node.span,
                        "a line without `when` hides those after it",
                    )
                    .help("move it to the end"),
                );
            }
            let (Some((department, queue)), false) = (target, has_when && when.is_none()) else {
                continue;
            };
            rules.push(RouteRule {
                when,
                department,
                queue,
            });
        }
        rules
    }

    fn fee(&mut self, keys: &Fields<'_>, scope: &Scope) -> Vec<FeeRule> {
        let mut rules: Vec<FeeRule> = Vec::new();
        for node in keys.list("fee", self.report) {
            let Some(rule) = self.fee_line(node, scope) else {
                continue;
            };
            if rules.iter().any(|known| known.id == rule.id) {
                self.report
                    .push(duplicate("fee lines", &rule.id, node.span));
            }
            rules.push(rule);
        }
        rules
    }

    fn fee_line(&mut self, node: &Node, scope: &Scope) -> Option<FeeRule> {
        let keys = Fields::of(node, "a fee line", self.report)?;
        let id = decode_id(&keys, self.report);
        let label = keys.need_texts("label", self.report);
        let basis = keys.text("basis", self.report);
        let mut inner = scope.clone();
        let name = keys.text("as", self.report);
        let list = self.rule_at(&keys, "for_each", scope, &Type::List(Box::new(Type::Any)));
        let each = match (list, name) {
            (Some(list), Some(name)) => {
                let item = match list.ty().required() {
                    Type::List(item) => (**item).clone(),
                    _ => Type::Any,
                };
                inner.names.insert(name.clone(), item);
                Some((list, name))
            }
            (Some(_), None) => {
                self.report.push(
                    Diagnostic::error(
                        "missing-key",
                        keys.span,
                        "`for_each` needs a name for the item",
                    )
                    .help("add `as: item`"),
                );
                None
            }
            _ => None,
        };
        let when = self.rule_at(&keys, "when", &inner, &Type::Boolean);
        let amount = self.fee_amount(&keys, &inner);
        keys.bool("sample", self.report);
        keys.bool("verify", self.report);
        keys.finish("a fee line", self.report);
        Some(FeeRule {
            id: id?,
            label: label?,
            basis,
            when,
            each,
            amount: amount?,
        })
    }

    fn fee_amount(&mut self, keys: &Fields<'_>, scope: &Scope) -> Option<FeeAmount> {
        let amount = keys
            .get("amount")
            .map(|node| self.rule(node, scope, &Type::Number));
        let table = keys.text("table", self.report);
        let entries = keys.map("with", self.report);
        match (amount, table) {
            (Some(amount), None) => amount.map(FeeAmount::Rule),
            (None, Some(id)) => self.fee_table(&id, entries, keys, scope),
            _ => {
                self.report.push(
                    Diagnostic::error("missing-key", keys.span, "a fee line has either `amount` or `table`")
                        .help("add `amount:` with an expression, or `table:` with the id of a decision table"),
                );
                None
            }
        }
    }
}

impl Compiler<'_, '_, '_> {
    fn fee_table(
        &mut self,
        id: &str,
        entries: &[(crate::source::Key, Node)],
        keys: &Fields<'_>,
        scope: &Scope,
    ) -> Option<FeeAmount> {
        let span = keys.get("table").map_or(keys.span, |node| node.span);
        let Some((file, table)) = self.shared.tables.get(id) else {
            let known: Vec<&str> = self.shared.tables.keys().map(String::as_str).collect();
            self.report
                .push(unknown("unknown-table", "decision table", id, known, span));
            return None;
        };
        self.shared.uses(*file);
        let table = table.as_ref()?;
        let mut inputs = Vec::new();
        for (name, node) in entries {
            let input = table.inputs().iter().find(|input| input.name == name.text);
            if input.is_none() {
                let known: Vec<&str> = table
                    .inputs()
                    .iter()
                    .map(|input| input.name.as_str())
                    .collect();
                let what = format!("input of the table `{id}` named");
                self.report.push(unknown(
                    "unknown-input",
                    &what,
                    &name.text,
                    known,
                    name.span,
                ));
            }
            let rule = self.rule(node, scope, input.map_or(&Type::Any, |input| &input.ty));
            inputs.extend(rule.map(|rule| (name.text.clone(), rule)));
        }
        for input in table.inputs() {
            if !entries.iter().any(|(name, _)| name.text == input.name) {
                let message = format!("the input `{}` of the table `{id}` is missing", input.name);
                self.report.push(
                    Diagnostic::error("missing-input", span, message)
                        .help(format!("add it under `with:`, such as `{}: …`", input.name)),
                );
            }
        }
        Some(FeeAmount::Table {
            table: Arc::clone(table),
            inputs,
        })
    }
}

/// Where a check stands.
struct Place {
    scope: Scope,
    /// The list around it with the names of an entry.
    list: Option<(String, BTreeSet<String>)>,
}

fn find_place(at: &str, outlines: &[Outline], scope: &Scope) -> Option<Place> {
    let mut place = Place {
        scope: scope.clone(),
        list: None,
    };
    let mut level = outlines;
    let mut parts = at.split('.').peekable();
    let mut path = Vec::new();
    while let Some(part) = parts.next() {
        let outline = level.iter().find(|outline| outline.id == part)?;
        path.push(part);
        if parts.peek().is_some() && outline.type_name == "list" {
            place.scope = inner_scope(&place.scope, &outline.children);
            let names = outline
                .children
                .iter()
                .map(|child| child.id.clone())
                .collect();
            place.list = Some((path.join("."), names));
        }
        level = &outline.children;
    }
    Some(place)
}

fn paths(outlines: &[Outline], prefix: &str) -> Vec<String> {
    let mut all = Vec::new();
    for outline in outlines {
        let path = format!("{prefix}{}", outline.id);
        all.extend(paths(&outline.children, &format!("{path}.")));
        all.push(path);
    }
    all
}
