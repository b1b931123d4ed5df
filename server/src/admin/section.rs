//! The section `admin`.

use crate::section::Wrong;
use serde::Deserialize;
use std::ops::RangeInclusive;

const TOKEN_CHARS: RangeInclusive<usize> = 8..=256;

/// The admin console.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct AdminConfig {
    /// Whether it is served.
    pub enabled: bool,
    /// The token for the login; random if omitted.
    pub token: Option<String>,
}

/// Keeps the token out of logs.
impl std::fmt::Debug for AdminConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "(set)");
        f.debug_struct("Admin").field("enabled", &self.enabled).field("token", &token).finish()
    }
}

impl AdminConfig {
    /// Checks the token.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        if self.token.as_ref().is_some_and(|token| !is_token(token)) {
            let allowed = "allowed are 8 to 256 printable ASCII characters without spaces";
            return Err(("admin.token".to_owned(), allowed.to_owned()));
        }
        Ok(())
    }
}

fn is_token(token: &str) -> bool {
    TOKEN_CHARS.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}
