//! A window for tests (`?debug=1`): what the player sees, as JSON in `document.body.dataset.debug`.

use crate::audio::{Audio, AudioReport};
use crate::page::Page;
use perigee_shared::netcode::{Entity, PeerStats, Pose, Replicated, Scene, Seen, Simulation};
use perigee_shared::presentation::Camera;

/// Time between two writings, microseconds.
const INTERVAL_US: u64 = 250_000;

/// Keeps what is needed of the last scene.
#[derive(Debug)]
pub(super) struct DebugView {
    on: bool,
    written_at_us: u64,
    heard_at_us: u64,
    seat: u16,
    own: Option<Pose>,
    camera: Camera,
    others: Vec<(String, Pose)>,
    shots: usize,
    /// Cues that the stage gave.
    cues: u64,
}

impl DebugView {
    pub(super) fn new(on: bool) -> Self {
        Self {
            on,
            written_at_us: 0,
            heard_at_us: 0,
            seat: 0,
            own: None,
            camera: Camera::default(),
            others: Vec::new(),
            shots: 0,
            cues: 0,
        }
    }

    /// Takes in a scene, if it is time. The first kind of entity is a player's, the others are what they send out.
    pub(super) fn take<S: Simulation>(&mut self, scene: &Scene<'_, S>, camera: Camera, now_us: u64) {
        if !self.is_due(now_us) {
            return;
        }
        self.seat = scene.me.0;
        self.camera = camera;
        self.own = scene.own.map(|own| own.pose);
        let (players, shots): (Vec<&Seen<_>>, Vec<&Seen<_>>) =
            scene.others.iter().partition(|seen| seen.entity.kind() == 0);
        self.shots = shots.len();
        let name = |entity: &S::Entity| {
            entity.owner().and_then(|owner| scene.name_of(owner)).unwrap_or("").to_owned()
        };
        self.others = players.iter().map(|seen| (name(&seen.entity), seen.pose)).collect();
    }

    /// Counts cues.
    pub(super) fn count_cues(&mut self, cues: usize) {
        self.cues += cues as u64;
    }

    /// Writes the state of the sound, if it is time, whether there is a match or not.
    pub(super) fn write_audio(&mut self, page: &Page, audio: &Audio, now_us: u64) {
        if self.on && now_us.saturating_sub(self.heard_at_us) >= INTERVAL_US {
            self.heard_at_us = now_us;
            let AudioReport { state, played, left_out } = audio.report();
            let cues = self.cues;
            page.mark(
                "audio",
                &format!(
                    "{{\"state\":\"{state}\",\"cues\":{cues},\"played\":{played},\"left_out\":{left_out}}}"
                ),
            );
        }
    }

    /// Writes, if it is time.
    pub(super) fn write(&mut self, page: &Page, stats: &PeerStats, room: &str, name: &str, now_us: u64) {
        if !self.is_due(now_us) {
            return;
        }
        self.written_at_us = now_us;
        page.mark("debug", &self.json(stats, room, name));
    }

    fn is_due(&self, now_us: u64) -> bool {
        self.on && now_us.saturating_sub(self.written_at_us) >= INTERVAL_US
    }

    fn json(&self, stats: &PeerStats, room: &str, name: &str) -> String {
        let place = |pose: &Pose| format!("{:.2},{:.2}", pose.position.x, pose.position.y);
        let own =
            self.own.map_or("null".to_owned(), |pose| format!("[{},{:.4}]", place(&pose), pose.angle_turns));
        let others: Vec<String> =
            self.others.iter().map(|(name, pose)| format!("[{},{}]", quoted(name), place(pose))).collect();
        format!(
            "{{\"own\":{own},\"camera\":[{:.2},{:.2},{:.2}],\"others\":[{}],\"shots\":{},\"rtt_ms\":{:.2},\"snapshots\":{},\"mispredictions\":{},\
             \"state_mismatches\":{},\"resyncs\":{},\"resumes\":{},\"resumes_by_delta\":{},\"room\":{},\"player\":{},\"name\":{}}}",
            self.camera.centre.x,
            self.camera.centre.y,
            self.camera.half_height_units,
            others.join(","),
            self.shots,
            stats.rtt_ms,
            stats.snapshots,
            stats.mispredictions,
            stats.state_mismatches,
            stats.resyncs,
            stats.resumes,
            stats.resumes_by_delta,
            quoted(room),
            self.seat,
            quoted(name),
        )
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec2;

    #[test]
    fn names_cannot_break_the_json() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
        let mut view = DebugView::new(true);
        view.others = vec![("Bob".to_owned(), Pose { position: Vec2::new(1.0, 2.5), angle_turns: 0.0 })];
        let json = view.json(&PeerStats::default(), "any", "x");
        assert!(json.contains("\"others\":[[\"Bob\",1.00,2.50]],\"shots\":0,"), "{json}");
    }
}
