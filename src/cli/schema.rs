//! `schalter schema`: JSON Schemas of the definition files, which give editors
//! completion, hover texts and a first check.

use std::fs;
use std::path::Path;

use engine::authoring::language::{FileKind, KINDS, file_name, schema};
use engine::source::suggest;

use super::Failure;

pub(super) fn run(kind: Option<&str>, out: Option<&Path>) -> Result<(), Failure> {
    let one = kind.map(named).transpose()?;
    match (one, out) {
        (None, None) => list(),
        (Some(kind), None) => outln!("{:#}", schema(kind)),
        (one, Some(folder)) => {
            fs::create_dir_all(folder).map_err(|error| {
                format!("the folder {} cannot be made: {error}", folder.display())
            })?;
            for kind in KINDS
                .iter()
                .filter(|kind| one.is_none_or(|one| one.name == kind.name))
            {
                write(kind, folder)?;
            }
        }
    }
    Ok(())
}

fn named(name: &str) -> Result<&'static FileKind, Failure> {
    FileKind::named(name).ok_or_else(|| {
        let names = KINDS.iter().map(|kind| kind.name);
        let help = suggest(name, names.clone())
            .unwrap_or_else(|| format!("there are: {}", names.collect::<Vec<_>>().join(", ")));
        format!("there is no kind of file `{name}`; {help}").into()
    })
}

fn write(kind: &FileKind, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(file_name(kind));
    let text = format!("{:#}\n", schema(kind));
    fs::write(&path, text)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    outln!("{}", path.display());
    Ok(())
}

fn list() {
    outln!("Kinds of definition files:");
    for kind in KINDS {
        outln!("  {:<12} {}", kind.name, kind.path.replace('*', "<id>"));
    }
    outln!(
        "\nschalter schema KIND prints the schema of one, schalter schema --out DIR writes all.\n\
         An editor with a YAML language server takes one by a first line such as\n\
         # yaml-language-server: $schema=../../schemas/{}",
        KINDS.first().map(file_name).unwrap_or_default(),
    );
}
