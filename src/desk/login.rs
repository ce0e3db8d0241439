//! Signing in and out, sessions, and slowing down those who guess.
//!
//! Three counts of wrong tries are kept. One of the account from one address,
//! small: it stops a person who guesses. One of the account from everywhere:
//! it stops many machines that guess together; browsers that signed in to the
//! account before carry a proof of it and have a count of their own instead, so
//! that nobody is kept out of their account by others. One of the address over
//! all accounts, wide enough for an office behind one address.

use std::net::IpAddr;

use store::{Account, Session};

use super::accounts::{LONGEST, Staff, hash_password, password_fits};
use super::passwords::{self, Weakness};
use super::{Desk, DeskError};
use crate::secrets;

/// A session ends after this time without use.
const IDLE: i64 = 60 * 60 * 1000;
/// A session ends after this time in any case.
const ABSOLUTE: i64 = 12 * 60 * 60 * 1000;
/// Time over which wrong tries are counted.
const WINDOW: i64 = 15 * 60 * 1000;
/// Wrong tries of an account from one address, or one known browser.
const MOST_HERE: i64 = 10;
/// Wrong tries of an account from all addresses together.
const MOST_OF_ACCOUNT: i64 = 50;
/// Wrong tries from one address, whatever the account.
const MOST_OF_ADDRESS: i64 = 100;

/// A hash no password fits, so that unknown names take as long as known ones.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2NoYWx0ZXItbm9ib2R5$K0f5sBL5xX1bTgO0mJ4nq3bqzXcJm3hE2y0m9wqkqWc";

/// How a try to sign in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A session was begun.
    In {
        /// Secret of the session, for the cookie.
        token: String,
        /// Proof for later that this browser signed in to the account.
        browser: String,
    },
    /// Name and password do not fit, or the account is disabled.
    Wrong,
    /// Too many wrong tries.
    Wait {
        /// Seconds until the next try is allowed.
        seconds: i64,
    },
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// The present password is not that.
    Wrong,
    /// Too many wrong tries.
    Wait {
        /// Seconds until the next try is allowed.
        seconds: i64,
    },
    /// The new one is not good enough.
    Weak(Weakness),
}

/// A count of wrong tries and how many it allows.
type Limit = (String, i64);

impl Desk {
    /// Checks name and password; `browser` is the proof a browser kept from
    /// an earlier login, if it has one.
    ///
    /// # Errors
    /// When the database does.
    pub async fn log_in(
        &self,
        name: &str,
        password: &str,
        address: &str,
        browser: Option<&str>,
    ) -> Result<Login, DeskError> {
        let now = self.clock.now();
        let browser = browser.filter(|proof| self.knows_browser(name, proof));
        let limits = limits(name, address, browser);
        if let Some(seconds) = self.must_wait(&limits).await? {
            return Ok(Login::Wait { seconds });
        }
        let Some(account) = self.fitting(name, password).await? else {
            self.note_failures(&limits).await?;
            tracing::warn!(account = name, address, "login failed");
            return Ok(Login::Wrong);
        };
        let token = self.begin_session(&account.name, now).await?;
        // Those of the address stay: one true password must not buy a hundred tries.
        for (key, _) in limits
            .iter()
            .filter(|(key, _)| !key.starts_with("address:"))
        {
            self.store.clear_login_failures(self.tenant(), key).await?;
        }
        tracing::info!(account = name, address, "logged in");
        let browser = browser.map_or_else(|| self.browser_proof(name), str::to_owned);
        Ok(Login::In { token, browser })
    }

    /// The account, when the password fits it and it may sign in.
    async fn fitting(&self, name: &str, password: &str) -> Result<Option<Account>, DeskError> {
        let now = self.clock.now();
        let account = self
            .store
            .account(self.tenant(), name)
            .await?
            .filter(|account| !account.disabled)
            .filter(|account| account.initial_until.is_none_or(|until| now < until));
        let hash = account
            .as_ref()
            .map_or(NOBODY, |account| &account.password_hash)
            .to_owned();
        let password: String = password.chars().take(LONGEST).collect();
        let fits = password_fits(password, hash).await;
        let Some(account) = account.filter(|_| fits) else {
            return Ok(None);
        };
        // A password that was made for somebody lets them in once.
        if account.initial_until.is_some()
            && !self
                .store
                .spend_password(self.tenant(), name, &account.password_hash)
                .await?
        {
            return Ok(None);
        }
        Ok(Some(account))
    }

