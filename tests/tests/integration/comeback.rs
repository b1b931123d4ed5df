//! Coming back, in a real browser: after breaks of the line, in duplicated tabs, by links, and out of dead ends. Writes
//! screenshots to `target/screenshots/`: look at them.

use crate::pages::{
    Driver, ONE_AT_A_TIME, body, click, debug, join, own, screenshot, script, text, until, until_state,
    until_text,
};
use crate::proxy::Proxy;
use crate::support::{TOKEN, TestServer};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// Two rooms without pirates.
const ROOMS: &str = "[[rooms]]\nname = \"quiet\"\nmax_players = 8\ninterest_radius_units = 2000\nmax_spectators = 4\nspectator_delay_ms = 500\n\
    [rooms.scenario]\nasteroids = 0\npirates = 0\n\
    [[rooms]]\nname = \"other\"\nmax_players = 8\ninterest_radius_units = 2000\nmax_spectators = 4\nspectator_delay_ms = 500\n\
    [rooms.scenario]\nasteroids = 0\npirates = 0\n";

/// A line may be back for so long until the page is live again, by the page's own clock, milliseconds.
const BACK_WITHIN_MS: f64 = 2000.0;

/// From now on the page notes when it became live, by a clock that all programs of a machine share.
async fn watch_state(page: &Client) {
    let line = "new MutationObserver(() => {
            const live = document.body.dataset.state === 'live';
            if (live && !window.wasLive) window.liveAt = Date.now();
            window.wasLive = live;
        }).observe(document.body, {attributes: true});
        window.wasLive = document.body.dataset.state === 'live'";
    script(page, line).await;
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
}

/// The page became live soon enough after `mended_ms`.
async fn assert_soon_live(page: &Client, mended_ms: f64, after: &str) {
    let live_ms = script(page, "return window.liveAt").await.as_f64().unwrap();
    assert!(live_ms - mended_ms < BACK_WITHIN_MS, "back after {after}: {:.0} ms", live_ms - mended_ms);
}

