//! What the static checker finds, and where.

use super::*;

/// Each expression has exactly this problem; the text marked is the third part.
#[test]
fn one_problem_at_its_place() {
    for (text, code, marked) in [
        ("quantty > 1", "feel-unknown-name", "quantty"),
        ("owner.nam = \"x\"", "feel-unknown-field", "nam"),
        ("owner.birth_date.jahr", "feel-unknown-field", "jahr"),
        ("quantity.value", "feel-unknown-field", "value"),
        ("items[prize > 1]", "feel-unknown-name", "prize"),
        ("items.prize", "feel-unknown-field", "prize"),
        (
            "legal_form = \"natral\"",
            "feel-unknown-option",
            "\"natral\"",
        ),
        (
            "\"natral\" != legal_form",
            "feel-unknown-option",
            "\"natral\"",
        ),
        (
            "legal_form in (\"natural\", \"legl\")",
            "feel-unknown-option",
            "\"legl\"",
        ),
        (
            "legal_form in [\"natural\", \"legl\"]",
            "feel-unknown-option",
            "\"legl\"",
        ),
        (
            "list contains(topics, \"smoke\")",
            "feel-unknown-option",
            "\"smoke\"",
        ),
        ("\"smoke\" in topics", "feel-unknown-option", "\"smoke\""),
        (
            "legal_form = owner.nationality",
            "feel-type",
            "legal_form = owner.nationality",
        ),
        ("items[kind = \"fod\"]", "feel-unknown-option", "\"fod\""),
        ("quantity = \"1\"", "feel-type", "quantity = \"1\""),
        ("quantity < \"1\"", "feel-type", "quantity < \"1\""),
        ("registered < true", "feel-type", "registered"),
        (
            "starts_on > \"2026-01-01\"",
            "feel-type",
            "starts_on > \"2026-01-01\"",
        ),
        ("straße + quantity", "feel-type", "straße + quantity"),
        ("registered and quantity", "feel-type", "quantity"),
        ("not(quantity)", "feel-type", "quantity"),
        ("if quantity then 1 else 2", "feel-type", "quantity"),
        ("topics = \"noise\"", "feel-type", "topics = \"noise\""),
        ("-registered", "feel-type", "registered"),
        ("quantity in [\"a\"..\"b\"]", "feel-type", "[\"a\"..\"b\"]"),
        ("some x in quantity satisfies true", "feel-type", "quantity"),
        ("some x in items satisfies x.price", "feel-type", "x.price"),
        ("items[\"a\"]", "feel-type", "\"a\""),
        ("strng(1)", "feel-unknown-function", "strng"),
        (
            "string lenght(straße)",
            "feel-unknown-function",
            "string lenght",
        ),
        ("substring(straße)", "feel-arguments", "substring"),
        ("today(1)", "feel-arguments", "today"),
        (
            "substring(text: straße, start position: 1)",
            "feel-arguments",
            "text",
        ),
        ("substring(straße, \"1\")", "feel-type", "\"1\""),
        ("upper case(quantity)", "feel-type", "quantity"),
        ("age(quantity)", "feel-type", "quantity"),
        ("date(\"2026-13-01\")", "feel-bad-literal", "\"2026-13-01\""),
        ("duration(\"14 Tage\")", "feel-bad-literal", "\"14 Tage\""),
        ("matches(straße, \"(\")", "feel-bad-pattern", "\"(\""),
        ("1 +", "feel-syntax", ""),
        ("(1 + 2", "feel-syntax", ""),
        ("quantity > 1 quantity", "feel-syntax", "quantity"),
        ("quantity == 1", "feel-syntax", "=="),
        ("quantity > 1 && quantity < 3", "feel-syntax", "&&"),
        ("quantity > 1 || quantity < 3", "feel-syntax", "||"),
        ("quantity <> 1", "feel-syntax", "<>"),
        ("x = 'ab'", "feel-syntax", "'ab'"),
        ("\"abc", "feel-syntax", "\""),
        ("quantity > „1“", "feel-syntax", "„"),
        (
            "99999999999999999999999999999999",
            "feel-number-range",
            "99999999999999999999999999999999",
        ),
        ("2 ** 3", "feel-syntax", "**"),
        ("?", "feel-unknown-name", "?"),
    ] {
        let problems = Expression::compile(text, &scope()).map(|_| ()).unwrap_err();
        let first = &problems[0];
        let found = (first.code, &text[first.start..first.end]);
        assert_eq!(found, (code, marked), "{text}: {problems:#?}");
        // Only the German quotes are two problems: the opening and the closing one.
        assert_eq!(
            problems.len(),
            1 + usize::from(text.contains('„')),
            "{text}: {problems:#?}"
        );
    }
}

