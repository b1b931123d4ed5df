//! The stage: takes each scene in, lets effects age, and draws back to front.

use crate::game::class::ShipClass;
use crate::game::command::ArenaCommand;
use crate::game::entity::{ArenaEntity, Ship, Shot};
use crate::game::event::ArenaEvent;
use crate::game::movement::heading;
use crate::game::view::attract::Attract;
use crate::game::view::camera::CameraMan;
use crate::game::view::crowd::Crowd;
use crate::game::view::ears::Ears;
use crate::game::view::effects::Effects;
use crate::game::view::hits::Hits;
use crate::game::view::hulls::Hulls;
use crate::game::view::news::News;
use crate::game::view::palette::{Palette, SPACE};
use crate::game::view::ships::{self, Brush, Side};
use crate::game::view::sightings::{Sighting, Sightings};
use crate::game::view::{backdrop, hud, rocks, steering};
use crate::game::world::Arena;
use crate::ids::{PlayerId, Slot};
use crate::netcode::{Entity, Pose, Scene, Seen};
use crate::presentation::{Comfort, Cue, DrawList, Hud, RawInput, Sound, Stage, Viewport};
use crate::tick::TICK_SECONDS;
use glam::Vec2;
use std::vec::Drain;

/// The longest time one frame lets effects age, seconds: after a pause they go on instead of vanishing.
const MAX_FRAME_S: f32 = 0.1;
/// Below this hull a ship smokes.
const SMOKING_HULL: f32 = 0.4;
/// How dark the view gets while dead, `0..=1`.
const DEATH_SHADE: f32 = 0.55;
/// An explosion nearer than this to the view's middle kicks the camera, units.
const JOLT_UNITS: f32 = 260.0;
/// A shot within this of a rock's surface scatters sparks, units.
const CHIP_UNITS: f32 = 10.0;

/// The arena as one player sees it.
#[derive(Debug)]
pub struct ArenaStage {
    view: CameraMan,
    effects: Effects,
    news: News,
    sightings: Sightings,
    hits: Hits,
    ears: Ears,
    hulls: Hulls,
    palette: &'static Palette,
    attract: Option<Attract>,
    crowd: Option<Crowd>,
    /// Seconds of display time.
    time_s: f32,
    /// The last frame's length in ticks: how long a command is likely to last.
    frame_ticks: f32,
    calm: bool,
}

impl Stage for ArenaStage {
    type Game = Arena;

    fn new(comfort: Comfort) -> Self {
        Self {
            view: CameraMan::new(comfort),
            effects: Effects::new(comfort),
            news: News::default(),
            sightings: Sightings::default(),
            hits: Hits::new(comfort.reduced_motion),
            ears: Ears::default(),
            hulls: Hulls::new(Palette::of(comfort.palette)),
            palette: Palette::of(comfort.palette),
            attract: None,
            crowd: None,
            time_s: 0.0,
            frame_ticks: 1.0,
            calm: comfort.reduced_motion,
        }
    }

    fn set_comfort(&mut self, comfort: Comfort) {
        self.view.set_comfort(comfort);
        self.effects.set_comfort(comfort);
        self.hits.calm = comfort.reduced_motion;
        self.calm = comfort.reduced_motion;
        self.palette = Palette::of(comfort.palette);
    }

    fn command(&mut self, input: &RawInput, own: Option<&ArenaEntity>) -> ArenaCommand {
        self.hits.aim = input.stick.map_or(input.pointer, |_| None);
        // Steered by the predicted state, not by the drawn pose: that one still eases corrections.
        let ship = own.map_or_else(Pose::default, Entity::pose);
        let class = match own {
            Some(ArenaEntity::Ship(ship)) => ship.class,
            _ => ShipClass::default(),
        };
        steering::command(input, (ship, class), &self.view.camera, libm::ceilf(self.frame_ticks - 0.2))
    }

