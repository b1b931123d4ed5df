//! Checks what every game must guarantee to the netcode, in one line of the game's own tests.

use crate::bits::{BitReader, BitWriter};
use crate::ids::PlayerId;
use crate::limits::{MAX_FIELDS, MAX_STATISTICS};
use crate::netcode::entity::Entity;
use crate::netcode::entity::command::{Command, Order};
use crate::netcode::entity::event::Event;
use crate::netcode::entity::fields::Role;
use crate::netcode::entity::fields::{Kind, Row};
use crate::netcode::entity::replicated::Replicated;
use crate::netcode::seam::about::About;
use crate::netcode::seam::input::{Arrival, PlayerInput};
use crate::netcode::seam::scenario::Scenario;
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::history::History;
use crate::netcode::state::past::Past;
use crate::protocol::{decode_scenario, encode_scenario};
use crate::rng::Rng;
use crate::tick::Tick;
use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};

/// Rows of each kind, and codes of each message, that are tried.
const SAMPLES: u32 = 1_000;
/// Ticks by which each row is advanced.
const ROW_TICKS: u32 = 40;
/// Players of the matches that are played, and how long these last.
const PLAYERS: u16 = 4;
const MATCH_TICKS: u32 = 300;

/// Whether the game `S` fulfils the contracts of its traits, with these parameters. Its tables can be sent; its rows
/// are valid entities and stay in their ranges; its messages survive the wire unchanged; its match is the same each
/// time it is played, and continues from a saved state. Commands are drawn at random, so this says nothing about the
/// game's quality.
///
/// # Errors
/// A sentence that names the first guarantee that is violated.
pub fn check_game<S: Simulation>(scenario: &S::Scenario) -> Result<(), String> {
    check_about::<S>()?;
    check_scenario::<S>(scenario)?;
    check_kinds(S::Entity::kinds())?;
    check_rows::<S>(scenario)?;
    check_messages::<S>()?;
    check_match::<S>(scenario)
}

fn promise(is_kept: bool, sentence: impl FnOnce() -> String) -> Result<(), String> {
    if is_kept { Ok(()) } else { Err(sentence()) }
}

fn check_keys(about: &About) -> Result<(), String> {
    let keys: Vec<&str> =
        about.controls.all().flat_map(|control| control.keys).filter(|key| !key.is_empty()).collect();
    let taken = keys.iter().enumerate().find(|(at, key)| about.is_page_key(key) || keys[..*at].contains(key));
    taken.map_or(Ok(()), |(_, key)| Err(format!("ABOUT: the key {key} does something else already")))
}

fn check_about<S: Simulation>() -> Result<(), String> {
    let about = &S::ABOUT;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    promise(!about.name.is_empty() && about.name.bytes().all(is_name), || {
        format!("ABOUT: the name {:?} has other characters than a to z, 0 to 9, - and _", about.name)
    })?;
    let (kinds, titles) = (S::Entity::kinds().len(), about.kinds.len());
    promise(titles == 0 || titles == kinds, || format!("ABOUT: {titles} kinds, and the table has {kinds}"))?;
    check_keys(about)?;
    promise(about.teams.len() <= 2, || format!("ABOUT: {} teams, at most 2", about.teams.len()))?;
    promise(about.statistics.len() <= MAX_STATISTICS, || {
        format!("ABOUT: {} statistics, at most {MAX_STATISTICS}", about.statistics.len())
    })
}

