//! What everybody may read of cases: entries written with the step that
//! changes them, and lists that are one range of an index however they are
//! filtered.

use engine::case::Millis;
use engine::case::publication::{PublicChange, PublicEntry};
use uuid::Uuid;

use crate::sql::{Tx, all, from_json, optional, run, statements, to_json};
use crate::{Store, StoreError};

/// Which entries a list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicScope {
    /// Reports of all services.
    Reports,
    /// Statements of one procedure of a service.
    Procedure {
        /// The service.
        service: String,
        /// Key of the procedure.
        key: String,
    },
}

impl PublicScope {
    fn text(&self) -> String {
        match self {
            PublicScope::Reports => "reports".to_owned(),
            PublicScope::Procedure { service, key } => format!("{service}/{}", plain(key)),
        }
    }
}

/// What is wanted of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicFilter {
    /// Reports, or statements of a procedure.
    pub scope: PublicScope,
    /// Id of a category.
    pub category: Option<String>,
    /// Id of a district.
    pub district: Option<String>,
    /// Only closed ones, or only open ones.
    pub done: Option<bool>,
}

/// An entry with the days it was published and changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicRow {
    /// The case. It opens nothing: status pages ask for number and secret.
    pub id: Uuid,
    /// When it was first published.
    pub published_at: Millis,
    /// When what is shown changed last.
    pub changed_at: Millis,
    /// What is shown.
    pub entry: PublicEntry,
}

/// Where the next page of a public list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicCursor {
    published_at: Millis,
    id: Uuid,
}

impl PublicCursor {
    /// The cursor as part of an address.
    pub fn encode(&self) -> String {
        format!("{}.{}", self.published_at, self.id.simple())
    }

    /// The cursor of such a part; `None` for anything else.
    pub fn decode(text: &str) -> Option<PublicCursor> {
        let (published_at, id) = text.split_once('.')?;
        Some(PublicCursor {
            published_at: published_at.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

/// Some entries, the latest first, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPage {
    /// The entries.
    pub rows: Vec<PublicRow>,
    /// Give this to get the entries after them; `None` at the end.
    pub next: Option<PublicCursor>,
}

statements! {
    WRITE = "INSERT INTO public_entry (tenant_id, case_id, revision, published_at, changed_at, content)
        VALUES ($1, $2, $3, $4, $4, $5)
        ON CONFLICT (tenant_id, case_id) DO UPDATE
        SET revision = excluded.revision, changed_at = excluded.changed_at, content = excluded.content
        WHERE public_entry.content <> excluded.content";
    REMOVE_FACETS = "DELETE FROM public_facet WHERE tenant_id = $1 AND case_id = $2";
    REMOVE = "DELETE FROM public_entry WHERE tenant_id = $1 AND case_id = $2";
    /// An entry keeps its place in the lists however often it changes.
    FACET = "INSERT INTO public_facet (tenant_id, facet, published_at, case_id)
        SELECT tenant_id, $3, published_at, case_id FROM public_entry
        WHERE tenant_id = $1 AND case_id = $2";
    READ = "SELECT case_id, published_at, changed_at, content FROM public_entry
        WHERE tenant_id = $1 AND case_id = $2";
    LIST = "SELECT e.case_id, e.published_at, e.changed_at, e.content
        FROM public_facet f
        JOIN public_entry e ON e.tenant_id = f.tenant_id AND e.case_id = f.case_id
        WHERE f.tenant_id = $1 AND f.facet = $2 AND (f.published_at, f.case_id) < ($3, $4)
        ORDER BY f.published_at DESC, f.case_id DESC LIMIT $5";
}

#[derive(sqlx::FromRow)]
struct Row {
    case_id: Uuid,
    published_at: i64,
    changed_at: i64,
    content: String,
}

impl Row {
    fn read(self) -> Result<PublicRow, StoreError> {
        Ok(PublicRow {
            entry: from_json(&self.content, "public_entry", "content", self.case_id)?,
            id: self.case_id,
            published_at: self.published_at,
            changed_at: self.changed_at,
        })
    }
}

/// Ids never hold the characters facets are put together with; keys of
/// procedures come from data and might.
fn plain(text: &str) -> String {
    text.replace(['|', '*', '/'], "_")
}

fn facet(
    scope: &str,
    category: Option<&str>,
    district: Option<&str>,
    done: Option<bool>,
) -> String {
    let any = |text: Option<&str>| text.map_or_else(|| "*".to_owned(), plain);
    let done = done.map(|done| if done { "done" } else { "open" });
    format!("{scope}|{}|{}|{}", any(category), any(district), any(done))
}

/// All filters an entry is found by.
fn facets(entry: &PublicEntry) -> Vec<String> {
    let scope = match &entry.procedure {
        None => PublicScope::Reports,
        Some(key) => PublicScope::Procedure {
            service: entry.service.clone(),
            key: key.clone(),
        },
    }
    .text();
    let both = |value: Option<&str>| -> Vec<Option<String>> {
        let mut values = vec![None];
        values.extend(value.map(|value| Some(value.to_owned())));
        values
    };
    let mut found = Vec::new();
    for category in both(entry.category.as_ref().map(|chosen| chosen.id.as_str())) {
        for district in both(entry.district.as_ref().map(|chosen| chosen.id.as_str())) {
            for done in [None, Some(entry.done)] {
                found.push(facet(
                    &scope,
                    category.as_deref(),
                    district.as_deref(),
                    done,
                ));
            }
        }
    }
    found
}

/// Writes what a step does to the public entry of its case.
pub(crate) async fn apply(
    tx: &mut Tx,
    tenant: &str,
    case: Uuid,
    seq: i64,
    at: Millis,
    change: &PublicChange,
) -> Result<(), StoreError> {
    let PublicChange::Show(entry) = change else {
        run!(tx, REMOVE_FACETS, tenant, case)?;
        run!(tx, REMOVE, tenant, case)?;
        return Ok(());
    };
    let content = to_json(entry)?;
    if run!(tx, WRITE, tenant, case, seq, at, content.as_str())? == 0 {
        return Ok(());
    }
    run!(tx, REMOVE_FACETS, tenant, case)?;
    for facet in facets(entry) {
        run!(tx, FACET, tenant, case, facet.as_str())?;
    }
    Ok(())
}

impl Store {
    /// A page of what everybody may read, the latest first, at most `limit`
    /// entries after `after`.
    pub async fn public_entries(
        &self,
        tenant: &str,
        filter: &PublicFilter,
        after: Option<PublicCursor>,
        limit: u32,
    ) -> Result<PublicPage, StoreError> {
        let limit = limit.clamp(1, 200) as usize;
        let facet = facet(
            &filter.scope.text(),
            filter.category.as_deref(),
            filter.district.as_deref(),
            filter.done,
        );
        let before = after.unwrap_or(PublicCursor {
            published_at: i64::MAX,
            id: Uuid::max(),
        });
        let mut db = self.reader().await?;
        let mut rows = all!(
            &mut db,
            Row,
            LIST,
            tenant,
            facet.as_str(),
            before.published_at,
            before.id,
            limit as i64 + 1,
        )?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| PublicCursor {
            published_at: row.published_at,
            id: row.case_id,
        });
        let rows = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
        Ok(PublicPage { rows, next })
    }

    /// One entry, if it is published.
    pub async fn public_entry(
        &self,
        tenant: &str,
        id: Uuid,
    ) -> Result<Option<PublicRow>, StoreError> {
        let mut db = self.reader().await?;
        let row = optional!(&mut db, Row, READ, tenant, id)?;
        row.map(Row::read).transpose()
    }
}
