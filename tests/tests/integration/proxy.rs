//! A cable between a client and the server that can be pulled: neither end is told anything but that TCP broke. Or it is
//! held: then neither end is told anything at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

#[derive(Debug)]
struct State {
    pulled: bool,
    held: watch::Sender<bool>,
    running: Vec<AbortHandle>,
}

/// Passes bytes on, both ways, to a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: AbortHandle,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (held, _) = watch::channel(false);
        let state = Arc::new(Mutex::new(State { pulled: false, held, running: Vec::new() }));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut state = shared.lock().unwrap();
                if state.pulled {
                    continue;
                }
                let held = state.held.subscribe();
                let passing = tokio::spawn(async move {
                    // A server that is gone is a broken line.
                    let Ok(server) = TcpStream::connect(server).await else { return };
                    let _ = (client.set_nodelay(true), server.set_nodelay(true));
                    let ((from, to), (back, out)) = (client.into_split(), server.into_split());
                    tokio::join!(pass(from, out, held.clone()), pass(back, to, held));
                });
                state.running.push(passing.abort_handle());
            }
        });
        Self { address, state, accepting: accepting.abort_handle() }
    }

    /// Breaks all connections, and lets none through until [`Self::mend`].
    pub(crate) fn pull(&self) {
        let mut state = self.state.lock().unwrap();
        state.pulled = true;
        state.running.drain(..).for_each(|passing| passing.abort());
    }

    /// Holds all bytes back, both ways, or lets them go on.
    pub(crate) fn hold(&self, held: bool) {
        self.state.lock().unwrap().held.send_replace(held);
    }

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().pulled = false;
    }
}

/// Passes bytes on, one way, except while they are held.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut held: watch::Receiver<bool>) {
    let mut bytes = vec![0; 4096];
    while let Ok(count) = from.read(&mut bytes).await {
        if held.wait_for(|held| !held).await.is_err() || count == 0 {
            break;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.pull();
    }
}
