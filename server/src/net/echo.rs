//! A socket that sends back every message: for the conformance run, and in no shipped build (the feature
//! `conformance`). It tests everything below a message: admission, meter, library, closing.

use crate::websocket::closing::{self, Fault};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// No test is idle for longer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}

pub(super) async fn serve<S>(mut ws: WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Ok(Some(next)) = timeout(IDLE_TIMEOUT, ws.next()).await {
        match next {
            Ok(Message::Close(_)) => return closing::answer(&mut ws).await,
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                if ws.send(message).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                let fault = Fault::of(&error);
                if let Some(code) = fault.code() {
                    closing::close(&mut ws, None, code, "").await;
                }
                return;
            }
        }
    }
}
