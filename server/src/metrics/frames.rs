//! What is read from WebSockets: bytes, and frames by their kind, including those that never become a message.

use super::Adder;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// One of the server's sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketKind {
    /// A player's.
    Play,
    /// A reader's of the public feed.
    Feed,
    /// An admin console's.
    Console,
    /// The echo socket of the conformance tests.
    #[cfg(feature = "conformance")]
    Echo,
}

const SOCKETS: usize = if cfg!(feature = "conformance") { 4 } else { 3 };

impl SocketKind {
    const ALL: [(Self, &'static str); SOCKETS] = [
        (Self::Play, "play"),
        (Self::Feed, "feed"),
        (Self::Console, "console"),
        #[cfg(feature = "conformance")]
        (Self::Echo, "echo"),
    ];
}

/// The kind of a frame (RFC 6455, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// More of a message.
    Continuation,
    /// A text message, or its beginning.
    Text,
    /// A binary message, or its beginning.
    Binary,
    /// The last frame.
    Close,
    /// A check whether the peer is there.
    Ping,
    /// The answer.
    Pong,
    /// Not defined by the RFC.
    Reserved,
}

impl FrameKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Continuation, "continuation"),
        (Self::Text, "text"),
        (Self::Binary, "binary"),
        (Self::Close, "close"),
        (Self::Ping, "ping"),
        (Self::Pong, "pong"),
        (Self::Reserved, "reserved"),
    ];

    /// The kind of an opcode.
    pub(crate) fn of(opcode: u8) -> Self {
        match opcode {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => Self::Reserved,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Socket {
    socket: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Frame {
    socket: &'static str,
    kind: &'static str,
}

/// The counters, found without a lock.
#[derive(Debug)]
pub struct FrameCounters {
    bytes: [Counter; SOCKETS],
    frames: [[Counter; FrameKind::ALL.len()]; SOCKETS],
}

impl FrameCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        let bytes: Family<Socket, Counter> =
            new.add("socket_bytes_read", "Bytes read from WebSockets, whatever came of them");
        let frames: Family<Frame, Counter> =
            new.add("frames_received", "WebSocket frames received, by socket and kind");
        Self {
            bytes: SocketKind::ALL.map(|(_, socket)| bytes.get_or_create_owned(&Socket { socket })),
            frames: SocketKind::ALL.map(|(_, socket)| {
                FrameKind::ALL.map(|(_, kind)| frames.get_or_create_owned(&Frame { socket, kind }))
            }),
        }
    }

    /// Bytes were read.
    pub(crate) fn read(&self, socket: SocketKind, bytes: usize) {
        self.bytes[socket as usize].inc_by(bytes as u64);
    }

    /// A frame began.
    pub(crate) fn frame(&self, socket: SocketKind, kind: FrameKind) {
        self.frames[socket as usize][kind as usize].inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kinds_place_is_its_number() {
        assert!(SocketKind::ALL.iter().enumerate().all(|(at, &(kind, _))| kind as usize == at));
        assert!(FrameKind::ALL.iter().enumerate().all(|(at, &(kind, _))| kind as usize == at));
    }
}
