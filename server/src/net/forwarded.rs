//! The client's address: that of the connection, or the one that trusted proxies report.
//!
//! `Forwarded` (RFC 7239) or `X-Forwarded-For`, read from the right. Each hop was written by the next one, so hops are
//! believed while their writers are trusted; the first untrusted one is the client. The client may have made up what is
//! left of it.

use crate::access::Proxies;
use http::header::{FORWARDED, HOST};
use http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The client's address. Port 0 means that a proxy reported it.
pub(super) fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &Proxies) -> SocketAddr {
    if trusted.is_empty() || !trusted.trust(peer.ip()) {
        return peer;
    }
    let forwarded = || by_forwarded(peer.ip(), headers, trusted);
    let x_forwarded_for = || by_x_forwarded_for(peer.ip(), headers, trusted);
    let found = match (headers.contains_key(FORWARDED), headers.contains_key(X_FORWARDED_FOR)) {
        (false, false) => return peer,
        (true, false) => forwarded(),
        (false, true) => x_forwarded_for(),
        // A proxy writes one of them and may pass on the other as the client made it up: they count only if they agree.
        (true, true) if forwarded() == x_forwarded_for() => forwarded(),
        (true, true) => return peer,
    };
    if found == peer.ip() { peer } else { SocketAddr::new(found, 0) }
}

/// The server's name as the client used it: a trusted proxy may have replaced `Host` by its own name for the server.
pub(super) fn host<'a>(peer: SocketAddr, headers: &'a HeaderMap, trusted: &Proxies) -> Option<&'a str> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let told = if trusted.trust(peer.ip()) { header(X_FORWARDED_HOST) } else { None };
    told.map(|hosts| hosts.rsplit(',').next().unwrap_or(hosts).trim()).or_else(|| header(HOST))
}

fn by_forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &Proxies) -> IpAddr {
    let lines = headers.get_all(FORWARDED).iter().map(|value| value.to_str().unwrap_or_default());
    let elements: Vec<&str> = lines.flat_map(|line| split_unquoted(line, ',')).collect();
    let hops = elements.iter().rev().map(|element| {
        let told = split_unquoted(element, ';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
        });
        told.and_then(node)
    });
    first_untrusted(peer, hops, trusted)
}

fn by_x_forwarded_for(peer: IpAddr, headers: &HeaderMap, trusted: &Proxies) -> IpAddr {
    let lines = headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default());
    let elements: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    first_untrusted(peer, elements.iter().rev().map(|element| node(element.trim())), trusted)
}

/// The first untrusted hop, from the nearest on. A hop without an address hides what is behind it: then the last known
/// one counts.
fn first_untrusted(peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, trusted: &Proxies) -> IpAddr {
    let mut last = peer;
    for hop in hops {
        let Some(hop) = hop else { break };
        last = hop.to_canonical();
        if !trusted.trust(last) {
            break;
        }
    }
    last
}

/// The parts of a text between separators outside of quotes.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |found: char| {
        is_quoted ^= found == '"';
        found == separator && !is_quoted
    })
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`, in quotes or not.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn trusted(texts: &[&str]) -> Proxies {
        Proxies::try_from(texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn resolve(lines: &[(&'static str, &str)]) -> String {
        let proxies = trusted(&["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);
        client("127.0.0.1:5000".parse().unwrap(), &headers(lines), &proxies).to_string()
    }

    #[test]
    fn the_rightmost_hop_that_is_not_trusted_is_the_client() {
        for (value, found) in [
            ("203.0.113.5", "203.0.113.5:0"),
            ("1.1.1.1, 203.0.113.5", "203.0.113.5:0"),
            ("1.1.1.1, 203.0.113.5, 10.0.0.3", "203.0.113.5:0"),
            ("203.0.113.5:4711", "203.0.113.5:0"),
            ("2001:db8::7", "[2001:db8::7]:0"),
            ("[2001:db8::7]:80, fd00::1", "[2001:db8::7]:0"),
            // All hops are trusted: the outermost is itself the client.
            ("10.0.0.4, 10.0.0.3", "10.0.0.4:0"),
            // An invalid hop is ignored.
            ("203.0.113.5, unknown", "127.0.0.1:5000"),
            ("", "127.0.0.1:5000"),
        ] {
            assert_eq!(resolve(&[("x-forwarded-for", value)]), found, "{value}");
        }
        assert_eq!(
            resolve(&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.5")]),
            "203.0.113.5:0"
        );
    }

    #[test]
    fn forwarded_is_read_with_its_quotes() {
        for (value, found) in [
            ("for=203.0.113.5", "203.0.113.5:0"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "[2001:db8:cafe::17]:0"),
            ("for=1.1.1.1, for=203.0.113.5;proto=https;by=10.0.0.1", "203.0.113.5:0"),
            ("proto=https;for=\"203.0.113.5\" , for=10.0.0.3", "203.0.113.5:0"),
            ("for=203.0.113.5;host=\"a,b;for=1.1.1.1\"", "203.0.113.5:0"),
            ("for=_hidden", "127.0.0.1:5000"),
            ("for=unknown, for=10.0.0.3", "10.0.0.3:0"),
            ("by=10.0.0.1", "127.0.0.1:5000"),
        ] {
            assert_eq!(resolve(&[("forwarded", value)]), found, "{value}");
        }
    }

    #[test]
    fn where_both_are_there_they_must_agree() {
        let both = |one, other| resolve(&[("forwarded", one), ("x-forwarded-for", other)]);
        assert_eq!(both("for=203.0.113.5", "203.0.113.5"), "203.0.113.5:0");
        assert_eq!(both("for=1.1.1.1", "203.0.113.5"), "127.0.0.1:5000");
    }

    #[test]
    fn who_is_not_trusted_is_not_believed() {
        let peer = "198.51.100.1:5000".parse().unwrap();
        let headers = headers(&[
            ("x-forwarded-for", "203.0.113.5"),
            ("x-forwarded-host", "evil.example"),
            ("host", "game.example"),
        ]);
        for proxies in [Proxies::default(), trusted(&["127.0.0.1"])] {
            assert_eq!(client(peer, &headers, &proxies), peer);
            assert_eq!(host(peer, &headers, &proxies), Some("game.example"));
        }
        assert_eq!(host(peer, &headers, &trusted(&["198.51.100.1"])), Some("evil.example"));
    }
}
