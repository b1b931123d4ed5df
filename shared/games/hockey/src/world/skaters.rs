//! Who is here: seats, and places on the ice.

use super::ice::Ice;
use super::puck_log::PuckLog;
use crate::about::Tally;
use crate::entity::{HockeyEntity, Mallet, Team};
use crate::rink::Rink;
use crate::scenario::{MAX_PLAYERS_A_SIDE, Scenario};
use crate::teams::{self, Member};
use crate::tuning::{FACE_OFF_TICKS, MAX_ENERGY, QUANTA_PER_UNIT};
use glam::IVec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, LoadError};
use std::cmp::Reverse;

/// Order of the code of how many skaters there are.
const COUNT_ORDER: u32 = 3;
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

    fn hash_into(&self, hasher: &mut StateHasher) {
        let team = self.team.map_or(0, Team::number);
        hasher.write_u64(u64::from(self.player.0) << 3 | u64::from(team) << 1 | u64::from(self.driven));
        hasher.write_u64(u64::from(self.party) << 32 | u64::from(self.order));
        let Tally { goals, wins, assists, losses } = self.tally;
        let tally = [goals, wins, assists, losses].into_iter().fold(0, |all, n| all << 16 | u64::from(n));
        hasher.write_u64(tally);
        hasher.write_u64(u64::from(self.periods));
        hasher.write_i32(self.mallet.map_or(-1, |slot| i32::from(slot.0)));
    }

    fn save(&self, writer: &mut BitWriter) {
        writer.write(u32::from(self.player.0), PlayerId::BITS);
        writer.write(self.team.map_or(0, Team::number).into(), 2);
        writer.write(self.party, 32);
        writer.write_bool(self.driven);
        let Tally { goals, wins, assists, losses } = self.tally;
        [goals, wins, assists, losses].into_iter().for_each(|count| writer.write(count.into(), 16));
        writer.write(self.periods.into(), 8);
        writer.write(self.order, 32);
    }

    fn load(reader: &mut BitReader<'_>) -> Result<Self, LoadError> {
        Ok(Self {
            player: PlayerId(reader.read(PlayerId::BITS)? as u16),
            team: match reader.read(2)? {
                0 => None,
                1 => Some(Team::Frost),
                2 => Some(Team::Ember),
                _ => return Err(LoadError::Contradiction("an unknown team")),
            },
            party: reader.read(32)?,
            driven: reader.read_bool()?,
            tally: {
                let mut count = || reader.read(16).map(|count| count as u16);
                Tally { goals: count()?, wins: count()?, assists: count()?, losses: count()? }
            },
            periods: reader.read(8)? as u8,
            order: reader.read(32)?,
            mallet: None,
        })
    }
}

/// Everybody who has a seat, by seat.
#[derive(Debug)]
pub(super) struct Skaters {
    list: Vec<Skater>,
    /// How many came so far.
    arrivals: u32,
    /// Places of a team.
    places: usize,
}

