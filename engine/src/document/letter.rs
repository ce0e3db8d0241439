//! Letters and mails: a Handlebars text with a small markup becomes a subject
//! and blocks, or plain mail text.
//!
//! What citizens typed can never forge structure: inserted values are marked
//! while the template runs, and only the template's own characters count as
//! markup afterwards.

use std::io;
use std::sync::OnceLock;

use handlebars::{Context, Handlebars, Output, RenderContext, Renderable, Template};
use serde_json::{Map, Value as Json};

use super::Block;

/// Most text one letter may produce, in bytes.
const MAX_OUTPUT: usize = 512 * 1024;

/// A compiled letter or mail template.
#[derive(Debug)]
pub struct Letter {
    subject: Template,
    body: Template,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterProblem {
    /// Line in the file, from 1.
    pub line: usize,
    /// One sentence naming the cause.
    pub message: String,
    /// The value it is about, as it stands in the line.
    pub value: Option<String>,
    /// What to do, where it can be told.
    pub help: Option<String>,
}

impl LetterProblem {
    /// A problem of a whole line.
    pub(super) fn new(line: usize, message: impl Into<String>) -> LetterProblem {
        LetterProblem {
            line,
            message: message.into(),
            value: None,
            help: None,
        }
    }
}

/// A template that could not be filled in.
#[derive(Debug, thiserror::Error)]
#[error("the template could not be filled in")]
pub struct LetterError(#[from] Box<handlebars::RenderError>);

impl Letter {
    /// Compiles a template: first line `subject: …`, a line `---`, then the text.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn compile(source: &str) -> Result<Letter, LetterProblem> {
        let source = source
            .strip_prefix('\u{feff}')
            .unwrap_or(source)
            .replace("\r\n", "\n");
        let problem = |line, message: &str| LetterProblem::new(line, message);
        let (first, rest) = source.split_once('\n').unwrap_or((&source, ""));
        let subject = first
            .strip_prefix("subject:")
            .ok_or_else(|| problem(1, "the first line must be `subject: …`"))?
            .trim();
        let body = rest
            .strip_prefix("---\n")
            .ok_or_else(|| problem(2, "the second line must be `---`"))?;
        if let Some(at) = source.find("{{{") {
            let line = source[..at].matches('\n').count() + 1;
            return Err(problem(
                line,
                "write `{{ }}` with two braces: everything is text",
            ));
        }
        let compile = |text: &str, before: usize| {
            Template::compile(text).map_err(|error| {
                let line = error.pos().map_or(before + 1, |(line, _)| before + line);
                LetterProblem {
                    help: Some(UNCLOSED.to_owned()),
                    ..LetterProblem::new(line, unreadable(error.reason()))
                }
            })
        };
        let letter = Letter {
            subject: compile(subject, 0)?,
            body: compile(body, 2)?,
        };
        // A first run without values finds helpers that do not exist.
        letter.fill(&letter.body, &Map::new()).map_err(|error| {
            let line = error.0.line_no.map_or(3, |line| line + 2);
            let message = format!("the template cannot be filled in: {}", error.0.reason());
            LetterProblem::new(line, message)
        })?;
        Ok(letter)
    }

    /// Subject and plain text for a mail.
    ///
    /// # Errors
    /// When the text grows beyond all measure.
    pub fn mail(&self, values: &Map<String, Json>) -> Result<(String, String), LetterError> {
        let mut text = String::new();
        for line in self.fill(&self.body, values)?.lines() {
            let line = line.trim_end();
            let line = line
                .strip_prefix("## ")
                .or_else(|| line.strip_prefix("### "))
                .unwrap_or(line);
            match line.split_once(" :: ") {
                Some((label, value)) => {
                    text.push_str(&format!("{}: {}", label.trim(), value.trim()));
                }
                None => text.push_str(line.trim_end_matches(" ::")),
            }
            text.push('\n');
        }
        while text.contains("\n\n\n") {
            text = text.replace("\n\n\n", "\n\n");
        }
        Ok((self.subject(values)?, unmark(text.trim_end()) + "\n"))
    }

    /// Subject and blocks for a document.
    ///
    /// # Errors
    /// When the text grows beyond all measure.
    pub fn blocks(&self, values: &Map<String, Json>) -> Result<(String, Vec<Block>), LetterError> {
        let subject = self.subject(values)?;
        let text = self.fill(&self.body, values)?;
        Ok((subject.clone(), parse(&text, &subject)))
    }

    /// The two templates, each with the number of lines before it.
    pub(super) fn parts(&self) -> [(&Template, usize); 2] {
        [(&self.subject, 0), (&self.body, 2)]
    }

    fn subject(&self, values: &Map<String, Json>) -> Result<String, LetterError> {
        let subject = unmark(&self.fill(&self.subject, values)?);
        Ok(subject.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn fill(&self, template: &Template, values: &Map<String, Json>) -> Result<String, LetterError> {
        let context = Context::wraps(Json::Object(values.clone())).map_err(Box::new)?;
        let mut out = Bounded(String::new());
        template
            .render(
                registry(),
                &context,
                &mut RenderContext::new(None),
                &mut out,
            )
            .map_err(Box::new)?;
        Ok(out.0)
    }
}

/// What to do about a template that cannot be read.
const UNCLOSED: &str = "every `{{` needs its `}}`, every `{{#if …}}` its `{{/if}}`, every `{{#each …}}` its `{{/each}}`";

/// The cause without the grammar of the template language.
fn unreadable(reason: &handlebars::TemplateErrorReason) -> String {
    use handlebars::TemplateErrorReason as Reason;
    match reason {
        Reason::MismatchingClosedHelper(open, close) => {
            format!("the block `{open}` is closed by `{close}`")
        }
        _ => "values or blocks are not closed, or misspelt, up to here".to_owned(),
    }
}

/// The one registry: no templates, no files, no helpers with effects.
fn registry() -> &'static Handlebars<'static> {
    static REGISTRY: OnceLock<Handlebars<'static>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut registry = Handlebars::new();
        registry.register_escape_fn(mark);
        registry.unregister_helper("log");
        registry
    })
}

/// Private-use characters that stand for markup characters inside values.
const MARKS: [(char, char); 5] = [
    ('\n', '\u{e000}'),
    ('#', '\u{e001}'),
    ('-', '\u{e002}'),
    (':', '\u{e003}'),
    ('\r', '\u{e004}'),
];

fn mark(value: &str) -> String {
    value
        .chars()
        .filter(|c| !('\u{e000}'..='\u{e004}').contains(c))
        .map(|c| {
            MARKS
                .iter()
                .find(|(plain, _)| *plain == c)
                .map_or(c, |(_, marked)| *marked)
        })
        .collect()
}

fn unmark(text: &str) -> String {
    text.chars()
        .map(|c| {
            MARKS
                .iter()
                .find(|(_, marked)| *marked == c)
                .map_or(c, |(plain, _)| *plain)
        })
        .filter(|c| *c != '\r')
        .collect()
}

struct Bounded(String);

impl Output for Bounded {
    fn write(&mut self, segment: &str) -> io::Result<()> {
        if self.0.len() + segment.len() > MAX_OUTPUT {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.push_str(segment);
        Ok(())
    }
}

/// The markup line by line; lines of one kind that follow each other belong together.
fn parse(text: &str, caption: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut heading = caption.to_owned();
    let mut paragraph: Vec<String> = Vec::new();
    let close = |paragraph: &mut Vec<String>, blocks: &mut Vec<Block>| {
        if !paragraph.is_empty() {
            blocks.push(Block::Paragraph(paragraph.join("\n")));
            paragraph.clear();
        }
    };
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            close(&mut paragraph, &mut blocks);
            continue;
        }
        let level = if line.starts_with("### ") { 3 } else { 2 };
        if let Some(title) = line
            .strip_prefix("### ")
            .or_else(|| line.strip_prefix("## "))
        {
            close(&mut paragraph, &mut blocks);
            heading = unmark(title);
            blocks.push(Block::Heading {
                level,
                text: heading.clone(),
            });
        } else if let Some(item) = line.strip_prefix("- ") {
            close(&mut paragraph, &mut blocks);
            match blocks.last_mut() {
                Some(Block::Bullets(items)) => items.push(unmark(item)),
                _ => blocks.push(Block::Bullets(vec![unmark(item)])),
            }
        } else if let Some((label, value)) = line
            .split_once(" :: ")
            .or_else(|| line.strip_suffix(" ::").map(|l| (l, "")))
        {
            close(&mut paragraph, &mut blocks);
            let row = (unmark(label.trim()), unmark(value.trim()));
            match blocks.last_mut() {
                Some(Block::Rows { rows, .. }) => rows.push(row),
                _ => blocks.push(Block::Rows {
                    caption: heading.clone(),
                    rows: vec![row],
                }),
            }
        } else {
            paragraph.push(unmark(line));
        }
    }
    close(&mut paragraph, &mut blocks);
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(json: Json) -> Map<String, Json> {
        json.as_object().unwrap().clone()
    }

