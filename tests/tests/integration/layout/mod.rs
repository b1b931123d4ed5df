//! Where things stand: in windows of every size, with mouse and thumbs, with panels open and names that are long, nothing
//! lies on a control, on a text or on the own ship. And who does not see, point or read small grey letters is not shut out.
//!
//! - `look.js`: a look at the page with a panel open; `overlaps.js`: what it looks for
//! - `access`: what axe-core finds, and how much a screen reader is told

mod access;

use crate::pages::{Driver, ONE_AT_A_TIME, body, debug, own, screenshot, script, until, until_state};
use crate::support::TestServer;
use fantoccini::Client;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Widths and heights of windows, CSS pixels: phones both ways, tablets both ways, narrow and wide windows of desktops.
const SIZES: [(u32, u32); 12] = [
    (320, 568),
    (390, 844),
    (568, 320),
    (844, 390),
    (667, 375),
    (820, 1180),
    (1180, 820),
    (900, 600),
    (960, 600),
    (1280, 720),
    (1440, 900),
    (1920, 1080),
];
/// What is opened by turns: the button, the panel.
const PANELS: [(&str, &str); 9] = [
    ("", ""),
    ("[data-action=chat]", "chat"),
    ("[data-action=market]", "market"),
    ("[data-action=leaders]", "leaders"),
    ("[data-panel=scores]", "scores"),
    ("[data-action=lobby]", "rooms"),
    ("[data-action=settings]", "settings"),
    // Not opened by a button: what is said in the middle and at the top, and the net graph.
    ("", "words"),
    ("", "net-graph"),
];
/// Lines of chat fade; here they stay, so that what lies on them is found.
const KEEP_LINES: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync('#chat-lines { opacity: 1 !important }');
    document.adoptedStyleSheets = [sheet];";

/// A name as long as names may be, of wide letters.
const LONG: &str = "Wommmmmmmmmmmmmmmmmm";

/// As long as the names of private rooms are.
const ROOM: &str = "abcdefghijklmnopqrst";
/// The arena is a square of this size, and its rim is so wide, units: who thrusts into a corner bounces about so far.
const SIDE: f64 = 1500.0;
const RIM: f64 = 90.0;

/// Of these there is always a picture: look at them.
const KEPT: [((u32, u32), &str); 8] = [
    ((390, 844), ""),
    ((390, 844), "market"),
    ((844, 390), ""),
    ((844, 390), "chat"),
    ((820, 1180), ""),
    ((1180, 820), ""),
    ((960, 600), ""),
    ((1440, 900), "market"),
];

async fn resize(driver: &Driver, page: &Client, (width, height): (u32, u32)) {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    driver.ask(page, "Emulation.setDeviceMetricsOverride", metrics).await;
    let size = "return [innerWidth, innerHeight]";
    until("the window has its size", async || {
        (script(page, size).await == json!([width, height])).then_some(())
    })
    .await;
}

/// Opens a panel, or closes it.
async fn toggle(page: &Client, panel: (&str, &str)) {
    look(page, panel, None, "toggle").await;
}

