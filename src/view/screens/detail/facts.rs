//! What is known of one thing, as names and values.

mod event;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::app::place::Item;
use crate::domain::id::{CauseId, NodeId, ObjectiveId, SourceName, SpendId};
use crate::domain::map::{Kind, Node};
use crate::domain::severity::Handling;
use crate::domain::world::{AbsorbedWhy, CostMethod};
use crate::view::look::{Look, Words};
use crate::view::screens::causes::ticket_name;
use crate::view::screens::{causes, log, processes, promises, tree};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone;

/// What is known of one thing.
pub struct Facts {
    /// Its name and what it is.
    pub title: Words,
    /// The rest.
    pub facts: Vec<Fact>,
}

/// One thing that is known.
pub struct Fact {
    /// What.
    pub name: &'static str,
    /// The value, where it is one line.
    pub words: Words,
    /// The value, where it may take more lines.
    pub text: String,
    /// Whether it may.
    pub wraps: bool,
    /// Where it leads.
    pub link: Option<String>,
}

impl Facts {
    fn new(look: &Look, name: impl Into<String>, what: impl std::fmt::Display) -> Self {
        let title = look.say(name, Meaning::Strong).and(look, format!("   {what}"), Meaning::Dim);
        Self { title, facts: Vec::new() }
    }

    fn words(&mut self, name: &'static str, words: Words) {
        self.facts.push(Fact { name, words, text: String::new(), wraps: false, link: None });
    }

    fn plain(&mut self, look: &Look, name: &'static str, text: impl Into<String>) {
        self.words(name, look.say(text, Meaning::Text));
    }

    fn some(&mut self, look: &Look, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.plain(look, name, text);
        }
    }

    fn long(&mut self, name: &'static str, text: impl Into<String>) {
        self.facts.push(Fact { name, words: Words::new(), text: text.into(), wraps: true, link: None });
    }

    fn link(&mut self, look: &Look, name: &'static str, address: Option<&str>) {
        if let Some(address) = address {
            let words = look.say(address, Meaning::Link);
            self.facts.push(Fact { name, words, text: String::new(), wraps: false, link: Some(address.to_owned()) });
        }
    }
}

/// What is known of a thing; that it is gone, where it is.
pub fn of(look: &Look, item: &Item) -> Facts {
    let found = match item {
        Item::Node(id) => node(look, id),
        Item::Cause(id) => cause(look, id),
        Item::Objective(id) => objective(look, id),
        Item::Clock(id, _) | Item::Ticket(id) => ticket(look, id),
        Item::Signal(id) => signal(look, id),
        Item::Source(name) => source(look, name),
        Item::Spend(id) => spend(look, id),
        Item::Event(id) => event::of(look, id),
        Item::Gap(id) => gap(look, id),
        Item::Note(number) => note(look, *number),
    };
    found.unwrap_or_else(|| {
        let mut gone = Facts::new(look, item.to_string(), "is gone");
        gone.long("", "It was here and is no longer: it ended, or the map no longer knows it. Esc goes back.");
        gone
    })
}

