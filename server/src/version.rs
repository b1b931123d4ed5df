//! The server's version, as it is shown everywhere.

/// The package's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
