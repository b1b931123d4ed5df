//! What hockey promises a player at a round trip of 100 ms, counted in virtual time: what goes in on the player's own screen
//! is a goal, and the puck that is touched is where it is seen.

use glam::Vec2;
use perigee_hockey::tuning::{MALLET_RADIUS, PUCK_RADIUS, QUANTA_PER_UNIT, STRIKE_REACH};
use perigee_hockey::{Bot, Hockey, HockeyCommand, HockeyEntity, Level, Phase, Puck, Rink, Scenario, Team};
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Entity, Host, HostConfig, Outbox, Scene, Simulation};
use perigee_shared::tick::{TICK_HZ, TICK_MICROS, Tick};
use perigee_tests::simnet::{Client, Conditions, World};

/// One way: a round trip of 100 ms, 20 ms more or less.
const LINE: Conditions = Conditions {
    latency_us: 40_000,
    jitter_us: 20_000,
    loss_per_10_000: 0,
    twice_per_10_000: 0,
    stream: true,
};
/// Virtual time between two looks at the score, microseconds.
const LOOK_US: u64 = 20_000;
/// A puck that was last touched so long ago in one's own picture is nobody's shot.
const SHOT_TICKS: i32 = 60;
/// A goal of the server's is the one that was seen, when it is so near in time.
const SAME_TICKS: i32 = 20;
/// Touches that follow each other sooner are one.
const ONE_TOUCH_TICKS: i32 = 3;
/// A mallet that far from a puck that was deflected may have done it: a tick of both is in it, units.
const TOUCHED_UNITS: f32 = (MALLET_RADIUS + PUCK_RADIUS + STRIKE_REACH) as f32 + 24.0;

/// All that is predicted in one player's picture of one tick, by slot.
#[derive(Clone)]
struct Picture {
    tick: Tick,
    own: usize,
    slots: Vec<Slot>,
    entities: Vec<HockeyEntity>,
    is_played: bool,
}

/// A touch of the puck by the own mallet, and the largest correction seen until the server's word of it was in.
#[derive(Clone, Copy, Debug)]
struct Touch {
    tick: Tick,
    correction_units: f32,
}

/// One player: their bot, and what is counted of what they see.
struct Player {
    bot: Bot,
    before: Option<Picture>,
    /// When the own mallet touched the puck, if nobody did since.
    touched: Option<Tick>,
    open: Vec<Touch>,
    touches: Vec<Touch>,
    /// Own shots that crossed a line in the own picture: when, and whose goal it was.
    shots: Vec<(Tick, Team)>,
    was_in_goal: bool,
}

fn units(puck: &Puck) -> Vec2 {
    puck.position.as_vec2() / QUANTA_PER_UNIT as f32
}

impl Picture {
    fn of(scene: &Scene<'_, Hockey>, tick: Tick) -> Option<Self> {
        let own = scene.own?.slot?;
        let seen = scene.others.iter().chain(&scene.own).filter(|seen| seen.entity.is_predicted());
        let mut present: Vec<_> = seen.filter_map(|seen| Some((seen.slot?, seen.entity))).collect();
        present.sort_by_key(|(slot, _)| *slot);
        let (slots, entities): (Vec<Slot>, Vec<HockeyEntity>) = present.into_iter().unzip();
        let is_played = scene.others.iter().any(
            |seen| matches!(seen.entity, HockeyEntity::Match(contest) if contest.phase == Phase::Playing),
        );
        let own = slots.binary_search(&own).ok()?;
        Some(Self { tick, own, slots, entities, is_played })
    }

    fn puck(&self) -> Option<Puck> {
        self.entities.iter().find_map(|entity| match entity {
            HockeyEntity::Puck(puck) => Some(*puck),
            _ => None,
        })
    }

    /// What it becomes by the tick of `now` if nothing new is heard, under the commands that were given since.
    fn foresee(mut self, now: &Self, rink: &Rink) -> Self {
        let HockeyEntity::Mallet(own) = now.entities[now.own] else { return self };
        for _ in 0..now.tick.since(self.tick) {
            self.entities[self.own] = Hockey::with_command(self.entities[self.own], own.command);
            Hockey::foresee(&mut self.entities, Some(self.own), rink);
        }
        self
    }

