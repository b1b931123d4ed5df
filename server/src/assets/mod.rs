//! The browser's files: embedded into the program in a release build, read from `assets/web` in a debug build; a game's
//! own files may replace them.
//!
//! - `sources`: where the files come from
//! - `catalogue`: all files, linked by names that contain their hash, with their compressed forms
//! - `links`: references from one file to another
//! - `coding`: brotli and gzip, and which of them a client prefers
//! - `packed`: bytes with their compressed forms; the REST interface also sends its document with it
//! - `mime`: file types
//!
//! Paths from outside are only looked up in the catalogue. It does not know routes.

mod catalogue;
mod coding;
mod links;
mod mime;
mod packed;
mod sources;

use axum::body::Body;
pub(crate) use coding::Coding;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
pub(crate) use packed::Packed;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// Files without which the game or the console does not work.
const NEEDED: [&str; 4] =
    ["index.html", "pkg/perigee_client.js", "pkg/perigee_client_bg.wasm", "admin/index.html"];

/// A new server brings a new client: the browser revalidates each time, which the tag makes cheap.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");
/// A name with a hash always means the same bytes.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The uncompressed size of a compressed file, bytes: for a progress bar, which sees uncompressed bytes.
pub(crate) const UNCOMPRESSED_BYTES: HeaderName = HeaderName::from_static("x-uncompressed-bytes");

/// What is wrong with the files.
#[derive(Debug, Error)]
pub(crate) enum AssetError {
    /// A required file is missing.
    #[error("assets/web/{0} is missing: run `make client`, then build the server again")]
    Missing(&'static str),
    /// The folder of the game's own files does not exist.
    #[error("http.web_dir: there is no folder {0}")]
    NoFolder(String),
}

/// Adds the game's own files, and checks that all files exist that game and console need.
///
/// # Errors
/// [`AssetError`], the first one.
pub(crate) fn check(own: Option<&Path>) -> Result<(), AssetError> {
    if let Some(folder) = own {
        if !folder.is_dir() {
            return Err(AssetError::NoFolder(folder.display().to_string()));
        }
        sources::lay_over(folder);
    }
    match NEEDED.into_iter().find(|path| sources::read(path).is_none()) {
        Some(path) => Err(AssetError::Missing(path)),
        None => Ok(()),
    }
}

/// Compresses all files, so that the first visitor need not wait. A debug build, whose files may change, compresses
/// each on request.
pub(crate) async fn warm_up() {
    if cfg!(debug_assertions) {
        return;
    }
    let catalogue = catalogue::current();
    for coding in [Coding::Brotli, Coding::Gzip] {
        for entry in catalogue.entries() {
            entry.packed(coding).await;
        }
    }
}

/// The answer to a GET of that file (a path without a leading slash), or `None` if it does not exist. The request's
/// headers name the version that the client has, and the codings that it accepts.
pub(crate) async fn respond(path: &str, request: &HeaderMap) -> Option<Response<Body>> {
    let catalogue = catalogue::current();
    let (entry, is_exact) = catalogue.find(path)?;
    let entry = Arc::clone(entry);
    let wanted = Coding::wanted(request);
    let (coding, bytes) = match entry.packed(wanted).await {
        Some(packed) => (wanted, packed),
        None => (Coding::Plain, entry.bytes.plain.clone()),
    };
    let tag = match coding.name() {
        Some(name) => format!("\"{}-{name}\"", entry.hash),
        None => format!("\"{}\"", entry.hash),
    };
    let is_known = request.get(IF_NONE_MATCH).is_some_and(|known| matches(known, &tag));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, if is_exact { KEEP } else { ASK_EACH_TIME });
    if entry.mime.shrinks {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(entry.mime.name));
    if let Some(name) = coding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        headers.insert(UNCOMPRESSED_BYTES, HeaderValue::from(entry.bytes.plain.len()));
    }
    *response.body_mut() = Body::from(bytes);
    Some(response)
}

