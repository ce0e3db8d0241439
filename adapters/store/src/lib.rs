//! Cases, drafts and the outbox of Schalter on SQLite and PostgreSQL.
//!
//! [`Store::record`] is the one door through which a case changes: one
//! transaction for everything a [`engine::case::Decision`] says. All other
//! methods read, or change what belongs to no case yet (drafts, uploads) or
//! to no case at all (accounts, sessions, definitions).
//!
//! Every method takes the tenant first; the few that serve the worker return
//! it instead. Instants are parameters, milliseconds since 1970: the store
//! reads no clock.

mod accounts;
mod capacity;
mod cases;
mod chain;
mod definitions;
mod documents;
mod drafts;
mod error;
mod mails;
mod open;
mod outbox;
mod payments;
mod portal;
mod public;
mod publications;
mod queue;
mod record;
mod search;
mod sessions;
mod slots;
mod sql;
#[cfg(feature = "testing")]
pub mod testing;
mod timers;
mod uploads;
mod versions;

pub use accounts::{Account, Membership};
pub use chain::ChainReport;
pub use definitions::Bundle;
pub use documents::Document;
pub use drafts::Draft;
pub use error::StoreError;
pub use mails::{KeptMail, KeptMailRow};
pub use open::{Settings, Store};
pub use outbox::{Delivery, DeliveryState, LeasedParcel, ParkedParcel, Settlement};
pub use payments::{Payment, PaymentState};
pub use portal::{ContactMessage, LeasedMessage, MessageOutcome};
pub use public::{PublicCursor, PublicFilter, PublicPage, PublicRow, PublicScope};
pub use publications::Publication;
pub use queue::{Cursor, Page, QueueFilter, QueueStatus};
pub use record::{Alongside, Recorded, SubmissionKey};
pub use sessions::Session;
pub use slots::{CalendarClosure, LONGEST_CLOSURE, Range};
pub use timers::DueTimer;
pub use uploads::{Upload, UploadOwner};
pub use versions::KnownVersion;

/// Every statement that is the same for both databases, with its name; for
/// the test that prepares each of them on both schemas.
#[doc(hidden)]
pub fn statements() -> Vec<(&'static str, &'static str)> {
    [
        accounts::STATEMENTS,
        capacity::STATEMENTS,
        cases::STATEMENTS,
        chain::STATEMENTS,
        definitions::STATEMENTS,
        documents::STATEMENTS,
        drafts::STATEMENTS,
        mails::STATEMENTS,
        open::STATEMENTS,
        outbox::STATEMENTS,
        payments::STATEMENTS,
        portal::STATEMENTS,
        public::STATEMENTS,
        publications::STATEMENTS,
        record::STATEMENTS,
        sessions::STATEMENTS,
        slots::STATEMENTS,
        timers::STATEMENTS,
        uploads::STATEMENTS,
        versions::STATEMENTS,
    ]
    .concat()
}
