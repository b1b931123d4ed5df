//! File types, by the ending of the name.

/// A file type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mime {
    /// For `Content-Type`.
    pub(super) name: &'static str,
    /// Whether compression is worthwhile.
    pub(super) shrinks: bool,
    /// Whether it is text with references to other files.
    pub(super) links: bool,
    /// Whether it is a page, whose name people type.
    pub(super) is_page: bool,
}

const fn page(name: &'static str) -> Mime {
    Mime { name, shrinks: true, links: true, is_page: true }
}

const fn linking(name: &'static str) -> Mime {
    Mime { name, shrinks: true, links: true, is_page: false }
}

const fn shrinking(name: &'static str) -> Mime {
    Mime { name, shrinks: true, links: false, is_page: false }
}

/// A type that is compressed already.
const fn dense(name: &'static str) -> Mime {
    Mime { name, shrinks: false, links: false, is_page: false }
}

const BY_ENDING: [(&str, Mime); 12] = [
    ("html", page("text/html; charset=utf-8")),
    ("js", linking("text/javascript; charset=utf-8")),
    ("css", linking("text/css; charset=utf-8")),
    ("wasm", shrinking("application/wasm")),
    ("json", shrinking("application/json")),
    ("svg", shrinking("image/svg+xml")),
    ("png", dense("image/png")),
    ("webp", dense("image/webp")),
    ("ico", shrinking("image/x-icon")),
    ("woff2", dense("font/woff2")),
    ("txt", shrinking("text/plain; charset=utf-8")),
    ("webmanifest", linking("application/manifest+json")),
];

/// Unknown types are served as bytes.
pub(super) fn of(path: &str) -> Mime {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = BY_ENDING.iter().find(|(known, _)| *known == ending);
    known.map_or(dense("application/octet-stream"), |&(_, mime)| mime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_ending() {
        assert_eq!(of("pkg/perigee_client_bg.wasm").name, "application/wasm");
        assert_eq!(of("main.js").name, "text/javascript; charset=utf-8");
        assert_eq!(of("LICENSE").name, "application/octet-stream");
        assert!(of("index.html").is_page && !of("main.js").is_page && of("main.js").links);
    }
}
