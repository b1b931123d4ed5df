//! The inputs of ticks, encoded as changes since the tick before: in most ticks most players repeat their command.
//!
//! A tick without changes is quiet. The bits alternate: a number of quiet ticks, then one tick that is not quiet, and
//! so on until all ticks of the chunk are encoded.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::PlayerId;
use crate::limits::{MAX_BELONGINGS_BYTES, MAX_PLAYERS};
use crate::netcode::entity::command::Command;
use crate::netcode::seam::belongings::Belongings;
use crate::netcode::seam::input::{Arrival, PlayerInput};
use crate::netcode::state::past::Lag;

/// Orders of the Exp-Golomb codes.
const QUIET_ORDER: u32 = 1;
const COUNT_ORDER: u32 = 1;
const SKIP_ORDER: u32 = 0;
const LAG_ORDER: u32 = 1;
const KNOWN_ORDER: u32 = 2;
/// Bits of the kind of a replay input; they leave three kinds unused.
const HAPPENING_BITS: u32 = 3;

/// Bits of the length of a player's belongings.
const BELONGINGS_BITS: u32 = usize::BITS - MAX_BELONGINGS_BYTES.leading_zeros();

/// An input of the simulation between two ticks, other than commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayInput {
    /// A player took a seat.
    Join(PlayerId, Arrival),
    /// A player gave up their seat.
    Leave(PlayerId),
    /// A player's connection broke.
    Absent(PlayerId),
    /// A player's connection is back.
    Back(PlayerId),
    /// A player gave an order, packed.
    Order(PlayerId, u64),
}

impl ReplayInput {
    fn code(self) -> (u32, PlayerId) {
        match self {
            Self::Join(player, _) => (0, player),
            Self::Leave(player) => (1, player),
            Self::Absent(player) => (2, player),
            Self::Back(player) => (3, player),
            Self::Order(player, _) => (4, player),
        }
    }

    pub(super) fn write(self, writer: &mut BitWriter) {
        let (kind, player) = self.code();
        writer.write(kind, HAPPENING_BITS);
        writer.write(u32::from(player.0), PlayerId::BITS);
        match self {
            Self::Join(_, arrival) => write_arrival(arrival, writer),
            Self::Order(_, code) => writer.write_u64(code),
            Self::Leave(_) | Self::Absent(_) | Self::Back(_) => {}
        }
    }

    pub(super) fn read(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let kind = reader.read(HAPPENING_BITS)?;
        let player = PlayerId(reader.read(PlayerId::BITS)? as u16);
        match kind {
            0 => Ok(Self::Join(player, read_arrival(reader)?)),
            1 => Ok(Self::Leave(player)),
            2 => Ok(Self::Absent(player)),
            3 => Ok(Self::Back(player)),
            4 => Ok(Self::Order(player, reader.read_u64()?)),
            _ => Err(BitError::OutOfRange),
        }
    }
}

/// Most players bring nothing along: that costs one bit.
fn write_arrival(arrival: Arrival, writer: &mut BitWriter) {
    writer.write_bool(arrival != Arrival::default());
    if arrival != Arrival::default() {
        writer.write_bool(arrival.belongings.is_some());
        if let Some(brought) = arrival.belongings {
            writer.write(brought.as_bytes().len() as u32, BELONGINGS_BITS);
            brought.as_bytes().iter().for_each(|&byte| writer.write(u32::from(byte), 8));
        }
        writer.write(arrival.party, 32);
        writer.write_bool(arrival.driven);
    }
}

fn read_arrival(reader: &mut BitReader<'_>) -> Result<Arrival, BitError> {
    if !reader.read_bool()? {
        return Ok(Arrival::default());
    }
    let belongings = if reader.read_bool()? { Some(read_belongings(reader)?) } else { None };
    Ok(Arrival { belongings, party: reader.read(32)?, driven: reader.read_bool()? })
}

fn read_belongings(reader: &mut BitReader<'_>) -> Result<Belongings, BitError> {
    let length = reader.read(BELONGINGS_BITS)? as usize;
    let mut bytes = [0; MAX_BELONGINGS_BYTES];
    for byte in bytes.get_mut(..length).ok_or(BitError::OutOfRange)? {
        *byte = reader.read(8)? as u8;
    }
    Belongings::from_bytes(&bytes[..length]).ok_or(BitError::OutOfRange)
}

