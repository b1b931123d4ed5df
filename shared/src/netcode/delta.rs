//! One entity on the wire: whole when it enters a view, and as what the movement function did not foresee afterwards.
//!
//! The predictor is the movement function under the entity's own command. A delta first tells the command if it
//! changed, then both sides step, then it tells what still differs: nothing, unless something was met or hit.
//! (The idea of predicting with the game's own dynamics: DIS dead reckoning, IEEE 1278; here the model is exact.)

use crate::bits::{BitError, BitReader, BitWriter};
use crate::limits::MAX_FIELDS;
use crate::netcode::fields::{Field, Role, Row, kind_bits};
use crate::netcode::simulation::Entity;

/// Writes all of `entity`.
pub fn write_full<E: Entity>(entity: &E, writer: &mut BitWriter) {
    let kind = entity.kind();
    writer.write(kind as u32, kind_bits(E::kinds()));
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    for (field, &value) in E::kinds()[kind].fields.iter().zip(&row) {
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

/// Reads an entity that [`write_full`] wrote.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub fn read_full<E: Entity>(reader: &mut BitReader<'_>) -> Result<E, BitError> {
    let kind = reader.read(kind_bits(E::kinds()))? as usize;
    let fields = E::kinds().get(kind).ok_or(BitError::OutOfRange)?.fields;
    let mut row = [0; MAX_FIELDS];
    for (field, value) in fields.iter().zip(&mut row) {
        *value = match field.common {
            Some(common) if reader.read_bool()? => common,
            _ => read_raw(field, reader)?,
        };
    }
    Ok(E::from_row(kind, &row))
}

/// Writes what `forecast`, stepped once more, does not foresee of `actual`. `forecast` is the baseline, already stepped
/// to one tick before `actual`. Returns false, and writes nothing, when all was foreseen.
pub fn write_delta<E: Entity>(forecast: &E, actual: &E, map: &E::Map, writer: &mut BitWriter) -> bool {
    let mut foreseen = *forecast;
    foreseen.advance(map);
    if foreseen == *actual {
        return false;
    }
    let kind = actual.kind();
    assert_eq!(kind, forecast.kind(), "a slot changed its kind within a baseline");
    let fields = E::kinds()[kind].fields;
    let (mut row, mut wanted) = ([0; MAX_FIELDS], [0; MAX_FIELDS]);
    forecast.read(&mut row);
    actual.read(&mut wanted);
    let steered = controls(fields).any(|(at, _)| row[at] != wanted[at]);
    writer.write_bool(steered);
    if steered {
        for (at, field) in controls(fields) {
            write_raw(field, wanted[at], writer);
            row[at] = wanted[at];
        }
        foreseen = E::from_row(kind, &row);
        foreseen.advance(map);
        writer.write_bool(foreseen != *actual);
        if foreseen == *actual {
            return true;
        }
    }
    foreseen.read(&mut row);
    for (at, order) in predicted(fields) {
        let residual = wanted[at].wrapping_sub(row[at]);
        writer.write_bool(residual != 0);
        if residual != 0 {
            writer.write_signed(residual, order);
        }
    }
    true
}

/// Steps `entity`, which stands one tick before the snapshot, to the snapshot's tick with the surprise that
/// [`write_delta`] wrote.
///
/// # Errors
/// Any [`BitError`]: the bits come from outside.
pub fn read_delta<E: Entity>(
    entity: &mut E,
    map: &E::Map,
    reader: &mut BitReader<'_>,
) -> Result<(), BitError> {
    let kind = entity.kind();
    let fields = E::kinds()[kind].fields;
    let mut row: Row = [0; MAX_FIELDS];
    let steered = reader.read_bool()?;
    if steered {
        entity.read(&mut row);
        for (at, field) in controls(fields) {
            row[at] = read_raw(field, reader)?;
        }
        *entity = E::from_row(kind, &row);
    }
    entity.advance(map);
    if steered && !reader.read_bool()? {
        return Ok(());
    }
    entity.read(&mut row);
    for (at, order) in predicted(fields) {
        if reader.read_bool()? {
            let value = row[at].wrapping_add(reader.read_signed(order)?);
            if !fields[at].allows(value) {
                return Err(BitError::OutOfRange);
            }
            row[at] = value;
        }
    }
    *entity = E::from_row(kind, &row);
    Ok(())
}

fn write_raw(field: &Field, value: i32, writer: &mut BitWriter) {
    writer.write(value.wrapping_sub(field.min) as u32, field.bits());
}

fn read_raw(field: &Field, reader: &mut BitReader<'_>) -> Result<i32, BitError> {
    let value = field.min.wrapping_add(reader.read(field.bits())? as i32);
    if field.allows(value) { Ok(value) } else { Err(BitError::OutOfRange) }
}

fn controls(fields: &[Field]) -> impl Iterator<Item = (usize, &Field)> {
    fields.iter().enumerate().filter(|(_, field)| field.role == Role::Control)
}

fn predicted(fields: &[Field]) -> impl Iterator<Item = (usize, u32)> + '_ {
    fields.iter().enumerate().filter_map(|(at, field)| match field.role {
        Role::Predicted { residual_order } => Some((at, residual_order)),
        Role::Constant | Role::Control => None,
    })
}
