//! Model, message, update: what the console is doing, without a terminal, a network or a wall clock.

pub mod key;
pub mod message;
