//! The page of a service (F1): everything to know before starting, and the start.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use engine::catalogue::Department;
use engine::definitions::Service;
use engine::form::{Field, Privacy, Rule};
use engine::text::Language;
use serde::Deserialize;

use super::view::{DepartmentView, DraftLink, HoursView, NeededFile, PrivacyView, ServiceView};
use crate::web::errors::PageError;
use crate::web::frame::{Found, Said, phone_link};
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, Lang, Visitor};

/// The service named in an address.
#[derive(Debug, Deserialize)]
pub struct ServicePath {
    id: String,
}

/// The page of a service.
pub async fn service(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<ServicePath>,
    visitor: Visitor,
) -> Result<Html<String>, PageError> {
    let definitions = site.desk.catalog.current();
    let service = definitions
        .services
        .get(&path.id)
        .ok_or(PageError::NotFound)?;
    let mut drafts = site.desk.drafts_of(visitor.secret()).await?;
    drafts.retain(|draft| draft.service == path.id);
    let drafts = drafts
        .into_iter()
        .map(|draft| DraftLink {
            href: draft_address(language, draft.id),
            saved_at: draft.updated_at,
        })
        .collect();
    let view = service_view(&site, service, drafts, language);
    let title = view.title.text.clone();
    let address = format!("services/{}", path.id);
    let mut frame = site.frame(language, &title, Some(&visitor), &address);
    frame.personal = false;
    frame.found = Some(Found::at(&site.public_url, language, &address));
    Ok(site.framed(frame, language, "citizen/service", view)?)
}

/// Begins a draft and leads to its first page.
pub async fn start(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<ServicePath>,
    visitor: Visitor,
    _form: CheckedForm,
) -> Result<Redirect, PageError> {
    let draft = site
        .desk
        .start_draft(&path.id, visitor.secret(), language)
        .await?;
    Ok(Redirect::to(&draft_address(language, draft)))
}

/// Reloading the address of the start button leads back to the service.
pub async fn start_again(Lang(language): Lang, Path(path): Path<ServicePath>) -> Redirect {
    Redirect::to(&format!("/{}/services/{}", language.tag(), path.id))
}

/// Where a draft goes on.
pub fn draft_address(language: Language, draft: uuid::Uuid) -> String {
    format!("/{}/drafts/{draft}", language.tag())
}

fn service_view(
    site: &Site,
    service: &Service,
    drafts: Vec<DraftLink>,
    language: Language,
) -> ServiceView {
    let form = &service.form;
    let info = &form.service;
    let said = |text: &engine::text::Text| Said::of(text, language);
    let all = |texts: &[engine::text::Text]| texts.iter().map(said).collect::<Vec<_>>();
    ServiceView {
        title: said(&form.title),
        summary: said(&form.summary),
        who: info.who.as_ref().map(said),
        prerequisites: all(&info.prerequisites),
        needed: all(&info.needed),
        attachments: needed_files(service, language),
        deadlines: all(&info.deadlines),
        next: all(&info.next),
        minutes: info.minutes,
        processing_time: info.processing_time.as_ref().map(said),
        cost: info.cost.as_ref().map(said),
        identification: form.identification.level.name(),
        identification_reason: form.identification.reason.as_ref().map(said),
        legal: form
            .legal
            .iter()
            .map(|reference| reference.reference.clone())
            .collect(),
        privacy: privacy_view(site, &form.privacy, language),
        department: site
            .desk
            .catalog
            .current()
            .department(&info.department)
            .map(|department| department_view(site, department, language)),
        start: Some(format!("/{}/services/{}/start", language.tag(), form.id)),
        drafts,
        checklist: (!form.checklist.is_empty())
            .then(|| format!("/{}/services/{}/checklist", language.tag(), form.id)),
    }
}

/// Attachments with when they are asked for; those of groups count as well.
fn needed_files(service: &Service, language: Language) -> Vec<NeededFile> {
    let mut files = Vec::new();
    for page in &service.form.questions.pages {
        for field in &page.fields {
            collect_files(field, page.visible.is_some(), language, &mut files);
        }
    }
    files
}

fn collect_files(field: &Field, sometimes: bool, language: Language, files: &mut Vec<NeededFile>) {
    let sometimes = sometimes || field.visible.is_some() || matches!(field.required, Rule::When(_));
    if let Some(rules) = field.attachment() {
        let file = NeededFile {
            label: Said::of(&field.label.text, language),
            sometimes,
            optional: matches!(field.required, Rule::Never),
            later: rules.later,
        };
        if !files.contains(&file) {
            files.push(file);
        }
    }
    for child in field.fields() {
        collect_files(child, sometimes, language, files);
    }
}

/// The privacy notice of a service.
pub fn privacy_view(site: &Site, privacy: &Privacy, language: Language) -> PrivacyView {
    PrivacyView {
        purpose: Said::of(&privacy.purpose, language),
        basis: privacy.basis.clone(),
        retention: retention(site, &privacy.retention, language),
        recipients: privacy
            .recipients
            .iter()
            .map(|text| Said::of(text, language))
            .collect(),
    }
}

/// An ISO 8601 duration such as `P10Y` in words; other durations stay as written.
fn retention(site: &Site, duration: &str, language: Language) -> String {
    let inside = duration.strip_prefix('P').unwrap_or_default();
    for (unit, key) in [
        ('Y', "privacy.years"),
        ('M', "privacy.months"),
        ('D', "privacy.days"),
    ] {
        if let Some(count) = inside
            .strip_suffix(unit)
            .filter(|count| count.parse::<u32>().is_ok())
        {
            return site.say(language, key, &[("n", count.to_owned())]);
        }
    }
    duration.to_owned()
}

/// A department as citizens reach it.
pub fn department_view(site: &Site, department: &Department, language: Language) -> DepartmentView {
    let phone = department.phone.clone().unwrap_or_default();
    DepartmentView {
        name: Said::of(&department.name, language),
        email: department.email.clone().unwrap_or_default(),
        phone_link: phone_link(&phone),
        phone,
        address: department.address.clone(),
        accessible: department.accessible,
        hours: hours(site, department, language),
        hours_note: department
            .note
            .as_ref()
            .map(|text| Said::of(text, language)),
        opening: crate::web::portal::opening(
            site,
            department,
            crate::clock::local(site.desk.clock.now()),
            language,
        ),
        page: format!("/{}/departments/{}", language.tag(), department.id),
    }
}

/// Opening hours by day, days without hours as closed; none where nothing is known.
fn hours(site: &Site, department: &Department, language: Language) -> Vec<HoursView> {
    if department.opening_hours.is_empty() {
        return Vec::new();
    }
    ["mon", "tue", "wed", "thu", "fri"]
        .into_iter()
        .chain(["sat", "sun"].into_iter().filter(|day| {
            department
                .opening_hours
                .iter()
                .any(|(known, _)| known == day)
        }))
        .map(|day| HoursView {
            day: site.say(language, &format!("day.{day}"), &[]),
            times: department
                .opening_hours
                .iter()
                .find(|(known, _)| *known == day)
                .map_or_else(
                    || site.say(language, "contact.closed", &[]),
                    |(_, times)| times.replace('-', "–"),
                ),
        })
        .collect()
}
