//! Decision tables from their files.

use super::super::table::{Output, TableError, decode};
use super::*;
use crate::source::{FileId, Report, Severity, SourceFile, Sources, read_yaml};

const HEAD: &str = "schalter: decision/1\nid: fees\ntitle: { de: Gebühren, en: Fees }\n";

fn read(body: &str) -> (Option<DecisionTable>, Report, String) {
    let text = format!("{HEAD}{body}");
    let mut report = Report::default();
    let node = read_yaml(FileId(0), &text, &mut report);
    let table = node.and_then(|node| decode(&node, &mut report));
    (table, report, text)
}

fn good(body: &str) -> DecisionTable {
    let (table, report, text) = read(body);
    let sources = Sources::new(vec![SourceFile {
        path: "fees.yaml".to_owned(),
        text,
    }]);
    table.unwrap_or_else(|| panic!("{}", report.render(&sources)))
}

fn decide(table: &DecisionTable, inputs: &[(&str, &str)]) -> Result<Value, TableError> {
    let inputs = inputs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), value_in(text, &scope())))
        .collect();
    table.evaluate(&inputs, now(), &Town)
}

const FEES: &str = r#"basis: Tarifstelle 12
hit_policy: unique
inputs:
  - { name: group, type: choice, options: [natural, partnership, legal] }
  - { name: further, type: integer }
output: money
rules:
  - { when: { group: '"natural", "partnership"' }, then: 26.00, label: { de: Person } }
  - { when: { group: '"legal"', further: '<= 0' }, then: 33 }
  - { when: { group: '"legal"', further: '> 0' }, then: 33.00 + 13.00 * further }
examples:
  - { given: { group: legal, further: 2 }, expect: 59.00 }
"#;

#[test]
fn unique() {
    let table = good(FEES);
    assert_eq!(
        decide(&table, &[("group", "\"natural\"")]),
        Ok(value_in("26.00", &scope()))
    );
    assert_eq!(
        decide(&table, &[("group", "\"legal\""), ("further", "0")]).map(|v| v.to_json()),
        Ok(33.into())
    );
    let decided = decide(&table, &[("group", "\"legal\""), ("further", "3")]);
    assert_eq!(
        decided.map(|v| operators::to_text(&v)),
        Ok(Some("72.00".to_owned()))
    );
    assert_eq!(table.output, Output::Money);
    assert_eq!(table.inputs().len(), 2);
    assert_eq!(
        table.rules()[0]
            .label
            .as_ref()
            .map(|label| label.de.as_str()),
        Some("Person")
    );
}

