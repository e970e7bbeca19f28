use chrono::{NaiveDate, TimeDelta, Weekday};
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::*;
use crate::domain::map::{Holiday, Repeat, Window};
use crate::domain::rule::Quantity;

/// Reads a value as TOML writes it.
fn read<T>(toml: &str, reader: impl Fn(&DeValue<'_>) -> Result<T, Fault>) -> Option<T> {
    let value = DeValue::parse(toml).expect("a value of TOML");
    reader(value.get_ref()).ok()
}

#[test]
fn floats_are_read_from_their_text_and_never_through_binary() {
    let decimal = |text: &str| read(text, super::decimal);
    assert_eq!(decimal("0.75"), Some(Decimal::new(75, 2)));
    assert_eq!(decimal("1e-7"), Some(Decimal::new(1, 7)));
    assert_eq!(decimal("1_000"), Some(Decimal::from(1000)));
    assert_eq!(decimal("1_000.5"), Some(Decimal::new(10005, 1)));
    assert_eq!(decimal("\"0.92\""), Some(Decimal::new(92, 2)));
    assert_eq!(decimal("0.1234567890123456789"), "0.1234567890123456789".parse().ok());
    assert_eq!(decimal("1000000000000000"), Some(Decimal::from(1_000_000_000_000_000_i64)));
    assert_eq!(decimal("1000000000000001"), None);
    assert_eq!(decimal("1e28"), None);
    assert_eq!(decimal("-1e28"), None);
    assert_eq!(decimal("inf"), None);
    assert_eq!(decimal("\"1,5\""), None);
}

#[test]
fn shares_and_targets_know_their_ends() {
    assert_eq!(read("\"99.95%\"", target), Some(Decimal::new(9995, 4)));
    assert_eq!(read("\"100%\"", target), Some(Decimal::ONE));
    assert_eq!(read("\"0%\"", target), None);
    assert_eq!(read("\"100.1%\"", target), None);
    assert_eq!(read("0.999", target), Some(Decimal::new(999, 3)));
    assert_eq!(read("\"0%\"", share), Some(Decimal::ZERO));
    assert_eq!(read("-0.1", share), None);
    assert_eq!(read("\"62.5%\"", quantity), Some(Quantity::Percent(Decimal::new(625, 1))));
    assert_eq!(read("2", quantity), Some(Quantity::Count(2)));
    assert_eq!(read("\"2\"", quantity), None);
}

#[test]
fn durations_add_up_and_are_never_nothing() {
    let seconds = |text: &str| read(text, duration).map(|span| span.num_seconds());
    assert_eq!(seconds("\"1h30m\""), Some(5400));
    assert_eq!(seconds("\"2w\""), Some(14 * 86400));
    assert_eq!(seconds("\"7.5m\""), Some(450));
    assert_eq!(seconds("\"0s\""), None);
    assert_eq!(seconds("\".s\""), None);
    assert_eq!(seconds("\"1.2.3s\""), None);
    assert_eq!(seconds("\"5\""), None);
    assert_eq!(seconds("\"5 m\""), None);
    assert_eq!(seconds("\"99999999999999999999s\""), None);
    assert_eq!(seconds("\"9223372036854775807w\""), None);
    assert_eq!(read("\"30d\"", window), Some(Window::Rolling(TimeDelta::days(30))));
    assert_eq!(read("\"quarter\"", window), Some(Window::Quarter));
    assert_eq!(read("\"day\"", window), None);
}

#[test]
fn hours_may_cross_midnight_or_fill_a_day() {
    assert_eq!(read("\"08:00-12:00\"", hours), Some((480, 720)));
    assert_eq!(read("\"22:00-06:00\"", hours), Some((1320, 1800)));
    assert_eq!(read("\"22:00-00:00\"", hours), Some((1320, 1440)));
    assert_eq!(read("\"00:00-00:00\"", hours), Some((0, 1440)));
    assert_eq!(read("\"00:00-24:00\"", hours), Some((0, 1440)));
    assert_eq!(read("\"24:00-06:00\"", hours), None);
    assert_eq!(read("\"8:00-12:00\"", hours), None);
    assert_eq!(read("\"08:00-12:60\"", hours), None);
    assert_eq!(read("\"08:00-24:01\"", hours), None);
}

#[test]
fn ranges_of_weekdays_wrap() {
    let days = |text: &str| read(text, weekdays);
    assert_eq!(days("\"fri-mon\""), Some(vec![Weekday::Fri, Weekday::Sat, Weekday::Sun, Weekday::Mon]));
    assert_eq!(days("\"sat,sun\""), Some(vec![Weekday::Sat, Weekday::Sun]));
    assert_eq!(days("\"daily\"").map(|days| days.len()), Some(7));
    assert_eq!(days("\"mon-sun\"").map(|days| days.len()), Some(7));
    assert_eq!(days("\"mon-\""), None);
}

#[test]
fn dates_may_be_quoted() {
    let day = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a date");
    assert_eq!(read("2026-05-01", date), Some(day));
    assert_eq!(read("\"2026-05-01\"", holiday), Some(Holiday::Date(day)));
    assert_eq!(read("\"02-29\"", holiday), Some(Holiday::Yearly(2, 29)));
    assert_eq!(read("\"02-30\"", holiday), None);
    let night = day.and_hms_opt(22, 0, 0);
    assert_eq!(read("2026-05-01T22:00:00", local_time), night);
    assert_eq!(read("\"2026-05-01 22:00\"", local_time), night);
    assert_eq!(read("2026-05-01T22:00:00Z", local_time), None);
    assert_eq!(read("2026-05-01", local_time), None);
    assert_eq!(read("\"monthly 2nd tue\"", repeat), Some(Repeat::Monthly(2, Weekday::Tue)));
    assert_eq!(read("\"weekly\"", repeat), None);
}

#[test]
fn an_amount_has_its_currency() {
    let read = |text: &str| read(text, amount).map(|(value, currency)| (value, currency.code().to_owned()));
    assert_eq!(read("\"61.40 EUR\""), Some((Decimal::new(6140, 2), "EUR".into())));
    assert_eq!(read("\"42000\""), None);
    assert_eq!(read("\"-1 EUR\""), None);
    assert_eq!(read("\"1 eur\""), None);
}

#[test]
fn a_wrong_id_is_answered_with_a_right_one() {
    let value = DeValue::String("Pay DB.1".into());
    let fault = id(&value).expect_err("capitals are no id");
    assert_eq!(fault.hint.as_deref(), Some("write \"pay-db-1\""));
}

#[test]
fn an_address_holds_no_secret() {
    assert!(read("\"https://user:pw@prom.example\"", address).is_none());
    assert!(read("\"ftp://prom.example\"", address).is_none());
    assert!(read("\"http://127.0.0.1:9\"", address).is_some());
}
