//! The boards of today and of all time, with the reader's own place.

use super::{click, count, inject, phone, quiet, until_open, until_text};
use crate::pages::{Driver, ONE_AT_A_TIME, join, key, screenshot, tap, text, until};
use crate::support::TestServer;
use fantoccini::Locator;
use fantoccini::actions::KeyAction;
use perigee_shared::protocol::{Board, LeaderRow, Leaders, ServiceMessage};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn leaders_are_told_with_the_own_place() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("")).await;
    let driver = Driver::start();
    let leaders = |board: Board, values: i64| {
        let row = |rank: u32| LeaderRow {
            rank,
            name: format!("Pilot {}", 100 + rank * 7),
            value: values - i64::from(rank) * 3,
        };
        let rows: Vec<LeaderRow> = (1..=20).map(row).collect();
        let own = Some(LeaderRow { rank: 214, name: "Ada".into(), value: 1 });
        ServiceMessage::Leaders(Leaders { board, rows, own, ranked: 1_204 })
    };
    let page = join(&driver, &server, "Ada").await;
    // Who does nothing is on no board.
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    page.perform_actions(key(KeyAction::Up { value: 'w' })).await.unwrap();
    tap(&page, 'l').await;
    until_open(&page, "leaders", true).await;
    inject(&page, &leaders(Board::default(), 99)).await;
    until_text(&page, "#leaders-own", "place 214 of 1204").await;
    assert_eq!(count(&page, "#leaders-rows tr").await, 20);
    screenshot(&page, "leaders.png").await;

    // Another board is asked for, and the server tells it; rows of a board that is not looked at are not shown.
    click(&page, "[data-by=\"1\"]").await;
    until_text(&page, "#leaders-own", "1\u{202f}000").await;
    inject(&page, &leaders(Board::default(), 50)).await;
    sleep(Duration::from_millis(300)).await;
    assert!(!text(&page, "#leaders-rows").await.contains("Pilot"), "rows of another board");
    until("the own row is marked", async || (count(&page, "#leaders-rows .own").await == 1).then_some(()))
        .await;
    tap(&page, 'l').await;
    until_open(&page, "leaders", false).await;
    page.close().await.unwrap();

    let page = phone(&driver, &server, "Bea").await;
    page.find(Locator::Css("#menu [data-action=leaders]")).await.unwrap().click().await.unwrap();
    until_open(&page, "leaders", true).await;
    inject(&page, &leaders(Board::default(), 99)).await;
    until_text(&page, "#leaders-own", "place 214").await;
    screenshot(&page, "phone-leaders.png").await;
    page.close().await.unwrap();
    server.stop().await;
}
