//! Icinga, Zabbix and Alerta: every state of the seed as `status --json` has it, compared with what the server shows to
//! `curl` or has in its database.

use std::path::Path;

use serde_json::{Value, json};

use crate::others::{leaves, status};
use crate::servers::{address, alone, can_run, curl, eventually, parse, script, sql};
use crate::{SOON, list};

/// What Icinga shows to `curl`.
pub fn icinga(path: &str, body: Option<&Value>) -> Value {
    let login = format!("{}:{}", address("ICINGA2_USER"), address("ICINGA2_PASSWORD"));
    let url = format!("{}/v1/{path}", address("ICINGA2_URL"));
    let authority = address("ICINGA2_CA");
    parse(&curl(&["--cacert", &authority, "--user", &login, "--header", "Accept: application/json", &url], body))
}

pub const ICINGA: [&str; 4] = ["ICINGA2_URL", "ICINGA2_USER", "ICINGA2_PASSWORD", "ICINGA2_CA"];

/// An id of our map for a name of theirs.
fn id(name: &str) -> String {
    name.replace('!', "--").replace(['.', ' '], "_").to_lowercase()
}

fn assert_node(world: &Value, id: &str, wanted: &str, handled: bool, planned: bool) {
    let node = &world["nodes"][id];
    assert_eq!(node["severity"], wanted, "{id}: {node}");
    assert_eq!(node["known"], wanted != "unknown", "{id}: {node}");
    let is_problem = !matches!(wanted, "ok" | "info" | "unclassified" | "unknown");
    let is = (&node["handled"], &node["planned"]);
    assert_eq!(is, (&json!((handled || planned) && is_problem), &json!(planned && is_problem)), "{id}: {node}");
}

#[test]
fn icinga_is_read_as_it_shows_itself() {
    if !can_run("icinga_is_read_as_it_shows_itself", &ICINGA) {
        return;
    }
    let _alone = alone();
    let hosts = list(&icinga("objects/hosts", None)["results"]);
    let services = list(&icinga("objects/services", None)["results"]);
    assert!(hosts.len() == 6 && services.len() == 8, "{} hosts, {} services", hosts.len(), services.len());
    let source = format!(
        "name = \"icinga\"\ntype = \"icinga2\"\nurl = \"{}\"\nca = \"{}\"\nvars = [\"team\"]\n\
         auth = {{ basic = {{ user = \"{}\", password = {{ env = \"ICINGA_SECRET\" }} }} }}\n",
        address("ICINGA2_URL"),
        address("ICINGA2_CA"),
        address("ICINGA2_USER")
    );
    let objects: Vec<(String, &Value, bool)> = hosts
        .iter()
        .map(|host| (host, false))
        .chain(services.iter().map(|service| (service, true)))
        .map(|(object, is_service)| (id(object["name"].as_str().expect("a name")), &object["attrs"], is_service))
        .collect();
    let labels = |attrs: &Value, is_service: bool| {
        if is_service {
            format!("host = {}, service = {}", attrs["host_name"], attrs["name"])
        } else {
            format!("host = {}, service = \"!*\"", attrs["name"])
        }
    };
    let map = leaves("icinga", objects.iter().map(|(id, attrs, service)| (id.as_str(), labels(attrs, *service))))
        + &leaves("icinga", [("nobody", "host = \"nobody\"".to_owned()), ("web", "team = \"web\"".to_owned())]);
    let world = status(&source, &map, &[("ICINGA_SECRET", &address("ICINGA2_PASSWORD"))]);
    assert_eq!(world["sources"]["icinga"]["freshness"], "fresh", "{}", world["sources"]);
    for (id, attrs, is_service) in &objects {
        let is_soft = attrs["state_type"] == 0.0;
        let state = if is_soft { &attrs["last_hard_state"] } else { &attrs["state"] };
        let host = hosts.iter().find(|host| host["name"] == attrs["host_name"]).map(|host| &host["attrs"]);
        let host_is_down = host.is_some_and(|host| host["state"] != 0.0 && host["last_reachable"] == true);
        let wanted = match (attrs["last_check_result"].is_null(), state.as_f64().expect("a state") as i64) {
            (true, _) => "unknown",
            (_, 0) => "ok",
            _ if attrs["last_reachable"] == false && !host_is_down => "unknown",
            (_, 1) if *is_service => "warning",
            (_, 2) if *is_service => "critical",
            (_, 1) => "critical",
            _ => "unknown",
        };
        let (acknowledged, planned) = (attrs["acknowledgement"] != 0.0, attrs["downtime_depth"] != 0.0);
        assert_node(&world, id, wanted, acknowledged, planned);
    }
    // Each state that the seed has was really there.
    for (node, wanted) in [("till", "unknown"), ("mail-01--disk", "unknown"), ("db-01--replication", "ok")] {
        assert_eq!(world["nodes"][node]["severity"], wanted, "{node}");
    }
    assert_eq!(world["nodes"]["mail-01"]["planned"], true);
    assert_eq!(world["nodes"]["nobody"]["severity"], "unknown", "a mapped check that is not there");
    assert_eq!(world["nodes"]["web"]["severity"], "critical", "by a custom variable: {}", world["nodes"]["web"]);
    assert!(!world.to_string().contains("never-shown"), "a custom variable that was not asked for");
}

