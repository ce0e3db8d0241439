//! A page of questions: shown, saved as typed, and left once it is in order.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::form::{Finding, Level, Page};
use engine::text::{Language, Text};
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::draft::{self, check_address, step_address};
use super::fields::{self, Surroundings, html_id};
use super::view::{FieldView, StepView};
use crate::desk::DeskError;
use crate::desk::drafts::{Draft, ListEdit, PageOutcome};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::slots::{self, SlotsView};
use crate::web::visitor::{CheckedForm, Lang, SentFile, Visitor};

/// Before the HTML ids of questions.
pub const PREFIX: &str = "f-";
/// Templates that can carry the heading of the page.
const CAN_BE_TITLE: [&str; 6] = [
    "field/text",
    "field/area",
    "field/radios",
    "field/checkboxes",
    "field/select",
    "field/date",
];

/// A page of a draft named in an address.
#[derive(Debug, Deserialize)]
pub struct StepPath {
    draft: Uuid,
    page: String,
}

/// What a page is told by the one before.
#[derive(Debug, Default, Deserialize)]
pub struct Told {
    #[serde(default, rename = "return")]
    returns: String,
    /// Key of a sentence for the live region.
    #[serde(default)]
    said: String,
    #[serde(default)]
    opened: bool,
    /// A day of the week whose free slots are asked for.
    #[serde(default)]
    week: String,
}

/// What is shown beside the questions themselves.
#[derive(Default)]
struct Remarks {
    findings: Vec<Finding>,
    opened: bool,
    status: Option<String>,
    returns: bool,
    slots: Option<SlotsView>,
}

/// Shows a page. From the check page it shows what is to be mended as well.
pub async fn show(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<StepPath>,
    Query(told): Query<Told>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let draft = match draft::open(&site, path.draft, &visitor, language).await {
        Err(PageError::DraftGone) => {
            return Ok(draft::sent_or_gone(&site, path.draft, &visitor, language)
                .await?
                .into_response());
        }
        outcome => outcome?,
    };
    let Some(page) = site
        .desk
        .visible_pages(&draft)
        .into_iter()
        .find(|page| page.id == path.page)
    else {
        // Another answer may have closed the page; an address that never existed is none.
        draft
            .service
            .form
            .page(&path.page)
            .ok_or(PageError::NotFound)?;
        return Ok(
            Redirect::to(&super::service::draft_address(language, path.draft)).into_response(),
        );
    };
    let returns = told.returns == "check";
    let mut remarks = Remarks {
        returns,
        opened: told.opened,
        ..Remarks::default()
    };
    if returns && !told.opened && told.said.is_empty() {
        let (findings, warnings) = site.desk.page_findings(&draft, page);
        remarks.findings = findings.into_iter().chain(warnings).collect();
    }
    remarks.slots = slots::for_draft(&site, &draft, page, slots::week(&told.week)).await?;
    if returns && told.week.is_empty() {
        remarks
            .findings
            .extend(site.desk.slot_finding(&draft, page).await?);
    }
    remarks.status = known_sentence(&told.said).map(|key| site.say(language, key, &[]));
    render(&site, &visitor, &draft, page, remarks, StatusCode::OK)
}

/// Sentences an address may ask for; anything else is not said.
fn known_sentence(said: &str) -> Option<&'static str> {
    match said {
        "uploaded" => Some("upload.done"),
        "removed" => Some("upload.removed"),
        "entry-added" => Some("step.entry_added"),
        "entry-removed" => Some("step.entry_removed"),
        _ => None,
    }
}

/// What the button that was pressed asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    /// The next page.
    Next,
    /// A code to continue later.
    Later,
    /// The free slots of the week of this day.
    Slots(Date),
    /// Only keep what was typed (script).
    Autosave,
    /// Keep the chosen file of this question.
    Upload(String),
    /// Remove this file.
    RemoveUpload(Uuid),
    /// One more entry of this list.
    Add(String),
    /// Remove an entry of this list.
    Remove(String, usize),
}

impl Wish {
    fn of(text: &str) -> Option<Wish> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        Some(match word {
            "next" => Wish::Next,
            "later" => Wish::Later,
            "slots" => Wish::Slots(rest.parse().ok()?),
            "autosave" => Wish::Autosave,
            "upload" => Wish::Upload(rest.to_owned()),
            "remove-upload" => Wish::RemoveUpload(rest.parse().ok()?),
            "add" => Wish::Add(rest.to_owned()),
            "remove" => {
                let (path, index) = rest.rsplit_once(':')?;
                Wish::Remove(path.to_owned(), index.parse().ok()?)
            }
            _ => return None,
        })
    }

    fn edit(&self) -> ListEdit {
        match self {
            Wish::Add(path) => ListEdit::Add(path.clone()),
            Wish::Remove(path, index) => ListEdit::Remove(path.clone(), *index),
            _ => ListEdit::None,
        }
    }
}

