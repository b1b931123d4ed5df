//! The REST interface against its own document: schemathesis reads it and asks the running server what it allows and
//! what it does not, and every answer must be as documented.

use crate::one_seat::pilot;
use crate::support::{TestServer, hello};
use perigee_arena::Arena;
use perigee_server::Publication;
use perigee_server::parts::services::Standings;
use perigee_server::parts::store::Ladder;
use perigee_shared::netcode::Simulation;
use perigee_shared::protocol::LeaderRow;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Schemathesis stops by itself before this, unless it hangs.
const MAX_TIME: Duration = Duration::from_secs(90);
/// Nothing is played here, and the program asks as fast as it can.
const SETTINGS: &str = "[http]\nrequests_per_second = 100000\nburst = 100000\n[store]\npath = \"\"\n\
     [lobby]\nidle_close_ms = 3600000\n";

const MISSING: &str = "schemathesis is not installed: tests/setup-python-tools.sh says why";

/// Boards to read; the rest is there when the server runs.
fn publication() -> Publication {
    let publication = Publication::default();
    let row = |rank: u32| LeaderRow { rank, name: format!("A{rank}"), value: -i64::from(rank) };
    let standings = || Standings { places: (1..=250).map(row).collect(), total: 250 };
    publication.set_standings(Ladder::all(&Arena::ABOUT).map(|ladder| (ladder, standings())));
    publication
}

/// The program that `tests/setup-python-tools.sh` installs; none is an error in CI alone.
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
    let server = TestServer::publishing(SETTINGS, publication()).await;
    let (ada, secret) = (meet_a_player(&server).await, make_a_private_room(&server).await);
    let document = format!("http://{}/api/v1/openapi.json", server.address);
    let (is_clean, said) = tokio::task::spawn_blocking(move || check(&program, &document)).await.unwrap();
    // Still there, so that it could be met all the time.
    for path in [&ada, &secret] {
        assert!(server.get(path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    server.stop().await;
    println!("{said}");
    assert!(is_clean, "the server does not do what its document says: see above, or target/schemathesis.log");
}

/// Whoever the document takes as its example comes and is known from then on.
async fn meet_a_player(server: &TestServer) -> String {
    let document = body(&server.get("/api/v1/openapi.json").await);
    let example = &document["paths"]["/api/v1/players/{name}"]["get"]["parameters"][0]["example"];
    let name = example.as_str().unwrap();
    // Who never played would be forgotten with the connection.
    let (_socket, welcome, _) = pilot(server, name, &hello(name).room).await;
    let path = format!("/api/v1/players/{}", welcome.name);
    assert_is(&document, "Player", &body(&server.get(&path).await));
    path
}

/// A room that no list shows is as documented too.
async fn make_a_private_room(server: &TestServer) -> String {
    let request = "POST /api/v1/rooms HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                   Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let made = body(&server.ask(request).await);
    let path = format!("/api/v1/rooms/{}", made["room"]["name"].as_str().unwrap());
    let document = body(&server.get("/api/v1/openapi.json").await);
    assert_is(&document, "Room", &body(&server.get(&path).await));
    path
}

/// What an answer says.
fn body(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// It has the fields of the schema of that name, no other ones, and of the types that stand there.
fn assert_is(document: &Value, schema: &str, answer: &Value) {
    let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
    let fields = answer.as_object().unwrap();
    assert!(fields.keys().eq(properties.keys()), "{schema}: {answer}");
    for (name, value) in fields {
        let kind = match value {
            Value::Null => "null",
            Value::String(_) => "string",
            Value::Number(_) => "integer",
            Value::Object(_) => "object",
            Value::Array(_) => "array",
            Value::Bool(_) => "boolean",
        };
        let allowed = kinds_of(&properties[name]);
        assert!(allowed.contains(&format!("\"{kind}\"")), "{schema}.{name}: {value} is not {allowed}");
    }
}

/// The JSON types that a schema allows: its own, or those of all that it may be one of. What it refers to is an object.
fn kinds_of(schema: &Value) -> String {
    match schema["oneOf"].as_array() {
        Some(choices) => choices.iter().map(kinds_of).collect(),
        None if schema["$ref"].is_string() => "\"object\"".to_owned(),
        None => schema["type"].to_string(),
    }
}
