//! The terminal: the only code that knows what one is made of.
//!
//! Views make a [`Scene`](crate::view::scene::Scene); here it becomes bytes, and bytes from the keyboard become keys.
//! What this layer promises, whatever happens to the terminal:
//!
//! * it is given back as it was found on every way out: quitting, errors, panics, SIGTERM, SIGHUP, SIGINT, suspension
//!   ([`session`]);
//! * a terminal that died ends the program at once instead of spinning on it ([`input`]), and one that does not drain
//!   can't keep a signal from ending us ([`signals`]);
//! * it is never asked anything, so that a mute terminal costs no time;
//! * a frame is one `write`, and a frame in which nothing changed is none ([`output`]);
//! * no control character leaves the program but those written here.
//!
//! Reading order: [`session`], [`input`], [`decode`], [`output`].

pub mod capabilities;
pub mod clipboard;
pub mod color;
pub mod decode;
pub mod input;
pub mod notify;
pub mod output;
pub mod session;
pub mod signals;
pub mod tty;
