//! The tick loop: sleep to the deadline, empty the mailbox, tick the host, hand out what it wrote. Nothing in here waits
//! for anything but the next deadline.
//!
//! - `seat`: a player's connection; `seating`: who comes and goes; `owners`: whose seats they are, and what these own
//! - `crowd`: where those come from who have the seats, and who gives way in a full room
//! - `people`: what follows from who is there
//! - `orders`: what an admin wants
//! - `telling`: what the room shows of itself

mod crowd;
mod orders;
mod owners;
mod people;
mod seat;
mod seating;
mod telling;

use crate::access::Limits;
use crate::metrics::Metrics;
use crate::room::beats::Beats;
use crate::room::durations::Durations;
use crate::room::fillers::Fillers;
use crate::room::game_info::GameInfo;
use crate::room::handle::{Mail, RoomHandle};
use crate::room::mailbox::ConnectionId;
use crate::room::report::RoomReport;
use crate::room::scenario::scenario;
use crate::room::section::{Lifetime, RoomConfig};
use bytes::Bytes;
use crowd::Crowd;
use owners::Owners;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Ages, Governor, Handled, Host, Outbox, Simulation};
use perigee_shared::protocol::DisconnectReason;
use perigee_shared::tick::{TICK_HZ, TICK_MICROS};
use seat::Seat;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

/// Ticks between two reports.
const REPORT_TICKS: u64 = TICK_HZ as u64 / 2;
/// Looks at the connections are half a second apart; so far apart, the whole server stood still, microseconds.
const STALL_US: u64 = 2_000_000;
/// Ticks between two views of the world.
const WORLD_TICKS: u64 = 3;

/// Starts a room's thread; `lasting` is what the last room of its name left. It ends after [`RoomHandle::close`].
///
/// # Errors
/// If the system gives no thread, or the room's parameters are not the game's.
pub fn start<S: Simulation>(
    room: &RoomConfig,
    limits: &Limits,
    seed: u64,
    lasting: Option<&[u8]>,
    metrics: Arc<Metrics>,
) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)> {
    let mut runner = Runner::<S>::new(room, limits, seed, metrics)?;
    if let Some(Err(error)) = lasting.map(|lasting| runner.host.load_persisted(lasting)) {
        tracing::warn!(room = room.name, %error, "what the room left cannot be taken up: it begins anew");
    }
    let handle = Arc::clone(runner.handle());
    let thread =
        std::thread::Builder::new().name(format!("room-{}", room.name)).spawn(move || runner.run())?;
    Ok((handle, thread))
}

/// What a room's thread does; [`start`] gives it one.
#[derive(Debug)]
pub struct Runner<S: Simulation> {
    handle: Arc<RoomHandle>,
    metrics: Arc<Metrics>,
    host: Host<S>,
    size_units: (f32, f32),
    beats: Beats,
    governor: Governor,
    /// Of what players know, since the last report.
    ages: Ages,
    limits: Limits,
    resume_window_ms: u32,
    spectator_delay_ms: u32,
    seats: Vec<Option<Seat>>,
    owners: Owners,
    crowd: Crowd,
    outbox: Outbox,
    mails: Vec<Mail>,
    paused: bool,
    /// Ticks still to step while paused.
    steps: u32,
    closing: bool,
    lifetime: Lifetime,
    fillers: Fillers,
    /// Since when nobody is there, microseconds of the room's clock.
    alone_since_us: Option<u64>,
    /// After the last tick.
    state_hash: u64,
    work: Durations,
    reported_at: Instant,
    /// When the connections were last looked at, microseconds of the room's clock.
    looked_at_us: u64,
    /// The report before the last one, whose memory the next one takes.
    report: Arc<RoomReport>,
}

