//! The panels in a real browser: chat, market, leaders, scores, lobby, looking on; by keyboard, on a phone, and with texts
//! that would do harm if a page read them as markup. Writes screenshots to `target/screenshots/`: look at them.
//!
//! What the services say is given to the page by `perigee-inject` where a test needs words of its own.

use crate::browser::scenery;
use crate::pages::{
    Driver, ONE_AT_A_TIME, body, join, key, own, screenshot, script, tap, text, until, until_state,
};
use crate::support::{TestServer, next_control};
use fantoccini::actions::{InputSource, KeyAction, MOUSE_BUTTON_RIGHT, MouseActions, PointerAction};
use fantoccini::{Client, Locator};
use futures_util::SinkExt;
use glam::Vec2;
use perigee_shared::game::tuning::DOCK_RADIUS_UNITS;
use perigee_shared::game::{Arena, Scenario};
use perigee_shared::netcode::{Quote, Simulation};
use perigee_shared::protocol::{
    Board, Channel, ChatLine, ClientMessage, DeviceToken, LeaderRow, Leaders, Prices, ServerMessage,
    ServiceRefusal, encode_client, encode_server,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

// WebDriver's numbers of special keys.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e006}';
const ESCAPE: char = '\u{e00c}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';
/// A phone held upright, CSS pixels.
const PHONE: (u32, u32) = (390, 844);

/// A room without pirates, for tests that need peace.
fn quiet(more: &str) -> String {
    format!(
        "[[rooms]]\nname = \"quiet\"\nmax_players = 8\ninterest_radius_units = 2000\nmax_spectators = 4\n\
         spectator_delay_ms = 1000\n[rooms.scenario]\nasteroids = 0\npirates = 0\n{more}"
    )
}

/// The lines that players said.
const SAID: &str = "#chat-lines li:not([data-kind=system], [data-kind=aside])";

/// Gives the page a message as if the server had sent it.
async fn inject(page: &Client, message: &ServerMessage) {
    let line = "dispatchEvent(new CustomEvent('perigee-inject', {detail: new Uint8Array(arguments[0])}))";
    page.execute(line, vec![json!(encode_server(message))]).await.unwrap();
}

fn line(number: u64, channel: Channel, from: &str, words: &str) -> ServerMessage {
    let at_ms = 1_700_000_000_000 + number;
    ServerMessage::Chat(ChatLine { number, channel, from: from.into(), text: words.into(), at_ms })
}

/// Waits until the market's table has prices.
async fn until_priced(page: &Client) {
    until("there are prices", async || {
        text(page, "[data-place='0,0'] .ask").await.parse::<u32>().ok().filter(|&ask| ask > 1).map(drop)
    })
    .await;
}

async fn until_text(page: &Client, selector: &str, part: &str) -> String {
    let what = format!("{selector} says {part:?}");
    until(&what, async || Some(text(page, selector).await).filter(|words| words.contains(part))).await
}

async fn is_open(page: &Client, panel: &str) -> bool {
    body(page, panel).await == "open"
}

async fn until_open(page: &Client, panel: &str, open: bool) {
    let what = format!("{panel} is open: {open}");
    until(&what, async || (is_open(page, panel).await == open).then_some(())).await;
    // Until it has slid to its place.
    sleep(Duration::from_millis(300)).await;
}

async fn count(page: &Client, selector: &str) -> u64 {
    let script = "return document.querySelectorAll(arguments[0]).length";
    page.execute(script, vec![json!(selector)]).await.unwrap().as_u64().unwrap()
}

async fn click(page: &Client, selector: &str) {
    page.execute("document.querySelector(arguments[0]).click()", vec![json!(selector)]).await.unwrap();
}

async fn focused(page: &Client) -> String {
    let id = script(page, "const e = document.activeElement; return e.id || e.className || e.tagName").await;
    id.as_str().unwrap_or_default().to_owned()
}

/// Where an element is on the screen: left, top, right, bottom.
async fn place(page: &Client, selector: &str) -> [f64; 4] {
    let line = "const r = document.querySelector(arguments[0]).getBoundingClientRect();
        return [r.left, r.top, r.right, r.bottom]";
    let place = page.execute(line, vec![json!(selector)]).await.unwrap();
    [0, 1, 2, 3].map(|at| place[at].as_f64().unwrap())
}

/// A phone that is in the match.
async fn phone(driver: &Driver, server: &TestServer, name: &str) -> Client {
    let page = driver.phone(PHONE).await;
    page.goto(&format!("http://{}/?name={name}&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_is_written_and_read_by_keyboard_and_the_ship_stays_still() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let mut bob = server.player("Bob the Second").await;
    until("the roster has both", async || text(&page, "#scores").await.contains("Bob").then_some(())).await;
    let before = until("there is a ship", async || own(&page).await).await;

    tap(&page, ENTER).await;
    until_open(&page, "chat", true).await;
    assert_eq!(focused(&page).await, "chat-text");
    sleep(Duration::from_millis(1200)).await;
    let field = page.find(Locator::Css("#chat-text")).await.unwrap();
    field.send_keys("wwwwaaaa /w bob").await.unwrap();
    let after = until("there is a ship", async || own(&page).await).await;
    assert!(
        (after.0 - before.0).hypot(after.1 - before.1) < 1.0,
        "typing flew the ship: {before:?} {after:?}"
    );
    tap(&page, TAB).await;
    assert_eq!(field.prop("value").await.unwrap().unwrap(), "wwwwaaaa /w Bob the Second ");

    field.clear().await.unwrap();
    field.send_keys("hello there").await.unwrap();
    tap(&page, ENTER).await;
    until_text(&page, "#chat-lines li[data-own='1']", "hello there").await;
    loop {
        match next_control(&mut bob).await.expect("Bob is still there") {
            ServerMessage::Chat(line) if line.text == "hello there" => break assert_eq!(line.from, "Ada"),
            _ => {}
        }
    }

    // A line comes twice, with its history, and is shown once; refusals are words.
    for _ in 0..2 {
        inject(&page, &line(1, Channel::Room, "Bob the Second", "has anybody seen my crystal?")).await;
        inject(&page, &line(2, Channel::Team, "Ada", "zone in ten")).await;
        inject(&page, &line(3, Channel::Everyone, "Cleo", "duel room is open")).await;
        inject(&page, &line(4, Channel::Private("Ada".into()), "Dora", "tech is dear at Boreas")).await;
        inject(&page, &line(5, Channel::Room, "", "Erik came")).await;
    }
    inject(&page, &ServerMessage::ServiceRefused(ServiceRefusal::TooFast { wait_ms: 1200 })).await;
    until_text(&page, "#chat-lines", "Too fast: wait 2 s").await;
    // These four, and the one that was said.
    assert_eq!(count(&page, SAID).await, 5);
    screenshot(&page, "chat.png").await;

    // The name's menu hides a player.
    click(&page, "#chat-lines [data-who='Cleo']").await;
    until("the menu is there", async || text(&page, "#chat-menu").await.contains("Cleo").then_some(())).await;
    screenshot(&page, "chat-menu.png").await;
    click(&page, "#chat-menu [data-do=block]").await;
    until_text(&page, "#chat-lines", "You do not read Cleo any more").await;
    assert_eq!(count(&page, "#chat-lines [data-who='Cleo']").await, 0);
    inject(&page, &line(9, Channel::Everyone, "Cleo", "hello?")).await;

    // Many lines: the page keeps a hundred.
    for number in 20..180 {
        inject(&page, &line(number, Channel::Room, "Bob the Second", &format!("line {number}"))).await;
    }
    until_text(&page, "#chat-lines", "line 179").await;
    assert_eq!(count(&page, "#chat-lines li").await, 100);
    assert!(!text(&page, "#chat-lines").await.contains("hello?"));

    tap(&page, ESCAPE).await;
    until_open(&page, "chat", false).await;
    assert_eq!(focused(&page).await, "BODY");
    inject(&page, &line(200, Channel::Room, "Bob the Second", "are you there?")).await;
    until_text(&page, "#chat-unread", "1").await;
    screenshot(&page, "chat-closed.png").await;
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    until("keys fly the ship again", async || {
        own(&page).await.filter(|now| (now.0 - after.0).hypot(now.1 - after.1) > 20.0)
    })
    .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_chat_is_behind_its_button() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = phone(&driver, &server, "Ada").await;
    inject(&page, &line(1, Channel::Room, "Bob", "has anybody seen my crystal?")).await;
    inject(&page, &line(2, Channel::Room, "Cleo", "it floats by the zone")).await;
    until_text(&page, "#chat-unread", "2").await;
    screenshot(&page, "phone-chat-closed.png").await;
    let hidden = "return getComputedStyle(document.getElementById('chat-lines')).visibility";
    assert_eq!(script(&page, hidden).await, json!("hidden"));
    page.find(Locator::Css("#menu [data-action=chat]")).await.unwrap().click().await.unwrap();
    until_open(&page, "chat", true).await;
    let [left, _, right, bottom] = place(&page, "#panel-chat").await;
    assert_eq!((left, right), (0.0, f64::from(PHONE.0)));
    assert!(bottom < f64::from(PHONE.1) * 0.6, "the keyboard covers it: {bottom}");
    screenshot(&page, "phone-chat.png").await;
    page.find(Locator::Css("[data-close=chat]")).await.unwrap().click().await.unwrap();
    until_open(&page, "chat", false).await;
    page.close().await.unwrap();
    server.stop().await;
}

/// Names and lines that would do harm, if anything read them as markup.
const HOSTILE: [&str; 9] = [
    "<img src=x onerror=\"window.hurt=1\">",
    "</script><script>window.hurt=2</script>",
    "\"><svg onload=window.hurt=3>",
    "javascript:window.hurt=4",
    "https://example.com/?<a href='javascript:window.hurt=5'>click</a>",
    "{{constructor.constructor('window.hurt=6')()}}",
    "\u{202e}desrever \u{2066}isolated\u{2069} \u{200f}rtl",
    "&lt;b&gt;&#x3c;i&#x3e;",
    "</li></ol><iframe srcdoc='<script>parent.hurt=7</script>'>",
];

/// Fails if anything in the page is another kind of element than what the panels are made of, or if something ran.
async fn assert_unhurt(page: &Client, selector: &str, allowed: &[&str]) {
    let line = "return [...document.querySelector(arguments[0]).querySelectorAll('*')].map(e => e.localName)";
    let found = page.execute(line, vec![json!(selector)]).await.unwrap();
    for name in found.as_array().unwrap() {
        assert!(allowed.contains(&name.as_str().unwrap()), "{selector} has a {name}");
    }
    let handlers = "return [...document.querySelectorAll('*')].filter(e => [...e.attributes]
        .some(a => a.name.startsWith('on')
            || /^(href|src|srcdoc|action|formaction)$/.test(a.name) && /javascript:/i.test(a.value))).length";
    assert_eq!(script(page, handlers).await, json!(0));
    assert_eq!(script(page, "return window.hurt === undefined").await, json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_and_lines_are_text_everywhere() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    // Over the real server: names as long as they may be.
    let mut bold = server.player("<b onclick=hurt=8>").await;
    let _image = server.player("<img onerror=a src>").await;
    until("they are in the roster", async || text(&page, "#scores").await.contains("<img").then_some(()))
        .await;
    tap(&page, ENTER).await;
    until_open(&page, "chat", true).await;
    // Over the real server, which cleans what hides or defaces and leaves the rest as it was written.
    for words in [HOSTILE[0], HOSTILE[3]] {
        let say = ClientMessage::Say { channel: Channel::Room, text: words.into() };
        bold.send(Message::Binary(encode_client(&say).into())).await.unwrap();
    }
    until("both lines are there", async || {
        (count(&page, "#chat-lines [data-who='<b onclick=hurt=8>']").await == 2).then_some(())
    })
    .await;
    assert_unhurt(&page, "#chat-lines", &["li", "span", "button"]).await;
    let zalgo: String =
        std::iter::once('Z').chain((0..200u32).map(|n| char::from_u32(0x300 + n % 0x6f).unwrap())).collect();
    let all: Vec<&str> = HOSTILE.into_iter().chain([zalgo.as_str()]).collect();
    for (number, &words) in (1..).zip(&all) {
        inject(&page, &line(number, Channel::Room, words, words)).await;
        inject(&page, &line(number, Channel::Private("Ada".into()), words, words)).await;
        inject(&page, &line(number, Channel::Everyone, "", words)).await;
    }
    let row = |rank: u32, name: &&str| LeaderRow { rank, name: (*name).to_owned(), value: 5 };
    let rows: Vec<LeaderRow> = (1..).zip(&all).map(|(rank, name)| row(rank, name)).collect();
    let own_row = rows.first().cloned();
    until("all lines are there", async || (count(&page, SAID).await == 22).then_some(())).await;

    // Each text came through as it is, once as a name and twice as a line.
    let texts =
        script(&page, "return [...document.querySelectorAll('#chat-lines .text')].map(e => e.textContent)")
            .await;
    for words in &all {
        let same = texts.as_array().unwrap().iter().filter(|text| text.as_str() == Some(words)).count();
        assert!(same >= 3, "{words}: {same}");
    }
    let lone = "return [...document.querySelectorAll('#chat-lines .text')]
        .every(e => e.childNodes.length === 1 && e.firstChild.nodeType === Node.TEXT_NODE)";
    assert_eq!(script(&page, lone).await, json!(true));
    assert_unhurt(&page, "#chat-lines", &["li", "span", "button"]).await;
    let tallest =
        "return Math.max(...[...document.querySelectorAll('#chat-lines li')].map(e => e.clientHeight))";
    assert!(script(&page, tallest).await.as_f64().unwrap() < 130.0, "a line is as tall as a tower");
    click(&page, "#chat-lines [data-who]").await;
    assert_unhurt(&page, "#chat-menu", &["p", "button"]).await;
    screenshot(&page, "hostile-chat.png").await;
    tap(&page, ESCAPE).await;
    until_open(&page, "chat", false).await;

    tap(&page, 'l').await;
    until_open(&page, "leaders", true).await;
    inject(
        &page,
        &ServerMessage::Leaders(Leaders { board: Board::default(), rows, own: own_row, ranked: 10 }),
    )
    .await;
    until_text(&page, "#leaders-rows", "onerror").await;
    assert_unhurt(
        &page,
        "#panel-leaders",
        &["header", "h2", "button", "div", "table", "thead", "tbody", "tr", "th", "td", "p"],
    )
    .await;
    screenshot(&page, "hostile-leaders.png").await;
    page.perform_actions(key(KeyAction::Down { value: ESCAPE })).await.unwrap();
    page.perform_actions(key(KeyAction::Down { value: TAB })).await.unwrap();
    until_text(&page, "#scores-rows", "<img").await;
    assert_unhurt(&page, "#scores-rows", &["tr", "th", "td"]).await;
    page.close().await.unwrap();
    server.stop().await;
}

/// A small arena full of stations, in which the view stands still.
const YARD: (f64, f64) = (500.0, 500.0);

/// Flies to the nearest station of the yard, until the ship lies still there.
async fn dock(page: &Client, scenario: &Scenario) {
    let map = Arena::map(scenario);
    let nearest = |ship: Vec2| {
        let centres = map.stations.iter().map(|station| station.centre);
        centres.min_by(|a, b| a.distance(ship).total_cmp(&b.distance(ship)))
    };
    let place = async || own(page).await.map(|(x, y, _)| Vec2::new(x as f32, y as f32));
    until("the ship lies at a station", async || {
        page.perform_actions(key(KeyAction::Down { value: 's' })).await.unwrap();
        sleep(Duration::from_millis(900)).await;
        let before = place().await;
        sleep(Duration::from_millis(600)).await;
        page.release_actions().await.unwrap();
        let ship = place().await?;
        let to = nearest(ship)?;
        if to.distance(ship) < DOCK_RADIUS_UNITS * 0.9 {
            return before.filter(|before| before.distance(ship) < 1.0).map(drop);
        }
        // Towards the station; the view's middle is the yard's, and it is 800 units high.
        let at = (to - Vec2::new(YARD.0 as f32, YARD.1 as f32) / 2.0) * 0.9;
        let at = (640.0 + f64::from(at.x), 360.0 - f64::from(at.y));
        let burn = MouseActions::new("mouse".into())
            .then(PointerAction::MoveTo { duration: None, x: at.0, y: at.1 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_RIGHT });
        page.perform_actions(burn).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        page.release_actions().await.unwrap();
        None
    })
    .await;
}

/// Answers what the server has no answer for: rooms, and the past of prices.
async fn mock_rest(driver: &Driver, page: &Client, rooms: &Value) {
    let source = format!(
        "const rooms = {rooms};
        const real = window.fetch.bind(window);
        window.asked = [];
        window.fetch = (path, wish) => {{
            window.asked.push((wish?.method || 'GET') + ' ' + path + ' ' + (wish?.body || ''));
            const tell = (json, status = 200) => Promise.resolve(new Response(JSON.stringify(json), {{status}}));
            if (String(path).startsWith('/api/v1/rooms')) {{
                return rooms === null ? tell({{detail: 'nothing'}}, 404) : tell({{rooms, next: null}});
            }}
            if (String(path).includes('/candles')) {{
                const ms = path.includes('1s') ? 1000 : path.includes('1h') ? 3600000 : 60000;
                const now = Math.floor(Date.now() / ms) * ms;
                let price = 30, candles = [];
                for (let n = 59; n >= 1; n--) {{
                    const open = price, close = Math.max(12, Math.round(price + 6 * Math.sin(n / 5) + n * 7 % 5 - 2));
                    candles.push({{start_ms: now - n * ms, open, close, high: Math.max(open, close) + n % 3,
                        low: Math.min(open, close) - n % 2, volume: n * 13 % 40}});
                    price = close;
                }}
                return tell({{candles, next: null}});
            }}
            return real(path, wish);
        }};"
    );
    driver.ask(page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_is_read_everywhere_and_traded_in_at_a_station() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let yard = format!("stations = 6\nwidth_units = {:.1}\nheight_units = {:.1}\n", YARD.0, YARD.1);
    let server = TestServer::start(&quiet(&yard)).await;
    let scenario = Scenario {
        stations: 6,
        asteroids: 0,
        pirates: 0,
        width_units: YARD.0 as f32,
        height_units: YARD.1 as f32,
        ..Scenario::default()
    };
    let driver = Driver::start();
    let page = driver.browser().await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#ticker", "Iron").await;
    screenshot(&page, "ticker.png").await;

    // The ticker opens the panel; the price of each good at each station is there, and arrows walk.
    page.find(Locator::Css("#ticker")).await.unwrap().click().await.unwrap();
    until_open(&page, "market", true).await;
    assert_eq!(count(&page, ".price").await, 30);
    until_priced(&page).await;
    click(&page, "[data-place='0,0']").await;
    script(&page, "document.querySelector(\"[data-place='0,0']\").focus()").await;
    tap(&page, RIGHT).await;
    tap(&page, DOWN).await;
    let here = "return document.activeElement.dataset.place";
    until("the arrows walk", async || (script(&page, here).await == json!("1,1")).then_some(())).await;
    until_text(&page, "#trade-title", "Ice at").await;
    let asked = script(&page, "return window.asked.filter(line => line.includes('candles')).pop()").await;
    assert_eq!(asked, json!("GET /api/v1/market/quiet/1/1/candles?interval=1m&limit=60 "));
    screenshot(&page, "market-away.png").await;

    // Escape gives the keys back; at the station the buttons are alive.
    tap(&page, ESCAPE).await;
    until_open(&page, "market", false).await;
    dock(&page, &scenario).await;
    tap(&page, 'm').await;
    until_open(&page, "market", true).await;
    until_text(&page, "#trade-title", "Ice at").await;
    let purse = until_text(&page, "#market-purse", "credits").await;
    until("there is something to buy", async || {
        (script(&page, "return document.querySelector(\"[data-deal='0']\").disabled").await == json!(false))
            .then_some(())
    })
    .await;
    tap(&page, '1').await;
    until_text(&page, "#trade-answer", "Bought 1 Ice for").await;
    click(&page, "[data-deal='1']").await;
    until_text(&page, "#trade-answer", "Bought 10 Ice for").await;
    until_text(&page, "#trade-words", "You have 11").await;
    assert_ne!(text(&page, "#market-purse").await, purse);
    screenshot(&page, "market.png").await;
    until("what is held can be sold", async || {
        (script(&page, "return document.querySelector(\"[data-deal='5']\").disabled").await == json!(false))
            .then_some(())
    })
    .await;
    click(&page, "[data-deal='5']").await;
    until_text(&page, "#trade-answer", "Sold 11 Ice for").await;

    // What the server refuses is told in words: here a price that was never asked.
    let picked = "return document.querySelector('[data-place][aria-pressed=true]').dataset.place";
    let picked = script(&page, picked).await;
    let (station, good) = picked.as_str().unwrap().split_once(',').unwrap();
    let (station, good) = (station.parse().unwrap(), good.parse().unwrap());
    let cheap = Quote { station, good, ask: 2, bid: 1, stock: 100, traded: 9 };
    until("the price moved", async || {
        inject(&page, &ServerMessage::Prices(Prices { changed: vec![cheap] })).await;
        sleep(Duration::from_millis(200)).await;
        click(&page, "[data-deal='1']").await;
        sleep(Duration::from_millis(300)).await;
        text(&page, "#trade-answer").await.contains("Nothing came of it: the price moved").then_some(())
    })
    .await;
    page.close().await.unwrap();

    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&format!("http://{}/?name=Bea&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    page.find(Locator::Css("#menu [data-action=market]")).await.unwrap().click().await.unwrap();
    until_open(&page, "market", true).await;
    until_priced(&page).await;
    assert_eq!(place(&page, "#panel-market").await, [0.0, 0.0, f64::from(PHONE.0), f64::from(PHONE.1)]);
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "phone-market.png").await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_are_told_with_the_own_place() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let leaders = |board: Board, values: i64| {
        let row = |rank: u32| LeaderRow {
            rank,
            name: format!("Pilot {}", 100 + rank * 7),
            value: values - i64::from(rank) * 3,
        };
        let rows: Vec<LeaderRow> = (1..=20).map(row).collect();
        let own = Some(LeaderRow { rank: 214, name: "Ada".into(), value: 1 });
        ServerMessage::Leaders(Leaders { board, rows, own, ranked: 1_204 })
    };
    let page = join(&driver, &server, "Ada").await;
    tap(&page, 'l').await;
    until_open(&page, "leaders", true).await;
    inject(&page, &leaders(Board::default(), 99)).await;
    until_text(&page, "#leaders-own", "place 214 of 1204").await;
    assert_eq!(count(&page, "#leaders-rows tr").await, 20);
    screenshot(&page, "leaders.png").await;

    // Another board is asked for, and the server tells it; rows of a board that is not looked at are not shown.
    click(&page, "[data-by=wealth]").await;
    until_text(&page, "#leaders-own", "1\u{202f}000").await;
    inject(&page, &leaders(Board::default(), 50)).await;
    sleep(Duration::from_millis(300)).await;
    assert!(!text(&page, "#leaders-rows").await.contains("Pilot"), "rows of another board");
    until("the own row is marked", async || (count(&page, "#leaders-rows .own").await == 1).then_some(()))
        .await;
    tap(&page, 'l').await;
    until_open(&page, "leaders", false).await;
    page.close().await.unwrap();

    let page = phone(&driver, &server, "Bea").await;
    page.find(Locator::Css("#menu [data-action=leaders]")).await.unwrap().click().await.unwrap();
    until_open(&page, "leaders", true).await;
    inject(&page, &leaders(Board::default(), 99)).await;
    until_text(&page, "#leaders-own", "place 214").await;
    screenshot(&page, "phone-leaders.png").await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scoreboard_is_held_up_and_opens_by_itself_when_a_round_ends() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("mode = \"teams\"\nround_s = 30\n")).await;
    let mut others = Vec::new();
    for name in ["Bob", "Cleo", "Dora", "Erik", "Fay"] {
        others.push(server.player(name).await);
    }
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    page.perform_actions(key(KeyAction::Down { value: TAB })).await.unwrap();
    until_open(&page, "scores", true).await;
    let rows = until_text(&page, "#scores-rows", "Team B").await;
    for name in ["Ada", "Bob", "Cleo", "Dora", "Erik", "Fay", "Team A"] {
        assert!(rows.contains(name), "{rows}");
    }
    assert_eq!(count(&page, "#scores-rows .own").await, 1);
    until_text(&page, "#scores-time", "left").await;
    assert_eq!(count(&page, "#scores-change:disabled").await, 1);
    until_text(&page, "#scores-change-words", "at a station").await;
    screenshot(&page, "scores-held.png").await;
    page.release_actions().await.unwrap();
    until_open(&page, "scores", false).await;

    until_text(&page, "#scores-title", "Round over").await;
    assert!(is_open(&page, "scores").await);
    until_text(&page, "#scores-time", "Next round in").await;
    assert_eq!(count(&page, "#scores-rows .own[data-team='2']").await, 1, "the sixth to come");
    until_text(&page, "#scores-change", "Change to ▲ Team A").await;
    screenshot(&page, "scores.png").await;
    click(&page, "#scores-change:enabled").await;
    until("Ada plays for the others", async || {
        (count(&page, "#scores-rows .own[data-team='1']").await == 1).then_some(())
    })
    .await;
    until_text(&page, "#scores-change", "Change to ■ Team B").await;
    until_open(&page, "scores", false).await;
    page.close().await.unwrap();

    let page = phone(&driver, &server, "Gil").await;
    page.find(Locator::Css("#menu [data-panel=scores]")).await.unwrap().click().await.unwrap();
    until_open(&page, "scores", true).await;
    until_text(&page, "#scores-rows", "Team B").await;
    screenshot(&page, "phone-scores.png").await;
    page.find(Locator::Css("[data-close=scores]")).await.unwrap().click().await.unwrap();
    until_open(&page, "scores", false).await;
    page.close().await.unwrap();
    server.stop().await;
}

fn some_rooms() -> Value {
    let room = |name: &str, mode: &str, (players, bots, most): (u32, u32, u32), left: Option<u32>| {
        json!({"name": name, "mode": mode, "phase": "playing", "seconds_left": left, "players": players,
            "bots": bots, "max_players": most, "join_url": format!("/?room={name}")})
    };
    json!([
        room("arena", "free_for_all", (31, 4, 256), Some(412)),
        room("duel", "free_for_all", (8, 0, 8), Some(35)),
        room("teams-1", "teams", (14, 2, 24), Some(590)),
        room("teams-2", "teams", (3, 9, 24), None),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lobby_lists_rooms_and_brings_friends_together() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    mock_rest(&driver, &page, &some_rooms()).await;
    let url = format!("http://{}/?debug=1", server.address);
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "31 + 4 bots / 256").await;
    until_text(&page, "#lobby-note", "ms away").await;
    assert!(text(&page, "#lobby-rooms").await.contains("6:52 left"));
    assert_eq!(count(&page, "#lobby-rooms [data-join=duel]:disabled").await, 1, "a full room takes nobody");
    screenshot(&page, "lobby.png").await;
    click(&page, "[data-mode=teams]").await;
    until("only those rooms", async || (count(&page, "#lobby-rooms tr").await == 2).then_some(())).await;

    page.close().await.unwrap();

    // A private room of the real server, and a party; who has the link comes into it.
    let page = driver.browser().await;
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "quiet").await;
    let value = "return document.getElementById('lobby-link-field').value";
    click(&page, "[data-lobby=private]").await;
    let link = until("there is a link", async || {
        script(&page, value).await.as_str().filter(|link| link.contains("?room=")).map(str::to_owned)
    })
    .await;
    let room = link.rsplit('=').next().unwrap().to_owned();
    click(&page, "[data-lobby=invite]").await;
    let link = until("the link names a party", async || {
        script(&page, value).await.as_str().filter(|link| link.contains("&party=")).map(str::to_owned)
    })
    .await;
    assert!(link.contains(&room), "{link}");
    assert_eq!(script(&page, "return location.href").await, json!(link));
    until_text(&page, "#lobby-note", &room).await;
    screenshot(&page, "lobby-invite.png").await;
    page.goto(&format!("{link}&autojoin=1&name=Guest&debug=1")).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#room", &room).await;
    page.close().await.unwrap();

    // A server without a list: quick play is there all the same.
    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_millis(800)).await;
    assert_eq!(script(&page, "return document.getElementById('lobby').hidden").await, json!(true));
    page.find(Locator::Css("#play")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    page.close().await.unwrap();

    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &some_rooms()).await;
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "teams-2").await;
    screenshot(&page, "phone-lobby.png").await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_remembered_until_it_is_told_to_forget_and_the_match_can_be_left() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let token = DeviceToken([7; 16]);
    inject(&page, &ServerMessage::Device(token)).await;
    let kept = "return localStorage.getItem('perigee.device')";
    until("it is kept", async || (script(&page, kept).await == json!(token.to_hex())).then_some(())).await;
    tap(&page, 'b').await;
    until_open(&page, "rooms", true).await;
    assert_eq!(text(&page, "#rooms-title").await, "Room quiet");
    screenshot(&page, "room.png").await;
    click(&page, "[data-away=forget]").await;
    until("it is forgotten", async || script(&page, kept).await.is_null().then_some(())).await;
    until_text(&page, "#away-said", "Forgotten").await;
    click(&page, "[data-away=leave]").await;
    until_state(&page, "join").await;
    until("the seat is free at once", async || {
        (server.metric("perigee_players{", "quiet").await == 0.0).then_some(())
    })
    .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_on_follows_players_and_moves_freely() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?room=arena&spectate=1&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#watch-words", "Watching, 3 s behind").await;
    let first = until("somebody is followed", async || {
        Some(text(&page, "#watch-whom").await).filter(|name| !name.is_empty() && name != "free camera")
    })
    .await;
    screenshot(&page, "watch.png").await;
    click(&page, "[data-watch=next]").await;
    let second = until("another is followed", async || {
        Some(text(&page, "#watch-whom").await).filter(|name| *name != first)
    })
    .await;
    tap(&page, '[').await;
    until_text(&page, "#watch-whom", &first).await;
    assert_ne!(first, second);
    page.perform_actions(key(KeyAction::Down { value: 'd' })).await.unwrap();
    until_text(&page, "#watch-whom", "free camera").await;
    page.release_actions().await.unwrap();
    for _ in 0..6 {
        click(&page, "[data-watch=further]").await;
    }
    sleep(Duration::from_millis(600)).await;
    screenshot(&page, "watch-far.png").await;
    assert_eq!(server.metric("perigee_players{", "arena").await, 12.0, "who looks on is no player");
    page.close().await.unwrap();

    let page = driver.phone(PHONE).await;
    page.goto(&format!("http://{}/?room=arena&spectate=1&autojoin=1", server.address)).await.unwrap();
    until_text(&page, "#watch-words", "Watching").await;
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "phone-watch.png").await;
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}
