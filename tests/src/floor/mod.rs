//! The cost of the stack itself: a server that writes ready-made frames and drops what it reads, and clients that load
//! it.
//!
//! `make load-floor` measures it, as a baseline for the real server's figures. It knows no game, no protocol, and
//! nothing else of Perigee.
//!
//! - `server`: a tick thread and a task for each connection
//! - `load`: clients that send and count
//! - `main`: the program `perigee-floor`

mod load;
mod server;

pub use load::{Load, LoadReport, run as run_load};
pub use server::serve;

use std::time::{Duration, Instant};

/// Ticks a second, as a room's.
const TICK_HZ: u64 = 30;
/// A frame or an input fits easily; larger ones would not measure the floor of this game.
pub const MAX_MESSAGE_BYTES: usize = 1024;

/// When tick `number` is due: absolute, so that it does not drift.
fn due(epoch: Instant, number: u64) -> Instant {
    epoch + Duration::from_micros(number * 1_000_000 / TICK_HZ)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn every_client_gets_its_frames_and_the_server_ends_when_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let load = Load {
            url: format!("ws://{}/", listener.local_addr().unwrap()),
            count: 3,
            inputs_hz: 30,
            input_bytes: 9,
            warmup: Duration::from_millis(200),
            window: Duration::from_millis(500),
        };
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, 14, async { stopped.await.unwrap_or_default() }));
        let report = run_load(load).await;
        assert_eq!((report.failed, report.first_error), (0, None));
        // A loaded machine may stall, but a client that gets no frames is an error.
        assert!(report.frames_worst_client > 0.0);
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }
}
