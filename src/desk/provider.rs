//! The desk's side of the payment provider: announcing a payment and asking
//! how it ended. Which provider it is, is a matter of the wiring.

use engine::text::Language;
use inbox::payment::{PaymentError, PaymentOrder, PaymentProvider, PaymentStatus, StartedPayment};
use store::{Payment, PaymentState};
use uuid::Uuid;

use super::{Desk, DeskError};

/// Longest description providers take.
const LONGEST_DESCRIPTION: usize = 250;

impl Desk {
    /// Announces a payment and gives the provider's page for it. Asked again,
    /// it gives the same one.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for an unknown payment or a town without a
    /// provider, [`DeskError::Payment`] when the provider refuses or is away.
    pub async fn start_payment(&self, id: Uuid, language: Language) -> Result<String, DeskError> {
        let payment = self.payment(id).await?;
        let (_, started) = self.started(&payment, language).await?;
        Ok(started.redirect_url)
    }

    /// The payer came back, which proves nothing: the provider is asked, and
    /// what it says is recorded.
    ///
    /// # Errors
    /// As [`Desk::start_payment`].
    pub async fn payment_returned(
        &self,
        id: Uuid,
        language: Language,
    ) -> Result<Payment, DeskError> {
        let payment = self.payment(id).await?;
        if payment.state == PaymentState::Paid {
            return Ok(payment);
        }
        // The same order gives the same transaction, so none has to be stored.
        let (provider, started) = self.started(&payment, language).await?;
        let to = match provider.status(&started.transaction).await {
            Ok(PaymentStatus::Paid) => PaymentState::Paid,
            Ok(PaymentStatus::Failed | PaymentStatus::Cancelled) => PaymentState::Failed,
            Ok(PaymentStatus::Open) | Err(PaymentError::Unknown) => PaymentState::Open,
            Err(error) => return Err(error.into()),
        };
        self.payment_reported(id, to).await?;
        Ok(payment)
    }

    async fn started(
        &self,
        payment: &Payment,
        language: Language,
    ) -> Result<(&dyn PaymentProvider, StartedPayment), DeskError> {
        let provider = self.payments.as_deref().ok_or(DeskError::NotFound)?;
        let open = self.open_case(payment.case_id).await?;
        let id = payment.request.id;
        let order = PaymentOrder {
            id,
            requested_at: payment.created_at,
            amount: payment.request.amount.clone(),
            // What stands on the statement must let the cashier find the case.
            purpose: open.case.reference.clone(),
            description: payment
                .request
                .purpose
                .chars()
                .filter(|c| !c.is_control())
                .take(LONGEST_DESCRIPTION)
                .collect(),
            return_url: format!("{}/pay/{id}/back?lang={}", self.public_url, language.tag()),
        };
        let started = provider.start(&order).await?;
        Ok((provider, started))
    }
}
