//! A scene becomes triangles, back to front; what a look at a ship shows beyond its state becomes light and sound.

use super::{ArenaStage, CHIP_UNITS, SMOKING_HULL};
use crate::beam::Beam;
use crate::entity::{ArenaEntity, Missile, Ship, Shot};
use crate::tuning::{DOCK_RADIUS_UNITS, MISSILE_SPEED_UNITS_PER_S};
use crate::view::in_scene::{contest_in, ship_in};
use crate::view::palette::BLUE;
use crate::view::ships::{self, Brush};
use crate::view::sides::Side;
use crate::view::sounds;
use crate::view::{armament, backdrop, hulls, places, rocks};
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Pose, Scene};
use perigee_shared::presentation::{Color, DrawList, Sound};

impl ArenaStage {
    /// Draws a scene back to front.
    pub(super) fn show(&mut self, scene: &Scene<'_, Arena>, dt_s: f32, list: &mut DrawList) {
        list.camera = self.view.camera;
        list.pixel_units = self.view.pixel_units;
        self.take_events(scene);
        backdrop::draw_sky(list, &self.view);
        backdrop::draw_arena(list, &self.view, scene.map.size);
        self.show_places(scene, list);
        rocks::draw(list, &self.view, &scene.map.asteroids, if self.calm { 0.0 } else { self.time_s });
        self.effects.draw(list, &self.view);
        let everything = scene.others.iter().chain(&scene.own);
        for seen in everything.clone() {
            match seen.entity {
                ArenaEntity::Shot(shot) => self.show_shot(scene, &shot, seen.pose, list),
                ArenaEntity::Missile(missile) => self.show_missile(scene, &missile, seen.pose, dt_s, list),
                ArenaEntity::Crate(floating) if self.view.sees(seen.pose.position, 30.0) => {
                    let time_s = if self.calm { 0.0 } else { self.time_s };
                    places::draw_crate(list, &floating, seen.pose, time_s);
                }
                _ => {}
            }
        }
        for seen in everything {
            if let Some((ship, pose)) = ship_in(seen) {
                self.show_ship(scene, seen.slot, &ship, pose, dt_s, list);
            }
        }
        self.beams.draw(list);
        self.sightings.forget_old(self.time_s);
    }

    /// The zone and the stations.
    fn show_places(&self, scene: &Scene<'_, Arena>, list: &mut DrawList) {
        let teams = [self.palette.team_a, self.palette.team_b];
        if let (Some(zone), Some(contest)) = (scene.map.zone, contest_in(scene))
            && self.view.sees(zone.centre, zone.radius_units * 1.1)
        {
            places::draw_zone(list, zone, &contest, teams);
        }
        let own_at = scene.own.map(|own| own.pose.position);
        let time_s = if self.calm { 0.0 } else { self.time_s };
        for &station in &scene.map.stations {
            if self.view.sees(station.centre, DOCK_RADIUS_UNITS * 1.2) {
                let docked = own_at.is_some_and(|at| at.distance(station.centre) <= DOCK_RADIUS_UNITS);
                places::draw_station(list, station, docked, time_s, BLUE);
            }
        }
    }

    fn show_ship(
        &mut self,
        scene: &Scene<'_, Arena>,
        slot: Option<Slot>,
        ship: &Ship,
        pose: Pose,
        dt_s: f32,
        list: &mut DrawList,
    ) {
        let side = Side::of_ship(ship, scene.me);
        let color = side.color(self.palette);
        let velocity = ship.velocity.units();
        if let Some(slot) = slot {
            self.show_novelty(scene, slot, ship, pose, side);
        }
        if ship.command.thrust {
            let backwards = -Vec2::from_angle(pose.angle_turns * std::f32::consts::TAU);
            let engine = hulls::engine_at(ship.class, pose);
            self.effects.trail(engine, backwards, velocity, color, dt_s);
        }
        if ship.hull_share() < SMOKING_HULL {
            self.effects.smoke(pose.position, velocity, dt_s);
        }
        if self.view.sees(pose.position, 60.0) {
            let flicker = self.effects.flicker();
            let brush = Brush { palette: self.palette, hulls: &self.hulls, time_s: self.time_s, flicker };
            ships::draw_ship(list, ship, pose, side, &brush);
        }
    }

    /// What a look at a ship shows beyond its state: it fired, it launched, it came.
    fn show_novelty(&mut self, scene: &Scene<'_, Arena>, slot: Slot, ship: &Ship, pose: Pose, side: Side) {
        let color = side.color(self.palette);
        let novelty = self.sightings.note(slot, ship, pose, self.time_s);
        let sound = |own: &'static Sound, other: &'static Sound| if side == Side::Own { own } else { other };
        if novelty.fired {
            self.effects.muzzle(hulls::nose_at(ship.class, pose), ship.velocity.units(), color);
            let kind = if self.show_beam(scene, ship, color) {
                &sounds::BEAM
            } else {
                sound(&sounds::OWN_SHOT, &sounds::OTHER_SHOT)
            };
            self.hear(kind, side, pose.position);
        }
        if novelty.launched {
            self.hear(&sounds::MISSILE_LAUNCH, side, pose.position);
        }
        if novelty.appeared {
            self.effects.warp(pose.position, color);
        }
    }

    fn hear(&mut self, sound: &'static Sound, side: Side, at: Vec2) {
        match side {
            Side::Own => self.listener.own(sound),
            _ => self.listener.at(sound, at, &self.view),
        }
    }

    /// Shows the beam that `ship` has just fired, as far as the nearest hull on its way; whether it has one.
    fn show_beam(&mut self, scene: &Scene<'_, Arena>, ship: &Ship, color: Color) -> bool {
        // A frame may come a tick or two after the beam: it is drawn from where the ship is now.
        let fired = Ship { cooldown: ship.class.tuning().cooldown_ticks, ..*ship };
        let Some(beam) = Beam::of(&fired, scene.map) else { return false };
        let foes = scene.others.iter().chain(&scene.own).filter_map(ship_in);
        let foes = foes.filter(|(foe, _)| foe.owner != ship.owner && foe.team.is_hostile_to(ship.team));
        let met = foes.filter_map(|(_, pose)| armament::meets(&beam, pose.position)).min_by(f32::total_cmp);
        self.beams.fire(&beam, met, color);
        true
    }

    fn show_shot(&mut self, scene: &Scene<'_, Arena>, shot: &Shot, pose: Pose, list: &mut DrawList) {
        if self.view.sees(pose.position, 60.0) {
            let color = Side::of_player(shot.owner, scene).color(self.palette);
            ships::draw_shot(list, shot, pose, color);
        }
        for rock in scene.map.near(pose.position) {
            let away = pose.position - rock.centre;
            if away.length() < rock.radius_units + CHIP_UNITS {
                self.effects.chip(pose.position, away.normalize_or_zero());
            }
        }
    }

    fn show_missile(
        &mut self,
        scene: &Scene<'_, Arena>,
        missile: &Missile,
        pose: Pose,
        dt_s: f32,
        list: &mut DrawList,
    ) {
        let color = Side::of_player(missile.owner, scene).color(self.palette);
        let (tail, backwards) = armament::missile_tail(pose);
        self.effects.trail(tail, backwards, -backwards * MISSILE_SPEED_UNITS_PER_S, color, dt_s);
        if self.view.sees(pose.position, 60.0) {
            let flicker = self.effects.flicker();
            armament::draw_missile(list, pose, color, flicker);
        }
    }
}
