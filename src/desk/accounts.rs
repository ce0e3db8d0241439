//! Staff accounts: their roles and their passwords. Signing in is in `login`.

use std::collections::BTreeSet;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use store::{Account, Membership};

use engine::definitions::{Definitions, Service};
use engine::workflow::{Action, Name};

use super::Desk;
use crate::preflight::unknown;
use crate::secrets;

/// Shortest password, in characters (OWASP ASVS 5.0, 6.2.1).
pub const SHORTEST: usize = 12;
/// Longest password.
pub const LONGEST: usize = 128;
/// A password made for somebody lets them in for this long.
const INITIAL: i64 = 14 * 24 * 60 * 60 * 1000;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Account name.
    pub account: String,
    /// Name shown to colleagues.
    pub name: String,
    /// Departments with the roles held there.
    pub roles: Vec<Membership>,
    /// Whether they came in with a password made for them and have to set
    /// their own before anything else.
    pub must_set_password: bool,
}

/// The role that sees what concerns the whole city's definitions. It can be
/// held in any department, and works no cases by itself.
pub const ADMINISTRATOR: &str = "administrator";

impl Staff {
    /// Whether this person looks after the definitions.
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|place| place.role == ADMINISTRATOR)
    }

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
    /// No such department, or no such role there; names what there is.
    #[error("{0}")]
    Unknown(String),
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
        departments.push(membership(&desk.catalog.current(), role)?);
    }
    let (password, made) = given_or_made(password)?;
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
        initial_until: made.then(|| desk.clock.now() + INITIAL),
    };
    desk.store.add_account(desk.tenant(), &account).await?;
    Ok(made.then_some(password))
}

/// Gives an account another password and ends its sessions. Returns the
/// password when one was made; it is to be changed at the next login.
///
/// # Errors
/// When there is no such account, or the password is not acceptable.
pub async fn renew_password(
    desk: &Desk,
    name: &str,
    password: Option<String>,
) -> Result<Option<String>, AccountError> {
    let (password, made) = given_or_made(password)?;
    let hash = hash_password(password.clone())
        .await
        .ok_or(AccountError::Hash)?;
    let until = made.then(|| desk.clock.now() + INITIAL);
    known(
        desk,
        name,
        desk.store
            .set_password(desk.tenant(), name, &hash, until)
            .await,
    )
    .await?;
    Ok(made.then_some(password))
}

/// Refuses or allows an account to sign in; refusing ends its sessions.
///
/// # Errors
/// When there is no such account.
pub async fn set_disabled(desk: &Desk, name: &str, disabled: bool) -> Result<(), AccountError> {
    let outcome = desk.store.set_disabled(desk.tenant(), name, disabled).await;
    known(desk, name, outcome).await
}

/// An outcome of the store, with the account that was meant where there is none.
async fn known(
    desk: &Desk,
    name: &str,
    outcome: Result<(), store::StoreError>,
) -> Result<(), AccountError> {
    let Err(store::StoreError::NotFound(_)) = outcome else {
        return Ok(outcome?);
    };
    let accounts = desk.store.accounts(desk.tenant()).await?;
    let names = accounts.iter().map(|account| account.name.as_str());
    Err(AccountError::Unknown(unknown(
        &format!("there is no account `{name}`"),
        name,
        names.collect(),
    )))
}

/// The password that was given, or one made here, and whether it was made.
fn given_or_made(given: Option<String>) -> Result<(String, bool), AccountError> {
    let made = given.is_none();
    let password = given.unwrap_or_else(|| {
        secrets::grouped(&secrets::token()[..20])
            .replace(' ', "-")
            .to_lowercase()
    });
    if (SHORTEST..=LONGEST).contains(&password.chars().count()) {
        Ok((password, made))
    } else {
        Err(AccountError::Password)
    }
}

/// The department and role that `DEPARTMENT:ROLE` names.
///
/// # Errors
/// When there is no such department, or no workflow it takes part in has the
/// role and it is not [`ADMINISTRATOR`].
pub fn membership(definitions: &Definitions, text: &str) -> Result<Membership, AccountError> {
    let (department, role) = text
        .split_once(':')
        .ok_or_else(|| AccountError::Role(text.to_owned()))?;
    if definitions.department(department).is_none() {
        let known = definitions
            .departments
            .iter()
            .map(|known| known.id.as_str());
        return Err(AccountError::Unknown(unknown(
            &format!("there is no department `{department}`"),
            department,
            known.collect(),
        )));
    }
    let known = roles_in(definitions, department);
    if role != ADMINISTRATOR && !known.contains(role) {
        return Err(AccountError::Unknown(unknown(
            &format!("no workflow of {department} has a role `{role}`"),
            role,
            known.into_iter().collect(),
        )));
    }
    Ok(Membership {
        department: department.to_owned(),
        role: role.to_owned(),
    })
}

/// The roles of staff in the workflows a department works in: those of its own
/// services and those that hand cases over to it.
pub fn roles_in<'d>(definitions: &'d Definitions, department: &str) -> BTreeSet<&'d str> {
    let works_in = |service: &Service| {
        service.form.service.department == department
            || service.workflow.actions().any(|action| match action {
                Action::Forward { department: to, .. } => match to {
                    Name::Fixed(to) => to == department,
                    // Where a computed one leads is known only when a case is there.
                    Name::Computed(_) => true,
                },
                _ => false,
            })
    };
    definitions
        .services
        .values()
        .filter(|service| works_in(service))
        .flat_map(|service| &service.workflow.roles)
        .filter(|(_, role)| !role.citizen)
        .map(|(id, _)| id.as_str())
        .collect()
}

/// argon2id on a thread that may block, since it takes tens of milliseconds by design.
pub(super) async fn hash_password(password: String) -> Option<String> {
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .ok()
            .map(|hash| hash.to_string())
    })
    .await
    .ok()?
}

pub(super) async fn password_fits(password: String, hash: String) -> bool {
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
