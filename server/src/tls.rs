//! Encryption: certificates from files, or one created at the start for development.
//!
//! Files are checked regularly, so that a renewed certificate is used without a restart; if the new one is not usable,
//! the old one stays. It does not know HTTP, except for the version's name in the handshake.

mod expiry;
mod section;

pub(crate) use section::TlsConfig;

use crate::metrics::Metrics;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

/// How often the files are checked.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How often it is logged that a certificate has expired, or will soon.
const REMINDER: Duration = Duration::from_secs(12 * 60 * 60);
const DAY_S: i64 = 24 * 60 * 60;
const SOON_DAYS: i64 = 14;

/// Why TLS cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or contains no PEM of the right kind.
    #[error("{file}: {what}")]
    File {
        /// The path as the operator gave it.
        file: String,
        /// What is wrong, and what is expected.
        what: String,
    },
    /// The certificate and key cannot be used, alone or together.
    #[error("{cert} and {key} cannot be used together: {why}")]
    Unusable {
        /// The certificate's file.
        cert: String,
        /// The key's file.
        key: String,
        /// The library's error.
        why: rustls::Error,
    },
    /// The certificate for development could not be created.
    #[error("no certificate could be made for development: {0}")]
    Development(String),
}

/// Accepts encrypted connections with the certificate that is in the files now.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// `None` for a certificate that was created at the start.
    files: Option<Files>,
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

struct Current {
    acceptor: TlsAcceptor,
    /// When the certificate expires, seconds since 1970.
    expires_at_s: Option<i64>,
    /// A hash of the files' content when they were last checked.
    seen: Vec<u8>,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").field("expires_at_s", &self.expires_at_s).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Loads the configured certificate; `None` if TLS is off.
    ///
    /// # Errors
    /// [`TlsError`], a sentence that names the file.
    pub(crate) fn load(tls: &TlsConfig) -> Result<Option<Self>, TlsError> {
        let (files, chain, key, seen) = match (&tls.cert, &tls.key) {
            (Some(cert), Some(key)) => {
                let files = Files { cert: cert.clone(), key: key.clone() };
                let seen = files.content();
                let (chain, key) = files.read()?;
                (Some(files), chain, key, seen)
            }
            _ if tls.dev => {
                let (chain, key) = self_made()?;
                (None, chain, key, Vec::new())
            }
            _ => return Ok(None),
        };
        let current = Current::new(chain, key, seen).map_err(|why| match &files {
            Some(files) => files.unusable(why),
            None => TlsError::Development(why.to_string()),
        })?;
        Ok(Some(Self { files, current: RwLock::new(current) }))
    }

    /// For a new connection.
    #[must_use]
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).acceptor.clone()
    }

    /// When the certificate expires, seconds since 1970.
    #[must_use]
    pub(crate) fn expires_at_s(&self) -> Option<i64> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).expires_at_s
    }

    /// Loads the files if they changed since the last check; returns whether the certificate is new. If they cannot be
    /// used, nothing changes.
    ///
    /// # Errors
    /// [`TlsError`], once for each new content.
    pub(crate) fn refresh(&self) -> Result<bool, TlsError> {
        let Some(files) = &self.files else { return Ok(false) };
        let content = files.content();
        {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if content == current.seen {
                return Ok(false);
            }
            current.seen.clone_from(&content);
        }
        let (chain, key) = files.read()?;
        let new = Current::new(chain, key, content).map_err(|why| files.unusable(why))?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(true)
    }
}

impl Current {
    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        seen: Vec<u8>,
    ) -> Result<Self, rustls::Error> {
        let expires_at_s = chain.first().and_then(|certificate| expiry::of(certificate));
        let acceptor = TlsAcceptor::from(Arc::new(server_config(chain, key)?));
        Ok(Self { acceptor, expires_at_s, seen })
    }
}

impl Files {
    /// A hash of both files, to detect a change. An unreadable file has one too.
    fn content(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for file in [&self.cert, &self.key] {
            match std::fs::read(file) {
                Ok(bytes) => hash.update(Sha256::digest(&bytes)),
                Err(error) => hash.update(error.to_string()),
            }
        }
        hash.finalize().to_vec()
    }

    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let chain = read_chain(&self.cert)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| pem_error(&self.key, "private key (PEM: BEGIN PRIVATE KEY)", error))?;
        Ok((chain, key))
    }

    fn unusable(&self, why: rustls::Error) -> TlsError {
        TlsError::Unusable { cert: self.cert.display().to_string(), key: self.key.display().to_string(), why }
    }
}

/// Checks the files while the server runs, and logs when the certificate expires.
pub(crate) async fn watch(certificates: Arc<Certificates>, metrics: Arc<Metrics>) {
    let mut looks = tokio::time::interval(LOOK_INTERVAL);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = None;
    loop {
        looks.tick().await;
        let looking = Arc::clone(&certificates);
        // The files' disk may hang.
        let Ok(looked) = tokio::task::spawn_blocking(move || looking.refresh()).await else { continue };
        match looked {
            Ok(true) => {
                info!("the new certificate is in use");
                told = None;
            }
            Ok(false) => {}
            Err(error) => {
                warn!(%error, "the certificate files changed and cannot be used: the old ones stay in use");
            }
        }
        let expires_at_s = certificates.expires_at_s();
        metrics.tls_expiry_s.set(expires_at_s.unwrap_or_default());
        if told.is_none_or(|told: Instant| told.elapsed() >= REMINDER) && warn_of_end(expires_at_s) {
            told = Some(Instant::now());
        }
    }
}

