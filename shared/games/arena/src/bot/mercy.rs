//! With whom a program picks no fight: a person who has just come, or has just lost a ship, and never destroyed one, is
//! left alone for a while, and whoever fights is fought first. Who shoots at a program is fought whoever they are.

use crate::about::Tally;
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::RosterEntry;
use perigee_shared::tick::{TICK_HZ, Tick};

/// How long a fresh pilot is spared, ticks: of three minutes, most of the time.
const MERCY_TICKS: u32 = 75 * TICK_HZ;

/// What a bot thinks of another pilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regard {
    /// Somebody to fight: another program, or a person who fights.
    Fair,
    /// A person who destroyed nobody yet.
    Harmless,
    /// One of these who is fresh: not to be attacked.
    Spared,
}

impl Regard {
    /// A person's, by how many ships they destroyed in this round, and how long they fly since they came or returned.
    #[must_use]
    pub fn of_person(kills: i64, flies_for_ticks: i32) -> Self {
        match (kills, flies_for_ticks < MERCY_TICKS as i32) {
            (0, true) => Self::Spared,
            (0, false) => Self::Harmless,
            _ => Self::Fair,
        }
    }

    /// How much farther away somebody seems, as a factor of the square of the distance.
    pub(super) fn detour(self) -> f32 {
        match self {
            Self::Fair | Self::Spared => 1.0,
            Self::Harmless => 3.0,
        }
    }
}

/// What a program that plays over a connection knows of the others: by the roster, as everybody does.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// By seat.
    known: Vec<Known>,
}

/// How often somebody had died when last looked at, and since when that is so.
#[derive(Clone, Copy, Debug)]
struct Known {
    player: PlayerId,
    deaths: i64,
    since: Tick,
}

impl Manners {
    /// Takes in the roster as it is at `tick`; it is by seat.
    pub fn look(&mut self, roster: &[RosterEntry], tick: Tick) {
        let mut next = Vec::with_capacity(roster.len());
        for entry in roster {
            let deaths = Tally::of(&entry.standing).deaths;
            let known = self.known.binary_search_by_key(&entry.player, |known| known.player);
            let known = known.ok().map(|at| self.known[at]).filter(|known| known.deaths == deaths);
            next.push(known.unwrap_or(Known { player: entry.player, deaths, since: tick }));
        }
        self.known = next;
    }

    /// What to think of `player`. Whoever is in no roster is one of the game's own.
    #[must_use]
    pub fn regard(&self, roster: &[RosterEntry], player: PlayerId, tick: Tick) -> Regard {
        let entry = roster.binary_search_by_key(&player, |entry| entry.player).ok().map(|at| &roster[at]);
        let Some(entry) = entry.filter(|entry| !entry.bot) else { return Regard::Fair };
        let known = self
            .known
            .binary_search_by_key(&player, |known| known.player)
            .ok()
            .map(|at| self.known[at].since);
        Regard::of_person(Tally::of(&entry.standing).kills, known.map_or(0, |since| tick.since(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Standing;

    fn entry(seat: u16, kills: i64, deaths: i64, bot: bool) -> RosterEntry {
        let statistics = Tally { kills, deaths, ..Tally::default() }.into();
        let standing = Standing { statistics, ..Standing::default() };
        RosterEntry { player: PlayerId(seat), name: String::new(), standing, bot }
    }

    #[test]
    fn a_fresh_pilot_is_spared_for_a_while_and_who_fights_is_not() {
        let mut manners = Manners::default();
        let regard = |manners: &Manners, roster: &[RosterEntry], tick: u32| {
            [1, 2, 3, 9].map(|seat| manners.regard(roster, PlayerId(seat), Tick(tick)))
        };
        let roster = [entry(1, 0, 0, false), entry(2, 1, 0, false), entry(3, 0, 0, true)];
        manners.look(&roster, Tick(100));
        assert_eq!(
            regard(&manners, &roster, 100),
            [Regard::Spared, Regard::Fair, Regard::Fair, Regard::Fair]
        );
        let later = 100 + MERCY_TICKS;
        manners.look(&roster, Tick(later));
        assert_eq!(regard(&manners, &roster, later)[0], Regard::Harmless);
        let roster = [entry(1, 0, 1, false), entry(2, 1, 5, false), entry(3, 0, 9, true)];
        manners.look(&roster, Tick(later + 1));
        assert_eq!(
            regard(&manners, &roster, later + 9),
            [Regard::Spared, Regard::Fair, Regard::Fair, Regard::Fair]
        );
    }
}
