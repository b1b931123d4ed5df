//! The game inside another site's page, in a real browser: who is allowed by `http.frame_ancestors`, and whose keys are
//! whose.

use crate::pages::{Driver, ONE_AT_A_TIME, body, key, own, screenshot, script, tap, until, until_state};
use crate::support::TestServer;
use fantoccini::actions::KeyAction;
use fantoccini::{Client, Locator};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// WebDriver's names of arrow keys.
const UP: char = '\u{e013}';
const DOWN: char = '\u{e015}';

/// Another site: a page that is longer than the window, with a frame of whatever its query names. Gives its port.
async fn portal() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = client.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let framed =
                head.split(' ').nth(1).and_then(|path| path.split_once('?')).map_or("", |(_, url)| url);
            let page = format!(
                "<!doctype html><title>Portal</title><body style='height: 4000px'><p id=words>A site of games</p>\
                 <iframe width=900 height=500 src='{framed}'></iframe>"
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            let _ = client.write_all(answer.as_bytes()).await;
        }
    });
    port
}

async fn scrolled(page: &Client) -> f64 {
    script(page, "return window.scrollY").await.as_f64().unwrap()
}

/// Opens the portal with `framed` in its frame, and goes into the frame. Whether something of ours is in it.
async fn is_framed(page: &Client, portal: u16, framed: &str) -> bool {
    page.goto(&format!("http://localhost:{portal}/?{framed}")).await.unwrap();
    page.enter_frame(0).await.unwrap();
    sleep(Duration::from_millis(700)).await;
    let place = script(page, "return location.href").await;
    place.as_str().unwrap().starts_with("http://127.0.0.1")
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_allowed_frame_a_click_gives_the_keys_and_arrows_scroll_nothing() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let portal = portal().await;
    let room = "[[rooms]]\nname = \"quiet\"\nmax_players = 8\ninterest_radius_units = 800\n\
        [rooms.scenario]\nasteroids = 0\npirates = 0\n";
    let allowed = format!("[http]\nframe_ancestors = [\"http://localhost:{portal}\"]\n{room}");
    let server = TestServer::start(&allowed).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let game = format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address);
    assert!(is_framed(&page, portal, &game).await, "an allowed site frames the game");
    until_state(&page, "live").await;
    let before = until("there is a ship", async || own(&page).await).await;

    // The keys are the portal's until somebody clicks on the game.
    page.enter_parent_frame().await.unwrap();
    page.find(Locator::Css("#words")).await.unwrap().click().await.unwrap();
    tap(&page, DOWN).await;
    until("arrows scroll the portal", async || (scrolled(&page).await > 0.0).then_some(())).await;
    // It glides; when it has come to rest it is put back.
    sleep(Duration::from_secs(1)).await;
    script(&page, "window.scrollTo(0, 0)").await;
    page.enter_frame(0).await.unwrap();
    page.find(Locator::Css("#view")).await.unwrap().click().await.unwrap();
    assert_eq!(script(&page, "return document.hasFocus()").await, json!(true), "a click takes the keys");
    // The driver itself may scroll to what it clicks on.
    page.enter_parent_frame().await.unwrap();
    let rest = scrolled(&page).await;
    page.enter_frame(0).await.unwrap();
    page.perform_actions(key(KeyAction::Down { value: UP })).await.unwrap();
    until("the ship flies by arrows", async || {
        own(&page).await.filter(|now| (now.0 - before.0).hypot(now.1 - before.1) > 60.0)
    })
    .await;
    page.perform_actions(key(KeyAction::Up { value: UP })).await.unwrap();
    for _ in 0..5 {
        tap(&page, DOWN).await;
        tap(&page, ' ').await;
    }
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "framed.png").await;
    page.enter_parent_frame().await.unwrap();
    assert_eq!(scrolled(&page).await, rest, "keys of the game scroll the portal");

    // The console never is, and the game is not where nobody allowed it.
    assert!(
        !is_framed(&page, portal, &format!("http://{}/admin/", server.address)).await,
        "the console is framed"
    );
    let strict = TestServer::start(room).await;
    let game = format!("http://{}/?name=Ada&autojoin=1&debug=1", strict.address);
    assert!(!is_framed(&page, portal, &game).await, "anybody frames the game");
    page.enter_parent_frame().await.unwrap();
    assert_eq!(body(&page, "state").await, "");
    assert_eq!(strict.metric("perigee_joins_total", "").await, 0.0);
    page.close().await.unwrap();
    server.stop().await;
    strict.stop().await;
}
