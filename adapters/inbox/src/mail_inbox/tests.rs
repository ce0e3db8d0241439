//! What reaches the mailbox of a department.

use super::*;
use crate::{
    mail::Person,
    testing::{Behaviour, SmtpReceiver, Step, delivery, file},
};

fn inbox(mailer: Mailer, settings: &str) -> MailInbox {
    let config: MailInboxConfig = toml::from_str(settings).unwrap();
    MailInbox::new(&config, mailer).unwrap()
}

fn kept() -> Mailer {
    Mailer::kept(Person::new("schalter@stadt.example", "")).unwrap()
}

#[tokio::test]
async fn a_delivery_arrives_with_everything() {
    let server = SmtpReceiver::start();
    let mailer = Mailer::smtp(server.settings()).unwrap();
    let inbox = inbox(mailer, "case_link = \"https://s.example/{reference}\"");
    inbox.check().await.unwrap();
    let receipt = inbox.deliver(&delivery("c/1/2")).await.unwrap();
    let mail = &server.mails()[0];
    assert_eq!(mail.to, ["buergerservice@stadt.example"]);
    assert_eq!(mail.headers("Message-ID"), [receipt.id]);
    let text = mail.text();
    for part in [
        "Name: Erika Mustermann",
        "https://s.example/BEI-2026-K7M4Q2",
        "21.09.2026 16:13",
        "filename=\"BEI-2026-K7M4Q2.pdf\"",
        "filename=\"BEI-2026-K7M4Q2.json\"",
        "filename=\"ausweis.jpg\"",
        "filename=\"vollmacht.pdf\"",
    ] {
        assert!(text.contains(part), "{part} missing in {text}");
    }
    assert!(!text.contains("zu gro"));
}

#[tokio::test]
async fn the_same_event_has_the_same_message_id() {
    let inbox = inbox(kept(), "");
    let first = inbox.deliver(&delivery("c/1/2")).await.unwrap();
    let again = inbox.deliver(&delivery("c/1/2")).await.unwrap();
    assert_eq!(first, again);
    assert!(first.kept_mail.is_some());
    let other = inbox.deliver(&delivery("c/1/3")).await.unwrap();
    assert_ne!(first.id, other.id);
}

#[tokio::test]
async fn files_beyond_the_size_wait_and_are_named() {
    let inbox = inbox(kept(), "max_megabytes = 2");
    let mut delivery = delivery("c/1/0");
    delivery.attachments = vec![
        file("klein.pdf", "application/pdf", &[1; 1000]),
        file("groß.pdf", "application/pdf", &vec![2; 1_900_000]),
        file("mittel.pdf", "application/pdf", &vec![3; 1_200_000]),
        file("auch.pdf", "application/pdf", &vec![4; 1_200_000]),
    ];
    let mail = inbox.mail(&delivery).unwrap();
    let names: Vec<&str> = mail.attachments.iter().map(|f| f.name.as_str()).collect();
    let own = ["BEI-2026-K7M4Q2.pdf", "BEI-2026-K7M4Q2.json"];
    assert_eq!(names, [&own[..], &["klein.pdf", "mittel.pdf"]].concat());
    assert!(mail.text.contains("- groß.pdf (1,9 MB)"), "{}", mail.text);
    assert!(mail.text.contains("- auch.pdf (1,2 MB)"));
    let raw = kept().compose(&mail).unwrap().raw;
    assert!(raw.len() <= 2_000_000, "{} bytes", raw.len());

    // The estimate is close: nothing that fits is left behind.
    delivery.attachments = vec![file("x.bin", "application/pdf", &vec![5; 1_440_000])];
    let mail = inbox.mail(&delivery).unwrap();
    assert_eq!(mail.attachments.len(), 3);
    let raw = kept().compose(&mail).unwrap().raw;
    assert!(
        (1_900_000..=2_000_000).contains(&raw.len()),
        "{}",
        raw.len()
    );
}

#[test]
fn a_notice_carries_no_answers_and_no_files() {
    let inbox = inbox(kept(), "contents = \"notice\"\nto = \"amt@stadt.example\"");
    let mail = inbox.mail(&delivery("c/1/0")).unwrap();
    assert_eq!(mail.to, "amt@stadt.example");
    assert!(mail.attachments.is_empty());
    let raw = String::from_utf8(kept().compose(&mail).unwrap().raw).unwrap();
    assert!(!raw.contains("Mustermann") && raw.contains("BEI-2026-K7M4Q2"));
}

#[test]
fn a_department_without_an_address_needs_a_person() {
    let mut delivery = delivery("c/1/0");
    delivery.department_mail = None;
    let error = inbox(kept(), "").mail(&delivery).unwrap_err();
    assert!(!error.is_later() && error.to_string().contains("buergerservice"));
}

#[tokio::test]
async fn refusals_pass_through() {
    let server = SmtpReceiver::start();
    let inbox = inbox(Mailer::smtp(server.settings()).unwrap(), "");
    server.behave(Behaviour::Answer(Step::Message, 552)).await;
    assert!(
        !inbox
            .deliver(&delivery("c/1/0"))
            .await
            .unwrap_err()
            .is_later()
    );
    server.behave(Behaviour::Answer(Step::Rcpt, 450)).await;
    assert!(
        inbox
            .deliver(&delivery("c/1/0"))
            .await
            .unwrap_err()
            .is_later()
    );
}

#[test]
fn an_answer_cannot_look_like_another_question() {
    let mut delivery = delivery("c/1/0");
    delivery.summary = vec![
        ("Bemerkung".into(), "keine\nGebühr erlassen: ja".into()),
        ("Name".into(), "  Erika  ".into()),
    ];
    delivery.language = Language::En;
    let text = inbox(kept(), "").mail(&delivery).unwrap().text;
    assert!(text.contains("Bemerkung:\n    keine\n    Gebühr erlassen: ja\n"));
    assert!(text.contains("\nName: Erika\n") && text.contains("Case number: "));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for text in ["max_megabytes = 0", "case_link = \"https://s.example/\""] {
        let config: MailInboxConfig = toml::from_str(text).unwrap();
        assert!(MailInbox::new(&config, kept()).is_err(), "{text}");
    }
}
