//! Rules of a match, and that any saved state is refused or goes on.

use super::*;
use crate::about::Tally;
use crate::bot::{Bot, Level};
use crate::entity::Puck;
use crate::tuning::{FACE_OFF_TICKS, GOAL_TICKS, SCOREBOARD_TICKS, STUCK_TICKS};
use glam::IVec2;
use perigee_shared::netcode::{Event, History, Replicated, RoundPhase, RoundResult};
use proptest::prelude::*;

/// A match with some who play by bots that are inputs, as people's are, and some whom it drives itself.
#[derive(Debug)]
struct Play {
    hockey: Hockey,
    history: History<HockeyEntity>,
    bots: Vec<(PlayerId, Bot)>,
    tick: Tick,
    events: Vec<HockeyEvent>,
}

fn scenario(players_a_side: u32) -> Scenario {
    Scenario { players_a_side, period_s: 30, periods: 2, ..Scenario::default() }
}

impl Play {
    fn new(scenario: &Scenario) -> Self {
        let hockey = Hockey::new(scenario, 5);
        Self { hockey, history: History::default(), bots: Vec::new(), tick: Tick(0), events: Vec::new() }
    }

    /// Seats by these levels; `None` stands still.
    fn with(scenario: &Scenario, levels: &[Option<Level>]) -> Self {
        let mut play = Self::new(scenario);
        for (seat, level) in levels.iter().enumerate() {
            let player = PlayerId(seat as u16);
            play.hockey.join(player, Tick(0), Arrival::default());
            play.bots.extend(level.map(|level| (player, Bot::new(level, seat as u64))));
        }
        play
    }

    fn step(&mut self) -> u64 {
        self.tick = self.tick.plus(1);
        let Self { hockey, history, bots, tick, events } = self;
        // As the host does, for programs as well.
        let seats: Vec<PlayerId> = hockey.skaters.all().iter().map(|skater| skater.player).collect();
        let mut inputs = Vec::new();
        for player in seats {
            let bot = bots.iter_mut().find(|(other, _)| *other == player);
            let own = hockey.controlled(player).and_then(|slot| hockey.ice.table.get(slot));
            let seen = hockey.ice.table.iter().map(|(_, entity)| entity);
            let command = bot.map(|(_, bot)| bot.decide(own, seen, &hockey.ice.rink)).unwrap_or_default();
            inputs.push(PlayerInput::plain(player, command));
        }
        hockey.step(*tick, &inputs, &Past::new(history, *tick), events);
        history.push(*tick, hockey.entities());
        hockey.state_hash()
    }

    fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.step();
        }
    }

    /// Plays until the phase begins.
    fn play_until(&mut self, phase: Phase) {
        for _ in 0..20_000 {
            self.step();
            if self.hockey.ice.contest().phase == phase {
                return;
            }
        }
        panic!("{phase:?} never comes: {:?}", self.hockey.ice.contest());
    }

    fn saved(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.hockey.save(&mut bytes);
        bytes
    }

    fn put_puck(&mut self, at: (f32, f32), velocity: (i32, i32)) {
        let slot = self.hockey.ice.puck;
        let (position, velocity) = (skaters::quanta(at), IVec2::from(velocity));
        *self.hockey.ice.table.get_mut(slot).unwrap() =
            HockeyEntity::Puck(Puck { position, velocity, hold: 0 });
    }

    fn mallet(&self, seat: u16) -> Mallet {
        let slot = self.hockey.controlled(PlayerId(seat)).unwrap();
        match self.hockey.ice.table.get(slot) {
            Some(HockeyEntity::Mallet(mallet)) => *mallet,
            other => panic!("{other:?}"),
        }
    }

    fn touch(&mut self, seat: u16) {
        let player = PlayerId(seat);
        let team = self.hockey.skaters.get(player).unwrap().team.unwrap();
        self.hockey.puck_log.note(Touch { player, team, at: self.tick });
    }

    /// Lets a puck slide into the goal that `team` defends.
    fn score_against(&mut self, team: Team) -> HockeyEvent {
        let goal = self.hockey.ice.rink.goal_of(team);
        self.put_puck((goal.x + team.attack() * 16.0, goal.y), (-(team.attack() as i32) * 5000, 0));
        self.events.clear();
        self.play(6);
        let goal = self.events.iter().rfind(|event| matches!(event, HockeyEvent::Goal { .. }));
        *goal.unwrap_or_else(|| panic!("no goal: {:?}", self.hockey.ice.puck()))
    }
}

