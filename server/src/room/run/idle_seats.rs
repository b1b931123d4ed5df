//! The addresses of the seats' clients, and which seats are idle: seats of one address in which no one plays cannot
//! keep a room full.
//!
//! A seat is idle until its player steers, and while its player is away; a spectator's always is. Seats that are played
//! in are never freed: active players take precedence over newcomers.

use crate::address::AddressKey;
use perigee_shared::ids::PlayerId;
use std::ops::Range;

/// The part of a room's seats that one address may keep idle while others want to play: a quarter.
const SHARES: usize = 4;

/// The holder of a seat.
#[derive(Clone, Copy, Debug)]
struct Taker {
    from: Option<AddressKey>,
    has_played: bool,
    /// The order of seating.
    number: u64,
}

/// By seat.
#[derive(Debug)]
pub(super) struct IdleSeats {
    takers: Vec<Option<Taker>>,
    seated: u64,
}

impl IdleSeats {
    pub(super) fn new(seats: usize) -> Self {
        Self { takers: vec![None; seats], seated: 0 }
    }

    /// A new client has the seat.
    pub(super) fn sit(&mut self, player: PlayerId, from: Option<AddressKey>) {
        self.seated += 1;
        self.takers[player.index()] = Some(Taker { from, has_played: false, number: self.seated });
    }

    /// The seat's player came back, perhaps from another address.
    pub(super) fn come_back(&mut self, player: PlayerId, from: Option<AddressKey>) {
        if let Some(taker) = &mut self.takers[player.index()] {
            taker.from = from;
        }
    }

    /// The seat's player steered.
    pub(super) fn play(&mut self, player: PlayerId) {
        if let Some(taker) = &mut self.takers[player.index()] {
            taker.has_played = true;
        }
    }

    pub(super) fn leave(&mut self, player: PlayerId) {
        self.takers[player.index()] = None;
    }

    /// The seat to free for a newcomer from this address, if `seats` are all taken. It is one of the address with the
    /// most idle seats, if that has more than its share and still has no fewer than the newcomer's address afterwards:
    /// a seat whose player is away, or else the one taken first.
    pub(super) fn yields(
        &self,
        newcomer: Option<AddressKey>,
        seats: Range<usize>,
        is_away: impl Fn(PlayerId) -> bool,
    ) -> Option<PlayerId> {
        let places = seats.len();
        let mut idle: Vec<(AddressKey, bool, u64, PlayerId)> = seats
            .filter_map(|index| {
                let (taker, player) = (self.takers.get(index)?.as_ref()?, PlayerId(index as u16));
                let away = is_away(player);
                (away || !taker.has_played).then_some((taker.from?, !away, taker.number, player))
            })
            .collect();
        idle.sort_unstable();
        let of =
            |address: Option<AddressKey>| idle.iter().filter(|(from, ..)| Some(*from) == address).count();
        let groups = idle.chunk_by(|(one, ..), (other, ..)| one == other);
        let most = groups.max_by_key(|group| group.len())?;
        let has_too_many = most.len() * SHARES > places && most.len() > of(newcomer) + 1;
        has_too_many.then(|| most[0].3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const PLACES: usize = 8;

    fn from(host: u8) -> Option<AddressKey> {
        Some(AddressKey::from(IpAddr::from([192, 0, 2, host])))
    }

    /// A full room, its seats taken from these hosts.
    fn full(hosts: [u8; PLACES]) -> IdleSeats {
        let mut idle = IdleSeats::new(PLACES + 2);
        // From the last seat to the first, so that the order of seats is not that of time.
        for (index, host) in hosts.into_iter().enumerate().rev() {
            idle.sit(PlayerId(index as u16), from(host));
        }
        idle
    }

    #[test]
    fn who_keeps_a_room_full_without_playing_gives_way_until_all_have_as_much() {
        let mut idle = full([1; PLACES]);
        assert_eq!(idle.yields(from(1), 0..PLACES, |_| false), None, "not for more of the same");
        let mut seated = Vec::new();
        while let Some(player) = idle.yields(from(2), 0..PLACES, |_| false) {
            idle.leave(player);
            idle.sit(player, from(2));
            seated.push(player.0);
        }
        assert_eq!(seated, [7, 6, 5, 4], "the longest there first, and no more than half");
        // Newcomers who play take seats from both.
        let mut players = 0;
        while let Some(player) = idle.yields(from(3), 0..PLACES, |_| false) {
            idle.leave(player);
            idle.sit(player, from(3));
            idle.play(player);
            players += 1;
        }
        assert_eq!(players, 4, "each keeps a quarter");
        assert_eq!(idle.yields(None, 0..PLACES, |_| false), None);
    }

    #[test]
    fn who_is_away_goes_first_and_who_plays_stays() {
        let mut idle = full([1, 1, 1, 1, 1, 2, 2, 2]);
        (0..5).for_each(|index| idle.play(PlayerId(index)));
        assert_eq!(idle.yields(from(3), 0..PLACES, |player| player.0 == 6), Some(PlayerId(6)));
        (5..8).for_each(|index| idle.play(PlayerId(index)));
        assert_eq!(idle.yields(from(3), 0..PLACES, |_| false), None, "all play");
        let all_away = idle.yields(from(3), 0..PLACES, |_| true);
        assert_eq!(all_away, Some(PlayerId(4)), "the first of those of whom most are away");
        let two_away = idle.yields(from(3), 0..PLACES, |player| player.0 < 2);
        assert_eq!(two_away, None, "a quarter of the seats may be kept for who comes back");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_who_comes_back_counts_where_they_are() {
        let v6 = |n: u16| Some(AddressKey::from(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n])));
        let mut idle = IdleSeats::new(4);
        (0..4).for_each(|n| idle.sit(PlayerId(n), v6(n)));
        assert_eq!(idle.yields(v6(9), 0..4, |_| false), None);
        assert_eq!(idle.yields(from(1), 0..4, |_| false), Some(PlayerId(0)));
        (0..3).for_each(|n| idle.come_back(PlayerId(n), from(n as u8)));
        assert_eq!(idle.yields(from(9), 0..4, |_| false), None);
    }

    #[test]
    fn who_looks_on_is_counted_among_those_who_do() {
        let mut idle = full([1; PLACES]);
        (0..8).for_each(|index| idle.play(PlayerId(index)));
        let looking = 8..10;
        looking.clone().for_each(|index| idle.sit(PlayerId(index as u16), from(2)));
        assert_eq!(idle.yields(from(2), looking.clone(), |_| false), None);
        assert_eq!(idle.yields(from(1), looking, |_| false), Some(PlayerId(8)));
    }
}
