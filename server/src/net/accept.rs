//! The listener: a place for each connection, TLS, and a task for each.

use super::context::Context;
use super::places::Place;
use super::route;
use super::seldom::Seldom;
use crate::address::AddressKey;
use crate::tls::Certificates;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing::{debug, warn};

/// Pause after the system refused to accept, for example because it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the server drains, then waits until they have ended, at most for the drain time.
pub(crate) async fn serve(listener: TcpListener, context: Arc<Context>) {
    let mut draining = context.draining.clone();
    let trouble = Seldom::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        match accepted {
            Ok((socket, peer)) => welcome(socket, peer, &context),
            Err(error) => {
                context.metrics.accept_failures.inc();
                // An idle connection yields, which frees its descriptor.
                context.door.places.yield_one(Instant::now());
                if let Some(left_out) = trouble.again(Instant::now()) {
                    warn!(%error, left_out, "the system does not accept connections");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(context.limits.drain_time(), context.door.places.empty()).await.is_err() {
        warn!("some connections did not end in time");
    }
}

/// Starts the task of a connection, if there is a place for it.
fn welcome(socket: TcpStream, peer: SocketAddr, context: &Arc<Context>) {
    context.metrics.connections_total.inc();
    // The clients behind a proxy's connection are not known yet, so it is counted for no address.
    let key = (!context.door.proxies().trust(peer.ip())).then(|| AddressKey::from(peer.ip()));
    let place = match context.door.places.enter(key, Instant::now()) {
        Ok(place) => place,
        Err(full) => {
            context.metrics.refused(full.label());
            // Rate limited: however many there are, the log gets a few lines with their number.
            return warn!(address = %peer.ip(), reason = full.label(), "no place for a connection");
        }
    };
    let context = Arc::clone(context);
    tokio::spawn(async move { connection(socket, peer, place, &context).await });
}

/// Bytes that the kernel may keep for a socket unsent. They are outdated when they leave: with a full line, a snapshot
/// is better made later.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 2048;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bound_unsent(socket: &TcpStream) {
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT_BYTES) {
        debug!(%error, "no TCP_NOTSENT_LOWAT");
    }
}

/// On other systems only the window of unacknowledged ticks bounds what waits.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bound_unsent(_socket: &TcpStream) {}

async fn connection(socket: TcpStream, peer: SocketAddr, place: Place, context: &Arc<Context>) {
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
    bound_unsent(&socket);
    match &context.tls {
        Some(certificates) => Box::pin(encrypted(socket, peer, place, certificates, context)).await,
        None => route::serve(socket, peer, place, Arc::clone(context)).await,
    }
}

async fn encrypted(
    socket: TcpStream,
    peer: SocketAddr,
    place: Place,
    certificates: &Certificates,
    context: &Arc<Context>,
) {
    let handshake = timeout(context.limits.http_timeout(), certificates.acceptor().accept(socket));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = place.lost() => return context.metrics.refused("http_yielded"),
    };
    match shaken {
        Ok(Ok(stream)) => Box::pin(route::serve(stream, peer, place, Arc::clone(context))).await,
        Ok(Err(error)) => {
            debug!(%error, "no TLS handshake");
            context.metrics.refused("tls");
        }
        Err(_) => context.metrics.refused("tls_timeout"),
    }
}
