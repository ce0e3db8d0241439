//! Whatever the bytes of a definition: diagnostics, never a panic, a hang or
//! unbounded memory. Files that are known to be nasty, and mutations of the
//! shipped definitions, byte by byte and line by line.
//!
//! `SCHALTER_FUZZ_SECONDS` says how long mutations are tried (40 without it),
//! `SCHALTER_FUZZ_SEED` where they begin. A failure prints the file.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(
    clippy::print_stdout,
    reason = "a failure can be made again from what is shown"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use engine::definitions::Definitions;
use engine::feel::{Context, Expression, PlainWorld, Scope, Type, UnaryTests};
use engine::source::{Severity, SourceFile};
use jiff::civil::date;

/// Longest time one set of files may take.
const PATIENCE: Duration = Duration::from_secs(120);

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn files(root: &Path) -> Vec<SourceFile> {
    fn walk(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
        for entry in at.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(SourceFile {
                    path: name.replace('\\', "/"),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let mut files = Vec::new();
    walk(root, root, &mut files);
    files
}

fn town() -> Vec<SourceFile> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/town"))
}

/// Each shipped service with the files it is made of.
fn shipped() -> Vec<Vec<SourceFile>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        all.extend(files(&root.join(part)).into_iter().map(|file| SourceFile {
            path: format!("{part}/{}", file.path),
            ..file
        }));
    }
    let definitions = Definitions::load(all).definitions.unwrap();
    let services = definitions.services.values();
    services.map(|service| service.bundle.clone()).collect()
}

/// Loads, shows everything that was found, and says whether there was an error.
#[expect(clippy::disallowed_methods, reason = "a test has a clock")]
fn load(files: Vec<SourceFile>) -> bool {
    let start = Instant::now();
    let loaded = Definitions::load(files);
    let shown = loaded.report.render(&loaded.sources);
    let took = start.elapsed();
    assert!(took < PATIENCE, "it took {took:?}");
    assert!(
        shown.len() < 4 << 20,
        "the report has {} bytes",
        shown.len()
    );
    assert!(loaded.definitions.is_some() || loaded.report.count(Severity::Error) > 0);
    loaded.report.count(Severity::Error) > 0
}

fn with(path: &str, text: String) -> Vec<SourceFile> {
    let mut files = town();
    files.retain(|file| file.path != path);
    files.push(SourceFile {
        path: path.to_owned(),
        text,
    });
    files
}

const FORM: &str = "forms/everything/form.yaml";