impl<S: Simulation> Runner<S> {
    /// A room in which nothing has happened yet.
    ///
    /// # Errors
    /// If the room's parameters are not the game's: a configuration that was checked has none such.
    pub fn new(room: &RoomConfig, limits: &Limits, seed: u64, metrics: Arc<Metrics>) -> io::Result<Self> {
        let epoch = Instant::now();
        let scenario = scenario::<S>(&room.scenario).map_err(io::Error::other)?;
        let runner = Self {
            handle: Arc::new(RoomHandle::new(room, GameInfo::of::<S>(), epoch)),
            metrics,
            size_units: S::size_units(&scenario),
            host: Host::<S>::new(room.host_config(seed), scenario),
            beats: Beats::new(epoch),
            governor: Governor::default(),
            ages: Ages::default(),
            limits: limits.clone(),
            resume_window_ms: room.resume_window_ms,
            spectator_delay_ms: room.spectator_delay_ms,
            seats: (0..room.max_players + room.max_spectators).map(|_| None).collect(),
            owners: Owners::new(room.max_players + room.max_spectators),
            crowd: Crowd::new(room.max_players + room.max_spectators),
            outbox: Outbox::default(),
            mails: Vec::new(),
            paused: room.paused,
            steps: 0,
            closing: false,
            lifetime: room.lifetime,
            fillers: Fillers::new(room.fill_to, room.max_players),
            alone_since_us: None,
            state_hash: 0,
            work: Durations::new(),
            reported_at: epoch,
            looked_at_us: 0,
            report: Arc::default(),
        };
        // Who chooses a room may want to know its mode before its first tick.
        runner.tell_vitals();
        Ok(runner)
    }
}

/// However a room ends, by a wish or by a panic: nobody in it, or on the way into it, is left waiting.
impl<S: Simulation> Drop for Runner<S> {
    fn drop(&mut self) {
        // A match that failed is not asked what people own: what it told last counts.
        self.say_last_words(!std::thread::panicking());
        self.handle.mailbox.close();
        for seat in self.seats.iter().flatten() {
            seat.link.close(DisconnectReason::RoomClosed);
        }
    }
}

impl<S: Simulation> Runner<S> {
    /// What the rest of the server holds of this room.
    #[must_use]
    pub fn handle(&self) -> &Arc<RoomHandle> {
        &self.handle
    }

    /// The match, to look at.
    #[cfg(test)]
    pub(crate) fn host(&self) -> &Host<S> {
        &self.host
    }

    /// Who plays in which seat, of those whom the store knows.
    #[cfg(test)]
    pub(crate) fn people(&self) -> Vec<(crate::person::PersonId, perigee_shared::ids::PlayerId)> {
        self.owners.people().collect()
    }

    fn run(mut self) {
        while !self.closing {
            let missed = self.beats.sleep_to_next(self.host.tick_us());
            self.metrics.ticks_missed.inc_by(missed);
            self.beat(self.beats.number());
        }
    }

    /// All that is done at one deadline: the `number`th.
    pub fn beat(&mut self, number: u64) {
        let begun = Instant::now();
        self.empty_mailbox();
        self.look_for_people(number);
        if (!self.paused || self.steps > 0) && !self.is_asleep() {
            self.steps = self.steps.saturating_sub(1);
            self.tick();
            let work_us = begun.elapsed().as_micros() as u64;
            self.work.push(work_us);
            self.govern(work_us);
        }
        if number.is_multiple_of(REPORT_TICKS) {
            self.end_the_idle();
            self.report();
        }
        if number.is_multiple_of(WORLD_TICKS) {
            self.show_world();
        }
    }

    fn tick(&mut self) {
        let seats = &self.seats;
        let ready = |player: PlayerId| seats[player.index()].as_ref().is_some_and(Seat::is_ready);
        let now_us = self.handle.now_us();
        let stats = self.host.tick(now_us, ready, &mut self.outbox);
        self.state_hash = stats.state_hash;
        self.ages.add(&stats.ages);
        self.metrics.ticked(&stats);
        self.settle();
        self.tell_news();
        self.deliver();
    }

