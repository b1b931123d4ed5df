//! The pages as a program for who does not see them finds them.

use super::{PANELS, resize, say, toggle, told};
use crate::console::{command, login};
use crate::pages::{Driver, ONE_AT_A_TIME, body, debug, screenshot, until, until_state};
use crate::support::{TOKEN, TestServer};
use fantoccini::{Client, Locator};
use perigee_tests::bots::{BotsConfig, run};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// axe-core's source, if `tests/setup-axe.sh` could get it.
fn axe() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/axe");
    let mut versions = std::fs::read_dir(folder).ok()?.flatten();
    versions.find_map(|version| std::fs::read_to_string(version.path().join("axe.min.js")).ok())
}

/// What axe-core calls serious or critical on a page as it is now.
async fn serious(page: &Client, axe: &str, place: &str) -> Vec<String> {
    // What is in the middle of fading in has the colours of the moment.
    sleep(Duration::from_millis(600)).await;
    page.execute(&format!("if (!window.axe) {{ {axe} }}"), vec![]).await.unwrap();
    let line = "const done = arguments[0];
        axe.run(document, {resultTypes: ['violations']}).then(({violations}) => done(violations
            .filter(({impact}) => impact === 'serious' || impact === 'critical')
            .flatMap(({id, nodes}) => nodes.map(({target, any, all, none}) =>
                `${id} ${target} ${[...any, ...all, ...none].map(({message}) => message)[0] ?? ''}`))))
            .catch(error => done([String(error)]))";
    let found = page.execute_async(line, vec![]).await.unwrap();
    let found = found.as_array().unwrap().iter().filter_map(|line| line.as_str());
    found.map(|line| format!("{place}: {line}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_and_no_panel_shuts_anybody_out() {
    let Some(axe) = axe() else {
        assert!(std::env::var_os("CI").is_none(), "axe-core is not there: tests/setup-axe.sh says why");
        println!("the pages are not examined: axe-core is not there (tests/setup-axe.sh)");
        return;
    };
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start(&super::room()).await;
    let other = server.player("Somebody").await;
    let driver = Driver::start();
    let page = driver.browser().await;
    let mut wrong = Vec::new();
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    until("the rooms are listed", async || (body(&page, "lobby").await == "1").then_some(())).await;
    wrong.extend(serious(&page, &axe, "front").await);
    for what in ["ask", "have"] {
        told(&page, &format!("document.querySelector('#device-tools [data-device={what}]').click()")).await;
        wrong.extend(serious(&page, &axe, &format!("front, device: {what}")).await);
        told(&page, "document.querySelector('dialog[open] .close')?.click()").await;
    }

    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    until("there is a ship", async || debug(&page).await["own"].as_array().map(drop)).await;
    say(&page, "Hello, whoever reads this").await;
    for size in [(1280, 720), (390, 844)] {
        resize(&driver, &page, size).await;
        for panel in PANELS {
            toggle(&page, panel).await;
            wrong.extend(serious(&page, &axe, &format!("game {} at {}", panel.1, size.0)).await);
            toggle(&page, panel).await;
        }
    }
    // The menu of a name.
    toggle(&page, PANELS[1]).await;
    told(&page, "document.querySelector('#chat-lines [data-who]').click()").await;
    wrong.extend(serious(&page, &axe, "game menu of a name").await);

    page.goto(&format!("http://{}/api", server.address)).await.unwrap();
    until("the reference is there", async || {
        told(&page, "return document.querySelectorAll('#operations > *').length")
            .await
            .as_u64()
            .filter(|&n| n > 3)
    })
    .await;
    wrong.extend(serious(&page, &axe, "api").await);

    page.goto(&format!("http://{}/admin", server.address)).await.unwrap();
    until_state(&page, "login").await;
    wrong.extend(serious(&page, &axe, "console, login").await);
    page.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    page.find(Locator::Css("#login-button")).await.unwrap().click().await.unwrap();
    until_state(&page, "live").await;
    for size in [(1440, 900), (390, 844)] {
        resize(&driver, &page, size).await;
        sleep(Duration::from_secs(2)).await;
        screenshot(&page, &format!("console-{}.png", size.0)).await;
        wrong.extend(serious(&page, &axe, &format!("console at {}", size.0)).await);
    }
    page.close().await.unwrap();
    drop(other);
    server.stop().await;
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

/// How long is listened, seconds, how much may be heard in that time outside chat, and how many hunters there are.
const LISTEN_S: u32 = 60;
const MOST: usize = 10;
const HUNTERS: usize = 24;
const NEWS: &str = "a storm of rocks is coming";

#[tokio::test(flavor = "multi_thread")]
async fn a_lively_match_tells_a_screen_reader_little_and_nothing_twice() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let config = BotsConfig {
        url: server.url("/play"),
        count: HUNTERS,
        duration: None,
        game: None,
        behaviour: Some("hunt".into()),
        room: "arena".into(),
        people: false,
        checksums: false,
        chat_every: None,
        seed: 7,
    };
    let bots = tokio::spawn(run(config, std::future::pending()));
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    let listen = "window.heard = [];
        const regions = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=timer], [role=marquee], output';
        window.running = [...document.querySelectorAll(regions)]
            .filter(e => e.closest('#hud, #ticker, #banner, #net-graph, #watch, table')).map(e => e.id);
        new MutationObserver(records => {
            for (const {target, type, addedNodes} of records) {
                const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(regions);
                if (!region || region.closest('#panel-chat')) continue;
                const texts = type === 'characterData' ? [target.data] : [...addedNodes].map(node => node.textContent);
                heard.push(...texts.filter(text => text.trim()));
            }
        }).observe(document.body, {subtree: true, childList: true, characterData: true});";
    told(&page, listen).await;
    // The crowd leaves a newcomer alone, so what must be heard is said by the server.
    let mut admin = login(&server).await;
    let said = command(&mut admin, &format!("broadcast {NEWS}")).await;
    assert!(said.0, "{said:?}");
    // Panels whose numbers run are open by turns, and there is more to say than anybody wants to hear, some of it twice.
    for panel in [PANELS[2], PANELS[3], PANELS[4], PANELS[0]] {
        toggle(&page, panel).await;
        for wave in ["one", "two", "three", "four"] {
            let line =
                if wave == "four" { NEWS.to_owned() } else { format!("wave {wave} beside {:?}", panel.1) };
            assert!(command(&mut admin, &format!("broadcast {line}")).await.0, "{line}");
            sleep(Duration::from_secs(u64::from(LISTEN_S / 16))).await;
        }
        toggle(&page, panel).await;
    }
    let running = told(&page, "return window.running").await;
    assert_eq!(running, json!([]), "live regions whose numbers run");
    let heard = told(&page, "return window.heard").await;
    let heard: Vec<&str> = heard.as_array().unwrap().iter().filter_map(|text| text.as_str()).collect();
    println!("heard in {LISTEN_S} s among {HUNTERS} hunters: {heard:?}");
    assert!(heard.len() <= MOST, "{} announcements in a minute: {heard:?}", heard.len());
    let different: BTreeSet<&str> = heard.iter().copied().collect();
    assert_eq!(different.len(), heard.len(), "said twice within a minute: {heard:?}");
    let of_news = heard.iter().filter(|text| text.contains(NEWS)).count();
    assert_eq!(of_news, 1, "who does not hear what is said to all is shut out: {heard:?}");
    page.close().await.unwrap();
    bots.abort();
    server.stop().await;
}
