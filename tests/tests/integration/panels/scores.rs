//! The scoreboard: held up, or by itself when a round ends.

use super::{TAB, click, count, is_open, phone, quiet, until_open, until_text};
use crate::pages::text;
use crate::pages::{Driver, ONE_AT_A_TIME, join, key, screenshot, until};
use crate::support::TestServer;
use fantoccini::Locator;
use fantoccini::actions::KeyAction;

#[tokio::test(flavor = "multi_thread")]
async fn the_scoreboard_is_held_up_and_opens_by_itself_when_a_round_ends() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&quiet("mode = \"teams\"\nround_s = 30\n")).await;
    let mut others = Vec::new();
    for name in ["Bob", "Cleo", "Dora", "Erik", "Fay"] {
        others.push(server.player(name).await);
    }
    let driver = Driver::start();
    let page = join(&driver, &server, "Ada").await;
    page.perform_actions(key(KeyAction::Down { value: TAB })).await.unwrap();
    until_open(&page, "scores", true).await;
    let rows = until_text(&page, "#scores-rows", "Team B").await;
    for name in ["Ada", "Bob", "Cleo", "Dora", "Erik", "Fay", "Team A"] {
        assert!(rows.contains(name), "{rows}");
    }
    assert_eq!(count(&page, "#scores-rows .own").await, 1);
    until_text(&page, "#scores-time", "left").await;
    assert_eq!(count(&page, "#scores-change:disabled").await, 1);
    until_text(&page, "#scores-change-words", "at a station").await;
    screenshot(&page, "scores-held.png").await;
    page.release_actions().await.unwrap();
    until_open(&page, "scores", false).await;

    until_text(&page, "#scores-title", "Round over").await;
    assert!(is_open(&page, "scores").await);
    until_text(&page, "#scores-time", "Next round in").await;
    assert_eq!(count(&page, "#scores-rows .own[data-team='2']").await, 1, "the sixth to come");
    until_text(&page, "#scores-change", "Change to ▲ Team A").await;
    screenshot(&page, "scores.png").await;
    click(&page, "#scores-change:enabled").await;
    until("Ada plays for the others", async || {
        (count(&page, "#scores-rows .own[data-team='1']").await == 1).then_some(())
    })
    .await;
    until_text(&page, "#scores-change", "Change to ■ Team B").await;
    until_open(&page, "scores", false).await;
    page.close().await.unwrap();

    let page = phone(&driver, &server, "Gil").await;
    page.find(Locator::Css("#menu [data-panel=scores]")).await.unwrap().click().await.unwrap();
    until_open(&page, "scores", true).await;
    until_text(&page, "#scores-rows", "Team B").await;
    let titles = text(&page, "#scores-head").await;
    assert!(
        titles.contains("Kills") && titles.contains("Captures") && !titles.contains("Losses"),
        "{titles}"
    );
    for (column, shown) in [(6, true), (7, false)] {
        let own =
            page.find(Locator::Css(&format!("#scores-rows .own td:nth-child({column})"))).await.unwrap();
        assert_eq!(own.is_displayed().await.unwrap(), shown, "column {column} on a phone");
    }
    screenshot(&page, "phone-scores.png").await;
    page.find(Locator::Css("[data-close=scores]")).await.unwrap().click().await.unwrap();
    until_open(&page, "scores", false).await;
    page.close().await.unwrap();
    server.stop().await;
}
