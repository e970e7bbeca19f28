//! Money as formulas: the cost rate of a process, what it lost over time, the share of a cause, spend.

use chrono::{TimeDelta, Weekday};
use rust_decimal::Decimal;

use super::{Formula, length, long, number, percent, when};
use crate::domain::cost;
use crate::domain::exact::{over, seconds, times};
use crate::domain::map::{NodeIndex, Window};
use crate::domain::money::{Accrued, CostRange};
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::{Instant, Span};
use crate::domain::window;
use crate::domain::world::{Cause, CostMethod, Loss, World};
use crate::domain::zone;

/// The money of a process: value at risk, incident, today, month, how long it is bearable. Its rate is [`cost_rate`].
pub fn process(world: &World, node: NodeIndex) -> Vec<Formula> {
    let (map, it, state) = (&*world.map, &world.map.nodes[node], &world.nodes[node]);
    let mut found = Vec::new();
    if let Some(money) = &state.money {
        if let Some(value) = &it.value {
            let text = format!(
                "{} x {} (profile) x {} (lost at critical) = {} {}/h",
                number(value.per_hour.value),
                number(cost::weight(map, node, world.at)),
                number(value.loss[usize::from(Severity::Critical.level())]),
                number(money.value_at_risk),
                map.currency
            );
            found.push(Formula::new("value", text));
        }
        let day = zone::start_of(map.tz, zone::date(map.tz, world.at));
        let month = window::bounds(Window::Month, map.tz, Weekday::Mon, world.at).start;
        let sums = [
            ("incident", money.incident, money.began),
            ("today", Some(money.today), Some(day)),
            ("month", Some(money.month), Some(month)),
        ];
        for (name, sum, start) in sums {
            let (Some(sum), Some(start)) = (sum, start) else { continue };
            found.extend(accrued(world, &state.losses, sum, start).map(|text| Formula::new(name, text)));
        }
    }
    if let Some((left, tolerable)) = state.tolerable_left.zip(it.tolerable) {
        let (whole, spent) = (length(tolerable), length(tolerable - left));
        found.push(Formula::new("bearable", format!("{whole} - {spent} at major or worse = {}", length(left))));
    }
    found
}

/// What the stretches that are known add up to within a span.
fn within(losses: &[Loss], span: Span) -> CostRange {
    let mut sum = CostRange::default();
    for loss in losses {
        let time = lasted(loss, span).map_or(Decimal::ZERO, seconds);
        let add = |sum: Decimal, rate| sum.saturating_add(times(rate, time));
        sum = CostRange { low: add(sum.low, loss.per_hour.low), high: add(sum.high, loss.per_hour.high) };
    }
    let money = |sum| over(sum, Decimal::from(3600)).unwrap_or_default();
    CostRange { low: money(sum.low), high: money(sum.high) }
}

/// How long a stretch lasted within a span.
fn lasted(loss: &Loss, span: Span) -> Option<TimeDelta> {
    Span::new(loss.from, loss.until.unwrap_or(span.end)).intersection(span).map(Span::length)
}

/// Σ rate × time: the latest stretches each, and what was lost before them; `None` where nothing was.
fn accrued(world: &World, losses: &[Loss], sum: Accrued, start: Instant) -> Option<String> {
    let (map, at) = (&*world.map, world.at);
    let span = Span::new(start, at);
    let mut terms: Vec<String> = Vec::new();
    for loss in losses {
        let Some(time) = lasted(loss, span) else { continue };
        let from = when(map.tz, loss.from.max(start), at);
        let span = loss
            .until
            .map_or_else(|| format!("since {from}"), |until| format!("{from} to {}", when(map.tz, until, at)));
        terms.push(format!("{}/h x {} ({span})", range(loss.per_hour), length(time)));
    }
    let exact =
        |low: Decimal, high: Decimal| CostRange { low: map.currency.rounded(low), high: map.currency.rounded(high) };
    let known = within(losses, span);
    let before = exact(sum.cost.low - known.low, sum.cost.high - known.high);
    if before != CostRange::default() {
        terms.push(format!("{} before", range(before)));
    }
    let least = if sum.coverage < Decimal::ONE { "at least " } else { "" };
    let text = format!(
        "{} = {least}{} {}; {} of {} since {} known",
        terms.join(" + "),
        range(exact(sum.cost.low, sum.cost.high)),
        map.currency,
        percent(sum.coverage),
        length(span.length()),
        when(map.tz, start, at)
    );
    (!terms.is_empty()).then_some(text)
}

fn range(of: CostRange) -> String {
    if of.low == of.high { number(of.low) } else { format!("{}..{}", number(of.low), number(of.high)) }
}