impl Skaters {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let list = Vec::with_capacity(2 * MAX_PLAYERS_A_SIDE);
        Self { list, arrivals: 0, places: scenario.players_a_side as usize }
    }

    /// All of them, in the order of seats.
    pub(super) fn all(&self) -> &[Skater] {
        &self.list
    }

    /// The same, to change what is counted of them.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Skater> {
        self.list.iter_mut()
    }

    pub(super) fn get_mut(&mut self, player: PlayerId) -> Option<&mut Skater> {
        let at = self.list.binary_search_by_key(&player, |skater| skater.player).ok()?;
        self.list.get_mut(at)
    }

    pub(super) fn get(&self, player: PlayerId) -> Option<&Skater> {
        let at = self.list.binary_search_by_key(&player, |skater| skater.player).ok()?;
        self.list.get(at)
    }

    /// Gives `player` an empty seat.
    pub(super) fn seat(&mut self, player: PlayerId, arrival: Arrival) {
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
        let at = self.list.partition_point(|other| other.player < player);
        self.list.insert(at, skater);
    }

    /// Takes away all that is `player`'s.
    pub(super) fn unseat(&mut self, player: PlayerId, ice: &mut Ice, log: &mut PuckLog) {
        let Ok(at) = self.list.binary_search_by_key(&player, |skater| skater.player) else { return };
        self.leave_ice(at, ice, log);
        self.list.remove(at);
    }

    /// The skater at that place of the list waits for a place on the ice.
    fn leave_ice(&mut self, at: usize, ice: &mut Ice, log: &mut PuckLog) {
        let skater = &mut self.list[at];
        skater.team = None;
        if let Some(slot) = skater.mallet.take() {
            ice.table.remove(slot);
        }
        log.forget(skater.player);
    }

    fn members(&self) -> impl Iterator<Item = Member> + Clone + '_ {
        self.list.iter().filter_map(Skater::member)
    }

    /// Whether both teams have somebody.
    pub(super) fn both_teams_play(&self) -> bool {
        Team::ALL.iter().all(|&team| self.members().any(|member| member.team == team))
    }

    /// Who waits comes onto the ice as long as there is a place: people first, then in the order in which they came.
    pub(super) fn fill_places(&mut self, ice: &mut Ice, log: &mut PuckLog) {
        loop {
            let waiting = self.list.iter().enumerate().filter(|(_, skater)| skater.team.is_none());
            let Some((at, &Skater { party, driven, .. })) = waiting.min_by_key(|(_, s)| (s.driven, s.order))
            else {
                break;
            };
            let Some(team) = teams::team_for(party, !driven, self.members(), self.places) else { break };
            if self.members().filter(|member| member.team == team).count() >= self.places {
                self.bench_a_program(team, ice, log);
            }
            self.list[at].team = Some(team);
        }
        self.spawn_mallets(ice);
    }

    /// The last program of a team makes room.
    fn bench_a_program(&mut self, team: Team, ice: &mut Ice, log: &mut PuckLog) {
        let programs = self.list.iter().enumerate().filter(|(_, s)| s.driven && s.team == Some(team));
        if let Some((at, _)) = programs.max_by_key(|(_, skater)| skater.order) {
            self.leave_ice(at, ice, log);
        }
    }

    /// Everybody on the ice has a mallet; who finds no slot tries again in the next tick.
    fn spawn_mallets(&mut self, ice: &mut Ice) {
        for at in 0..self.list.len() {
            let Skater { player, team: Some(team), mallet: None, .. } = self.list[at] else { continue };
            let mallet = Mallet {
                owner: player,
                team,
                command: Default::default(),
                position: self.face_off_place(at, team, &ice.rink),
                velocity: IVec2::ZERO,
                energy: MAX_ENERGY,
                cooldown: 0,
                windup: 0,
                hold: 0,
            };
            self.list[at].mallet = ice.table.spawn(HockeyEntity::Mallet(mallet));
        }
    }

    /// Where the skater at that place of the list stands at a face-off: behind the own line.
    pub(super) fn face_off_place(&self, at: usize, team: Team, rink: &Rink) -> IVec2 {
        let number = self.list[..at].iter().filter(|skater| skater.team == Some(team)).count();
        let (ahead, up) = FACE_OFF_PLACES[number % FACE_OFF_PLACES.len()];
        let (left, right) = rink.goal_lines_units();
        let stretch = ((right - left) / MEASURED.0, rink.size_units().y / MEASURED.1);
        // In whole units from the middle, so that the sides mirror each other.
        rink.middle() + quanta((ahead * stretch.0, up * stretch.1)) * IVec2::new(team.attack() as i32, 1)
    }

    /// Moves players until the teams are fair; they get another mallet there.
    pub(super) fn even_out_teams(&mut self, ice: &mut Ice, log: &mut PuckLog) {
        // One change makes one player's or one person's difference: more than all of them are never needed.
        for _ in 0..2 * self.places {
            let Some(number) = teams::next_to_move(&self.members()) else { break };
            let on_ice = self.list.iter().enumerate().filter(|(_, skater)| skater.team.is_some());
            let Some((at, team)) = on_ice.map(|(at, s)| (at, s.team)).nth(number) else { break };
            let to = team.map(Team::rival);
            // Unequal in people alone: one of the others' programs comes in exchange.
            let is_full = self.members().filter(|member| Some(member.team) == to).count() >= self.places;
            let swapped = self.list.iter().rposition(|s| s.driven && s.team == to);
            if is_full && swapped.is_none() {
                break;
            }
            self.leave_ice(at, ice, log);
            if let Some(other) = swapped.filter(|_| is_full) {
                self.leave_ice(other, ice, log);
                self.list[other].team = team;
            }
            self.list[at].team = to;
        }
        self.spawn_mallets(ice);
    }

    /// Everybody goes behind their own line and stands still for a moment.
    pub(super) fn line_up(&self, ice: &mut Ice) {
        for (at, skater) in self.list.iter().enumerate() {
            let (Some(team), Some(slot)) = (skater.team, skater.mallet) else { continue };
            let position = self.face_off_place(at, team, &ice.rink);
            if let Some(HockeyEntity::Mallet(mallet)) = ice.table.get_mut(slot) {
                (mallet.position, mallet.velocity) = (position, IVec2::ZERO);
                (mallet.energy, mallet.hold) = (MAX_ENERGY, FACE_OFF_TICKS as u8);
                (mallet.cooldown, mallet.windup) = (0, 0);
            }
        }
    }

    /// Who scored more than anybody else, if there is one.
    pub(super) fn best(&self) -> Option<PlayerId> {
        let best = self.list.iter().min_by_key(|skater| Reverse(skater.tally.goals));
        let best = best.filter(|best| best.tally.goals > 0)?;
        let is_alone = self.list.iter().filter(|other| other.tally.goals == best.tally.goals).count() == 1;
        is_alone.then_some(best.player)
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(u64::from(self.arrivals));
        self.list.iter().for_each(|skater| skater.hash_into(hasher));
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write(self.arrivals, 32);
        writer.write_exp_golomb(self.list.len() as u32, COUNT_ORDER);
        self.list.iter().for_each(|skater| skater.save(writer));
    }

    /// Reads what [`Self::save`] wrote, into empty seats.
    ///
    /// # Errors
    /// A [`LoadError`] for what no skaters are.
    pub(super) fn load(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        self.arrivals = reader.read(32)?;
        for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
            let skater = Skater::load(reader)?;
            if self.list.last().is_some_and(|last| last.player >= skater.player) {
                return Err(LoadError::Contradiction("two skaters in one seat"));
            }
            self.list.push(skater);
        }
        Ok(())
    }

    /// Gives each mallet of a loaded table to its skater.
    ///
    /// # Errors
    /// A [`LoadError`] if one is nobody's, somebody has two, or a team is too large.
    pub(super) fn take_possession(&mut self, ice: &Ice) -> Result<(), LoadError> {
        for (slot, entity) in ice.table.iter() {
            let HockeyEntity::Mallet(mallet) = entity else { continue };
            let skater = self.get_mut(mallet.owner).filter(|skater| skater.team == Some(mallet.team));
            let Some(skater) = skater else {
                return Err(LoadError::Contradiction("a mallet without a skater of its team"));
            };
            if skater.mallet.replace(slot).is_some() {
                return Err(LoadError::Contradiction("a skater with two mallets"));
            }
        }
        let count = |team| self.members().filter(|member| member.team == team).count();
        let fits = Team::ALL.into_iter().all(|team| count(team) <= self.places);
        fits.then_some(()).ok_or(LoadError::Contradiction("a team too large"))
    }
}

/// A place of the rink's grid.
pub(super) fn quanta(units: (f32, f32)) -> IVec2 {
    IVec2::new(libm::roundf(units.0) as i32, libm::roundf(units.1) as i32) * QUANTA_PER_UNIT
}
