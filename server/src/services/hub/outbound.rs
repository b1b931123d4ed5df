//! Messages on their way to connections: encoded once for all recipients, and counted as delivered or dropped.

use crate::metrics::{Metrics, ServiceKind};
use crate::room::Link;
use bytes::Bytes;
use perigee_shared::protocol::{Message, ServiceMessage, ServiceRefusal};
use std::sync::Arc;

/// Least time between two messages of one kind to one player: at most four a second.
pub(super) const PUSH_MS: u64 = 250;

/// Sends messages to connections.
#[derive(Debug)]
pub(super) struct Outbound {
    metrics: Arc<Metrics>,
}

impl Outbound {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }

    /// Encodes a message, which can then be sent to any number of connections.
    pub(super) fn encode(&self, kind: ServiceKind, message: &ServiceMessage) -> Bytes {
        self.metrics.services.encoded(kind, 1);
        message.encode().into()
    }

    /// Sends bytes to one connection. Returns false if too much waits there already.
    pub(super) fn send(&self, kind: ServiceKind, link: &Link, bytes: &Bytes) -> bool {
        let is_sent = link.put_service(bytes.clone());
        if is_sent {
            self.metrics.services.delivered(kind, bytes.len());
        } else {
            self.metrics.services.dropped(kind);
        }
        is_sent
    }

    /// Sends a message to one connection. Returns false if too much waits there already.
    pub(super) fn send_message(&self, kind: ServiceKind, link: &Link, message: &ServiceMessage) -> bool {
        self.send(kind, link, &self.encode(kind, message))
    }

    /// Refuses a request, with the reason if the connection still exists.
    pub(super) fn refuse(&self, link: Option<&Link>, label: &'static str, refusal: ServiceRefusal) {
        self.metrics.services.refused(label);
        if let Some(link) = link {
            self.send_message(ServiceKind::Refusal, link, &ServiceMessage::Refused(refusal));
        }
    }

    /// Counts a message that was dropped before it could be sent.
    pub(super) fn count_dropped(&self, kind: ServiceKind) {
        self.metrics.services.dropped(kind);
    }
}