/// Checks what the configuration and the welcome require of the parameters.
fn check_scenario<S: Simulation>(scenario: &S::Scenario) -> Result<(), String> {
    scenario.check().map_err(|words| format!("Scenario: these parameters are not allowed: {words}"))?;
    let empty = MapDeserializer::<_, Error>::new(std::iter::empty::<(&str, i32)>());
    let from_nothing = S::Scenario::deserialize(empty).map_err(|error| {
        format!("Scenario: an empty table is no default, `#[serde(default)]` is missing: {error}")
    })?;
    promise(format!("{from_nothing:?}") == format!("{:?}", S::Scenario::default()), || {
        "Scenario: an empty table is not the default".to_owned()
    })?;
    let unknown = MapDeserializer::<_, Error>::new(std::iter::once(("no such key", 1)));
    promise(S::Scenario::deserialize(unknown).is_err(), || {
        "Scenario: a key that it does not know is no error, `deny_unknown_fields` is missing".to_owned()
    })?;
    let back: S::Scenario = decode_scenario(&encode_scenario(scenario)).map_err(|error| {
        format!("Scenario: it cannot be sent, such as with `flatten` or `skip` on a field: {error}")
    })?;
    promise(format!("{back:?}") == format!("{scenario:?}"), || {
        format!("Scenario: what is sent of {scenario:?} is {back:?}")
    })
}

fn check_kinds(kinds: &[Kind]) -> Result<(), String> {
    promise(!kinds.is_empty(), || "Entity: no kinds".to_owned())?;
    for (at, kind) in kinds.iter().enumerate() {
        let Kind { name, fields, .. } = kind;
        promise(kinds[at + 1..].iter().all(|other| other.name != *name), || format!("two kinds {name:?}"))?;
        promise(fields.len() <= MAX_FIELDS, || {
            format!("{name}: {} fields, at most {MAX_FIELDS}", fields.len())
        })?;
        let controls = fields.iter().filter(|field| field.role == Role::Control).count();
        promise(controls <= 1, || format!("{name}: {controls} control fields, at most one"))?;
        for field in *fields {
            promise(field.min <= field.max, || format!("{name}: {} has no values", field.name))?;
            promise(field.common.is_none_or(|common| field.allows(common)), || {
                format!("{name}: the common value of {} is not in its range", field.name)
            })?;
        }
    }
    Ok(())
}

/// A row of values drawn at random from their ranges.
fn drawn(kind: &Kind, rng: &mut Rng) -> Row {
    let mut row = [0; MAX_FIELDS];
    for (value, field) in row.iter_mut().zip(kind.fields) {
        let span = i64::from(field.max) - i64::from(field.min) + 1;
        *value = (i64::from(field.min) + i64::from(rng.next_u32()) % span) as i32;
    }
    row
}

/// Reports the first field of the entity that is out of its range.
fn check_ranges<E: Entity>(entity: &E) -> Result<(), String> {
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    let kind = &E::kinds()[entity.kind()];
    let wrong = kind.fields.iter().zip(&row).find(|(field, value)| !field.allows(**value));
    wrong.map_or(Ok(()), |(field, value)| {
        Err(format!("{}: {} = {value} is not in {}..={}", kind.name, field.name, field.min, field.max))
    })
}

fn check_rows<S: Simulation>(scenario: &S::Scenario) -> Result<(), String> {
    let map = S::map(scenario);
    let mut rng = Rng::new(3);
    for (at, kind) in S::Entity::kinds().iter().enumerate() {
        for _ in 0..SAMPLES {
            let row = drawn(kind, &mut rng);
            let mut entity = S::Entity::from_row(at, &row);
            promise(entity.kind() == at, || format!("{}: its row becomes another kind", kind.name))?;
            let mut again = [0; MAX_FIELDS];
            entity.read(&mut again);
            promise(again == row, || format!("{}: the row {row:?} comes back as {again:?}", kind.name))?;
            for _ in 0..ROW_TICKS {
                entity.advance(&map);
                check_ranges(&entity).map_err(|words| format!("{words} after `advance` of {row:?}"))?;
            }
        }
    }
    Ok(())
}

