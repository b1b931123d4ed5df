//! A WebSocket client by hand: it sends whatever bytes a test likes, and sees every frame that comes back.

use crate::support::{PATIENCE, TestServer};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Opcodes (RFC 6455, 5.2).
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;
/// The bit of a message's last frame.
pub(crate) const FIN: u8 = 0x80;

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// The code of a close frame.
    pub(crate) fn close_code(&self) -> Option<u16> {
        assert_eq!(self.first, FIN | CLOSE);
        self.payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]))
    }
}

/// A masked frame; the mask is no zero, so that a server that forgets it is noticed.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x5a, 0x01, 0xfe, 0x33];
    let mut bytes = header(first, 0x80, payload.len() as u64);
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A frame's first bytes, up to the mask.
pub(crate) fn header(first: u8, mask_bit: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(mask_bit | length as u8),
        126..=0xffff => {
            bytes.push(mask_bit | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask_bit | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes
}

/// A close frame's payload.
pub(crate) fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

/// A handshake that every server of RFC 6455 takes, with further header lines, each with its end.
pub(crate) fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: game.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    /// Shakes hands for the socket at `path`.
    pub(crate) async fn open(server: &TestServer, path: &str) -> Self {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(handshake(path, "").as_bytes()).await.unwrap();
        let mut raw = Self { stream, unread: Vec::new() };
        let end = loop {
            if let Some(at) = raw.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(raw.more().await, "no answer to the handshake");
        };
        let head: Vec<u8> = raw.unread.drain(..end).collect();
        assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
        raw
    }

    /// Sends bytes; a server that has ended the connection does not take them, which is for the test to see elsewhere.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Sends a frame that is a whole message, or a control frame.
    pub(crate) async fn frame(&mut self, opcode: u8, payload: &[u8]) -> bool {
        self.send(&masked(FIN | opcode, payload)).await
    }

    /// The next frame; `None` when TCP ends.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.take() {
                return Some(frame);
            }
            if !timeout(PATIENCE, self.more()).await.expect("something comes in time") {
                assert!(self.unread.is_empty(), "TCP ended within a frame");
                return None;
            }
        }
    }

    /// The next frame with that opcode; others are passed over.
    pub(crate) async fn find(&mut self, opcode: u8) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.opcode() == opcode {
                return Some(frame);
            }
        }
    }

    /// The code of the server's close frame, after whatever else it sends; then TCP must end.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        let frame = self.find(CLOSE).await.expect("a close frame before TCP ends");
        let code = frame.close_code();
        // A client that was told answers, and the server goes first.
        self.frame(CLOSE, &frame.payload).await;
        let end = async { while self.next().await.is_some() {} };
        timeout(Duration::from_secs(3), end).await.expect("TCP ends soon after the close frame");
        code
    }

    /// Sends `chunk` again and again as fast as TCP takes it, and reads meanwhile: the server's close frame, and the time
    /// until it came. No more than `most` bytes are sent.
    pub(crate) async fn flood(&mut self, chunk: &[u8], most: usize) -> (Frame, Duration) {
        let begun = Instant::now();
        let (mut sent, mut takes) = (0, true);
        loop {
            if let Some(frame) = self.take() {
                if frame.opcode() == CLOSE {
                    return (frame, begun.elapsed());
                }
                continue;
            }
            let (mut reader, mut writer) = self.stream.split();
            // A frame that was sent in part must be gone on with.
            let from = sent % chunk.len();
            tokio::select! {
                biased;
                read = reader.read_buf(&mut self.unread) => {
                    assert!(matches!(read, Ok(1..)), "TCP ended before the close frame: {read:?}");
                }
                wrote = writer.write(&chunk[from..]), if takes && sent < most => match wrote {
                    Ok(count) => sent += count,
                    // What the server said is to be read all the same.
                    Err(_) => takes = false,
                },
                () = tokio::time::sleep(PATIENCE) => panic!("no close frame after {sent} bytes"),
            }
        }
    }

    /// Reads some more; false at the end.
    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.unread).await, Ok(1..))
    }

    fn take(&mut self) -> Option<Frame> {
        let bytes = &self.unread;
        let &[first, second, ..] = &bytes[..] else { return None };
        assert_eq!(second & 0x80, 0, "a server masks nothing");
        let (start, length) = match second {
            126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()))),
            127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap())),
            short => (2, u64::from(short)),
        };
        let end = start + length as usize;
        let payload = bytes.get(start..end)?.to_vec();
        self.unread.drain(..end);
        Some(Frame { first, payload })
    }
}