    /// Whether the puck's velocity in `foreseen`, which this one became, is not what friction alone makes of it.
    fn is_deflected(&self, foreseen: &Self, rink: &Rink) -> bool {
        let Some(mut alone) = self.puck().map(HockeyEntity::Puck) else { return false };
        (0..foreseen.tick.since(self.tick)).for_each(|_| alone.advance(rink));
        matches!(alone, HockeyEntity::Puck(alone) if foreseen.puck().is_some_and(|puck| puck.velocity != alone.velocity))
    }

    /// The place of the mallet nearest to the puck, if it may have touched it.
    fn toucher(&self) -> Option<usize> {
        let puck = units(&self.puck()?);
        let mallets = self.entities.iter().enumerate().filter(|(_, entity)| entity.owner().is_some());
        let far = mallets.map(|(at, entity)| (at, entity.pose().position.distance(puck)));
        let nearest = far.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (nearest.1 < TOUCHED_UNITS).then_some(nearest.0)
    }
}

impl Player {
    fn new(level: Level, seed: u64) -> Self {
        Self {
            bot: Bot::new(level, seed),
            before: None,
            touched: None,
            open: Vec::new(),
            touches: Vec::new(),
            shots: Vec::new(),
            was_in_goal: false,
        }
    }

    /// A frame: looks at the picture, counts, and decides once a tick by what is seen.
    fn look(&mut self, client: &mut Client<Hockey>) -> HockeyCommand {
        let mut command = client.command;
        let (newest, confirmed) = (client.peer.newest_command(), client.peer.newest_snapshot());
        let (Some(tick), Some(confirmed)) = (newest, confirmed) else { return command };
        let Some(scene) = client.peer.scene() else { return command };
        let Some(picture) = Picture::of(&scene, tick) else { return command };
        if self.before.as_ref().is_none_or(|before| before.tick != tick) {
            command = self.bot.decide(picture.entities.get(picture.own), picture.entities.iter(), scene.map);
        }
        if let Some(before) = self.before.replace(picture.clone()) {
            self.count(&before, &picture, scene.map);
        }
        // What the server says of the tick after it, too, belongs to a touch.
        let is_told = |touch: &Touch| confirmed.since(touch.tick) >= 2;
        self.touches.extend(self.open.iter().copied().filter(is_told));
        self.open.retain(|touch| !is_told(touch));
        command
    }

    fn count(&mut self, before: &Picture, now: &Picture, rink: &Rink) {
        if before.slots != now.slots {
            return;
        }
        let foreseen = Picture { tick: now.tick, ..before.clone().foresee(now, rink) };
        let (Some(puck), Some(thought)) = (now.puck(), foreseen.puck()) else { return };
        if puck.hold > 0 || thought.hold > 0 {
            // Everybody was put elsewhere for a face-off: that corrects no touch.
            (self.touched, self.was_in_goal) = (None, false);
            self.open.clear();
            return;
        }
        let correction_units = units(&thought).distance(units(&puck));
        for touch in &mut self.open {
            touch.correction_units = touch.correction_units.max(correction_units);
        }
        let toucher = foreseen.toucher().filter(|_| before.is_deflected(&foreseen, rink));
        self.note_touch(toucher.map(|at| at == now.own), now.tick, correction_units);
        self.note_goal(&puck, now, rink);
    }

    /// Somebody touched the puck in the own picture, the player or not.
    fn note_touch(&mut self, is_own: Option<bool>, tick: Tick, correction_units: f32) {
        match is_own {
            Some(true) => {
                if self.touched.is_none_or(|last| tick.since(last) > ONE_TOUCH_TICKS) {
                    self.open.push(Touch { tick, correction_units });
                }
                self.touched = Some(tick);
            }
            Some(false) => self.touched = None,
            None => {}
        }
    }

    fn note_goal(&mut self, puck: &Puck, now: &Picture, rink: &Rink) {
        let goal = rink.goal_at(puck.position);
        let is_first = goal.is_some() && !std::mem::replace(&mut self.was_in_goal, goal.is_some());
        let is_own = self.touched.is_some_and(|last| now.tick.since(last) <= SHOT_TICKS);
        let is_known = self.shots.last().is_some_and(|(last, _)| now.tick.since(*last) <= SAME_TICKS);
        if is_first && is_own && now.is_played && !is_known {
            self.shots.extend(goal.map(|team| (now.tick, team)));
        }
    }
}

/// What was counted in a match.
#[derive(Debug, Default)]
struct Report {
    /// Own shots that crossed the line in the own picture.
    shots: usize,
    /// How many of them were goals.
    scored: usize,
    /// Corrections of touches, smallest first, units.
    corrections: Vec<f32>,
}

