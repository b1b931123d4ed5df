//! Quick play: which room suits a player who asks for any. Numbers in, an order out.
//!
//! A good room has people in it and places left: quick play fills it to nine tenths, so that friends can follow and a
//! returning player finds a place. A bot's place counts as free. Of rooms that are about equally full, the one whose
//! mean rating is closer to the player's is better; company counts more than rating, and any company more than none.

use crate::room::{Rating, RoomHandle};
use perigee_shared::protocol::Hello;
use std::sync::Arc;

/// In `Hello.room`: any room, or with a suffix any room of that mode, as in `any-teams`.
const ANY: &str = "any";
/// Share of a room's places that quick play fills, in tenths.
const FILL_TENTHS: usize = 9;
/// A round that ends this soon is not worth joining if another room is about as good, seconds.
const ENDING_S: u32 = 60;

/// The points of an empty room.
const EMPTY_POINTS: u64 = 4000;

/// Whether that room name asks for quick play; no room may have such a name.
#[must_use]
pub(crate) fn is_quick_play(room: &str) -> bool {
    room == ANY || room.strip_prefix(ANY).is_some_and(|rest| rest.starts_with('-'))
}

/// The request of a player who accepts any room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuickPlayRequest<'a> {
    /// The mode of the match, as rooms name it.
    pub mode: Option<&'a str>,
    /// Whether they want to spectate.
    pub spectate: bool,
    /// Their rating, if known.
    pub rating: Option<Rating>,
    /// The schema of the client's game; `None` accepts any.
    pub schema: Option<u64>,
}

impl<'a> QuickPlayRequest<'a> {
    /// The request in a hello, if it names no room.
    #[must_use]
    pub fn of(hello: &'a Hello) -> Option<Self> {
        let rest = hello.room.strip_prefix(ANY)?;
        let mode = if rest.is_empty() { None } else { Some(rest.strip_prefix('-')?) };
        Some(Self { mode, spectate: hello.spectate, rating: None, schema: Some(hello.build.schema) })
    }
}

/// What quick play knows of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// People who play, or who wait for a seat.
    pub people: usize,
    /// How many of them are away: their seats are kept, but they are no company.
    pub away: usize,
    /// Places for players.
    pub max_players: usize,
    /// Bots.
    pub bots: usize,
    /// Spectators.
    pub spectators: usize,
    /// Places for spectators.
    pub max_spectators: usize,
    /// Seconds to the end of the phase; 0: no end is set.
    pub left_s: u32,
    /// Difference of the player's rating and the room's mean: 0 equal or unknown, 1000 as far as possible.
    pub gap_permille: u16,
}

/// How well a room suits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// There is a place, and less than nine tenths are taken.
    Good,
    /// There is a place, but nine tenths or more are taken.
    Crowded,
    /// There seems to be no place. Only the room knows: it may free a seat whose player has been away for long.
    Full,
}

impl Offer {
    /// What is known of the room, for a player with that rating.
    #[must_use]
    pub(crate) fn of(room: &RoomHandle, rating: Option<Rating>) -> Self {
        let info = room.status();
        let gap = rating.zip(room.rating().mean()).map(|(own, theirs)| own.gap_permille(theirs));
        Self {
            people: room.expected_count(),
            away: info.away,
            max_players: room.max_players(),
            bots: info.bots,
            spectators: info.spectators,
            max_spectators: room.max_spectators(),
            left_s: info.round.left_s,
            gap_permille: gap.unwrap_or(0),
        }
    }

    /// How well the room suits, and points to compare rooms that suit equally: more are better.
    #[must_use]
    pub(crate) fn judge(&self, spectate: bool) -> (Fit, u64) {
        if spectate {
            // The liveliest room is best: people are more interesting to watch than bots, and bots more than nothing.
            let fit = if self.spectators < self.max_spectators { Fit::Good } else { Fit::Full };
            return (fit, (self.people.saturating_sub(self.away) * 4 + self.bots) as u64);
        }
        let fit = match self.people {
            people if people * 10 < self.max_players * FILL_TENTHS => Fit::Good,
            people if people < self.max_players => Fit::Crowded,
            _ => Fit::Full,
        };
        let company = self.people.saturating_sub(self.away) as u64;
        // One more than there are, so that even an empty room's points can be reduced.
        let mut points = (company + 1) * EMPTY_POINTS;
        if (1..=ENDING_S).contains(&self.left_s) {
            points = points * 3 / 4;
        }
        points = points * (2000 - u64::from(self.gap_permille.min(1000))) / 2000;
        // Company of any rating is better than none.
        (fit, if company > 0 { points.max(EMPTY_POINTS + company) } else { points })
    }
}

/// The indices of `offers`, best first, and how well the best one suits. Equal ones keep their order, so that players
/// meet.
#[must_use]
pub(crate) fn rank(offers: &[Offer], spectate: bool) -> (Vec<usize>, Option<Fit>) {
    let judged: Vec<(Fit, u64)> = offers.iter().map(|offer| offer.judge(spectate)).collect();
    let mut order: Vec<usize> = (0..offers.len()).collect();
    order.sort_by_key(|&at| (judged[at].0, std::cmp::Reverse(judged[at].1)));
    let best = order.first().map(|&at| judged[at].0);
    (order, best)
}

/// Rooms, best first, and how well the best one suits.
#[derive(Debug)]
pub(super) struct Ranked {
    pub(super) rooms: Vec<Arc<RoomHandle>>,
    /// `None` if there is no room.
    pub(super) best: Option<Fit>,
}

