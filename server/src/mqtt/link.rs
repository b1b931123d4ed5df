//! The way to the broker: TCP, with TLS where the URL says so, and the broker's welcome.
//!
//! TLS is rustls with ring, as everywhere in the server; the certificates that may vouch for the broker are the system's,
//! or those of `mqtt.ca`.

use super::broker::{BrokerUrl, Secret};
use super::section::MqttConfig;
use super::session::{Introduction, Lost, read_welcome};
use crate::tls::{self, TlsError};
use bytes::BytesMut;
use rumqttc::Login;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// What the system may keep for a broker that reads slowly: the rest waits where newer replaces older.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;
/// What is read at once.
pub(super) const READ_BYTES: usize = 4096;
/// Longest password.
const MAX_PASSWORD_BYTES: usize = 4096;

/// Why no broker can be connected to, ever.
#[derive(Debug, Error)]
pub enum MqttError {
    /// Certificates that cannot be used.
    #[error("mqtt.ca: {0}")]
    Ca(#[from] TlsError),
    /// None at all.
    #[error("the system has no certificates that could vouch for the MQTT broker: name some in mqtt.ca")]
    NoRoots,
    /// A name that no certificate can have.
    #[error("mqtt.url: {0:?} is not a name that a certificate can have")]
    Name(String),
    /// TLS cannot be set up.
    #[error("TLS to the MQTT broker cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The password cannot be read.
    #[error("mqtt.password_file: {file}: {why}")]
    Password {
        /// As the operator gave it.
        file: String,
        /// What is wrong.
        why: String,
    },
}

/// A connection, whatever carries it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// How to get to one broker.
pub(super) struct BrokerLink {
    url: BrokerUrl,
    login: Option<Login>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    limit: Duration,
}

/// What may vouch, and whom for, is nothing for a log.
impl std::fmt::Debug for BrokerLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerLink").field("url", &self.url).finish_non_exhaustive()
    }
}

impl BrokerLink {
    /// What the configuration says.
    ///
    /// # Errors
    /// [`MqttError`]: files that cannot be used.
    pub(super) fn new(url: &BrokerUrl, config: &MqttConfig) -> Result<Self, MqttError> {
        let tls = match url.is_encrypted {
            true => Some((connector(config.ca.as_deref())?, server_name(&url.host)?)),
            false => None,
        };
        Ok(Self { url: url.clone(), login: login(url, config)?, tls, limit: config.timeout() })
    }

    pub(super) fn url(&self) -> &BrokerUrl {
        &self.url
    }

    pub(super) fn login(&self) -> Option<Login> {
        self.login.clone()
    }

    /// Connects, introduces us and waits for the welcome; bytes that came behind it come along.
    ///
    /// # Errors
    /// [`Lost`], within the time that connecting may take.
    pub(super) async fn connect(&self, us: &Introduction) -> Result<(Box<dyn Stream>, BytesMut), Lost> {
        timeout(self.limit, self.connect_in_any_time(us)).await.unwrap_or(Err(Lost::TimedOut))
    }

    async fn connect_in_any_time(&self, us: &Introduction) -> Result<(Box<dyn Stream>, BytesMut), Lost> {
        let tcp = dial(&self.url).await.map_err(|_| Lost::Unreachable)?;
        let mut stream: Box<dyn Stream> = match &self.tls {
            Some((connector, name)) => {
                Box::new(connector.connect(name.clone(), tcp).await.map_err(|_| Lost::Tls)?)
            }
            None => Box::new(tcp),
        };
        let (mut input, mut output) = (BytesMut::with_capacity(READ_BYTES), BytesMut::new());
        us.write(&mut output)?;
        stream.write_all_buf(&mut output).await.map_err(|_| Lost::Closed)?;
        stream.flush().await.map_err(|_| Lost::Closed)?;
        while !read_welcome(&mut input)? {
            if stream.read_buf(&mut input).await.map_err(|_| Lost::Closed)? == 0 {
                return Err(Lost::Closed);
            }
        }
        Ok((stream, input))
    }
}

/// The first of the broker's addresses that answers.
async fn dial(url: &BrokerUrl) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in lookup_host((url.host.as_str(), url.port)).await? {
        match dial_address(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn dial_address(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn server_name(host: &str) -> Result<ServerName<'static>, MqttError> {
    ServerName::try_from(host.to_owned()).map_err(|_| MqttError::Name(host.to_owned()))
}

fn connector(ca: Option<&Path>) -> Result<TlsConnector, MqttError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            for certificate in tls::read_chain(file)? {
                roots.add(certificate)?;
            }
        }
        None => {
            // One of the system's that cannot be read is no reason to do without the others.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(MqttError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn login(url: &BrokerUrl, config: &MqttConfig) -> Result<Option<Login>, MqttError> {
    let Some(user) = url.user.as_ref().or(config.user.as_ref()) else { return Ok(None) };
    let of_file = config.password_file.as_deref().map(read_password).transpose()?;
    let password = url.password.as_ref().or(config.password.as_ref()).or(of_file.as_ref());
    Ok(Some(Login::new(user, password.map_or("", Secret::reveal))))
}

/// The first line of a file.
fn read_password(file: &Path) -> Result<Secret, MqttError> {
    let wrong = |why: String| MqttError::Password { file: file.display().to_string(), why };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() && line.len() <= MAX_PASSWORD_BYTES => {
            Ok(Secret::new(line.to_owned()))
        }
        _ => Err(wrong(format!("its first line is not a password of 1 to {MAX_PASSWORD_BYTES} bytes"))),
    }
}
