//! What the player has chosen: how it looks, sounds and is steered.
//!
//! `model` is what there is to choose, `memory` and `json` how it is remembered, `store` the one place where it is
//! kept while the page lives, `panel` where it is chosen and `key_rows` the part of it that is about keys.

mod json;
mod key_rows;
mod memory;
mod model;
mod panel;
mod store;

pub(crate) use model::{Hand, Settings, name_of};
pub(crate) use panel::SettingsPanel;
pub(crate) use store::Store;