/// Gives the page display frames at that rate at the most.
async fn limit_frames(driver: &Driver, page: &Client, per_s: u32) {
    let source = format!(
        "const real = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = f => setTimeout(() => real(f), {});",
        1000 / per_s
    );
    driver.ask(page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
}

async fn is_shown(page: &Client, selector: &str) -> bool {
    let line = "const e = document.querySelector(arguments[0]);
        return !!e && e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible'";
    page.execute(line, vec![json!(selector)]).await.unwrap() == json!(true)
}

async fn until_shown(page: &Client, selector: &str) {
    until(&format!("{selector} is seen"), async || is_shown(page, selector).await.then_some(())).await;
}

async fn at_rest(page: &Client) -> Value {
    until("there is a ship", async || {
        let now = debug(page).await;
        (now["own"].is_array() && now["snapshots"].as_u64()? > 20).then_some(now)
    })
    .await
}

/// The page has been back in its seat for longer than any of its timeouts, after exactly that many resumes.
async fn until_back_for_good(page: &Client, server: &TestServer, before: &Value, resumes: u64) {
    let mended_ms = now_ms();
    until("the page is back", async || (debug(page).await["resumes"] == resumes).then_some(())).await;
    assert_soon_live(page, mended_ms, "a break").await;
    let until_then = Instant::now() + Duration::from_secs(11);
    while Instant::now() < until_then {
        assert_eq!(body(page, "state").await, "live", "thrown away again");
        sleep(Duration::from_millis(500)).await;
    }
    let now = debug(page).await;
    assert_eq!((&now["resumes"], &now["player"]), (&json!(resumes), &before["player"]), "{before} {now}");
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, resumes as f64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_of_fifteen_seconds_is_one_resume_on_a_slow_screen_too() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let proxy = Proxy::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    limit_frames(&driver, &page, 20).await;
    page.goto(&format!("http://{}/?name=Ada&room=quiet&autojoin=1&debug=1", proxy.address)).await.unwrap();
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    watch_state(&page).await;

    // Broken: the page is told at once, and counts from the last snapshot.
    proxy.pull();
    until_state(&page, "reconnecting").await;
    sleep(Duration::from_secs(8)).await;
    until_shown(&page, "#stalled-try").await;
    screenshot(&page, "stalled-reconnecting.png").await;
    sleep(Duration::from_secs(7)).await;
    proxy.mend();
    until_back_for_good(&page, &server, &before, 1).await;
    assert!(!is_shown(&page, "#stalled").await);

    // Held: nobody is told anything. The page notices after ten seconds; of the 30 since then, 10 are gone.
    proxy.hold(true);
    until_state(&page, "reconnecting").await;
    let words = until_text(&page, "#banner", "your place is kept").await;
    let kept_s: u32 = words.split(' ').filter_map(|word| word.parse().ok()).next_back().unwrap();
    assert!((14..=20).contains(&kept_s), "{words}");
    sleep(Duration::from_secs(5)).await;
    proxy.hold(false);
    until_back_for_good(&page, &server, &before, 2).await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tab_that_a_person_used_last_keeps_the_seat_and_the_other_says_so() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let proxy = Proxy::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let url = format!("http://{}/?name=Ada&room=quiet&debug=1", proxy.address);
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    page.find(Locator::Css("#play")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    let first = page.window().await.unwrap();

    // The first tab's line breaks; meanwhile the tab is duplicated, its memory as well.
    proxy.pull();
    until_state(&page, "reconnecting").await;
    let seat = script(&page, "return sessionStorage.getItem('perigee.seat')").await;
    assert!(seat.is_string(), "{seat}");
    let second = page.new_window(true).await.unwrap().handle;
    page.switch_to_window(second.clone()).await.unwrap();
    page.goto(&format!("http://{}/favicon.svg", server.address)).await.unwrap();
    proxy.mend();
    // By itself the first one is back before the second is: the proof that was taken along is used up.
    let back = async || (server.metric("perigee_joins_total", "resumed").await == 1.0).then_some(());
    until("the first tab is back by itself", back).await;
    page.goto(&format!("http://{}/healthz", proxy.address)).await.unwrap();
    page.execute("sessionStorage.setItem('perigee.seat', arguments[0])", vec![seat]).await.unwrap();
    page.goto(&url).await.unwrap();
    until_state(&page, "live").await;
    assert_eq!(at_rest(&page).await["player"], before["player"]);

    page.switch_to_window(first).await.unwrap();
    until_state(&page, "refused").await;
    assert!(text(&page, "#error").await.contains("another window"), "{}", text(&page, "#error").await);
    until_shown(&page, "#take-over").await;
    screenshot(&page, "taken.png").await;
    sleep(Duration::from_secs(4)).await;
    assert_eq!(body(&page, "state").await, "refused", "it does not come back by itself");
    page.switch_to_window(second.clone()).await.unwrap();
    assert_eq!(body(&page, "state").await, "live");

    // By hand it does, and then it is the other one that is told.
    let windows = page.windows().await.unwrap();
    let first = windows.into_iter().find(|window| *window != second).unwrap();
    page.switch_to_window(first).await.unwrap();
    click(&page, "#take-over").await;
    until_state(&page, "live").await;
    assert_eq!(at_rest(&page).await["player"], before["player"]);
    page.switch_to_window(second).await.unwrap();
    until_state(&page, "refused").await;
    until_shown(&page, "#take-over").await;
    page.close_window().await.unwrap();
    server.stop().await;
}

/// The page is live after so many resumes, and was so soon after the mend.
async fn until_live(page: &Client, mended_ms: f64, resumes: u64, after: &str) {
    until(&format!("the page is back after {after}"), async || {
        (body(page, "state").await == "live" && debug(page).await["resumes"] == resumes).then_some(())
    })
    .await;
    assert_soon_live(page, mended_ms, after).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_offline_asleep_or_on_another_page_is_back_at_once() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let proxy = Proxy::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let offline = async |offline: bool| {
        let network =
            json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        driver.ask(&page, "Network.emulateNetworkConditions", network).await;
        if offline { proxy.pull() } else { proxy.mend() }
    };
    driver.ask(&page, "Network.enable", json!({})).await;
    page.goto(&format!("http://{}/?name=Ada&room=quiet&debug=1", proxy.address)).await.unwrap();
    until_state(&page, "join").await;

    // Offline at the first Play: a sentence and two ways out; the network's return is enough.
    offline(true).await;
    click(&page, "#play").await;
    until_text(&page, "#stalled-words", "This device is offline").await;
    until_shown(&page, "#stalled-try").await;
    until_shown(&page, "#stalled-leave").await;
    watch_state(&page).await;
    let mended_ms = now_ms();
    offline(false).await;
    until_live(&page, mended_ms, 0, "the first Play without a network").await;
    let before = at_rest(&page).await;

    // Offline in the match.
    offline(true).await;
    until_state(&page, "reconnecting").await;
    until_text(&page, "#stalled-words", "This device is offline").await;
    let mended_ms = now_ms();
    offline(false).await;
    until_live(&page, mended_ms, 1, "a spell without a network").await;

    // Asleep, as in a pocket: the line broke meanwhile, and the browser ran not at all.
    driver.stop_browsers(true);
    proxy.pull();
    sleep(Duration::from_secs(12)).await;
    proxy.mend();
    let mended_ms = now_ms();
    driver.stop_browsers(false);
    until_live(&page, mended_ms, 2, "12 s of sleep").await;

    // On another page and back: out of the browser's memory of pages, which cuts sockets, or loaded again.
    script(&page, "window.isTheSame = true").await;
    page.goto(&format!("http://{}/api", proxy.address)).await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let mended_ms = now_ms();
    page.back().await.unwrap();
    let is_kept = script(&page, "return window.isTheSame === true").await == json!(true);
    println!("kept in the browser's memory of pages: {is_kept}");
    if is_kept {
        until_live(&page, mended_ms, 3, "another page").await;
    } else {
        until_state(&page, "live").await;
    }
    assert_eq!(at_rest(&page).await["player"], before["player"], "the same seat through all of it");
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 3.0);
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_back_soon_after_the_network_is() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let proxy = Proxy::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/admin/", proxy.address)).await.unwrap();
    page.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    click(&page, "#login-button").await;
    until_state(&page, "live").await;
    watch_state(&page).await;
    proxy.pull();
    until_state(&page, "reconnecting").await;
    // Until the waits have grown: 0.5 s, 1, 2, 4, 8.
    sleep(Duration::from_secs(14)).await;
    // The browser says so while the line is still coming, and the try that follows fails.
    script(&page, "dispatchEvent(new Event('online'))").await;
    sleep(Duration::from_millis(300)).await;
    let mended_ms = now_ms();
    proxy.mend();
    until_state(&page, "live").await;
    assert_soon_live(&page, mended_ms, "the network, for the console").await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_says_what_happens() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let at = |query: &str| format!("http://{}/{query}", server.address);
    let address = async || script(&page, "return location.search").await.as_str().unwrap().to_owned();

    // A link to another room in a tab that has a seat.
    page.goto(&at("?room=quiet&debug=1")).await.unwrap();
    // The server chose that very room before, or another one.
    let state = until("the page has begun", async || {
        Some(body(&page, "state").await).filter(|state| state == "live" || state == "join")
    })
    .await;
    if state == "join" {
        click(&page, "#play").await;
    }
    until_state(&page, "live").await;
    let before = at_rest(&page).await;
    assert_eq!(before["room"], "quiet");
    page.goto(&at("?room=other&debug=1")).await.unwrap();
    until_state(&page, "join").await;
    let words = until_text(&page, "#destination-words", "room other").await;
    assert!(words.contains("Your place is still kept in room quiet"), "{words}");
    screenshot(&page, "destination.png").await;
    click(&page, "#destination-back").await;
    until_state(&page, "live").await;
    assert_eq!(at_rest(&page).await["player"], before["player"], "the same seat");
    assert_eq!(debug(&page).await["resumes"], 0);
    assert!(address().await.contains("room=quiet"), "{}", address().await);
    page.goto(&at("?room=other&debug=1")).await.unwrap();
    until_state(&page, "join").await;
    click(&page, "#play").await;
    until_state(&page, "live").await;
    assert_eq!(at_rest(&page).await["room"], "other");

    // Who leaves is led back there by a button only, and the address is the front page's.
    click(&page, "#menu [data-action=lobby]").await;
    click(&page, "[data-away=leave]").await;
    until_state(&page, "join").await;
    until_text(&page, "#destination-words", "You left room other").await;
    assert_eq!(address().await, "?debug=1");
    assert!(!is_shown(&page, "#destination-anywhere").await);
    page.refresh().await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_millis(700)).await;
    assert_eq!(body(&page, "state").await, "join");

    // A link can be declined.
    page.goto(&at("?room=other&party=friends&debug=1")).await.unwrap();
    until_text(&page, "#destination-words", "room other with your party").await;
    click(&page, "#destination-anywhere").await;
    click(&page, "#destination-alone").await;
    until("nothing is left of the link", async || (!is_shown(&page, "#destination").await).then_some(()))
        .await;

    // A link to spectate needs no button, and makes no ship of a spectator.
    page.goto(&at("?room=quiet&spectate=1&debug=1")).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#watch-words", "Watching").await;
    page.goto(&at("?debug=1")).await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(body(&page, "state").await, "join", "a spectator is in a ship without pressing Play");
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_ends_have_a_sentence_and_a_way_out() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let proxy = Proxy::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let url = format!("http://{}/?name=Ada&room=quiet&debug=1", proxy.address);

    // Offline at the first Play.
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    proxy.pull();
    click(&page, "#play").await;
    until_shown(&page, "#stalled-try").await;
    until_text(&page, "#stalled-words", "The server cannot be reached").await;
    screenshot(&page, "stalled-offline.png").await;
    click(&page, "#stalled-leave").await;
    until_state(&page, "join").await;
    assert!(!is_shown(&page, "#stalled").await);
    click(&page, "#play").await;
    until_shown(&page, "#stalled-try").await;
    proxy.mend();
    click(&page, "#stalled-try").await;
    until_state(&page, "live").await;
    until("there is a ship", async || own(&page).await).await;

    // The graphics are taken away, and not given back.
    let line = "const gl = document.getElementById('view').getContext('webgl2');
        window.kept = gl.getExtension('WEBGL_lose_context'); window.kept.loseContext()";
    script(&page, line).await;
    until_text(&page, "#stalled-words", "graphics").await;
    assert_eq!(body(&page, "state").await, "live", "the connection stays");
    screenshot(&page, "stalled-graphics.png").await;
    script(&page, "window.kept.restoreContext()").await;
    until("the picture is back", async || (!is_shown(&page, "#stalled").await).then_some(())).await;
    script(&page, "window.kept.loseContext()").await;
    until_shown(&page, "#stalled-reload").await;
    click(&page, "#stalled-reload").await;
    until("the page is loaded again", async || {
        (script(&page, "return window.kept === undefined").await == json!(true)).then_some(())
    })
    .await;
    until_state(&page, "live").await;
    page.close().await.unwrap();

    // A socket that does not open although the server is there: a proxy's fault, or the settings'.
    let page = driver.browser().await;
    let source = "window.WebSocket = class extends EventTarget {
        constructor() { super(); this.readyState = 0; this.bufferedAmount = 0;
            setTimeout(() => { this.readyState = 3; this.onclose?.(new CloseEvent('close', {code: 1006})); }, 50); }
        close() {} send() {} };
        window.WebSocket.OPEN = 1;";
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    let words = until_text(&page, "#stalled-words", "allowed_origins").await;
    assert!(words.contains(&format!("http://{}", server.address)), "{words}");
    screenshot(&page, "stalled-origin.png").await;
    page.close().await.unwrap();
    server.stop().await;
}
