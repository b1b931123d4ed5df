//! What outlives the server: boards, public lines and mutes are loaded from the store when the hub starts, and stored
//! as they change. The hub hands them over and never waits for the store.

use crate::game::Games;
use crate::lobby::Lobby;
use crate::person::PersonId;
use crate::services::candles::Candles;
use crate::services::chat::history::{ChannelKey, Line, MAX_LINES_PER_CHANNEL};
use crate::services::chat::people::{self, NameMute, Whom};
use crate::services::ranking::RankedPlayer;
use crate::store::{self, AskError, ChatRow, Delta, Ladder, MAX_LEADERS, PlayerKey, StoreHandle};
use perigee_shared::netcode::{About, Statistics};
use std::fmt::Debug;

/// People of each board that are restored; those far below return when they next score.
const MAX_RESTORED: usize = 50_000;
/// Teams of a room whose lines are restored.
const TEAMS: std::ops::RangeInclusive<u8> = 1..=2;

const _: () = assert!(people::MAX_BLOCKS <= store::MAX_BLOCKS && people::MAX_MUTES <= store::MAX_MUTES);

/// What a game reports of a person since its last report. Belongings are stored separately (`crate::presence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatDelta {
    /// The person; always one with an account.
    pub person: PersonId,
    /// The game.
    pub about: &'static About,
    /// As in [`Merge::increment`](perigee_shared::netcode::Merge::increment).
    pub told: Statistics,
}

