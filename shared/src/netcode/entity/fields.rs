//! The field table: each replicated field is declared once, and the declaration drives encode, decode, range checks,
//! the schema hash and the documentation of the wire.

use crate::hash::StateHasher;
use crate::limits::MAX_FIELDS;
use crate::netcode::entity::prefix_code::PrefixCode;

/// An entity's state on the wire's grid. Places beyond the kind's fields are zero.
pub type Row = [i32; MAX_FIELDS];

/// How a field behaves, which decides how its change is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Never changes after the entity was born; sent when it enters the view.
    Constant,
    /// The command that the entity is under; at most one field of a kind. Its change is sent before the predictor runs,
    /// because everything else follows from it.
    Control,
    /// Predicted by the movement function; what is sent is the difference, as an Exp-Golomb code of this order.
    Predicted {
        /// Order k of the residual's code: about log2 of a typical misprediction, in steps.
        residual_order: u32,
        /// log2 of the step that the game's usual disturbances are multiples of, in quanta. 0 if there is none.
        step_log2: u32,
    },
}

/// One replicated field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Smallest value, in quanta.
    pub min: i32,
    /// Largest value, in quanta.
    pub max: i32,
    /// One quantum, with its unit.
    pub quantum: &'static str,
    /// How it changes.
    pub role: Role,
    /// A value so common that it is worth one bit when an entity is sent whole.
    pub common: Option<i32>,
}

impl Field {
    /// A field that never changes, from `range.0` to `range.1` quanta.
    #[must_use]
    pub const fn constant(name: &'static str, range: (i32, i32), quantum: &'static str) -> Self {
        Self { name, min: range.0, max: range.1, quantum, role: Role::Constant, common: None }
    }

    /// The command that the entity is under, packed.
    #[must_use]
    pub const fn control(name: &'static str, range: (i32, i32)) -> Self {
        Self { role: Role::Control, ..Self::constant(name, range, "packed") }
    }

    /// A field that the movement function predicts and whose mispredictions are small; [`Field::order`] says how small.
    #[must_use]
    pub const fn predicted(name: &'static str, range: (i32, i32), quantum: &'static str) -> Self {
        Self {
            role: Role::Predicted { residual_order: 4, step_log2: 0 },
            ..Self::constant(name, range, quantum)
        }
    }

    /// The same, with another order of its residual's code.
    #[must_use]
    pub const fn order(self, residual_order: u32) -> Self {
        Self { role: Role::Predicted { residual_order, step_log2: 0 }, ..self }
    }

    /// The same, worth one bit when it has that value.
    #[must_use]
    pub const fn often(self, common: i32) -> Self {
        Self { common: Some(common), ..self }
    }

    /// Bits of a raw value.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        32 - ((self.max - self.min) as u32).leading_zeros()
    }

    /// Whether it is one of the fields that all have their common value in an entity at rest.
    #[must_use]
    pub fn is_restful(&self) -> bool {
        self.common.is_some() && matches!(self.role, Role::Predicted { .. })
    }

    /// Whether `value` is allowed.
    #[must_use]
    pub const fn allows(&self, value: i32) -> bool {
        self.min <= value && value <= self.max
    }
}

/// One kind of entity: a player's body, a shot.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Its fields, in wire order.
    pub fields: &'static [Field],
    /// Which fields a usual disturbance changes, as bits by field. Any other set of fields costs one bit for each
    /// field.
    pub disturbance: u32,
    /// How its mispredictions are encoded, if it has a control field.
    pub steering: Option<Steering>,
    /// Whether two of its kind that meet change each other as [`Entity::meet`](crate::netcode::Entity::meet) says.
    pub meets: bool,
}

