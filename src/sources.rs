//! One adapter a product behind one trait, with its own settings; the shared HTTP client; the poller.
//!
//! A source reports observations and capabilities; it never decides business meaning.

pub mod settings;