/// The cost rate of a process: value × profile × loss, or what was measured; `None` where nothing is lost.
pub fn cost_rate(world: &World, node: NodeIndex) -> Option<String> {
    let (map, it, state) = (&*world.map, &world.map.nodes[node], &world.nodes[node]);
    let money = state.money.filter(|money| money.rate.high > Decimal::ZERO)?;
    let currency = map.currency;
    if let (CostMethod::Measured, Some(measured), Some(sample)) = (money.method, &it.measured, money.sample) {
        return Some(format!(
            "({} expected - {} measured) x 1h / {} x {} {currency} each = {} {currency}/h, taken {}",
            number(sample.expected),
            number(sample.actual),
            length(measured.per),
            number(measured.unit_value.value),
            number(money.rate.low),
            when(map.tz, sample.at, world.at),
        ));
    }
    let value = it.value.as_ref()?;
    let weight = cost::weight(map, node, world.at);
    let term = |severity: Severity, sum: Decimal| {
        format!(
            "{} {currency}/h x {} (profile) x {} (lost at {severity}) = {} {currency}/h",
            number(value.per_hour.value),
            number(weight),
            number(value.loss[usize::from(severity.level())]),
            number(sum)
        )
    };
    let low = term(state.interval.low, money.rate.low);
    Some(if money.rate.low == money.rate.high {
        low
    } else {
        format!("{low}; at worst {}", term(state.interval.high, money.rate.high))
    })
}

/// The share of a cause: of each process that certainly costs, its rate divided equally among its causes; and what
/// clearing it alone returns.
pub fn cause(world: &World, cause: &Cause) -> Vec<Formula> {
    let currency = world.map.currency;
    let mut found = Vec::new();
    let (mut terms, mut sum, mut total) = (Vec::new(), Decimal::ZERO, Decimal::ZERO);
    for process in &cause.processes {
        let (it, state) = (&world.map.nodes[*process], &world.nodes[*process]);
        let rate = state.money.map_or(Decimal::ZERO, |money| money.rate.low);
        total = total.saturating_add(rate);
        let is_known = matches!(state.interval.shown(), Shown::Severity(_)) && state.causes.contains(&cause.id);
        if is_known && rate > Decimal::ZERO {
            let among = state.causes.len();
            let of = if among == 1 { String::new() } else { format!(" / {among} causes") };
            terms.push(format!("{} of {}{of}", number(rate), it.name));
            sum = sum.saturating_add(rate / Decimal::from(among));
        }
    }
    // What does not divide is borne by one cause: a hair of difference is the same share.
    if !terms.is_empty() && (sum - cause.share.low).abs() < Decimal::new(1, 2) {
        let text = format!("{} = {} {currency}/h", terms.join(" + "), number(cause.share.low));
        found.push(Formula::new("share", text));
    }
    if total > Decimal::ZERO {
        let (left, back) = (number(total - cause.fix_value), number(cause.fix_value));
        let text = format!("{} now - {left} with it alone cleared = {back} {currency}/h", number(total));
        found.push(Formula::new("alone", text));
    }
    found
}

/// What a customer's credits at risk add up to.
pub fn customer(world: &World, node: NodeIndex) -> Option<Formula> {
    let customer = world.customers.iter().find(|customer| customer.node == node)?;
    let credits = world.map.objectives.iter().zip(&world.objectives).filter_map(|(objective, state)| {
        let (_, money) = state.credit.as_ref()?.by_customer.iter().find(|(of, _)| *of == node)?;
        Some(format!("{} of {}", number(*money), objective.id))
    });
    let credits: Vec<String> = credits.collect();
    let text = format!("{} = {} {}", credits.join(" + "), number(customer.at_risk), world.map.currency);
    (!credits.is_empty()).then(|| Formula::new("at risk", text))
}

/// The spend of a month, by its place in the map: projection by elapsed days, the share of the limit, its end.
pub fn spend(world: &World, place: usize) -> Vec<Formula> {
    let (Some(spend), Some(state)) = (world.map.spends.get(place), world.spend.get(place)) else { return Vec::new() };
    let month = window::bounds(Window::Month, world.map.tz, Weekday::Mon, world.at);
    let (elapsed, whole) = (length(Span::new(month.start, world.at).length()), long(seconds(month.length())));
    let currency = world.map.currency;
    let Some(spent) = state.to_date.map(number) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(projected) = state.projected {
        let text = format!("{spent} spent x {whole} / {elapsed} so far = {} {currency}", number(projected));
        found.push(Formula::new("projected", text));
    }
    let limit = spend.limit.map(|limit| number(limit.value)).unwrap_or_default();
    if let Some(used) = state.used {
        let text = format!("{spent} spent / {limit} {currency} limit = {}", percent(used));
        found.push(Formula::new("used", text));
    }
    if let Some(on) = state.exhausted_on {
        let on = when(world.map.tz, on, world.at);
        found.push(Formula::new("used up", format!("{elapsed} so far x {limit} limit / {spent} spent: {on}")));
    }
    found
}
