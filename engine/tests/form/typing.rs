//! What people type, read into values: dates, amounts, numbers and controls.

use super::*;

fn parse(
    page: &str,
    pairs: &[(&str, &str)],
    answers: Map<String, Json>,
    language: Language,
) -> Map<String, Json> {
    let questions = &SERVICE.form.questions;
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    let mut answers = answers;
    questions.parse_fields(
        questions.page(page).unwrap(),
        &pairs,
        &mut answers,
        env(language),
    );
    answers
}

#[test]
fn dates_as_people_type_them() {
    let cases: &[(&[&str], Json)] = &[
        (&["3", "12", "1990"], json!("1990-12-03")),
        (&["03", "12", "1990"], json!("1990-12-03")),
        (&["3.", "März", "1990"], json!("1990-03-03")),
        (&["3", "mrz.", "1990"], json!("1990-03-03")),
        (&["29", "Feb", "2024"], json!("2024-02-29")),
        (&["29", "2", "2023"], json!("29/2/2023")),
        (&["3", "12", "90"], json!("3/12/90")),
        (&["", "12", ""], json!("/12/")),
        (&["", "", ""], json!(null)),
        (&["3.12.1990"], json!("1990-12-03")),
        (&["1990-12-03"], json!("1990-12-03")),
        (&["3. Dezember 1990"], json!("1990-12-03")),
        (&["3 December 1990"], json!("1990-12-03")),
        (&["03/12/1990"], json!("1990-12-03")),
        (&["gestern"], json!("gestern")),
    ];
    for (typed, expected) in cases {
        let names = [
            "owner.birth_date.day",
            "owner.birth_date.month",
            "owner.birth_date.year",
        ];
        let pairs: Vec<(&str, &str)> = match typed {
            [whole] => vec![("owner.birth_date", *whole)],
            parts => names.into_iter().zip(parts.iter().copied()).collect(),
        };
        let answers = parse("person", &pairs, Map::new(), Language::De);
        let stored = answers
            .get("owner")
            .and_then(|owner| owner.get("birth_date"))
            .cloned();
        assert_eq!(stored.unwrap_or(Json::Null), *expected, "{typed:?}");
        if typed.len() == 3 && stored_is_text(expected) {
            assert_eq!(
                display_date(Some(expected))
                    .map(|part| part.trim_end_matches('.').to_owned())
                    .to_vec(),
                typed.to_vec()
            );
        }
    }
}

fn stored_is_text(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.contains('/'))
}

#[test]
fn amounts_and_numbers_in_both_notations() {
    use Language::{De, En};
    let money: &[(&str, Language, Json)] = &[
        ("1.234,50", De, json!("1234.50")),
        ("1,234.50", De, json!("1234.50")),
        ("1234.50", De, json!("1234.50")),
        ("1234,5", De, json!("1234.50")),
        ("12", De, json!("12.00")),
        ("1.234", De, json!("1234.00")),
        ("1,234", En, json!("1234.00")),
        ("1.234.567", De, json!("1234567.00")),
        ("12 €", De, json!("12.00")),
        ("€12.50", En, json!("12.50")),
        ("12,- ", De, json!("12.00")),
        ("1 234,50 Euro", De, json!("1234.50")),
        ("−3,20", De, json!("-3.20")),
        ("12.345", De, json!("12345.00")),
        ("12.345,00", De, json!("12345.00")),
        ("12,345", En, json!("12345.00")),
        // Three decimals: nobody knows what was meant, so the page asks again.
        ("12,345", De, json!("12,345")),
        ("12.345", En, json!("12.345")),
        ("12.345,678", De, json!("12.345,678")),
        ("0,125", De, json!("0,125")),
        ("1.2.3", De, json!("1.2.3")),
        ("zwölf", De, json!("zwölf")),
        ("12,", De, json!("12,")),
        ("", De, json!(null)),
    ];
    for (typed, language, expected) in money {
        let answers = parse("payment", &[("donation", typed)], Map::new(), *language);
        assert_eq!(
            answers.get("donation").cloned().unwrap_or(Json::Null),
            *expected,
            "{typed} {language:?}"
        );
    }
    let numbers: &[(&str, Language, &str)] = &[
        ("2,5", De, "2.5"),
        ("2.5", De, "2.5"),
        ("2,5", En, "2.5"),
        ("1,234", De, "1.234"),
        ("1.234", De, "1234"),
        ("1.234", En, "1.234"),
        ("1,234", En, "1234"),
        ("0.125", De, "0.125"),
        ("0,125", En, "0.125"),
    ];
    for (typed, language, expected) in numbers {
        let answers = parse("course", &[("hours", typed)], Map::new(), *language);
        assert_eq!(answers["hours"], *expected, "{typed} {language:?}");
    }
    let field = SERVICE.form.questions.field("hours").unwrap();
    assert_eq!(display_value(field, Some(&json!("2.5")), De), "2,5");
    assert_eq!(display_value(field, Some(&json!("2.5")), En), "2.5");
    assert_eq!(display_value(field, Some(&json!("zwei")), De), "zwei");
}

