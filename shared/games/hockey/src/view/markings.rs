//! The rink: ice, lines, creases, goals and boards.

use super::palette::{ICE, LINE, Palette, SPACE};
use crate::entity::Team;
use crate::rink::Rink;
use crate::tuning::{CIRCLE_RADIUS, CORNER_RADIUS, GOAL_DEPTH, HALF_MOUTH, POST_RADIUS};
use glam::Vec2;
use perigee_shared::presentation::{Color, DrawList, Path};

/// Corners of a quarter of the rink's outline.
const ARC_STEPS: usize = 9;
/// Radius of the crease before a goal, units.
const CREASE_UNITS: f32 = 105.0;
/// Threads of a net along its depth and its mouth.
const NET_THREADS: (i32, i32) = (3, 8);
const BOARD_WIDTH_UNITS: f32 = 4.0;

/// The outline of the ice, counter-clockwise from the right end of the lower board.
fn outline(rink: &Rink) -> Vec<Vec2> {
    let (left, right) = rink.goal_lines_units();
    let (top, r) = (rink.size_units().y, CORNER_RADIUS as f32);
    let corners = [(right - r, r), (right - r, top - r), (left + r, top - r), (left + r, r)];
    let mut points = Vec::with_capacity(4 * ARC_STEPS);
    for (corner, (x, y)) in corners.into_iter().enumerate() {
        for step in 0..ARC_STEPS {
            let turns = (corner as f32 + step as f32 / (ARC_STEPS - 1) as f32) / 4.0 - 0.25;
            points.push(Vec2::new(x, y) + Vec2::from_angle(turns * std::f32::consts::TAU) * r);
        }
    }
    points
}

/// All of it, back to front.
pub(super) fn draw(list: &mut DrawList, rink: &Rink, palette: &Palette, flash: Option<(Team, f32)>) {
    let outline = outline(rink);
    list.glow(rink.middle_units(), rink.size_units().x * 0.62, LINE.fade(0.05));
    for team in Team::ALL {
        draw_net(list, rink, team, palette.team(team));
    }
    list.fill(&outline, ICE);
    list.haze(rink.middle_units(), rink.size_units().y * 0.9, LINE.fade(0.035));
    draw_lines(list, rink);
    for team in Team::ALL {
        draw_crease(list, rink, team, palette.team(team));
    }
    draw_boards(list, rink, &outline, palette);
    if let Some((team, strength)) = flash {
        let goal = rink.goal_of(team);
        let color = palette.team(team.rival());
        list.glow(goal, 340.0, color.fade(0.55 * strength));
        list.line(&outline, Path::Closed, BOARD_WIDTH_UNITS * 2.0, color.fade(0.6 * strength));
    }
}

fn draw_lines(list: &mut DrawList, rink: &Rink) {
    let (middle, top) = (rink.middle_units(), rink.size_units().y);
    let (left, right) = rink.goal_lines_units();
    let faint = LINE.fade(0.22);
    let upright = |x: f32| [Vec2::new(x, 0.0), Vec2::new(x, top)];
    list.line(&upright(middle.x), Path::Open, 3.0, faint);
    for x in [left + (right - left) / 3.0, right - (right - left) / 3.0] {
        list.line(&upright(x), Path::Open, 1.5, LINE.fade(0.12));
    }
    list.ring(middle, CIRCLE_RADIUS as f32, 2.0, faint);
    list.ring(middle, 5.0, 5.0, faint);
    for x in [-0.27, 0.27] {
        for y in [-0.26, 0.26] {
            let spot = middle + Vec2::new(x * (right - left), y * top);
            list.ring(spot, 46.0, 1.2, LINE.fade(0.1));
            list.ring(spot, 3.0, 3.0, LINE.fade(0.16));
        }
    }
}

/// The half disc before a goal, in its team's colour.
fn draw_crease(list: &mut DrawList, rink: &Rink, team: Team, color: Color) {
    let goal = rink.goal_of(team);
    let from = if team == Team::Frost { -0.25 } else { 0.25 };
    let rim = |step: usize| {
        let turns = from + step as f32 / 24.0;
        goal + Vec2::from_angle(turns * std::f32::consts::TAU) * CREASE_UNITS
    };
    let points: Vec<Vec2> = (0..=12).map(rim).collect();
    list.fill(&points, color.fade(0.07));
    list.arc(goal, CREASE_UNITS, (from, from + 0.5), 2.0, color.fade(0.45));
    let mouth = Vec2::Y * HALF_MOUTH as f32;
    list.line(&[goal - mouth, goal + mouth], Path::Open, 3.0, color.fade(0.85));
}

/// The pocket behind a mouth.
fn draw_net(list: &mut DrawList, rink: &Rink, team: Team, color: Color) {
    let goal = rink.goal_of(team);
    let back = Vec2::X * -team.attack() * GOAL_DEPTH as f32;
    let mouth = Vec2::Y * HALF_MOUTH as f32;
    let corners = [goal - mouth, goal + mouth, goal + mouth + back, goal - mouth + back];
    list.fill(&corners, color.mix(SPACE, 0.88));
    for thread in 1..NET_THREADS.1 {
        let at = goal - mouth + mouth * (2.0 * thread as f32 / NET_THREADS.1 as f32);
        list.line(&[at, at + back], Path::Open, 0.8, color.fade(0.18));
    }
    for thread in 1..=NET_THREADS.0 {
        let at = goal + back * (thread as f32 / (NET_THREADS.0 + 1) as f32);
        list.line(&[at - mouth, at + mouth], Path::Open, 0.8, color.fade(0.18));
    }
    list.line(&[corners[1], corners[2], corners[3], corners[0]], Path::Open, 3.0, color.fade(0.7));
}

/// Boards, which the mouths interrupt, and the posts.
fn draw_boards(list: &mut DrawList, rink: &Rink, outline: &[Vec2], palette: &Palette) {
    let mouth = Vec2::Y * HALF_MOUTH as f32;
    let (frost, ember) = (rink.goal_of(Team::Frost), rink.goal_of(Team::Ember));
    // Counter-clockwise: up the right side to the mouth is a part of the lower half.
    let quarter = ARC_STEPS;
    let upper: Vec<Vec2> = std::iter::once(ember + mouth)
        .chain(outline[quarter..3 * quarter].iter().copied())
        .chain([frost + mouth])
        .collect();
    let lower: Vec<Vec2> = std::iter::once(frost - mouth)
        .chain(outline[3 * quarter..].iter().copied())
        .chain(outline[..quarter].iter().copied())
        .chain([ember - mouth])
        .collect();
    for half in [&upper, &lower] {
        list.line(half, Path::Open, BOARD_WIDTH_UNITS + 5.0, LINE.fade(0.1));
        list.line(half, Path::Open, BOARD_WIDTH_UNITS, LINE.mix(ICE, 0.25));
    }
    for team in Team::ALL {
        for side in [-1.0, 1.0] {
            let post = rink.goal_of(team) + mouth * side;
            list.ring(post, POST_RADIUS as f32 / 2.0, POST_RADIUS as f32 + 1.0, palette.team(team));
        }
    }
}
