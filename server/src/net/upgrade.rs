//! Checks a request for a WebSocket handshake (RFC 6455, 4.2): the answer opens a socket, or names what is wrong. It is
//! the same for a connection's first request and a later one.

use super::forwarded;
use crate::access::{Origins, Proxies};
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, HeaderName, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use std::net::SocketAddr;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The version of RFC 6455, the only one.
const VERSION: &str = "13";
/// 16 bytes in base64.
const KEY_CHARS: usize = 24;

/// The socket that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Play,
    Admin,
    Feed,
    #[cfg(feature = "conformance")]
    Echo,
}

impl Endpoint {
    /// The socket at that path, if there is one.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/play" => Some(Self::Play),
            "/admin/ws" => Some(Self::Admin),
            "/feed" => Some(Self::Feed),
            #[cfg(feature = "conformance")]
            "/echo" => Some(Self::Echo),
            _ => None,
        }
    }
}

/// The rules for opening a socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// The configuration key that enables it, if it is off.
    pub(super) off: Option<&'static str>,
    pub(super) origins: &'a Origins,
    /// The configuration key of the allowed origins.
    pub(super) origins_key: &'static str,
    pub(super) proxies: &'a Proxies,
}

/// Why a socket was refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// The label in `/metrics`.
    pub(super) label: &'static str,
    status: StatusCode,
    headers: Vec<(HeaderName, &'static str)>,
    pub(super) sentence: String,
}

impl Refused {
    fn new(label: &'static str, status: StatusCode, sentence: impl Into<String>) -> Self {
        // After an error the client retries on a new connection; closing this one marks the end of the answer.
        let headers = vec![(CONNECTION, "close")];
        Self { label, status, headers, sentence: sentence.into() }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// RFC 9110, 15.5.22: the answer names the required protocol.
    fn upgrade_required(sentence: &str) -> Self {
        Self::new("handshake", StatusCode::UPGRADE_REQUIRED, sentence)
            .with(UPGRADE, "websocket")
            .with(CONNECTION, "Upgrade, close")
            .with(SEC_WEBSOCKET_VERSION, VERSION)
    }

    fn bad(sentence: &str) -> Self {
        Self::new("handshake", StatusCode::BAD_REQUEST, sentence)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let mut response = (self.status, format!("{}\n", self.sentence)).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The answer that opens the socket.
///
/// # Errors
/// [`Refused`].
pub(super) fn judge(request: &Parts, peer: SocketAddr, rules: &Rules<'_>) -> Result<Response<Body>, Refused> {
    if let Some(key) = rules.off {
        let label = if key.starts_with("admin") { "admin_off" } else { "feed_off" };
        let sentence = format!("what is at {} is switched off ({key})", request.uri.path());
        return Err(Refused::new(label, StatusCode::NOT_FOUND, sentence));
    }
    // First, so that a page can find out by a plain request whether its origin is the problem.
    check_origin(&request.headers, peer, rules)?;
    if request.method != Method::GET && request.method != Method::HEAD {
        let sentence = "this is a WebSocket: it is opened by a GET";
        return Err(Refused::new("handshake", StatusCode::METHOD_NOT_ALLOWED, sentence).with(ALLOW, "GET"));
    }
    let accept = accept_key(request)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// Checks that it is a handshake, and returns the proof that it was understood.
fn accept_key(request: &Parts) -> Result<HeaderValue, Refused> {
    let headers = &request.headers;
    let (upgrades, connects) =
        (has_token(headers, &UPGRADE, "websocket"), has_token(headers, &CONNECTION, "upgrade"));
    if !upgrades && !connects && !headers.contains_key(SEC_WEBSOCKET_KEY) {
        return Err(Refused::upgrade_required("this is a WebSocket: ask for it with Upgrade: websocket"));
    }
    if request.version < Version::HTTP_11 {
        return Err(Refused::bad("a WebSocket needs HTTP/1.1; a proxy on the way may speak 1.0"));
    }
    if !upgrades || !connects || request.method != Method::GET {
        let sentence = "a WebSocket is opened by a GET with Connection: Upgrade and Upgrade: websocket; a proxy on the way \
                        may have left them out";
        return Err(Refused::upgrade_required(sentence));
    }
    if headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
    {
        return Err(Refused::bad("a request for a WebSocket has no body"));
    }
    let is_version = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.trim() == VERSION);
    if !headers.get(SEC_WEBSOCKET_VERSION).is_some_and(is_version) {
        return Err(Refused::upgrade_required("the version of WebSocket here is 13 (Sec-WebSocket-Version)"));
    }
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key.as_bytes()) => {
            HeaderValue::try_from(derive_accept_key(key.as_bytes()))
                .map_err(|_| Refused::bad("Sec-WebSocket-Key cannot be answered"))
        }
        (None, _) => Err(Refused::bad("a WebSocket needs a Sec-WebSocket-Key")),
        _ => Err(Refused::bad("Sec-WebSocket-Key is one, of 16 bytes in base64")),
    }
}

fn check_origin(headers: &HeaderMap, peer: SocketAddr, rules: &Rules<'_>) -> Result<(), Refused> {
    // An unreadable origin is not an allowed one.
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default());
    let host = forwarded::host(peer, headers, rules.proxies);
    if rules.origins.allow(origin, host) {
        return Ok(());
    }
    let (origin, host) = (shown(origin), shown(host));
    let sentence = format!(
        "pages of {origin} may not open a socket here: this server is called {host}, and {} in its configuration \
         lists who else may",
        rules.origins_key
    );
    Err(Refused::new("origin", StatusCode::FORBIDDEN, sentence))
}

