//! The numbers that make the game feel as it does. Change one, rebuild, play: nothing else needs to know. Those of a ship's
//! class are a row in `class`.

use crate::class::{Barrel, CLASSES};
use perigee_shared::tick::TICK_HZ;

/// Largest of one of the classes' numbers.
macro_rules! most {
    ($field:ident) => {{
        let (mut most, mut at) = (CLASSES[0].$field, 1);
        while at < CLASSES.len() {
            if CLASSES[at].$field > most {
                most = CLASSES[at].$field;
            }
            at += 1;
        }
        most
    }};
}

/// The strongest hull, points.
pub const MAX_HULL: u8 = most!(hull);
/// The strongest shield, in tenths of a point.
pub const MAX_SHIELD: u16 = most!(shield);
/// The longest time between two firings, ticks.
pub const MAX_COOLDOWN_TICKS: u8 = most!(cooldown_ticks);
/// The fastest class's speed, units/s.
pub const MAX_TOP_SPEED_UNITS_PER_S: f32 = most!(top_speed_units_per_s);
/// The largest hold, pieces.
pub const MAX_HOLD: u16 = most!(hold);
/// The longest that a shot flies, ticks.
pub const MAX_SHOT_LIFE_TICKS: u8 = {
    let (mut most, mut at) = (0, 0);
    while at < CLASSES.len() {
        if let Barrel::Gun { life_ticks, .. } = CLASSES[at].barrel
            && life_ticks > most
        {
            most = life_ticks;
        }
        at += 1;
    }
    most
};

/// Extra drag while braking, 1/s.
pub const BRAKE_PER_S: f32 = 2.2;
/// A ship's radius, units, whatever its class: two that meet are equal balls on both sides of the wire.
pub const SHIP_RADIUS_UNITS: f32 = 15.0;
/// Speed kept when bouncing off a wall or a rock.
pub const WALL_BOUNCE: f32 = 0.6;
/// Speed kept along the line between two ships that collide.
pub const SHIP_BOUNCE: f32 = 0.8;

/// Ships that touch part at least this fast, units/s.
pub const SHIP_PARTING_UNITS_PER_S: f32 = 60.0;

/// Hull a kill gives back, points.
pub const HULL_PER_KILL: u8 = 35;
/// Energy of a rested ship, in tenths.
pub const ENERGY: u16 = 1000;
/// Ticks after a hit until the shield begins to come back: long enough that who breaks off a fight gains by it, and too
/// long to do it in one.
pub const SHIELD_PAUSE_TICKS: u8 = 5 * TICK_HZ as u8;
/// Shield that then comes back per tick, in tenths: a Lance's in thirteen seconds.
pub const SHIELD_PER_TICK: u16 = 2;

/// A missile's speed, units/s: slower than a Dart and a Lance, which can run from it, and faster than a Barge, which can
/// take it.
pub const MISSILE_SPEED_UNITS_PER_S: f32 = 330.0;
/// How long a missile flies, ticks.
pub const MISSILE_LIFE_TICKS: u8 = 4 * TICK_HZ as u8;
/// Ticks between two missiles.
pub const MISSILE_RELOAD_TICKS: u8 = 6 * TICK_HZ as u8;
/// Ticks until a fresh ship's first missile.
pub const MISSILE_FIRST_TICKS: u8 = 2 * TICK_HZ as u8;
/// Energy a missile takes, in tenths.
pub const MISSILE_ENERGY: u16 = 200;
/// Strongest turn of a missile, either way.
pub const MISSILE_FULL_TURN: i8 = 3;
/// Its full turn rate, turns/s: a circle of 210 units' radius, which any ship flies more tightly.
pub const MISSILE_TURN_RATE_TURNS_PER_S: f32 = 0.25;
/// Ticks between two looks of a missile.
pub const MISSILE_LOOK_TICKS: u8 = 3;
/// How far a missile sees, units.
pub const MISSILE_SIGHT_UNITS: f32 = 620.0;
/// How far off its course a missile sees, turns.
pub const MISSILE_SIGHT_TURNS: f32 = 0.2;
/// A missile goes off when a foe's hull is this near to its way, units.
pub const MISSILE_FUSE_UNITS: f32 = 8.0;
/// Reach of its blast from its centre to a ship's, units.
pub const BLAST_RADIUS_UNITS: f32 = 70.0;
/// What a blast takes at its centre, points. At its rim it takes a third.
pub const BLAST_DAMAGE: u8 = 36;

