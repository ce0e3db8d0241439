//! `schalter new`: begins a form, a workflow or a service from a few questions,
//! each of which can be answered by a flag.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::ValueEnum;
use engine::authoring::start::{Answers, Applicant, Surroundings, What, scenarios, start};
use engine::definitions::Definitions;
use engine::source::{Severity, SourceFile, suggest};
use engine::text::{Language, Text};

use super::Failure;
use crate::catalog;
use crate::clock::{self, Clock};

/// What is begun, and answers given beforehand.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What is begun
    #[arg(value_enum)]
    what: Kind,
    /// Its id: small letters, digits and `-`
    id: String,
    /// Folder with definitions
    #[arg(long, value_name = "DIR", default_value = ".")]
    path: PathBuf,
    /// German title
    #[arg(long, value_name = "TEXT")]
    title_de: Option<String>,
    /// English title
    #[arg(long, value_name = "TEXT")]
    title_en: Option<String>,
    /// Id of the department that works on it
    #[arg(long, value_name = "ID")]
    department: Option<String>,
    /// Id of the department's queue
    #[arg(long, value_name = "ID")]
    queue: Option<String>,
    /// Who applies
    #[arg(long, value_enum)]
    applicant: Option<Who>,
    /// Fee in euros such as 25.00, or `none`
    #[arg(long, value_name = "AMOUNT")]
    fee: Option<String>,
    /// An attachment as `German text|English text`; may be given several times, `none` for none
    #[arg(long = "attachment", value_name = "TEXTS")]
    attachments: Vec<String>,
    /// Id of the workflow of a form
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Form,
    Workflow,
    Service,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Who {
    Person,
    Company,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let files = catalog::read(std::slice::from_ref(&args.path))?;
    let around = Surroundings::of(&files);
    let what = match args.what {
        Kind::Form => What::Form,
        Kind::Workflow => What::Workflow,
        Kind::Service => What::Service,
    };
    let folder = args.path.clone();
    let answers = answers(args, what, &around)?;
    let mut new = start(what, &answers, &around)?;
    let (warnings, definitions) = checked(&files, &new, &answers.workflow)?;
    if what != What::Workflow {
        new.extend(definitions.and_then(|all| first_scenario(&all, &answers.id)));
    }
    for file in &new {
        let path = folder.join(&file.path);
        if path.exists() {
            return Err(format!("{} is there already", path.display()).into());
        }
    }
    for file in &new {
        let path = folder.join(&file.path);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, &file.text));
        written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        outln!("{}", path.display());
    }
    outln!(
        "\nschalter check: 0 errors, {warnings} warnings in these files. \
         Next: open the first and go through it from top to bottom."
    );
    Ok(())
}

/// A scenario of the new form that passes, begun today at noon.
fn first_scenario(definitions: &Definitions, id: &str) -> Option<SourceFile> {
    let service = definitions.services.get(id)?;
    let today = clock::local(Clock::System.now()).date();
    scenarios(service, &definitions.departments, today.at(12, 0, 0, 0))
}

/// Nothing is written that has errors: some workflows expect answers or letters a start
/// does not have, such as the number of a course.
fn checked(
    files: &[SourceFile],
    new: &[SourceFile],
    workflow: &str,
) -> Result<(usize, Option<Definitions>), Failure> {
    let loaded = Definitions::load([files, new].concat());
    let mut report = loaded.report;
    report.diagnostics.retain(|found| {
        let file = loaded.sources.file(found.span.file);
        let ours = new
            .iter()
            .any(|new| file.is_some_and(|file| file.path == new.path));
        let about_workflow = file.is_some_and(|file| file.path.starts_with("workflows/letters/"));
        found.severity != Severity::Note && (ours || about_workflow)
    });
    if report.is_usable() {
        return Ok((report.diagnostics.len(), loaded.definitions));
    }
    err!("{}", report.render(&loaded.sources));
    Err(format!(
        "nothing was written: the workflow `{workflow}` expects answers or letters of its own that a start does not have; choose another one"
    )
    .into())
}

