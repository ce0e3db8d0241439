//! Whatever the text: no panic, no endless run, no overflow of the stack.

use proptest::prelude::*;

use super::*;

#[test]
fn the_budget_ends_what_would_not_end() {
    for text in [
        "count(for a in 1..1000, b in 1..1000 return a)",
        "count(for a in 1..999999999 return a)",
        "sum(for a in 1..300, b in 1..300, c in 1..300 return 1)",
        "some a in 1..5000, b in 1..5000 satisfies a = b + 10000",
        "count(distinct values(for a in 1..5000 return a))",
    ] {
        check(&[(text, "null")]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(text in "\\PC{0,60}") {
        run(&text);
    }

    #[test]
    fn random_words_of_the_language_never_panic(parts in prop::collection::vec(prop::sample::select(WORDS), 0..24)) {
        run(&parts.join(" "));
        run(&parts.concat());
    }

    #[test]
    fn every_function_takes_many_arguments(
        function in 0..builtins::all().count(),
        args in prop::collection::vec(prop::sample::select(OPERANDS), 3..6),
    ) {
        let name = builtins::all().nth(function).map_or("", |function| function.name);
        run(&format!("{name}({})", args.join(", ")));
    }
}

#[test]
fn functions_and_operators_take_any_operands() {
    let open = Scope {
        open: true,
        ..Scope::default()
    };
    let values = answers();
    let context = Context {
        values: &values,
        now: now(),
        world: &Town,
    };
    let calls = builtins::all()
        .flat_map(|function| ["({})", "({}, {})"].map(|args| format!("{}{args}", function.name)));
    let operators = ["+", "-", "*", "/", "=", "<", "in", "and", "between 1 and"]
        .map(|operator| format!("{{}} {operator} {{}}"));
    // A quarter of all pairs, another one for each shape.
    for (turn, shape) in calls.chain(operators).enumerate() {
        for (row, left) in OPERANDS.iter().enumerate() {
            for right in OPERANDS.iter().skip((turn + row) % 4).step_by(4) {
                let text = shape.replacen("{}", left, 1).replacen("{}", right, 1);
                if let Ok(expression) = Expression::compile(&text, &open) {
                    expression.evaluate(&context);
                }
                if !shape.contains(", ") && shape.ends_with(')') {
                    break;
                }
            }
        }
    }
}

const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "..",
    ".",
    ",",
    "+",
    "-",
    "*",
    "/",
    "=",
    "<=",
    "in",
    "and",
    "or",
    "not(",
    "if",
    "then",
    "else",
    "for",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "null",
    "true",
    "1",
    "2.5",
    "\"a\"",
    "items",
    "owner",
    "legal_form",
    "price",
    "sum(",
    "date(",
    "string length(",
    "years and months duration(",
    "@",
    "?",
    ":",
    "item",
    "x",
    "//",
    "/*",
    "\"",
    "\\u",
    "{",
    "}",
    "ä",
];

const OPERANDS: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "3",
    "2.5",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "\"\"",
    "\"a\"",
    "\"[\"",
    "\"9999-12-31\"",
    "\"P1D\"",
    "[]",
    "[1, 2]",
    "[null, \"a\"]",
    "[1..3]",
    "(< 5)",
    "@\"9999-12-31\"",
    "@\"-9999-01-01\"",
    "@\"999999999-12-31\"",
    "@\"P999999999Y\"",
    "@\"-P99999999999999D\"",
    "@\"10:00:00\"",
    "@\"9999-12-31T23:59:59\"",
    "items",
    "owner",
];

/// Compiles as expression and as cell, with and without types, and evaluates.
fn run(text: &str) {
    let values = answers();
    let context = Context {
        values: &values,
        now: now(),
        world: &Town,
    };
    for scope in [
        scope(),
        Scope {
            open: true,
            ..Scope::default()
        },
    ] {
        match Expression::compile(text, &scope) {
            Ok(expression) => {
                expression.evaluate(&context);
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                for problem in problems {
                    assert!(
                        text.get(problem.start..problem.end).is_some(),
                        "{text:?}: {problem:?}"
                    );
                }
            }
        }
        if let Ok(tests) = UnaryTests::compile(text, &Type::Number, &scope) {
            tests.matches(&Value::Null, &context);
        }
    }
}

#[test]
fn deep_and_long_texts_are_refused_not_fatal() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(5000), close.repeat(5000));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("-", ""),
        deep("not(", ")"),
        deep("if true then ", " else 1"),
        deep("1 in (", ")"),
        deep("1+", ""),
        deep("1 = ", ""),
        deep("for i in [1] return ", ""),
        format!("1{}", ".a".repeat(5000)),
        format!("1{}", "[1]".repeat(5000)),
        "(".repeat(19_000),
        "\"".to_owned() + &"a".repeat(30_000),
        "[".repeat(19_000),
        "]".repeat(19_000),
        "a in (".repeat(3_000),
    ] {
        let problems = Expression::compile(
            &text,
            &Scope {
                open: true,
                ..Scope::default()
            },
        );
        let problems = problems.map(|_| ()).unwrap_err();
        assert!(
            matches!(
                problems[0].code,
                "feel-too-deep" | "feel-too-long" | "feel-syntax"
            ),
            "{problems:?}"
        );
    }
    // What is allowed must also run.
    for text in [
        format!("{}1{}", "(".repeat(25), ")".repeat(25)),
        vec!["quantity = 1"; 500].join(" or "),
    ] {
        let expression = Expression::compile(&text, &scope());
        assert!(expression.is_ok(), "{expression:?}");
        run(&text);
    }
}
