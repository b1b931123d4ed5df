//! The tick loop: sleep to the deadline, empty the mailbox, tick the host, hand out what it wrote. Nothing in here waits
//! for anything but the next deadline.

use crate::config;
use crate::metrics::Metrics;
use crate::room::durations::Durations;
use crate::room::handle::RoomHandle;
use crate::room::link::Link;
use crate::room::mailbox::{ConnectionId, Mail};
use crate::room::report::{PlayerReport, RoomReport, WorldEntity, WorldView};
use crate::room::request::{AdminAction, AdminRequest, Reply};
use bytes::Bytes;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Entity, Handled, Host, HostConfig, Lane, Outbox, Simulation};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal, ServerMessage, encode_server};
use perigee_shared::tick::TICK_HZ;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Ticks between two reports.
const REPORT_TICKS: u64 = TICK_HZ as u64 / 2;
/// Ticks between two views of the world.
const WORLD_TICKS: u64 = 3;
/// Most ticks that an admin may step at once.
const MAX_STEPS: u32 = 30 * 60;

/// Starts a room's thread. It ends after [`RoomHandle::close`].
///
/// # Errors
/// If the system gives no thread.
pub fn start<S: Simulation<Scenario = config::Scenario>>(
    room: &config::Room,
    seed: u64,
    metrics: Arc<Metrics>,
) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)> {
    let epoch = Instant::now();
    let handle = Arc::new(RoomHandle::new(room.name.clone(), room.max_players, epoch));
    let config = HostConfig {
        room: room.name.clone(),
        max_players: room.max_players,
        interest_radius_units: room.interest_radius_units,
        seed,
    };
    let size_units = S::size_units(&room.scenario);
    let host = Host::<S>::new(config, room.scenario.clone());
    let runner = Runner {
        handle: Arc::clone(&handle),
        metrics,
        host,
        size_units,
        epoch,
        seats: (0..room.max_players).map(|_| None).collect(),
        outbox: Outbox::default(),
        mails: Vec::new(),
        paused: room.paused,
        steps: 0,
        closing: false,
        state_hash: 0,
        work: Durations::new(),
        delay: Durations::new(),
        reported_at: epoch,
    };
    let thread =
        std::thread::Builder::new().name(format!("room-{}", room.name)).spawn(move || runner.run())?;
    Ok((handle, thread))
}

/// A seated player's connection.
#[derive(Debug)]
struct Seat {
    connection: ConnectionId,
    link: Arc<Link>,
    /// Totals at the last report, for rates.
    counted: (u64, u64),
}

struct Runner<S: Simulation> {
    handle: Arc<RoomHandle>,
    metrics: Arc<Metrics>,
    host: Host<S>,
    size_units: (f32, f32),
    epoch: Instant,
    seats: Vec<Option<Seat>>,
    outbox: Outbox,
    mails: Vec<Mail>,
    paused: bool,
    /// Ticks still to step while paused.
    steps: u32,
    closing: bool,
    /// After the last tick.
    state_hash: u64,
    work: Durations,
    delay: Durations,
    reported_at: Instant,
}

impl<S: Simulation> Runner<S> {
    fn run(mut self) {
        let mut beat = 0u64;
        while !self.closing {
            beat = self.sleep_to_next(beat);
            let begun = Instant::now();
            self.empty_mailbox();
            if !self.paused || self.steps > 0 {
                self.steps = self.steps.saturating_sub(1);
                self.tick();
                self.work.push(begun.elapsed().as_micros() as u64);
            }
            if beat.is_multiple_of(REPORT_TICKS) {
                self.report();
            }
            if beat.is_multiple_of(WORLD_TICKS) {
                self.show_world();
            }
        }
    }

    /// Sleeps to the deadline after `beat`, which is absolute, so that it does not drift. Beats that were missed by a
    /// stall are skipped and counted, never run in fast-forward.
    fn sleep_to_next(&mut self, beat: u64) -> u64 {
        let mut next = beat + 1;
        let now = Instant::now();
        let due = |n: u64| self.epoch + Duration::from_micros(n * 1_000_000 / u64::from(TICK_HZ));
        if now < due(next) {
            std::thread::sleep(due(next) - now);
        } else {
            let missed = (now - due(next)).as_micros() as u64 * u64::from(TICK_HZ) / 1_000_000;
            self.metrics.ticks_missed.inc_by(missed);
            next += missed;
        }
        self.delay.push(Instant::now().saturating_duration_since(due(next)).as_micros() as u64);
        next
    }

