//! One bot: a `Peer` whose commands come from a controller, over one connection after another. It knows no game.

use super::chat::ChatSchedule;
use super::connection::{Connection, Disconnect};
use super::control::Control;
use super::controller::{Controller, Part};
use super::meter::Meter;
use super::reconnect::Reconnect;
use crate::bots::{BotReport, BotsConfig, Start};
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, PeerStatus, Simulation};
use perigee_shared::tick::TICK_MICROS;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

fn peer<G: Simulation>(number: usize, config: &BotsConfig) -> Peer<G> {
    Peer::new(PeerConfig {
        // The server reserves names with "Bot" in them for bots.
        name: format!("{} {}", if config.people { "Pilot" } else { "Bot" }, number + 1),
        room: config.room.clone(),
        want_checksums: config.checksums,
        bot: !config.people,
        ..PeerConfig::default()
    })
}

/// One bot.
pub(crate) struct BotClient<C: Controller> {
    number: usize,
    config: Arc<BotsConfig>,
    /// The zero of the peer's clock.
    begun: Instant,
    peer: Peer<C::Game>,
    outbox: Outbox,
    control: Control<C>,
    chat: Option<ChatSchedule>,
    reconnect: Reconnect,
    meter: Meter,
}

impl<C: Controller> BotClient<C> {
    pub(crate) fn new(start: Start) -> Self {
        let Start { number, behaviour, config, outages, measure_from } = start;
        let seed = config.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        let chat_every = config.chat_every;
        Self {
            number,
            begun: Instant::now(),
            peer: peer(number, &config),
            outbox: Outbox::default(),
            control: Control::new(Part { behaviour, seed, uses_services: chat_every.is_some() }),
            chat: chat_every
                .map(|every| ChatSchedule::new(C::LINES, every, number, config.count, measure_from)),
            reconnect: Reconnect::new(number, seed, config.duration.is_none(), outages),
            meter: Meter::new(measure_from, seed),
            config,
        }
    }

    /// Plays until `ending` says so, or until the connection and the seat are lost. A bot that plays until it is
    /// stopped then takes another seat, unless the server refuses it permanently.
    pub(crate) async fn play(mut self, mut ending: watch::Receiver<bool>) -> BotReport {
        while let Err(why) = self.play_connection(&mut ending).await {
            self.disconnected();
            let is_seat_kept = matches!(self.peer.status(), PeerStatus::Lost { .. });
            let Some(wait) = self.reconnect.lost(&why, is_seat_kept) else { break };
            if !is_seat_kept {
                self.take_new_seat();
            }
            tokio::select! {
                () = sleep(wait) => {}
                _ = ending.wait_for(|ending| *ending) => break,
            }
        }
        self.finish()
    }

    /// Plays over one connection until `ending` says so.
    async fn play_connection(&mut self, ending: &mut watch::Receiver<bool>) -> Result<(), Disconnect> {
        let mut connection = Connection::open(&self.config.url).await?;
        tokio::select! {
            played = self.exchange(&mut connection) => played?,
            _ = ending.wait_for(|ending| *ending) => {}
        }
        self.peer.leave(&mut self.outbox);
        connection.close(&mut self.outbox).await;
        Ok(())
    }

    /// The seat is lost: the bot continues as a new player.
    fn take_new_seat(&mut self) {
        self.peer = peer(self.number, &self.config);
        self.control.seat_lost();
        self.meter.seat_lost();
    }

    /// The connection ended: drops what was under way on it, and keeps the peer's state.
    fn disconnected(&mut self) {
        self.peer.disconnected();
        self.outbox.clear();
        self.control.disconnected();
        self.meter.disconnected();
    }

    /// Sends and receives until the connection ends.
    async fn exchange(&mut self, connection: &mut Connection) -> Result<(), Disconnect> {
        self.peer.connected(self.now_us(), &mut self.outbox);
        self.send(connection).await?;
        // Spreads the bots of one process over the tick, so that they do not all act at once.
        let phase = Duration::from_micros(self.number as u64 * 7919 % TICK_MICROS);
        sleep(phase).await;
        let mut frames = interval(Duration::from_micros(TICK_MICROS));
        frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                message = connection.receive() => self.take(&message?)?,
                _ = frames.tick() => {
                    // Before the frame, so that the peer makes no packet for a socket that does not accept it.
                    self.send(connection).await?;
                    self.frame();
                    self.send(connection).await?;
                }
            }
        }
    }

    /// Passes the outbox to the connection. While that does not accept everything, the peer adds nothing: its commands
    /// wait, and are sent together.
    async fn send(&mut self, connection: &mut Connection) -> Result<(), Disconnect> {
        let takes_more = connection.send(&mut self.outbox).await?;
        self.peer.set_uplink_blocked(!takes_more);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Disconnect> {
        let now = Instant::now();
        let before = self.peer.stats().snapshots;
        let taken = self.peer.handle_packet(self.now_us(), bytes);
        taken.map_err(|error| Disconnect::unreadable(&error))?;
        match self.peer.status() {
            PeerStatus::Closed(reason) => return Err(reason.into()),
            PeerStatus::Joined => self.reconnect.joined(),
            _ => {}
        }
        if self.peer.stats().snapshots > before {
            self.meter.snapshot_came(now, bytes.len(), self.peer.newest_snapshot(), self.peer.stats());
        }
        self.meter.message_came(now, self.peer.stats());
        Ok(())
    }

    /// One frame: decides once for each new snapshot, and lets the peer run.
    fn frame(&mut self) {
        let now_us = self.now_us();
        let before = self.control.command();
        let command = self.control.decide(&mut self.peer, &mut self.outbox);
        if let Some(line) = self.chat.as_mut().and_then(|chat| chat.due(Instant::now())) {
            self.peer.tell(&line, &mut self.outbox);
        }
        let commanded = self.peer.newest_command();
        self.peer.frame(now_us, command, &mut self.outbox);
        if let Some(newest) = self.peer.newest_command()
            && newest != commanded.unwrap_or_default()
            && before != command
        {
            self.meter.command_changed(newest, Instant::now());
        }
    }

    fn now_us(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    fn finish(self) -> BotReport {
        let (samples, before) = self.meter.finish();
        BotReport::new(
            self.reconnect.into_history(),
            self.peer.stats(),
            &before,
            samples,
            self.control.tally(),
        )
    }
}
