//! The seal of a receipt: an Ed25519 signature over what this service
//! received and printed.
//!
//! It proves that a holder of the service's key made the receipt from exactly
//! this submission. It is neither a qualified electronic seal (eIDAS) nor a
//! substitute for written form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::canonical;
use crate::error::PaperError;

/// Name of the embedded submission.
pub const DATA_FILE: &str = "antrag.json";
/// Name of the embedded seal.
pub const SEAL_FILE: &str = "siegel.json";

/// Keeps signatures of other uses of the same key apart.
const DOMAIN: &[u8] = b"schalter-receipt-seal-v1\0";

/// A signed statement: this service received this submission then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// First 16 hex digits of the SHA-256 of the public key.
    pub key_id: String,
    /// Public case number.
    pub reference: String,
    /// When the submission was received, in milliseconds since 1970.
    pub received_at: i64,
    /// SHA-256 of the submission as canonical JSON (RFC 8785), hex.
    pub digest_hex: String,
    /// SHA-256 over pages and other attachments of the receipt, hex; absent
    /// when only data was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hex: Option<String>,
    /// Ed25519 signature over all of the above, base64url without padding.
    pub signature_base64url: String,
}

/// The secret key of a service. Its bytes are wiped when it is dropped.
pub struct SealingKey(SigningKey);

/// The published key of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl SealingKey {
    /// The key of 32 secret random bytes.
    pub fn from_bytes(secret: &[u8; 32]) -> SealingKey {
        SealingKey(SigningKey::from_bytes(secret))
    }

    /// The key to publish.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Short name of the key: the first 16 hex digits of the SHA-256 of the public key.
    pub fn key_id(&self) -> String {
        self.public_key().key_id()
    }

    /// Seals a submission by its value. Receipts made by
    /// [`Press::print_receipt`](crate::Press::print_receipt) seal the pages too.
    ///
    /// # Errors
    /// [`PaperError::Json`] when `submission` has no canonical form.
    pub fn seal(
        &self,
        reference: &str,
        received_at: i64,
        submission: &Value,
    ) -> Result<Seal, PaperError> {
        Ok(self.sign(reference, received_at, digest(submission)?, None))
    }

    /// Signs digests.
    pub(crate) fn sign(
        &self,
        reference: &str,
        received_at: i64,
        data: [u8; 32],
        content: Option<[u8; 32]>,
    ) -> Seal {
        let key_id = self.key_id();
        let message = message(&key_id, reference, received_at, &data, content.as_ref());
        let signature = self.0.sign(&message).to_bytes();
        Seal {
            key_id,
            reference: reference.to_owned(),
            received_at,
            digest_hex: hex(&data),
            content_hex: content.map(|content| hex(&content)),
            signature_base64url: URL_SAFE_NO_PAD.encode(signature),
        }
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealingKey({})", self.key_id())
    }
}

impl PublicKey {
    /// The key of its 32 bytes.
    ///
    /// # Errors
    /// [`PaperError::Key`] when the bytes are no key, or a weak one.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<PublicKey, PaperError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PaperError::Key("the public key"))?;
        if key.is_weak() {
            Err(PaperError::Key("the public key"))
        } else {
            Ok(PublicKey(key))
        }
    }

    /// The key as it is published, base64url without padding.
    ///
    /// # Errors
    /// [`PaperError::Key`] when the text is no key.
    pub fn from_base64url(text: &str) -> Result<PublicKey, PaperError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        PublicKey::from_bytes(&bytes.ok_or(PaperError::Key("the public key"))?)
    }

    /// The key for publication, base64url without padding.
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }

    /// The 32 bytes of the key.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Short name of the key.
    pub fn key_id(&self) -> String {
        let mut id = hex(&Sha256::digest(self.0.to_bytes()));
        id.truncate(16);
        id
    }
}