fn form() -> String {
    let files = town();
    let form = files.into_iter().find(|file| file.path == FORM);
    form.unwrap().text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has a clock")]
fn nasty_files_are_refused() {
    let field = |condition: &str| {
        form().replacen(
            "pages:\n",
            &format!("pages:\n  - id: nasty\n    title: {{ de: x, en: x }}\n    visible: >-\n      {condition}\n    fields: [ {{ id: nasty, type: text, label: {{ de: x, en: x }} }} ]\n"),
            1,
        )
    };
    let bomb: String = (1..30)
        .map(|n| format!("a{n}: &a{n} [*a{m},*a{m},*a{m},*a{m}]\n", m = n - 1))
        .collect();
    let steps = |n: usize| {
        (0..n)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect::<String>()
    };
    let many_fields: String = (0..20_000)
        .map(|n| format!("      - {{ id: f{n}, type: text, label: {{ de: x }} }}\n"))
        .collect();
    let form_of = |fields: &str| {
        format!(
            "schalter: form/1\nid: everything\nversion: 1\npages:\n  - id: one\n    title: {{ de: x }}\n    fields:\n{fields}"
        )
    };
    let cases: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("alias bomb", format!("a0: &a0 [x]\n{bomb}")),
        ("flow nesting", "[".repeat(100_000)),
        ("flow maps", "{a: ".repeat(50_000)),
        ("block nesting", steps(2_000)),
        ("list nesting", "- ".repeat(20_000)),
        ("large file", format!("a: {}", "x".repeat(10 << 20))),
        (
            "large scalar",
            format!("schalter: form/1\nid: {}", "x".repeat(3 << 20)),
        ),
        ("large expression", field(&"x ".repeat(1 << 20))),
        ("long chain", field(&"true or ".repeat(200_000))),
        ("open brackets", field(&"(".repeat(200_000))),
        ("open lists", field(&"[".repeat(200_000))),
        ("many nots", field(&"not ".repeat(100_000))),
        ("many minus", field(&"-".repeat(100_000))),
        ("many ifs", field(&"if true then ".repeat(50_000))),
        (
            "many unknown names",
            field(&(0..1500).map(|n| format!("n{n} or ")).collect::<String>()),
        ),
        (
            "many keys",
            (0..50_000).map(|n| format!("k{n}: 1\n")).collect(),
        ),
        ("same keys", "k: 1\n".repeat(20_000)),
        ("many fields", form_of(&many_fields)),
        ("nulls", "\0\0\0\0".to_owned()),
        ("tabs", form().replace("  ", "\t")),
        ("only a mark", "\u{feff}".to_owned()),
        ("no text", SourceFile::decode(vec![0xff, 0xfe, 0x00, 0x80])),
        (
            "latin 1",
            SourceFile::decode(
                form()
                    .replace('ü', "?")
                    .into_bytes()
                    .iter()
                    .map(|b| if *b == b'?' { 0xfc } else { *b })
                    .collect(),
            ),
        ),
    ];
    for (name, text) in cases {
        for path in [
            FORM,
            "workflows/simple.yaml",
            "forms/fees/everything.yaml",
            "catalogue/departments.yaml",
        ] {
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| load(with(path, text.clone()))));
            if start.elapsed() > Duration::from_secs(1) {
                println!("{name} as {path}: {:?}", start.elapsed());
            }
            assert!(matches!(result, Ok(true)), "{name} as {path}: {result:?}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let mut bytes = b"schalter: form/1\nid: gr".to_vec();
    bytes.extend([0xfc, b'n', b'\n']);
    let loaded = Definitions::load(with(FORM, SourceFile::decode(bytes)));
    let found = loaded
        .report
        .diagnostics
        .iter()
        .find(|d| d.code == "not-utf-8")
        .unwrap();
    assert_eq!(found.span.start, 23);
    assert!(found.message.contains("byte 24"), "{}", found.message);
}

#[test]
fn what_is_too_much_is_told() {
    let states: String = (0..250)
        .map(|n| format!("  s{n}: {{ nonsense: {n} }}\n"))
        .collect();
    let states = format!("schalter: workflow/1\nid: simple\nversion: 1\nstates:\n{states}");
    let entries: String = (0..101)
        .map(|n| format!("          - {{ use: many.inner, id: e{n} }}\n"))
        .collect();
    let library = format!(
        "schalter: library/1\nid: many\ngroups:\n  inner:\n    title: {{ de: Innen, en: Inner }}\n    fields:\n{}  outer:\n    title: {{ de: Außen, en: Outer }}\n    fields:\n{entries}",
        (0..100)
            .map(|n| format!(
                "      - {{ id: f{n}, type: text, label: {{ de: Feld {n}, en: Field {n} }} }}\n"
            ))
            .collect::<String>(),
    );
    let form = form().replacen(
        "    fields:\n",
        "    fields:\n      - { use: many.outer, id: outer }\n",
        1,
    );
    let mut files = with(FORM, form);
    files.push(SourceFile {
        path: "forms/lib/many.yaml".to_owned(),
        text: library,
    });
    for (code, times, files) in [
        (
            "too-many-findings",
            1,
            with("workflows/simple.yaml", states),
        ),
        // The library and the form that uses it.
        ("too-many-fields", 2, files),
    ] {
        let report = Definitions::load(files).report;
        let found = report.diagnostics.iter().filter(|found| found.code == code);
        assert_eq!(found.count(), times, "{code}");
    }
}

#[test]
fn marks_and_line_ends_of_windows_are_fine() {
    for change in [
        |text: &str| format!("\u{feff}{text}"),
        |text: &str| text.replace('\n', "\r\n"),
    ] {
        let mut files = town();
        for file in &mut files {
            if file.path.ends_with(".yaml") {
                file.text = change(&file.text);
            }
        }
        let loaded = Definitions::load(files);
        assert!(
            loaded.report.is_usable(),
            "{}",
            loaded.report.render(&loaded.sources)
        );
    }
}

#[test]
fn libraries_that_use_each_other_end() {
    let group = |other: &str| {
        format!(
            "schalter: library/1\nid: {{}}\ngroups:\n  full:\n    title: {{ de: x, en: x }}\n    fields: [ {{ id: a, use: {other}.full }}, {{ id: b, use: {other}.full }} ]\n"
        )
    };
    let mut files = with("forms/lib/one.yaml", group("two").replace("{}", "one"));
    files.push(SourceFile {
        path: "forms/lib/two.yaml".to_owned(),
        text: group("one").replace("{}", "two"),
    });
    assert!(load(files));
    // Doubling at every step: 2^24 fields if nobody counts.
    let mut files = town();
    for n in 0..24 {
        files.push(SourceFile {
            path: format!("forms/lib/step{n}.yaml"),
            text: group(&format!("step{}", n + 1)).replace("{}", &format!("step{n}")),
        });
    }
    files.push(SourceFile {
        path: "forms/lib/step24.yaml".to_owned(),
        text: "schalter: library/1\nid: step24\ngroups:\n  full:\n    title: { de: x, en: x }\n    fields: [ { id: a, type: text, label: { de: x, en: x } } ]\n".to_owned(),
    });
    assert!(load(files));
}

// Mutations ---------------------------------------------------------------------

/// A small generator of numbers, so that a seed gives the same run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

const SNIPPETS: &[&str] = &[
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\t",
    "\r\n",
    "\u{feff}",
    "&a ",
    "*a",
    "!!str ",
    "'",
    "\"",
    "\0",
    "null",
    "~",
    "true",
    "#",
    "|",
    ">-",
    "%",
    "@",
    "`",
    "?",
    ",",
    "99999999999999999999999999999999",
    "-1",
    "0.1",
    "1e999",
    "2026-02-30",
    "9999-12-31",
    "today()",
    "duration(\"P9999Y\")",
    " or ",
    " and ",
    "not(",
    "(",
    ")",
    "((((((((((((",
    "[[[[[[[[",
    "in (",
    "..",
    "every x in ",
    "{{#each ",
    "{{",
    "}}",
    "ä",
    "\u{202e}",
    "yes",
    "use: person.full",
    "visible: ",
    "type: list",
    "id: ",
    "  ",
];

fn mutate_bytes(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len());
        let end = (at + dice.roll(40)).min(bytes.len());
        match dice.roll(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.roll(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => bytes.truncate(at),
            4 => {
                let byte = u8::try_from(dice.roll(256)).unwrap();
                bytes.insert(at, byte);
            }
            _ => {
                let snippet = dice.one(SNIPPETS).repeat(1 + dice.roll(3));
                bytes.splice(at..at, snippet.into_bytes());
            }
        }
    }
    bytes
}

