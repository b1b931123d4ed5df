//! The client of the console for scripts: logs in, sends one command, returns the answer.
//!
//! It prints nothing; `main` does.

use crate::tls::{self, TlsError};
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

const LIMIT: Duration = Duration::from_secs(15);
const COMMAND_ID: u64 = 1;

/// Why the command failed.
#[derive(Debug, Error)]
pub(crate) enum ClientError {
    /// The address is not a console's.
    #[error("{0:?} is not allowed: allowed is ws://HOST:PORT/admin/ws, or wss:// with --cert")]
    Url(String),
    /// The certificate is needed to verify the server.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// The server cannot be reached, or does not speak the protocol.
    #[error("{url}: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// The error.
        why: String,
    },
    /// The server refused the login.
    #[error("refused ({reason}): {message}")]
    Refused {
        /// The protocol's reason.
        reason: String,
        /// The server's explanation.
        message: String,
    },
    /// The command failed.
    #[error("{0}")]
    Failed(String),
    /// No answer came in time.
    #[error("the server did not answer in {} s", LIMIT.as_secs())]
    TooSlow,
}

/// A command and where to send it.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// The console's socket.
    pub url: &'a str,
    /// The admin token.
    pub token: &'a str,
    /// The command line.
    pub line: &'a str,
    /// For `wss`: the server's certificate, or its issuer's, in PEM.
    pub cert: Option<&'a Path>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FromServer {
    Welcome,
    Refused {
        reason: String,
        message: String,
    },
    Reply {
        id: u64,
        ok: bool,
        text: String,
    },
    #[serde(other)]
    Other,
}

/// Sends one command; the answer is the server's text.
///
/// # Errors
/// [`ClientError`], a sentence.
pub(crate) async fn run(request: &Request<'_>) -> Result<String, ClientError> {
    timeout(LIMIT, connect_and_ask(request)).await.unwrap_or(Err(ClientError::TooSlow))
}

async fn connect_and_ask(request: &Request<'_>) -> Result<String, ClientError> {
    let url = || ClientError::Url(request.url.to_owned());
    let uri: Uri = request.url.parse().map_err(|_| url())?;
    let host = uri.host().ok_or_else(url)?.trim_matches(['[', ']']);
    match uri.scheme_str() {
        Some("ws") => {
            let stream = connect(request, host, uri.port_u16().unwrap_or(80)).await?;
            ask(stream, request).await
        }
        Some("wss") => {
            let connector = connector(request.cert.ok_or_else(url)?)?;
            let name = ServerName::try_from(host.to_owned()).map_err(|_| url())?;
            let stream = connect(request, host, uri.port_u16().unwrap_or(443)).await?;
            let stream = connector.connect(name, stream).await.map_err(|why| unreachable(request, &why))?;
            ask(stream, request).await
        }
        _ => Err(url()),
    }
}

fn unreachable(request: &Request<'_>, why: &dyn std::fmt::Display) -> ClientError {
    ClientError::Unreachable { url: request.url.to_owned(), why: why.to_string() }
}

async fn connect(request: &Request<'_>, host: &str, port: u16) -> Result<TcpStream, ClientError> {
    TcpStream::connect((host, port)).await.map_err(|why| unreachable(request, &why))
}

fn connector(cert: &Path) -> Result<TlsConnector, ClientError> {
    let unusable = |why: &dyn std::fmt::Display| {
        let what = format!("cannot be trusted: {why}");
        ClientError::Tls(TlsError::File { file: cert.display().to_string(), what })
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in tls::read_chain(cert)? {
        roots.add(certificate).map_err(|why| unusable(&why))?;
    }
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| unusable(&why))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn ask<S>(stream: S, request: &Request<'_>) -> Result<String, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut socket, _) = client_async_with_config(request.url, stream, None)
        .await
        .map_err(|why| unreachable(request, &why))?;
    let login = serde_json::json!({ "type": "login", "token": request.token });
    send(&mut socket, request, &login).await?;
    loop {
        match receive(&mut socket, request).await? {
            FromServer::Welcome => {
                let command =
                    serde_json::json!({ "type": "command", "id": COMMAND_ID, "line": request.line });
                send(&mut socket, request, &command).await?;
            }
            FromServer::Refused { reason, message } => return Err(ClientError::Refused { reason, message }),
            FromServer::Reply { id: COMMAND_ID, ok, text } => {
                // The answer has arrived; a failed close does not matter.
                let _ = socket.close(None).await;
                return if ok { Ok(text) } else { Err(ClientError::Failed(text)) };
            }
            FromServer::Reply { .. } | FromServer::Other => {}
        }
    }
}

async fn send<S>(
    socket: &mut WebSocketStream<S>,
    request: &Request<'_>,
    message: &serde_json::Value,
) -> Result<(), ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.send(Message::text(message.to_string())).await.map_err(|why| unreachable(request, &why))
}

async fn receive<S>(socket: &mut WebSocketStream<S>, request: &Request<'_>) -> Result<FromServer, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text).map_err(|why| unreachable(request, &why));
            }
            Some(Ok(Message::Close(_))) | None => {
                return Err(unreachable(request, &"the server closed the connection"));
            }
            Some(Ok(_)) => {}
            Some(Err(why)) => return Err(unreachable(request, &why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_console_address_is_told_in_a_sentence() {
        for url in ["", "here", "http://localhost/admin/ws", "ws://", "wss://localhost/admin/ws"] {
            let request = Request { url, token: "t", line: "help", cert: None };
            let error = run(&request).await.unwrap_err();
            assert!(matches!(error, ClientError::Url(_)), "{url}: {error}");
        }
    }
}