/// What is stored of a room's market.
#[derive(Clone, Copy, Debug)]
pub enum MarketBooks<'a> {
    /// The game's persisted state.
    Lasting(&'a [u8]),
    /// All candles.
    Candles(&'a Candles),
    /// The candles that changed since all of them were stored, at that time in milliseconds since 1970.
    CandlesSince(&'a Candles, u64),
}

/// What the store had when the hub started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The standings of each board.
    pub standings: Vec<(Ladder, RankedPlayer)>,
    /// Lines of public channels, in order within each channel.
    pub lines: Vec<Line>,
    /// Mutes, and for how long they still hold, milliseconds.
    pub mutes: Vec<(NameMute, u64)>,
}

/// Stores what the hub hands over. All methods must return at once.
pub trait Archive: Debug + Send {
    /// A person did something.
    fn record(&mut self, delta: StatDelta);
    /// A line was written in a public channel.
    fn append(&mut self, line: &Line);
    /// Whether the system's clock is known to be right, so that entries in the future can be dropped.
    fn is_clock_proven(&self) -> bool {
        false
    }
    /// The stored candles of a permanent room; requested once for each room.
    fn candles(&mut self, room: &str) -> Candles {
        let _ = room;
        Candles::default()
    }
    /// A person with an account blocks or unblocks a person or a name.
    fn keep_block(&mut self, person: PersonId, whom: Whom, blocked: bool) {
        let _ = (person, whom, blocked);
    }
    /// A name is muted for this many milliseconds from now.
    fn keep_mute(&mut self, mute: NameMute, for_ms: u64) {
        let _ = (mute, for_ms);
    }
    /// A mute of a name, folded, was lifted.
    fn forget_mute(&mut self, folded: &str) {
        let _ = folded;
    }
    /// The current market of a permanent room.
    fn keep_market(&mut self, room: &str, books: MarketBooks<'_>) {
        let _ = (room, books);
    }
}

/// Stores nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArchive;

impl Archive for NoArchive {
    fn record(&mut self, _: StatDelta) {}
    fn append(&mut self, _: &Line) {}
}

impl Archive for StoreHandle {
    fn record(&mut self, delta: StatDelta) {
        let StatDelta { person, about, told } = delta;
        StoreHandle::record(self, Delta { player_id: PlayerKey::from(person), about, told });
    }

    fn is_clock_proven(&self) -> bool {
        StoreHandle::is_clock_proven(self)
    }

    fn append(&mut self, line: &Line) {
        let Some(channel) = line.channel.to_word() else { return };
        let Line { number, from, to, text, at_ms, .. } = line.clone();
        self.append_chat(ChatRow { channel, number, from, to, text, at_ms });
    }

    fn keep_block(&mut self, person: PersonId, whom: Whom, blocked: bool) {
        let other = match whom {
            Whom::Person(other) => store::Whom::Player(PlayerKey::from(other)),
            Whom::Name(name) => store::Whom::Name(name),
        };
        self.set_block(PlayerKey::from(person), other, blocked);
    }

    fn keep_mute(&mut self, mute: NameMute, for_ms: u64) {
        let until_ms = self.now_ms().saturating_add(for_ms);
        let NameMute { folded: name, person } = mute;
        // A guest's number is reused for another one later.
        let player_id = person.filter(|person| person.is_lasting()).map(PlayerKey::from);
        self.mute(store::Muted { name, player_id, until_ms });
    }

    fn forget_mute(&mut self, folded: &str) {
        self.unmute(folded);
    }
}

impl Kept {
    /// Loads the boards of these games, mutes, and the channels of the current rooms.
    ///
    /// # Errors
    /// [`AskError`]: the server can start all the same, without them.
    pub async fn load(store: &StoreHandle, lobby: &Lobby, games: Games) -> Result<Self, AskError> {
        let mut kept = Self::default();
        for ladder in games.iter().flat_map(|game| Ladder::all(game.about)) {
            kept.load_board(store, ladder).await?;
        }
        let mut channels = vec![ChannelKey::Everyone];
        for room in lobby.rooms().iter() {
            channels.push(ChannelKey::Room(room.name().into()));
            channels.extend(TEAMS.map(|team| ChannelKey::Team(room.name().into(), team)));
        }
        for channel in channels {
            let Some(word) = channel.to_word() else { continue };
            let rows = store.chat_history(&word, MAX_LINES_PER_CHANNEL).await?;
            kept.lines.extend(rows.into_iter().map(|row| to_line(row, &channel)));
        }
        let (now_ms, mutes) = (store.now_ms(), store.mutes().await?.into_iter());
        kept.mutes.extend(mutes.map(|store::Muted { name: folded, player_id, until_ms }| {
            (NameMute { folded, person: player_id.map(PersonId::from) }, until_ms.saturating_sub(now_ms))
        }));
        Ok(kept)
    }

    async fn load_board(&mut self, store: &StoreHandle, ladder: Ladder) -> Result<(), AskError> {
        let mut found = 0;
        while found < MAX_RESTORED {
            let rows = store.leaders_from(ladder, found, MAX_LEADERS).await?.rows;
            // The store does not record when a value was reached: equal ones keep the store's order.
            let standings = rows.iter().zip(found as u64..).map(|(place, reached_ms)| {
                let person = PersonId::from(place.player_id);
                (
                    ladder,
                    RankedPlayer { person, name: place.name.as_str().into(), value: place.value, reached_ms },
                )
            });
            self.standings.extend(standings);
            found += rows.len();
            if rows.len() < MAX_LEADERS {
                break;
            }
        }
        Ok(())
    }
}

fn to_line(row: ChatRow, channel: &ChannelKey) -> Line {
    let ChatRow { number, from, to, text, at_ms, .. } = row;
    Line { number, channel: channel.clone(), from, to, text, at_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use crate::store::Store;
    use perigee_arena::{Arena, Tally};
    use perigee_shared::netcode::Simulation;
    use perigee_shared::protocol::Span;
    use std::sync::Arc;

    fn delta(person: PersonId, tally: Tally) -> StatDelta {
        StatDelta { person, about: &Arena::ABOUT, told: tally.into() }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_done_and_said_comes_back() {
        let store = Store::in_memory(Arc::new(Metrics::new())).unwrap();
        let mut archive: Box<dyn Archive> = Box::new(store.clone());
        let mut people = Vec::new();
        for (name, kills) in [("Ada", 2), ("Bob", 5), ("Cleo", 2)] {
            let key = store.identify(None, name).await.unwrap().player_id;
            let person = PersonId(key.0 as u64);
            assert!(person.is_lasting());
            archive.record(delta(person, Tally { kills, deaths: 1, wealth: 100, ..Tally::default() }));
            people.push(person);
        }
        archive.keep_block(people[0], Whom::Person(people[1]), true);
        archive.keep_block(people[0], Whom::Name("cleo".into()), true);
        let token = store.identify(None, "Dan").await.unwrap().token;
        assert!(store.identify(token, "Dan").await.unwrap().blocks.is_empty());
        let mute = |name: &str, person| NameMute { folded: name.to_owned(), person };
        archive.keep_mute(mute("bob", Some(people[1])), 60_000);
        archive.keep_mute(mute("guest", Some(PersonId::passing(1))), 50_000);
        archive.record(delta(people[0], Tally { kills: 1, wealth: 60, ..Tally::default() }));
        let line = |number, channel| Line {
            number,
            channel,
            from: "Ada".into(),
            to: String::new(),
            text: format!("line {number}"),
            at_ms: 1_000 + number,
        };
        let lines = [line(7, ChannelKey::Everyone), line(8, ChannelKey::Everyone)];
        lines.iter().for_each(|line| archive.append(line));
        archive.append(&line(9, ChannelKey::between(people[0], people[1])));
        let kept = Kept::load(&store, &Lobby::new(Vec::new()), crate::game::GAMES).await.unwrap();
        let mutes = [mute("bob", Some(people[1])), mute("guest", None)];
        assert!(
            kept.mutes.iter().map(|(mute, _)| mute).eq(&mutes),
            "the number of one who passed is another's"
        );
        assert!(
            kept.mutes.iter().all(|&(_, left_ms)| (30_000..=60_000).contains(&left_ms)),
            "{:?}",
            kept.mutes
        );
        let blocked = store.blocks_of(PlayerKey::from(people[0])).await.unwrap();
        assert_eq!(blocked.iter().map(|blocked| blocked.name.as_str()).collect::<Vec<_>>(), ["Bob", "Cleo"]);
        assert_eq!(kept.lines, lines, "what two people said is not written down");
        let of = |by| -> Vec<(String, i64)> {
            let ladder = Ladder { game: "arena", span: Span::AllTime, by };
            let rows = kept.standings.iter().filter(|(other, _)| *other == ladder);
            rows.map(|(_, row)| (row.name.to_string(), row.value)).collect()
        };
        let row = |name: &str, value| (name.to_owned(), value);
        assert_eq!(of("kills"), [row("Bob", 5), row("Ada", 3), row("Cleo", 2)]);
        assert_eq!(of("wealth"), [row("Ada", 100), row("Bob", 100), row("Cleo", 100)], "the most they had");
        assert_eq!(of("captures"), []);
        let today = kept.standings.iter().filter(|(ladder, _)| ladder.span == Span::Today).count();
        assert_eq!(today, 6);
    }
}
