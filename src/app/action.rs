//! The one table of what a key can do: names, help, keys, when it is possible and what it does.
//!
//! Keymap, help and status line are made from it; nothing else knows a key.

use super::message::Effect;
use super::model::Model;
use super::place::Screen;
use super::{attention, flood, lens, menu, motion, navigate, palette, past, pick, poll, prompt, wall, whatif, write};
use crate::domain::write::WriteKind::{Acknowledge, Comment, Create, Link, Silence};

/// Where an action is offered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Context {
    /// Everywhere.
    Global,
    /// Where a list has the focus.
    List,
    /// In a tree, before what lists offer.
    Tree,
    /// While the wall is up, and nothing else.
    Wall,
}

impl Context {
    /// All contexts, in the order of the help.
    pub const ALL: [Self; 4] = [Self::List, Self::Tree, Self::Global, Self::Wall];

    /// Whether both can apply at once with neither before the other, so that a key can't be in both.
    pub fn meets(self, other: Self) -> bool {
        let everywhere = |context| matches!(context, Self::Global | Self::List);
        self == other || everywhere(self) && everywhere(other)
    }

    /// Its heading in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "EVERYWHERE",
            Self::List => "IN A LIST",
            Self::Tree => "IN A TREE",
            Self::Wall => "ON THE WALL",
        }
    }
}

/// Whether an action is possible now; if not, the reason, for the operator.
pub type Enabled = Result<(), &'static str>;

/// Something a key can do.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// What a keymap calls it.
    pub name: &'static str,
    /// What it does, for the help.
    pub title: &'static str,
    /// One word for the status line; empty where it is not shown there.
    pub hint: &'static str,
    /// Where it is offered.
    pub context: Context,
    /// Its keys unless the operator has others, as [`super::key::Key`] prints them.
    pub keys: &'static [&'static str],
    /// Whether it is possible now.
    pub enabled: fn(&Model) -> Enabled,
    /// Does it.
    pub run: fn(&mut Model) -> Vec<Effect>,
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all actions of the table")]
const fn always(_: &Model) -> Enabled {
    Ok(())
}

macro_rules! actions {
    ($($context:ident $name:literal [$($key:literal),*] $hint:literal, $title:expr, $enabled:expr => $run:expr;)*) => {
        &[$(Action {
            name: $name,
            title: $title,
            hint: $hint,
            context: Context::$context,
            keys: &[$($key),*],
            enabled: $enabled,
            run: $run,
        }),*]
    };
}

/// The order of the status line, which shows those with a hint that are possible, as room allows: what belongs to the
/// screen and what somebody on call does first; what is not named here comes after it.
const HINTS: [&str; 18] = [
    "open",
    "why",
    "as-of",
    "zoom-out",
    "zoom-in",
    "later",
    "earlier",
    "acknowledge",
    "ticket",
    "what-if",
    "unfold",
    "close",
    "filter",
    "command",
    "tree",
    "browse",
    "sort",
    "copy",
];

/// The actions that the status line offers, in its order.
pub fn hinted(model: &Model) -> Vec<&'static Action> {
    let contexts = super::contexts(model);
    // Steps through time are offered where time is what is looked at.
    let belongs = |action: &Action| action.name != "earlier" || past::has_axis(model).is_ok();
    let offered = ACTIONS.iter().filter(|action| !action.hint.is_empty() && contexts.contains(&action.context));
    let mut offered: Vec<_> = offered.filter(|action| belongs(action) && (action.enabled)(model).is_ok()).collect();
    offered.sort_by_key(|action| HINTS.iter().position(|name| *name == action.name).unwrap_or(HINTS.len()));
    offered
}

