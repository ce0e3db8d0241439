//! What browsers see: pages, assets and the handlers behind them.

pub mod assets;
pub mod citizen;
pub mod format;
pub mod frame;
pub mod headers;
pub mod render;
pub mod texts;
