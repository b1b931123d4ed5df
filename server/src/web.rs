//! HTTP other than sockets: the pages and their files, health, metrics, and the routes of `rest` below `/api/`.
//!
//! Every answer has the security headers, and an unknown path gets an answer in words. `net` serves the upgrades at
//! `/play` and `/admin/ws`.

use crate::assets;
use crate::headers::{POLICY, add_security_headers};
use crate::metrics;
use crate::rest::{self, RestState};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the routes need.
#[derive(Clone, Debug)]
pub(crate) struct WebState {
    /// Rooms, counters, whether the server drains.
    pub rest: RestState,
    /// Whether the admin console is on.
    pub admin_enabled: bool,
}

/// The last text of `/metrics` and its time: it is renewed no more often than configured, however many ask.
#[derive(Debug, Default)]
struct Told(Mutex<Option<(Instant, Bytes)>>);

impl Told {
    fn text(&self, interval: Duration, make: impl FnOnce() -> String) -> Bytes {
        // Other requests wait while it is renewed.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*told {
            Some((at, text)) if at.elapsed() < interval => text.clone(),
            _ => {
                let text = Bytes::from(make());
                *told = Some((Instant::now(), text.clone()));
                text
            }
        }
    }
}

/// All routes.
pub(crate) fn router(state: WebState) -> axum::Router {
    let rest = rest::router(state.rest.clone());
    let told = Arc::<Told>::default();
    axum::Router::new()
        .route("/", get(game_page))
        .route("/index.html", get(game_page))
        .route("/admin", get(|| async { with_slash("admin/") }))
        .route("/admin/", get(admin_page))
        .route("/healthz", get(health))
        .route("/metrics", get(|state| async move { metrics(state, &told) }))
        .route("/api", get(|| async { with_slash("api/") }))
        .route("/api/", get(api_page))
        .route("/{*path}", get(static_file))
        .method_not_allowed_fallback(wrong_method)
        .fallback(|uri: Uri| async move { not_found(uri.path()) })
        .with_state(state)
        .merge(rest)
        .layer(map_response(|response| async { add_security_headers(response) }))
}

/// The game's page; the configuration decides who may show it in a frame.
async fn game_page(State(state): State<WebState>, request: HeaderMap) -> Response<Body> {
    let mut response = file("index.html", &request).await;
    let policy = format!("{POLICY}; frame-ancestors {}", state.rest.http.frame_ancestors.as_sources());
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page whose links are relative to its folder must be requested with a trailing slash. The redirect is relative,
/// because only a proxy knows what precedes the path.
fn with_slash(folder: &'static str) -> Response<Body> {
    let headers = [(LOCATION, folder), (CACHE_CONTROL, "no-cache")];
    (StatusCode::TEMPORARY_REDIRECT, headers, format!("the page is at {folder}\n")).into_response()
}

async fn admin_page(State(state): State<WebState>, request: HeaderMap) -> Response<Body> {
    if !state.admin_enabled {
        return (StatusCode::NOT_FOUND, "the admin console is switched off (admin.enabled)\n")
            .into_response();
    }
    file("admin/index.html", &request).await
}

async fn api_page(request: HeaderMap) -> Response<Body> {
    file("reference/index.html", &request).await
}

async fn static_file(Path(path): Path<String>, request: HeaderMap) -> Response<Body> {
    file(&path, &request).await
}

async fn file(path: &str, request: &HeaderMap) -> Response<Body> {
    assets::respond(path, request).await.unwrap_or_else(|| not_found(&format!("/{path}")))
}

fn not_found(path: &str) -> Response<Body> {
    let text = format!(
        "there is nothing at {path}; the game is at /, the admin console at /admin, the REST interface at /api\n"
    );
    (StatusCode::NOT_FOUND, text).into_response()
}

async fn wrong_method() -> Response<Body> {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")], "only GET and HEAD are answered here\n")
        .into_response()
}

async fn health(State(state): State<WebState>) -> Response<Body> {
    let no_store = [(CACHE_CONTROL, "no-store")];
    if *state.rest.draining.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, no_store, "draining").into_response();
    }
    (no_store, "ok").into_response()
}

