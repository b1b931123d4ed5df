//! The hub without sockets: who is sent what, how often, and how many encodings it costs.

mod sockets;

use super::archive::{Kept, NoArchive};
use super::*;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::person::PersonId;
use crate::room::{Link, Pending, Role, RoomHandle, SeatStanding};
use crate::services::feed::message::Topic;
use crate::services::feed::queue::{FeedQueue, Taken};
use crate::store::{Ladder, Store};
use perigee_arena::{Arena, Tally};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Headline, Highlight, Quote, RoundResult, Simulation, Standing};
use perigee_shared::protocol::{
    Board, ChatLine, Leaders, Message, Prices, ServiceMessage, ServiceRefusal, Span,
};
use serde_json::Value;

/// Indices into the arena's table of statistics.
const BY_WEALTH: u8 = 1;
const BY_CAPTURES: u8 = 2;
const KILLS: Board = Board { span: Span::Today, by: 0 };
const TUNED: Tuning = Tuning { prices: true, leaders: Some(KILLS) };

fn standing(tally: Tally) -> Standing {
    Standing { statistics: tally.into(), ..Standing::default() }
}

/// As the arena reports it.
fn destroyed(by: u16, with: &'static str) -> Headline {
    let players = [Some(("victim", PlayerId(1))), Some(("by", PlayerId(by)))];
    Headline::Highlight(Highlight { kind: "kill", players, with: Some(with), ..Highlight::default() })
}

/// The same.
fn captured(team: u8) -> Headline {
    Headline::Highlight(Highlight {
        kind: "capture",
        players: [Some(("by", PlayerId(1))), None],
        team: Some(team),
        sentence: Some("{by} takes the zone for {team}"),
        ..Highlight::default()
    })
}

fn ranking(office: &Office, board: Board) -> &crate::services::ranking::Ranking {
    office.hub.boards.ranking(Ladder::of(&Arena::ABOUT, board).unwrap()).unwrap()
}

/// A hub, and rooms that report what the test wants.
struct Office {
    hub: Hub,
    metrics: Arc<Metrics>,
    arena: Arc<RoomHandle>,
    duel: Arc<RoomHandle>,
    now: Moment,
}

fn room(name: &str, public: bool) -> Arc<RoomHandle> {
    let mut config = Config::from_text(crate::game::GAMES, None).unwrap().rooms.remove(0);
    (config.name, config.max_players, config.public) = (name.to_owned(), 2000, public);
    Arc::new(RoomHandle::new(&config, crate::game::GAMES.named("").unwrap().info, Instant::now()))
}

impl Office {
    fn new() -> Self {
        Self::with_arena(room("arena", true))
    }

    fn with_arena(arena: Arc<RoomHandle>) -> Self {
        let duel = room("duel", true);
        let metrics = Arc::new(Metrics::new());
        let lobby = Arc::new(Lobby::new(vec![Arc::clone(&arena), Arc::clone(&duel)]));
        let config = HubConfig {
            chat: ChatRules::default(),
            games: crate::game::GAMES,
            rank_bots: false,
            wall: Wall::default(),
        };
        let hub = Hub::new(&config, lobby, Arc::clone(&metrics), Box::new(NoArchive), Kept::default());
        let now = Moment { mono_ms: 1000, unix_ms: Wall::default().now_ms() };
        Self { hub, metrics, arena, duel, now }
    }

    fn wait(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.unix_ms += ms;
        self.hub.beat(self.now);
    }

    fn take(&mut self, note: Note) {
        self.hub.take(note, self.now);
    }

    fn session(&self, seat: u16, name: &str) -> Session {
        Session {
            connection: ConnectionId(u64::from(seat)),
            address: None,
            link: Arc::default(),
            room: Arc::clone(&self.arena),
            player: PlayerId(seat),
            sitting: u32::from(seat),
            role: Role::Player,
            is_program: false,
            name: name.to_owned(),
            person: None,
            resumed: false,
        }
    }

