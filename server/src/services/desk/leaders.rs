//! Boards: to each player who asked, when the rows that they see or their own place changed.
//!
//! The rows are made once for all; the own place makes each player's message another, so these are encoded one by one.

use super::{Desk, PUSH_MS};
use crate::metrics::ServiceKind;
use crate::services::chat::Moment;
use crate::services::feed::message::Topic;
use crate::services::leaderboard::{BOARDS, Boards, all_boards, board_index, board_words};
use crate::services::person::PersonId;
use perigee_shared::limits::MAX_LEADER_ROWS;
use perigee_shared::protocol::{Board, LeaderRow, Leaders, ServerMessage};
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What was last pushed.
#[derive(Debug)]
pub(super) struct LeaderState {
    rows: [Vec<LeaderRow>; BOARDS],
    version: Option<u64>,
    pushed_ms: Option<u64>,
    is_awaited: bool,
}

impl Default for LeaderState {
    fn default() -> Self {
        Self { rows: std::array::from_fn(|_| Vec::new()), version: None, pushed_ms: None, is_awaited: false }
    }
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
        for board in all_boards() {
            let rows = rows_of(&self.boards, board);
            if rows != self.leaders.rows[board_index(board)] {
                self.leaders.rows[board_index(board)] = rows;
                let public = public_board(&self.leaders, &self.boards, board);
                self.feed.publish(Topic::Leaderboard, now.unix_ms, &public);
                self.states.stale(Topic::Leaderboard);
            }
        }
        self.tell_leaders();
    }

    fn tell_leaders(&mut self) {
        let Desk { members, boards, leaders, post, .. } = self;
        for member in members.iter_mut() {
            let Some(board) = member.tuning.leaders else { continue };
            let rows = &leaders.rows[board_index(board)];
            let own = own_row(boards, board, member.person);
            let seen =
                hash_of(&(board, rows.iter().map(row_key).collect::<Vec<_>>(), own.as_ref().map(row_key)));
            if member.shown == Some(seen) {
                continue;
            }
            let ranked = u32::try_from(boards.ranking(board).len()).unwrap_or(u32::MAX);
            let message = ServerMessage::Leaders(Leaders { board, rows: rows.clone(), own, ranked });
            let is_told = post.tell(ServiceKind::Leaders, &member.link, &message);
            member.shown = is_told.then_some(seen);
            // Who missed it is told when there is place.
            leaders.is_awaited |= !is_told;
        }
    }

    /// All boards, for who begins to read.
    pub(super) fn public_boards(&self) -> Vec<PublicBoard<'_>> {
        all_boards().map(|board| public_board(&self.leaders, &self.boards, board)).collect()
    }
}

fn public_board<'a>(leaders: &'a LeaderState, boards: &Boards, board: Board) -> PublicBoard<'a> {
    let (span, by) = board_words(board);
    PublicBoard { span, by, ranked: boards.ranking(board).len(), rows: &leaders.rows[board_index(board)] }
}

fn rows_of(boards: &Boards, board: Board) -> Vec<LeaderRow> {
    let top = boards.ranking(board).top(MAX_LEADER_ROWS);
    top.map(|(rank, row)| LeaderRow { rank, name: row.name.to_string(), value: row.value }).collect()
}

fn own_row(boards: &Boards, board: Board, person: PersonId) -> Option<LeaderRow> {
    let ranking = boards.ranking(board);
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
