//! A real mosquitto on a port of its own, and clients of it.

use crate::support::PATIENCE;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// Longest message that a test reads or writes.
const MAX_BYTES: usize = 1 << 20;

/// The program; `tests/setup-mosquitto.sh` sees to it.
fn mosquitto() -> PathBuf {
    if let Some(chosen) = std::env::var_os("MOSQUITTO") {
        return chosen.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("mosquitto")).find(|program| program.exists());
    found.expect("mosquitto is missing: tests/setup-mosquitto.sh installs it, or MOSQUITTO says where it is")
}

/// A number for what must differ within this process.
pub(crate) fn next_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A broker; ended when dropped.
pub(crate) struct Broker {
    child: Option<Child>,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
}

impl Broker {
    /// One that lets anybody do anything.
    pub(crate) async fn start() -> Self {
        Self::with("allow_anonymous true\n").await
    }

    /// One with these lines in its configuration, where `FOLDER` stands for a folder of its own.
    pub(crate) async fn with(settings: &str) -> Self {
        let mut broker = Self::prepared();
        broker.configure(settings);
        broker.run().await;
        broker
    }

    /// A port and a folder, and no broker yet.
    pub(crate) fn prepared() -> Self {
        let folder =
            std::env::temp_dir().join(format!("perigee-mqtt-{}-{}", std::process::id(), next_number()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { child: None, folder, port }
    }

    pub(crate) fn configure(&self, settings: &str) {
        let settings = settings.replace("FOLDER", &self.folder.display().to_string());
        let text = format!(
            "listener {} 127.0.0.1\nuser root\npersistence false\nsys_interval 0\n{settings}",
            self.port
        );
        std::fs::write(self.folder.join("mosquitto.conf"), text).unwrap();
    }

    /// Begins, at the same port as before. It is there when it accepts connections.
    pub(crate) async fn run(&mut self) {
        let mut command = Command::new(mosquitto());
        command.arg("-c").arg(self.folder.join("mosquitto.conf"));
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "mosquitto does not begin: {}", self.folder.display());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: no time for last words, and all that it kept is lost.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The section of a server that uses it.
    pub(crate) fn settings(&self, more: &str) -> String {
        format!("[mqtt]\nurl = \"mqtt://127.0.0.1:{}\"\n{more}", self.port)
    }

    /// A client that hears everything below `perigee` and `test`.
    pub(crate) async fn listener(&self) -> Listener {
        Listener::new(self.port, &["perigee/#", "test/#"]).await
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One message that came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) topic: String,
    pub(crate) text: String,
    pub(crate) is_retained: bool,
    pub(crate) at: Instant,
}

impl Got {
    /// Its payload, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A client that hears and speaks; gone when dropped.
pub(crate) struct Listener {
    client: AsyncClient,
    got: Arc<Mutex<Vec<Got>>>,
    polling: tokio::task::JoinHandle<()>,
}

impl Listener {
    /// One that has begun to hear these topics.
    pub(crate) async fn new(port: u16, topics: &[&str]) -> Self {
        let id = format!("test-{}-{}", std::process::id(), next_number());
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_max_packet_size(MAX_BYTES, MAX_BYTES).set_keep_alive(Duration::from_secs(30));
        let (client, mut events) = AsyncClient::new(options, 64);
        for topic in topics {
            client.subscribe(*topic, QoS::AtMostOnce).await.unwrap();
        }
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let (kept, (heard, mut hears)) = (Arc::clone(&got), tokio::sync::watch::channel(0_usize));
        let polling = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::Publish(publish))) => kept.lock().unwrap().push(Got {
                        topic: publish.topic,
                        text: String::from_utf8_lossy(&publish.payload).into_owned(),
                        is_retained: publish.retain,
                        at: Instant::now(),
                    }),
                    Ok(Event::Incoming(Packet::SubAck(_))) => heard.send_modify(|count| *count += 1),
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        let count = topics.len();
        let hearing = hears.wait_for(|&heard| heard == count);
        drop(tokio::time::timeout(PATIENCE, hearing).await.expect("the broker lets us hear").unwrap());
        Self { client, got, polling }
    }

    pub(crate) async fn publish(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
    }

    pub(crate) async fn publish_retained(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, true, payload).await.unwrap();
    }

    /// All that came so far.
    pub(crate) fn all(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// The first message that is so, when it comes.
    pub(crate) async fn first(&self, what: &str, is_meant: impl Fn(&Got) -> bool) -> Got {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.all().into_iter().find(&is_meant) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} does not come: {:#?}", self.all());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// The first message of a topic.
    pub(crate) async fn of(&self, topic: &str) -> Got {
        self.first(topic, |got| got.topic == topic && !got.text.is_empty()).await
    }

    /// The newest payload of each topic that is not cleared.
    pub(crate) fn states(&self) -> BTreeMap<String, Value> {
        let mut states = BTreeMap::new();
        for got in self.all() {
            match serde_json::from_str::<Value>(&got.text) {
                Ok(value) if value["type"] == "state" => drop(states.insert(got.topic, value)),
                Ok(_) => {}
                Err(_) => drop(states.remove(&got.topic)),
            }
        }
        states
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.polling.abort();
    }
}
