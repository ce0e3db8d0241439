//! What everybody may read: published reports with what the city answers, open
//! procedures with their statements, and an Atom feed.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use engine::form::Form;
use engine::text::{Language, Text};
use serde::{Deserialize, Serialize};
use store::{PublicCursor, PublicFilter, PublicRow, PublicScope};
use uuid::Uuid;

use crate::desk::public::{Phase, Procedure};
use crate::web::errors::PageError;
use crate::web::format;
use crate::web::frame::Said;
use crate::web::portal;
use crate::web::portal::view::ServiceLink;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// What is wanted of a list.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    category: String,
    #[serde(default)]
    district: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    after: String,
}

impl Wanted {
    fn filter(&self, scope: PublicScope) -> PublicFilter {
        let chosen = |text: &str| is_id(text).then(|| text.to_owned());
        PublicFilter {
            scope,
            category: chosen(&self.category),
            district: chosen(&self.district),
            done: match self.status.as_str() {
                "done" => Some(true),
                "open" => Some(false),
                _ => None,
            },
        }
    }

    /// The filters as the query of an address.
    fn query(&self, after: Option<&PublicCursor>) -> String {
        let mut pairs: Vec<String> = [
            ("category", &self.category),
            ("district", &self.district),
            ("status", &self.status),
        ]
        .into_iter()
        .filter(|(_, value)| is_id(value))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
        pairs.extend(after.map(|after| format!("after={}", after.encode())));
        pairs.join("&")
    }

    fn any(&self) -> bool {
        !self.query(None).is_empty()
    }
}

/// Whether a text is an id; anything else filters nothing and stands in no address.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

/// List of reports: `public/reports`.
#[derive(Debug, Serialize)]
struct ReportsView {
    forms: Vec<ServiceLink>,
    filters: Vec<FilterView>,
    filtered: bool,
    later: bool,
    entries: Vec<EntryView>,
    next: Option<String>,
    feed: String,
}

/// A filter of a list.
#[derive(Debug, Serialize)]
struct FilterView {
    name: &'static str,
    label: String,
    any: String,
    options: Vec<OptionView>,
}

#[derive(Clone, Debug, Serialize)]
struct OptionView {
    id: String,
    label: Said,
    chosen: bool,
}

/// An entry as people read it.
#[derive(Debug, Serialize)]
struct EntryView {
    href: String,
    title: Said,
    text: String,
    place: String,
    category: Option<Said>,
    district: Option<Said>,
    status: Said,
    done: bool,
    answer: Option<String>,
    received_at: i64,
    changed_at: i64,
}

/// One entry: `public/entry`.
#[derive(Debug, Serialize)]
struct SingleView {
    entry: EntryView,
    back: String,
    back_label: String,
}

/// All procedures: `public/procedures`.
#[derive(Debug, Serialize)]
struct ProceduresView {
    groups: Vec<ProcedureGroup>,
}

#[derive(Debug, Serialize)]
struct ProcedureGroup {
    id: &'static str,
    title: String,
    procedures: Vec<ProcedureView>,
}

/// One procedure.
#[derive(Debug, Serialize)]
struct ProcedureView {
    href: String,
    title: Said,
    summary: Option<Said>,
    opens: Option<String>,
    closes: Option<String>,
    documents: Option<String>,
    phase: &'static str,
    form: Option<String>,
}

/// A procedure with its statements: `public/procedure`.
#[derive(Debug, Serialize)]
struct StatementsView {
    procedure: ProcedureView,
    later: bool,
    entries: Vec<EntryView>,
    next: Option<String>,
}

/// The list of reports.
pub async fn reports(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, PageError> {
    let after = PublicCursor::decode(&wanted.after);
    let page = site
        .desk
        .public_entries(&wanted.filter(PublicScope::Reports), after)
        .await?;
    let home = format!("/{}/reports", language.tag());
    let definitions = site.desk.catalog.current();
    let forms: Vec<&Form> = definitions
        .services
        .values()
        .map(|service| &service.form)
        .filter(|form| {
            let rules = form.publication.as_ref();
            rules.is_some_and(|rules| rules.procedure.is_none())
        })
        .collect();
    let view = ReportsView {
        forms: forms.iter().map(|form| service(form, language)).collect(),
        filters: filters(&site, language, &forms, &wanted),
        filtered: wanted.any(),
        later: after.is_some(),
        entries: page.rows.iter().map(|row| entry(row, language)).collect(),
        next: page
            .next
            .map(|next| format!("{home}?{}", wanted.query(Some(&next)))),
        feed: format!("{home}/feed?{}", wanted.query(None)),
    };
    let title = site.say(language, "public.reports", &[]);
    portal::page(&site, language, "public/reports", &title, "reports", view)
}

/// One entry.
pub async fn single(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, id)): Path<(String, String)>,
) -> Result<Html<String>, PageError> {
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    let row = site.desk.public_entry(id).await?;
    let (back, key) = match &row.entry.procedure {
        Some(procedure) => (
            procedure_path(language, &row.entry.service, procedure),
            "public.back_procedure",
        ),
        None => (
            format!("/{}/reports", language.tag()),
            "public.back_reports",
        ),
    };
    let view = SingleView {
        entry: entry(&row, language),
        back,
        back_label: site.say(language, key, &[]),
    };
    let title = view.entry.title.text.clone();
    let path = format!("reports/{}", row.id.simple());
    portal::page(&site, language, "public/entry", &title, &path, view)
}

