//! `schalter lsp` as an editor talks with it: frames in, frames out.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::few::copy_town;

/// Longest time an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const FORM: &str = "forms/vhs-course-registration/form.yaml";

struct Editor {
    child: Child,
    incoming: Receiver<Value>,
    folder: tempfile::TempDir,
    asked: u64,
    /// Diagnostics by the end of the address.
    shown: Vec<(String, Value)>,
}

impl Editor {
    /// An editor on a copy of the shipped definitions.
    fn start() -> Editor {
        let folder = tempfile::tempdir().unwrap();
        copy_town(folder.path());
        let mut child = Command::new(env!("CARGO_BIN_EXE_schalter"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (tell, incoming) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut out) {
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Editor {
            child,
            incoming,
            folder,
            asked: 0,
            shown: Vec::new(),
        };
        let root = format!("file://{}", editor.folder.path().display());
        let answer = editor.ask("initialize", json!({ "rootUri": root, "capabilities": {} }));
        assert_eq!(answer["result"]["serverInfo"]["name"], "schalter");
        editor.tell("initialized", json!({}));
        editor
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.folder.path().display())
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(path)).unwrap()
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.raw(frame.as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.next();
            if message["id"] == json!(id) {
                return message;
            }
        }
    }

    fn next(&mut self) -> Value {
        let message = self
            .incoming
            .recv_timeout(PATIENCE)
            .expect("an answer in time");
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().unwrap().to_owned();
            self.shown
                .push((uri, message["params"]["diagnostics"].clone()));
        }
        message
    }

    fn open(&mut self, path: &str, text: &str) {
        let document =
            json!({ "uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, path: &str, changes: Value) {
        let document = json!({ "uri": self.uri(path), "version": 2 });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// A request about the `|` in a piece of a text.
    fn at(&mut self, method: &str, path: &str, text: &str, marked: &str, more: Value) -> Value {
        let mut params = more;
        params["textDocument"] = json!({ "uri": self.uri(path) });
        params["position"] = position(text, marked);
        self.ask(method, params)["result"].clone()
    }

    fn labels(&mut self, path: &str, text: &str, marked: &str) -> Vec<String> {
        let found = self.at("textDocument/completion", path, text, marked, json!({}));
        let items = found["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until diagnostics of a file fit.
    fn wait_for(&mut self, path: &str, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let uri = self.uri(path);
        loop {
            let last = self.shown.iter().rev().find(|(known, _)| *known == uri);
            if let Some(found) = last.and_then(|(_, found)| found.as_array())
                && fits(found)
            {
                return found.clone();
            }
            self.next();
        }
    }

    fn stop(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().unwrap().success());
    }
}

fn read(out: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(':') {
            Some((_, value)) => length = value.trim().parse().ok()?,
            None => break,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// How many files below a folder hold a word.
fn files_with(folder: &Path, word: &str) -> usize {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let count = |path: std::path::PathBuf| match path.is_dir() {
        true => files_with(&path, word),
        false => usize::from(std::fs::read_to_string(&path).unwrap().contains(word)),
    };
    entries.map(count).sum()
}

/// Line and UTF-16 column of the `|` in a piece of a text.
fn position(text: &str, marked: &str) -> Value {
    let cursor = marked.find('|').unwrap();
    let piece = marked.replacen('|', "", 1);
    let at = text
        .find(&piece)
        .unwrap_or_else(|| panic!("{piece:?} is not there"))
        + cursor;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let column = text[start..at].encode_utf16().count();
    json!({ "line": text[..at].matches('\n').count(), "character": column })
}

#[test]
fn names_are_shown_followed_and_renamed() {
    let mut editor = Editor::start();
    let text = editor.text(FORM);
    editor.open(FORM, &text);
    let hover = editor.at(
        "textDocument/hover",
        FORM,
        &text,
        "- id: course_num|ber",
        json!({}),
    );
    let words = hover["contents"]["value"].as_str().unwrap();
    for part in [
        "**field** `course_number`",
        "Kursnummer",
        "*Course number*",
        "confirmation.de.hbs",
        "more files",
    ] {
        assert!(words.contains(part), "{words}");
    }
    let hover = editor.at(
        "textDocument/hover",
        FORM,
        &text,
        "quantity: cou|nt(",
        json!({}),
    );
    assert!(hover.to_string().contains("count(list"), "{hover}");
    let hover = editor.at(
        "textDocument/hover",
        FORM,
        &text,
        "comput|ed: courses",
        json!({}),
    );
    assert!(hover.to_string().contains("computed"), "{hover}");
    let found = editor.at(
        "textDocument/definition",
        FORM,
        &text,
        "use: payment.cho|ice",
        json!({}),
    );
    assert!(
        found[0]["uri"]
            .as_str()
            .unwrap()
            .ends_with("forms/lib/payment.yaml"),
        "{found}"
    );
    let context = json!({ "context": { "includeDeclaration": false } });
    let found = editor.at(
        "textDocument/references",
        FORM,
        &text,
        "- id: reduc|tion\n",
        context,
    );
    let found = found.as_array().unwrap();
    let within = |file: &str| {
        let uris = found.iter().filter_map(|place| place["uri"].as_str());
        uris.filter(|uri| uri.ends_with(file)).count()
    };
    assert_eq!(within(FORM), 3, "{found:?}");
    assert!(within("vhs-course-registration/scenarios.yaml") > 0);
    let range = editor.at(
        "textDocument/prepareRename",
        FORM,
        &text,
        "- id: course_num|ber",
        json!({}),
    );
    assert_eq!(range["placeholder"], "course_number");
    let name = json!({ "newName": "kursnummer" });
    let edit = editor.at(
        "textDocument/rename",
        FORM,
        &text,
        "- id: course_num|ber",
        name,
    );
    let changes = edit["changes"].as_object().unwrap();
    let named = files_with(editor.folder.path(), "course_number");
    let renamed: Vec<&String> = changes.keys().collect();
    assert_eq!(renamed.len(), named, "{renamed:?}");
    let untidy = text.replacen("id: vhs", "id:   vhs", 1);
    editor.change(FORM, json!([{ "text": untidy }]));
    let document = json!({ "textDocument": { "uri": editor.uri(FORM) } });
    let edits = editor.ask("textDocument/formatting", document);
    let new = edits["result"][0]["newText"].as_str().unwrap();
    assert!(new.contains("\nid: vhs-course-registration\n"), "{new}");
    editor.change(FORM, json!([{ "text": text }]));
    let symbols = json!({ "textDocument": { "uri": editor.uri(FORM) } });
    let symbols = editor.ask("textDocument/documentSymbol", symbols);
    assert!(symbols["result"].as_array().unwrap().len() > 30);
    editor.stop();
}

/// File, its text, place, what is offered there and what is not.
type Offer<'t> = (&'t str, &'t str, &'t str, &'t [&'t str], &'t [&'t str]);

#[test]
fn what_may_be_written_is_offered() {
    let mut editor = Editor::start();
    let text = editor.text(FORM);
    editor.open(FORM, &text);
    let workflow = "workflows/course-registration.yaml";
    let course = editor.text(workflow);
    editor.open(workflow, &course);
    let letter = "workflows/letters/vhs-course-registration/offer.de.hbs";
    let offer = editor.text(letter);
    editor.open(letter, &offer);
    let cases: &[Offer<'_>] = &[
        (
            FORM,
            &text,
            "name: applicant.|person",
            &["person", "contact"],
            &["course_number"],
        ),
        (
            FORM,
            &text,
            "visible: reduction != \"|none",
            &["none", "social"],
            &["reduction"],
        ),
        (
            FORM,
            &text,
            "visible: |reduction != \"none\"",
            &["reduction", "age", "participants"],
            &["places"],
        ),
        (
            FORM,
            &text,
            "limit: courses[|number",
            &["number", "places", "course_number"],
            &[],
        ),
        (
            FORM,
            &text,
            "use: |payment.choice",
            &["payment.choice", "person.full"],
            &["payment"],
        ),
        (FORM, &text, "queue: |", &["courses"], &["trade"]),
        (FORM, &text, "level: |email", &["email", "written"], &[]),
        (
            FORM,
            &text,
            "at: |course_number",
            &["course_number"],
            &["age"],
        ),
        (
            workflow,
            &course,
            "target: |open.under_review",
            &["open.under_review", "declined"],
            &["clerk"],
        ),
        (
            workflow,
            &course,
            "initial: |submitted",
            &["submitted", "waiting_list"],
            &["open"],
        ),
        (
            workflow,
            &course,
            "by: [|clerk]",
            &["clerk", "teamlead"],
            &["open"],
        ),
        (
            workflow,
            &course,
            "form: |ask_back",
            &["ask_back", "reply"],
            &["clerk"],
        ),
        (
            workflow,
            &course,
            "raise: |offer_expired",
            &["offer_expired"],
            &["clerk"],
        ),
        (
            workflow,
            &course,
            "template: |decline",
            &["decline", "offer"],
            &["clerk"],
        ),
        (
            workflow,
            &course,
            "set: { missing: event.|missing",
            &["missing"],
            &["reason"],
        ),
        (
            workflow,
            &course,
            "style: |secondary",
            &["primary", "danger"],
            &[],
        ),
        (
            letter,
            &offer,
            "{{answers.|course_number}}",
            &["course_number", "participants"],
            &["vars"],
        ),
        (
            letter,
            &offer,
            "{{|deadline}}",
            &["deadline", "answers", "vars"],
            &["course_number"],
        ),
        (
            letter,
            &offer,
            "{{case.|opened_on}}",
            &["reference"],
            &["answers"],
        ),
    ];
    for (path, text, marked, offered, absent) in cases {
        let labels = editor.labels(path, text, marked);
        for label in *offered {
            assert!(
                labels.iter().any(|l| l == label),
                "{marked}: no {label} in {labels:?}"
            );
        }
        for label in *absent {
            assert!(
                labels.iter().all(|l| l != label),
                "{marked}: {label} in {labels:?}"
            );
        }
    }
    editor.stop();
}

#[test]
fn scenarios_are_helped_like_definitions() {
    const SCENARIOS: &str = "forms/vhs-course-registration/scenarios.yaml";
    let mut editor = Editor::start();
    let text = "schalter: scenarios/1\nanswers:\n  usual: { course_number: S4012 }\nscenarios:\n  - id: first\n    base: \n    expect:\n      state: open\n      \n    steps:\n      - as: cle\n        do: withdraw\n        refused: ro\n        \n";
    editor.open(SCENARIOS, text);
    let cases = [
        ("base: |\n", "usual", "first_page"),
        ("state: open|", "open.settling", "settling"),
        ("as: cle|", "clerk", "withdraw"),
        ("do: withdraw|", "full_fee", "clerk"),
        ("refused: ro|", "four_eyes", "full_fee"),
        ("state: open\n      |\n", "timers: ", "steps: "),
        ("refused: ro\n        |\n", "with: ", "base: "),
    ];
    for (marked, offered, not_offered) in cases {
        let labels = editor.labels(SCENARIOS, text, marked);
        let has = |word: &str| labels.iter().any(|label| label == word);
        assert!(has(offered), "{marked:?}: {labels:?}");
        assert!(!has(not_offered), "{marked:?}: {labels:?}");
    }
    editor.stop();
}

#[test]
fn half_written_lines_are_helped() {
    let mut editor = Editor::start();
    let text = editor.text(FORM);
    editor.open(FORM, &text);
    let line = "  quantity: count(participants)";
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "  quantity: 'count(part",
            "quantity: 'count(part|",
            &["participants"],
        ),
        (
            "  quantity: if reduction = \"",
            "if reduction = \"|",
            &["social"],
        ),
        ("  quantity: ", "quantity: |", &["participants", "count"]),
        ("  quan", "\n  quan|", &["quantity: "]),
        ("  quantity: 1\n\nrou", "\nrou|", &["routing: "]),
    ];
    for (new, marked, offered) in cases {
        let now = text.replace(line, new);
        editor.change(FORM, json!([{ "text": now }]));
        let labels = editor.labels(FORM, &now, marked);
        for label in *offered {
            assert!(
                labels.iter().any(|l| l == label),
                "{new}: no {label} in {labels:?}"
            );
        }
    }
    editor.stop();
}

