//! A game as the page sees it, without its type: one page plays several, and which one is decided once, before anything
//! else is shown: by the address (`?game=NAME`), by the seat that the tab still has, or by the room that a link names.

use crate::app::App;
use crate::decode_timing;
use crate::frame_loop;
use crate::options::{ANY_ROOM, asked, is_code};
use crate::page::{Page, words_of};
use crate::panels::{Answer, get, text_at};
use crate::seat::remembered_seat;
use crate::titles::Titles;
use js_sys::futures::spawn_local;
use perigee_shared::netcode::Simulation;
use perigee_shared::netcode::replay::Player;
use perigee_shared::presentation::Stage;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A game that the page plays.
#[derive(Clone, Copy)]
pub struct Game {
    /// Its name, as lists of rooms and the address line say it.
    pub name: &'static str,
    /// What players call it.
    pub title: &'static str,
    run: fn(&Rc<Page>, Titles) -> Result<(), JsValue>,
    replay_hash: fn(&[u8]) -> Result<String, JsError>,
    decode_ns: fn(&[u8]) -> Result<f64, JsError>,
}

impl fmt::Debug for Game {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Game").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Game {
    /// The game that `S` presents.
    #[must_use]
    pub const fn of<S: Stage + 'static>() -> Self {
        Self {
            name: S::Game::ABOUT.name,
            title: S::Game::ABOUT.title,
            run: run::<S>,
            replay_hash: replay_hash::<S::Game>,
            decode_ns: decode_timing::ns_per_entity::<S::Game>,
        }
    }
}

fn run<S: Stage + 'static>(page: &Rc<Page>, titles: Titles) -> Result<(), JsValue> {
    let app = App::<S>::new(page, titles)?;
    frame_loop::run(page, Rc::new(RefCell::new(app)))
}

fn replay_hash<G: Simulation>(bytes: &[u8]) -> Result<String, JsError> {
    let mut player = Player::<G>::open(bytes)?;
    Ok(format!("{:016x}", player.play_to_end()?))
}

/// Starts the game of `games` that the page is to play.
pub(crate) fn start(page: Rc<Page>, games: &'static [Game]) -> Result<(), JsValue> {
    let first = games.first().ok_or("this page has no game")?;
    let titles = Titles::new(games.iter().map(|game| (game.name, game.title)));
    let named = |name: &str| games.iter().find(|game| game.name == name);
    let asked_game = asked(&page, "game");
    if let Some(game) = asked_game.as_deref().and_then(named) {
        return (game.run)(&page, titles);
    }
    let is_one = |room: &String| is_code(room) && room != ANY_ROOM && !room.starts_with("any-");
    let room = asked(&page, "room").filter(is_one);
    let Some(room) = room else {
        let seat = remembered_seat(&page).and_then(|seat| named(&seat.game));
        return (seat.unwrap_or(first).run)(&page, titles);
    };
    if games.len() == 1 {
        return (first.run)(&page, titles);
    }
    let answer = get(&page, &format!("api/v1/rooms/{room}"));
    spawn_local(async move {
        let game = match answer.await {
            Answer::Json(json) => text_at(&json, "game").and_then(|name| named(&name)),
            // The server says what is wrong with the room when it is asked for it.
            Answer::Refused(..) | Answer::Failed => None,
        };
        if let Err(error) = (game.unwrap_or(first).run)(&page, titles) {
            page.show_error(&words_of(&error));
        }
    });
    Ok(())
}

/// The hash of the last state of a replay of one of `games`, by the one that can read it.
pub(crate) fn hash_of(games: &[Game], bytes: &[u8]) -> Result<String, JsError> {
    let mut wrong = JsError::new("this page has no game");
    for game in games {
        match (game.replay_hash)(bytes) {
            Ok(hash) => return Ok(hash),
            Err(error) => wrong = error,
        }
    }
    Err(wrong)
}

/// Nanoseconds to read a snapshot of the first game, for each entity held.
pub(crate) fn decode_ns(games: &[Game], downlink: &[u8]) -> Result<f64, JsError> {
    let first = games.first().ok_or_else(|| JsError::new("this page has no game"))?;
    (first.decode_ns)(downlink)
}
