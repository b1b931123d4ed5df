//! Which pages may open sockets here, and which may show the game in a frame.
//!
//! A browser sends the page's origin with each WebSocket request, and lets any page open one: without this check any
//! site could play, or use the console, in a visitor's name. Origins are compared by their parts, not as texts: a
//! scheme's default port may be written or omitted.

use serde::Deserialize;
use std::fmt;

const MAX_ORIGINS: usize = 64;
const ALL: &str = "*";
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// The origins allowed besides the server's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Origins that are not checked yet.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// Whether a request with this `Origin` and this `Host` may open a socket. Programs other than browsers send no
    /// origin, and may.
    #[must_use]
    pub fn allow(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(text) = origin else { return true };
        if self.0.iter().any(|allowed| allowed == ALL) {
            return true;
        }
        Origin::read(text).is_some_and(|origin| {
            host.is_some_and(|host| origin.is_at(host))
                || self.0.iter().any(|allowed| Origin::read(allowed).is_some_and(|allowed| allowed == origin))
        })
    }

    /// As sources of a content security policy; `'none'` if there are none.
    #[must_use]
    pub fn as_sources(&self) -> String {
        if self.0.is_empty() { "'none'".to_owned() } else { format!("'self' {}", self.0.join(" ")) }
    }

    /// Checks that each is a valid origin.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.0.len() > MAX_ORIGINS {
            return Err(format!("{} origins: allowed are at most {MAX_ORIGINS}", self.0.len()));
        }
        match self.0.iter().find(|origin| *origin != ALL && Origin::read(origin).is_none()) {
            Some(origin) => Err(format!(
                "{origin:?} is not allowed: allowed are scheme and host, such as \"https://game.example\", or \"*\""
            )),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server's own")?;
        self.0.iter().try_for_each(|origin| write!(f, ", {origin}"))
    }
}

/// Scheme, host and port (RFC 6454).
#[derive(Clone, Copy, Debug)]
struct Origin<'a> {
    is_secure: bool,
    host: &'a str,
    port: u16,
}

impl PartialEq for Origin<'_> {
    fn eq(&self, other: &Self) -> bool {
        let is_same_host = self.host.eq_ignore_ascii_case(other.host);
        is_same_host && (self.is_secure, self.port) == (other.is_secure, other.port)
    }
}

impl<'a> Origin<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_secure = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ => return None,
        };
        let (host, port) = host_and_port(authority)?;
        Some(Self { is_secure, host, port: port.unwrap_or(Self::own_port(is_secure)) })
    }

    fn own_port(is_secure: bool) -> u16 {
        if is_secure { HTTPS_PORT } else { HTTP_PORT }
    }

    /// Whether a page of this origin addresses the server by that `Host`. Behind a proxy that terminates TLS only the
    /// page knows the scheme, so an omitted port is that of its scheme.
    fn is_at(&self, host: &str) -> bool {
        host_and_port(host).is_some_and(|(host, port)| {
            host.eq_ignore_ascii_case(self.host)
                && port.unwrap_or(Self::own_port(self.is_secure)) == self.port
        })
    }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name),
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok()?)
        }
        _ => return None,
    };
    is_host.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_page_and_programs_may_others_may_not() {
        let origins = Origins::default();
        assert!(origins.allow(None, Some("a.example:8080")));
        assert!(origins.allow(Some("http://a.example:8080"), Some("A.example:8080")));
        assert!(origins.allow(Some("https://a.example"), Some("a.example")));
        for origin in ["http://a.example", "http://b.example:8080", "null", "", "http://", "a.example:8080"] {
            assert!(!origins.allow(Some(origin), Some("a.example:8080")), "{origin}");
        }
        assert!(!origins.allow(Some("http://a.example"), None));
        assert!(!origins.allow(Some("http://"), Some("")));
    }

    #[test]
    fn the_port_of_a_scheme_may_be_written_or_not() {
        let origins = Origins::default();
        for (origin, host) in [
            ("https://game.example", "game.example:443"),
            ("https://game.example:443", "game.example"),
            ("http://game.example", "game.example:80"),
            ("HTTPS://GAME.example", "game.example"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert!(origins.allow(Some(origin), Some(host)), "{origin} at {host}");
        }
        for (origin, host) in [
            ("https://game.example", "game.example:80"),
            ("http://game.example", "game.example:443"),
            ("https://game.example:8443", "game.example"),
            ("https://game.example", "game.example:0443x"),
            ("https://game.example", "game.example.evil.example"),
            ("https://game.example@evil.example", "game.example"),
        ] {
            assert!(!origins.allow(Some(origin), Some(host)), "{origin} at {host}");
        }
    }

    #[test]
    fn listed_origins_may() {
        let origins = Origins::new(vec!["https://game.example".to_owned(), "http://b.example:80".to_owned()]);
        assert!(origins.allow(Some("https://game.example"), Some("a.example")));
        assert!(origins.allow(Some("https://game.example:443"), Some("a.example")));
        assert!(origins.allow(Some("http://b.example"), None));
        assert!(!origins.allow(Some("http://game.example"), Some("a.example")));
        assert!(!origins.allow(Some("http://game.example:443"), Some("a.example")));
        assert!(!origins.allow(Some("https://game.example.evil.example"), Some("a.example")));
        assert!(origins.allow(Some("http://a.example"), Some("a.example")));
    }

    #[test]
    fn a_star_lets_every_page_in() {
        assert!(Origins::new(vec!["*".to_owned()]).allow(Some("null"), Some("a.example")));
    }

    #[test]
    fn only_scheme_and_host_can_be_an_origin() {
        for origin in [
            "game.example",
            "https://",
            "https://game.example/",
            "ftp://game.example",
            "https://a b",
            "https://a;script-src",
            "https://a:",
            "https://a:99999",
            "https://[::1",
            "https://[zz]",
        ] {
            assert!(Origins::new(vec![origin.to_owned()]).check().is_err(), "{origin}");
        }
        assert!(Origins::new(vec!["*".to_owned(), "http://[::1]:8080".to_owned()]).check().is_ok());
    }

    #[test]
    fn nobody_may_frame_unless_told() {
        assert_eq!(Origins::default().as_sources(), "'none'");
        let origins = Origins::new(vec!["https://portal.example".to_owned()]);
        assert_eq!(origins.as_sources(), "'self' https://portal.example");
    }
}
