//! The stage: takes each scene in, lets effects age, and draws it back to front.

use super::attract::Attract;
use super::camera::CameraMan;
use super::contacts::{Contact, Contacts};
use super::effects::Effects;
use super::event_feed::EventFeed;
use super::in_scene::{mallets, own_mallet, puck_in};
use super::palette::{Palette, WHITE};
use super::sounds;
use super::steering::{Helm, InputState};
use super::watching::Watching;
use super::{discs, hud, markings};
use crate::command::HockeyCommand;
use crate::entity::{HockeyEntity, Mallet, Team, units};
use crate::event::HockeyEvent;
use crate::tuning::MALLET_RADIUS;
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Scene;
use perigee_shared::presentation::{
    CameraRequest, Comfort, Cue, CueSheet, DrawList, DroneCue, Hud, RawInput, Sound, Stage, Viewport,
};
use std::vec::Drain;

/// The longest time one frame lets effects age, seconds: after a pause they go on instead of vanishing.
const MAX_FRAME_S: f32 = 0.1;
/// How long a goal flashes, seconds.
const FLASH_S: f32 = 1.1;
/// A hit weaker than this is not heard, of the hardest.
const LEAST_HEARD: f32 = 0.06;
/// Mallets in a row, when drawing is measured, and how far apart they stand, units.
const SPRITES_IN_A_ROW: usize = 40;
const SPRITE_GAP_UNITS: f32 = 26.0;

/// A match as one player sees it.
#[derive(Debug)]
pub struct HockeyStage {
    view: CameraMan,
    input_state: InputState,
    contacts: Contacts,
    effects: Effects,
    feed: EventFeed,
    watching: Watching,
    sheet: CueSheet,
    palette: &'static Palette,
    attract: Option<Attract>,
    /// Whose goal flashes, and for how long yet.
    flash: Option<(Team, f32)>,
    /// How hard the own mallet dashes.
    dash: f32,
}

impl Stage for HockeyStage {
    type Game = Hockey;

    fn new(comfort: Comfort) -> Self {
        Self {
            view: CameraMan::new(comfort),
            input_state: InputState::default(),
            contacts: Contacts::default(),
            effects: Effects::new(comfort.reduced_motion),
            feed: EventFeed::default(),
            watching: Watching::default(),
            sheet: CueSheet::default(),
            palette: Palette::of(comfort.palette),
            attract: None,
            flash: None,
            dash: 0.0,
        }
    }

    fn set_comfort(&mut self, comfort: Comfort) {
        self.view.set_comfort(comfort);
        self.effects.calm = comfort.reduced_motion;
        self.palette = Palette::of(comfort.palette);
    }

    fn command(&mut self, input: &RawInput, own: Option<&HockeyEntity>) -> HockeyCommand {
        let helm = match own {
            Some(HockeyEntity::Mallet(mallet)) => {
                Helm { at: units(mallet.position), velocity: units(mallet.velocity) }
            }
            _ => Helm::default(),
        };
        self.input_state.command(input, helm, &self.view.camera)
    }

    fn frame(&mut self, scene: &Scene<'_, Hockey>, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        self.attract = None;
        let dt_s = self.begin(dt_s, viewport);
        let own = own_mallet(scene);
        self.look(scene, own.map(|(_, at)| at), dt_s);
        self.feed.take(scene, dt_s);
        self.take_events(scene);
        self.dash = own.map_or(0.0, |(mallet, _)| if mallet.command.dash { 0.8 } else { 0.0 });
        self.show(scene, dt_s, list);
    }

    fn ambient(&mut self, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let dt_s = self.begin(dt_s, viewport);
        let mut attract = self.attract.take().unwrap_or_else(Attract::new);
        let scene = attract.scene(dt_s);
        self.look(&scene, None, dt_s);
        self.show(&scene, dt_s, list);
        self.attract = Some(attract);
        // Nothing of it is heard: it is a demonstration.
        drop(self.sheet.drain());
        self.dash = 0.0;
    }

    fn draw_sprites(&mut self, sprites: usize, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        self.begin(dt_s, viewport);
        let rows = sprites.div_ceil(SPRITES_IN_A_ROW) as f32;
        let size = Vec2::new(SPRITES_IN_A_ROW as f32, rows) * SPRITE_GAP_UNITS;
        self.view.look(size, None, 1.0, dt_s);
        (list.camera, list.pixel_units) = (self.view.camera, self.view.pixel_units);
        for n in 0..sprites {
            let at = (Vec2::new((n % SPRITES_IN_A_ROW) as f32, (n / SPRITES_IN_A_ROW) as f32) + 0.5)
                * SPRITE_GAP_UNITS;
            let mallet = sprite_mallet(n);
            discs::draw_mallet(list, &mallet, at, n == 0, self.palette);
        }
    }

    fn cues(&mut self) -> Drain<'_, Cue> {
        self.sheet.drain()
    }

    fn drone(&self) -> Option<DroneCue> {
        Some(DroneCue { drone: &sounds::DASH, level: self.dash })
    }

    fn hud(&self, scene: &Scene<'_, Hockey>) -> Hud {
        hud::hud(scene, &self.view, &self.feed)
    }

    fn watch(&mut self, request: CameraRequest) {
        self.watching.request(request);
    }

    fn watched<'a>(&self, scene: &'a Scene<'_, Hockey>) -> Option<&'a str> {
        self.watching.whom().and_then(|player| scene.name_of(player))
    }
}

