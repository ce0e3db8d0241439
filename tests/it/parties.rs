//! Parties from outside: each link opens one part and no other, answers once,
//! in its language, until time is over; the applicant and the clerk see how far
//! they are.

use axum::http::StatusCode;
use engine::case::{Case, PartyState};
use engine::text::Language;
use schalter::desk::accounts;

use crate::town::{DAY, PASSWORD, Town, on_both, sample};
use crate::visit::Visit;

on_both!(
    a_link_opens_its_own_part_and_no_other,
    a_party_confirms_once,
    files_of_a_party_are_the_offices_alone,
    a_decline_is_told_without_its_reason,
    a_new_link_ends_the_one_before,
    time_runs_out,
    a_clerk_records_a_paper_answer,
    two_parties_answer_at_once,
);

/// The landlord's place among the parties.
const LANDLORD: usize = 0;
/// The second guardian's.
const GUARDIAN: usize = 1;

/// Submits the sample; the number of the case.
async fn submitted(town: &Town) -> String {
    let answers = sample("residence-registration");
    let answer = town
        .submit("residence-registration", "once", &answers)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    town.work().await;
    answer.json()["reference"]
        .as_str()
        .expect("a number")
        .to_owned()
}

async fn case(town: &Town, reference: &str) -> Case {
    let desk = &town.app.desk;
    desk.store
        .case_by_reference(desk.tenant(), reference)
        .await
        .expect("the database answers")
        .expect("the case")
}

/// The address of the newest link of a party.
async fn link(town: &Town, reference: &str, index: usize) -> String {
    let case = case(town, reference).await;
    let party = &case.parties[index];
    let url = town
        .app
        .desk
        .party_url(&case, index, party.issue, party.language);
    url.trim_start_matches("http://town.test").to_owned()
}

/// The address of the applicant's status page.
async fn status(town: &Town, reference: &str) -> String {
    let case = case(town, reference).await;
    let url = town.app.desk.status_url(&case);
    url.trim_start_matches("http://town.test").to_owned()
}

async fn landlord_agrees(town: &Town, reference: &str) {
    let mut landlord = Visit::to(town, &link(town, reference, LANDLORD).await).await;
    let form = landlord.form("/answer");
    let sent = [("moved_in", "true"), ("role", "owner")];
    let answered = landlord.submit(&form, &sent).await;
    assert_eq!(answered, StatusCode::OK, "{}", landlord.outline());
}

async fn a_link_opens_its_own_part_and_no_other(town: Town) {
    let reference = submitted(&town).await;
    let mails = town.mails().await;
    for (to, words) in [
        (
            "verwaltung@wohnbau.example",
            "Ihre Zustimmung wird gebraucht",
        ),
        ("kai@sorge.example", "Your consent is needed"),
        ("mira@buerger.example", "Eingangsbestätigung"),
    ] {
        let sent = mails
            .iter()
            .any(|(known, subject)| known == to && subject.contains(words));
        assert!(sent, "{to}: {mails:?}");
    }
    let landlord = Visit::to(&town, &link(&town, &reference, LANDLORD).await).await;
    let guardian = Visit::to(&town, &link(&town, &reference, GUARDIAN).await).await;
    let (landlord, guardian) = (landlord.page.text(), guardian.page.text());
    for shown in [
        "Wohnsitz an- oder ummelden",
        "Mira Sandkuhl",
        "Lindenweg",
        "Jona",
        "§ 19 Abs. 1 BMG",
    ] {
        assert!(landlord.contains(shown), "{shown}: {landlord}");
    }
    // Neither contact nor birth, nor anything of the other party.
    for hidden in [
        "mira@buerger.example",
        "1991",
        "2018",
        "Petersen",
        "kai@sorge.example",
        "Trier",
    ] {
        assert!(!landlord.contains(hidden), "{hidden}: {landlord}");
    }
    assert!(guardian.contains("<html lang=\"en\""), "{guardian}");
    assert!(guardian.contains("Register a new address") && guardian.contains("2018"));
    assert!(!guardian.contains("Wohnbau") && !guardian.contains("mira@buerger"));
    // The secret of one party, or of the applicant, opens nothing else.
    let (one, other) = (
        link(&town, &reference, LANDLORD).await,
        link(&town, &reference, GUARDIAN).await,
    );
    let secret = |path: &str| path.rsplit('/').next().expect("a secret").to_owned();
    let own = status(&town, &reference).await;
    for forged in [
        format!("/de/parties/{reference}/{GUARDIAN}/{}", secret(&one)),
        format!("/de/parties/{reference}/{LANDLORD}/{}", secret(&other)),
        format!("/de/parties/{reference}/{LANDLORD}/{}", secret(&own)),
        format!("/de/parties/{reference}/7/{}", secret(&one)),
        format!("/de/parties/MS-2026-000000-0/{LANDLORD}/{}", secret(&one)),
        format!("/de/cases/{reference}/{}", secret(&one)),
        format!("{one}X"),
        format!("{one}/receipt"),
    ] {
        assert_eq!(
            town.get(&forged).await.status,
            StatusCode::NOT_FOUND,
            "{forged}"
        );
    }
}

