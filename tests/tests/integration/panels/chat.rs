//! Chat by keyboard and on a phone, where it is behind its button.

use super::{
    ENTER, ESCAPE, PHONE, SAID, TAB, click, count, inject, line, phone, place, quiet, until_open, until_text,
};
use crate::chat::say;
use crate::pages::{Driver, ONE_AT_A_TIME, join, key, own, screenshot, script, tap, text, until};
use crate::support::{TestServer, next_service};
use fantoccini::actions::KeyAction;
use fantoccini::{Client, Locator};
use perigee_shared::protocol::{Channel, ServiceMessage, ServiceRefusal};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

async fn focused(page: &Client) -> String {
    let id = script(page, "const e = document.activeElement; return e.id || e.className || e.tagName").await;
    id.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_is_written_and_read_by_keyboard_and_the_ship_stays_still() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    let mut bob = server.player("Bob the Second").await;
    until("the roster has both", async || text(&page, "#scores").await.contains("Bob").then_some(())).await;
    let before = until("there is a ship", async || own(&page).await).await;

    tap(&page, ENTER).await;
    until_open(&page, "chat", true).await;
    assert_eq!(focused(&page).await, "chat-text");
    sleep(Duration::from_millis(1200)).await;
    let field = page.find(Locator::Css("#chat-text")).await.unwrap();
    field.send_keys("wwwwaaaa /w bob").await.unwrap();
    let after = until("there is a ship", async || own(&page).await).await;
    assert!(
        (after.0 - before.0).hypot(after.1 - before.1) < 1.0,
        "typing flew the ship: {before:?} {after:?}"
    );
    tap(&page, TAB).await;
    assert_eq!(field.prop("value").await.unwrap().unwrap(), "wwwwaaaa /w Bob the Second ");

    field.clear().await.unwrap();
    field.send_keys("hello there").await.unwrap();
    tap(&page, ENTER).await;
    until_text(&page, "#chat-lines li[data-own='1']", "hello there").await;
    loop {
        match next_service(&mut bob).await.expect("Bob is still there") {
            ServiceMessage::Chat(line) if line.text == "hello there" => break assert_eq!(line.from, "Ada"),
            _ => {}
        }
    }

    // A line comes twice, with its history, and is shown once; refusals are words.
    for _ in 0..2 {
        inject(&page, &line(1, Channel::Room, "Bob the Second", "has anybody seen my crystal?")).await;
        inject(&page, &line(2, Channel::Team, "Ada", "zone in ten")).await;
        inject(&page, &line(3, Channel::Everyone, "Cleo", "duel room is open")).await;
        inject(&page, &line(4, Channel::Private("Ada".into()), "Dora", "tech is dear at Boreas")).await;
        inject(&page, &line(5, Channel::Room, "", "Erik came")).await;
    }
    inject(&page, &ServiceMessage::Refused(ServiceRefusal::TooFast { wait_ms: 1200 })).await;
    until_text(&page, "#chat-lines", "Too fast: wait 2 s").await;
    // These four, and the one that was said.
    assert_eq!(count(&page, SAID).await, 5);
    screenshot(&page, "chat.png").await;

    // The name's menu hides a player.
    click(&page, "#chat-lines [data-who='Cleo']").await;
    until("the menu is there", async || text(&page, "#chat-menu").await.contains("Cleo").then_some(())).await;
    screenshot(&page, "chat-menu.png").await;
    click(&page, "#chat-menu [data-do=block]").await;
    until_text(&page, "#chat-lines", "You have blocked Cleo").await;
    assert_eq!(count(&page, "#chat-lines [data-who='Cleo']").await, 0);
    inject(&page, &line(9, Channel::Everyone, "Cleo", "hello?")).await;

    // Many lines: the page keeps a hundred.
    for number in 20..180 {
        inject(&page, &line(number, Channel::Room, "Bob the Second", &format!("line {number}"))).await;
    }
    until_text(&page, "#chat-lines", "line 179").await;
    assert_eq!(count(&page, "#chat-lines li").await, 100);
    assert!(!text(&page, "#chat-lines").await.contains("hello?"));

    tap(&page, ESCAPE).await;
    until_open(&page, "chat", false).await;
    assert_eq!(focused(&page).await, "BODY");
    inject(&page, &line(200, Channel::Room, "Bob the Second", "are you there?")).await;
    until_text(&page, "#chat-unread", "1").await;
    screenshot(&page, "chat-closed.png").await;
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    until("keys fly the ship again", async || {
        own(&page).await.filter(|now| (now.0 - after.0).hypot(now.1 - after.1) > 20.0)
    })
    .await;
    page.close().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_chat_is_behind_its_button() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let mut bob = server.player("Bob").await;
    for words in ["it was quiet here", "before somebody came"] {
        say(&mut bob, Channel::Room, words).await;
    }
    let driver = Driver::start();
    let page = phone(&driver, &server, "Ada").await;
    // What was said before one came is there, and is not for one.
    until("what was said is there", async || (count(&page, SAID).await == 2).then_some(())).await;
    let badge = "return document.getElementById('chat-unread').checkVisibility()";
    assert_eq!(script(&page, badge).await, json!(false), "unread at the first join");
    inject(&page, &line(1, Channel::Room, "Bob", "has anybody seen my crystal?")).await;
    inject(&page, &line(2, Channel::Room, "Cleo", "it floats by the zone")).await;
    until_text(&page, "#chat-unread", "2").await;
    screenshot(&page, "phone-chat-closed.png").await;
    let seen = "return document.getElementById('chat-lines').checkVisibility()";
    assert_eq!(script(&page, seen).await, json!(false));
    drop(bob);
    page.find(Locator::Css("#menu [data-action=chat]")).await.unwrap().click().await.unwrap();
    until_open(&page, "chat", true).await;
    let [left, _, right, bottom] = place(&page, "#panel-chat").await;
    assert_eq!((left, right), (0.0, f64::from(PHONE.0)));
    assert!(bottom < f64::from(PHONE.1) * 0.48, "it covers the own ship in the middle: {bottom}");
    screenshot(&page, "phone-chat.png").await;
    page.find(Locator::Css("[data-close=chat]")).await.unwrap().click().await.unwrap();
    until_open(&page, "chat", false).await;
    page.close().await.unwrap();
    server.stop().await;
}
