//! The room's own standings: all players in it, best first, by team where there are teams. Pure.

use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, Standing};
use perigee_shared::presentation::best_first;
use perigee_shared::protocol::RosterEntry;

/// Rows shown at most; the own row is always there.
pub(crate) const MAX_ROWS: usize = 100;

/// A row of the scoreboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    /// Place among all, 1 is best; equal scores share one.
    pub(crate) place: u32,
    pub(crate) name: String,
    pub(crate) standing: Standing,
    pub(crate) bot: bool,
    pub(crate) own: bool,
}

/// Everybody, best first within each team; teams in their order, those without one last.
pub(crate) fn ranks(about: &About, roster: &[RosterEntry], me: Option<PlayerId>) -> Vec<Rank> {
    let order = best_first(about, roster);
    let mut ranks: Vec<Rank> = Vec::with_capacity(order.len());
    for (at, entry) in order.iter().enumerate() {
        let shared = ranks.last().filter(|last| last.standing.score == entry.standing.score);
        let place = shared.map_or(at as u32 + 1, |last| last.place);
        let own = Some(entry.player) == me;
        let (name, standing, bot) = (entry.name.clone(), entry.standing, entry.bot);
        ranks.push(Rank { place, name, standing, bot, own });
    }
    // Stable: within a team the order stays.
    ranks.sort_by_key(|rank| if rank.standing.team == 0 { u8::MAX } else { rank.standing.team });
    let mut left = MAX_ROWS;
    ranks.retain(|rank| {
        let kept = left > 0 || rank.own;
        left = left.saturating_sub(1);
        kept
    });
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seat: u16, score: i32, team: u8) -> RosterEntry {
        let standing = Standing { score, team, ..Standing::default() };
        RosterEntry { player: PlayerId(seat), name: format!("P{seat}"), standing, bot: false }
    }

    fn names(ranks: &[Rank]) -> Vec<(&str, u32)> {
        ranks.iter().map(|rank| (rank.name.as_str(), rank.place)).collect()
    }

    #[test]
    fn equal_scores_share_a_place_and_teams_stand_together() {
        let roster = [entry(0, 5, 2), entry(1, 9, 1), entry(2, 9, 2), entry(3, 1, 0), entry(4, 2, 1)];
        let ranks = ranks(&About::named("plain"), &roster, Some(PlayerId(4)));
        assert_eq!(names(&ranks), [("P1", 1), ("P4", 4), ("P2", 1), ("P0", 3), ("P3", 5)]);
        assert_eq!(ranks.iter().filter(|rank| rank.own).count(), 1);
    }

    #[test]
    fn the_own_row_is_there_however_many_are_better() {
        let roster: Vec<_> = (0..300).map(|seat| entry(seat, 1000 - i32::from(seat), 0)).collect();
        let ranks = ranks(&About::named("plain"), &roster, Some(PlayerId(250)));
        assert_eq!((ranks.len(), ranks[MAX_ROWS].name.as_str(), ranks[MAX_ROWS].place), (101, "P250", 251));
    }
}
