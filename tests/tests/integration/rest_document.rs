//! The REST interface against its own document: schemathesis reads it and asks the running server what it allows and
//! what it does not, and every answer must be as documented.

use crate::support::PATIENCE;
use perigee_server::config::Config;
use perigee_server::services::publication::{Publication, Standings};
use perigee_shared::protocol::{Board, LeaderRow, Measure, Span};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Schemathesis stops by itself before this, unless it hangs.
const MAX_TIME: Duration = Duration::from_secs(90);
/// Nothing is played here, and the program asks as fast as it can.
const SETTINGS: &str = "[http]\nrequests_per_second = 100000\nburst = 100000\n[store]\npath = \"\"\n";

const MISSING: &str = "schemathesis is not installed: tests/setup-schemathesis.sh says why";

/// Boards to read; the rest is there when the server runs.
fn publication() -> Publication {
    let publication = Publication::default();
    let row = |rank: u32| LeaderRow { rank, name: format!("A{rank}"), value: -i64::from(rank) };
    let standings = || Standings { places: (1..=250).map(row).collect(), total: 250 };
    for span in [Span::Today, Span::AllTime] {
        for by in [Measure::Kills, Measure::Wealth, Measure::Captures] {
            publication.set_standings([(Board { span, by }, standings())]);
        }
    }
    publication
}

/// The program that `tests/setup-schemathesis.sh` installs; none is an error in CI alone.
fn schemathesis() -> Option<PathBuf> {
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/schemathesis/bin/schemathesis");
    if installed.exists() {
        return Some(installed);
    }
    assert!(std::env::var_os("CI").is_none(), "{MISSING}");
    None
}

/// Runs it to its end, with what it said.
fn check(program: &Path, document: &str) -> (bool, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let said = folder.join("../target/schemathesis.log");
    let log = std::fs::File::create(&said).unwrap();
    let mut child = Command::new(program)
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", document])
        // It keeps what it found for the next run in the folder it runs in.
        .current_dir(folder.join("../target"))
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .stdout(log)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > MAX_TIME {
            let _ = child.kill();
            let _ = child.wait();
            panic!("schemathesis did not end: {}", std::fs::read_to_string(&said).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    (status.success(), std::fs::read_to_string(&said).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_server_does_what_its_document_says() {
    let Some(program) = schemathesis() else {
        println!("SKIPPED: {MISSING}");
        return;
    };
    let config = Config::from_text(Some(("test", SETTINGS))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let document = format!("http://{}/api/v1/openapi.json", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let shutdown = async move { drop(stopped.await) };
        perigee_server::run_with(config, listener, None, Arc::new(publication()), shutdown).await.unwrap();
    });
    let (is_clean, said) = tokio::task::spawn_blocking(move || check(&program, &document)).await.unwrap();
    drop(stop);
    tokio::time::timeout(PATIENCE, running).await.expect("the server drains in time").unwrap();
    println!("{said}");
    assert!(is_clean, "the server does not do what its document says: see above, or target/schemathesis.log");
}
