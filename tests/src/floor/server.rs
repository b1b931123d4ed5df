//! The floor's server: one thread ticks and wakes the connections; each connection's task writes one ready-made frame a
//! tick and drops what it reads.
//!
//! Threads, socket options and WebSocket buffers are the real server's (`net::route`, `room::run`). Everything else is
//! minimal: one task and one waker a connection, no lock, no timeout, no counter, no decoding.

use crate::floor::{MAX_MESSAGE_BYTES, due};
use futures_util::task::AtomicWaker;
use futures_util::{SinkExt, StreamExt};
use std::future::{Future, poll_fn};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::task::{Context, Poll};
use std::thread;
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

/// Connections that may wait for their first tick; further ones are closed.
const MAX_NEWCOMERS: usize = 1024;
/// As in the real server, which explains it.
const READ_BUFFER_BYTES: usize = 512;

/// Shared between the tick thread and a connection's task.
#[derive(Debug, Default)]
struct FloorSeat {
    is_due: AtomicBool,
    waker: AtomicWaker,
}

/// Serves until `stop` is ready.
///
/// # Errors
/// If the system cannot start a thread.
pub async fn serve(
    listener: TcpListener,
    frame_bytes: usize,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (joining, newcomers) = sync_channel(MAX_NEWCOMERS);
    let ticks = thread::Builder::new().name("tick".to_owned()).spawn(move || tick(&newcomers))?;
    tokio::select! {
        () = accept(listener, frame_bytes, &joining) => {}
        () = stop => {}
    }
    // The tick thread ends when no further connection can join.
    drop(joining);
    ticks.join().map_err(|_| io::Error::other("the tick thread panicked"))
}

async fn accept(listener: TcpListener, frame_bytes: usize, joining: &SyncSender<Arc<FloorSeat>>) {
    loop {
        // A failed connection is missing from the load's count; there is no other report of it.
        let Ok((socket, _)) = listener.accept().await else { continue };
        let seat = Arc::new(FloorSeat::default());
        if joining.try_send(Arc::clone(&seat)).is_ok() {
            tokio::spawn(async move {
                let mut ws = upgrade(socket).await?;
                // Its own copy, so that no two tasks share a reference count.
                let frame = Bytes::from(vec![0x5a; frame_bytes]);
                poll_fn(|cx| poll(&mut ws, &seat, &frame, cx)).await
            });
        }
    }
}

async fn upgrade(socket: TcpStream) -> Result<WebSocketStream<TcpStream>, Error> {
    socket.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    accept_async_with_config(socket, Some(config)).await
}

/// Writes a frame if one is due, and drops what was read. Ready when the connection has ended.
fn poll(
    ws: &mut WebSocketStream<TcpStream>,
    seat: &FloorSeat,
    frame: &Bytes,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    // Registered before the check, so that a tick between the two is not lost.
    seat.waker.register(cx.waker());
    if seat.is_due.swap(false, Ordering::AcqRel)
        && let Poll::Ready(ready) = ws.poll_ready_unpin(cx)
    {
        ready?;
        // The write buffer's size is 0: this writes to the socket. What the socket does not accept is written by the
        // next `poll_ready`.
        ws.start_send_unpin(Message::Binary(frame.clone()))?;
    }
    while let Poll::Ready(read) = ws.poll_next_unpin(cx) {
        match read {
            Some(message) => drop(message?),
            None => return Poll::Ready(Ok(())),
        }
    }
    Poll::Pending
}

/// Wakes every connection once a tick, until no further connection can join.
fn tick(newcomers: &Receiver<Arc<FloorSeat>>) {
    let epoch = Instant::now();
    let mut seats: Vec<Arc<FloorSeat>> = Vec::new();
    let mut number = 0;
    loop {
        number = sleep_to_next(epoch, number);
        loop {
            match newcomers.try_recv() {
                Ok(seat) => seats.push(seat),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        // A task that has ended has dropped its half.
        seats.retain(|seat| Arc::strong_count(seat) > 1);
        for seat in &seats {
            seat.is_due.store(true, Ordering::Release);
            seat.waker.wake();
        }
    }
}

/// Sleeps until the first tick after `number` that is still due. As in a room, ticks missed by a stall are skipped.
fn sleep_to_next(epoch: Instant, number: u64) -> u64 {
    let mut next = number + 1;
    let now = Instant::now();
    while due(epoch, next + 1) <= now {
        next += 1;
    }
    thread::sleep(due(epoch, next).saturating_duration_since(now));
    next
}
