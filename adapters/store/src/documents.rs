//! Documents of a case: ordered with a step, rendered once, kept.

use std::collections::BTreeMap;

use engine::case::{DocumentOrder, Millis};
use uuid::Uuid;

use crate::sql::{Tx, all, from_json, optional, run, sha256_hex, statements, to_json};
use crate::{Store, StoreError};

/// A document of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The order, under the name it got within the case.
    pub order: DocumentOrder,
    /// The step that ordered it.
    pub seq: i64,
    /// Whether its bytes are stored.
    pub rendered: bool,
}

statements! {
    NAMES = "SELECT name FROM document WHERE tenant_id = $1 AND case_id = $2";
    ORDER = "INSERT INTO document (tenant_id, case_id, name, seq, template, title, public, data, ordered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    DOCUMENTS = "SELECT d.name, d.seq, d.template, d.title, d.public, d.data, d.ordered_at,
            c.rendered_at IS NOT NULL AS rendered
        FROM document d
        LEFT JOIN document_content c
            ON c.tenant_id = d.tenant_id AND c.case_id = d.case_id AND c.name = d.name
        WHERE d.tenant_id = $1 AND d.case_id = $2 ORDER BY d.seq, d.name";
    BYTES = "SELECT bytes, sha256 FROM document_content WHERE tenant_id = $1 AND case_id = $2 AND name = $3";
    PUT_BYTES = "INSERT INTO document_content (tenant_id, case_id, name, rendered_at, sha256, bytes)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, case_id, name) DO NOTHING";
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    seq: i64,
    template: String,
    title: String,
    public: bool,
    data: String,
    ordered_at: i64,
    rendered: bool,
}

impl Row {
    fn read(self, case_id: Uuid) -> Result<Document, StoreError> {
        let row = format!("{case_id}/{}", self.name);
        Ok(Document {
            seq: self.seq,
            rendered: self.rendered,
            order: DocumentOrder {
                title: from_json(&self.title, "document", "title", &row)?,
                data: from_json(&self.data, "document", "data", &row)?,
                name: self.name,
                template: self.template,
                public: self.public,
                at: self.ordered_at,
            },
        })
    }
}

impl Store {
    /// The documents of a case in the order they were ordered.
    pub async fn documents(
        &self,
        tenant: &str,
        case_id: Uuid,
    ) -> Result<Vec<Document>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, Row, DOCUMENTS, tenant, case_id)?
            .into_iter()
            .map(|row| row.read(case_id))
            .collect()
    }

    /// The bytes of a rendered document; `None` while it is only ordered.
    pub async fn document_bytes(
        &self,
        tenant: &str,
        case_id: Uuid,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut db = self.reader().await?;
        let Some((bytes, sha256)) =
            optional!(&mut db, (Vec<u8>, String), BYTES, tenant, case_id, name)?
        else {
            return Ok(None);
        };
        if sha256_hex(&[&bytes]) != sha256 {
            let row = format!("{case_id}/{name}");
            return Err(StoreError::Inconsistent {
                table: "document_content",
                column: "bytes",
                row,
            });
        }
        Ok(Some(bytes))
    }

    /// Keeps the bytes of an ordered document. The first writer wins: `false`
    /// means that others were stored before, and those count.
    pub async fn put_document_bytes(
        &self,
        tenant: &str,
        case_id: Uuid,
        name: &str,
        bytes: &[u8],
        now: Millis,
    ) -> Result<bool, StoreError> {
        let sha256 = sha256_hex(&[bytes]);
        let mut db = self.writer().await?;
        match run!(
            &mut db,
            PUT_BYTES,
            tenant,
            case_id,
            name,
            now,
            sha256.as_str(),
            bytes
        ) {
            Ok(written) => Ok(written == 1),
            Err(error) if error.is_missing_parent() => Err(StoreError::NotFound("document")),
            Err(error) => Err(error),
        }
    }
}

/// Orders the documents of a step. A name that exists gets the suffix `-2`,
/// `-3` ...; the answer says which names of this step were changed to which.
pub(crate) async fn order(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    seq: i64,
    orders: &[DocumentOrder],
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut renamed = BTreeMap::new();
    if orders.is_empty() {
        return Ok(renamed);
    }
    // The case row is locked by its guarded update, so no name can appear
    // between this look and the insert.
    let mut names: Vec<String> = all!(tx, (String,), NAMES, tenant, case_id)?
        .into_iter()
        .map(|(name,)| name)
        .collect();
    for order in orders {
        let name = free_name(&names, &order.name);
        let (title, data) = (to_json(&order.title)?, to_json(&order.data)?);
        let (template, public, at) = (order.template.as_str(), order.public, order.at);
        run!(
            tx,
            ORDER,
            tenant,
            case_id,
            name.as_str(),
            seq,
            template,
            title,
            public,
            data,
            at
        )?;
        if name != order.name {
            renamed.insert(order.name.clone(), name.clone());
        }
        names.push(name);
    }
    Ok(renamed)
}

fn free_name(taken: &[String], wanted: &str) -> String {
    let free = |name: &String| !taken.contains(name);
    std::iter::once(wanted.to_owned())
        .chain((2..).map(|number: u32| format!("{wanted}-{number}")))
        .find(free)
        .unwrap_or_else(|| wanted.to_owned())
}
