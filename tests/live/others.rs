//! The other servers: what the adapter says of each is compared with what the server stores, read another way.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::servers::{address, alone, can_run};

/// The world of a configuration with one source and a map.
pub fn status(source: &str, map: &str, secrets: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let text = format!("tz = \"UTC\"\n\n[money]\ncurrency = \"EUR\"\n\n[[source]]\nevery = \"5s\"\n{source}");
    fs::create_dir(folder.path().join("map")).expect("a folder can be made in it");
    fs::write(folder.path().join("config.toml"), text).expect("a file can be written");
    fs::write(folder.path().join("map/map.toml"), map).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bsmtop"));
    command.args(["status", "--json", "--wait", "20s", "--config"]).arg(folder.path()).stdin(Stdio::null());
    let output = command.envs(secrets.iter().copied()).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("status --json prints JSON")
}

/// A leaf for each name, matched by these labels.
pub fn leaves<'a>(source: &str, leaves: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let leaf = |(id, labels): (&str, String)| {
        format!("[[component]]\nid = \"{id}\"\nmatch = [{{ source = \"{source}\", labels = {{ {labels} }} }}]\n")
    };
    leaves.into_iter().map(leaf).collect()
}

/// The blocks of Nagios' own status file: kind and pairs.
pub fn blocks(status: &Path) -> Vec<(String, Vec<(String, String)>)> {
    let text = fs::read_to_string(status).expect("the daemon writes its status");
    let block = |text: &str| {
        let (kind, rest) = text.split_once('{')?;
        let pairs = rest.lines().filter_map(|line| line.trim().split_once('='));
        let kind = kind.trim().lines().last()?.trim().to_owned();
        Some((kind, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    };
    text.split("\n\t}").filter_map(block).collect()
}

/// A value of a block.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[test]
fn nagios_is_read_as_its_own_status_file_has_it() {
    let needs = ["NAGIOS_URL", "NAGIOS_USER", "NAGIOS_PASSWORD", "NAGIOS_COMMANDS"];
    if !can_run("nagios_is_read_as_its_own_status_file_has_it", &needs) {
        return;
    }
    let _alone = alone();
    let (url, user) = (address("NAGIOS_URL"), address("NAGIOS_USER"));
    let source = format!(
        "name = \"nagios\"\ntype = \"nagios\"\nurl = \"{url}\"\nauth = {{ basic = {{ user = \"{user}\", password = {{ env = \"NAGIOS_SECRET\" }} }} }}\n"
    );
    let stored = Path::new(&address("NAGIOS_COMMANDS")).with_file_name("../status.dat");
    let blocks = blocks(&stored);
    let services: Vec<_> = blocks.iter().filter(|(kind, _)| kind == "servicestatus").map(|(_, pairs)| pairs).collect();
    assert!(services.len() >= 8, "{} services in {}", services.len(), stored.display());
    let id =
        |pairs: &[(String, String)]| format!("{}-{}", value(pairs, "host_name"), value(pairs, "service_description"));
    let ids: Vec<String> = services.iter().map(|pairs| id(pairs)).collect();
    let labels = |pairs: &[(String, String)]| {
        format!("host = \"{}\", service = \"{}\"", value(pairs, "host_name"), value(pairs, "service_description"))
    };
    let map = leaves("nagios", services.iter().zip(&ids).map(|(pairs, id)| (id.as_str(), labels(pairs))))
        + "[[component]]\nid = \"nobody\"\nmatch = [{ source = \"nagios\", labels = { host = \"nobody\" } }]\n";
    let world = status(&source, &map, &[("NAGIOS_SECRET", &address("NAGIOS_PASSWORD"))]);
    assert_eq!(world["sources"]["nagios"]["freshness"], "fresh", "{}", world["sources"]);
    for (pairs, id) in services.iter().zip(&ids) {
        let hard = if value(pairs, "state_type") == "0" { "last_hard_state" } else { "current_state" };
        let wanted = match (value(pairs, "has_been_checked"), value(pairs, hard)) {
            ("1", "0") => "ok",
            ("1", "1") => "warning",
            ("1", "2") => "critical",
            _ => "unknown",
        };
        let node = &world["nodes"][id.as_str()];
        assert_eq!(node["severity"], wanted, "{id}: {node}");
        let is_planned = value(pairs, "scheduled_downtime_depth") != "0";
        let is_handled = is_planned || value(pairs, "problem_has_been_acknowledged") == "1";
        let is_problem = !matches!(wanted, "ok" | "unknown");
        assert_eq!(
            (&node["handled"], &node["planned"]),
            (&Value::Bool(is_handled && is_problem), &Value::Bool(is_planned && is_problem)),
            "{id}: {node}"
        );
    }
    assert_eq!(world["nodes"]["nobody"]["severity"], "unknown", "a mapped check that is not there");
}

#[test]
fn redmine_is_read_as_its_database_has_it() {
    if !can_run("redmine_is_read_as_its_database_has_it", &["REDMINE_URL", "REDMINE_KEY", "REDMINE_DATABASE"]) {
        return;
    }
    let _alone = alone();
    let source = format!(
        "name = \"redmine\"\ntype = \"redmine\"\nurl = \"{}\"\nauth = {{ header = \"X-Redmine-API-Key\", value = {{ env = \"REDMINE_SECRET\" }} }}\n",
        address("REDMINE_URL")
    );
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(address("REDMINE_DATABASE"), flags).expect("it is SQLite");
    let mut query = database
        .prepare(
            "SELECT v.value, i.id FROM issues i JOIN custom_values v ON v.customized_id = i.id AND v.customized_type = 'Issue'
             JOIN issue_statuses s ON s.id = i.status_id WHERE NOT s.is_closed AND v.value <> ''",
        )
        .expect("its tables are known");
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).expect("it answers");
    let open: Vec<(String, i64)> = rows.collect::<Result<_, _>>().expect("rows");
    assert!(open.len() >= 3, "{open:?}");
    // Each service is a process that fails, so that its open issues stand beside the cause.
    let node = |service: &str| {
        format!(
            "[[component]]\nid = \"{service}\"\nmanual = \"ok\"\ntickets = [{{ source = \"redmine\", labels = {{ Service = \"{service}\" }} }}]\n"
        )
    };
    let mut services: Vec<&str> = open.iter().map(|(service, _)| service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let map: String = services.iter().map(|service| node(service)).collect();
    let clocks = "[[clock]]\nsource = \"redmine\"\nresolve = \"4h\"\n";
    let world = status(&source, &(map + clocks), &[("REDMINE_SECRET", &address("REDMINE_KEY"))]);
    assert_eq!(world["sources"]["redmine"]["error"], Value::Null, "{}", world["sources"]);
    let clocks = world["clocks"].as_array().expect("a list");
    for (service, id) in &open {
        let ticket = format!("redmine:{id}");
        assert!(clocks.iter().any(|clock| clock["ticket"] == ticket.as_str()), "{service}: {ticket} has a clock");
    }
}
