//! The section `tls`.

use crate::section::Wrong;
use serde::Deserialize;
use std::path::PathBuf;

/// Encryption: files, a self-signed certificate, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct TlsConfig {
    /// Certificate chain, PEM.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// Create a certificate at the start, for development.
    pub dev: bool,
}

impl TlsConfig {
    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.dev || self.cert.is_some()
    }

    /// Checks that the keys fit together.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        let wrong = |key: &str, what: &str| Err((key.to_owned(), what.to_owned()));
        match (&self.cert, &self.key) {
            (Some(_), None) => wrong("tls.key", "missing: a certificate (tls.cert) needs its key"),
            (None, Some(_)) => wrong("tls.cert", "missing: a key (tls.key) needs its certificate"),
            (Some(_), Some(_)) if self.dev => {
                wrong("tls.dev", "true is not allowed together with a certificate (tls.cert)")
            }
            _ => Ok(()),
        }
    }
}
