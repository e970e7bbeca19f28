//! Spend: OpenCost's documented answers, and FOCUS files as vendors write them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bsmtop::domain::map::{FILES, Map, Spend, SpendFrom};
use bsmtop::domain::money::Currency;
use bsmtop::domain::observation::FiguresReport;
use bsmtop::sources::error::SourceError;
use bsmtop::sources::kind::build;
use bsmtop::sources::plan::Plan;
use bsmtop::sources::settings::Settings;
use rust_decimal::Decimal;

use crate::support::{Reply, Request, Server, clock, settings};

/// An answer of OpenCost.
pub fn recorded(_: &Request) -> Reply {
    Reply::recorded("opencost/allocation")
}

fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

/// A map whose totals are in EUR, a dollar being 0.50, with one spend record a selection.
pub fn map(from: &SpendFrom, selections: &[&[(&str, &str)]]) -> Arc<Map> {
    let spend = |(index, select): (usize, &&[(&str, &str)])| Spend {
        id: format!("s{index}").as_str().into(),
        node: 0,
        from: from.clone(),
        select: select.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        limit: None,
    };
    let spends = selections.iter().enumerate().map(spend).collect();
    Arc::new(Map { spends, rates: [(currency("USD"), dec("0.5"))].into(), ..Map::empty() })
}

async fn opencost(reply: Reply, selections: &[&[(&str, &str)]]) -> (Result<FiguresReport, SourceError>, Vec<Request>) {
    let server = Server::always(reply).await;
    let plan = Plan::of(&map(&SpendFrom::Source("src".into()), selections), &"src".into());
    let source = build(&settings("opencost", &server.url()), clock).expect("it is built in");
    (source.figures(&plan, clock()).await, server.requests())
}

fn spent(report: &FiguresReport, index: usize) -> Option<Decimal> {
    report.spend.get(&format!("s{index}").as_str().into()).copied()
}

#[tokio::test]
async fn opencost_tells_what_parts_have_cost_this_month() {
    let selections: [&[(&str, &str)]; 4] =
        [&[("namespace", "shop")], &[("namespace", "s*")], &[], &[("namespace", "nothing")]];
    let (report, requests) = opencost(Reply::recorded("opencost/allocation"), &selections).await;
    let report = report.expect("an answer");
    assert_eq!(spent(&report, 0), Some(dec("600.25")), "dollars at 0.50");
    assert_eq!(spent(&report, 1), Some(dec("750.375")));
    assert_eq!(spent(&report, 2), Some(dec("794.375")));
    assert_eq!(spent(&report, 3), None);
    assert!(report.failures[0].contains("namespace = nothing; there are kube-system, search, shop"));
    assert_eq!(requests.len(), 2, "one a way to aggregate");
    assert_eq!(requests[1].pair("aggregate").as_deref(), Some("namespace"));
    assert_eq!(requests[1].pair("window").as_deref(), Some("2026-11-01T00:00:00Z,2026-11-24T10:00:00Z"));
}

#[tokio::test]
async fn opencost_without_data_or_with_a_refusal() {
    let (report, _) = opencost(Reply::recorded("opencost/empty"), &[&[("namespace", "shop")]]).await;
    assert!(report.expect("an answer").failures[0].contains("nothing costs anything"));
    let (report, _) = opencost(Reply::recorded("opencost/bad"), &[&[("nonsense", "x")]]).await;
    assert!(report.expect("the server works").failures[0].contains("illegal window"));
    let (report, _) = opencost(Reply::json("null"), &[&[]]).await;
    assert!(report.is_err());
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/focus").join(name);
    path.to_string_lossy().into_owned()
}

async fn focus(files: &str, own: &str, selections: &[&[(&str, &str)]]) -> Result<FiguresReport, SourceError> {
    let plan = Plan::of(&map(&SpendFrom::Files(files.to_owned()), selections), &FILES.into());
    let settings = Settings {
        name: FILES.into(),
        urls: Vec::new(),
        own: own.parse().expect("TOML"),
        ..settings("focus", "http://127.0.0.1:1")
    };
    build(&settings, clock).expect("it is built in").figures(&plan, clock()).await
}

#[tokio::test]
async fn a_file_by_the_book() {
    let selections: [&[(&str, &str)]; 6] = [
        &[],
        &[("SubAccountId", "shop-prod")],
        &[("service", "Amazon*"), ("account", "shop-prod")],
        &[("tag:team", "shop")],
        &[("ServiceCategory", "Compute"), ("ChargeCategory", "Usage")],
        &[("service", "Nothing")],
    ];
    let report = focus(&fixture("aws-1.0.csv"), "", &selections).await.expect("a file");
    // The support plan of the month counts for the time that has passed: 23 d 10 h of 30 d.
    let support = dec("300") * dec("23.4166666666666666666666667") / dec("30");
    let rounded = |index: usize| spent(&report, index).map(|amount| amount.round_dp(6));
    assert_eq!(rounded(0), Some(((dec("80") + dec("50") + dec("30") - dec("10") + support) / dec("2")).round_dp(6)));
    assert_eq!(rounded(1), Some(((dec("80") + dec("50") - dec("10") + support) / dec("2")).round_dp(6)));
    assert_eq!(spent(&report, 2), Some(dec("60")));
    assert_eq!(spent(&report, 3), Some(dec("65")));
    assert_eq!(spent(&report, 4), Some(dec("55")));
    assert_eq!(spent(&report, 5), None);
    assert_eq!(report.failures.len(), 1, "{:?}", report.failures);

    let report = focus(&fixture("aws-1.0.csv"), "cost = \"billed\"", &[&[]]).await.expect("a file");
    assert_eq!(spent(&report, 0), Some(dec("235")), "invoices are not spread");
}

