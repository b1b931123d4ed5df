//! The tick loop: sleep to the deadline, empty the mailbox, tick the host, deliver what it wrote. Nothing in here waits
//! for anything but the next deadline.
//!
//! - `pace`: when ticks are run; `population`: bot fill, and sleep and end of an unused room
//! - `seats`: the seats' connections; `seating`: how players join and leave; `owners`: whose the seats are, and what
//!   they own
//! - `idle_seats`: which seats are idle, by address, and which of them a full room frees
//! - `admin`: executes admin requests
//! - `reporting`: what the room publishes about itself

mod admin;
mod idle_seats;
mod owners;
mod pace;
mod population;
mod reporting;
mod seating;
mod seats;

use crate::metrics::Metrics;
use crate::room::bot_fill::Change;
use crate::room::context::RoomContext;
use crate::room::game_info::GameInfo;
use crate::room::handle::{Mail, RoomHandle};
use crate::room::report::LiveStatus;
use crate::room::scenario::scenario;
use crate::room::section::RoomConfig;
use idle_seats::IdleSeats;
use owners::Owners;
use pace::Pace;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Handled, Host, Outbox, Simulation};
use perigee_shared::protocol::DisconnectReason;
use perigee_shared::tick::TICK_HZ;
use population::Population;
use reporting::Reporter;
use seats::Seats;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

/// Ticks between two reports.
const REPORT_TICKS: u64 = TICK_HZ as u64 / 2;
/// Ticks between two views of the world.
const WORLD_TICKS: u64 = 3;

/// Starts a room's thread; `persisted` is the state that the last room of its name left. It ends after
/// [`RoomHandle::close`].
///
/// If the operating system cannot start a thread, or the room's parameters are not valid for the game.
pub fn start<S: Simulation>(
    room: &RoomConfig,
    context: &RoomContext,
    seed: u64,
    persisted: Option<&[u8]>,
) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)> {
    let mut runner = Runner::<S>::new(room, context, seed)?;
    if let Some(Err(error)) = persisted.map(|persisted| runner.host.load_persisted(persisted)) {
        tracing::warn!(room = room.name, %error, "what the room left cannot be taken up: it begins anew");
    }
    let handle = Arc::clone(runner.handle());
    let thread =
        std::thread::Builder::new().name(format!("room-{}", room.name)).spawn(move || runner.run())?;
    Ok((handle, thread))
}

/// What a room's thread runs; [`start`] creates the thread. It composes the room's parts, each of which owns its state,
/// and defines the order in which they work.
#[derive(Debug)]
pub struct Runner<S: Simulation> {
    handle: Arc<RoomHandle>,
    metrics: Arc<Metrics>,
    host: Host<S>,
    /// What the host wrote, on its way to `seats`.
    outbox: Outbox,
    /// What came in, on its way to the host.
    mails: Vec<Mail>,
    pace: Pace,
    seats: Seats,
    owners: Owners,
    idle_seats: IdleSeats,
    population: Population,
    reporter: Reporter,
    size_units: (f32, f32),
    ack_timeout_ticks: u32,
    resume_window_ms: u32,
    spectator_delay_ms: u32,
    closing: bool,
}

impl<S: Simulation> Runner<S> {
    /// A room in which nothing has happened yet.
    ///
    /// # Errors
    /// If the room's parameters are not valid for the game; those of a checked configuration are.
    pub fn new(room: &RoomConfig, context: &RoomContext, seed: u64) -> io::Result<Self> {
        let epoch = Instant::now();
        let scenario = scenario::<S>(&room.scenario).map_err(io::Error::other)?;
        let RoomContext { limits, metrics, registrar } = context;
        let seats = room.max_players + room.max_spectators;
        let runner = Self {
            handle: Arc::new(RoomHandle::new(room, GameInfo::of::<S>(), epoch)),
            metrics: Arc::clone(metrics),
            size_units: S::size_units(&scenario),
            host: Host::<S>::new(room.host_config(seed), scenario),
            outbox: Outbox::default(),
            mails: Vec::new(),
            pace: Pace::new(epoch, room.paused),
            seats: Seats::new(seats, limits),
            owners: Owners::new(seats, Arc::clone(registrar)),
            idle_seats: IdleSeats::new(seats),
            population: Population::new(room, S::ABOUT.bot_names),
            reporter: Reporter::new(epoch),
            ack_timeout_ticks: (limits.ack_timeout_ms * u64::from(TICK_HZ) / 1000) as u32,
            resume_window_ms: room.resume_window_ms,
            spectator_delay_ms: room.spectator_delay_ms,
            closing: false,
        };
        // Quick play may need the mode before the room's first tick.
        runner.publish_status();
        Ok(runner)
    }
}

/// However a room ends, by request or by panic, no client in it or joining it is left waiting.
impl<S: Simulation> Drop for Runner<S> {
    fn drop(&mut self) {
        // A match that panicked is not asked what people own: what it last reported counts.
        self.owners.close(&self.host, &self.handle, !std::thread::panicking());
        self.handle.mailbox.close();
        self.seats.close_all(&DisconnectReason::RoomClosed);
    }
}

impl<S: Simulation> Runner<S> {
    /// What the rest of the server holds of this room.
    #[must_use]
    pub fn handle(&self) -> &Arc<RoomHandle> {
        &self.handle
    }

    /// The match, for inspection.
    #[cfg(test)]
    pub(crate) fn host(&self) -> &Host<S> {
        &self.host
    }

