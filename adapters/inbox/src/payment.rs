//! Asking for money: the boundary to payment providers, shaped after
//! XBezahldienste 1.0, the interface of the German administrations.
//!
//! The citizen is sent to a page of the provider and comes back by a link
//! that proves nothing; whether something was paid is known from
//! [`PaymentProvider::status`] alone.

use std::sync::Arc;

use engine::case::Millis;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{BoxFuture, error::Cause};

/// Highest amount in cents (`grosAmount` of XBezahldienste, 999 999 euros).
const MAX_CENTS: i64 = 99_999_900;
/// Longest purpose in characters.
const MAX_PURPOSE: usize = 27;
/// Longest description in characters.
const MAX_DESCRIPTION: usize = 250;

/// Whoever takes the money.
pub trait PaymentProvider: Send + Sync {
    /// The word that selects it in the configuration, such as `demo`.
    fn kind(&self) -> &'static str;

    /// Announces a payment (POST `paymenttransaction`). The same id again
    /// gives the same transaction.
    ///
    /// # Errors
    ///
    /// [`PaymentError`]; the payment was then not announced, except with
    /// [`PaymentError::Unreachable`], after which the same order is repeated.
    fn start<'a>(
        &'a self,
        order: &'a PaymentOrder,
    ) -> BoxFuture<'a, Result<StartedPayment, PaymentError>>;

    /// Where a payment stands (GET `paymenttransaction`).
    ///
    /// # Errors
    ///
    /// [`PaymentError::Unknown`] for a transaction the provider never saw.
    fn status<'a>(
        &'a self,
        transaction: &'a str,
    ) -> BoxFuture<'a, Result<PaymentStatus, PaymentError>>;
}

/// What to pay for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOrder {
    /// Id of the request (`requestId`), made by the application.
    pub id: Uuid,
    /// When it was asked for (`requestTimestamp`).
    pub requested_at: Millis,
    /// Amount in euros with two places, such as `26.00` (`grosAmount`).
    pub amount: String,
    /// Purpose on the statement, at most 27 characters (`purpose`).
    pub purpose: String,
    /// What the payer reads, at most 250 characters (`description`).
    pub description: String,
    /// Where the provider sends the payer afterwards (`redirectUrl`).
    pub return_url: String,
}

/// A payment the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedPayment {
    /// The provider's name for it (`transactionId`), to ask for its status.
    pub transaction: String,
    /// Where to send the payer (`transactionRedirectUrl`).
    pub redirect_url: String,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Announced, not decided (`INITIAL`).
    Open,
    /// Paid (`PAYED`).
    Paid,
    /// Tried without success (`FAILED`).
    Failed,
    /// Given up by the payer (`CANCELED`).
    Cancelled,
}

impl PaymentStatus {
    /// The value XBezahldienste uses.
    pub fn code(self) -> &'static str {
        match self {
            PaymentStatus::Open => "INITIAL",
            PaymentStatus::Paid => "PAYED",
            PaymentStatus::Failed => "FAILED",
            PaymentStatus::Cancelled => "CANCELED",
        }
    }

    /// The status of a value XBezahldienste uses.
    pub fn from_code(code: &str) -> Option<PaymentStatus> {
        use PaymentStatus::{Cancelled, Failed, Open, Paid};
        [Open, Paid, Failed, Cancelled]
            .into_iter()
            .find(|status| status.code() == code)
    }

    /// The status after hearing `news`: once paid, a payment stays paid,
    /// however late and in whatever order answers arrive.
    #[must_use]
    pub fn then(self, news: PaymentStatus) -> PaymentStatus {
        match (self, news) {
            (PaymentStatus::Paid, _) => PaymentStatus::Paid,
            (decided, PaymentStatus::Open) => decided,
            (_, news) => news,
        }
    }
}

