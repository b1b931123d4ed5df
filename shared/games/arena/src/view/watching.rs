//! The camera of somebody who looks on: behind a player, or free within the arena.

use crate::entity::ArenaEntity;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Scene;
use perigee_shared::presentation::CameraRequest;

/// How much more, and how much less, than a player sees can be seen.
const ZOOMS: (f32, f32) = (0.5, 4.0);

/// What the camera is on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    /// The player's ship, wherever it is.
    Player(PlayerId),
    /// A place.
    Place(Vec2),
}

/// The camera's wishes and where they led.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watching {
    target: Option<Target>,
    /// The next player, or the one before, was asked for since the last frame.
    step: i32,
    /// The free camera was moved since the last frame, half heights of the view.
    moved: Vec2,
    /// How much is seen: 1 is what a player sees.
    pub(super) zoom: f32,
    centre: Vec2,
}

impl Default for Watching {
    fn default() -> Self {
        Self { target: None, step: 0, moved: Vec2::ZERO, zoom: 1.0, centre: Vec2::ZERO }
    }
}

impl Watching {
    /// Whether the reader of a scene only looks on: they are in no roster.
    pub(super) fn applies_to(scene: &Scene<'_, Arena>) -> bool {
        !scene.is_seated(scene.me)
    }

    /// Notes a wish.
    pub(super) fn request(&mut self, request: CameraRequest) {
        match request {
            CameraRequest::Next => self.step += 1,
            CameraRequest::Previous => self.step -= 1,
            CameraRequest::Free(way) if way.is_finite() => self.moved += way,
            CameraRequest::Zoom(times) if times.is_finite() => {
                self.zoom = (self.zoom * times).clamp(ZOOMS.0, ZOOMS.1);
            }
            CameraRequest::Free(_) | CameraRequest::Zoom(_) => {}
        }
    }

    /// Where to look in a scene. `half_height_units` is half the height of the view.
    pub(super) fn look(&mut self, scene: &Scene<'_, Arena>, half_height_units: f32) -> Vec2 {
        let ships = ships(scene);
        let size = scene.map.size;
        if self.moved != Vec2::ZERO {
            let from = if self.target.is_none() { size / 2.0 } else { self.centre };
            let to = from + std::mem::take(&mut self.moved) * half_height_units;
            self.target = Some(Target::Place(to.clamp(Vec2::ZERO, size)));
        }
        let step = std::mem::take(&mut self.step);
        if step != 0 || self.target.is_none() {
            self.target = self.neighbour(&ships, step).map(Target::Player).or(self.target);
        }
        self.centre = match self.target {
            Some(Target::Place(place)) => place,
            Some(Target::Player(player)) => {
                // Between a ship's end and the next launch the camera stays where it was.
                ships.iter().find(|(owner, _)| *owner == player).map_or(self.centre, |(_, at)| *at)
            }
            None => size / 2.0,
        };
        self.centre
    }

    /// The player so many places on from the one followed, by seat and around the end.
    fn neighbour(&self, ships: &[(PlayerId, Vec2)], step: i32) -> Option<PlayerId> {
        let count = i32::try_from(ships.len()).ok().filter(|&count| count > 0)?;
        let at = match self.target {
            Some(Target::Player(player)) => {
                let before = ships.partition_point(|(owner, _)| *owner < player) as i32;
                // From somebody without a ship the next one is whoever stands in their place.
                let has_ship = ships.get(before as usize).is_some_and(|(owner, _)| *owner == player);
                if has_ship || step <= 0 { before + step } else { before + step - 1 }
            }
            _ => step.min(0),
        };
        ships.get(at.rem_euclid(count) as usize).map(|(owner, _)| *owner)
    }

    /// Whom the camera follows.
    pub(super) fn whom(&self) -> Option<PlayerId> {
        match self.target {
            Some(Target::Player(player)) => Some(player),
            _ => None,
        }
    }
}