async fn a_party_confirms_once(town: Town) {
    let reference = submitted(&town).await;
    let address = link(&town, &reference, GUARDIAN).await;
    let mut guardian = Visit::to(&town, &address).await;
    let form = guardian.form("/answer");
    // Nothing ticked: the page again, with what is missing.
    let refused = guardian.submit(&form, &[("note", "By train.")]).await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!guardian.errors().is_empty(), "{}", guardian.outline());
    assert!(guardian.page.text().contains("By train."));
    let form = guardian.form("/answer");
    let sent = [("agree", "true"), ("note", "By train.")];
    assert_eq!(guardian.submit(&form, &sent).await, StatusCode::OK);
    assert!(
        guardian.page.text().contains("You have agreed"),
        "{}",
        guardian.outline()
    );
    assert!(guardian.forms("/answer").is_empty(), "it may answer again");
    let revision = case(&town, &reference).await.revision;
    // Pressed twice, and thought better of: the first answer stands.
    assert_eq!(guardian.submit(&form, &sent).await, StatusCode::OK);
    assert_eq!(
        guardian.submit(&form, &[("_answer", "decline")]).await,
        StatusCode::OK
    );
    let after = case(&town, &reference).await;
    assert_eq!(after.revision, revision);
    assert_eq!(after.parties[GUARDIAN].state, PartyState::Confirmed);
    assert_eq!(after.configuration, ["awaiting_parties.asked"]);
    let receipt = town.get(&format!("{address}/receipt")).await;
    assert!(receipt.body.starts_with(b"%PDF"), "{}", receipt.status);
    // The applicant reads that, not what.
    let page = town.get(&status(&town, &reference).await).await.text();
    assert!(
        page.contains("hat geantwortet") && page.contains("Antwort steht aus"),
        "{page}"
    );
    assert!(!page.contains("By train."), "{page}");
    landlord_agrees(&town, &reference).await;
    let done = case(&town, &reference).await;
    assert_eq!(done.configuration, ["open.checking.submitted"]);
}

async fn files_of_a_party_are_the_offices_alone(town: Town) {
    let reference = submitted(&town).await;
    let mut guardian = Visit::to(&town, &link(&town, &reference, GUARDIAN).await).await;
    let form = guardian.form("/answer");
    let pdf = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n";
    let file = ("file.proof", "sorgerecht.pdf", &pdf[..]);
    let sent = guardian.hand_in(&form, &[("agree", "true")], file).await;
    assert_eq!(sent, StatusCode::OK, "{}", guardian.outline());
    assert!(
        guardian.page.text().contains("sorgerecht.pdf"),
        "{}",
        guardian.outline()
    );
    let page = town.get(&status(&town, &reference).await).await.text();
    assert!(!page.contains("sorgerecht.pdf"), "{page}");
    let desk = &town.app.desk;
    let id = case(&town, &reference).await.id;
    let files = desk
        .store
        .attachments(desk.tenant(), id)
        .await
        .expect("files");
    assert_eq!(files[0].field, "parties.second_guardian.proof");
}

