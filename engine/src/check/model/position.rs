//! Where a case can stand, as far as it matters for what can still happen:
//! two cases in the same position have the same future.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::feel::Value;
use crate::workflow::chart::StateIndex;
use crate::workflow::interpret::Configuration;
use crate::workflow::{PARTIES_COMPLETE, PARTY_CONFIRMED, PARTY_DECLINED};

/// A value that can be ordered: by its JSON.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    pub value: Value,
    text: Arc<str>,
}

impl Datum {
    pub(super) fn new(value: Value) -> Datum {
        let text = Arc::from(value.to_json().to_string());
        Datum { value, text }
    }

    pub(super) fn null() -> Datum {
        Datum::new(Value::Null)
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// As a witness shows it.
    pub(super) fn text(&self) -> &str {
        match &*self.text {
            "null" => "empty",
            text => text.trim_matches('"'),
        }
    }
}

impl PartialEq for Datum {
    fn eq(&self, other: &Datum) -> bool {
        self.text == other.text
    }
}

impl Eq for Datum {}

impl PartialOrd for Datum {
    fn partial_cmp(&self, other: &Datum) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Datum {
    fn cmp(&self, other: &Datum) -> Ordering {
        self.text.cmp(&other.text)
    }
}

/// What became of the payment the case asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payment {
    /// None was asked for.
    #[default]
    Never,
    /// It can be paid.
    Open,
    /// It was paid or withdrawn.
    Ended,
}

/// What the case has of limited places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    /// Nothing so far.
    #[default]
    Nothing,
    /// A place in the waiting list.
    Waiting,
    /// Places.
    Places,
    /// It gave back what it had.
    Released,
}

/// How far the parties of the case are. Two stand for any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parties {
    /// Asked, without an answer.
    pub open: u8,
    /// They agreed.
    pub confirmed: u8,
    /// They declined.
    pub declined: u8,
}

impl Parties {
    /// How many there are where there are any.
    pub(super) const ALL: u8 = 2;

    /// After a report, or nothing where there is nobody to cause it.
    pub(super) fn after(self, event: &str) -> Option<Parties> {
        let Parties {
            open,
            confirmed,
            declined,
        } = self;
        let answered = Parties {
            open: open.checked_sub(1)?,
            ..self
        };
        let last = open == 1 && declined == 0;
        match event {
            PARTIES_COMPLETE if last => Some(Parties {
                confirmed: confirmed + 1,
                ..answered
            }),
            PARTY_CONFIRMED if !last => Some(Parties {
                confirmed: confirmed + 1,
                ..answered
            }),
            PARTY_DECLINED => Some(Parties {
                declined: declined + 1,
                ..answered
            }),
            _ => None,
        }
    }
}

/// Who last did something that four eyes look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Citizen,
    Staff,
    System,
}

/// A position. What has no influence on the future is left out, see
/// [`super::live`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    /// Active states.
    pub active: Configuration,
    /// What history states remember.
    pub history: BTreeMap<StateIndex, Vec<StateIndex>>,
    /// Facts that never change in the life of a case, once they mattered.
    pub fixed: BTreeMap<String, Datum>,
    /// Variables with a value.
    pub vars: BTreeMap<String, Datum>,
    /// Timers that were started and whose state is still active. That a timer
    /// has fired is not remembered: one may fire again and again, which only
    /// adds runs.
    pub started: BTreeSet<usize>,
    /// Whether a payment arrived.
    pub paid: bool,
    /// Its payment request.
    pub payment: Payment,
    /// Its places.
    pub held: Held,
    /// Its parties.
    pub parties: Parties,
    /// Documents ordered that something later attaches.
    pub documents: BTreeSet<String>,
    /// Who last caused the events that four eyes compare with.
    pub actors: BTreeMap<String, Who>,
}
