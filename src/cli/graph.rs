//! `schalter graph`: drawings of workflows and forms.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use engine::authoring::graph::{form_mermaid, of_form, of_workflow, svg, workflow_mermaid};
use engine::definitions::{Definitions, Loaded, Service};
use engine::source::suggest;
use engine::text::Language;

use super::Failure;
use crate::catalog;

/// What is drawn and how.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Service whose form or workflow is drawn, or id of a workflow
    id: String,
    /// What is drawn
    #[arg(long, value_enum, default_value_t = What::Workflow)]
    what: What,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
    /// Language of labels
    #[arg(long, value_enum, default_value_t = Tongue::De)]
    lang: Tongue,
    /// File to write to; without it the drawing is printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder with definitions
    #[arg(long, value_name = "DIR", default_value = ".")]
    path: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Workflow,
    Form,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tongue {
    De,
    En,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let files = catalog::read(std::slice::from_ref(&args.path))?;
    let Loaded {
        sources,
        definitions,
        report,
    } = Definitions::load(files);
    let Some(definitions) = definitions else {
        err!("{}", report.render(&sources));
        return Err("the definitions have errors; mend them first".into());
    };
    let service = find(&definitions, args)?;
    let language = match args.lang {
        Tongue::De => Language::De,
        Tongue::En => Language::En,
    };
    let text = match (args.what, args.format) {
        (What::Workflow, Format::Svg) => svg(&of_workflow(&service.workflow, language)),
        (What::Workflow, Format::Mermaid) => workflow_mermaid(&service.workflow, language),
        (What::Form, Format::Svg) => svg(&of_form(&service.form, language)),
        (What::Form, Format::Mermaid) => form_mermaid(&service.form, language),
    };
    match &args.out {
        None => out!("{text}"),
        Some(path) => fs::write(path, text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
    }
    Ok(())
}

/// The service of an id, or one with the workflow of that id.
fn find<'d>(definitions: &'d Definitions, args: &Args) -> Result<&'d Service, Failure> {
    if let Some(service) = definitions.services.get(&args.id) {
        return Ok(service);
    }
    let mut services = definitions.services.values();
    let by_workflow = services.find(|service| service.workflow.id == args.id);
    if let (What::Workflow, Some(service)) = (args.what, by_workflow) {
        return Ok(service);
    }
    let known = definitions
        .services
        .iter()
        .flat_map(|(id, service)| [id.as_str(), service.workflow.id.as_str()]);
    let help = suggest(&args.id, known).map_or(String::new(), |help| format!("; {help}"));
    Err(format!("there is no service or used workflow `{}`{help}", args.id).into())
}
