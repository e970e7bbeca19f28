//! Everything that a server can do wrong, done to every adapter: each fault has its own clear message, none panics.

use std::io::Write;
use std::time::Duration;

use bsmtop::sources::Source;
use bsmtop::sources::alertmanager::Alertmanager;
use bsmtop::sources::error::SourceError;
use bsmtop::sources::prometheus::Prometheus;
use bsmtop::sources::rt::RequestTracker;
use bsmtop::sources::settings::Settings;

use crate::adapters::ADAPTERS;
use crate::support::{Reply, Server, client, clock, settings};

/// The cap on bytes where a test sets one.
const CAP: u64 = 1 << 20;

/// The error of each adapter at an address.
async fn errors(url: &str, timeout: Duration) -> Vec<(&'static str, SourceError)> {
    let mut errors = Vec::new();
    for adapter in ADAPTERS {
        let settings = Settings { timeout, ..adapter.settings(url) };
        let error = adapter.poll(&*adapter.build(&settings)).await.expect_err(adapter.word);
        errors.push((adapter.word, error));
    }
    errors
}

/// Some with a cap of their own: flooding takes long under the real one.
fn capped(settings: &Settings) -> [(&'static str, Box<dyn Source>); 3] {
    let client = || client(settings).with_most_bytes(CAP);
    [
        ("prometheus", Box::new(Prometheus::new(settings, client()))),
        ("alertmanager", Box::new(Alertmanager::new(settings, client()))),
        ("rt", Box::new(RequestTracker::new(settings, client()))),
    ]
}

async fn expect(fault: &str, reply: Reply, words: &[&str]) -> Vec<SourceError> {
    let timeout = if matches!(reply, Reply::Bytes(_)) { 10_000 } else { 700 };
    let server = Server::always(reply).await;
    let found = errors(&server.url(), Duration::from_millis(timeout)).await;
    found.iter().for_each(|(name, error)| says(fault, name, error, words));
    found.into_iter().map(|(_, error)| error).collect()
}

fn says(fault: &str, name: &str, error: &SourceError, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{fault}, {name}: {text}");
    }
    assert!(text.chars().all(|c| !c.is_control()), "{fault}, {name}: {text:?}");
}

