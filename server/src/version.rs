//! The server's version, as it is told everywhere.

/// As the package says it.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