impl Play {
    fn tally(&self, seat: u16) -> Tally {
        self.hockey.skaters.get(PlayerId(seat)).unwrap().tally
    }
}

/// Four who stand still, in play.
fn statues() -> Play {
    let mut play = Play::with(&scenario(2), &[None; 4]);
    play.play_until(Phase::Playing);
    play
}

#[test]
fn a_match_begins_when_both_teams_have_somebody_and_ends_when_one_has_not() {
    let mut play = Play::with(&scenario(2), &[None]);
    play.play(100);
    assert_eq!(play.hockey.ice.contest().phase, Phase::Waiting);
    play.score_against_in_practice();
    play.hockey.join(PlayerId(1), play.tick, Arrival::default());
    play.step();
    assert_eq!(play.hockey.ice.contest().phase, Phase::FaceOff);
    assert_eq!(play.hockey.round().phase, RoundPhase::Playing);
    play.hockey.leave(PlayerId(1));
    play.step();
    assert_eq!(play.hockey.ice.contest(), Match::default());
}

impl Play {
    /// A goal that does not count; the puck comes back.
    fn score_against_in_practice(&mut self) {
        let goal = self.hockey.ice.rink.goal_of(Team::Ember);
        self.put_puck((goal.x - 16.0, goal.y), (5000, 0));
        self.play(6);
        assert!(self.events.is_empty() && self.hockey.ice.puck().position == self.hockey.ice.rink.middle());
    }
}

#[test]
fn at_a_face_off_everybody_stands_behind_their_own_line_until_it_is_over() {
    let mut play = Play::with(&scenario(4), &[Some(Level::Able); 8]);
    play.play_until(Phase::FaceOff);
    let middle = play.hockey.ice.rink.middle();
    let places: Vec<Mallet> = (0..8).map(|seat| play.mallet(seat)).collect();
    for mallet in &places {
        let behind = (middle.x - mallet.position.x) * mallet.team.attack() as i32;
        assert!(behind > crate::rink::Disc::Mallet.radius(), "{mallet:?}");
        let mirrored = places.iter().find(|other| {
            other.team != mallet.team
                && other.position.y == mallet.position.y
                && other.position.x == 2 * middle.x - mallet.position.x
        });
        assert!(mirrored.is_some(), "the sides mirror each other: {mallet:?}");
    }
    play.play(FACE_OFF_TICKS - 1);
    for (seat, before) in places.iter().enumerate() {
        assert_eq!(play.mallet(seat as u16).position, before.position, "still");
    }
    play.play(20);
    assert_eq!(play.hockey.ice.contest().phase, Phase::Playing);
    assert!((0..8).any(|seat| play.mallet(seat).position != places[usize::from(seat)].position));
}

