//! The OpenAPI document: generated once, from the functions that serve the requests.

use super::conditional::{IfNoneMatch, NotModified};
use super::extract::{Nothing, Query};
use super::problem::{self, Common, Problem};
use super::{RestState, leaderboard, market, players, private_rooms, protocol, quick_play, rooms, status};
use crate::assets::{Coding, Packed};
use crate::version::VERSION;
use axum::Extension;
use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, Response};
use std::sync::Arc;
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, Server, Tag};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const BASE: &str = "/api/v1";

/// The document as bytes: it never changes, so each coding is computed once.
#[derive(Clone, Debug)]
pub(super) struct Document(Arc<Packed>);

/// All resources, and the document that describes them.
pub(super) fn resources() -> (axum::Router<RestState>, Document) {
    let resources = OpenApiRouter::new()
        .routes(routes!(rooms::list, private_rooms::make))
        .routes(routes!(rooms::one))
        .routes(routes!(rooms::map))
        .routes(routes!(quick_play::ask))
        .routes(routes!(leaderboard::list))
        .routes(routes!(market::prices))
        .routes(routes!(market::candles))
        .routes(routes!(players::one))
        .routes(routes!(status::get))
        .routes(routes!(protocol::get))
        .routes(routes!(itself));
    let (router, document) = OpenApiRouter::with_openapi(preface()).nest(BASE, resources).split_for_parts();
    // It consists of numbers and texts, so serializing cannot fail.
    let text = document.to_pretty_json().unwrap_or_default();
    (router, Document(Arc::new(Packed::new(Bytes::from(text)))))
}

fn preface() -> OpenApi {
    let about = "What anybody may know of a Perigee server, as JSON. Errors are `application/problem+json` \
                 (RFC 9457). Lists come in parts: ask again with `cursor` set to `next`, or follow `Link`. Every GET \
                 has an ETag. Each address may make so many requests a second (`429`, `Retry-After`).";
    let info = InfoBuilder::new().title("Perigee").version(VERSION).description(Some(about)).build();
    let tags = [
        ("rooms", "Where to play"),
        ("players", "Who plays"),
        ("market", "What goods cost"),
        ("server", "The server and this document"),
    ];
    let tag = |(name, words): (&str, &str)| {
        let mut tag = Tag::new(name);
        tag.description = Some(words.to_owned());
        tag
    };
    let mut components = Components::new();
    components.schemas.extend([problem::schema()]);
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .tags(Some(tags.map(tag)))
        .components(Some(components))
        .build()
}

/// This document
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "server",
    params(IfNoneMatch),
    responses(
        (status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = inline(utoipa::openapi::Object),
            headers(("ETag" = String, description = "Names this content"))),
        NotModified, Common,
    ))]
async fn itself(
    Extension(Document(text)): Extension<Document>,
    request: HeaderMap,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Response<Body>, Problem> {
    let headers = [(CONTENT_TYPE, "application/json"), (VARY, "accept-encoding")];
    let coding = Coding::wanted(&request);
    Ok(match (text.packed(coding).await, coding.name()) {
        (Some(packed), Some(name)) => (headers, [(CONTENT_ENCODING, name)], packed).into_response(),
        _ => (headers, text.plain.clone()).into_response(),
    })
}
