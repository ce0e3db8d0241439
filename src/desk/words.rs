//! What letters and mails may say about a case: one set of values for all
//! templates, as `docs/handbook/definitions.md` lists them.

use engine::case::{Attachment, Submission};
use engine::document::letter::Letter;
use engine::form::{self, Section};
use engine::text::Language;
use serde_json::{Map, Value as Json, json};

use super::{Desk, DeskError, Open};
use crate::clock;

impl Desk {
    /// Questions and answers of a case, as they were submitted.
    pub(crate) fn sections(&self, open: &Open, language: Language) -> Vec<Section> {
        let submission = &open.submission;
        // Rules that ask for today see the day of the submission: its pages never change.
        let env = self.form_env(submission.received_at, language);
        form::sections(
            &open.asked.form.questions,
            &submission.answers,
            &submission.attachments,
            env,
        )
    }

    /// Questions and answers as lines.
    pub(crate) fn summary(&self, open: &Open, language: Language) -> Vec<(String, String)> {
        self.sections(open, language)
            .into_iter()
            .flat_map(|section| section.rows)
            .map(|row| (row.label, row.value))
            .collect()
    }

    /// Mail address of a department, as the catalogue has it.
    pub(crate) fn department_mail(&self, department: &str) -> Option<String> {
        self.catalog
            .current()
            .department(department)
            .and_then(|department| department.email.clone())
    }

    /// Subject and text of a mail.
    ///
    /// # Errors
    /// When the template is missing or fails.
    pub(crate) async fn mail_words(
        &self,
        open: &Open,
        template: &str,
        frozen: &Map<String, Json>,
    ) -> Result<(String, String), DeskError> {
        let values = self.letter_values(open, frozen, self.clock.now()).await?;
        let letter = letter(open, template)?;
        letter.mail(&values).map_err(|error| {
            DeskError::Definition(format!("the mail {template} cannot be written: {error}"))
        })
    }

    /// Everything a template may show.
    ///
    /// # Errors
    /// When the database does.
    pub(crate) async fn letter_values(
        &self,
        open: &Open,
        frozen: &Map<String, Json>,
        at: i64,
    ) -> Result<Map<String, Json>, DeskError> {
        let language = open.case.language;
        let (case, submission) = (&open.case, &open.submission);
        let env = self.form_env(submission.received_at, language);
        let answers = form::display_tree(
            &open.asked.form.questions,
            &submission.answers,
            &submission.attachments,
            env,
        );
        let day = |at: i64| form::date_text(clock::local(at).date(), language);
        let money = |amount: &str| money_text(amount, language);
        let sections: Vec<Json> = self
            .sections(open, language)
            .into_iter()
            .map(|section| {
                let rows: Vec<Json> = section
                    .rows
                    .iter()
                    .map(|row| json!({ "label": row.label, "value": row.value }))
                    .collect();
                json!({ "title": section.title, "rows": rows })
            })
            .collect();
        let fee_lines: Vec<Json> = submission
            .fee
            .lines
            .iter()
            .map(|line| json!({ "label": line.label.get(language), "amount": money(&line.amount) }))
            .collect();
        let mut values = Map::new();
        // Where the case stands now; what was frozen at the step wins below.
        values.insert("vars".into(), Json::Object(case.vars.clone()));
        values.insert("params".into(), Json::Object(submission.params.clone()));
        values.insert("event".into(), json!({}));
        values.insert(
            "deadline".into(),
            case.due_at
                .map_or(Json::Null, |due| Json::String(day(due - 1))),
        );
        values.insert("clerk".into(), json!({ "name": "" }));
        for (name, value) in frozen {
            values.insert(name.clone(), value.clone());
        }
        self.add_party_link(open, &mut values);
        values.insert(
            "case".into(),
            json!({ "reference": case.reference, "opened_on": day(case.opened_at) }),
        );
        values.insert(
            "service".into(),
            json!({ "title": open.asked.form.title.get(language), "id": case.service }),
        );
        values.insert(
            "applicant".into(),
            json!({ "name": submission.applicant.name, "address": submission.applicant.address,
                    "email": submission.applicant.email }),
        );
        values.insert(
            "department".into(),
            self.department_values(&case.department, language),
        );
        values.insert(
            "city".into(),
            json!({ "name": self.town.name, "place": self.town.city, "phone": self.town.phone, "email": self.town.email }),
        );
        values.insert("today".into(), Json::String(day(at)));
        values.insert("status_url".into(), Json::String(self.status_url(case)));
        values.insert(
            "fee".into(),
            json!({ "total": money(&submission.fee.total), "lines": fee_lines }),
        );
        values.insert("answers".into(), Json::Object(answers));
        values.insert("raw".into(), Json::Object(submission.answers.clone()));
        values.insert("sections".into(), Json::Array(sections));
        values.insert(
            "outstanding".into(),
            json!(self.outstanding(open, language).await?),
        );
        let payment = self
            .store
            .payments(self.tenant(), case.id)
            .await?
            .into_iter()
            .next_back();
        values.insert(
            "payment".into(),
            payment.map_or(json!({ "amount": "", "url": "" }), |payment| {
                json!({ "amount": money(&payment.request.amount), "url": self.status_url(case) })
            }),
        );
        let rank = match &submission.capacity {
            Some(wish) => {
                self.store
                    .waiting_rank(self.tenant(), &wish.resource, case.id)
                    .await?
            }
            None => None,
        };
        values.insert("rank".into(), json!(rank));
        Ok(values)
    }

