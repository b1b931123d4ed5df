//! What the stage draws, says and sounds of a match.

use super::*;
use crate::entity::{Match, Phase, Puck};
use crate::rink::Rink;
use crate::scenario::Scenario;
use crate::tuning::{MAX_ENERGY, QUANTA_PER_UNIT, STRIKE_TICKS};
use crate::view::sounds;
use glam::IVec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Entity, RoundPhase, RoundResult, Seen};
use perigee_shared::presentation::{FreeArea, HudColor, RoundEnd};
use perigee_shared::protocol::RosterEntry;

const ME: PlayerId = PlayerId(3);
const OTHER: PlayerId = PlayerId(4);

/// What a player sees, to change and to show.
struct Sight {
    scenario: Scenario,
    rink: Rink,
    roster: Vec<RosterEntry>,
    own: Option<Mallet>,
    other: Mallet,
    puck: Puck,
    contest: Match,
}

fn mallet(owner: PlayerId, team: Team, at: (i32, i32)) -> Mallet {
    Mallet {
        owner,
        team,
        position: IVec2::from(at) * QUANTA_PER_UNIT,
        energy: MAX_ENERGY,
        cooldown: 0,
        ..sprite_mallet(1)
    }
}

impl Sight {
    fn new() -> Self {
        let entry =
            |player, name: &str| RosterEntry { player, name: name.to_owned(), ..RosterEntry::default() };
        Self {
            scenario: Scenario::default(),
            rink: Rink::new(&Scenario::default()),
            roster: vec![entry(ME, "Me"), entry(OTHER, "Ann")],
            own: Some(mallet(ME, Team::Frost, (400, 280))),
            other: mallet(OTHER, Team::Ember, (700, 280)),
            puck: Puck { position: IVec2::new(550, 280) * QUANTA_PER_UNIT, ..Puck::default() },
            contest: Match {
                phase: Phase::Playing,
                clock_ticks: 900,
                period: 1,
                scores: [2, 1],
                ..Match::default()
            },
        }
    }

    fn scene(&self, events: &[HockeyEvent]) -> Scene<'_, Hockey> {
        let seen =
            |slot: u16, entity: HockeyEntity| Seen { slot: Some(Slot(slot)), entity, pose: entity.pose() };
        Scene {
            me: ME,
            scenario: &self.scenario,
            map: &self.rink,
            own: self.own.map(|mallet| seen(2, HockeyEntity::Mallet(mallet))),
            others: vec![
                seen(0, HockeyEntity::Puck(self.puck)),
                seen(1, HockeyEntity::Match(self.contest)),
                seen(3, HockeyEntity::Mallet(self.other)),
            ],
            events: events.to_vec(),
            roster: &self.roster,
            view_tick: 10.0,
            predicted_tick: 12.0,
        }
    }
}

const VIEWPORT: Viewport = Viewport { aspect: 1.6, height_px: 800.0, free: FreeArea::WHOLE };

fn frame(stage: &mut HockeyStage, scene: &Scene<'_, Hockey>) -> DrawList {
    let mut list = DrawList::default();
    stage.frame(scene, 1.0 / 60.0, VIEWPORT, &mut list);
    assert!(list.vertices().all(|vertex| vertex.position.is_finite() && vertex.falloff.is_finite()));
    assert_eq!(list.left_out(), 0);
    list
}

fn heard(stage: &mut HockeyStage) -> Vec<&'static Sound> {
    stage.cues().map(|cue| cue.sound).collect()
}

#[test]
fn a_strike_is_seen_and_heard_in_the_frame_in_which_it_is_foreseen() {
    for is_own in [true, false] {
        let (mut sight, mut stage) = (Sight::new(), HockeyStage::new(Comfort::default()));
        let near = IVec2::new(435, 280) * QUANTA_PER_UNIT;
        sight.puck.position = if is_own { near } else { IVec2::new(665, 280) * QUANTA_PER_UNIT };
        frame(&mut stage, &sight.scene(&[]));
        assert!(heard(&mut stage).is_empty());
        sight.puck.velocity.x = if is_own { 4000 } else { -4000 };
        let striker = if is_own { sight.own.as_mut().unwrap() } else { &mut sight.other };
        striker.cooldown = STRIKE_TICKS;
        let before = stage.effects.count();
        frame(&mut stage, &sight.scene(&[]));
        assert_eq!(heard(&mut stage), [if is_own { &sounds::OWN_STRIKE } else { &sounds::OTHER_STRIKE }]);
        assert!(stage.effects.count() > before);
        frame(&mut stage, &sight.scene(&[]));
        assert!(heard(&mut stage).is_empty(), "once");
    }
}

#[test]
fn boards_and_mallets_are_heard_and_friction_and_a_face_off_are_not() {
    let (mut sight, mut stage) = (Sight::new(), HockeyStage::new(Comfort::default()));
    sight.puck.velocity.x = 3000;
    frame(&mut stage, &sight.scene(&[]));
    sight.puck.velocity.x = 2900;
    frame(&mut stage, &sight.scene(&[]));
    assert!(heard(&mut stage).is_empty());
    sight.puck.velocity.x = -2600;
    frame(&mut stage, &sight.scene(&[]));
    assert_eq!(heard(&mut stage), [&sounds::BOARD], "a board");
    (0..6).for_each(|_| drop(frame(&mut stage, &sight.scene(&[]))));
    sight.puck.position.x = 435 * QUANTA_PER_UNIT;
    frame(&mut stage, &sight.scene(&[]));
    assert!(heard(&mut stage).is_empty(), "put there");
    sight.puck.velocity.x = 1500;
    frame(&mut stage, &sight.scene(&[]));
    assert_eq!(heard(&mut stage), [&sounds::OWN_TOUCH], "the own mallet");
}

