//! The market: the ticker along the top, and the panel with prices, chart and trade.
//!
//! - pure: `book` (prices and their change), `candles`, `deal` (how much can be traded)
//! - the page's side: `ticker`, `table`, `chart`, `trade_box`; `panel` brings them together
//!
//! Prices come from the server's ticker, names and the hold from the game's stage.

mod book;
mod candles;
mod chart;
mod deal;
mod panel;
mod table;
mod ticker;
mod trade_box;

pub(crate) use panel::MarketPanel;
