//! Where the broker is, as `mqtt.url` says it, and secrets that no log shows.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use std::fmt;

/// What a URL may be; the URL itself is not repeated, since it may hold a password.
const ALLOWED: &str = "this URL is not allowed: allowed are mqtt://HOST[:PORT] and mqtts://HOST[:PORT], with USER:PASSWORD@ before HOST";
/// The ports that MQTT has by IANA's list.
const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;

/// A password. It stays out of logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The password itself, for the broker.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// A broker. Shown, it is without what only the broker may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerUrl {
    pub(super) is_encrypted: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
}

impl BrokerUrl {
    /// Reads `mqtt://[USER[:PASSWORD]@]HOST[:PORT]`, or `mqtts://`.
    ///
    /// # Errors
    /// A sentence that does not repeat the text.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| ALLOWED.to_owned())
    }

    fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let is_encrypted = match uri.scheme_str()? {
            "mqtt" => false,
            "mqtts" => true,
            _ => return None,
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return None;
        }
        let authority = uri.authority()?;
        let (login, address) = match authority.as_str().rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, authority.as_str()),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        // A port that is none is passed over by the library.
        let has_port = address.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let port = match authority.port_u16() {
            Some(port) => port,
            None if has_port => return None,
            None if is_encrypted => TLS_PORT,
            None => PORT,
        };
        let (user, password) = login.map_or(Some((None, None)), login_of)?;
        (!host.is_empty() && port > 0).then(|| Self {
            is_encrypted,
            host: host.to_owned(),
            port,
            user,
            password,
        })
    }

    /// Whether what is said to it stays on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether a password would cross the network for anybody to read.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_encrypted && !self.is_local()
    }
}

fn login_of(login: &str) -> Option<(Option<String>, Option<Secret>)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).ok();
    let (user, password) =
        login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
    let password = match password {
        Some(password) => Some(Secret::new(decoded(password)?)),
        None => None,
    };
    (!user.is_empty()).then_some((Some(decoded(user)?), password))
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted { "mqtts" } else { "mqtt" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}:{}", self.port)
    }
}

impl<'de> Deserialize<'de> for BrokerUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_read_with_its_login_and_shown_without() {
        let url = BrokerUrl::read("mqtts://ada:s%40cret%2F@broker.example").unwrap();
        assert_eq!((url.port, url.is_encrypted, url.is_open()), (TLS_PORT, true, false));
        assert_eq!(
            (url.user.as_deref(), url.password.as_ref().map(Secret::reveal)),
            (Some("ada"), Some("s@cret/"))
        );
        assert_eq!(url.to_string(), "mqtts://broker.example:8883");
        assert!(!format!("{url:?}").contains("s@cret"), "{url:?}");
        let url = BrokerUrl::read("mqtt://[::1]:1884/").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.is_local()), ("::1", 1884, true));
        assert_eq!(url.to_string(), "mqtt://[::1]:1884");
        assert!(BrokerUrl::read("mqtt://192.0.2.1").unwrap().is_open());
    }

    #[test]
    fn what_is_no_broker_is_refused_without_repeating_a_password() {
        for text in [
            "",
            "broker",
            "http://broker",
            "mqtt://",
            "mqtt://ada:s3cret@",
            "mqtt://ada:s3cret@broker:x",
            "mqtt://broker:0",
            "mqtt://broker:99999",
            "mqtt://broker/path",
            "mqtt://broker?query",
            "mqtt://:s3cret@broker",
            "mqtt://ada:%ff@broker",
            "mqtt://two words",
        ] {
            let error = BrokerUrl::read(text).unwrap_err();
            assert!(error.contains("mqtts://HOST") && !error.contains("s3cret"), "{text}: {error}");
        }
    }
}
