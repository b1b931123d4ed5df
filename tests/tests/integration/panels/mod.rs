//! The panels in a real browser, by keyboard and on a phone. Writes screenshots to `target/screenshots/`: look at them.
//!
//! What the services say is given to the page by `perigee-inject` where a test needs words of its own.
//!
//! - `chat`, `market`, `leaders`, `scores`, `lobby`, `watch`: each panel's work
//! - `harmful`: texts that would do harm if a page read them as markup, in all of them

mod chat;
mod harmful;
mod leaders;
mod lobby;
mod market;
mod scores;
mod watch;

use crate::pages::{Driver, body, click, until, until_state, until_text};
use crate::support::TestServer;
use fantoccini::Client;
use perigee_shared::protocol::{Channel, ChatLine, Message, ServiceMessage};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

// WebDriver's numbers of special keys.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e006}';
const ESCAPE: char = '\u{e00c}';
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
async fn inject(page: &Client, message: &ServiceMessage) {
    let line = "dispatchEvent(new CustomEvent('perigee-inject', {detail: new Uint8Array(arguments[0])}))";
    page.execute(line, vec![json!(message.encode())]).await.unwrap();
}

fn line(number: u64, channel: Channel, from: &str, words: &str) -> ServiceMessage {
    let at_ms = 1_700_000_000_000 + number;
    ServiceMessage::Chat(ChatLine { number, channel, from: from.into(), text: words.into(), at_ms })
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

/// Answers what the server has no answer for: rooms, and the past of prices.
async fn mock_rest(driver: &Driver, page: &Client, rooms: &Value) {
    let source = format!(
        "const rooms = {rooms};
        const real = window.fetch.bind(window);
        window.asked = [];
        window.fetch = (path, wish) => {{
            window.asked.push((wish?.method || 'GET') + ' ' + path + ' ' + (wish?.body || ''));
            const tell = (json, status = 200) => Promise.resolve(new Response(JSON.stringify(json), {{status}}));
            if (String(path).startsWith('api/v1/rooms')) {{
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
