//! Which cases the list shows, as its address says it.

use serde::Deserialize;
use store::{Cursor, QueueFilter, QueueStatus};

use crate::desk::accounts::Staff;

/// The filter of the list as typed into the address; anything unknown counts
/// as not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    /// `open`, `closed` or `all`.
    pub status: String,
    /// Queue id.
    pub queue: String,
    /// `mine`, `nobody` or `all`.
    pub owner: String,
    /// Case number or name.
    pub q: String,
    /// Where the page begins.
    pub after: String,
    /// A day of the week whose free slots a case page shows.
    pub week: String,
}

/// Longest search text; more is no name and no number.
const LONGEST_SEARCH: usize = 200;

impl Filter {
    /// Which cases by their end.
    pub(super) fn status(&self) -> QueueStatus {
        match self.status.as_str() {
            "closed" => QueueStatus::Closed,
            "all" => QueueStatus::All,
            _ => QueueStatus::Open,
        }
    }

    /// What the store is asked for.
    pub(super) fn wanted(&self, staff: &Staff) -> QueueFilter {
        let text: String = self.q.trim().chars().take(LONGEST_SEARCH).collect();
        QueueFilter {
            status: self.status(),
            queue: Some(self.queue.clone()).filter(|queue| !queue.is_empty()),
            assignee: (self.owner == "mine").then(|| staff.account.clone()),
            unassigned: self.owner == "nobody",
            text: Some(text).filter(|text| !text.is_empty()),
        }
    }

    /// Where the page begins.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        Cursor::decode(&self.after)
    }

    /// Key of the title below `staff.queue.title.`.
    pub(super) fn title(&self) -> &'static str {
        match (self.status(), self.owner.as_str()) {
            (QueueStatus::Open, "mine") => "mine",
            (QueueStatus::Open, "nobody") => "nobody",
            (QueueStatus::Open, _) => "open",
            (QueueStatus::Closed, _) => "closed",
            (QueueStatus::All, _) => "all",
        }
    }

    /// The same from its first page on.
    pub(super) fn first_page(&self) -> Filter {
        self.clone().at("")
    }

    /// The same on another page.
    pub(super) fn at(mut self, after: &str) -> Filter {
        after.clone_into(&mut self.after);
        self
    }

    /// `?name=value&…` with what is not the default; empty for the plain list.
    pub(super) fn query(&self) -> String {
        let pairs = [
            ("status", self.status.as_str(), "open"),
            ("queue", &self.queue, ""),
            ("owner", &self.owner, "all"),
            ("q", &self.q, ""),
            ("after", &self.after, ""),
        ];
        let mut query = String::new();
        for (name, value, default) in pairs {
            if !value.is_empty() && value != default {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                query.push_str(&encoded(value));
            }
        }
        query
    }

    /// Address of the list.
    pub(super) fn list(&self) -> String {
        format!("/staff{}", self.query())
    }
}

/// `address` with one more `name=value`.
pub(super) fn with(address: &str, name: &str, value: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{name}={}", encoded(value))
}

/// A value for the query part of an address (RFC 3986).
pub(super) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff() -> Staff {
        Staff {
            account: "mara".into(),
            name: "Mara".into(),
            must_set_password: false,
            roles: Vec::new(),
        }
    }

    #[test]
    fn the_plain_list_has_a_plain_address() {
        let typed = Filter {
            status: "open".into(),
            owner: "all".into(),
            ..Filter::default()
        };
        assert_eq!(typed.list(), "/staff");
        assert_eq!(typed.title(), "open");
    }

    #[test]
    fn the_address_keeps_every_filter() {
        let filter = Filter {
            status: "all".into(),
            owner: "mine".into(),
            q: "Müller & Söhne".into(),
            ..Filter::default()
        };
        let address = filter.list();
        assert_eq!(
            address,
            "/staff?status=all&owner=mine&q=M%C3%BCller%20%26%20S%C3%B6hne"
        );
        let uri: axum::http::Uri = address.parse().unwrap();
        let axum::extract::Query(read) =
            axum::extract::Query::<Filter>::try_from_uri(&uri).unwrap();
        assert_eq!(read, filter);
    }

    #[test]
    fn what_is_unknown_counts_as_not_given() {
        let filter = Filter {
            status: "x".into(),
            owner: "y".into(),
            after: "z".into(),
            ..Filter::default()
        };
        assert_eq!(filter.wanted(&staff()), QueueFilter::default());
        assert_eq!(filter.cursor(), None);
    }

    #[test]
    fn mine_and_nobodys_are_asked_for_by_owner() {
        let of = |owner: &str| {
            Filter {
                owner: owner.into(),
                ..Filter::default()
            }
            .wanted(&staff())
        };
        assert_eq!(of("mine").assignee.as_deref(), Some("mara"));
        assert!(of("nobody").unassigned && of("nobody").assignee.is_none());
    }
}