#[test]
fn a_goal_counts_for_who_shot_it_and_who_passed() {
    let mut play = statues();
    let (one, two): (Vec<u16>, Vec<u16>) =
        (0..4).partition(|&seat| play.hockey.team(PlayerId(seat)) == Some(1));
    play.touch(one[1]);
    play.touch(one[0]);
    let (by, assist) = (Some(PlayerId(one[0])), Some(PlayerId(one[1])));
    let goal = play.score_against(Team::Ember);
    assert_eq!(goal, HockeyEvent::Goal { team: Team::Frost, by, assist, is_own_goal: false });
    assert_eq!(play.hockey.standing(PlayerId(one[0])).score, 1);
    assert_eq!(play.tally(one[0]), Tally { goals: 1, ..Tally::default() });
    assert_eq!(play.tally(one[1]), Tally { assists: 1, ..Tally::default() });
    assert_eq!(play.hockey.round().team_scores, [1, 0]);
    let clock = play.hockey.ice.contest().clock_ticks;
    play.play(GOAL_TICKS + FACE_OFF_TICKS - 10);
    assert_eq!(play.hockey.ice.contest().phase, Phase::FaceOff);
    assert_eq!(play.hockey.ice.contest().clock_ticks, clock, "the clock stands");
    // Grazed by a defender: still the attacker's.
    play.play_until(Phase::Playing);
    play.touch(two[0]);
    play.touch(one[0]);
    let goal = play.score_against(Team::Frost);
    let by = Some(PlayerId(two[0]));
    assert_eq!(goal, HockeyEvent::Goal { team: Team::Ember, by, assist: None, is_own_goal: false });
    // Long after anybody else: an own goal, which is nobody's.
    play.play_until(Phase::Playing);
    play.touch(one[0]);
    let goal = play.score_against(Team::Frost);
    let by = Some(PlayerId(one[0]));
    assert_eq!(goal, HockeyEvent::Goal { team: Team::Ember, by, assist: None, is_own_goal: true });
    assert_eq!(play.hockey.standing(PlayerId(one[0])).score, 1);
    assert_eq!(play.tally(one[0]).goals, 1);
}

#[test]
fn periods_follow_each_other_then_the_result_is_shown_and_all_begins_anew() {
    let mut play = statues();
    play.touch(0);
    play.score_against(Team::Ember);
    let scorer = play.hockey.team(PlayerId(0)).unwrap();
    assert_eq!(scorer, 1);
    play.play_until(Phase::Intermission);
    assert!(play.events.contains(&HockeyEvent::PeriodOver { period: 1 }));
    play.play_until(Phase::Playing);
    assert_eq!(play.hockey.ice.contest().period, 2);
    play.play_until(Phase::Scoreboard);
    let (result, best) = (RoundResult::Team(1), Some(PlayerId(0)));
    assert_eq!(play.events.last(), Some(&HockeyEvent::RoundOver { result, best }));
    assert_eq!(play.hockey.round().result, Some(result));
    play.play(SCOREBOARD_TICKS);
    let contest = play.hockey.ice.contest();
    assert_eq!(
        (contest.phase, contest.period, contest.scores, contest.result),
        (Phase::FaceOff, 1, [0, 0], None)
    );
    assert_eq!(play.hockey.standing(PlayerId(0)).score, 0);
    let draw = statues_to_the_end();
    assert_eq!(draw.hockey.ice.contest().result, Some(RoundResult::Draw));
    assert!((0..4).all(|seat| draw.tally(seat) == Tally::default()), "a draw is neither won nor lost");
}

#[test]
fn who_played_half_of_a_match_has_won_or_lost_it_and_who_came_at_the_end_has_not() {
    let mut play = Play::with(&Scenario { periods: 3, ..scenario(2) }, &[None; 4]);
    play.play_until(Phase::Playing);
    play.touch(0);
    play.score_against(Team::Ember);
    play.play_until(Phase::Intermission);
    play.play_until(Phase::Playing);
    let period = play.hockey.ice.contest().period;
    // Another takes the place of the first team's second player; and again in the last period.
    let second = (1..4).find(|&seat| play.hockey.team(PlayerId(seat)) == Some(1)).unwrap();
    play.hockey.leave(PlayerId(second));
    play.hockey.join(PlayerId(4), play.tick, Arrival::default());
    play.play_until(Phase::Intermission);
    play.play_until(Phase::Playing);
    assert_eq!((period, play.hockey.ice.contest().period), (2, 3));
    let other = (1..4).find(|&seat| play.hockey.team(PlayerId(seat)) == Some(2)).unwrap();
    play.hockey.leave(PlayerId(other));
    play.hockey.join(PlayerId(5), play.tick, Arrival::default());
    play.play_until(Phase::Scoreboard);
    let won = |seat| (play.tally(seat).wins, play.tally(seat).losses);
    assert_eq!(won(0), (1, 0), "all three periods");
    assert_eq!(won(4), (1, 0), "two of three");
    assert_eq!(won(5), (0, 0), "the last one");
    let stayed = (1..4).find(|&seat| seat != other && play.hockey.team(PlayerId(seat)) == Some(2)).unwrap();
    assert_eq!(won(stayed), (0, 1));
    play.play(SCOREBOARD_TICKS);
    let kept = Tally { wins: 1, ..Tally::default() };
    assert_eq!(play.tally(0), kept, "the next match counts its own goals");
}

