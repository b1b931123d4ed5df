//! Boards: sent to each subscriber when the rows that they see or their own place changed.
//!
//! The rows are computed once for all; the own place differs for each player, so the messages are encoded one by one.

use super::audience::Audience;
use super::outbound::PUSH_MS;
use super::public_feed::PublicFeed;
use crate::metrics::ServiceKind;
use crate::person::PersonId;
use crate::room::ConnectionId;
use crate::services::feed::message::Topic;
use crate::services::leaderboard::{Boards, Record, span_word};
use crate::services::moment::Moment;
use crate::services::publication::{MAX_BOARD_ROWS, Standings};
use crate::services::ranking::{RankedPlayer, Ranking};
use crate::store::Ladder;
use perigee_shared::limits::MAX_LEADER_ROWS;
use perigee_shared::netcode::About;
use perigee_shared::protocol::{LeaderRow, Leaders, ServiceMessage};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The boards, and what was last sent of them.
#[derive(Debug)]
pub(super) struct BoardFeed {
    boards: Boards,
    rows: BTreeMap<Ladder, Vec<LeaderRow>>,
    version: Option<u64>,
    pushed_ms: Option<u64>,
    /// A subscriber has not been sent their board yet.
    is_awaited: bool,
    /// What each connection was last sent of its board, as a hash.
    seen: HashMap<ConnectionId, u64>,
}

/// A board in the feed's format.
#[derive(Debug, Serialize)]
pub(super) struct PublicBoard<'a> {
    game: &'static str,
    span: &'static str,
    by: &'static str,
    ranked: usize,
    rows: &'a [LeaderRow],
}

impl BoardFeed {
    /// Empty boards of these games.
    pub(super) fn new(games: impl IntoIterator<Item = &'static About>, unix_ms: u64) -> Self {
        Self {
            boards: Boards::new(games, unix_ms),
            rows: BTreeMap::new(),
            version: None,
            pushed_ms: None,
            is_awaited: false,
            seen: HashMap::new(),
        }
    }

    /// Restores a person's place on a board after a restart.
    pub(super) fn restore(&mut self, ladder: Ladder, standing: RankedPlayer) {
        self.boards.restore(ladder, standing);
    }

    /// Changes a person's name on the boards.
    pub(super) fn rename(&mut self, person: PersonId, name: &Arc<str>) {
        self.boards.rename(person, name);
    }

    /// Records what a person did.
    pub(super) fn record(&mut self, record: &Record<'_>, unix_ms: u64) {
        self.boards.record(record, unix_ms);
    }

    /// Begins new boards of the day when the day changes.
    pub(super) fn turn(&mut self, unix_ms: u64) {
        self.boards.turn(unix_ms);
    }

    /// A connection subscribes. `is_other_board`: to another board than before.
    pub(super) fn subscribe(&mut self, connection: ConnectionId, is_other_board: bool) {
        if is_other_board {
            self.seen.remove(&connection);
        }
        self.is_awaited = true;
    }

    /// Removes a connection that ended.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.seen.remove(&connection);
    }

    /// Increases with each change of any board.
    pub(super) fn version(&self) -> u64 {
        self.boards.version()
    }

    /// All boards in their published form.
    pub(super) fn standings(&self) -> impl Iterator<Item = (Ladder, Standings)> {
        self.boards.iter().map(|(ladder, ranking)| (ladder, standings(ranking)))
    }

    #[cfg(test)]
    pub(super) fn ranking(&self, ladder: Ladder) -> Option<&Ranking> {
        self.boards.ranking(ladder)
    }

    fn is_due(&self, now_ms: u64) -> bool {
        let is_time = self.pushed_ms.is_none_or(|pushed_ms| now_ms.saturating_sub(pushed_ms) >= PUSH_MS);
        is_time && (self.is_awaited || self.version != Some(self.boards.version()))
    }

    /// Sends boards that changed.
    pub(super) fn push(&mut self, audience: Audience<'_>, feed: &mut PublicFeed, now: Moment) {
        if !self.is_due(now.mono_ms) {
            return;
        }
        self.version = Some(self.boards.version());
        self.pushed_ms = Some(now.mono_ms);
        self.is_awaited = false;
        for (ladder, ranking) in self.boards.iter() {
            let rows = rows_of(ranking);
            if self.rows.get(&ladder) != Some(&rows) {
                let public = public_board(ladder, ranking.len(), &rows);
                feed.publish_change(Topic::Leaderboard, now.unix_ms, &public);
                self.rows.insert(ladder, rows);
            }
        }
        self.send_to_members(audience);
    }

    fn send_to_members(&mut self, audience: Audience<'_>) {
        let Audience { members, rooms, outbound } = audience;
        for (connection, member) in members.iter() {
            let Some(board) = member.tuning.leaders else { continue };
            let ladder = rooms.about(&member.room).and_then(|about| Ladder::of(about, board));
            let Some(ladder) = ladder else { continue };
            let Some(ranking) = self.boards.ranking(ladder) else { continue };
            let rows = self.rows.get(&ladder).map_or(&[][..], Vec::as_slice);
            let own = own_row(ranking, member.person);
            let shown =
                hash_of(&(board, rows.iter().map(row_key).collect::<Vec<_>>(), own.as_ref().map(row_key)));
            if self.seen.get(&connection) == Some(&shown) {
                continue;
            }
            let ranked = u32::try_from(ranking.len()).unwrap_or(u32::MAX);
            let message = ServiceMessage::Leaders(Leaders { board, rows: rows.to_vec(), own, ranked });
            if outbound.send_message(ServiceKind::Leaders, &member.session.link, &message) {
                self.seen.insert(connection, shown);
            } else {
                // It is sent once the lane has room.
                self.seen.remove(&connection);
                self.is_awaited = true;
            }
        }
    }

    /// All boards, for a new reader of the feed.
    pub(super) fn public_boards(&self) -> Vec<PublicBoard<'_>> {
        let boards = self.boards.iter().map(|(ladder, ranking)| {
            let rows = self.rows.get(&ladder).map_or(&[][..], Vec::as_slice);
            public_board(ladder, ranking.len(), rows)
        });
        boards.collect()
    }
}

fn standings(ranking: &Ranking) -> Standings {
    let row =
        |(rank, row): (u32, &RankedPlayer)| LeaderRow { rank, name: row.name.to_string(), value: row.value };
    let total = u32::try_from(ranking.len()).unwrap_or(u32::MAX);
    Standings { places: ranking.top(MAX_BOARD_ROWS).map(row).collect(), total }
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