impl Ranked {
    /// The rooms that are public, open, and as `request` asks.
    pub(super) fn of(rooms: &[Arc<RoomHandle>], request: QuickPlayRequest<'_>) -> Self {
        let suits = |room: &&Arc<RoomHandle>| {
            room.is_public()
                && room.is_open()
                && request.schema.is_none_or(|schema| room.schema() == schema)
                && request.mode.is_none_or(|mode| room.status().round.mode == mode)
        };
        let rooms: Vec<&Arc<RoomHandle>> = rooms.iter().filter(suits).collect();
        let offers: Vec<Offer> = rooms.iter().map(|room| Offer::of(room, request.rating)).collect();
        let (order, best) = rank(&offers, request.spectate);
        Self { rooms: order.into_iter().map(|at| Arc::clone(rooms[at])).collect(), best }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(people: usize, max_players: usize) -> Offer {
        Offer { people, max_players, max_spectators: 2, left_s: 300, ..Offer::default() }
    }

    fn order(offers: &[Offer]) -> Vec<usize> {
        rank(offers, false).0
    }

    #[test]
    fn a_request_is_read_from_the_hello() {
        let request = |room: &str| {
            let hello = Hello { room: room.to_owned(), ..Hello::default() };
            QuickPlayRequest::of(&hello).map(|request| request.mode.map(str::to_owned))
        };
        assert_eq!(request("any"), Some(None));
        assert_eq!(request("any-teams"), Some(Some("teams".to_owned())));
        assert_eq!(request("any-"), Some(Some(String::new())));
        for room in ["anyone", "arena", "", "Any", "any_teams"] {
            assert_eq!(request(room), None, "{room}");
            assert!(!is_quick_play(room), "{room}");
        }
        assert!(is_quick_play("any") && is_quick_play("any-teams") && is_quick_play("any-"));
    }

    #[test]
    fn players_meet_in_the_fullest_room_that_has_some_air() {
        assert_eq!(order(&[room(0, 8), room(3, 8), room(5, 100)]), [2, 1, 0]);
        // 7 of 8 are below nine tenths, 9 of 10 are not.
        assert_eq!(order(&[room(1, 8), room(9, 10), room(7, 8), room(8, 8)]), [2, 0, 1, 3]);
        assert_eq!(rank(&[room(9, 10)], false).1, Some(Fit::Crowded));
        assert_eq!(rank(&[room(10, 10)], false).1, Some(Fit::Full));
        assert_eq!(rank(&[], false).1, None);
        assert_eq!(order(&[room(2, 8), room(2, 8)]), [0, 1], "what is alike stays in its order");
    }

    #[test]
    fn who_is_away_keeps_a_place_and_is_no_company() {
        let left = |away| Offer { away, ..room(5, 8) };
        assert_eq!(order(&[left(5), room(1, 8), left(2)]), [2, 1, 0]);
        assert_eq!(left(5).judge(false), (Fit::Good, EMPTY_POINTS));
        assert_eq!(Offer { away: 8, ..room(8, 8) }.judge(false).0, Fit::Full);
    }

    #[test]
    fn bots_have_no_place_of_their_own() {
        let of_bots = Offer { bots: 6, ..room(2, 8) };
        assert_eq!(of_bots.judge(false), room(2, 8).judge(false));
    }

    #[test]
    fn the_last_minute_of_a_round_counts_against_a_room_but_not_for_everything() {
        let ending = |people| Offer { left_s: 45, ..room(people, 100) };
        let endless = |people| Offer { left_s: 0, ..room(people, 100) };
        assert_eq!(order(&[ending(10), room(10, 100)]), [1, 0]);
        assert_eq!(order(&[ending(10), room(9, 100)]), [1, 0]);
        assert_eq!(order(&[ending(20), room(9, 100)]), [0, 1]);
        assert_eq!(order(&[ending(0), endless(0)]), [1, 0]);
    }

    #[test]
    fn rating_counts_when_it_is_known() {
        let far = |people| Offer { gap_permille: 1000, ..room(people, 100) };
        assert_eq!(order(&[far(10), room(8, 100)]), [1, 0]);
        assert_eq!(order(&[far(30), room(8, 100)]), [0, 1]);
    }

    #[test]
    fn no_rating_makes_an_empty_room_better_than_company() {
        let far = |people| Offer { gap_permille: 1000, ..room(people, 100) };
        let worst = Offer { left_s: 45, ..far(1) };
        assert_eq!(order(&[room(0, 100), far(1)]), [1, 0]);
        assert_eq!(order(&[room(0, 100), worst, far(9)]), [2, 1, 0]);
        assert_eq!(order(&[far(1), room(1, 100), room(0, 100)]), [1, 0, 2]);
        // Nor is one that is nearly full better than one with places.
        assert_eq!(order(&[room(95, 100), far(1)]), [1, 0]);
    }

    #[test]
    fn spectators_are_shown_the_liveliest_room_whether_it_is_full_or_not() {
        let with_bots = Offer { bots: 6, ..room(0, 8) };
        let taken = Offer { spectators: 2, ..room(7, 8) };
        let offers = [with_bots, room(8, 8), room(1, 8), taken];
        assert_eq!(rank(&offers, true), (vec![1, 0, 2, 3], Some(Fit::Good)));
    }
}
