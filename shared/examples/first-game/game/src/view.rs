//! What the player sees, hears and steers with.

use crate::{COIN, DISC, Disc, FirstGame, Push, QUANTA, SIDE, Thing};
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Scene, Simulation};
use perigee_shared::presentation::{
    Camera, Color, Comfort, Cue, CueSheet, DotShape, DrawList, Hud, HudColor, HudSlot, Marker, MinimapDot,
    MinimapHud, MinimapView, Path, RawInput, Sound, Stage, Viewport, Weight, chime, score_rows,
};
use std::vec::Drain;

const SIDE_UNITS: f32 = (SIDE / QUANTA) as f32;
const DISC_UNITS: f32 = (DISC / QUANTA) as f32;
const COIN_UNITS: f32 = (COIN / QUANTA) as f32;
/// So much of what lies around the field is seen, units.
const MARGIN_UNITS: f32 = 30.0;

const FLOOR: Color = Color::hex(0x12_1a_2b);
const BOARD: Color = Color::hex(0x4a_5c_80);
const GOLD_HEX: u32 = 0xff_c8_4a;
const GOLD: Color = Color::hex(GOLD_HEX);
const OWN: Color = Color::hex(0x7d_ff_b0);
const OTHER: Color = Color::hex(0x6a_9c_ff);

const MINE: Sound = Sound { name: "my coin", weight: Weight::Near, layers: &chime([660.0, 880.0, 1320.0]) };
const THEIRS: Sound =
    Sound { name: "a coin", weight: Weight::Background, layers: &chime([440.0, 550.0, 660.0]) };

/// Who took the last coins, and how many without anybody else between.
#[derive(Clone, Copy, Debug)]
struct Streak {
    by: PlayerId,
    coins: u32,
}

/// A match as one player sees it.
#[derive(Debug, Default)]
pub struct FirstGameStage {
    camera: Camera,
    aspect: f32,
    sheet: CueSheet,
    streak: Option<Streak>,
}

impl Stage for FirstGameStage {
    type Game = FirstGame;

    fn new(_: Comfort) -> Self {
        Self::default()
    }

    fn command(&mut self, input: &RawInput, own: Option<&Thing>) -> Push {
        let along = |less: bool, more: bool| i8::from(more) - i8::from(less);
        let keys = Push {
            x: along(input.held.left, input.held.right),
            y: along(input.held.back, input.held.forward),
            brake: input.held.primary,
        };
        // A thumb says the way itself, a pointer where to go.
        let pointed = input.pointer.zip(own).map(|(pointer, own)| {
            self.camera.centre + pointer * self.camera.half_height_units - own_place(own)
        });
        match input.stick.or(pointed.map(|way| way / DISC_UNITS)) {
            Some(way) if (keys.x, keys.y) == (0, 0) => {
                let step = |along: f32| if along.abs() > 0.4 { along.signum() as i8 } else { 0 };
                Push { x: step(way.x), y: step(way.y), ..keys }
            }
            _ => keys,
        }
    }

    fn frame(&mut self, scene: &Scene<'_, FirstGame>, _: f32, viewport: Viewport, list: &mut DrawList) {
        self.look(viewport, list);
        draw_field(list);
        for seen in scene.others.iter().chain(&scene.own) {
            let at = seen.pose.position;
            match seen.entity {
                Thing::Coin(_) => draw_coin(list, at),
                Thing::Disc(disc) => draw_disc(list, at, disc.owner == scene.me),
            }
        }
        for taken in &scene.events {
            let before = self.streak.filter(|streak| streak.by == taken.by);
            let coins = before.map_or(1, |streak| streak.coins + 1);
            self.streak = Some(Streak { by: taken.by, coins });
            let sound = if taken.by == scene.me { &MINE } else { &THEIRS };
            let pan = (taken.at.x as f32 / SIDE as f32) * 2.0 - 1.0;
            self.sheet.add(Cue { sound, pan: pan.clamp(-1.0, 1.0), gain: 0.8 });
        }
    }

    fn ambient(&mut self, _: f32, viewport: Viewport, list: &mut DrawList) {
        self.look(viewport, list);
        draw_field(list);
    }

