//! Amounts in the currency of the totals: what was stated in another is converted by the configured rates.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::reader::{Findings, Item, Table};
use super::scalar;
use crate::domain::money::{Amount, Currency};

/// The currency of the totals, and what others are worth in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Money {
    /// Every total is in it.
    pub currency: Currency,
    /// What one unit of another currency is worth in `currency`.
    pub rates: BTreeMap<Currency, Decimal>,
    /// The day of the rates.
    pub as_of: Option<NaiveDate>,
}

impl Default for Money {
    fn default() -> Self {
        let currency = Currency::parse("EUR").expect("three upper-case letters are a currency code");
        Self { currency, rates: BTreeMap::new(), as_of: None }
    }
}

impl Money {
    /// Reads `[money]`.
    pub(super) fn read(table: Table<'_>) -> Self {
        let rates = table.table("rates").into_iter().flat_map(Table::entries);
        let rate =
            |entry: super::reader::Entry<'_>| Some((Currency::parse(entry.key)?, entry.item.read(scalar::decimal)?));
        Self {
            currency: table.read("currency", scalar::currency).unwrap_or(Self::default().currency),
            rates: rates.filter_map(rate).collect(),
            as_of: table.read("as_of", scalar::date),
        }
    }

    /// The amount of an item; an error where its currency has no rate.
    pub(super) fn amount(&self, item: Item<'_>, findings: &Findings<'_>) -> Option<Amount> {
        let (value, currency) = item.read(scalar::amount)?;
        if currency == self.currency {
            return Some(Amount::stated(value));
        }
        let Some(converted) = self.rates.get(&currency).and_then(|rate| value.checked_mul(*rate)) else {
            let message = format!("there is no rate for {currency}; the totals are in {}", self.currency);
            findings.error(item.at, message, format!("config.toml: [money] rates = {{ {currency} = \"…\" }}"));
            return None;
        };
        Some(Amount { value: converted, converted: true })
    }

    /// The amount of a key.
    pub(super) fn amount_of(&self, table: Table<'_>, key: &str, findings: &Findings<'_>) -> Option<Amount> {
        self.amount(table.get(key)?, findings)
    }
}