fn statues_to_the_end() -> Play {
    let mut play = statues();
    play.play_until(Phase::Scoreboard);
    play
}

#[test]
fn a_puck_that_is_stuck_is_faced_off_and_one_that_moves_is_not() {
    let mut play = statues();
    play.put_puck((70.0, 70.0), (0, 0));
    play.events.clear();
    play.play(STUCK_TICKS - 2);
    assert_eq!(play.events, []);
    play.play(4);
    assert_eq!(play.events, [HockeyEvent::Stuck]);
    assert_eq!(play.hockey.ice.contest().phase, Phase::FaceOff);
    assert_eq!(play.hockey.ice.puck().position, play.hockey.ice.rink.middle());
    play.play_until(Phase::Playing);
    play.events.clear();
    for n in 0..12 {
        play.put_puck((300.0 + 100.0 * (n % 2) as f32, 70.0), (0, 0));
        play.play(STUCK_TICKS / 4);
    }
    assert_eq!(play.events, []);
}

#[test]
fn who_finds_no_place_waits_for_one_and_people_come_before_programs() {
    let mut play = Play::new(&scenario(1));
    let program = Arrival { driven: true, ..Arrival::default() };
    for (seat, arrival) in [(0, program), (1, program), (2, program)] {
        play.hockey.join(PlayerId(seat), play.tick, arrival);
    }
    play.step();
    let is_on_ice = |play: &Play, seat: u16| play.hockey.controlled(PlayerId(seat)).is_some();
    assert_eq!([0, 1, 2].map(|seat| is_on_ice(&play, seat)), [true, true, false]);
    play.hockey.join(PlayerId(3), play.tick, Arrival::default());
    play.hockey.join(PlayerId(4), play.tick, Arrival::default());
    play.hockey.join(PlayerId(5), play.tick, Arrival::default());
    play.step();
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(|seat| is_on_ice(&play, seat)),
        [false, false, false, true, true, false]
    );
    assert_eq!(play.hockey.standing(PlayerId(5)).team, 0);
    play.hockey.leave(PlayerId(3));
    play.step();
    assert!(is_on_ice(&play, 5));
    play.hockey.leave(PlayerId(4));
    play.step();
    assert!(is_on_ice(&play, 0), "the program that came first");
}

#[test]
fn teams_are_made_even_at_a_face_off() {
    let mut play = Play::with(&scenario(4), &[None; 6]);
    play.play_until(Phase::Playing);
    let second: Vec<u16> = (0..6).filter(|&seat| play.hockey.team(PlayerId(seat)) == Some(2)).collect();
    play.hockey.leave(PlayerId(second[0]));
    play.hockey.leave(PlayerId(second[1]));
    play.step();
    play.score_against(Team::Ember);
    play.play_until(Phase::FaceOff);
    let sizes =
        [1, 2].map(|team| (0..6).filter(|&seat| play.hockey.team(PlayerId(seat)) == Some(team)).count());
    assert_eq!(sizes, [2, 2]);
    play.play(10);
    for seat in (0..6).filter(|&seat| play.hockey.team(PlayerId(seat)).is_some()) {
        assert_eq!(Some(play.mallet(seat).team.number()), play.hockey.team(PlayerId(seat)));
    }
}