#[test]
fn numbers_people_copy_from_paper() {
    let debit = parse("payment", &[("payment", "debit")], Map::new(), Language::De);
    for (typed, stored, good) in [
        (
            "DE02 1203 0000 0000 2020 51",
            "DE02120300000000202051",
            true,
        ),
        (
            "de02-1203-0000-0000-2020-51",
            "DE02120300000000202051",
            true,
        ),
        (
            "DE03 1203 0000 0000 2020 51",
            "DE03120300000000202051",
            false,
        ),
        (
            "GB82 WEST 1234 5698 7654 32",
            "GB82WEST12345698765432",
            true,
        ),
        ("DE02", "DE02", false),
    ] {
        let answers = parse("payment", &[("iban", typed)], debit.clone(), Language::De);
        assert_eq!(answers["iban"], stored);
        let questions = &SERVICE.form.questions;
        let findings = check_page(
            questions,
            questions.page("payment").unwrap(),
            &answers,
            env(Language::De),
        );
        assert_eq!(findings.at("iban").next().is_none(), good, "{typed}");
    }
    let answers = parse(
        "person",
        &[("phone", " 0049 (0) 2151/123-456 "), ("email", " a@b.de ")],
        Map::new(),
        Language::De,
    );
    assert_eq!(answers["phone"], "+492151123456");
    assert_eq!(answers["email"], "a@b.de");
    // A decomposed umlaut is stored composed.
    let answers = parse(
        "person",
        &[("home.city", "Ko\u{308}ln\u{0}")],
        Map::new(),
        Language::De,
    );
    assert_eq!(answers["home"]["city"], "Köln");
}

#[test]
fn controls_of_lists_boxes_and_choices() {
    let pairs = [
        ("course", "S4012"),
        ("participants.0.given_name", "Mia"),
        ("participants.1.given_name", "Jan"),
        ("participants.1.birth_year", "1990"),
        ("participants.99999999999.given_name", "zu viel"),
        ("interests", ""),
        ("interests", "music"),
        ("interests", "other"),
        ("group_size", "77"),
        ("id_copy", "forged"),
    ];
    let answers = parse("course", &pairs, Map::new(), Language::De);
    assert_eq!(answers["interests"], json!(["music", "other"]));
    assert_eq!(
        answers["participants"][1],
        json!({ "given_name": "Jan", "birth_year": 1990 })
    );
    assert!(answers["participants"].as_array().unwrap().len() <= 200);
    assert!(!answers.contains_key("group_size"));
    // A box without a pair was shown and is not ticked now.
    let answers = parse("course", &[("course", "S4012")], answers, Language::De);
    assert!(!answers.contains_key("interests"));
    let answers = parse(
        "payment",
        &[("terms", "yes"), ("reduced", "no")],
        answers,
        Language::De,
    );
    assert_eq!(
        (&answers["terms"], &answers["reduced"]),
        (&json!(true), &json!(false))
    );
    let answers = parse("payment", &[], answers, Language::De);
    assert!(!answers.contains_key("terms"));
    assert_eq!(answers["reduced"], json!(false));
}
