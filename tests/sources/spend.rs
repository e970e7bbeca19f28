//! Spend: OpenCost as its documentation has it, FOCUS files as vendors write them, both through a plan of a real map.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::domain::observation::FiguresReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::plan::Plan;
use tempfile::TempDir;

use crate::support::{Reply, Request, Server, clock};

/// An answer of OpenCost.
pub fn recorded(_: &Request) -> Reply {
    Reply::recorded("opencost/allocation")
}

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

/// The figures of spend records of these selections over files.
async fn of_files(files: &Path, own: &str, selections: &[&str]) -> FiguresReport {
    let record = |(index, select): (usize, &&str)| {
        format!("[[spend]]\nid = \"s{index}\"\nnode = \"shop\"\nsource = \"bill\"\nselect = {{ {select} }}\n")
    };
    let spends: String = selections.iter().enumerate().map(record).collect();
    let source = format!("[[source]]\nname = \"bill\"\ntype = \"focus\"\nfiles = \"{}\"\n{own}\n", files.display());
    figures(folder(&source, &spends).path()).await
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/focus").join(name)
}

#[tokio::test]
async fn a_file_by_the_book_billed_and_effective() {
    let selections = [
        "",
        "SubAccountId = \"shop-prod\"",
        "service = \"Amazon*\", account = \"shop-prod\"",
        "\"tag:team\" = \"shop\"",
        "ServiceCategory = \"Compute\", ChargeCategory = \"Usage\"",
    ];
    let report = of_files(&fixture("aws-1.0.csv"), "", &selections).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let found = ["s0", "s1", "s2", "s3", "s4"].map(|id| money(&report, id).expect(id));
    assert_eq!(found, ["235", "220", "70", "75", "65"]);
    // The support plan of the month, 300, counts for 23 d 10 h of the 30.
    let report = of_files(&fixture("aws-1.0.csv"), "cost = \"effective\"", &selections).await;
    assert!(money(&report, "s0").is_some_and(|money| money.starts_with("192.083")), "{:?}", report.spend);
    assert_eq!(money(&report, "s2").as_deref(), Some("60"));
}

#[tokio::test]
async fn files_as_vendors_write_them() {
    let selections = ["team = \"shop\"", "account = \"shop\"", "service = \"Bandwidth\""];
    let report = of_files(&fixture("azure-mess.csv"), "", &selections).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(["s0", "s1", "s2"].map(|id| money(&report, id).expect(id)), ["5000", "4998.25", "0.75"]);
    let report = of_files(&fixture("gcp.csv.gz"), "cost = \"effective\"", &selections[..1]).await;
    assert_eq!(money(&report, "s0").as_deref(), Some("16"));
    let report = of_files(&fixture("*"), "", &selections[..1]).await;
    assert_eq!(money(&report, "s0").as_deref(), Some("5095"), "75 + 5000 + 20");
}

#[tokio::test]
async fn files_that_are_none_say_so() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let packed = fs::read(fixture("gcp.csv.gz")).expect("the fixture");
    let cases: [(&str, &[u8], &str); 9] = [
        ("page.csv", b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        ("empty.csv", b"", "is empty"),
        ("null.csv", b"null", "no column BilledCost"),
        ("cut.csv.gz", &packed[..packed.len() - 12], "cut.csv.gz"),
        ("a.parquet", b"PAR1....", "Parquet"),
        ("b.zip", b"PK\x03\x04..", "zip"),
        ("wide.csv", b"\xff\xfeB\0", "UTF-16"),
        ("c.csv", b"BilledCost,BillingCurrency,ServiceName\n1,EUR,x\n", "no column ChargePeriodStart"),
        ("d.csv", b"BilledCost,BillingCurrency,ChargePeriodStart\n5,CHF,2026-11-02\n", "no rate"),
    ];
    for (name, bytes, text) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file can be written");
        let report = of_files(&path, "", &[""]).await;
        assert_eq!(money(&report, "s0"), None, "{name}");
        let failures = report.failures.join("\n");
        assert!(failures.contains(text), "{name}: {failures}");
        assert!(report.failures.iter().all(|text| text.chars().all(|c| !c.is_control())), "{name}: {failures:?}");
    }
}
