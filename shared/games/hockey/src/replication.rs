//! What the netcode asks of whatever is replicated: how it moves alone, where it is, and who may know of it. Apart from
//! `entity`, so that the movement can know the state that it moves.

use crate::entity::{HockeyEntity, units};
use crate::physics;
use crate::rink::Rink;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Entity, Pose, Relevancy};

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
            crate::codec_tables::MALLET_MISPREDICTIONS,
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