/// The last input of every seated player, in seat order: the next tick's inputs are encoded as differences from it.
#[derive(Clone, Debug)]
pub(super) struct Inputs<C> {
    list: Vec<PlayerInput<C>>,
}

impl<C: Command> Default for Inputs<C> {
    fn default() -> Self {
        Self { list: Vec::new() }
    }
}

impl<C: Command> Inputs<C> {
    pub(super) fn list(&self) -> &[PlayerInput<C>] {
        &self.list
    }

    /// Seats or unseats a player. A new player's command is neutral.
    pub(super) fn apply(&mut self, replay_input: ReplayInput) -> Result<(), BitError> {
        let (_, player) = replay_input.code();
        let place = self.list.binary_search_by_key(&player, |input| input.player);
        match (replay_input, place) {
            (ReplayInput::Join(player, _), Err(at)) => {
                self.list.insert(at, PlayerInput::plain(player, C::default()));
            }
            (ReplayInput::Leave(_), Ok(at)) => drop(self.list.remove(at)),
            (ReplayInput::Absent(_) | ReplayInput::Back(_) | ReplayInput::Order(..), Ok(_)) => {}
            _ => return Err(BitError::OutOfRange),
        }
        Ok(())
    }

    /// Writes who is seated, and their commands and lags; presses belong to their own tick only.
    pub(super) fn write_whole(&self, writer: &mut BitWriter) {
        writer.write_exp_golomb(self.list.len() as u32, COUNT_ORDER);
        let mut next = 0;
        for input in &self.list {
            writer.write_exp_golomb(u32::from(input.player.0) - next, SKIP_ORDER);
            writer.write(input.command.pack(), C::BITS);
            input.lag.save(writer);
            next = u32::from(input.player.0) + 1;
        }
    }

    pub(super) fn read_whole(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let mut inputs = Self::default();
        let mut next = 0u32;
        for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
            let seat = next.checked_add(reader.read_exp_golomb(SKIP_ORDER)?);
            let seat = seat.filter(|&seat| (seat as usize) < MAX_PLAYERS).ok_or(BitError::OutOfRange)?;
            let command = read_command(reader)?;
            let lag = Lag::load(reader)?;
            inputs.list.push(PlayerInput { lag, ..PlayerInput::plain(PlayerId(seat as u16), command) });
            next = seat + 1;
        }
        Ok(inputs)
    }

    /// Whether any of `new` differs. Both lists must have the same players.
    pub(super) fn differ(&self, new: &[PlayerInput<C>]) -> bool {
        assert!(
            self.list.len() == new.len() && self.list.iter().zip(new).all(|(a, b)| a.player == b.player),
            "a player came or went without a replay input"
        );
        self.list.iter().zip(new).any(|(last, new)| changed(last, new))
    }

    /// Writes what differs in `new`, and keeps it. Call it only if [`Self::differ`] is true.
    pub(super) fn write_changes(&mut self, new: &[PlayerInput<C>], writer: &mut BitWriter) {
        let count = self.list.iter().zip(new).filter(|(last, new)| changed(last, new)).count();
        writer.write_exp_golomb(count as u32, COUNT_ORDER);
        let mut next = 0;
        for (rank, (last, new)) in
            self.list.iter_mut().zip(new).enumerate().filter(|(_, (last, new))| changed(last, new))
        {
            writer.write_exp_golomb((rank - next) as u32, SKIP_ORDER);
            next = rank + 1;
            let is_command = last.command != new.command;
            writer.write_bool(is_command);
            if is_command {
                writer.write(new.command.pack(), C::BITS);
            }
            writer.write_bool(last.lag != new.lag);
            if last.lag != new.lag {
                writer.write_signed(i32::from(new.lag.0) - i32::from(last.lag.0), LAG_ORDER);
            }
            writer.write_bool(new.pressed.is_some());
            if let Some(pressed) = new.pressed {
                // Nearly always the press is the command itself.
                writer.write_bool(pressed == new.command);
                if pressed != new.command {
                    writer.write(pressed.pack(), C::BITS);
                }
                writer.write_exp_golomb(u32::from(new.known_ago_ticks), KNOWN_ORDER);
            }
            *last = *new;
        }
    }

    pub(super) fn read_changes(&mut self, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let mut next = 0usize;
        for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
            let rank = next.saturating_add(reader.read_exp_golomb(SKIP_ORDER)? as usize);
            let input = self.list.get_mut(rank).ok_or(BitError::OutOfRange)?;
            next = rank + 1;
            if reader.read_bool()? {
                input.command = read_command(reader)?;
            }
            if reader.read_bool()? {
                let lag = i32::from(input.lag.0).wrapping_add(reader.read_signed(LAG_ORDER)?);
                let lag = u16::try_from(lag).map(Lag).map_err(|_| BitError::OutOfRange)?;
                input.lag = Some(lag).filter(|&lag| lag <= Lag::MAX).ok_or(BitError::OutOfRange)?;
            }
            if reader.read_bool()? {
                input.pressed = Some(if reader.read_bool()? { input.command } else { read_command(reader)? });
                let known = reader.read_exp_golomb(KNOWN_ORDER)?;
                input.known_ago_ticks = u8::try_from(known).map_err(|_| BitError::OutOfRange)?;
            }
        }
        Ok(())
    }
}