    fn frame(&mut self, scene: &Scene<'_, Arena>, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        self.attract = None;
        let dt_s = self.begin(dt_s, viewport);
        match scene.own.and_then(|own| ship_in(&own)) {
            Some((ship, pose)) => {
                self.view.follow((pose.position, ship.velocity.units()), scene.map.size, dt_s);
            }
            // Dead, the player looks at where it happened; before the first launch, at the middle.
            None if self.news.was_alive() => {}
            None => self.view.look_at(scene.map.size / 2.0),
        }
        self.news.take(scene, dt_s);
        self.show(scene, dt_s, list);
        self.ears.follow(scene.own.and_then(|own| ship_in(&own)).as_ref().map(|(ship, _)| ship), dt_s);
        self.hits.draw(list, &self.view, self.palette.enemy);
        self.draw_fade(list);
    }

    fn ambient(&mut self, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let dt_s = self.begin(dt_s, viewport);
        let mut attract = self.attract.take().unwrap_or_else(Attract::new);
        let drift = if self.calm { 0.0 } else { 1.0 };
        let sway = Vec2::from_angle(self.time_s * 0.12) * Vec2::new(190.0, 90.0) * drift;
        self.view.look_at(attract.centre() + sway);
        self.show(&attract.scene(dt_s), dt_s, list);
        self.attract = Some(attract);
        self.ears.forget();
    }

    fn crowd(&mut self, sprites: usize, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let dt_s = self.begin(dt_s, viewport);
        let crowd = self.crowd.take().unwrap_or_else(Crowd::new);
        self.view.look_at(crowd.centre());
        self.show(&crowd.scene(sprites, &self.view, self.time_s), dt_s, list);
        self.crowd = Some(crowd);
        self.ears.forget();
    }

    fn cues(&mut self) -> Drain<'_, Cue> {
        self.ears.drain()
    }

    fn engine(&self) -> f32 {
        self.ears.engine()
    }

    fn hud(&self, scene: &Scene<'_, Arena>) -> Hud {
        hud::hud(scene, &self.view, &self.news, &self.hits)
    }
}

impl ArenaStage {
    /// Starts a frame; gives the time by which things age.
    fn begin(&mut self, dt_s: f32, viewport: Viewport) -> f32 {
        let dt_s = if dt_s.is_finite() { dt_s.clamp(0.0, MAX_FRAME_S) } else { 0.0 };
        self.time_s += dt_s;
        self.frame_ticks = dt_s / TICK_SECONDS;
        self.view.fit(viewport);
        self.effects.age(dt_s);
        self.hits.age(dt_s);
        self.hulls.fit(self.view.pixel_units, self.palette);
        dt_s
    }

    /// Draws a scene back to front.
    fn show(&mut self, scene: &Scene<'_, Arena>, dt_s: f32, list: &mut DrawList) {
        list.camera = self.view.camera;
        list.pixel_units = self.view.pixel_units;
        self.take_events(scene);
        backdrop::draw_sky(list, &self.view);
        backdrop::draw_arena(list, &self.view, scene.map.size);
        rocks::draw(list, &self.view, &scene.map.asteroids, if self.calm { 0.0 } else { self.time_s });
        self.effects.draw(list, &self.view);
        let everything = scene.others.iter().chain(&scene.own);
        for seen in everything.clone() {
            if let ArenaEntity::Shot(shot) = seen.entity {
                self.show_shot(scene, &shot, seen.pose, list);
            }
        }
        for seen in everything {
            if let Some((ship, pose)) = ship_in(seen) {
                self.show_ship(scene.me, (seen.slot, &ship, pose), dt_s, list);
            }
        }
        self.sightings.forget_old(self.time_s);
    }