async fn a_decline_is_told_without_its_reason(town: Town) {
    let reference = submitted(&town).await;
    let mut guardian = Visit::to(&town, &link(&town, &reference, GUARDIAN).await).await;
    let form = guardian
        .forms("/answer")
        .pop()
        .expect("the form to decline");
    let long = "x".repeat(2001);
    let refused = guardian.submit(&form, &[("reason", &long)]).await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    let form = guardian
        .forms("/answer")
        .pop()
        .expect("the form to decline");
    let reason = "Das ist nicht abgesprochen.";
    assert_eq!(
        guardian.submit(&form, &[("reason", reason)]).await,
        StatusCode::OK
    );
    assert!(guardian.page.text().contains("You have not agreed"));
    town.work().await;
    let declined = case(&town, &reference).await;
    assert_eq!(declined.configuration, ["awaiting_parties.declined"]);
    let mails = town.mails().await;
    let (to, subject) = mails.last().expect("a mail");
    assert_eq!(to, "mira@buerger.example");
    assert!(subject.contains("abgelehnt"), "{subject}");
    let page = town.get(&status(&town, &reference).await).await.text();
    assert!(
        page.contains("hat nicht zugestimmt") && !page.contains(reason),
        "{page}"
    );
    // The other party may still answer; that does not end the matter.
    landlord_agrees(&town, &reference).await;
    let after = case(&town, &reference).await;
    assert_eq!(after.configuration, ["awaiting_parties.declined"]);
}

