//! Tokens that prove identity: 128 unguessable bits, made by the server, and kept out of logs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Proves that a new connection belongs to a seat.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeToken(pub [u8; 16]);

/// Proves that a browser belongs to a player; the server can revoke it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceToken(pub [u8; 16]);

impl ResumeToken {
    /// As 32 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        to_hex(self.0)
    }

    /// From 32 hexadecimal digits.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        from_hex(digits).map(Self)
    }
}

impl DeviceToken {
    /// As 32 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        to_hex(self.0)
    }

    /// From 32 hexadecimal digits.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        from_hex(digits).map(Self)
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(..)")
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(..)")
    }
}

fn to_hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn from_hex(digits: &str) -> Option<[u8; 16]> {
    let right = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u128::from_str_radix(digits, 16).ok()?;
    right.then(|| number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_token_survives_its_digits_and_stays_out_of_logs() {
        let token = DeviceToken([0, 1, 2, 3, 250, 251, 252, 253, 254, 255, 6, 7, 8, 9, 10, 11]);
        assert_eq!(DeviceToken::from_hex(&token.to_hex()), Some(token));
        assert_eq!(DeviceToken::from_hex("12"), None);
        assert_eq!(format!("{token:?}"), "DeviceToken(..)");
    }
}
