//! Columns by any spelling: vendors write `BilledCost`, `billed_cost`, `Billed Cost`, with a byte order mark before the
//! first, or under the name that an earlier draft had.

use std::collections::BTreeMap;

/// Short names of `select`, and the columns they mean; the first that is there.
const SHORT: [(&str, &[&str]); 6] = [
    ("service", &["servicename", "x_servicename"]),
    ("account", &["subaccountname", "subaccountid", "billingaccountname", "billingaccountid"]),
    ("region", &["regionid", "regionname", "region"]),
    ("resource", &["resourcename", "resourceid"]),
    ("provider", &["providername", "serviceprovidername", "provider"]),
    ("category", &["servicecategory"]),
];
/// Names of earlier drafts and of vendors, for columns that are needed.
const OTHERS: [(&str, &[&str]); 5] = [
    ("effectivecost", &["amortizedcost", "amortisedcost"]),
    ("billedcost", &["invoicedcost"]),
    ("billingcurrency", &["billingcurrencycode", "currency"]),
    ("chargeperiodstart", &["chargeperiodstartdate", "usageperiodstart", "usagestart"]),
    ("chargeperiodend", &["chargeperiodenddate", "usageperiodend", "usageend"]),
];

/// The columns of a file, by name without case and signs.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<String, usize>);

/// A name without case, spaces, underscores, quotes and byte order marks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Names {
    /// The columns of a header.
    pub fn of<'h>(header: impl Iterator<Item = &'h str>) -> Self {
        let mut columns = BTreeMap::new();
        for (index, name) in header.enumerate() {
            columns.entry(plain(name)).or_insert(index);
        }
        Self(columns)
    }

    /// The index of a column.
    pub fn find(&self, name: &str) -> Option<usize> {
        let name = plain(name);
        let others = OTHERS.iter().find(|(column, _)| *column == name).map_or(&[][..], |(_, others)| others);
        let short = SHORT.iter().find(|(short, _)| *short == name).map_or(&[][..], |(_, columns)| columns);
        let direct = self.0.get(&name).copied();
        direct.or_else(|| others.iter().chain(short).find_map(|other| self.0.get(*other).copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_any_spelling() {
        let columns =
            Names::of(["\u{feff}BilledCost", "effective_cost", "Charge Period Start", "ServiceName"].into_iter());
        assert_eq!(columns.find("BilledCost"), Some(0));
        assert_eq!(columns.find("EffectiveCost"), Some(1));
        assert_eq!(columns.find("ChargePeriodStart"), Some(2));
        assert_eq!([columns.find("service"), columns.find("service_name")], [Some(3), Some(3)]);
        assert_eq!(columns.find("Tags"), None);
        assert_eq!(Names::of(["Cost", "Currency"].into_iter()).find("BillingCurrency"), Some(1));
    }
}
