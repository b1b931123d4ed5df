//! Orders are carried out one after the other, in the ways that admins and the chat have: what is asked by MQTT can do no
//! more than they can, and is in the same log.

use super::orders::{MappedOrder, OrderRefusal};
use crate::admin::{self, AdminContext};
use crate::logging::AUDIT;
use crate::metrics::MqttCounters;
use crate::services::hub::{HubHandle, Note};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

/// Orders that wait; more are refused.
pub(super) const QUEUE_ORDERS: usize = 16;

/// An order, and the topic under which it came.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) topic: String,
    pub(super) order: MappedOrder,
}

/// Carries out what is `waiting`, to its end.
pub(super) async fn carry_out(
    mut waiting: mpsc::Receiver<Asked>,
    hub: &HubHandle,
    admin: Option<&Arc<AdminContext>>,
    metrics: &MqttCounters,
) {
    while let Some(Asked { topic, order }) = waiting.recv().await {
        let permission = order.permission();
        let by = format!("mqtt:{topic}");
        let result = match order {
            MappedOrder::Command { line, .. } => command(&line, &by, admin).await,
            MappedOrder::Chat { room, text } => say(room, text, &by, hub).await,
        };
        match result {
            Ok(()) => metrics.carried_out(permission.label()),
            Err(why) => {
                metrics.refused(OrderRefusal::Failed.label());
                warn!(by, why, "an order was not carried out");
            }
        }
    }
}

async fn command(line: &str, by: &str, admin: Option<&Arc<AdminContext>>) -> Result<(), String> {
    // The configuration does not allow such an order without one.
    let Some(admin) = admin else { return Err("there is no admin console".to_owned()) };
    admin::execute_line(line, &by, admin).await.map(drop).map_err(|error| error.to_string())
}

async fn say(room: String, text: String, by: &str, hub: &HubHandle) -> Result<(), String> {
    info!(target: AUDIT, peer = by, room, text, "line of chat");
    let missing = format!("there is no room {room:?}");
    let (reply, answer) = oneshot::channel();
    hub.send(Note::Announced { room, text, reply }).await;
    match answer.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(missing),
        Err(_) => Err("the chat does not answer".to_owned()),
    }
}
