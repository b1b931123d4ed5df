//! How a program plays: one word for each way, as `--behaviour` takes them and saved states number them.

/// How a program plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Changes its command with probability 1/15 a tick: thrust 3/4, turn 1/3 each way, fire 1/8.
    Wander,
    /// The same, never firing.
    Cruise,
    /// Chases the nearest foe and shoots ahead of it, as an ordinary player does; between fights it takes the zone, and
    /// sells and repairs.
    Hunt,
    /// Does nothing.
    Idle,
    /// Hunts badly: slow, with an unsteady hand, without missiles. A beginner's prey.
    Pirate,
    /// Shoots ore out of rocks, gathers it and sells it where it pays; fights only when it must.
    Mine,
    /// Buys where it is cheap, sells where it is expensive; flees from fights.
    Trade,
    /// Takes the zone and stays there; without teams it hunts.
    Capture,
    /// By its seed one of [`Self::Hunt`], [`Self::Mine`], [`Self::Trade`] and [`Self::Capture`].
    Mixed,
}

/// What a bot can be, in the order of a saved state: what is mixed is one of these.
pub(super) const BEHAVIOURS: [Behaviour; 8] = [
    Behaviour::Wander,
    Behaviour::Cruise,
    Behaviour::Hunt,
    Behaviour::Idle,
    Behaviour::Pirate,
    Behaviour::Mine,
    Behaviour::Trade,
    Behaviour::Capture,
];
pub(super) const BEHAVIOUR_BITS: u32 = 4;

impl Behaviour {
    /// The behaviour of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "wander" => Some(Self::Wander),
            "cruise" => Some(Self::Cruise),
            "hunt" => Some(Self::Hunt),
            "idle" => Some(Self::Idle),
            "pirate" => Some(Self::Pirate),
            "mine" => Some(Self::Mine),
            "trade" => Some(Self::Trade),
            "capture" => Some(Self::Capture),
            "mixed" => Some(Self::Mixed),
            _ => None,
        }
    }

    /// Whether it has anything to do at stations, and wants to know prices.
    #[must_use]
    pub fn knows_stations(self) -> bool {
        matches!(self, Self::Hunt | Self::Mine | Self::Trade | Self::Capture | Self::Mixed)
    }
}
