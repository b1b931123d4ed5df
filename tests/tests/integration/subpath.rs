//! The pages under a path of a proxy, as an operator has them who serves other things too: whatever they ask for is
//! beside them.

use crate::pages::{Driver, ONE_AT_A_TIME, script, text, until, until_state};
use crate::support::{PATIENCE, TOKEN, TestServer};
use fantoccini::Locator;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::timeout;

const PREFIX: &str = "/perigee";

/// Takes `/perigee` off each path and passes the request on; what has no such path is not there, and is noted.
struct Stripping {
    address: SocketAddr,
    strays: Arc<Mutex<Vec<String>>>,
    accepting: AbortHandle,
}

impl Stripping {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let strays = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&strays);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, Arc::clone(&noted)));
            }
        });
        Self { address, strays, accepting: accepting.abort_handle() }
    }
}

impl Drop for Stripping {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One request of a connection; then the connection ends, unless it became a socket.
async fn pass(mut client: TcpStream, server: SocketAddr, strays: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if client.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let end = head.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = (String::from_utf8_lossy(&head[..end]).into_owned(), head[end..].to_vec());
    let (line, headers) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let Some(inner) = target.strip_prefix(PREFIX).filter(|inner| inner.starts_with('/')) else {
        strays.lock().unwrap().push(target.to_owned());
        client
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await
            .ok()?;
        return None;
    };
    let is_socket = headers.to_ascii_lowercase().contains("upgrade: websocket");
    let headers: Vec<&str> = headers
        .split("\r\n")
        .filter(|line| is_socket || !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    let close = if is_socket { "" } else { "Connection: close\r\n" };
    let mut upstream = TcpStream::connect(server).await.ok()?;
    let head = format!("{method} {inner} {version}\r\n{close}{}", headers.join("\r\n"));
    upstream.write_all(head.as_bytes()).await.ok()?;
    upstream.write_all(&rest).await.ok()?;
    copy_bidirectional(&mut client, &mut upstream).await.ok()?;
    Some(())
}

/// The answer to a GET, whole.
async fn get(proxy: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: game.example\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Where a relative reference leads from a page.
fn resolved(page: &str, reference: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_pages_refer_to_is_found_under_the_path_of_a_proxy() {
    let server = TestServer::start("").await;
    let proxy = Stripping::start(server.address).await;
    for page in ["/perigee/", "/perigee/admin/", "/perigee/api/"] {
        let answer = get(proxy.address, page).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{page}: {answer}");
        let mut links = BTreeSet::new();
        for attribute in [" href=\"", " src=\"", " data-worker=\""] {
            let found = answer.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            links.extend(found.filter(|link| !link.starts_with('#') && !link.contains(':')));
        }
        assert!(links.len() >= 3, "{page}: {links:?}");
        for link in links {
            assert!(!link.starts_with('/'), "{page}: {link}");
            let linked = get(proxy.address, &resolved(page, link)).await;
            assert!(
                linked.starts_with("HTTP/1.1 200"),
                "{page}: {link}: {}",
                &linked[..linked.len().min(200)]
            );
        }
    }
    for (page, wanted) in [("/perigee/admin", "location: admin/"), ("/perigee/api", "location: api/")] {
        let answer = get(proxy.address, page).await;
        assert!(answer.starts_with("HTTP/1.1 307") && answer.contains(wanted), "{answer}");
    }
    let made = server
        .ask("POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
              Connection: close\r\n\r\n{}")
        .await;
    assert!(made.contains("location: rooms/"), "{made}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_game_and_the_console_are_played_under_the_path_of_a_proxy() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = TestServer::start("").await;
    let proxy = Stripping::start(server.address).await;
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/perigee/?name=Prefix&autojoin=1", proxy.address)).await.unwrap();
    until_state(&page, "live").await;
    assert_eq!(server.metric("perigee_players", "").await, 1.0);
    // The front page asks for rooms and pings; a tab that has a seat would go on in it.
    script(&page, "return sessionStorage.clear()").await;
    page.goto(&format!("http://{}/perigee/", proxy.address)).await.unwrap();
    until("the front page lists rooms", async || {
        text(&page, "#lobby-rooms").await.contains("arena").then_some(())
    })
    .await;
    page.goto(&format!("http://{}/perigee/admin", proxy.address)).await.unwrap();
    until_state(&page, "login").await;
    assert_eq!(script(&page, "return location.pathname").await, "/perigee/admin/");
    page.find(Locator::Css("#login-token")).await.unwrap().send_keys(TOKEN).await.unwrap();
    page.find(Locator::Css("#login-button")).await.unwrap().click().await.unwrap();
    until("the console is open", async || {
        (server.metric("perigee_admin_logins_total", "ok").await >= 1.0).then_some(())
    })
    .await;
    assert_eq!(*proxy.strays.lock().unwrap(), Vec::<String>::new());
    page.close().await.unwrap();
    server.stop().await;
}
