//! The market is read from anywhere and traded in at a station.

use super::{ESCAPE, PHONE, click, count, inject, mock_rest, place, quiet, until_open, until_text};
use crate::pages::{
    Driver, ONE_AT_A_TIME, key, on_page, own, screenshot, script, tap, text, until, until_state,
};
use crate::support::TestServer;
use fantoccini::actions::{InputSource, KeyAction, MOUSE_BUTTON_RIGHT, MouseActions, PointerAction};
use fantoccini::{Client, Locator};
use glam::Vec2;
use perigee_arena::tuning::DOCK_RADIUS_UNITS;
use perigee_arena::{Arena, Scenario};
use perigee_shared::netcode::{Quote, Simulation};
use perigee_shared::protocol::{Prices, ServiceMessage};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

// WebDriver's numbers of special keys.
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';

/// Waits until the market's table has prices.
async fn until_priced(page: &Client) {
    until("there are prices", async || {
        text(page, "[data-place='0,0'] .ask").await.parse::<u32>().ok().filter(|&ask| ask > 1).map(drop)
    })
    .await;
}

/// A small arena full of stations, in which the view stands still.
const YARD: (f64, f64) = (500.0, 500.0);

/// Flies to the nearest station of the yard, until the ship lies still there.
async fn dock(page: &Client, scenario: &Scenario) {
    let map = Arena::map(scenario);
    let nearest = |ship: Vec2| {
        let centres = map.stations.iter().map(|station| station.centre);
        centres.min_by(|a, b| a.distance(ship).total_cmp(&b.distance(ship)))
    };
    let place = async || own(page).await.map(|(x, y, _)| Vec2::new(x as f32, y as f32));
    until("the ship lies at a station", async || {
        page.perform_actions(key(KeyAction::Down { value: 's' })).await.unwrap();
        sleep(Duration::from_millis(900)).await;
        let before = place().await;
        sleep(Duration::from_millis(600)).await;
        page.release_actions().await.unwrap();
        let ship = place().await?;
        let to = nearest(ship)?;
        if to.distance(ship) < DOCK_RADIUS_UNITS * 0.9 {
            return before.filter(|before| before.distance(ship) < 1.0).map(drop);
        }
        let at = on_page(page, (to.x.into(), to.y.into())).await;
        let burn = MouseActions::new("mouse".into())
            .then(PointerAction::MoveTo { duration: None, x: at.0, y: at.1 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_RIGHT });
        page.perform_actions(burn).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        page.release_actions().await.unwrap();
        None
    })
    .await;
}