/// All procedures.
pub async fn procedures(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    let all = site.desk.procedures();
    let groups = [
        ("open", Phase::Open, "public.phase_open"),
        ("coming", Phase::Coming, "public.phase_coming"),
        ("over", Phase::Over, "public.phase_over"),
    ];
    let groups = groups
        .into_iter()
        .map(|(id, phase, key)| ProcedureGroup {
            id,
            title: site.say(language, key, &[]),
            procedures: all
                .iter()
                .filter(|procedure| procedure.phase == phase)
                .map(|procedure| procedure_view(procedure, language))
                .collect(),
        })
        .filter(|group| !group.procedures.is_empty())
        .collect();
    let title = site.say(language, "public.procedures", &[]);
    let view = ProceduresView { groups };
    portal::page(
        &site,
        language,
        "public/procedures",
        &title,
        "participation",
        view,
    )
}

/// One procedure with what people said and how the city weighed it.
pub async fn procedure(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, service, key)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, PageError> {
    let all = site.desk.procedures();
    let procedure = all
        .iter()
        .find(|procedure| procedure.service == service && procedure.key == key)
        .ok_or(PageError::NotFound)?;
    let after = PublicCursor::decode(&wanted.after);
    let scope = PublicScope::Procedure {
        service: service.clone(),
        key: key.clone(),
    };
    let page = site
        .desk
        .public_entries(&wanted.filter(scope), after)
        .await?;
    let home = procedure_path(language, &service, &key);
    let view = StatementsView {
        procedure: procedure_view(procedure, language),
        later: after.is_some(),
        entries: page.rows.iter().map(|row| entry(row, language)).collect(),
        next: page
            .next
            .map(|next| format!("{home}?{}", wanted.query(Some(&next)))),
    };
    let title = view.procedure.title.text.clone();
    let path = format!("participation/{service}/{key}");
    portal::page(&site, language, "public/procedure", &title, &path, view)
}

/// The latest reports as an Atom feed (RFC 4287).
pub async fn feed(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let page = site
        .desk
        .public_entries(&wanted.filter(PublicScope::Reports), None)
        .await?;
    let tag = language.tag();
    let home = format!("{}/{tag}/reports", site.public_url);
    let updated = page.rows.iter().map(|row| row.changed_at).max();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let title = site.say(language, "public.reports", &[]);
    let own = format!("{home}/feed?{}", wanted.query(None));
    xml.push_str(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{tag}\">\n<id>{own}</id>\n\
         <title>{}</title>\n<updated>{}</updated>\n<author><name>{}</name></author>\n\
         <link rel=\"self\" href=\"{own}\"/>\n<link href=\"{home}\"/>\n",
        escape(&title),
        format::machine_instant(updated.unwrap_or_default()),
        escape(site.town_name()),
        own = escape(&own),
        home = escape(&home),
    ));
    for row in &page.rows {
        let entry = &row.entry;
        let mut text = format!("{}\n\n{}", entry.text, entry.status.get(language));
        if let Some(answer) = &entry.answer {
            text.push_str(&format!("\n\n{answer}"));
        }
        let link = format!("{home}/{}", row.id.simple());
        let heading = heading(&entry.title, &entry.place, language);
        xml.push_str(&format!(
            "<entry>\n<id>{link}</id>\n<title>{}</title>\n<published>{}</published>\n\
             <updated>{}</updated>\n<link href=\"{link}\"/>\n<content type=\"text\">{}</content>\n</entry>\n",
            escape(&heading),
            format::machine_instant(row.published_at),
            format::machine_instant(row.changed_at),
            escape(&text),
            link = escape(&link),
        ));
    }
    xml.push_str("</feed>\n");
    let media_type = [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
    Ok((media_type, xml).into_response())
}

fn heading(title: &Text, place: &str, language: Language) -> String {
    let title = title.get(language);
    match place {
        "" => title.to_owned(),
        place => format!("{title}, {place}"),
    }
}

/// Text as XML may hold it: control characters are left out.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

fn entry(row: &PublicRow, language: Language) -> EntryView {
    let entry = &row.entry;
    let said = |text: &Text| Said::of(text, language);
    EntryView {
        href: format!("/{}/reports/{}", language.tag(), row.id.simple()),
        title: said(&entry.title),
        text: entry.text.clone(),
        place: entry.place.clone(),
        category: entry.category.as_ref().map(|chosen| said(&chosen.label)),
        district: entry.district.as_ref().map(|chosen| said(&chosen.label)),
        status: said(&entry.status),
        done: entry.done,
        answer: entry.answer.clone(),
        received_at: entry.received_at,
        changed_at: row.changed_at,
    }
}

