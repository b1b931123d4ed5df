//! One encoding for all who are to get it, and what becomes of it counted.

use crate::metrics::{Metrics, ServiceKind};
use crate::room::Link;
use bytes::Bytes;
use perigee_shared::protocol::{ServerMessage, encode_server};
use std::sync::Arc;

/// Carries messages to connections.
#[derive(Debug)]
pub(super) struct Post {
    metrics: Arc<Metrics>,
}

impl Post {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }

    /// Makes a message into bytes, which can then be sent to any number.
    pub(super) fn encode(&self, kind: ServiceKind, message: &ServerMessage) -> Bytes {
        self.metrics.services.encoded(kind, 1);
        encode_server(message).into()
    }

    /// Puts bytes before one connection. False if too much waits there already.
    pub(super) fn put(&self, kind: ServiceKind, link: &Link, bytes: &Bytes) -> bool {
        let is_put = link.put_service(bytes.clone());
        if is_put {
            self.metrics.services.delivered(kind, bytes.len());
        } else {
            self.metrics.services.dropped(kind);
        }
        is_put
    }

    /// Tells one connection. False if too much waits there already.
    pub(super) fn tell(&self, kind: ServiceKind, link: &Link, message: &ServerMessage) -> bool {
        self.put(kind, link, &self.encode(kind, message))
    }
}
