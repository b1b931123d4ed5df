//! The stage over made-up scenes and over the demonstration match.

use super::*;
use crate::class::{ShipClass, Team};
use crate::entity::{Contest, Hold, Phase, Ship, fresh_lance};
use crate::event::Weapon;
use crate::map::ArenaMap;
use crate::scenario::Scenario;
use crate::tuning::MISSILE_RELOAD_TICKS;
use crate::view::sounds;
use glam::Vec3;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{RoundResult, Seen, Simulation};
use perigee_shared::presentation::{Color, ColorSet, FreeArea, HudColor, Sound};
use perigee_shared::protocol::RosterEntry;

const VIEW: Viewport = Viewport { aspect: 1.6, height_px: 720.0, free: FreeArea::WHOLE };
const ME: PlayerId = PlayerId(1);
const FOE: PlayerId = PlayerId(2);

struct World {
    scenario: Scenario,
    map: ArenaMap,
    roster: Vec<RosterEntry>,
}

fn world() -> World {
    let scenario = Scenario::default();
    let entry = |player: PlayerId, name: &str, score: i32| RosterEntry {
        player,
        name: name.to_owned(),
        standing: perigee_shared::netcode::Standing { score, ..Default::default() },
        bot: false,
    };
    let mut roster = vec![entry(ME, "Ada", 100), entry(FOE, "Bob", 300)];
    roster.extend((3..12).map(|seat| entry(PlayerId(seat), &format!("P{seat}"), 200)));
    World { map: Arena::map(&scenario), scenario, roster }
}

fn seen(slot: u16, owner: PlayerId, at: Vec2) -> Seen<ArenaEntity> {
    let entity = ArenaEntity::Ship(fresh_lance(owner, at, 0));
    Seen { slot: Some(Slot(slot)), entity, pose: entity.pose() }
}

fn scene(world: &World, alive: bool, events: Vec<ArenaEvent>) -> Scene<'_, Arena> {
    Scene {
        me: ME,
        scenario: &world.scenario,
        map: &world.map,
        own: alive.then(|| seen(5, ME, Vec2::new(1200.0, 800.0))),
        others: vec![seen(6, FOE, Vec2::new(1300.0, 860.0))],
        events,
        roster: &world.roster,
        view_tick: 10.0,
        predicted_tick: 14.0,
    }
}

fn stage() -> ArenaStage {
    ArenaStage::new(Comfort::default())
}

fn frame(stage: &mut ArenaStage, scene: &Scene<'_, Arena>) -> DrawList {
    let mut list = DrawList::default();
    stage.frame(scene, 1.0 / 60.0, VIEW, &mut list);
    list
}

fn is_sound(list: &DrawList) -> bool {
    let count = list.vertices().count();
    list.left_out() == 0
        && list.vertices().all(|v| v.position.is_finite() && v.falloff.is_finite())
        && list.indices().iter().all(|&index| (index as usize) < count)
}

#[test]
fn every_frame_of_the_demonstration_can_be_painted() {
    let mut stage = stage();
    let mut list = DrawList::default();
    for n in 0..900 {
        list.clear();
        let dt_s = [1.0 / 60.0, 1.0 / 144.0, 0.5, 0.0][n % 4];
        stage.ambient(dt_s, VIEW, &mut list);
        assert!(is_sound(&list), "frame {n}");
    }
}

#[test]
fn strange_windows_and_times_do_no_harm() {
    let world = world();
    let mut stage = stage();
    for viewport in [
        Viewport { aspect: 0.0, height_px: 0.0, free: FreeArea::WHOLE },
        Viewport { aspect: f32::INFINITY, height_px: 1.0, free: FreeArea::WHOLE },
        Viewport { aspect: f32::NAN, height_px: f32::NAN, free: FreeArea::WHOLE },
    ] {
        for dt_s in [f32::NAN, -1.0, 1e9] {
            let mut list = DrawList::default();
            stage.frame(&scene(&world, true, Vec::new()), dt_s, viewport, &mut list);
            stage.ambient(dt_s, viewport, &mut list);
            assert!(list.vertices().all(|v| v.position.is_finite()));
        }
    }
}

