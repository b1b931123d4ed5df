//! Chat: `log` keeps the lines, `typed` reads what is written, `panel` is the page's side.

mod log;
mod panel;
mod typed;

pub(crate) use panel::Chat;
