//! `bsmtop status`: what a person wants to know first, in a pipe or a mail.

use std::fmt::Write as _;

use chrono::Datelike as _;
use rust_decimal::Decimal;

use crate::domain::facts::Freshness;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::severity::{Handling, Severity, Shown};
use crate::domain::world::{AbsorbedWhat, AbsorbedWhy, Cause, ObjectiveStatus, World};
use crate::domain::zone;

use super::words::{accrued, age, amount, percent, range};

/// A world as text: processes that are hit with why, what to fix first, promises in danger, sources that fail.
pub fn status_text(world: &World) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = headline(world, &mut text);
    let _ = processes(world, &mut text);
    let _ = causes(world, &mut text);
    let _ = promises(world, &mut text);
    let _ = sources(world, &mut text);
    text
}

fn headline(world: &World, out: &mut String) -> std::fmt::Result {
    let all: Vec<NodeIndex> = named(world, Kind::Process).collect();
    let count =
        |pick: &dyn Fn(Shown) -> bool| all.iter().filter(|node| pick(world.nodes[**node].interval.shown())).count();
    let mut parts: Vec<String> = Vec::new();
    for severity in [Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning] {
        let found = count(&|shown| shown == Shown::Severity(severity));
        if found > 0 {
            parts.push(format!("{found} {severity}"));
        }
    }
    let unknown = count(&|shown| shown == Shown::Unknown);
    if unknown > 0 {
        parts.push(format!("{unknown} unknown"));
    }
    let currency = world.map.currency;
    let whole = format!("{} {}", all.len(), if all.len() == 1 { "process" } else { "processes" });
    let state = if parts.is_empty() {
        format!("nothing is wrong with {whole}")
    } else {
        format!("{} of {whole}", parts.join(", "))
    };
    writeln!(
        out,
        "{state}; {} {currency}/h; {}; {}",
        range(world.cost_per_hour),
        lost(world),
        world.at.with_timezone(&world.map.tz).format("%Y-%m-%d %H:%M:%S %Z")
    )
}

/// What was lost so far, and since when that is added up, where history has not all of the month.
fn lost(world: &World) -> String {
    let (currency, tz) = (world.map.currency, world.map.tz);
    let Some(since) = world.cost_since else { return "what was lost today is not known without history".to_owned() };
    let (today, month) = (accrued(&world.cost_today), accrued(&world.cost_month));
    let since = since.with_timezone(&tz);
    let is_whole = zone::date(tz, world.at).with_day(1).is_some_and(|first| zone::start_of(tz, first) == since);
    let known = if is_whole { String::new() } else { format!(" (known since {})", since.format("%a %-d %b %H:%M")) };
    format!("today {today} {currency}, this month {month} {currency}{known}")
}

fn named(world: &World, kind: Kind) -> impl Iterator<Item = NodeIndex> {
    world.map.named_nodes().filter(move |(_, node)| node.kind == kind).map(|(index, _)| index)
}

fn processes(world: &World, out: &mut String) -> std::fmt::Result {
    let is_hit = |node: &NodeIndex| !matches!(world.nodes[*node].interval.shown(), Shown::Severity(severity) if severity.is_up());
    let mut hit: Vec<NodeIndex> = named(world, Kind::Process).filter(is_hit).collect();
    hit.sort_by_key(|node| {
        let state = &world.nodes[*node];
        let rate = state.money.map_or(Decimal::ZERO, |money| money.rate.low);
        (state.interval.shown() == Shown::Unknown, state.handled, std::cmp::Reverse((rate, state.interval.low)))
    });
    if hit.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nIMPACTED PROCESSES")?;
    for node in hit {
        let (it, state) = (&world.map.nodes[node], &world.nodes[node]);
        let handled = if state.planned {
            " planned"
        } else if state.handled {
            " handled"
        } else {
            ""
        };
        let since = state.since.map(|since| format!(", {}", age(world.at - since))).unwrap_or_default();
        let cost =
            state.money.map(|money| format!(", {} {}/h", range(money.rate), world.map.currency)).unwrap_or_default();
        let left = state
            .tolerable_left
            .map(|left| {
                if left > chrono::TimeDelta::zero() {
                    format!(", bears {} more", age(left))
                } else {
                    ", beyond what the business bears".to_owned()
                }
            })
            .unwrap_or_default();
        writeln!(out, "  {:<8}{handled} {}{since}{cost}{left}", state.interval.shown().word(), it.name)?;
        for cause in state.causes.iter().take(3).filter_map(|id| world.cause(id)) {
            writeln!(out, "           {}", cause_line(world, cause))?;
        }
        if state.causes.len() > 3 {
            writeln!(out, "           and {} more causes", state.causes.len() - 3)?;
        }
    }
    Ok(())
}

