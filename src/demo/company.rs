//! The company's configuration and map as text: embedded, and completed with what is only known at the start.

use chrono::{NaiveDateTime, TimeDelta};

/// Files of a configuration folder, and their texts.
const FILES: [(&str, &str); 4] = [
    ("config.toml", include_str!("company/config.toml")),
    ("map/commerce.toml", include_str!("company/commerce.toml")),
    ("map/logistics.toml", include_str!("company/logistics.toml")),
    ("map/back-office.toml", include_str!("company/back-office.toml")),
];

/// What stands in the maintenance until its start is known.
const MAINTENANCE_START: &str = "1970-01-01T00:00:00";

/// What stands in the work that is planned for later, and how much later it is.
const PLANNED_START: &str = "1970-01-01T03:00:00";
const LATER: TimeDelta = TimeDelta::hours(3);

/// The files with the addresses of the servers, by the names of their sources, and the start of the maintenance.
pub(super) fn texts(addresses: &[(&str, String)], maintenance: NaiveDateTime) -> Vec<(String, String)> {
    let [start, planned] =
        [maintenance, maintenance + LATER].map(|start| start.format("%Y-%m-%dT%H:%M:%S").to_string());
    let complete = |(name, text): (&str, &str)| {
        let mut text = text.replace(MAINTENANCE_START, &start).replace(PLANNED_START, &planned);
        for (source, address) in addresses {
            text = text.replace(&format!("http://{source}.demo.invalid"), address);
        }
        (name.to_owned(), text)
    };
    FILES.map(complete).to_vec()
}
