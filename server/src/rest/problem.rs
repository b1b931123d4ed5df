//! Errors as `application/problem+json` (RFC 9457): each kind has its status and its title in one place.

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// The media type of all errors.
pub(crate) const CONTENT: &str = "application/problem+json";

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    status: StatusCode,
    /// The end of its `type`, and its anchor on the page about errors.
    name: &'static str,
    title: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $status:ident, $name:literal, $title:literal;)*) => {
        $(const $constant: Kind = Kind { status: StatusCode::$status, name: $name, title: $title };)*
        /// All kinds, for the document.
        const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    BAD_QUERY = BAD_REQUEST, "bad-query", "The query is not understood";
    BAD_PATH = BAD_REQUEST, "bad-path", "The path is not understood";
    BAD_BODY = BAD_REQUEST, "bad-body", "The body is not JSON";
    NOT_FOUND = NOT_FOUND, "not-found", "There is no such thing";
    METHOD = METHOD_NOT_ALLOWED, "method-not-allowed", "The resource has no such method";
    TOO_SLOW = REQUEST_TIMEOUT, "too-slow", "The body took too long";
    NO_PLACE = CONFLICT, "no-place", "There is no place";
    TOO_LARGE = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    TOO_LONG = URI_TOO_LONG, "too-long", "The address is too long";
    MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is of another kind";
    INVALID_BODY = UNPROCESSABLE_ENTITY, "invalid-body", "The body says something that is not allowed";
    TOO_MANY = TOO_MANY_REQUESTS, "too-many-requests", "Too many requests";
    TOO_MANY_ROOMS = TOO_MANY_REQUESTS, "too-many-rooms", "Too many private rooms";
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment";
}

/// An error of a request. [`super::guard::told`] adds the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    retry_after_s: Option<u64>,
}

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
struct Written<'a> {
    /// The kind of error: an anchor on the page that explains it.
    #[serde(rename = "type")]
    #[schema(example = "/api#not-found", format = "uri-reference")]
    kind: String,
    /// The kind's title.
    #[schema(example = "There is no such thing")]
    title: &'a str,
    /// The HTTP status, again.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong in this request, and what is allowed.
    #[schema(example = "there is no room \"attic\"")]
    detail: &'a str,
    /// The requested path.
    #[schema(example = "/api/v1/rooms/attic", format = "uri-reference")]
    instance: &'a str,
}

/// Seconds after which to retry when something is unavailable for a moment.
const SOON_S: u64 = 2;

impl Problem {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), retry_after_s: None }
    }

    pub(crate) fn bad_query(detail: impl Into<String>) -> Self {
        Self::new(BAD_QUERY, detail)
    }

    pub(crate) fn bad_path(detail: impl Into<String>) -> Self {
        Self::new(BAD_PATH, detail)
    }

    pub(crate) fn bad_body(detail: impl Into<String>) -> Self {
        Self::new(BAD_BODY, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(METHOD, "the header Allow lists the methods that there are")
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(TOO_SLOW, "the body did not arrive in time")
    }

    pub(crate) fn no_place() -> Self {
        Self::new(NO_PLACE, "no room that would do has so many places just now")
    }

    pub(crate) fn no_more_rooms(detail: impl Into<String>) -> Self {
        Self::new(NO_PLACE, detail)
    }

    pub(crate) fn too_many_rooms(detail: impl Into<String>) -> Self {
        Self::new(TOO_MANY_ROOMS, detail)
    }

    pub(crate) fn too_large(most_bytes: usize) -> Self {
        Self::new(TOO_LARGE, format!("allowed are {most_bytes} bytes"))
    }

    pub(crate) fn too_long(most_bytes: usize) -> Self {
        Self::new(TOO_LONG, format!("allowed are {most_bytes} bytes for path and query"))
    }

    pub(crate) fn media_type() -> Self {
        Self::new(MEDIA_TYPE, "the body must be application/json")
    }

    pub(crate) fn invalid_body(detail: impl Into<String>) -> Self {
        Self::new(INVALID_BODY, detail)
    }

    pub(crate) fn too_many_requests(retry_after_s: u64) -> Self {
        let detail = format!("this address may ask again in {retry_after_s} s");
        Self { retry_after_s: Some(retry_after_s), ..Self::new(TOO_MANY, detail) }
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after_s: Some(SOON_S), ..Self::new(UNAVAILABLE, detail) }
    }

    /// Writes it with that path into a response, which keeps its headers.
    pub(crate) fn write(&self, instance: &str, response: &mut Response<Body>) {
        let Kind { status, name, title } = self.kind;
        let kind = format!("/api#{name}");
        let written = Written { kind, title, status: status.as_u16(), detail: &self.detail, instance };
        *response.body_mut() = Body::from(serde_json::to_vec(&written).unwrap_or_default());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.remove(http::header::CONTENT_LENGTH);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status;
        response.extensions_mut().insert(self);
        response
    }
}

/// The document's description of errors with these statuses.
fn describe(statuses: &[StatusCode]) -> BTreeMap<String, RefOr<Described>> {
    statuses.iter().map(|&status| (status.as_str().to_owned(), RefOr::T(describe_one(status)))).collect()
}

fn describe_one(status: StatusCode) -> Described {
    let kinds = KINDS.iter().filter(|kind| kind.status == status);
    let words = kinds.map(|kind| format!("{} (`{}`)", kind.title, kind.name)).collect::<Vec<_>>().join("; ");
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response = ResponseBuilder::new().description(words).content(CONTENT, content);
    if [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait")).build();
        response = response.header("Retry-After", header);
    }
    response.build()
}

/// The answers that every resource may give besides its own.
pub(crate) struct Common;

impl IntoResponses for Common {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        describe(&[
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED,
            StatusCode::URI_TOO_LONG,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ])
    }
}

/// The answers to an invalid body.
pub(crate) struct ToBody;

impl IntoResponses for ToBody {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        describe(&[
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ])
    }
}

/// The answer when there is no place.
pub(crate) struct NoPlace;

impl IntoResponses for NoPlace {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        describe(&[StatusCode::CONFLICT])
    }
}

/// The schema of all errors, and its name.
pub(crate) fn schema() -> (String, RefOr<utoipa::openapi::Schema>) {
    (Written::name().into_owned(), Written::schema())
}
