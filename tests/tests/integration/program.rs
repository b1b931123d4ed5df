//! The server's own binary: what it prints, how it ends, and what it says when it cannot start.

use crate::raw::handshake;
use crate::support::PATIENCE;
use perigee_tests::bots::{BotsConfig, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

/// The binary beside this test's; `make test` builds it first.
fn server() -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("perigee-server");
    assert!(path.exists(), "{} is missing: cargo build -p perigee-server", path.display());
    let mut command = Command::new(path);
    command
        .env_remove("RUST_LOG")
        .env("PERIGEE_STORE", ":memory:")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs to the end, which must come by itself.
pub(crate) fn outcome(arguments: &[&str]) -> (Option<i32>, String) {
    let child = server().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (ended, is_ended) = std::sync::mpsc::channel::<()>();
    // A server that goes on is not waited for: it is ended, and its code is none.
    let watchdog = std::thread::spawn(move || {
        if is_ended.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        }
    });
    let Output { status, stderr, stdout } = child.wait_with_output().unwrap();
    drop(ended);
    watchdog.join().unwrap();
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

/// A server process; ended when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    /// What it says on standard output, if that is read.
    printed: Option<BufReader<std::process::ChildStdout>>,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut server(), arguments)
    }

    /// At an address that was another one's.
    fn start_at(address: &str) -> Self {
        Self::spawn(&mut server(), &["--bind", address])
    }

    /// The same of another program.
    pub(crate) fn spawn(command: &mut Command, arguments: &[&str]) -> Self {
        if !arguments.contains(&"--bind") {
            command.args(["--bind", "127.0.0.1:0"]);
        }
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        printed.read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address, printed: Some(printed) }
    }

    /// The next lines on standard output.
    fn read_lines(&mut self, count: usize) -> String {
        let mut lines = String::new();
        let printed = self.printed.as_mut().expect("standard output is read");
        for _ in 0..count {
            printed.read_line(&mut lines).unwrap();
        }
        lines
    }

    /// The system's number of it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// SIGKILL: no time for last words.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn end(self) -> Option<i32> {
        self.end_within(PATIENCE)
    }

    fn end_within(mut self, limit: Duration) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server does not end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn signals_drain_and_end_with_zero() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let process = Process::start(&[]);
        process.signal(name);
        assert_eq!(process.end(), Some(0), "{name}");
    }
}