    fn seat(&mut self, session: Session) -> Arc<Link> {
        let link = Arc::clone(&session.link);
        self.take(Note::Joined { session: Arc::new(session), account: None });
        link
    }

    fn sit(&mut self, seat: u16, name: &str) -> Arc<Link> {
        let session = self.session(seat, name);
        self.seat(session)
    }

    fn say(&mut self, seat: u16, text: &str) {
        self.take(Note::Said(ConnectionId(u64::from(seat)), Channel::Room, text.to_owned()));
    }

    fn tune(&mut self, seat: u16) {
        self.take(Note::Tuned(ConnectionId(u64::from(seat)), TUNED));
    }

    /// The room reports the standing of the first player in the seat.
    fn stand(&mut self, seat: u16, standing: Standing) {
        self.stand_in(u32::from(seat), seat, standing);
    }

    /// The same for one of several players who had the seat.
    fn stand_in(&mut self, sitting: u32, seat: u16, standing: Standing) {
        self.arena.events.write(|events| {
            events.standings.clear();
            events.standings.push(SeatStanding { player: PlayerId(seat), sitting, standing, acted: true });
        });
    }

    /// The room's final report on a player.
    fn depart(&mut self, sitting: u32, seat: u16, standing: Standing) {
        let gone = SeatStanding { player: PlayerId(seat), sitting, standing, acted: true };
        self.arena.events.write(|events| events.add_departed(gone));
    }

    fn kills(&mut self, seat: u16, kills: i64) {
        self.stand(seat, standing(Tally { kills, ..Tally::default() }));
        self.wait(300);
    }

    fn price(&mut self, good: u8, ask: u32) {
        let quotes = [Quote { good, ask, ..Quote::default() }, Quote { good: 7, ask: 7, ..Quote::default() }];
        self.arena.events.write(|events| events.quotes = quotes.to_vec());
    }

