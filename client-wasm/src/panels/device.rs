//! What proves that this device is a player's: kept in the browser until the player says to forget it.

use crate::page::Page;
use perigee_shared::protocol::DeviceToken;

/// Where it is kept.
const KEY: &str = "perigee.device";

/// The token, if there is one.
pub(crate) fn remembered(page: &Page) -> Option<DeviceToken> {
    let kept = page.window.local_storage().ok()??.get_item(KEY).ok()??;
    DeviceToken::from_hex(&kept)
}

/// Keeps it for the next visit, where the browser allows it.
pub(crate) fn remember(page: &Page, token: DeviceToken) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        // Where nothing can be kept, the next visit is a new player's.
        let _ = storage.set_item(KEY, &token.to_hex());
    }
}

/// Forgets it, and the name with it.
pub(crate) fn forget(page: &Page) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        let _ = storage.remove_item(KEY);
        let _ = storage.remove_item(crate::options::NAME_KEY);
    }
}