#[test]
fn suggestions() {
    for (text, help) in [
        ("quantty > 1", "did you mean `quantity`?"),
        ("owner.brith_date", "did you mean `birth_date`?"),
        ("legal_form = \"natral\"", "did you mean `natural`?"),
        (
            "list contins(topics, \"noise\")",
            "did you mean `list contains`?",
        ),
        ("starts_on > \"2026-01-01\"", "date(\"2026-01-31\")"),
        ("straße + quantity", "string("),
        ("quantity > 1 & registered", "`and`"),
        (
            "substring(straße)",
            "substring(string, start position, length?)",
        ),
    ] {
        let problems = Expression::compile(text, &scope()).map(|_| ()).unwrap_err();
        let given = problems[0].help.clone().unwrap_or_default();
        assert!(given.contains(help), "{text}: {given}");
    }
}

#[test]
fn all_problems_at_once() {
    let text = "quantty > 1 and owner.nam = \"x\" and legal_form = \"natral\" or strng(1) = 2";
    let problems = Expression::compile(text, &scope()).map(|_| ()).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    let expected = [
        "feel-unknown-name",
        "feel-unknown-field",
        "feel-unknown-option",
        "feel-unknown-function",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn types_of_results() {
    for (text, ty) in [
        ("quantity * 2", Type::Number),
        ("quantity * discount", Type::Number.optional()),
        ("quantity > 1", Type::Boolean),
        ("discount > 1", Type::Boolean.optional()),
        ("discount = 1", Type::Boolean),
        ("owner.birth_date + duration(\"P18Y\")", Type::Date),
        ("starts_on - today()", Type::DaysDuration),
        ("items.price", Type::List(Box::new(Type::Number))),
        ("items[1].price", Type::Number.optional()),
        (
            "items[kind = \"food\"].name",
            Type::List(Box::new(Type::Text)),
        ),
        (
            "for i in items return i.price > 1",
            Type::List(Box::new(Type::Boolean)),
        ),
        ("if registered then 1 else null", Type::Number.optional()),
        ("max(items.price)", Type::Number),
        ("max(today(), starts_on)", Type::Date),
        (
            "topics",
            Type::List(Box::new(choice(&["noise", "waste", "water"]))),
        ),
        ("straße + legal_form", Type::Text),
        ("append([1], 2)[1]", Type::Number.optional()),
    ] {
        let expression =
            Expression::compile(text, &scope()).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(*expression.ty(), ty, "{text}");
    }
}

#[test]
fn wanted_types() {
    let legal = choice(&["natural", "partnership", "legal"]);
    for (text, wanted, fits) in [
        ("quantity", Type::Number, true),
        ("discount", Type::Number, true),
        ("quantity", Type::Boolean, false),
        ("null", Type::Boolean, true),
        (
            "if registered then \"legal\" else \"natural\"",
            legal.clone(),
            true,
        ),
        (
            "if registered then \"lgal\" else \"natural\"",
            legal.clone(),
            false,
        ),
        ("legal_form", Type::Text, true),
        ("topics", Type::List(Box::new(Type::Text)), true),
        ("starts_on", Type::Text, false),
    ] {
        assert_eq!(
            Expression::compile_for(text, &scope(), &wanted).is_ok(),
            fits,
            "{text} as {wanted}"
        );
    }
}

#[test]
fn paths_read() {
    for (text, reads) in [
        ("quantity > 1", &["quantity"][..]),
        (
            "owner.birth_date.year + owner.birth_date.month",
            &["owner.birth_date"],
        ),
        ("items.price", &["items.price"]),
        (
            "sum(items[kind = \"food\"].price)",
            &["items", "items.kind", "items.price"],
        ),
        (
            "some i in items satisfies i.price > quantity",
            &["items", "items.price", "quantity"],
        ),
        (
            "if registered then owner.name else straße",
            &["owner.name", "registered", "straße"],
        ),
        ("attachment_present(\"id_copy\")", &["id_copy"]),
        ("count(items)", &["items"]),
        ("1 + 1", &[]),
    ] {
        let expression =
            Expression::compile(text, &scope()).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(expression.reads(), reads, "{text}");
    }
}

#[test]
fn cells_are_checked_against_their_input() {
    let legal = choice(&["natural", "legal"]);
    for (cell, ty, code, help) in [
        (
            "\"natral\"",
            &legal,
            "feel-unknown-option",
            "did you mean `natural`?",
        ),
        ("natural", &legal, "feel-unknown-name", "\"natural\""),
        ("5", &legal, "feel-type", ""),
        ("\"a\"", &Type::Number, "feel-type", ""),
        ("> \"a\"", &Type::Number, "feel-type", ""),
        ("[1..", &Type::Number, "feel-syntax", ""),
        ("1,", &Type::Number, "feel-syntax", ""),
        ("", &Type::Number, "feel-syntax", ""),
    ] {
        let problems = UnaryTests::compile(cell, ty, &scope())
            .map(|_| ())
            .unwrap_err();
        assert_eq!(problems[0].code, code, "{cell}: {problems:?}");
        assert!(
            problems[0].help.clone().unwrap_or_default().contains(help),
            "{cell}: {problems:?}"
        );
    }
}
