//! Encryption: certificates from files, or one made at the start for development.
//!
//! Knows nothing of HTTP except the name of its version in the handshake.

use crate::config::Tls;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem};
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of the right kind.
    #[error("{file}: {what}")]
    File {
        /// As the operator gave it.
        file: String,
        /// What is wrong and what is wanted.
        what: String,
    },
    /// Certificate and key cannot be used together, or at all.
    #[error("{cert} and {key} cannot be used together: {why}")]
    Unusable {
        /// The certificate's file.
        cert: String,
        /// The key's file.
        key: String,
        /// The library's words.
        why: rustls::Error,
    },
    /// No certificate could be made.
    #[error("no certificate could be made for development: {0}")]
    Development(String),
}

/// What accepts encrypted connections, or `None` if TLS is off.
///
/// # Errors
/// [`TlsError`], one sentence that names the file.
pub fn acceptor(tls: &Tls) -> Result<Option<TlsAcceptor>, TlsError> {
    let config = match (&tls.cert, &tls.key) {
        (Some(cert), Some(key)) => from_files(cert, key)?,
        _ if tls.dev => self_made()?,
        _ => return Ok(None),
    };
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn from_files(cert_file: &Path, key_file: &Path) -> Result<ServerConfig, TlsError> {
    let chain = read_chain(cert_file)?;
    let key = PrivateKeyDer::from_pem_file(key_file)
        .map_err(|error| pem_error(key_file, "private key (PEM: BEGIN PRIVATE KEY)", error))?;
    server_config(chain, key).map_err(|why| TlsError::Unusable {
        cert: cert_file.display().to_string(),
        key: key_file.display().to_string(),
        why,
    })
}

/// The certificates of a PEM file: at least one.
///
/// # Errors
/// [`TlsError::File`].
pub fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
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

fn self_made() -> Result<ServerConfig, TlsError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| TlsError::Development(error.to_string()))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    server_config(vec![made.cert.der().clone()], key.into())
        .map_err(|error| TlsError::Development(error.to_string()))
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    // Named, because a process-wide default provider is whoever comes first.
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

    /// A file in the system's temporary folder that goes with its owner.
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

    fn error(cert: &Path, key: &Path) -> String {
        let tls = Tls { cert: Some(cert.to_owned()), key: Some(key.to_owned()), dev: false };
        acceptor(&tls).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn tls_is_off_unless_asked_for() {
        assert!(acceptor(&Tls::default()).unwrap().is_none());
        assert!(acceptor(&Tls { dev: true, ..Tls::default() }).unwrap().is_some());
    }

    #[test]
    fn pem_files_are_read_and_what_is_wrong_names_the_file() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let cert = Scratch::new("cert.pem", &made.cert.pem());
        let key = Scratch::new("key.pem", &made.signing_key.serialize_pem());
        let other_key = Scratch::new("other.pem", &other.signing_key.serialize_pem());
        let tls = Tls { cert: Some(cert.0.clone()), key: Some(key.0.clone()), dev: false };
        assert!(acceptor(&tls).unwrap().is_some());

        let missing = Path::new("no/such.pem");
        assert!(error(missing, &key.0).starts_with("no/such.pem: cannot be read: "));
        assert!(error(&cert.0, missing).starts_with("no/such.pem: cannot be read: "));
        assert!(error(&key.0, &key.0).contains("key.pem: holds no certificate"));
        assert!(error(&cert.0, &cert.0).contains("cert.pem: holds no private key"));
        assert!(error(&cert.0, &other_key.0).contains("cannot be used together"));
    }
}
