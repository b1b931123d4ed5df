//! Clients that lie about what they have and see. Whatever they claim, the granted lag stays within what the room
//! allows and what the host itself measured.

use super::*;
use crate::limits::MAX_VIEW_DELAY_TICKS;
use crate::netcode::authority::seat::Ticket;
use crate::netcode::state::past::LAG_FRACTIONS;
use crate::netcode::toy_game::{Push, Toy, ToyScenario};
use crate::protocol::Hello;
use crate::rng::Rng;

/// A room with one player, whose packets the test chooses.
struct Room {
    host: Host<Toy>,
    now_us: u64,
    player: PlayerId,
    longest: Lag,
    writer: BitWriter,
}

/// The claims of a packet, in ticks.
#[derive(Clone, Copy, Debug)]
struct Word {
    newest: Tick,
    ack: Tick,
    view_lag: u16,
}

impl Room {
    fn new(max_rewind_ms: u32) -> Self {
        let config = HostConfig { max_rewind_ms, max_players: 2, ..HostConfig::default() };
        let mut host = Host::<Toy>::new(config, ToyScenario { kick_one_in: 20, loose: 4, elastic: false });
        let hello = Hello { name: "Eve".into(), ..Hello::default() };
        let player = host.join(&hello, Ticket::default(), &mut Outbox::default()).unwrap().player;
        let longest = Lag::from_ms(max_rewind_ms);
        Self { host, now_us: 0, player, longest, writer: BitWriter::new() }
    }

    fn tell(&mut self, word: Word, commands: Vec<Push>) {
        let Word { newest, ack, view_lag } = word;
        let (newest, ack) = (newest.0 as u16, ack.0 as u16);
        let packet = InputPacket { newest, ack, view_lag, commands, ping: None };
        self.writer.clear();
        packet.write(&mut self.writer);
        self.host.handle_packet(self.player, self.now_us, self.writer.finish()).unwrap();
    }

    /// One tick. Returns what was granted for a press: lag in eighths, and age of the state, ticks.
    fn tick(&mut self) -> Option<(u16, u8)> {
        self.now_us += TICK_MICROS;
        self.host.tick(self.now_us, |_| true, &mut Outbox::default());
        let input = self.host.inputs[0];
        let seat = self.host.seats[self.player.index()].as_ref().unwrap();
        assert!(input.lag <= self.longest && f32::from(input.known_ago_ticks) <= self.longest.ticks());
        assert!(seat.flow.most_rewind(1) <= Lag::MAX);
        input.pressed.map(|_| (input.lag.0, input.known_ago_ticks))
    }

    /// Ticks in which the client plays honestly, at a distance of two ticks.
    fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.tick();
            let word = self.honest();
            self.tell(word, vec![Push::default()]);
        }
    }

    fn now(&self) -> Tick {
        self.host.tick_number()
    }

    /// The claims of an honest client at a distance of two ticks that shows the others two ticks late.
    fn honest(&self) -> Word {
        Word { newest: self.now().plus(1), ack: self.now().minus(2), view_lag: 5 * LAG_FRACTIONS as u16 }
    }
}

const TAP: Push = Push { x: 0, tap: true };

/// What was granted to twenty taps that arrive with `word`, after `silence` ticks without a packet.
fn tap(max_rewind_ms: u32, silence: u32, word: impl Fn(&Room) -> Word) -> Vec<(u16, u8)> {
    let mut room = Room::new(max_rewind_ms);
    let mut granted = Vec::new();
    for _ in 0..20 {
        room.play(60);
        for _ in 0..=silence {
            room.tick();
        }
        let told = word(&room);
        room.tell(told, vec![TAP]);
        granted.extend((0..5).filter_map(|_| room.tick()));
    }
    assert_eq!(granted.len(), 20);
    granted
}

