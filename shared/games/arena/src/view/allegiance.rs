//! What the player is offered on the scoreboard: to fly for the other team, or why not now. The server decides by the
//! same rules; it alone knows who came with whom.

use crate::class::Team;
use crate::dock::docked_at;
use crate::entity::{Phase, Ship};
use crate::orders::OrderRefusal;
use crate::teams::{Member, may_change};
use crate::world::Arena;
use perigee_shared::netcode::{Scene, Standing};
use perigee_shared::presentation::TeamOffer;

/// The other team, for a pilot who has one.
pub(super) fn offer(scene: &Scene<'_, Arena>, ship: Option<&Ship>, phase: Phase) -> Option<TeamOffer> {
    let own = scene.roster.iter().find(|entry| entry.player == scene.me)?;
    let from = team_of(&own.standing);
    let to = from.rival();
    if to == from {
        return None;
    }
    let members = scene.roster.iter().map(|entry| Member {
        team: team_of(&entry.standing),
        party: 0,
        is_person: !entry.bot,
        score: entry.standing.score,
    });
    let in_flight = phase == Phase::Playing && ship.is_some_and(|ship| docked_at(ship, scene.map).is_none());
    let refusal = if in_flight { Some(OrderRefusal::InFlight) } else { may_change(from, to, members).err() };
    let refused = refusal.map_or(String::new(), |why| why.to_string());
    Some(TeamOffer { team: to.index() as u8, refused })
}

fn team_of(standing: &Standing) -> Team {
    Team::from_index(usize::from(standing.team)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::ShipClass;
    use crate::scenario::{Mode, Scenario};
    use glam::Vec2;
    use perigee_shared::ids::PlayerId;
    use perigee_shared::netcode::Simulation;
    use perigee_shared::protocol::RosterEntry;

    /// What the first pilot of a team is offered, when so many people are in the teams.
    fn offered(people: [u8; 2], ship: Option<&Ship>, phase: Phase) -> Option<TeamOffer> {
        let scenario = Scenario { mode: Mode::Teams, ..Scenario::default() };
        let map = Arena::map(&scenario);
        let teams = std::iter::repeat_n(1, people[0].into()).chain(std::iter::repeat_n(2, people[1].into()));
        let entry = |(seat, team)| RosterEntry {
            player: PlayerId(seat),
            standing: Standing { team, ..Standing::default() },
            ..RosterEntry::default()
        };
        let roster: Vec<_> = (0..).zip(teams).map(entry).collect();
        let scene = Scene {
            me: PlayerId(0),
            scenario: &scenario,
            map: &map,
            own: None,
            others: Vec::new(),
            events: Vec::new(),
            roster: &roster,
            view_tick: 0.0,
            predicted_tick: 0.0,
        };
        offer(&scene, ship, phase)
    }

    #[test]
    fn the_other_team_is_offered_where_the_rules_allow_it() {
        let flying = Ship::fresh(PlayerId(0), ShipClass::default(), Team::A, Vec2::ZERO, 0);
        let open = Some(TeamOffer { team: 2, refused: String::new() });
        let refused = |why: OrderRefusal| Some(TeamOffer { team: 2, refused: why.to_string() });
        assert_eq!(offered([3, 2], None, Phase::Playing), open);
        assert_eq!(offered([3, 2], Some(&flying), Phase::Scoreboard), open);
        assert_eq!(offered([3, 2], Some(&flying), Phase::Playing), refused(OrderRefusal::InFlight));
        assert_eq!(offered([2, 3], None, Phase::Playing), refused(OrderRefusal::TeamFull));
        assert_eq!(offered([0, 0], None, Phase::Playing), None, "a spectator");
    }
}
