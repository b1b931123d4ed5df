//! What the client sends to the server: when a packet is sent, what is in it, and what has to be sent again.
//!
//! A change of the command is sent at once; otherwise an occasional packet carries ticks and acknowledgements. In
//! between, the server repeats the last command, which is the same. While the transport accepts nothing, commands wait
//! and are sent together. A command counts as received when a ping that was sent with or after it is answered. Commands
//! that were not received when the connection broke, or when the clock jumped and the ring of commands restarts, are
//! sent again.

use crate::bits::BitWriter;
use crate::ids::PlayerId;
use crate::limits::MAX_COMMANDS_PER_PACKET;
use crate::netcode::client::prediction::Prediction;
use crate::netcode::client::report::PeerStats;
use crate::netcode::codec::packet::{InputPacket, Ping, Pong, TICK_FRACTIONS};
use crate::netcode::exchange::outbox::{Address, Lane, Outbox};
use crate::netcode::seam::simulation::Simulation;
use crate::tick::Tick;
use std::collections::VecDeque;

/// Ticks between two pings.
const PING_TICKS: i32 = 30;
/// A packet is sent at the latest this many ticks after the last, even if the command stays the same.
const QUIET_SEND_TICKS: u32 = 3;
/// Runs of commands that wait to be sent again. A client whose clock jumps more often than it gets answers loses the
/// oldest.
const MAX_UNHEARD: usize = 8;

/// The content of a packet besides commands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knowledge {
    /// The newest snapshot received.
    pub(super) newest_snapshot: Tick,
    /// The moment that was shown last, in ticks.
    pub(super) shown: f64,
    pub(super) now_us: u64,
    pub(super) tick_us: u64,
}

/// A ping that is under way, and the newest command when it was sent.
#[derive(Clone, Copy, Debug)]
struct Asked {
    id: u8,
    at_us: u64,
    newest: Option<Tick>,
}

/// The path to the server.
#[derive(Debug)]
pub(super) struct Uplink<S: Simulation> {
    every_tick: bool,
    pub(super) blocked: bool,
    sent_tick: Option<Tick>,
    sent_command: S::Command,
    sent_at_us: u64,
    asked: Option<Asked>,
    asked_at: Option<Tick>,
    next_ping: u8,
    /// The server received all commands up to this tick.
    heard: Option<Tick>,
    /// Commands that the server may not have received, in runs with their last tick.
    unheard: VecDeque<(Tick, Vec<S::Command>)>,
    tell_again: bool,
    writer: BitWriter,
    packet: InputPacket<S::Command>,
}

impl<S: Simulation> Uplink<S> {
    pub(super) fn new(every_tick: bool) -> Self {
        Self {
            every_tick,
            blocked: false,
            sent_tick: None,
            sent_command: S::Command::default(),
            sent_at_us: 0,
            asked: None,
            asked_at: None,
            next_ping: 0,
            heard: None,
            unheard: VecDeque::new(),
            tell_again: false,
            writer: BitWriter::new(),
            packet: InputPacket::default(),
        }
    }

    /// The connection, or the ring of commands in `prediction`, restarts: keeps the commands that the server may not
    /// have received, to send them again.
    pub(super) fn begin_anew(&mut self, prediction: &Prediction<S>) {
        if let Some(newest) = prediction.newest() {
            let since = self.heard.map_or(MAX_COMMANDS_PER_PACKET as i32, |heard| newest.since(heard));
            let count = since.clamp(0, MAX_COMMANDS_PER_PACKET as i32) as u32;
            let commands: Vec<S::Command> = prediction.newest_commands(count).collect();
            if !commands.is_empty() && self.unheard.back().is_none_or(|(last, _)| newest.is_newer(*last)) {
                if self.unheard.len() == MAX_UNHEARD {
                    self.unheard.pop_front();
                }
                self.unheard.push_back((newest, commands));
            }
        }
        self.tell_again = !self.unheard.is_empty();
        self.sent_tick = None;
        self.asked = None;
        self.asked_at = None;
    }

    /// A new seat: the server has received nothing from it, and commands for an old seat are void.
    pub(super) fn forget(&mut self) {
        self.unheard.clear();
        self.tell_again = false;
        self.heard = None;
        (self.sent_tick, self.asked, self.asked_at) = (None, None, None);
    }

    /// The server answered a ping. Returns the round trip in milliseconds, if it was the one under way.
    pub(super) fn answered(&mut self, pong: Pong, now_us: u64) -> Option<f32> {
        let asked = self.asked.take_if(|asked| asked.id == pong.id)?;
        self.heard = asked.newest.or(self.heard);
        if !self.tell_again {
            self.unheard.clear();
        }
        let round_us = now_us.saturating_sub(asked.at_us);
        Some((round_us as f32 / 1000.0 - f32::from(pong.held_ms)).max(0.0))
    }

