//! The few signs of the console, as Unicode and as ASCII: each one cell wide, none an emoji.

/// A set of signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Glyphs {
    /// Nothing is wrong.
    pub ok: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// Seriously affected.
    pub risk: &'static str,
    /// Down.
    pub critical: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Somebody is on it.
    pub ack: &'static str,
    /// Planned.
    pub maintenance: &'static str,
    /// Not fresh.
    pub stale: &'static str,
    /// Did not answer yet.
    pub pending: &'static str,
    /// Began since somebody looked.
    pub new: &'static str,
    /// Left of the selected row.
    pub cursor: &'static str,
    /// A row that is marked.
    pub mark: &'static str,
    /// A light line.
    pub line: &'static str,
    /// A heavy line.
    pub heavy: &'static str,
    /// Half a heavy line.
    pub half: &'static str,
    /// A line between columns.
    pub bar: &'static str,
    /// Where a line between columns crosses one between rows.
    pub cross: &'static str,
    /// The lower corners of a box.
    pub corners: [&'static str; 2],
    /// What was cut.
    pub cut: &'static str,
    /// Between parts of a sentence.
    pub dot: &'static str,
    /// Between steps of a way.
    pub step: &'static str,
    /// From one state to another.
    pub becomes: &'static str,
    /// At least.
    pub at_least: &'static str,
    /// Converted or estimated.
    pub about: &'static str,
    /// No figure.
    pub none: &'static str,
    /// A branch that is closed.
    pub closed: &'static str,
    /// A branch that is open.
    pub open: &'static str,
    /// A child, before others.
    pub child: &'static str,
    /// The last child.
    pub last_child: &'static str,
    /// Falls.
    pub down: &'static str,
    /// Bars from nothing to full.
    pub levels: [&'static str; 9],
}

/// For terminals that speak UTF-8.
pub const UNICODE: Glyphs = Glyphs {
    ok: "●",
    warning: "▲",
    risk: "◆",
    critical: "✖",
    unknown: "?",
    ack: "✓",
    maintenance: "m",
    stale: "~",
    pending: "○",
    new: "*",
    cursor: "▌",
    mark: "»",
    line: "─",
    heavy: "━",
    half: "╸",
    bar: "│",
    cross: "┼",
    corners: ["└", "┘"],
    cut: "…",
    dot: " · ",
    step: " ▸ ",
    becomes: "→",
    at_least: "≥",
    about: "≈",
    none: "–",
    closed: "▸",
    open: "▾",
    child: "├",
    last_child: "└",
    down: "↓",
    levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

/// For those that don't.
pub const ASCII: Glyphs = Glyphs {
    ok: ".",
    warning: "!",
    risk: "+",
    critical: "X",
    unknown: "?",
    ack: "a",
    maintenance: "m",
    stale: "~",
    pending: "o",
    new: "*",
    cursor: ">",
    mark: "#",
    line: "-",
    heavy: "=",
    half: "=",
    bar: "|",
    cross: "+",
    corners: ["+", "+"],
    cut: "..",
    dot: ", ",
    step: " > ",
    becomes: "->",
    at_least: ">=",
    about: "ca.",
    none: "-",
    closed: "+",
    open: "-",
    child: "|",
    last_child: "`",
    down: "v",
    levels: [" ", "_", ".", ".", ":", ":", "+", "#", "#"],
};
