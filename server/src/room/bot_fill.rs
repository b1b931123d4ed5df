//! Bots for empty places: how many there should be, and their names. Bots keep a room from being empty, and give up
//! their places to people.

use perigee_shared::tick::TICK_HZ;
use std::borrow::Cow;

/// Ticks between two changes, so that a player who joins does not see many bots appear at once.
const CHANGE_TICKS: u64 = TICK_HZ as u64;

/// What is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// One bot more.
    Seat,
    /// One bot fewer.
    Free,
}

/// How full a room is to be.
#[derive(Clone, Debug)]
pub(crate) struct BotFill {
    fill_to: usize,
    max_players: usize,
    /// What they are called in this game ([`About::bot_names`](perigee_shared::netcode::About::bot_names)).
    names: &'static [&'static str],
    /// No change before this tick.
    next_at: u64,
    /// The place of the next name in `names`; where there are none, its number.
    next_name: usize,
}

impl BotFill {
    /// For a room of `max_players` in which bots called `names` fill places up to `fill_to` players.
    pub(crate) fn new(fill_to: usize, max_players: usize, names: &'static [&'static str]) -> Self {
        Self { fill_to: fill_to.min(max_players), max_players, names, next_at: 0, next_name: 0 }
    }

    /// The change due at tick `number`, with this many people and bots in the room. Without people there are no bots.
    pub(crate) fn change(&mut self, number: u64, people: usize, bots: usize) -> Option<Change> {
        if number < self.next_at {
            return None;
        }
        let wanted = if people == 0 { 0 } else { self.fill_to.saturating_sub(people) };
        let change = match bots.cmp(&wanted) {
            std::cmp::Ordering::Less if people + bots < self.max_players => Change::Seat,
            std::cmp::Ordering::Greater => Change::Free,
            _ => return None,
        };
        self.next_at = number + CHANGE_TICKS;
        Some(change)
    }

    /// A name for another bot: one that nobody has, as long as there is one. In a game that gives no names they have numbers.
    pub(crate) fn name(&mut self, is_taken: impl Fn(&str) -> bool) -> Cow<'static, str> {
        if self.names.is_empty() {
            self.next_name += 1;
            return format!("Bot {}", self.next_name).into();
        }
        let names = self.names;
        let candidates = (0..names.len()).map(|n| (self.next_name + n) % names.len());
        let at = candidates.clone().find(|&at| !is_taken(names[at])).unwrap_or(self.next_name);
        self.next_name = (at + 1) % names.len();
        names[at].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Simulation;

    const NAMES: &[&str] = perigee_arena::Arena::ABOUT.bot_names;

    /// The number of bots after `seconds` with a constant number of people.
    fn bots_after(
        bot_fill: &mut BotFill,
        from: u64,
        (people, before): (usize, usize),
        seconds: u64,
    ) -> usize {
        let mut bots = before;
        for number in from..from + seconds * CHANGE_TICKS {
            match bot_fill.change(number, people, bots) {
                Some(Change::Seat) => bots += 1,
                Some(Change::Free) => bots -= 1,
                None => {}
            }
            assert!(people + bots <= bot_fill.max_players.max(people));
        }
        bots
    }

    #[test]
    fn one_comes_or_goes_in_a_second_until_the_room_is_as_full_as_it_should_be() {
        let mut bot_fill = BotFill::new(4, 8, NAMES);
        assert_eq!(bots_after(&mut bot_fill, 0, (0, 0), 5), 0, "nobody is there to play with");
        assert_eq!(bots_after(&mut bot_fill, 1000, (1, 0), 2), 2);
        assert_eq!(bots_after(&mut bot_fill, 2000, (1, 2), 9), 3);
        assert_eq!(bots_after(&mut bot_fill, 3000, (3, 3), 1), 2);
        assert_eq!(bots_after(&mut bot_fill, 4000, (6, 2), 9), 0);
        assert_eq!(bots_after(&mut bot_fill, 5000, (0, 3), 9), 0);
    }

    #[test]
    fn a_small_room_keeps_no_more_than_its_places() {
        let mut bot_fill = BotFill::new(9, 4, NAMES);
        assert_eq!(bots_after(&mut bot_fill, 0, (1, 0), 20), 3);
        assert_eq!(bots_after(&mut BotFill::new(0, 4, NAMES), 0, (1, 0), 20), 0);
    }

    #[test]
    fn names_come_once_as_long_as_there_are_others() {
        let mut bot_fill = BotFill::new(1, 100, NAMES);
        let mut taken: Vec<Cow<'static, str>> = Vec::new();
        for _ in 0..NAMES.len() {
            let name = bot_fill.name(|name| taken.iter().any(|other| other == name));
            assert!(!taken.contains(&name), "{name}");
            taken.push(name);
        }
        assert!(NAMES.contains(&&*bot_fill.name(|_| true)));
    }

    #[test]
    fn bots_have_numbers_in_a_game_that_names_none() {
        let mut bot_fill = BotFill::new(1, 100, &[]);
        assert_eq!([bot_fill.name(|_| false), bot_fill.name(|_| false)], ["Bot 1", "Bot 2"]);
    }
}
