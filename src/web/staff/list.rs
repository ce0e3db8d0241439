//! The list of cases, the way from one case to the next, and deliveries that
//! wait for a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{Html, Redirect};
use engine::case::Case;
use serde::Deserialize;
use store::QueueStatus;
use uuid::Uuid;

use super::filter::{Filter, with};
use super::session::{SignedIn, StaffError, StaffForm};
use super::view::{
    ChipView, DeliveriesView, FilterView, OwnerView, ParkedView, QueueView, RowView, SelectOption,
    TabView,
};
use super::words::{Words, due};
use crate::desk::DeskError;
use crate::desk::accounts::Staff;
use crate::web::site::Site;

/// Address of a case, keeping the list it was opened from.
pub(super) fn case_address(id: Uuid, filter: &Filter) -> String {
    format!("/staff/cases/{id}{}", filter.query())
}

/// Names of the colleagues of all departments of somebody, by account.
///
/// # Errors
/// When the database does.
pub(super) async fn names(
    site: &Site,
    staff: &Staff,
) -> Result<BTreeMap<String, String>, DeskError> {
    let mut names = BTreeMap::from([(staff.account.clone(), staff.name.clone())]);
    for department in staff.departments() {
        names.extend(site.desk.colleagues(&department).await?);
    }
    Ok(names)
}

/// A case as the list shows it.
///
/// # Errors
/// When its definition cannot be read.
pub(super) async fn row(
    words: &Words<'_>,
    staff: &Staff,
    case: &Case,
    href: String,
) -> Result<RowView, DeskError> {
    let desk = &words.site.desk;
    let service = desk.pinned(&case.definition).await?;
    let now = desk.clock.now();
    Ok(RowView {
        href,
        reference: case.reference.clone(),
        service: words.said(&service.form.title),
        applicant: case.applicant_name.clone(),
        states: words.states(&service.workflow, &case.configuration),
        closed: case.closed_at.is_some(),
        flags: words.flags(case),
        due: case
            .due_at
            .filter(|_| case.closed_at.is_none())
            .map(|at| due(at, now)),
        opened_at: case.opened_at,
        owner: case.assignee.as_ref().map(|account| OwnerView {
            name: words.name(account),
            mine: *account == staff.account,
        }),
        place: words.place(&case.department, &case.queue),
    })
}

/// `GET /staff`
///
/// # Errors
/// When the database does.
pub(super) async fn queue(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(filter): Query<Filter>,
    Query(Done { done }): Query<Done>,
) -> Result<Html<String>, StaffError> {
    let staff = &who.staff;
    let page = site
        .desk
        .queue(staff, &filter.wanted(staff), filter.cursor())
        .await?;
    let parked = site.desk.parked(staff).await?.len();
    let definitions = site.desk.catalog.current();
    let names = names(&site, staff).await?;
    let words = Words {
        site: &site,
        language: who.language,
        definitions: &definitions,
        names: &names,
    };
    let mut rows = Vec::with_capacity(page.rows.len());
    for case in &page.rows {
        rows.push(row(&words, staff, case, case_address(case.id, &filter)).await?);
    }
    let next = page
        .next
        .map(|cursor| filter.clone().at(&cursor.encode()).list());
    let view = QueueView {
        title: filter.title(),
        tabs: tabs(&filter),
        filter: filter_view(&words, staff, &filter),
        chips: chips(&words, &filter),
        clear: "/staff".to_owned(),
        rows,
        more: next.is_some() || filter.cursor().is_some(),
        next,
        first: filter.cursor().map(|_| filter.first_page().list()),
        several: staff.departments().len() > 1,
        parked,
        moved: done == "moved",
    };
    let title = site.say(
        who.language,
        &format!("staff.queue.title.{}", view.title),
        &[],
    );
    Ok(site.framed(who.frame(&site, &title), who.language, "staff/queue", view)?)
}

/// Views of one click; each keeps what was searched for and the queue.
fn tabs(filter: &Filter) -> Vec<TabView> {
    let views = [
        ("open", "", ""),
        ("mine", "", "mine"),
        ("nobody", "", "nobody"),
        ("closed", "closed", ""),
    ];
    let shown = filter.title();
    views
        .into_iter()
        .map(|(name, status, owner)| {
            let view = Filter {
                status: status.to_owned(),
                owner: owner.to_owned(),
                ..filter.first_page()
            };
            TabView {
                name,
                href: view.list(),
                current: name == shown,
            }
        })
        .collect()
}

fn filter_view(words: &Words<'_>, staff: &Staff, filter: &Filter) -> FilterView {
    let option = |value: &str, label: String, chosen: bool| SelectOption {
        value: value.to_owned(),
        label,
        chosen,
    };
    let status = [
        ("open", QueueStatus::Open),
        ("closed", QueueStatus::Closed),
        ("all", QueueStatus::All),
    ];
    let mut queues = vec![option(
        "",
        words.say("staff.queues.all", &[]),
        filter.queue.is_empty(),
    )];
    for (id, label) in queue_names(words, staff) {
        queues.push(option(&id, label, id == filter.queue));
    }
    FilterView {
        q: filter.q.clone(),
        status: status
            .into_iter()
            .map(|(name, value)| {
                option(
                    name,
                    words.say(&format!("staff.status.{name}"), &[]),
                    filter.status() == value,
                )
            })
            .collect(),
        queues,
        owner: ["all", "mine", "nobody"]
            .into_iter()
            .map(|name| {
                let chosen = filter.owner == name
                    || (name == "all" && !matches!(filter.owner.as_str(), "mine" | "nobody"));
                option(name, words.say(&format!("staff.owner.{name}"), &[]), chosen)
            })
            .collect(),
    }
}

