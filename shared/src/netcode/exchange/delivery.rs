//! What a transport guarantees.

/// How messages reach a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// All of them, in order: a WebSocket.
    #[default]
    Stream,
    /// Some of them, in any order, some of them twice: UDP, WebTransport's datagrams.
    Datagrams,
}
