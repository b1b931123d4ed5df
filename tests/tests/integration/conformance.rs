//! RFC 6455 against an echo that only test builds have, behind the same door, limits and closing as all sockets: the case
//! groups of the Autobahn test suite, by the same numbers, and that suite's own cases where they could be had. Its groups
//! 12 and 13 (compression) are about what is not offered here, and 9 about messages that are larger than any may be.

use crate::raw::{
    BINARY, CLOSE, CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, closing, handshake, header, masked,
};
use crate::support::TestServer;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::time::sleep;

/// How a case must end, after what was echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The connection is fine, and closes with 1000 when asked.
    Open,
    /// The server ends it with that code.
    Code(u16),
    /// The server answers a close frame without a code.
    NoCode,
}

/// One case: what is sent, and what must come back.
struct Case {
    name: String,
    sent: Vec<Vec<u8>>,
    expected: Vec<Frame>,
    end: End,
    /// Pieces of so many bytes are sent one after the other.
    chop: Option<usize>,
}

fn case(name: impl Into<String>, sent: Vec<Vec<u8>>, expected: Vec<Frame>, end: End) -> Case {
    Case { name: name.into(), sent, expected, end, chop: None }
}

fn echo(opcode: u8, payload: &[u8]) -> Frame {
    Frame { first: FIN | opcode, payload: payload.to_vec() }
}

fn whole(opcode: u8, payload: &[u8]) -> Vec<u8> {
    masked(FIN | opcode, payload)
}

impl Case {
    fn chopped(mut self, size: usize) -> Self {
        self.chop = Some(size);
        self
    }

    /// Whether it came out as it must; words if not.
    async fn run(&self, server: &TestServer) -> Result<(), String> {
        let mut raw = Raw::open(server, "/echo").await;
        let bytes = self.sent.concat();
        for piece in bytes.chunks(self.chop.unwrap_or(usize::MAX)) {
            raw.send(piece).await;
            if self.chop.is_some() {
                sleep(Duration::from_millis(1)).await;
            }
        }
        if self.end == End::Open {
            raw.frame(CLOSE, &closing(1000, b"")).await;
        }
        let mut seen = Vec::new();
        let close = loop {
            match raw.next().await {
                Some(frame) if frame.opcode() == CLOSE => break frame,
                Some(frame) => seen.push(frame),
                None => return Err(format!("TCP ended without a close frame after {seen:?}")),
            }
        };
        // What a server that fails at once does not echo any more may be missing, never something else be there.
        let is_right = if self.end == End::Open {
            seen == self.expected
        } else {
            self.expected.starts_with(&seen) && seen.len() + 1 >= self.expected.len()
        };
        if !is_right {
            return Err(format!("{} frames came back, wanted are {}", seen.len(), self.expected.len()));
        }
        let code = close.close_code();
        let wanted = match self.end {
            End::Open => Some(1000),
            End::Code(code) => Some(code),
            End::NoCode => None,
        };
        if code != wanted {
            return Err(format!("the close frame has {code:?}, wanted is {wanted:?}"));
        }
        raw.frame(CLOSE, &close.payload).await;
        match raw.next().await {
            None => Ok(()),
            Some(frame) => Err(format!("{frame:?} after the close frame")),
        }
    }
}

/// 1 framing: every length around which the header changes, at once and in pieces.
fn framing(cases: &mut Vec<Case>) {
    for (group, opcode, byte) in [("1.1", TEXT, b'*'), ("1.2", BINARY, 0xfe)] {
        for (n, length) in [0, 125, 126, 127, 128, 65_535, 65_536].into_iter().enumerate() {
            let payload = vec![byte; length];
            let name = format!("{group}.{}: {length} bytes", n + 1);
            cases.push(case(name, vec![whole(opcode, &payload)], vec![echo(opcode, &payload)], End::Open));
        }
        let payload = vec![byte; 65_536];
        let name = format!("{group}.8: in pieces of 997");
        cases.push(
            case(name, vec![whole(opcode, &payload)], vec![echo(opcode, &payload)], End::Open).chopped(997),
        );
    }
}

