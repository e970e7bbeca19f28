//! The same world without a screen: for pipes, pagers, cron and tickets.

mod status;
pub mod words;

pub use status::status_text;