/// Whether `seal` was made with the secret belonging to `key`. It says nothing
/// about data until a digest is compared with the one in the seal.
pub fn verify(seal: &Seal, key: &PublicKey) -> bool {
    if seal.key_id != key.key_id() {
        return false;
    }
    let Some(data) = unhex(&seal.digest_hex) else {
        return false;
    };
    let content = match &seal.content_hex {
        Some(text) => match unhex(text) {
            Some(content) => Some(content),
            None => return false,
        },
        None => None,
    };
    let signature = URL_SAFE_NO_PAD.decode(&seal.signature_base64url).ok();
    let Some(signature) = signature.and_then(|bytes| Signature::from_slice(&bytes).ok()) else {
        return false;
    };
    let message = message(
        &seal.key_id,
        &seal.reference,
        seal.received_at,
        &data,
        content.as_ref(),
    );
    key.0.verify_strict(&message, &signature).is_ok()
}

/// SHA-256 of a submission as canonical JSON.
///
/// # Errors
/// [`PaperError::Json`] when it has no canonical form.
pub fn digest(submission: &Value) -> Result<[u8; 32], PaperError> {
    Ok(Sha256::digest(canonical::to_bytes(submission)?).into())
}

/// What is signed: every text with its length, so that no two statements have the same bytes.
fn message(
    key_id: &str,
    reference: &str,
    received_at: i64,
    data: &[u8; 32],
    content: Option<&[u8; 32]>,
) -> Vec<u8> {
    let mut message = DOMAIN.to_vec();
    for text in [key_id, reference] {
        message.extend((text.len() as u64).to_be_bytes());
        message.extend(text.bytes());
    }
    message.extend(received_at.to_be_bytes());
    message.extend(data);
    message.push(u8::from(content.is_some()));
    message.extend(content.into_iter().flatten());
    message
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> SealingKey {
        SealingKey::from_bytes(&[7; 32])
    }

    #[test]
    fn a_seal_verifies_with_its_key_only() {
        let seal = key()
            .seal("MS-2026-7K3F9-QXMA4", 1_772_366_400_000, &json!({"a": 1}))
            .unwrap();
        assert!(verify(&seal, &key().public_key()));
        assert!(!verify(
            &seal,
            &SealingKey::from_bytes(&[8; 32]).public_key()
        ));
    }

    #[test]
    fn every_field_is_signed() {
        let seal = key().sign("A", 5, [1; 32], Some([2; 32]));
        let changed = [
            Seal {
                reference: "B".into(),
                ..seal.clone()
            },
            Seal {
                received_at: 6,
                ..seal.clone()
            },
            Seal {
                digest_hex: hex(&[3; 32]),
                ..seal.clone()
            },
            Seal {
                content_hex: Some(hex(&[3; 32])),
                ..seal.clone()
            },
            Seal {
                content_hex: None,
                ..seal.clone()
            },
            Seal {
                digest_hex: seal.digest_hex.to_uppercase() + "0",
                ..seal.clone()
            },
            Seal {
                signature_base64url: "AAAA".into(),
                ..seal.clone()
            },
        ];
        for changed in changed {
            assert!(!verify(&changed, &key().public_key()), "{changed:?}");
        }
    }

    #[test]
    fn the_digest_does_not_depend_on_spelling() {
        let one: Value = serde_json::from_str(r#"{"b":1.0,"a":"ä"}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{ "a": "\u00e4", "b": 1 }"#).unwrap();
        assert_eq!(digest(&one).unwrap(), digest(&other).unwrap());
    }

    #[test]
    fn keys_survive_publication() {
        let public = key().public_key();
        assert_eq!(
            PublicKey::from_base64url(&public.to_base64url()).unwrap(),
            public
        );
        assert_eq!(key().key_id().len(), 16);
        assert!(PublicKey::from_base64url("kurz").is_err());
        assert!(PublicKey::from_bytes(&[0; 32]).is_err());
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", key()).contains("0707"));
    }
}
