//! Writing to Icinga, Zabbix, Nagios, Alerta and Redmine through the gate, read back where the server keeps it: its own
//! files or its database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bsmtop::domain::facts::{Signal, Ticket};
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::Handling;
use bsmtop::domain::write::{Intent, Outcome, Preview, Reference, Target, WriteKind};
use bsmtop::sources::settings::Auth;
use serde_json::json;

use crate::SOON;
use crate::monitors::{ALERTA, ICINGA, ZABBIX, icinga};
use crate::others::{blocks, value};
use crate::servers::{address, alone, can_run, curl, eventually, sql};
use crate::writing::{Door, intent, now, secret, settings};

fn signal(report: &StateReport, id: &str) -> Arc<Signal> {
    let found = report.signals.iter().find(|signal| *signal.id == *id);
    found.unwrap_or_else(|| panic!("{id} is there")).clone()
}

/// Prepares, shows, sends.
fn write(door: &Door, wanted: &Intent) -> (Preview, Outcome) {
    let (number, preview) = door.prepare(wanted).expect("it can be prepared");
    (preview, door.runtime.block_on(door.gate.send(number)))
}

fn ticket_reference() -> Reference {
    Reference {
        id: "jira:SHOP-7".into(),
        title: "checkout fails".into(),
        link: Some("https://jira.example/browse/SHOP-7".into()),
    }
}

fn on(source: &str, kind: WriteKind, signal: &Arc<Signal>) -> Intent {
    let mut intent = intent(source, kind, Target::Signal(Arc::clone(signal)));
    if kind == WriteKind::Link {
        intent.references = vec![ticket_reference()];
        intent.text.clear();
    }
    intent
}