    /// Titles of the papers still to be handed in.
    ///
    /// # Errors
    /// When the database does.
    pub(crate) async fn outstanding(
        &self,
        open: &Open,
        language: Language,
    ) -> Result<Vec<String>, DeskError> {
        let files = self.store.attachments(self.tenant(), open.case.id).await?;
        Ok(paper_titles(
            open,
            &outstanding(&open.submission, &files),
            language,
        ))
    }

    fn department_values(&self, id: &str, language: Language) -> Json {
        let definitions = self.catalog.current();
        let Some(department) = definitions.department(id) else {
            return json!({ "name": id, "email": "", "phone": "", "address": "" });
        };
        json!({
            "name": department.name.get(language),
            "email": department.email,
            "phone": department.phone,
            "address": department.address.join(", "),
        })
    }
}

/// What the papers of these paths are called.
pub(super) fn paper_titles(open: &Open, paths: &[&str], language: Language) -> Vec<String> {
    let questions = &open.asked.form.questions;
    paths
        .iter()
        .filter_map(|path| questions.field(path))
        .map(|field| field.label.text.get(language).to_owned())
        .collect()
}

/// Paths of the papers that were to follow and are not among the files.
pub(super) fn outstanding<'s>(submission: &'s Submission, files: &[Attachment]) -> Vec<&'s str> {
    let missing = |path: &&str| !files.iter().any(|file| file.field == *path);
    let paths = submission.outstanding.iter().map(String::as_str);
    paths.filter(missing).collect()
}

/// The letter of a service in the language of the case, else in German.
pub(super) fn letter<'o>(open: &'o Open, template: &str) -> Result<&'o Letter, DeskError> {
    let letters = &open.service.letters;
    letters
        .get(&(template.to_owned(), open.case.language))
        .or_else(|| letters.get(&(template.to_owned(), Language::De)))
        .map(std::sync::Arc::as_ref)
        .ok_or_else(|| DeskError::Definition(format!("there is no template {template}")))
}

/// An amount as letters show it; what is no amount stays as it is.
pub(super) fn money_text(amount: &str, language: Language) -> String {
    amount.parse().map_or_else(
        |_| amount.to_owned(),
        |amount| form::money_in_words(amount, language),
    )
}
