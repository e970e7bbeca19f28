//! Spend: OpenCost as its documentation has it, FOCUS files as vendors write them, both through a plan of a real map.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::domain::observation::FiguresReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::plan::Plan;
use tempfile::TempDir;

use crate::support::{Reply, Server, clock};

/// A folder of configuration with these sources and spend records.
fn folder(config: &str, spends: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let head = "tz = \"Europe/Berlin\"\n[money]\ncurrency = \"EUR\"\nrates = { USD = \"0.5\" }\n";
    let node = "[[process]]\nid = \"shop\"\nmanual = \"ok\"\n";
    fs::create_dir(folder.path().join("map")).expect("a folder can be made in it");
    fs::write(folder.path().join("config.toml"), format!("{head}{config}")).expect("a file can be written");
    fs::write(folder.path().join("map/m.toml"), format!("{node}{spends}")).expect("a file can be written");
    folder
}

/// What the first source says of its plan.
async fn figures(folder: &Path) -> FiguresReport {
    let config = config::load(folder).unwrap_or_else(|wrong| panic!("{wrong}"));
    let settings = &config.sources[0];
    let plan = Plan::of(&Arc::new(config.map), &settings.name);
    let source = build(settings, clock).expect("it is built in");
    source.state(clock()).await.expect("it answers");
    source.figures(&plan, clock()).await.expect("it answers")
}

fn money(report: &FiguresReport, id: &str) -> Option<String> {
    report.spend.iter().find(|(spend, _)| spend.as_str() == id).map(|(_, money)| money.normalize().to_string())
}

const ALLOCATIONS: &str = r#"{"code":200,"data":[{"shop":{"name":"shop","totalCost":120.5},"shop-eu":{"totalCost":10},
    "__idle__":{"totalCost":40},"__unallocated__":{"totalCost":5}},null]}"#;

#[tokio::test]
async fn opencost_sums_what_is_selected_in_the_currency_of_the_totals() {
    let server = Server::start(|request| match request.pair("aggregate").as_deref() {
        Some("namespace" | "cluster") => Reply::json(ALLOCATIONS),
        Some("namespace,label:team") => {
            Reply::json(r#"{"code":200,"data":[{"shop/a":{"totalCost":7},"shop/b":{"totalCost":8}}]}"#)
        }
        other => panic!("nobody asked for {other:?}"),
    })
    .await;
    let source =
        format!("[[source]]\nname = \"oc\"\ntype = \"opencost\"\nurl = \"{}\"\ncurrency = \"USD\"\n", server.url());
    let spend =
        |id: &str, select: &str| format!("[[spend]]\nid = \"{id}\"\nnode = \"shop\"\nsource = \"oc\"\n{select}\n");
    let spends = spend("one", "select = { namespace = \"shop\" }")
        + &spend("some", "select = { namespace = \"shop*\" }")
        + &spend("team", "select = { namespace = \"shop\", team = \"a\" }")
        + &spend("all", "");
    let report = figures(folder(&source, &spends).path()).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let wanted = [("one", "60.25"), ("some", "65.25"), ("team", "3.5"), ("all", "87.75")];
    for (id, amount) in wanted {
        assert_eq!(money(&report, id).as_deref(), Some(amount), "{id}");
    }
    // The month of Berlin began an hour before that of Greenwich; one question a set of keys, and one for the state.
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .any(|request| request.pair("window").as_deref() == Some("2026-10-31T23:00:00Z,2026-11-24T10:00:00Z"))
    );
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn opencost_that_refuses_is_no_zero() {
    let server = Server::always(Reply::json(r#"{"code":500,"message":"no Prometheus"}"#)).await;
    let source = format!("[[source]]\nname = \"oc\"\ntype = \"opencost\"\nurl = \"{}\"\n", server.url());
    let folder = folder(&source, "[[spend]]\nid = \"s\"\nnode = \"shop\"\nsource = \"oc\"\n");
    let config = config::load(folder.path()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let error = build(&config.sources[0], clock).expect("it is built in").state(clock()).await.expect_err("refused");
    assert!(error.to_string().contains("code 500: no Prometheus"), "{error}");
}

const ROWS: &str = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,SubAccountId,Tags\n\
    10,99,EUR,2026-11-03T00:00:00Z,shop,\"{\"\"env\"\":\"\"prod\"\"}\"\n4,99,USD,2026-11-04T00:00:00Z,shop,\n1,99,EUR,2026-11-04T00:00:00Z,other,\n";

#[tokio::test]
async fn focus_files_need_no_source_of_their_own() {
    let spend =
        |id: &str, more: &str| format!("[[spend]]\nid = \"{id}\"\nnode = \"shop\"\nfiles = \"focus/*.csv*\"\n{more}\n");
    let spends = spend("all", "")
        + &spend("sub", "select = { SubAccountId = \"shop\" }")
        + &spend("tag", "select = { env = \"prod\" }");
    let folder = folder("", &spends);
    fs::create_dir(folder.path().join("focus")).expect("a folder can be made");
    fs::write(folder.path().join("focus/a.csv"), ROWS).expect("a file can be written");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, ROWS.as_bytes()).expect("memory takes it");
    fs::write(folder.path().join("focus/b.csv.gz"), packed.finish().expect("memory takes it"))
        .expect("a file can be written");
    let report = figures(folder.path()).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(["all", "sub", "tag"].map(|id| money(&report, id).expect(id)), ["26", "24", "20"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_makes_no_saving() {
    let folder = folder("", "[[spend]]\nid = \"all\"\nnode = \"shop\"\nfiles = \"focus/*.csv\"\n");
    fs::create_dir(folder.path().join("focus")).expect("a folder can be made");
    let report = figures(folder.path()).await;
    assert!(report.failures[0].contains("no file is called"), "{:?}", report.failures);
    fs::write(folder.path().join("focus/a.csv"), ROWS).expect("a file can be written");
    fs::write(folder.path().join("focus/b.csv"), "Cost\n1\n").expect("a file can be written");
    let report = figures(folder.path()).await;
    assert_eq!(money(&report, "all"), None);
    assert!(report.failures[0].contains("b.csv") && report.failures[0].contains("BilledCost"), "{:?}", report.failures);
}
