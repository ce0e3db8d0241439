//! `schalter verify`: whether a receipt is true, for anybody with the town's key.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use paper::{PublicKey, Verdict};

use super::{EXIT_FOUND, Failure, fail};
use crate::config::Config;
use crate::{demo, wiring};

/// Where a key may come from, for those who gave none or the wrong one.
const WHICH_KEY: &str = "give the town's public key with --key (it stands at /api/v1/seal and on the page that checks receipts), \
     its settings with --config, or the folder of a demo with --data";

/// The receipt and whose key is meant.
#[derive(Args)]
pub(super) struct Which {
    /// The PDF
    file: PathBuf,
    /// Public key of the town as it publishes it (base64url); it may begin with a hyphen
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<String>,
    /// Settings file of the town whose key is meant
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    config: Option<PathBuf>,
    /// Data folder of the demo that made the receipt
    #[arg(long, value_name = "DIR", conflicts_with_all = ["key", "config"])]
    data: Option<PathBuf>,
}

impl Which {
    fn keys(&self) -> Result<Vec<PublicKey>, Failure> {
        if let Some(text) = &self.key {
            return Ok(vec![wiring::public_key(text)?]);
        }
        if let Some(path) = &self.config {
            return Ok(vec![wiring::town_key(&Config::read(path)?)?]);
        }
        if let Some(folder) = &self.data {
            let keys = demo::keys_in(std::slice::from_ref(folder));
            if keys.is_empty() {
                return Err(format!(
                    "there is no server.key in {}; --data names the folder a demo was started with",
                    folder.display()
                )
                .into());
            }
            return Ok(keys);
        }
        let keys = demo::public_keys();
        if keys.is_empty() {
            return Err(format!("no key to check with: {WHICH_KEY}").into());
        }
        Ok(keys)
    }
}

pub(super) fn run(which: &Which) -> ExitCode {
    let outcome = which.keys().and_then(|keys| {
        let pdf = std::fs::read(&which.file)
            .map_err(|error| format!("{} cannot be read: {error}", which.file.display()))?;
        Ok(paper::check_receipt(&pdf, &keys))
    });
    match outcome {
        Err(error) => fail(&*error),
        Ok(verdict) => {
            outln!("{}", wiring::verdict_text(&verdict));
            match verdict {
                Verdict::True { .. } => ExitCode::SUCCESS,
                Verdict::UnknownKey { .. } => {
                    outln!("if another town made it, {WHICH_KEY}");
                    ExitCode::from(EXIT_FOUND)
                }
                _ => ExitCode::from(EXIT_FOUND),
            }
        }
    }
}