async fn a_new_link_ends_the_one_before(town: Town) {
    let reference = submitted(&town).await;
    let old = link(&town, &reference, LANDLORD).await;
    let mut applicant = Visit::to(&town, &status(&town, &reference).await).await;
    let form = applicant.form("/parties/0");
    let refused = applicant.submit(&form, &[("email", "keine-adresse")]).await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        applicant.page.text().contains("keine-adresse"),
        "what was typed is gone"
    );
    let form = applicant.form("/parties/0");
    let sent = [("email", "richtig@wohnbau.example")];
    assert_eq!(applicant.submit(&form, &sent).await, StatusCode::OK);
    assert!(
        applicant.page.text().contains("neuen Link gesendet"),
        "{}",
        applicant.outline()
    );
    town.work().await;
    let mails = town.mails().await;
    assert_eq!(mails.last().expect("a mail").0, "richtig@wohnbau.example");
    assert_eq!(town.get(&old).await.status, StatusCode::NOT_FOUND);
    landlord_agrees(&town, &reference).await;
    // Who has answered gets no more links.
    applicant.submit(&form, &sent).await;
    assert!(
        applicant.page.text().contains("nicht mehr möglich"),
        "{}",
        applicant.outline()
    );
    // Nobody can be written to without end.
    let form = applicant.form("/parties/1");
    let mut last = StatusCode::OK;
    for _ in 0..15 {
        last = applicant
            .submit(&form, &[("email", "kai@sorge.example")])
            .await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

async fn time_runs_out(town: Town) {
    let reference = submitted(&town).await;
    let address = link(&town, &reference, GUARDIAN).await;
    let page = town.get(&address).await.text();
    assert!(page.contains("15 December 2026"), "{page}");
    let before = town.mails().await.len();
    town.clock.advance(8 * DAY);
    town.work().await;
    let reminded = town.mails().await;
    assert_eq!(reminded.len(), before + 2, "{reminded:?}");
    town.clock.advance(8 * DAY);
    town.work().await;
    let late = case(&town, &reference).await;
    assert_eq!(late.configuration, ["awaiting_parties.unanswered"]);
    let mut guardian = Visit::to(&town, &address).await;
    assert!(
        guardian.page.text().contains("can no longer answer"),
        "{}",
        guardian.outline()
    );
    assert!(
        !guardian.page.text().contains("Jona"),
        "the answers are still shown"
    );
    assert!(guardian.forms("/answer").is_empty());
    // A page left open answers too late.
    guardian.open(&address).await;
    assert_eq!(late.parties[GUARDIAN].state, PartyState::Expired);
}

async fn a_clerk_records_a_paper_answer(town: Town) {
    let roles = [
        "citizen-services:clerk".to_owned(),
        "citizen-services:intake".to_owned(),
    ];
    let password = Some(PASSWORD.to_owned());
    accounts::add(&town.app.desk, "meldewesen", "Meldewesen", &roles, password)
        .await
        .expect("an account");
    let reference = submitted(&town).await;
    let mut guardian = Visit::to(&town, &link(&town, &reference, GUARDIAN).await).await;
    let form = guardian.form("/answer");
    guardian
        .submit(&form, &[("agree", "true"), ("note", "By train.")])
        .await;
    let id = case(&town, &reference).await.id;
    let mut clerk = Visit::to(&town, "/staff/login").await;
    let form = clerk.form("/staff/login");
    clerk
        .submit(&form, &[("account", "meldewesen"), ("password", PASSWORD)])
        .await;
    clerk.open(&format!("/staff/cases/{id}")).await;
    let page = clerk.page.text();
    assert!(
        page.contains("By train.") && page.contains("Kai Petersen"),
        "{}",
        clerk.outline()
    );
    let form = clerk.form("/parties/0/answer");
    // A note how it came is part of it.
    let refused = clerk.submit(&form, &[("answer", "confirm")]).await;
    assert_eq!(refused, StatusCode::CONFLICT);
    let form = clerk.form("/parties/0/answer");
    let note = "Unterschriebenes Formular vom 1. Dezember";
    let sent = [("answer", "confirm"), ("note", note)];
    assert_eq!(
        clerk.submit(&form, &sent).await,
        StatusCode::OK,
        "{}",
        clerk.outline()
    );
    let page = clerk.page.text();
    assert!(
        page.contains(note) && page.contains("Zustimmung: Wohnbau"),
        "{}",
        clerk.outline()
    );
    let done = case(&town, &reference).await;
    assert_eq!(done.configuration, ["open.checking.submitted"]);
    // Somebody of another department has no such case.
    let mut other = Visit::to(&town, "/staff/login").await;
    let login = other.form("/staff/login");
    other
        .submit(&login, &[("account", "vhs"), ("password", PASSWORD)])
        .await;
    assert_eq!(
        other.open(&format!("/staff/cases/{id}")).await,
        StatusCode::NOT_FOUND
    );
}

async fn two_parties_answer_at_once(town: Town) {
    let reference = submitted(&town).await;
    let (one, other) = (
        link(&town, &reference, LANDLORD).await,
        link(&town, &reference, GUARDIAN).await,
    );
    let mut landlord = Visit::to(&town, &one).await;
    let mut guardian = Visit::to(&town, &other).await;
    let (first, second) = (landlord.form("/answer"), guardian.form("/answer"));
    let owner = [("moved_in", "true"), ("role", "owner")];
    let (one, other) = tokio::join!(
        landlord.submit(&first, &owner),
        guardian.submit(&second, &[("agree", "true")]),
    );
    assert_eq!((one, other), (StatusCode::OK, StatusCode::OK));
    let done = case(&town, &reference).await;
    assert_eq!(done.configuration, ["open.checking.submitted"]);
    let url = town.app.desk.party_url(&done, LANDLORD, 1, Language::En);
    assert!(url.starts_with("http://town.test/en/parties/"), "{url}");
}
