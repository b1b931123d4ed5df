//! The latest state of everything, for any reader: prices, charts and boards, once a second.

use super::board_feed::BoardFeed;
use super::price_feed::PriceFeed;
use crate::services::moment::Moment;
use crate::services::publication::Publication;
use std::sync::Arc;

/// Least time between two snapshots.
const PUBLISH_MS: u64 = 1000;

/// Publishes the state, and knows what was last published.
#[derive(Debug, Default)]
pub(super) struct LatestState {
    publication: Arc<Publication>,
    published_ms: Option<u64>,
    /// The version of the boards that was last published.
    boards: Option<u64>,
}

impl LatestState {
    /// From now on publishes in `publication`.
    pub(super) fn publish_in(&mut self, publication: Arc<Publication>) {
        self.publication = publication;
    }

    /// Publishes the current state, if it is due.
    pub(super) fn publish(&mut self, prices: &mut PriceFeed, boards: &BoardFeed, now: Moment) {
        let is_due = |published_ms| now.mono_ms.saturating_sub(published_ms) >= PUBLISH_MS;
        if !self.published_ms.is_none_or(is_due) {
            return;
        }
        self.published_ms = Some(now.mono_ms);
        self.publication.set_markets(prices.markets());
        // Before anyone scores there are no boards to publish.
        if self.boards.replace(boards.version()).unwrap_or(0) != boards.version() {
            self.publication.set_standings(boards.standings());
        }
    }
}