fn node(look: &Look, id: &NodeId) -> Option<Facts> {
    let world = look.world();
    let index = look.model.atlas.index_of(id)?;
    let (node, state) = (&world.map.nodes[index], world.nodes.get(index)?);
    let mut facts = Facts::new(look, node.name.clone(), format!("{} {}", node.kind.word(), node.id));
    let mut now = tone::node_badge(look, index).and(look, format!(" for {}", look.since(state.since)), Meaning::Text);
    if state.handled {
        now.join(look, if state.planned { "planned" } else { "handled" }, Meaning::Ack);
    }
    if !state.interval.is_known() {
        let text = format!("certain {}, possible {}", state.interval.low, state.interval.high);
        now.join(look, text, Meaning::Unknown);
    }
    facts.words("state", now);
    if let Some(otherwise) = look.model.past.otherwise.get(&index) {
        let (tone, word) = tone::shown(*otherwise);
        let words = tone::badge(look, tone, word, true).and(look, "by the present map", Meaning::Dim);
        facts.words("otherwise", words);
    }
    for (at, cause) in state.causes.iter().take(3).filter_map(|id| world.cause(id)).enumerate() {
        facts.long(if at == 0 { "because" } else { "" }, causes::sentence(look, cause));
        if cause.handling != Handling::None {
            facts.long("", processes::handled_by(look, &cause.what, cause.handling));
        }
    }
    answers(look, &mut facts, node);
    if let Some(health) = state.health {
        facts.plain(look, "health", format!("{} of 100", health.round_dp(1)));
    }
    if let Some(money) = &state.money {
        let unit = look.currency();
        let method = match money.method {
            CostMethod::Model => "by the model",
            CostMethod::Measured => "as measured",
        };
        let rate = processes::rate(look, index).and(look, format!(" {unit}/h {method}"), Meaning::Dim);
        facts.words("cost", rate);
        let sums = [("incident", money.incident), ("today", Some(money.today)), ("month", Some(money.month))];
        for (name, sum) in sums.into_iter().filter_map(|(name, sum)| Some((name, sum?))) {
            facts.words(name, look.say(look.accrued(sum), Meaning::Text).and(look, format!(" {unit}"), Meaning::Dim));
        }
        let at_risk = look.say(look.amount(money.value_at_risk), Meaning::Text);
        facts.words("value", at_risk.and(look, format!(" {unit}/h while it is down"), Meaning::Dim));
    }
    if let Some(left) = state.tolerable_left {
        facts.plain(look, "bearable", format!("for {} more", text::age(left.max(TimeDelta::zero()))));
    }
    if !node.needs.is_empty() {
        facts.plain(look, "rule", tree::rule(node));
    }
    for absorbed in state.absorbed.iter().take(3) {
        facts.words("", causes::absorbed_line(look, index, &absorbed.what, absorbed.why));
    }
    if state.one_failure_away {
        facts.words("margin", look.say("one more failure makes it major or worse", Meaning::Warning));
    }
    if !state.single_points.is_empty() {
        let names: Vec<&str> = state.single_points.iter().map(|index| world.map.nodes[*index].name.as_str()).collect();
        facts.long("single points", names.join(", "));
    }
    for (_, address) in &node.links {
        facts.link(look, "link", Some(address));
    }
    if let Some(check) = &node.check {
        facts.long("query", format!("{} of {}", check.query, check.source));
    }
    if node.kind == Kind::Customer {
        facts.some(look, "tier", node.tier.as_deref());
    }
    if !node.tags.is_empty() {
        facts.plain(look, "tags", node.tags.join(" "));
    }
    Some(facts)
}

/// Who answers for a node, and where it says what to do: what somebody on call looks for first.
fn answers(look: &Look, facts: &mut Facts, node: &Node) {
    facts.some(look, "owner", node.owner.as_deref());
    facts.some(look, "contact", node.contact.as_deref());
    facts.link(look, "runbook", node.runbook.as_deref());
}

fn cause(look: &Look, id: &CauseId) -> Option<Facts> {
    let world = look.world();
    let cause = world.cause(id)?;
    let unit = format!("{}/h", look.currency());
    let mut facts = Facts::new(look, causes::sentence(look, cause), format!("cause {id}"));
    facts.words(
        "state",
        causes::badge(look, cause).and(look, format!(" for {}", look.since(cause.since)), Meaning::Text),
    );
    if let Some(node) = cause.node.and_then(|index| world.map.nodes.get(index)) {
        answers(look, &mut facts, node);
    }
    facts.words(
        "share",
        look.say(look.money(cause.share, false), Meaning::Money).and(look, format!(" {unit}"), Meaning::Dim),
    );
    facts.plain(look, "alone", format!("clearing it returns {} {unit}", look.amount(cause.fix_value)));
    if !cause.together_with.is_empty() {
        let others = text::count(cause.together_with.len(), "other", "others");
        facts.plain(look, "together", format!("with {others} {} {unit}", look.amount(cause.together_value)));
    }
    if cause.handling == Handling::None {
        facts.words("handled", look.say("not acknowledged", Meaning::Warning));
    } else {
        facts.plain(look, "handled", processes::handled_by(look, &cause.what, cause.handling));
    }
    for ticket in &cause.tickets {
        facts.words("ticket", look.say(ticket_name(ticket), Meaning::Link));
    }
    for change in &cause.recent_changes {
        let found = world.changes.iter().find(|known| **change == format!("{}:{}", known.item.source, known.item.id));
        let summary = found.map_or_else(String::new, |change| format!(" {}", change.item.summary));
        facts.words("change", look.say(format!("{}{summary}", ticket_name(change)), Meaning::Warning));
    }
    if let crate::domain::world::CauseWhat::Signal(at) = cause.what
        && let Some(signal) = world.signals.get(at)
    {
        facts.link(look, "link", signal.item.link.as_deref());
    }
    facts.long("says", cause.summary.to_string());
    Some(facts)
}

