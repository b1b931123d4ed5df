//! The pages in a real browser against a real server: join, move, be seen, shoot, be kicked. Writes a screenshot of
//! each page to `target/screenshots/`: look at them.

use crate::downlink;
use crate::pages::{
    Driver, ONE_AT_A_TIME, body, debug, join, key, on_page, own, screenshot, script, text, until, until_state,
};
use crate::proxy::Proxy;
use crate::replay::golden_replay;
use crate::support::{TOKEN, TestServer};
use fantoccini::actions::{InputSource, KeyAction, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::{Client, Locator};
use perigee_tests::bots::{BotsConfig, Report, run};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// The arena that the pages meet in, units.
const PIT: (f64, f64) = (700.0, 500.0);

/// Where `page` sees the ship of `name`.
async fn seen(page: &Client, name: &str) -> Option<(f64, f64)> {
    let all = debug(page).await;
    let other = all["others"].as_array()?.iter().find(|other| other[0] == name)?.clone();
    Some((other[1].as_f64()?, other[2].as_f64()?))
}

/// Points at a place of the pit with the trigger held. The pit is smaller than the view, so the view hardly moves.
async fn aim_and_fire(page: &Client, place: (f64, f64)) {
    let at = on_page(page, place).await;
    let mouse = MouseActions::new("mouse".into())
        .then(PointerAction::MoveTo { duration: None, x: at.0, y: at.1 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
    page.perform_actions(mouse).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_play_and_the_console_kicks() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let pit = format!(
        "[[rooms]]\nname = \"pit\"\nmax_players = 8\ninterest_radius_units = 2000\n\
         [rooms.scenario]\nwidth_units = {}\nheight_units = {}\nasteroids = 0\n",
        PIT.0, PIT.1
    );
    let server = TestServer::start(&pit).await;
    let driver = Driver::start();
    let ada = join(&driver, &server, "Ada").await;
    let bob = join(&driver, &server, "Bob").await;
    until("both see each other", async || seen(&ada, "Bob").await.zip(seen(&bob, "Ada").await)).await;

    // A key moves the own ship, and the other page sees it.
    let before = until("Ada has a ship", async || own(&ada).await).await;
    let before_seen = seen(&bob, "Ada").await.unwrap();
    ada.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    let moved = |from: (f64, f64), to: (f64, f64)| (to.0 - from.0).hypot(to.1 - from.1) > 30.0;
    until("Ada's ship moves on her page", async || {
        own(&ada).await.filter(|now| moved((before.0, before.1), (now.0, now.1)))
    })
    .await;
    until("Ada's ship moves on Bob's page", async || {
        seen(&bob, "Ada").await.filter(|now| moved(before_seen, *now))
    })
    .await;
    ada.perform_actions(key(KeyAction::Up { value: 'w' })).await.unwrap();

    // Shots hit: Ada points at Bob until his hull has suffered.
    let hull = until("a shot hits", async || {
        aim_and_fire(&ada, seen(&ada, "Bob").await?).await;
        let gauges = text(&bob, "#gauges").await;
        let numbers = gauges.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse::<u32>().ok());
        numbers.min().filter(|&least| least < 100)
    })
    .await;
    assert!(hull < 100);
    screenshot(&bob, "hit.png").await;
    until("Ada reads how much it was", async || {
        aim_and_fire(&ada, seen(&ada, "Bob").await?).await;
        let numbers = "return [...document.querySelectorAll('.floating[data-kind=given]')].map(e => e.textContent).join('')";
        script(&ada, numbers).await.as_str()?.parse::<u64>().ok()
    })
    .await;
    screenshot(&ada, "hit-given.png").await;
    ada.release_actions().await.unwrap();

    // The console shows both, and sends one away.
    let admin = driver.browser().await;
    admin.goto(&format!("http://{}/admin", server.address)).await.unwrap();
    until_state(&admin, "login").await;
    screenshot(&admin, "admin-login.png").await;
    admin.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    admin.find(Locator::Css("#login-button")).await.unwrap().click().await.unwrap();
    until_state(&admin, "live").await;
    for name in ["Ada", "Bob"] {
        let row = format!("#players-table tr[data-player={name}]");
        until(&row, async || (!text(&admin, &row).await.is_empty()).then_some(())).await;
    }
    let kick = "#players-table tr[data-player=Bob] .kick";
    admin.execute("document.querySelector(arguments[0]).click()", vec![json!(kick)]).await.unwrap();
    until("it asks once", async || text(&admin, "#confirm").await.contains("Bob").then_some(())).await;
    admin.find(Locator::Css("#confirm-yes")).await.unwrap().click().await.unwrap();
    until_state(&bob, "refused").await;
    assert!(text(&bob, "#error").await.contains("icked by an admin"), "{}", text(&bob, "#error").await);
    assert_eq!(body(&ada, "state").await, "live");
    screenshot(&bob, "kicked.png").await;
    for page in [ada, bob, admin] {
        page.close().await.unwrap();
    }
    server.stop().await;
}

/// A page has its seat back: the same place at the server, and the same ship where it was.
async fn until_back(page: &Client, before: &Value) {
    until_state(page, "live").await;
    let now = until("the ship is there again", async || {
        let now = debug(page).await;
        (now["own"].is_array() && now["snapshots"].as_u64()? > 10).then_some(now)
    })
    .await;
    assert_eq!(now["player"], before["player"], "another seat: {before} {now}");
    assert_eq!((&now["state_mismatches"], &now["room"]), (&json!(0), &before["room"]));
    let at = |seen: &Value, axis: usize| seen["own"][axis].as_f64().unwrap();
    let moved = (at(&now, 0) - at(before, 0)).hypot(at(&now, 1) - at(before, 1));
    assert!(moved < 30.0, "the ship stood still and is now {moved} units away: {before} {now}");
}

/// A page at rest in the match, with something else to see.
async fn at_rest(page: &Client) -> Value {
    until("there is something to see", async || {
        let now = debug(page).await;
        let others = now["others"].as_array().is_some_and(|others| !others.is_empty());
        (now["own"].is_array() && others && now["snapshots"].as_u64()? > 30).then_some(now)
    })
    .await
}

/// Ships that do nothing.
pub(crate) async fn scenery(server: &TestServer) -> tokio::task::JoinHandle<Report> {
    let config = BotsConfig {
        url: server.url("/play"),
        count: 12,
        duration: None,
        game: None,
        behaviour: Some("idle".into()),
        room: "arena".into(),
        people: false,
        checksums: false,
        chat_every: None,
        seed: 5,
    };
    let bots = tokio::spawn(run(config, std::future::pending()));
    until("the scenery is in place", async || {
        (server.metric("perigee_players{", "arena").await == 12.0).then_some(())
    })
    .await;
    bots
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_connection_breaks_says_so_and_goes_on_in_its_ship() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let proxy = Proxy::start(server.address).await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", proxy.address)).await.unwrap();
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    assert_eq!(before["resumes"], 0);

    proxy.pull();
    until_state(&page, "reconnecting").await;
    let banner = until("the banner says that the ship is kept", async || {
        Some(text(&page, "#banner").await).filter(|words| words.contains("your place is kept"))
    })
    .await;
    assert!(banner.contains("Reconnecting"), "{banner}");
    assert_eq!(body(&page, "banner").await, "warning");
    sleep(Duration::from_secs(2)).await;
    let seen = debug(&page).await;
    assert!(seen["own"].is_array(), "what was seen last stays: {seen}");
    assert!(seen["others"].as_array().is_some_and(|others| !others.is_empty()), "{seen}");
    screenshot(&page, "ship-kept.png").await;

    proxy.mend();
    until("the page knows that it is back", async || (debug(&page).await["resumes"] == 1).then_some(()))
        .await;
    until_back(&page, &before).await;
    until("the banner is gone", async || text(&page, "#banner").await.is_empty().then_some(())).await;
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 1.0);
    screenshot(&page, "ship-back.png").await;
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_reloaded_goes_on_in_its_ship() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    page.find(Locator::Css("#name")).await.unwrap().send_keys("Grace").await.unwrap();
    page.find(Locator::Css("#play")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    let joins = server.metric("perigee_joins_total", "new").await;

    page.refresh().await.unwrap();
    until_back(&page, &before).await;
    assert_eq!(debug(&page).await["name"], "Grace");
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 1.0);
    assert_eq!(server.metric("perigee_joins_total", "new").await, joins);
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_a_background_tab_keeps_its_connection_and_its_clock() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    let front = page.window().await.unwrap();
    page.execute(
        "addEventListener('visibilitychange', () => { window.wasHidden ||= document.hidden })",
        vec![],
    )
    .await
    .unwrap();

    let other = page.new_window(true).await.unwrap();
    page.switch_to_window(other.handle).await.unwrap();
    sleep(Duration::from_secs(6)).await;
    page.switch_to_window(front).await.unwrap();

    let was_hidden = page.execute("return window.wasHidden === true", vec![]).await.unwrap();
    assert_eq!(was_hidden, json!(true), "this browser does not hide a page in a background tab");
    until_back(&page, &before).await;
    let now = debug(&page).await;
    let grown = |key: &str| now[key].as_u64().unwrap() - before[key].as_u64().unwrap();
    assert_eq!(grown("resumes"), 0, "the connection was lost: {now}");
    assert!(grown("resyncs") <= 3, "a storm of clock jumps: {before} {now}");
    assert!(grown("snapshots") > 60, "snapshots were not taken in: {before} {now}");
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

/// JavaScript for the client's module as the page has it: under another name it would be another one, not yet started.
const CLIENT: &str = "document.querySelector('link[rel=modulepreload][href*=perigee_client]').href";

/// What the page's wasm says of a replay file: a hash, or an error in words.
async fn replay_hash(page: &Client, bytes: &[u8]) -> String {
    let script = format!(
        "const [bytes, done] = arguments;
        import({CLIENT})
            .then(client => done(client.replay_hash(new Uint8Array(bytes))))
            .catch(error => done(String(error)));"
    );
    page.execute_async(&script, vec![json!(bytes)]).await.unwrap().as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn wasm_plays_the_golden_replay_to_the_same_hash() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/", server.address)).await.unwrap();
    until_state(&page, "join").await;
    let (bytes, hash) = golden_replay();
    assert_eq!(replay_hash(&page, bytes).await, *hash);
    assert!(replay_hash(&page, &bytes[..10]).await.contains("no tick that can be played"));
    page.close().await.unwrap();
    server.stop().await;
}

/// The aim is 200 ns; here a busy machine must not fail the test, and a decoder that got slow must.
const MAX_DECODE_NS: f64 = 1000.0;

#[tokio::test(flavor = "multi_thread")]
async fn wasm_decodes_a_busy_room_quickly() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/", server.address)).await.unwrap();
    until_state(&page, "join").await;
    let script = format!(
        "const [bytes, done] = arguments;
        import({CLIENT})
            .then(client => done(client.decode_ns_per_entity(new Uint8Array(bytes))))
            .catch(error => done(String(error)));"
    );
    let downlink = downlink::record(100, 1800);
    let took = page.execute_async(&script, vec![json!(downlink)]).await.unwrap();
    let took_ns = took.as_f64().unwrap_or_else(|| panic!("{took}"));
    println!("wasm: {took_ns:.1} ns for each entity held and snapshot read");
    assert!((1.0..MAX_DECODE_NS).contains(&took_ns), "{took_ns} ns");
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_look_alive_with_bots_and_survive_a_restart() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let config = BotsConfig {
        url: server.url("/play"),
        count: 10,
        duration: None,
        game: None,
        behaviour: Some("hunt".into()),
        room: "arena".into(),
        people: false,
        checksums: true,
        chat_every: None,
        seed: 5,
    };
    let (stop_bots, stopped) = tokio::sync::oneshot::channel::<()>();
    let bots = tokio::spawn(run(config, async move { drop(stopped.await) }));
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "join.png").await;
    page.find(Locator::Css("#name")).await.unwrap().send_keys("Grace").await.unwrap();
    page.find(Locator::Css("#play")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    until("other ships are near", async || {
        debug(&page).await["others"].as_array().is_some_and(|others| others.len() >= 2).then_some(())
    })
    .await;
    sleep(Duration::from_secs(2)).await;
    page.perform_actions(key(KeyAction::Up { value: 'w' })).await.unwrap();
    screenshot(&page, "game.png").await;
    page.perform_actions(key(KeyAction::Down { value: '\u{e033}' })).await.unwrap();
    until("F3 shows the net graph", async || text(&page, "#net-graph").await.contains("ms").then_some(()))
        .await;
    screenshot(&page, "net-graph.png").await;

    let admin = driver.browser().await;
    admin.goto(&format!("http://{}/admin", server.address)).await.unwrap();
    until_state(&admin, "login").await;
    admin.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    admin.find(Locator::Css("#login-button")).await.unwrap().click().await.unwrap();
    until_state(&admin, "live").await;
    sleep(Duration::from_secs(6)).await;
    screenshot(&admin, "admin.png").await;
    admin.close().await.unwrap();

    let _ = stop_bots.send(());
    assert!(bots.await.unwrap().is_clean());
    server.stop().await;
    until_state(&page, "reconnecting").await;
    assert!(!text(&page, "#banner").await.is_empty());
    screenshot(&page, "reconnecting.png").await;
    page.close().await.unwrap();
}

/// The console's map writes on a canvas, which a page cannot read: here is what it wrote, and where it drew.
const WRITTEN: &str = "window.written = new Set();
    const pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
    pen.fillText = function (text, ...rest) { written.add(String(text)); return write.call(this, text, ...rest); };
    window.worlds = [];
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
        constructor(...all) {
            super(...all);
            this.addEventListener('message', ({data}) => {
                const told = typeof data === 'string' ? JSON.parse(data) : {};
                if (told.type === 'world') worlds = [told];
            });
        }
    };";