pub const ZABBIX: [&str; 4] = ["ZABBIX_URL", "ZABBIX_TOKEN", "ZABBIX_DATABASE", "ZABBIX_STATE"];

fn zabbix_source(auth: &str) -> String {
    format!("name = \"zabbix\"\ntype = \"zabbix\"\nurl = \"{}\"\nauth = {auth}\n", address("ZABBIX_URL"))
}

const SHOPS: [&str; 7] = ["checkout", "payments", "search", "catalog", "email", "uplink", "till"];

fn zabbix_map() -> String {
    leaves("zabbix", SHOPS.map(|host| (host, format!("host = \"{host}\""))))
        + &leaves("zabbix", [("by-tag", "service = \"payments\"".to_owned())])
}

/// Host, severity, whether acknowledged, whether in maintenance, whether behind another problem: of every problem.
const PROBLEMS: &str = "
    select h.host, p.severity, p.acknowledged,
      exists (select from event_suppress s where s.eventid = p.eventid and s.maintenanceid is not null),
      exists (select from trigger_depends d join triggers t on t.triggerid = d.triggerid_up where d.triggerid_down = p.objectid and t.value = 1)
    from problem p join functions f on f.triggerid = p.objectid join items i on i.itemid = f.itemid join hosts h on h.hostid = i.hostid
    where p.source = 0 and p.object = 0 and p.r_eventid is null";

#[test]
fn zabbix_is_read_as_its_database_has_it() {
    if !can_run("zabbix_is_read_as_its_database_has_it", &ZABBIX) {
        return;
    }
    let _alone = alone();
    let problems = sql(&address("ZABBIX_DATABASE"), PROBLEMS);
    assert!(problems.len() >= 5, "{problems:?}");
    let by_password =
        format!("{{ basic = {{ user = \"{}\", password = {{ env = \"ZABBIX_SECRET\" }} }} }}", address("ZABBIX_USER"));
    for (auth, secret) in
        [("{ bearer = { env = \"ZABBIX_SECRET\" } }", "ZABBIX_TOKEN"), (by_password.as_str(), "ZABBIX_PASSWORD")]
    {
        let world = status(&zabbix_source(auth), &zabbix_map(), &[("ZABBIX_SECRET", &address(secret))]);
        assert_eq!(world["sources"]["zabbix"]["freshness"], "fresh", "{}", world["sources"]);
        assert_eq!(world["sources"]["zabbix"]["error"], Value::Null);
        for host in SHOPS {
            let problem = problems.iter().find(|problem| problem[0] == host);
            let Some([_, level, acknowledged, planned, behind]) = problem.map(Vec::as_slice) else {
                assert_node(&world, host, "ok", false, false);
                continue;
            };
            let level = ["unclassified", "info", "warning", "minor", "major", "critical"]
                [level.parse::<usize>().expect("a level")];
            let wanted = if behind == "t" { "unknown" } else { level };
            assert_node(&world, host, wanted, acknowledged == "1", planned == "t");
        }
        assert_eq!(world["nodes"]["by-tag"]["severity"], "critical");
        assert_eq!(world["nodes"]["till"]["severity"], "unknown", "behind its uplink");
        assert_eq!(world["nodes"]["catalog"]["planned"], true, "in maintenance");
    }
    let world = status(
        &zabbix_source("{ bearer = { env = \"ZABBIX_SECRET\" } }"),
        &zabbix_map(),
        &[("ZABBIX_SECRET", "0123456789012345678901234567890123456789012345678901234567890123")],
    );
    let error = world["sources"]["zabbix"]["error"].as_str().expect("a wrong token is told");
    assert!(error.contains("check `auth`"), "{error}");
    assert_eq!(world["nodes"]["checkout"]["severity"], "unknown");
}