#[test]
fn death_fades_then_names_the_killer_and_counts_down() {
    let world = world();
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    let died = ArenaEvent::Destroyed { target: Slot(5), victim: ME, by: FOE, with: Weapon::Gun };
    frame(&mut stage, &scene(&world, false, vec![died]));
    assert_eq!(stage.hud(&scene(&world, false, Vec::new())).notice, None);
    (0..40).for_each(|_| drop(frame(&mut stage, &scene(&world, false, Vec::new()))));
    let later = Scene { predicted_tick: 14.0 + 20.0, ..scene(&world, false, Vec::new()) };
    frame(&mut stage, &later);
    let hud = stage.hud(&later);
    assert_eq!(hud.notice.as_deref(), Some("Bob got you with a gun – back in 3 s"));
    assert_eq!(
        hud.event_feed.last().map(|line| (line.text.as_str(), line.own)),
        Some(("Bob got you (gun)", true))
    );
    assert!(hud.gauges.is_empty());
    frame(&mut stage, &scene(&world, true, Vec::new()));
    assert_eq!(stage.hud(&scene(&world, true, Vec::new())).notice, None);
}

/// Frames of somebody who is dead and does nothing.
fn wait_dead(stage: &mut ArenaStage, world: &World, frames: u32) {
    for _ in 0..frames {
        stage.rest(&RawInput::default());
        frame(stage, &scene(world, false, Vec::new()));
    }
}

fn gun_of(by: PlayerId) -> ArenaEvent {
    ArenaEvent::Destroyed { target: Slot(5), victim: ME, by, with: Weapon::Gun }
}

#[test]
fn the_replay_says_that_it_is_one_and_is_skipped_by_what_is_pressed_anew() {
    let press = |held: Held, stick: Option<Vec2>| RawInput { held, stick, ..RawInput::default() };
    let none = Held::default();
    let presses = [
        (press(none, None), false),
        (press(Held { forward: true, ..none }, None), false),
        (press(Held { forward: true, primary: true, ..none }, None), true),
        (press(none, Some(Vec2::ZERO)), true),
        (press(Held { left: true, ..none }, None), true),
    ];
    for (input, skips) in presses {
        let world = world();
        let mut stage = stage();
        (0..60).for_each(|_| drop(frame(&mut stage, &scene(&world, true, Vec::new()))));
        // The engine is on when the ship goes, and stays on.
        stage.command(&press(Held { forward: true, ..none }, None), None);
        frame(&mut stage, &scene(&world, false, vec![gun_of(FOE)]));
        let is_replay = |stage: &ArenaStage| stage.hud(&scene(&world, false, Vec::new())).is_replay;
        assert!(!is_replay(&stage), "first the end itself");
        let held = press(Held { forward: true, ..none }, None);
        for _ in 0..30 {
            stage.rest(&held);
            frame(&mut stage, &scene(&world, false, Vec::new()));
        }
        assert!(is_replay(&stage));
        stage.rest(&input);
        frame(&mut stage, &scene(&world, false, Vec::new()));
        assert_eq!(is_replay(&stage), !skips, "{input:?}");
        frame(&mut stage, &scene(&world, true, Vec::new()));
        assert!(!is_replay(&stage), "a new ship ends it");
    }
}

#[test]
fn nothing_is_said_of_an_end_that_is_not_known() {
    let world = world();
    let notice = |stage: &ArenaStage| stage.hud(&scene(&world, false, Vec::new())).notice;
    // A round begins anew, or the event of the end is lost.
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    wait_dead(&mut stage, &world, 40);
    assert_eq!(notice(&stage).as_deref(), Some("Launching"));
    // The event comes late, when the next ship flies already: a line of the feed, not a notice.
    frame(&mut stage, &scene(&world, true, vec![gun_of(FOE)]));
    assert_eq!(notice(&stage), None);
    wait_dead(&mut stage, &world, 40);
    assert_eq!(notice(&stage).as_deref(), Some("Launching"), "that was another ship's end");
}

