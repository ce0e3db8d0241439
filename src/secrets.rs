//! Random values and keys: tokens for links and sessions, the server key in
//! the data folder, and what is derived from it.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Letters and digits without look-alikes (Crockford's base 32), safe to read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has no random source; nothing can be served safely then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

/// A secret of 130 random bits in 26 characters.
pub fn token() -> String {
    base32(&random::<17>(), 26)
}

/// The first `length` characters of `bytes` in base 32.
fn base32(bytes: &[u8], length: usize) -> String {
    let mut out = String::with_capacity(length);
    let (mut buffer, mut bits) = (0u32, 0u32);
    let mut rest = bytes.iter();
    while out.len() < length {
        if bits < 5 {
            buffer = (buffer << 8) | u32::from(*rest.next().unwrap_or(&0));
            bits += 8;
        }
        bits -= 5;
        out.push(char::from(ALPHABET[((buffer >> bits) & 31) as usize]));
        buffer &= (1 << bits) - 1;
    }
    out
}

/// Hex SHA-256 of a secret, as it is stored.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Hex SHA-256 of a content.
pub fn content_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret as a person typed it: capitals, no blanks or dashes, look-alikes mapped.
pub fn clean(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            'U' => 'V',
            other => other,
        })
        .take(64)
        .collect()
}

/// A secret in groups of four, as it is shown.
pub fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Compares without telling by its duration where two secrets differ.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |differ, (x, y)| differ | (x ^ y))
            == 0
}

/// The key all nodes of an installation share.
#[derive(Clone)]
pub struct ServerKey([u8; 32]);

impl ServerKey {
    /// Reads `path`, or makes the key on first use; only the owner may read it.
    ///
    /// # Errors
    /// When the file can neither be read nor written, or is no key.
    pub fn load(path: &Path) -> io::Result<ServerKey> {
        match fs::read(path) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("{} must hold exactly 32 bytes", path.display()),
                    )
                })?;
                Ok(ServerKey(key))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random::<32>();
                write_private(path, &key)?;
                Ok(ServerKey(key))
            }
            Err(error) => Err(error),
        }
    }

    /// A key for a purpose, derived by HMAC-SHA-256.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The secret of a case's status page: 130 bits that are never stored,
    /// since every letter and mail must be able to name them again.
    pub fn status_secret(&self, tenant: &str, case: Uuid) -> String {
        base32(&self.derive(&format!("status/{tenant}/{case}")), 26)
    }

    /// The secret of a party's link; every new link of it has another.
    pub fn party_secret(&self, tenant: &str, case: Uuid, party: &str, issue: u32) -> String {
        base32(
            &self.derive(&format!("party/{tenant}/{case}/{party}/{issue}")),
            26,
        )
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_being_typed() {
        let secret = token();
        assert_eq!(secret.len(), 26);
        assert_eq!(clean(&grouped(&secret).to_lowercase()), secret);
    }

    #[test]
    fn status_secrets_differ_by_case_and_tenant() {
        let key = ServerKey([7; 32]);
        let case = Uuid::nil();
        assert_ne!(key.status_secret("a", case), key.status_secret("b", case));
        assert_eq!(key.status_secret("a", case), key.status_secret("a", case));
    }

    #[test]
    fn links_of_parties_differ_by_party_and_issue() {
        let (key, case) = (ServerKey([7; 32]), Uuid::nil());
        let secret = |party: &str, issue| key.party_secret("a", case, party, issue);
        assert_eq!(secret("landlord", 1), secret("landlord", 1));
        assert_ne!(secret("landlord", 1), secret("landlord", 2));
        assert_ne!(secret("landlord", 1), secret("guardian", 1));
        assert_ne!(secret("landlord", 1), key.status_secret("a", case));
    }
}
