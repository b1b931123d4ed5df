//! How the page looks, sounds and is steered, in a real browser: settings, keys, colours, motion, thumbs, pads, cues, and
//! what a frame with a thousand ships costs. Writes screenshots to `target/screenshots/`: look at them.

use crate::browser::scenery;
use crate::pages::{
    Driver, ONE_AT_A_TIME, body, debug, join, key, own, screenshot, script, tap, text, until, until_state,
};
use crate::support::TestServer;
use fantoccini::Client;
use fantoccini::actions::{Actions, InputSource, KeyAction, PointerAction, TouchActions};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

// WebDriver's numbers of special keys.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const SHIFT: char = '\u{e008}';
const ESCAPE: char = '\u{e00c}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';
/// A phone held upright, CSS pixels.
const PHONE: (u32, u32) = (390, 844);

const QUIET: &str = "[[rooms]]\nname = \"quiet\"\nmax_players = 8\ninterest_radius_units = 800\n[rooms.scenario]\nasteroids = 0\n";

async fn focused(page: &Client) -> String {
    script(page, "return document.activeElement.id").await.as_str().unwrap_or_default().to_owned()
}

async fn is_open(page: &Client) -> bool {
    script(page, "return document.getElementById('settings').open").await == json!(true)
}

async fn until_open(page: &Client, open: bool) {
    until("the settings open or close", async || (is_open(page).await == open).then_some(())).await;
}

/// Waits until a frame has taken over what was done.
async fn until_body(page: &Client, key: &str, value: &str) {
    until(&format!("data-{key} is {value}"), async || (body(page, key).await == value).then_some(())).await;
}

async fn focus(page: &Client, id: &str) {
    page.execute("document.getElementById(arguments[0]).focus()", vec![json!(id)]).await.unwrap();
}