#[test]
fn who_started_it_with_nohup_closes_the_terminal_and_it_goes_on() {
    let mut command = server();
    let program = command.get_program().to_owned();
    command = Command::new("sh");
    command.args(["-c", r#"trap "" HUP; exec "$0" "$@""#]).arg(program);
    let process = Process::spawn(command.env("PERIGEE_STORE", ":memory:"), &[]);
    process.signal("-HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert!(get(&process.address, "/healthz").starts_with("HTTP/1.1 200"));
    process.signal("-TERM");
    assert_eq!(process.end(), Some(0));
}

/// A pipe that is full and that nobody reads; it is open as long as its other end is kept.
fn full_pipe() -> (std::io::PipeReader, Stdio) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // What a pipe takes on Linux before whoever writes has to wait.
    writer.write_all(&[b'\n'; 65_536]).unwrap();
    (reader, writer.into())
}

pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn nobody_reads_what_it_prints_and_play_goes_on() {
    let (_out_reader, out) = full_pipe();
    let (_err_reader, err) = full_pipe();
    // A free port: what is printed cannot be read.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = server();
    // More lines in a second than the queue holds, however few players there are.
    command.args(["--bind", &address]).env("RUST_LOG", "trace").stdout(out).stderr(err);
    let process = Process { child: command.spawn().unwrap(), address, printed: None };
    let begun = Instant::now();
    while std::net::TcpStream::connect(&process.address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "it does not listen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let url = format!("ws://{}/play", process.address);
    let (until, stopped) = tokio::sync::oneshot::channel::<()>();
    let playing = tokio::spawn(run(crew(&url, 3, None), async move { drop(stopped.await) }));
    let begun = Instant::now();
    // The queue fills, and then it stays full: the rest is played without a reader.
    let dropped = loop {
        // Each of these is some lines of the log.
        for _ in 0..20 {
            refused_hello(&process.address);
            assert!(get(&process.address, "/healthz").starts_with("HTTP/1.1 200"));
        }
        let dropped = value(&process.address, "perigee_log_lines_dropped_total");
        if dropped > 0 {
            break dropped;
        }
        assert!(begun.elapsed() < PATIENCE, "the queue of lines never fills");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    // Who comes now plays, too.
    let late = run(crew(&url, 2, Some(Duration::from_secs(3))), std::future::pending()).await;
    assert!(late.is_clean() && late.connected == 2, "{}", late.to_json());
    assert!(late.snapshots_per_second.min >= 5.0, "{}", late.to_json());
    drop(until);
    let report = playing.await.unwrap();
    assert!(report.is_clean() && report.connected == 3, "{}", report.to_json());
    assert!(report.snapshots_per_second.min >= 5.0, "{}", report.to_json());
    assert!(value(&process.address, "perigee_log_lines_dropped_total") > dropped, "each line is counted");
    process.signal("-TERM");
    assert_eq!(process.end_within(Duration::from_secs(5)), Some(0));
}

fn crew(url: &str, count: usize, duration: Option<Duration>) -> BotsConfig {
    BotsConfig {
        url: url.to_owned(),
        count,
        duration,
        game: None,
        behaviour: Some("wander".into()),
        room: "any".to_owned(),
        people: false,
        checksums: true,
        chat_every: None,
        seed: 1,
    }
}

/// A metric without labels.
fn value(address: &str, name: &str) -> u64 {
    let text = get(address, "/metrics");
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    found.unwrap_or_else(|| panic!("{name} is not in {text}"))
}

/// A stranger whose first message is no hello.
fn refused_hello(address: &str) {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(handshake("/play", "").as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    // A masked binary frame, and the answer's first bytes; how it ends does not matter.
    stream.write_all(&[0x82, 0x81, 0, 0, 0, 0, 7]).unwrap();
    let _ = stream.read(&mut [0; 64]);
}

#[test]
fn strangers_do_not_fill_the_log() {
    let mut process = Process::start(&[]);
    (0..300).for_each(|_| refused_hello(&process.address));
    process.signal("-TERM");
    let mut log = String::new();
    process.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(process.end(), Some(0));
    assert!(log.contains(" more like this from 127.0.0.1 in the last "), "{log}");
    assert!(log.lines().count() < 60, "{log}");
}

#[test]
fn the_greeting_tells_where_everything_is() {
    let mut process = Process::start(&["--admin-token", "chosen-by-me"]);
    let greeting = process.read_lines(3);
    let address = &process.address;
    assert!(greeting.contains(&format!("game    http://{address}/\n")), "{greeting}");
    assert!(greeting.contains(&format!("admin   http://{address}/admin\n")), "{greeting}");
    assert!(greeting.contains(&format!("login   http://{address}/admin#code=")), "{greeting}");
    let url = format!("ws://{address}/admin/ws");
    let ask = |token: &str, line: &str| outcome(&["admin", "--url", &url, "--token", token, line]);
    let (code, text) = ask("chosen-by-me", "rooms");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("arena") && text.contains("duel"), "{text}");
    assert_eq!(ask("chosen-by-me", "kick Nobody").0, Some(1));
    let (code, text) = ask("not-the-token", "rooms");
    assert_eq!(code, Some(1));
    assert!(text.contains("token"), "{text}");
    process.signal("-TERM");
    assert_eq!(process.end(), Some(0));
}

#[test]
fn what_cannot_be_started_says_so_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = std::env::temp_dir().join(format!("perigee-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let unknown = file("unknown.toml", "colour = 1\n");
    let range = file("range.toml", "[limits]\nmax_connections = 0\n");
    let syntax = file("syntax.toml", "[limits\n");
    let no_store = file("no-store.db", &"no database ".repeat(1000));
    let cases: [(&[&str], &str); 7] = [
        (&["--bind", "127.0.0.1:0", "--store", &no_store], "no-store.db: is damaged"),
        (&["--bind", &address], "another program uses it"),
        (&["--config", "no/such.toml"], "no/such.toml: cannot be read"),
        (&["--config", &unknown], "unknown key `colour`"),
        (&["check-config", &range], "limits.max_connections"),
        (&["check-config", &syntax], "line 1"),
        (&["--tls-cert", "no.pem", "--tls-key", "no.key"], "no.pem"),
    ];
    for (arguments, wanted) in cases {
        let (code, text) = outcome(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(wanted) && text.trim().lines().count() == 1, "{arguments:?}: {text}");
    }
    for name in ["assets/config/default.toml", "assets/config/load.toml", "assets/config/mixed.toml"] {
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        let (code, text) = outcome(&["check-config", &path]);
        assert_eq!(code, Some(0), "{text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_backup_is_taken_from_a_running_server_and_serves_one() {
    let folder = std::env::temp_dir().join(format!("perigee-backup-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let (store, copy) = (path("a.db"), path("copy.db"));
    let process = Process::start(&["--store", &store]);
    let (code, text) = outcome(&["--bind", "127.0.0.1:0", "--store", &store]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("another server uses this store"), "{text}");
    let (code, text) = outcome(&["--store", &store, "backup", &copy]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with(&format!("{copy}: ")) && text.ends_with(" bytes, checked\n"), "{text}");
    for (arguments, wanted) in [
        (["--store", &store, "backup", &copy], "overwrites nothing"),
        (["--store", &path("no.db"), "backup", &path("b.db")], "no such store"),
        (["--store", ":memory:", "backup", &path("b.db")], "in memory"),
    ] {
        let (code, text) = outcome(&arguments);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(wanted) && text.trim().lines().count() == 1, "{text}");
    }
    process.signal("-TERM");
    assert_eq!(process.end(), Some(0));
    assert!(!folder.join("a.db-wal").exists(), "a store that is closed is one file");
    let process = Process::start(&["--store", &copy]);
    process.signal("-TERM");
    assert_eq!(process.end(), Some(0));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wss_works_with_a_certificate_made_at_the_start() {
    let process = tokio::task::spawn_blocking(|| Process::start(&["--dev-tls"])).await.unwrap();
    let stream = tokio::net::TcpStream::connect(&process.address).await.unwrap();
    let mut stream = trusting().connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let stream = tokio::net::TcpStream::connect(&process.address).await.unwrap();
    let stream = trusting().connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/play", stream).await.unwrap();
    let hello = crate::support::hello_bytes(&crate::support::hello("Ada"));
    let message = tokio_tungstenite::tungstenite::Message::Binary(hello.into());
    futures_util::SinkExt::send(&mut socket, message).await.unwrap();
    let first = futures_util::StreamExt::next(&mut socket).await.unwrap().unwrap();
    let welcome = <perigee_shared::protocol::ServerMessage as perigee_shared::protocol::Message>::decode(
        &first.into_data(),
    )
    .unwrap();
    assert!(matches!(welcome, perigee_shared::protocol::ServerMessage::Welcome(_)));
}

/// A TLS client that trusts anybody: the certificate was made a moment ago.
fn trusting() -> tokio_rustls::TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(danger::TrustAnybody(Arc::clone(&provider)));
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

mod danger {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::crypto::CryptoProvider;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};
    use std::sync::Arc;

    #[derive(Debug)]
    pub(super) struct TrustAnybody(pub(super) Arc<CryptoProvider>);

    impl ServerCertVerifier for TrustAnybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}

#[test]
fn bots_tell_the_truth_with_their_exit_code() {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("perigee-bots");
    let process = Process::start(&[]);
    let url = format!("ws://{}/play", process.address);
    let run = |arguments: &[&str]| {
        let mut child =
            Command::new(&path).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (child.wait().unwrap().code(), text)
    };
    let (code, text) = run(&["--url", &url, "--count", "3", "--seconds", "3"]);
    assert_eq!(code, Some(0), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in [
        "clients",
        "connected",
        "snapshots_per_second",
        "bytes_per_client_per_second",
        "bytes_per_snapshot",
        "snapshot_interval_ms",
        "rtt_ms",
        "input_to_effect_ms",
        "decode_errors",
        "state_mismatches",
        "mispredictions",
        "disconnects",
    ] {
        assert!(!report[key].is_null(), "{key} is missing: {text}");
    }
    let (code, _) = run(&["--url", "ws://127.0.0.1:9/play", "--count", "1", "--seconds", "1"]);
    assert_eq!(code, Some(1));
    // What the room plays, and not what the first game is; what is not played so is a mistake of whoever asks.
    let rink = ["--url", &url, "--count", "2", "--seconds", "3", "--room", "rink", "--behaviour"];
    let (code, text) = run(&[&rink[..], &["veteran"]].concat());
    assert!(code == Some(0) && text.contains("\"game\": \"hockey\""), "{text}");
    assert_eq!(run(&[&rink[..], &["hunt"]].concat()).0, Some(2));
}

#[test]
fn bots_without_an_end_come_back_when_the_server_does() {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("perigee-bots");
    let first = Process::start(&[]);
    let address = first.address.clone();
    let url = format!("ws://{address}/play");
    let mut bots = Command::new(&path)
        .args(["--url", &url, "--count", "3", "--seconds", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(bots.stderr.take().unwrap()).lines();
    let begun = Instant::now();
    while connections(&address) < 3 {
        assert!(begun.elapsed() < PATIENCE, "the bots do not come");
        std::thread::sleep(Duration::from_millis(50));
    }
    first.kill();
    let line = words.next().unwrap().unwrap();
    assert!(line.contains("lost the server"), "{line}");
    // Longer than their first tries take.
    std::thread::sleep(Duration::from_secs(8));
    let second = Process::start_at(&address);
    let line = words.next().unwrap().unwrap();
    assert!(line.ends_with("back: 3 of 3 bots play"), "{line}");
    assert_eq!(connections(&address), 3);
    second.signal("-TERM");
    assert_eq!(second.end(), Some(0));
    let _ = bots.kill();
    let _ = bots.wait();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_gets_in_after_wrong_tokens_and_with_a_link_from_the_machine() {
    let mut process = Process::start(&["--admin-token", "chosen-by-me"]);
    process.read_lines(3);
    let url = format!("ws://{}/admin/ws", process.address);
    let ask = |token: &str| outcome(&["admin", "--url", &url, "--token", token, "rooms"]);
    for _ in 0..12 {
        assert_eq!(ask("guess").0, Some(1));
    }
    let (code, text) = ask("chosen-by-me");
    assert_eq!(code, Some(0), "{text}");
    process.signal("-USR1");
    let line = process.read_lines(1);
    assert!(line.starts_with(&format!("login   http://{}/admin#code=", process.address)), "{line}");
    // It opens the door, although the token's attempts are used up.
    let answer = log_in(&process.address, &code_of(&line)).await;
    assert!(answer.contains("\"welcome\""), "{answer}");
}

#[test]
fn what_an_operator_does_is_in_the_log_line_by_line() {
    let process = Process::start(&["--admin-token", "chosen-by-me"]);
    let url = format!("ws://{}/admin/ws", process.address);
    let lines: Vec<String> = (0..12).map(|n| format!("broadcast number {n}")).collect();
    for line in &lines {
        let (code, text) = outcome(&["admin", "--url", &url, "--token", "chosen-by-me", line]);
        assert_eq!(code, Some(0), "{text}");
    }
    process.signal("-TERM");
    let log = log_to_its_end(process);
    for line in lines {
        assert!(log.contains(&format!("line=\"{line}\"")), "{line} is left out: {log}");
    }
    assert_eq!(log.matches("console opened").count(), 12, "{log}");
}

/// The code of a login link that was printed.
fn code_of(line: &str) -> String {
    let code = line.split("#code=").nth(1).and_then(|rest| rest.split_whitespace().next());
    code.unwrap_or_else(|| panic!("no link: {line}")).to_owned()
}

/// What the console says to a code.
async fn log_in(address: &str, code: &str) -> String {
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/admin/ws")).await.unwrap();
    let login = Message::Text(format!(r#"{{"type":"login","code":"{code}"}}"#).into());
    futures_util::SinkExt::send(&mut socket, login).await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, futures_util::StreamExt::next(&mut socket)).await.unwrap();
    answer.unwrap().unwrap().into_text().unwrap().to_string()
}

/// Connections to `/play` and the like; the one that asks is not counted.
fn connections(address: &str) -> u64 {
    let text = get(address, "/metrics");
    let count = text.lines().find_map(|line| line.strip_prefix("perigee_connections "));
    count.unwrap_or_else(|| panic!("{text}")).parse::<u64>().unwrap().saturating_sub(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_login_link_works_once() {
    let (process, greeting) = tokio::task::spawn_blocking(|| {
        let mut process = Process::start(&[]);
        let greeting = process.read_lines(3);
        (process, greeting)
    })
    .await
    .unwrap();
    let code = code_of(&greeting);
    for expected in ["\"welcome\"", "\"expired_code\""] {
        let answer = log_in(&process.address, &code).await;
        assert!(answer.contains(expected), "{answer}");
    }
}

/// The server with a limit of open files; what it printed first, and its standard error.
#[cfg(target_os = "linux")]
fn with_open_files(limit: &str) -> Process {
    let own = server();
    let mut limited = Command::new("bash");
    let script = format!("ulimit {limit} && exec \"$0\" --bind 127.0.0.1:0");
    limited.args(["-c", &script]).arg(own.get_program());
    limited.env_remove("RUST_LOG").env("PERIGEE_STORE", ":memory:");
    let mut child = limited.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    printed.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
    Process { child, address, printed: Some(printed) }
}

/// The answer to a GET, on a connection of its own that may be reset.
#[cfg(target_os = "linux")]
fn try_get(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap_or_default();
    let mut answer = String::new();
    // A connection that was not let in is reset.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[cfg(target_os = "linux")]
#[test]
fn the_soft_limit_of_open_files_is_raised_as_far_as_it_is_needed() {
    let process = with_open_files("-Sn 256");
    // It prints its address a moment before it raises the limit, and answers after that.
    try_get(&process.address, "/healthz");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [soft, hard] = numbers[..] else { panic!("{line}") };
    assert!(soft >= 7000.min(hard), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_with_few_descriptors_says_so_seldom_and_answers_whoever_looks_after_it() {
    let process = with_open_files("-n 64");
    let crowd: Vec<_> =
        (0..200).filter_map(|_| std::net::TcpStream::connect(&process.address).ok()).collect();
    std::thread::sleep(Duration::from_secs(4));
    let begun = Instant::now();
    while !try_get(&process.address, "/healthz").ends_with("ok") {
        assert!(begun.elapsed() < PATIENCE, "health is answered");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(crowd);
    // Whoever found no place is counted, and told in a few lines and a sum.
    let refused = value(&process.address, "perigee_refusals_total{reason=\"address_full\"}");
    assert!(refused > 100, "{refused}");
    process.signal("-TERM");
    let text = log_to_its_end(process);
    assert_eq!(text.matches("fewer open files").count(), 1, "{text}");
    let (lines, sums) =
        (text.matches(": no place for a connection").count(), text.matches(" more like this ").count());
    assert!((1..=6).contains(&lines) && (1..=2).contains(&sums), "{text}");
    assert!(text.matches("does not accept").count() <= 3, "{text}");
}

/// Stops it, and gives what it said on standard error.
pub(crate) fn stop_and_read(process: Process) -> String {
    process.signal("-TERM");
    log_to_its_end(process)
}

/// Waits for its end and gives all that it said on standard error.
fn log_to_its_end(mut process: Process) -> String {
    let mut text = String::new();
    process.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(process.end(), Some(0));
    text
}

/// Sets the limit of open files of a process that runs.
#[cfg(target_os = "linux")]
fn limit_open_files(process: &Process, limit: u64) {
    let (pid, limit) = (process.id().to_string(), format!("--nofile={limit}:20000"));
    assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_has_run_out_of_descriptors_counts_it_and_says_so_once_in_ten_seconds() {
    let process = Process::start(&[]);
    assert!(try_get(&process.address, "/healthz").ends_with("ok"));
    assert_eq!(value(&process.address, "perigee_accept_failures_total"), 0);
    // The store, a log or a backup has taken the last one.
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count() as u64;
    limit_open_files(&process, open);
    let crowd: Vec<_> = (0..20).filter_map(|_| std::net::TcpStream::connect(&process.address).ok()).collect();
    std::thread::sleep(Duration::from_secs(4));
    limit_open_files(&process, 20_000);
    let begun = Instant::now();
    while !try_get(&process.address, "/healthz").ends_with("ok") {
        assert!(begun.elapsed() < PATIENCE, "health is answered again");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(crowd);
    // Ten a second, with a pause after each.
    let failures = value(&process.address, "perigee_accept_failures_total");
    assert!((5..=45).contains(&failures), "{failures}");
    process.signal("-TERM");
    let text = log_to_its_end(process);
    assert_eq!(text.matches("does not accept connections").count(), 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_in_use_without_a_restart() {
    let folder = std::env::temp_dir().join(format!("perigee-renewal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (first, second) = (made(), made());
    std::fs::write(&cert, first.cert.pem()).unwrap();
    std::fs::write(&key, first.signing_key.serialize_pem()).unwrap();
    let arguments =
        ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()].map(str::to_owned);
    let process =
        tokio::task::spawn_blocking(move || Process::start(&arguments.each_ref().map(String::as_str)))
            .await
            .unwrap();
    let shown = async || {
        let stream = tokio::net::TcpStream::connect(&process.address).await.unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let stream = trusting().connect(name, stream).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    };
    assert_eq!(shown().await, first.cert.der().to_vec());
    // A pair that does not fit together leaves the old one.
    std::fs::write(&key, second.signing_key.serialize_pem()).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown().await, first.cert.der().to_vec());
    std::fs::write(&cert, second.cert.pem()).unwrap();
    let begun = Instant::now();
    while shown().await != second.cert.der().to_vec() {
        assert!(begun.elapsed() < PATIENCE, "the new certificate is used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let _ = std::fs::remove_dir_all(folder);
}
