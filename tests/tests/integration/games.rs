//! Several games in one server and one page: in a real browser, by the rooms that links and the lobby name.

use crate::pages::{
    Driver, ONE_AT_A_TIME, body, click, debug, key, own, screenshot, text, until, until_state, until_text,
};
use crate::support::TestServer;
use fantoccini::actions::KeyAction;
use fantoccini::{Client, Locator};

const ROOMS: &str = "[[rooms]]\nname = \"pit\"\nmax_players = 4\ninterest_radius_units = 900\n\
     [rooms.scenario]\npirates = 0\nasteroids = 0\n\
     [[rooms]]\nname = \"rink\"\ngame = \"hockey\"\nmax_players = 8\nfill_to = 4\ninterest_radius_units = 2000\n";

async fn is_shown(page: &Client, selector: &str) -> bool {
    page.find(Locator::Css(selector)).await.unwrap().is_displayed().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_plays_the_game_of_the_room_and_shows_nothing_of_another() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(ROOMS).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    // A link says the room; which game that is, the server knows.
    page.goto(&format!("http://{}/?room=rink&name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    assert_eq!(body(&page, "game").await, "hockey");
    until("programs play along", async || {
        debug(&page).await["others"].as_array().is_some_and(|others| others.len() >= 3).then_some(())
    })
    .await;
    let before = until("there is a mallet", async || own(&page).await).await;
    page.perform_actions(key(KeyAction::Down { value: 'w' })).await.unwrap();
    until("a key moves it", async || own(&page).await.filter(|now| (now.1 - before.1).abs() > 20.0)).await;
    page.perform_actions(key(KeyAction::Up { value: 'w' })).await.unwrap();
    assert!(!is_shown(&page, "#menu [data-action=market]").await, "nothing is traded there");
    let hints = text(&page, "#keys").await;
    assert!(hints.contains("strike") && !hints.contains("missile"), "{hints}");
    screenshot(&page, "hockey.png").await;
    let seen = debug(&page).await;
    assert_eq!(seen["state_mismatches"], 0, "{seen}");
    click(&page, "#menu [data-action=settings]").await;
    until_text(&page, "#hand-label", "Touch: strike with").await;
    screenshot(&page, "hockey-settings.png").await;

    // The tab still has a seat, and goes on in the game of that, although the address says nothing.
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    assert_eq!(body(&page, "game").await, "hockey");
    page.close().await.unwrap();

    // A page of one game offers the rooms of all, and goes there.
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name=Bob&debug=1", server.address)).await.unwrap();
    until_text(&page, "#lobby-rooms", "Hockey").await;
    assert_eq!(body(&page, "game").await, "arena", "the first game, where nothing says which");
    click(&page, "#lobby-rooms [data-join=rink]").await;
    until("the page is another game's", async || (body(&page, "game").await == "hockey").then_some(())).await;
    until_state(&page, "live").await;
    page.close().await.unwrap();

    // A private room is of the kind that is chosen, and Play leads there.
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name=Cleo&debug=1", server.address)).await.unwrap();
    until_text(&page, "#lobby-modes", "Hockey").await;
    click(&page, "#lobby-modes [data-game=hockey]").await;
    click(&page, "#lobby [data-lobby=private]").await;
    until_text(&page, "#lobby-link-words", "Your room is open").await;
    let link =
        page.find(Locator::Css("#lobby-link-field")).await.unwrap().prop("value").await.unwrap().unwrap();
    let room = link.split("?room=").nth(1).unwrap().split('&').next().unwrap();
    click(&page, "#play").await;
    until("the page is the private room's game", async || {
        (body(&page, "game").await == "hockey").then_some(())
    })
    .await;
    until_state(&page, "live").await;
    until_text(&page, "#room", room).await;
    page.close().await.unwrap();
    server.stop().await;
}