    fn show_ship(
        &mut self,
        me: PlayerId,
        (slot, ship, pose): (Option<Slot>, &Ship, Pose),
        dt_s: f32,
        list: &mut DrawList,
    ) {
        let side = side_of(ship.owner, me);
        let color = side.color(self.palette);
        let velocity = ship.velocity.units();
        if let Some(slot) = slot {
            let novelty = self.sightings.note(slot, ship, pose, self.time_s);
            if novelty.fired {
                self.effects.muzzle(ships::nose_at(pose), velocity, color);
                match side {
                    Side::Own => self.ears.own(Sound::OwnShot),
                    Side::Enemy => self.ears.at(Sound::OtherShot, pose.position, &self.view),
                }
            }
            if novelty.appeared {
                self.effects.warp(pose.position, color);
            }
        }
        if ship.command.thrust {
            let backwards = -Vec2::from_angle(pose.angle_turns * std::f32::consts::TAU);
            self.effects.trail(ships::engine_at(pose), backwards, velocity, (color, dt_s));
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

    fn show_shot(&mut self, scene: &Scene<'_, Arena>, shot: &Shot, pose: Pose, list: &mut DrawList) {
        if self.view.sees(pose.position, 60.0) {
            ships::draw_shot(list, shot, pose, side_of(shot.owner, scene.me).color(self.palette));
        }
        for rock in scene.map.near(pose.position) {
            let away = pose.position - rock.centre;
            if away.length() < rock.radius_units + CHIP_UNITS {
                self.effects.chip(pose.position, away.normalize_or_zero());
            }
        }
    }

    fn take_events(&mut self, scene: &Scene<'_, Arena>) {
        for event in &scene.events {
            match *event {
                ArenaEvent::Hit { target, by, damage, pierced, .. } => {
                    self.show_hit(scene, (target, by), (damage, pierced));
                }
                ArenaEvent::Destroyed { target, victim, by, .. } => {
                    self.show_end(scene.me, target, victim, by);
                }
                ArenaEvent::Captured { .. } | ArenaEvent::RoundOver { .. } => {}
            }
        }
    }

    /// A ship blew up: seen and heard where it was last; who did it is told that it counted.
    fn show_end(&mut self, me: PlayerId, target: Slot, victim: PlayerId, by: PlayerId) {
        if by == me {
            self.ears.own(Sound::Kill);
        }
        let Some(Sighting { position, velocity, .. }) = self.sightings.last(target) else { return };
        let side = side_of(victim, me);
        self.effects.explode(position, velocity, side.color(self.palette));
        self.ears.explosion(position, &self.view);
        if by == me {
            self.hits.mark(position, true);
        }
        let near = position.distance(self.view.camera.centre) < JOLT_UNITS;
        if side == Side::Own || near {
            self.view.jolt(if side == Side::Own { velocity } else { self.view.camera.centre - position });
        }
    }

    fn show_hit(
        &mut self,
        scene: &Scene<'_, Arena>,
        (target, by): (Slot, PlayerId),
        (damage, pierced): (u8, bool),
    ) {
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
            self.ears.at(Sound::ShieldFlash, at, &self.view);
        } else {
            self.effects.hit(at, ship.velocity, towards);
        }
        if own {
            self.view.jolt(-towards);
        }
        self.tell_hit((target, own), by == scene.me, damage, ship.position);
    }

    /// What a hit means to the player: a number, a cross, a sound.
    fn tell_hit(&mut self, (target, own): (Slot, bool), given: bool, damage: u8, at: Vec2) {
        if own && damage > 0 {
            self.ears.own(Sound::HitTaken);
        } else if given && damage > 0 {
            self.ears.own(Sound::HitGiven);
            self.hits.mark(at, false);
        }
        if own || given {
            self.hits.count(target, own, u32::from(damage), at);
        }
    }

    /// The world darkens when the own ship is gone.
    fn draw_fade(&self, list: &mut DrawList) {
        let fade = self.news.fade();
        if fade > 0.0 {
            let (centre, reach) = (self.view.camera.centre, self.view.half_extent() * 1.1);
            let corner = |x: f32, y: f32| centre + reach * Vec2::new(x, y);
            let shade = SPACE.fade(fade * DEATH_SHADE);
            list.fill(&[corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)], shade);
        }
    }
}

fn side_of(owner: PlayerId, me: PlayerId) -> Side {
    if owner == me { Side::Own } else { Side::Enemy }
}

fn ship_in(seen: &Seen<ArenaEntity>) -> Option<(Ship, Pose)> {
    match seen.entity {
        ArenaEntity::Ship(ship) => Some((ship, seen.pose)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
