//! What all pages of a draft share: whose it is, where it goes on.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use engine::text::Language;
use serde::Deserialize;
use uuid::Uuid;

use crate::desk::DeskError;
use crate::desk::drafts::Draft;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::{Lang, Visitor};

/// The draft named in an address.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DraftPath {
    /// Its id.
    pub draft: Uuid,
}

/// Leads to the first page that is not done, or to the check page.
pub async fn first(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    visitor: Visitor,
) -> Result<Redirect, PageError> {
    let draft = match open(&site, path.draft, &visitor, language).await {
        Err(PageError::DraftGone) => {
            return sent_or_gone(&site, path.draft, &visitor, language).await;
        }
        outcome => outcome?,
    };
    let open = site
        .desk
        .visible_pages(&draft)
        .into_iter()
        .find(|page| !draft.state.done.contains(&page.id));
    Ok(Redirect::to(&match open {
        Some(page) => step_address(language, path.draft, &page.id),
        None => check_address(language, path.draft),
    }))
}

/// A draft of this visitor, from now on in the language of the page.
///
/// # Errors
/// [`PageError::DraftGone`] when it is not there for this visitor.
pub async fn open(
    site: &Site,
    id: Uuid,
    visitor: &Visitor,
    language: Language,
) -> Result<Draft, PageError> {
    let mut draft = match site.desk.draft(id, visitor.secret()).await {
        Err(DeskError::NotFound) => return Err(PageError::DraftGone),
        outcome => outcome?,
    };
    site.desk.speak(&mut draft, language).await?;
    Ok(draft)
}

/// After sending, the addresses of a draft lead to its confirmation (F11).
///
/// # Errors
/// [`PageError::DraftGone`] when it was never sent.
pub async fn sent_or_gone(
    site: &Site,
    id: Uuid,
    visitor: &Visitor,
    language: Language,
) -> Result<Redirect, PageError> {
    let sent = site
        .desk
        .sent_draft(id, visitor.secret())
        .await?
        .ok_or(PageError::DraftGone)?;
    Ok(Redirect::to(&format!(
        "/{}/cases/{}/{}/done",
        language.tag(),
        sent.reference,
        sent.secret
    )))
}

/// Address of a page of questions.
pub fn step_address(language: Language, draft: Uuid, page: &str) -> String {
    format!("/{}/drafts/{draft}/step/{page}", language.tag())
}

/// Address of the check page.
pub fn check_address(language: Language, draft: Uuid) -> String {
    format!("/{}/drafts/{draft}/check", language.tag())
}
