//! The rooms on the front page, links to them, and the way out of one.

use super::{PHONE, click, count, mock_rest, quiet, until_open, until_text};
use crate::pages::{Driver, ONE_AT_A_TIME, join, screenshot, script, tap, text, until, until_state};
use crate::support::TestServer;
use fantoccini::{Client, Locator};
use perigee_shared::protocol::DeviceToken;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

fn some_rooms() -> Value {
    let room = |name: &str, mode: &str, (players, bots, most): (u32, u32, u32), left: Option<u32>| {
        json!({"name": name, "mode": mode, "phase": "playing", "seconds_left": left, "players": players,
            "bots": bots, "max_players": most, "join_url": format!("/?room={name}")})
    };
    json!([
        room("arena", "free_for_all", (31, 4, 256), Some(412)),
        room("duel", "free_for_all", (8, 0, 8), Some(35)),
        room("teams-1", "teams", (14, 2, 24), Some(590)),
        room("teams-2", "teams", (3, 9, 24), None),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lobby_lists_rooms_and_brings_friends_together() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    mock_rest(&driver, &page, &some_rooms()).await;
    let url = format!("http://{}/?debug=1", server.address);
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "31 + 4 bots / 256").await;
    until_text(&page, "#lobby-note", "ms away").await;
    assert!(text(&page, "#lobby-rooms").await.contains("6:52 left"));
    assert_eq!(count(&page, "#lobby-rooms [data-join=duel]:disabled").await, 1, "a full room takes nobody");
    screenshot(&page, "lobby.png").await;
    click(&page, "[data-mode=teams]").await;
    until("only those rooms", async || (count(&page, "#lobby-rooms tr").await == 2).then_some(())).await;

    page.close().await.unwrap();

    // A private room of the real server, and a party; who has the link comes into it.
    let page = driver.browser().await;
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "quiet").await;
    how_far_is_measured_by_whole_answers(&page).await;
    let value = "return document.getElementById('lobby-link-field').value";
    click(&page, "[data-lobby=private]").await;
    let link = until("there is a link", async || {
        script(&page, value).await.as_str().filter(|link| link.contains("?room=")).map(str::to_owned)
    })
    .await;
    let room = link.rsplit('=').next().unwrap().to_owned();
    click(&page, "[data-lobby=invite]").await;
    let link = until("the link names a party", async || {
        script(&page, value).await.as_str().filter(|link| link.contains("&party=")).map(str::to_owned)
    })
    .await;
    assert!(link.contains(&room), "{link}");
    assert_eq!(script(&page, "return location.href").await, json!(link));
    until_text(&page, "#destination-words", &room).await;
    // Where Play leads is said once.
    let said = "return [...document.querySelectorAll('#front p')].filter(p => p.checkVisibility()
        && p.textContent.includes('Play ')).map(p => p.id)";
    assert_eq!(script(&page, said).await, json!(["destination-words"]));
    screenshot(&page, "lobby-invite.png").await;
    page.goto(&format!("{link}&autojoin=1&name=Guest&debug=1")).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#room", &room).await;
    // It can be left: the next match is not the same room again.
    tap(&page, 'b').await;
    click(&page, "[data-away=leave]").await;
    until_state(&page, "join").await;
    let address = script(&page, "return location.search").await;
    assert!(!address.as_str().unwrap().contains(&room), "{address}");
    click(&page, "#play").await;
    until_state(&page, "live").await;
    until_text(&page, "#room", "quiet").await;
    page.close().await.unwrap();

    // A server without a list: quick play is there all the same.
    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&url).await.unwrap();
    until_state(&page, "join").await;
    sleep(Duration::from_millis(800)).await;
    assert_eq!(script(&page, "return document.getElementById('lobby').hidden").await, json!(true));
    page.find(Locator::Css("#play")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    page.close().await.unwrap();

    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &some_rooms()).await;
    page.goto(&url).await.unwrap();
    until_text(&page, "#lobby-rooms", "teams-2").await;
    screenshot(&page, "phone-lobby.png").await;
    page.close().await.unwrap();
    server.stop().await;
}

