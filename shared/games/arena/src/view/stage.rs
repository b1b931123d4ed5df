//! The stage: takes each scene in and lets effects age. `drawing` draws it, `events` shows its events.

mod drawing;
mod events;

use crate::class::Team;
use crate::command::ArenaCommand;
use crate::entity::ArenaEntity;
use crate::event::ArenaEvent;
use crate::orders::ArenaOrder;
use crate::view::armament::Beams;
use crate::view::attract::Attract;
use crate::view::camera::CameraMan;
use crate::view::draw_cost::SpriteField;
use crate::view::effects::Effects;
use crate::view::event_feed::EventFeed;
use crate::view::hits::Hits;
use crate::view::hulls::Hulls;
use crate::view::in_scene::ship_in;
use crate::view::kill_camera::KillCamera;
use crate::view::listener::Listener;
use crate::view::palette::{Palette, SPACE};
use crate::view::sightings::Sightings;
use crate::view::steering::Helm;
use crate::view::trading::Answers;
use crate::view::watching::Watching;
use crate::view::{hud, steering, trading};
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::netcode::{Entity, Scene};
use perigee_shared::presentation::{
    CameraRequest, Comfort, Cue, DrawList, DroneCue, Held, Hud, Lot, MarketView, RawInput, Stage,
    TradeRequest, Viewport,
};
use perigee_shared::tick::TICK_SECONDS;
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

/// What is held, a bit for each control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Grip(u8);

impl Grip {
    fn of(input: &RawInput) -> Self {
        let Held { forward, back, left, right, primary: fire, secondary: missile } = input.held;
        let all = [forward, back, left, right, fire, missile, input.stick.is_some()];
        Self((0..).zip(all).map(|(at, is_held)| u8::from(is_held) << at).sum())
    }

    /// Whether something is held that was not: what was held all along is no sign of anything.
    fn is_new_since(self, before: Self) -> bool {
        self.0 & !before.0 != 0
    }
}

/// The arena as one player sees it.
#[derive(Debug)]
pub struct ArenaStage {
    view: CameraMan,
    effects: Effects,
    feed: EventFeed,
    sightings: Sightings,
    hits: Hits,
    beams: Beams,
    kill_camera: KillCamera,
    answers: Answers,
    watching: Watching,
    listener: Listener,
    hulls: Hulls,
    palette: &'static Palette,
    attract: Option<Attract>,
    sprite_field: Option<SpriteField>,
    /// Seconds of display time.
    time_s: f32,
    /// The last frame's length in ticks: how long a command is likely to last.
    frame_ticks: f32,
    calm: bool,
    /// What was in the player's hold, pieces.
    load: Option<u16>,
    /// What was held when last looked at.
    held: Grip,
}

impl Stage for ArenaStage {
    type Game = Arena;

    fn new(comfort: Comfort) -> Self {
        Self {
            view: CameraMan::new(comfort),
            effects: Effects::new(comfort),
            feed: EventFeed::default(),
            sightings: Sightings::default(),
            hits: Hits::new(comfort.reduced_motion),
            beams: Beams::default(),
            kill_camera: KillCamera::default(),
            answers: Answers::default(),
            watching: Watching::default(),
            listener: Listener::default(),
            hulls: Hulls::new(Palette::of(comfort.palette)),
            palette: Palette::of(comfort.palette),
            attract: None,
            sprite_field: None,
            time_s: 0.0,
            frame_ticks: 1.0,
            calm: comfort.reduced_motion,
            load: None,
            held: Grip::default(),
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
        self.held = Grip::of(input);
        // Steered by the predicted state, not by the drawn pose: that one still eases corrections.
        let helm = match own {
            Some(ArenaEntity::Ship(ship)) => Helm {
                pose: ArenaEntity::Ship(*ship).pose(),
                class: ship.class,
                velocity_units_per_s: ship.velocity.units(),
            },
            _ => Helm::default(),
        };
        steering::command(input, &helm, &self.view.camera, libm::ceilf(self.frame_ticks - 0.2))
    }

    fn rest(&mut self, input: &RawInput) {
        let before = std::mem::replace(&mut self.held, Grip::of(input));
        if self.held.is_new_since(before) {
            self.kill_camera.skip();
        }
    }

    fn frame(&mut self, scene: &Scene<'_, Arena>, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        self.attract = None;
        let dt_s = self.begin(dt_s, viewport);
        match scene.own.and_then(|own| ship_in(&own)) {
            Some((ship, pose)) => {
                self.view.follow(pose.position, ship.velocity.units(), scene.map.size, dt_s);
            }
            None if Watching::applies_to(scene) => {
                self.view.zoom(self.watching.zoom);
                let at = self.watching.look(scene, self.view.camera.half_height_units);
                self.view.track(at, scene.map.size, dt_s);
                // After the zoom, pixels are of another size.
                self.hulls.fit(self.view.pixel_units, self.palette);
            }
            // Dead, the player looks at where it happened; before the first launch, at the middle.
            None if self.feed.was_alive() => {}
            None => self.view.look_at(scene.map.size / 2.0),
        }
        self.feed.take(scene, dt_s);
        self.answers.take(scene);
        self.hear_pickup(scene);
        self.watch_own_end(scene, dt_s);
        if !self.show_replay(scene, dt_s, list) {
            self.show(scene, dt_s, list);
        }
        self.listener.follow(scene.own.and_then(|own| ship_in(&own)).as_ref().map(|(ship, _)| ship), dt_s);
        self.hits.draw(list, &self.view, self.palette.enemy);
        if !self.kill_camera.is_playing() {
            self.draw_fade(list);
        }
    }

    fn ambient(&mut self, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let dt_s = self.begin(dt_s, viewport);
        let mut attract = self.attract.take().unwrap_or_else(Attract::new);
        let drift = if self.calm { 0.0 } else { 1.0 };
        let sway = Vec2::from_angle(self.time_s * 0.12) * Vec2::new(190.0, 90.0) * drift;
        self.view.look_at(attract.centre() + sway);
        self.show(&attract.scene(dt_s), dt_s, list);
        self.attract = Some(attract);
        self.listener.forget();
    }

    fn draw_sprites(&mut self, sprites: usize, dt_s: f32, viewport: Viewport, list: &mut DrawList) {
        let dt_s = self.begin(dt_s, viewport);
        let field = self.sprite_field.take().unwrap_or_else(SpriteField::new);
        self.view.look_at(field.centre());
        self.show(&field.scene(sprites, &self.view, self.time_s), dt_s, list);
        self.sprite_field = Some(field);
        self.listener.forget();
    }

    fn cues(&mut self) -> Drain<'_, Cue> {
        self.listener.drain()
    }

