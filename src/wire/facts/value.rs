//! Single values of facts, as strict as they can be: decimals, lengths of time, words, tables without doubles.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::facts::Freshness;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, short};

/// A severity, or `unknown`.
pub(super) struct Assumed(pub(super) Option<Severity>);

impl<'de> Deserialize<'de> for Assumed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        known_or(&String::deserialize(deserializer)?).map(Self)
    }
}

/// A decimal, as a string or, where a person wrote it, as a number.
#[derive(Clone, Copy)]
pub(super) struct Exact(pub(super) Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(serde_json::Number),
        }
        let text = match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        };
        let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
        parsed.map(Self).map_err(|error| D::Error::custom(format!("{text:?} is no decimal: {error}")))
    }
}

/// `5m`, `1h`, `3d`: the key of a burn window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Duration(pub(super) TimeDelta);

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        duration(&text).map(Self).ok_or_else(|| D::Error::custom(format!("{text:?} is no duration such as \"5m\"")))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&short(self.0))
    }
}

/// A length of time in whole seconds, up to ten thousand years: what can be added to any date that we take.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) TimeDelta);

const MOST_SECONDS: i64 = 315_576_000_000;

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        let fits = (-MOST_SECONDS..=MOST_SECONDS).contains(&seconds);
        let length = TimeDelta::try_seconds(seconds).filter(|_| fits);
        let problem = || D::Error::custom(format!("{seconds} seconds are more than {MOST_SECONDS} (10,000 years)"));
        length.map(Self).ok_or_else(problem)
    }
}

/// `[start, end]`; `[start, null]`, or, as TOML has no `null`, `[start]`, is still open.
pub(super) struct Pause(pub(super) (Instant, Option<Instant>));

impl<'de> Deserialize<'de> for Pause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Vec::<Option<Instant>>::deserialize(deserializer)?[..] {
            [Some(start)] => Ok(Self((start, None))),
            [Some(start), end] => Ok(Self((start, end))),
            _ => Err(D::Error::custom("a pause is [start, end], or [start] while it is still open")),
        }
    }
}

/// A table in which no key comes twice: of two values for one name nobody knows which was meant.
pub(super) fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Table<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de> + Ord + fmt::Display, V: Deserialize<'de>> Visitor<'de> for Table<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut table = BTreeMap::new();
            while let Some(key) = access.next_key::<K>()? {
                if table.contains_key(&key) {
                    return Err(A::Error::custom(format!("the key \"{key}\" comes twice in one table")));
                }
                table.insert(key, access.next_value()?);
            }
            Ok(table)
        }
    }

    deserializer.deserialize_map(Table(PhantomData))
}

/// A share from 0 to 1.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Exact>, D::Error> {
    let share = Option::<Exact>::deserialize(deserializer)?;
    match share {
        Some(Exact(share)) if share < Decimal::ZERO || share > Decimal::ONE => {
            Err(D::Error::custom(format!("{share} is no share: from 0 to 1")))
        }
        share => Ok(share),
    }
}

/// The duration of a text such as `90s`, `5m`, `1h`, `3d`, `4w`.
pub fn duration(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    TimeDelta::try_seconds(number.parse::<i64>().ok().filter(|number| *number > 0)?.checked_mul(seconds)?)
}

pub(super) const fn fresh() -> Freshness {
    Freshness::Fresh
}

pub(super) fn freshness<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Freshness, D::Error> {
    let word = String::deserialize(deserializer)?;
    Freshness::parse(&word).ok_or_else(|| D::Error::custom(format!("{word:?} is none of fresh, pending, late, lost")))
}

fn severity_of<E: serde::de::Error>(word: &str) -> Result<Severity, E> {
    let words = || Severity::ALL.map(Severity::word).join(", ");
    Severity::parse(word).ok_or_else(|| E::custom(format!("{word:?} is no severity; the severities are {}", words())))
}

pub(super) fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|word| severity_of(&word)).transpose()
}

/// The same, where `null` and `"unknown"` say that it is not known: TOML has no `null`.
pub(super) fn severity_or_unknown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map_or(Ok(None), |word| known_or(&word))
}

fn known_or<E: serde::de::Error>(word: &str) -> Result<Option<Severity>, E> {
    if word == "unknown" { Ok(None) } else { severity_of(word).map(Some) }
}

pub(super) fn handling<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Handling, D::Error> {
    let word = String::deserialize(deserializer)?;
    Handling::parse(&word)
        .ok_or_else(|| D::Error::custom(format!("{word:?} is none of none, acknowledged, maintenance")))
}
