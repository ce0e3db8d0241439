//! The history of a case, chained by hash.
//!
//! Each hash is SHA-256 over the hash before it and the text of the entry as
//! it is stored; the first starts from tenant, case and submission. Whoever
//! changes, removes or exchanges an entry would have to rewrite all hashes
//! after it; keeping the last hash elsewhere (an export, a letter) shows even
//! that.

use engine::case::CaseEvent;
use uuid::Uuid;

use crate::sql::{Tx, all, from_json, optional, run, sha256_hex, statements, to_json};
use crate::{Store, StoreError};

statements! {
    EVENT_HASH = "SELECT hash FROM case_event WHERE tenant_id = $1 AND case_id = $2 AND seq = $3";
    SUBMISSION_HASH = "SELECT sha256 FROM submission WHERE tenant_id = $1 AND case_id = $2";
    INSERT_EVENT = "INSERT INTO case_event (tenant_id, case_id, seq, content, hash) VALUES ($1, $2, $3, $4, $5)";
    EVENTS = "SELECT seq, content FROM case_event WHERE tenant_id = $1 AND case_id = $2 ORDER BY seq";
    /// One statement, so that a step recorded meanwhile is seen whole or not at all.
    CHAIN = "SELECT e.seq, e.content, e.hash, c.revision, s.content, s.sha256
        FROM case_file c
        JOIN submission s ON s.tenant_id = c.tenant_id AND s.case_id = c.id
        JOIN case_event e ON e.tenant_id = c.tenant_id AND e.case_id = c.id
        WHERE c.tenant_id = $1 AND c.id = $2 ORDER BY e.seq";
}

/// What [`Store::verify_chain`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainReport {
    /// Nothing was altered.
    Sound {
        /// Number of entries.
        events: i64,
        /// Hash of the last one, to be kept elsewhere.
        head: String,
    },
    /// The submission is not the one that was hashed.
    SubmissionAltered,
    /// This entry, or the one that should stand there, was altered or lost.
    Broken {
        /// Its number.
        seq: i64,
    },
}

type ChainRow = (i64, String, String, i64, String, String);

impl Store {
    /// The history, oldest first.
    pub async fn events(&self, tenant: &str, case_id: Uuid) -> Result<Vec<CaseEvent>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, (i64, String), EVENTS, tenant, case_id)?
            .into_iter()
            .map(|(seq, text)| {
                from_json(
                    &text,
                    "case_event",
                    "content",
                    format_args!("{case_id}/{seq}"),
                )
            })
            .collect()
    }

    /// Computes all hashes of the history anew. [`StoreError::NotFound`] when
    /// there is no such case, or nothing is left of it but its row.
    pub async fn verify_chain(
        &self,
        tenant: &str,
        case_id: Uuid,
    ) -> Result<ChainReport, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, ChainRow, CHAIN, tenant, case_id)?;
        let Some((_, _, _, revision, submission, sha256)) = rows.first() else {
            return Err(StoreError::NotFound("case with a history"));
        };
        if sha256_hex(&[submission.as_bytes()]) != *sha256 {
            return Ok(ChainReport::SubmissionAltered);
        }
        let mut head = first_link(tenant, case_id, sha256);
        for (expected, (seq, content, hash, ..)) in (1..).zip(&rows) {
            head = link(&head, content);
            let event: Result<CaseEvent, _> = serde_json::from_str(content);
            if *seq != expected || *hash != head || event.is_ok_and(|event| event.seq != expected) {
                return Ok(ChainReport::Broken { seq: expected });
            }
        }
        let events = crate::sql::count(rows.len() as u64);
        if events != *revision {
            return Ok(ChainReport::Broken { seq: events + 1 });
        }
        Ok(ChainReport::Sound { events, head })
    }
}

/// Appends the entry of a step that was just written to `case_file`.
pub(crate) async fn append(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    event: &CaseEvent,
) -> Result<(), StoreError> {
    let before = if event.seq == 1 {
        let hash = optional!(tx, (String,), SUBMISSION_HASH, tenant, case_id)?;
        hash.map(|(sha256,)| first_link(tenant, case_id, &sha256))
    } else {
        optional!(tx, (String,), EVENT_HASH, tenant, case_id, event.seq - 1)?.map(|(hash,)| hash)
    };
    let before = before.ok_or_else(|| StoreError::Inconsistent {
        table: "case_event",
        column: "seq",
        row: format!("{case_id}/{}", event.seq - 1),
    })?;
    let content = to_json(event)?;
    let hash = link(&before, &content);
    run!(tx, INSERT_EVENT, tenant, case_id, event.seq, content, hash)?;
    Ok(())
}

/// What the first entry is chained to.
fn first_link(tenant: &str, case_id: Uuid, submission: &str) -> String {
    let case = case_id.to_string();
    sha256_hex(&[
        b"schalter case 1\n",
        tenant.as_bytes(),
        b"\n",
        case.as_bytes(),
        b"\n",
        submission.as_bytes(),
    ])
}

fn link(before: &str, content: &str) -> String {
    sha256_hex(&[before.as_bytes(), b"\n", content.as_bytes()])
}