/// Players' ships by seat; pirates are not followed.
fn ships(scene: &Scene<'_, Arena>) -> Vec<(PlayerId, Vec2)> {
    let mut ships: Vec<(PlayerId, Vec2)> = scene
        .others
        .iter()
        .filter_map(|seen| match seen.entity {
            ArenaEntity::Ship(ship) if scene.is_seated(ship.owner) => Some((ship.owner, seen.pose.position)),
            _ => None,
        })
        .collect();
    ships.sort_by_key(|(owner, _)| *owner);
    ships
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{ShipClass, Team};
    use crate::entity::Ship;
    use crate::scenario::Scenario;
    use perigee_shared::ids::Slot;
    use perigee_shared::netcode::{Entity, Seen, Simulation};
    use perigee_shared::protocol::RosterEntry;

    fn entry(seat: u16) -> RosterEntry {
        RosterEntry { player: PlayerId(seat), name: format!("P{seat}"), ..RosterEntry::default() }
    }

    fn seen(seat: u16) -> Seen<ArenaEntity> {
        let at = Vec2::new(100.0 * f32::from(seat), 500.0);
        let entity = ArenaEntity::Ship(Ship::fresh(PlayerId(seat), ShipClass::default(), Team::Free, at, 0));
        Seen { slot: Some(Slot(seat)), entity, pose: entity.pose() }
    }

    /// What somebody who looks on sees of these seats' ships; seats up to 5 are players.
    fn look(watching: &mut Watching, seats: &[u16]) -> Vec2 {
        let scenario = Scenario::default();
        let map = Arena::map(&scenario);
        let roster: Vec<RosterEntry> = (1..=5).map(entry).collect();
        let scene = Scene::<Arena> {
            me: PlayerId(300),
            scenario: &scenario,
            map: &map,
            own: None,
            others: seats.iter().map(|&seat| seen(seat)).collect(),
            events: Vec::new(),
            roster: &roster,
            view_tick: 1.0,
            predicted_tick: 1.0,
        };
        assert!(Watching::applies_to(&scene));
        watching.look(&scene, 400.0)
    }

    fn after(watching: &mut Watching, request: CameraRequest, seats: &[u16]) -> Option<u16> {
        watching.request(request);
        look(watching, seats);
        watching.whom().map(|player| player.0)
    }

    #[test]
    fn players_are_followed_in_turn_and_pirates_never() {
        let mut watching = Watching::default();
        assert_eq!(look(&mut watching, &[2, 4, 5, 2000]).x, 200.0, "the first by itself");
        assert_eq!(after(&mut watching, CameraRequest::Next, &[2, 4, 5, 2000]), Some(4));
        assert_eq!(after(&mut watching, CameraRequest::Next, &[2, 4, 5, 2000]), Some(5));
        assert_eq!(after(&mut watching, CameraRequest::Next, &[2, 4, 5, 2000]), Some(2));
        assert_eq!(after(&mut watching, CameraRequest::Previous, &[2, 4, 5, 2000]), Some(5));
    }

    #[test]
    fn the_camera_stays_while_the_ship_is_gone() {
        let mut watching = Watching::default();
        assert_eq!(after(&mut watching, CameraRequest::Next, &[2, 4]), Some(2));
        let before = look(&mut watching, &[2, 4]);
        assert_eq!(look(&mut watching, &[4]), before);
        assert_eq!(after(&mut watching, CameraRequest::Next, &[4, 5]), Some(4));
        assert_eq!(after(&mut watching, CameraRequest::Next, &[]), Some(4));
    }

    #[test]
    fn the_free_camera_and_its_zoom_have_bounds() {
        let mut watching = Watching::default();
        look(&mut watching, &[3]);
        watching.request(CameraRequest::Free(Vec2::new(0.5, 0.0)));
        assert_eq!(look(&mut watching, &[3]), Vec2::new(500.0, 500.0));
        assert_eq!(watching.whom(), None);
        watching.request(CameraRequest::Free(Vec2::splat(-1e6)));
        assert_eq!(look(&mut watching, &[3]), Vec2::ZERO);
        watching.request(CameraRequest::Free(Vec2::splat(f32::NAN)));
        assert_eq!(look(&mut watching, &[3]), Vec2::ZERO);
        (0..50).for_each(|_| watching.request(CameraRequest::Zoom(2.0)));
        assert_eq!(watching.zoom, ZOOMS.1);
        (0..50).for_each(|_| watching.request(CameraRequest::Zoom(0.1)));
        assert_eq!(watching.zoom, ZOOMS.0);
    }
}
