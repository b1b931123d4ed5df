//! Messages from the server: the welcome and other control messages, and snapshots, which steer the clocks and correct
//! the prediction.

use super::{Peer, PeerError, PeerStatus};
use crate::bits::BitReader;
use crate::limits::MAX_SERVICE_MESSAGES;
use crate::netcode::client::clock::{ArrivalClock, CommandClock};
use crate::netcode::client::interpolation::ViewDelay;
use crate::netcode::client::prediction::Prediction;
use crate::netcode::client::session::{Clocks, HeldEntity, PeerSession, Received};
use crate::netcode::codec::packet::{SnapshotHeader, expect_end};
use crate::netcode::entity::Entity;
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::exchange::grade::Grade;
use crate::netcode::exchange::orders::OrderOutbox;
use crate::netcode::seam::scenario::Scenario;
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{Message, RosterChange, ServerMessage, ServiceMessage, Welcome, decode_scenario};
use crate::tick::TICK_MICROS;

impl<S: Simulation> Peer<S> {
    pub(super) fn handle_control(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        match ServerMessage::decode(bytes)? {
            ServerMessage::Welcome(welcome) => self.begin_session(now_us, welcome)?,
            ServerMessage::Roster(change) => self.change_roster(change),
            ServerMessage::Notice(text) => self.notices.push(text),
            ServerMessage::Paused(paused) => (self.paused, self.heard_at_us) = (paused, now_us),
            ServerMessage::Goodbye(reason) => self.status = PeerStatus::Closed(reason),
            ServerMessage::Pace { grade, tick_us } => self.set_pace(grade, tick_us),
            ServerMessage::OrdersTaken { number } => self.orders.confirm(number),
        }
        Ok(())
    }

    fn change_roster(&mut self, change: RosterChange) {
        self.roster.retain(|entry| {
            let renewed = change.changed.iter().any(|new| new.player == entry.player);
            !renewed && !change.left.contains(&entry.player)
        });
        self.roster.extend(change.changed);
        self.roster.sort_by_key(|entry| entry.player);
        for (player, standing) in change.standings {
            if let Ok(at) = self.roster.binary_search_by_key(&player, |entry| entry.player) {
                self.roster[at].standing = standing;
            }
        }
    }

    pub(super) fn keep_for_later(&mut self, message: ServiceMessage) {
        if self.services.len() == MAX_SERVICE_MESSAGES {
            self.services.pop_front();
            self.stats.service_messages_dropped += 1;
        }
        self.services.push_back(message);
    }

    fn set_pace(&mut self, grade: u8, tick_us: u32) {
        self.grade = Grade::numbered(grade).unwrap_or_default();
        self.tick_us = u64::from(tick_us).clamp(TICK_MICROS / 4, TICK_MICROS * 4);
        if let Some(clocks) = self.session.as_mut().and_then(|session| session.clocks.as_mut()) {
            clocks.arrivals.set_tick_us(self.tick_us, self.frame_at_us);
            clocks.commands.set_tick_us(self.tick_us);
        }
    }

    fn begin_session(&mut self, now_us: u64, welcome: Welcome) -> Result<(), PeerError> {
        self.handshake_rtt_us = now_us.saturating_sub(self.hello_at_us);
        self.stats.rtt_ms = self.handshake_rtt_us as f32 / 1000.0;
        self.status = PeerStatus::Joined;
        self.heard_at_us = now_us;
        // If it is still paused, the server repeats it.
        self.paused = false;
        self.roster.clear();
        self.set_pace(0, TICK_MICROS as u32);
        if welcome.resumed
            && let Some(session) = &mut self.session
        {
            session.token = welcome.token;
            session.clocks = None;
            self.stats.resumes += 1;
            self.orders.confirm(welcome.orders_taken);
            self.untold = self.orders.unconfirmed().collect();
            self.uplink.begin_anew(&self.prediction);
            return Ok(());
        }
        self.uplink.forget();
        self.orders = OrderOutbox::new(welcome.orders_taken);
        self.untold.clear();
        let scenario: S::Scenario = decode_scenario(&welcome.scenario)?;
        // In a map that is smaller than its entities, they cannot move.
        scenario.check().map_err(|_| PeerError::Scenario)?;
        self.prediction = Prediction::default();
        self.session = Some(PeerSession::new(welcome, S::map(&scenario), scenario, self.config.delivery));
        Ok(())
    }

