//! Mails against a real server that misbehaves (F06 to F09), header
//! injection (S20), and what a composed message looks like.

use std::time::{Duration, Instant};

use super::*;
use crate::testing::{Behaviour, SmtpReceiver, Step, file, mail};

fn mailer(server: &SmtpReceiver, timeout_seconds: u64) -> Mailer {
    Mailer::smtp(SmtpSettings {
        timeout_seconds,
        ..server.settings()
    })
    .unwrap()
}

fn kept() -> Mailer {
    Mailer::kept(Person::new("schalter@stadt.example", "Stadt Beispiel")).unwrap()
}

fn raw(mail: &OutgoingMail) -> String {
    String::from_utf8(kept().compose(mail).unwrap().raw).unwrap()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_composed() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    let mail = mail("case/1/0", "erika@post.example");
    let outcome = mailer.send(&mail).await.unwrap();

    let received = &server.mails()[0];
    let composed = mailer.compose(&mail).unwrap();
    assert_eq!(received.from, "schalter@stadt.example");
    assert_eq!(received.to, ["erika@post.example"]);
    // The end of a message is a line end of its own.
    assert_eq!(
        received.data.trim_ascii_end(),
        composed.raw.trim_ascii_end()
    );
    let MailOutcome::Sent { message_id, reply } = outcome else {
        panic!("kept");
    };
    assert_eq!(received.headers("Message-ID"), [message_id]);
    assert_eq!(reply, "250 queued as 42");
    assert_eq!(received.headers("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(
        received.headers("Date"),
        ["Mon, 21 Sep 2026 14:13:20 +0000"]
    );
}

#[tokio::test]
async fn kept_mails_are_complete_and_leave_nothing() {
    let mail = mail("case/1/0", "erika@post.example");
    let MailOutcome::Kept { raw, message_id } = kept().send(&mail).await.unwrap() else {
        panic!("sent");
    };
    let text = String::from_utf8(raw).unwrap();
    assert!(text.contains(&message_id) && text.contains("Ihr Antrag ist eingegangen."));
    kept().check().await.unwrap();
}

#[tokio::test]
async fn f06_server_down_then_back() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    server.behave(Behaviour::Refuse).await;
    for _ in 0..3 {
        let error = mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap_err();
        assert!(error.is_later() && !error.is_unclear(), "{}", error.chain());
    }
    assert!(mailer.check().await.unwrap_err().is_later());
    server.behave(Behaviour::Accept).await;
    mailer.check().await.unwrap();
    mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn f06_server_restarts_under_an_open_connection() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap();
    server.behave(Behaviour::Refuse).await;
    server.behave(Behaviour::Accept).await;
    // The kept connection is dead; nobody notices.
    mailer.send(&mail("c/2/0", "a@b.de")).await.unwrap();
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn f07_temporary_refusals_are_tried_again_without_a_duplicate() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    let steps = [
        Step::Connect,
        Step::Mail,
        Step::Rcpt,
        Step::Data,
        Step::Message,
    ];
    for (index, step) in steps.into_iter().enumerate() {
        for code in [421, 450, 451] {
            server.behave(Behaviour::Answer(step, code)).await;
            mailer.finish_batch().await;
            let mail = mail(&format!("c/{index}/{code}"), "a@b.de");
            let error = mailer.send(&mail).await.unwrap_err();
            assert!(error.is_later(), "{step:?} {code}: {}", error.chain());
            assert!(!error.is_unclear(), "{step:?} {code}: {}", error.chain());
            server.behave(Behaviour::Accept).await;
            mailer.send(&mail).await.unwrap();
        }
    }
    let mails = server.mails();
    let ids: std::collections::BTreeSet<_> =
        mails.iter().flat_map(|m| m.headers("Message-ID")).collect();
    assert_eq!((mails.len(), ids.len()), (15, 15));
}

#[tokio::test]
async fn f08_permanent_refusals_go_to_a_person() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Message] {
        for code in [550, 552, 554] {
            server.behave(Behaviour::Answer(step, code)).await;
            let error = mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap_err();
            assert!(!error.is_later(), "{step:?} {code}: {}", error.chain());
            assert!(error.chain().contains(&code.to_string()));
        }
    }
    // One refused recipient neither costs a connection nor the next mail.
    server.behave(Behaviour::Accept).await;
    server.refuse_recipient("gone@b.de", 550);
    let before = server.connections();
    assert!(mailer.send(&mail("c/2/0", "gone@b.de")).await.is_err());
    mailer.send(&mail("c/3/0", "a@b.de")).await.unwrap();
    assert!(server.connections() - before <= 1);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn our_own_misconfiguration_parks_nothing() {
    let server = SmtpReceiver::start();
    for (step, code) in [(Step::Connect, 554), (Step::Auth, 535), (Step::Mail, 530)] {
        server.behave(Behaviour::Answer(step, code)).await;
        let mailer = Mailer::smtp(SmtpSettings {
            user: Some("schalter".into()),
            password: Some(Secret("geheim".into())),
            ..server.settings()
        })
        .unwrap();
        let error = mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap_err();
        assert!(error.is_later(), "{step:?}: {}", error.chain());
    }
}