fn service(form: &Form, language: Language) -> ServiceLink {
    ServiceLink {
        href: format!("/{}/services/{}", language.tag(), form.id),
        title: Said::of(&form.title, language),
        summary: Said::of(&form.summary, language),
        department: None,
    }
}

fn procedure_path(language: Language, service: &str, key: &str) -> String {
    format!("/{}/participation/{service}/{key}", language.tag())
}

fn procedure_view(procedure: &Procedure, language: Language) -> ProcedureView {
    let said = |text: &Text| Said::of(text, language);
    let open = procedure.phase == Phase::Open;
    ProcedureView {
        href: procedure_path(language, &procedure.service, &procedure.key),
        title: said(&procedure.title),
        summary: procedure.summary.as_ref().map(said),
        opens: procedure.opens.map(|day| day.to_string()),
        closes: procedure.closes.map(|day| day.to_string()),
        documents: procedure
            .documents
            .clone()
            .filter(|address| address.starts_with("https://")),
        phase: match procedure.phase {
            Phase::Open => "open",
            Phase::Coming => "coming",
            Phase::Over => "over",
        },
        form: open.then(|| format!("/{}/services/{}", language.tag(), procedure.service)),
    }
}

fn category(form: &Form) -> Option<&String> {
    form.publication.as_ref()?.category.as_ref()
}

fn district(form: &Form) -> Option<&String> {
    form.publication.as_ref()?.district.as_ref()
}

/// The filters that make sense: what the forms can be about.
fn filters(site: &Site, language: Language, forms: &[&Form], wanted: &Wanted) -> Vec<FilterView> {
    let say = |key: &str| site.say(language, key, &[]);
    let option = |id: &str, label: Said, chosen: &str| OptionView {
        id: id.to_owned(),
        label,
        chosen: id == chosen,
    };
    let options = |path: fn(&Form) -> Option<&String>, chosen: &str| {
        let mut found: Vec<OptionView> = Vec::new();
        for form in forms {
            let field = path(form).and_then(|path| form.questions.field(path));
            for choice in field.map(|field| field.options()).unwrap_or_default() {
                if found.iter().all(|known| known.id != choice.id) {
                    found.push(option(&choice.id, Said::of(&choice.text, language), chosen));
                }
            }
        }
        found
    };
    let status = ["open", "done"].map(|id| {
        let label = Said::plain(say(&format!("public.status_{id}")));
        option(id, label, &wanted.status)
    });
    [
        ("category", options(category, &wanted.category)),
        ("district", options(district, &wanted.district)),
        ("status", status.to_vec()),
    ]
    .into_iter()
    .filter(|(_, options)| !options.is_empty())
    .map(|(name, options)| FilterView {
        name,
        label: say(&format!("public.filter_{name}")),
        any: say(&format!("public.any_{name}")),
        options,
    })
    .collect()
}

/// Values for every public page: template, name, view.
#[cfg(test)]
pub(crate) fn samples() -> Vec<(&'static str, &'static str, serde_json::Value)> {
    use serde_json::json;

    let said = |text: &str| json!({ "text": text, "lang": null });
    let entry = json!({
        "href": "/de/reports/1", "title": said("Straßenlaterne"), "text": "Flackert <immer>.",
        "place": "Parkallee 12", "category": said("Straßenlaterne"), "district": said("Mitte"),
        "status": said("Wir arbeiten daran."), "done": false, "answer": "Bald ist sie heil.",
        "received_at": 1_790_000_000_000_i64, "changed_at": 1_790_000_000_000_i64,
    });
    let bare = json!({
        "href": "/de/reports/2", "title": said("Idee"), "text": "Bäume", "place": "",
        "category": null, "district": null, "status": said("Erledigt."), "done": true,
        "answer": null, "received_at": 1_790_000_000_000_i64, "changed_at": 1_790_000_000_000_i64,
    });
    let procedure = json!({
        "href": "/de/participation/plan/1", "title": said("Plan 1"), "summary": said("Worum es geht"),
        "opens": "2026-11-02", "closes": "2026-12-11", "documents": "https://stadt.example/1",
        "phase": "open", "form": "/de/services/plan",
    });
    let option = json!({ "id": "light", "label": said("Straßenlaterne"), "chosen": true });
    let filter = json!({
        "name": "category", "label": "Art", "any": "Alle Arten", "options": [option],
    });
    let form = json!({
        "href": "/de/services/x", "title": said("Mängel melden"), "summary": said("Melden"),
    });
    vec![
        (
            "public/reports",
            "reports",
            json!({
                "forms": [form], "filters": [filter], "filtered": true, "later": false,
                "entries": [entry, bare], "next": "/de/reports?after=1", "feed": "/de/reports/feed?",
            }),
        ),
        (
            "public/entry",
            "entry",
            json!({ "entry": entry, "back": "/de/reports", "back_label": "Alle" }),
        ),
        (
            "public/procedures",
            "procedures",
            json!({ "groups": [{ "id": "open", "title": "Jetzt", "procedures": [procedure] }] }),
        ),
        (
            "public/procedure",
            "procedure",
            json!({
                "procedure": procedure, "later": true, "entries": [entry], "next": null,
            }),
        ),
    ]
}