/// Whether `new` must be written. A press counts for its own tick only.
fn changed<C: Command>(last: &PlayerInput<C>, new: &PlayerInput<C>) -> bool {
    (last.command, last.lag) != (new.command, new.lag) || new.pressed.is_some()
}

fn read_command<C: Command>(reader: &mut BitReader<'_>) -> Result<C, BitError> {
    C::unpack(reader.read(C::BITS)?).ok_or(BitError::OutOfRange)
}

/// Writes ticks.
#[derive(Debug, Default)]
pub(super) struct TickWriter {
    bits: BitWriter,
    ticks: u32,
    quiet: u32,
}

impl TickWriter {
    pub(super) fn ticks(&self) -> u32 {
        self.ticks
    }

    /// Adds a tick: its replay inputs, which `last` already includes, and its commands.
    pub(super) fn write<C: Command>(
        &mut self,
        replay_inputs: &[ReplayInput],
        last: &mut Inputs<C>,
        new: &[PlayerInput<C>],
    ) {
        self.ticks += 1;
        let differ = last.differ(new);
        if replay_inputs.is_empty() && !differ {
            self.quiet += 1;
            return;
        }
        self.bits.write_exp_golomb(std::mem::take(&mut self.quiet), QUIET_ORDER);
        self.bits.write_exp_golomb(replay_inputs.len() as u32, 0);
        replay_inputs.iter().for_each(|replay_input| replay_input.write(&mut self.bits));
        last.write_changes(new, &mut self.bits);
    }

    /// The bits of all ticks.
    pub(super) fn finish(&mut self) -> &[u8] {
        if self.quiet > 0 {
            self.bits.write_exp_golomb(self.quiet, QUIET_ORDER);
        }
        self.bits.finish()
    }

    pub(super) fn clear(&mut self) {
        self.bits.clear();
        (self.ticks, self.quiet) = (0, 0);
    }
}

/// Reads ticks that a [`TickWriter`] wrote.
#[derive(Clone, Debug)]
pub(super) struct TickReader<'a> {
    bits: BitReader<'a>,
    left: u32,
    quiet: Option<u32>,
}

impl<'a> TickReader<'a> {
    pub(super) fn new(bytes: &'a [u8], ticks: u32) -> Self {
        Self { bits: BitReader::new(bytes), left: ticks, quiet: None }
    }

    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// Reads the next tick: fills `replay_inputs` and updates `inputs` to those of the tick. There must be one left.
    pub(super) fn read<C: Command>(
        &mut self,
        replay_inputs: &mut Vec<ReplayInput>,
        inputs: &mut Inputs<C>,
    ) -> Result<(), BitError> {
        replay_inputs.clear();
        let quiet = match self.quiet {
            Some(quiet) => quiet,
            None => self.bits.read_exp_golomb(QUIET_ORDER)?,
        };
        if quiet > self.left {
            return Err(BitError::OutOfRange);
        }
        for input in &mut inputs.list {
            (input.pressed, input.known_ago_ticks) = (None, 0);
        }
        self.left -= 1;
        self.quiet = quiet.checked_sub(1);
        if quiet == 0 {
            for _ in 0..self.bits.read_exp_golomb(0)? {
                let replay_input = ReplayInput::read(&mut self.bits)?;
                inputs.apply(replay_input)?;
                replay_inputs.push(replay_input);
            }
            inputs.read_changes(&mut self.bits)?;
        }
        if self.left == 0 { self.bits.clone().end() } else { Ok(()) }
    }
}