/// Everything below a folder of objects that Icinga wrote, as text.
fn icinga_objects(kind: &str) -> String {
    fn read(folder: &Path, texts: &mut String) {
        let entries: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        for path in entries {
            if path.is_dir() {
                read(&path, texts);
            } else {
                texts.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
    let mut texts = String::new();
    let stages = std::fs::read_dir(address("ICINGA2_FILES")).expect("Icinga keeps what its API makes").flatten();
    for stage in stages.filter(|entry| entry.path().is_dir()) {
        read(&stage.path().join("conf.d").join(kind), &mut texts);
    }
    texts
}

fn icinga_door(user: &str) -> Door {
    let mut settings = settings("icinga", "icinga2", &address("ICINGA2_URL"));
    let password = secret("icinga", &address("ICINGA2_PASSWORD"));
    settings.auth = Some(Auth::Basic { user: user.to_owned(), password });
    settings.ca = Some(address("ICINGA2_CA").into());
    Door::new(settings)
}

#[test]
fn icinga_keeps_what_was_acknowledged_said_and_planned() {
    if !can_run("icinga_keeps_what_was_acknowledged_said_and_planned", &ICINGA) {
        return;
    }
    let _alone = alone();
    let door = icinga_door(&address("ICINGA2_USER"));
    let report = door.state();
    let (http, disk) = (signal(&report, "web-02!http"), signal(&report, "web-02!disk"));

    let (preview, outcome) = write(&door, &on("icinga", WriteKind::Acknowledge, &http));
    assert!(preview.object.starts_with("web-02!http · critical · HTTP CRITICAL"), "{}", preview.object);
    assert!(preview.remarks.iter().any(|remark| remark.contains("ends by itself")), "{:?}", preview.remarks);
    assert!(outcome.is_done() && outcome.text().contains("Successfully acknowledged"), "{outcome:?}");
    let comments = icinga_objects("comments");
    assert!(
        comments.contains("author = \"live-test\"") && comments.contains("text = \"being looked at\""),
        "{comments}"
    );
    let shown = icinga("objects/services?service=web-02!http", None);
    let attrs = &shown["results"][0]["attrs"];
    let lasts = attrs["acknowledgement_expiry"].as_f64().expect("a time") - now().timestamp() as f64;
    assert!(attrs["acknowledgement"] == 1.0 && (7000.0..7300.0).contains(&lasts), "{attrs}");
    assert_eq!(signal(&door.state(), "web-02!http").handling, Handling::Acknowledged);
    // Once more is refused, and told so before and after.
    let (preview, outcome) = write(&door, &on("icinga", WriteKind::Acknowledge, &http));
    assert!(preview.remarks[0].contains("already"), "{:?}", preview.remarks);
    assert_eq!((outcome.word(), outcome.text()), ("refused", "409 Service web-02!http is already acknowledged."));
    let fine = door.prepare(&on("icinga", WriteKind::Acknowledge, &signal(&report, "web-01!http")));
    assert!(fine.expect_err("nothing to acknowledge").contains("fine now"));

    let (_, outcome) = write(&door, &on("icinga", WriteKind::Silence, &disk));
    let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{outcome:?}") };
    let downtimes = icinga_objects("downtimes");
    let name = made.id.rsplit('!').next().expect("a name");
    assert!(downtimes.contains(name) && downtimes.contains("author = \"live-test\""), "{downtimes}");
    let after = door.state();
    assert_eq!(signal(&after, "web-02!disk").handling, Handling::Maintenance);
    assert!(after.changes.iter().any(|change| change.id == made.id), "{:?}", after.changes);

    let (_, outcome) = write(&door, &on("icinga", WriteKind::Comment, &disk));
    assert!(outcome.is_done(), "{outcome:?}");
    let (_, outcome) = write(&door, &on("icinga", WriteKind::Link, &http));
    assert!(outcome.is_done(), "{outcome:?}");
    let comments = icinga_objects("comments");
    assert!(comments.contains("jira:SHOP-7 checkout fails https://jira.example/browse/SHOP-7"), "{comments}");

    icinga("actions/remove-acknowledgement", Some(&json!({ "type": "Service", "service": "web-02!http" })));
    icinga("actions/remove-downtime", Some(&json!({ "type": "Downtime", "downtime": &*made.id })));
    let again = door.state();
    assert!(["web-02!http", "web-02!disk"].iter().all(|id| signal(&again, id).handling == Handling::None));

    // An account that may only read.
    let reader = icinga_door("reader");
    let (_, outcome) = write(&reader, &on("icinga", WriteKind::Comment, &disk));
    assert_eq!(outcome.word(), "refused", "{outcome:?}");
}

fn zabbix_door() -> Door {
    let mut settings = settings("zabbix", "zabbix", &address("ZABBIX_URL"));
    settings.auth = Some(Auth::Bearer(secret("zabbix", &address("ZABBIX_TOKEN"))));
    Door::new(settings)
}

#[test]
fn zabbix_keeps_what_was_acknowledged_said_and_planned() {
    if !can_run("zabbix_keeps_what_was_acknowledged_said_and_planned", &ZABBIX) {
        return;
    }
    let _alone = alone();
    let (door, database) = (zabbix_door(), address("ZABBIX_DATABASE"));
    let report = door.state();
    let of = |report: &StateReport, service: &str| {
        let found = report.signals.iter().find(|signal| label(&signal.labels, "service") == Some(service));
        found.unwrap_or_else(|| panic!("{service} has a problem")).clone()
    };
    let payments = of(&report, "payments");
    let (preview, outcome) = write(&door, &on("zabbix", WriteKind::Acknowledge, &payments));
    assert_eq!(preview.object, "payments is down · disaster");
    assert!(preview.remarks.iter().any(|remark| remark.contains("does not end before")), "{:?}", preview.remarks);
    assert!(!format!("{preview:?}").contains(&address("ZABBIX_TOKEN")), "no secret in a preview");
    assert!(outcome.is_done(), "{outcome:?}");
    let updates = || {
        let query =
            format!("select action, message from acknowledges where eventid = {} order by acknowledgeid", payments.id);
        sql(&database, &query)
    };
    assert_eq!(updates().last().expect("an update"), &["6", "being looked at"]);
    assert_eq!(of(&door.state(), "payments").handled_by.as_deref(), Some("Admin: being looked at"));
    let (_, outcome) = write(&door, &on("zabbix", WriteKind::Comment, &payments));
    assert!(outcome.is_done(), "{outcome:?}");
    let (_, outcome) = write(&door, &on("zabbix", WriteKind::Link, &payments));
    assert!(outcome.is_done(), "{outcome:?}");
    let updates = updates();
    let last: Vec<&str> = updates.iter().rev().take(2).map(|update| update[1].as_str()).collect();
    assert_eq!(last, ["jira:SHOP-7 checkout fails https://jira.example/browse/SHOP-7", "being looked at"]);

    let uplink = of(&report, "uplink");
    let (preview, outcome) = write(&door, &on("zabbix", WriteKind::Silence, &uplink));
    assert_eq!(preview.covers_count, 0, "{:?}", preview.covers);
    let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{outcome:?}") };
    let query = format!(
        "select h.host, m.description, m.active_till - m.active_since, (select string_agg(t.tag || '=' || t.value, ',' order by t.tag) \
         from maintenance_tag t where t.maintenanceid = m.maintenanceid) from maintenances m \
         join maintenances_hosts x using (maintenanceid) join hosts h on h.hostid = x.hostid where m.maintenanceid = {}",
        made.id
    );
    let stored = sql(&database, &query);
    let [host, description, length, tags] = stored[0].as_slice() else { panic!("four columns, not {stored:?}") };
    assert_eq!((host.as_str(), description.as_str()), ("uplink", "live-test: being looked at"));
    assert_eq!(tags, "service=uplink,team=core");
    assert!((7140..=7260).contains(&length.parse::<i64>().expect("seconds")), "{length}");
    let changes = door.state().changes;
    let of_host = changes.iter().any(|change| label(&change.labels, "host") == Some("uplink"));
    assert!(!of_host, "it keeps one problem quiet, not the whole host: {changes:?}");
    // It begins with the next minute.
    eventually(SOON * 2, || match of(&door.state(), "uplink").handling {
        Handling::Maintenance => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "maintenance.delete", "params": [&*made.id], "auth": address("ZABBIX_TOKEN") });
    curl(&[&format!("{}/api_jsonrpc.php", address("ZABBIX_URL"))], Some(&body));

    let gone = Arc::new(Signal { id: "999999".into(), ..(*uplink).clone() });
    let error = door.prepare(&on("zabbix", WriteKind::Acknowledge, &gone)).expect_err("no such problem");
    assert!(error.contains("may be resolved"), "{error}");
}

#[test]
fn nagios_keeps_what_was_acknowledged_said_and_planned() {
    let needs = ["NAGIOS_URL", "NAGIOS_USER", "NAGIOS_PASSWORD", "NAGIOS_COMMANDS"];
    if !can_run("nagios_keeps_what_was_acknowledged_said_and_planned", &needs) {
        return;
    }
    let _alone = alone();
    let mut settings = settings("nagios", "nagios", &address("NAGIOS_URL"));
    let password = secret("nagios", &address("NAGIOS_PASSWORD"));
    settings.auth = Some(Auth::Basic { user: address("NAGIOS_USER"), password });
    let door = Door::new(settings);
    let commands = address("NAGIOS_COMMANDS");
    let stored = Path::new(&commands).with_file_name("../status.dat");
    let wait_for = |kind: &str, service: &str, key: &str, wanted: &str| -> Vec<(String, String)> {
        eventually(SOON, || {
            let blocks = blocks(&stored);
            let found = blocks.iter().find(|(its, pairs)| {
                its == kind
                    && value(pairs, "host_name") == "web-02"
                    && value(pairs, "service_description") == service
                    && value(pairs, key) == wanted
            });
            found.map(|(_, pairs)| pairs.clone()).ok_or(format!("no {kind} of {service} with {key} = {wanted}"))
        })
    };
    let http = signal(&door.state(), "web-02!http");
    let (preview, outcome) = write(&door, &on("nagios", WriteKind::Acknowledge, &http));
    assert!(preview.object.starts_with("web-02!http · critical"), "{}", preview.object);
    assert!(preview.remarks.iter().any(|remark| remark.contains("not by time")), "{:?}", preview.remarks);
    assert!(outcome.is_done() && outcome.text().contains("successfully submitted"), "{outcome:?}");
    wait_for("servicestatus", "http", "problem_has_been_acknowledged", "1");
    wait_for("servicecomment", "http", "comment_data", "live-test: being looked at");

    let (_, outcome) = write(&door, &on("nagios", WriteKind::Silence, &http));
    assert!(outcome.is_done(), "{outcome:?}");
    let downtime = wait_for("servicedowntime", "http", "comment", "live-test: being looked at");
    let time = |key: &str| value(&downtime, key).parse::<i64>().expect("seconds");
    assert!((time("start_time") - now().timestamp()).abs() < 120, "{downtime:?}");
    assert!((time("end_time") - time("start_time") - 7200).abs() < 120, "{downtime:?}");
    let (_, outcome) = write(&door, &on("nagios", WriteKind::Link, &http));
    assert!(outcome.is_done(), "{outcome:?}");
    let linked = "live-test: jira:SHOP-7 checkout fails https://jira.example/browse/SHOP-7";
    wait_for("servicecomment", "http", "comment_data", linked);
    let after = door.state();
    assert_eq!(signal(&after, "web-02!http").handling, Handling::Maintenance);
    assert!(after.changes.iter().any(|change| label(&change.labels, "service") == Some("http")), "{:?}", after.changes);

    let id = value(&downtime, "downtime_id").to_owned();
    let order =
        format!("[{0}] DEL_SVC_DOWNTIME;{id}\n[{0}] REMOVE_SVC_ACKNOWLEDGEMENT;web-02;http\n", now().timestamp());
    std::fs::write(&commands, order).expect("the daemon reads its commands");
    wait_for("servicestatus", "http", "scheduled_downtime_depth", "0");
    wait_for("servicestatus", "http", "problem_has_been_acknowledged", "0");
    let fine = signal(&door.state(), "web-01!http");
    let error = door.prepare(&on("nagios", WriteKind::Acknowledge, &fine)).expect_err("nothing to acknowledge");
    assert!(error.contains("fine now"), "{error}");
}

#[test]
fn alerta_keeps_what_was_acknowledged_said_and_shelved() {
    if !can_run("alerta_keeps_what_was_acknowledged_said_and_shelved", &ALERTA) {
        return;
    }
    let _alone = alone();
    let mut settings = settings("alerta", "alerta", &address("ALERTA_URL"));
    let key = secret("alerta", &format!("Key {}", address("ALERTA_KEY")));
    settings.auth = Some(Auth::Headers(vec![("Authorization".into(), key)]));
    let (door, database) = (Door::new(settings), address("ALERTA_DATABASE"));
    let of = |report: &StateReport, event: &str| {
        let found = report.signals.iter().find(|signal| label(&signal.labels, "event") == Some(event));
        found.unwrap_or_else(|| panic!("{event} is there")).clone()
    };
    let status =
        |event: &str| sql(&database, &format!("select status from alerts where event = '{event}'"))[0][0].clone();
    let report = door.state();
    let (latency, full) = (of(&report, "HighLatency"), of(&report, "DiskFull"));

    let (preview, outcome) = write(&door, &on("alerta", WriteKind::Acknowledge, &latency));
    assert_eq!(preview.object, "HighLatency on search-02 · warning · open");
    assert!(outcome.is_done(), "{outcome:?}");
    assert_eq!(status("HighLatency"), "ack");
    let by = of(&door.state(), "HighLatency");
    assert_eq!(by.handling, Handling::Acknowledged);
    assert!(
        by.handled_by.as_deref().is_some_and(|by| by.ends_with("live-test: being looked at")),
        "{:?}",
        by.handled_by
    );
    let (_, outcome) = write(&door, &on("alerta", WriteKind::Acknowledge, &latency));
    assert_eq!(outcome.word(), "refused", "once more: {outcome:?}");

    let (_, outcome) = write(&door, &on("alerta", WriteKind::Silence, &full));
    assert!(outcome.is_done(), "{outcome:?}");
    assert_eq!(status("DiskFull"), "shelved");
    let (_, outcome) = write(&door, &on("alerta", WriteKind::Comment, &full));
    assert!(outcome.is_done(), "{outcome:?}");
    let (_, outcome) = write(&door, &on("alerta", WriteKind::Link, &full));
    assert!(outcome.is_done(), "{outcome:?}");
    let notes = sql(&database, &format!("select text from notes where alert = '{}' order by create_time", full.id));
    let notes: Vec<&str> = notes.iter().map(|note| note[0].as_str()).collect();
    assert_eq!(
        notes,
        ["live-test: being looked at", "live-test: jira:SHOP-7 checkout fails https://jira.example/browse/SHOP-7"]
    );
    let gone = Arc::new(Signal { id: "00000000-0000-0000-0000-000000000000".into(), ..(*full).clone() });
    let error = door.prepare(&on("alerta", WriteKind::Comment, &gone)).expect_err("no such alert");
    assert!(error.contains("any more"), "{error}");
}

#[test]
fn redmine_keeps_an_issue_from_its_opening_to_its_end() {
    if !can_run(
        "redmine_keeps_an_issue_from_its_opening_to_its_end",
        &["REDMINE_URL", "REDMINE_KEY", "REDMINE_DATABASE"],
    ) {
        return;
    }
    let _alone = alone();
    let mut settings = settings("redmine", "redmine", &address("REDMINE_URL"));
    let key = secret("redmine", &address("REDMINE_KEY"));
    settings.auth = Some(Auth::Headers(vec![("X-Redmine-API-Key".into(), key)]));
    settings.own = toml::toml! { create = { project = "ops", tracker = "Support", priority = "Urgent" } };
    let door = Door::new(settings);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(address("REDMINE_DATABASE"), flags).expect("it is SQLite");
    let one = |query: String| -> String {
        database.query_row(&query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
    };

    let mut wanted = intent("redmine", WriteKind::Create, Target::New);
    wanted.scope = vec![("Service".to_owned(), "payments".to_owned())];
    wanted.text = "Impact: Card payments\n<b>not bold</b>".into();
    wanted.references = vec![ticket_reference()];
    let (preview, outcome) = write(&door, &wanted);
    assert_eq!(preview.object, "a new issue in project ops");
    let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{outcome:?}") };
    let id = made.id.strip_prefix("redmine:").expect("source and number").to_owned();
    let stored = one(format!(
        "select p.identifier || '|' || t.name || '|' || e.name || '|' || i.subject || '|' || i.description || '|' || v.value
         from issues i join projects p on p.id = i.project_id join trackers t on t.id = i.tracker_id
         join enumerations e on e.id = i.priority_id join custom_values v on v.customized_type = 'Issue' and v.customized_id = i.id
         where i.id = {id}"
    ));
    let text = "Impact: Card payments\n<b>not bold</b>\njira:SHOP-7 checkout fails https://jira.example/browse/SHOP-7";
    assert_eq!(stored.replace("\r\n", "\n"), format!("ops|Support|Urgent|Live: parcels wait|{text}|payments"));

    let find = || {
        let report = door.state();
        let found = report.tickets.iter().find(|ticket| *ticket.id == *id);
        found.expect("the next poll has it").clone()
    };
    let ticket: Arc<Ticket> = find();
    assert!(ticket.open && label(&ticket.labels, "Service") == Some("payments"));
    let target = Target::Ticket(ticket);
    let (preview, outcome) = write(&door, &intent("redmine", WriteKind::Acknowledge, target.clone()));
    assert!(preview.object.contains("Live: parcels wait · New · nobody"), "{}", preview.object);
    assert!(outcome.is_done(), "{outcome:?}");
    assert_eq!(
        one(format!("select u.login from issues i join users u on u.id = i.assigned_to_id where i.id = {id}")),
        "admin"
    );
    let mut linked = intent("redmine", WriteKind::Link, target);
    linked.references = vec![ticket_reference()];
    let (_, outcome) = write(&door, &linked);
    assert!(outcome.is_done(), "{outcome:?}");
    let notes =
        one(format!("select group_concat(notes, '|') from journals where journalized_id = {id} and notes <> ''"));
    assert!(notes.contains("https://jira.example/browse/SHOP-7"), "{notes}");

    // Its end, set by somebody else.
    let header = format!("X-Redmine-API-Key: {}", address("REDMINE_KEY"));
    let url = format!("{}/issues/{id}.json", address("REDMINE_URL"));
    curl(&["--request", "PUT", "--header", &header, &url], Some(&json!({ "issue": { "status_id": 5 } })));
    let ended = find();
    assert!(!ended.open && ended.resolved.is_some(), "{ended:?}");

    let wrong = Intent {
        scope: vec![("Colour".to_owned(), "red".to_owned())],
        ..intent("redmine", WriteKind::Create, Target::New)
    };
    assert!(door.prepare(&wrong).expect_err("no such field").contains("Colour"));
}
