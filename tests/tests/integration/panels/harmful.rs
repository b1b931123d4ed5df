//! Names and lines that would do harm, if a page read them as markup, in every panel that shows them.

use super::{ENTER, ESCAPE, SAID, TAB, click, count, inject, line, quiet, until_open, until_text};
use crate::pages::{Driver, ONE_AT_A_TIME, join, key, screenshot, script, tap, text, until};
use crate::support::TestServer;
use fantoccini::Client;
use fantoccini::actions::KeyAction;
use futures_util::SinkExt;
use perigee_shared::protocol::{
    Board, Channel, LeaderRow, Leaders, Message as _, ServiceMessage, ServiceRequest,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

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
        let say = ServiceRequest::Say { channel: Channel::Room, text: words.into() };
        bold.send(Message::Binary(say.encode().into())).await.unwrap();
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
    // The menu was opened last, so it closes first.
    tap(&page, ESCAPE).await;
    until("the menu is closed", async || (count(&page, "#chat-menu[hidden]").await == 1).then_some(())).await;
    tap(&page, ESCAPE).await;
    until_open(&page, "chat", false).await;

    tap(&page, 'l').await;
    until_open(&page, "leaders", true).await;
    inject(
        &page,
        &ServiceMessage::Leaders(Leaders { board: Board::default(), rows, own: own_row, ranked: 10 }),
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
    until_open(&page, "leaders", false).await;
    // Whoever answers nothing is sent away after a while: another one comes.
    let _image = server.player("<img onerror=b src>").await;
    page.perform_actions(key(KeyAction::Down { value: TAB })).await.unwrap();
    until_text(&page, "#scores-rows", "<img").await;
    assert_unhurt(&page, "#scores-rows", &["tr", "th", "td"]).await;
    page.close().await.unwrap();
    server.stop().await;
}