#[test]
fn who_blows_themself_up_is_told_so() {
    let world = world();
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    frame(&mut stage, &scene(&world, false, vec![gun_of(ME)]));
    wait_dead(&mut stage, &world, 40);
    let hud = stage.hud(&scene(&world, false, Vec::new()));
    assert_eq!(hud.notice.as_deref(), Some("Your own gun got you – back in 4 s"));
    assert_eq!(hud.event_feed.last().map(|line| line.text.as_str()), Some("You got yourself (gun)"));
}

#[test]
fn the_time_to_return_is_the_matchs_however_slow_the_screen_is() {
    let world = world();
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    frame(&mut stage, &scene(&world, false, vec![gun_of(FOE)]));
    // Two frames in two and a half seconds: each counts as a tenth of one for what is drawn.
    let mut list = DrawList::default();
    for ticks in [38.0, 75.0] {
        let later = Scene { predicted_tick: 14.0 + ticks, ..scene(&world, false, Vec::new()) };
        (0..3).for_each(|_| stage.frame(&later, 1.0, VIEW, &mut list));
    }
    let hud = stage.hud(&scene(&world, false, Vec::new()));
    assert_eq!(hud.notice.as_deref(), Some("Bob got you with a gun – back in 1 s"));
}

#[test]
fn news_and_scoreboard_tell_one_result() {
    let world = world();
    let told = |me: PlayerId, result: RoundResult| {
        let contest =
            Contest { phase: Phase::Scoreboard, left_ticks: 60, result: Some(result), ..Contest::default() };
        let over = || {
            let mut over = scene(&world, true, vec![ArenaEvent::RoundOver { result, best: Some(FOE) }]);
            let entity = ArenaEntity::Contest(contest);
            over.others.push(Seen { slot: Some(Slot(0)), entity, pose: entity.pose() });
            over.me = me;
            over
        };
        let mut stage = stage();
        frame(&mut stage, &over());
        let hud = stage.hud(&over());
        let end = hud.round.and_then(|round| round.result).expect("a result");
        let line = hud.event_feed.last().map(|line| line.text.clone()).expect("a line");
        assert_eq!(line, end.sentence(&Arena::ABOUT));
        (end.verdict(), line)
    };
    let words = |verdict: &str, line: &str| (verdict.to_owned(), line.to_owned());
    // The roster says that Bob has the most points; it does not decide.
    assert_eq!(told(ME, RoundResult::Draw), words("a draw", "The round ends in a draw"));
    assert_eq!(told(ME, RoundResult::Nobody), words("nobody wins", "Nobody won the round"));
    assert_eq!(told(ME, RoundResult::Team(2)), words("Team B wins", "Team B won the round"));
    assert_eq!(told(ME, RoundResult::Player(ME)), words("you win", "You won the round"));
    assert_eq!(told(FOE, RoundResult::Player(ME)), words("Ada wins", "Ada won the round"));
    let left = words("somebody who left wins", "Somebody who left won the round");
    assert_eq!(told(ME, RoundResult::Departed), left);
}

#[test]
fn an_explosion_is_shown_where_the_ship_was_last_seen() {
    let world = world();
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    let before = stage.effects.counts().0;
    let mut after = scene(
        &world,
        true,
        vec![ArenaEvent::Destroyed { target: Slot(6), victim: FOE, by: ME, with: Weapon::Beam }],
    );
    after.others.clear();
    frame(&mut stage, &after);
    assert!(stage.effects.counts().0 > before + 30);
}

