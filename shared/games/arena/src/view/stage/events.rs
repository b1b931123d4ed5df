//! What happened in a scene, as light, sound and numbers.

use super::{ArenaStage, JOLT_UNITS};
use crate::dock::docked_at;
use crate::event::ArenaEvent;
use crate::movement::heading;
use crate::view::in_scene::{hold_in, ship_in};
use crate::view::sides::Side;
use crate::view::sightings::Sighting;
use crate::view::sounds;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::Scene;

impl ArenaStage {
    /// Takes the scene's events in.
    pub(super) fn take_events(&mut self, scene: &Scene<'_, Arena>) {
        for event in &scene.events {
            if let Some(sound) = event.sound(scene.me) {
                self.listener.own(sound);
            }
            match *event {
                ArenaEvent::Hit { target, by, damage, pierced, .. } => {
                    self.show_hit(scene, target, by, damage, pierced);
                }
                ArenaEvent::Destroyed { target, victim, by, .. } => {
                    self.show_end(scene, target, victim, by);
                }
                // The others happen nowhere in particular.
                _ => {}
            }
        }
    }

    /// Away from stations a hold fills by what was picked up, and by nothing else.
    pub(super) fn hear_pickup(&mut self, scene: &Scene<'_, Arena>) {
        let load = hold_in(scene).map(|hold| hold.load());
        let before = std::mem::replace(&mut self.load, load);
        let ship = scene.own.and_then(|own| ship_in(&own));
        let in_flight = ship.is_some_and(|(ship, _)| docked_at(&ship, scene.map).is_none());
        if in_flight && before.zip(load).is_some_and(|(before, now)| now > before) {
            self.listener.own(&sounds::PICKUP);
        }
    }

    /// A ship blew up: seen and heard where it was last; who did it is told that it counted.
    fn show_end(&mut self, scene: &Scene<'_, Arena>, target: Slot, victim: PlayerId, by: PlayerId) {
        let Some(Sighting { position, velocity, .. }) = self.sightings.last(target) else { return };
        let side = Side::of_player(victim, scene);
        self.effects.explode(position, velocity, side.color(self.palette));
        self.listener.explosion(position, &self.view);
        if by == scene.me {
            self.hits.mark(position, true);
        }
        let near = position.distance(self.view.camera.centre) < JOLT_UNITS;
        if side == Side::Own || near {
            self.view.jolt(if side == Side::Own { velocity } else { self.view.camera.centre - position });
        }
    }

    fn show_hit(&mut self, scene: &Scene<'_, Arena>, target: Slot, by: PlayerId, damage: u8, pierced: bool) {
        let Some(ship) = self.sightings.last(target) else { return };
        let shooter = scene.others.iter().chain(&scene.own).find_map(|seen| {
            let (ship, pose) = ship_in(seen)?;
            (ship.owner == by).then_some((ship, pose))
        });
        let towards = shooter.map_or(Vec2::Y, |(shooter, pose)| {
            (pose.position - ship.position).normalize_or(-heading(shooter.angle))
        });
        let own = scene.own.is_some_and(|own| own.slot == Some(target));
        let at = ship.position + towards * 12.0;
        let color = if own { Side::Own } else { Side::Enemy }.color(self.palette);
        if damage == 0 || !pierced {
            self.effects.deflect(at, color);
            self.effects.shield_flash(ship.position, ship.velocity, towards, color);
            self.listener.at(&sounds::SHIELD_FLASH, at, &self.view);
        } else {
            self.effects.hit(at, ship.velocity, towards);
        }
        if own {
            self.view.jolt(-towards);
        }
        self.tell_hit(target, own, by == scene.me, damage, ship.position);
    }

    /// What a hit means to the player: a number, a cross, a sound.
    fn tell_hit(&mut self, target: Slot, own: bool, given: bool, damage: u8, at: Vec2) {
        if own && damage > 0 {
            self.listener.own(&sounds::HIT_TAKEN);
        } else if given && damage > 0 {
            self.listener.own(&sounds::HIT_GIVEN);
            self.hits.mark(at, false);
        }
        if own || given {
            self.hits.count(target, own, u32::from(damage), at);
        }
    }
}