    pub(super) fn handle_snapshot(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        let Some(session) = self.session.as_mut() else {
            // A datagram may overtake the welcome.
            let overtakes = self.config.delivery == Delivery::Datagrams;
            self.stats.datagrams_unused += u64::from(overtakes);
            return if overtakes { Ok(()) } else { Err(PeerError::NotJoined) };
        };
        let mut reader = BitReader::new(bytes);
        let header = match session.read_snapshot(&mut reader)? {
            Received::Applied(header) => header,
            Received::Overtaken | Received::WithoutBaseline => {
                self.stats.datagrams_unused += 1;
                return Ok(());
            }
        };
        if self.config.want_checksums && reader.read_bool()? {
            let is_other = reader.read(32)? != session.checksum();
            self.stats.state_mismatches += u64::from(is_other);
            self.wants_all |= is_other;
        }
        expect_end(&mut reader)?;
        session.tidy();
        self.stats.visible = session.held.len();
        self.count_snapshot(&header, now_us);
        self.steer_clocks(&header, now_us);
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        let own = session.own;
        let is_present = |held: &&HeldEntity<S::Entity>| Some(held.slot) == own || held.entity.is_predicted();
        let present = session.held.iter().filter(is_present).map(|held| (held.slot, held.entity));
        self.prediction.reconcile(header.tick, own, present, &session.map);
        self.stats.mispredictions = self.prediction.mispredictions();
        self.stats.corrections = self.prediction.corrections();
        Ok(())
    }

    fn count_snapshot(&mut self, header: &SnapshotHeader, now_us: u64) {
        self.stats.full_snapshots += u64::from(header.age.is_none());
        self.stats.snapshot_interval_ms = now_us.saturating_sub(self.heard_at_us) as f32 / 1000.0;
        self.stats.snapshots += 1;
        self.heard_at_us = now_us;
        let resumed = self.session.as_ref().is_some_and(|session| session.clocks.is_none());
        if let Some(age) = header.age {
            self.stats.resumes_by_delta += u64::from(resumed);
            // On datagrams the age is that of the baseline, not the time since the last snapshot.
            let interval = if self.config.delivery == Delivery::Stream { age.min(8) } else { 1 };
            let smooth = &mut self.stats.snapshot_interval_ticks;
            *smooth += (interval as f32 - *smooth) * 0.1;
        }
        let round_ms = header.pong.and_then(|pong| self.uplink.answered(pong, now_us));
        self.stats.rtt_ms = round_ms.unwrap_or(self.stats.rtt_ms);
    }

    fn steer_clocks(&mut self, header: &SnapshotHeader, now_us: u64) {
        let Some(session) = self.session.as_mut() else { return };
        let rtt_us = (self.stats.rtt_ms * 1000.0) as u64;
        let handshake_rtt_us = self.handshake_rtt_us.min(1_000_000);
        let tick_us = self.tick_us;
        let clocks = session.clocks.get_or_insert_with(|| {
            let arrivals = ArrivalClock::new(header.tick, now_us, tick_us);
            let commands = CommandClock::new(f64::from(header.tick.0), handshake_rtt_us, now_us, tick_us);
            Clocks { arrivals, commands, view: ViewDelay::new(), shown: None, jumped: true }
        });
        if clocks.arrivals.arrived(header.tick, now_us) {
            clocks.jumped = true;
            self.stats.resyncs += 1;
        }
        if let Some(margin) = header.margin_ticks {
            clocks.commands.reported(margin, rtt_us, now_us);
            self.stats.buffered_inputs = margin;
        }
        self.stats.jitter_ms = clocks.arrivals.jitter_ms();
    }
}