/// A client's text, made fit to be shown.
fn shown(text: Option<&str>) -> String {
    const MOST_CHARS: usize = 100;
    let text = text.unwrap_or_default();
    let printable = text.chars().filter(char::is_ascii_graphic).take(MOST_CHARS).collect::<String>();
    if printable.is_empty() { "no name".to_owned() } else { printable }
}

/// Whether a list of tokens in headers of that name contains that one.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case(token))
}

fn is_key(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    key.len() == KEY_CHARS && key[..KEY_CHARS - 2].iter().all(is_digit) && key.ends_with(b"==")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const GOOD: [(&str, &str); 5] = [
        ("host", "game.example"),
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn ask(change: impl FnOnce(&mut Request<()>)) -> Result<Response<Body>, Refused> {
        let mut request = Request::builder().uri("/play").body(()).unwrap();
        for (name, value) in GOOD {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        change(&mut request);
        let (origins, proxies) = (Origins::default(), Proxies::default());
        let rules = Rules { off: None, origins: &origins, origins_key: "allowed_origins", proxies: &proxies };
        judge(&request.into_parts().0, "192.0.2.1:5".parse().unwrap(), &rules)
    }

    fn refusal(change: impl FnOnce(&mut Request<()>)) -> (u16, HeaderMap, String) {
        let refused = ask(change).unwrap_err();
        assert!(!refused.sentence.is_empty());
        let (status, sentence) = (refused.status.as_u16(), refused.sentence.clone());
        (status, refused.into_response().headers().clone(), sentence)
    }

    #[test]
    fn a_good_request_is_answered_as_the_standard_says() {
        let response = ask(|_| {}).unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(response.headers()[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(has_token(response.headers(), &CONNECTION, "upgrade"));
        assert_eq!(response.headers()[UPGRADE], "websocket");
    }

    #[test]
    fn each_fault_has_its_answer() {
        let remove = |name: &'static str| {
            move |request: &mut Request<()>| {
                request.headers_mut().remove(name);
            }
        };
        let set = |name: &'static str, value: &'static str| {
            move |request: &mut Request<()>| {
                request.headers_mut().insert(name, HeaderValue::from_static(value));
            }
        };
        for version in ["12", "8", "", "13, 8"] {
            let (status, headers, _) = refusal(set("sec-websocket-version", version));
            assert_eq!((status, &headers[SEC_WEBSOCKET_VERSION]), (426, &HeaderValue::from_static("13")));
        }
        assert_eq!(refusal(remove("sec-websocket-version")).0, 426);
        assert_eq!(refusal(remove("sec-websocket-key")).0, 400);
        for key in
            ["", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==x", "dGhl,HNhbXBsZSBub25jZQ=="]
        {
            assert_eq!(refusal(set("sec-websocket-key", key)).0, 400, "{key}");
        }
        assert_eq!(refusal(|request| *request.version_mut() = Version::HTTP_10).0, 400);
        assert_eq!(refusal(set("content-length", "5")).0, 400);
        for name in ["connection", "upgrade"] {
            let (status, headers, sentence) = refusal(remove(name));
            assert_eq!((status, &headers[UPGRADE]), (426, &HeaderValue::from_static("websocket")));
            assert!(sentence.contains("proxy"), "{sentence}");
        }
        let (status, headers, _) = refusal(|request| *request.headers_mut() = HeaderMap::new());
        assert_eq!((status, &headers[SEC_WEBSOCKET_VERSION]), (426, &HeaderValue::from_static("13")));
        let (status, headers, _) = refusal(|request| *request.method_mut() = Method::POST);
        assert_eq!((status, &headers[ALLOW]), (405, &HeaderValue::from_static("GET")));
        assert_eq!(refusal(|request| *request.method_mut() = Method::HEAD).0, 426);
    }

    #[test]
    fn a_foreign_page_is_told_which_key_to_look_at() {
        let origin = |origin: &'static str| {
            move |request: &mut Request<()>| {
                request.headers_mut().insert(ORIGIN, HeaderValue::from_static(origin));
            }
        };
        assert!(ask(origin("https://game.example")).is_ok());
        let (status, _, sentence) = refusal(origin("https://evil.example"));
        assert_eq!(status, 403);
        for part in ["https://evil.example", "game.example", "allowed_origins"] {
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    #[test]
    fn what_is_switched_off_is_not_there() {
        let request = Request::builder().uri("/feed").body(()).unwrap().into_parts().0;
        let (origins, proxies) = (Origins::default(), Proxies::default());
        let rules = Rules {
            off: Some("feed.enabled"),
            origins: &origins,
            origins_key: "feed.allowed_origins",
            proxies: &proxies,
        };
        let refused = judge(&request, "192.0.2.1:5".parse().unwrap(), &rules).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.label), (404, "feed_off"));
        assert!(refused.sentence.contains("feed.enabled"));
    }
}
