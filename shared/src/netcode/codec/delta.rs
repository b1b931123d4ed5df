//! One entity on the wire: whole when it enters a view, afterwards as its mispredictions.
//!
//! The predictor is the movement function under the entity's own command. A delta over one tick first sends the command
//! if it changed; then both sides step; then it sends what still differs: nothing, unless the entity met something or
//! was hit. A delta over several ticks is the deltas of the ticks that had a misprediction, one after the other (see
//! `delta_log`). (The idea of predicting with the game's own dynamics: DIS dead reckoning, IEEE 1278; here the model is
//! exact.)

use crate::bits::{BitError, BitReader, BitWriter};
use crate::limits::MAX_FIELDS;
use crate::netcode::codec::packet::SEQUENCE_START_K;
use crate::netcode::codec::run_length_set::SetReader;
use crate::netcode::entity::Entity;
use crate::netcode::entity::fields::{Field, Kind, PLAIN_SYMBOLS, Role, Row, Steering, kind_bits};

/// Writes all of `entity`.
pub fn write_full<E: Entity>(entity: &E, writer: &mut BitWriter) {
    writer.write(entity.kind() as u32, kind_bits(E::kinds()));
    write_state(entity, |_| true, writer);
}

/// Reads an entity that [`write_full`] wrote.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub fn read_full<E: Entity>(reader: &mut BitReader<'_>) -> Result<E, BitError> {
    let kind = reader.read(kind_bits(E::kinds()))? as usize;
    if kind >= E::kinds().len() {
        return Err(BitError::OutOfRange);
    }
    read_state(kind, [0; MAX_FIELDS], |_| true, reader)
}

/// Writes all of `entity` that may have changed since it entered the receiver's view.
pub fn write_renewal<E: Entity>(entity: &E, writer: &mut BitWriter) {
    write_state(entity, |field| field.role != Role::Constant, writer);
}

/// Updates `entity` with what [`write_renewal`] wrote.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub fn read_renewal<E: Entity>(entity: &mut E, reader: &mut BitReader<'_>) -> Result<(), BitError> {
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    *entity = read_state(entity.kind(), row, |field| field.role != Role::Constant, reader)?;
    Ok(())
}

fn write_state<E: Entity>(entity: &E, wanted: impl Fn(&Field) -> bool, writer: &mut BitWriter) {
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    let kind = &E::kinds()[entity.kind()];
    let is_at_rest = kind.can_rest() && kind.is_at_rest(&row);
    if kind.can_rest() {
        writer.write_bool(is_at_rest);
    }
    let told = |field: &Field| wanted(field) && !(is_at_rest && field.is_restful());
    for (field, &value) in kind.fields.iter().zip(&row).filter(|(field, _)| told(field)) {
        if let (Role::Control, Some(steering)) = (field.role, kind.steering) {
            steering.code.write(PLAIN_SYMBOLS + (value - field.min) as usize, writer);
            continue;
        }
        debug_assert!(field.allows(value), "{} = {value} is outside its field's range", field.name);
        if let Some(common) = field.common {
            writer.write_bool(value == common);
            if value == common {
                continue;
            }
        }
        write_raw(field, value, writer);
    }
}

fn read_state<E: Entity>(
    kind: usize,
    mut row: Row,
    wanted: impl Fn(&Field) -> bool,
    reader: &mut BitReader<'_>,
) -> Result<E, BitError> {
    let Kind { fields, steering, .. } = E::kinds()[kind];
    let is_at_rest = E::kinds()[kind].can_rest() && reader.read_bool()?;
    for (field, value) in fields.iter().zip(&mut row).filter(|(field, _)| wanted(field)) {
        *value = match (field.role, steering, field.common) {
            (_, _, Some(common)) if is_at_rest && field.is_restful() => common,
            (Role::Control, Some(steering), _) => read_control(field, steering, reader)?,
            (_, _, Some(common)) if reader.read_bool()? => common,
            _ => read_raw(field, reader)?,
        };
    }
    Ok(E::from_row(kind, &row))
}

/// What the movement function did not predict about an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misprediction {
    /// It met something or was hit, under the command it had.
    Disturbed,
    /// It got this command (an index into the field's values), and met something or was hit.
    SteeredAndDisturbed(usize),
    /// It got this command, and the movement function predicts everything else.
    Steered(usize),
}

