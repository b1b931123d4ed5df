//! The files that the browser gets: inside the program in a release, read from `assets/web` in a debug build.
//!
//! A path comes from outside and is only ever looked up: in a release among the embedded names, in a debug build under
//! the folder, which it cannot leave. Nothing here knows of routes.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::fmt::Write;
use thiserror::Error;

#[derive(RustEmbed)]
#[folder = "../assets/web/"]
struct Files;

/// Without these there is nothing to play, or nothing to look at.
const NEEDED: [&str; 4] =
    ["index.html", "pkg/perigee_client.js", "pkg/perigee_client_bg.wasm", "admin/index.html"];

/// By the ending of the name; anything else is bytes.
const MIME_TYPES: [(&str, &str); 12] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
];

/// A file that the server cannot do without is not there.
#[derive(Debug, Error)]
#[error("assets/web/{0} is missing: run `make client`, then build the server again")]
pub struct MissingAsset(&'static str);

/// Checks that everything is there that the game and the console need.
///
/// # Errors
/// [`MissingAsset`], the first one.
pub fn check() -> Result<(), MissingAsset> {
    match NEEDED.into_iter().find(|path| Files::get(path).is_none()) {
        Some(path) => Err(MissingAsset(path)),
        None => Ok(()),
    }
}

/// The answer to a GET of that file (a path without a leading slash), or `None` if there is none. The request's
/// headers tell which version the client has.
#[must_use]
pub fn respond(path: &str, request: &HeaderMap) -> Option<Response<Body>> {
    let file = Files::get(path)?;
    let tag = etag(&file);
    let is_known = request.get(IF_NONE_MATCH).is_some_and(|known| matches(known, &tag));
    let mut response = Response::new(Body::empty());
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime_type(path)));
        *response.body_mut() = Body::from(bytes_of(file));
    }
    let headers = response.headers_mut();
    // A new server brings a new client: the browser asks each time, and the tag makes that cheap.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    Some(response)
}

fn bytes_of(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// Half of the SHA-256 tells files apart well enough.
fn etag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

/// RFC 9110, 13.1.2: a list of tags, weak ones compare equal, a star is any.
fn matches(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

fn mime_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    MIME_TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, mime)| mime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "admin/index.html";

    #[test]
    fn files_come_with_their_type_and_a_tag() {
        let response = respond(PAGE, &HeaderMap::new()).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(response.headers()[ETAG].len(), 34);
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let first = respond(PAGE, &HeaderMap::new()).unwrap();
        let tag = first.headers()[ETAG].to_str().unwrap();
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let mut request = HeaderMap::new();
            request.insert(IF_NONE_MATCH, known.parse().unwrap());
            let second = respond(PAGE, &request).unwrap();
            assert_eq!(second.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(second.headers()[ETAG], first.headers()[ETAG]);
            assert!(!second.headers().contains_key(CONTENT_TYPE));
        }
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, "\"other\"".parse().unwrap());
        assert_eq!(respond(PAGE, &request).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn paths_cannot_leave_the_folder() {
        for path in
            ["../config/default.toml", "admin/../../config/default.toml", "/etc/passwd", "", "admin", "no"]
        {
            assert!(respond(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }

    #[test]
    fn types_follow_the_ending() {
        assert_eq!(mime_type("pkg/perigee_client_bg.wasm"), "application/wasm");
        assert_eq!(mime_type("main.js"), "text/javascript; charset=utf-8");
        assert_eq!(mime_type("LICENSE"), "application/octet-stream");
    }
}
