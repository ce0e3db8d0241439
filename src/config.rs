//! Settings: one TOML file, read once at start. The only place that looks at
//! files and the environment for settings.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::web::proxy::{Network, ProxyHeader};

/// Everything a node needs to know before it starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address the server listens on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address citizens see, without a slash at the end; links in mails start with it.
    pub public_url: String,
    /// Folder for the embedded database and the keys.
    pub data: PathBuf,
    /// Folders with `forms/`, `workflows/` and `catalogue/`, later ones override
    /// files of earlier ones. None means the definitions built into the program.
    #[serde(default)]
    pub definitions: Vec<PathBuf>,
    /// The town.
    pub town: Town,
    /// The database; the embedded one when missing.
    #[serde(default)]
    pub database: Database,
    /// How mail leaves; when missing it is kept and nothing leaves the machine.
    pub mail: Option<inbox::mail::MailerConfig>,
    /// Inboxes beside the built-in clerk queue.
    #[serde(default)]
    pub inbox: Vec<InboxBinding>,
    /// File with the 32-byte key shared by all nodes; `server.key` in the data folder when missing.
    pub key_file: Option<PathBuf>,
    /// Whether pending migrations are applied at start.
    #[serde(default = "yes")]
    pub migrate_at_start: bool,
    /// Whether this node also delivers and runs timers.
    #[serde(default = "yes")]
    pub worker: bool,
    /// Proxies before this node, as addresses or networks: only they are
    /// believed when they name the address they speak for.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// The header in which they do.
    #[serde(default)]
    pub proxy_header: ProxyHeader,
    /// Whether the pages of the demo town (mail box, payment) are served.
    #[serde(default)]
    pub demo: bool,
}

/// The town as letters and pages name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// Tenant id in the database.
    pub tenant: String,
    /// Name on pages and letters, such as `Stadt Musterstadt`.
    pub name: String,
    /// First part of case numbers, such as `MS`.
    pub prefix: String,
    /// Street and number.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// Mail address of the service desk; sender of mails.
    pub email: String,
    /// Telephone of the service desk.
    pub phone: String,
    /// Account of the city treasury, for fees in letters.
    pub iban: Option<String>,
    /// Name and address of the administrative court, for the remedies in
    /// decisions (§ 58 Abs. 1 VwGO asks for its seat).
    pub administrative_court: Option<String>,
    /// Name and address of the social court (§ 66 Abs. 1 SGG).
    pub social_court: Option<String>,
}

impl Town {
    /// Settings without which letters are incomplete.
    pub fn missing(&self) -> Vec<&'static str> {
        let settings = [
            ("iban", &self.iban),
            ("administrative_court", &self.administrative_court),
            ("social_court", &self.social_court),
        ];
        let missing = settings.into_iter().filter(|(_, value)| value.is_none());
        missing.map(|(name, _)| name).collect()
    }
}

/// Where cases are stored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "lowercase")]
pub enum Database {
    /// One SQLite file `schalter.db` in the data folder.
    #[default]
    Sqlite,
    /// PostgreSQL.
    Postgres {
        /// Connection URL; may also stand in the file `url_file`.
        url: Option<String>,
        /// File with the connection URL, for secrets.
        url_file: Option<PathBuf>,
        /// Connections of this node.
        #[serde(default = "default_connections")]
        connections: u32,
    },
}

/// An inbox and whose cases it gets.
#[derive(Clone, Debug, Deserialize)]
pub struct InboxBinding {
    /// Department id of the catalogue.
    pub department: String,
    /// Queue id; every queue of the department when missing.
    pub queue: Option<String>,
    /// The inbox.
    #[serde(flatten)]
    pub inbox: inbox::InboxConfig,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {path} cannot be read; check the path and the rights")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no valid settings file.
    #[error("the settings file {path} has a mistake: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// No database URL.
    #[error("database.kind is postgres: set database.url or database.url_file")]
    NoDatabaseUrl,
}

impl Config {
    /// Reads a settings file; relative paths in it start at its folder.
    ///
    /// # Errors
    /// When the file cannot be read or has a mistake.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|source| ConfigError::Read {
                path: path.to_owned(),
                source,
            })
        };
        let mut config: Config =
            toml::from_str(&read(path)?).map_err(|source| ConfigError::Parse {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        let base = path.parent().unwrap_or(Path::new("."));
        config.data = base.join(&config.data);
        config.key_file = config.key_file.map(|file| base.join(file));
        for folder in &mut config.definitions {
            *folder = base.join(&folder);
        }
        if let Database::Postgres { url, url_file, .. } = &mut config.database {
            if let (None, Some(file)) = (&url, &url_file) {
                *url = Some(read(&base.join(file))?.trim().to_owned());
            }
            if url.is_none() {
                return Err(ConfigError::NoDatabaseUrl);
            }
        }
        config.public_url = config.public_url.trim_end_matches('/').to_owned();
        Ok(config)
    }

    /// Where the store is.
    ///
    /// # Errors
    /// When PostgreSQL has no URL.
    pub fn store_settings(&self) -> Result<store::Settings, ConfigError> {
        match &self.database {
            Database::Sqlite => Ok(store::Settings::Sqlite {
                path: self.data.join("schalter.db"),
            }),
            Database::Postgres {
                url, connections, ..
            } => Ok(store::Settings::Postgres {
                url: url.clone().ok_or(ConfigError::NoDatabaseUrl)?,
                max_connections: *connections,
            }),
        }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_connections() -> u32 {
    10
}

fn yes() -> bool {
    true
}