#[test]
fn no_result_says_why() {
    let table = good(FEES);
    for (inputs, message) in [
        (
            &[("group", "\"legal\"")][..],
            "no rule of table `fees` fits group = legal, further = null; add one",
        ),
        (
            &[("group", "\"lgal\"")],
            "table `fees` needs one of natural, partnership, legal for its input `group`, but got lgal",
        ),
        (
            &[("group", "\"legal\""), ("further", "1.5")],
            "needs a whole number for its input `further`, but got 1.5",
        ),
        (
            &[("group", "\"legal\""), ("further", "true")],
            "needs a whole number for its input `further`",
        ),
    ] {
        let error = decide(&table, inputs).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let table =
        good("inputs: [ { name: n, type: number } ]\noutput: money\nrules: [ { then: n / 8 } ]\n");
    assert!(matches!(
        decide(&table, &[("n", "1")]),
        Err(TableError::BadResult { rule: 1, .. })
    ));
    assert_eq!(
        decide(&table, &[("n", "2")]),
        Ok(value_in("0.25", &scope()))
    );
}

#[test]
fn first_and_sum() {
    let body = |policy: &str| {
        format!(
            "hit_policy: {policy}\ninputs: [ {{ name: n, type: number }} ]\noutput: number\nrules:\n  \
             - {{ when: {{ n: '> 10' }}, then: 1 }}\n  - {{ when: {{ n: '> 5' }}, then: 2 }}\n  - {{ when: {{ n: '> 0' }}, then: 4 }}\n"
        )
    };
    let (first, sum) = (good(&body("first")), good(&body("collect sum")));
    for (n, of_first, of_sum) in [("20", "1", "7"), ("6", "2", "6"), ("1", "4", "4")] {
        assert_eq!(
            decide(&first, &[("n", n)]),
            Ok(value_in(of_first, &scope()))
        );
        assert_eq!(decide(&sum, &[("n", n)]), Ok(value_in(of_sum, &scope())));
    }
    assert_eq!(decide(&sum, &[("n", "0")]), Ok(value_in("0", &scope())));
    assert!(matches!(
        decide(&first, &[("n", "0")]),
        Err(TableError::NoRule { .. })
    ));
}

#[test]
fn validity() {
    let table = good(
        "output: money\nvalid_to: 2026-12-31\nrules:\n  - { then: 20.00, valid_to: 2026-02-28 }\n  - { then: 25.00, valid_from: 2026-03-01 }\nexamples:\n  - { expect: 25.00 }\n  - { on: 2026-02-28, expect: 20.00 }\n",
    );
    let at = |day: DateTime| table.evaluate(&BTreeMap::new(), day, &Town);
    assert_eq!(
        at(date(2026, 2, 28).at(23, 59, 0, 0)),
        Ok(value_in("20.00", &scope()))
    );
    assert_eq!(
        at(date(2026, 3, 1).at(0, 0, 0, 0)),
        Ok(value_in("25.00", &scope()))
    );
    assert!(matches!(
        at(date(2027, 1, 1).at(0, 0, 0, 0)),
        Err(TableError::NotInForce { .. })
    ));
}

/// Each file has this finding, marking this text.
#[test]
fn findings() {
    let numbers = "inputs: [ { name: n, type: number } ]\noutput: number\n";
    for (body, code, severity, marked) in [
        (
            FEES.replace("expect: 59.00", "expect: 60.00"),
            "table-example",
            Severity::Error,
            "60.00",
        ),
        (
            FEES.replace("'\"legal\"', further: '> 0'", "'\"lgal\"', further: '> 0'"),
            "feel-unknown-option",
            Severity::Error,
            "\"lgal\"",
        ),
        (
            FEES.replace("13.00 * further", "13.00 * furthr"),
            "feel-unknown-name",
            Severity::Error,
            "furthr",
        ),
        (
            FEES.replace("then: 26.00", "then: '\"26\"'"),
            "feel-type",
            Severity::Error,
            "\"26\"",
        ),
        (
            FEES.replace("further: '> 0'", "furthr: '> 0'"),
            "unknown-input",
            Severity::Error,
            "furthr",
        ),
        (
            FEES.replace("hit_policy: unique", "hit_policy: uniqe"),
            "wrong-value",
            Severity::Error,
            "uniqe",
        ),
        (
            FEES.replace("hit_policy", "hit_polcy"),
            "unknown-key",
            Severity::Error,
            "hit_polcy",
        ),
        (
            FEES.replace("'> 0'", "'>= 0'"),
            "table-overlap",
            Severity::Error,
            "",
        ),
        (
            FEES.replace("'> 0'", "'> 1'"),
            "table-gap",
            Severity::Warning,
            "",
        ),
        // Formulas over other inputs are understood where they are the same.
        (
            "inputs: [ { name: a, type: number }, { name: b, type: number } ]\noutput: number\nrules: [ { when: { a: '< b' }, then: 1 }, { when: { a: '> b' }, then: 2 } ]\n".to_owned(),
            "table-gap",
            Severity::Warning,
            "",
        ),
        (
            "inputs: [ { name: a, type: number }, { name: b, type: number } ]\noutput: number\nrules: [ { when: { a: '<= b' }, then: 1 }, { when: { a: '>= b' }, then: 2 } ]\n".to_owned(),
            "table-overlap",
            Severity::Error,
            "",
        ),
        (
            format!("{numbers}hit_policy: first\nrules: [ {{ when: {{ n: '> 10' }}, then: 1 }}, {{ when: {{ n: '[20..30]' }}, then: 2 }}, {{ then: 3 }} ]\n"),
            "table-dead-rule",
            Severity::Warning,
            "",
        ),
        (
            format!("{numbers}rules: [ {{ when: {{ n: '> 10' }}, then: 1 }}, {{ when: {{ n: '? > 5 and ? < 4' }}, then: 2 }}, {{ when: {{ n: '<= 10' }}, then: 3 }} ]\n"),
            "table-dead-rule",
            Severity::Warning,
            "",
        ),
        (
            format!("{numbers}valid_from: 2026-01-01\nrules: [ {{ then: 1 }}, {{ when: {{ n: '99' }}, then: 2, valid_to: 2025-06-30 }} ]\n"),
            "table-dead-rule",
            Severity::Warning,
            "",
        ),
        (
            format!("{numbers}rules: [ {{ then: 1, valid_to: 2026-02-28 }}, {{ then: 2, valid_from: 2026-03-02 }} ]\n"),
            "table-gap-in-time",
            Severity::Warning,
            "",
        ),
        (
            format!("{numbers}rules: [ {{ then: 1, valid_to: 2026-02-28 }} ]\n"),
            "table-gap-in-time",
            Severity::Warning,
            "",
        ),
        (
            format!("{numbers}rules: [ {{ when: {{ n: '> 10' }}, then: 1 }} ]\n"),
            "table-gap",
            Severity::Warning,
            "",
        ),
        (
            format!(
                "{numbers}rules: [ {{ when: {{ n: '> 10' }}, then: 1, valid_from: 2026-02-30 }} ]\n"
            ),
            "wrong-shape",
            Severity::Error,
            "2026-02-30",
        ),
        (
            format!(
                "{numbers}rules: [ {{ then: 1 }} ]\nexamples: [ {{ given: {{ m: 1 }}, expect: 1 }} ]\n"
            ),
            "unknown-input",
            Severity::Error,
            "m",
        ),
        (
            "inputs: [ { name: n, type: choice } ]\noutput: number\nrules: []\n".to_owned(),
            "missing-key",
            Severity::Error,
            "",
        ),
        (
            "output: number\n".to_owned(),
            "missing-key",
            Severity::Error,
            "",
        ),
    ] {
        let (table, report, text) = read(&body);
        let found = report
            .diagnostics
            .iter()
            .find(|d| d.code == code)
            .unwrap_or_else(|| panic!("{code}: {report:#?}"));
        assert_eq!(found.severity, severity, "{code}");
        assert_eq!(
            table.is_none(),
            severity == Severity::Error,
            "{code}: {report:#?}"
        );
        let slice = &text[found.span.start as usize..found.span.end as usize];
        assert!(
            slice.contains(marked) && (marked.is_empty() || slice.len() <= marked.len() + 2),
            "{code}: {slice}"
        );
    }
}

#[test]
fn a_table_of_all_options_has_no_gap() {
    let (_, report, _) = read(FEES);
    assert!(report.diagnostics.is_empty(), "{report:#?}");
}

/// The words of findings that show inputs.
#[test]
fn findings_show_inputs() {
    let numbers = "inputs: [ { name: n, type: integer }, { name: k, type: choice, options: [a, b] } ]\noutput: number\n";
    for (rules, message) in [
        (
            "rules: [ { when: { n: '> 1' }, then: 1 }, { when: { n: '< 1' }, then: 2 }, { when: { n: 1, k: '\"a\"' }, then: 3 } ]\n",
            "no rule fits k = \"b\", n = 1",
        ),
        (
            "rules: [ { when: { n: '> 1' }, then: 1 }, { when: { n: '<= 2' }, then: 2 } ]\n",
            "the rules 1 and 2 both fit n = 2",
        ),
        (
            "rules: [ { when: { k: '\"a\"' }, then: 1 }, { when: { k: '\"b\"' }, then: 2, valid_to: 2026-02-28 }, { when: { k: '\"b\"' }, then: 3, valid_from: 2026-03-02 } ]\n",
            "from 2026-03-01 on until 2026-03-02 no rule fits k = \"b\", which rule 2 did before",
        ),
        (
            "hit_policy: first\nrules: [ { when: { n: '> 1' }, then: 1 }, { when: { n: '<= 1' }, then: 2 }, { when: { k: '\"a\"' }, then: 3 } ]\n",
            "the rule 3 never counts: whatever it fits, an earlier rule fits too",
        ),
    ] {
        let (_, report, _) = read(&format!("{numbers}{rules}"));
        let messages: Vec<&str> = report
            .diagnostics
            .iter()
            .map(|d| d.message.as_str())
            .collect();
        assert_eq!(messages, [message], "{rules}");
    }
}
