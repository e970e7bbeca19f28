//! The public JSON and TOML of facts, worlds and expectations, in the shapes that other programs rely on.
//!
//! Fields are only ever added; decimals are strings, instants RFC 3339 in UTC, seconds integers.

pub mod facts;
pub mod scenario;
pub mod world;
