//! Who is here: seats, places on the ice, and programs that play.

use super::Hockey;
use crate::about::Tally;
use crate::bot::{Bot, Level};
use crate::entity::{HockeyEntity, Mallet, Team};
use crate::teams::{self, Member};
use crate::tuning::MAX_ENERGY;
use glam::IVec2;
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, Simulation};
use std::cmp::Reverse;

/// Where a team's players stand at a face-off, by their number: from the middle, units; the attack's way, then up.
const FACE_OFF_PLACES: [(f32, f32); 4] = [(-60.0, 0.0), (-420.0, 0.0), (-190.0, 130.0), (-190.0, -130.0)];
/// The rink that these were measured in is so wide and high, units.
const MEASURED: (f32, f32) = (1000.0, 560.0);

/// Somebody who has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skater {
    pub(super) player: PlayerId,
    /// For whom they play; `None` while they wait for a place.
    pub(super) team: Option<Team>,
    /// Who came together has the same; 0 came alone.
    pub(super) party: u32,
    /// No person gives the commands.
    pub(super) driven: bool,
    /// Goals and passes of this match; matches won and lost since they came.
    pub(super) tally: Tally,
    /// Periods of this match at whose end they were on the ice.
    pub(super) periods: u8,
    /// How many came before.
    pub(super) order: u32,
    pub(super) mallet: Option<Slot>,
}

impl Skater {
    fn member(&self) -> Option<Member> {
        Some(Member { team: self.team?, party: self.party, is_person: !self.driven })
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        let team = self.team.map_or(0, Team::number);
        hasher.write_u64(u64::from(self.player.0) << 3 | u64::from(team) << 1 | u64::from(self.driven));
        hasher.write_u64(u64::from(self.party) << 32 | u64::from(self.order));
        let Tally { goals, wins, assists, losses } = self.tally;
        let tally = [goals, wins, assists, losses].into_iter().fold(0, |all, n| all << 16 | u64::from(n));
        hasher.write_u64(tally);
        hasher.write_u64(u64::from(self.periods));
        hasher.write_i32(self.mallet.map_or(-1, |slot| i32::from(slot.0)));
    }
}

impl Hockey {
    pub(super) fn skater(&self, player: PlayerId) -> Option<&Skater> {
        let at = self.skaters.binary_search_by_key(&player, |skater| skater.player).ok()?;
        self.skaters.get(at)
    }

    /// Gives `player` a seat; whoever had it is gone.
    pub(super) fn seat(&mut self, player: PlayerId, arrival: Arrival) {
        self.unseat(player);
        let skater = Skater {
            player,
            team: None,
            party: arrival.party,
            driven: arrival.driven,
            tally: Tally::default(),
            periods: 0,
            order: self.arrivals,
            mallet: None,
        };
        self.arrivals = self.arrivals.wrapping_add(1);
        let at = self.skaters.partition_point(|other| other.player < player);
        self.skaters.insert(at, skater);
        if arrival.driven {
            // Some of each level, so that whoever comes finds their equals.
            let level = Level::ALL[player.index() % Level::ALL.len()];
            let bot = Bot::new(level, u64::from(self.rng.next_u32()));
            let at = self.bots.partition_point(|(other, _)| *other < player);
            self.bots.insert(at, (player, bot));
        }
    }

    /// Takes away all that is `player`'s.
    pub(super) fn unseat(&mut self, player: PlayerId) {
        let Ok(at) = self.skaters.binary_search_by_key(&player, |skater| skater.player) else { return };
        self.leave_ice(at);
        self.skaters.remove(at);
        self.bots.retain(|(other, _)| *other != player);
    }

    /// The skater at that place of the list waits for a place on the ice.
    fn leave_ice(&mut self, at: usize) {
        let skater = &mut self.skaters[at];
        skater.team = None;
        if let Some(slot) = skater.mallet.take() {
            self.table.remove(slot);
        }
        let player = skater.player;
        self.touches.retain(|touch| touch.player != player);
        // What their touch parted may be two of one player now.
        self.touches.dedup_by_key(|touch| touch.player);
    }