#[test]
fn a_stopped_zabbix_server_behind_a_living_frontend_is_lost() {
    if !can_run("a_stopped_zabbix_server_behind_a_living_frontend_is_lost", &ZABBIX) {
        return;
    }
    let _alone = alone();
    let state = address("ZABBIX_STATE");
    let world = || {
        let source = zabbix_source("{ bearer = { env = \"ZABBIX_SECRET\" } }");
        status(&source, &zabbix_map(), &[("ZABBIX_SECRET", &address("ZABBIX_TOKEN"))])
    };
    script("down", "zabbix-server", Path::new(&state));
    // As if it had been ten minutes.
    sql(&address("ZABBIX_DATABASE"), "update ha_node set lastaccess = lastaccess - 600");
    let without = world();
    script("up", "zabbix", Path::new(&state));
    assert_eq!(without["sources"]["zabbix"]["freshness"], "lost", "{}", without["sources"]);
    assert_eq!(without["nodes"]["checkout"]["severity"], "unknown", "no problem of a dead server is no good news");
    eventually(SOON, || {
        let world = world();
        if world["sources"]["zabbix"]["freshness"] == "fresh" { Ok(()) } else { Err(world["sources"].to_string()) }
    });
}

pub const ALERTA: [&str; 3] = ["ALERTA_URL", "ALERTA_KEY", "ALERTA_DATABASE"];

#[test]
fn alerta_is_read_as_its_database_has_it() {
    if !can_run("alerta_is_read_as_its_database_has_it", &ALERTA) {
        return;
    }
    let _alone = alone();
    let alerts = sql(&address("ALERTA_DATABASE"), "select event, severity, status from alerts where origin = 'seed'");
    assert!(alerts.len() >= 8, "{alerts:?}");
    let source = format!(
        "name = \"alerta\"\ntype = \"alerta\"\nurl = \"{}\"\nauth = {{ header = \"Authorization\", value = {{ env = \"ALERTA_SECRET\" }} }}\n",
        address("ALERTA_URL")
    );
    let ids: Vec<String> = alerts.iter().map(|alert| id(&alert[0])).collect();
    let map = leaves(
        "alerta",
        alerts.iter().zip(&ids).map(|(alert, id)| (id.as_str(), format!("event = \"{}\", site = \"lab\"", alert[0]))),
    );
    let world = status(&source, &map, &[("ALERTA_SECRET", &format!("Key {}", address("ALERTA_KEY")))]);
    assert_eq!(world["sources"]["alerta"]["error"], Value::Null, "{}", world["sources"]);
    for (alert, id) in alerts.iter().zip(&ids) {
        let [_, severity, status] = alert.as_slice() else { panic!("three columns, not {alert:?}") };
        let wanted = match (status.as_str(), severity.as_str()) {
            ("closed" | "expired", _) => "ok",
            (_, "informational") => "info",
            (_, severity) => severity,
        };
        assert_node(&world, id, wanted, matches!(status.as_str(), "ack" | "shelved"), status == "blackout");
    }
}
