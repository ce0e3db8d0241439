//! Accounts of staff and what they are in which department.

use std::collections::BTreeMap;

use engine::case::Millis;

use crate::sql::{all, optional, run, statements};
use crate::{Store, StoreError};

/// A role in a department.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// Department id.
    pub department: String,
    /// Role, such as `clerk` or `lead`.
    pub role: String,
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name to log in with, in small letters.
    pub name: String,
    /// Name others see.
    pub display_name: String,
    /// Argon2id hash in the PHC format.
    pub password_hash: String,
    /// Roles, sorted.
    pub departments: Vec<Membership>,
    /// Whether logging in is refused.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Millis,
    /// Until when a password that was made for the person lets them in, once,
    /// to set their own; `None` for a password of their own.
    pub initial_until: Option<Millis>,
}

statements! {
    ADD = "INSERT INTO account (tenant_id, name, display_name, password_hash, disabled, created_at, initial_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, name) DO NOTHING";
    ADD_ROLE = "INSERT INTO account_role (tenant_id, account, department, role) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, account, department, role) DO NOTHING";
    CLEAR_ROLES = "DELETE FROM account_role WHERE tenant_id = $1 AND account = $2";
    ACCOUNT = "SELECT name, display_name, password_hash, disabled, created_at, initial_until FROM account
        WHERE tenant_id = $1 AND name = $2";
    ACCOUNTS = "SELECT name, display_name, password_hash, disabled, created_at, initial_until FROM account
        WHERE tenant_id = $1 ORDER BY name";
    ROLES = "SELECT account, department, role FROM account_role WHERE tenant_id = $1 AND account = $2
        ORDER BY department, role";
    ALL_ROLES = "SELECT account, department, role FROM account_role WHERE tenant_id = $1
        ORDER BY account, department, role";
    SET_PASSWORD = "UPDATE account SET password_hash = $3, initial_until = $4 WHERE tenant_id = $1 AND name = $2";
    SPEND_PASSWORD = "UPDATE account SET password_hash = '' WHERE tenant_id = $1 AND name = $2
        AND password_hash = $3 AND initial_until IS NOT NULL";
    SET_DISABLED = "UPDATE account SET disabled = $3 WHERE tenant_id = $1 AND name = $2";
    SET_DISPLAY_NAME = "UPDATE account SET display_name = $3 WHERE tenant_id = $1 AND name = $2";
    END_SESSIONS = "DELETE FROM session WHERE tenant_id = $1 AND account = $2";
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    display_name: String,
    password_hash: String,
    disabled: bool,
    created_at: i64,
    initial_until: Option<i64>,
}

impl Row {
    fn with(self, departments: Vec<Membership>) -> Account {
        Account {
            name: self.name,
            display_name: self.display_name,
            password_hash: self.password_hash,
            departments,
            disabled: self.disabled,
            created_at: self.created_at,
            initial_until: self.initial_until,
        }
    }
}

impl Store {
    /// Adds an account with its roles. [`StoreError::Conflict`] when the name exists.
    pub async fn add_account(&self, tenant: &str, account: &Account) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let name = account.name.as_str();
        let (shown, password) = (
            account.display_name.as_str(),
            account.password_hash.as_str(),
        );
        if run!(
            &mut tx,
            ADD,
            tenant,
            name,
            shown,
            password,
            account.disabled,
            account.created_at,
            account.initial_until
        )? != 1
        {
            return Err(StoreError::Conflict);
        }
        for place in &account.departments {
            run!(
                &mut tx,
                ADD_ROLE,
                tenant,
                name,
                place.department.as_str(),
                place.role.as_str()
            )?;
        }
        tx.commit().await
    }

    /// The account with this name.
    pub async fn account(&self, tenant: &str, name: &str) -> Result<Option<Account>, StoreError> {
        let mut db = self.reader().await?;
        let Some(row) = optional!(&mut db, Row, ACCOUNT, tenant, name)? else {
            return Ok(None);
        };
        let roles = all!(&mut db, (String, String, String), ROLES, tenant, name)?;
        let departments = roles
            .into_iter()
            .map(|(_, department, role)| Membership { department, role })
            .collect();
        Ok(Some(row.with(departments)))
    }

    /// All accounts by name.
    pub async fn accounts(&self, tenant: &str) -> Result<Vec<Account>, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, Row, ACCOUNTS, tenant)?;
        let mut places: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
        for (account, department, role) in
            all!(&mut db, (String, String, String), ALL_ROLES, tenant)?
        {
            places
                .entry(account)
                .or_default()
                .push(Membership { department, role });
        }
        Ok(rows
            .into_iter()
            .map(|row| {
                let departments = places.remove(&row.name).unwrap_or_default();
                row.with(departments)
            })
            .collect())
    }

    /// Sets the password and ends all sessions of the account. With
    /// `initial_until` the person has to set another one at the next login.
    pub async fn set_password(
        &self,
        tenant: &str,
        name: &str,
        password_hash: &str,
        initial_until: Option<Millis>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        changed(run!(
            &mut tx,
            SET_PASSWORD,
            tenant,
            name,
            password_hash,
            initial_until
        )?)?;
        run!(&mut tx, END_SESSIONS, tenant, name)?;
        tx.commit().await
    }

    /// Takes a password that was made for somebody out of use, after it let
    /// them in. `false` when another login was faster.
    pub async fn spend_password(
        &self,
        tenant: &str,
        name: &str,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, SPEND_PASSWORD, tenant, name, password_hash)? == 1)
    }

    /// Refuses or allows logging in; refusing ends all sessions.
    pub async fn set_disabled(
        &self,
        tenant: &str,
        name: &str,
        disabled: bool,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        changed(run!(&mut tx, SET_DISABLED, tenant, name, disabled)?)?;
        if disabled {
            run!(&mut tx, END_SESSIONS, tenant, name)?;
        }
        tx.commit().await
    }

    /// Replaces the shown name and the roles.
    pub async fn set_roles(
        &self,
        tenant: &str,
        name: &str,
        display_name: &str,
        departments: &[Membership],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        changed(run!(&mut tx, SET_DISPLAY_NAME, tenant, name, display_name)?)?;
        run!(&mut tx, CLEAR_ROLES, tenant, name)?;
        for place in departments {
            run!(
                &mut tx,
                ADD_ROLE,
                tenant,
                name,
                place.department.as_str(),
                place.role.as_str()
            )?;
        }
        tx.commit().await
    }
}

fn changed(rows: u64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound("account"))
    }
}