    fn metric(&self, name: &str, kind: &str) -> f64 {
        let text = self.metrics.encode(&Lobby::new(Vec::new()));
        let start = format!("perigee_services_{name}_total{{reason=\"{kind}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)?.parse().ok()).unwrap()
    }

    /// How often `kind` was encoded and delivered during `act`.
    fn costs(&mut self, kind: &str, act: impl FnOnce(&mut Self)) -> (f64, f64) {
        let before = (self.metric("encoded", kind), self.metric("delivered", kind));
        act(self);
        (self.metric("encoded", kind) - before.0, self.metric("delivered", kind) - before.1)
    }

    fn reader(&mut self, number: u64, topic: Topic) -> Arc<FeedQueue> {
        let queue = Arc::<FeedQueue>::default();
        self.take(Note::Feed(ReaderId(number), FeedNote::Enter(Arc::clone(&queue))));
        self.take(Note::Feed(ReaderId(number), FeedNote::Subscribe(topic, None)));
        queue
    }
}

fn heard(link: &Link) -> Vec<ServiceMessage> {
    let mut heard = Vec::new();
    while let Some(Pending::Reliable(bytes)) = link.take(&mut Vec::new()) {
        heard.push(ServiceMessage::decode(&bytes).unwrap());
    }
    heard
}

fn lines(link: &Link) -> Vec<String> {
    let line = |message| match message {
        ServiceMessage::Chat(ChatLine { from, text, .. }) => format!("{from}: {text}"),
        other => panic!("{other:?}"),
    };
    heard(link).into_iter().map(line).collect()
}

fn boards(link: &Link) -> Vec<Leaders> {
    let told = heard(link).into_iter().filter_map(|message| match message {
        ServiceMessage::Leaders(leaders) => Some(leaders),
        _ => None,
    });
    told.collect()
}

fn prices(link: &Link) -> Vec<Vec<(u8, u32)>> {
    let told = heard(link).into_iter().filter_map(|message| match message {
        ServiceMessage::Prices(Prices { changed }) => Some(changed),
        _ => None,
    });
    told.map(|changed| changed.iter().map(|quote| (quote.good, quote.ask)).collect()).collect()
}

fn read(queue: &FeedQueue) -> Vec<Value> {
    let mut read = Vec::new();
    while let Some(Taken::Message(bytes)) = queue.take() {
        read.push(serde_json::from_slice(&bytes).unwrap());
    }
    read
}

#[test]
fn one_line_and_one_price_cost_one_encoding_for_a_thousand() {
    let mut office = Office::new();
    let links: Vec<_> = (0..1000).map(|seat| office.sit(seat, &format!("P{seat}"))).collect();
    (0..1000).for_each(|seat| office.tune(seat));
    let queues: Vec<_> = (0..1000).map(|reader| office.reader(reader, Topic::Market)).collect();
    office.price(0, 10);
    office.wait(300);
    for link in &links {
        link.take(&mut Vec::new());
        heard(link);
    }
    assert_eq!(office.costs("chat", |office| office.say(7, "hello")), (1.0, 1000.0));
    assert!(links.iter().all(|link| lines(link) == ["P7: hello"]));
    office.price(0, 11);
    assert_eq!(office.costs("prices", |office| office.wait(300)), (1.0, 1000.0));
    assert!(links.iter().all(|link| prices(link) == [vec![(0, 11)]]));
    queues.iter().for_each(|queue| drop(read(queue)));
    office.price(0, 12);
    assert_eq!(office.costs("feed", |office| office.wait(300)), (1.0, 1000.0));
    assert!(queues.iter().all(|queue| read(queue).len() == 1));
}

#[test]
fn prices_are_all_at_first_then_changes_and_all_again_for_who_missed_some() {
    let mut office = Office::new();
    let ada = office.sit(1, "Ada");
    office.price(0, 10);
    office.wait(300);
    assert_eq!(prices(&ada), [] as [Vec<(u8, u32)>; 0], "nobody asked");
    office.tune(1);
    office.wait(300);
    office.price(0, 11);
    office.wait(300);
    assert_eq!(prices(&ada), [vec![(0, 10), (7, 7)], vec![(0, 11)]]);
    while ada.put_service(bytes::Bytes::from_static(&[2, 2, 0])) {}
    office.price(0, 12);
    office.wait(300);
    heard(&ada);
    office.wait(300);
    assert_eq!(prices(&ada), [vec![(0, 12), (7, 7)]]);
    // At most four times a second.
    for ask in 0..60 {
        office.price(0, 100 + ask);
        office.wait(50);
    }
    assert!((9..=12).contains(&prices(&ada).len()));
    assert_eq!(office.metric("dropped", "prices"), 1.0);
}

#[test]
fn a_board_is_told_when_its_rows_or_the_own_place_change_and_only_then() {
    let mut office = Office::new();
    let (ada, bob) = (office.sit(1, "Ada"), office.sit(2, "Bob"));
    office.wait(300);
    office.kills(1, 0);
    office.tune(1);
    office.tune(2);
    office.wait(50);
    office.kills(1, 2);
    let told = boards(&ada);
    let last = told.last().unwrap();
    assert_eq!((last.board, last.ranked, last.rows.len()), (KILLS, 1, 1));
    assert_eq!(last.own.as_ref().map(|row| (row.rank, row.name.as_str(), row.value)), Some((1, "Ada", 2)));
    assert_eq!(boards(&bob).last().unwrap().own, None);
    // Deaths are on no board, and credits are on another.
    office.stand(1, standing(Tally { kills: 2, deaths: 5, wealth: 70, ..Tally::default() }));
    (0..20).for_each(|_| office.wait(50));
    assert_eq!((boards(&ada), boards(&bob)), (Vec::new(), Vec::new()));
    // A round restarts, the record does not.
    office.kills(1, 0);
    office.kills(1, 3);
    assert_eq!(boards(&bob).last().unwrap().rows[0].value, 5);
    // A subscriber to another board receives it soon.
    let captures = Board { by: BY_CAPTURES, ..KILLS };
    office.take(Note::Tuned(ConnectionId(2), Tuning { prices: false, leaders: Some(captures) }));
    office.wait(300);
    assert_eq!(boards(&bob)[0].board, captures);
}

#[test]
fn a_board_that_the_game_does_not_have_is_refused() {
    let mut office = Office::new();
    let ada = office.sit(1, "Ada");
    office.wait(300);
    office.kills(1, 0);
    office.kills(1, 2);
    // Losses have no board, and there are four statistics.
    for by in [3, 4, u8::MAX] {
        let board = Board { by, ..KILLS };
        office.take(Note::Tuned(ConnectionId(1), Tuning { prices: false, leaders: Some(board) }));
        office.wait(300);
        let told = heard(&ada);
        assert_eq!(told, [ServiceMessage::Refused(ServiceRefusal::NoSuchBoard)], "{by}");
    }
    assert_eq!(office.metric("refused", "no_such_board"), 3.0);
}

#[test]
fn what_is_told_of_a_seat_is_of_whoever_has_it_now() {
    let mut office = Office::new();
    let standing = |kills, wealth| standing(Tally { kills, wealth, ..Tally::default() });
    office.sit(1, "Ada");
    // What is done in the first moment counts.
    office.kills(1, 9);
    office.take(Note::Left(ConnectionId(1)));
    // Another player has her seat, while the room's events are still about her.
    let bob = Session { connection: ConnectionId(50), sitting: 7, ..office.session(1, "Bob") };
    office.seat(bob);
    office.stand(1, standing(9, 5000));
    office.wait(50);
    assert!(ranking(&office, Board { by: BY_WEALTH, ..KILLS }).is_empty(), "that is hers");
    let values = |office: &Office| -> Vec<(String, i64)> {
        ranking(office, KILLS).iter().map(|row| (row.name.to_string(), row.value)).collect()
    };
    office.stand_in(7, 1, standing(1, 0));
    office.wait(50);
    assert_eq!(values(&office), [("Ada".to_owned(), 9), ("Bob".to_owned(), 1)]);
    // A player who comes back is the same person: nothing is counted twice, and what they did while away is not lost.
    office.take(Note::Left(ConnectionId(50)));
    office.stand_in(7, 1, standing(2, 0));
    office.wait(50);
    assert_eq!(values(&office), [("Ada".to_owned(), 9), ("Bob".to_owned(), 2)]);
    let back =
        Session { connection: ConnectionId(51), resumed: true, sitting: 7, ..office.session(1, "Bob") };
    office.seat(back);
    office.stand_in(7, 1, standing(3, 0));
    office.wait(50);
    assert_eq!(values(&office), [("Ada".to_owned(), 9), ("Bob".to_owned(), 3)]);
}

#[test]
fn the_last_word_on_a_seat_counts_once_whether_or_not_its_connection_is_known_to_be_over() {
    for left_first in [true, false] {
        let mut office = Office::new();
        office.sit(1, "Ada");
        office.kills(1, 2);
        if left_first {
            office.take(Note::Left(ConnectionId(1)));
        }
        // Published in the same tenth of a second, and older.
        office.stand(1, standing(Tally { kills: 3, ..Tally::default() }));
        office.depart(1, 1, standing(Tally { kills: 4, ..Tally::default() }));
        office.wait(50);
        office.take(Note::Left(ConnectionId(1)));
        office.depart(1, 1, standing(Tally { kills: 9, ..Tally::default() }));
        office.wait(50);
        let row = ranking(&office, KILLS).iter().next().map(|row| row.value);
        assert_eq!(row, Some(4), "left first: {left_first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_friends_do_among_themselves_is_on_no_board_and_no_record() {
    let mut office = Office::with_arena(room("arena", false));
    let store = Store::in_memory(Arc::clone(&office.metrics)).unwrap();
    office.hub.archive = Box::new(store.clone());
    let ada = store.identify(None, "Ada").await.unwrap();
    let person = Some(PersonId::from(ada.player_id));
    office.seat(Session { person, ..office.session(1, "Ada") });
    let feed = office.reader(9, Topic::Headlines);
    read(&feed);
    let all = |n| standing(Tally { kills: n, deaths: n, captures: n, wealth: 50 + n });
    office.stand(1, all(7));
    office.arena.events.write(|events| events.add(captured(1)));
    office.wait(300);
    office.depart(1, 1, all(8));
    office.wait(300);
    assert_eq!(read(&feed), Vec::<Value>::new());
    let record = store.profile("Ada").await.unwrap().unwrap();
    assert_eq!(record.records, []);
    for span in [Span::Today, Span::AllTime] {
        for by in [0, BY_CAPTURES, BY_WEALTH] {
            assert!(ranking(&office, Board { by, span }).is_empty(), "{by}");
            let kept =
                store.leaders(Ladder::of(&Arena::ABOUT, Board { by, span }).unwrap(), 9, None).await.unwrap();
            assert!(kept.rows.is_empty(), "{by}");
        }
    }
}

#[test]
fn programs_hear_nothing_until_they_ask_and_are_on_no_board() {
    let mut office = Office::new();
    let robot = Session { is_program: true, ..office.session(1, "Robot") };
    let robot = office.seat(robot);
    office.sit(2, "Ada");
    office.say(2, "hello");
    office.wait(300);
    office.kills(1, 1);
    office.kills(1, 5);
    assert_eq!(heard(&robot), []);
    assert!(ranking(&office, KILLS).is_empty());
    office.take(Note::Tuned(ConnectionId(1), Tuning::default()));
    assert_eq!(lines(&robot), ["Ada: hello"], "and what was said before");
}

#[test]
fn refusals_are_told_and_counted() {
    let mut office = Office::new();
    let ada = office.sit(1, "Ada");
    office.say(1, " ");
    office.say(1, "one");
    office.say(1, "two");
    office.say(1, "three");
    let nobody = Note::Said(ConnectionId(1), Channel::Private("Nobody".into()), "psst".into());
    office.wait(5000);
    office.take(nobody);
    let refusals: Vec<_> = heard(&ada)
        .into_iter()
        .filter_map(|message| match message {
            ServiceMessage::Refused(refusal) => Some(refusal),
            _ => None,
        })
        .collect();
    let expected = [
        ServiceRefusal::Empty,
        ServiceRefusal::TooFast { wait_ms: 1500 },
        ServiceRefusal::NoSuchPlayer("Nobody".into()),
    ];
    assert_eq!(refusals, expected);
    for label in ["empty", "too_fast", "no_such_player"] {
        assert_eq!(office.metric("refused", label), 1.0, "{label}");
    }
}

#[test]
fn headlines_go_to_the_feed_and_captures_into_the_chat() {
    let mut office = Office::new();
    let ada = office.sit(1, "Ada");
    let kills = office.reader(1, Topic::Headlines);
    let chat = office.reader(2, Topic::Chat);
    read(&kills);
    read(&chat);
    office.arena.events.write(|events| {
        events.add(destroyed(9, "beam"));
        // The game's own characters have the last seats; no roster lists them.
        events.add(destroyed(2047, "gun"));
        events.add(captured(2));
        let best = Some(PlayerId(1));
        events.add(Headline::RoundOver { result: RoundResult::Team(2), best });
        events.add(Headline::RoundOver { result: RoundResult::Draw, best: None });
        events.add(Headline::RoundOver { result: RoundResult::Player(PlayerId(1)), best });
    });
    office.wait(50);
    let data: Vec<Value> = read(&kills).into_iter().map(|message| message["data"].clone()).collect();
    let expected = serde_json::json!([
        {"kind": "kill", "room": "arena", "victim": "Ada", "by": "Player 9", "with": "beam"},
        {"kind": "kill", "room": "arena", "victim": "Ada", "by": "Black Kite", "with": "gun"},
        {"kind": "capture", "room": "arena", "team": 2, "by": "Ada"},
        {"kind": "round_over", "room": "arena", "result": "team", "team": 2, "winner": null, "best": "Ada"},
        {"kind": "round_over", "room": "arena", "result": "draw", "team": null, "winner": null, "best": null},
        {"kind": "round_over", "room": "arena", "result": "player", "team": null, "winner": "Ada", "best": "Ada"},
    ]);
    assert_eq!(Value::Array(data), expected);
    let said = [
        ": Ada takes the zone for Team B",
        ": Team B wins the round; Ada did best",
        ": The round ends in a draw",
        ": Ada wins the round",
    ];
    assert_eq!(lines(&ada), said);
    let data: Vec<Value> = read(&chat).into_iter().map(|message| message["data"].clone()).collect();
    assert_eq!(
        data[0],
        serde_json::json!({"room": "arena", "from": "", "text": "Ada takes the zone for Team B"})
    );
}

#[test]
fn nothing_of_a_private_room_is_public() {
    let mut office = Office::with_arena(room("hideout", false));
    let queues: Vec<_> = (1..).zip(Topic::ALL).map(|(number, topic)| office.reader(number, topic)).collect();
    let ada = office.sit(1, "Ada");
    office.arena.events.write(|events| events.add(captured(2)));
    office.price(0, 10);
    office.wait(300);
    office.say(1, "between us");
    assert_eq!(lines(&ada), [": Ada takes the zone for Team B", "Ada: between us"]);
    queues.iter().for_each(|queue| {
        let told = Value::Array(read(queue)).to_string();
        assert!(!told.contains("hideout") && !told.contains("Ada"), "{told}");
    });
    let late = office.reader(9, Topic::Rooms);
    assert!(!Value::Array(read(&late)).to_string().contains("hideout"));
    let late = office.reader(10, Topic::Market);
    assert!(!Value::Array(read(&late)).to_string().contains("hideout"));
}

#[test]
fn teams_are_what_the_room_says() {
    let mut office = Office::new();
    let (ada, bob) = (office.sit(1, "Ada"), office.sit(2, "Bob"));
    office.wait(300);
    for seat in [1, 2] {
        office.stand(seat, Standing { team: 1, ..Standing::default() });
        office.wait(50);
    }
    office.take(Note::Said(ConnectionId(1), Channel::Team, "attack".into()));
    assert_eq!((lines(&ada).len(), lines(&bob).len()), (1, 1));
    office.stand(2, Standing { team: 2, ..Standing::default() });
    office.wait(50);
    office.take(Note::Said(ConnectionId(1), Channel::Team, "again".into()));
    assert_eq!((lines(&ada).len(), lines(&bob).len()), (1, 0));
}

#[test]
fn who_begins_to_read_is_told_how_it_stands() {
    let mut office = Office::new();
    office.sit(1, "Ada");
    office.price(0, 10);
    office.wait(300);
    office.kills(1, 0);
    office.kills(1, 4);
    let state = |office: &mut Office, number: u64, topic: Topic| {
        let queue = office.reader(number, topic);
        read(&queue).into_iter().find(|message| message["type"] == "state").unwrap()["data"].clone()
    };
    let market = state(&mut office, 1, Topic::Market);
    assert_eq!(
        (&market["rooms"][0]["room"], &market["rooms"][0]["quotes"][0]["ask"]),
        (&"arena".into(), &10.into())
    );
    let named = &market["rooms"][0]["quotes"];
    assert_eq!((&named[0]["venue_name"], &named[0]["good_name"]), (&"Aphelion".into(), &"Iron".into()));
    assert_eq!((&named[1]["good"], &named[1]["good_name"]), (&7.into(), &Value::Null));
    let board = state(&mut office, 2, Topic::Leaderboard)["boards"][0].clone();
    assert_eq!(board["span"], "today");
    assert_eq!(board["rows"], serde_json::json!([{"rank": 1, "name": "Ada", "value": 4}]));
    let rooms = state(&mut office, 3, Topic::Rooms);
    assert_eq!(rooms["rooms"][1]["name"], office.duel.name());
    // A second reader gets the same bytes.
    assert_eq!(office.costs("feed", |office| drop(state(office, 4, Topic::Rooms))).0, 0.0);
}

#[test]
fn who_looks_on_hears_of_the_match_when_they_see_it_and_never_a_team() {
    let mut office = Office::new();
    let ada = office.sit(1, "Ada");
    office.say(1, "long ago");
    office.wait(5000);
    office.say(1, "just now");
    office.wait(1000);
    let eve = Session { role: Role::Spectator { delay_ms: 3000 }, ..office.session(9, "Eve") };
    let eve = office.seat(eve);
    assert_eq!(lines(&eve), ["Ada: long ago"], "what was said before they came is held back too");
    // A wrong report of a room must not put a spectator into a team.
    for seat in [1, 9] {
        office.stand(seat, Standing { team: 1, ..Standing::default() });
        office.wait(300);
    }
    office.take(Note::Said(ConnectionId(1), Channel::Team, "they come from the left".to_owned()));
    office.arena.events.write(|events| {
        events.headlines = vec![Headline::RoundOver { result: RoundResult::Nobody, best: None }];
    });
    office.wait(50);
    let round_over = ": Nobody wins the round".to_owned();
    assert!(lines(&ada).contains(&round_over));
    office.take(Note::Said(ConnectionId(1), Channel::Everyone, "hello all".to_owned()));
    office.take(Note::Said(ConnectionId(9), Channel::Room, "nice".to_owned()));
    assert_eq!(lines(&ada), ["Ada: hello all", "Eve: nice"], "players hear at once");
    assert_eq!(lines(&eve), ["Ada: hello all"], "everyone's channel is of no room's moment");
    office.wait(1300);
    assert_eq!(lines(&eve), [""; 0], "a tenth of a second too soon");
    office.wait(100);
    assert_eq!(lines(&eve), ["Ada: just now"]);
    office.wait(1500);
    assert_eq!(lines(&eve), [""; 0]);
    office.wait(100);
    assert_eq!(lines(&eve), [round_over, "Eve: nice".to_owned()]);
}

#[test]
fn what_waits_for_a_spectator_is_bounded() {
    let mut office = Office::new();
    let eve = Session { role: Role::Spectator { delay_ms: 60_000 }, ..office.session(9, "Eve") };
    let eve = office.seat(eve);
    for _ in 0..300 {
        office.arena.events.write(|events| {
            events.headlines = vec![Headline::RoundOver { result: RoundResult::Nobody, best: None }];
        });
        office.wait(50);
    }
    assert_eq!(lines(&eve), [""; 0]);
    office.wait(60_000);
    assert_eq!(lines(&eve).len(), 256);
    assert_eq!(office.metric("dropped", "chat"), 44.0);
}

#[tokio::test]
async fn readers_who_ask_without_end_keep_nobody_elses_note_out() {
    let office = Office::with_arena(room("arena", true));
    // The hub does not run before this test waits.
    let (handle, _task) = office.hub.start();
    let ask = || Note::Feed(ReaderId(9), FeedNote::Subscribe(Topic::Headlines, Some(0)));
    let asked = (0..1_000_000).take_while(|_| handle.try_send(ask())).count();
    assert!(asked < 1_000_000, "readers' notes are bounded");
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    assert!(handle.try_send(Note::Named("Ada".to_owned(), reply)));
    tokio::task::yield_now().await;
    assert_eq!(answer.try_recv(), Ok(0), "and is read before theirs");
}

#[test]
fn who_does_nothing_is_on_no_board() {
    let wealthy = Board { span: Span::AllTime, by: BY_WEALTH };
    let mut office = Office::new();
    office.seat(office.session(1, "Passer-by"));
    let standing = standing(Tally { wealth: 1000, ..Tally::default() });
    for acted in [false, true] {
        // The standing stays the same: that they act is enough.
        let told = SeatStanding { player: PlayerId(1), sitting: 1, standing, acted };
        office.arena.events.write(|events| events.standings = vec![told]);
        office.wait(100);
        assert_eq!(ranking(&office, wealthy).len(), usize::from(acted));
    }
}