/// 2 pings and pongs.
fn pings(cases: &mut Vec<Case>) {
    let binary: Vec<u8> = (0..125).map(|n| 0xfe ^ n).collect();
    for (n, payload) in [&b""[..], b"Hello, world!", &[0, 0xff, 0xfe, 0xfd], &binary].into_iter().enumerate()
    {
        let name = format!("2.{}: a ping", n + 1);
        cases.push(case(name, vec![whole(PING, payload)], vec![echo(PONG, payload)], End::Open));
    }
    cases.push(case("2.5: a long ping", vec![whole(PING, &[1; 126])], vec![], End::Code(1002)));
    let ping = || vec![whole(PING, &binary)];
    cases.push(case("2.6: a ping by bytes", ping(), vec![echo(PONG, &binary)], End::Open).chopped(1));
    cases.push(case("2.7: a pong", vec![whole(PONG, b"")], vec![], End::Open));
    cases.push(case("2.8: a pong with content", vec![whole(PONG, b"unsolicited")], vec![], End::Open));
    let both = vec![whole(PONG, b"unsolicited"), whole(PING, b"ping")];
    cases.push(case("2.9: a pong, then a ping", both, vec![echo(PONG, b"ping")], End::Open));
    for (name, chop) in [("2.10: ten pings", 11), ("2.11: ten pings in pieces", 1)] {
        let pings = (0..10).map(|n| whole(PING, &[b'p', b'0' + n, 0, 0, 0])).collect();
        let pongs = (0..10).map(|n| echo(PONG, &[b'p', b'0' + n, 0, 0, 0])).collect();
        cases.push(case(name, pings, pongs, End::Open).chopped(chop));
    }
}

/// 3 reserved bits, 4 reserved opcodes: alone, after a message, before one, and in pieces.
fn reserved(cases: &mut Vec<Case>) {
    let text = || whole(TEXT, b"Hello, world!");
    let echoed = || vec![echo(TEXT, b"Hello, world!")];
    for bits in 1..8_u8 {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE] {
            let name = format!("3.{bits}: bits {bits:03b} on opcode {opcode}");
            let bad = masked(FIN | bits << 4 | opcode, b"");
            cases.push(case(name, vec![text(), bad, whole(PING, b"")], echoed(), End::Code(1002)));
        }
        let bad = masked(FIN | bits << 4 | TEXT, b"Hello, world!");
        let name = format!("3.{bits}: in pieces");
        cases.push(case(name, vec![text(), bad], echoed(), End::Code(1002)).chopped(1));
    }
    for opcode in (0x3..=0x7).chain(0xb..=0xf) {
        for payload in [&b""[..], b"reserved"] {
            let name = format!("4: opcode {opcode:x} with {} bytes", payload.len());
            cases.push(case(&name, vec![whole(opcode, payload)], vec![], End::Code(1002)));
            let sent = vec![text(), whole(opcode, payload), whole(PING, b"")];
            cases.push(case(name + " after a message", sent, echoed(), End::Code(1002)));
        }
    }
}

/// 5 fragments.
fn fragments(cases: &mut Vec<Case>) {
    for opcode in [PING, PONG] {
        let sent = vec![masked(opcode, b"frag"), masked(FIN | CONTINUATION, b"ment")];
        cases.push(case(format!("5.1: opcode {opcode} in fragments"), sent, vec![], End::Code(1002)));
    }
    for chop in [None, Some(1)] {
        let name = |number: u8| format!("5.{number}: fragments, pieces of {chop:?}");
        let mut add = |number, sent, expected, end| {
            cases.push(Case { chop, ..case(name(number), sent, expected, end) });
        };
        let (first, second) = (|| masked(TEXT, b"frag1"), || masked(FIN | CONTINUATION, b"frag2"));
        let together = || echo(TEXT, b"frag1frag2");
        add(3, vec![first(), second()], vec![together()], End::Open);
        let sent = vec![first(), whole(PING, b"ping"), second()];
        add(6, sent, vec![echo(PONG, b"ping"), together()], End::Open);
        for (number, last) in [(9, FIN), (12, 0)] {
            // A continuation of nothing, the last of a message or not.
            let sent = vec![masked(last | CONTINUATION, b"lost"), whole(TEXT, b"Hello")];
            add(number, sent, vec![], End::Code(1002));
        }
        let sent = vec![first(), second(), masked(CONTINUATION, b"lost"), whole(TEXT, b"Hello")];
        add(15, sent, vec![together()], End::Code(1002));
        add(18, vec![first(), whole(TEXT, b"frag2")], vec![], End::Code(1002));
        let five = |n: u8| [b"fragment", &[b'0' + n][..]].concat();
        let mut sent = vec![masked(TEXT, &five(1)), masked(CONTINUATION, &five(2)), whole(PING, b"one")];
        sent.extend([masked(CONTINUATION, &five(3)), masked(CONTINUATION, &five(4)), whole(PING, b"two")]);
        sent.push(masked(FIN | CONTINUATION, &five(5)));
        let all: Vec<u8> = (1..=5).flat_map(five).collect();
        add(19, sent, vec![echo(PONG, b"one"), echo(PONG, b"two"), echo(TEXT, &all)], End::Open);
        let empty = vec![masked(BINARY, b""), masked(CONTINUATION, b""), masked(FIN | CONTINUATION, b"")];
        add(20, empty, vec![echo(BINARY, b"")], End::Open);
    }
}