async fn flood(fault: &str, reply: Reply, words: &[&str]) {
    let server = Server::always(reply).await;
    for (name, source) in capped(&settings("any", &server.url())) {
        says(fault, name, &source.state(clock()).await.expect_err(name), words);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

#[tokio::test]
async fn statuses() {
    expect("401", Reply::of(401, "", "Unauthorized\n"), &["401", "credentials are missing or wrong", "`auth`"]).await;
    expect("403", Reply::of(403, "", "{}"), &["403", "may not read this"]).await;
    expect("404", Reply::of(404, "", "404 page not found"), &["404", "path of `url`", "404 page not found"]).await;
    expect("500", Reply::of(500, "", "<html>oops</html>"), &["500", "in trouble"]).await;
    expect("503", Reply::of(503, "", r#"{"error":"shutting\u001b[2J down"}"#), &["503", "shutting␛[2J down"]).await;
    expect("418", Reply::of(418, "", ""), &["418", "refused"]).await;
}

#[tokio::test]
async fn retry_after_in_both_forms() {
    let wait = |errors: Vec<SourceError>| errors.into_iter().map(|error| error.wait()).collect::<Vec<_>>();
    let found = expect("seconds", Reply::of(429, "Retry-After: 7\r\n", ""), &["429", "too many requests", "7 s"]).await;
    assert_eq!(wait(found), [Some(Duration::from_secs(7)); ADAPTERS.len()]);
    // Counted from the server's own clock, which is an hour off.
    let dates = "Date: Tue, 24 Nov 2026 11:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 11:01:30 GMT\r\n";
    let found = expect("date", Reply::of(429, dates, ""), &["429", "90 s"]).await;
    assert_eq!(wait(found), [Some(Duration::from_secs(90)); ADAPTERS.len()]);
    let found = expect("absurd", Reply::of(503, "Retry-After: 999999999999999999999\r\n", ""), &["503"]).await;
    assert_eq!(wait(found), [Some(Duration::from_hours(1)); ADAPTERS.len()]);
    let found = expect("none", Reply::of(429, "Retry-After: soon\r\n", ""), &["429"]).await;
    assert_eq!(wait(found), [None; ADAPTERS.len()]);
}

#[tokio::test]
async fn time() {
    expect("hang", Reply::Hang, &["no complete answer", "0.7 s"]).await;
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[".to_vec();
    expect("drip", Reply::Drip(head), &["no complete answer"]).await;
    expect("drip of the head", Reply::Drip(b"HTTP/1.1 200 OK\r\nX-Slow:".to_vec()), &["no complete answer"]).await;
}

#[tokio::test]
async fn bodies_that_end_early() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"status\":";
    expect("cut", Reply::Bytes(cut.to_vec()), &["cut off after 10 bytes"]).await;
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"la\r\n";
    expect("cut chunks", Reply::Bytes(chunked.to_vec()), &["cut off"]).await;
    expect("cut JSON", Reply::json(r#"{"status":"success","items":[{"id":"#), &["is not what this type"]).await;
    expect("empty", Reply::json(""), &["without content"]).await;
    expect("blank", Reply::json(" \r\n "), &["without content"]).await;
}

#[tokio::test]
async fn bodies_of_another_kind() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    expect("HTML", Reply::of(200, "Content-Type: text/html; charset=utf-8\r\n", page), &["web page", "login"]).await;
    expect("HTML as JSON", Reply::json(page), &["web page"]).await;
    expect("null", Reply::json("null"), &["is not what this type", "null"]).await;
    expect("number", Reply::json("7"), &["is not what this type"]).await;
    expect("wrong shape", Reply::json(r#"{"data":[1,2],"items":{"a":1}}"#), &["is not what this type"]).await;
    expect("not UTF-8", Reply::json(b"[\"\xff\xfe\"]"), &["not UTF-8 at byte 2"]).await;
    expect("garbage", Reply::Bytes(b"\x16\x03\x01 hello\r\n\r\n".to_vec()), &["can't reach", "HTTP"]).await;
    expect("nothing", Reply::Bytes(Vec::new()), &["can't reach", "ended the connection"]).await;
}

#[tokio::test]
async fn floods() {
    let encoded = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!((bomb.len() as u64) < CAP, "only its decoded size is a flood");
    flood("gzip bomb", Reply::of(200, encoded, &bomb), &["larger than 1 MiB", "decompressed"]).await;
    flood("flood", Reply::json(vec![b' '; 2 << 20]), &["larger than 1 MiB"]).await;
    let promise = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n";
    expect("promise", Reply::Drip(promise.to_vec()), &["larger than 256 MiB"]).await;
    expect("false gzip", Reply::of(200, encoded, "[]"), &["does not decompress"]).await;
    let brotli = "Content-Type: application/json\r\nContent-Encoding: br\r\n";
    expect("unasked encoding", Reply::of(200, brotli, "[]"), &["encoded as br"]).await;
}

#[tokio::test]
async fn redirects_are_named_and_never_followed() {
    let target = Server::always(Reply::json("[]")).await;
    let place = target.url().replace("http://", "http://user:hunter2@");
    for status in [301, 302, 307, 308] {
        let headers = format!("Location: {place}/login?token=hunter2\r\n");
        let found = expect("redirect", Reply::of(status, &headers, ""), &["redirects to", "/login", "`url`"]).await;
        assert!(found.iter().all(|error| !error.to_string().contains("hunter2")));
    }
    expect("lost", Reply::of(302, "", ""), &["redirects to nowhere"]).await;
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn nothing_listens() {
    let gone = Server::always(Reply::Hang).await.url();
    tokio::time::sleep(Duration::from_millis(50)).await;
    for (name, error) in errors(&gone, Duration::from_secs(5)).await {
        assert!(error.to_string().contains("connection refused"), "{name}: {error}");
    }
}

#[tokio::test]
async fn plain_http_where_https_was_asked_for() {
    let server = Server::always(Reply::json("[]")).await;
    for (name, error) in errors(&server.url().replace("http:", "https:"), Duration::from_secs(5)).await {
        let text = error.to_string();
        // A machine without authorities says that first.
        assert!(text.contains("right scheme") || text.contains("certificate authorities"), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_ends_under_the_real_cap() {
    let encoded = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let bomb = gzip(&vec![b' '; 257 << 20]);
    expect("gzip bomb", Reply::of(200, encoded, &bomb), &["larger than 256 MiB", "decompressed"]).await;
}