    /// Overload engages a grade, and recovery lets it go.
    fn govern(&mut self, work_us: u64) {
        let before = self.governor.grade();
        let grade = self.governor.ticked(work_us, TICK_MICROS);
        if grade != before {
            tracing::warn!(
                room = self.handle.name(),
                grade = grade.label(),
                "the room keeps its pace otherwise"
            );
            self.metrics.grade_changed(grade.label());
            self.host.set_grade(grade, &mut self.outbox);
            self.deliver();
        }
    }

    /// Ends connections that say nothing, take nothing or acknowledge nothing. The connections' tasks need no timers of
    /// their own then.
    fn end_the_idle(&mut self) {
        let now_us = self.handle.now_us();
        let since_us = now_us - std::mem::replace(&mut self.looked_at_us, now_us);
        if since_us > STALL_US {
            // It was this server that stood still: what came meanwhile is still to be read.
            return;
        }
        for seat in self.seats.iter().flatten() {
            let (silent_us, blocked_us) = seat.link.idle_us(now_us);
            if silent_us > self.limits.silence_timeout_ms * 1000 {
                seat.link.close(DisconnectReason::Silent);
            } else if blocked_us > self.limits.write_timeout_ms * 1000 {
                seat.link.close(DisconnectReason::NotReading);
            }
        }
        let ticks = (self.limits.ack_timeout_ms * u64::from(TICK_HZ) / 1000) as u32;
        for player in self.host.unresponsive(ticks) {
            if let Some(seat) = &self.seats[player.index()] {
                seat.link.close(DisconnectReason::NotReading);
            }
        }
    }

    /// Hands what the host wrote to the connections' lanes.
    fn deliver(&mut self) {
        let now_us = self.handle.now_us();
        for (to, lane, bytes) in self.outbox.iter() {
            match to {
                Address::Player(player) => {
                    if let Some(seat) = &mut self.seats[player.index()] {
                        seat.give(now_us, lane, bytes);
                    }
                }
                Address::Everyone => {
                    let shared = Bytes::copy_from_slice(bytes);
                    for seat in self.seats.iter_mut().flatten() {
                        seat.give_reliable(now_us, shared.clone());
                    }
                }
            }
        }
        self.outbox.clear();
        for seat in self.seats.iter_mut().flatten() {
            seat.release(now_us);
        }
    }

    fn empty_mailbox(&mut self) {
        let mut mails = std::mem::take(&mut self.mails);
        self.handle.mailbox.take(&mut mails);
        for mail in mails.drain(..) {
            match mail {
                Mail::Join(join) => self.take_join(*join),
                Mail::Free { person, reply } => {
                    self.free_person(person);
                    // Whoever asked may be gone; the seat is free all the same.
                    let _ = reply.send(());
                }
                Mail::Packet { connection, player, at_us, bytes } => {
                    self.packet(connection, player, at_us, &bytes);
                }
                Mail::Leave { connection, player, keep } => {
                    if self.seat_of(connection, player).is_some() {
                        self.end_connection(player, keep);
                    }
                }
                Mail::Admin(request) => self.obey(request),
                Mail::Close(reason) => self.close(&reason),
            }
        }
        self.mails = mails;
    }

    fn packet(&mut self, connection: ConnectionId, player: PlayerId, at_us: u64, bytes: &[u8]) {
        let Some(seat) = self.seat_of(connection, player) else { return };
        let link = Arc::clone(&seat.link);
        match self.host.handle_packet(player, at_us, bytes) {
            Ok(Handled::Input) if !self.host.is_spectator(player) => self.crowd.play(player),
            Ok(Handled::Input | Handled::Order | Handled::Resync | Handled::Service) => {}
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

    fn close(&mut self, reason: &DisconnectReason) {
        self.closing = true;
        for seat in self.seats.iter().flatten() {
            seat.link.close(reason.clone());
        }
    }
}
