//! The same world without a screen: for pipes, pagers, cron and tickets; and what history says of a stretch of time,
//! for a reader who was not there.

mod account;
mod csv;
mod customer;
mod document;
mod json;
mod markdown;
mod period;
mod prometheus;
mod status;
pub mod words;

pub use self::csv::csv;
pub use account::Account;
pub use customer::customer;
pub use document::{Cell, Column, Document, Part};
pub use json::json;
pub use markdown::markdown;
pub use period::period;
pub use prometheus::{CONTENT_TYPE, prometheus_text};
pub use status::status_text;
