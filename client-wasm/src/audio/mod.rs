//! Sound, all of it synthesised by the browser from a few numbers: no file is loaded.
//!
//! Games say what their sounds are made of (`presentation::Sound`, `presentation::Drone`); `voices` is how many may sound at
//! once, `speaker` and `drone` build
//! them with WebAudio, of `nodes`.
//! A browser makes no sound before the player has touched the page, and may refuse it altogether: then there is silence,
//! and nothing else is different.

mod drone;
mod nodes;
mod speaker;
mod voices;

use crate::page::{Page, listen};
use perigee_shared::presentation::{Cue, DroneCue, Layer, Sound, Wave, Weight};
use speaker::Speaker;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Event;

/// A button of the page.
const CLICK: Sound = Sound {
    name: "click",
    weight: Weight::Near,
    layers: &[Layer::new(Wave::Sine, (0.0, 0.035), (920.0, 640.0), 0.14)],
};

/// Whether there is a loudspeaker.
#[derive(Debug)]
enum Gate {
    /// The player has not touched the page yet.
    Waiting,
    Ready(Speaker),
    /// The browser has none for us.
    Refused,
}

/// The game's sound.
#[derive(Debug)]
pub(crate) struct Audio {
    gate: Rc<RefCell<Gate>>,
    /// `0..=1`; at 0 nothing is made at all.
    loudness: f32,
    played: u64,
    left_out: u64,
}

impl Audio {
    /// Silence, until the player touches the page.
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        let gate = Rc::new(RefCell::new(Gate::Waiting));
        // A touch counts when it ends, a mouse button when it is pressed.
        for name in ["pointerdown", "pointerup", "click", "keydown"] {
            let gate = Rc::clone(&gate);
            listen(&page.window, name, move |_: Event| open(&mut gate.borrow_mut()))?;
        }
        Ok(Self { gate, loudness: 0.0, played: 0, left_out: 0 })
    }

    /// Sets how loud everything is, `0..=1`.
    pub(crate) fn set_loudness(&mut self, loudness: f32) {
        self.loudness = loudness;
        if let Gate::Ready(speaker) = &*self.gate.borrow() {
            speaker.set_loudness(loudness);
        }
    }

    /// The page is looked at again: sound that was taken away meanwhile is asked for.
    pub(crate) fn wake(&self) {
        if let Gate::Ready(speaker) = &*self.gate.borrow() {
            speaker.wake();
        }
    }

    /// Plays a cue, if there is room for one more.
    pub(crate) fn play(&mut self, cue: Cue) {
        let Gate::Ready(speaker) = &mut *self.gate.borrow_mut() else { return };
        if self.loudness <= 0.0 || !speaker.is_running() {
            return;
        }
        // The player may have touched the page after the loudness was set.
        speaker.set_loudness(self.loudness);
        match speaker.play(cue) {
            Ok(true) => self.played += 1,
            // Too many at once, or a part that this browser has not: one sound less.
            Ok(false) | Err(_) => self.left_out += 1,
        }
    }

    /// A button of the page was used.
    pub(crate) fn click(&mut self) {
        self.play(Cue { sound: &CLICK, pan: 0.0, gain: 1.0 });
    }

    /// What lasts, as it is heard now; `None` is silence.
    pub(crate) fn set_drone(&mut self, cue: Option<DroneCue>) {
        if let Gate::Ready(speaker) = &mut *self.gate.borrow_mut()
            && speaker.is_running()
        {
            let cue = cue.filter(|_| self.loudness > 0.0);
            // A browser that lacks a part of it leaves it silent.
            let _ = speaker.set_drone(cue);
        }
    }

    /// For tests.
    pub(crate) fn report(&self) -> AudioReport {
        let state = match &*self.gate.borrow() {
            Gate::Waiting => "waiting",
            Gate::Ready(speaker) if speaker.is_running() => "running",
            Gate::Ready(_) => "suspended",
            Gate::Refused => "refused",
        };
        AudioReport { state, played: self.played, left_out: self.left_out }
    }
}

/// What tests may know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AudioReport {
    /// Whether sound has been allowed, in a word.
    pub(crate) state: &'static str,
    /// Sounds that were played so far.
    pub(crate) played: u64,
    /// Sounds that were left out so far.
    pub(crate) left_out: u64,
}

/// The player has touched the page.
fn open(gate: &mut Gate) {
    match gate {
        Gate::Ready(speaker) if !speaker.is_closed() => speaker.wake(),
        // What was refused once may be there now: headphones that were plugged in, a tab less.
        Gate::Waiting | Gate::Refused | Gate::Ready(_) => {
            *gate = Speaker::new().map_or(Gate::Refused, Gate::Ready);
        }
    }
}