    fn drone(&self) -> Option<DroneCue> {
        Some(self.listener.drone())
    }

    fn hud(&self, scene: &Scene<'_, Arena>) -> Hud {
        let mut hud = hud::hud(scene, &self.view, &self.feed, &self.hits);
        hud.is_replay = self.kill_camera.is_playing();
        if hud.is_replay {
            hud.markers.clear();
            hud.numbers.clear();
        }
        hud
    }

    fn market(&self, scene: &Scene<'_, Arena>) -> Option<MarketView> {
        let ship = scene.own.and_then(|own| ship_in(&own)).map(|(ship, pose)| (ship, pose.position));
        trading::market(scene, ship, &self.answers)
    }

    fn trade(&self, request: TradeRequest) -> Option<ArenaOrder> {
        trading::order(request)
    }

    fn join_team(&self, team: u8) -> Option<ArenaOrder> {
        Team::from_index(usize::from(team)).map(|team| ArenaOrder::JoinTeam { team })
    }

    fn total(&self, lot: &Lot) -> i64 {
        trading::total(lot)
    }

    fn watch(&mut self, request: CameraRequest) {
        self.watching.request(request);
    }

    fn watched<'a>(&self, scene: &'a Scene<'_, Arena>) -> Option<&'a str> {
        self.watching.whom().and_then(|player| scene.name_of(player))
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
        self.beams.age(dt_s);
        self.hulls.fit(self.view.pixel_units, self.palette);
        dt_s
    }

    /// Keeps what is seen, for the case that it was the end of the own ship.
    fn watch_own_end(&mut self, scene: &Scene<'_, Arena>, dt_s: f32) {
        self.kill_camera.record(scene.own, &scene.others, dt_s);
        for event in &scene.events {
            if let ArenaEvent::Destroyed { victim, by, .. } = *event
                && victim == scene.me
            {
                self.kill_camera.own_ship_ended(by);
            }
        }
    }

    /// Draws the last seconds before the own ship's end, while they are played; what happens meanwhile is only heard of.
    fn show_replay(&mut self, scene: &Scene<'_, Arena>, dt_s: f32, list: &mut DrawList) -> bool {
        let camera = std::mem::take(&mut self.kill_camera);
        let replay = camera.replay();
        if let Some(replay) = &replay {
            self.view.glide_to(replay.centre, dt_s);
            let past = Scene {
                me: scene.me,
                scenario: scene.scenario,
                map: scene.map,
                own: replay.own,
                others: replay.others.to_vec(),
                events: Vec::new(),
                roster: scene.roster,
                view_tick: scene.view_tick,
                predicted_tick: scene.predicted_tick,
            };
            self.show(&past, dt_s, list);
        }
        let shown = replay.is_some();
        self.kill_camera = camera;
        shown
    }

    /// The world darkens when the own ship is gone.
    fn draw_fade(&self, list: &mut DrawList) {
        let fade = self.feed.fade();
        if fade > 0.0 {
            let (centre, reach) = (self.view.camera.centre, self.view.half_extent() * 1.1);
            let corner = |x: f32, y: f32| centre + reach * Vec2::new(x, y);
            let shade = SPACE.fade(fade * DEATH_SHADE);
            list.fill(&[corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)], shade);
        }
    }
}

#[cfg(test)]
mod tests;