/// Queues of somebody's departments; those of one id stand together.
fn queue_names(words: &Words<'_>, staff: &Staff) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for department in staff.departments() {
        let Some(known) = words.definitions.department(&department) else {
            continue;
        };
        for queue in &known.queues {
            let label = words.place(&department, &queue.id).text;
            names
                .entry(queue.id.clone())
                .and_modify(|both| {
                    both.push_str(" / ");
                    both.push_str(&label);
                })
                .or_insert(label);
        }
    }
    names
}

/// The filters in force, each with the list without it.
fn chips(words: &Words<'_>, filter: &Filter) -> Vec<ChipView> {
    let plain = filter.first_page();
    let mut chips = Vec::new();
    if filter.status() != QueueStatus::Open {
        let name = if filter.status() == QueueStatus::Closed {
            "closed"
        } else {
            "all"
        };
        chips.push(ChipView {
            label: words.say(&format!("staff.status.{name}"), &[]),
            href: Filter {
                status: String::new(),
                ..plain.clone()
            }
            .list(),
        });
    }
    if let owner @ ("mine" | "nobody") = filter.owner.as_str() {
        let label = format!(
            "{}: {}",
            words.say("staff.filter.owner", &[]),
            words.say(&format!("staff.owner.{owner}"), &[])
        );
        chips.push(ChipView {
            label,
            href: Filter {
                owner: String::new(),
                ..plain.clone()
            }
            .list(),
        });
    }
    if !filter.queue.is_empty() {
        let label = format!("{}: {}", words.say("staff.filter.queue", &[]), filter.queue);
        chips.push(ChipView {
            label,
            href: Filter {
                queue: String::new(),
                ..plain.clone()
            }
            .list(),
        });
    }
    if !filter.q.trim().is_empty() {
        let label = words.say(
            "staff.filter.searched",
            &[("q", filter.q.trim().to_owned())],
        );
        chips.push(ChipView {
            label,
            href: Filter {
                q: String::new(),
                ..plain
            }
            .list(),
        });
    }
    chips
}

/// Which case somebody comes from.
#[derive(Debug, Deserialize)]
pub(super) struct Past {
    past: Uuid,
}

/// `GET /staff/next`: to the case after `past` in the list, back to the list at
/// its end. A case that has left the list leads to the most urgent one.
///
/// # Errors
/// When the database does.
pub(super) async fn next(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(filter): Query<Filter>,
    Query(Past { past }): Query<Past>,
) -> Result<Redirect, StaffError> {
    let wanted = filter.wanted(&who.staff);
    let page = site
        .desk
        .queue(&who.staff, &wanted, filter.cursor())
        .await?;
    let at = page
        .rows
        .iter()
        .position(|case| case.id == past)
        .map_or(0, |at| at + 1);
    if let Some(case) = page.rows.get(at) {
        return Ok(Redirect::to(&case_address(case.id, &filter)));
    }
    let Some(cursor) = page.next else {
        return Ok(Redirect::to(&filter.first_page().list()));
    };
    let filter = filter.at(&cursor.encode());
    let page = site.desk.queue(&who.staff, &wanted, Some(cursor)).await?;
    Ok(match page.rows.first() {
        Some(case) => Redirect::to(&case_address(case.id, &filter)),
        None => Redirect::to(&filter.first_page().list()),
    })
}

/// Address of [`next`] from a case.
pub(super) fn next_address(id: Uuid, filter: &Filter) -> String {
    with(
        &format!("/staff/next{}", filter.query()),
        "past",
        &id.to_string(),
    )
}

/// What was said after a redirect.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
}

impl Done {
    /// What was said, if it is one of the `known` words.
    pub(super) fn of(&self, known: &[&'static str]) -> Option<&'static str> {
        known.iter().find(|word| **word == self.done).copied()
    }
}

/// `GET /staff/deliveries`
///
/// # Errors
/// When the database does.
pub(super) async fn deliveries(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(Done { done }): Query<Done>,
) -> Result<Html<String>, StaffError> {
    let definitions = site.desk.catalog.current();
    let names = BTreeMap::new();
    let words = Words {
        site: &site,
        language: who.language,
        definitions: &definitions,
        names: &names,
    };
    let parked = site.desk.parked(&who.staff).await?;
    let rows = parked
        .into_iter()
        .map(|row| ParkedView {
            href: case_address(row.case_id, &Filter::default()),
            what: words.parcel(&row.content),
            department: words.department(&row.department),
            id: row.id,
            reference: row.reference,
            error: row.last_error,
            parked_at: row.parked_at,
        })
        .collect();
    let view = DeliveriesView {
        rows,
        repeated: done == "repeated",
    };
    let title = site.say(who.language, "staff.deliveries.title", &[]);
    Ok(site.framed(
        who.frame(&site, &title),
        who.language,
        "staff/deliveries",
        view,
    )?)
}

/// `POST /staff/deliveries`: puts one back into the outbox.
///
/// # Errors
/// Not found for those of other departments, and when it is already back.
pub(super) async fn repeat(
    State(site): State<Arc<Site>>,
    sent: StaffForm,
) -> Result<Redirect, StaffError> {
    site.desk
        .repeat_delivery(&sent.who.staff, sent.form.value("id"))
        .await?;
    Ok(Redirect::to("/staff/deliveries?done=repeated"))
}
