//! The program in a process of its own.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program in its own process.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// From its start until it listened.
    pub(crate) started_in: Duration,
}

impl Server {
    pub(crate) async fn start(folder: &Path, url: Option<&str>, smtp: Option<u16>) -> Server {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let config = folder.join("schalter.toml");
        std::fs::write(&config, settings(folder, url, smtp).await)
            .expect("the settings are written");
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_schalter"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("its output");
        let line = std::io::BufReader::new(output)
            .lines()
            .next()
            .expect("the line that says where it listens")
            .expect("its output");
        let address = line
            .rsplit("http://")
            .next()
            .expect("an address")
            .to_owned();
        Server {
            child,
            address,
            started_in: begin.elapsed(),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn resident_mib(&self) -> f64 {
        let status = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let text = std::fs::read_to_string(status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|line| {
                line.split_whitespace()
                    .next()
                    .and_then(|number| number.parse::<f64>().ok())
            });
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Ends the program, as dropping does.
    pub(crate) fn stop(self) {}
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("the program stops");
        self.child.wait().expect("the program has stopped");
    }
}

async fn settings(folder: &Path, url: Option<&str>, smtp: Option<u16>) -> String {
    let database = match url {
        None => String::new(),
        Some(url) => {
            format!(
                "[database]\nkind = \"postgres\"\nurl = \"{}\"\nconnections = 32\n",
                fresh_database(url).await
            )
        }
    };
    let mail = smtp.map_or(String::new(), |port| {
        format!(
            "[mail]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
             from = {{ name = \"Bench\", address = \"bench@stadt.example\" }}\n"
        )
    });
    // Without mail the worker rests: the figure is that of taking submissions.
    let worker = smtp.is_some();
    format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata = \"{}\"\nworker = {worker}\n\
         [town]\ntenant = \"bench\"\nname = \"Bench\"\nprefix = \"BE\"\nstreet = \"Platz 1\"\npostcode = \"47798\"\n\
         city = \"Bench\"\nemail = \"bench@stadt.example\"\nphone = \"+49 2151 0\"\n{database}{mail}",
        folder.join("data").display()
    )
}

/// A new database beside the one of the URL.
pub(crate) async fn fresh_database(url: &str) -> String {
    store::testing::fresh_database(url)
        .await
        .expect("the database server makes a database")
}
