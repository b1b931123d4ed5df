//! That the arena's chapter of the protocol tells the truth: its constants, its map and what a tick makes of a row.

use super::chapters::{self, ARENA, assert_constants, assert_vectors, named, table};
use perigee_arena::class::{Barrel, CLASSES, ClassTuning};
use perigee_arena::entity::{
    GridVec, IMPULSE_QUANTA_LOG2, MAX_ARENA_UNITS, MAX_SHIP_SPEED_UNITS_PER_S, MAX_SPEED_UNITS_PER_S,
    MAX_TEAM_SCORE, QUANTA_PER_TURN, QUANTA_PER_UNIT,
};
use perigee_arena::movement::turn_quanta_per_step;
use perigee_arena::tuning::{
    BRAKE_PER_S, CAPTURE_TICKS, CRATE_DRAG_PER_S, CRATE_RADIUS_UNITS, DOCK_RADIUS_UNITS, ENERGY,
    MAX_CRATE_SPEED_UNITS_PER_S, MISSILE_ENERGY, MISSILE_LIFE_TICKS, MISSILE_RELOAD_TICKS,
    MISSILE_SPEED_UNITS_PER_S, SHIELD_PER_TICK, SHIP_BOUNCE, SHIP_PARTING_UNITS_PER_S, SHIP_RADIUS_UNITS,
    WALL_BOUNCE, ZONE_RADIUS_UNITS,
};
use perigee_arena::{Arena, ArenaEntity, Missile, Scenario, ShipClass, Team};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Entity, Simulation};
use perigee_shared::protocol::schema_hash;
use perigee_shared::tick::TICK_SECONDS;

#[test]
fn its_constants_are_the_codes() {
    let mut constants = named![
        DOCK_RADIUS_UNITS,
        ZONE_RADIUS_UNITS,
        TICK_SECONDS,
        QUANTA_PER_UNIT,
        QUANTA_PER_TURN,
        MAX_ARENA_UNITS,
        MAX_SPEED_UNITS_PER_S,
        MAX_SHIP_SPEED_UNITS_PER_S,
        MAX_CRATE_SPEED_UNITS_PER_S,
        BRAKE_PER_S,
        SHIP_RADIUS_UNITS,
        CRATE_RADIUS_UNITS,
        WALL_BOUNCE,
        ENERGY,
        SHIELD_PER_TICK,
        MISSILE_RELOAD_TICKS,
        MISSILE_ENERGY,
        MISSILE_LIFE_TICKS,
        MISSILE_SPEED_UNITS_PER_S,
        CRATE_DRAG_PER_S,
        CAPTURE_TICKS,
        MAX_TEAM_SCORE,
        SHIP_BOUNCE,
        SHIP_PARTING_UNITS_PER_S,
    ];
    constants.push(("MISSILE_TURN_QUANTA", missile_turn_quanta().to_string()));
    constants.push(("IMPULSE_QUANTA", (1 << IMPULSE_QUANTA_LOG2).to_string()));
    assert_constants(ARENA, &constants);
    for (index, class) in CLASSES.iter().enumerate() {
        let row = class_row(ShipClass::ALL[index], class);
        assert!(ARENA.contains(&row), "{row}");
    }
}

fn missile_turn_quanta() -> u16 {
    let position = GridVec { x: 25_600, y: 25_600 };
    let missile = Missile { owner: PlayerId(0), team: Team::Free, turn: 1, position, angle: 0, life: 120 };
    let mut missile = ArenaEntity::Missile(missile);
    missile.advance(&Arena::map(&Scenario::default()));
    let ArenaEntity::Missile(missile) = missile else { panic!("{missile:?}") };
    missile.angle
}

fn class_row(class: ShipClass, tuning: &ClassTuning) -> String {
    let (index, turn_quanta) = (class.index(), turn_quanta_per_step(class));
    let shot = match tuning.barrel {
        Barrel::Beam { .. } => "beam | beam".to_owned(),
        Barrel::Gun { speed_units_per_s, life_ticks } => format!("{speed_units_per_s} | {life_ticks}"),
    };
    let ClassTuning { name, top_speed_units_per_s, acceleration_units_per_s2, .. } = tuning;
    let ClassTuning { hull, shield, energy_per_tick, energy_per_firing, cooldown_ticks, .. } = tuning;
    format!(
        "\n| {index} {name} | {top_speed_units_per_s} | {acceleration_units_per_s2} | {turn_quanta} | {hull} | \
         {shield} | {energy_per_tick} | {energy_per_firing} | {cooldown_ticks} | {shot} |\n"
    )
}

#[test]
fn its_scenario_and_its_schema_are_the_codes() {
    let bytes = super::hex(&chapters::scenario_bytes::<Arena>(Scenario::default()));
    let (_, told) = ARENA.split_once("The defaults are `").unwrap();
    assert_eq!(told.split('`').next().unwrap().replace(' ', ""), bytes);
    let schema = schema_hash::<Arena>();
    assert!(ARENA.contains(&format!("its schema is `{schema:016x}`")), "{schema:016x}");
}

#[test]
fn its_map_is_the_codes() {
    let map = Arena::map(&Scenario::default());
    let mut wanted: Vec<[String; 4]> = Vec::new();
    for station in &map.stations {
        let (x, y) = station.centre.into();
        wanted.push([station.name().to_owned(), x.to_string(), y.to_string(), DOCK_RADIUS_UNITS.to_string()]);
    }
    for (at, rock) in map.asteroids.iter().enumerate().take(4) {
        let (x, y) = rock.centre.into();
        wanted.push([format!("rock {at}"), x.to_string(), y.to_string(), rock.radius_units.to_string()]);
    }
    let told = table(ARENA, "## Map", "| place | x | y | radius |");
    let lines: Vec<String> = wanted.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
    assert_eq!(told, wanted, "the code gives\n{}", lines.join("\n"));
}

#[test]
fn a_tick_makes_of_each_row_what_it_says() {
    let map = Arena::map(&Scenario::default());
    assert_vectors::<ArenaEntity>(ARENA, "## Step vectors", |before| {
        chapters::foreseen::<Arena>(before, &map)
    });
}

#[test]
fn ships_that_meet_become_what_it_says() {
    let map = Arena::map(&Scenario::default());
    assert_vectors::<ArenaEntity>(ARENA, "Two ships that meet", |before| {
        before[0].meet(&before[1], &map).map_or_else(|| before.to_vec(), |(a, b)| vec![a, b])
    });
}

#[test]
fn a_ship_brings_forth_what_it_says() {
    let map = Arena::map(&Scenario::default());
    assert_vectors::<ArenaEntity>(ARENA, "What a ship brings forth", |before| {
        before.iter().filter_map(|ship| Arena::offspring(ship, &map)).collect()
    });
}