fn answers(args: Args, what: What, around: &Surroundings) -> Result<Answers, Failure> {
    let asker = Asker {
        terminal: io::stdin().is_terminal(),
    };
    let de = asker.text("Title in German", "--title-de", args.title_de)?;
    let en = asker.text("Title in English", "--title-en", args.title_en)?;
    let mut answers = Answers {
        id: args.id,
        title: Text::both(de, en),
        ..Answers::default()
    };
    if what != What::Workflow {
        let departments: Vec<(String, String)> = around
            .departments
            .iter()
            .map(|d| (d.id.clone(), d.name.get(Language::De).to_owned()))
            .collect();
        answers.department =
            asker.choice("Department", "--department", args.department, &departments)?;
        let department = around
            .departments
            .iter()
            .find(|known| known.id == answers.department);
        let queues = department.map(|d| d.queues.as_slice()).unwrap_or_default();
        let queues: Vec<(String, String)> = queues
            .iter()
            .map(|q| (q.id.clone(), q.name.get(Language::De).to_owned()))
            .collect();
        answers.queue = asker.choice("Queue", "--queue", args.queue, &queues)?;
        let who = [("person", "a person"), ("company", "a company")]
            .map(|(id, name)| (id.to_owned(), name.to_owned()));
        let given = args.applicant.map(|who| {
            if who == Who::Person {
                "person"
            } else {
                "company"
            }
            .to_owned()
        });
        let who = asker.choice(
            "Who applies",
            "--applicant",
            given.or(asker.otherwise("person")),
            &who,
        )?;
        answers.applicant = if who == "company" {
            Applicant::Company
        } else {
            Applicant::Person
        };
        answers.attachments = attachments(&asker, args.attachments)?;
    }
    let fee = args.fee.or(asker.otherwise("none"));
    let fee = asker.text("Fee in euros, such as 25.00, or none", "--fee", fee)?;
    answers.fee = Some(fee.replace(',', ".")).filter(|fee| !matches!(fee.as_str(), "none" | "0"));
    if what == What::Form {
        let workflows: Vec<(String, String)> = around
            .workflows
            .iter()
            .map(|w| (w.id.clone(), w.title.get(Language::De).to_owned()))
            .collect();
        answers.workflow = asker.choice("Workflow", "--workflow", args.workflow, &workflows)?;
    }
    Ok(answers)
}

fn attachments(asker: &Asker, given: Vec<String>) -> Result<Vec<Text>, Failure> {
    let mut texts = Vec::new();
    if !given.is_empty() || !asker.terminal {
        for text in given.iter().filter(|text| *text != "none") {
            let (de, en) = text.split_once('|').unwrap_or((text, text));
            texts.push(Text::both(de.trim(), en.trim()));
        }
        return Ok(texts);
    }
    loop {
        let de = asker.line("Attachment in German (empty for no more)")?;
        if de.is_empty() {
            return Ok(texts);
        }
        let en = asker.line("The same in English")?;
        texts.push(Text::both(de.clone(), if en.is_empty() { de } else { en }));
    }
}

/// Asks on the terminal what no flag answers.
struct Asker {
    terminal: bool,
}

impl Asker {
    /// What holds where nobody can be asked.
    fn otherwise(&self, word: &str) -> Option<String> {
        (!self.terminal).then(|| word.to_owned())
    }

    fn line(&self, question: &str) -> Result<String, Failure> {
        out!("{question}: ");
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err("the input ended before all questions were answered".into());
        }
        Ok(line.trim().to_owned())
    }

    fn text(&self, question: &str, flag: &str, given: Option<String>) -> Result<String, Failure> {
        if let Some(given) = given {
            return Ok(given);
        }
        if !self.terminal {
            return Err(format!("answer with {flag}: {question}").into());
        }
        loop {
            let line = self.line(question)?;
            if !line.is_empty() {
                return Ok(line);
            }
        }
    }

    /// One of a numbered list, by number or id.
    fn choice(
        &self,
        question: &str,
        flag: &str,
        given: Option<String>,
        known: &[(String, String)],
    ) -> Result<String, Failure> {
        if known.is_empty() {
            return Err(format!(
                "there is nothing to choose from for: {question}; look at the folder with --path"
            )
            .into());
        }
        if let Some(given) = given {
            return self.pick(&given, known).ok_or_else(|| {
                let ids = known.iter().map(|(id, _)| id.as_str());
                let help = suggest(&given, ids.clone()).unwrap_or_else(|| {
                    format!("there are: {}", ids.collect::<Vec<_>>().join(", "))
                });
                format!("{flag} {given} does not exist; {help}").into()
            });
        }
        if !self.terminal {
            return Err(format!("answer with {flag}: {question}").into());
        }
        for (at, (id, name)) in known.iter().enumerate() {
            outln!("{:>3}  {name} ({id})", at + 1);
        }
        loop {
            let line = self.line(&format!("{question} (number)"))?;
            if let Some(found) = self.pick(&line, known) {
                return Ok(found);
            }
            outln!("Please type a number from 1 to {}.", known.len());
        }
    }

    fn pick(&self, text: &str, known: &[(String, String)]) -> Option<String> {
        let number = text
            .parse::<usize>()
            .ok()
            .and_then(|at| known.get(at.checked_sub(1)?));
        let named = known.iter().find(|(id, _)| id == text);
        named.or(number).map(|(id, _)| id.clone())
    }
}
