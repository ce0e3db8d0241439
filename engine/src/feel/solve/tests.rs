//! Questions with known answers, and random ones compared with trying values.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Time;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::super::{Context, Expression, PlainWorld, Scope, Type, Value};
use super::{Answer, Question, TODAY, can_hold};

fn choice(ids: &[&str]) -> Type {
    Type::Choice(
        ids.iter()
            .map(|id| (*id).to_owned())
            .collect::<Vec<_>>()
            .into(),
    )
}

fn record(fields: &[(&str, Type)]) -> Type {
    Type::Record(Arc::new(
        fields
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    ))
}

fn scope() -> Scope {
    Scope::default()
        .with("kind", choice(&["natural", "company", "club"]))
        .with("form", choice(&["gmbh", "ug", "ag"]).optional())
        .with("country", choice(&["DE", "FR", "US", "JP"]))
        .with("ok", Type::Boolean)
        .with("maybe", Type::Boolean.optional())
        .with("n", Type::Number)
        .with("m", Type::Number)
        .with("z", Type::Number.optional())
        .with("name", Type::Text)
        .with("born", Type::Date)
        .with("start", Type::Date.optional())
        .with("tags", Type::List(Box::new(choice(&["a", "b"]))))
        .with(
            "people",
            Type::List(Box::new(record(&[("age", Type::Number)]))),
        )
        .with(
            "firm",
            record(&[("name", Type::Text), ("size", Type::Number)]).optional(),
        )
}

