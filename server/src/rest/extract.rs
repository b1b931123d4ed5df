//! What a request may contain: path, query and body, each with its ranges. What is not allowed results in a [`Problem`]
//! that names it; unknown keys are not allowed.

use super::problem::Problem;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Request, Uri};
use perigee_shared::limits::{MAX_NAME_CHARS, MAX_ROOM_NAME_BYTES};
use perigee_shared::protocol::is_room_name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Largest body, bytes.
const MAX_BODY_BYTES: usize = 4096;
/// Longest time in which a body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The query. `T` denies unknown fields.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query_of(&parts.uri).map(Self)
    }
}

/// Parses the query of a URI.
///
/// # Errors
/// The [`Problem`] that names what is not allowed.
pub(super) fn query_of<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let query = axum::extract::Query::try_from_uri(uri);
    query.map(|axum::extract::Query(query)| query).map_err(|why| Problem::bad_query(words(&why)))
}

/// A query that must be empty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// The parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|why| Problem::bad_path(words(&why)))
    }
}

/// A body of JSON. `T` denies unknown fields.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::media_type());
        }
        let reading = tokio::time::timeout(BODY_TIMEOUT, to_bytes(request.into_body(), MAX_BODY_BYTES));
        let read = reading.await.map_err(|_| Problem::too_slow())?;
        let bytes = read.map_err(|_| Problem::too_large(MAX_BODY_BYTES))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Problem::invalid_body(error.to_string()),
            _ => Problem::bad_body(error.to_string()),
        })
    }
}

/// The innermost error that names the key; those around it only add that something failed.
fn words(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(inner) = reason.source() {
        // The last one names the value but not the key.
        if inner.source().is_none() && reason.to_string().ends_with(&inner.to_string()) {
            break;
        }
        reason = inner;
    }
    reason.to_string()
}

/// A room's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RoomName(pub(crate) String);

impl TryFrom<String> for RoomName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if is_room_name(&name) {
            return Ok(Self(name));
        }
        Err(format!("a room's name has 1 to {MAX_ROOM_NAME_BYTES} ASCII letters, digits, '-' and '_'"))
    }
}

/// A short word of ASCII.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Word(pub(crate) String);

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_room_name(&text) {
            return Ok(Self(text));
        }
        Err(format!("{text:?}: allowed are 1 to {MAX_ROOM_NAME_BYTES} ASCII letters, digits, '-' and '_'"))
    }
}

/// A player's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PlayerName(pub(crate) String);

impl TryFrom<String> for PlayerName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if (1..=MAX_NAME_CHARS).contains(&name.chars().count()) {
            return Ok(Self(name));
        }
        Err(format!("a player's name has 1 to {MAX_NAME_CHARS} characters"))
    }
}

/// A venue's or a good's index.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Index(pub(crate) u8);

impl TryFrom<String> for Index {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        number(&text, 0, u32::from(u8::MAX))
            .and_then(|index| u8::try_from(index).ok())
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not allowed: allowed are 0 to {}", u8::MAX))
    }
}

/// The value of `key` as a whole number in JSON, where 3.0 is one too.
pub(crate) fn whole(key: &str, number: f64, least: u16, most: u16) -> Result<u16, Problem> {
    if number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&number) {
        return Ok(number as u16);
    }
    Err(Problem::invalid_body(format!("{key}: {number} is not allowed: allowed are {least} to {most}")))
}

/// Checks that the value of `key` is a short word of ASCII.
pub(crate) fn word(key: &str, word: Option<&String>) -> Result<(), Problem> {
    if word.is_none_or(|word| is_room_name(word)) {
        return Ok(());
    }
    let allowed = format!("allowed are 1 to {MAX_ROOM_NAME_BYTES} ASCII letters, digits, '-' and '_'");
    Err(Problem::invalid_body(format!("{key}: {allowed}")))
}

/// A whole number of digits only, without a sign or leading zeros.
pub(crate) fn number(text: &str, least: u32, most: u32) -> Option<u32> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = text == "0" || !text.starts_with('0');
    let number: u32 = if is_plain && is_short { text.parse().ok()? } else { return None };
    (least..=most).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_within_their_range() {
        assert_eq!(number("0", 0, 255), Some(0));
        assert_eq!(number("255", 0, 255), Some(255));
        for text in ["", "256", "-1", "+1", " 1", "01", "1.0", "99999999999", "\u{0661}"] {
            assert_eq!(number(text, 0, 255), None, "{text:?}");
        }
    }

    #[test]
    fn names_have_bounds() {
        assert!(PlayerName::try_from("ö".repeat(20)).is_ok());
        assert!(
            PlayerName::try_from("ö".repeat(21)).is_err() && PlayerName::try_from(String::new()).is_err()
        );
        assert!(RoomName::try_from("arena".to_owned()).is_ok());
        assert!(RoomName::try_from("a/b".to_owned()).is_err());
    }
}