/// Presses a button and waits for its deal. Only when the price moved while the order was on its way, which the market may
/// do at any time, is it pressed again: once for each such answer.
async fn deal(page: &Client, button: &str, done: &str) {
    let live = format!("{button}:enabled");
    until(&format!("{button} is alive"), async || (count(page, &live).await == 1).then_some(())).await;
    click(page, button).await;
    until(done, async || {
        let answer = text(page, "#trade-answer").await;
        if answer.contains("the price moved") {
            script(page, "document.querySelector('#trade-answer').textContent = ''").await;
            click(page, button).await;
        }
        assert!(!answer.contains("Nothing came of it") || answer.contains("the price moved"), "{answer}");
        answer.contains(done).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_is_read_everywhere_and_traded_in_at_a_station() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let yard = format!("stations = 6\nwidth_units = {:.1}\nheight_units = {:.1}\n", YARD.0, YARD.1);
    let server = TestServer::start(&quiet(&yard)).await;
    let scenario = Scenario {
        stations: 6,
        asteroids: 0,
        pirates: 0,
        width_units: YARD.0 as f32,
        height_units: YARD.1 as f32,
        ..Scenario::default()
    };
    let driver = Driver::start();
    let page = driver.browser().await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until_text(&page, "#ticker", "Iron").await;
    screenshot(&page, "ticker.png").await;

    // The ticker opens the panel; the price of each good at each station is there, and arrows walk.
    page.find(Locator::Css("#ticker")).await.unwrap().click().await.unwrap();
    until_open(&page, "market", true).await;
    assert_eq!(count(&page, ".price").await, 30);
    let (panel, gauges) = (place(&page, "#panel-market").await, place(&page, "#gauges").await);
    let menu = place(&page, "#menu").await;
    assert!(
        panel[2] < gauges[0] && gauges[2] < menu[0],
        "the gauges are hidden: {panel:?} {gauges:?} {menu:?}"
    );
    until_priced(&page).await;
    click(&page, "[data-place='0,0']").await;
    script(&page, "document.querySelector(\"[data-place='0,0']\").focus()").await;
    tap(&page, RIGHT).await;
    tap(&page, DOWN).await;
    let here = "return document.activeElement.dataset.place";
    until("the arrows walk", async || (script(&page, here).await == json!("1,1")).then_some(())).await;
    until_text(&page, "#trade-title", "Ice at").await;
    let asked = script(&page, "return window.asked.filter(line => line.includes('candles')).pop()").await;
    assert_eq!(asked, json!("GET api/v1/market/quiet/1/1/candles?interval=1m&limit=60 "));
    screenshot(&page, "market-away.png").await;

    // Escape gives the keys back; at the station the buttons are alive.
    tap(&page, ESCAPE).await;
    until_open(&page, "market", false).await;
    dock(&page, &scenario).await;
    tap(&page, 'm').await;
    until_open(&page, "market", true).await;
    until_text(&page, "#trade-title", "Ice at").await;
    let purse = until_text(&page, "#market-balance", "credits").await;
    until("there is something to buy", async || {
        (script(&page, "return document.querySelector(\"[data-deal='0']\").disabled").await == json!(false))
            .then_some(())
    })
    .await;
    tap(&page, '1').await;
    until_text(&page, "#trade-answer", "Bought 1 Ice for").await;
    deal(&page, "[data-deal='1']", "Bought 10 Ice for").await;
    until_text(&page, "#trade-words", "You have 11").await;
    assert_ne!(text(&page, "#market-balance").await, purse);
    screenshot(&page, "market.png").await;
    until("what is held can be sold", async || {
        (script(&page, "return document.querySelector(\"[data-deal='5']\").disabled").await == json!(false))
            .then_some(())
    })
    .await;
    deal(&page, "[data-deal='5']", "Sold 11 Ice for").await;

    // What the server refuses is told in words: here a price that was never asked.
    let picked = "return document.querySelector('[data-place][aria-pressed=true]').dataset.place";
    let picked = script(&page, picked).await;
    let (station, good) = picked.as_str().unwrap().split_once(',').unwrap();
    let (station, good) = (station.parse().unwrap(), good.parse().unwrap());
    let cheap = Quote { venue: station, good, ask: 2, bid: 1, stock: 100, traded: 9 };
    until("the price moved", async || {
        inject(&page, &ServiceMessage::Prices(Prices { changed: vec![cheap] })).await;
        sleep(Duration::from_millis(200)).await;
        click(&page, "[data-deal='1']").await;
        sleep(Duration::from_millis(300)).await;
        text(&page, "#trade-answer").await.contains("Nothing came of it: the price moved").then_some(())
    })
    .await;
    page.close().await.unwrap();

    let page = driver.phone(PHONE).await;
    mock_rest(&driver, &page, &Value::Null).await;
    page.goto(&format!("http://{}/?name=Bea&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    page.find(Locator::Css("#menu [data-action=market]")).await.unwrap().click().await.unwrap();
    until_open(&page, "market", true).await;
    until_priced(&page).await;
    let [left, top, right, bottom] = place(&page, "#panel-market").await;
    assert_eq!([left, top, right], [0.0, 0.0, f64::from(PHONE.0)]);
    assert!(bottom < f64::from(PHONE.1) * 0.62, "no room is left for the own ship: {bottom}");
    sleep(Duration::from_millis(500)).await;
    screenshot(&page, "phone-market.png").await;
    page.close().await.unwrap();
    server.stop().await;
}