/// Every request for the distance was answered and read to its end, and what is told is what the browser saw of one of
/// them, not of its own start.
async fn how_far_is_measured_by_whole_answers(page: &Client) {
    let words = until_text(page, "#lobby-note", "ms away").await;
    let told_ms: f64 = words.split(' ').find_map(|word| word.parse().ok()).unwrap();
    let asked = "return performance.getEntriesByType('resource').filter(({name}) => name.includes('healthz'))
        .map(e => [e.responseStatus, e.transferSize, e.responseStart - e.requestStart])";
    let asked = until("all have come", async || {
        let asked = script(page, asked).await;
        asked.as_array().filter(|asked| asked.len() >= 3).cloned()
    })
    .await;
    let whole = asked.iter().all(|one| one[0] == 200 && one[1].as_f64() > Some(0.0));
    assert!(whole, "requests were broken off: {asked:?}");
    let most_ms = asked.iter().filter_map(|one| one[2].as_f64()).fold(1.0, f64::max);
    assert!(told_ms <= most_ms.round(), "{told_ms} ms are told, {asked:?} were measured");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_match_can_be_left_and_watched() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    tap(&page, 'b').await;
    until_open(&page, "rooms", true).await;
    assert_eq!(text(&page, "#rooms-title").await, "Room quiet");
    screenshot(&page, "room.png").await;
    click(&page, "[data-away=leave]").await;
    until_state(&page, "join").await;
    until("the seat is free at once", async || {
        (server.metric("perigee_players{", "quiet").await == 0.0).then_some(())
    })
    .await;

    // From the front page one may look on instead.
    until("the rooms are listed", async || {
        (count(&page, "#lobby [data-watch=quiet]").await == 1).then_some(())
    })
    .await;
    click(&page, "#lobby [data-watch=quiet]").await;
    until_text(&page, "#watch-words", "Watching").await;
    assert_eq!(server.metric("perigee_players{", "quiet").await, 0.0, "who looks on is no player");
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_a_device_is_asked_about_and_a_code_brings_its_player_back() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let kept = "return localStorage.getItem('perigee.device')";
    let token = until("the server has given a token", async || {
        DeviceToken::from_hex(script(&page, kept).await.as_str()?)
    })
    .await;
    // Who never did anything is forgotten when they leave.
    for _ in 0..4 {
        tap(&page, ' ').await;
        sleep(Duration::from_millis(200)).await;
    }
    tap(&page, 'b').await;
    until_open(&page, "rooms", true).await;
    assert_eq!(count(&page, "#panel-rooms [data-device], #panel-rooms [data-away=forget]").await, 0);

    // One click asks, and says what goes.
    click(&page, "#device-ask").await;
    until_text(&page, "#forget-words", "what you own and your record").await;
    assert_eq!(script(&page, kept).await, json!(token.to_hex()), "nothing is gone yet");
    click(&page, "#forget-show").await;
    let code = script(&page, "return document.getElementById('forget-code').value").await;
    let code = code.as_str().unwrap().to_owned();
    assert_eq!(DeviceToken::from_recovery_code(&code), Some(token), "{code}");
    screenshot(&page, "forget.png").await;
    click(&page, "#forget-keep").await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(script(&page, kept).await, json!(token.to_hex()));

    click(&page, "#device-ask").await;
    click(&page, "#forget-yes").await;
    until_state(&page, "join").await;
    until("it is forgotten", async || script(&page, kept).await.is_null().then_some(())).await;
    until_text(&page, "#lobby-note", "Forgotten").await;
    page.close().await.unwrap();

    // Another device takes the code, as somebody types it.
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    click(&page, "#device-tools [data-device=have]").await;
    let field = page.find(Locator::Css("#have-code-field")).await.unwrap();
    field.send_keys(&code[..20]).await.unwrap();
    click(&page, "#have-code-yes").await;
    until_text(&page, "#have-code-status", "not a recovery code").await;
    screenshot(&page, "have-code.png").await;
    field.clear().await.unwrap();
    field.send_keys(&code.to_lowercase().replace('-', " ")).await.unwrap();
    click(&page, "#have-code-yes").await;
    until("the token is kept", async || (script(&page, kept).await == json!(token.to_hex())).then_some(()))
        .await;
    page.find(Locator::Css("#name")).await.unwrap().send_keys("Ada").await.unwrap();
    click(&page, "#play").await;
    until_state(&page, "live").await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(
        script(&page, kept).await,
        json!(token.to_hex()),
        "the server knows it, and gives no other one"
    );
    page.close().await.unwrap();
    server.stop().await;
}
