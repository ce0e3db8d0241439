//! Decoding a form file into a [`Form`]: head, service, privacy, data; pages and
//! rules have their own modules.

use std::collections::BTreeMap;

use super::fields::Compiler;
use super::model::{
    Form, Identification, IdentificationLevel, LegalReference, Page, Privacy, Questions,
    ServiceInfo,
};
use super::order::Order;
use super::outline::{Group, Shared, expand, inner_scope, record_of};
use super::pages::{page_outlines, top_scope};
use super::schema::Schemas;
use crate::catalogue::{decode_id, decode_texts, unknown};
use crate::feel::{Scope, Type};
use crate::source::{Diagnostic, Fields, Node, Report, Span};
use crate::text::Language;

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
    let appointment = compiler.appointment(&keys, &scope);
    let routing = compiler.routing(&keys, &scope, &service);
    let fee = compiler.fee(&keys, &scope);
    let migrations = compiler.migrations(&keys, &pages, version);
    let publication = compiler.publication(&keys, &scope, &pages);
    let parties = compiler.parties(&keys, &scope, &pages);
    let spans = std::mem::take(&mut compiler.rule_spans);
    let named = keys
        .get("checklist")
        .map(|_| keys.text_list("checklist", report));
    let named_at = keys.get("checklist").map_or(keys.span, |node| node.span);
    keys.finish("a form", report);
    let questions = finish_questions(pages, data, scope, &spans, report);
    let checklist = match named {
        Some(paths) => super::checklist::named(paths, &questions, named_at, report),
        None => super::checklist::deciding(&questions, &fee),
    };
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
        appointment,
        routing,
        fee,
        migrations,
        publication,
        checklist,
        parties,
    })
}

fn finish_questions(
    pages: Vec<Page>,
    data: BTreeMap<String, crate::feel::Value>,
    types: Scope,
    spans: &BTreeMap<String, Span>,
    report: &mut Report,
) -> Questions {
    let order = Order::of(&pages, spans, report);
    let schemas = Schemas::of(&pages);
    Questions {
        pages,
        data,
        types,
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
            return finish_questions(
                Vec::new(),
                BTreeMap::new(),
                Scope::default(),
                &BTreeMap::new(),
                report,
            );
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
        finish_questions(vec![page], BTreeMap::new(), scope, &spans, report)
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

/// Checks a library group looked at alone: names around it are unknown.
pub(crate) fn check_group(group: &Group<'_>, shared: &Shared<'_>, report: &mut Report) {
    let outlines = expand(group.fields, shared, &mut Vec::new(), report);
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
    for node in group.checks {
        compiler.check(node, &outlines, &scope);
    }
    compiler.checks_of_groups(&outlines, "", &scope, &mut Vec::new());
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
pub(super) fn decode_target(
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
