//! What the arena says of itself: its table.

use perigee_shared::netcode::{
    About, Controls, Icon, KindAbout, Merge, Standing, Statistic, Statistics, TeamAbout,
};

/// Callsigns of bots.
const CALLSIGNS: [&str; 32] = [
    "Vesper", "Rook", "Halley", "Tycho", "Sable", "Lark", "Onyx", "Juno", "Flint", "Wren", "Orrin", "Cinder",
    "Pike", "Selene", "Bram", "Nova", "Quill", "Ember", "Dax", "Isolde", "Marlow", "Thorn", "Zephyr",
    "Greta", "Kestrel", "Odin", "Piper", "Sol", "Umber", "Yara", "Cobalt", "Fern",
];

/// The table.
pub(crate) const ABOUT: About = About {
    name: "arena",
    title: "Arena",
    tagline: "One arena, one quick ship, everybody else.",
    controls: Controls::usual(["Thrust", "Brake", "Turn left", "Turn right"], Some("Fire"), Some("Missile")),
    round: "round",
    teams: &[
        TeamAbout { name: "Team A", mark: "▲", colors: [0x4d_a3_ff, 0xcc_79_a7] },
        TeamAbout { name: "Team B", mark: "■", colors: [0xff_b3_47, 0xf0_e4_42] },
    ],
    kinds: &[
        KindAbout { title: "Ship", icon: Icon::Arrow },
        KindAbout { title: "Shot", icon: Icon::Dot },
        KindAbout { title: "Missile", icon: Icon::Dot },
        KindAbout { title: "Crate", icon: Icon::Diamond },
        KindAbout { title: "Hold", icon: Icon::Diamond },
        KindAbout { title: "Match", icon: Icon::Diamond },
    ],
    statistics: &STATISTICS,
    rated_by: Some([0, 3]),
    has_map: true,
    has_market: true,
    has_belongings: true,
    bot_names: &CALLSIGNS,
    reserved_names: &crate::pirates::PIRATE_NAMES,
};

const STATISTICS: [Statistic; 4] = [
    Statistic::ranked("kills", "Kills", Merge::Sum),
    Statistic::ranked("wealth", "Wealth", Merge::Last),
    Statistic::ranked("captures", "Captures", Merge::Sum),
    Statistic::count("deaths", "Losses").lower_is_better(),
];

/// The arena's statistics by name, in the order of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Others destroyed, as far as it counts.
    pub kills: i64,
    /// What they own: credits, and goods at their base price.
    pub wealth: i64,
    /// Zones captured.
    pub captures: i64,
    /// Times died.
    pub deaths: i64,
}

impl Tally {
    /// What a standing says of somebody.
    #[must_use]
    pub fn of(standing: &Standing) -> Self {
        Self::from(&standing.statistics)
    }
}

impl From<Tally> for Statistics {
    fn from(tally: Tally) -> Self {
        Self::of([tally.kills, tally.wealth, tally.captures, tally.deaths])
    }
}

impl From<&Statistics> for Tally {
    fn from(statistics: &Statistics) -> Self {
        let [kills, wealth, captures, deaths] = std::array::from_fn(|at| statistics.get(at));
        Self { kills, wealth, captures, deaths }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_in_the_order_of_the_table() {
        let tally = Tally { kills: 1, wealth: 2, captures: 3, deaths: 4 };
        let told = Statistics::from(tally);
        for (key, value) in [("kills", 1), ("wealth", 2), ("captures", 3), ("deaths", 4)] {
            assert_eq!(told.get(ABOUT.statistic(key).unwrap()), value, "{key}");
        }
        assert_eq!(Tally::from(&told), tally);
        assert_eq!(ABOUT.rated_by.map(|by| by.map(|at| ABOUT.statistics[at].key)), Some(["kills", "deaths"]));
    }
}