/// RFC 9110, 13.1.2: a list of tags; weak ones compare equal; a star matches any.
pub(crate) fn matches(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::ACCEPT_ENCODING;

    const PAGE: &str = "admin/index.html";

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        let mut request = HeaderMap::new();
        request.insert(name, value.parse().unwrap());
        request
    }

    async fn bytes(response: Response<Body>) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap().to_vec()
    }

    /// The path of `file` in the page's link.
    async fn linked(page: &str, file: &str) -> String {
        let page = String::from_utf8(bytes(respond(page, &HeaderMap::new()).await.unwrap()).await).unwrap();
        let (stem, ending) = file.rsplit_once('.').unwrap();
        let at = page.find(&format!("\"./{stem}.")).unwrap_or_else(|| panic!("no {file}: {page}"));
        let link = page[at + 3..].split('"').next().unwrap();
        assert!(link.ends_with(ending) && link != file, "{link}");
        link.to_owned()
    }

    #[tokio::test]
    async fn files_come_with_their_type_and_a_tag() {
        let response = respond(PAGE, &HeaderMap::new()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(response.headers()[ETAG].len(), 18);
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let first = respond(PAGE, &HeaderMap::new()).await.unwrap();
        let tag = first.headers()[ETAG].to_str().unwrap();
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let second = respond(PAGE, &with(IF_NONE_MATCH, &known)).await.unwrap();
            assert_eq!(second.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(second.headers()[ETAG], first.headers()[ETAG]);
            assert!(!second.headers().contains_key(CONTENT_TYPE));
        }
        let other = respond(PAGE, &with(IF_NONE_MATCH, "\"other\"")).await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn each_coding_has_its_own_tag() {
        let plain = respond(PAGE, &HeaderMap::new()).await.unwrap();
        let mut tags = vec![plain.headers()[ETAG].clone()];
        let whole = bytes(plain).await;
        for name in ["br", "gzip"] {
            let packed = respond(PAGE, &with(ACCEPT_ENCODING, name)).await.unwrap();
            assert_eq!(packed.headers()[CONTENT_ENCODING], name);
            assert_eq!(packed.headers()[VARY], "accept-encoding");
            assert_eq!(packed.headers()[&UNCOMPRESSED_BYTES], whole.len().to_string());
            let tag = packed.headers()[ETAG].clone();
            // The tag of one coding does not match another.
            let mut request = with(ACCEPT_ENCODING, name);
            request.insert(IF_NONE_MATCH, tags[0].clone());
            assert_eq!(respond(PAGE, &request).await.unwrap().status(), StatusCode::OK);
            request.insert(IF_NONE_MATCH, tag.clone());
            assert_eq!(respond(PAGE, &request).await.unwrap().status(), StatusCode::NOT_MODIFIED);
            assert!(!tags.contains(&tag));
            tags.push(tag);
            assert!(bytes(packed).await.len() < whole.len() / 2);
        }
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_its_hash_and_under_no_other_name() {
        for file in
            ["style.css", "boot.js", "worker.js", "pkg/perigee_client.js", "pkg/perigee_client_bg.wasm"]
        {
            let link = linked("index.html", file).await;
            let kept = respond(&link, &HeaderMap::new()).await.unwrap();
            assert_eq!(kept.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable", "{link}");
            let plain = respond(file, &HeaderMap::new()).await.unwrap();
            assert_eq!(plain.headers()[CACHE_CONTROL], "no-cache");
            let hash = kept.headers()[ETAG].to_str().unwrap().trim_matches('"').to_owned();
            let old = link.replace(&hash, "0123456789abcdef");
            let newer = respond(&old, &HeaderMap::new()).await.unwrap();
            assert_eq!(newer.headers()[CACHE_CONTROL], "no-cache", "{old}");
            assert_eq!(bytes(kept).await, bytes(newer).await);
        }
    }

    #[tokio::test]
    async fn paths_cannot_leave_the_folder() {
        for path in
            ["../config/default.toml", "admin/../../config/default.toml", "/etc/passwd", "", "admin", "no"]
        {
            assert!(respond(path, &HeaderMap::new()).await.is_none(), "{path}");
        }
    }
}
