//! `schalter preview`: pages follow the definitions in the folder, and what
//! is wrong with them stands on every page while the last good ones serve.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::few::copy_town;

/// Longest time a change may take to show on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const FORM: &str = "forms/vhs-course-registration/form.yaml";
const PAGE: &str = "/de/services/vhs-course-registration";

struct Preview {
    child: Child,
    address: String,
    definitions: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

impl Preview {
    /// The preview of a copy of the shipped definitions, after a change of one.
    fn start(change: impl Fn(&str) -> String) -> Preview {
        let definitions = tempfile::tempdir().unwrap();
        copy_town(definitions.path());
        let file = definitions.path().join(FORM);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, change(&text)).unwrap();
        let temporary = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_schalter"))
            .arg("preview")
            .arg(definitions.path())
            .args(["--form", "vhs-course-registration", "--port", "0"])
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .map(Result::unwrap)
            .find(|line| line.starts_with("listening on "))
            .unwrap();
        Preview {
            child,
            address: line.rsplit("http://").next().unwrap().to_owned(),
            definitions,
            temporary,
        }
    }

    fn file(&self) -> PathBuf {
        self.definitions.path().join(FORM)
    }

    /// Status line, headers and body.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Waits until a page holds a text.
    fn wait_for(&self, path: &str, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let page = self.get(path);
            if page.contains(text) {
                return page;
            }
            assert!(Instant::now() < until, "no {text:?} in {page}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks it to stop, and tells what it left behind.
    fn stop(mut self) -> usize {
        let stopped = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(stopped.success());
        assert!(self.child.wait().unwrap().success());
        self.temporary.path().read_dir().unwrap().count()
    }
}

#[test]
fn pages_follow_the_folder() {
    let preview = Preview::start(str::to_owned);
    let good = std::fs::read_to_string(preview.file()).unwrap();
    assert!(preview.get("/").contains(&format!("location: {PAGE}")));
    let page = preview.get(PAGE);
    assert!(page.contains("Nichts wird verschickt"), "{page}");
    assert!(page.contains("script-src 'self'"), "{page}");
    assert!(
        preview
            .get("/preview/preview.js")
            .contains("text/javascript")
    );
    let english = preview.get("/en/services/vhs-course-registration");
    assert!(english.contains("Nothing is sent"), "{english}");
    // A change shows, and whoever waits is told.
    let title = good
        .lines()
        .find(|line| line.starts_with("title: "))
        .unwrap();
    let new = good.replace(title, "title: { de: Kurs <jetzt> buchen, en: Book }");
    std::fs::write(preview.file(), &new).unwrap();
    let told = preview.get("/preview/wait?seen=1");
    assert!(told.ends_with('2'), "{told}");
    preview.wait_for(PAGE, "Kurs &lt;jetzt&gt; buchen");
    // A mistake is shown with its place; the good pages stay.
    let broken = new.replacen("reduction != \"none\"", "reductio != \"none\"", 1);
    std::fs::write(preview.file(), broken).unwrap();
    let page = preview.wait_for(PAGE, "Sie sehen die letzte gute Fassung");
    assert!(page.contains(&format!("{FORM}:")), "{page}");
    assert!(page.contains("did you mean `reduction`?"), "{page}");
    assert!(page.contains("Kurs &lt;jetzt&gt; buchen"), "{page}");
    std::fs::write(preview.file(), &good).unwrap();
    let until = Instant::now() + PATIENCE;
    while preview.get(PAGE).contains("letzte gute Fassung") {
        assert!(Instant::now() < until);
    }
    assert_eq!(preview.stop(), 0, "the data is removed");
}

#[test]
fn a_folder_with_mistakes_waits_for_their_repair() {
    let wrong = |text: &str| text.replacen("reduction != \"none\"", "reductio != \"none\"", 1);
    let preview = Preview::start(wrong);
    let page = preview.get("/");
    assert!(page.starts_with("HTTP/1.1 503"), "{page}");
    assert!(page.contains("did you mean `reduction`?"), "{page}");
    let repaired = std::fs::read_to_string(preview.file()).unwrap();
    std::fs::write(
        preview.file(),
        repaired.replace("reductio !=", "reduction !="),
    )
    .unwrap();
    preview.wait_for(PAGE, "Nichts wird verschickt");
    assert_eq!(preview.stop(), 0, "the data is removed");
}