fn compile(text: &str) -> Expression {
    Expression::compile_for(text, &scope(), &Type::Boolean)
        .unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

/// What the conditions, joined by ` ; `, can be together: `yes` with the
/// example, `no` or `unknown`. A condition after `!` is not true.
fn asked(conditions: &str) -> String {
    let types = scope();
    let (mut all, mut none) = (Vec::new(), Vec::new());
    for condition in conditions.split(" ; ") {
        match condition.strip_prefix('!') {
            Some(condition) => none.push(compile(condition)),
            None => all.push(compile(condition)),
        }
    }
    let answer = can_hold(
        &all.iter().collect::<Vec<_>>(),
        &none.iter().collect::<Vec<_>>(),
        &types,
    );
    match answer {
        Answer::Yes(witness) => format!("yes: {witness}"),
        Answer::No => "no".to_owned(),
        Answer::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn answers() {
    let cases = [
        // Choices.
        (r#"kind = "natural""#, r#"yes: kind = "natural""#),
        (r#"kind = "natural" and kind = "club""#, "no"),
        (
            r#"kind != "natural" ; kind != "company" ; kind != "club""#,
            "no",
        ),
        (r#"!kind in ("natural", "company", "club")"#, "no"),
        (
            r#"!kind in ["natural", "company"]"#,
            r#"yes: kind = "club""#,
        ),
        (r#"!form in ("gmbh", "ug", "ag")"#, "yes: form = null"),
        (r#"form != null ; !form in ("gmbh", "ug", "ag")"#, "no"),
        (
            r#"is_eea(country) ; country != "DE""#,
            r#"yes: country = "FR""#,
        ),
        (r#"is_eea(country) ; country in ("US", "JP")"#, "no"),
        (
            r#"(if kind = "club" then 1 else 2) = 2 ; kind = "club""#,
            "unknown",
        ),
        // Booleans and null.
        ("ok ; !ok", "no"),
        ("ok = true ; ok = false", "no"),
        ("!maybe ; !not(maybe)", "yes: maybe = null"),
        ("!maybe ; !not(maybe) ; maybe != null", "no"),
        (
            "(maybe = true) = false ; maybe != false",
            "yes: maybe = null",
        ),
        ("!maybe or maybe = null or maybe = false", "no"),
        // Numbers.
        ("n > 5 ; n < 3", "no"),
        ("n > 5 ; n < 6", "yes: n = 5.5"),
        ("n between 1 and 5 ; n > 5", "no"),
        ("n in [1..5) ; n = 5", "no"),
        ("n >= 5 ; n <= 5", "yes: n = 5"),
        ("!n > 5 ; !n <= 5", "no"),
        ("!z > 5 ; !z <= 5", "yes: z = null"),
        ("n < m ; m < n", "no"),
        ("n < m ; n >= m", "no"),
        ("n >= m ; !n = m ; !m < n", "no"),
        ("n <= m ; n >= m", "yes: m = n"),
        ("!n < z ; !n >= z", "yes: n or z is null"),
        ("n + m > 5 ; n + m < 3", "no"),
        ("n + m > 5 ; n > 3", "unknown"),
        (
            "(n = m and firm.size < n) or firm = null",
            "yes: firm = null, firm.size = null",
        ),
        ("n = n", "yes: "),
        ("n < n", "no"),
        ("n in [m..m + 2] ; n < m", "no"),
        // Texts.
        (r#"name = "x" ; name = "y""#, "no"),
        (
            r#"name != "x" ; name != "y""#,
            r#"yes: name = "any other text""#,
        ),
        (r#"name < "m" ; name > "n""#, "unknown"),
        ("string length(name) < 3 ; string length(name) > 3", "no"),
        ("string length(name) < 0", "no"),
        // Dates.
        (
            r#"born < date("2000-01-01") ; born > date("2001-01-01")"#,
            "no",
        ),
        (
            r#"born > date("2000-01-01") ; born < date("2000-01-02")"#,
            "no",
        ),
        (
            r#"born > date("2000-01-01") ; born < date("2000-01-03")"#,
            "yes: born = 2000-01-02",
        ),
        (
            r#"born > today() ; born < today() - duration("P18Y")"#,
            "no",
        ),
        (
            r#"age(born) >= 18 ; born > today() - duration("P18Y")"#,
            "no",
        ),
        (
            r#"age(born, today()) < 18 ; born <= today() - duration("P18Y")"#,
            "no",
        ),
        ("age(born) >= 18 ; age(born) < 18", "no"),
        ("age(born) = 17", "yes: born = 2008-06-16"),
        (
            r#"start >= today() + duration("P7D") ; start <= today() + duration("P6D")"#,
            "no",
        ),
        (
            r#"start > today() + duration("P30D") ; start < today() + duration("P1M")"#,
            "unknown",
        ),
        ("start = null ; start > today()", "no"),
        (
            r#"!start > today() ; !start <= today()"#,
            "yes: start = null",
        ),
        (
            r#"born > date("2020-01-01") ; born < today() - duration("P90Y")"#,
            "unknown",
        ),
        (
            r#"born between today() - z * duration("P1Y") and today() + z * duration("P1Y")"#,
            "unknown",
        ),
        (
            r#"born in (< date(name)) ; !born in (> date(name))"#,
            "unknown",
        ),
        // What is not understood is one condition wherever it stands.
        (r#"matches(name, "x+") ; !matches(name, "x+")"#, "no"),
        (r#"matches(name, "x+") ; !matches(name,  "y+")"#, "unknown"),
        ("count(people) > 0 ; count(people) = 0", "no"),
        ("!count(people) > 0 ; !count(people) = 0", "no"),
        (
            "count(people) > 0 ; count(people) < 2",
            "yes: count(people) = 1",
        ),
        ("count(people) < 0", "no"),
        (
            "(some p in people satisfies p.age < 18) ; !some p in people satisfies p.age < 18",
            "no",
        ),
        (
            r#"list contains(tags, "a") ; !list contains(tags, "b")"#,
            r#"yes: list contains(tags, "a") = true, list contains(tags, "b") = false"#,
        ),
        (
            r#"list contains(tags, "a") ; !list contains(tags, "a")"#,
            "no",
        ),
        ("people[1].age > 18 ; people[1].age < 17", "no"),
        // Groups.
        ("firm = null ; firm.size > 3", "no"),
        ("firm.size > 3", "yes: firm.size = 4"),
        ("!firm.size > 3 ; !firm.size <= 3", "yes: firm.size = null"),
        (r#"born.year < 2000 ; born.year > 2001"#, "no"),
        (
            r#"kind = "club" and n > 3 or kind = "company" and n > 10 ; n < 5 ; kind != "club""#,
            "no",
        ),
    ];
    let mut wrong = Vec::new();
    for (conditions, expected) in cases {
        let got = asked(conditions);
        if got != expected {
            wrong.push(format!(
                "{conditions}\n  expected {expected}\n  got      {got}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn demands_on_paths() {
    let types = scope();
    let company = compile(r#"kind = "company""#);
    let gmbh = compile(r#"form = "gmbh""#);
    let mut question = Question::new(&types);
    question.is_absent_unless("form", &[(&company, "")]);
    question.is_true(&gmbh, "");
    question.is_not_true(&company, "");
    assert_eq!(question.answer(), Answer::No);

    let missing = compile("form = null");
    let mut question = Question::new(&types);
    question.is_present_if("form", &[(&company, "")]);
    question.is_true(&company, "");
    question.is_true(&missing, "");
    assert_eq!(question.answer(), Answer::No);

    let many = compile("n > 10");
    let mut question = Question::new(&types);
    question.is_at_most("n", &Value::Number(Decimal::TEN));
    question.is_true(&many, "");
    assert_eq!(question.answer(), Answer::No);

    let between = compile("n > 1 and n < 2");
    let mut question = Question::new(&types);
    question.is_whole("n");
    question.is_true(&between, "");
    assert_eq!(question.answer(), Answer::No);
}

#[test]
fn names_are_those_of_the_place() {
    let types = scope();
    let around = compile("firm.size > 3");
    let mut inner = types.clone();
    inner.names.insert("size".to_owned(), Type::Number);
    let inside = Expression::compile("size <= 3", &inner).unwrap();
    let mut question = Question::new(&types);
    question.is_true(&around, "");
    question.is_true(&inside, "firm");
    assert_eq!(question.answer(), Answer::No);
}

// Random questions ------------------------------------------------------------

fn literal_condition() -> impl Strategy<Value = String> {
    let comparison = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let number = || prop::sample::select(vec!["n", "m", "z", "firm.size"]);
    prop_oneof![
        (prop::sample::select(vec![
            "kind = \"natural\"",
            "kind != \"club\"",
            "form = \"ug\"",
            "form != \"ag\"",
            "form = null",
            "maybe",
            "ok",
            "maybe = false",
            "maybe != true",
            "firm = null",
            "form in (\"ug\", \"ag\")",
            "is_eea(country)",
            "country = \"US\"",
            "start = null",
            "kind in [\"club\", \"company\"]"
        ]))
        .prop_map(str::to_owned),
        (number(), comparison(), 0..4i32).prop_map(|(n, c, k)| format!("{n} {c} {k}")),
        (number(), comparison(), number()).prop_map(|(a, c, b)| format!("{a} {c} {b}")),
        (number(), 0..3i32, 0..3i32).prop_map(|(n, a, b)| format!("{n} in [{a}..{b})")),
        (number(), 0..3i32, number()).prop_map(|(n, a, b)| format!("{n} between {a} and {b}")),
        (comparison(), 15..20i32).prop_map(|(c, k)| format!("age(born) {c} {k}")),
        (comparison(), 15..20i32)
            .prop_map(|(c, k)| format!("born {c} today() - duration(\"P{k}Y\")")),
        (
            prop::sample::select(vec!["start", "born"]),
            comparison(),
            0..5i32
        )
            .prop_map(|(d, c, k)| format!("{d} {c} today() + duration(\"P{k}D\")")),
        (comparison(), 0..3i32).prop_map(|(c, k)| format!("n + m {c} {k}")),
    ]
}

fn random_condition() -> impl Strategy<Value = String> {
    literal_condition().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.clone().prop_map(|a| format!("not({a})")),
            inner.clone().prop_map(|a| format!("(({a}) = false)")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
        ]
    })
}

fn pick<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = T> {
    prop::sample::select(values)
}

fn number_value() -> impl Strategy<Value = Value> {
    (0..8i64).prop_map(|halves| Value::Number(Decimal::new(halves * 5, 1)))
}

fn random_values() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let text = Value::text;
    let kinds = vec![text("natural"), text("company"), text("club")];
    let forms = vec![text("gmbh"), text("ug"), text("ag"), Value::Null];
    let countries = vec![text("DE"), text("FR"), text("US"), text("JP")];
    let yes_no = vec![Value::Boolean(true), Value::Boolean(false)];
    let maybe = vec![Value::Boolean(true), Value::Boolean(false), Value::Null];
    let days = (-8000..40i64).prop_union(-3..8i64);
    let date =
        |offset: i64| Value::Date(TODAY.checked_add(jiff::Span::new().days(offset)).unwrap());
    let firm = number_value().prop_map(|size| {
        Value::record(BTreeMap::from([
            ("name".to_owned(), Value::text("x")),
            ("size".to_owned(), size),
        ]))
    });
    (
        (
            pick(kinds),
            pick(forms),
            pick(countries),
            pick(yes_no),
            pick(maybe),
        ),
        (
            number_value(),
            number_value(),
            prop::option::of(number_value()),
        ),
        (days.clone(), prop::option::of(days), prop::option::of(firm)),
    )
        .prop_map(
            move |((kind, form, country, ok, maybe), (n, m, z), (born, start, firm))| {
                BTreeMap::from([
                    ("kind".to_owned(), kind),
                    ("form".to_owned(), form),
                    ("country".to_owned(), country),
                    ("ok".to_owned(), ok),
                    ("maybe".to_owned(), maybe),
                    ("n".to_owned(), n),
                    ("m".to_owned(), m),
                    ("z".to_owned(), z.unwrap_or(Value::Null)),
                    ("born".to_owned(), date(born)),
                    ("start".to_owned(), start.map_or(Value::Null, date)),
                    ("firm".to_owned(), firm.unwrap_or(Value::Null)),
                ])
            },
        )
}

fn holds(expression: &Expression, values: &BTreeMap<String, Value>) -> Value {
    expression.evaluate(&Context {
        values,
        now: TODAY.to_datetime(Time::midnight()),
        world: &PlainWorld,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// What some values do is never said to be impossible.
    #[test]
    fn no_is_never_wrong(
        conditions in prop::collection::vec(random_condition(), 1..4),
        values in prop::collection::vec(random_values(), 12),
    ) {
        let types = scope();
        let compiled: Vec<Expression> = conditions.iter().map(|text| compile(text)).collect();
        for values in &values {
            let mut question = Question::new(&types);
            for condition in &compiled {
                match holds(condition, values) {
                    Value::Boolean(true) => question.is_true(condition, ""),
                    Value::Boolean(false) => question.is_false(condition, ""),
                    _ => question.is_not_true(condition, ""),
                }
            }
            prop_assert_ne!(question.answer(), Answer::No, "{:?} with {:?}", conditions, values);
        }
    }

    /// The values shown do what was asked, where they can be put in.
    #[test]
    fn yes_shows_values(conditions in prop::collection::vec(random_condition(), 1..3)) {
        let types = scope();
        let compiled: Vec<Expression> = conditions.iter().map(|text| compile(text)).collect();
        let all: Vec<&Expression> = compiled.iter().collect();
        let Answer::Yes(witness) = can_hold(&all, &[], &types) else { return Ok(()) };
        if !witness.relations.is_empty() {
            return Ok(());
        }
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        let mut firm = BTreeMap::new();
        for (path, value) in &witness.values {
            match path.strip_prefix("firm.") {
                Some(name) => drop(firm.insert(name.to_owned(), value.clone())),
                None if types.names.contains_key(path) => drop(values.insert(path.clone(), value.clone())),
                None => return Ok(()),
            }
        }
        if values.get("firm") == Some(&Value::Null) {
            // Parts of a group that is not there are not there either; a record
            // of nulls would be there.
            prop_assert!(firm.values().all(|value| *value == Value::Null), "{}", witness);
        } else if !firm.is_empty() {
            values.insert("firm".to_owned(), Value::record(firm));
        }
        // What does not matter may be anything.
        for (name, value) in [("kind", "natural"), ("country", "DE")] {
            values.entry(name.to_owned()).or_insert(Value::text(value));
        }
        for name in ["n", "m"] {
            values.entry(name.to_owned()).or_insert(Value::Number(Decimal::ONE));
        }
        values.entry("ok".to_owned()).or_insert(Value::Boolean(true));
        values.entry("born".to_owned()).or_insert(Value::Date(TODAY));
        for condition in &compiled {
            prop_assert_eq!(holds(condition, &values), Value::Boolean(true), "{:?} with {}", conditions, witness);
        }
    }
}
