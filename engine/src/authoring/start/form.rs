//! The start of a form.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Answers, Applicant, Surroundings, What, field_id, texts};
use crate::source::SourceFile;
use crate::text::{Language, Text};

pub(super) fn form(what: What, answers: &Answers, around: &Surroundings) -> SourceFile {
    let workflow = if what == What::Service {
        &answers.id
    } else {
        &answers.workflow
    };
    let payment = pays_by_choice(what, answers, around, workflow);
    let mut text = head(answers);
    applicant(answers, around, &mut text);
    text.push_str("\n# What happens to a case after it was sent: workflows/<id>.yaml.\n");
    push(&mut text, format_args!("workflow: {workflow}\n"));
    if payment {
        text.push_str("with:\n  payment: payment.payment_method\n");
    }
    text.push_str("\n# The questions. `schalter graph` draws the pages, `schalter check` says what is wrong.\npages:\n");
    first_page(answers, around, &mut text);
    text.push_str(REQUEST_PAGE);
    attachments(answers, &mut text);
    if payment {
        text.push_str(PAYMENT_PAGE);
    }
    if around.has_group("privacy.consent") {
        text.push_str(CONSENT_PAGE);
    }
    fee(answers, &mut text);
    SourceFile {
        path: format!("forms/{}/form.yaml", answers.id),
        text,
    }
}

/// Writing to a text cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// Whether the citizen chooses how to pay: the workflow takes it as parameter.
fn pays_by_choice(what: What, answers: &Answers, around: &Surroundings, workflow: &str) -> bool {
    let takes = around
        .workflows
        .iter()
        .any(|known| known.id == *workflow && known.params.contains("payment"));
    answers.fee.is_some() && what == What::Form && takes && around.has_group("payment.choice")
}

fn head(answers: &Answers) -> String {
    let cost = match &answers.fee {
        Some(fee) => Text::both(
            format!("{} Euro", fee.replace('.', ",")),
            format!("{fee} euros"),
        ),
        None => Text::both("Kostenfrei", "Free of charge"),
    };
    format!(
        "# {title}.
# A start: go through it from top to bottom and put in what is true for your city.
# docs/handbook/reference.md explains every key.
schalter: form/1
id: {id}
# Count up with every change that is published.
version: 1
title: {texts}
summary:
  de: In ein oder zwei Sätzen, wofür dieser Dienst da ist.
  en: In one or two sentences what this service is for.

# What citizens read before they begin, and who works on it.
service:
  department: {department}
  queue: {queue}
  # Other words citizens search with.
  keywords: {{ de: [], en: [] }}
  minutes: 10
  cost: {cost}
  next:
    - {{ de: Sie erhalten eine Eingangsbestätigung., en: You receive an acknowledgement. }}
    - {{ de: Wir prüfen Ihre Angaben., en: We check what you have told us. }}

# The laws the service rests on; `verify: true` reminds you to check one.
legal:
  - {{ ref: Rechtsgrundlage eintragen, verify: true }}

# none, email, substantial, high or written
identification: {{ level: none }}

privacy:
  purpose: {{ de: Bearbeitung des Antrags, en: Handling the application }}
  basis: Art. 6 Abs. 1 lit. e DSGVO
  # How long closed cases are kept: ten years.
  retention: P10Y
  verify: true
",
        title = answers.title.get(Language::De).replace(['\n', '\r'], " "),
        id = answers.id,
        texts = texts(&answers.title),
        department = answers.department,
        queue = answers.queue,
        cost = texts(&cost),
    )
}

/// Whom letters go to, as rules over the answers.
fn applicant(answers: &Answers, around: &Surroundings, out: &mut String) {
    out.push_str("\n# Whom letters and mails go to: rules over the answers.\napplicant:\n");
    if around.has_group("applicant.brief") {
        out.push_str("  name: applicant.person.given_names + \" \" + applicant.person.family_name\n  email: applicant.contact.email\n");
    } else {
        out.push_str("  name: given_names + \" \" + family_name\n  email: email\n");
    }
    if answers.applicant == Applicant::Company {
        out.push_str("  address:\n    - company_name\n");
    }
}

fn first_page(answers: &Answers, around: &Surroundings, out: &mut String) {
    out.push_str("  - id: applicant\n    title: { de: Zu Ihnen, en: About you }\n    fields:\n");
    if answers.applicant == Applicant::Company {
        out.push_str(COMPANY);
    }
    if around.has_group("applicant.brief") {
        out.push_str("      # Name, address and contact from forms/lib/applicant.yaml.\n      - id: applicant\n        use: applicant.brief\n        label: { de: Ihre Kontaktdaten, en: Your contact details }\n");
    } else {
        out.push_str(PERSON);
    }
    out.push('\n');
}

fn attachments(answers: &Answers, out: &mut String) {
    if answers.attachments.is_empty() {
        return;
    }
    out.push_str(
        "  - id: attachments\n    title: { de: Unterlagen, en: Documents }\n    fields:\n",
    );
    let mut taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
    for label in &answers.attachments {
        let id = field_id(label.get(Language::En), &mut taken);
        push(
            out,
            format_args!(
                "      - id: {id}\n        type: attachment\n        accept: [pdf, jpg, png]\n        max_size: 10 MB\n        label: {}\n",
                texts(label)
            ),
        );
    }
    out.push('\n');
}

fn fee(answers: &Answers, out: &mut String) {
    let Some(fee) = &answers.fee else { return };
    push(
        out,
        format_args!(
            "# A fee that depends on answers: a rule as `amount`, or a table in forms/fees.\nfee:\n  - id: fee\n    label: {{ de: Gebühr, en: Fee }}\n    basis: Gebührensatzung eintragen\n    amount: {fee}\n    verify: true\n"
        ),
    );
}

/// Fields the start has besides attachments.
const TAKEN: [&str; 8] = [
    "applicant",
    "company_name",
    "given_names",
    "family_name",
    "email",
    "request",
    "payment",
    "declarations",
];

const COMPANY: &str = "      - id: company_name
        type: text
        max_length: 200
        autocomplete: organization
        label: { de: Name des Unternehmens, en: Name of the company }
";

const PERSON: &str = "      - id: given_names
        type: text
        max_length: 120
        autocomplete: given-name
        label: { de: Vorname(n), en: Given name(s) }
      - id: family_name
        type: text
        max_length: 120
        autocomplete: family-name
        label: { de: Familienname, en: Family name }
      - id: email
        type: email
        label: { de: E-Mail-Adresse, en: E-mail address }
";

const REQUEST_PAGE: &str = "  - id: request
    title: { de: Ihr Anliegen, en: Your request }
    fields:
      # Replace this by the questions of your service.
      - id: request
        type: text
        multiline: true
        max_length: 2000
        label: { de: \"Worum geht es?\", en: \"What is it about?\" }

";

const PAYMENT_PAGE: &str = "  - id: payment
    title: { de: Zahlung, en: Payment }
    fields:
      - id: payment
        use: payment.choice
        label: { de: Zahlung, en: Payment }

";

const CONSENT_PAGE: &str = "  - id: declarations
    title: { de: Erklärungen, en: Declarations }
    fields:
      - id: declarations
        use: privacy.consent
        label: { de: Erklärungen, en: Declarations }

";
