//! The clerks' list: cases of the departments somebody works for.

use engine::case::{Case, Millis};
use sqlx::{Database, QueryBuilder};
use uuid::Uuid;

use crate::search::{after, typed_words};
use crate::sql::{Lent, from_json, on};
use crate::{Store, StoreError};

/// Which cases by their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueStatus {
    /// Those still worked on.
    #[default]
    Open,
    /// Those that came to an end.
    Closed,
    /// Both, open ones first.
    All,
}

/// What the clerk wants to see of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Open, closed or all.
    pub status: QueueStatus,
    /// One queue of the departments.
    pub queue: Option<String>,
    /// Account name of whoever works the case.
    pub assignee: Option<String>,
    /// Only cases nobody works.
    pub unassigned: bool,
    /// Beginnings of words of the applicant's name or of the case number.
    pub text: Option<String>,
}

/// Where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    order: i64,
    opened_at: Millis,
    id: Uuid,
}

impl Cursor {
    /// The cursor as part of an address.
    pub fn encode(&self) -> String {
        format!("{}.{}.{}", self.order, self.opened_at, self.id.simple())
    }

    /// The cursor of such a part; `None` for anything else.
    pub fn decode(text: &str) -> Option<Cursor> {
        let mut parts = text.splitn(3, '.');
        Some(Cursor {
            order: parts.next()?.parse().ok()?,
            opened_at: parts.next()?.parse().ok()?,
            id: parts.next()?.parse().ok()?,
        })
    }
}

/// Some rows of a list, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Give this to get the rows after them; `None` at the end.
    pub next: Option<Cursor>,
}

/// Open cases without a due day stand after those with one.
const NO_DUE: i64 = 1 << 60;
/// Closed cases stand after all open ones.
const CLOSED: i64 = 1 << 61;

/// Place of a case in lists: open ones by due day, then open ones without
/// one, then closed ones, the latest first. One number, so that every list is
/// a range of one index; ties are broken by `opened_at` and `id`.
pub(crate) fn list_order(case: &Case) -> i64 {
    match (case.closed_at, case.due_at) {
        (Some(closed), _) => CLOSED + (NO_DUE - closed.clamp(0, NO_DUE)),
        (None, Some(due)) => due.clamp(0, NO_DUE - 1),
        (None, None) => NO_DUE,
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    opened_at: i64,
    list_order: i64,
    content: String,
}

impl Row {
    fn cursor(&self) -> Cursor {
        Cursor {
            order: self.list_order,
            opened_at: self.opened_at,
            id: self.id,
        }
    }

    fn read(self) -> Result<Case, StoreError> {
        from_json(&self.content, "case_file", "content", self.id)
    }
}

impl Store {
    /// A page of the cases of these departments, at most `limit` rows, after
    /// `after`. Cases of other departments are never among them.
    ///
    /// One query for each department, merged here, instead of one with a list
    /// of departments: each is then a range of an index that already has the
    /// order of the list, where a list of values makes both databases sort
    /// all cases of all departments for every page. Clerks have few
    /// departments. It also spares the only way to bind a list that both
    /// databases would share, which there is not.
    pub async fn queue(
        &self,
        tenant: &str,
        departments: &[String],
        filter: &QueueFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Case>, StoreError> {
        let limit = limit.clamp(1, 500) as usize;
        let mut db = self.reader().await?;
        let mut departments: Vec<&String> = departments.iter().collect();
        departments.sort();
        departments.dedup();
        let mut rows = Vec::new();
        for department in departments {
            let wanted = Wanted {
                tenant,
                department,
                filter,
                after,
                limit: limit as i64 + 1,
            };
            rows.extend(wanted.fetch(&mut db).await?);
        }
        rows.sort_by_key(Row::cursor);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(Row::cursor);
        let rows = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
        Ok(Page { rows, next })
    }
}

/// One department's share of a page.
struct Wanted<'a> {
    tenant: &'a str,
    department: &'a str,
    filter: &'a QueueFilter,
    after: Option<Cursor>,
    limit: i64,
}

impl Wanted<'_> {
    async fn fetch(&self, db: &mut Lent) -> Result<Vec<Row>, StoreError> {
        // Not kept as a prepared statement: there are many forms of it, and
        // PostgreSQL plans better when it sees how rare the words are.
        Ok(
            on!(db, conn => self.query().build_query_as::<Row>().persistent(false).fetch_all(conn).await)?,
        )
    }

    /// The statement with exactly the conditions that are asked for, so that
    /// the planner can choose the index made for them. All text is literal.
    fn query<DB: Database>(&self) -> QueryBuilder<DB>
    where
        String: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
        i64: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
        Uuid: for<'q> sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    {
        let mut query = QueryBuilder::new(
            "SELECT id, opened_at, list_order, content FROM case_file WHERE tenant_id = ",
        );
        query.push_bind(self.tenant.to_owned());
        query
            .push(" AND department = ")
            .push_bind(self.department.to_owned());
        match self.filter.status {
            QueueStatus::Open => query.push(" AND list_order < ").push_bind(CLOSED),
            QueueStatus::Closed => query.push(" AND list_order >= ").push_bind(CLOSED),
            QueueStatus::All => &mut query,
        };
        if let Some(queue) = &self.filter.queue {
            query.push(" AND queue = ").push_bind(queue.clone());
        }
        if let Some(assignee) = &self.filter.assignee {
            query.push(" AND assignee = ").push_bind(assignee.clone());
        }
        if self.filter.unassigned {
            query.push(" AND assignee IS NULL");
        }
        for word in self
            .filter
            .text
            .as_deref()
            .map(typed_words)
            .unwrap_or_default()
        {
            query
                .push(" AND id IN (SELECT case_id FROM case_word WHERE tenant_id = ")
                .push_bind(self.tenant.to_owned());
            query.push(" AND word >= ").push_bind(word.clone());
            query.push(" AND word < ").push_bind(after(&word)).push(")");
        }
        if let Some(cursor) = self.after {
            query
                .push(" AND (list_order, opened_at, id) > (")
                .push_bind(cursor.order);
            query
                .push(", ")
                .push_bind(cursor.opened_at)
                .push(", ")
                .push_bind(cursor.id)
                .push(")");
        }
        query
            .push(" ORDER BY list_order, opened_at, id LIMIT ")
            .push_bind(self.limit);
        query
    }
}