#[test]
fn fields_stay_in_their_ranges_and_play_stays_alive_for_ten_minutes_of_eight_minds() {
    let mut play = Play::new(&Scenario::default());
    for seat in 0..8 {
        play.hockey.join(PlayerId(seat), Tick(0), Arrival { driven: true, ..Arrival::default() });
    }
    let mut row = [0; perigee_shared::limits::MAX_FIELDS];
    for tick in 0..10 * 60 * TICK_HZ {
        play.step();
        for (_, entity) in play.hockey.ice.table.iter() {
            entity.read(&mut row);
            for (field, &value) in HockeyEntity::kinds()[entity.kind()].fields.iter().zip(&row) {
                assert!(field.allows(value), "tick {tick}: {} = {value} of {entity:?}", field.name);
            }
        }
    }
    let count = |is: fn(&HockeyEvent) -> bool| play.events.iter().filter(|event| is(event)).count();
    let goals = count(|event| matches!(event, HockeyEvent::Goal { .. }));
    let own = count(|event| matches!(event, HockeyEvent::Goal { is_own_goal: true, .. }));
    let stuck = count(|event| matches!(event, HockeyEvent::Stuck));
    println!("{goals} goals, {own} of them own, {stuck} stuck pucks in ten minutes");
    assert!((8..90).contains(&goals), "{goals} goals");
    assert!(own * 4 <= goals && stuck <= 12, "{own} own goals, {stuck} stuck pucks");
}

#[test]
fn a_loaded_match_goes_on_as_if_nothing_had_been() {
    let levels = [Level::Veteran, Level::Rookie, Level::Veteran, Level::Rookie].map(Some);
    let mut first = Play::with(&scenario(3), &levels);
    for seat in 4..7 {
        first.hockey.join(PlayerId(seat), Tick(0), Arrival { driven: true, ..Arrival::default() });
    }
    for round in 0..8 {
        first.play(173);
        if round == 3 {
            // With a goal just scored, its touches and its phase.
            first.play_until(Phase::Playing);
            first.score_against(Team::Ember);
        }
        // A mallet that is gone at once, so that slots rest with the present tick.
        first.hockey.leave(PlayerId(6));
        let bytes = first.saved();
        let mut hockey = Hockey::load(&scenario(3), &bytes).unwrap();
        for sim in [&mut first.hockey, &mut hockey] {
            sim.join(PlayerId(6), first.tick, Arrival { driven: round % 2 == 0, ..Arrival::default() });
        }
        let (history, bots) = (first.history.clone(), first.bots.clone());
        let mut second = Play { hockey, history, bots, tick: first.tick, events: Vec::new() };
        assert_eq!(second.saved(), first.saved());
        for _ in 0..300 {
            assert_eq!(second.step(), first.step(), "tick {}", first.tick.0);
            assert_eq!(second.saved(), first.saved(), "tick {}", first.tick.0);
        }
    }
}

#[test]
fn a_scenario_that_is_not_allowed_is_no_match() {
    let bytes = Play::new(&scenario(1)).saved();
    let wrong = Scenario { width_units: 0, ..scenario(1) };
    assert!(matches!(Hockey::load(&wrong, &bytes), Err(LoadError::Scenario(_))));
}

/// Whatever was loaded saves to what loads to the same, and can be played.
fn go_on(hockey: Hockey) {
    let bots = (0..6).map(|seat| (PlayerId(seat), Bot::new(Level::Able, 1))).collect();
    let mut play = Play { hockey, history: History::default(), bots, tick: Tick(7), events: Vec::new() };
    let again = Hockey::load(&scenario(3), &play.saved()).unwrap();
    assert_eq!(again.state_hash(), play.hockey.state_hash());
    play.play(60);
    for event in &play.events {
        event.encode(&mut perigee_shared::bits::BitWriter::new());
    }
    Hockey::load(&scenario(3), &play.saved()).unwrap();
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_a_match(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(hockey) = Hockey::load(&scenario(3), &noise) {
            go_on(hockey);
        }
    }

    #[test]
    fn flipped_bits_are_an_error_or_a_match(flips in proptest::collection::vec(any::<u16>(), 1..4)) {
        let mut play = Play::with(&scenario(3), &[Some(Level::Able); 5]);
        play.hockey.join(PlayerId(9), Tick(0), Arrival { driven: true, ..Arrival::default() });
        play.play(150);
        let mut bytes = play.saved();
        for flip in flips {
            let bit = usize::from(flip) % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(hockey) = Hockey::load(&scenario(3), &bytes) {
            go_on(hockey);
        }
    }
}