/// How far the own ship goes in a second.
async fn way(page: &Client) -> f64 {
    let from = until("there is a ship", async || own(page).await).await;
    sleep(Duration::from_secs(1)).await;
    let to = until("there is a ship", async || own(page).await).await;
    (to.0 - from.0).hypot(to.1 - from.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_reached_and_changed_by_keyboard_alone() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let url = format!("http://{}/", server.address);
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    assert_eq!(focused(&page).await, "name");
    page.perform_actions(key(KeyAction::Down { value: SHIFT })).await.unwrap();
    tap(&page, TAB).await;
    page.release_actions().await.unwrap();
    assert_eq!(focused(&page).await, "gear");
    screenshot(&page, "front-gear.png").await;
    tap(&page, ENTER).await;
    until_open(&page, true).await;
    assert_eq!(body(&page, "state").await, "join", "the button is not the form's");

    // Every control comes under the focus, is seen to have it, and has a name.
    let mut reached = BTreeSet::new();
    for _ in 0..60 {
        tap(&page, TAB).await;
        let told = script(
            &page,
            "const e = document.activeElement, s = getComputedStyle(e);
             const named = e.labels && e.labels.length || e.getAttribute('aria-label') || e.textContent.trim();
             return [e.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, !!named]",
        )
        .await;
        if told[0] != "" {
            assert_eq!((&told[1], &told[2]), (&json!(true), &json!(true)), "{told}");
            reached.insert(told[0].as_str().unwrap().to_owned());
        }
    }
    let all = script(
        &page,
        "return [...document.querySelectorAll('#settings :is(button, input, select)')].map(e => e.id)",
    )
    .await;
    let all: BTreeSet<String> =
        all.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(reached, all);
    assert!(all.len() > 30, "{all:?}");

    // A slider, a box and a list.
    for (id, strokes) in [
        ("set-volume", &[RIGHT, RIGHT][..]),
        ("set-shake", &[' ']),
        ("set-colors", &[' ']),
        ("set-text", &[DOWN]),
        ("set-net-graph", &[' ']),
    ] {
        focus(&page, id).await;
        for &stroke in strokes {
            tap(&page, stroke).await;
        }
    }
    until_body(&page, "palette", "safe").await;
    assert_eq!(text(&page, "#set-volume-text").await, "70");
    assert_eq!(script(&page, "return document.documentElement.dataset.text").await, "large");
    screenshot(&page, "settings.png").await;
    tap(&page, ESCAPE).await;
    until_open(&page, false).await;
    assert_eq!(focused(&page).await, "gear", "the focus is where it was");

    // What was chosen is there after a reload; what cannot be read is as if nobody had chosen.
    page.refresh().await.unwrap();
    until_state(&page, "join").await;
    until_body(&page, "palette", "safe").await;
    let kept = script(&page, "return JSON.parse(localStorage.getItem('perigee.settings'))").await;
    assert_eq!(
        [&kept["version"], &kept["volume"], &kept["shake"], &kept["text"], &kept["net_graph"]],
        [&json!(1), &json!(70), &json!(false), &json!("large"), &json!(true)],
    );
    let other_kinds = "{\"version\":1,\"volume\":{},\"safe_colors\":1,\"hand\":1.5,\"keys.left\":null}";
    let long = format!("{{\"version\":1,\"safe_colors\":true,\"later\":\"{}\"}}", "x".repeat(9000));
    let broken = "{\"version\":1,\"volume\":";
    for bad in [broken, "\u{0}", "{\"version\":9}", "null", "[1]", "\"x\"", other_kinds, &long] {
        page.execute("localStorage.setItem('perigee.settings', arguments[0])", vec![json!(bad)])
            .await
            .unwrap();
        page.refresh().await.unwrap();
        until_state(&page, "join").await;
        until_body(&page, "palette", "standard").await;
    }
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_bound_anew_in_the_match_and_the_loser_is_told() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    tap(&page, 'o').await;
    until_open(&page, true).await;
    focus(&page, "key-forward-0").await;
    tap(&page, ENTER).await;
    assert_eq!(text(&page, "#key-forward-0").await, "press a key");
    tap(&page, ESCAPE).await;
    assert!(is_open(&page).await, "Escape ends the waiting, not the panel");
    assert_eq!(text(&page, "#key-forward-0").await, "W");
    tap(&page, ENTER).await;
    tap(&page, 'm').await;
    assert_eq!(text(&page, "#key-status").await, "M is now Thrust; Market has lost it.");
    assert_eq!(text(&page, "#key-market-0").await, "–");
    tap(&page, ENTER).await;
    tap(&page, '\u{e033}').await;
    assert!(text(&page, "#key-status").await.contains("choose another key"));
    screenshot(&page, "settings-keys.png").await;
    tap(&page, ESCAPE).await;
    until_open(&page, false).await;

    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    let idle = way(&page).await;
    assert!(idle < 5.0, "W still flies: {idle}");
    page.release_actions().await.unwrap();
    page.perform_actions(key(KeyAction::Down { value: 'm' })).await.unwrap();
    let flown = way(&page).await;
    assert!(flown > 20.0, "M does not fly: {flown}");
    page.release_actions().await.unwrap();
    assert!(text(&page, "#keys").await.starts_with('M'), "{}", text(&page, "#keys").await);
    page.close().await.unwrap();
    server.stop().await;
}

/// Whether the minimap has a pixel of that CSS variable's colour.
async fn map_shows(page: &Client, variable: &str) -> bool {
    let line = "const value = getComputedStyle(document.body).getPropertyValue(arguments[0]).trim();
        const n = parseInt(value.slice(1), 16), map = document.getElementById('minimap');
        const d = map.getContext('2d').getImageData(0, 0, map.width, map.height).data;
        for (let i = 0; i < d.length; i += 4)
            if (d[i] === n >> 16 && d[i + 1] === (n >> 8 & 255) && d[i + 2] === (n & 255)) return true;
        return false";
    page.execute(line, vec![json!(variable)]).await.unwrap() == json!(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_motion_and_text_follow_the_player_and_the_system() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("the map shows the ship", async || map_shows(&page, "--own").await.then_some(())).await;
    let variable = async |name: &str| {
        let line = "return getComputedStyle(document.body).getPropertyValue(arguments[0]).trim()";
        page.execute(line, vec![json!(name)]).await.unwrap().as_str().unwrap().to_owned()
    };
    assert_eq!(variable("--own").await, "#5ef2c2");
    tap(&page, 'o').await;
    until_open(&page, true).await;
    focus(&page, "set-colors").await;
    tap(&page, ' ').await;
    until_body(&page, "palette", "safe").await;
    assert_eq!(variable("--own").await, "#56b4e9");
    until("the map follows", async || map_shows(&page, "--own").await.then_some(())).await;

    // Motion: as the system says, until the player decides.
    assert_eq!(body(&page, "motion").await, "full");
    let wish = |value: &str| json!({"features": [{"name": "prefers-reduced-motion", "value": value}]});
    driver.ask(&page, "Emulation.setEmulatedMedia", wish("reduce")).await;
    until_body(&page, "motion", "reduced").await;
    focus(&page, "set-motion").await;
    tap(&page, DOWN).await;
    tap(&page, DOWN).await;
    until_body(&page, "motion", "full").await;
    driver.ask(&page, "Emulation.setEmulatedMedia", wish("")).await;

    focus(&page, "set-text").await;
    tap(&page, DOWN).await;
    until("letters grow", async || {
        let size = script(&page, "return getComputedStyle(document.documentElement).fontSize").await;
        (size == "20px").then_some(())
    })
    .await;
    tap(&page, ESCAPE).await;
    until_open(&page, false).await;
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "safe-large.png").await;
    page.perform_actions(key(KeyAction::Down { value: TAB })).await.unwrap();
    until_body(&page, "map", "1").await;
    sleep(Duration::from_millis(400)).await;
    screenshot(&page, "map-large.png").await;
    page.release_actions().await.unwrap();
    until_body(&page, "map", "0").await;
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

fn finger(id: &str, at: (f64, f64)) -> TouchActions {
    TouchActions::new(id.into())
        .then(PointerAction::MoveTo { duration: None, x: at.0, y: at.1 })
        .then(PointerAction::Down { button: 0 })
}

/// The boxes of what is seen of these: left, top, right, bottom.
async fn boxes(page: &Client, selector: &str) -> Vec<[f64; 4]> {
    let line = "return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect())
        .filter(b => b.width > 0).map(b => [b.left, b.top, b.right, b.bottom])";
    let found = page.execute(line, vec![json!(selector)]).await.unwrap();
    serde_json::from_value(found).unwrap()
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thumbs_play_on_a_phone_with_nothing_under_them() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.phone(PHONE).await;
    page.goto(&format!("http://{}/?name=Ada&debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_millis(400)).await;
    screenshot(&page, "phone-join.png").await;
    script(&page, "document.getElementById('play').click()").await;
    until_state(&page, "live").await;
    until("Ada has a ship", async || own(&page).await).await;

    let (width, height) = (f64::from(PHONE.0), f64::from(PHONE.1));
    let push = finger("stick", (80.0, height - 150.0)).then(PointerAction::MoveTo {
        duration: Some(Duration::from_millis(100)),
        x: 80.0,
        y: height - 220.0,
    });
    let trigger = finger("trigger", (width - 80.0, height - 150.0));
    page.perform_actions(Actions::from(push).and(trigger)).await.unwrap();
    until_body(&page, "touch", "1").await;
    assert_eq!(boxes(&page, "#stick").await.len(), 1, "the stick is under the thumb");
    until("the stick flies the ship", async || (way(&page).await > 20.0).then_some(())).await;
    until("the other thumb fires", async || (debug(&page).await["shots"].as_u64()? > 0).then_some(())).await;
    let colors = "const e = document.getElementById('primary-mark');
        return [getComputedStyle(e).color, getComputedStyle(document.body).color]";
    let colors = script(&page, colors).await;
    assert_eq!(colors[0], colors[1], "the mark is lit under the thumb");
    screenshot(&page, "phone.png").await;
    page.release_actions().await.unwrap();
    until("the stick is gone", async || boxes(&page, "#stick").await.is_empty().then_some(())).await;

    // Thumbs reach the lower corners; buttons are large enough, apart, and out of their way.
    let buttons = boxes(&page, "#menu button").await;
    assert!(buttons.len() >= 3, "{buttons:?}");
    let rest = boxes(&page, "#minimap, #standing table, #gauges, #secondary-mark, #primary-mark").await;
    for (at, &button) in buttons.iter().enumerate() {
        assert!(button[2] - button[0] >= 44.0 && button[3] - button[1] >= 44.0, "{button:?}");
        assert!(button[3] < height * 0.5, "under a thumb: {button:?}");
        assert!(button[0] >= 0.0 && button[2] <= width, "{button:?}");
        assert!(
            buttons[at + 1..].iter().chain(&rest).all(|&other| !overlap(button, other)),
            "{button:?} {rest:?}"
        );
    }
    let [missile, fire, gauges] = [
        boxes(&page, "#secondary-mark").await[0],
        boxes(&page, "#primary-mark").await[0],
        boxes(&page, "#gauges").await[0],
    ];
    assert!(!overlap(missile, fire) && !overlap(fire, gauges) && !overlap(missile, gauges));
    assert!(missile[0] > width / 2.0 && fire[0] > width / 2.0);

    // The other hand.
    script(&page, "document.querySelector('#menu [data-action=settings]').click()").await;
    until_open(&page, true).await;
    sleep(Duration::from_millis(300)).await;
    screenshot(&page, "phone-settings.png").await;
    let choose = "const e = document.getElementById('set-hand'); e.value = 'left';
        e.dispatchEvent(new Event('input', {bubbles: true})); document.getElementById('settings').close()";
    script(&page, choose).await;
    until_body(&page, "hand", "left").await;
    let [missile, fire] = [boxes(&page, "#secondary-mark").await[0], boxes(&page, "#primary-mark").await[0]];
    assert!(missile[2] < width / 2.0 && fire[2] < width / 2.0, "{missile:?} {fire:?}");
    page.perform_actions(finger("stick", (width - 80.0, height - 150.0))).await.unwrap();
    until("the stick is on the right", async || {
        boxes(&page, "#stick").await.first().filter(|stick| stick[0] > width / 2.0).map(|_| ())
    })
    .await;
    screenshot(&page, "phone-left.png").await;
    page.release_actions().await.unwrap();
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

/// How far two names are apart in the view, pixels.
async fn apart(page: &Client, [one, other]: [&str; 2]) -> Option<f64> {
    let line = "const at = name => [...document.querySelectorAll('.marker')]
            .find(e => e.textContent === name)?.getBoundingClientRect();
        const [a, b] = [at(arguments[0]), at(arguments[1])];
        return a && b ? Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.bottom - b.bottom) : null";
    page.execute(line, vec![json!(one), json!(other)]).await.unwrap().as_f64()
}

/// Ships that nobody disturbs, near each other.
const STILL: &str = "[[rooms]]\nname = \"arena\"\nmax_players = 16\ninterest_radius_units = 900\n\
    [rooms.scenario]\npirates = 0\nasteroids = 0\nstations = 0\nwidth_units = 1000\nheight_units = 1000\n";

#[tokio::test(flavor = "multi_thread")]
async fn two_fingers_zoom_for_who_looks_on_and_follow_on() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(STILL).await;
    let bots = scenery(&server).await;
    let driver = Driver::start();
    let page = driver.phone(PHONE).await;
    page.goto(&format!("http://{}/?room=arena&spectate=1&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    let whom = until("somebody is followed", async || {
        Some(text(&page, "#watch-whom").await).filter(|name| !name.is_empty() && name != "free camera")
    })
    .await;
    let another = until("another is seen", async || {
        let names = "return [...document.querySelectorAll('.marker')].map(e => e.textContent)";
        let names: Vec<String> = serde_json::from_value(script(&page, names).await).unwrap();
        names.into_iter().find(|name| !name.is_empty() && *name != whom)
    })
    .await;
    let before = until("both are seen", async || apart(&page, [&whom, &another]).await).await;
    let move_to = |x: f64| PointerAction::MoveTo { duration: Some(Duration::from_millis(200)), x, y: 420.0 };
    for (from, to, zoom, name) in [(100.0, 150.0, 90.0 / 190.0, "far"), (150.0, 100.0, 1.0, "near")] {
        let left = finger("left", (from, 420.0)).then(move_to(to)).then(PointerAction::Up { button: 0 });
        let right = finger("right", (390.0 - from, 420.0)).then(move_to(390.0 - to));
        let right = right.then(PointerAction::Up { button: 0 });
        page.perform_actions(Actions::from(left).and(right)).await.unwrap();
        page.release_actions().await.unwrap();
        until(&format!("the view is {zoom} times as near"), async || {
            let ratio = apart(&page, [&whom, &another]).await? / before;
            ((ratio - zoom).abs() < 0.08).then_some(())
        })
        .await;
        screenshot(&page, &format!("phone-pinch-{name}.png")).await;
    }
    assert_eq!(text(&page, "#watch-whom").await, whom, "a pinch moves nobody's camera away");
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}

/// Makes the browser believe in a pad with that left stick (x, y) and those buttons down.
async fn hold_pad(page: &Client, stick: (f64, f64), down: &[usize]) {
    let line = "const [x, y, down] = arguments;
        const buttons = Array.from({length: 17}, (_, n) => {
            const on = down.includes(n);
            return {pressed: on, touched: on, value: on ? 1 : 0};
        });
        const pad = {id: 'stub', index: 0, connected: true, mapping: 'standard', axes: [x, y, 0, 0], buttons};
        navigator.getGamepads = () => [null, pad, null, null]";
    page.execute(line, vec![json!(stick.0), json!(stick.1), json!(down)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gamepad_flies_fires_and_may_come_and_go() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let before = until("Ada has a ship", async || own(&page).await).await;
    hold_pad(&page, (0.1, -0.1), &[]).await;
    assert!(way(&page).await < 3.0, "a stick at rest flies nobody");
    assert!(!text(&page, "#keys").await.contains("RT"));

    let ahead = (before.2 + 0.25) * std::f64::consts::TAU;
    hold_pad(&page, (ahead.cos(), -ahead.sin()), &[7]).await;
    until("the trigger fires", async || (debug(&page).await["shots"].as_u64()? > 0).then_some(())).await;
    until("the stick turns the ship and pushes it", async || {
        let off = (own(&page).await?.2 - before.2 - 0.25).rem_euclid(1.0);
        (off.min(1.0 - off) < 0.03 && way(&page).await > 20.0).then_some(())
    })
    .await;
    until("the hints are the pad's", async || text(&page, "#keys").await.contains("RT").then_some(())).await;
    screenshot(&page, "gamepad.png").await;
    hold_pad(&page, (0.0, 0.0), &[9]).await;
    until_open(&page, true).await;
    hold_pad(&page, (0.0, 0.0), &[]).await;
    sleep(Duration::from_millis(300)).await;
    hold_pad(&page, (0.0, 0.0), &[9]).await;
    until_open(&page, false).await;

    script(&page, "navigator.getGamepads = () => [null, null, null, null]").await;
    until("the hints are the keys'", async || text(&page, "#keys").await.contains('W').then_some(())).await;
    // A page that may not ask for pads plays on.
    script(&page, "navigator.getGamepads = () => { throw new Error('no') }").await;
    // In a curve, since a wall may be ahead.
    let both = key(KeyAction::Down { value: 'a' }).then(KeyAction::Down { value: 'w' });
    let from = until("there is a ship", async || own(&page).await).await;
    page.perform_actions(both).await.unwrap();
    // Wherever in its circle it is looked at: after a whole one it is where it began.
    until("keys still fly", async || {
        own(&page).await.filter(|now| (now.0 - from.0).hypot(now.1 - from.1) > 20.0)
    })
    .await;
    page.close().await.unwrap();
    server.stop().await;
}

async fn audio(page: &Client) -> Value {
    serde_json::from_str(&body(page, "audio").await).unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_match_is_heard_after_the_first_touch_until_it_is_muted() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("there is something to report", async || audio(&page).await.is_object().then_some(())).await;
    assert_eq!(audio(&page).await["state"], "waiting", "no sound before the player touched the page");
    page.perform_actions(key(KeyAction::Down { value: ' ' })).await.unwrap();
    let loud = until("shots are heard", async || {
        let now = audio(&page).await;
        (now["played"].as_u64()? >= 5).then_some(now)
    })
    .await;
    assert_eq!(loud["state"], "running");
    assert!(loud["cues"].as_u64() >= loud["played"].as_u64(), "{loud}");

    tap(&page, 'n').await;
    until_body(&page, "muted", "1").await;
    let muted = audio(&page).await;
    page.perform_actions(key(KeyAction::Down { value: ' ' })).await.unwrap();
    let later = until("there were more cues", async || {
        let now = audio(&page).await;
        (now["cues"].as_u64()? >= muted["cues"].as_u64()? + 4).then_some(now)
    })
    .await;
    assert!(later["played"].as_u64().unwrap() <= muted["played"].as_u64().unwrap() + 1, "{muted} {later}");
    tap(&page, 'n').await;
    until_body(&page, "muted", "0").await;
    page.release_actions().await.unwrap();
    page.perform_actions(key(KeyAction::Down { value: ' ' })).await.unwrap();
    until("it is heard again", async || {
        (audio(&page).await["played"].as_u64()? > later["played"].as_u64()? + 2).then_some(())
    })
    .await;
    page.close().await.unwrap();

    // A browser without sound plays on in silence.
    let page = driver.browser().await;
    let source = json!({"source": "delete window.AudioContext; window.AudioContext = undefined"});
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", source).await;
    page.goto(&format!("http://{}/?name=Bob&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    until("the browser refuses", async || (audio(&page).await["state"] == "refused").then_some(())).await;
    until("the ship flies", async || (way(&page).await > 20.0).then_some(())).await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_screen_is_not_called_a_bad_connection() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    driver.ask(&page, "Emulation.setCPUThrottlingRate", json!({"rate": 8})).await;
    // Until the frames before are out of all means.
    sleep(Duration::from_secs(5)).await;
    let rtt_ms = debug(&page).await["rtt_ms"].as_f64().unwrap();
    assert!(rtt_ms > 30.0, "the screen is not slow: {rtt_ms}");
    // One frame that takes far longer than the others is seen for a moment: what stands is what counts.
    let mut grades = Vec::new();
    for _ in 0..20 {
        let grade = script(&page, "return document.getElementById('quality').dataset.grade").await;
        grades.push(grade.as_str().unwrap_or_default().to_owned());
        sleep(Duration::from_millis(250)).await;
    }
    let of = |grade: &str| grades.iter().filter(|other| *other == grade).count();
    assert!(of("good") > 10 && of("poor") < 3, "of {rtt_ms} ms: {grades:?}");
    page.close().await.unwrap();
    server.stop().await;
}

/// What a frame with a thousand ships may cost the processor, milliseconds.
const MAX_FRAME_MS: f64 = 4.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_ships_cost_a_few_milliseconds_of_processor() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?sprites=1000", server.address)).await.unwrap();
    until_state(&page, "join").await;
    let cost = async |page: &Client| -> Value {
        until("enough frames were timed", async || serde_json::from_str(&body(page, "cost").await).ok()).await
    };
    // The first ones still compile.
    cost(&page).await;
    script(&page, "delete document.body.dataset.cost").await;
    let cost = cost(&page).await;
    println!("1000 ships: {cost}");
    screenshot(&page, "thousand.png").await;
    assert_eq!(cost["left_out"], 0, "{cost}");
    let median = cost["build_ms"]["p50"].as_f64().unwrap() + cost["upload_ms"]["p50"].as_f64().unwrap();
    assert!(median < MAX_FRAME_MS, "{median} ms: {cost}");
    page.close().await.unwrap();
    server.stop().await;
}