/// All actions, in the order of the help; [`hinted`] are those of the status line.
pub const ACTIONS: &[Action] = actions! {
    List "open"        ["Enter"] "open", "open the selected row", navigate::can_open => navigate::open;
    List "why"         ["w"] "why", "why it is so: rule, deciding parts, money, place in the list", navigate::can_explain => navigate::why;
    List "tree"        ["x"] "tree", "what it rests on, as a tree", navigate::can_grow => navigate::tree;
    Global "filter"    ["/"] "filter", "filter lists: words, owner:web, sev>=major, age>2h, cost>1000; ! for without", always => prompt::open;
    Global "command"   [":"] "command", "every action, command and thing by its name", always => palette::open;
    List "sort"        ["s"] "sort", "choose the order of the list", menu::can_sort => menu::sort;
    List "columns"     ["C"] "", "choose the columns of the list", menu::has_columns => menu::columns;
    List "mark"        ["v"] "", "mark the row, to do something with several", navigate::has_selection => motion::mark;
    List "unmark"      ["V"] "", "take all marks away", motion::has_marks => motion::unmark;
    List "group"       ["u"] "", "group signals by the process they hit, or list them apart", flood::can_group => flood::group;
    Tree "close"       ["h", "Left"] "close", "close, or go to what is above", always => motion::close;
    Tree "unfold"      ["l", "Right"] "unfold", "show what is below, or go into it", always => motion::unfold;
    List "copy"        ["y"] "copy id", "copy the id of the selected row", navigate::has_selection => navigate::copy;
    List "copy-more"   ["Y"] "", "copy something else of it: text, link", navigate::has_selection => pick::copy;
    List "browse"      ["o"] "browser", "open alert, ticket, runbook or dashboard in the browser", pick::can_open => pick::open;
    List "acknowledge" ["a"] "ack", "acknowledge; on a process all causes that nobody is on", write::can_acknowledge => |model| write::open(model, Acknowledge);
    List "ticket"      ["t"] "ticket", "open a ticket about it, with impact, money, SLA and links", write::can_create => |model| write::open(model, Create);
    List "comment"     ["c"] "", "comment on it", write::can_comment => |model| write::open(model, Comment);
    List "silence"     ["m"] "", "keep it quiet for a time: silence, downtime", write::can_silence => |model| write::open(model, Silence);
    List "link"        ["L"] "", "have an open ticket point at it", write::can_link => |model| write::open(model, Link);
    Global "what-if"   ["!"] "what if", "assume states: what would be hit, and what it would cost", whatif::can_ask => whatif::ask;
    Global "freeze"    ["space"] "freeze", "freeze the screen, and let it run again", always => lens::freeze;
    Global "poll"      ["r"] "poll", "ask all sources now; on Sources the selected one", poll::can_poll => poll::now;
    Global "overview"  ["1"] "", Screen::Overview.title(), always => |model| navigate::go(model, Screen::Overview);
    Global "processes" ["2"] "", Screen::Processes.title(), always => |model| navigate::go(model, Screen::Processes);
    Global "sla"       ["3"] "", Screen::Sla.title(), always => |model| navigate::go(model, Screen::Sla);
    Global "cost"      ["4"] "", Screen::Cost.title(), always => |model| navigate::go(model, Screen::Cost);
    Global "signals"   ["5"] "", Screen::Signals.title(), always => |model| navigate::go(model, Screen::Signals);
    Global "tickets"   ["6"] "", Screen::Tickets.title(), always => |model| navigate::go(model, Screen::Tickets);
    Global "timeline"  ["7"] "", Screen::Timeline.title(), always => |model| navigate::go(model, Screen::Timeline);
    Global "map"       ["8"] "", Screen::Map.title(), always => |model| navigate::go(model, Screen::Map);
    Global "sources"   ["9"] "", Screen::Sources.title(), always => |model| navigate::go(model, Screen::Sources);
    Global "log"       ["E"] "", Screen::Log.title(), always => |model| navigate::go(model, Screen::Log);
    Global "earlier"   ["["] "earlier", "back in time: the company as it stood when something happened before", always => past::earlier;
    Global "later"     ["]"] "later", "forward in time, at last to now", past::is_back => past::later;
    List "as-of"       ["@"] "as of", "on Timeline: the company as of the selected event", past::can_look => past::look;
    Global "zoom-in"   ["="] "closer", "on Timeline: less of the past", past::has_axis => |model| past::zoom(model, -1);
    Global "zoom-out"  ["-"] "wider", "on Timeline: more of the past", past::has_axis => |model| past::zoom(model, 1);
    Global "wall"      ["0"] "wall", "the wall: big letters, for a screen across the room", always => wall::up;
    Wall "wall-next"   ["Right", "l"] "next page", "next page", always => |model| wall::turn(model, 1);
    Wall "wall-before" ["Left", "h"] "", "page before", always => |model| wall::turn(model, -1);
    Wall "wall-hold"   ["space"] "hold", "hold the page, or go on turning pages", always => wall::hold;
    Wall "wall-hide"   ["p"] "hide names", "hide names and money, or show them", always => wall::hide;
    Wall "wall-theme"  ["T"] "", "next theme", palette::has_themes => wall::theme;
    Wall "wall-paint"  ["Ctrl-l"] "", "paint the screen anew", always => |_| vec![Effect::Repaint];
    Wall "wall-leave"  ["Esc", "0"] "leave", "leave the wall", wall::can_leave => wall::down;
    Wall "wall-quit"   ["q", "Ctrl-c"] "", "quit", wall::can_leave => wall::quit;
    List "down"        ["j", "Down"] "", "next row", always => |model| motion::step(model, 1);
    List "up"          ["k", "Up"] "", "row before", always => |model| motion::step(model, -1);
    List "page-down"   ["PgDn", "Ctrl-d"] "", "half a page down", always => |model| motion::page(model, 1);
    List "page-up"     ["PgUp", "Ctrl-u"] "", "half a page up", always => |model| motion::page(model, -1);
    List "top"         ["g", "Home"] "", "first row", always => |model| motion::step(model, isize::MIN);
    List "bottom"      ["G", "End"] "", "last row", always => |model| motion::step(model, isize::MAX);
    Global "next-pane" ["Tab"] "", "next pane", motion::has_panes => |model| motion::pane(model, 1);
    Global "prev-pane" ["S-Tab"] "", "pane before", motion::has_panes => |model| motion::pane(model, -1);
    Global "back"      ["Esc"] "", "one step back: close, clear the filter, leave", always => navigate::back;
    Global "theme"     ["T"] "", "choose the theme", palette::has_themes => |model| palette::open_with(model, "theme ");
    Global "snooze"    ["z"] "", "no bell for a while, or let it ring again", always => attention::snooze;
    Global "seen"      ["n"] "", "count everything as seen: no marks of what is new", always => attention::seen;
    Global "reload"    [] "", "read configuration, map, keys and themes again", always => |_| vec![Effect::Reload];
    Global "repaint"   ["Ctrl-l"] "", "paint the screen anew", always => |_| vec![Effect::Repaint];
    Global "suspend"   ["Ctrl-z"] "", "stop, to go on later with fg", always => |_| vec![Effect::Suspend];
    Global "help"      ["?"] "keys", "these keys", always => navigate::help;
    Global "quit"      ["q", "Ctrl-c"] "", "quit", always => |_| vec![Effect::Quit];
};
