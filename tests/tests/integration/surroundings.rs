//! What a page meets on other people's machines, in a real browser: keys whose release is never heard, pads that lie, other
//! keyboards, input methods, displays, sound that is taken away, and a second tab. Writes screenshots to
//! `target/screenshots/`: look at them.

use crate::pages::{
    Driver, ONE_AT_A_TIME, body, debug, join, own, screenshot, script, text, until, until_state,
};
use crate::support::TestServer;
use fantoccini::Client;
use serde_json::json;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::sleep;

const QUIET: &str = "[[rooms]]\nname = \"quiet\"\nmax_players = 8\ninterest_radius_units = 800\n\
    [rooms.scenario]\nasteroids = 0\npirates = 0\n";

/// A key goes down or up, as the browser tells it: only that event, whatever else a real key would do.
async fn press(page: &Client, event: &str, (code, key): (&str, &str), more: &str) {
    let line = format!(
        "const target = document.activeElement || document.body;
        target.dispatchEvent(new KeyboardEvent(arguments[0], {{code: arguments[1], key: arguments[2],
            bubbles: true, cancelable: true, {more}}}))"
    );
    page.execute(&line, vec![json!(event), json!(code), json!(key)]).await.unwrap();
}

async fn wait(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

/// How far the own ship goes in a second.
async fn way(page: &Client) -> f64 {
    let from = until("there is a ship", async || own(page).await).await;
    wait(1000).await;
    let to = until("there is a ship", async || own(page).await).await;
    (to.0 - from.0).hypot(to.1 - from.1)
}

/// How much the own ship turns in a second, turns.
async fn turn(page: &Client) -> f64 {
    let from = until("there is a ship", async || own(page).await).await.2;
    wait(1000).await;
    let by = (until("there is a ship", async || own(page).await).await.2 - from).rem_euclid(1.0);
    by.min(1.0 - by)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_let_go_although_its_release_is_never_heard() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    let thieves = [
        (
            "Meta",
            "const e = k => document.body.dispatchEvent(new KeyboardEvent(k, {code: 'MetaLeft', key: 'Meta',
            metaKey: k === 'keydown', bubbles: true})); e('keydown'); e('keyup')",
        ),
        (
            "AltGr",
            "const e = k => document.body.dispatchEvent(new KeyboardEvent(k, {code: 'AltRight', key: 'AltGraph',
            bubbles: true})); e('keydown'); e('keyup')",
        ),
        ("sleep", "window.dispatchEvent(new Event('freeze'))"),
        ("another page", "window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))"),
        ("the eyes", "document.dispatchEvent(new Event('visibilitychange'))"),
        ("the window", "window.dispatchEvent(new Event('blur'))"),
        ("a menu", "document.body.dispatchEvent(new MouseEvent('contextmenu', {bubbles: true}))"),
        (
            "a field",
            "document.getElementById('chat-text').dispatchEvent(new FocusEvent('focusin', {bubbles: true}))",
        ),
    ];
    for (what, line) in thieves {
        press(&page, "keydown", ("KeyA", "a"), "").await;
        until(&format!("before {what} the ship turns"), async || (turn(&page).await > 0.05).then_some(()))
            .await;
        script(&page, line).await;
        wait(400).await;
        let turned = turn(&page).await;
        assert!(turned < 0.01, "after {what} the ship still turns, by {turned}");
    }
    page.close().await.unwrap();
    server.stop().await;
}

