//! Where a command finds definitions: a folder, the program itself, or a
//! version kept in the database of a town.

use std::path::{Path, PathBuf};

use engine::definitions::{Definitions, Loaded};
use engine::source::SourceFile;

use super::Failure;
use crate::catalog;
use crate::config::Config;

/// Fewest characters of a hash that name a version.
const SHORTEST_HASH: usize = 8;

/// The files `name` stands for: a folder, `built-in`, or with the settings of
/// a town the beginning of the hash of a service version or of a published set.
pub(super) async fn files(name: &str, config: Option<&Config>) -> Result<Vec<SourceFile>, Failure> {
    if name == "built-in" {
        return Ok(catalog::read(&[])?);
    }
    let folder = Path::new(name);
    if folder.is_dir() {
        let files = catalog::read(&[folder.to_owned()])?;
        if files.is_empty() {
            return Err(format!(
                "no definitions found in {name}; the folder must hold forms/, workflows/ or catalogue/"
            )
            .into());
        }
        return Ok(files);
    }
    let is_hash = name.len() >= SHORTEST_HASH && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (is_hash, config) {
        (true, Some(config)) => stored(name, config).await,
        (true, None) => Err(format!(
            "there is no folder {name}; to name a version in the database give --config FILE"
        )
        .into()),
        (false, _) => Err(format!(
            "there is no folder {name}; give a folder, `built-in`, or with --config the hash of a version"
        )
        .into()),
    }
}

async fn stored(hash: &str, config: &Config) -> Result<Vec<SourceFile>, Failure> {
    let store = store::Store::open(&config.store_settings()?).await?;
    let tenant = &config.town.tenant;
    let found = store.definition_files(tenant, &hash.to_lowercase()).await?;
    match found {
        Some(files) => Ok(files),
        None => Err(format!(
            "the database has no version whose hash begins with {hash}, or several; `schalter published` lists sets"
        )
        .into()),
    }
}

/// The definitions of files, or the report of what is wrong with them.
pub(super) fn compiled(name: &str, files: Vec<SourceFile>) -> Result<Definitions, Failure> {
    let Loaded {
        sources,
        definitions,
        report,
    } = Definitions::load(files);
    match definitions {
        Some(definitions) => Ok(definitions),
        None => Err(format!(
            "the definitions of {name} have errors\n\n{}",
            report.render(&sources)
        )
        .into()),
    }
}

/// The definition files of a command's PATH arguments, else those the
/// settings name.
pub(super) async fn of_paths(
    paths: &[String],
    config: &Config,
) -> Result<Vec<SourceFile>, Failure> {
    match paths {
        [] => Ok(catalog::read(&config.definitions)?),
        [one] => files(one, Some(config)).await,
        several => {
            let folders: Vec<PathBuf> = several.iter().map(PathBuf::from).collect();
            Ok(catalog::read(&folders)?)
        }
    }
}