/// What `look.js` gives.
async fn look(page: &Client, panel: (&str, &str), corner: Option<Corner>, mode: &str) -> Vec<String> {
    let source = include_str!("look.js").replace("/* overlaps.js */", include_str!("overlaps.js"));
    let corner = corner.map(|(x, y)| [x, y]);
    let asked = vec![json!(panel.0), json!(panel.1), json!(LONG), json!(corner), json!(mode)];
    let found = page.execute_async(&source, asked).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// A page whose arena is painted for screenshots only: without a graphics processor the painting is what takes long, and
/// nobody looks.
async fn unpainted(driver: &Driver) -> Client {
    let page = driver.browser().await;
    let source = "const paints = WebGL2RenderingContext.prototype;
        for (const name of ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced']) {
            const real = paints[name];
            paints[name] = function (...all) { if (window.isPainted) real.apply(this, all); };
        }";
    driver.ask(&page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
    page
}

async fn painted(page: &Client, name: &str) {
    script(page, "window.isPainted = true").await;
    sleep(Duration::from_millis(400)).await;
    screenshot(page, name).await;
    script(page, "window.isPainted = false").await;
}

/// A corner of the window and of the arena: 0 is left, and above.
type Corner = (u8, u8);

/// Looks at every size with every panel; gives what is wrong. Keeps the ship in a corner of the arena, if there is a ship.
async fn look_everywhere(
    driver: &Driver,
    page: &Client,
    what: &str,
    panels: &[(&str, &str)],
    corner: Option<Corner>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for size in SIZES {
        resize(driver, page, size).await;
        if let Some(corner) = corner {
            fly_into(page, corner).await;
        }
        for &panel in panels {
            let is_kept = KEPT.contains(&(size, panel.1));
            let found = look(page, panel, corner, if is_kept { "keep" } else { "look" }).await;
            let place = format!("{}x{} {what} {}", size.0, size.1, panel.1);
            let is_open = is_kept || !found.is_empty();
            wrong.extend(found.into_iter().map(|line| format!("{place}: {line}")));
            if is_open {
                painted(page, &format!("layout-{}.png", place.trim().replace(' ', "-"))).await;
                toggle(page, panel).await;
            }
        }
    }
    wrong
}

/// A room with a long name, that plays in teams around a zone, and is small: one is soon at its rim.
fn room() -> String {
    format!(
        "[[rooms]]\nname = \"{ROOM}\"\nmax_players = 8\nmax_spectators = 4\ninterest_radius_units = 2000\n\
         [rooms.scenario]\nmode = \"teams\"\npirates = 0\nasteroids = 0\nround_s = 3600\nwidth_units = {SIDE}\n\
         height_units = {SIDE}\n"
    )
}

/// Flies into a corner of the arena, for sure: until both walls are near.
async fn fly_into(page: &Client, (x, y): Corner) {
    let push = "const [x, y] = [arguments[0] * (innerWidth - 1), arguments[1] * (innerHeight - 1)];
        const arena = document.getElementById('view');
        for (const by of [5, 0]) arena.dispatchEvent(new PointerEvent('pointermove',
            {pointerType: 'mouse', bubbles: true, clientX: Math.abs(x - by), clientY: Math.abs(y - by)}));
        document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyW', key: 'w', bubbles: true}));";
    // Upward in the arena is downward on the page.
    let wall = (f64::from(x) * SIDE, f64::from(1 - y) * SIDE);
    until(&format!("the ship is in the corner {x} {y}"), async || {
        page.execute(push, vec![json!(x), json!(y)]).await.unwrap();
        let (x, y, _) = own(page).await?;
        ((x - wall.0).abs().max((y - wall.1).abs()) < RIM).then_some(())
    })
    .await;
}

/// A pilot's page with mouse or thumbs, in windows of every size, by turns in each corner of the arena.
async fn look_as_pilot(driver: &Driver, server: &TestServer, is_touch: bool) -> Vec<String> {
    let page = unpainted(driver).await;
    page.goto(&format!("http://{}/?name={LONG}&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until("there is a ship", async || debug(&page).await["own"].as_array().map(drop)).await;
    for about in ["crystal", "pirates by the zone", "the price of ice"] {
        let words = "a line of chat, as long as lines of chat are when somebody has much to say, about";
        say(&page, &format!("{words} {about}")).await;
    }
    script(&page, KEEP_LINES).await;
    let some: &[(&str, &str)] = &[PANELS[0], PANELS[2], PANELS[4], PANELS[7]];
    let mut wrong = Vec::new();
    for (text, panels, corner) in [
        ("normal", &PANELS[..], (0, 0)),
        ("large", some, (1, 0)),
        ("normal", &PANELS[..1], (0, 1)),
        ("large", &PANELS[..1], (1, 1)),
    ] {
        let line = "document.documentElement.dataset.text = arguments[0];
            if (arguments[1]) document.body.dataset.touch = '1'; else delete document.body.dataset.touch;";
        page.execute(line, vec![json!(text), json!(is_touch)]).await.unwrap();
        let what = format!("{} {text} {}{}", if is_touch { "touch" } else { "mouse" }, corner.0, corner.1);
        wrong.extend(look_everywhere(driver, &page, &what, panels, Some(corner)).await);
    }
    page.close().await.unwrap();
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_lies_on_anything_in_windows_of_every_size() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&room()).await;
    let mut others = Vec::new();
    for at in 0..4 {
        others.push(server.player(&format!("{}{at}", &LONG[..LONG.len() - 1])).await);
    }
    // Side by side: each waits most of its time for the page to come to rest.
    let (mice, thumbs) = (Driver::start(), Driver::start());
    let (mut wrong, of_thumbs) =
        tokio::join!(look_as_pilot(&mice, &server, false), look_as_pilot(&thumbs, &server, true));
    wrong.extend(of_thumbs);
    drop(others);
    server.stop().await;
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_and_who_looks_on_sees_everything_in_windows_of_every_size() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&room()).await;
    let others = server.player(LONG).await;
    let driver = Driver::start();
    let page = unpainted(&driver).await;
    let mut wrong = Vec::new();
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    until("the rooms are listed", async || (body(&page, "lobby").await == "1").then_some(())).await;
    wrong.extend(look_everywhere(&driver, &page, "front", &PANELS[..1], None).await);
    page.goto(&format!("http://{}/?spectate=1&autojoin=1&name=Eve&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    wrong.extend(look_everywhere(&driver, &page, "watching", &PANELS[..3], None).await);
    page.close().await.unwrap();
    drop(others);
    server.stop().await;
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Says a line in chat, and waits until it is there.
async fn say(page: &Client, words: &str) {
    toggle(page, PANELS[1]).await;
    let line = "document.getElementById('chat-text').value = arguments[0];
        document.querySelector('#chat-form [type=submit]').click()";
    page.execute(line, vec![json!(words)]).await.unwrap();
    until("the line is said", async || {
        script(page, "return document.querySelectorAll('#chat-lines [data-who]').length")
            .await
            .as_u64()
            .filter(|&n| n > 0)
    })
    .await;
    toggle(page, PANELS[1]).await;
}

/// What a page says of itself, for messages.
async fn told(page: &Client, line: &str) -> Value {
    script(page, line).await
}