    fn tick(&mut self) {
        let seats = &self.seats;
        let ready =
            |player: PlayerId| seats[player.index()].as_ref().is_some_and(|seat| seat.link.is_ready());
        let now_us = self.epoch.elapsed().as_micros() as u64;
        let stats = self.host.tick(now_us, ready, &mut self.outbox);
        self.state_hash = stats.state_hash;
        self.metrics.ticked(&stats);
        self.deliver();
    }

    /// Hands what the host wrote to the connections' lanes.
    fn deliver(&mut self) {
        for (to, lane, bytes) in self.outbox.iter() {
            match (to, lane) {
                (Address::Player(player), Lane::Snapshot) => {
                    if let Some(seat) = &self.seats[player.index()] {
                        seat.link.put_snapshot(bytes);
                    }
                }
                (Address::Player(player), Lane::Reliable) => {
                    if let Some(seat) = &self.seats[player.index()] {
                        seat.link.put_reliable(Bytes::copy_from_slice(bytes));
                    }
                }
                (Address::Everyone, _) => {
                    let shared = Bytes::copy_from_slice(bytes);
                    for seat in self.seats.iter().flatten() {
                        seat.link.put_reliable(shared.clone());
                    }
                }
            }
        }
        self.outbox.clear();
    }

    fn empty_mailbox(&mut self) {
        let mut mails = std::mem::take(&mut self.mails);
        self.handle.mailbox.take(&mut mails);
        for mail in mails.drain(..) {
            match mail {
                Mail::Join { connection, hello, link, reply } => {
                    let joined = self.join(connection, &hello, link);
                    // A caller that is gone meanwhile sends its leave as the next mail.
                    let _ = reply.send(joined);
                }
                Mail::Packet { connection, player, at_us, bytes } => {
                    self.packet(connection, player, at_us, &bytes);
                }
                Mail::Leave { connection, player } => {
                    if self.seat_of(connection, player).is_some() {
                        self.free(player);
                    }
                }
                Mail::Admin(request) => self.obey(request),
                Mail::Close(reason) => self.close(&reason),
            }
        }
        self.mails = mails;
    }

    fn join(
        &mut self,
        connection: ConnectionId,
        hello: &Hello,
        link: Arc<Link>,
    ) -> Result<PlayerId, Refusal> {
        if self.closing {
            return Err(Refusal::Draining);
        }
        let player = self.host.join(hello, &mut self.outbox)?;
        self.seats[player.index()] = Some(Seat { connection, link, counted: (0, 0) });
        self.handle.set_player_count(self.host.player_count());
        if self.paused {
            let paused = encode_server(&ServerMessage::Paused(true));
            self.outbox.push(Address::Player(player), Lane::Reliable, &paused);
        }
        self.deliver();
        Ok(player)
    }

    fn packet(&mut self, connection: ConnectionId, player: PlayerId, at_us: u64, bytes: &[u8]) {
        let Some(seat) = self.seat_of(connection, player) else { return };
        let link = Arc::clone(&seat.link);
        match self.host.handle_packet(player, at_us, bytes) {
            Ok(Handled::Input) => {}
            Ok(Handled::Goodbye) => self.free(player),
            Err(reason) => {
                self.metrics.packet_rejected(reason.label());
                link.close(reason);
                self.free(player);
            }
        }
    }

    fn seat_of(&self, connection: ConnectionId, player: PlayerId) -> Option<&Seat> {
        self.seats.get(player.index())?.as_ref().filter(|seat| seat.connection == connection)
    }

    fn free(&mut self, player: PlayerId) {
        self.host.leave(player);
        self.seats[player.index()] = None;
        self.handle.set_player_count(self.host.player_count());
    }

    fn close(&mut self, reason: &DisconnectReason) {
        self.closing = true;
        for seat in self.seats.iter().flatten() {
            seat.link.close(reason.clone());
        }
    }