#[test]
fn the_scoreboard_has_five_rows_and_the_own_one() {
    let world = world();
    let hud = stage().hud(&scene(&world, true, Vec::new()));
    assert_eq!(hud.scores.len(), 6);
    assert_eq!((hud.scores[0].name.as_str(), hud.scores[0].rank), ("Bob", 1));
    assert_eq!(hud.scores[4].rank, 2, "equal scores share a place");
    assert_eq!((hud.scores[5].own, hud.scores[5].rank), (true, 11));
    assert_eq!(hud.players, 11);
}

#[test]
fn names_stand_over_others_only() {
    let world = world();
    let mut stage = stage();
    frame(&mut stage, &scene(&world, true, Vec::new()));
    let hud = stage.hud(&scene(&world, true, Vec::new()));
    assert_eq!(hud.markers.len(), 1);
    let marker = &hud.markers[0];
    assert_eq!(marker.color, HudColor::Foe);
    assert_eq!(marker.text, "Bob");
    assert!(marker.x > 0.0 && marker.y > 0.0 && marker.x < 1.0 && marker.y < 1.0);
    let dots = hud.minimap.expect("the arena has a map").dots;
    assert!(!dots.is_empty() && dots.iter().all(|dot| dot.at == dot.at.clamp(Vec2::ZERO, Vec2::ONE)));
}

#[test]
fn the_stick_knows_the_ships_course() {
    let mut ship = fresh_lance(ME, Vec2::new(1200.0, 800.0), 0);
    let pull_back = |ship: Ship| {
        let input = RawInput { stick: Some(Vec2::NEG_X), ..RawInput::default() };
        stage().command(&input, Some(&ArenaEntity::Ship(ship))).brake
    };
    assert!(!pull_back(ship), "nothing to brake");
    ship.velocity = crate::entity::GridVec::of_ship_velocity(Vec2::X * 150.0);
    assert!(pull_back(ship));
}