    const SOURCE: &str = "subject: Zu {{case.reference}}\n---\nGuten Tag {{name}},\n\n## Angaben\nName :: {{name}}\n{{#each items}}\n- {{this}}\n{{/each}}\n\nEnde";

    #[test]
    fn becomes_blocks() {
        let letter = Letter::compile(SOURCE).unwrap();
        let (subject, blocks) = letter
            .blocks(&values(
                json!({ "case": { "reference": "MS-1" }, "name": "Ana", "items": ["a", "b"] }),
            ))
            .unwrap();
        assert_eq!(subject, "Zu MS-1");
        assert_eq!(blocks[0], Block::Paragraph("Guten Tag Ana,".into()));
        assert_eq!(
            blocks[1],
            Block::Heading {
                level: 2,
                text: "Angaben".into()
            }
        );
        assert_eq!(
            blocks[2],
            Block::Rows {
                caption: "Angaben".into(),
                rows: vec![("Name".into(), "Ana".into())]
            }
        );
        assert_eq!(blocks[3], Block::Bullets(vec!["a".into(), "b".into()]));
        assert_eq!(blocks[4], Block::Paragraph("Ende".into()));
    }

    #[test]
    fn answers_cannot_forge_structure() {
        let letter = Letter::compile("subject: {{x}}\n---\n{{x}}\n").unwrap();
        for hostile in [
            "## Bescheid",
            "- x",
            "Betrag :: 0",
            "a\n## b\n- c :: d",
            "a\r\nBcc: x@y",
        ] {
            let (subject, blocks) = letter.blocks(&values(json!({ "x": hostile }))).unwrap();
            assert_eq!(blocks, [Block::Paragraph(hostile.replace('\r', ""))]);
            assert!(!subject.contains('\n'));
        }
    }

