//! What the address line asks for: `?game=NAME`, `?room=NAME`, `?name=NAME`, `?autojoin=1`, `?debug=1`, `?sprites=N`,
//! `?party=CODE`, `?spectate=1`.

use crate::page::Page;
use perigee_shared::limits::MAX_ROOM_NAME_BYTES;
use perigee_shared::protocol::is_room_name;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

/// Where the player's name is remembered.
pub(crate) const NAME_KEY: &str = "perigee.name";
/// The name that stands for any room: the server chooses.
pub(crate) const ANY_ROOM: &str = "any";

/// The page's options.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The game that the page plays.
    pub(crate) game: &'static str,
    /// The room to join, or `any`.
    pub(crate) room: String,
    /// The name to begin with: asked for, or remembered.
    pub(crate) name: String,
    /// Whether to join without the play button.
    pub(crate) autojoin: bool,
    /// The party to come with; empty for none.
    pub(crate) party: String,
    /// Whether only to spectate: that needs no press of the play button.
    pub(crate) spectate: bool,
    /// Whether the page shows its state to tests.
    pub(crate) debug: bool,
    /// How many sprites to draw and time instead of a match; 0 for none.
    pub(crate) sprites: usize,
    /// The game's socket on the host that served the page.
    pub(crate) socket_url: String,
}

impl Options {
    /// Reads the address line and the memory.
    pub(crate) fn read(page: &Page, game: &'static str) -> Result<Self, JsValue> {
        let location = page.window.location();
        let query = UrlSearchParams::new_with_str(&location.search()?)?;
        let is_on = |key: &str| query.get(key).is_some_and(|value| value != "0");
        let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
        Ok(Self {
            game,
            room: query.get("room").filter(|room| !room.is_empty()).unwrap_or_else(|| ANY_ROOM.to_owned()),
            name: query.get("name").or_else(|| remembered_name(page)).unwrap_or_default(),
            autojoin: is_on("autojoin"),
            party: query.get("party").filter(|party| is_code(party)).unwrap_or_default(),
            spectate: is_on("spectate"),
            debug: is_on("debug"),
            sprites: query.get("sprites").and_then(|count| count.parse().ok()).unwrap_or(0),
            socket_url: format!("{scheme}://{}{}play", location.host()?, page.folder()),
        })
    }

    /// Whether the server is to choose the room.
    pub(crate) fn is_any_room(&self) -> bool {
        self.room == ANY_ROOM || self.room.starts_with("any-")
    }

    /// Writes what is wished for into the address line, so that it says what happens, and a reload does the same again.
    pub(crate) fn write_address(&self, page: &Page) {
        // Where the address cannot be read or written it says less, and nothing else is different.
        let _ = self.try_write_address(page);
    }

    fn try_write_address(&self, page: &Page) -> Result<(), JsValue> {
        let location = page.window.location();
        let query = UrlSearchParams::new_with_str(&location.search()?)?;
        let room = if self.is_any_room() { "" } else { self.room.as_str() };
        // Only where it was said: the first game needs no word.
        let game = query.get("game").map_or("", |_| self.game);
        let spectate = if self.spectate { "1" } else { "" };
        for (key, value) in
            [("game", game), ("room", room), ("party", self.party.as_str()), ("spectate", spectate)]
        {
            if value.is_empty() {
                query.delete(key);
            } else if query.get(key).as_deref() != Some(value) {
                query.set(key, value);
            }
        }
        let query = String::from(query.to_string());
        let address = format!("{}{}{query}", location.pathname()?, if query.is_empty() { "" } else { "?" });
        page.window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    }
}

/// Whether a text can be a party's code or a room's name.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() <= MAX_ROOM_NAME_BYTES && is_room_name(text)
}

/// What the address says of `key`; `None` if it says nothing.
pub(crate) fn asked(page: &Page, key: &str) -> Option<String> {
    let search = page.window.location().search().ok()?;
    let query = UrlSearchParams::new_with_str(&search).ok()?;
    query.get(key).filter(|value| !value.is_empty())
}

/// The name the player used last; none where the browser keeps nothing.
fn remembered_name(page: &Page) -> Option<String> {
    page.window.local_storage().ok()??.get_item(NAME_KEY).ok()?
}

/// Keeps the name for the next visit, where the browser allows it.
pub(crate) fn remember_name(page: &Page, name: &str) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        // The game can be played without storage.
        let _ = storage.set_item(NAME_KEY, name);
    }
}