fn cause_line(world: &World, cause: &Cause) -> String {
    let node = cause.node.map(|node| format!("{}: ", world.map.nodes[node].name)).unwrap_or_default();
    let handling = match cause.handling {
        Handling::None => String::new(),
        other => format!(" ({other_word})", other_word = other.word()),
    };
    let tickets = if cause.tickets.is_empty() { String::new() } else { format!(", {}", cause.tickets.join(", ")) };
    format!("{node}{}{handling}{tickets}", cause.summary)
}

fn causes(world: &World, out: &mut String) -> std::fmt::Result {
    let paying = || world.causes.iter().filter(|cause| cause.share.high > Decimal::ZERO);
    if paying().next().is_none() {
        return absorbed(world, out);
    }
    writeln!(out, "\nFIX FIRST")?;
    for (number, cause) in paying().take(5).enumerate() {
        let together = if cause.together_with.is_empty() {
            String::new()
        } else {
            let others: Vec<String> = cause.together_with.iter().map(ToString::to_string).collect();
            format!("; with {} returns {}", others.join(" and "), amount(cause.together_value))
        };
        writeln!(
            out,
            "  {} {}\n    share {}/h; alone returns {}{together}",
            number + 1,
            cause_line(world, cause),
            range(cause.share),
            amount(cause.fix_value)
        )?;
    }
    absorbed(world, out)
}

fn absorbed(world: &World, out: &mut String) -> std::fmt::Result {
    let mut first = true;
    for (node, it) in world.map.named_nodes() {
        for absorbed in world.nodes[node].absorbed.iter() {
            let (AbsorbedWhat::Child(child), AbsorbedWhy::Redundancy { up, of, .. }) = (&absorbed.what, absorbed.why)
            else {
                continue;
            };
            if std::mem::take(&mut first) {
                writeln!(out, "\nABSORBED")?;
            }
            writeln!(
                out,
                "  {} is {}: {} runs on, {up} of {of} left",
                world.map.nodes[*child].name,
                world.nodes[*child].interval.shown(),
                it.name
            )?;
        }
    }
    Ok(())
}

fn promises(world: &World, out: &mut String) -> std::fmt::Result {
    let objectives = world.map.objectives.iter().zip(&world.objectives);
    let endangered = objectives
        .filter(|(_, state)| state.alert.is_some() || state.budget_remaining.is_some_and(|left| left <= Decimal::ZERO));
    let mut lines: Vec<String> = Vec::new();
    for (objective, state) in endangered {
        let left = state.budget_remaining.map_or_else(|| "no figure".to_owned(), |left| percent(left, 0));
        let out_in = state.exhausted_in.map(|left| format!(", used up in {}", age(left))).unwrap_or_default();
        let alert = state.alert.map(|alert| format!("{} ", alert.word())).unwrap_or_default();
        let mark = if state.coverage < Decimal::new(99, 2) { "~" } else { "" };
        lines.push(format!(
            "  {alert}{} {}: {mark}{left} of the budget left{out_in}",
            objective.id,
            percent(objective.target, objective.target.scale().saturating_sub(2))
        ));
    }
    for clock in world
        .clocks
        .iter()
        .filter(|clock| clock.breached || (clock.done.is_none() && clock.remaining * 2 < clock.target))
    {
        let ticket = &world.tickets[clock.ticket].item;
        let left = if clock.breached { "breached".to_owned() } else { format!("{} left", age(clock.remaining)) };
        lines.push(format!(
            "  {}:{} {}: {left}{}",
            ticket.source,
            ticket.id,
            clock.goal.word(),
            if clock.paused { ", paused" } else { "" }
        ));
    }
    let uncounted = world.objectives.iter().filter(|state| state.state == ObjectiveStatus::NotCovered).count();
    if uncounted > 0 {
        lines.push(format!("  {uncounted} objectives have no figure: too little of their window is covered"));
    }
    if !lines.is_empty() {
        writeln!(out, "\nSLA IN DANGER\n{}", lines.join("\n"))?;
    }
    Ok(())
}

fn sources(world: &World, out: &mut String) -> std::fmt::Result {
    let mut first = true;
    for source in world.sources.iter().filter(|source| source.freshness != Freshness::Fresh || source.error.is_some()) {
        if std::mem::take(&mut first) {
            writeln!(out, "\nSOURCES")?;
        }
        let since = source.age.map(|it| format!(", last answer {} ago", age(it))).unwrap_or_default();
        let error = source.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        writeln!(out, "  {} {}{since}{error}", source.name, source.freshness.word())?;
    }
    Ok(())
}
