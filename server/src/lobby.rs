//! The room directory: names to rooms, and which room "any" means.

use crate::room::{AdminAction, Reply, RoomHandle};
use perigee_shared::protocol::{DisconnectReason, Refusal};
use std::sync::Arc;

/// All rooms of this process. The list is fixed at the start, so that looking one up takes no lock.
#[derive(Debug)]
pub struct Lobby {
    rooms: Vec<Arc<RoomHandle>>,
}

impl Lobby {
    /// A directory of `rooms`, in the order of the configuration.
    #[must_use]
    pub fn new(rooms: Vec<Arc<RoomHandle>>) -> Self {
        Self { rooms }
    }

    /// All rooms.
    #[must_use]
    pub fn rooms(&self) -> &[Arc<RoomHandle>] {
        &self.rooms
    }

    /// The room of that name.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<&Arc<RoomHandle>> {
        self.rooms.iter().find(|room| room.name() == name)
    }

    /// Where a player who asks for `wish` may go, best first: the room of that name, or for `any` the rooms that seem to
    /// have a place and then the others, in the order of the configuration, so that players meet. Only a room itself
    /// knows whether it has a place, or a seat whose player is away: who is refused there tries the next.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`].
    pub fn candidates(&self, wish: &str) -> Result<Vec<Arc<RoomHandle>>, Refusal> {
        if wish != "any" {
            return Ok(vec![Arc::clone(self.room(wish).ok_or(Refusal::NoSuchRoom)?)]);
        }
        let mut rooms = self.rooms.clone();
        // Stable: within both kinds the order stays.
        rooms.sort_by_key(|room| !room.has_place());
        Ok(rooms)
    }

    /// Asks one room, and waits for its next tick to answer.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub async fn ask(&self, room: &str, action: AdminAction) -> Reply {
        let room = self.room(room).ok_or_else(|| format!("there is no room {room:?}"))?;
        room.ask(action).await
    }

    /// Closes all rooms: everybody in them is told `reason`.
    pub fn close_all(&self, reason: &DisconnectReason) {
        for room in &self.rooms {
            room.close(reason.clone());
        }
    }
}
