//! A stream below a WebSocket that counts what is read, and ends a flood before the library processes it.
//!
//! The library answers pings and joins fragments by itself, in any number, without reporting them. So this parses the
//! bytes from frame to frame. Each frame costs one token of the client's rate, and one more for each kibibyte; when
//! none are left, the next read returns an error. It does not know the messages' meaning.

use super::rate::Rate;
use crate::metrics::{FrameKind, Metrics, SocketKind};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Frames of all kinds a second on a socket whose messages have a limit of their own.
pub(crate) const FRAMES_PER_SECOND: u32 = 120;
/// Bytes that cost as much as a frame.
const BYTES_PER_TOKEN: f64 = 1024.0;

/// The error of a read when the client has exceeded its rate.
#[derive(Debug, Error)]
#[error("too much came in too short a time")]
pub(crate) struct Flood;

impl Flood {
    /// Whether this is why a read failed.
    pub(crate) fn is_in(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

/// `inner`, whose reads are counted.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    inner: S,
    walk: Walk,
    rate: Rate,
    socket: SocketKind,
    metrics: Arc<Metrics>,
}

impl<S> Metered<S> {
    /// For a stream that begins with a frame: the HTTP request was read already.
    pub(crate) fn new(inner: S, per_second: u32, socket: SocketKind, metrics: Arc<Metrics>) -> Self {
        let rate = Rate::new(per_second, Instant::now());
        Self { inner, walk: Walk::Frame, rate, socket, metrics }
    }

    fn count(&mut self, bytes: &[u8]) -> io::Result<()> {
        let counters = &self.metrics.frames;
        counters.read(self.socket, bytes.len());
        let mut frames = 0;
        self.walk.over(bytes, |kind| {
            counters.frame(self.socket, kind);
            frames += 1;
        });
        let cost = f64::from(frames) + bytes.len() as f64 / BYTES_PER_TOKEN;
        if !self.rate.take(cost, Instant::now()) {
            return Err(io::Error::other(Flood));
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        Poll::Ready(self.count(&buf.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// The position in a client's bytes (RFC 6455, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    /// Before a frame.
    Frame,
    /// Before the byte with the mask bit and the length.
    Length,
    /// In an extended length, with this many bytes left.
    Longer { left: u8, length: u64, mask: u8 },
    /// In mask and payload, with this many bytes left.
    Payload(u64),
}

impl Walk {
    /// Parses `bytes` and reports each frame that begins in them.
    fn over(&mut self, mut bytes: &[u8], mut on_frame: impl FnMut(FrameKind)) {
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = rest;
            *self = match *self {
                Self::Frame => {
                    on_frame(FrameKind::of(byte & 0x0f));
                    Self::Length
                }
                Self::Length => {
                    let mask = if byte & 0x80 != 0 { 4 } else { 0 };
                    match byte & 0x7f {
                        126 => Self::Longer { left: 2, length: 0, mask },
                        127 => Self::Longer { left: 8, length: 0, mask },
                        short => Self::payload(u64::from(short), mask),
                    }
                }
                Self::Longer { left, length, mask } => {
                    let length = length << 8 | u64::from(byte);
                    match left {
                        1 => Self::payload(length, mask),
                        _ => Self::Longer { left: left - 1, length, mask },
                    }
                }
                Self::Payload(left) => {
                    // Skips all of the payload that is here, including this byte.
                    let more = (left - 1).min(bytes.len() as u64);
                    bytes = &bytes[more as usize..];
                    match left - 1 - more {
                        0 => Self::Frame,
                        left => Self::Payload(left),
                    }
                }
            };
        }
    }

    fn payload(length: u64, mask: u8) -> Self {
        match length.saturating_add(u64::from(mask)) {
            0 => Self::Frame,
            left => Self::Payload(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    fn walked(walk: &mut Walk, bytes: &[u8]) -> Vec<FrameKind> {
        let mut kinds = Vec::new();
        walk.over(bytes, |kind| kinds.push(kind));
        kinds
    }

    /// A masked frame.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..=125 => bytes.push(0x80 | payload as u8),
            126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.extend([0x82; 4]);
        // A payload that looks like frames.
        bytes.resize(bytes.len() + payload, 0x89);
        bytes
    }

    #[test]
    fn every_frame_is_seen_however_the_bytes_are_cut() {
        use FrameKind::{Binary, Close, Continuation, Ping, Pong, Reserved, Text};
        let mut bytes = Vec::new();
        let frames = [
            (0x82, 3, Binary),
            (0x89, 0, Ping),
            (0x8a, 125, Pong),
            (0x01, 0, Text),
            (0x00, 126, Continuation),
            (0x80, 70_000, Continuation),
            (0x83, 1, Reserved),
            (0x88, 2, Close),
        ];
        frames.iter().for_each(|&(first, payload, _)| bytes.extend(frame(first, payload)));
        // An unmasked frame is not valid from a client, but counted all the same.
        bytes.extend([0x89, 0, 0x89, 0]);
        let mut expected: Vec<FrameKind> = frames.iter().map(|&(_, _, kind)| kind).collect();
        expected.extend([Ping, Ping]);
        for size in [1, 2, 3, 7, 512, bytes.len()] {
            let mut walk = Walk::Frame;
            let kinds: Vec<FrameKind> =
                bytes.chunks(size).flat_map(|chunk| walked(&mut walk, chunk)).collect();
            assert_eq!((kinds, walk), (expected.clone(), Walk::Frame), "{size}");
        }
        let mut walk = Walk::Frame;
        let mut endless = vec![0x82, 0xff];
        endless.extend([0xff; 8]);
        assert_eq!(walked(&mut walk, &endless), [Binary], "the longest length there is");
        assert!(walked(&mut walk, &bytes).is_empty());
    }

    #[tokio::test]
    async fn a_flood_of_any_frames_ends_in_an_error_and_is_counted() {
        for (first, payload, kind) in
            [(0x89, 0, "ping"), (0x00, 0, "continuation"), (0x8a, 125, "pong"), (0x82, 1000, "binary")]
        {
            let metrics = Arc::new(Metrics::new());
            let flood = frame(first, payload).repeat(2000);
            let mut stream = Metered::new(&flood[..], 120, SocketKind::Play, Arc::clone(&metrics));
            let mut read = 0;
            let error = loop {
                match stream.read(&mut [0; 512]).await {
                    Ok(0) => panic!("all of the flood was read"),
                    Ok(more) => read += more,
                    Err(error) => break error,
                }
            };
            assert!(Flood::is_in(&error), "{error}");
            assert!(read < 300_000, "{read}");
            let text = metrics.encode(&crate::lobby::Lobby::new(Vec::new()));
            let line = format!("perigee_frames_received_total{{socket=\"play\",kind=\"{kind}\"}} ");
            let count = text.lines().find_map(|found| found.strip_prefix(&line)).expect("a count");
            let most = 241 + 512 / (payload + 6) as u64;
            assert!((100..=most).contains(&count.parse().unwrap()), "{kind}: {count}");
        }
        assert!(!Flood::is_in(&io::Error::other("else")));
    }
}
