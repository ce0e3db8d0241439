//! Letters and mails of scenarios: filled in as the desk fills them in, in
//! both languages, and kept instead of sent.

use serde_json::{Map, Value as Json, json};

use crate::case::Millis;
use crate::check::scenario::play::player::Player;
use crate::form;
use crate::text::Language;
use crate::workflow::{RECEIPT, calendar};

/// The town of scenarios.
const TOWN: &str = "Musterstadt";
/// The page of a party.
const PARTY: &str = "https://musterstadt.example/parties/MS-1";
/// The status page of the case.
const STATUS: &str = "https://musterstadt.example/status/MS-1";

impl Player<'_> {
    /// Writes a letter in every language it exists in and keeps the texts.
    pub(in crate::check::scenario) fn write_letter(
        &mut self,
        template: &str,
        frozen: &Map<String, Json>,
        at: Millis,
        document: bool,
    ) {
        if template == RECEIPT || self.quiet {
            return;
        }
        self.cover_letter(template);
        let mut texts = Map::new();
        for language in Language::ALL {
            let key = (template.to_owned(), language);
            let Some(letter) = self.stage.service.letters.get(&key).cloned() else {
                if language == Language::De {
                    self.problem(format!("the letter `{template}` is not there"));
                }
                continue;
            };
            let values = self.letter_values(frozen, at, language);
            let written = letter.mail(&values).and_then(|mail| {
                if document {
                    letter.blocks(&values)?;
                }
                Ok(mail)
            });
            match written {
                Ok((subject, text)) if !subject.is_empty() && !text.trim().is_empty() => {
                    texts.insert(
                        language.tag().to_owned(),
                        json!(format!("{subject}\n{text}")),
                    );
                }
                Ok(_) => self.problem(format!(
                    "the letter `{template}` is empty ({})",
                    language.tag()
                )),
                Err(error) => {
                    self.problem(format!(
                        "the letter `{template}` ({}): {error}",
                        language.tag()
                    ));
                }
            }
        }
        self.sent
            .letters
            .insert(template.to_owned(), Json::Object(texts));
    }

    /// Everything a template may show.
    fn letter_values(
        &self,
        frozen: &Map<String, Json>,
        at: Millis,
        language: Language,
    ) -> Map<String, Json> {
        let (submission, questions) = (&self.submission, &self.stage.service.form.questions);
        let env = self.form_env(submission.received_at, language);
        let answers =
            form::display_tree(questions, &submission.answers, &submission.attachments, env);
        let sections = form::sections(questions, &submission.answers, &submission.attachments, env);
        let sections: Vec<Json> = sections
            .into_iter()
            .map(|section| {
                let rows = section.rows.iter();
                let rows = rows.map(|row| json!({ "label": row.label, "value": row.value }));
                json!({ "title": section.title, "rows": rows.collect::<Vec<_>>() })
            })
            .collect();
        let money = |amount: &str| match amount.parse() {
            Ok(amount) => form::money_in_words(amount, language),
            Err(_) => amount.to_owned(),
        };
        let day = |at: Millis| match calendar::local(at) {
            Ok(local) => form::date_text(local.date(), language),
            Err(_) => String::new(),
        };
        let lines = submission.fee.lines.iter();
        let lines = lines.map(
            |line| json!({ "label": line.label.get(language), "amount": money(&line.amount) }),
        );
        let outstanding = submission
            .outstanding
            .iter()
            .filter_map(|path| questions.field(path));
        let outstanding: Vec<&str> = outstanding
            .map(|field| field.label.text.get(language))
            .collect();
        let payment = self.payment.as_ref();
        let mut values = frozen.clone();
        if let Some(Json::Object(party)) = values.get_mut("party") {
            party.insert("url".to_owned(), json!(PARTY));
        }
        let case = self.case.as_ref();
        let opened = case.map_or(self.now, |case| case.opened_at);
        let own = [
            (
                "case",
                json!({ "reference": submission.reference, "opened_on": day(opened) }),
            ),
            (
                "service",
                json!({ "title": self.stage.service.form.title.get(language), "id": submission.service }),
            ),
            (
                "applicant",
                json!({
                    "name": submission.applicant.name,
                    "address": submission.applicant.address,
                    "email": submission.applicant.email,
                }),
            ),
            ("department", self.department(language)),
            (
                "city",
                json!({ "name": TOWN, "phone": "02151 5550", "email": "stadt@musterstadt.example" }),
            ),
            ("today", json!(day(at))),
            ("status_url", json!(STATUS)),
            (
                "fee",
                json!({ "total": money(&submission.fee.total), "lines": lines.collect::<Vec<_>>() }),
            ),
            ("answers", Json::Object(answers)),
            ("raw", Json::Object(submission.answers.clone())),
            ("sections", Json::Array(sections)),
            ("outstanding", json!(outstanding)),
            (
                "payment",
                payment.map_or(
                    json!({ "amount": "", "url": "" }),
                    |payment| json!({ "amount": money(&payment.amount), "url": STATUS }),
                ),
            ),
        ];
        values.extend(own.map(|(name, value)| (name.to_owned(), value)));
        values
    }

    fn department(&self, language: Language) -> Json {
        let id = self
            .case
            .as_ref()
            .map_or(&self.submission.route.department, |case| &case.department);
        let found = self
            .stage
            .departments
            .iter()
            .find(|department| department.id == *id);
        found.map_or(
            json!({ "name": id, "email": "", "phone": "", "address": "" }),
            |department| {
                json!({
                    "name": department.name.get(language),
                    "email": department.email,
                    "phone": department.phone,
                    "address": department.address.join(", "),
                })
            },
        )
    }
}