fn check_messages<S: Simulation>() -> Result<(), String> {
    let mut rng = Rng::new(5);
    for _ in 0..SAMPLES {
        let code = rng.next_u32() & ((1_u64 << S::Command::BITS) - 1) as u32;
        if let Some(command) = S::Command::unpack(code) {
            let packed = command.pack();
            promise(u64::from(packed) < 1 << S::Command::BITS, || format!("{command:?} packs to {packed}"))?;
            let back = S::Command::unpack(packed);
            promise(back == Some(command), || format!("{command:?} comes back as {back:?}"))?;
        }
        let code = u64::from(rng.next_u32()) >> rng.below(32);
        if let Some(order) = S::Order::unpack(code) {
            let back = S::Order::unpack(order.pack());
            promise(back == Some(order), || format!("{order:?} comes back as {back:?}"))?;
        }
        let bytes: Vec<u8> = (0..32).map(|_| rng.next_u32() as u8).collect();
        if let Ok(event) = S::Event::decode(&mut BitReader::new(&bytes)) {
            let mut writer = BitWriter::new();
            event.encode(&mut writer);
            let back = S::Event::decode(&mut BitReader::new(writer.finish()));
            promise(back.as_ref() == Ok(&event), || format!("{event:?} comes back as {back:?}"))?;
        }
    }
    Ok(())
}

/// A match of players with random commands.
struct Bout<S: Simulation> {
    game: S,
    history: History<S::Entity>,
    tick: Tick,
    rng: Rng,
}

impl<S: Simulation> Bout<S> {
    fn new(scenario: &S::Scenario) -> Self {
        let mut bout =
            Self { game: S::new(scenario, 7), history: History::default(), tick: Tick(0), rng: Rng::new(11) };
        for seat in 0..PLAYERS {
            bout.game.join(PlayerId(seat), bout.tick, Arrival::default());
        }
        bout
    }

    fn step(&mut self) {
        self.tick = Tick(self.tick.0 + 1);
        let mut inputs = Vec::new();
        for seat in 0..PLAYERS {
            let code = self.rng.next_u32() & ((1_u64 << S::Command::BITS) - 1) as u32;
            inputs.push(PlayerInput::plain(PlayerId(seat), S::Command::unpack(code).unwrap_or_default()));
        }
        let past = Past::new(&self.history, self.tick);
        self.game.step(self.tick, &inputs, &past, &mut Vec::new());
        self.history.push(self.tick, self.game.entities());
    }
}

fn check_match<S: Simulation>(scenario: &S::Scenario) -> Result<(), String> {
    let (mut bout, mut second) = (Bout::<S>::new(scenario), Bout::<S>::new(scenario));
    for tick in 0..MATCH_TICKS {
        bout.step();
        second.step();
        // Ranges first, because values out of range cannot be saved.
        for (_, entity) in bout.game.entities().iter() {
            check_ranges(entity).map_err(|words| format!("{words} in tick {tick} of a match"))?;
        }
        promise(bout.game.state_hash() == second.game.state_hash(), || {
            format!(
                "the same match is another one in tick {tick}: it knows something besides state and commands"
            )
        })?;
        check_seats(&bout)?;
    }
    check_saved(bout, scenario)
}

fn check_seats<S: Simulation>(bout: &Bout<S>) -> Result<(), String> {
    for player in (0..PLAYERS).map(PlayerId) {
        let Some(slot) = bout.game.controlled(player) else { continue };
        let entity = bout.game.entities().get(slot);
        let owner = entity.ok_or_else(|| format!("{player:?} controls nothing: slot {}", slot.0))?.owner();
        promise(owner == Some(player), || format!("{player:?} controls an entity of {owner:?}"))?;
    }
    Ok(())
}

