//! A browser for tests: it starts and ends with the test, and tells what its page shows.

use crate::support::TestServer;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// A software-rendered browser on a busy machine is slow, not broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
/// The page's size; the window around it is larger.
pub(crate) const SIZE: (u32, u32) = (1280, 720);
/// Held by the test that has browsers open: two at once would starve each other, and the rest, on two cores.
pub(crate) static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Starts of chromedriver before it counts as broken.
const STARTS: u32 = 5;

/// A running chromedriver; it and its browsers end with it.
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub(crate) fn start() -> Self {
        (0..STARTS).find_map(|_| Self::try_to_start()).expect("chromedriver tells its port")
    }

    /// `None` if it ends without a port: beside many sockets it may find the one taken that it chose.
    fn try_to_start() -> Option<Self> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut child = Command::new(&program)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}: run `make setup-tests`"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.split("successfully on port ")
                .nth(1)
                .and_then(|rest| rest.trim_end_matches('.').trim().parse().ok())
        });
        // What has no port ends as one that has: with its process.
        let driver = Self { port: port.unwrap_or_default(), child };
        port.map(|_| driver)
    }

    /// A desktop's browser.
    pub(crate) async fn browser(&self) -> Client {
        let page = self.open(json!({})).await;
        let frame = page.execute("return window.outerHeight - window.innerHeight", vec![]).await.unwrap();
        let frame = u32::try_from(frame.as_u64().unwrap_or_default()).unwrap_or_default();
        page.set_window_size(SIZE.0, SIZE.1 + frame).await.unwrap();
        page
    }

    /// Stops all processes of the browsers, as a machine does that is put to sleep, or lets them go on.
    pub(crate) fn stop_browsers(&self, stopped: bool) {
        for id in descendants(self.child.id()) {
            let _ = Command::new("kill")
                .arg(if stopped { "-STOP" } else { "-CONT" })
                .arg(id.to_string())
                .status();
        }
    }

    /// A phone's browser, as far as a desktop can pretend to be one.
    pub(crate) async fn phone(&self, (width, height): (u32, u32)) -> Client {
        let metrics =
            json!({"width": width, "height": height, "pixelRatio": 2.0, "touch": true, "mobile": true});
        self.open(json!({"deviceMetrics": metrics})).await
    }

    async fn open(&self, emulation: Value) -> Client {
        let mut options = json!({"args": [
            "--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-quic",
            "--disable-component-update", "--disable-sync", "--mute-audio", "--disable-dev-shm-usage",
            format!("--window-size={},{}", SIZE.0, SIZE.1)]});
        if let Ok(browser) = std::env::var("CHROMIUM") {
            options["binary"] = json!(browser);
        }
        if emulation.as_object().is_some_and(|settings| !settings.is_empty()) {
            options["mobileEmulation"] = emulation;
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let address = format!("http://127.0.0.1:{}", self.port);
        let page = ClientBuilder::new(connector).capabilities(capabilities).connect(&address).await;
        page.expect("a browser starts")
    }
}

impl Drop for Driver {
    /// A test that fails leaves its browsers open, and chromedriver would leave them running: they are ended by id.
    fn drop(&mut self) {
        let browsers = descendants(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        for id in browsers {
            let _ = Command::new("kill").arg(id.to_string()).stderr(Stdio::null()).status();
        }
    }
}

/// All processes below `ancestor` (Linux).
fn descendants(ancestor: u32) -> Vec<u32> {
    let parent_of = |id: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let is_below =
        |&id: &u32| std::iter::successors(parent_of(id), |&id| parent_of(id)).any(|id| id == ancestor);
    all.into_iter().filter(is_below).collect()
}

pub(crate) async fn body(page: &Client, attribute: &str) -> String {
    let script = "return document.body.dataset[arguments[0]] || ''";
    page.execute(script, vec![json!(attribute)]).await.unwrap().as_str().unwrap_or_default().to_owned()
}

pub(crate) async fn text(page: &Client, selector: &str) -> String {
    let script = "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''";
    page.execute(script, vec![json!(selector)]).await.unwrap().as_str().unwrap_or_default().to_owned()
}

pub(crate) async fn debug(page: &Client) -> Value {
    serde_json::from_str(&body(page, "debug").await).unwrap_or(Value::Null)
}

/// Waits until `probe` gives something.
pub(crate) async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(100)).await;
    }
}

pub(crate) async fn until_state(page: &Client, state: &str) {
    until(&format!("the page is {state}"), async || (body(page, "state").await == state).then_some(())).await;
}

pub(crate) async fn screenshot(page: &Client, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let path: PathBuf = folder.join(name);
    std::fs::write(path, page.screenshot().await.unwrap()).unwrap();
}

pub(crate) async fn join(driver: &Driver, server: &TestServer, name: &str) -> Client {
    let page = driver.browser().await;
    let url = format!("http://{}/?name={name}&autojoin=1&debug=1", server.address);
    page.goto(&url).await.unwrap();
    until_state(&page, "live").await;
    page
}

/// Own position and heading in turns, while alive.
pub(crate) async fn own(page: &Client) -> Option<(f64, f64, f64)> {
    let seen = debug(page).await;
    Some((seen["own"][0].as_f64()?, seen["own"][1].as_f64()?, seen["own"][2].as_f64()?))
}

/// Where a place of the arena is on the page, CSS pixels.
pub(crate) async fn on_page(page: &Client, (x, y): (f64, f64)) -> (f64, f64) {
    let camera = debug(page).await["camera"].clone();
    let size = script(page, "return [innerWidth, innerHeight]").await;
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let scale = number(&size[1]) / 2.0 / number(&camera[2]).max(1.0);
    (
        number(&size[0]) / 2.0 + (x - number(&camera[0])) * scale,
        number(&size[1]) / 2.0 - (y - number(&camera[1])) * scale,
    )
}

pub(crate) fn key(action: KeyAction) -> KeyActions {
    KeyActions::new("keyboard".into()).then(action)
}

impl Driver {
    /// Asks the browser behind `page` by its own protocol (CDP) for something that WebDriver has not.
    pub(crate) async fn ask(&self, page: &Client, method: &str, params: Value) {
        let session = page.session_id().await.unwrap().expect("a session");
        let body = json!({"cmd": method, "params": params}).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request = format!(
            "POST /session/{session}/goog/cdp/execute HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // The driver keeps the connection; the first line tells whether it did as it was asked.
        let mut answer = vec![0; 12];
        timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("an answer in time").unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 200", "{method}");
    }
}

/// Presses a key and lets it go. Special keys have WebDriver's numbers.
pub(crate) async fn tap(page: &Client, value: char) {
    let keys =
        KeyActions::new("keyboard".into()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
    page.perform_actions(keys).await.unwrap();
}

/// What a line of JavaScript gives.
pub(crate) async fn script(page: &Client, line: &str) -> Value {
    page.execute(line, vec![]).await.unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// Clicks on an element, wherever it is.
pub(crate) async fn click(page: &Client, selector: &str) {
    page.execute("document.querySelector(arguments[0]).click()", vec![json!(selector)]).await.unwrap();
}

/// Waits until an element says so, among other words; gives all of them.
pub(crate) async fn until_text(page: &Client, selector: &str, part: &str) -> String {
    let what = format!("{selector} says {part:?}");
    until(&what, async || Some(text(page, selector).await).filter(|words| words.contains(part))).await
}
