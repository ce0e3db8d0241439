//! Payments: what a provider reports becomes an event of the case, once.

use engine::case::Refusal;
use serde_json::{Map, Value as Json};
use store::{Payment, PaymentState};
use uuid::Uuid;

use super::cases::{Asker, Step};
use super::{Desk, DeskError};

impl Desk {
    /// A payment by its id.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    pub async fn payment(&self, id: Uuid) -> Result<Payment, DeskError> {
        self.store
            .payment(self.tenant(), id)
            .await?
            .ok_or(DeskError::NotFound)
    }

    /// What the provider reports of a payment. Reports may come twice, late
    /// or out of order: the first that ends the payment counts.
    ///
    /// # Errors
    /// When the database does; the report is to be repeated then.
    pub async fn payment_reported(&self, id: Uuid, to: PaymentState) -> Result<(), DeskError> {
        let payment = self.payment(id).await?;
        let event = match to {
            PaymentState::Paid => "payment.succeeded",
            PaymentState::Failed => "payment.failed",
            PaymentState::Open | PaymentState::Cancelled => return Ok(()),
        };
        if payment.state == PaymentState::Cancelled {
            tracing::warn!(payment = %id, case = %payment.case_id, "paid after the request had ended");
        }
        let mut payload = Map::new();
        payload.insert("payment".to_owned(), Json::String(id.to_string()));
        payload.insert(
            "amount".to_owned(),
            Json::String(payment.request.amount.clone()),
        );
        // A failed attempt leaves the request open: the person may try again.
        let paid = to == PaymentState::Paid;
        let step = Step {
            event,
            payload,
            attachments: Vec::new(),
            revision: None,
            key: paid.then(|| format!("payment/{id}/paid")),
            settles: paid.then_some((id, to)),
        };
        match self.step(payment.case_id, &Asker::system(), step).await {
            Ok(_) => Ok(()),
            // The case no longer waits for it: the payment is recorded all the
            // same and the case page shows it, so that a person books or refunds it.
            Err(DeskError::Refused(
                Refusal::NotOffered | Refusal::RoleNotAllowed | Refusal::Closed,
            )) => {
                if paid {
                    self.store
                        .set_payment_state(self.tenant(), id, to, self.clock.now())
                        .await?;
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Offers freed places of a resource in order of receipt; a case that needs
    /// more places than are free keeps its rank, and those behind it get theirs.
    ///
    /// # Errors
    /// When the database does; the parcel is repeated then.
    pub async fn promote(&self, resource: &str, parcel: &str) -> Result<(), DeskError> {
        for (case, _) in self.store.waiting(self.tenant(), resource).await? {
            let step = Step::system("place.free", format!("promote/{parcel}/{case}"));
            match self.step(case, &Asker::system(), step).await {
                Ok(_) | Err(DeskError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
