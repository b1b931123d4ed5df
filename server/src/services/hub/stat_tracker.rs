//! The stat tracker: from how somebody stands, by their room's reports, to what they did since the last one.

use super::members::Members;
use super::talk::Talk;
use crate::person::PersonId;
use crate::room::{ConnectionId, SeatStanding};
use perigee_shared::netcode::{About, Standing, Statistics};
use std::sync::Arc;

/// What a room reports of whoever has a seat, or had it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatReport<'a> {
    pub(super) room: &'a Arc<str>,
    pub(super) about: &'static About,
    pub(super) seat: &'a SeatStanding,
    /// Whether it is the last one of this stay.
    pub(super) is_last: bool,
}

/// What somebody did since they were last looked at.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    pub(super) gained: Statistics,
}

/// Who somebody is, and how they stood before.
#[derive(Debug)]
struct Before {
    person: PersonId,
    name: Arc<str>,
    standing: Standing,
}

/// The rules of what counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatTracker {
    /// Whether programs are on the boards.
    rank_bots: bool,
}

impl StatTracker {
    pub(super) fn new(rank_bots: bool) -> Self {
        Self { rank_bots }
    }

    /// What whoever has the seat did since they were last looked at, whether or not their connection stands just now;
    /// `None` if nothing of it counts. What is reported of another stay in the same seat is not theirs.
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

    /// The same of a player whose connection is broken.
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
