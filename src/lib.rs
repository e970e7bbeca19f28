//! bsmtop: which business process is hit, which SLA is in danger, what it costs per hour.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod report;
pub mod runtime;
pub mod sources;
pub mod term;
pub mod view;
pub mod wire;
