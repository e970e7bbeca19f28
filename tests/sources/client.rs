//! The shared client: compression, replicas, long queries, certificates.

use std::borrow::Cow;

use bsmtop::sources::error::SourceError;
use url::Url;

use crate::support::{Reply, Server, client, settings};

#[tokio::test]
async fn gzip_is_asked_for_and_decoded() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, b"[1,2,3]").expect("a vector takes all");
    let packed = encoder.finish().expect("a vector takes all");
    let server = Server::always(Reply::of(200, "Content-Encoding: gzip\r\n", packed)).await;
    let answer = client(&settings("any", &server.url())).get_any("x", &[]).await.expect("an answer");
    assert_eq!(answer.body, b"[1,2,3]");
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn the_replica_that_answers_is_asked_first_from_then_on() {
    let broken = Server::always(Reply::of(502, "", "")).await;
    let good = Server::always(Reply::json("[]")).await;
    let mut settings = settings("any", &broken.url());
    settings.urls.push(Url::parse(&good.url()).expect("an address"));
    let client = client(&settings);
    for _ in 0..3 {
        client.get_any("x", &[]).await.expect("one answers");
    }
    assert_eq!((broken.requests().len(), good.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_long_query_is_posted() {
    let server = Server::always(Reply::json("{}")).await;
    let client = client(&settings("any", &server.url()));
    let long = "x".repeat(5000);
    client.query_any("q", &[("query", Cow::Borrowed("up"))]).await.expect("an answer");
    client.query_any("q", &[("query", Cow::Borrowed(long.as_str()))]).await.expect("an answer");
    let requests = server.requests();
    assert!(requests[0].text.starts_with("GET /q?query=up "));
    assert!(requests[1].text.starts_with("POST /q "));
    assert_eq!(requests[1].pair("query"), Some(long));
}

#[tokio::test]
async fn a_clock_that_differs_is_a_remark() {
    let server = Server::always(Reply::of(200, "Date: Tue, 24 Nov 2026 10:05:00 GMT\r\n", "[]")).await;
    let answer = client(&settings("any", &server.url())).get_any("x", &[]).await.expect("an answer");
    let note = answer.clock_note().expect("five minutes are a remark");
    assert!(note.contains("300 s ahead"), "{note}");
}

#[tokio::test]
async fn a_bundle_that_is_none_is_an_error_of_the_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "not a certificate").expect("written");
    let mut settings = settings("any", "https://127.0.0.1:1");
    settings.ca = Some(path.clone());
    let error = client(&settings).get_any("x", &[]).await.expect_err("no certificate");
    assert!(matches!(&error, SourceError::Settings(text) if text.contains("ca.pem")), "{error}");
    settings.ca = Some(folder.path().join("missing.pem"));
    assert!(client(&settings).get_any("x", &[]).await.is_err());
}
