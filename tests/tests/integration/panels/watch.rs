//! Looking on: whom to follow, the free camera, the zoom.

use super::{PHONE, click, until_text};
use crate::browser::scenery;
use crate::pages::{Driver, ONE_AT_A_TIME, key, screenshot, tap, text, until, until_state};
use crate::support::TestServer;
use fantoccini::actions::KeyAction;
use std::time::Duration;
use tokio::time::sleep;

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