fn mutate_lines(text: &str, other: &str, dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let others: Vec<&str> = other.lines().collect();
    for _ in 0..=dice.roll(3) {
        if lines.is_empty() {
            break;
        }
        let at = dice.roll(lines.len());
        let to = dice.roll(lines.len());
        match dice.roll(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(to, lines[at].clone()),
            2 => lines.swap(at, to),
            3 => lines[at].insert_str(0, "  "),
            4 => lines[at] = lines[at].trim_start().to_owned(),
            5 => lines.insert(at, (*dice.one(&others)).to_owned()),
            // The value of one key under another.
            6 => {
                let value = lines[to]
                    .split_once(": ")
                    .map(|(_, value)| value.to_owned());
                let key = lines[at].split_once(": ").map(|(key, _)| key.to_owned());
                if let (Some(key), Some(value)) = (key, value) {
                    lines[at] = format!("{key}: {value}");
                }
            }
            _ => {
                if let Some((key, _)) = lines[at].split_once(": ") {
                    lines[at] = format!("{key}: {}", dice.one(SNIPPETS));
                }
            }
        }
    }
    lines.join("\n").into_bytes()
}

/// Rules, cells and texts found in a file, for the rule language alone.
fn rules(text: &str) -> Vec<String> {
    let value = |line: &str| {
        let (_, value) = line.split_once(": ")?;
        Some(value.trim_matches(['\'', '"', ' ']).to_owned())
    };
    text.lines()
        .filter_map(value)
        .filter(|value| value.len() > 3)
        .collect()
}

fn try_rule(text: &str) {
    let open = Scope {
        open: true,
        ..Scope::default()
    };
    let values = std::collections::BTreeMap::new();
    let context = Context {
        values: &values,
        now: date(2026, 6, 15).at(12, 0, 0, 0),
        world: &PlainWorld,
    };
    if let Ok(rule) = Expression::compile(text, &open) {
        rule.evaluate(&context);
        let answer = engine::feel::solve::can_hold(&[&rule], &[], &open);
        let opposite = engine::feel::solve::can_hold(&[], &[&rule], &open);
        assert!(
            !(answer.is_no() && opposite.is_no()),
            "neither true nor not: {text}"
        );
    }
    drop(UnaryTests::compile(text, &Type::Number, &open));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has a clock and settings")]
fn mutated_definitions() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seconds = number("SCHALTER_FUZZ_SECONDS").unwrap_or(40);
    let seed: u64 = number("SCHALTER_FUZZ_SEED").unwrap_or(20_261_124);
    let mut dice = Dice(seed.max(1));
    let mut sets = shipped();
    // The small town more often, since it is quick.
    sets.extend([town(), town(), town(), town()]);
    let start = Instant::now();
    let mut runs = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        let files = dice.one(&sets).clone();
        let at = dice.roll(files.len());
        let other = dice.roll(files.len());
        let bytes = if dice.roll(2) == 0 {
            mutate_bytes(&files[at].text, &mut dice)
        } else {
            mutate_lines(&files[at].text, &files[other].text, &mut dice)
        };
        let rule = rules(&files[at].text);
        let rule = (!rule.is_empty()).then(|| dice.one(&rule).clone());
        let rule =
            rule.map(|rule| String::from_utf8_lossy(&mutate_bytes(&rule, &mut dice)).into_owned());
        let path = files[at].path.clone();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut files = files.clone();
            files[at].text = SourceFile::decode(bytes.clone());
            load(files);
            if let Some(rule) = &rule {
                try_rule(rule);
            }
        }));
        assert!(
            result.is_ok(),
            "run {runs} of seed {seed}, {path}, rule {rule:?}:\n{}",
            String::from_utf8_lossy(&bytes)
        );
        runs += 1;
    }
    assert!(runs > 20, "only {runs} runs");
    println!("{runs} mutations in {seconds} seconds, seed {seed}");
}
