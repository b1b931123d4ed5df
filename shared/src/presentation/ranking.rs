//! The order of a room's players. Server and pages rank by nothing else.

use super::ScoreRow;
use crate::ids::PlayerId;
use crate::netcode::seam::about::About;
use crate::protocol::RosterEntry;
use std::cmp::{Ordering, Reverse};

/// Everybody, best first: by points, then by what less is better of, then by seat.
#[must_use]
pub fn best_first<'a>(about: &About, roster: &'a [RosterEntry]) -> Vec<&'a RosterEntry> {
    let mut order: Vec<&RosterEntry> = roster.iter().collect();
    order.sort_by(|a, b| compare(about, a, b));
    order
}

fn compare(about: &About, a: &RosterEntry, b: &RosterEntry) -> Ordering {
    let costs = about.statistics.iter().enumerate().filter(|(_, statistic)| statistic.less_is_better);
    let by_costs = costs.map(|(at, _)| a.standing.statistics.get(at).cmp(&b.standing.statistics.get(at)));
    let key = |entry: &RosterEntry| Reverse(entry.standing.score);
    key(a)
        .cmp(&key(b))
        .then_with(|| by_costs.fold(Ordering::Equal, Ordering::then))
        .then(a.player.cmp(&b.player))
}

/// The best `rows`, and the own row wherever it is; equal scores share a place.
#[must_use]
pub fn score_rows(about: &About, roster: &[RosterEntry], me: PlayerId, rows: usize) -> Vec<ScoreRow> {
    let order = best_first(about, roster);
    let cost = about.cost();
    let better = |score: i32| order.iter().filter(|other| other.standing.score > score).count() as u32;
    let is_shown = |(at, entry): &(usize, &&RosterEntry)| *at < rows || entry.player == me;
    let row = |(_, entry): (usize, &&RosterEntry)| ScoreRow {
        rank: 1 + better(entry.standing.score),
        name: entry.name.clone(),
        score: entry.standing.score,
        aside: cost.map(|at| entry.standing.statistics.get(at)),
        own: entry.player == me,
    };
    order.iter().enumerate().filter(is_shown).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::{Standing, Statistic, Statistics};

    const PLAIN: About = About::named("plain");
    const COSTLY: About =
        About { statistics: &[Statistic::count("lost", "Lost").lower_is_better()], ..About::named("costly") };

    fn entry(seat: u16, score: i32, lost: i64) -> RosterEntry {
        let standing = Standing { score, statistics: Statistics::of([lost]), ..Standing::default() };
        RosterEntry { player: PlayerId(seat), name: format!("P{seat}"), standing, bot: false }
    }

    #[test]
    fn of_equal_scores_the_cheaper_is_first_where_the_game_counts_costs() {
        let roster = [entry(0, 5, 9), entry(1, 5, 2), entry(2, 7, 50)];
        let seats = |about| best_first(about, &roster).iter().map(|entry| entry.player.0).collect::<Vec<_>>();
        assert_eq!(seats(&PLAIN), [2, 0, 1]);
        assert_eq!(seats(&COSTLY), [2, 1, 0]);
    }

    #[test]
    fn the_own_row_is_there_and_equals_share_a_place() {
        let roster: Vec<_> =
            [9, 9, 4, 3, 2].into_iter().zip(0..).map(|(score, seat)| entry(seat, score, 1)).collect();
        let rows = score_rows(&COSTLY, &roster, PlayerId(4), 3);
        let told: Vec<_> = rows.iter().map(|row| (row.rank, row.name.as_str(), row.aside, row.own)).collect();
        assert_eq!(
            told,
            [
                (1, "P0", Some(1), false),
                (1, "P1", Some(1), false),
                (3, "P2", Some(1), false),
                (5, "P4", Some(1), true)
            ]
        );
        assert_eq!(score_rows(&PLAIN, &roster, PlayerId(0), 1)[0].aside, None);
    }
}
