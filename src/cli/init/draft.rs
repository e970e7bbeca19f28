//! The texts of a first configuration. Pure: what was found in, files out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use url::Url;

use super::found::{Found, Service};

/// What a first configuration is made from.
pub(super) struct Draft<'a> {
    pub(super) url: &'a Url,
    pub(super) token_env: Option<&'a str>,
    pub(super) tz: &'a str,
    pub(super) found: &'a Found,
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The value of a label matcher of a query.
fn tested(label: &str, value: &str) -> String {
    format!("{label}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Ids that are taken; no two are equal over all kinds.
#[derive(Default)]
struct Ids(BTreeSet<String>);

impl Ids {
    /// An id that looks like a name: `[a-z0-9][a-z0-9_-]*`.
    fn take(&mut self, name: &str) -> String {
        let plain =
            |char: char| if char.is_ascii_alphanumeric() || char == '_' { char.to_ascii_lowercase() } else { '-' };
        let slug: String = name.chars().map(plain).collect();
        let slug = slug.trim_matches(['-', '_']);
        let first = if slug.is_empty() { "unnamed" } else { slug };
        let more = (2..).map(|number| format!("{first}-{number}"));
        let id = std::iter::once(first.to_owned()).chain(more).find(|id| !self.0.contains(id)).unwrap_or_default();
        self.0.insert(id.clone());
        id
    }
}

impl Draft<'_> {
    /// Names and texts of the files.
    pub(super) fn files(&self) -> [(String, String); 2] {
        [("config.toml".to_owned(), self.config()), ("map/first.toml".to_owned(), self.map())]
    }

    fn config(&self) -> String {
        let mut text = format!(
            "# Where observations come from, and what totals are counted in. `bsmtop check` says what is wrong here.\n\
             tz = {}   # where days and months begin\n\n[money]\ncurrency = \"EUR\"   # every total is in it\n\n\
             [[source]]\nname = \"prom\"   # what the map and the screens call it\ntype = \"prometheus\"\nurl = {}\nevery = \"15s\"\n",
            quoted(self.tz),
            quoted(self.url.as_str().trim_end_matches('/')),
        );
        if let Some(name) = self.token_env {
            let _ = writeln!(text, "auth = {{ bearer = {{ env = {} }} }}", quoted(name));
        }
        let heartbeat = self.heartbeat();
        let alertmanagers: Vec<String> = self.found.alertmanagers.iter().map(|url| quoted(url)).collect();
        text += &heartbeat;
        if !alertmanagers.is_empty() {
            let _ = write!(
                text,
                "\n# It has the same alerts, and knows which are silenced: let matchers of alerts name it.\n[[source]]\nname = \"am\"\n\
                 type = \"alertmanager\"\nurl = [{}]   # the members of one cluster\n{heartbeat}",
                alertmanagers.join(", ")
            );
        }
        text
    }

    fn heartbeat(&self) -> String {
        match self.found.heartbeats.first() {
            Some((_, name)) => format!(
                "heartbeat = [{{ alertname = {} }}]   # always fires: when it stops, nothing from here is trusted\n",
                quoted(name)
            ),
            None => "# heartbeat = [{ alertname = \"Watchdog\" }]   # an alert that always fires, `expr: vector(1)`; without one, silence proves nothing\n".to_owned(),
        }
    }

    fn map(&self) -> String {
        let mut ids = Ids::default();
        let mut teams: BTreeMap<Option<&str>, Vec<&String>> = BTreeMap::new();
        for (name, service) in &self.found.services {
            teams.entry(service.team.as_deref()).or_default().push(name);
        }
        let services: BTreeMap<&String, String> =
            self.found.services.keys().map(|name| (name, ids.take(name))).collect();
        let mut text =
            "# A first map, from the labels that Prometheus knows. What it can't know is what the business does:\n\
                        # rename the processes, say which services each needs, and what an hour of it is worth.\n"
                .to_owned();
        for (team, names) in &teams {
            let name = team.map_or_else(|| "The business".to_owned(), |team| format!("What {team} runs"));
            let id = ids.take(team.unwrap_or("business"));
            let needs: Vec<String> = names.iter().map(|name| format!("\"{}\"", services[*name])).collect();
            let _ =
                write!(text, "\n[[process]]\nid = \"{id}\"\nname = {}   # what the business calls it\n", quoted(&name));
            if let Some(team) = team {
                let _ = writeln!(text, "owner = {}", quoted(team));
            }
            let _ = write!(
                text,
                "needs = [{}]\n# value = {{ per_hour = \"1000 EUR\" }}   # what an hour of it is worth: then every problem has a price\n\
                 # tolerable = \"4h\"                       # how long the business bears an outage\n",
                needs.join(", ")
            );
        }
        for (name, service) in &self.found.services {
            self.service(&mut text, &mut ids, &services[name], name, service);
        }
        if self.found.services.is_empty() {
            text += "\n# Prometheus has no targets yet. A process that is always fine keeps the map valid until you draw it.\n\
                     [[process]]\nid = \"business\"\nname = \"The business\"\nmanual = \"ok\"\n";
        }
        text
    }

    fn service(&self, text: &mut String, ids: &mut Ids, id: &str, name: &str, service: &Service) {
        let alerts = if self.found.alertmanagers.is_empty() { "prom" } else { "am" };
        let components: Vec<(String, &String, usize)> =
            service.jobs.iter().map(|(job, count)| (ids.take(&format!("{job}-up")), job, *count)).collect();
        let _ = write!(text, "\n[[service]]\nid = \"{id}\"\nname = {}\n", quoted(name));
        if !components.is_empty() {
            let needs: Vec<String> = components.iter().map(|(id, ..)| format!("\"{id}\"")).collect();
            let _ = writeln!(text, "needs = [{}]", needs.join(", "));
        }
        if service.has_alerts || components.is_empty() {
            let _ = writeln!(
                text,
                "match = [{{ source = \"{alerts}\", labels = {{ service = {} }} }}]   # alerts that carry its name",
                quoted(name)
            );
        }
        for (id, job, count) in components {
            let by_service = (service.label != "job").then(|| tested(&service.label, name));
            let tests: Vec<String> = std::iter::once(tested("job", job)).chain(by_service).collect();
            let query = format!("up{{{}}}", tests.join(","));
            let _ = write!(
                text,
                "\n[[component]]\nid = \"{id}\"\nname = {}\ncheck = {{ source = \"prom\", query = {}, each = \"instance\", critical = \"< 1\" }}\n",
                quoted(&format!("targets of {job}")),
                quoted(&query),
            );
            if count > 1 {
                let _ = writeln!(text, "rule = {{ at_least = 1 }}   # of {count} today: how many are enough?");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;

    fn drafted(targets: &[&[(&str, &str)]]) -> config::Config {
        let found = Found::of_targets(targets);
        let url = Url::parse("http://127.0.0.1:9090/").expect("a url");
        let draft = Draft { url: &url, token_env: Some("TOKEN"), tz: "Europe/Berlin", found: &found };
        config::load_texts(&draft.files(), Path::new(".")).expect("what is proposed is valid")
    }

    #[test]
    fn odd_names_become_a_valid_map() {
        let config = drafted(&[
            &[("job", "api"), ("service", "api"), ("team", "Shop \"1\""), ("instance", "a:1")],
            &[("job", "api"), ("service", "api"), ("instance", "b:1")],
            &[("job", "-- ÄÖ'\\ --"), ("instance", "c:1")],
            &[("job", "api-up")],
        ]);
        let ids: Vec<&str> = config.map.named_nodes().map(|(_, node)| node.id.as_str()).collect();
        for id in ["api", "api-up", "api-up-2", "api-up-up", "business", "shop--1"] {
            assert!(ids.contains(&id), "{id} is not among {ids:?}");
        }
    }

    #[test]
    fn without_targets_the_map_is_still_valid() {
        assert_eq!(drafted(&[]).map.named, 1);
    }
}