/// Saves a page as it was typed and goes where the button says.
pub async fn save(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<StepPath>,
    visitor: Visitor,
    mut form: CheckedForm,
) -> Result<Response, PageError> {
    let wish = Wish::of(form.control("do").unwrap_or("next")).ok_or(PageError::Malformed)?;
    let mut draft = match draft::open(&site, path.draft, &visitor, language).await {
        Err(PageError::DraftGone) => {
            return Ok(draft::sent_or_gone(&site, path.draft, &visitor, language)
                .await?
                .into_response());
        }
        outcome => outcome?,
    };
    let files = std::mem::take(&mut form.files);
    let refused = keep_files(&site, &mut draft, files, &wish, language).await?;
    if let Wish::RemoveUpload(id) = wish {
        match site.desk.remove_upload(&mut draft, id).await {
            // Removed in another window already.
            Ok(()) | Err(DeskError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let saved = site
        .desk
        .save_page(
            path.draft,
            visitor.secret(),
            &path.page,
            &form.pairs,
            &wish.edit(),
        )
        .await;
    let outcome = match saved {
        Err(DeskError::NotFound) => return Err(PageError::DraftGone),
        outcome => outcome?,
    };
    let page = outcome.draft.service.form.page(&path.page);
    let page = page.ok_or(PageError::NotFound)?;
    let slots = slots::for_draft(&site, &outcome.draft, page, None).await?;
    go_on(
        &site, language, &visitor, &path, &form, wish, refused, outcome, slots,
    )
}

/// Stores the files that were chosen; what is wrong with them becomes findings.
async fn keep_files(
    site: &Site,
    draft: &mut Draft,
    files: Vec<SentFile>,
    wish: &Wish,
    language: Language,
) -> Result<Vec<Finding>, PageError> {
    let mut refused = Vec::new();
    let problem = |path: &str, message: Text| Finding {
        path: path.to_owned(),
        code: "file".to_owned(),
        severity: Level::Error,
        message,
    };
    if let Wish::Upload(path) = wish
        && !files
            .iter()
            .any(|file| file.control == format!("file.{path}"))
    {
        refused.push(problem(
            path,
            Text::same(site.say(language, "upload.error_empty", &[])),
        ));
    }
    for file in files {
        let Some(path) = file.control.strip_prefix("file.") else {
            continue;
        };
        match site
            .desk
            .add_upload(draft, path, &file.name, file.bytes)
            .await
        {
            Ok(()) => {}
            Err(DeskError::File(why)) => refused.push(problem(path, why.text())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(refused)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the one place where everything about a sent page meets"
)]
fn go_on(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    path: &StepPath,
    form: &CheckedForm,
    wish: Wish,
    refused: Vec<Finding>,
    outcome: PageOutcome,
    slots: Option<SlotsView>,
) -> Result<Response, PageError> {
    let returns = form.control("return") == Some("check");
    let here = step_address(language, path.draft, &path.page);
    let back = if returns { "&return=check" } else { "" };
    let say = |said: &str, id: String| {
        Ok(Redirect::to(&format!("{here}?said={said}{back}#{id}")).into_response())
    };
    let page = outcome
        .draft
        .service
        .form
        .page(&path.page)
        .ok_or(PageError::NotFound)?;
    if !refused.is_empty() && wish != Wish::Autosave {
        let mut findings = refused;
        if wish == Wish::Next {
            let missing = outcome
                .findings
                .into_iter()
                .filter(|finding| findings.iter().all(|known| known.path != finding.path));
            findings.extend(missing.collect::<Vec<_>>());
        }
        let remarks = Remarks {
            findings,
            returns,
            slots,
            ..Remarks::default()
        };
        return render(
            site,
            visitor,
            &outcome.draft,
            page,
            remarks,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    match wish {
        Wish::Autosave => Ok(StatusCode::NO_CONTENT.into_response()),
        Wish::Later => Ok(Redirect::to(&format!(
            "/{}/drafts/{}/later?page={}",
            language.tag(),
            path.draft,
            path.page
        ))
        .into_response()),
        Wish::Upload(at) => say("uploaded", html_id(PREFIX, &at)),
        Wish::RemoveUpload(_) => say("removed", "main".to_owned()),
        Wish::Add(at) => {
            let count = site
                .desk
                .evaluation(&outcome.draft)
                .view(page)
                .iter()
                .find(|view| view.path == at)
                .map_or(0, |view| view.entries.len());
            say(
                "entry-added",
                format!("{}-{}", html_id(PREFIX, &at), count.saturating_sub(1)),
            )
        }
        Wish::Remove(at, _) => say("entry-removed", html_id(PREFIX, &at)),
        Wish::Slots(day) => {
            let slot = page_slot(&outcome, page);
            Ok(Redirect::to(&format!("{here}?week={day}{back}#{slot}")).into_response())
        }
        Wish::Next => next(site, language, visitor, path, form, outcome, returns, slots),
    }
}

/// HTML id of the question for a slot.
fn page_slot(outcome: &PageOutcome, page: &Page) -> String {
    let questions = &outcome.draft.service.form.questions;
    let path = questions.slot_path();
    let here = path.filter(|path| questions.page_of(path).is_some_and(|of| of.id == page.id));
    here.map_or_else(|| "main".to_owned(), |path| html_id(PREFIX, &path))
}

/// Goes on when the page is in order; stays when something is to be mended,
/// looked at, or when the answers opened questions here (Q10).
#[expect(
    clippy::too_many_arguments,
    reason = "the rest of what meets in `go_on`"
)]
fn next(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    path: &StepPath,
    form: &CheckedForm,
    outcome: PageOutcome,
    returns: bool,
    slots: Option<SlotsView>,
) -> Result<Response, PageError> {
    let page = outcome
        .draft
        .service
        .form
        .page(&path.page)
        .ok_or(PageError::NotFound)?;
    let here = step_address(language, path.draft, &path.page);
    if outcome.opened {
        let back = if returns { "&return=check" } else { "" };
        return Ok(Redirect::to(&format!("{here}?opened=true{back}")).into_response());
    }
    if !outcome.findings.is_empty() {
        let findings = outcome
            .findings
            .into_iter()
            .chain(outcome.warnings)
            .collect();
        let remarks = Remarks {
            findings,
            returns,
            slots,
            ..Remarks::default()
        };
        return render(
            site,
            visitor,
            &outcome.draft,
            page,
            remarks,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    let seen: Vec<&str> = form
        .control("warned")
        .unwrap_or_default()
        .split(' ')
        .collect();
    if outcome
        .warnings
        .iter()
        .any(|warning| !seen.contains(&mark(warning).as_str()))
    {
        let remarks = Remarks {
            findings: outcome.warnings,
            returns,
            slots,
            ..Remarks::default()
        };
        return render(site, visitor, &outcome.draft, page, remarks, StatusCode::OK);
    }
    Ok(Redirect::to(&destination(site, language, path, &outcome, returns)).into_response())
}

/// After a change from the check page, questions that opened elsewhere come first (F8).
fn destination(
    site: &Site,
    language: Language,
    path: &StepPath,
    outcome: &PageOutcome,
    returns: bool,
) -> String {
    if returns {
        let open = site
            .desk
            .visible_pages(&outcome.draft)
            .into_iter()
            .find(|page| !outcome.draft.state.done.contains(&page.id));
        return match open {
            Some(page) => format!(
                "{}?return=check&opened=true",
                step_address(language, path.draft, &page.id)
            ),
            None => check_address(language, path.draft),
        };
    }
    match &outcome.next {
        Some(page) => step_address(language, path.draft, page),
        None => check_address(language, path.draft),
    }
}

/// A warning as the page remembers that it was seen.
fn mark(warning: &Finding) -> String {
    format!("{}@{}", warning.code, warning.path).replace(' ', "_")
}

fn render(
    site: &Site,
    visitor: &Visitor,
    draft: &Draft,
    page: &Page,
    remarks: Remarks,
    status: StatusCode,
) -> Result<Response, PageError> {
    let language = draft.stored.language;
    let evaluation = site.desk.evaluation(draft);
    let surroundings = Surroundings {
        language,
        texts: site.pages.texts(),
        prefix: PREFIX,
        findings: &remarks.findings,
        uploads: &draft.uploads,
        reasons: Some(evaluation.questions()),
        slots: remarks.slots.as_ref(),
    };
    let mut shown = fields::show(&evaluation.view(page), &surroundings);
    let pages = evaluation.pages();
    let at = pages
        .iter()
        .position(|known| known.id == page.id)
        .unwrap_or_default();
    let service = Said::of(&draft.service.form.title, language);
    let title = Said::of(&page.title, language);
    let question_is_title = only_question(&mut shown.fields, &title, page.intro.is_some());
    // The check page is the last step.
    let (number, count) = (at + 1, pages.len() + 1);
    let window = window_title(
        site,
        language,
        &title.text,
        &service.text,
        (number, count),
        !shown.problems.is_empty(),
    );
    let address = step_address(language, draft.stored.id, &page.id);
    let warned: Vec<String> = remarks
        .findings
        .iter()
        .filter(|f| f.severity == Level::Warning)
        .map(mark)
        .collect();
    let view = StepView {
        back: match (remarks.returns, at) {
            (true, _) => check_address(language, draft.stored.id),
            (false, 0) => format!("/{}/services/{}", language.tag(), draft.service.form.id),
            (false, at) => step_address(language, draft.stored.id, &pages[at - 1].id),
        },
        service,
        title,
        question_is_title,
        intro: page.intro.as_ref().map(|text| Said::of(text, language)),
        number,
        count,
        action: address.clone(),
        uploads: shown.uploads,
        problems: shown.problems,
        warnings: shown.warnings,
        warned: warned.join(" "),
        opened: remarks.opened,
        status: remarks.status,
        fields: shown.fields,
        returns: remarks.returns.then_some("check"),
        expires_at: draft.stored.expires_at,
    };
    let path = format!("drafts/{}/step/{}", draft.stored.id, page.id);
    Ok((
        status,
        site.page(
            language,
            "citizen/step",
            &window,
            Some(visitor),
            &path,
            view,
        )?,
    )
        .into_response())
}

/// A single plain question becomes the heading of its page (F3), and a group
/// that is the whole page and has its name; an introduction stays below a title.
fn only_question(fields: &mut [FieldView], title: &Said, intro: bool) -> bool {
    let [only] = fields else {
        return false;
    };
    let same = only.template == "field/group" && only.label.text == title.text && !intro;
    if same {
        only.fields.iter_mut().for_each(raise);
    }
    only.heading = same || CAN_BE_TITLE.contains(&only.template);
    only.heading
}

/// Groups inside of a group that became the heading follow it without a gap.
fn raise(field: &mut FieldView) {
    field.level = field.level.saturating_sub(1);
    field.fields.iter_mut().for_each(raise);
}

fn window_title(
    site: &Site,
    language: Language,
    title: &str,
    service: &str,
    (number, count): (usize, usize),
    errors: bool,
) -> String {
    let values = [
        ("number", number.to_string()),
        ("count", count.to_string()),
        ("title", title.to_owned()),
    ];
    let step = site.say(language, "step.title", &values);
    let prefix = if errors {
        site.say(language, "frame.error_prefix", &[])
    } else {
        String::new()
    };
    format!("{prefix}{step} – {service}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_said_once() {
        let one = |template: &'static str, label: &str| {
            let inner = FieldView {
                level: 3,
                ..FieldView::default()
            };
            [FieldView {
                template,
                label: Said::plain(label),
                level: 2,
                fields: vec![inner],
                ..FieldView::default()
            }]
        };
        let title = Said::plain("Kontakt");
        let check = |template, label, intro, expected: (bool, u8)| {
            let mut fields = one(template, label);
            let found = only_question(&mut fields, &title, intro);
            assert_eq!(found, fields[0].heading, "{template} {label}");
            assert_eq!((found, fields[0].fields[0].level), expected, "{label}");
        };
        check("field/group", "Kontakt", false, (true, 2));
        check("field/group", "Kontakt", true, (false, 3));
        check("field/group", "Anschrift", false, (false, 3));
        check("field/text", "Anschrift", true, (true, 3));
        check("field/consent", "Kontakt", false, (false, 3));
    }

    #[test]
    fn buttons_say_what_they_want() {
        let check =
            |text: &str, expected: Option<Wish>| assert_eq!(Wish::of(text), expected, "{text}");
        check("next", Some(Wish::Next));
        check(
            "add:company.partners",
            Some(Wish::Add("company.partners".into())),
        );
        check(
            "remove:partners:3",
            Some(Wish::Remove("partners".into(), 3)),
        );
        check("remove:partners", None);
        check("remove-upload:nonsense", None);
        check("upload:id_copy", Some(Wish::Upload("id_copy".into())));
        check("drop", None);
    }

    #[test]
    fn addresses_cannot_put_words_into_the_page() {
        assert_eq!(known_sentence("removed"), Some("upload.removed"));
        assert_eq!(known_sentence("error.failure.title"), None);
    }
}
