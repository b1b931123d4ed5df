//! The grades of an overloaded room: what it gives up to keep its tick rate, the mildest measure first.

/// How far an overloaded room has gone to keep its tick rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Everything as configured.
    #[default]
    Normal,
    /// Each client gets every second snapshot.
    LowerRate,
    /// In addition, clients see less far.
    SmallerInterest,
    /// In addition, the world runs at two thirds of its speed.
    SlowMotion,
    /// The world runs at half of its speed.
    HalfSpeed,
}

impl Grade {
    /// All, mildest first.
    pub const ALL: [Self; 5] =
        [Self::Normal, Self::LowerRate, Self::SmallerInterest, Self::SlowMotion, Self::HalfSpeed];

    /// The fewest ticks between two snapshots of one client.
    #[must_use]
    pub fn snapshot_interval_ticks(self) -> u32 {
        if self >= Self::LowerRate { 2 } else { 1 }
    }

    /// The fraction of the interest radius that applies.
    #[must_use]
    pub fn interest_scale(self) -> f32 {
        if self >= Self::SmallerInterest { 0.7 } else { 1.0 }
    }

    /// Real length of a tick, in thousandths of its usual length.
    #[must_use]
    pub fn tick_length_permille(self) -> u32 {
        match self {
            Self::Normal | Self::LowerRate | Self::SmallerInterest => 1000,
            Self::SlowMotion => 1500,
            Self::HalfSpeed => 2000,
        }
    }

    /// The label in `/metrics`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::LowerRate => "lower_rate",
            Self::SmallerInterest => "smaller_interest",
            Self::SlowMotion => "slow_motion",
            Self::HalfSpeed => "half_speed",
        }
    }

    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The grade of that number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    pub(crate) fn harder(self) -> Self {
        Self::numbered(self.number() + 1).unwrap_or(self)
    }

    pub(crate) fn milder(self) -> Self {
        self.number().checked_sub(1).and_then(Self::numbered).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_have_numbers_and_names() {
        for (number, grade) in Grade::ALL.into_iter().enumerate() {
            assert_eq!(Grade::numbered(number as u8), Some(grade));
            assert_eq!(usize::from(grade.number()), number);
        }
        assert_eq!(Grade::numbered(5), None);
    }
}
