//! Settings that can be read but cannot work, found before anything is
//! served: a town that starts must also be able to deliver.

use std::fs;
use std::path::Path;

use axum::http::Uri;
use engine::catalogue::Department;
use engine::definitions::Definitions;
use engine::source::suggest;
use inbox::InboxConfig;

use crate::config::{Config, InboxBinding};

/// Everything that is wrong with the settings, one sentence each.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot work:\n  {}", .0.join("\n  "))]
pub struct SettingsProblems(pub Vec<String>);

/// Looks for settings that name what does not exist.
///
/// # Errors
/// [`SettingsProblems`] with all of them.
pub fn check(config: &Config, definitions: &Definitions) -> Result<(), SettingsProblems> {
    let mut problems = Vec::new();
    problems.extend(public_url(&config.public_url));
    if definitions.services.is_empty() {
        problems.push(
            "definitions: the folders hold no service; a service is a file forms/ID/form.yaml in one of them"
                .to_owned(),
        );
    }
    for binding in &config.inbox {
        problems.extend(inbox(binding, &definitions.departments));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SettingsProblems(problems))
    }
}

/// Links of mails and receipts are this address with a path behind it.
fn public_url(url: &str) -> Option<String> {
    let parsed = url.parse::<Uri>().ok();
    let works = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none()
    });
    (!works).then(|| {
        format!(
            "public_url = \"{url}\" is no address citizens can open; write scheme and host without a path, such as https://service.stadt.example"
        )
    })
}

fn inbox(binding: &InboxBinding, departments: &[Department]) -> Vec<String> {
    let mut problems = Vec::new();
    let name = &binding.department;
    match departments.iter().find(|known| known.id == *name) {
        None => problems.push(unknown(
            &format!("[[inbox]] department = \"{name}\": there is no such department in catalogue/departments.yaml"),
            name,
            departments.iter().map(|known| known.id.as_str()).collect(),
        )),
        Some(department) => {
            if let Some(queue) = &binding.queue
                && department.queue(queue).is_none()
            {
                problems.push(unknown(
                    &format!("[[inbox]] queue = \"{queue}\": the department {name} has no such queue"),
                    queue,
                    department.queues.iter().map(|known| known.id.as_str()).collect(),
                ));
            }
        }
    }
    if let InboxConfig::Folder(folder) = &binding.inbox
        && let Err(error) = writable(&folder.root)
    {
        problems.push(format!(
            "[[inbox]] root = \"{}\": the folder cannot be made or written ({error}); name another one or change its rights",
            folder.root.display()
        ));
    }
    problems
}

/// A sentence with what was meant, or else with what there is.
pub(crate) fn unknown(sentence: &str, wanted: &str, known: Vec<&str>) -> String {
    let hint = suggest(wanted, known.iter().copied()).unwrap_or_else(|| {
        if known.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        }
    });
    format!("{sentence}; {hint}")
}

/// Makes the folder and writes a file in it.
fn writable(root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(root)?;
    let probe = root.join(format!(".schalter-probe-{}", std::process::id()));
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_citizens_cannot_open_are_refused() {
        for good in [
            "https://service.stadt.example",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert_eq!(public_url(good), None, "{good}");
        }
        for bad in [
            "",
            "service.stadt.example",
            "https://",
            "ftp://stadt.example",
            "https://stadt.example/schalter",
            "https://stadt.example?x=1",
            "not a url",
        ] {
            assert!(
                public_url(bad).is_some_and(|text| text.contains("public_url")),
                "{bad}"
            );
        }
    }
}