impl Misprediction {
    /// Compares `actual` with the prediction from `before`, one tick earlier. Returns the misprediction and the state
    /// that the movement function predicts under the right command; `None` when the prediction was exact.
    pub fn of<E: Entity>(before: &E, actual: &E, map: &E::Map) -> Option<(Self, E)> {
        let mut foreseen = *before;
        foreseen.advance(map);
        if foreseen == *actual {
            return None;
        }
        let kind = actual.kind();
        assert_eq!(kind, before.kind(), "a slot changed its kind within a baseline");
        let Some(steering) = E::kinds()[kind].steering else { return Some((Self::Disturbed, foreseen)) };
        let (mut row, mut wanted) = ([0; MAX_FIELDS], [0; MAX_FIELDS]);
        before.read(&mut row);
        actual.read(&mut wanted);
        let command = wanted[steering.field];
        if row[steering.field] == command {
            return Some((Self::Disturbed, foreseen));
        }
        row[steering.field] = command;
        foreseen = E::from_row(kind, &row);
        foreseen.advance(map);
        let value = (command - E::kinds()[kind].fields[steering.field].min) as usize;
        let is_all = foreseen == *actual;
        Some((if is_all { Self::Steered(value) } else { Self::SteeredAndDisturbed(value) }, foreseen))
    }

    /// Its symbol in the kind's prefix code.
    #[must_use]
    pub fn symbol(self) -> usize {
        match self {
            Self::Disturbed => 0,
            Self::SteeredAndDisturbed(_) => 1,
            Self::Steered(value) => PLAIN_SYMBOLS + value,
        }
    }
}

/// Writes what [`Misprediction::of`] finds. Returns false, and writes nothing, when the prediction was exact.
pub fn write_delta<E: Entity>(before: &E, actual: &E, map: &E::Map, writer: &mut BitWriter) -> bool {
    let Some((misprediction, foreseen)) = Misprediction::of(before, actual, map) else { return false };
    write_misprediction(misprediction, &foreseen, actual, writer);
    true
}

/// Writes a misprediction, given the state predicted under the right command.
pub(crate) fn write_misprediction<E: Entity>(
    misprediction: Misprediction,
    foreseen: &E,
    actual: &E,
    writer: &mut BitWriter,
) {
    let kind = E::kinds()[actual.kind()];
    if let Some(steering) = kind.steering {
        steering.code.write(misprediction.symbol(), writer);
        if let Misprediction::SteeredAndDisturbed(value) = misprediction {
            steering.code.write(PLAIN_SYMBOLS + value, writer);
        }
    }
    if kind.meets && misprediction == Misprediction::Disturbed {
        writer.write_bool(false);
    }
    if !matches!(misprediction, Misprediction::Steered(_)) {
        write_residuals(&kind, foreseen, actual, writer);
    }
}

/// Writes, instead of a delta, that the entity met the one `gap` places after it in the receiver's list; the list has
/// `behind` places after this entity. The other entity needs no delta of its own.
pub fn write_meeting(kind: &Kind, gap: u32, behind: u32, writer: &mut BitWriter) {
    if let Some(steering) = kind.steering {
        steering.code.write(Misprediction::Disturbed.symbol(), writer);
    }
    writer.write_bool(true);
    writer.write_below(gap, behind);
}

fn write_residuals<E: Entity>(kind: &Kind, foreseen: &E, actual: &E, writer: &mut BitWriter) {
    let (mut row, mut wanted) = ([0; MAX_FIELDS], [0; MAX_FIELDS]);
    foreseen.read(&mut row);
    actual.read(&mut wanted);
    let changed =
        predicted(kind.fields).filter(|&(at, _)| row[at] != wanted[at]).fold(0, |set, (at, _)| set | 1 << at);
    writer.write_bool(changed == kind.disturbance);
    for (at, code) in predicted(kind.fields) {
        let is_changed = changed >> at & 1 == 1;
        if changed != kind.disturbance {
            writer.write_bool(is_changed);
        }
        if is_changed {
            code.write(wanted[at].wrapping_sub(row[at]), writer);
        }
    }
}

fn read_residuals(kind: &Kind, row: &mut Row, reader: &mut BitReader<'_>) -> Result<(), BitError> {
    let is_usual = reader.read_bool()?;
    for (at, code) in predicted(kind.fields) {
        let is_changed = if is_usual { kind.disturbance >> at & 1 == 1 } else { reader.read_bool()? };
        if is_changed {
            let value = row[at].wrapping_add(code.read(reader)?);
            if !kind.fields[at].allows(value) {
                return Err(BitError::OutOfRange);
            }
            row[at] = value;
        }
    }
    Ok(())
}

/// How a residual is encoded.
#[derive(Clone, Copy, Debug)]
struct ResidualCode {
    order: u32,
    step_log2: u32,
}

impl ResidualCode {
    fn write(self, residual: i32, writer: &mut BitWriter) {
        if self.step_log2 == 0 {
            return writer.write_signed(residual, self.order);
        }
        let steps = residual >> self.step_log2;
        let is_whole = steps << self.step_log2 == residual;
        writer.write_bool(is_whole);
        if is_whole {
            writer.write_signed(steps, self.order);
        } else {
            writer.write_signed(residual, self.order + self.step_log2);
        }
    }