    async fn begin_session(&self, account: &str, now: i64) -> Result<String, DeskError> {
        let token = secrets::token();
        let session = Session {
            token_hash: secrets::hash(&token),
            account: account.to_owned(),
            created_at: now,
            seen_at: now,
            expires_at: now + IDLE,
        };
        self.store.create_session(self.tenant(), &session).await?;
        Ok(token)
    }

    /// Seconds to wait where one of the counts is full, the longest of them.
    async fn must_wait(&self, limits: &[Limit]) -> Result<Option<i64>, DeskError> {
        let now = self.clock.now();
        let mut until = None;
        for (key, most) in limits {
            let blocked = self
                .store
                .login_blocked_by(self.tenant(), key, now - WINDOW + 1, *most)
                .await?;
            until = until.max(blocked.map(|at| at + WINDOW));
        }
        Ok(until.map(|until| ((until - now + 999) / 1000).max(1)))
    }

    async fn note_failures(&self, limits: &[Limit]) -> Result<(), DeskError> {
        let now = self.clock.now();
        for (key, _) in limits {
            self.store
                .note_login_failure(self.tenant(), key, now)
                .await?;
        }
        Ok(())
    }

    /// `id.signature`, bound to the account; nothing is stored.
    fn browser_proof(&self, account: &str) -> String {
        let id = secrets::token();
        let signature = self.browser_signature(account, &id);
        format!("{id}.{signature}")
    }

    fn knows_browser(&self, account: &str, proof: &str) -> bool {
        proof.split_once('.').is_some_and(|(id, signature)| {
            secrets::same(&self.browser_signature(account, id), signature)
        })
    }

    fn browser_signature(&self, account: &str, id: &str) -> String {
        let tenant = self.tenant();
        let bytes = self.key.derive(&format!("browser/{tenant}/{account}/{id}"));
        secrets::content_hash(&bytes)
    }

    /// Sets the password somebody chose. All sessions of the account end; the
    /// secret of a new one comes back. Who came in with a password made for
    /// them need not give it again: it is spent.
    ///
    /// # Errors
    /// When the database does, or the account is gone.
    pub async fn change_password(
        &self,
        staff: &Staff,
        present: &str,
        new: &str,
        address: &str,
    ) -> Result<Result<String, Unchanged>, DeskError> {
        let limits = limits(&staff.account, address, None);
        if let Some(seconds) = self.must_wait(&limits).await? {
            return Ok(Err(Unchanged::Wait { seconds }));
        }
        if !staff.must_set_password && self.fitting(&staff.account, present).await?.is_none() {
            self.note_failures(&limits).await?;
            return Ok(Err(Unchanged::Wrong));
        }
        if let Some(weakness) = passwords::weakness(new, &staff.account) {
            return Ok(Err(Unchanged::Weak(weakness)));
        }
        let hash = hash_password(new.to_owned())
            .await
            .ok_or_else(|| DeskError::Definition("the password could not be hashed".to_owned()))?;
        self.store
            .set_password(self.tenant(), &staff.account, &hash, None)
            .await?;
        tracing::info!(account = staff.account, "password changed");
        let token = self.begin_session(&staff.account, self.clock.now()).await?;
        Ok(Ok(token))
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
            must_set_password: account.initial_until.is_some(),
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

/// The counts that apply to a try.
fn limits(account: &str, address: &str, browser: Option<&str>) -> Vec<Limit> {
    let account = account.to_lowercase();
    let place = network(address);
    match browser {
        Some(proof) => vec![(format!("browser:{}", secrets::hash(proof)), MOST_HERE)],
        None => vec![
            (format!("account:{account} from {place}"), MOST_HERE),
            (format!("account:{account}"), MOST_OF_ACCOUNT),
            (format!("address:{place}"), MOST_OF_ADDRESS),
        ],
    }
}

/// What one household or attacker owns: an IPv4 address, a /64 of IPv6.
fn network(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn one_ipv6_household_is_one_place() {
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("unknown"), "unknown");
    }
}
