//! bsmtop: which business process is hit, which SLA is in danger, what it costs per hour.

pub mod app;
pub mod config;
pub mod domain;
pub mod engine;
pub mod report;
pub mod sources;
pub mod view;
pub mod wire;
