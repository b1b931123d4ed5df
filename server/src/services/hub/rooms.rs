//! The rooms that the services serve, and what each of them last reported.

use super::members::Members;
use crate::room::{RoomEvents, RoomHandle};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, RoundView};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) handle: Arc<RoomHandle>,
    pub(super) round: RoundView,
    /// Buffer for its events, swapped with the room's own.
    events: RoomEvents,
}

/// Rooms that started or ended since the last update.
#[derive(Debug, Default)]
pub(super) struct RoomChanges {
    /// Includes a room that restarted under its name.
    pub(super) begun: Vec<Arc<RoomHandle>>,
    pub(super) gone: Vec<Arc<str>>,
}

/// All rooms, by name.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    by_name: BTreeMap<Arc<str>, Room>,
}

impl Rooms {
    /// Updates the list of rooms. One that has ended is kept as long as it `is_needed`.
    pub(super) fn update(
        &mut self,
        running: &[Arc<RoomHandle>],
        is_needed: impl Fn(&str) -> bool,
    ) -> RoomChanges {
        let mut changes = RoomChanges::default();
        for handle in running {
            let known = self.by_name.get(handle.name());
            if known.is_none_or(|known| !Arc::ptr_eq(&known.handle, handle)) {
                let events = RoomEvents::with_room(handle.max_players());
                let room = Room { handle: Arc::clone(handle), round: RoundView::default(), events };
                self.by_name.insert(handle.name().into(), room);
                changes.begun.push(Arc::clone(handle));
            }
        }
        if self.by_name.len() > running.len() {
            let is_there = |name: &str| running.iter().any(|handle| handle.name() == name);
            let gone = self.by_name.keys().filter(|name| !is_there(name) && !is_needed(name));
            changes.gone = gone.cloned().collect();
            for name in &changes.gone {
                self.by_name.remove(name);
            }
        }
        changes
    }

    /// What the room has reported since the last call. [`Rooms::give_back`] returns the buffer.
    pub(super) fn take_events(&mut self, name: &str) -> Option<RoomEvents> {
        let room = self.by_name.get_mut(name)?;
        let mut events = std::mem::take(&mut room.events);
        room.handle.take_events(&mut events);
        room.round = events.round;
        Some(events)
    }

    pub(super) fn give_back(&mut self, name: &str, events: RoomEvents) {
        if let Some(room) = self.by_name.get_mut(name) {
            room.events = events;
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Room> {
        self.by_name.get(name)
    }

    /// The names of all rooms.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.by_name.keys().cloned().collect()
    }

    /// The description of a room's game.
    pub(super) fn about(&self, name: &str) -> Option<&'static About> {
        self.by_name.get(name).map(|room| room.handle.game().about)
    }

    /// Whether a room's chat is public.
    pub(super) fn is_public(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|room| room.handle.is_public())
    }

    /// The name of the player in a seat, or of a character that the game brought.
    pub(super) fn name_of(&self, room: &str, player: PlayerId, members: &Members) -> String {
        let member = members.at(room, player).and_then(|connection| members.get(connection));
        if let Some(member) = member {
            return member.name.to_string();
        }
        let room = self.get(room);
        if let Some(name) = room.and_then(|room| (room.handle.game().npc_name)(player)) {
            return name.to_owned();
        }
        // Bots, and players whose connection is broken.
        let report = room.map(|room| room.handle.report());
        let found = report.and_then(|report| report.name_of(player).map(str::to_owned));
        found.unwrap_or_else(|| format!("Player {}", player.0))
    }

    /// The public rooms.
    pub(super) fn public(&self) -> impl Iterator<Item = (&Arc<str>, &Room)> {
        self.by_name.iter().filter(|(_, room)| room.handle.is_public())
    }
}
