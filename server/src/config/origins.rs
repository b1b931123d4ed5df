//! Which pages may open sockets here.
//!
//! A browser tells the page's origin with each WebSocket request, and lets any page open one: without this check any
//! site could play, or administrate, in a visitor's name.

use serde::Deserialize;
use std::fmt;

const MAX_ORIGINS: usize = 64;
const ALL: &str = "*";

/// The origins allowed besides the server's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Origins(Vec<String>);

impl Origins {
    /// These, which are not checked yet.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// Whether a request with this `Origin` and this `Host` may open a socket. Programs that are no browsers send no
    /// origin, and may.
    #[must_use]
    pub fn allow(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        let is_own = host.is_some_and(|host| is_same_host(origin, host));
        is_own || self.0.iter().any(|allowed| allowed == ALL || allowed.eq_ignore_ascii_case(origin))
    }

    /// Checks that each can be an origin.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.0.len() > MAX_ORIGINS {
            return Err(format!("{} origins: allowed are at most {MAX_ORIGINS}", self.0.len()));
        }
        match self.0.iter().find(|origin| !can_be_origin(origin)) {
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

fn host_of(origin: &str) -> Option<&str> {
    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))
}

fn is_same_host(origin: &str, host: &str) -> bool {
    host_of(origin).is_some_and(|own| !own.is_empty() && own.eq_ignore_ascii_case(host))
}

fn can_be_origin(origin: &str) -> bool {
    let is_host = |host: &str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\".contains(&byte))
    };
    origin == ALL || host_of(origin).is_some_and(is_host)
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
    fn listed_origins_may() {
        let origins = Origins::new(vec!["https://game.example".to_owned()]);
        assert!(origins.allow(Some("https://game.example"), Some("a.example")));
        assert!(!origins.allow(Some("http://game.example"), Some("a.example")));
        assert!(!origins.allow(Some("https://game.example.evil.example"), Some("a.example")));
        assert!(origins.allow(Some("http://a.example"), Some("a.example")));
    }

    #[test]
    fn a_star_lets_every_page_in() {
        assert!(Origins::new(vec!["*".to_owned()]).allow(Some("null"), Some("a.example")));
    }

    #[test]
    fn only_scheme_and_host_can_be_an_origin() {
        for origin in
            ["game.example", "https://", "https://game.example/", "ftp://game.example", "https://a b"]
        {
            assert!(Origins::new(vec![origin.to_owned()]).check().is_err(), "{origin}");
        }
        assert!(Origins::new(vec!["*".to_owned(), "http://[::1]:8080".to_owned()]).check().is_ok());
    }
}
