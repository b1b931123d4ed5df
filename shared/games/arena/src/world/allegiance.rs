//! Whom pilots fight for: the team of a newcomer, of who asks for another, and of who must change between two rounds.

use super::pilot::Pilot;
use super::pilots::Pilots;
use super::space::Space;
use crate::class::Team;
use crate::dock::docked_at;
use crate::entity::{Phase, Ship};
use crate::orders::{OrderRefusal, Outcome};
use crate::scenario::Mode;
use crate::teams::{Member, may_change, next_to_move, team_for};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Arrival;

impl Pilots {
    /// The team of somebody who comes.
    pub(super) fn team_of_newcomer(&self, mode: Mode, arrival: &Arrival) -> Team {
        match mode {
            Mode::FreeForAll => Team::Free,
            Mode::Teams => team_for(arrival.party, !arrival.driven, self.members().map(|(_, member)| member)),
        }
    }

    /// Switches a pilot's team: where nobody fights, so that it does not save them from a lost duel.
    pub(super) fn join_team(
        &mut self,
        space: &mut Space,
        phase: Phase,
        player: PlayerId,
        team: Team,
    ) -> Result<Outcome, OrderRefusal> {
        let from = self.get(player).map_or(Team::Free, |pilot| pilot.team);
        may_change(from, team, self.members().map(|(_, member)| member))?;
        if let Some((slot, ship)) = self.ship_of(space, player) {
            let is_fighting = self.get(player).is_some_and(|pilot| pilot.fight.is_some());
            if phase == Phase::Playing && (is_fighting || docked_at(&ship, &space.map).is_none()) {
                return Err(OrderRefusal::InFlight);
            }
            if self.spare_slots(space) == 0 {
                return Err(OrderRefusal::NotReady);
            }
            self.exchange(space, player, slot, Ship { team, ..ship });
        }
        if let Some(pilot) = self.get_mut(player) {
            pilot.team = team;
        }
        Ok(Outcome::Joined { team })
    }

    /// Makes the teams fair while nobody has a ship.
    pub(super) fn even_out_teams(&mut self) {
        loop {
            let next = next_to_move(&self.members());
            let Some(pilot) = next.and_then(|player| self.get_mut(player)) else { return };
            pilot.team = pilot.team.rival();
        }
    }