impl Kind {
    /// A kind of which the codec knows only the fields. `even` is the code of its mispredictions, if it has a control
    /// field: [`even_mispredictions`] of the same fields.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field], even: &'static PrefixCode) -> Self {
        let steering = match control_of(fields) {
            Some(field) => Some(Steering { field, code: even }),
            None => None,
        };
        Self { name, fields, disturbance: 0, steering, meets: false }
    }

    /// The same, for a kind whose usual disturbance changes these fields and no other.
    #[must_use]
    pub const fn disturbing(self, names: &[&str]) -> Self {
        let (mut disturbance, mut n) = (0, 0);
        while n < names.len() {
            let mut at = 0;
            while !is_same(self.fields[at].name, names[n]) {
                at += 1;
                assert!(at < self.fields.len(), "no field has that name");
            }
            disturbance |= 1 << at;
            n += 1;
        }
        Self { disturbance, ..self }
    }

    /// The same, with a code for its mispredictions that was fitted to recorded play.
    #[must_use]
    pub const fn mispredictions(self, code: &'static PrefixCode) -> Self {
        let Some(field) = control_of(self.fields) else { panic!("it has no control field") };
        assert!(code.symbols() == mispredictions_of(self.fields, field), "the code is another field's");
        Self { steering: Some(Steering { field, code }), ..self }
    }

    /// The same, for a kind whose entities change each other where they meet, as
    /// [`Entity::meet`](crate::netcode::Entity::meet) says.
    #[must_use]
    pub const fn meeting(self) -> Self {
        Self { meets: true, ..self }
    }

    /// Whether one bit is spent to say that an entity is at rest: that all changing fields with a common value have it.
    /// (With only one such field, that field's own bit says it.)
    #[must_use]
    pub fn can_rest(&self) -> bool {
        self.fields.iter().filter(|field| field.is_restful()).nth(1).is_some()
    }

    /// Whether an entity in this state is at rest.
    #[must_use]
    pub fn is_at_rest(&self, row: &Row) -> bool {
        let mut fields = self.fields.iter().zip(row);
        fields.all(|(field, value)| !field.is_restful() || field.common == Some(*value))
    }
}

/// The control field of a kind, and the code of its mispredictions. Symbol 0: other fields differ, the command does
/// not. Symbol 1: the command and other fields differ. Symbol 2 + n: only the command differs; it is now the field's
/// nth value.
#[derive(Clone, Copy, Debug)]
pub struct Steering {
    /// Which field it is.
    pub field: usize,
    /// The code, fitted to recorded play. It has two symbols more than the field has values.
    pub code: &'static PrefixCode,
}

/// Symbols before the field's values.
pub const PLAIN_SYMBOLS: usize = 2;

/// A code for the mispredictions of a kind with these fields in which all symbols are equally likely: for use until
/// `make fit-codec` has measured their frequencies.
#[must_use]
pub const fn even_mispredictions(fields: &[Field]) -> PrefixCode {
    match control_of(fields) {
        Some(field) => PrefixCode::even(mispredictions_of(fields, field)),
        // Never used: a kind without a control field has no code for its mispredictions.
        None => PrefixCode::even(PLAIN_SYMBOLS),
    }
}

const fn mispredictions_of(fields: &[Field], control: usize) -> usize {
    (fields[control].max - fields[control].min) as usize + 1 + PLAIN_SYMBOLS
}

/// Which field is the command.
const fn control_of(fields: &[Field]) -> Option<usize> {
    let mut at = 0;
    while at < fields.len() {
        if matches!(fields[at].role, Role::Control) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// `==` does not yet compare strings in a `const fn`.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Mixes a game's tables into the schema hash.
pub fn hash_kinds(kinds: &[Kind], hasher: &mut StateHasher) {
    for kind in kinds {
        hasher.write_str(kind.name);
        hasher.write_u64(u64::from(kind.disturbance) << 1 | u64::from(kind.meets));
        if let Some(steering) = kind.steering {
            hasher.write_u64(steering.field as u64);
            steering.code.hash_into(hasher);
        }
        for field in kind.fields {
            hasher.write_str(field.name);
            hasher.write_i32(field.min);
            hasher.write_i32(field.max);
            hasher.write_str(field.quantum);
            hasher.write_i32(match field.role {
                Role::Constant => -1,
                Role::Control => -2,
                Role::Predicted { residual_order, step_log2 } => (residual_order + 64 * step_log2) as i32,
            });
            hasher.write_i32(field.common.map_or(-1, |value| value.wrapping_add(1)));
        }
    }
}

/// Bits that say which kind an entity is.
#[must_use]
pub fn kind_bits(kinds: &[Kind]) -> u32 {
    usize::BITS - (kinds.len() - 1).leading_zeros()
}