/// Rooms' names that are cut off, and whatever reaches beyond the window.
const CUT_OFF: &str = "const cut = [...document.querySelectorAll('[data-room]')].flatMap(row =>
        [...row.children].filter(cell => cell.textContent.includes(row.dataset.room)
            && cell.scrollWidth > cell.clientWidth + 1).map(() => row.dataset.room));
    // Where there is no pointer to tell the rest: the players' rooms as well.
    const players = innerWidth > 640 ? [] : [...document.querySelectorAll('#players-table td.room')].filter(cell =>
        cell.scrollWidth > cell.clientWidth + 1 || cell.scrollHeight > cell.clientHeight + 1).map(cell => `a player's room: ${cell.textContent}`);
    const wide = document.scrollingElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : [];
    const low = [...document.querySelectorAll('body *')].filter(e => e.childNodes.length === 1
        && e.firstChild.nodeType === 3 && e.textContent.trim() && e.checkVisibility()
        && parseFloat(getComputedStyle(e).fontSize) < 10).map(e => `small: ${e.textContent}`);
    return [...cut, ...players, ...wide, ...low]";

#[tokio::test(flavor = "multi_thread")]
async fn the_console_tells_who_and_where_at_every_width() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let rooms = "[[rooms]]\nname = \"abcdefghijklmnopqrst\"\nmax_players = 16\ninterest_radius_units = 900\n\
        [rooms.scenario]\nmode = \"teams\"\npirates = 3\nstations = 3\n";
    let server = TestServer::start(rooms).await;
    let player = server.player("Ada").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": WRITTEN})).await;
    page.goto(&format!("http://{}/admin", server.address)).await.unwrap();
    until_state(&page, "login").await;
    page.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    page.find(Locator::Css("#login-button")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    let written = async || {
        let all = script(&page, "return [...window.written]").await;
        all.as_array().unwrap().iter().filter_map(|word| word.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let expected = ["Zone", "Aphelion", "Boreas", "Cinder", "Ada", "Black Kite"];
    let landmarks = until("the map has the zone, the stations, a player's and a pirate's name", async || {
        let words = written().await;
        expected.iter().all(|&name| words.iter().any(|word| word == name)).then_some(words)
    })
    .await;
    let nobody = |word: &&String| word.strip_prefix("Player ").is_some_and(|id| id.parse::<u32>().is_ok());
    assert!(landmarks.iter().find(nobody).is_none(), "somebody has no name: {landmarks:?}");
    let world = until("the world is told", async || {
        let world = script(&page, "return window.worlds[0]").await;
        world["entities"].is_array().then_some(world)
    })
    .await;
    let nowhere = |row: &&Value| row[2].as_f64() == Some(0.0) && row[3].as_f64() == Some(0.0);
    let entities = world["entities"].as_array().unwrap();
    assert!(!entities.is_empty() && entities.iter().find(nowhere).is_none(), "{world}");
    for (width, height) in [(390, 844), (768, 1024), (1280, 720), (1440, 900)] {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        driver.ask(&page, "Emulation.setDeviceMetricsOverride", metrics).await;
        sleep(Duration::from_millis(700)).await;
        screenshot(&page, &format!("console-wide-{width}.png")).await;
        assert_eq!(script(&page, CUT_OFF).await, json!([]), "at {width}");
    }
    page.close().await.unwrap();
    drop(player);
    server.stop().await;
}
