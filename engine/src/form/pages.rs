//! Decoding pages: their fields, and the rules across several questions.

use std::collections::BTreeSet;

use super::fields::Compiler;
use super::model::{Check, FieldKind, Level, Page};
use super::outline::{Outline, Shared, expand, inner_scope};
use crate::catalogue::{decode_id, duplicate, unknown};
use crate::feel::{Scope, Type};
use crate::source::{Diagnostic, Fields, Node, Report};

/// A page whose fields are known but whose rules are not compiled yet.
pub(super) struct PageOutline<'n> {
    id: String,
    node: &'n Node,
    keys: Fields<'n>,
    fields: Vec<Outline>,
}

pub(super) fn page_outlines<'n>(
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
pub(super) fn top_scope(pages: &[PageOutline<'_>], scope: &mut Scope, report: &mut Report) {
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
    pub(super) fn page(&mut self, page: PageOutline<'_>, scope: &Scope) -> Page {
        let keys = page.keys;
        let title = keys.need_texts("title", self.report).unwrap_or_default();
        let intro = keys.texts("intro", self.report);
        if let Some(node) = keys.get("visible") {
            self.rule_spans
                .insert(super::order::page_key(&page.id), node.span);
        }
        let visible = self.rule_at(&keys, "visible", scope, &Type::Boolean);
        let fields = self.fields(&page.fields, "", scope);
        let mut checks: Vec<Check> = keys
            .list("checks", self.report)
            .iter()
            .filter_map(|node| self.check(node, &page.fields, scope))
            .collect();
        self.checks_of_groups(&page.fields, "", scope, &mut checks);
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

    /// A check over the fields of one page or group, whose names and paths are
    /// those of that container.
    pub(super) fn check(
        &mut self,
        node: &Node,
        outlines: &[Outline],
        scope: &Scope,
    ) -> Option<Check> {
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
                    "field here with the path",
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
        let within = place.and_then(|place| place.list).filter(|(_, names)| {
            assert
                .reads()
                .iter()
                .any(|read| names.contains(read.split('.').next().unwrap_or_default()))
        });
        Some(Check {
            id: id?,
            assert,
            at: at?,
            within: within.map(|(list, _)| list),
            group: None,
            level,
            message: message?,
        })
    }

    pub(super) fn check_ids(&mut self, pages: &[Page], keys: &Fields<'_>) {
        let mut seen = BTreeSet::new();
        for (page, node) in pages.iter().zip(keys.list("pages", self.report)) {
            for check in &page.checks {
                if !seen.insert(check.id.as_str()) {
                    let span = node.get("checks").map_or(node.span, |checks| checks.span);
                    self.report.push(duplicate("checks", &check.id, span));
                }
            }
        }
        let some = keys.get("pages").is_some();
        if some
            && pages.iter().all(|page| {
                page.fields
                    .iter()
                    .all(|field| matches!(field.kind, FieldKind::Info))
            })
        {
            let span = keys.get("pages").map_or(keys.span, |pages| pages.span);
            self.report.push(
                Diagnostic::error("no-questions", span, "this form asks nothing")
                    .help("add a field with an answer to one of the pages"),
            );
        }
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