#[tokio::test]
async fn f09_a_tarpit_costs_the_time_limit_and_others_flow() {
    let tarpit = SmtpReceiver::start();
    tarpit
        .behave(Behaviour::Tarpit(Duration::from_millis(400)))
        .await;
    let slow = mailer(&tarpit, 1);
    let good = SmtpReceiver::start();
    let fast = mailer(&good, 10);

    let start = Instant::now();
    let stuck = mail("c/1/0", "a@b.de");
    let others = async {
        for n in 0..20 {
            fast.send(&mail(&format!("c/2/{n}"), "b@c.de"))
                .await
                .unwrap();
        }
        start.elapsed()
    };
    let (error, others) = tokio::join!(slow.send(&stuck), others);
    let error = error.unwrap_err();
    assert!(error.is_later() && !error.is_unclear(), "{}", error.chain());
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(others < Duration::from_secs(1), "others took {others:?}");
    assert_eq!(good.mails().len(), 20);
}

#[tokio::test]
async fn f09_silence_after_data_is_unclear_and_sent_twice_at_most() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 1);
    let mail = mail("c/1/0", "a@b.de");
    server.behave(Behaviour::HangAfterData { keep: true }).await;

    let (mut attempts, first_at, mut now) = (0, 0, 0);
    loop {
        attempts += 1;
        let error = mailer.send(&mail).await.unwrap_err();
        assert!(error.is_unclear(), "{}", error.chain());
        match crate::schedule::after_failure(&error, attempts, first_at, now, &mail.event_id) {
            crate::schedule::Retry::At(at) => now = at,
            crate::schedule::Retry::Park => break,
        }
    }
    let mails = server.mails();
    assert_eq!((attempts, mails.len()), (2, 2));
    assert_eq!(
        mails[0].headers("Message-ID"),
        mails[1].headers("Message-ID")
    );
    assert_eq!(mails[0].data, mails[1].data);
}

#[tokio::test]
async fn f09_a_connection_cut_after_data_is_unclear_too() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    server.behave(Behaviour::CloseAfterData).await;
    let error = mailer.send(&mail("c/1/0", "a@b.de")).await.unwrap_err();
    assert!(error.is_unclear(), "{}", error.chain());
    // The next mail does not inherit the broken connection.
    server.behave(Behaviour::Accept).await;
    mailer.send(&mail("c/2/0", "a@b.de")).await.unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn f09_a_message_that_was_never_finished_was_not_delivered() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 1);
    server.behave(Behaviour::StopReading).await;
    let mut big = mail("c/1/0", "a@b.de");
    // More than the socket buffers of both sides take.
    let bytes = vec![7; 10_000_000];
    big.attachments = vec![file("x.bin", "application/octet-stream", &bytes)];
    let error = mailer.send(&big).await.unwrap_err();
    assert!(error.is_later() && !error.is_unclear(), "{}", error.chain());
    // A conversation given up half-way is never continued by the next mail.
    server.behave(Behaviour::Accept).await;
    mailer.send(&mail("c/2/0", "b@c.de")).await.unwrap();
    let mails = server.mails();
    assert_eq!((mails.len(), mails[0].to[0].as_str()), (1, "b@c.de"));
}

#[tokio::test]
async fn a_batch_uses_one_connection() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    for n in 0..30 {
        mailer
            .send(&mail(&format!("c/{n}/0"), "a@b.de"))
            .await
            .unwrap();
    }
    assert_eq!(server.connections(), 1);
    mailer.finish_batch().await;
    mailer.send(&mail("c/99/0", "a@b.de")).await.unwrap();
    assert_eq!(server.connections(), 2);
    assert_eq!(server.mails().len(), 31);
}

