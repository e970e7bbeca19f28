//! bsmtop: which business process is hit, which SLA is in danger, what it costs per hour.
//!
//! This page is the map of the code: its layers, what must always hold, and where to begin.
//!
//! # One idea
//!
//! The company's map is compiled once into flat arrays in topological order ([`domain::graph`]).
//! [`domain::propagate`] is the only place where the states of children become the state of a node; it carries an
//! interval of what is certain and what is possible, in one pass and without allocation. Every answer on the screen
//! is that function on another vector of leaves: the live one; one without what is acknowledged; one from which a
//! cause is cleared; one with a leaf more that fails; one that an operator assumes; one from the past.
//!
//! # Layers
//!
//! ```text
//! runtime ── joins everything: threads, channels, clock, log         cli ── one file a command
//!    │
//!    ├── term     the terminal: session, keys, signals, frames       report ── a world as text
//!    ├── view     (&Model, &Theme, area) → Scene                     wire   ── facts and worlds as JSON
//!    ├── app      Model, Message, update → effects                   demo   ── the embedded company
//!    ├── engine   observations → Arc<World>, on its own thread
//!    ├── sources  one adapter a product, the HTTP client, the poller
//!    ├── store    history: what was observed and concluded, in SQLite
//!    ├── config   text → checked values with places
//!    └── domain   vocabulary and arithmetic, pure
//! ```
//!
//! * `domain` imports none of the others and knows no clock, no IO, no serde. `engine`, `app` and `view` are pure as
//!   well, but for the engine's thread. Only `term` knows the terminal library; only `runtime/clock.rs` reads a clock.
//! * `config` builds `sources::Settings`: the one edge between the two.
//! * `tests/layers.rs` reads the sources and fails where this does not hold.
//!
//! # What must always hold
//!
//! 1. Unknown is never green: what rests on a source that is gone, or on a check that is not reported, is unknown.
//! 2. Nothing but `propagate` computes a parent's state; explanations and shares read what it did.
//! 3. Money and ratios are exact decimals; shares add up to the cost rate; what is not covered adds nothing.
//! 4. A source's failure, hang, flood or nonsense harms only itself, and its text is data: it is cleaned where bytes
//!    become values ([`domain::clean`]), and nothing but the program's own sequences reaches the terminal.
//! 5. Selection is by id, and the screen is drawn only when something on it changed.
//! 6. The terminal is given back on every way out.
//!
//! # Reading order
//!
//! [`domain::severity`], [`domain::map`], [`domain::propagate`]; [`engine`] with its `assemble`; [`domain::world`], the
//! one output; then [`app`] and [`view`] for the console, [`sources`] for what comes in, `runtime::start` for how it is
//! joined. To add a source: one file in `sources`, one row in `sources::kind`. A screen: one file in `view::screens`,
//! one row in its table. A command: one file in `cli`. An action: one row in `app::action`.
//!
//! # Where this differs from the design it follows
//!
//! * **Backfill** asks up to a week of slices a request, and at most five queries a second *on average* over twelve
//!   seconds: a day a request at an even pace leaves the SLA pane empty for a minute after every start.
//! * **A source that fell silent** takes its last words with it: they stay listed, and count as unknown. One that
//!   answers and lacks its heartbeat is lost too, but what it says is bad stands in sight, and in the cost rate; money
//!   and objectives leave it out, from its last answer on, and from the beginning where no answer is known (of a node
//!   with `history`, from its last entry on).
//! * **What is only possible** has shares of its own: a process that is certainly at warning and possibly down shows
//!   the lost source as the cause of the difference.
//! * **Maintenance of a node** covers also what only such nodes need.
//! * **`history` of a node with needs** is its record; at the instant of the evaluation the worse of it and of what its
//!   leaves say is shown, and after its last entry that is what counts. Before the first entry of a leaf nothing is
//!   covered; `null` entries are not covered either where the node shows unknown.
//! * **`absorbed`** in a world is a list of `{ id, why, up, of, left }`, `why` being `redundancy` or `outweighed`.
//! * **`at_least`** that asks for more children than there are blames the worst of them, as none is down.
//! * **A profile's** own day wins over the night left from the day before.
//! * **`includes`** takes the included value out of the process that includes it, in its own row too: rows, shares and
//!   totals add up. A rule that asks for more children than there are makes its node the cause of its own cost.
//! * **Slices** are kept for 400 days, as what was concluded: an objective may count over a year, and few metrics stores
//!   reach back so far.
//! * **Facts** are refused where they contradict themselves: a key or an id twice, a stretch that ends before it begins,
//!   an answer for a node that asks nothing, years beyond 9999. In TOML, which has no `null`, a scenario writes
//!   `"unknown"` in `history`, `[start]` for a pause that is open, and `"null"` for what it expects to be nothing.
//! * **Weights and points** are rounded to nine digits after the point and are at most 100,000,000, so that they add up.
//! * **Counts of a recorded objective** in facts stand for its series: no contract figure follows from them.
//! * **A shortfall that nothing explains** has no `since`: a sample does not tell since when.
//! * **A loss below warning** is a cost without a problem: what gives the node its severity is the cause. What is lost
//!   while all is ok is `unexplained:ID`.
//! * **Burn windows** that are given without the counts of the whole window raise alerts, and give no other figure.
//! * **`together_with`** also names signals that are absorbed while the cause is there, and come to the fore without it.
//! * **Plans that overlap** are asked for together; a plan breaks and costs what it adds to the others.
//! * **Measured figures** are left out of what is only assumed, above the nodes that are assumed to be otherwise.
//! * **A tile of the wall** is filled where a process is major or worse and nobody is on it. A warning has an edge of its
//!   colour: a tile of yellow outshines one of red.
//! * **The first figures of an objective** are never heard: in the two minutes after a start they say what was so before.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod report;
pub mod runtime;
pub mod sources;
pub mod store;
pub mod term;
pub mod view;
pub mod wire;
