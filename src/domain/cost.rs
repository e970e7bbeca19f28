//! The cost rate: money that a process loses per hour at an instant.
//!
//! Rate = value × weight of the hour × share lost at the severity, for the certain and for the possible state apart.
//! A measured figure beats this model while it is fresh. No money is lost twice: a rate belongs to one process.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::{over, seconds, times};
use super::facts::MeasuredSample;
use super::map::{Map, Measured, NodeIndex};
use super::money::CostRange;
use super::profile;
use super::severity::{Interval, Severity};
use super::span::{Instant, Span};
use super::world::CostMethod;

/// What was measured of a process: what is asked, its last answer, and how often it is asked.
pub type Sample<'a> = (&'a Measured, &'a MeasuredSample, TimeDelta);

/// Money lost per hour at an instant by a node in a state, and how it was found. A sample older than two intervals
/// is no longer believed.
pub fn rate(
    map: &Map,
    node: NodeIndex,
    interval: Interval,
    sample: Option<Sample<'_>>,
    at: Instant,
) -> (CostRange, CostMethod) {
    rate_at(map, node, interval, sample, at, weight(map, node, at))
}

/// The same where the weight of the hour is known.
pub fn rate_at(
    map: &Map,
    node: NodeIndex,
    interval: Interval,
    sample: Option<Sample<'_>>,
    at: Instant,
    weight: Decimal,
) -> (CostRange, CostMethod) {
    if let Some((measured, sample, _)) = sample.filter(|sample| is_fresh(*sample, at)) {
        let lost = measured_rate(measured, sample);
        return (CostRange { low: lost, high: lost }, CostMethod::Measured);
    }
    let low = model_rate(map, node, interval.low, weight);
    let high = if interval.is_known() { low } else { model_rate(map, node, interval.high, weight) };
    (CostRange { low, high }, CostMethod::Model)
}

/// Money per hour if the node were down, at a weight of the hour.
pub fn value_at_risk(map: &Map, node: NodeIndex, weight: Decimal) -> Decimal {
    model_rate(map, node, Severity::Critical, weight)
}

/// What an hour weighs in the profile of a node.
pub fn weight(map: &Map, node: NodeIndex, at: Instant) -> Decimal {
    let profile = map.nodes.get(node).and_then(|node| node.value.as_ref()?.profile);
    profile.map_or(Decimal::ONE, |profile| profile::weight_at(&map.profiles[profile], at))
}

/// Whether a fresh sample shows a shortfall beyond tolerance while the map knows of no problem.
pub fn is_unexplained(interval: Interval, sample: Option<Sample<'_>>, at: Instant) -> bool {
    interval.low.is_up()
        && sample
            .filter(|sample| is_fresh(*sample, at))
            .is_some_and(|(measured, sample, _)| shortfall(measured, sample) > Decimal::ZERO)
}

fn is_fresh((_, sample, every): Sample<'_>, at: Instant) -> bool {
    sample.at <= at && at - sample.at <= every * 2
}

/// What is missing, a `per`; nothing within tolerance. A surplus is never a negative loss.
fn shortfall(measured: &Measured, sample: &MeasuredSample) -> Decimal {
    let expected = sample.expected.max(Decimal::ZERO);
    let missing = expected.saturating_sub(sample.actual.max(Decimal::ZERO)).max(Decimal::ZERO);
    if missing <= times(measured.tolerance, expected) { Decimal::ZERO } else { missing }
}

/// The stretch for which a sample is believed, at an instant at or after it: until two intervals later.
pub fn believed((_, sample, every): Sample<'_>, at: Instant) -> Span {
    Span::new(sample.at, sample.at.checked_add_signed(every * 2).unwrap_or(Instant::MAX_UTC).min(at))
}

/// Money per hour by a sample: shortfall × hour ÷ `per` × value of a unit.
pub fn measured_rate(measured: &Measured, sample: &MeasuredSample) -> Decimal {
    let lost = times(times(shortfall(measured, sample), measured.unit_value.value), Decimal::from(3600));
    over(lost, seconds(measured.per)).unwrap_or_default()
}

fn model_rate(map: &Map, node: NodeIndex, severity: Severity, weight: Decimal) -> Decimal {
    let Some(value) = map.nodes.get(node).and_then(|node| node.value.as_ref()) else { return Decimal::ZERO };
    times(times(value.per_hour.value, weight), value.loss[usize::from(severity.level())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SourceName;
    use crate::domain::map::{Kind, Value};
    use crate::domain::money::Amount;
    use crate::domain::testing::{at, dec, map, node, time};

    const NOW: &str = "2026-11-24T10:00:00Z";

    fn shop() -> Map {
        let mut checkout = node("checkout", Kind::Process);
        let loss = ["0", "0", "0", "0", "0.05", "0.4", "1"].map(dec);
        checkout.value = Some(Value { per_hour: Amount::stated(dec("42000")), profile: None, loss });
        map(vec![checkout])
    }

    fn orders() -> Measured {
        Measured {
            source: SourceName::from("prom"),
            actual: String::new(),
            expected: String::new(),
            per: time("1m"),
            unit_value: Amount::stated(dec("61.40")),
            tolerance: dec("0.1"),
        }
    }

    fn sample(actual: &str, taken: &str) -> MeasuredSample {
        MeasuredSample { actual: dec(actual), expected: dec("11.4"), at: at(taken) }
    }

    #[test]
    fn the_model_keeps_certain_and_possible_apart() {
        let doubt = Interval { low: Severity::Minor, high: Severity::Critical };
        let (rate, method) = rate(&shop(), 0, doubt, None, at(NOW));
        assert_eq!((rate.low, rate.high, method), (dec("2100"), dec("42000"), CostMethod::Model));
        assert_eq!(value_at_risk(&shop(), 0, Decimal::ONE), dec("42000"));
    }

    #[test]
    fn a_fresh_sample_beats_the_model_and_an_old_one_does_not() {
        let down = Interval::exactly(Severity::Critical);
        let of = |taken| rate(&shop(), 0, down, Some((&orders(), &sample("4.9", taken), time("15s"))), at(NOW));
        let (measured, method) = of("2026-11-24T09:59:30Z");
        assert_eq!((measured.low, measured.high, method), (dec("23946"), dec("23946"), CostMethod::Measured));
        assert_eq!(of("2026-11-24T09:59:29Z").1, CostMethod::Model);
    }

    #[test]
    fn within_tolerance_nothing_is_missing_and_a_surplus_is_no_gain() {
        let fine = Interval::exactly(Severity::Ok);
        for (actual, lost, unexplained) in
            [("10.26", "0", false), ("10.25", "4236.6", true), ("20", "0", false), ("0", "41997.6", true)]
        {
            let (orders, sample) = (orders(), sample(actual, NOW));
            let sample = Some((&orders, &sample, time("15s")));
            assert_eq!(rate(&shop(), 0, fine, sample, at(NOW)).0.low, dec(lost), "{actual}");
            assert_eq!(is_unexplained(fine, sample, at(NOW)), unexplained, "{actual}");
            assert!(!is_unexplained(Interval::exactly(Severity::Warning), sample, at(NOW)));
        }
    }
}
