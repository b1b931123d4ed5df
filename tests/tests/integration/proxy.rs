//! A cable between a client and the server that can be pulled: neither end is told anything but that TCP broke.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

#[derive(Debug, Default)]
struct State {
    pulled: bool,
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
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut state = shared.lock().unwrap();
                if state.pulled {
                    continue;
                }
                let passing = tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    let _ = (client.set_nodelay(true), server.set_nodelay(true));
                    let _ = copy_bidirectional(&mut client, &mut server).await;
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

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().pulled = false;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.pull();
    }
}
