//! The proxies whose reports of the client's address are trusted.

use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;

const MAX_PROXIES: usize = 256;

/// Addresses and networks, such as `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Proxies(Vec<Network>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// Number of significant bits.
    prefix: u32,
}

impl Proxies {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether reports from that address are trusted.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.holds(address))
    }
}

impl TryFrom<Vec<String>> for Proxies {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        if texts.len() > MAX_PROXIES {
            return Err(format!("{} proxies: allowed are at most {MAX_PROXIES}", texts.len()));
        }
        let read = |text: &String| {
            Network::read(text).ok_or_else(|| {
                format!(
                    "{text:?} is not allowed: allowed are addresses and networks, such as \"127.0.0.1\", \
                     \"10.0.0.0/8\" or \"fd00::/8\""
                )
            })
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, Network { address, prefix }) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{address}/{prefix}")?;
        }
        Ok(())
    }
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix))
                if !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                (address.parse::<IpAddr>().ok()?, Some(prefix.parse::<u32>().ok()?))
            }
            Some(_) => return None,
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { address, prefix })
    }

    fn holds(&self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                differing.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                differing.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(texts: &[&str]) -> Result<Proxies, String> {
        Proxies::try_from(texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    fn trusts(proxies: &Proxies, address: &str) -> bool {
        proxies.trust(address.parse().unwrap())
    }

    #[test]
    fn addresses_and_networks_are_trusted_and_nobody_else() {
        let some = proxies(&["127.0.0.1", "10.0.0.0/8", "fd00::/8", "192.0.2.128/25"]).unwrap();
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.255.0.1", "fd12::1", "192.0.2.200"] {
            assert!(trusts(&some, address), "{address}");
        }
        for address in ["127.0.0.2", "11.0.0.1", "fe80::1", "192.0.2.1", "::1"] {
            assert!(!trusts(&some, address), "{address}");
        }
        assert!(!trusts(&Proxies::default(), "127.0.0.1"));
        let all = proxies(&["0.0.0.0/0", "::/0"]).unwrap();
        assert!(trusts(&all, "203.0.113.5") && trusts(&all, "2001:db8::1"));
    }

    #[test]
    fn what_is_no_network_is_told() {
        for text in
            ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0"]
        {
            assert!(proxies(&[text]).is_err(), "{text}");
        }
    }
}