    /// Sends the packets that are due.
    pub(super) fn send_due(
        &mut self,
        prediction: &Prediction<S>,
        knowledge: &Knowledge,
        stats: &mut PeerStats,
        out: &mut Outbox,
    ) {
        if self.blocked {
            return;
        }
        if self.tell_again {
            self.send_unheard(knowledge, stats, out);
        }
        let newest = prediction.newest();
        let unsent =
            newest.map_or(0, |newest| self.sent_tick.map_or(1, |sent| newest.since(sent).max(0) as u32));
        let quiet_us = u64::from(QUIET_SEND_TICKS) * knowledge.tick_us;
        let changed = self.sent_tick.is_none()
            || newest.is_some_and(|newest| prediction.command_at(newest) != Some(self.sent_command));
        if unsent > 0 && (changed || unsent >= QUIET_SEND_TICKS || self.every_tick) {
            self.send(unsent, prediction, knowledge, stats, out);
        } else if unsent == 0 && knowledge.now_us.saturating_sub(self.sent_at_us) >= quiet_us {
            // There is nothing to command, but the server waits for acknowledgements.
            self.send(0, prediction, knowledge, stats, out);
        }
    }

    /// While the room is paused: an occasional keep-alive packet.
    pub(super) fn say_alive(
        &mut self,
        every_us: u64,
        prediction: &Prediction<S>,
        knowledge: &Knowledge,
        stats: &mut PeerStats,
        out: &mut Outbox,
    ) {
        if knowledge.now_us.saturating_sub(self.sent_at_us) >= every_us {
            self.send(0, prediction, knowledge, stats, out);
        }
    }

    fn send_unheard(&mut self, knowledge: &Knowledge, stats: &mut PeerStats, out: &mut Outbox) {
        self.tell_again = false;
        let runs = std::mem::take(&mut self.unheard);
        for (newest, commands) in &runs {
            self.packet.newest = newest.0 as u16;
            self.packet.ack = knowledge.newest_snapshot.0 as u16;
            (self.packet.view_lag, self.packet.ping) = (0, None);
            self.packet.commands.clear();
            self.packet.commands.extend_from_slice(commands);
            self.finish(stats, out);
        }
        // Kept until a later ping is answered: this connection may break too.
        self.unheard = runs;
        self.asked_at = None;
    }

    /// Sends the newest `count` commands, and older ones that the server cannot have stepped yet.
    fn send(
        &mut self,
        count: u32,
        prediction: &Prediction<S>,
        knowledge: &Knowledge,
        stats: &mut PeerStats,
        out: &mut Outbox,
    ) {
        let newest = prediction.newest().unwrap_or_default();
        let acked = knowledge.newest_snapshot;
        let unconfirmed = newest.since(acked).clamp(0, MAX_COMMANDS_PER_PACKET as i32) as u32;
        self.packet.commands.clear();
        if count > 0 {
            let want = count.max(unconfirmed).min(MAX_COMMANDS_PER_PACKET as u32);
            self.packet.commands.extend(prediction.newest_commands(want));
            self.sent_tick = Some(newest);
            self.sent_command = prediction.command_at(newest).unwrap_or_default();
        }
        self.packet.newest = newest.0 as u16;
        self.packet.ack = acked.0 as u16;
        let lag = (f64::from(newest.0) - knowledge.shown) * f64::from(TICK_FRACTIONS);
        self.packet.view_lag = lag.clamp(0.0, 1023.0) as u16;
        self.packet.ping = None;
        if self.asked_at.is_none_or(|at| !(0..PING_TICKS).contains(&newest.since(at))) {
            let rtt_ms = stats.rtt_ms.min(4095.0) as u16;
            self.packet.ping = Some(Ping { id: self.next_ping, rtt_ms });
            self.asked =
                Some(Asked { id: self.next_ping, at_us: knowledge.now_us, newest: prediction.newest() });
            self.asked_at = Some(newest);
            self.next_ping = self.next_ping.wrapping_add(1);
        }
        self.sent_at_us = knowledge.now_us;
        self.finish(stats, out);
    }

    fn finish(&mut self, stats: &mut PeerStats, out: &mut Outbox) {
        self.writer.clear();
        self.packet.write(&mut self.writer);
        let bytes = self.writer.finish();
        stats.packets_out += 1;
        stats.bytes_out += bytes.len() as u64;
        out.push(Address::Player(PlayerId::default()), Lane::Reliable, bytes);
    }
}
