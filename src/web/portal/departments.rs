//! The departments: what they do, where they are, when they are open.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use engine::catalogue::Department;
use engine::text::Language;

use super::view::{Card, DepartmentPageView, DepartmentsView};
use super::{link, opening, page};
use crate::clock;
use crate::web::citizen::service::department_view;
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// All departments by name.
pub(super) async fn all(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let mut departments: Vec<&Department> = portal.definitions.departments.iter().collect();
    departments.sort_by_cached_key(|department| {
        crate::portal::search::words::words(department.name.get(language))
    });
    let view = DepartmentsView {
        departments: departments
            .into_iter()
            .map(|department| card(&site, department, language))
            .collect(),
    };
    let title = site.say(language, "departments.title", &[]);
    page(
        &site,
        language,
        "portal/departments",
        &title,
        "departments",
        view,
    )
}

/// A department.
pub(super) async fn one(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, id)): Path<(String, String)>,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let department = portal
        .definitions
        .department(&id)
        .ok_or(PageError::NotFound)?;
    let services = portal.of_department(&id, language);
    let view = DepartmentPageView {
        department: department_view(&site, department, language),
        responsibilities: department
            .responsibilities
            .iter()
            .map(|text| Said::of(text, language))
            .collect(),
        services: services
            .iter()
            .map(|service| link(service, None, language))
            .collect(),
        write: format!("/{}/contact?department={id}", language.tag()),
    };
    let title = view.department.name.text.clone();
    let path = format!("departments/{id}");
    page(&site, language, "portal/department", &title, &path, view)
}

/// A department in a list.
pub(super) fn card(site: &Site, department: &Department, language: Language) -> Card {
    let does: Vec<&str> = department
        .responsibilities
        .iter()
        .map(|text| text.get(language))
        .collect();
    let now = clock::local(site.desk.clock.now());
    Card {
        href: format!("/{}/departments/{}", language.tag(), department.id),
        title: Said::of(&department.name, language),
        summary: Said::plain(does.join(", ")),
        note: opening(site, department, now, language),
    }
}
