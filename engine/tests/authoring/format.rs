//! The formatter never changes what a file means, is content with what it
//! wrote, and keeps comments.

use std::sync::LazyLock;

use engine::authoring::format::{format, same, yaml};
use engine::authoring::language::FileKind;
use engine::check::scenario::{Coverage, Stage, record, run};
use engine::definitions::Definitions;
use engine::source::{FileId, Report, SourceFile};
use proptest::prelude::*;

use crate::corpus;

fn formatted(file: &SourceFile) -> String {
    let mut report = Report::default();
    let text = format(FileId(0), file, &mut report);
    text.unwrap_or_else(|| panic!("{}: {:?}", file.path, report.diagnostics))
}

/// The comments of a text, in order of their words.
fn comments(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text
        .lines()
        .filter(|line| line.trim_start().starts_with('#'))
        .map(|line| line.trim().to_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn every_definition_keeps_its_meaning_and_its_comments() {
    for file in corpus::all() {
        let once = formatted(&file);
        let again = formatted(&SourceFile {
            text: once.clone(),
            ..file.clone()
        });
        assert_eq!(once, again, "{}", file.path);
        if file.path.ends_with(".yaml") {
            assert!(
                same(&corpus::node(&file.text), &corpus::node(&once)),
                "{}",
                file.path
            );
            assert_eq!(comments(&file.text), comments(&once), "{}", file.path);
        }
        assert!(
            !once.lines().any(|line| line.ends_with(' ')),
            "{}",
            file.path
        );
    }
}

#[test]
fn a_form_gets_its_canonical_form() {
    let wild = "# The form.\n\n\nversion:   1 # first\nschalter: form/1\r\ntitle:\n    en: English\n    de: \"Deutsch\"\n\n\n\n# The id.\nid: x\nprivacy: {retention: P1Y,basis: Art. 6, purpose: {de: Zweck und Ziel?, en: Purpose}}\npages:\n- title: {de: Eins}\n  # About the fields.\n  fields:\n  - {label: {de: 'Wie heißen Sie?', en: \"What is your name, and why is this text so very long that it cannot stay in one line?\"}, id: name, type: text} # later\n  id: one\n\n\n  # The end of the first page.\n- id: two\n  visible: >-\n      a = 1\n        and b\n\n  fields: []\n# The end.\n";
    let mut report = Report::default();
    let kind = FileKind::named("form");
    let text = yaml(FileId(0), kind, wild, &mut report).unwrap();
    let wanted = "# The form.\n\nschalter: form/1\n\n# The id.\nid: x\nversion: 1 # first\ntitle: { de: \"Deutsch\", en: English }\nprivacy: { purpose: { de: \"Zweck und Ziel?\", en: Purpose }, basis: Art. 6, retention: P1Y }\npages:\n  - id: one\n    title: { de: Eins }\n    # About the fields.\n    fields:\n      # later\n      - id: name\n        type: text\n        label:\n          de: 'Wie heißen Sie?'\n          en: \"What is your name, and why is this text so very long that it cannot stay in one line?\"\n\n    # The end of the first page.\n  - id: two\n    visible: >-\n      a = 1\n        and b\n\n    fields: []\n# The end.\n";
    assert_eq!(text, wanted, "\n{text}");
}

#[test]
fn recorded_scenarios_are_canonical() {
    let definitions = Definitions::load(corpus::shipped()).definitions.unwrap();
    let service = &definitions.services["map-product-order"];
    let stage = Stage::new(service, &definitions.departments);
    let mut scenarios = (*definitions.scenarios["map-product-order"]).clone();
    scenarios.list.truncate(3);
    let play = |one| run(&stage, one, &mut Coverage::default());
    let outcomes: Vec<_> = scenarios.list.iter().map(play).collect();
    let file = SourceFile {
        path: "forms/map-product-order/scenarios.yaml".to_owned(),
        text: record(&scenarios, &outcomes, service),
    };
    let long = |line: &str| line.starts_with("      hidden: [") && line.ends_with(',');
    assert!(file.text.lines().any(long), "{}", file.text);
    assert_eq!(formatted(&file), file.text);
}

#[test]
fn scenarios_written_by_hand_get_their_canonical_form() {
    let wild = "scenarios:\n\n- id: first\n  steps:\n  - {do: take, as: clerk/anna, expect: {mails: [ {received: [receipt]} ], public: Ein Satz der so lang ist dass alles zusammen nicht in eine Zeile passt}}\n  expect: {hidden: [one_long_name.of_a_question, two_long_name.of_a_question, three_long_name.of_a_question, four_long_name], pages: [ one ]} # all\nschalter: scenarios/1\n";
    let mut report = Report::default();
    let kind = FileKind::named("scenarios");
    let text = yaml(FileId(0), kind, wild, &mut report).unwrap();
    let wanted = "schalter: scenarios/1\nscenarios:\n\n  - id: first\n    expect: # all\n      pages: [one]\n      hidden: [one_long_name.of_a_question, two_long_name.of_a_question, three_long_name.of_a_question,\n        four_long_name]\n    steps:\n      - as: clerk/anna\n        do: take\n        expect:\n          public: Ein Satz der so lang ist dass alles zusammen nicht in eine Zeile passt\n          mails: [{ received: [receipt] }]\n";
    assert_eq!(text, wanted, "\n{text}");
}

#[test]
fn a_broken_file_is_left_alone() {
    let file = SourceFile {
        path: "forms/x/form.yaml".to_owned(),
        text: "id: [x\n".to_owned(),
    };
    let mut report = Report::default();
    assert_eq!(format(FileId(0), &file, &mut report), None);
    assert_eq!(report.diagnostics[0].code, "yaml-syntax");
}

#[test]
fn letters_lose_blanks_at_the_ends_of_lines_only() {
    let file = SourceFile {
        path: "workflows/letters/x.de.hbs".to_owned(),
        text: "subject: A  \r\n---\n  text {{a}}\t\n\n\n".to_owned(),
    };
    assert_eq!(formatted(&file), "subject: A\n---\n  text {{a}}\n");
}

/// A text with comments, blank lines and other layouts put in at places.
fn mutated(text: &str, at: &[(prop::sample::Index, u8)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (place, what) in at {
        let line = place.index(lines.len());
        let indent = lines[line].len() - lines[line].trim_start().len();
        match what % 6 {
            0 => lines.insert(line, format!("{}# a comment", " ".repeat(indent))),
            1 => lines.insert(line, String::new()),
            2 => lines[line].push_str(" # behind"),
            3 => lines[line] = lines[line].replace("{ ", "{").replace(", ", ",   "),
            4 => lines.insert(line, format!("{}# out of place", " ".repeat(indent / 2))),
            _ => lines[line] = lines[line].replacen(", ", ",\n", 1),
        }
    }
    lines.join("\n")
}

/// Files small enough to be formatted many times.
static SMALL: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let mut files = corpus::all();
    files.retain(|file| file.path.ends_with(".yaml") && file.text.len() < 30_000);
    files
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_keep_their_meaning(
        file in 0..1000usize,
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let file = &SMALL[file % SMALL.len()];
        let text = mutated(&file.text, &at);
        let mut report = Report::default();
        let before = engine::source::read_yaml(FileId(0), &text, &mut report);
        let kind = FileKind::of_path(&file.path);
        let once = yaml(FileId(0), kind, &text, &mut Report::default());
        if let (Some(before), true) = (before, report.is_usable()) {
            let once = once.expect("what can be read can be formatted");
            prop_assert!(same(&before, &corpus::node(&once)));
            let again = yaml(FileId(0), kind, &once, &mut Report::default());
            prop_assert_eq!(Some(&once), again.as_ref());
        } else {
            prop_assert!(once.is_none());
        }
    }

    #[test]
    fn any_text_is_formatted_or_left_alone(text in "[ -~äß\n:{}\\[\\]#'\"|>-]{0,80}") {
        if let Some(once) = yaml(FileId(0), None, &text, &mut Report::default()) {
            let again = yaml(FileId(0), None, &once, &mut Report::default());
            prop_assert_eq!(Some(&once), again.as_ref());
        }
    }
}