/// Makes the browser believe in those pads: id, mapping, axes x and y, buttons down, and whether it is still connected.
async fn pads(page: &Client, pads: serde_json::Value) {
    let line = "const pads = arguments[0].map(([id, mapping, x, y, down, connected = true], index) => ({id, index, mapping,
            connected, axes: [x, y, 0, 0], buttons: Array.from({length: 17}, (_, n) => {
                const on = down.includes(n);
                return {pressed: on, touched: on, value: on ? 1 : 0};
            })}));
        navigator.getGamepads = () => pads";
    page.execute(line, vec![pads]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn thumbs_and_pads_that_are_taken_away_hold_nothing() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    let thumbs = "const arena = document.getElementById('view');
        const down = (kind, pointerId, clientX, clientY) => arena.dispatchEvent(new PointerEvent(kind,
            {pointerType: 'touch', pointerId, clientX, clientY, buttons: 1, bubbles: true}));
        down('pointerdown', 7, 200, 500); down('pointermove', 7, 200, 440); down('pointerdown', 8, 1100, 500);";
    let held = "return [!document.getElementById('stick').hidden, document.body.dataset.primary === '1']";
    let each = |name: &str| {
        format!(
            "for (const pointerId of [7, 8]) document.getElementById('view').dispatchEvent(
            new PointerEvent('{name}', {{pointerType: 'touch', pointerId, bubbles: true}}))"
        )
    };
    for (what, line) in [
        ("pointercancel", each("pointercancel")),
        ("lost capture", each("lostpointercapture")),
        ("touchcancel", "document.body.dispatchEvent(new Event('touchcancel', {bubbles: true}))".to_owned()),
        ("the eyes", "document.dispatchEvent(new Event('visibilitychange'))".to_owned()),
        ("the window", "window.dispatchEvent(new Event('blur'))".to_owned()),
        ("settings", "document.querySelector('#menu [data-action=settings]').click()".to_owned()),
    ] {
        script(&page, thumbs).await;
        let both = async |is: bool| (script(&page, held).await == json!([is, is])).then_some(());
        until(&format!("both thumbs are down before {what}"), async || both(true).await).await;
        script(&page, &line).await;
        until(&format!("both thumbs are gone after {what}"), async || both(false).await).await;
    }
    script(&page, "document.getElementById('settings-close').click()").await;

    // A pad whose battery is empty, in the two ways in which browsers tell.
    for gone in [json!([]), json!([["real", "standard", 0.0, 0.0, [14], false]])] {
        pads(&page, json!([["real", "standard", 0.0, 0.0, []]])).await;
        wait(300).await;
        pads(&page, json!([["real", "standard", 0.0, 0.0, [14]]])).await;
        until("the pad turns the ship", async || (turn(&page).await > 0.05).then_some(())).await;
        pads(&page, gone.clone()).await;
        wait(400).await;
        assert!(turn(&page).await < 0.01, "a pad that is gone still steers: {gone}");
    }
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pads_act_only_when_they_are_moved_and_keys_always_work() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    // Other things that are no ships are among these as well.
    let shots = async || debug(&page).await["shots"].as_u64().unwrap_or_default();
    wait(1000).await;
    let before = shots().await;
    let stuck = json!(["stuck wheel", "", -1.0, -1.0, [7]]);
    for device in [stuck.clone(), json!(["worn", "standard", 0.19, 0.19, []])] {
        pads(&page, json!([device])).await;
        wait(300).await;
        let (gone, shots) = (way(&page).await, shots().await);
        assert!(gone < 3.0 && shots <= before, "{device}: {gone}, {shots} shots, {before} before");
        assert!(!text(&page, "#keys").await.contains("RT"));
    }
    let mouse = "document.getElementById('view').dispatchEvent(new PointerEvent('pointermove',
        {pointerType: 'mouse', clientX: arguments[0], clientY: arguments[1], bubbles: true}))";
    pads(&page, json!([stuck])).await;
    // A hand that lies on a mouse is never quite still: one move alone would be lost with the focus of a busy browser.
    let moves = Cell::new(0);
    until("the mouse steers beside a stuck device", async || {
        moves.set(moves.get() + 1);
        let x = if moves.get() % 2 == 0 { 1200 } else { 1190 };
        page.execute(mouse, vec![json!(x), json!(360)]).await.unwrap();
        let angle = own(&page).await?.2.rem_euclid(1.0);
        (angle.min(1.0 - angle) < 0.1).then_some(())
    })
    .await;

    // The real pad comes second, and is the one that is used.
    pads(&page, json!([stuck, ["real", "standard", 0.0, 0.0, []]])).await;
    wait(300).await;
    pads(&page, json!([stuck, ["real", "standard", 0.0, -1.0, [7]]])).await;
    until("the real pad fires", async || (shots().await > before).then_some(())).await;
    until("the real pad flies", async || (way(&page).await > 15.0).then_some(())).await;
    until("the hints are the pad's", async || text(&page, "#keys").await.contains("RT").then_some(())).await;
    // It is laid down on its stick: keys work all the same.
    press(&page, "keydown", ("KeyA", "a"), "").await;
    until("the key turns the ship", async || (turn(&page).await > 0.05).then_some(())).await;
    press(&page, "keyup", ("KeyA", "a"), "").await;
    wait(300).await;
    assert!(turn(&page).await < 0.01, "a stick that nobody moves steers again");
    until("the hints are the keys'", async || (!text(&page, "#keys").await.contains("RT")).then_some(()))
        .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_called_by_the_letters_on_the_players_keyboard() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let layout = |map: &str| {
        json!({"source": format!(
            "Object.defineProperty(navigator, 'keyboard', {{value: {map}, configurable: true}})")})
    };
    // A browser that tells.
    let page = driver.browser().await;
    let french = "{getLayoutMap: async () => new Map([['KeyW', 'z'], ['KeyA', 'q'], ['KeyM', ',']])}";
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", layout(french)).await;
    let url = format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address);
    page.goto(&url).await.unwrap();
    until_state(&page, "live").await;
    until("the hints say Z Q D", async || {
        let hints = text(&page, "#keys").await;
        (hints.starts_with('Z') && hints.contains('Q') && hints.contains('D')).then_some(())
    })
    .await;
    let row = "return document.getElementById('key-forward-0').textContent";
    assert_eq!(script(&page, row).await, "Z");
    screenshot(&page, "azerty.png").await;
    page.close().await.unwrap();

    // A browser that does not: learnt by typing, and remembered.
    let page = driver.browser().await;
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", layout("undefined")).await;
    page.goto(&url).await.unwrap();
    until_state(&page, "live").await;
    until("the hints are guessed", async || text(&page, "#keys").await.starts_with('W').then_some(())).await;
    press(&page, "keydown", ("KeyW", "z"), "").await;
    press(&page, "keyup", ("KeyW", "z"), "").await;
    until("the hints are known", async || text(&page, "#keys").await.starts_with('Z').then_some(())).await;
    page.refresh().await.unwrap();
    until_state(&page, "live").await;
    until("the hints are remembered", async || text(&page, "#keys").await.starts_with('Z').then_some(()))
        .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_input_method_mean_nothing_else() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    crate::pages::tap(&page, 't').await;
    until("chat is open", async || (body(&page, "chat").await == "open").then_some(())).await;
    script(&page, "document.getElementById('chat-text').value = 'にほん'").await;
    for composing in ["isComposing: true", "keyCode: 229"] {
        press(&page, "keydown", ("Escape", "Escape"), composing).await;
        press(&page, "keydown", ("F3", "F3"), composing).await;
        wait(300).await;
        assert_eq!(body(&page, "chat").await, "open", "{composing}");
        let shown = script(&page, "return !document.getElementById('net-graph').hidden").await;
        assert_eq!(shown, json!(false), "{composing}");
    }
    let field = "return document.getElementById('chat-text').value";
    assert_eq!(script(&page, field).await, "にほん");
    press(&page, "keydown", ("Escape", "Escape"), "").await;
    until("chat is closed", async || (body(&page, "chat").await != "open").then_some(())).await;
    press(&page, "keydown", ("KeyA", "a"), "isComposing: true").await;
    wait(300).await;
    assert!(turn(&page).await < 0.01);
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_comes_back_from_whatever_took_it() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    // As on a phone: the state is one that older pages do not know.
    let source = "const Real = window.AudioContext;
        window.contexts = [];
        window.AudioContext = class extends Real {
            constructor(...args) { super(...args); window.contexts.push(this); }
            get state() { return this.forced || super.state; }
            resume() { this.resumed = (this.resumed || 0) + 1; this.forced = undefined; return super.resume(); }
        };";
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    crate::pages::tap(&page, 'w').await;
    let state = async || -> Option<String> {
        let now: serde_json::Value = serde_json::from_str(&body(&page, "audio").await).ok()?;
        Some(now["state"].as_str()?.to_owned())
    };
    until("it sounds", async || state().await.filter(|state| state == "running")).await;
    for (taken, back) in [
        (
            "interrupted",
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyW', bubbles: true}))",
        ),
        ("interrupted", "document.dispatchEvent(new Event('visibilitychange'))"),
        ("suspended", "window.dispatchEvent(new Event('pointerup'))"),
    ] {
        page.execute("window.contexts[0].forced = arguments[0]", vec![json!(taken)]).await.unwrap();
        until("it is silent", async || state().await.filter(|state| state == "suspended")).await;
        script(&page, back).await;
        until(&format!("it sounds after {taken}"), async || state().await.filter(|state| state == "running"))
            .await;
    }
    page.execute("window.contexts[0].forced = 'closed'", vec![]).await.unwrap();
    crate::pages::tap(&page, 'w').await;
    until("a closed one is replaced", async || {
        (script(&page, "return window.contexts.length").await == json!(2)).then_some(())
    })
    .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_follows_a_display_that_changes_without_an_event() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    until("Ada has a ship", async || own(&page).await).await;
    let line = "const done = arguments[arguments.length - 1];
        Object.defineProperty(window, 'devicePixelRatio', {value: arguments[0], configurable: true});
        const canvas = document.getElementById('view');
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() =>
            done([canvas.width, canvas.clientWidth]))))";
    for ratio in [2.0, 1.25, 1.0] {
        let size = page.execute_async(line, vec![json!(ratio)]).await.unwrap();
        let expected = (size[1].as_f64().unwrap() * ratio).round();
        assert_eq!(size[0].as_f64().unwrap(), expected, "{ratio}");
    }
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_change_one_memory_of_settings() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(QUIET).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let url = format!("http://{}/", server.address);
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    let first = page.window().await.unwrap();
    let second = page.new_window(true).await.unwrap().handle;
    page.switch_to_window(second).await.unwrap();
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    let choose = |id: &str, change: &str| {
        format!(
            "const e = document.getElementById('{id}'); {change};
            e.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )
    };
    script(&page, &choose("set-hand", "e.value = 'left'")).await;
    page.switch_to_window(first).await.unwrap();
    until("the other tab has read it", async || (body(&page, "hand").await == "left").then_some(())).await;
    script(&page, &choose("set-colors", "e.checked = true")).await;
    let kept = "return JSON.parse(localStorage.getItem('perigee.settings'))";
    let kept = script(&page, kept).await;
    assert_eq!((&kept["hand"], &kept["safe_colors"]), (&json!("left"), &json!(true)), "{kept}");
    page.close().await.unwrap();
    server.stop().await;
}