/// Sequences that are UTF-8: from Markus Kuhn's stress test, as the suite has them.
const GOOD_TEXTS: [&[u8]; 22] = [
    b"",
    b"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f",
    b"\xdf\xbf",
    b"\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd",
    b"\xef\xbf\xbe",
    b"\xf0\x9f\xbf\xbe",
    b"\xf0\x9f\xbf\xbf",
    b"\xf0\xaf\xbf\xbe",
    b"\xf3\xbf\xbf\xbf",
    b"\xf4\x8f\xbf\xbe",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
];

/// Sequences that are none: lonely continuations, cut, overlong, surrogates, beyond the last character, impossible bytes.
const BAD_TEXTS: [&[u8]; 32] = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xfb\xbf\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xbf",
    b"\x80\xbf",
    b"\x80\xbf\x80\xbf\x80\xbf",
    b"\xc0 \xc1 \xc2 \xdf ",
    b"\xe0 \xef ",
    b"\xf0 \xf7 ",
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xf7\xbf\xbf",
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
];

/// 6 UTF-8: in one frame, and a byte a fragment.
fn utf8(cases: &mut Vec<Case>) {
    let by_bytes = |text: &[u8]| {
        let mut sent = vec![masked(TEXT, b"")];
        sent.extend(text.iter().map(|&byte| masked(CONTINUATION, &[byte])));
        sent.push(masked(FIN | CONTINUATION, b""));
        sent
    };
    for text in GOOD_TEXTS {
        let name = format!("6: {text:x?}");
        cases.push(case(&name, vec![whole(TEXT, text)], vec![echo(TEXT, text)], End::Open));
        cases.push(case(name + " by bytes", by_bytes(text), vec![echo(TEXT, text)], End::Open));
    }
    for text in BAD_TEXTS {
        let name = format!("6: {text:x?}");
        cases.push(case(&name, vec![whole(TEXT, text)], vec![], End::Code(1007)));
        cases.push(case(name + " by bytes", by_bytes(text), vec![], End::Code(1007)));
        // It is nobody's business in a binary message.
        let name = format!("6: binary {text:x?}");
        cases.push(case(name, vec![whole(BINARY, text)], vec![echo(BINARY, text)], End::Open));
    }
}

/// 7 closing.
fn closes(cases: &mut Vec<Case>) {
    let close = |payload: &[u8]| whole(CLOSE, payload);
    let text = || whole(TEXT, b"Hello World!");
    let echoed = || vec![echo(TEXT, b"Hello World!")];
    let twice = vec![text(), close(&closing(1000, b"")), close(&closing(1000, b""))];
    cases.push(case("7.1.2: two close frames", twice, echoed(), End::Code(1000)));
    let late = vec![close(&closing(1000, b"")), whole(PING, b"late"), text()];
    cases.push(case("7.1.3: a ping and a text after it", late, vec![], End::Code(1000)));
    let within = vec![masked(TEXT, b"fragment1"), close(&closing(1000, b"")), masked(FIN, b"fragment2")];
    cases.push(case("7.1.5: within a message", within, vec![], End::Code(1000)));
    cases.push(case("7.3.1: no code", vec![close(b"")], vec![], End::NoCode));
    cases.push(case("7.3.2: one byte", vec![close(b"a")], vec![], End::Code(1002)));
    cases.push(case("7.3.3: a code", vec![close(&closing(1000, b""))], vec![], End::Code(1000)));
    cases.push(case("7.3.4: a reason", vec![close(&closing(1000, b"bye"))], vec![], End::Code(1000)));
    let longest = closing(1000, &[b'*'; 123]);
    cases.push(case("7.3.5: the longest reason", vec![close(&longest)], vec![], End::Code(1000)));
    let too_long = closing(1000, &[b'*'; 124]);
    cases.push(case("7.3.6: one that is too long", vec![close(&too_long)], vec![], End::Code(1002)));
    let bad = closing(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited");
    cases.push(case("7.5.1: a reason that is no UTF-8", vec![close(&bad)], vec![], End::Code(1007)));
    for code in (1000..=1003).chain(1007..=1011).chain([3000, 3999, 4000, 4999]) {
        let name = format!("7.7: code {code}");
        cases.push(case(name, vec![close(&closing(code, b""))], vec![], End::Code(code)));
    }
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let name = format!("7.9: code {code}");
        cases.push(case(name, vec![close(&closing(code, b""))], vec![], End::Code(1002)));
    }
}