/// A saved state is the whole state and continues as the match does; invalid bytes are an error.
fn check_saved<S: Simulation>(mut bout: Bout<S>, scenario: &S::Scenario) -> Result<(), String> {
    let mut saved = Vec::new();
    bout.game.save(&mut saved);
    let mut game =
        S::load(scenario, &saved).map_err(|error| format!("`load` of what `save` wrote: {error}"))?;
    let mut again = Vec::new();
    game.save(&mut again);
    promise(again == saved, || "what was loaded is saved as something else".to_owned())?;
    for end in 0..saved.len() {
        promise(S::load(scenario, &saved[..end]).is_err(), || {
            format!("`load` takes the first {end} of {} bytes for a state", saved.len())
        })?;
    }
    let rng = bout.rng.clone();
    let hashes = |bout: &mut Bout<S>| -> Vec<u64> {
        let mut after = || {
            bout.step();
            bout.game.state_hash()
        };
        (0..ROW_TICKS).map(|_| after()).collect()
    };
    // The game does not save the past, so both continue without it.
    bout.history = History::default();
    let (tick, history) = (bout.tick, History::default());
    let as_it_was = hashes(&mut bout);
    std::mem::swap(&mut bout.game, &mut game);
    (bout.tick, bout.history, bout.rng) = (tick, history, rng);
    promise(hashes(&mut bout) == as_it_was, || "what was loaded goes on as another match".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netcode::toy_game::{Toy, ToyScenario};
    use crate::netcode::{
        About, BOARDS_KEY, Control, Controls, EntityTable, Field, Icon, KindAbout, LoadError, MARKET_KEY,
        Merge, NoScenario, Pose, Statistic, replicated,
    };
    use glam::Vec2;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicI32, Ordering};

    replicated! {
        /// A ball that bounces between two walls.
        struct Ball = "ball" {
            x: i32 = [Field::predicted("x", (0, 999), "1")],
            v: i32 = [Field::predicted("v", (-9, 9), "1/tick")],
        }
    }

    impl Entity for Ball {
        type Map = ();

        fn advance(&mut self, (): &()) {
            let to = self.x + self.v;
            self.x = to.clamp(0, 999);
            self.v = if self.x == to { self.v } else { -self.v };
        }

        fn pose(&self) -> Pose {
            Pose { position: Vec2::new(self.x as f32, 0.0), angle_turns: 0.0 }
        }
    }

    /// The smallest game: nine functions. `FAULT` selects what is wrong with it; 0 is nothing.
    #[derive(Debug)]
    struct Bounce<const FAULT: u8> {
        table: EntityTable<Ball>,
        steps: u32,
    }

    const OUT_OF_RANGE: u8 = 1;
    const NOT_THE_SAME: u8 = 2;
    const FORGETS: u8 = 3;
    const TAKES_ANYTHING: u8 = 4;
    const WRONG_NAME: u8 = 5;
    const TAKEN_KEY: u8 = 6;
    const KINDS_MISSING: u8 = 7;

    const fn about(fault: u8) -> About {
        let about = About::named(if fault == WRONG_NAME { "Bounce" } else { "bounce" });
        match fault {
            TAKEN_KEY => About {
                controls: Controls { primary: Some(Control::new("Kick", ["KeyO", ""])), ..about.controls },
                ..about
            },
            KINDS_MISSING => {
                const BALL: KindAbout = KindAbout { title: "Ball", icon: Icon::Disc };
                About { kinds: &[BALL, BALL], ..about }
            }
            _ => about,
        }
    }

    /// State outside of the game, which no game may read: each match that is played changes it.
    static OUTSIDE: AtomicI32 = AtomicI32::new(0);

    impl<const FAULT: u8> Simulation for Bounce<FAULT> {
        type Command = ();
        type Order = ();
        type Entity = Ball;
        type Event = Infallible;
        type Scenario = NoScenario;

        const ABOUT: About = about(FAULT);

        fn map(_: &NoScenario) {}

        fn size_units(_: &NoScenario) -> (f32, f32) {
            (1000.0, 1.0)
        }

        fn new(_: &NoScenario, seed: u64) -> Self {
            let mut table = EntityTable::with_capacity(4);
            table.spawn(Ball { x: (seed % 1000) as i32, v: 5 });
            Self { table, steps: 0 }
        }

        fn step(&mut self, tick: Tick, _: &[PlayerInput<()>], _: &Past<'_, Ball>, _: &mut Vec<Infallible>) {
            self.table.begin_tick(tick);
            self.steps += 1;
            for (_, ball) in self.table.iter_mut() {
                ball.advance(&());
                match FAULT {
                    OUT_OF_RANGE if self.steps == 50 => ball.x = 1000,
                    NOT_THE_SAME => ball.v = OUTSIDE.fetch_add(1, Ordering::Relaxed) % 9,
                    FORGETS if self.steps.is_multiple_of(310) => ball.v = 0,
                    _ => {}
                }
            }
        }

        fn entities(&self) -> &EntityTable<Ball> {
            &self.table
        }

        fn save(&self, out: &mut Vec<u8>) {
            let mut writer = BitWriter::new();
            self.table.save(&mut writer);
            out.extend_from_slice(writer.finish());
        }

        fn load(scenario: &NoScenario, bytes: &[u8]) -> Result<Self, LoadError> {
            let mut reader = BitReader::new(bytes);
            match EntityTable::load(4, &mut reader) {
                Err(_) if FAULT == TAKES_ANYTHING => Ok(Self::new(scenario, 0)),
                table => {
                    let table = table?;
                    reader.end()?;
                    Ok(Self { table, steps: 0 })
                }
            }
        }
    }

    fn sentence<const FAULT: u8>() -> String {
        check_game::<Bounce<FAULT>>(&NoScenario {}).err().unwrap_or_default()
    }

    #[test]
    fn a_game_that_keeps_its_promises_passes() {
        assert_eq!(sentence::<0>(), "");
        assert_eq!(check_game::<Toy>(&ToyScenario { kick_one_in: 20, loose: 3, elastic: true }), Ok(()));
    }

    #[test]
    fn a_key_of_what_a_game_does_not_have_is_free() {
        const ABOUT: About = About::named("keys");
        let with = |key: &'static str, about: About| {
            let primary = Some(Control::new("Kick", [key, ""]));
            check_keys(&About { controls: Controls { primary, ..about.controls }, ..about })
        };
        const BOARDS: &[Statistic] = &[Statistic::ranked("coins", "Coins", Merge::Sum)];
        for (key, about) in [
            (MARKET_KEY, About { has_market: true, ..ABOUT }),
            (BOARDS_KEY, About { statistics: BOARDS, ..ABOUT }),
        ] {
            assert_eq!(with(key, ABOUT), Ok(()));
            assert!(with(key, about).unwrap_err().contains(key));
        }
    }

    #[test]
    fn what_is_broken_is_named() {
        for (told, words) in [
            (sentence::<OUT_OF_RANGE>(), "ball: x = 1000 is not in 0..=999 in tick 49 of a match"),
            (sentence::<NOT_THE_SAME>(), "it knows something besides state and commands"),
            (sentence::<FORGETS>(), "what was loaded goes on as another match"),
            (sentence::<TAKES_ANYTHING>(), "`load` takes the first 0 of"),
            (sentence::<WRONG_NAME>(), "the name \"Bounce\" has other characters"),
            (sentence::<TAKEN_KEY>(), "the key KeyO does something else already"),
            (sentence::<KINDS_MISSING>(), "2 kinds, and the table has 1"),
        ] {
            assert!(told.contains(words), "{told:?} does not say {words:?}");
        }
    }

    #[test]
    fn tables_that_cannot_be_sent_are_named() {
        const NONE: Field = Field::constant("none", (1, 0), "1");
        const RARE: Field = Field::constant("rare", (0, 9), "1").often(10);
        const PUSH: Field = Field::control("push", (0, 3));
        let kind = |name, fields| Kind { name, fields, ..Ball::KIND };
        for (kinds, words) in [
            (vec![], "no kinds"),
            (vec![Ball::KIND, Ball::KIND], "two kinds \"ball\""),
            (vec![kind("a", &[NONE])], "a: none has no values"),
            (vec![kind("a", &[RARE])], "the common value of rare"),
            (vec![kind("a", &[PUSH, PUSH])], "2 control fields"),
            (vec![kind("a", &[PUSH; MAX_FIELDS + 1])], "17 fields, at most 16"),
        ] {
            let told = check_kinds(&kinds).err().unwrap_or_default();
            assert!(told.contains(words), "{told:?} does not say {words:?}");
        }
    }
}