fn metrics(State(state): State<WebState>, told: &Told) -> Response<Body> {
    let rest = &state.rest;
    let text = told.text(rest.http.metrics_interval(), || {
        // Updates the gauges.
        let _ = rest.store.health();
        rest.metrics.encode(&rest.lobby)
    });
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::lobby::Lobby;
    use crate::metrics::Metrics;
    use http::Request;
    use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
    use std::sync::Arc;
    use tokio::sync::watch;
    use tower::ServiceExt;

    struct Web {
        router: axum::Router,
        metrics: Arc<Metrics>,
        draining: watch::Sender<bool>,
    }

    fn web(admin_enabled: bool) -> Web {
        web_with(admin_enabled, "")
    }

    /// The target of a link on a page.
    fn joined(page: &str, link: &str) -> String {
        match link.strip_prefix("../") {
            Some(link) => format!("/{link}"),
            None => format!("{page}{}", link.trim_start_matches("./")),
        }
    }

    fn web_with(admin_enabled: bool, settings: &str) -> Web {
        let (draining, receiver) = watch::channel(false);
        let config = Config::from_text(crate::game::GAMES, Some(("test", settings))).unwrap();
        let metrics = Arc::new(Metrics::new());
        let rest = RestState {
            games: crate::game::GAMES,
            lobby: Arc::new(Lobby::new(Vec::new())),
            publication: Arc::default(),
            store: crate::store::Store::in_memory(Arc::clone(&metrics)).unwrap(),
            metrics: Arc::clone(&metrics),
            draining: receiver,
            started: std::time::Instant::now(),
            origins: Arc::default(),
            http: config.http,
        };
        let router = router(WebState { rest, admin_enabled });
        Web { router, metrics, draining }
    }

    async fn ask(web: &Web, method: &str, path: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = web.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (head.status, head.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn health_follows_the_drain() {
        let web = web(true);
        let (status, _, text) = ask(&web, "GET", "/healthz").await;
        assert_eq!((status, text.as_str()), (StatusCode::OK, "ok"));
        web.draining.send_replace(true);
        assert_eq!(ask(&web, "GET", "/healthz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn every_answer_carries_the_security_headers() {
        let web = web(true);
        for (method, path) in
            [("GET", "/admin/"), ("GET", "/"), ("GET", "/nothing"), ("POST", "/"), ("GET", "/metrics")]
        {
            let (_, headers, _) = ask(&web, method, path).await;
            assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("frame-ancestors 'none'"));
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_told_in_words() {
        let web = web(true);
        let (status, _, text) = ask(&web, "GET", "/nothing/here").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(text.contains("there is nothing at /nothing/here"), "{text}");
        let (status, _, text) = ask(&web, "GET", "/admin/../../config/default.toml").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{text}");
        let (status, _, text) = ask(&web, "GET", "/%2e%2e/config/default.toml").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{text}");
        assert_eq!(ask(&web, "POST", "/healthz").await.0, StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn what_is_below_api_is_the_rest_interface_with_errors_of_its_own() {
        let web = web(true);
        let (status, headers, _) = ask(&web, "GET", "/api/").await;
        assert_eq!(
            (status, &headers[CONTENT_TYPE]),
            (StatusCode::OK, &"text/html; charset=utf-8".parse().unwrap())
        );
        let (status, headers, _) = ask(&web, "GET", "/api/v1/status").await;
        assert_eq!((status, &headers[CONTENT_TYPE]), (StatusCode::OK, &"application/json".parse().unwrap()));
        let (status, headers, text) = ask(&web, "GET", "/api/v1/nothing").await;
        let problem = "application/problem+json".parse().unwrap();
        assert_eq!((status, &headers[CONTENT_TYPE]), (StatusCode::NOT_FOUND, &problem), "{text}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(ask(&web, "POST", "/api/v1/status").await.1[CONTENT_TYPE], problem);
    }

    #[tokio::test]
    async fn the_pages_files_are_served_and_linked() {
        let web = web(true);
        for (page, wanted) in [("/", "./boot."), ("/admin/", "./main."), ("/api/", "../reference/main.")] {
            let (_, _, text) = ask(&web, "GET", page).await;
            let at = text.find(&format!("\"{wanted}")).unwrap_or_else(|| panic!("{page}: {text}"));
            let link = text[at + 1..].split('"').next().unwrap();
            let link = joined(page, link);
            let (status, headers, _) = ask(&web, "GET", &link).await;
            assert_eq!(
                (status, &headers[CACHE_CONTROL]),
                (StatusCode::OK, &"public, max-age=31536000, immutable".parse().unwrap())
            );
        }
    }

    #[tokio::test]
    async fn the_console_can_be_switched_off() {
        assert_eq!(ask(&web(true), "GET", "/admin/").await.0, StatusCode::OK);
        assert_eq!(ask(&web(false), "GET", "/admin/").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_page_is_asked_for_as_a_folder_wherever_a_proxy_shows_it() {
        let web = web(true);
        for (path, folder) in [("/admin", "admin/"), ("/api", "api/")] {
            let (status, headers, _) = ask(&web, "GET", path).await;
            assert_eq!(
                (status, headers[LOCATION].to_str().unwrap()),
                (StatusCode::TEMPORARY_REDIRECT, folder)
            );
        }
    }

    #[tokio::test]
    async fn who_may_frame_the_game_is_configured_and_nobody_may_frame_the_console() {
        let web = web_with(true, "[http]\nframe_ancestors = [\"https://portal.example\"]\n");
        let policy = |headers: &HeaderMap| headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        for path in ["/", "/index.html"] {
            let told = policy(&ask(&web, "GET", path).await.1);
            assert!(told.ends_with("frame-ancestors 'self' https://portal.example"), "{told}");
        }
        for path in ["/admin/", "/admin/index.html", "/api/", "/nothing"] {
            let told = policy(&ask(&web, "GET", path).await.1);
            assert!(told.ends_with("frame-ancestors 'none'"), "{path}: {told}");
        }
    }

    #[tokio::test]
    async fn metrics_are_made_once_in_a_while() {
        let web = web_with(true, "[http]\nmetrics_interval_ms = 60000\n");
        let (_, _, first) = ask(&web, "GET", "/metrics").await;
        web.metrics.connections_total.inc();
        assert_eq!(ask(&web, "GET", "/metrics").await.2, first);
        let fresh = web_with(true, "[http]\nmetrics_interval_ms = 0\n");
        let (_, _, first) = ask(&fresh, "GET", "/metrics").await;
        fresh.metrics.connections_total.inc();
        assert_ne!(ask(&fresh, "GET", "/metrics").await.2, first);
    }

    #[tokio::test]
    async fn methods_that_do_nothing_here_are_refused_and_a_head_has_no_body() {
        let web = web(true);
        for method in ["OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "BREW"] {
            for path in ["/", "/healthz", "/metrics", "/style.css", "/admin/", "/nothing"] {
                let (status, headers, _) = ask(&web, method, path).await;
                assert_eq!(
                    (status, &headers[ALLOW]),
                    (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().unwrap()),
                    "{method} {path}"
                );
            }
        }
        for path in ["/", "/healthz", "/metrics", "/style.css"] {
            let (status, _, body) = ask(&web, "HEAD", path).await;
            assert_eq!((status, body.as_str()), (StatusCode::OK, ""), "{path}");
        }
    }
}