/// What is heard when a scene like the usual one changes.
fn heard(change: impl FnOnce(&mut Scene<'_, Arena>)) -> Vec<&'static Sound> {
    let (world, mut stage) = (world(), stage());
    let start = || {
        let mut start = scene(&world, true, Vec::new());
        // One ship out of sight, but not out of hearing, and an empty hold.
        start.others.push(seen(7, FOE, Vec2::new(2200.0, 800.0)));
        start.others.push(holding(0));
        start
    };
    frame(&mut stage, &start());
    assert_eq!(stage.cues().count(), 0, "nothing has happened");
    let mut changed = start();
    change(&mut changed);
    frame(&mut stage, &changed);
    stage.cues().map(|cue| cue.sound).collect()
}

fn holding(iron: u16) -> Seen<ArenaEntity> {
    let entity = ArenaEntity::Hold(Hold { owner: ME, credits: 100, goods: [iron, 0, 0, 0, 0] });
    Seen { slot: Some(Slot(90)), entity, pose: entity.pose() }
}

fn ship_of(seen: &mut Seen<ArenaEntity>) -> &mut Ship {
    match &mut seen.entity {
        ArenaEntity::Ship(ship) => ship,
        other => panic!("{other:?}"),
    }
}

fn own_ship<'a>(scene: &'a mut Scene<'_, Arena>) -> &'a mut Ship {
    ship_of(scene.own.as_mut().expect("alive"))
}

fn fires(ship: &mut Ship, class: ShipClass) {
    (ship.class, ship.cooldown) = (class, class.tuning().cooldown_ticks);
}

fn hit(target: u16, by: PlayerId, pierced: bool) -> ArenaEvent {
    ArenaEvent::Hit { target: Slot(target), by, damage: 9, pierced, with: Weapon::Gun }
}

fn end_of(target: u16, victim: PlayerId, by: PlayerId) -> ArenaEvent {
    ArenaEvent::Destroyed { target: Slot(target), victim, by, with: Weapon::Gun }
}

/// What is heard of what `sound` stands for. A new sound needs its source here.
fn heard_of(sound: &'static Sound) -> Vec<&'static Sound> {
    match sound.name {
        "own_shot" => heard(|scene| fires(own_ship(scene), ShipClass::Lance)),
        "other_shot" => heard(|scene| fires(ship_of(&mut scene.others[0]), ShipClass::Lance)),
        "beam" => heard(|scene| fires(own_ship(scene), ShipClass::Dart)),
        "missile_launch" => heard(|scene| own_ship(scene).rack = MISSILE_RELOAD_TICKS),
        "hit_given" => heard(|scene| scene.events.push(hit(6, ME, true))),
        "hit_taken" => heard(|scene| scene.events.push(hit(5, FOE, true))),
        "shield_flash" => heard(|scene| scene.events.push(hit(6, ME, false))),
        "explosion" => heard(|scene| scene.events.push(end_of(6, FOE, PlayerId(3)))),
        "far_explosion" => heard(|scene| scene.events.push(end_of(7, FOE, PlayerId(3)))),
        "pickup" => heard(|scene| *scene.others.last_mut().expect("the hold") = holding(3)),
        "kill" => heard(|scene| scene.events.push(end_of(6, FOE, ME))),
        "low_hull" => heard(|scene| own_ship(scene).hull /= 5),
        "capture" => heard(|scene| scene.events.push(ArenaEvent::Captured { team: Team::A, by: FOE })),
        other => panic!("{other} has no source"),
    }
}

#[test]
fn every_sound_has_its_source() {
    for &sound in sounds::ALL.iter().chain(crate::event::SOUNDS) {
        let heard = heard_of(sound);
        assert!(heard.contains(&sound), "{}: {heard:?}", sound.name);
    }
    assert!(heard(|_| ()).is_empty(), "no sound without one");
}

#[test]
fn a_hold_that_fills_at_a_station_or_empties_is_no_pickup() {
    let sold = heard(|scene| *scene.others.last_mut().expect("the hold") = holding(0));
    assert!(sold.is_empty(), "{sold:?}");
    let station = world().map.stations[0].centre;
    let bought = heard(|scene| {
        own_ship(scene).position = crate::entity::GridVec::of_position(station);
        *scene.others.last_mut().expect("the hold") = holding(3);
    });
    assert!(!bought.contains(&&sounds::PICKUP), "{bought:?}");
}

/// How many corners of a drawn frame have that colour's hue, however bright.
fn corners_like(list: &DrawList, Color([r, g, b, _]): Color) -> usize {
    let hue = |[r, g, b]: [u8; 3]| Vec3::from([r, g, b].map(f32::from)).normalize_or_zero();
    let wanted = hue([r, g, b]);
    list.vertices().filter(|v| hue([v.color.0[0], v.color.0[1], v.color.0[2]]).dot(wanted) > 0.9995).count()
}

#[test]
fn the_colour_sets_change_what_is_drawn_from_the_start_and_while_it_runs() {
    let world = world();
    let shows = |stage: &mut ArenaStage| {
        let list = frame(stage, &scene(&world, true, Vec::new()));
        let sides = |set: ColorSet| {
            let palette = Palette::of(set);
            [palette.own, palette.enemy].map(|color| corners_like(&list, color) > 3)
        };
        (sides(ColorSet::Standard), sides(ColorSet::Safe))
    };
    let (standard, safe) = (([true; 2], [false; 2]), ([false; 2], [true; 2]));
    let safe_comfort = Comfort { palette: ColorSet::Safe, ..Comfort::default() };
    assert_eq!(shows(&mut ArenaStage::new(safe_comfort)), safe);
    let mut changing = stage();
    assert_eq!(shows(&mut changing), standard);
    changing.set_comfort(safe_comfort);
    assert_eq!(shows(&mut changing), safe);
    changing.set_comfort(Comfort::default());
    assert_eq!(shows(&mut changing), standard);
}
