//! The same world without a screen: for pipes, pagers, cron and tickets.

mod prometheus;
mod status;
pub mod words;

pub use prometheus::{CONTENT_TYPE, prometheus_text};
pub use status::status_text;