#[tokio::test]
async fn s36_mail_leaves_encrypted_to_a_proven_server_or_not_at_all() {
    let server = SmtpReceiver::start();
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, SmtpReceiver::authority()).unwrap();
    // Is STARTTLS offered, is TLS spoken at once, does the client ask for TLS
    // at once, is the authority trusted, the host asked for; is mail sent?
    let table = [
        (true, false, Tls::StartTls, true, "127.0.0.1", true),
        (false, true, Tls::Tls, true, "127.0.0.1", true),
        (false, false, Tls::StartTls, true, "127.0.0.1", false),
        (true, false, Tls::StartTls, false, "127.0.0.1", false),
        (true, false, Tls::StartTls, true, "localhost", false),
        (false, true, Tls::Tls, false, "127.0.0.1", false),
        (false, true, Tls::Tls, true, "localhost", false),
        (false, false, Tls::Tls, true, "127.0.0.1", false),
    ];
    for (starttls, wrapped, tls, trusted, host, sent) in table {
        server.offer_starttls(starttls);
        server.speak_tls(wrapped);
        let settings = SmtpSettings {
            host: host.into(),
            tls,
            user: Some("schalter".into()),
            password: Some(Secret("geheim".into())),
            ca_file: trusted.then(|| ca.clone()),
            timeout_seconds: 2,
            ..server.settings()
        };
        let case = format!("{starttls} {wrapped} {tls:?} {trusted} {host}");
        let mailer = Mailer::smtp(settings).unwrap();
        let before = server.messages();
        match mailer.send(&mail("c/1/0", "a@b.de")).await {
            Ok(_) => assert!(sent && server.mails().pop().unwrap().encrypted, "{case}"),
            Err(error) => assert!(!sent && error.is_later(), "{case}: {}", error.chain()),
        }
        assert_eq!(server.messages() - before, usize::from(sent), "{case}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let from = "from = { address = \"a@b.example\" }\n";
    let refused = [
        "kind = \"smtp\"\nhost = \"mail.example\"\ntls = \"none\"\nuser = \"u\"\npassword = \"p\"\n",
        "kind = \"smtp\"\nhost = \"mail.example\"\nuser = \"u\"\n",
        "kind = \"smtp\"\nhost = \"mail.example\"\nuser = \"u\"\npassword_file = \"/nowhere/x\"\n",
        "kind = \"smtp\"\nhost = \"mail.example\"\nca_file = \"/nowhere/x\"\n",
        "kind = \"smtp\"\nhost = \"mail.example\"\ntimeout_seconds = 0\n",
        "kind = \"smtp\"\nhost = \"mail.example\"\nhello = \"a\\r\\nMAIL\"\n",
    ];
    for text in refused {
        let config: MailerConfig = toml::from_str(&format!("{text}{from}")).unwrap();
        assert!(config.build().is_err(), "{text}");
    }
    assert!(Mailer::kept(Person::new("Stadt <a@b.example>", "")).is_err());
    let shown = format!("{:?}", Secret("geheim".into()));
    assert!(!shown.contains("geheim"));
}

const INJECTIONS: [&str; 14] = [
    "a@b.de\r\nBcc: x@y.zz",
    "Erika\r\nBcc: x@y.zz",
    "Erika\nBcc: x@y.zz",
    "Erika\rBcc: x@y.zz",
    "Erika\r\n\r\nFrom: x@y.zz",
    "Erika\u{2028}Bcc: x@y.zz",
    "Erika\u{85}Bcc: x@y.zz",
    "Erika\0\r\n.\r\nMAIL FROM:<x@y.zz>",
    "\"Erika\" <x@y.zz>, other",
    "Erika\" <x@y.zz>",
    "Erika\\\" <x@y.zz>",
    "=?utf-8?q?Erika=0D=0ABcc=3A_x=40y.zz?=",
    "Erika, x@y.zz",
    "Erika;\u{202e}zz.y@x",
];

#[tokio::test]
async fn s20_no_field_can_add_a_header_or_a_recipient() {
    let server = SmtpReceiver::start();
    let mailer = mailer(&server, 10);
    for (n, evil) in INJECTIONS.into_iter().enumerate() {
        let mut mail = mail(&format!("c/{n}/0\r\nBcc: x@y.zz"), "a@b.de");
        mail.to_name = evil.into();
        mail.subject = evil.into();
        mail.text = format!("{evil}\r\n.\r\nRCPT TO:<x@y.zz>\r\n");
        mail.html = Some(evil.into());
        mail.from = Some(Person::new("amt@stadt.example", evil));
        mail.reply_to = Some(Person::new("amt@stadt.example", evil));
        mail.attachments = vec![file(evil, evil, b"x")];
        mailer.send(&mail).await.unwrap();

        let received = server.mails().pop().unwrap();
        assert_eq!(received.to, ["a@b.de"], "{evil:?}");
        assert_eq!(received.from, "amt@stadt.example");
        check_headers(&received, evil);
    }
    assert_eq!(server.mails().len(), INJECTIONS.len());
    for evil in INJECTIONS {
        let error = mailer.send(&mail("c/1/0", evil)).await.unwrap_err();
        assert!(!error.is_later(), "{evil:?}");
        let mut mail = mail("c/1/0", "a@b.de");
        mail.reply_to = Some(Person::new(evil, ""));
        assert!(mailer.compose(&mail).is_err(), "{evil:?}");
    }
}

fn check_headers(received: &crate::testing::ReceivedMail, evil: &str) {
    let names = [
        "Message-ID",
        "Date",
        "From",
        "To",
        "Subject",
        "Reply-To",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ];
    let text = received.text();
    let head = text.split("\r\n\r\n").next().unwrap();
    let found: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(found, names, "{evil:?}");
    assert!(text.is_ascii(), "{evil:?}");
    // The parts of the message have three header lines each, too.
    let lines = text
        .split("\r\n")
        .filter(|line| line.starts_with("Content-"));
    assert_eq!(lines.count(), 2 + 1 + 2 + 2 + 3, "{text}");
    for name in ["From", "To", "Reply-To"] {
        let value = &received.headers(name)[0];
        let outside: String = value.split('"').step_by(2).collect();
        assert!(!outside.contains("x@y.zz"), "{evil:?} in {name}: {value}");
    }
    assert!(!received.headers("Subject")[0].contains("=?utf-8?q?Erika=0D"));
}

#[test]
fn the_same_mail_gives_the_same_bytes() {
    let mut one = mail("c/1/0", "a@b.de");
    one.html = Some("<p>Hallo</p>".into());
    one.attachments = vec![file("x.pdf", "application/pdf", b"%PDF")];
    assert_eq!(raw(&one), raw(&one));
    let mut two = one.clone();
    two.event_id = "c/1/1".into();
    assert_ne!(raw(&one), raw(&two));
    for date in [i64::MIN, -1, 0, i64::MAX] {
        two.date = date;
        assert!(raw(&two).contains("Date: "));
    }
}

#[test]
fn a_body_cannot_end_its_part() {
    let mut mail = mail("c/1/0", "a@b.de");
    mail.attachments = vec![file("x.txt", "text/plain", b"x")];
    let first = raw(&mail);
    let boundary = first.split("boundary=\"").nth(1).unwrap();
    let boundary = boundary.split('"').next().unwrap().to_owned();
    mail.text = format!("\r\n--{boundary}\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n");
    let second = raw(&mail);
    assert!(!second.contains(&format!("boundary=\"{boundary}\"")));
}

#[test]
fn bodies_have_plain_line_ends_and_short_lines() {
    let mut mail = mail("c/1/0", "a@b.de");
    mail.text = format!("a\rb\n.\nc\r\n{}\nGrüße\u{0}\u{7}", "lang ".repeat(500));
    mail.html = Some("x".repeat(5000));
    let raw = raw(&mail);
    assert!(raw.is_ascii());
    assert!(!raw.contains('\0') && !raw.contains('\u{7}'));
    for line in raw.split("\r\n") {
        assert!(line.len() <= 998, "{} bytes", line.len());
        assert!(!line.contains(['\r', '\n']));
    }
    assert!(raw.contains("Gr=C3=BC=C3=9Fe"));
}

#[test]
fn attachments_keep_their_names_and_types() {
    let mut mail = mail("c/1/0", "a@b.de");
    mail.attachments = vec![
        file("Gebührenbescheid.pdf", "application/pdf", b"1"),
        file("x.pdf", "application/pdf", b"2"),
        file("../x.pdf", "application/pdf", b"3"),
        file("a", "multipart/mixed", b"4"),
        file("b", "text/html; charset=utf-8\r\nX: y", b"5"),
    ];
    let raw = raw(&mail);
    assert!(
        raw.contains("filename*0*=utf-8''Geb%C3%BChrenbescheid.pdf"),
        "{raw}"
    );
    assert!(raw.contains("filename=\"x.pdf\"") && raw.contains("filename=\"x-2.pdf\""));
    assert_eq!(raw.matches("application/octet-stream").count(), 2);
    assert_eq!(raw.matches("multipart/").count(), 1);
}
