//! What can go wrong on the way out, told apart by the only question the
//! worker has: does trying again help?

use std::error::Error;

/// The cause of a failure, kept for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A delivery that did not succeed.
///
/// The messages are for the log and for staff. They never contain answers of
/// a citizen; the cause may contain a mail address the server repeated.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Trying again helps: the other side is away, full, slow or set up wrongly.
    #[error("{what}; it will be tried again")]
    Later {
        /// What happened.
        what: String,
        /// Whether the other side may have accepted it all the same, because
        /// the connection broke after the last byte and before the answer. A
        /// second such outcome parks the delivery, see
        /// [`after_failure`](crate::schedule::after_failure).
        unclear: bool,
        /// The cause.
        #[source]
        source: Option<Cause>,
    },
    /// Trying again does not help: a person has to correct something.
    #[error("{what}; someone has to look at it")]
    Never {
        /// What happened and what to correct.
        what: String,
        /// The cause.
        #[source]
        source: Option<Cause>,
    },
}

impl DeliveryError {
    /// A failure that passes by itself or after the operator acted.
    pub fn later(what: impl Into<String>) -> DeliveryError {
        DeliveryError::Later {
            what: what.into(),
            unclear: false,
            source: None,
        }
    }

    /// A failure that leaves open whether the other side accepted it.
    pub fn unclear(what: impl Into<String>) -> DeliveryError {
        DeliveryError::Later {
            what: what.into(),
            unclear: true,
            source: None,
        }
    }

    /// A failure that stays until a person corrects something.
    pub fn never(what: impl Into<String>) -> DeliveryError {
        DeliveryError::Never {
            what: what.into(),
            source: None,
        }
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> DeliveryError {
        match &mut self {
            DeliveryError::Later { source, .. } | DeliveryError::Never { source, .. } => {
                *source = Some(cause.into());
            }
        }
        self
    }

    /// Whether trying again may help.
    pub fn is_later(&self) -> bool {
        matches!(self, DeliveryError::Later { .. })
    }

    /// Whether the other side may have accepted it all the same.
    pub fn is_unclear(&self) -> bool {
        matches!(self, DeliveryError::Later { unclear: true, .. })
    }

    /// The message with all causes behind it in one line, for the record.
    pub fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }
}

/// A setting that cannot work, found when the program starts.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value that is not allowed.
    #[error("{0}")]
    Value(String),
    /// A file named in the settings cannot be used.
    #[error("{what} {path} cannot be read; check the path and the rights of the service account")]
    File {
        /// What the file is for.
        what: &'static str,
        /// Where it was looked for.
        path: std::path::PathBuf,
        /// The cause.
        #[source]
        source: Cause,
    },
}
