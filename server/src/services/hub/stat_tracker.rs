//! The stat tracker: computes what a player did between two reports of their room.

use super::members::Members;
use super::talk::Talk;
use crate::person::PersonId;
use crate::room::{ConnectionId, SeatStanding};
use perigee_shared::netcode::{About, Standing, Statistics};
use std::sync::Arc;

/// A room's report on the player who has a seat, or had it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatReport<'a> {
    pub(super) room: &'a Arc<str>,
    pub(super) about: &'static About,
    pub(super) seat: &'a SeatStanding,
    /// Whether it is the final one of this sitting.
    pub(super) is_last: bool,
}

/// What a player did since their last report.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    pub(super) gained: Statistics,
}

/// The person, and their standing before.
#[derive(Debug)]
struct Before {
    person: PersonId,
    name: Arc<str>,
    standing: Standing,
}

/// The rules on what counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatTracker {
    /// Whether programs are on the boards.
    rank_bots: bool,
}

impl StatTracker {
    pub(super) fn new(rank_bots: bool) -> Self {
        Self { rank_bots }
    }

    /// What the player in the seat did since their last report, connected or away; `None` if nothing of it counts. A
    /// report on another sitting of the same seat is ignored.
    pub(super) fn update(
        &self,
        report: SeatReport<'_>,
        members: &mut Members,
        talk: &mut Talk,
    ) -> Option<Gain> {
        let before = match members.at(report.room, report.seat.player) {
            Some(connection) => self.update_member(connection, report, members, talk),
            None => self.update_away(report, members),
        };
        let Before { person, name, standing } = before?;
        let mut gained = Statistics::default();
        for (at, statistic) in report.about.statistics.iter().enumerate() {
            let (before, now) = (standing.statistics.get(at), report.seat.standing.statistics.get(at));
            gained.set(at, statistic.merge.increment(before, now));
        }
        Some(Gain { person, name, gained })
    }

    fn update_member(
        &self,
        connection: ConnectionId,
        report: SeatReport<'_>,
        members: &mut Members,
        talk: &mut Talk,
    ) -> Option<Before> {
        let SeatReport { seat, is_last, .. } = report;
        let member = members.get(connection)?;
        if !member.session.plays() || member.is_over() || member.session.sitting != seat.sitting {
            return None;
        }
        let (person, name, bot) = (member.person, Arc::clone(&member.name), member.session.is_program);
        let standing = members.update_stats(connection, seat, is_last)?;
        talk.set_team(connection, (seat.standing.team > 0).then_some(seat.standing.team));
        let counts = !bot || self.rank_bots;
        counts.then_some(Before { person, name, standing })
    }

    /// The same for a player whose connection is broken.
    fn update_away(&self, report: SeatReport<'_>, members: &mut Members) -> Option<Before> {
        let SeatReport { room, seat, is_last, .. } = report;
        let away = members.away(room, seat.player).filter(|away| away.sitting == seat.sitting)?;
        let (person, name, bot) = (away.person, Arc::clone(&away.name), away.bot);
        let standing = members.update_away_stats(room, seat).filter(|_| !bot || self.rank_bots);
        if is_last {
            members.forget_away(room, seat.player);
        }
        standing.map(|standing| Before { person, name, standing })
    }
}