#[tokio::test]
async fn files_as_vendors_write_them() {
    let all: &[&[(&str, &str)]] = &[&[("tag:team", "shop")], &[("account", "shop")], &[("Colour", "red")]];
    let report = focus(&fixture("azure-mess.csv"), "", all).await.expect("a file");
    assert_eq!(spent(&report, 0), Some(dec("4000.00")));
    assert_eq!(spent(&report, 1), Some(dec("3997.50")));
    assert_eq!(spent(&report, 2), None);
    let failures = report.failures.join("\n");
    assert!(failures.contains("1 rows can't be read and are left out (line 4: ChargePeriodStart is `11/2/2026 30:00`)"), "{failures}");
    assert!(failures.contains("has no column Colour"), "{failures}");

    let report = focus(&fixture("gcp.csv.gz"), "", &[&[("tag:team", "shop")]]).await.expect("a file");
    assert_eq!(spent(&report, 0), Some(dec("16")), "euros as they are");
    let report = focus(&fixture("*"), "", &[&[("tag:team", "shop")]]).await.expect("files");
    assert_eq!(spent(&report, 0), Some(dec("65") + dec("4000") + dec("16")));
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[tokio::test]
async fn files_that_are_none_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = std::fs::read(fixture("gcp.csv.gz")).expect("the fixture");
    let cases: [(&str, &[u8], &str); 7] = [
        ("page.csv", b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        ("empty.csv", b"", "is empty"),
        ("null.csv", b"null", "has no column"),
        ("cut.csv.gz", &packed[..packed.len() - 12], "can't be read"),
        ("a.parquet", b"PAR1....", "Parquet"),
        ("b.zip", b"PK\x03\x04..", "zip"),
        ("c.csv", b"BilledCost,ServiceName\n1,x\n", "has no column ChargePeriodStart"),
    ];
    for (name, bytes, text) in cases {
        let path = written(folder.path(), name, bytes);
        let error = focus(&path.to_string_lossy(), "", &[&[]]).await.expect_err(name).to_string();
        assert!(error.contains(text) && error.contains(name), "{name}: {error}");
        assert!(error.chars().all(|c| !c.is_control()), "{name}: {error:?}");
        std::fs::remove_file(path).expect("removed");
    }
    let error = focus(&folder.path().join("*.csv").to_string_lossy(), "", &[&[]]).await.expect_err("none").to_string();
    assert!(error.contains("there is no file"), "{error}");
    // One that is bad does not hide one that is good.
    written(folder.path(), "bad.csv", b"x,y\n");
    written(folder.path(), "good.csv", &std::fs::read(fixture("aws-1.0.csv")).expect("the fixture"));
    let report = focus(&folder.path().join("*.csv").to_string_lossy(), "", &[&[("tag:team", "shop")]]).await.expect("one");
    assert_eq!(spent(&report, 0), Some(dec("65")));
    assert!(report.failures[0].contains("bad.csv"), "{:?}", report.failures);
}

#[tokio::test]
async fn a_currency_without_a_rate_is_no_figure() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = b"BilledCost,BillingCurrency,ChargePeriodStart\n5,CHF,2026-11-02\n";
    let path = written(folder.path(), "x.csv", row);
    let report = focus(&path.to_string_lossy(), "", &[&[]]).await.expect("a file");
    assert_eq!(spent(&report, 0), None);
    assert!(report.failures.iter().any(|text| text.contains("no rate for CHF")), "{:?}", report.failures);
    assert!(report.failures.iter().any(|text| text.contains("has no EffectiveCost: BilledCost is counted")));
}

#[tokio::test]
async fn a_file_that_changed_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart\n";
    let path = written(folder.path(), "x.csv", format!("{head}5,5,EUR,2026-11-02\n").as_bytes());
    let files = path.to_string_lossy().into_owned();
    let plan = Plan::of(&map(&SpendFrom::Files(files), &[&[]]), &FILES.into());
    let source = build(&Settings { name: FILES.into(), ..settings("focus", "http://127.0.0.1:1") }, clock).expect("built in");
    for (text, sum) in [("", "5"), ("7,7,EUR,2026-11-03\n", "12")] {
        let before = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(&path, before + text).expect("written");
        let report = source.figures(&plan, clock()).await.expect("a file");
        assert_eq!(spent(&report, 0), Some(dec(sum)));
    }
}
