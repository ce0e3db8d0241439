//! The demo town: settings, sample accounts and a folder of its own, so that
//! one command shows everything and nothing leaves the machine.

use std::error::Error;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;

use crate::cli::out::outln;
use crate::config::{Config, Database, Town};
use crate::desk::accounts;
use crate::secrets;
use crate::web::proxy::ProxyHeader;
use crate::wiring::{self, App};

type Failure = Box<dyn Error + Send + Sync>;

/// Port tried first when none was asked for.
const PORT: u16 = 8080;
/// Folder used when none was asked for; a second demo takes the next number.
const FOLDER: &str = "schalter-demo";
/// How many demos may run beside each other from one folder.
const MOST_FOLDERS: u32 = 20;
/// File with the passwords of the sample accounts.
const PASSWORDS: &str = "sample-accounts.txt";

/// Sample accounts: functions, not people.
const ACCOUNTS: [(&str, &str, &[&str]); 9] = [
    (
        "gewerbe",
        "Sachbearbeitung Gewerbe",
        &["public-order:intake", "public-order:clerk"],
    ),
    (
        "gewerbe-leitung",
        "Teamleitung Gewerbe",
        &[
            "public-order:intake",
            "public-order:clerk",
            "public-order:teamlead",
        ],
    ),
    (
        "vhs",
        "Kursverwaltung VHS",
        &["adult-education:clerk", "adult-education:provider"],
    ),
    (
        "vhs-leitung",
        "Leitung VHS",
        &["adult-education:clerk", "adult-education:teamlead"],
    ),
    (
        "kartografie",
        "Kartenvertrieb",
        &["survey-cadastre:clerk", "survey-cadastre:fulfilment"],
    ),
    (
        "kartografie-leitung",
        "Leitung Kartografie",
        &[
            "survey-cadastre:clerk",
            "survey-cadastre:teamlead",
            "survey-cadastre:fulfilment",
        ],
    ),
    (
        "maengel",
        "Mängelmelder",
        &[
            "municipal-works:triage",
            "municipal-works:field",
            "municipal-works:clerk",
        ],
    ),
    (
        "bauleitplanung",
        "Bauleitplanung",
        &["urban-planning:clerk", "urban-planning:committee"],
    ),
    (
        "verwaltung",
        "Pflege der Dienste",
        &["citizen-services:administrator"],
    ),
];

/// Starts the demo town and serves it until it is stopped.
///
/// # Errors
/// When the folder is in use by another demo, the port is taken, or the
/// definitions have errors.
pub async fn run(
    port: Option<u16>,
    data: Option<PathBuf>,
    definitions: Vec<PathBuf>,
) -> Result<(), Failure> {
    wiring::log();
    let (data, _lock) = claim_folder(data)?;
    let listener = listen(port).await?;
    let address = listener.local_addr()?;
    let app = App::build(settings(address, &data, definitions)).await?;
    let passwords = sample_accounts(&app, &data).await?;
    outln!("Schalter demo town: {}", app.desk.town.name);
    outln!(
        "data folder: {} (delete it to start afresh)",
        data.display()
    );
    outln!("clerk login: http://{address}/staff/login");
    outln!("sample accounts:");
    for ((name, display, _), password) in ACCOUNTS.iter().zip(&passwords) {
        outln!("  {name:<20} {password}   {display}");
    }
    outln!("mails of the demo: http://{address}/demo/mails");
    outln!("listening on http://{address}");
    app.serve(listener, wiring::stop_signal()).await
}

/// Public keys of the demo towns in this folder, for `schalter verify` without a key.
pub fn public_keys() -> Vec<paper::PublicKey> {
    let folders: Vec<PathBuf> = (1..=MOST_FOLDERS)
        .map(|number| folder_name(number).into())
        .collect();
    keys_in(&folders)
}

/// Public keys of these data folders; folders without one are passed over.
pub fn keys_in(folders: &[PathBuf]) -> Vec<paper::PublicKey> {
    folders
        .iter()
        .map(|folder| folder.join("server.key"))
        .filter(|path| path.is_file())
        .filter_map(|path| secrets::ServerKey::load(&path).ok())
        .map(|key| wiring::sealing_key(&key).public_key())
        .collect()
}