fn objective(look: &Look, id: &ObjectiveId) -> Option<Facts> {
    let world = look.world();
    let at = world.map.objectives.iter().position(|objective| objective.id == *id)?;
    let (objective, state) = (&world.map.objectives[at], world.objectives.get(at)?);
    let of = world.map.nodes.get(objective.node).map_or("", |node| node.name.as_str());
    let mut facts = Facts::new(look, format!("{id} {}", text::target(objective.target)), format!("objective of {of}"));
    let (tone, word) = promises::objective_tone(state);
    facts.words("state", tone::badge(look, tone, word, false));
    let figure =
        |ratio: Option<Decimal>| ratio.map_or_else(|| look.glyphs.none.to_owned(), |ratio| text::percent(ratio, 4));
    facts.plain(look, "attained", format!("{} by contract, {} felt", figure(state.attained), figure(state.felt)));
    facts.plain(look, "covered", text::percent(state.coverage, 1));
    if let Some(left) = state.budget_remaining {
        facts.plain(look, "budget", format!("{} left", text::percent(left, 1)));
    }
    let used_up =
        state.exhausted_in.map_or_else(|| "not in sight".to_owned(), |left| format!("in {}", text::age(left)));
    facts.plain(look, "used up", used_up);
    let burn = state.burn.iter().map(|(window, rate)| {
        let rate = rate.map_or_else(|| look.glyphs.none.to_owned(), |rate| format!("{:.1}", rate.round_dp(1)));
        let window = text::age(*window);
        format!("{} {rate}", window.trim_end_matches("00m").trim_end_matches("00h"))
    });
    let burn: Vec<String> = burn.collect();
    if !burn.is_empty() {
        facts.long("burn", burn.join(look.glyphs.dot));
    }
    let (start, end) = (look.clock(state.window.start, "%F %H:%M"), look.clock(state.window.end, "%F %H:%M"));
    facts.plain(look, "window", format!("{} from {start} to {end}", promises::window(objective.window)));
    facts.plain(look, "counted by", state.method.clone());
    if let Some(credit) = &state.credit {
        let shares = [("certain", credit.certain), ("now", credit.now), ("projected", credit.projected)];
        let shares = shares.map(|(name, share)| format!("{name} {}", text::percent(share, 0)));
        facts.plain(look, "credits", shares.join(look.glyphs.dot));
        let at_risk = look.say(look.amount(credit.at_risk), Meaning::Money);
        facts.words("at risk", at_risk.and(look, format!(" {}", look.currency()), Meaning::Dim));
        if let Some(next) = credit.next_tier_in {
            facts.plain(look, "next tier", format!("after {} of full outage", text::age(next)));
        }
    }
    for note in state.exclusions.iter().chain(&state.notes) {
        facts.long("note", note.clone());
    }
    Some(facts)
}

fn ticket(look: &Look, id: &str) -> Option<Facts> {
    let world = look.world();
    let at = (0..world.tickets.len()).find(|at| *crate::app::rows::ticket_id(world, *at) == *id)?;
    let ticket = &world.tickets[at].item;
    let mut facts = Facts::new(look, ticket_name(id), format!("ticket of {}", ticket.source));
    facts.long("about", ticket.summary.to_string());
    facts.plain(look, "status", ticket.status.to_string());
    facts.plain(look, "owner", ticket.owner.as_deref().unwrap_or("nobody"));
    facts.plain(look, "opened", format!("{} ago", look.since(ticket.created)));
    for clock in world.clocks.iter().filter(|clock| clock.ticket == at) {
        let (tone, word) = promises::clock_tone(clock);
        let text = format!(" {} of {} left", text::age(clock.remaining), text::age(clock.target));
        facts.words(clock.goal.word(), tone::badge(look, tone, word, false).and(look, text, Meaning::Text));
        if let Some(due) = clock.due {
            facts.plain(look, "", format!("due {}", look.clock(due, "%a %-d %b %H:%M")));
        }
    }
    facts.link(look, "link", ticket.link.as_deref());
    labels(look, &mut facts, &ticket.labels);
    Some(facts)
}

fn signal(look: &Look, id: &str) -> Option<Facts> {
    let world = look.world();
    let at = (0..world.signals.len()).find(|at| *world.signals[*at].name == *id)?;
    let signal = &world.signals[at].item;
    let mut facts = Facts::new(look, signal.summary.to_string(), format!("signal of {}", signal.source));
    facts.plain(look, "severity", if signal.unknown { "unknown" } else { signal.severity.word() });
    facts.plain(look, "since", look.since(signal.since));
    facts.plain(look, "handling", signal.handling.word());
    facts.some(look, "handled by", signal.handled_by.as_deref().map(|by| look.said(by)).as_deref());
    facts.link(look, "link", signal.link.as_deref());
    facts.long("says", signal.summary.to_string());
    labels(look, &mut facts, &signal.labels);
    Some(facts)
}