impl Report {
    fn line(&self) -> String {
        let at = |share: f32| self.corrections[(self.corrections.len() as f32 * share) as usize];
        format!(
            "{} of {} shots that went in are goals; {} touches, corrections {:.1}, {:.1}, {:.1} units at 50, 95, 99 %, \
             {} over a mallet's radius",
            self.scored,
            self.shots,
            self.corrections.len(),
            at(0.5),
            at(0.95),
            at(0.99),
            self.large(),
        )
    }

    fn large(&self) -> usize {
        self.corrections.iter().filter(|&&units| units > MALLET_RADIUS as f32).count()
    }

    fn add(&mut self, other: Self) {
        self.shots += other.shots;
        self.scored += other.scored;
        self.corrections.extend(other.corrections);
        self.corrections.sort_by(f32::total_cmp);
    }
}

/// A match of bots over lines with a round trip of 100 ms.
fn play(a_side: u32, seconds: u64, seed: u64) -> Report {
    let scenario = Scenario { players_a_side: a_side, period_s: 600, periods: 5, ..Scenario::default() };
    let config = HostConfig { max_players: 8, seed, ..HostConfig::default() };
    let mut world = World::<Hockey>::new(config, scenario, LINE, LINE, seed);
    let mut players = Vec::new();
    for n in 0..2 * u64::from(a_side) {
        world.connect(&format!("P{n}"));
        players.push(Player::new(Level::ALL[1 + n as usize / 2 % 2], seed * 10 + n));
    }
    let (mut goals, mut scores): (Vec<(Tick, Team)>, _) = (Vec::new(), [0; 2]);
    for _ in 0..seconds * 1_000_000 / LOOK_US {
        world.run(LOOK_US, |index, client| players[index].look(client)).unwrap();
        let before = std::mem::replace(&mut scores, world.host.sim().round().team_scores);
        let scored = Team::ALL.into_iter().filter(|team| scores[team.index()] > before[team.index()]);
        goals.extend(scored.map(|team| (world.host.tick_number(), team.rival())));
    }
    let mut report = Report::default();
    for player in &players {
        let is_goal = |(tick, team): &&(Tick, Team)| {
            goals.iter().any(|(at, of)| of == team && at.since(*tick).abs() <= SAME_TICKS)
        };
        report.add(Report {
            shots: player.shots.len(),
            scored: player.shots.iter().filter(is_goal).count(),
            corrections: player.touches.iter().map(|touch| touch.correction_units).collect(),
        });
    }
    report
}

#[test]
fn programs_that_fill_a_rink_play_in_a_room_where_nobody_else_does_anything() {
    let config = HostConfig { max_players: 8, seed: 1, ..HostConfig::default() };
    let mut host = Host::<Hockey>::new(config, Scenario::default());
    let mut out = Outbox::default();
    for n in 0..4 {
        host.seat_driven(&format!("P{n}"), &mut out).expect("a seat");
    }
    let middle = Vec2::from(Hockey::size_units(&Scenario::default())) / 2.0;
    let mut farthest = 0.0f32;
    for tick in 1..=30 * u64::from(TICK_HZ) {
        out.clear();
        host.tick(tick * TICK_MICROS, |_| true, &mut out);
        let pucks = host.sim().entities().iter().filter_map(|(_, entity)| match entity {
            HockeyEntity::Puck(puck) => Some(units(puck)),
            _ => None,
        });
        farthest = pucks.map(|at| at.distance(middle)).fold(farthest, f32::max);
    }
    assert!(farthest > 200.0, "the puck got {farthest} units away from the middle in half a minute");
}

#[test]
fn at_100_ms_what_goes_in_on_the_players_screen_is_a_goal_and_the_puck_is_where_it_is_seen() {
    let mut all = Report::default();
    for (a_side, seed) in [(1, 1), (3, 2), (4, 3)] {
        let report = play(a_side, 480, seed);
        println!("{a_side} a side, seed {seed}: {}", report.line());
        all.add(report);
    }
    println!("together: {}", all.line());
    assert!(all.shots >= 20 && all.corrections.len() >= 1000, "too little for a measure: {}", all.line());
    assert!(all.scored * 100 >= all.shots * 95, "{}", all.line());
    assert!(all.large() * 100 <= all.corrections.len(), "{}", all.line());
}