    /// Which person plays in which seat, of those in the store.
    #[cfg(test)]
    pub(crate) fn people(&self) -> Vec<(crate::person::PersonId, PlayerId)> {
        self.owners.people().collect()
    }

    fn run(mut self) {
        while !self.closing {
            let missed = self.pace.sleep_to_next(self.host.tick_us());
            self.metrics.ticks_missed.inc_by(missed);
            self.on_deadline(self.pace.number());
        }
    }

    /// Everything that is due at the `number`th deadline.
    pub fn on_deadline(&mut self, number: u64) {
        let begun = Instant::now();
        self.empty_mailbox();
        self.look_for_people(number);
        if !self.population.is_asleep(self.handle.now_us()) && self.pace.take_turn() {
            self.tick();
            let work_us = begun.elapsed().as_micros() as u64;
            self.reporter.worked(work_us);
            self.govern(work_us);
        }
        if number.is_multiple_of(REPORT_TICKS) {
            self.close_idle();
            self.reporter.report(&mut self.host, &mut self.seats, &mut self.pace, &self.handle);
            // The tick frees kept seats that ran out.
            self.publish_status();
        }
        if number.is_multiple_of(WORLD_TICKS) {
            reporting::show_world(&self.host, self.size_units, &self.handle);
        }
    }

    fn tick(&mut self) {
        let seats = &self.seats;
        let stats = self.host.tick(self.handle.now_us(), |player| seats.is_ready(player), &mut self.outbox);
        self.reporter.ticked(&stats);
        self.metrics.ticked(&stats);
        self.settle();
        if self.host.tick_number().0.is_multiple_of(reporting::EVENTS_TICKS) {
            self.owners.report_belongings(&self.host, &self.handle);
        }
        reporting::publish_events(&self.host, &self.owners, &self.handle);
        self.deliver();
    }

    /// Applies the grade that overload engages, or that recovery releases.
    fn govern(&mut self, work_us: u64) {
        let Some(grade) = self.pace.ticked(work_us) else { return };
        let label = grade.label();
        tracing::warn!(room = self.handle.name(), grade = label, "the room keeps its pace otherwise");
        self.metrics.grade_changed(label);
        self.host.set_grade(grade, &mut self.outbox);
        self.deliver();
    }

    /// Ends connections that send nothing, accept nothing or acknowledge nothing.
    fn close_idle(&mut self) {
        if self.seats.close_idle(self.handle.now_us()) {
            for player in self.host.unresponsive(self.ack_timeout_ticks) {
                self.seats.close(player, DisconnectReason::NotReading);
            }
        }
    }

    fn deliver(&mut self) {
        self.seats.deliver(&mut self.outbox, self.handle.now_us());
    }

    /// Adds or removes bots, and closes a room that has been unused for its time.
    fn look_for_people(&mut self, number: u64) {
        let status = self.handle.status();
        if !self.pace.is_paused()
            && let Some(change) = self.population.bot_change(number, &status)
        {
            self.change_bots(change);
        }
        if self.population.is_over(&status, self.handle.now_us()) {
            self.close(&DisconnectReason::RoomClosed);
        }
    }

    fn change_bots(&mut self, change: Change) {
        match change {
            Change::Seat => {
                let host = &self.host;
                let name = self.population.bot_name(|name| host.players().any(|view| view.name == name));
                self.host.seat_driven(&name, &mut self.outbox);
                self.publish_status();
                self.deliver();
            }
            Change::Free => {
                if let Some(player) = self.host.spare_driven() {
                    self.free(player);
                }
            }
        }
    }

    /// Publishes the room's occupants and the state of the match.
    fn publish_status(&self) {
        let (bots, spectators) = (self.host.driven_count(), self.host.spectator_count());
        let people = self.host.player_count() - bots;
        self.handle.set_status(LiveStatus {
            people,
            away: (people + spectators).saturating_sub(self.seats.connected()),
            bots,
            spectators,
            round: self.host.sim().round(),
        });
    }

    fn empty_mailbox(&mut self) {
        let mut mails = std::mem::take(&mut self.mails);
        self.handle.mailbox.take(&mut mails);
        for mail in mails.drain(..) {
            self.open(mail);
        }
        self.mails = mails;
    }

    fn open(&mut self, mail: Mail) {
        match mail {
            Mail::Join { request, reply } => self.answer(&request, reply),
            Mail::Free { person, reply } => {
                self.free_person(person);
                // The caller may be gone; the seat is freed all the same.
                let _ = reply.send(());
            }
            Mail::Packet { connection, player, at_us, bytes } => {
                if self.seats.is_of(player, connection) {
                    self.packet(player, at_us, &bytes);
                }
            }
            Mail::Leave { connection, player, keep } => {
                if self.seats.is_of(player, connection) {
                    self.end_connection(player, keep);
                }
            }
            Mail::Admin(request) => self.execute(request),
            Mail::Close(reason) => self.close(&reason),
        }
    }

    fn packet(&mut self, player: PlayerId, at_us: u64, bytes: &[u8]) {
        match self.host.handle_packet(player, at_us, bytes) {
            Ok(Handled::Input) if !self.host.is_spectator(player) => self.idle_seats.play(player),
            Ok(Handled::Input | Handled::Order | Handled::Resync | Handled::Service) => {}
            Ok(Handled::Goodbye) => self.free(player),
            Err(reason) => {
                self.metrics.packet_rejected(reason.label());
                self.remove(player, reason);
            }
        }
    }

    fn close(&mut self, reason: &DisconnectReason) {
        self.closing = true;
        self.seats.close_all(reason);
    }
}