fn labels(look: &Look, facts: &mut Facts, labels: &crate::domain::facts::LabelList) {
    for (at, (key, value)) in labels.iter().enumerate() {
        let words = look.say(format!("{key} "), Meaning::Dim).and(look, value.to_string(), Meaning::Text);
        facts.words(if at == 0 { "labels" } else { "" }, words);
    }
}

fn source(look: &Look, name: &SourceName) -> Option<Facts> {
    let world = look.world();
    let source = world.sources.iter().find(|source| source.name == *name)?;
    let info = world.map.source(name.as_str());
    let mut facts = Facts::new(look, name.to_string(), format!("source {}", info.map_or("", |info| &info.type_word)));
    let (sign, meaning) = tone::freshness(look, source.freshness);
    let age = source.age.map_or_else(|| "never answered".to_owned(), |age| format!("answered {} ago", text::age(age)));
    facts.words(
        "state",
        look.say(format!("{sign} {}", source.freshness.word()), meaning).and(look, format!(", {age}"), Meaning::Text),
    );
    if let Some(error) = &source.error {
        facts.long("error", error.clone());
    }
    for note in &source.notes {
        facts.long("note", note.clone());
    }
    if let Some(info) = info {
        facts.plain(look, "asked every", text::age(info.every));
        facts.plain(look, "time-out", text::age(info.timeout));
        if info.has_signals && !info.has_heartbeat {
            facts.plain(look, "heartbeat", "none: silence cannot be told from health");
        }
    }
    let leaves = text::count(source.leaves, "leaf rests", "leaves rest");
    facts.plain(look, "carries", format!("{leaves} on it"));
    Some(facts)
}

fn gap(look: &Look, id: &str) -> Option<Facts> {
    let gap = look.model.gap(id)?;
    let what = format!("{} on no node", text::count(gap.signals.len(), "signal", "signals"));
    let mut facts = Facts::new(look, id, what);
    facts.words("worst", tone::badge(look, tone::Tone::of(gap.worst), tone::word(gap.worst), true));
    facts.plain(look, "source", gap.source.to_string());
    facts.long("", "Put this into a file of map/, let something need it, and reload. y copies it:");
    for line in gap.toml().lines() {
        facts.words("", look.say(line, Meaning::Link));
    }
    facts.long("", "The label that tells most was chosen: compare it with the signals at the side before it is used.");
    Some(facts)
}

fn note(look: &Look, number: u64) -> Option<Facts> {
    let note = look.model.log.note(number)?;
    let mut facts = Facts::new(look, note.of.clone(), "note of the console");
    facts.words("grade", log::grade(look, note));
    facts.plain(look, "when", look.clock(note.at, "%F %H:%M:%S"));
    if note.times > 1 {
        facts.plain(look, "noted", format!("{} times in a row", note.times));
    }
    facts.long("text", note.text.clone());
    Some(facts)
}

fn spend(look: &Look, id: &SpendId) -> Option<Facts> {
    let world = look.world();
    let at = world.map.spends.iter().position(|spend| spend.id == *id)?;
    let (spend, state) = (&world.map.spends[at], world.spend.get(at)?);
    let of = world.map.nodes.get(spend.node).map_or("", |node| node.name.as_str());
    let mut facts = Facts::new(look, id.to_string(), format!("spend for {of}"));
    let amount = |amount: Option<Decimal>| {
        amount.map_or_else(
            || look.glyphs.none.to_owned(),
            |amount| format!("{} {}", look.amount(amount), look.currency()),
        )
    };
    facts.plain(look, "to date", amount(state.to_date));
    facts.plain(look, "projected", amount(state.projected));
    facts.plain(look, "limit", amount(spend.limit.map(|limit| limit.value)));
    if let Some(on) = state.exhausted_on {
        facts.words("used up", look.say(look.clock(on, "on %F"), Meaning::Warning));
    }
    Some(facts)
}

/// Redundancy in words, for the reason of a state.
pub fn why_absorbed(why: AbsorbedWhy) -> String {
    match why {
        AbsorbedWhy::Redundancy { up, of, left } => format!("{up} of {of} are up, {left} more may fail"),
        AbsorbedWhy::Outweighed => "something else is worse, or it counts too little".to_owned(),
    }
}
