//! What is not a socket: the pages and their files, health, metrics, and below `/api/` what `rest` answers.
//!
//! Every answer carries the security headers, and an unknown path is told in words. The upgrades at `/play` and
//! `/admin/ws` are `net`'s.

use crate::assets;
use crate::metrics;
use crate::rest::{self, RestState};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, Response, StatusCode, Uri};

const SECURITY_HEADERS: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         connect-src 'self' ws: wss:; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
];

/// The server's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the pages tell about.
#[derive(Clone, Debug)]
pub struct WebState {
    /// Rooms, counters, whether the server is going down.
    pub rest: RestState,
    /// Whether there is an admin console.
    pub admin_enabled: bool,
}

/// All of it as one service.
pub fn router(state: WebState) -> axum::Router {
    let rest = rest::router(state.rest.clone());
    axum::Router::new()
        .route("/", get(|request: HeaderMap| async move { file("index.html", &request).await }))
        .route("/admin", get(admin_page))
        .route("/admin/", get(admin_page))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/api", get(api_page))
        .route("/api/", get(api_page))
        .route("/{*path}", get(static_file))
        .method_not_allowed_fallback(wrong_method)
        .fallback(|uri: Uri| async move { not_found(uri.path()) })
        .with_state(state)
        .merge(rest)
        .layer(map_response(add_security_headers))
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

async fn metrics(State(state): State<WebState>) -> Response<Body> {
    // Fills the gauges.
    let _ = state.rest.store.health();
    let text = state.rest.metrics.encode(&state.rest.lobby);
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], text).into_response()
}

async fn add_security_headers(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::lobby::Lobby;
    use crate::metrics::Metrics;
    use http::Request;
    use std::sync::Arc;
    use tokio::sync::watch;
    use tower::ServiceExt;

    struct Web {
        router: axum::Router,
        draining: watch::Sender<bool>,
    }

    fn web(admin_enabled: bool) -> Web {
        let (draining, receiver) = watch::channel(false);
        let config = Config::from_text(None).unwrap();
        let metrics = Arc::new(Metrics::new());
        let rest = RestState {
            lobby: Arc::new(Lobby::new(Vec::new())),
            publication: Arc::default(),
            store: crate::store::Store::in_memory(Arc::clone(&metrics)).unwrap(),
            metrics,
            draining: receiver,
            started: std::time::Instant::now(),
            origins: Arc::default(),
            http: config.http,
        };
        let router = router(WebState { rest, admin_enabled });
        Web { router, draining }
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
        for (method, path) in [("GET", "/admin"), ("GET", "/nothing"), ("POST", "/"), ("GET", "/metrics")] {
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
        let (status, headers, _) = ask(&web, "GET", "/api").await;
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
        for (page, wanted) in [("/", "/boot."), ("/admin", "/admin/main."), ("/api", "/reference/main.")] {
            let (_, _, text) = ask(&web, "GET", page).await;
            let at = text.find(&format!("\"{wanted}")).unwrap_or_else(|| panic!("{page}: {text}"));
            let link = text[at + 1..].split('"').next().unwrap();
            let (status, headers, _) = ask(&web, "GET", link).await;
            assert_eq!(
                (status, &headers[CACHE_CONTROL]),
                (StatusCode::OK, &"public, max-age=31536000, immutable".parse().unwrap())
            );
        }
    }

    #[tokio::test]
    async fn the_console_can_be_switched_off() {
        assert_eq!(ask(&web(true), "GET", "/admin").await.0, StatusCode::OK);
        assert_eq!(ask(&web(false), "GET", "/admin").await.0, StatusCode::NOT_FOUND);
    }
}