/// 9 limits, 10 autofragmentation, and what a client must not do at all.
fn limits(cases: &mut Vec<Case>) {
    let most = vec![b'*'; 64 * 1024];
    for (opcode, pieces) in [(TEXT, 16), (BINARY, 16), (TEXT, 64), (BINARY, 4)] {
        let parts: Vec<&[u8]> = most.chunks(most.len() / pieces).collect();
        let frames = parts.iter().enumerate().map(|(at, part)| {
            let fin = if at + 1 == pieces { FIN } else { 0 };
            masked(fin | if at == 0 { opcode } else { CONTINUATION }, part)
        });
        let name = format!("9: {pieces} fragments of opcode {opcode}");
        cases.push(case(name, frames.collect(), vec![echo(opcode, &most)], End::Open));
    }
    let more = vec![b'*'; most.len() + 1];
    cases.push(case("9: a byte too many", vec![whole(BINARY, &more)], vec![], End::Code(1009)));
    let parts = vec![masked(BINARY, &most), masked(FIN | CONTINUATION, b"x")];
    cases.push(case("9: a byte too many in fragments", parts, vec![], End::Code(1009)));
    let endless = [header(FIN | BINARY, 0x80, u64::MAX), vec![0; 4]].concat();
    cases.push(case("9: the longest length there is", vec![endless], vec![], End::Code(1009)));
    let plain = [header(FIN | TEXT, 0, 5), b"Hello".to_vec()].concat();
    cases.push(case("5.1 of the RFC: no mask", vec![plain], vec![], End::Code(1002)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sockets_speak_websocket_as_the_rfc_says() {
    let server = TestServer::start_with_echo().await;
    let mut cases = Vec::new();
    for group in [framing, pings, reserved, fragments, utf8, closes, limits] {
        group(&mut cases);
    }
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(why) = case.run(&server).await {
            failures.push(format!("{}: {why}", case.name));
        }
    }
    println!("{} cases, {} failures", cases.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    server.stop().await;
}

const MISSING: &str =
    "kosoku, which drives Autobahn's cases, is not installed: tests/setup-python-tools.sh says why";

/// Autobahn's verdicts by case: of the messages, and of the closing.
fn verdicts(program: &Path, url: &str) -> BTreeMap<String, (String, String)> {
    let folder = std::env::temp_dir().join(format!("perigee-autobahn-{}", std::process::id()));
    let out = Command::new(program)
        .args(["--mode", "fuzzingclient", "--exclude", "9.*", "--exclude", "12.*", "--exclude", "13.*"])
        .arg("--outdir")
        .arg(&folder)
        .arg(url)
        .output()
        .unwrap();
    let index =
        std::fs::read_to_string(folder.join("index.json")).unwrap_or_else(|error| panic!("{error}: {out:?}"));
    let index: Value = serde_json::from_str(&index).unwrap();
    let _ = std::fs::remove_dir_all(folder);
    let agents = index.as_object().unwrap().values();
    let cases = agents.flat_map(|agent| agent.as_object().unwrap());
    let word = |case: &Value, key: &str| case[key].as_str().unwrap().to_owned();
    cases
        .map(|(number, case)| (number.clone(), (word(case, "behavior"), word(case, "behaviorClose"))))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn autobahns_own_cases_find_no_failure() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/kosoku/bin/kosoku");
    if !program.exists() {
        assert!(std::env::var_os("CI").is_none(), "{MISSING}");
        println!("SKIPPED: {MISSING}");
        return;
    }
    let server = TestServer::start_with_echo().await;
    let url = server.url("/echo");
    let found = tokio::task::spawn_blocking(move || verdicts(&program, &url)).await.unwrap();
    let count = |verdict: &str| found.values().filter(|(behaviour, _)| behaviour == verdict).count();
    println!(
        "{} cases: {} OK, {} non-strict, {} informational",
        found.len(),
        count("OK"),
        count("NON-STRICT"),
        count("INFORMATIONAL")
    );
    assert!(found.len() > 240, "Autobahn's groups 1 to 7 and 10: {found:?}");
    let is_fine = |(behaviour, closing): &(String, String)| {
        ["OK", "NON-STRICT", "INFORMATIONAL"].contains(&behaviour.as_str())
            && ["OK", "INFORMATIONAL"].contains(&closing.as_str())
    };
    let failures: Vec<_> = found.iter().filter(|(_, verdict)| !is_fine(verdict)).collect();
    assert!(failures.is_empty(), "{failures:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_no_test_asked_for_it_has_no_echo() {
    let server = TestServer::start("").await;
    let answer = server.ask(&handshake("/echo", "Connection: close\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    server.stop().await;
}
