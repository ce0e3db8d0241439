//! Staff accounts, logins and sessions.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use store::{Account, Membership, Session};

use super::{Desk, DeskError};
use crate::secrets;

/// Shortest password, in characters (OWASP ASVS 5.0, 6.2.1).
const SHORTEST: usize = 12;
/// Longest password.
const LONGEST: usize = 128;
/// A session ends after this time without use.
const IDLE: i64 = 60 * 60 * 1000;
/// A session ends after this time in any case.
const ABSOLUTE: i64 = 12 * 60 * 60 * 1000;
/// Failed logins of one account or address within [`WINDOW`] before it has to wait.
const MOST_FAILURES: i64 = 10;
/// Time over which failures are counted.
const WINDOW: i64 = 15 * 60 * 1000;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Account name.
    pub account: String,
    /// Name shown to colleagues.
    pub name: String,
    /// Departments with the roles held there.
    pub roles: Vec<Membership>,
}

impl Staff {
    /// The departments this person works for, each once.
    pub fn departments(&self) -> Vec<String> {
        let mut departments: Vec<String> = self
            .roles
            .iter()
            .map(|place| place.department.clone())
            .collect();
        departments.sort();
        departments.dedup();
        departments
    }

    /// The roles held in a department.
    pub fn roles_in(&self, department: &str) -> Vec<String> {
        self.roles
            .iter()
            .filter(|place| place.department == department)
            .map(|place| place.role.clone())
            .collect()
    }
}

/// Why an account cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not a name.
    #[error("account names are 2 to 40 characters of a-z, 0-9, - and .")]
    Name,
    /// Not a role.
    #[error("`{0}` is not a role; write DEPARTMENT:ROLE, such as public-order:clerk")]
    Role(String),
    /// No such department.
    #[error("there is no department `{0}` in the catalogue")]
    Department(String),
    /// Too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters")]
    Password,
    /// The name is taken.
    #[error("there is already an account `{0}`")]
    Taken(String),
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hash,
    /// The database.
    #[error("the account could not be stored")]
    Store(#[from] store::StoreError),
}

/// Adds an account. Returns the password when one was made.
///
/// # Errors
/// When name, role or password are not acceptable, or the name is taken.
pub async fn add(
    desk: &Desk,
    name: &str,
    display: &str,
    roles: &[String],
    password: Option<String>,
) -> Result<Option<String>, AccountError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if !(2..=40).contains(&name.len()) || !name.chars().all(plain) {
        return Err(AccountError::Name);
    }
    let mut departments = Vec::new();
    for role in roles {
        let (department, role_name) = role
            .split_once(':')
            .ok_or_else(|| AccountError::Role(role.clone()))?;
        if desk.catalog.current().department(department).is_none() {
            return Err(AccountError::Department(department.to_owned()));
        }
        departments.push(Membership {
            department: department.to_owned(),
            role: role_name.to_owned(),
        });
    }
    let (password, made) = match password {
        Some(given) => (given, false),
        None => (
            secrets::grouped(&secrets::token()[..20])
                .replace(' ', "-")
                .to_lowercase(),
            true,
        ),
    };
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(AccountError::Password);
    }
    if desk.store.account(desk.tenant(), name).await?.is_some() {
        return Err(AccountError::Taken(name.to_owned()));
    }
    let account = Account {
        name: name.to_owned(),
        display_name: display.to_owned(),
        password_hash: hash_password(password.clone())
            .await
            .ok_or(AccountError::Hash)?,
        departments,
        disabled: false,
        created_at: desk.clock.now(),
    };
    desk.store.add_account(desk.tenant(), &account).await?;
    Ok(made.then_some(password))
}

/// argon2id on a thread that may block, since it takes tens of milliseconds by design.
async fn hash_password(password: String) -> Option<String> {
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .ok()
            .map(|hash| hash.to_string())
    })
    .await
    .ok()?
}

async fn password_fits(password: String, hash: String) -> bool {
    tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash).is_ok_and(|known| {
            Argon2::default()
                .verify_password(password.as_bytes(), &known)
                .is_ok()
        })
    })
    .await
    .unwrap_or(false)
}

/// A hash no password fits, so that unknown names take as long as known ones.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2NoYWx0ZXItbm9ib2R5$K0f5sBL5xX1bTgO0mJ4nq3bqzXcJm3hE2y0m9wqkqWc";

impl Desk {
    /// Checks name and password; the token of a new session, or nothing.
    ///
    /// # Errors
    /// [`DeskError::TooMany`] after many failures of this name or address.
    pub async fn log_in(
        &self,
        name: &str,
        password: &str,
        address: &str,
    ) -> Result<Option<String>, DeskError> {
        let now = self.clock.now();
        let keys = [
            format!("account:{}", name.to_lowercase()),
            format!("address:{address}"),
        ];
        for key in &keys {
            if self
                .store
                .login_failures(self.tenant(), key, now - WINDOW)
                .await?
                >= MOST_FAILURES
            {
                return Err(DeskError::TooMany);
            }
        }
        let account = self
            .store
            .account(self.tenant(), name)
            .await?
            .filter(|account| !account.disabled);
        let hash = account
            .as_ref()
            .map_or(NOBODY, |account| &account.password_hash)
            .to_owned();
        let password: String = password.chars().take(LONGEST).collect();
        if !password_fits(password, hash).await || account.is_none() {
            for key in &keys {
                self.store
                    .note_login_failure(self.tenant(), key, now)
                    .await?;
            }
            tracing::warn!(account = name, "login failed");
            return Ok(None);
        }
        let token = secrets::token();
        let session = Session {
            token_hash: secrets::hash(&token),
            account: name.to_owned(),
            created_at: now,
            seen_at: now,
            expires_at: now + IDLE,
        };
        self.store.create_session(self.tenant(), &session).await?;
        self.store
            .clear_login_failures(self.tenant(), &keys[0])
            .await?;
        tracing::info!(account = name, "logged in");
        Ok(Some(token))
    }

    /// Who has this session, if it is still alive.
    ///
    /// # Errors
    /// When the database does.
    pub async fn staff(&self, token: &str) -> Result<Option<Staff>, DeskError> {
        let now = self.clock.now();
        let hash = secrets::hash(token);
        let Some(session) = self.store.session(self.tenant(), &hash, now).await? else {
            return Ok(None);
        };
        let Some(account) = self.store.account(self.tenant(), &session.account).await? else {
            return Ok(None);
        };
        if account.disabled {
            return Ok(None);
        }
        // Once a minute is enough to know that somebody is still there.
        if now - session.seen_at > 60_000 {
            let until = (now + IDLE).min(session.created_at + ABSOLUTE);
            self.store
                .touch_session(self.tenant(), &hash, now, until)
                .await?;
        }
        Ok(Some(Staff {
            account: account.name,
            name: account.display_name,
            roles: account.departments,
        }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database does.
    pub async fn log_out(&self, token: &str) -> Result<(), DeskError> {
        self.store
            .remove_session(self.tenant(), &secrets::hash(token))
            .await?;
        Ok(())
    }
}
