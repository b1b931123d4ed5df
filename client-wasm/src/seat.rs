//! The seat of this tab: what opens it again after a reload, and which of a browser's tabs has it.
//!
//! A tab that is duplicated takes its memory along. So which tab plays is written down beside it, for all tabs: the tab in
//! which a person last asked for a seat, by hand. Only that one may come back by itself.

use crate::options::Options;
use crate::page::Page;
use perigee_shared::protocol::ResumeToken;
use std::fmt::Write;

/// Where a tab's seat is remembered, so that a reload goes on in the same seat.
const SEAT_KEY: &str = "perigee.seat";
/// Where the tab is written down in which a person asked for a seat last.
const HOLDER_KEY: &str = "perigee.holder";

/// What opens a seat again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedSeat {
    /// The game that is played there; empty in the memory of an older page.
    pub(crate) game: String,
    pub(crate) room: String,
    pub(crate) token: ResumeToken,
    /// The party that the player came with; empty for none.
    pub(crate) party: String,
}

impl SavedSeat {
    /// Whether it is what the address asks for: another room, another party or spectating is something else.
    pub(crate) fn fits(&self, options: &Options) -> bool {
        let same_game = self.game.is_empty() || self.game == options.game;
        let same_room = options.is_any_room() || options.room == self.room;
        let same_party = options.party.is_empty() || options.party == self.party;
        same_game && same_room && same_party && !options.spectate
    }

    fn encode(&self) -> String {
        format!("{} {} {} {}", self.room, self.token.to_hex(), self.party, self.game)
    }

    fn decode(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (room, token) = (words.next()?.to_owned(), ResumeToken::from_hex(words.next()?)?);
        let mut word = || words.next().unwrap_or_default().to_owned();
        Some(Self { room, token, party: word(), game: word() })
    }
}

/// Keeps the seat for as long as the tab lives, or forgets it.
pub(crate) fn remember_seat(page: &Page, seat: Option<&SavedSeat>) {
    let Ok(Some(storage)) = page.window.session_storage() else { return };
    // Where nothing can be kept, a reload is a new player.
    let _ = match seat {
        Some(seat) => storage.set_item(SEAT_KEY, &seat.encode()),
        None => storage.remove_item(SEAT_KEY),
    };
}

/// The seat that this tab had before the page was reloaded, or that it was duplicated with.
pub(crate) fn remembered_seat(page: &Page) -> Option<SavedSeat> {
    SavedSeat::decode(&page.window.session_storage().ok()??.get_item(SEAT_KEY).ok()??)
}

/// This tab, as long as its page lives.
#[derive(Clone, Debug)]
pub(crate) struct Tab {
    name: String,
}

impl Tab {
    /// A tab like no other: a duplicate is another one.
    pub(crate) fn new(page: &Page) -> Self {
        let mut bytes = [0; 8];
        let crypto = page.window.crypto().ok();
        // Without randomness all tabs are the same one, and the last one to connect has the seat.
        let _ = crypto.map(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
        let name = bytes.iter().fold(String::new(), |mut name, byte| {
            // Writing to a text cannot fail.
            let _ = write!(name, "{byte:02x}");
            name
        });
        Self { name }
    }

    /// A person asks for a seat here.
    pub(crate) fn take_over(&self, page: &Page) {
        if let Ok(Some(storage)) = page.window.local_storage() {
            let _ = storage.set_item(HOLDER_KEY, &self.name);
        }
    }

    /// Whether no person has asked for a seat in another tab since.
    pub(crate) fn is_holder(&self, page: &Page) -> bool {
        let storage = page.window.local_storage().ok().flatten();
        let holder = storage.and_then(|storage| storage.get_item(HOLDER_KEY).ok().flatten());
        holder.is_none_or(|holder| holder == self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(room: &str, party: &str, spectate: bool) -> Options {
        Options {
            game: "arena",
            room: room.to_owned(),
            name: String::new(),
            autojoin: false,
            party: party.to_owned(),
            spectate,
            debug: false,
            sprites: 0,
            socket_url: String::new(),
        }
    }

    #[test]
    fn a_link_to_elsewhere_is_another_wish_than_the_seat() {
        let seat = SavedSeat {
            game: "arena".to_owned(),
            room: "den".to_owned(),
            token: ResumeToken([7; 16]),
            party: "friends".to_owned(),
        };
        let fits = |room, party, spectate| seat.fits(&request(room, party, spectate));
        assert!(fits("any", "", false) && fits("den", "", false) && fits("den", "friends", false));
        assert!(fits("any-teams", "friends", false));
        assert!(!SavedSeat { game: "hockey".to_owned(), ..seat.clone() }.fits(&request("any", "", false)));
        assert!(!fits("pit", "", false) && !fits("den", "others", false) && !fits("den", "", true));
    }

    #[test]
    fn a_seat_survives_its_text_and_damage_is_no_seat() {
        let (room, token) = ("den".to_owned(), ResumeToken([7; 16]));
        let seat = SavedSeat { game: String::new(), room, token, party: String::new() };
        let of_a_game = SavedSeat { game: "hockey".to_owned(), ..seat.clone() };
        assert_eq!(SavedSeat::decode(&of_a_game.encode()), Some(of_a_game));
        assert_eq!(SavedSeat::decode(&seat.encode()), Some(seat.clone()));
        let of_an_older_page = format!("den {}", seat.token.to_hex());
        assert_eq!(SavedSeat::decode(&of_an_older_page), Some(seat));
        assert_eq!(
            [SavedSeat::decode(""), SavedSeat::decode("den"), SavedSeat::decode("den 12")],
            [None, None, None]
        );
    }
}
