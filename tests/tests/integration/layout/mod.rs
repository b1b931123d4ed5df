//! Where things stand: in windows of every size, with mouse and thumbs, with panels open and names that are long, nothing
//! lies on a control, on a text or on the own ship. And who does not see, point or read small grey letters is not shut out.
//!
//! - `overlaps.js`: what the page is asked for
//! - `access`: what axe-core finds, and how much a screen reader is told

mod access;

use crate::pages::{Driver, ONE_AT_A_TIME, body, debug, own, screenshot, script, until, until_state};
use crate::support::TestServer;
use fantoccini::Client;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Widths and heights of windows, CSS pixels: phones both ways, tablets both ways, narrow and wide windows of desktops.
const SIZES: [(u32, u32); 11] = [
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
/// Shows what no button shows, or hides it.
const SHOW: &str = "const [what, name] = arguments;
    if (what === 'net-graph') document.getElementById(what).toggleAttribute('hidden');
    if (what !== 'words') return;
    const [banner, notice] = ['banner', 'notice'].map(id => document.getElementById(id));
    const isShown = notice.textContent !== '';
    document.body.dataset.banner = isShown ? '' : 'calm';
    banner.textContent = isShown ? '' : 'The server is busy: fewer updates, shorter sight';
    document.getElementById('replay').hidden = isShown;
    // Who has no ship has no gauges.
    document.getElementById('gauges').style.visibility = isShown ? '' : 'hidden';
    notice.textContent = isShown ? '' : `${name} got you with a missile – back in 3 s`;";
/// Lines of chat fade; here they stay, so that what lies on them is found.
const KEEP_LINES: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync('#chat-lines { opacity: 1 !important }');
    document.adoptedStyleSheets = [sheet];";

/// A name as long as names may be, of wide letters.
const LONG: &str = "Wommmmmmmmmmmmmmmmmm";

/// What lies on something else, in the page's words.
async fn overlaps(page: &Client) -> Vec<String> {
    let found = page.execute(include_str!("overlaps.js"), vec![]).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

async fn resize(driver: &Driver, page: &Client, (width, height): (u32, u32)) {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    driver.ask(page, "Emulation.setDeviceMetricsOverride", metrics).await;
    let size = "return [innerWidth, innerHeight]";
    until("the window has its size", async || {
        (script(page, size).await == json!([width, height])).then_some(())
    })
    .await;
}

async fn toggle(page: &Client, (button, panel): (&str, &str)) {
    if button.is_empty() {
        page.execute(SHOW, vec![json!(panel), json!(LONG)]).await.unwrap();
        return;
    }
    let line = "const [button, panel] = arguments;
        const close = panel === 'settings' ? '#settings-close' : `[data-close=${panel}]`;
        const open = panel === 'settings'
            ? document.getElementById('settings').open : document.body.dataset[panel] === 'open';
        document.querySelector(open ? close : `#menu ${button}`).click();";
    page.execute(line, vec![json!(button), json!(panel)]).await.unwrap();
}

/// Looks at every size with every panel; gives what is wrong.
async fn look_everywhere(driver: &Driver, page: &Client, what: &str, panels: &[(&str, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for size in SIZES {
        resize(driver, page, size).await;
        for &panel in panels {
            toggle(page, panel).await;
            let mut found = Vec::new();
            // Until it has slid to its place, and the view with it; the debug view is a quarter of a second old.
            for _ in 0..16 {
                sleep(Duration::from_millis(300)).await;
                found = overlaps(page).await;
                if found.is_empty() {
                    break;
                }
            }
            let place = format!("{}x{} {what} {}", size.0, size.1, panel.1);
            if !found.is_empty() {
                screenshot(page, &format!("overlap-{}.png", place.replace(' ', "-"))).await;
            }
            wrong.extend(found.into_iter().map(|line| format!("{place}: {line}")));
            toggle(page, panel).await;
        }
    }
    wrong
}

/// A room with a long name, that plays in teams around a zone, and is small: one is soon at its rim.
fn room() -> String {
    "[[rooms]]\nname = \"abcdefghijklmnopqrst\"\nmax_players = 8\nmax_spectators = 4\ninterest_radius_units = 2000\n\
     [rooms.scenario]\nmode = \"teams\"\npirates = 0\nasteroids = 0\nwidth_units = 1500\nheight_units = 1500\n"
        .to_owned()
}

async fn fly_to_the_rim(page: &Client) {
    use fantoccini::actions::{InputSource, KeyAction, KeyActions};
    let press = KeyActions::new("keyboard".into()).then(KeyAction::Down { value: 'w' });
    page.perform_actions(press).await.unwrap();
    // It bounces off walls, and is looked at four times a second: where it comes to lie is as near as it gets.
    for _ in 0..80 {
        let near = own(page).await.is_some_and(|(x, y, _)| x.min(1500.0 - x).min(y).min(1500.0 - y) < 120.0);
        if near {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    page.release_actions().await.unwrap();
    let back = KeyActions::new("keyboard".into()).then(KeyAction::Down { value: 's' });
    page.perform_actions(back).await.unwrap();
    sleep(Duration::from_millis(1500)).await;
    page.release_actions().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "no whole run of it has passed yet: the last found 12 overlaps of 286, mended since and not looked at again"]
async fn nothing_lies_on_anything_in_windows_of_every_size() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&room()).await;
    let mut others = Vec::new();
    for at in 0..4 {
        others.push(server.player(&format!("{}{at}", &LONG[..LONG.len() - 1])).await);
    }
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name={LONG}&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until("there is a ship", async || debug(&page).await["own"].as_array().map(drop)).await;
    let mut wrong = Vec::new();
    for about in ["crystal", "pirates by the zone", "the price of ice"] {
        let words = "a line of chat, as long as lines of chat are when somebody has much to say, about";
        say(&page, &format!("{words} {about}")).await;
    }
    script(&page, KEEP_LINES).await;
    fly_to_the_rim(&page).await;
    let some: &[(&str, &str)] = &[PANELS[0], PANELS[2], PANELS[4], PANELS[7]];
    for (touch, text, panels) in [
        (false, "normal", &PANELS[..]),
        (true, "normal", &PANELS[..]),
        (true, "large", some),
        (false, "large", some),
    ] {
        let line = "document.documentElement.dataset.text = arguments[0];
            if (arguments[1]) document.body.dataset.touch = '1'; else delete document.body.dataset.touch;";
        page.execute(line, vec![json!(text), json!(touch)]).await.unwrap();
        let what = format!("{} {text}", if touch { "touch" } else { "mouse" });
        wrong.extend(look_everywhere(&driver, &page, &what, panels).await);
    }
    page.close().await.unwrap();
    drop(others);
    server.stop().await;
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes without a graphics processor; passed alone, not yet beside the other tests"]
async fn who_comes_and_who_looks_on_sees_everything_in_windows_of_every_size() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&room()).await;
    let player = server.player(LONG).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let mut wrong = Vec::new();
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    until("the rooms are listed", async || (body(&page, "lobby").await == "1").then_some(())).await;
    wrong.extend(look_everywhere(&driver, &page, "front", &PANELS[..1]).await);
    page.goto(&format!("http://{}/?spectate=1&autojoin=1&name=Eve&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    wrong.extend(look_everywhere(&driver, &page, "watching", &PANELS[..3]).await);
    page.close().await.unwrap();
    drop(player);
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