/// A payment that could not be started or asked about.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The order breaks a rule of the interface; the form's fee is at fault.
    #[error("the payment cannot be asked for: {0}")]
    Order(&'static str),
    /// The provider does not know the transaction.
    #[error("the payment provider does not know this payment; start it again")]
    Unknown,
    /// The provider does not answer; the same call may be repeated.
    #[error("the payment provider cannot be reached; try again later")]
    Unreachable(#[source] Cause),
}

impl PaymentOrder {
    /// Checks the limits every provider shares and returns the amount in cents.
    ///
    /// # Errors
    ///
    /// [`PaymentError::Order`] naming the first rule that is broken.
    pub fn cents(&self) -> Result<i64, PaymentError> {
        let cents = cents(&self.amount).ok_or(PaymentError::Order(
            "the amount must be euros with two places, such as 26.00",
        ))?;
        let line = |text: &str, max: usize| {
            !text.trim().is_empty()
                && text.chars().count() <= max
                && !text.chars().any(char::is_control)
        };
        let rules = [
            (cents > 0, "the amount must be above zero"),
            (
                cents <= MAX_CENTS,
                "the amount must be 999999 euros at most",
            ),
            (
                line(&self.purpose, MAX_PURPOSE),
                "the purpose must have 1 to 27 characters",
            ),
            (
                self.description.is_empty() || line(&self.description, MAX_DESCRIPTION),
                "the description must have 250 characters at most",
            ),
            (
                self.return_url.starts_with("https://") || self.return_url.starts_with("http://"),
                "the return address must be a full http address",
            ),
        ];
        match rules.into_iter().find(|(kept, _)| !kept) {
            Some((_, rule)) => Err(PaymentError::Order(rule)),
            None => Ok(cents),
        }
    }
}

/// Cents of a decimal text with exactly two places.
fn cents(amount: &str) -> Option<i64> {
    let (euros, cents) = amount.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(euros) || !digits(cents) || cents.len() != 2 {
        return None;
    }
    let euros: i64 = euros.parse().ok()?;
    euros.checked_mul(100)?.checked_add(cents.parse().ok()?)
}

/// Where the demo's payments stand, as recorded by its page; `None` for a
/// payment it never saw.
pub type DemoLedger =
    Arc<dyn Fn(Uuid) -> BoxFuture<'static, Result<Option<PaymentStatus>, Cause>> + Send + Sync>;

/// A provider without money: a page of the demo town itself, on which the
/// visitor chooses how the payment ends.
#[derive(Clone)]
pub struct Demo {
    base_url: String,
    ledger: DemoLedger,
}

impl Demo {
    /// A demo whose page stands at `{base_url}/demo/pay/{id}` and whose
    /// outcomes are looked up in `ledger`.
    pub fn new(base_url: &str, ledger: DemoLedger) -> Demo {
        Demo {
            base_url: base_url.trim_end_matches('/').to_owned(),
            ledger,
        }
    }
}

impl PaymentProvider for Demo {
    fn kind(&self) -> &'static str {
        "demo"
    }

    fn start<'a>(
        &'a self,
        order: &'a PaymentOrder,
    ) -> BoxFuture<'a, Result<StartedPayment, PaymentError>> {
        Box::pin(async move {
            order.cents()?;
            Ok(StartedPayment {
                transaction: order.id.to_string(),
                redirect_url: format!("{}/demo/pay/{}", self.base_url, order.id),
            })
        })
    }

    fn status<'a>(
        &'a self,
        transaction: &'a str,
    ) -> BoxFuture<'a, Result<PaymentStatus, PaymentError>> {
        Box::pin(async move {
            let id = Uuid::parse_str(transaction).map_err(|_| PaymentError::Unknown)?;
            match (self.ledger)(id).await {
                Ok(Some(status)) => Ok(status),
                Ok(None) => Err(PaymentError::Unknown),
                Err(cause) => Err(PaymentError::Unreachable(cause)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Mutex};

    use super::*;

    fn order() -> PaymentOrder {
        PaymentOrder {
            id: Uuid::from_u128(7),
            requested_at: 1_790_000_000_000,
            amount: "26.00".into(),
            purpose: "Meldebescheinigung".into(),
            description: String::new(),
            return_url: "https://schalter.example/pay/back".into(),
        }
    }

    #[test]
    fn orders_keep_the_limits_of_the_interface() {
        assert_eq!(order().cents().unwrap(), 2600);
        let amounts = [
            "", "26", "26.0", "26.000", "-1.00", "0.00", "1e3", "26,00", "+1.00",
        ];
        for amount in amounts
            .into_iter()
            .chain(["1000000.00", "99999999999999999999.00"])
        {
            let broken = PaymentOrder {
                amount: amount.into(),
                ..order()
            };
            assert!(broken.cents().is_err(), "{amount}");
        }
        for purpose in ["", " ", "a\nb", &"x".repeat(28)] {
            let broken = PaymentOrder {
                purpose: purpose.into(),
                ..order()
            };
            assert!(broken.cents().is_err(), "{purpose:?}");
        }
        let umlauts = PaymentOrder {
            purpose: "ü".repeat(27),
            ..order()
        };
        assert!(umlauts.cents().is_ok());
        let javascript = PaymentOrder {
            return_url: "javascript:alert(1)".into(),
            ..order()
        };
        assert!(javascript.cents().is_err());
    }

    #[test]
    fn codes_are_those_of_xbezahldienste() {
        for code in ["INITIAL", "PAYED", "FAILED", "CANCELED"] {
            assert_eq!(PaymentStatus::from_code(code).unwrap().code(), code);
        }
        assert_eq!(PaymentStatus::from_code("PAID"), None);
    }

    #[test]
    fn news_in_any_order_end_the_same() {
        use PaymentStatus::{Cancelled, Failed, Open, Paid};
        let orders = [
            [Failed, Paid, Open],
            [Paid, Open, Cancelled],
            [Open, Failed, Paid],
        ];
        for news in orders {
            assert_eq!(news.into_iter().fold(Open, PaymentStatus::then), Paid);
        }
        assert_eq!(Failed.then(Open), Failed);
    }

    #[tokio::test]
    async fn the_demo_says_what_its_page_recorded() {
        let paid: Arc<Mutex<HashMap<Uuid, PaymentStatus>>> = Arc::default();
        let ledger = Arc::clone(&paid);
        let demo = Demo::new(
            "https://stadt.example/",
            Arc::new(move |id| {
                let status = ledger.lock().unwrap().get(&id).copied();
                Box::pin(async move { Ok(status) })
            }),
        );
        let started = demo.start(&order()).await.unwrap();
        assert_eq!(
            started.redirect_url,
            "https://stadt.example/demo/pay/00000000-0000-0000-0000-000000000007"
        );
        let unknown = demo.status(&started.transaction).await;
        assert!(matches!(unknown, Err(PaymentError::Unknown)));
        paid.lock().unwrap().insert(order().id, PaymentStatus::Paid);
        let status = demo.status(&started.transaction).await.unwrap();
        assert_eq!(status, PaymentStatus::Paid);
        assert!(demo.status("../x").await.is_err());
    }
}
