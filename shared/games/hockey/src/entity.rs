//! Whatever a match replicates, stored on the wire's grid: what cannot be sent cannot be held. Each kind has its field
//! table beside its struct; here they become one type.

mod contest;
mod mallet;
mod puck;
mod table;

pub use contest::{MAX_TEAM_SCORE, Match, Phase};
pub use mallet::Mallet;
pub use puck::Puck;

use crate::physics;
use crate::rink::Rink;
use crate::tuning::QUANTA_PER_UNIT;
use glam::{IVec2, Vec2};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Column, Entity, Pose, Relevancy, replicated};

/// Who plays together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Team {
    /// The first, whose goal is on the left.
    #[default]
    Frost,
    /// The second, whose goal is on the right.
    Ember,
}

impl Team {
    /// Both, by index.
    pub const ALL: [Self; 2] = [Self::Frost, Self::Ember];

    /// 0 or 1.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its number where 0 is no team: 1 or 2.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The other one.
    #[must_use]
    pub fn rival(self) -> Self {
        match self {
            Self::Frost => Self::Ember,
            Self::Ember => Self::Frost,
        }
    }

    /// What players call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frost => "Frost",
            Self::Ember => "Ember",
        }
    }

    /// Which way along x its attack goes: 1 or -1.
    #[must_use]
    pub fn attack(self) -> f32 {
        match self {
            Self::Frost => 1.0,
            Self::Ember => -1.0,
        }
    }
}

impl Column for Team {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::ALL[usize::from(cells[0] != 0)]
    }
}

replicated! {
    /// Whatever there is.
    #[derive(Eq)]
    pub enum HockeyEntity {
        /// A player's mallet.
        Mallet(Mallet),
        /// The puck. There is one.
        Puck(Puck),
        /// How the match stands, for everybody. There is one.
        Match(Match),
    }
}

/// A place of the wire's grid, units.
pub(crate) fn units(quanta: IVec2) -> Vec2 {
    quanta.as_vec2() / QUANTA_PER_UNIT as f32
}

impl Entity for HockeyEntity {
    type Map = Rink;

    fn advance(&mut self, rink: &Rink) {
        physics::step(std::slice::from_mut(self), rink, &mut |_| {});
    }

    fn owner(&self) -> Option<PlayerId> {
        match self {
            Self::Mallet(mallet) => Some(mallet.owner),
            Self::Puck(_) | Self::Match(_) => None,
        }
    }

    fn pose(&self) -> Pose {
        let position = match self {
            Self::Mallet(mallet) => units(mallet.position),
            Self::Puck(puck) => units(puck.position),
            // Nowhere: everybody knows of it, wherever they look.
            Self::Match(_) => Vec2::ZERO,
        };
        Pose { position, angle_turns: 0.0 }
    }

    fn has_place(&self) -> bool {
        !matches!(self, Self::Match(_))
    }

    fn relevancy(&self) -> Relevancy {
        // A rink is small, and a pass goes across all of it.
        Relevancy::Always
    }

    fn is_predicted(&self) -> bool {
        !matches!(self, Self::Match(_))
    }

    fn importance(&self) -> f32 {
        match self {
            Self::Puck(_) => 8.0,
            Self::Mallet(_) => 2.0,
            Self::Match(_) => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::world::Hockey;
    use perigee_shared::netcode::{Field, Replicated, Role, check_game};

    #[test]
    fn it_keeps_what_a_game_promises() {
        let small = Scenario { width_units: 700, height_units: 400, ..Scenario::default() };
        check_game::<Hockey>(&Scenario::default()).unwrap();
        check_game::<Hockey>(&small).unwrap();
    }

    #[test]
    fn the_document_has_each_field_as_it_is() {
        let document = include_str!("../PROTOCOL.md");
        let mut rest = document;
        for kind in HockeyEntity::kinds() {
            let (_, after) = rest.split_once(&format!("`{}`. A usual", kind.name)).expect(kind.name);
            rest = after;
            let rows: Vec<String> = kind.fields.iter().map(row).collect();
            assert!(rest.contains(&rows.join("\n")), "{}:\n{}", kind.name, rows.join("\n"));
        }
    }

    #[test]
    fn the_document_has_the_code_of_what_is_steered() {
        let document = include_str!("../PROTOCOL.md");
        let text =
            document.split("Lengths of its words:\n\n```\n").nth(1).and_then(|rest| rest.split("```").next());
        let lengths: Vec<u8> =
            text.unwrap().split_whitespace().map(|length| length.parse().unwrap()).collect();
        assert_eq!(
            lengths,
            crate::codec_tables::MALLET_SURPRISES,
            "`make fit-codec` was run: here is the old table"
        );
    }

    /// A field as the document has it.
    fn row(field: &Field) -> String {
        let role = match field.role {
            Role::Constant => "constant".to_owned(),
            Role::Control => "control".to_owned(),
            Role::Predicted { residual_order, .. } => format!("predicted, order {residual_order}"),
        };
        let common = field.common.map(|value| value.to_string()).unwrap_or_default();
        let Field { name, min, max, quantum, .. } = field;
        format!("| {name} | {min}..={max} | {quantum} | {role} | {common} |")
    }
}