#[test]
fn a_goal_is_seen_at_once_and_told_in_words_by_the_server() {
    let (mut sight, mut stage) = (Sight::new(), HockeyStage::new(Comfort::default()));
    let line = sight.rink.goal_lines_units().1 as i32;
    sight.puck.position = IVec2::new(line, 280) * QUANTA_PER_UNIT;
    frame(&mut stage, &sight.scene(&[]));
    sight.puck.position = IVec2::new(line + 20, 280) * QUANTA_PER_UNIT;
    frame(&mut stage, &sight.scene(&[]));
    assert_eq!(heard(&mut stage), [&sounds::GOAL]);
    let goal = HockeyEvent::Goal { team: Team::Frost, by: Some(OTHER), assist: Some(ME), is_own_goal: false };
    sight.contest.phase = Phase::Goal;
    frame(&mut stage, &sight.scene(&[goal]));
    assert_eq!(heard(&mut stage), [&sounds::GOAL_SCORED]);
    assert_eq!(stage.flash.map(|(team, _)| team), Some(Team::Ember));
    let hud = stage.hud(&sight.scene(&[]));
    assert_eq!(hud.event_feed[0].text, "Ann scores for Frost, passed by Me");
    assert!(hud.event_feed[0].own);
    assert_eq!(hud.notice.as_deref(), Some("Ann scores for Frost"));
}

#[test]
fn the_hud_tells_score_clock_and_energy_and_what_one_waits_for() {
    let (mut sight, mut stage) = (Sight::new(), HockeyStage::new(Comfort::default()));
    sight.own.as_mut().unwrap().energy = MAX_ENERGY / 2;
    frame(&mut stage, &sight.scene(&[]));
    let hud = stage.hud(&sight.scene(&[]));
    let round = hud.round.unwrap();
    assert_eq!((round.phase, round.left_s, round.team_scores), (RoundPhase::Playing, 30, Some([2, 1])));
    assert_eq!((hud.gauges[0].name, hud.gauges[0].text.as_str()), ("energy", "50"));
    assert_eq!(
        (hud.markers.len(), hud.markers[0].text.as_str(), hud.markers[0].color),
        (1, "Ann", HudColor::Team(2))
    );
    assert_eq!(hud.notice, None);
    sight.contest.phase = Phase::FaceOff;
    sight.contest.left_ticks = 40;
    assert_eq!(stage.hud(&sight.scene(&[])).notice.as_deref(), Some("Face-off in 2"));
    sight.own = None;
    assert!(stage.hud(&sight.scene(&[])).notice.unwrap().starts_with("Both teams are full"));
    sight.contest = Match { phase: Phase::Scoreboard, result: Some(RoundResult::Team(2)), ..sight.contest };
    let round = stage.hud(&sight.scene(&[])).round.unwrap();
    assert!(round.is_over());
    assert_eq!(round.result, Some(RoundEnd::Team(2, "Ember")));
}

#[test]
fn a_spectator_sees_the_rink_follows_players_and_looks_nearer() {
    let (mut sight, mut stage) = (Sight::new(), HockeyStage::new(Comfort::default()));
    sight.own = None;
    sight.roster.retain(|entry| entry.player != ME);
    frame(&mut stage, &sight.scene(&[]));
    let whole = stage.view.camera;
    stage.watch(CameraRequest::Next);
    stage.watch(CameraRequest::Zoom(0.5));
    (0..200).for_each(|_| drop(frame(&mut stage, &sight.scene(&[]))));
    assert_eq!(stage.watched(&sight.scene(&[])), Some("Ann"));
    assert!(stage.view.camera.half_height_units < whole.half_height_units * 0.6);
    assert!(stage.view.project(Vec2::new(700.0, 280.0)).abs().max_element() < 0.5);
    stage.watch(CameraRequest::Free(Vec2::new(-0.5, f32::NAN)));
    stage.watch(CameraRequest::Free(Vec2::new(-0.5, 0.0)));
    frame(&mut stage, &sight.scene(&[]));
    assert_eq!(stage.watched(&sight.scene(&[])), None);
}

#[test]
fn both_marks_and_the_crowd_are_drawn_and_the_demonstration_is_silent() {
    let mut stage = HockeyStage::new(Comfort { reduced_motion: true, ..Comfort::default() });
    let mut list = DrawList::default();
    stage.draw_sprites(300, 0.1, VIEWPORT, &mut list);
    assert!(list.vertices().count() > 20_000 && list.left_out() == 0, "{}", list.vertices().count());
    for _ in 0..120 {
        list.clear();
        stage.ambient(1.0 / 60.0, VIEWPORT, &mut list);
    }
    assert!(list.vertices().count() > 500);
    assert_eq!(stage.cues().count(), 0);
    let drawn = |team: Team| {
        let mut list = DrawList::with_pixel(1.0);
        discs::draw_mallet(&mut list, &mallet(ME, team, (0, 0)), Vec2::ZERO, false, stage.palette);
        list.vertices().map(|vertex| vertex.position).collect::<Vec<_>>()
    };
    assert_ne!(drawn(Team::Frost), drawn(Team::Ember), "told apart without colours");
}
