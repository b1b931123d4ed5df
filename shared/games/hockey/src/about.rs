//! What hockey says of itself: its table, and its highlights in words.

use crate::entity::Team;
use crate::event::HockeyEvent;
use perigee_shared::netcode::{
    About, Controls, Headline, Highlight, Icon, KindAbout, Merge, Statistic, Statistics, TeamAbout,
};

/// Nicknames of bots.
const NICKNAMES: [&str; 32] = [
    "Biscuit", "Deke", "Mitts", "Slapper", "Twig", "Sniper", "Dangle", "Grinder", "Wheels", "Lefty",
    "Saucer", "Rebound", "Pylon", "Celly", "Bender", "Flow", "Hatty", "Tape", "Icing", "Muffin", "Howler",
    "Chirp", "Rusher", "Sieve", "Apple", "Barn", "Clapper", "Dusty", "Fivehole", "Gloves", "Lumber",
    "Zamboni",
];

/// The table.
pub(crate) const ABOUT: About = About {
    title: "Hockey",
    tagline: "Two to eight mallets, one puck, three periods.",
    controls: Controls::usual(["Up", "Down", "Left", "Right"], Some("Strike"), Some("Dash")),
    round: "match",
    teams: &[
        TeamAbout { name: Team::Frost.name(), mark: "▲", colors: [0x4d_a3_ff, 0xcc_79_a7] },
        TeamAbout { name: Team::Ember.name(), mark: "■", colors: [0xff_b3_47, 0xf0_e4_42] },
    ],
    kinds: &[
        KindAbout { title: "Mallet", icon: Icon::Disc },
        KindAbout { title: "Puck", icon: Icon::Dot },
        KindAbout { title: "Match", icon: Icon::Diamond },
    ],
    statistics: &[
        Statistic::ranked("goals", "Goals", Merge::Sum),
        Statistic::ranked("wins", "Wins", Merge::Sum),
        Statistic::count("assists", "Assists"),
        Statistic::count("losses", "Losses"),
    ],
    rated_by: Some([1, 3]),
    bot_names: &NICKNAMES,
    has_map: true,
    ..About::named("hockey")
};

/// Hockey's statistics by name, in the order of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Goals of theirs, own goals apart.
    pub goals: u16,
    /// Matches won of which they played at least half.
    pub wins: u16,
    /// Passes before a goal.
    pub assists: u16,
    /// Matches lost of which they played at least half.
    pub losses: u16,
}

impl From<Tally> for Statistics {
    fn from(tally: Tally) -> Self {
        Self::of([tally.goals, tally.wins, tally.assists, tally.losses].map(i64::from))
    }
}

/// What of an event is worth telling outside the room.
pub(crate) fn headline(event: &HockeyEvent) -> Option<Headline> {
    match *event {
        HockeyEvent::RoundOver { result, best } => Some(Headline::RoundOver { result, best }),
        HockeyEvent::Goal { team, by: Some(by), assist, is_own_goal } => {
            Some(Headline::Highlight(Highlight {
                kind: if is_own_goal { "own_goal" } else { "goal" },
                players: [Some(("by", by)), assist.map(|assist| ("assist", assist))],
                team: Some(team.number()),
                sentence: Some(match (is_own_goal, assist) {
                    (true, _) => "{by} puts it into their own goal: a point for {team}",
                    (false, None) => "{by} scores for {team}",
                    (false, Some(_)) => "{by} scores for {team}, after a pass of {assist}",
                }),
                ..Highlight::default()
            }))
        }
        HockeyEvent::Goal { by: None, .. } | HockeyEvent::Stuck | HockeyEvent::PeriodOver { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_in_the_order_of_the_table() {
        let told = Statistics::from(Tally { goals: 1, wins: 2, assists: 3, losses: 4 });
        for (key, value) in [("goals", 1), ("wins", 2), ("assists", 3), ("losses", 4)] {
            assert_eq!(told.get(ABOUT.statistic(key).unwrap()), value, "{key}");
        }
        assert_eq!(ABOUT.rated_by.map(|by| by.map(|at| ABOUT.statistics[at].key)), Some(["wins", "losses"]));
    }
}
