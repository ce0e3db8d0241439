//! Keeping what a step decided instead of sending it.

use serde_json::{Value as Json, json};

use super::player::Player;
use crate::case::{Claim, Decision, ParcelContent};

impl Player<'_> {
    pub(in crate::check::scenario) fn places_fit(&self, decision: &Decision) -> bool {
        let mut free = self.free.unwrap_or(0);
        let mut held = self.held;
        decision.claims.iter().all(|claim| match claim {
            Claim::Take { quantity, .. } => {
                free -= quantity;
                free >= 0
            }
            Claim::Release { .. } => {
                free += held;
                held = 0;
                true
            }
            Claim::Wait { .. } | Claim::Slot { .. } | Claim::Appointment { .. } => true,
        })
    }

    /// Keeps what a step decided.
    pub(in crate::check::scenario) fn record(&mut self, decision: Decision) {
        for claim in &decision.claims {
            self.claim(claim);
        }
        match decision.payment {
            Some(payment) => {
                let (amount, purpose) = (&payment.amount, &payment.purpose);
                self.sent.payment = Some(json!({ "amount": amount, "purpose": purpose }));
                self.payment = Some(payment);
                self.unpaid = true;
            }
            // Only what is open can be closed.
            None if decision.payments_closed && self.unpaid => {
                self.sent.payment = Some(Json::from("closed"));
                self.unpaid = false;
            }
            None => {}
        }
        for key in &decision.timers_cancelled {
            self.timers.remove(key);
        }
        let set = decision.timers_set.into_iter();
        self.timers
            .extend(set.map(|timer| (timer.key, timer.due_at)));
        self.history.push(decision.event);
        self.case = Some(decision.case);
        for order in &decision.documents {
            self.documents.push(order.name.clone());
            // Most documents are for the citizen too; others say so.
            let whose = if order.public { "" } else { " (internal)" };
            let name = format!("{}{whose}", order.name);
            self.sent.documents.push(Json::from(name));
            self.write_letter(&order.template, &order.data, order.at, true);
        }
        for parcel in decision.parcels {
            self.keep(parcel.content);
        }
    }

    fn claim(&mut self, claim: &Claim) {
        let text = match claim {
            Claim::Take { quantity, .. } => {
                self.free = self.free.map(|free| free - quantity);
                self.held = *quantity;
                self.waiting = false;
                format!("take {quantity}")
            }
            Claim::Wait { quantity, .. } => {
                self.waiting = true;
                format!("wait {quantity}")
            }
            Claim::Release { .. } => {
                self.free = self.free.map(|free| free + self.held);
                self.held = 0;
                self.waiting = false;
                "release".to_owned()
            }
            Claim::Slot { appointment, .. } => {
                let at = crate::workflow::calendar::local(appointment.starts_at);
                let at = at.map_or_else(
                    |_| String::new(),
                    |at| at.strftime("%Y-%m-%dT%H:%M").to_string(),
                );
                format!("slot {at} {}", appointment.room)
            }
            Claim::Appointment { appointment } => appointment.state.word().replace('_', " "),
        };
        self.sent.places.push(Json::from(text));
    }

    fn keep(&mut self, content: ParcelContent) {
        match content {
            ParcelContent::Mail {
                template,
                attach,
                data,
                ..
            } => {
                self.sent.mails.push(json!({ template.as_str(): attach }));
                self.write_letter(&template, &data, self.now, false);
            }
            ParcelContent::Notify {
                role,
                template,
                data,
                ..
            } => {
                self.sent.notices.push(json!({ template.as_str(): role }));
                self.write_letter(&template, &data, self.now, false);
            }
            ParcelContent::Deliver {
                department,
                queue,
                attach,
            } => {
                let to = format!("{department}/{queue}");
                self.sent.deliveries.push(json!({ to: attach }));
            }
            ParcelContent::Promote { .. } => {}
        }
    }
}
