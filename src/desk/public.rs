//! What everybody may read: reports and statements a clerk has passed, and the
//! procedures people can take part in.

use std::collections::BTreeMap;

use engine::definitions::Service;
use engine::feel::Value;
use engine::form::ProcedureColumns;
use engine::text::Text;
use jiff::civil::Date;
use store::{PublicCursor, PublicFilter, PublicPage, PublicRow};
use uuid::Uuid;

use super::{Desk, DeskError};
use crate::clock;

/// Entries on one page of a list.
pub const PAGE: u32 = 20;

/// A procedure people can, could or will be able to take part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// The service statements are made with.
    pub service: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub title: Text,
    /// A sentence about it.
    pub summary: Option<Text>,
    /// First day.
    pub opens: Option<Date>,
    /// Last day.
    pub closes: Option<Date>,
    /// Where the documents are.
    pub documents: Option<String>,
    /// How its period stands today.
    pub phase: Phase,
}

/// How a period stands to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// People can take part.
    Open,
    /// It has not begun.
    Coming,
    /// It is over.
    Over,
}

impl Desk {
    /// Published entries, the latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn public_entries(
        &self,
        filter: &PublicFilter,
        after: Option<PublicCursor>,
    ) -> Result<PublicPage, DeskError> {
        let page = self
            .store
            .public_entries(self.tenant(), filter, after, PAGE);
        Ok(page.await?)
    }

    /// One published entry.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where there is none, or none any more.
    pub async fn public_entry(&self, id: Uuid) -> Result<PublicRow, DeskError> {
        let row = self.store.public_entry(self.tenant(), id).await?;
        row.ok_or(DeskError::NotFound)
    }

    /// All procedures of the definitions in force: open ones first, those that
    /// end next before the others.
    pub fn procedures(&self) -> Vec<Procedure> {
        let today = clock::local(self.clock.now()).date();
        let definitions = self.catalog.current();
        let mut all: Vec<Procedure> = definitions
            .services
            .values()
            .flat_map(|service| procedures_of(service, today))
            .collect();
        all.sort_by(|a, b| {
            let last = |of: &Procedure| of.closes.unwrap_or(Date::MAX);
            a.phase.cmp(&b.phase).then_with(|| match a.phase {
                Phase::Over => last(b).cmp(&last(a)),
                _ => last(a).cmp(&last(b)),
            })
        });
        all
    }
}

fn procedures_of(service: &Service, today: Date) -> Vec<Procedure> {
    let form = &service.form;
    let Some(columns) = form
        .publication
        .as_ref()
        .and_then(|rules| rules.procedures.as_ref())
    else {
        return Vec::new();
    };
    let Some(Value::List(rows)) = form.questions.data.get(&columns.data) else {
        return Vec::new();
    };
    rows.iter()
        .filter_map(|row| match row {
            Value::Record(row) => procedure(&form.id, row, columns, today),
            _ => None,
        })
        .collect()
}

fn procedure(
    service: &str,
    row: &BTreeMap<String, Value>,
    columns: &ProcedureColumns,
    today: Date,
) -> Option<Procedure> {
    let text = |name: &String| match row.get(name) {
        Some(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    };
    let words = |de: &String, en: Option<&String>| {
        let de = text(de)?;
        Some(match en.and_then(text) {
            Some(en) => Text::both(de, en),
            None => Text::same(de),
        })
    };
    let day = |name: Option<&String>| match row.get(name?) {
        Some(Value::Date(day)) => Some(*day),
        _ => None,
    };
    if let Some(of) = &columns.service
        && text(of).as_deref() != Some(service)
    {
        return None;
    }
    let (opens, closes) = (day(columns.opens.as_ref()), day(columns.closes.as_ref()));
    let phase = match (opens, closes) {
        (Some(opens), _) if opens > today => Phase::Coming,
        (_, Some(closes)) if closes < today => Phase::Over,
        _ => Phase::Open,
    };
    Some(Procedure {
        service: service.to_owned(),
        key: text(&columns.key)?,
        title: words(&columns.title.0, columns.title.1.as_ref())?,
        summary: columns
            .summary
            .0
            .as_ref()
            .and_then(|de| words(de, columns.summary.1.as_ref())),
        opens,
        closes,
        documents: columns.documents.as_ref().and_then(text),
        phase,
    })
}