    fn read(self, reader: &mut BitReader<'_>) -> Result<i32, BitError> {
        if self.step_log2 == 0 {
            return reader.read_signed(self.order);
        }
        if reader.read_bool()? {
            return Ok(reader.read_signed(self.order)?.wrapping_shl(self.step_log2));
        }
        reader.read_signed(self.order + self.step_log2)
    }
}

/// What a delta contained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The entity's whole misprediction.
    All,
    /// The entity met the one so many places, less one, after it in the list: the caller steps both and then lets them
    /// meet.
    Meeting(u32),
}

/// Steps `entity` by one tick with the misprediction that [`write_delta`] or [`write_meeting`] wrote; `behind` is the
/// number of entities after it in the list that it may have met.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub fn read_delta<E: Entity>(
    entity: &mut E,
    map: &E::Map,
    behind: u32,
    reader: &mut BitReader<'_>,
) -> Result<Told, BitError> {
    let kind = entity.kind();
    let Kind { fields, steering, .. } = E::kinds()[kind];
    let mut row: Row = [0; MAX_FIELDS];
    let (mut disturbed, mut may_meet) = (true, true);
    if let Some(steering) = steering {
        let symbol = steering.code.read(reader)?;
        disturbed = symbol < PLAIN_SYMBOLS;
        may_meet = symbol == Misprediction::Disturbed.symbol();
        let told = if symbol == 1 { steering.code.read(reader)? } else { symbol };
        if symbol > 0 {
            entity.read(&mut row);
            row[steering.field] = control_value(&fields[steering.field], told)?;
            *entity = E::from_row(kind, &row);
        }
    }
    entity.advance(map);
    if !disturbed {
        return Ok(Told::All);
    }
    if may_meet && E::kinds()[kind].meets && reader.read_bool()? {
        if behind == 0 {
            return Err(BitError::OutOfRange);
        }
        return Ok(Told::Meeting(reader.read_below(behind)?));
    }
    entity.read(&mut row);
    read_residuals(&E::kinds()[kind], &mut row, reader)?;
    *entity = E::from_row(kind, &row);
    Ok(Told::All)
}

/// Steps `entity` by `age` ticks with what [`crate::netcode::authority::delta_log::DeltaLog::write_sequence`] wrote.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub(crate) fn read_sequence<E: Entity>(
    entity: &mut E,
    age: u32,
    map: &E::Map,
    reader: &mut BitReader<'_>,
) -> Result<(), BitError> {
    read_sequence_with(entity, age, map, reader, |_, _| {})
}

/// As [`read_sequence`], but calls `passed` with each state on the way and the number of ticks left after it.
///
/// # Errors
/// Any [`BitError`].
pub(crate) fn read_sequence_with<E: Entity>(
    entity: &mut E,
    age: u32,
    map: &E::Map,
    reader: &mut BitReader<'_>,
    mut passed: impl FnMut(u32, &E),
) -> Result<(), BitError> {
    // In a sequence each entity has its own deltas: there is no meeting to read.
    if age == 1 {
        return read_delta(entity, map, 0, reader).map(|_| ());
    }
    let mut ticks = SetReader::new(age as usize, SEQUENCE_START_K);
    let mut gap = ticks.next(reader)?;
    for ago in (0..age).rev() {
        if gap == Some(0) {
            read_delta(entity, map, 0, reader)?;
            gap = ticks.next(reader)?;
        } else {
            entity.advance(map);
            gap = gap.map(|gap| gap - 1);
        }
        passed(ago, entity);
    }
    Ok(())
}

fn write_raw(field: &Field, value: i32, writer: &mut BitWriter) {
    writer.write(value.wrapping_sub(field.min) as u32, field.bits());
}

fn read_raw(field: &Field, reader: &mut BitReader<'_>) -> Result<i32, BitError> {
    let value = field.min.wrapping_add(reader.read(field.bits())? as i32);
    if field.allows(value) { Ok(value) } else { Err(BitError::OutOfRange) }
}

fn read_control(field: &Field, steering: Steering, reader: &mut BitReader<'_>) -> Result<i32, BitError> {
    control_value(field, steering.code.read(reader)?)
}

/// The control field's value that a symbol stands for.
fn control_value(field: &Field, symbol: usize) -> Result<i32, BitError> {
    let value = symbol.checked_sub(PLAIN_SYMBOLS).ok_or(BitError::OutOfRange)?;
    let value = field.min + value as i32;
    if field.allows(value) { Ok(value) } else { Err(BitError::OutOfRange) }
}

fn predicted(fields: &[Field]) -> impl Iterator<Item = (usize, ResidualCode)> + '_ {
    fields.iter().enumerate().filter_map(|(at, field)| match field.role {
        Role::Predicted { residual_order, step_log2 } => {
            Some((at, ResidualCode { order: residual_order, step_log2 }))
        }
        Role::Constant | Role::Control => None,
    })
}