    pub(super) fn members(&self) -> impl Iterator<Item = Member> + Clone + '_ {
        self.skaters.iter().filter_map(Skater::member)
    }

    /// Whether both teams have somebody.
    pub(super) fn both_teams_play(&self) -> bool {
        Team::ALL.iter().all(|&team| self.members().any(|member| member.team == team))
    }

    /// Who waits comes onto the ice as long as there is a place: people first, then in the order in which they came.
    pub(super) fn fill_places(&mut self) {
        loop {
            let waiting = self.skaters.iter().enumerate().filter(|(_, skater)| skater.team.is_none());
            let Some((at, &Skater { party, driven, .. })) = waiting.min_by_key(|(_, s)| (s.driven, s.order))
            else {
                break;
            };
            let Some(team) = teams::team_for(party, !driven, self.members(), self.places()) else { break };
            if self.members().filter(|member| member.team == team).count() >= self.places() {
                self.bench_a_program(team);
            }
            self.skaters[at].team = Some(team);
        }
        self.spawn_mallets();
    }

    /// The last program of a team makes room.
    fn bench_a_program(&mut self, team: Team) {
        let programs = self.skaters.iter().enumerate().filter(|(_, s)| s.driven && s.team == Some(team));
        if let Some((at, _)) = programs.max_by_key(|(_, skater)| skater.order) {
            self.leave_ice(at);
        }
    }

    /// Everybody on the ice has a mallet; who finds no slot tries again in the next tick.
    fn spawn_mallets(&mut self) {
        for at in 0..self.skaters.len() {
            let Skater { player, team: Some(team), mallet: None, .. } = self.skaters[at] else { continue };
            let mallet = Mallet {
                owner: player,
                team,
                command: Default::default(),
                position: self.face_off_place(at, team),
                velocity: IVec2::ZERO,
                energy: MAX_ENERGY,
                cooldown: 0,
                windup: 0,
                hold: 0,
            };
            self.skaters[at].mallet = self.table.spawn(HockeyEntity::Mallet(mallet));
        }
    }

    /// Where the skater at that place of the list stands at a face-off: behind the own line.
    pub(super) fn face_off_place(&self, at: usize, team: Team) -> IVec2 {
        let number = self.skaters[..at].iter().filter(|skater| skater.team == Some(team)).count();
        let (ahead, up) = FACE_OFF_PLACES[number % FACE_OFF_PLACES.len()];
        let (left, right) = self.rink.goal_lines_units();
        let stretch = ((right - left) / MEASURED.0, self.rink.size_units().y / MEASURED.1);
        // In whole units from the middle, so that the sides mirror each other.
        self.rink.middle()
            + Self::quanta((ahead * stretch.0, up * stretch.1)) * IVec2::new(team.attack() as i32, 1)
    }

    /// Moves players until the teams are fair; they get another mallet there.
    pub(super) fn even_out_teams(&mut self) {
        // One change makes one player's or one person's difference: more than all of them are never needed.
        for _ in 0..2 * self.places() {
            let Some(number) = teams::next_to_move(&self.members()) else { break };
            let on_ice = self.skaters.iter().enumerate().filter(|(_, skater)| skater.team.is_some());
            let Some((at, team)) = on_ice.map(|(at, s)| (at, s.team)).nth(number) else { break };
            let to = team.map(Team::rival);
            // Unequal in people alone: one of the others' programs comes in exchange.
            let is_full = self.members().filter(|member| Some(member.team) == to).count() >= self.places();
            let swapped = self.skaters.iter().rposition(|s| s.driven && s.team == to);
            if is_full && swapped.is_none() {
                break;
            }
            self.leave_ice(at);
            if let Some(other) = swapped.filter(|_| is_full) {
                self.leave_ice(other);
                self.skaters[other].team = team;
            }
            self.skaters[at].team = to;
        }
        self.spawn_mallets();
    }

    /// Programs decide by what there was before the step.
    pub(super) fn think(&mut self) {
        let Self { bots, table, rink, skaters, .. } = self;
        for (player, bot) in bots {
            let mallet = skaters.iter().find(|skater| skater.player == *player).and_then(|s| s.mallet);
            let Some(slot) = mallet else { continue };
            let command = bot.decide(table.get(slot), table.iter().map(|(_, entity)| entity), rink);
            if let Some(place) = table.get_mut(slot) {
                *place = Self::with_command(*place, command);
            }
        }
    }
}

/// Of those that scored more than anybody else, if there is one.
pub(super) fn best(skaters: &[Skater]) -> Option<PlayerId> {
    let best = skaters
        .iter()
        .min_by_key(|skater| Reverse(skater.tally.goals))
        .filter(|best| best.tally.goals > 0)?;
    let is_alone = skaters.iter().filter(|skater| skater.tally.goals == best.tally.goals).count() == 1;
    is_alone.then_some(best.player)
}
