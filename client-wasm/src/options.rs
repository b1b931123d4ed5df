//! What the address line asks for: `?room=NAME`, `?name=NAME`, `?autojoin=1`, `?debug=1`, `?sprites=N`,
//! `?party=CODE`, `?spectate=1`.

use crate::page::Page;
use crate::panels::is_code;
use perigee_shared::protocol::ResumeToken;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

/// Where the player's name is remembered.
pub(crate) const NAME_KEY: &str = "perigee.name";
/// Where this tab's seat is remembered: room and token, so that a reload goes on in the same ship.
const SEAT_KEY: &str = "perigee.seat";

/// The page's options.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The room to join, or `any`.
    pub(crate) room: String,
    /// The name to begin with: asked for, or remembered.
    pub(crate) name: String,
    /// Whether to join without being told.
    pub(crate) autojoin: bool,
    /// The party to come with; empty for none.
    pub(crate) party: String,
    /// Whether only to look on.
    pub(crate) spectate: bool,
    /// Whether tests look on.
    pub(crate) debug: bool,
    /// How many sprites to draw and time instead of a match; 0 for none.
    pub(crate) sprites: usize,
    /// The game's socket on the host that served the page.
    pub(crate) socket_url: String,
}

impl Options {
    /// Reads the address line and the memory.
    pub(crate) fn read(page: &Page) -> Result<Self, JsValue> {
        let location = page.window.location();
        let query = UrlSearchParams::new_with_str(&location.search()?)?;
        let is_on = |key: &str| query.get(key).is_some_and(|value| value != "0");
        let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
        Ok(Self {
            room: query.get("room").filter(|room| !room.is_empty()).unwrap_or_else(|| "any".to_owned()),
            name: query.get("name").or_else(|| remembered_name(page)).unwrap_or_default(),
            autojoin: is_on("autojoin"),
            party: query.get("party").filter(|party| is_code(party)).unwrap_or_default(),
            spectate: is_on("spectate"),
            debug: is_on("debug"),
            sprites: query.get("sprites").and_then(|count| count.parse().ok()).unwrap_or(0),
            socket_url: format!("{scheme}://{}/play", location.host()?),
        })
    }
}

/// The name the player used last; none where the browser keeps nothing.
fn remembered_name(page: &Page) -> Option<String> {
    page.window.local_storage().ok()??.get_item(NAME_KEY).ok()?
}

/// Keeps the name for the next visit, where the browser allows it.
pub(crate) fn remember_name(page: &Page, name: &str) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        // A full or forbidden storage is no reason not to play.
        let _ = storage.set_item(NAME_KEY, name);
    }
}

/// Keeps the seat for as long as the tab lives, or forgets it.
pub(crate) fn remember_seat(page: &Page, seat: Option<(String, ResumeToken)>) {
    let Ok(Some(storage)) = page.window.session_storage() else { return };
    // Where nothing can be kept, a reload is a new player.
    let _ = match seat {
        Some((room, token)) => storage.set_item(SEAT_KEY, &format!("{room} {}", token.to_hex())),
        None => storage.remove_item(SEAT_KEY),
    };
}

/// The seat that this tab had before the page was reloaded.
pub(crate) fn remembered_seat(page: &Page) -> Option<(String, ResumeToken)> {
    let kept = page.window.session_storage().ok()??.get_item(SEAT_KEY).ok()??;
    let (room, token) = kept.split_once(' ')?;
    Some((room.to_owned(), ResumeToken::from_hex(token)?))
}
