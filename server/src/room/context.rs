//! What the server provides to each of its rooms.

use crate::access::Limits;
use crate::metrics::Metrics;
use crate::room::registrar::{NoRegistrar, Registrar};
use std::sync::Arc;

/// What the server provides to each of its rooms. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RoomContext {
    /// What players may do.
    pub limits: Limits,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// Receives the room's reports about the people who have seats in it.
    pub(crate) registrar: Arc<dyn Registrar>,
}

impl RoomContext {
    /// For rooms whose people are not tracked.
    #[must_use]
    pub fn new(limits: Limits, metrics: Arc<Metrics>) -> Self {
        Self { limits, metrics, registrar: Arc::new(NoRegistrar) }
    }

    /// The same, with people reported to `registrar`.
    #[must_use]
    pub(crate) fn reporting_to(self, registrar: Arc<dyn Registrar>) -> Self {
        Self { registrar, ..self }
    }
}