    fn members(&self) -> impl Iterator<Item = (PlayerId, Member)> + Clone {
        let member = |pilot: &Pilot| Member {
            team: pilot.team,
            party: pilot.party,
            is_person: !pilot.driven,
            score: pilot.score,
        };
        self.all().map(move |(player, pilot)| (player, member(pilot)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::Behaviour;
    use crate::class::ShipClass;
    use crate::entity::{ArenaEntity, GridVec};
    use crate::event::ArenaEvent;
    use crate::orders::ArenaOrder;
    use crate::scenario::Scenario;
    use crate::tuning::SCOREBOARD_TICKS;
    use crate::world::Arena;
    use crate::world::testbed::Bout;
    use glam::Vec2;
    use perigee_shared::netcode::{Host, HostConfig, Outbox, Simulation};
    use perigee_shared::tick::TICK_HZ;

    const ROUND_S: u32 = 60;

    /// A team match of `pilots`, who do nothing.
    fn bout(pilots: usize) -> Bout {
        let scenario = Scenario { mode: Mode::Teams, round_s: ROUND_S, pirates: 0, ..Scenario::default() };
        let mut bout = Bout::new(&scenario, 3);
        for _ in 0..pilots {
            bout.join(ShipClass::Lance, Behaviour::Idle);
        }
        bout.step();
        bout
    }

    fn ask(bout: &mut Bout, player: PlayerId, team: Team) -> Outcome {
        bout.arena.order(player, ArenaOrder::JoinTeam { team });
        bout.step();
        let mut answers = bout.events.iter().filter_map(|event| match event {
            ArenaEvent::Answer { outcome, .. } => Some(*outcome),
            _ => None,
        });
        answers.next_back().expect("every order is answered")
    }

    fn put_at(bout: &mut Bout, player: PlayerId, at: Vec2) {
        let (slot, ship) = bout.arena.ship_of(player).unwrap();
        bout.arena
            .space
            .put(slot, Ship { position: GridVec::of_position(at), velocity: GridVec::default(), ..ship });
    }

    fn teams(bout: &Bout) -> Vec<u8> {
        bout.arena.pilots.all().map(|(_, pilot)| pilot.team_number()).collect()
    }

    #[test]
    fn a_pilot_switches_team_at_a_station_and_keeps_ship_and_place() {
        let mut bout = bout(3);
        assert_eq!(teams(&bout), [1, 2, 1]);
        let pilot = PlayerId(0);
        let (station, middle) = (bout.arena.space.map.stations[0].centre, bout.arena.space.map.size / 2.0);
        put_at(&mut bout, pilot, middle);
        assert_eq!(ask(&mut bout, pilot, Team::B), Outcome::Refused(OrderRefusal::InFlight));
        put_at(&mut bout, pilot, station);
        let (slot, before) = bout.arena.ship_of(pilot).unwrap();
        assert_eq!(ask(&mut bout, pilot, Team::B), Outcome::Joined { team: Team::B });
        assert_eq!((bout.arena.team(pilot), teams(&bout)), (Some(2), vec![2, 2, 1]));
        let (other_slot, after) = bout.arena.ship_of(pilot).unwrap();
        assert_ne!(slot, other_slot, "a ship's team is constant for those who see it");
        assert_eq!((after.team, after.hull, after.class), (Team::B, before.hull, before.class));
        assert!(
            bout.arena.pilots.is_foe(PlayerId(2), &after) && !bout.arena.pilots.is_foe(PlayerId(1), &after)
        );
        assert_eq!(ask(&mut bout, pilot, Team::B), Outcome::Refused(OrderRefusal::SameTeam));
        assert_eq!(ask(&mut bout, PlayerId(2), Team::B), Outcome::Refused(OrderRefusal::TeamFull));
    }

    #[test]
    fn nobody_has_a_team_to_change_where_all_play_alone() {
        let mut bout = Bout::new(&Scenario::default(), 3);
        let pilot = bout.join(ShipClass::Lance, Behaviour::Idle);
        assert_eq!(ask(&mut bout, pilot, Team::A), Outcome::Refused(OrderRefusal::NoTeams));
    }

    #[test]
    fn whoever_waits_for_a_ship_gets_it_on_the_other_side() {
        let mut bout = bout(3);
        let pilot = PlayerId(0);
        let (slot, _) = bout.arena.ship_of(pilot).unwrap();
        bout.arena.space.table.remove(slot);
        let returns_at = bout.tick.plus(5);
        let waiting = bout.arena.pilots.get_mut(pilot).unwrap();
        (waiting.ship, waiting.returns_at) = (None, returns_at);
        assert_eq!(ask(&mut bout, pilot, Team::B), Outcome::Joined { team: Team::B });
        (0..6).for_each(|_| bout.step());
        let (_, ship) = bout.arena.ship_of(pilot).unwrap();
        assert_eq!(ship.team, Team::B);
        assert!(ship.position.units().x > bout.arena.space.map.size.x / 2.0);
    }

    #[test]
    fn the_program_that_makes_room_is_of_the_team_with_more_pilots() {
        let scenario = Scenario { mode: Mode::Teams, pirates: 0, ..Scenario::default() };
        let config = HostConfig { max_players: 8, ..HostConfig::default() };
        let (mut host, mut out) = (Host::<Arena>::new(config, scenario), Outbox::default());
        let seats = (0..5).filter_map(|n| host.seat_driven(&format!("Bot {n}"), &mut out));
        let seats: Vec<_> = seats.collect();
        let team = |host: &Host<Arena>, at: usize| host.sim().team(seats[at]);
        assert_eq!([0, 1, 2, 3, 4].map(|at| team(&host, at)), [1, 2, 1, 2, 1].map(Some));
        assert_eq!(host.spare_driven(), Some(seats[4]));
        host.leave(seats[0]);
        host.leave(seats[2]);
        assert_eq!(host.spare_driven(), Some(seats[3]), "not the last, but the last of the larger team");
    }

    #[test]
    fn the_next_round_begins_with_even_teams() {
        let mut bout = bout(8);
        for seat in [1, 3, 5] {
            bout.arena.leave(PlayerId(seat));
        }
        let count = |bout: &Bout, team| teams(bout).into_iter().filter(|&one| one == team).count();
        assert_eq!((count(&bout, 1), count(&bout, 2)), (4, 1));
        (0..ROUND_S * TICK_HZ + SCOREBOARD_TICKS + 5).for_each(|_| bout.step());
        assert_eq!((count(&bout, 1), count(&bout, 2)), (3, 2));
        for (_, entity) in bout.arena.space.table.iter() {
            if let ArenaEntity::Ship(ship) = entity {
                assert_eq!(bout.arena.pilots.get(ship.owner).unwrap().team, ship.team);
            }
        }
    }
}