    fn obey(&mut self, request: AdminRequest) {
        let reply = match request.action {
            AdminAction::Kick { name, reason } => self.kick(&name, reason),
            AdminAction::Broadcast(text) => {
                self.tell_everyone(&ServerMessage::Notice(text));
                Ok(format!("told {} players in {}", self.host.player_count(), self.handle.name()))
            }
            AdminAction::Pause => self.pause(true),
            AdminAction::Resume => self.pause(false),
            AdminAction::Step(ticks) => self.step(ticks),
        };
        // An admin who is gone needs no answer.
        let _ = request.reply.send(reply);
    }

    fn kick(&mut self, name: &str, reason: String) -> Reply {
        let player = self.host.players().find(|view| view.name == name).map(|view| view.player);
        let player =
            player.ok_or_else(|| format!("there is no player {name:?} in {}", self.handle.name()))?;
        if let Some(seat) = &self.seats[player.index()] {
            seat.link.close(DisconnectReason::Kicked(reason));
        }
        self.free(player);
        Ok(format!("{name} was sent away from {}", self.handle.name()))
    }

    fn pause(&mut self, paused: bool) -> Reply {
        let name = self.handle.name().to_owned();
        if self.paused == paused {
            return Err(format!("{name} {}", if paused { "stands still already" } else { "is not paused" }));
        }
        self.paused = paused;
        self.steps = 0;
        self.tell_everyone(&ServerMessage::Paused(paused));
        Ok(format!("{name} {}", if paused { "stands still" } else { "goes on" }))
    }

    fn step(&mut self, ticks: u32) -> Reply {
        if !self.paused {
            return Err(format!("{} is not paused", self.handle.name()));
        }
        if !(1..=MAX_STEPS).contains(&ticks) {
            return Err(format!("allowed are 1 to {MAX_STEPS} ticks"));
        }
        self.steps = ticks;
        Ok(format!("{} steps {ticks} ticks from tick {}", self.handle.name(), self.host.tick_number().0))
    }

    fn tell_everyone(&mut self, message: &ServerMessage) {
        self.outbox.push(Address::Everyone, Lane::Reliable, &encode_server(message));
        self.deliver();
    }

    /// Tells about the last half second.
    fn report(&mut self) {
        let now = Instant::now();
        let seconds = (now - self.reported_at).as_secs_f32().max(0.001);
        self.reported_at = now;
        let mut report = RoomReport {
            tick: self.host.tick_number().0,
            paused: self.paused,
            tick_ms: self.work.summary(),
            start_delay_ms: self.delay.summary(),
            entities: self.host.sim().entities().len(),
            state_hash: self.state_hash,
            players: Vec::with_capacity(self.host.player_count()),
            ..RoomReport::default()
        };
        for view in self.host.players() {
            let Some(seat) = self.seats[view.player.index()].as_mut() else { continue };
            let totals = seat.link.totals();
            let rate = |now: u64, before: u64| now.saturating_sub(before) as f32 / seconds;
            let bytes_per_second = rate(totals.0, seat.counted.0);
            let snapshots_per_second = rate(totals.1, seat.counted.1);
            seat.counted = totals;
            report.bytes_per_second += bytes_per_second;
            report.snapshots_per_second += snapshots_per_second;
            report.players.push(PlayerReport {
                id: view.player,
                name: view.name.to_owned(),
                bot: view.bot,
                rtt_ms: f32::from(view.rtt_ms),
                bytes_per_second,
                snapshots_per_second,
                buffered_inputs: view.margin_ticks,
                score: view.score,
            });
        }
        self.handle.set_report(report);
    }

    /// Shows the whole world to whoever watches.
    fn show_world(&self) {
        if self.handle.world.receiver_count() == 0 {
            return;
        }
        let entities = self.host.sim().entities().iter().map(|(slot, entity)| {
            let pose = entity.pose();
            WorldEntity {
                slot: slot.0,
                kind: entity.kind() as u8,
                x: pose.position.x,
                y: pose.position.y,
                angle_turns: pose.angle_turns,
                owner: entity.owner(),
                health: entity.health(),
            }
        });
        let view = WorldView {
            tick: self.host.tick_number().0,
            size_units: self.size_units,
            obstacles: S::obstacles(self.host.map()),
            entities: entities.collect(),
        };
        self.handle.world.send_replace(Arc::new(view));
    }
}
