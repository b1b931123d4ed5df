//! Boards: to each player who asked, when the rows that they see or their own place changed.
//!
//! The rows are made once for all; the own place makes each player's message another, so these are encoded one by one.

use super::{Desk, PUSH_MS};
use crate::metrics::ServiceKind;
use crate::person::PersonId;
use crate::services::chat::Moment;
use crate::services::feed::message::Topic;
use crate::services::leaderboard::span_word;
use crate::services::ranking::Ranking;
use crate::store::Ladder;
use perigee_shared::limits::MAX_LEADER_ROWS;
use perigee_shared::protocol::{LeaderRow, Leaders, ServerMessage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What was last pushed.
#[derive(Debug, Default)]
pub(super) struct LeaderState {
    rows: BTreeMap<Ladder, Vec<LeaderRow>>,
    version: Option<u64>,
    pushed_ms: Option<u64>,
    is_awaited: bool,
}

impl LeaderState {
    /// Somebody asked for a board and has seen none.
    pub(super) fn someone_waits(&mut self) {
        self.is_awaited = true;
    }

    fn is_due(&self, version: u64, now_ms: u64) -> bool {
        let is_time = self.pushed_ms.is_none_or(|pushed_ms| now_ms.saturating_sub(pushed_ms) >= PUSH_MS);
        is_time && (self.is_awaited || self.version != Some(version))
    }
}

/// A board as the feed tells it.
#[derive(Debug, Serialize)]
pub(super) struct PublicBoard<'a> {
    game: &'static str,
    span: &'static str,
    by: &'static str,
    ranked: usize,
    rows: &'a [LeaderRow],
}

impl Desk {
    /// Tells boards that changed.
    pub(super) fn push_leaders(&mut self, now: Moment) {
        if !self.leaders.is_due(self.boards.version(), now.mono_ms) {
            return;
        }
        self.leaders.version = Some(self.boards.version());
        self.leaders.pushed_ms = Some(now.mono_ms);
        self.leaders.is_awaited = false;
        for (ladder, ranking) in self.boards.iter() {
            let rows = rows_of(ranking);
            if self.leaders.rows.get(&ladder) != Some(&rows) {
                let public = public_board(ladder, ranking.len(), &rows);
                self.feed.publish(Topic::Leaderboard, now.unix_ms, &public);
                self.states.stale(Topic::Leaderboard);
                self.leaders.rows.insert(ladder, rows);
            }
        }
        self.tell_leaders();
    }

    fn tell_leaders(&mut self) {
        let Desk { members, boards, leaders, post, rooms, .. } = self;
        for member in members.iter_mut() {
            let Some(board) = member.tuning.leaders else { continue };
            let about = rooms.get(&member.room).map(|room| room.handle.game().about);
            let Some(ladder) = about.and_then(|about| Ladder::of(about, board)) else { continue };
            let Some(ranking) = boards.ranking(ladder) else { continue };
            let rows = leaders.rows.get(&ladder).map_or(&[][..], Vec::as_slice);
            let own = own_row(ranking, member.person);
            let seen =
                hash_of(&(board, rows.iter().map(row_key).collect::<Vec<_>>(), own.as_ref().map(row_key)));
            if member.shown == Some(seen) {
                continue;
            }
            let ranked = u32::try_from(ranking.len()).unwrap_or(u32::MAX);
            let message = ServerMessage::Leaders(Leaders { board, rows: rows.to_vec(), own, ranked });
            let is_told = post.tell(ServiceKind::Leaders, &member.link, &message);
            member.shown = is_told.then_some(seen);
            // Who missed it is told when there is place.
            leaders.is_awaited |= !is_told;
        }
    }

    /// All boards, for who begins to read.
    pub(super) fn public_boards(&self) -> Vec<PublicBoard<'_>> {
        let boards = self.boards.iter().map(|(ladder, ranking)| {
            let rows = self.leaders.rows.get(&ladder).map_or(&[][..], Vec::as_slice);
            public_board(ladder, ranking.len(), rows)
        });
        boards.collect()
    }
}

fn public_board(ladder: Ladder, ranked: usize, rows: &[LeaderRow]) -> PublicBoard<'_> {
    PublicBoard { game: ladder.game, span: span_word(ladder.span), by: ladder.by, ranked, rows }
}

fn rows_of(ranking: &Ranking) -> Vec<LeaderRow> {
    let top = ranking.top(MAX_LEADER_ROWS);
    top.map(|(rank, row)| LeaderRow { rank, name: row.name.to_string(), value: row.value }).collect()
}

fn own_row(ranking: &Ranking, person: PersonId) -> Option<LeaderRow> {
    let row = ranking.get(person)?;
    Some(LeaderRow { rank: ranking.rank(person)?, name: row.name.to_string(), value: row.value })
}

fn row_key(row: &LeaderRow) -> (u32, &str, i64) {
    (row.rank, &row.name, row.value)
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
