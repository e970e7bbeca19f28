//! History: what is written is what is read, instant by instant, and the file bears what happens to files.

#[path = "history/clock.rs"]
mod clock;
#[path = "history/company.rs"]
mod company;
#[path = "history/kill.rs"]
mod kill;
#[path = "history/month.rs"]
mod month;
#[path = "history/remap.rs"]
mod remap;
#[path = "history/replay.rs"]
mod replay;
#[path = "history/survival.rs"]
mod survival;