/// Points for a kill.
pub const SCORE_PER_KILL: i32 = 100;
/// Points for a pirate.
pub const SCORE_PER_PIRATE: i32 = 60;
/// Points for each pilot who captures the zone.
pub const SCORE_PER_CAPTURE: i32 = 150;
/// Ticks from death to return: time to see the last three seconds again.
pub const RESPAWN_TICKS: u32 = 3 * TICK_HZ + TICK_HZ / 2;
/// Ticks a returned ship cannot be hurt, unless it fires.
pub const PROTECTION_TICKS: u8 = 3 * TICK_HZ as u8;

/// Who leaves within this after a hit loses the ship to whoever hit it, ticks.
pub const FIGHT_TICKS: u16 = 10 * TICK_HZ as u16;
/// Kills of the same pilot that count in full, one after the other.
pub const FREE_KILLS: u32 = 3;
/// Until one of them is forgotten, ticks: an honest duel, with its way back, takes about as long.
pub const FEUD_TICKS: u32 = 30 * TICK_HZ;
/// So many are remembered of a pair.
pub const MAX_FEUD_KILLS: u32 = 8;
/// Kills of whatever pilots that count at once.
pub const FREE_SPREE: u32 = 8;
/// Until one more counts, ticks: the best of hunters in a crowd find a pilot less often.
pub const SPREE_TICKS: u32 = 10 * TICK_HZ;
/// Captures by the same pilot that count at once.
pub const FREE_CAPTURES: u32 = 3;
/// Until one more counts, ticks: a zone that is fought for changes hands about as often.
pub const CAPTURE_REST_TICKS: u32 = 45 * TICK_HZ;

/// The capture zone's radius, units.
pub const ZONE_RADIUS_UNITS: f32 = 170.0;
/// Progress from nobody's zone to a team's, in ticks of one ship.
pub const CAPTURE_TICKS: i16 = 8 * TICK_HZ as i16;
/// Ships of a team in the zone that count: more are no faster.
pub const MAX_CAPTORS: i8 = 3;
/// Ticks of the scoreboard between two rounds.
pub const SCOREBOARD_TICKS: u32 = 10 * TICK_HZ;

/// How near to a station a ship trades, units.
pub const DOCK_RADIUS_UNITS: f32 = 110.0;
/// What a pilot begins with who has nothing, credits.
pub const START_CREDITS: i64 = 1000;
/// The most that a lost ship's pilot pays to whoever destroyed it, credits.
pub const BOUNTY_CREDITS: i32 = 250;
/// They pay one in so many of the credits that they earned.
pub const BOUNTY_SHARE: i64 = 4;
/// Paid for a pirate, credits.
pub const PIRATE_BOUNTY_CREDITS: i32 = 150;
/// A point of hull costs this to mend, credits.
pub const REPAIR_CREDITS: u32 = 2;
/// A crate whose middle is this near to a ship's is taken up, units.
pub const PICKUP_UNITS: f32 = 42.0;
/// A crate's radius, units.
pub const CRATE_RADIUS_UNITS: f32 = 7.0;
/// Fastest a crate drifts along an axis, units/s.
pub const MAX_CRATE_SPEED_UNITS_PER_S: f32 = 127.0;
/// What slows a drifting crate, 1/s.
pub const CRATE_DRAG_PER_S: f32 = 0.8;
/// How long a crate lasts, ticks.
pub const CRATE_LIFE_TICKS: u16 = 60 * TICK_HZ as u16;
/// Pieces in one crate at the most.
pub const MAX_CRATE_AMOUNT: u8 = 31;
