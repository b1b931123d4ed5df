//! Bytes with their compressed forms, each computed when first requested and then kept.

use super::coding::Coding;
use bytes::Bytes;
use tokio::sync::OnceCell;

/// Bytes that are sent to many.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) plain: Bytes,
    gzip: OnceCell<Option<Bytes>>,
    brotli: OnceCell<Option<Bytes>>,
}

impl Packed {
    pub(crate) fn new(plain: Bytes) -> Self {
        Self { plain, gzip: OnceCell::new(), brotli: OnceCell::new() }
    }

    /// The bytes in that coding; `None` if plain bytes are as good.
    pub(crate) async fn packed(&self, coding: Coding) -> Option<Bytes> {
        let cell = match coding {
            Coding::Plain => return None,
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
        };
        let pack = || async {
            let plain = self.plain.clone();
            // After a panic plain bytes are sent.
            let packed = tokio::task::spawn_blocking(move || coding.pack(&plain)).await;
            packed.ok().flatten().map(Bytes::from)
        };
        cell.get_or_init(pack).await.clone()
    }
}
