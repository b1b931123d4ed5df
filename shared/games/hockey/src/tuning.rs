//! The numbers of the game. Lengths are units, speeds units a tick, times ticks, unless a name says otherwise.

use perigee_shared::tick::TICK_HZ;

/// Steps of the wire's grid in a unit; of velocities in a unit a tick.
pub const QUANTA_PER_UNIT: i32 = 256;
/// Parts of a tick in which everything moves and meets.
pub(crate) const SUBSTEPS: i32 = 4;

/// A mallet's radius.
pub const MALLET_RADIUS: i32 = 20;
/// The puck's radius.
pub const PUCK_RADIUS: i32 = 13;
/// A goal post's radius.
pub const POST_RADIUS: i32 = 4;
/// How far from contact a strike reaches.
pub const STRIKE_REACH: i32 = 9;

/// What a full push adds to a mallet's velocity in a tick.
pub(crate) const PUSH: f32 = 0.62;
/// How much stronger a dash pushes.
pub(crate) const DASH: f32 = 1.6;
/// How much weaker a mallet pushes while it is ready to strike.
pub(crate) const READY: f32 = 0.8;
/// Share of its velocity that a mallet keeps in a tick.
pub(crate) const MALLET_KEEPS: f32 = 0.93;
/// The same of the puck.
pub(crate) const PUCK_KEEPS: f32 = 0.987;
/// What a strike adds to the puck's velocity.
pub(crate) const STRIKE_SPEED: f32 = 14.0;
/// Fastest mallet, and fastest puck.
pub const MAX_MALLET_SPEED: i32 = 15;
/// See [`MAX_MALLET_SPEED`].
pub const MAX_PUCK_SPEED: i32 = 24;
/// How much lighter than a mallet the puck is.
pub(crate) const PUCK_LIGHTNESS: f32 = 4.0;

/// Share of the speed at which two bodies meet that they part with.
pub(crate) const MALLETS_BOUNCE: f32 = 0.6;
/// See [`MALLETS_BOUNCE`].
pub(crate) const PUCK_BOUNCE: f32 = 0.6;
/// Share of its speed towards a board that a mallet leaves it with; the puck; the puck in a goal's net.
pub(crate) const MALLET_BOARD_BOUNCE: f32 = 0.3;
/// See [`MALLET_BOARD_BOUNCE`].
pub(crate) const PUCK_BOARD_BOUNCE: f32 = 0.85;
/// See [`MALLET_BOARD_BOUNCE`].
pub(crate) const NET_BOUNCE: f32 = 0.15;

/// Ticks between two strikes of one mallet.
pub const STRIKE_TICKS: u8 = 12;
/// Ticks in which a mallet winds up for a strike, the one of the strike with them: who sees it wind up foresees the strike.
pub const WINDUP_TICKS: u8 = 5;
/// Ticks in which a mallet that has wound up still strikes after the player let go.
pub const ARMED_TICKS: u8 = 4;
/// A rested mallet's energy.
pub const MAX_ENERGY: u8 = 200;
/// What a tick of dashing takes; a tick without gives 1 back.
pub(crate) const DASH_COST: u8 = 5;

/// Half a goal's mouth.
pub const HALF_MOUTH: i32 = 90;
/// Depth of the pocket behind a mouth.
pub const GOAL_DEPTH: i32 = 50;
/// Radius of the rink's corners.
pub const CORNER_RADIUS: i32 = 110;
/// Radius of the circle around the face-off spot; only a mark.
pub const CIRCLE_RADIUS: i32 = 80;

/// How long everybody stands still before a face-off.
pub const FACE_OFF_TICKS: u32 = 45;
/// How long a goal is enjoyed.
pub const GOAL_TICKS: u32 = 60;
/// Between two periods.
pub const INTERMISSION_TICKS: u32 = 6 * TICK_HZ;
/// How long a match's result is shown.
pub const SCOREBOARD_TICKS: u32 = 12 * TICK_HZ;
/// The puck is stuck when it has not left a circle of this radius for so long.
pub(crate) const STUCK_UNITS: i32 = 60;
/// See [`STUCK_UNITS`].
pub(crate) const STUCK_TICKS: u32 = 7 * TICK_HZ;
/// How long a pass counts as an assist.
pub(crate) const ASSIST_TICKS: u32 = 6 * TICK_HZ;

#[cfg(test)]
mod tests {
    use super::*;

    /// Constants with their names, as the document's table has them.
    macro_rules! named {
        ($($constant:ident),+ $(,)?) => {
            [$((stringify!($constant), $constant.to_string())),+]
        };
    }

    #[test]
    fn the_document_has_the_numbers_of_the_movement() {
        let constants = named![
            QUANTA_PER_UNIT,
            SUBSTEPS,
            MALLET_RADIUS,
            PUCK_RADIUS,
            POST_RADIUS,
            STRIKE_REACH,
            HALF_MOUTH,
            GOAL_DEPTH,
            CORNER_RADIUS,
            PUSH,
            DASH,
            READY,
            MALLET_KEEPS,
            PUCK_KEEPS,
            STRIKE_SPEED,
            MAX_MALLET_SPEED,
            MAX_PUCK_SPEED,
            PUCK_LIGHTNESS,
            MALLETS_BOUNCE,
            PUCK_BOUNCE,
            MALLET_BOARD_BOUNCE,
            PUCK_BOARD_BOUNCE,
            NET_BOUNCE,
            STRIKE_TICKS,
            WINDUP_TICKS,
            ARMED_TICKS,
            MAX_ENERGY,
            DASH_COST,
        ];
        let document = include_str!("../PROTOCOL.md");
        let table = document.split("| constant | value | what |\n| --- | --- | --- |\n").nth(1).unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let told: Vec<(&str, String)> = rows
            .map(|row| {
                let mut cells = row.split('|').skip(1).map(str::trim);
                let name = cells.next().unwrap_or_default().trim_matches('`');
                (name, cells.next().unwrap_or_default().to_owned())
            })
            .collect();
        assert_eq!(told, constants);
    }
}