#[test]
fn an_old_acknowledgement_with_the_trigger_changes_nothing() {
    for max_rewind_ms in [100, 600] {
        let honest = tap(max_rewind_ms, 0, Room::honest);
        for age in [3, 8, 23, 40, 60] {
            let old = tap(max_rewind_ms, 0, |room| Word { ack: room.now().minus(age), ..room.honest() });
            // Without this packet's claims, those of the one before apply.
            let is_same =
                |(old, honest): (&(u16, u8), &(u16, u8))| old.0 == honest.0 && old.1 <= honest.1 + 1;
            assert!(old.iter().zip(&honest).all(is_same), "{age} ticks: {old:?} instead of {honest:?}");
        }
        let known_ago = if max_rewind_ms == 100 { 3 } else { 4 };
        assert!(honest.iter().all(|&(_, known)| known <= known_ago), "{honest:?}");
    }
}

#[test]
fn a_claim_beyond_what_the_line_was_measured_for_is_cut() {
    // The distance is two ticks, and the command waits for one.
    let most = 2 + 1 + MAX_VIEW_DELAY_TICKS as u16 + 2;
    let far = tap(600, 0, |room| Word { view_lag: 1023, ..room.honest() });
    assert!(far.iter().all(|&(lag, _)| lag <= most * LAG_FRACTIONS as u16), "{far:?}");
    // A client that acknowledges nothing for a while gains no older past by it.
    let mut room = Room::new(600);
    room.play(120);
    let held = room.honest().ack;
    for _ in 0..20 {
        room.tick();
        let word = Word { ack: held, view_lag: 1023, ..room.honest() };
        room.tell(word, vec![Push::default()]);
    }
    room.tick();
    let word = Word { ack: held, view_lag: 1023, ..room.honest() };
    room.tell(word, vec![TAP]);
    let (lag, known) = room.tick().unwrap();
    assert!(lag <= most * LAG_FRACTIONS as u16 && u16::from(known) <= most, "{lag} {known}");
}

#[test]
fn a_press_is_as_late_as_the_line_was_silent() {
    let late = |room: &Room| Word { newest: room.now().minus(15), ..room.honest() };
    // Packets without newer commands arrived all the time, so the line did not delay this one.
    let mut room = Room::new(600);
    room.play(60);
    for _ in 0..20 {
        room.tick();
        let word = room.honest();
        room.tell(word, Vec::new());
    }
    let word = late(&room);
    room.tell(word, vec![TAP]);
    let (lag, _) = room.tick().unwrap();
    let honest = tap(600, 0, Room::honest)[0].0;
    assert!(lag <= honest + 3 * LAG_FRACTIONS as u16, "{lag}, honest {honest}");
}

#[test]
fn whatever_clients_say_what_is_granted_stays_within_what_is_measured() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut room = Room::new([100, 250, 600][rng.below(3) as usize]);
        let (is_silent_at_times, mut presses) = (seed % 2 == 0, 0);
        for _ in 0..600 {
            let granted = room.tick();
            let seat = room.host.seats[room.player.index()].as_ref().unwrap();
            // A press waits for its tick, and possibly behind another; a line that is silent may delay it for longer.
            let late_ticks = if is_silent_at_times { 64 } else { 3 };
            let most = seat.flow.most_rewind(1).longer_by(late_ticks, room.longest);
            if let Some((lag, known)) = granted {
                presses += 1;
                assert!(
                    lag <= most.0 && f32::from(known) <= most.ticks(),
                    "seed {seed}: {lag} {known} {most:?}"
                );
            }
            if is_silent_at_times && rng.chance(1, 3) {
                continue;
            }
            let now = room.now();
            let at =
                |rng: &mut Rng, back: u32, ahead: u32| now.plus(ahead).minus(rng.below(back + ahead + 1));
            let word = Word {
                newest: at(&mut rng, 30, 10),
                ack: at(&mut rng, 70, 5),
                view_lag: rng.below(1024) as u16,
            };
            let tap = Push { x: 0, tap: rng.chance(1, 6) };
            room.tell(word, vec![Push::default(), tap]);
        }
        assert!(presses > 5, "seed {seed}: {presses}");
    }
}