#[test]
fn findings_follow_the_typing_and_can_be_repaired() {
    let mut editor = Editor::start();
    let text = editor.text(FORM);
    // Umlauts and an emoji before the mistake move its column.
    let wrong = "    visible: '/* Ä😀 */ reductio != \"none\"'";
    let broken = text.replacen("    visible: reduction != \"none\"", wrong, 1);
    editor.open(FORM, &broken);
    let is_error = |found: &[Value]| found.iter().any(|d| d["severity"] == 1);
    let found = editor.wait_for(FORM, is_error);
    let error = found.iter().find(|d| d["severity"] == 1).unwrap().clone();
    assert_eq!(error["code"], "feel-unknown-name");
    assert_eq!(
        error["range"]["start"],
        position(&broken, "*/ |reductio !=")
    );
    assert_eq!(error["range"]["end"], position(&broken, "*/ reductio| !="));
    let params = json!({
        "textDocument": { "uri": editor.uri(FORM) }, "range": error["range"],
        "context": { "diagnostics": [error] },
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let edits = &actions["result"][0]["edit"]["changes"][editor.uri(FORM)];
    assert_eq!(edits[0]["newText"], "reduction");
    // The repair as an editor sends it.
    editor.change(
        FORM,
        json!([{ "range": edits[0]["range"], "text": "reduction" }]),
    );
    editor.wait_for(FORM, |found| !is_error(found));
    // A mistake in one file shows in another.
    let letter = "workflows/letters/vhs-course-registration/offer.de.hbs";
    let renamed = text.replace("- id: course_room", "- id: course_raum");
    editor.change(FORM, json!([{ "text": renamed }]));
    editor.wait_for(letter, |found| !found.is_empty());
    editor.change(FORM, json!([{ "text": text }]));
    editor.wait_for(letter, <[Value]>::is_empty);
    editor.stop();
}

#[test]
fn rubbish_does_not_stop_it() {
    let mut editor = Editor::start();
    editor.raw(b"Content-Length: 5\r\n\r\n{{{{{");
    editor.raw(b"nonsense\r\n\r\nContent-Length: -1\r\n\r\n");
    for message in [
        json!(null),
        json!([]),
        json!({ "method": 5 }),
        json!({ "id": {}, "method": "textDocument/hover" }),
        json!({ "method": "textDocument/didChange", "params": { "textDocument": { "uri": 1 } } }),
        json!({ "method": "textDocument/didChange", "params": null }),
        json!({ "method": "textDocument/didOpen", "params": { "textDocument": { "uri": "file:///%zz", "text": "" } } }),
    ] {
        editor.send(&message);
    }
    let uri = editor.uri(FORM);
    editor.open(FORM, "\u{feff}\t: [\0 \u{1F600}");
    for (method, params) in [
        ("nothing/known", json!({})),
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": uri } }),
        ),
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": uri }, "position": { "line": 1e30, "character": -1 } }),
        ),
        (
            "textDocument/completion",
            json!({ "textDocument": { "uri": uri }, "position": { "line": 99, "character": 99 } }),
        ),
        (
            "textDocument/rename",
            json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } }),
        ),
        (
            "textDocument/formatting",
            json!({ "textDocument": { "uri": uri } }),
        ),
        (
            "textDocument/codeAction",
            json!({ "textDocument": { "uri": uri } }),
        ),
    ] {
        let answer = editor.ask(method, params);
        assert!(
            answer.get("result").is_some() || answer.get("error").is_some(),
            "{method}: {answer}"
        );
    }
    editor.wait_for(FORM, |found| found.iter().any(|d| d["severity"] == 1));
    editor.stop();
}