    #[test]
    fn mails_are_plain_text() {
        let letter = Letter::compile(SOURCE).unwrap();
        let (_, text) = letter
            .mail(&values(json!({ "name": "A & <b>", "items": [] })))
            .unwrap();
        assert_eq!(
            text,
            "Guten Tag A & <b>,\n\nAngaben\nName: A & <b>\n\nEnde\n"
        );
    }

    #[test]
    fn mistakes_have_a_line() {
        let line = |source: &str| Letter::compile(source).unwrap_err().line;
        assert_eq!(line("Hallo"), 1);
        assert_eq!(line("subject: x\nHallo"), 2);
        assert_eq!(line("subject: x\n---\na\n{{#if x}}\n"), 5);
        assert_eq!(line("subject: x\n---\na\n{{{x}}}\n"), 4);
        assert_eq!(line("subject: x\n---\na\n{{shout x}}\n"), 4);
    }

    #[test]
    fn a_text_without_end_is_refused() {
        let letter = Letter::compile("subject: x\n---\n{{#each a}}{{#each ../a}}{{#each ../../a}}{{x}}{{/each}}{{/each}}{{/each}}").unwrap();
        let many: Vec<String> = vec!["x".repeat(100); 200];
        let many = json!({ "a": many.iter().map(|x| json!({ "x": x })).collect::<Vec<_>>() });
        assert!(letter.blocks(&values(many)).is_err());
    }
}