/// Settings of the demo town.
pub fn settings(listen: SocketAddr, data: &Path, definitions: Vec<PathBuf>) -> Config {
    Config {
        listen,
        public_url: format!("http://{listen}"),
        data: data.to_owned(),
        definitions,
        town: Town {
            tenant: "musterstadt".into(),
            name: "Stadt Musterstadt".into(),
            prefix: "MS".into(),
            street: "Rathausplatz 1".into(),
            postcode: "47798".into(),
            city: "Musterstadt".into(),
            email: "service@stadt.example".into(),
            phone: "+49 2151 000-0".into(),
            iban: Some("DE02 1203 0000 0000 2020 51".into()),
            administrative_court: Some(
                "Verwaltungsgericht Musterstadt, Justizallee 1, 47798 Musterstadt".into(),
            ),
            social_court: Some(
                "Sozialgericht Musterstadt, Justizallee 3, 47798 Musterstadt".into(),
            ),
        },
        database: Database::Sqlite,
        mail: None,
        inbox: Vec::new(),
        key_file: None,
        migrate_at_start: true,
        worker: true,
        trusted_proxies: Vec::new(),
        proxy_header: ProxyHeader::default(),
        demo: true,
    }
}

fn folder_name(number: u32) -> String {
    if number == 1 {
        FOLDER.to_owned()
    } else {
        format!("{FOLDER}-{number}")
    }
}

/// The folder, locked for this process: the one asked for, or the first free default.
fn claim_folder(asked: Option<PathBuf>) -> Result<(PathBuf, File), Failure> {
    if let Some(folder) = asked {
        return match lock(&folder)? {
            Some(lock) => Ok((folder, lock)),
            None => Err(format!(
                "another demo uses {}; give another folder with --data",
                folder.display()
            )
            .into()),
        };
    }
    for number in 1..=MOST_FOLDERS {
        let folder = PathBuf::from(folder_name(number));
        if let Some(lock) = lock(&folder)? {
            return Ok((folder, lock));
        }
    }
    Err("too many demos run here; give a folder with --data".into())
}

fn lock(folder: &Path) -> Result<Option<File>, Failure> {
    let shown = folder.display();
    if folder.exists() && !folder.is_dir() {
        return Err(format!(
            "{shown} is a file; --data names a folder, which is made when missing"
        )
        .into());
    }
    fs::create_dir_all(folder)
        .map_err(|error| format!("the data folder {shown} cannot be made: {error}"))?;
    let failed = |error: io::Error| format!("the data folder {shown} cannot be used: {error}");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("demo.lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error).into()),
    }
}

/// The port asked for, else the usual one or a free one.
pub(crate) async fn listen(port: Option<u16>) -> Result<TcpListener, Failure> {
    let bind = |port| TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)));
    match port {
        Some(port) => bind(port).await.map_err(|error| {
            format!("port {port} cannot be used ({error}); give another one with --port").into()
        }),
        None => match bind(PORT).await {
            Ok(listener) => Ok(listener),
            Err(_) => Ok(bind(0).await?),
        },
    }
}

/// Makes the accounts on first start; afterwards reads their passwords again.
async fn sample_accounts(app: &App, data: &Path) -> Result<Vec<String>, Failure> {
    let file = data.join(PASSWORDS);
    let mut known: Vec<String> = fs::read_to_string(&file)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    let existing = app.desk.store.accounts(&app.desk.town.tenant).await?;
    for (at, (name, display, roles)) in ACCOUNTS.iter().enumerate() {
        if known.len() <= at {
            known.push(
                secrets::grouped(&secrets::token()[..16])
                    .replace(' ', "-")
                    .to_lowercase(),
            );
        }
        // Definitions of the caller's own need not have these departments.
        let definitions = app.desk.catalog.current();
        let roles: Vec<String> = roles
            .iter()
            .filter(|role| accounts::membership(&definitions, role).is_ok())
            .map(|&role| role.to_owned())
            .collect();
        if !roles.is_empty() && existing.iter().all(|account| account.name != *name) {
            accounts::add(&app.desk, name, display, &roles, Some(known[at].clone())).await?;
        }
    }
    fs::write(&file, known.join("\n"))?;
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town");
        fs::write(&file, "").unwrap();
        let error = claim_folder(Some(file.clone())).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        assert!(error.contains("is a file"), "{error}");
        let below = claim_folder(Some(file.join("deeper"))).unwrap_err();
        assert!(below.to_string().contains("town/deeper"), "{below}");
    }
}