impl HockeyStage {
    /// Starts a frame; gives the time by which things age.
    fn begin(&mut self, dt_s: f32, viewport: Viewport) -> f32 {
        let dt_s = if dt_s.is_finite() { dt_s.clamp(0.0, MAX_FRAME_S) } else { 0.0 };
        self.view.fit(viewport);
        self.effects.age(dt_s);
        self.flash =
            self.flash.map(|(team, left_s)| (team, left_s - dt_s)).filter(|(_, left_s)| *left_s > 0.0);
        dt_s
    }

    /// Points the camera: at the own mallet and the puck, or where a spectator asks.
    fn look(&mut self, scene: &Scene<'_, Hockey>, own: Option<Vec2>, dt_s: f32) {
        let size = scene.map.size_units();
        let puck = puck_in(scene).map_or(size / 2.0, |(_, at)| at);
        if own.is_some() || scene.is_seated(scene.me) {
            self.view.look(size, own.map(|own| (own, puck)), 1.0, dt_s);
            return;
        }
        let half_height = self.view.camera.half_height_units;
        let place = self.watching.look(scene, half_height);
        self.view.look(size, place.map(|place| (place, place)), self.watching.zoom, dt_s);
    }

    /// What the server tells is heard and flashes; what the puck meets is shown by [`Self::show_contact`].
    fn take_events(&mut self, scene: &Scene<'_, Hockey>) {
        for event in &scene.events {
            match *event {
                HockeyEvent::Goal { team, by, is_own_goal, .. } => {
                    let is_mine = by == Some(scene.me) && !is_own_goal;
                    self.hear(
                        if is_mine { &sounds::OWN_GOAL_SCORED } else { &sounds::GOAL_SCORED },
                        None,
                        1.0,
                    );
                    self.flash = Some((team.rival(), FLASH_S));
                }
                HockeyEvent::Stuck | HockeyEvent::PeriodOver { .. } => self.hear(&sounds::WHISTLE, None, 0.8),
                HockeyEvent::RoundOver { .. } => self.hear(&sounds::GOAL_SCORED, None, 1.0),
            }
        }
    }

    /// Draws a scene back to front.
    fn show(&mut self, scene: &Scene<'_, Hockey>, dt_s: f32, list: &mut DrawList) {
        (list.camera, list.pixel_units) = (self.view.camera, self.view.pixel_units);
        for contact in self.contacts.look(scene, dt_s).into_iter().flatten() {
            self.show_contact(contact);
        }
        let flash = self.flash.map(|(team, left_s)| (team, left_s / FLASH_S));
        let flash = flash.map(|(team, left)| (team, if self.effects.calm { left * 0.4 } else { left }));
        markings::draw(list, scene.map, self.palette, flash);
        discs::draw_trail(list, self.contacts.trail(), WHITE);
        self.effects.draw(list);
        for (_, mallet, at) in mallets(scene) {
            discs::draw_mallet(list, mallet, at, mallet.owner == scene.me, self.palette);
        }
        if let Some((_, at)) = puck_in(scene) {
            discs::draw_puck(list, at, self.contacts.speed_share());
        }
    }

    /// A hit as light and sound.
    fn show_contact(&mut self, contact: Contact) {
        match contact {
            Contact::Strike { at, team, is_own, strength } => {
                let color = self.palette.team(team).mix(WHITE, 0.4);
                self.effects.sparks(at, strength, color);
                self.effects.ring(at, 46.0, color);
                self.hear(
                    if is_own { &sounds::OWN_STRIKE } else { &sounds::OTHER_STRIKE },
                    Some(at),
                    strength,
                );
                if is_own {
                    self.view.jolt(self.view.camera.centre - at);
                }
            }
            Contact::Mallet { at, team, is_own, strength } => {
                self.effects.sparks(at, strength * 0.6, self.palette.team(team));
                self.hear(if is_own { &sounds::OWN_TOUCH } else { &sounds::OTHER_TOUCH }, Some(at), strength);
            }
            Contact::Board { at, strength } => {
                self.effects.sparks(at, strength * 0.5, WHITE);
                self.hear(&sounds::BOARD, Some(at), strength);
            }
            Contact::Line { at, team } => {
                let color = self.palette.team(team.rival());
                self.effects.sparks(at, 1.0, color);
                self.effects.ring(at, 150.0, color);
                self.hear(&sounds::GOAL, Some(at), 0.7);
            }
        }
    }

    /// A sound at a place, or everywhere.
    fn hear(&mut self, sound: &'static Sound, at: Option<Vec2>, strength: f32) {
        let pan = at.map_or(0.0, |at| (self.view.project(at).x * 0.8).clamp(-1.0, 1.0));
        if strength >= LEAST_HEARD {
            self.sheet.add(Cue { sound, pan, gain: (0.25 + strength).min(1.0) });
        }
    }
}

/// One of the mallets that drawing is measured with.
fn sprite_mallet(number: usize) -> Mallet {
    Mallet {
        owner: PlayerId(0),
        team: Team::ALL[number % 2],
        command: HockeyCommand { strike: number.is_multiple_of(3), ..HockeyCommand::default() },
        position: glam::IVec2::splat(MALLET_RADIUS),
        velocity: glam::IVec2::ZERO,
        energy: (number % 200) as u8,
        cooldown: (number % 12) as u8,
        windup: 0,
        hold: 0,
    }
}

#[cfg(test)]
mod tests;