    fn cues(&mut self) -> Drain<'_, Cue> {
        self.sheet.drain()
    }

    fn hud(&self, scene: &Scene<'_, FirstGame>) -> Hud {
        Hud {
            scores: score_rows(&FirstGame::ABOUT, scene.roster, scene.me, 8),
            players: scene.roster.len(),
            markers: scene
                .others
                .iter()
                .filter_map(|seen| self.marker(scene, &seen.entity, seen.pose.position))
                .collect(),
            minimap: Some(minimap(scene)),
            slots: self.streak_slot(scene).into_iter().collect(),
            ..Hud::default()
        }
    }
}

fn own_place(own: &Thing) -> Vec2 {
    use perigee_shared::netcode::Entity;
    own.pose().position
}

impl FirstGameStage {
    /// Shows the whole field, in a view of any shape.
    fn look(&mut self, viewport: Viewport, list: &mut DrawList) {
        self.aspect = viewport.aspect.clamp(0.2, 5.0);
        let half = SIDE_UNITS / 2.0 + MARGIN_UNITS;
        let half_height_units = half.max(half / self.aspect);
        self.camera = Camera { centre: Vec2::splat(SIDE_UNITS / 2.0), half_height_units };
        (list.camera, list.pixel_units) =
            (self.camera, 2.0 * half_height_units / viewport.height_px.max(1.0));
    }

    /// A text of the game's own; `web/game.css` says where it stands.
    fn streak_slot(&self, scene: &Scene<'_, FirstGame>) -> Option<HudSlot> {
        let Streak { by, coins } = self.streak.filter(|streak| streak.coins >= 2)?;
        let text = format!("{}: {coins} coins in a row", scene.name_of(by)?);
        Some(HudSlot { name: "streak", text })
    }

    /// The name above somebody else's disc.
    fn marker(&self, scene: &Scene<'_, FirstGame>, thing: &Thing, at: Vec2) -> Option<Marker> {
        let Thing::Disc(Disc { owner, .. }) = thing else { return None };
        let above = at + Vec2::Y * (DISC_UNITS + 14.0) - self.camera.centre;
        let Vec2 { x, y } = above / (self.camera.half_height_units * Vec2::new(self.aspect, 1.0));
        Some(Marker { x, y, text: scene.name_of(*owner)?.to_owned(), color: HudColor::Foe })
    }
}

fn minimap(scene: &Scene<'_, FirstGame>) -> MinimapHud {
    let seen = scene.others.iter().chain(&scene.own);
    let dot = |thing: &Thing, at: Vec2| {
        let (shape, color) = match thing {
            Thing::Coin(_) => (DotShape::Disc, HudColor::Custom([GOLD_HEX; 2])),
            Thing::Disc(disc) if disc.owner == scene.me => (DotShape::Pointer, HudColor::Own),
            Thing::Disc(_) => (DotShape::Diamond, HudColor::Foe),
        };
        MinimapDot::new(at / SIDE_UNITS, shape, color)
    };
    MinimapHud {
        aspect: 1.0,
        dots: seen.map(|seen| dot(&seen.entity, seen.pose.position)).collect(),
        heading_turns: None,
        view: MinimapView::WHOLE,
    }
}

fn draw_field(list: &mut DrawList) {
    let corners =
        [Vec2::ZERO, Vec2::new(SIDE_UNITS, 0.0), Vec2::splat(SIDE_UNITS), Vec2::new(0.0, SIDE_UNITS)];
    list.fill(&corners, FLOOR);
    list.line(&corners, Path::Closed, 5.0, BOARD);
}

fn draw_coin(list: &mut DrawList, at: Vec2) {
    list.glow(at, COIN_UNITS * 2.5, GOLD.fade(0.5));
    // A ring as wide as its radius covers a disc, with a smooth edge.
    list.ring(at, COIN_UNITS / 2.0, COIN_UNITS, GOLD);
}

fn draw_disc(list: &mut DrawList, at: Vec2, is_own: bool) {
    let color = if is_own { OWN } else { OTHER };
    list.glow(at, DISC_UNITS * 2.0, color.fade(0.25));
    list.ring(at, DISC_UNITS / 2.0, DISC_UNITS, color.mix(FLOOR, 0.5));
    list.ring(at, DISC_UNITS - 2.0, 4.0, color);
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::presentation::check_sounds;

    #[test]
    fn its_sounds_can_be_played() {
        check_sounds(&[&MINE, &THEIRS]).unwrap();
    }
}