/// Logs a warning if the certificate has expired, or will soon. Returns whether it did.
fn warn_of_end(expires_at_s: Option<i64>) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let Some(left_s) = expires_at_s.map(|at| at.saturating_sub(now.as_secs() as i64)) else { return false };
    match left_s {
        ..=0 => warn!(since_days = -left_s / DAY_S, "the certificate has expired: browsers refuse it"),
        left_s if left_s < SOON_DAYS * DAY_S => warn!(days = left_s / DAY_S, "the certificate expires soon"),
        _ => return false,
    }
    true
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// [`TlsError::File`].
pub(crate) fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wanted = "certificate (PEM: BEGIN CERTIFICATE)";
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| pem_error(file, wanted, error))?;
    if chain.is_empty() {
        return Err(pem_error(file, wanted, pem::Error::NoItemsFound));
    }
    Ok(chain)
}

fn pem_error(file: &Path, wanted: &str, error: pem::Error) -> TlsError {
    let what = match error {
        pem::Error::Io(why) => format!("cannot be read: {why}"),
        pem::Error::NoItemsFound => format!("holds no {wanted}"),
        other => format!("holds no readable {wanted}: {other}"),
    };
    TlsError::File { file: file.display().to_string(), what }
}

fn self_made() -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| TlsError::Development(error.to_string()))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    // Named explicitly, because the process-wide default provider depends on which code sets it first.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // WebSocket needs HTTP/1.1, so nothing newer is offered.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A file in the system's temporary folder, removed on drop.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("perigee-tls-{}-{name}", std::process::id()));
            std::fs::write(&path, text).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn files(cert: &Path, key: &Path) -> TlsConfig {
        TlsConfig { cert: Some(cert.to_owned()), key: Some(key.to_owned()), dev: false }
    }

    fn error(cert: &Path, key: &Path) -> String {
        Certificates::load(&files(cert, key)).map(|_| ()).unwrap_err().to_string()
    }

    fn made() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn tls_is_off_unless_asked_for() {
        assert!(Certificates::load(&TlsConfig::default()).unwrap().is_none());
        let dev = Certificates::load(&TlsConfig { dev: true, ..TlsConfig::default() }).unwrap().unwrap();
        assert!(!dev.refresh().unwrap());
    }

    #[test]
    fn pem_files_are_read_and_what_is_wrong_names_the_file() {
        let ((cert, key), (_, other_key)) = (made(), made());
        let cert = Scratch::new("cert.pem", &cert);
        let key = Scratch::new("key.pem", &key);
        let other_key = Scratch::new("other.pem", &other_key);
        assert!(Certificates::load(&files(&cert.0, &key.0)).unwrap().is_some());

        let missing = Path::new("no/such.pem");
        assert!(error(missing, &key.0).starts_with("no/such.pem: cannot be read: "));
        assert!(error(&cert.0, missing).starts_with("no/such.pem: cannot be read: "));
        assert!(error(&key.0, &key.0).contains("key.pem: holds no certificate"));
        assert!(error(&cert.0, &cert.0).contains("cert.pem: holds no private key"));
        assert!(error(&cert.0, &other_key.0).contains("cannot be used together"));
    }

    #[test]
    fn a_renewed_pair_is_taken_and_a_bad_one_leaves_the_old() {
        let ((cert, key), (new_cert, new_key)) = (made(), made());
        let cert = Scratch::new("renewed-cert.pem", &cert);
        let key = Scratch::new("renewed-key.pem", &key);
        let certificates = Certificates::load(&files(&cert.0, &key.0)).unwrap().unwrap();
        let in_use = || Arc::as_ptr(certificates.acceptor().config());
        let first = in_use();
        assert!(!certificates.refresh().unwrap());
        // Half of a renewal: reported once, and the old one stays in use.
        std::fs::write(&cert.0, &new_cert).unwrap();
        assert!(certificates.refresh().unwrap_err().to_string().contains("cannot be used together"));
        assert!(!certificates.refresh().unwrap());
        assert_eq!(in_use(), first);
        std::fs::write(&key.0, &new_key).unwrap();
        assert!(certificates.refresh().unwrap());
        assert_ne!(in_use(), first);
        for broken in ["", "nonsense"] {
            std::fs::write(&cert.0, broken).unwrap();
            assert!(certificates.refresh().is_err());
        }
        std::fs::remove_file(&cert.0).unwrap();
        assert!(certificates.refresh().is_err());
        std::fs::write(&cert.0, &new_cert).unwrap();
        assert!(certificates.refresh().unwrap());
    }

    #[test]
    fn the_end_of_a_certificate_is_known_and_told_in_time() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        assert!(warn_of_end(Some(now - 1)) && warn_of_end(Some(now + 13 * DAY_S)));
        assert!(!warn_of_end(Some(now + 15 * DAY_S)) && !warn_of_end(None));
        let dev = Certificates::load(&TlsConfig { dev: true, ..TlsConfig::default() }).unwrap().unwrap();
        assert!(dev.expires_at_s().unwrap() > now);
    }
}
