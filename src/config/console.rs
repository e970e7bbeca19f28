//! `[console]` of config.toml: how the console looks and when it makes itself heard.

use chrono::TimeDelta;

use super::hours;
use super::names::Scope;
use super::reader::Table;
use super::scalar;
use crate::domain::map::Calendar;

/// How the console looks and when it makes itself heard; the command line goes before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Console {
    /// The theme to start with; `None`: the standard one.
    pub theme: Option<String>,
    /// Whether clicks select and the wheel scrolls.
    pub mouse: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the bell rings when the business is newly hit.
    pub bell: bool,
    /// By which sequence the terminal is asked to notify, if by any.
    pub notify: Notify,
    /// The hours in which neither happens.
    pub quiet: Option<Calendar>,
    /// How long `z` keeps both away.
    pub snooze: TimeDelta,
}

/// By which sequence the terminal is asked to notify.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notify {
    /// By the one that the terminal is known to understand, if any.
    Auto,
    /// OSC 9: iTerm2, WezTerm, Windows Terminal.
    Osc9,
    /// OSC 99: kitty.
    Osc99,
    /// OSC 777: urxvt, foot, Ghostty, VTE.
    Osc777,
    /// By none.
    None,
}

/// The words of [`Notify`].
pub(super) static NOTIFY: [&str; 5] = ["auto", "osc9", "osc99", "osc777", "none"];

impl Default for Console {
    fn default() -> Self {
        Self {
            theme: None,
            mouse: false,
            ascii: false,
            bell: true,
            notify: Notify::Auto,
            quiet: None,
            snooze: TimeDelta::minutes(15),
        }
    }
}

/// Reads the table.
pub(super) fn read(table: Table<'_>, scope: &Scope<'_>) -> Console {
    let usual = Console::default();
    let flag = |key: &str, usual: bool| if table.has(key) { table.flag(key) } else { usual };
    Console {
        theme: table.string("theme"),
        mouse: flag("mouse", usual.mouse),
        ascii: flag("ascii", usual.ascii),
        bell: flag("bell", usual.bell),
        notify: match table.text("notify") {
            Some("osc9") => Notify::Osc9,
            Some("osc99") => Notify::Osc99,
            Some("osc777") => Notify::Osc777,
            Some("none") => Notify::None,
            _ => usual.notify,
        },
        quiet: table.has("quiet").then(|| hours::read_week(table, "quiet", scope)),
        snooze: table.read("snooze", scalar::duration).unwrap_or(usual.snooze),
    }
}
