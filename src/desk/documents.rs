//! Receipts and letters: printed from the stored snapshot when first asked
//! for, kept, and the same ever after.

use engine::case::{DocumentOrder, Fee, Submission};
use engine::document::receipt::{ReceiptAttachment, ReceiptInput, ReceiptSection, receipt};
use engine::document::{Document, EmbeddedFile};
use engine::form;
use engine::text::{Language, Text};

use super::words::{letter, money_text, paper_titles};
use super::{Desk, DeskError, Open};
use crate::clock;

/// The stored submission as the bytes that are embedded, sealed and handed over.
pub fn submission_json(submission: &Submission) -> Vec<u8> {
    serde_json::to_vec_pretty(submission).unwrap_or_default()
}

impl Desk {
    /// A document of a case by its name: title and PDF.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when the case has no such document.
    pub async fn document_of(
        &self,
        open: &Open,
        name: &str,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let id = open.case.id;
        let documents = self.store.documents(self.tenant(), id).await?;
        let known = documents
            .into_iter()
            .find(|known| known.order.name == name)
            .ok_or(DeskError::NotFound)?;
        let title = known.order.title.get(open.case.language).to_owned();
        if let Some(bytes) = self.store.document_bytes(self.tenant(), id, name).await? {
            return Ok((title, bytes));
        }
        let bytes = self.print(open, &known.order).await?;
        if self
            .store
            .put_document_bytes(self.tenant(), id, name, &bytes, self.clock.now())
            .await?
        {
            return Ok((title, bytes));
        }
        // Somebody printed it in the same moment; theirs counts.
        let bytes = self
            .store
            .document_bytes(self.tenant(), id, name)
            .await?
            .ok_or(DeskError::NotFound)?;
        Ok((title, bytes))
    }

    async fn print(&self, open: &Open, order: &DocumentOrder) -> Result<Vec<u8>, DeskError> {
        let document = if order.template == "receipt" {
            self.receipt(open, order)?
        } else {
            self.letter(open, order).await?
        };
        let press = std::sync::Arc::clone(&self.press);
        if order.template != "receipt" {
            return Ok(work(move || press.print(&document)).await?);
        }
        let key = std::sync::Arc::clone(&self.sealing);
        let (reference, received_at) = (open.case.reference.clone(), open.submission.received_at);
        Ok(work(move || {
            let sealing = paper::Sealing {
                key: &key,
                reference: &reference,
                received_at,
            };
            Ok(press.print_receipt(&document, &sealing)?.pdf)
        })
        .await?)
    }

    fn receipt(&self, open: &Open, order: &DocumentOrder) -> Result<Document, DeskError> {
        let (case, submission, form) = (&open.case, &open.submission, &open.asked.form);
        let language = case.language;
        let sections = self
            .sections(open, language)
            .into_iter()
            .map(|section| ReceiptSection {
                title: section.title,
                rows: section
                    .rows
                    .into_iter()
                    .map(|row| (row.label, row.value))
                    .collect(),
            })
            .collect();
        let attachments = submission
            .attachments
            .iter()
            .map(|file| ReceiptAttachment {
                name: file.name.clone(),
                size: form::size_text(u64::try_from(file.size).unwrap_or(0), language),
                sha256: file.sha256.clone(),
            })
            .collect();
        let papers: Vec<&str> = submission.outstanding.iter().map(String::as_str).collect();
        let mut document = receipt(&ReceiptInput {
            language,
            title: order.title.get(language).to_owned(),
            letterhead: self.sender(&submission.route.department, language),
            recipient: recipient(submission),
            reference: case.reference.clone(),
            received: received(submission.received_at, language),
            received_at: submission.received_at,
            service: form.title.get(language).to_owned(),
            sections,
            attachments,
            outstanding: paper_titles(open, &papers, language),
            fee: readable_fee(&submission.fee, language),
            next: form
                .service
                .next
                .iter()
                .map(|step| step.get(language).to_owned())
                .collect(),
            contact: self.contact(&submission.route.department, language),
            status_url: self.status_url(case),
            secret: self.status_secret(case.id),
            footer: self.footer(&case.reference),
        });
        document.embedded.push(EmbeddedFile {
            name: "antrag.json".to_owned(),
            media_type: "application/json".to_owned(),
            description: Text::both("Ihre Angaben als Daten", "Your answers as data")
                .get(language)
                .to_owned(),
            bytes: submission_json(submission),
        });
        Ok(document)
    }

    async fn letter(&self, open: &Open, order: &DocumentOrder) -> Result<Document, DeskError> {
        let language = open.case.language;
        let values = self.letter_values(open, &order.data, order.at).await?;
        let failed = |error| {
            DeskError::Definition(format!(
                "the letter {} cannot be written: {error}",
                order.template
            ))
        };
        let (subject, blocks) = letter(open, &order.template)?
            .blocks(&values)
            .map_err(failed)?;
        let label = |de: &str, en: &str| Text::both(de, en).get(language).to_owned();
        Ok(Document {
            title: subject,
            language,
            sender: self.sender(&open.case.department, language),
            recipient: recipient(&open.submission),
            facts: vec![
                (label("Vorgang", "Case"), open.case.reference.clone()),
                (
                    label("Datum", "Date"),
                    form::date_text(clock::local(order.at).date(), language),
                ),
            ],
            blocks,
            footer: self.footer(&open.case.reference),
            made_at: order.at,
            embedded: Vec::<EmbeddedFile>::new(),
        })
    }

    pub(super) fn sender(&self, department: &str, language: Language) -> Vec<String> {
        let mut lines = vec![self.town.name.clone()];
        if let Some(department) = self.catalog.current().department(department) {
            lines.push(department.name.get(language).to_owned());
            lines.extend(department.address.iter().cloned());
            lines.extend(department.phone.clone());
            lines.extend(department.email.clone());
        }
        lines
    }

    fn contact(&self, department: &str, language: Language) -> Vec<String> {
        self.sender(department, language).split_off(1)
    }

    pub(super) fn footer(&self, reference: &str) -> String {
        format!(
            "{} · {} {} · {reference}",
            self.town.name, self.town.postcode, self.town.city
        )
    }
}

fn recipient(submission: &Submission) -> Vec<String> {
    let mut lines = vec![submission.applicant.name.clone()];
    lines.extend(submission.applicant.address.iter().cloned());
    lines
}

/// Printing takes milliseconds of CPU: not on the threads that answer requests.
pub(super) async fn work<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, paper::PaperError> + Send + 'static,
) -> Result<T, paper::PaperError> {
    match tokio::task::spawn_blocking(job).await {
        Ok(outcome) => outcome,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}

/// Date, time to the second and zone of the receipt.
fn received(at: i64, language: Language) -> String {
    let moment = clock::local(at);
    let day = form::date_text(moment.date(), language);
    let zone = jiff::Timestamp::from_millisecond(at)
        .map(|at| {
            at.to_zoned_datetime(clock::city_zone())
                .strftime("%Z")
                .to_string()
        })
        .unwrap_or_default();
    let time = format!(
        "{:02}:{:02}:{:02}",
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    match language {
        Language::De => format!("{day}, {time} Uhr ({zone})"),
        Language::En => format!("{day}, {time} ({zone})"),
    }
}

fn readable_fee(fee: &Fee, language: Language) -> Fee {
    let mut fee = fee.clone();
    fee.total = money_text(&fee.total, language);
    for line in &mut fee.lines {
        line.amount = money_text(&line.amount, language);
    }
    fee
}
