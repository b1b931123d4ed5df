//! A replicated entity, declared once: [`replicated!`](crate::replicated) generates from one list the struct, its field
//! table, and the conversion between struct and row in both directions.

use crate::ids::PlayerId;
use crate::netcode::entity::command::Command;
use crate::netcode::entity::fields::{Kind, Row};
use glam::IVec2;
use std::fmt::Debug;

/// State that is a row of integers on the wire's grid, so that the state that is sent is exact.
pub trait Replicated: Copy + PartialEq + Debug + Send + Sync + 'static {
    /// The field table of each kind: the order is the wire's.
    fn kinds() -> &'static [Kind];
    /// Which of [`Self::kinds`] this is.
    fn kind(&self) -> usize;
    /// Writes the state into the first `kinds()[kind].fields.len()` places of `row`.
    fn read(&self, row: &mut Row);
    /// The state of that row. Every row whose values are in their fields' ranges is valid.
    fn from_row(kind: usize, row: &Row) -> Self;
}

/// A part of the state that takes one or more fields of a row.
pub trait Column: Copy {
    /// How many fields it takes.
    const FIELDS: usize = 1;
    /// Writes it into the first [`Self::FIELDS`] cells.
    fn write(self, cells: &mut [i32]);
    /// Reads the cells. Every value in the fields' ranges is valid; for other values the result is unspecified.
    fn read(cells: &[i32]) -> Self;
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {
        $(impl Column for $number {
            fn write(self, cells: &mut [i32]) {
                cells[0] = self as i32;
            }

            fn read(cells: &[i32]) -> Self {
                cells[0] as Self
            }
        })+
    };
}

whole_numbers!(i8, u8, i16, u16, i32, u32);

impl Column for bool {
    fn write(self, cells: &mut [i32]) {
        cells[0] = i32::from(self);
    }

    fn read(cells: &[i32]) -> Self {
        cells[0] != 0
    }
}

impl Column for PlayerId {
    fn write(self, cells: &mut [i32]) {
        cells[0] = i32::from(self.0);
    }

    fn read(cells: &[i32]) -> Self {
        Self(cells[0] as u16)
    }
}

/// x, then y.
impl Column for IVec2 {
    const FIELDS: usize = 2;

    fn write(self, cells: &mut [i32]) {
        [cells[0], cells[1]] = self.to_array();
    }

    fn read(cells: &[i32]) -> Self {
        Self::new(cells[0], cells[1])
    }
}

/// One element after the other.
impl<T: Column, const N: usize> Column for [T; N] {
    const FIELDS: usize = N * T::FIELDS;

    fn write(self, cells: &mut [i32]) {
        self.into_iter().zip(cells.chunks_exact_mut(T::FIELDS)).for_each(|(part, cells)| part.write(cells));
    }

    fn read(cells: &[i32]) -> Self {
        std::array::from_fn(|n| T::read(&cells[n * T::FIELDS..]))
    }
}

/// The command that the entity is under, packed.
impl<C: Command> Column for C {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self.pack() as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::unpack(cells[0] as u32).unwrap_or_default()
    }
}

