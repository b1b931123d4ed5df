//! Lists in parts: the number of entries, and where to continue.
//!
//! A cursor is opaque to clients: the place where the next part begins, in hexadecimal so that it needs no escaping. An
//! invalid cursor, or one of another list, is answered as not found.

use super::extract::number;
use super::problem::Problem;
use axum::body::Body;
use axum::response::{IntoResponse, Json};
use http::header::LINK;
use http::{HeaderValue, Response, Uri};
use serde::{Deserialize, Serialize};

/// Entries of a part if the request has no limit.
const DEFAULT_LIMIT: u32 = 25;
/// Most entries of a part.
const MAX_LIMIT: u32 = 100;
/// Hexadecimal digits of a cursor: a byte for the list, and a place, of which a room's name is the longest.
const MAX_CURSOR_DIGITS: usize = 2 * (1 + perigee_shared::limits::MAX_ROOM_NAME_BYTES);

/// The number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Limit(u32);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let limit = number(&text, 1, MAX_LIMIT);
        limit.map(Self).ok_or_else(|| format!("{text:?} is not allowed: allowed are 1 to {MAX_LIMIT}"))
    }
}

impl Limit {
    pub(crate) fn get(self) -> usize {
        self.0 as usize
    }
}

/// The list that a cursor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Rooms,
    Board,
    Candles,
}

impl List {
    fn letter(self) -> u8 {
        match self {
            Self::Rooms => b'r',
            Self::Board => b'b',
            Self::Candles => b'c',
        }
    }
}

/// A cursor, as the client sent it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Cursor(String);

impl TryFrom<String> for Cursor {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_length = text.len().is_multiple_of(2) && (4..=MAX_CURSOR_DIGITS).contains(&text.len());
        if is_length && text.bytes().all(is_hex) {
            return Ok(Self(text));
        }
        Err("this is no cursor: take one from \"next\"".to_owned())
    }
}

impl Cursor {
    fn at(list: List, place: &str) -> Self {
        let bytes = std::iter::once(list.letter()).chain(place.bytes());
        Self(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    /// The cursor's place in that list.
    fn place(&self, list: List) -> Result<String, Problem> {
        let digits =
            self.0.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
        let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        let place = bytes.filter(|bytes| bytes.first() == Some(&list.letter())).and_then(|mut bytes| {
            bytes.remove(0);
            String::from_utf8(bytes).ok()
        });
        place.ok_or_else(|| Problem::not_found("this list has no such cursor: take one from \"next\""))
    }

    /// The place in that list, as a name.
    pub(crate) fn name(cursor: Option<&Self>, list: List) -> Result<Option<String>, Problem> {
        cursor.map(|cursor| cursor.place(list)).transpose()
    }

    /// The place in that list, as a number.
    pub(crate) fn number(cursor: Option<&Self>, list: List) -> Result<Option<u64>, Problem> {
        let Some(place) = Self::name(cursor, list)? else { return Ok(None) };
        let number = place.parse().ok().filter(|number: &u64| number.to_string() == place);
        number
            .map(Some)
            .ok_or_else(|| Problem::not_found("this list has no such cursor: take one from \"next\""))
    }
}

/// The next part's cursor.
pub(crate) fn next(list: List, place: &impl ToString) -> String {
    Cursor::at(list, &place.to_string()).0
}

/// A part of a list as JSON. If there is a next part, `Link` has its address.
pub(crate) fn respond<T: Serialize>(part: T, uri: &Uri, next: Option<&str>) -> Response<Body> {
    let mut response = Json(part).into_response();
    if let Some(next) = next {
        let kept = uri.query().unwrap_or_default().split('&');
        let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && *pair != "cursor");
        let query: String = kept.map(|pair| format!("{pair}&")).collect();
        let link = format!("<?{query}cursor={next}>; rel=\"next\"");
        // The query was part of a valid address, so it is valid in a header.
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(LINK, link);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_the_place_it_was_made_of() {
        let cursor = Cursor::try_from(next(List::Rooms, &"x".repeat(32))).unwrap();
        assert_eq!(Cursor::name(Some(&cursor), List::Rooms).unwrap(), Some("x".repeat(32)));
        assert!(Cursor::name(Some(&cursor), List::Board).is_err());
        let cursor = Cursor::try_from(next(List::Board, &25)).unwrap();
        assert_eq!(Cursor::number(Some(&cursor), List::Board).unwrap(), Some(25));
        assert_eq!(Cursor::number(None, List::Board).unwrap(), None);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "62", "6G31", "626", "\u{fc}\u{fc}", &"62".repeat(34)] {
            assert!(Cursor::try_from(text.to_owned()).is_err(), "{text:?}");
        }
        // Not UTF-8; not a number; a number with a leading zero.
        for text in ["62ff", "6278", "623031"] {
            let cursor = Cursor::try_from(text.to_owned()).unwrap();
            assert!(Cursor::number(Some(&cursor), List::Board).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_link_keeps_the_rest_of_the_query() {
        let uri: Uri = "/api/v1/rooms?cursor=7261&limit=2&".parse().unwrap();
        let response = respond((), &uri, Some("7262"));
        assert_eq!(response.headers()[LINK], "<?limit=2&cursor=7262>; rel=\"next\"");
        assert!(!respond((), &uri, None).headers().contains_key(LINK));
    }
}
