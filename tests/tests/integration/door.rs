//! Who comes in and who is answered: places of each kind, clients that do not go on, sockets by any request, proxies.

use crate::raw::{BINARY, FIN, TEXT, handshake, masked};
use crate::support::{PATIENCE, Socket, TOKEN, TestServer, goodbye, hello, hello_bytes, next_control};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{DisconnectReason, Refusal, ServerMessage};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Comes from `127.0.0.HOST`.
async fn connect_from(host: u8, server: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
    socket.connect(server).await.unwrap()
}

/// Asks on a connection that stays open; the head of the answer and its body.
async fn ask_on(stream: &mut TcpStream, request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).await.unwrap();
    let (head, rest) = head_of(stream).await;
    let length = head.to_ascii_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length: ").and_then(|length| length.trim().parse::<usize>().ok())
    });
    let mut body = rest;
    while body.len() < length.unwrap_or(0) {
        let mut part = [0; 4096];
        let count = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        assert!(count > 0, "the answer ends early");
        body.extend_from_slice(&part[..count]);
    }
    (head, String::from_utf8_lossy(&body).into_owned())
}

/// The head of an answer, and what came with it.
async fn head_of(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return (String::from_utf8_lossy(&bytes).into_owned(), rest);
        }
        let mut part = [0; 1024];
        let count = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        assert!(count > 0, "no answer: {:?}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&part[..count]);
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

async fn as_socket(stream: TcpStream, rest: Vec<u8>) -> Socket {
    assert!(rest.is_empty(), "the server speaks first only on the feed");
    WebSocketStream::from_raw_socket(MaybeTlsStream::Plain(stream), Role::Client, None).await
}

async fn join(socket: &mut Socket, name: &str) {
    socket.send(Message::Binary(hello_bytes(&hello(name)).into())).await.unwrap();
    let first = next_control(socket).await;
    assert!(matches!(first, Some(ServerMessage::Welcome(_))), "{first:?}");
}

/// What somebody is told for whom there is no place.
async fn refusal(socket: &mut Socket) -> Refusal {
    let _ = socket.send(Message::Binary(hello_bytes(&hello("Late")).into())).await;
    match goodbye(socket).await {
        (DisconnectReason::Refused(refusal), 4000) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_too_many_is_told_so_and_everything_else_is_answered() {
    let server = TestServer::start("[limits]\nmax_connections = 2\n").await;
    let (_ada, _bob) = (server.player("Ada").await, server.player("Bob").await);
    let mut late = server.socket().await;
    assert_eq!(refusal(&mut late).await, Refusal::ServerFull);
    for path in ["/healthz", "/metrics", "/", "/admin/", "/api/v1/status"] {
        assert_eq!(status(&server.get(path).await), 200, "{path}");
    }
    assert!(server.metric("perigee_refusals_total", "server_full").await >= 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_yield_to_whoever_comes() {
    let settings = "[limits]\nmax_connections = 8\n[feed]\nenabled = false\n[http]\nmax_connections = 16\n";
    let server = TestServer::start(settings).await;
    // Some asked and wait, others have not said a word.
    let mut idle = Vec::new();
    for n in 0..200 {
        let mut stream = connect_from(2 + n % 4, server.address).await;
        if n % 5 == 0 {
            // Who comes when all places are taken is told so at once.
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
        }
        idle.push(stream);
    }
    sleep(Duration::from_millis(2500)).await;
    for path in ["/healthz", "/metrics", "/", "/admin/"] {
        assert_eq!(status(&server.get(path).await), 200, "{path}");
    }
    let _ada = server.player("Ada").await;
    assert!(server.metric("perigee_refusals_total", "http_yielded").await >= 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_places_work_health_is_answered_and_pages_are_told_to_come_back() {
    let settings = "[limits]\nwrite_timeout_ms = 60000\n[http]\nmax_connections = 4\n";
    let server = TestServer::start(settings).await;
    // Four that take nothing of large answers: they work as long as they may.
    let mut deaf = Vec::new();
    for host in 2..6 {
        deaf.push(deaf_client(host, server.address).await);
    }
    sleep(Duration::from_millis(1500)).await;
    let page = server.get("/").await;
    assert!(status(&page) == 503 && page.to_ascii_lowercase().contains("retry-after: "), "{page}");
    for path in ["/healthz", "/metrics", "/admin/"] {
        assert_eq!(status(&server.get(path).await), 200, "{path}");
    }
    let _ada = server.player("Ada").await;
    drop(deaf);
    server.stop().await;
}

/// Asks for the largest file again and again, and reads nothing.
async fn deaf_client(host: u8, server: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    let request = "GET /vendor/uplot/uPlot.esm.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(60);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_go_on_is_closed() {
    let settings =
        "[limits]\nwrite_timeout_ms = 1000\nhttp_timeout_ms = 1000\n[http]\nkeep_alive_ms = 1500\n";
    let server = TestServer::start(settings).await;
    let _deaf = deaf_client(2, server.address).await;
    // One that says nothing, one that stops within a head, one that trickles the second head, one that asks no more.
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    let mut trickling = TcpStream::connect(server.address).await.unwrap();
    ask_on(&mut trickling, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut done = TcpStream::connect(server.address).await.unwrap();
    ask_on(&mut done, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let (mut trickled, mut trickle) = trickling.into_split();
    let dripping = tokio::spawn(async move {
        for byte in
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nA: ".iter().chain(std::iter::repeat(&b'a')).take(400)
        {
            if trickle.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    });
    let ended = |mut stream: TcpStream| async move {
        let mut rest = Vec::new();
        let ending = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(ending.is_ok(), "still open");
    };
    tokio::join!(ended(silent), ended(half), ended(done), async {
        let mut rest = Vec::new();
        assert!(timeout(PATIENCE, trickled.read_to_end(&mut rest)).await.is_ok(), "still open");
    });
    dripping.abort();
    let deadline = Instant::now() + PATIENCE;
    while server.metric("perigee_refusals_total", "http_not_reading").await < 1.0 {
        assert!(Instant::now() < deadline, "who takes nothing is closed");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(server.metric("perigee_refusals_total", "http_idle").await >= 1.0);
    assert!(server.metric("perigee_refusals_total", "no_request").await >= 2.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_ask_for_a_socket_on_a_connection_that_it_kept() {
    let server = TestServer::start("").await;
    let mut players = Vec::new();
    for n in 0..10 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        for _ in 0..n {
            let (head, body) = ask_on(&mut stream, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!((status(&head), body.as_str()), (200, "ok"));
        }
        stream.write_all(handshake("/play", "").as_bytes()).await.unwrap();
        let (head, rest) = head_of(&mut stream).await;
        assert_eq!(status(&head), 101, "request number {}: {head}", n + 1);
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        let mut socket = as_socket(stream, rest).await;
        join(&mut socket, &format!("Nth {n}")).await;
        players.push(socket);
    }
    // What is said right behind the request is not lost: a close frame that is masked with zeros, and its answer.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    ask_on(&mut stream, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let eager =
        [handshake("/feed", "").as_bytes(), &[0x81, 0x80 | 15, 0, 0, 0, 0], br#"{"op":"ping","i"#].concat();
    stream.write_all(&eager).await.unwrap();
    let (head, mut heard) = head_of(&mut stream).await;
    assert_eq!(status(&head), 101);
    while !String::from_utf8_lossy(&heard).contains("bad_request") {
        let mut part = [0; 1024];
        let count = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&part[..count]);
    }
    assert_eq!(server.metric("perigee_players", "").await, 10.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_handshake_has_an_answer_in_words() {
    let server = TestServer::start("").await;
    for path in ["/play", "/feed", "/admin/ws"] {
        let good = handshake(path, "Connection: close\r\n");
        let wrong = |from: &str, to: &str| good.replace(from, to);
        for (request, wanted, part) in [
            (wrong("Version: 13", "Version: 12"), 426, "sec-websocket-version: 13"),
            (wrong("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400, "sec-websocket-key"),
            (wrong("HTTP/1.1", "HTTP/1.0"), 400, "http/1.1"),
            (
                format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                426,
                "sec-websocket-version: 13",
            ),
            (wrong("Upgrade: websocket\r\n", ""), 426, "upgrade: websocket"),
            (wrong("GET", "POST"), 405, "allow: get"),
        ] {
            let answer = server.ask(&request).await;
            assert_eq!(status(&answer), wanted, "{request}{answer}");
            assert!(answer.to_ascii_lowercase().contains(part), "{request}{answer}");
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(body.trim().len() > 20, "a sentence: {answer}");
            assert!(head.contains("content-security-policy"), "{answer}");
        }
        let foreign =
            if path == "/feed" { continue } else { handshake(path, "Origin: https://evil.example\r\n") };
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let (head, body) = ask_on(&mut stream, &foreign).await;
        assert!(status(&head) == 403 && body.contains("allowed_origins"), "{head}{body}");
    }
    assert!(server.metric("perigee_refusals_total", "origin").await >= 2.0);
    server.stop().await;
    let off = TestServer::start("[feed]\nenabled = false\n").await;
    let answer = off.ask("GET /feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(status(&answer) == 404 && answer.contains("feed.enabled"), "{answer}");
    off.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_behind_a_proxy_may_open_sockets_with_the_port_written_or_not() {
    let server = TestServer::start("").await;
    for (origin, host, wanted) in [
        ("https://game.example", "game.example:443", 101),
        ("https://game.example", "game.example", 101),
        ("https://game.example:443", "game.example", 101),
        ("http://game.example", "game.example:80", 101),
        ("https://game.example", "game.example:80", 403),
        ("https://other.example", "game.example:443", 403),
    ] {
        let request = handshake("/play", &format!("Origin: {origin}\r\n"))
            .replace("Host: game.example", &format!("Host: {host}"));
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let (head, _) = head_of(&mut stream).await;
        assert_eq!(status(&head), wanted, "{origin} at {host}: {head}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_requests_is_refused_and_health_is_not_starved() {
    let settings = "[http]\nall_requests_per_second = 10\nall_burst = 50\n";
    let server = TestServer::start(settings).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let flood = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200);
    stream.write_all(flood.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the connection ends");
    let heard = String::from_utf8_lossy(&heard);
    let count = |status: &str| heard.matches(&format!("HTTP/1.1 {status}")).count();
    assert!((50..60).contains(&count("200")) && count("429") == 1, "{} {}", count("200"), count("429"));
    assert!(heard.to_ascii_lowercase().contains("retry-after: "));
    assert_eq!(status(&server.get("/healthz").await), 200);
    // Others are served.
    let mut other = connect_from(9, server.address).await;
    let (head, _) = ask_on(&mut other, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(status(&head), 200);
    server.stop().await;
}

const TRUSTED: &str =
    "[limits]\nmax_connections_per_address = 10\n[http]\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// A socket that a proxy opens for somebody.
async fn socket_for(server: &TestServer, header: &str, from: u8) -> Socket {
    let mut stream = connect_from(from, server.address).await;
    stream.write_all(handshake("/play", header).as_bytes()).await.unwrap();
    let (head, rest) = head_of(&mut stream).await;
    assert_eq!(status(&head), 101, "{head}");
    as_socket(stream, rest).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxys_clients_are_counted_by_their_own_addresses() {
    let server = TestServer::start(TRUSTED).await;
    // Sixty addresses of one network of IPv6: one customer.
    let mut seated = Vec::new();
    let mut refused = 0;
    for n in 0..60 {
        let mut socket = socket_for(&server, &format!("X-Forwarded-For: 2001:db8::{n:x}\r\n"), 1).await;
        socket.send(Message::Binary(hello_bytes(&hello(&format!("Six {n}"))).into())).await.unwrap();
        match next_control(&mut socket).await {
            Some(ServerMessage::Welcome(_)) => seated.push(socket),
            Some(ServerMessage::Goodbye(DisconnectReason::Refused(Refusal::ServerFull))) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((seated.len(), refused), (10, 50));
    // Another network, and somebody by the other header.
    for header in ["X-Forwarded-For: 2001:db8:0:1::1\r\n", "Forwarded: for=\"[2001:db8:0:2::1]:80\"\r\n"] {
        let mut socket = socket_for(&server, header, 1).await;
        join(&mut socket, "Another").await;
        seated.push(socket);
    }
    server.stop().await;
}

/// Whether there was a place for that socket: who is refused is told so by a status or in a close frame.
async fn is_let_in(server: &TestServer, path: &str, from: &str) -> Result<TcpStream, String> {
    let mut stream = connect_from(1, server.address).await;
    stream.write_all(handshake(path, from).as_bytes()).await.unwrap();
    let (head, rest) = head_of(&mut stream).await;
    if status(&head) != 101 {
        return Err(status(&head).to_string());
    }
    if path == "/play" {
        stream.write_all(&masked(FIN | BINARY, &hello_bytes(&hello("Six")))).await.unwrap();
    } else if path == "/feed" {
        stream.write_all(&masked(FIN | TEXT, br#"{"op":"ping"}"#)).await.unwrap();
    } else if path == "/echo" {
        stream.write_all(&masked(FIN | TEXT, b"echo")).await.unwrap();
    } else if path == "/admin/ws" {
        // Nothing is said before the token.
        return Ok(stream);
    }
    let is_answered = |heard: &str| match path {
        "/feed" => heard.contains("pong") || heard.contains("_full"),
        // A welcome is long, and a goodbye is followed by its words.
        "/play" => heard.contains("full") || heard.len() > 60,
        _ => heard.len() > 2,
    };
    let (mut heard, mut part) = (rest, [0; 2048]);
    while !is_answered(&String::from_utf8_lossy(&heard)) {
        let count = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        assert!(count > 0, "{path} ends without a word: {}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&part[..count]);
    }
    let said = String::from_utf8_lossy(&heard).into_owned();
    // A reason in a close frame, or in the goodbye before it.
    if said.contains("full") { Err(said) } else { Ok(stream) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_socket_counts_for_its_network() {
    for (path, most, word) in [("/feed", 10, "address_full"), ("/echo", 10, "503"), ("/admin/ws", 8, "503")] {
        let server = TestServer::with_echo(TRUSTED).await;
        let mut held = Vec::new();
        let mut refused = Vec::new();
        for n in 0..40 {
            match is_let_in(&server, path, &format!("X-Forwarded-For: 2001:db8::{n:x}\r\n")).await {
                Ok(stream) => held.push(stream),
                Err(why) => refused.push(why),
            }
        }
        assert_eq!(held.len(), most, "{path}: {refused:?}");
        assert!(refused.iter().all(|why| why.contains(word)), "{path}: {refused:?}");
        assert!(
            server.metric("perigee_refusals_total", "address_full").await >= refused.len() as f64,
            "{path}"
        );
        // The neighbours are not kept out, and who leaves gives the place back.
        held.push(
            is_let_in(&server, path, "X-Forwarded-For: 2001:db8:0:1::1\r\n").await.expect("another network"),
        );
        held.remove(0);
        let begun = Instant::now();
        while is_let_in(&server, path, "X-Forwarded-For: 2001:db8::ffff\r\n").await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "{path}: the place is free again");
            sleep(Duration::from_millis(50)).await;
        }
        server.stop().await;
    }
    // All kinds together are what an address may have; a console is reached from there all the same.
    let server = TestServer::with_echo(TRUSTED).await;
    let mut held = Vec::new();
    for n in 0..14 {
        let from = format!("X-Forwarded-For: 2001:db8::{n:x}\r\n");
        held.extend(is_let_in(&server, ["/play", "/feed", "/echo"][n % 3], &from).await);
    }
    assert_eq!(held.len(), 10);
    assert!(is_let_in(&server, "/admin/ws", "X-Forwarded-For: 2001:db8::1\r\n").await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_do_not_say_who_they_are_keep_nobody_out() {
    let server = TestServer::start("[limits]\nmax_connections = 20\n").await;
    // All places of players, and all consoles, from some addresses that say nothing more.
    let mut silent = Vec::new();
    for n in 0..60 {
        let (path, host) = if n < 20 { ("/play", 2) } else { ("/admin/ws", 2 + n / 8) };
        let mut stream = connect_from(host, server.address).await;
        stream.write_all(handshake(path, "").as_bytes()).await.unwrap();
        head_of(&mut stream).await;
        silent.push(stream);
    }
    sleep(Duration::from_millis(1100)).await;
    let _ada = server.player("Ada").await;
    let mut console = connect_async(server.url("/admin/ws")).await.expect("a place for the operator").0;
    let login = format!(r#"{{"type":"login","token":"{TOKEN}"}}"#);
    console.send(Message::text(login)).await.unwrap();
    let first = timeout(PATIENCE, console.next()).await.unwrap().unwrap().unwrap();
    assert!(first.to_text().unwrap().contains("welcome"), "{first}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_have_the_rate_of_requests_whichever_request_they_are() {
    let settings = "[http]\nall_requests_per_second = 1\nall_burst = 20\n";
    for path in ["/play", "/feed", "/admin/ws"] {
        for is_first in [true, false] {
            let server = TestServer::start(settings).await;
            let mut opened = 0;
            let mut refused = 0;
            for _ in 0..60 {
                let mut stream = connect_from(2, server.address).await;
                if !is_first {
                    ask_on(&mut stream, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
                }
                stream.write_all(handshake(path, "").as_bytes()).await.unwrap();
                let (head, _) = head_of(&mut stream).await;
                match status(&head) {
                    101 => opened += 1,
                    429 if head.to_ascii_lowercase().contains("retry-after: ") => refused += 1,
                    _ => panic!("{path}: {head}"),
                }
            }
            assert!(
                (20..35).contains(&opened),
                "{path}, first {is_first}: {opened} opened, {refused} refused"
            );
            assert!(server.metric("perigee_refusals_total", "http_rate").await >= f64::from(refused));
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_trusted_proxy_is_not_believed() {
    let server = TestServer::start(TRUSTED).await;
    let mut seated = Vec::new();
    let mut refused = 0;
    for n in 0..14 {
        let mut socket = socket_for(&server, &format!("X-Forwarded-For: 203.0.113.{n}\r\n"), 2).await;
        socket.send(Message::Binary(hello_bytes(&hello(&format!("Liar {n}"))).into())).await.unwrap();
        match next_control(&mut socket).await {
            Some(ServerMessage::Welcome(_)) => seated.push(socket),
            Some(ServerMessage::Goodbye(_)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((seated.len(), refused), (10, 4));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rates_of_rest_are_those_of_the_client_behind_the_proxy() {
    let settings = "[http]\ntrusted_proxies = [\"127.0.0.0/8\"]\nrequests_per_second = 1\nburst = 3\n";
    let server = TestServer::start(settings).await;
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    let mut answers = Vec::new();
    for n in 0..12 {
        // Two clients over one connection of the proxy, in turns.
        let request = format!(
            "GET /api/v1/status HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.{}\r\n\r\n",
            n % 2
        );
        answers.push(status(&ask_on(&mut kept, &request).await.0));
    }
    assert!(answers[..6].iter().all(|&status| status == 200), "{answers:?}");
    assert!(answers[8..].iter().filter(|&&status| status == 429).count() >= 2, "{answers:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_says_so_on_kept_connections_too() {
    let server = TestServer::start("[limits]\nmax_connections = 1\n").await;
    let _ada = server.player("Ada").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    ask_on(&mut stream, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    stream.write_all(handshake("/play", "").as_bytes()).await.unwrap();
    let (head, rest) = head_of(&mut stream).await;
    assert_eq!(status(&head), 101, "{head}");
    let mut socket = as_socket(stream, rest).await;
    assert_eq!(refusal(&mut socket).await, Refusal::ServerFull);
    // And ends: nobody keeps a spare place.
    assert!(timeout(PATIENCE, async { while let Some(Ok(_)) = socket.next().await {} }).await.is_ok());
    server.stop().await;
}
