//! Receipts and letters as PDF that everybody can read (PDF/UA-1) and archives
//! can keep (PDF/A-3a), and seals that tell a true receipt from a changed one.
//!
//! ```text
//! Document ─ layout ─▶ pages + tag tree ─ press (printpdf) ─▶ finish (lopdf) ─▶ bytes
//!              ▲ hygiene, fonts                                  ▲ xmp, icc, seal
//! ```
//!
//! [`Press`] prints; [`check_receipt`] reads back. All text passes
//! [`hygiene::lines`], so that every character is shown, or shown as its code
//! point. Right-to-left scripts and scripts that need shaping are not in the
//! fonts; they appear as code points, and exactly in the embedded submission.

#![warn(missing_docs)]

pub mod canonical;
mod error;
mod fingerprint;
mod finish;
mod fonts;
pub mod hygiene;
mod icc;
mod kerning;
mod layout;
mod press;
pub mod seal;
mod tags;
mod verify;
mod xmp;

pub use error::PaperError;
pub use press::{Press, Receipt, Sealing};
pub use seal::{PublicKey, Seal, SealingKey, verify};
pub use verify::{Altered, ReceiptParts, Verdict, check_receipt, read_receipt};