/// Declares what a game replicates.
///
/// **One kind**: a struct whose fields say which [`Field`](crate::netcode::Field)s of the table they are, one for each
/// cell of their [`Column`]. The table has the same order. Further facts for the codec follow as calls on [`Kind`] at
/// the end ([`disturbing`](Kind::disturbing), [`mispredictions`](Kind::mispredictions), [`meeting`](Kind::meeting)).
///
/// **Several kinds**: an enum of such structs.
///
/// Both get [`Replicated`] and are `Clone`, `Copy`, `Debug` and `PartialEq`; a game implements
/// [`Entity`](crate::netcode::Entity) for them.
///
/// ```
/// use perigee_shared::netcode::{Field, Replicated, replicated};
///
/// replicated! {
///     /// It rolls.
///     pub struct Ball = "ball" {
///         /// Where it is, quanta.
///         pub at: [i32; 2] = [Field::predicted("x", (0, 999), "1"), Field::predicted("y", (0, 999), "1")],
///         /// For how long it rests, ticks.
///         pub rest: u8 = [Field::predicted("rest", (0, 60), "tick").often(0)],
///     }
///     .disturbing(&["x", "y"])
/// }
///
/// replicated! {
///     /// All that there is.
///     pub enum Thing {
///         /// A ball.
///         Ball(Ball),
///     }
/// }
///
/// let thing = Thing::Ball(Ball { at: [3, 5], rest: 7 });
/// let mut row = [0; perigee_shared::limits::MAX_FIELDS];
/// thing.read(&mut row);
/// assert_eq!(row[..3], [3, 5, 7]);
/// assert_eq!(Thing::from_row(thing.kind(), &row), thing);
/// ```
#[macro_export]
macro_rules! replicated {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident = $label:literal {
            $($(#[$doc:meta])* $part_vis:vis $part:ident: $column:ty = [$($field:expr),+ $(,)?]),+ $(,)?
        }
        $(. $call:ident($($argument:expr),* $(,)?))*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $vis struct $name {
            $($(#[$doc])* $part_vis $part: $column,)+
        }

        impl $name {
            const FIELDS: &'static [$crate::netcode::Field] = &[$($($field),+),+];
            const EVEN: $crate::netcode::PrefixCode = $crate::netcode::entity::fields::even_mispredictions(Self::FIELDS);
            /// Its row of the table of kinds.
            $vis const KIND: $crate::netcode::Kind =
                $crate::netcode::Kind::new($label, Self::FIELDS, &Self::EVEN) $(.$call($($argument),*))*;
        }

        const _: () = assert!(
            $name::FIELDS.len() == 0 $(+ <$column as $crate::netcode::Column>::FIELDS)+,
            "a part has another number of fields than its column"
        );

        impl $crate::netcode::Replicated for $name {
            fn kinds() -> &'static [$crate::netcode::Kind] {
                const { &[Self::KIND] }
            }

            fn kind(&self) -> usize {
                0
            }

            fn read(&self, row: &mut $crate::netcode::Row) {
                let mut at = 0;
                $(
                    $crate::netcode::Column::write(self.$part, &mut row[at..]);
                    at += <$column as $crate::netcode::Column>::FIELDS;
                )+
                let _ = at;
            }

            fn from_row(_kind: usize, row: &$crate::netcode::Row) -> Self {
                let mut at = 0;
                $(
                    let $part = <$column as $crate::netcode::Column>::read(&row[at..]);
                    at += <$column as $crate::netcode::Column>::FIELDS;
                )+
                let _ = at;
                Self { $($part),+ }
            }
        }
    };
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident {
            $($(#[$doc:meta])* $variant:ident($of:ty)),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $vis enum $name {
            $($(#[$doc])* $variant($of),)+
        }

        const _: () = {
            enum Place {
                $($variant,)+
            }

            impl $crate::netcode::Replicated for $name {
                fn kinds() -> &'static [$crate::netcode::Kind] {
                    const { &[$(<$of>::KIND),+] }
                }

                fn kind(&self) -> usize {
                    match self {
                        $(Self::$variant(_) => Place::$variant as usize,)+
                    }
                }

                fn read(&self, row: &mut $crate::netcode::Row) {
                    match self {
                        $(Self::$variant(it) => $crate::netcode::Replicated::read(it, row),)+
                    }
                }

                fn from_row(kind: usize, row: &$crate::netcode::Row) -> Self {
                    $(
                        if kind == Place::$variant as usize {
                            return Self::$variant($crate::netcode::Replicated::from_row(0, row));
                        }
                    )+
                    unreachable!("kind {kind} of a table of {} kinds", Self::kinds().len())
                }
            }
        };
    };
}
