//! Answers that are well formed and wrong: the healthy ones of each adapter, changed in all the ways that servers have
//! been seen to change theirs. Nothing here may hang, panic, or pass for fine without a word.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::adapters::{ADAPTERS, Adapter, Brought};
use crate::support::{Reply, Server};

/// How long one poll of a server that answers at once may take, however much it asks.
const SOON: Duration = Duration::from_secs(60);
/// The most requests of one poll, however a server pages.
const MOST_REQUESTS: usize = 1000;

/// The answer with its JSON changed; another answer stays.
fn changed(reply: Reply, headers: &str, change: impl Fn(&mut Value)) -> Reply {
    let Reply::Bytes(bytes) = &reply else { return reply };
    let text = String::from_utf8_lossy(bytes);
    let Some(mut body) = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()) else {
        return reply;
    };
    change(&mut body);
    Reply::of(200, &format!("Content-Type: application/json\r\n{headers}"), body.to_string())
}

/// Does something to every value, innermost first.
fn walk(value: &mut Value, act: &dyn Fn(Option<&str>, &mut Value)) {
    fn inner(key: Option<&str>, value: &mut Value, act: &dyn Fn(Option<&str>, &mut Value)) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| inner(key, item, act)),
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| inner(Some(key), value, act)),
            _ => {}
        }
        act(key, value);
    }
    inner(None, value, act);
}

async fn poll(adapter: &Adapter, what: &str, server: &Server) -> Option<Brought> {
    let outcome =
        timeout(SOON, adapter.ask(server)).await.unwrap_or_else(|_| panic!("{what}, {}: hangs", adapter.word));
    let texts = match &outcome {
        Ok(brought) => brought.texts(),
        Err(error) => vec![error.to_string()],
    };
    for text in &texts {
        assert!(text.chars().all(|c| !c.is_control()), "{what}, {}: {text:?}", adapter.word);
    }
    if let Err(error) = &outcome {
        let text = error.to_string();
        assert!(!text.contains("defect of bsmtop") && text.len() < 1500, "{what}, {}: {text}", adapter.word);
    }
    outcome.ok()
}

#[tokio::test]
async fn duplicate_ids_are_one_each() {
    for adapter in ADAPTERS {
        let healthy = Server::start(adapter.healthy).await;
        let before = poll(adapter, "healthy", &healthy).await.expect("healthy").weight().0;
        let answer = adapter.healthy;
        let twice = |value: &mut Value| {
            walk(value, &|_, value| {
                if let Value::Array(items) = value
                    && items.iter().all(Value::is_object)
                {
                    items.extend(items.clone());
                }
            });
        };
        let server = Server::start(move |request| changed(answer(request), "", twice)).await;
        let brought = poll(adapter, "duplicates", &server).await.unwrap_or_else(|| panic!("{}: refused", adapter.word));
        assert_eq!(brought.weight().0, before, "{}: {:?}", adapter.word, brought.texts());
    }
}

#[tokio::test]
async fn a_paging_loop_ends() {
    for adapter in ADAPTERS {
        let healthy = Server::start(adapter.healthy).await;
        let before = poll(adapter, "healthy", &healthy).await.expect("healthy").weight().0;
        let answer = adapter.healthy;
        let more = |value: &mut Value| {
            if let Value::Object(fields) = value {
                for (key, more) in [
                    ("more", Value::from(true)),
                    ("isLast", Value::from(false)),
                    ("nextPageToken", Value::from("again")),
                    ("next", Value::from("?page=2")),
                    ("total", Value::from(1_000_000)),
                    ("total_count", Value::from(1_000_000)),
                    ("pages", Value::from(1_000_000)),
                ] {
                    fields.insert(key.to_owned(), more);
                }
            }
        };
        let link = "Link: </?again>; rel=\"next\"\r\nX-Total-Count: 1000000\r\n";
        let server = Server::start(move |request| changed(answer(request), link, more)).await;
        let brought = poll(adapter, "a loop", &server).await.unwrap_or_else(|| panic!("{}: refused", adapter.word));
        assert_eq!(brought.weight().0, before, "{}: {:?}", adapter.word, brought.texts());
        let asked = server.requests().len();
        assert!(asked <= MOST_REQUESTS, "{}: {asked} requests", adapter.word);
        if asked > healthy.requests().len() {
            assert!(brought.weight().1, "{}: nothing says that the list may be incomplete", adapter.word);
        }
    }
}

#[tokio::test]
async fn values_of_no_known_kind_harm_nothing() {
    let words: [(&str, fn(&mut Value)); 6] = [
        ("unknown words", |value| {
            walk(value, &|key, value| {
                let enums = ["status", "state", "severity", "urgency", "priority", "key", "Status", "type", "stage"];
                if value.is_string() && key.is_some_and(|key| enums.contains(&key)) {
                    *value = Value::from("flurb\u{1b}[2J");
                }
            });
        }),
        ("nulls", |value| {
            walk(value, &|_, value| {
                if !value.is_array() && !value.is_object() {
                    *value = Value::Null;
                }
            });
        }),
        ("numbers for texts", |value| {
            walk(value, &|_, value| {
                if value.is_string() {
                    *value = Value::from(-7.5);
                }
            });
        }),
        ("texts for numbers", |value| {
            walk(value, &|_, value| {
                if value.is_number() || value.is_boolean() {
                    *value = Value::from("\u{202e}never");
                }
            });
        }),
        ("empty lists", |value| {
            walk(value, &|_, value| {
                if let Value::Array(items) = value {
                    items.clear();
                }
            });
        }),
        ("far years", |value| {
            walk(value, &|_, value| {
                if value.as_str().is_some_and(|text| text.starts_with("2026-")) {
                    *value = Value::from("9999-12-31T23:59:59Z");
                } else if value.as_i64().is_some_and(|number| number > 1_000_000_000) {
                    *value = Value::from(i64::MAX);
                }
            });
        }),
    ];
    for adapter in ADAPTERS {
        for (what, change) in words {
            let answer = adapter.healthy;
            let server = Server::start(move |request| changed(answer(request), "", change)).await;
            poll(adapter, what, &server).await;
        }
    }
}

#[tokio::test]
async fn a_word_that_no_table_knows_is_listed_and_never_fine() {
    for adapter in ADAPTERS {
        let answer = adapter.healthy;
        let strange = |value: &mut Value| {
            walk(value, &|key, value| {
                if value.is_string() && matches!(key, Some("severity" | "urgency")) {
                    *value = Value::from("flurb");
                }
            });
        };
        let server = Server::start(move |request| changed(answer(request), "", strange)).await;
        let healthy = Server::start(adapter.healthy).await;
        let Some(Brought::State(before)) = poll(adapter, "healthy", &healthy).await else { continue };
        let Some(Brought::State(report)) = poll(adapter, "strange words", &server).await else { continue };
        if !before.unknown_words.is_empty() || report.unknown_words.is_empty() {
            continue;
        }
        assert_eq!(report.unknown_words, ["flurb"], "{}", adapter.word);
        let of = |signal: &bsmtop::domain::facts::Signal| signal.severity.is_problem() || signal.unknown;
        assert!(report.signals.iter().all(|signal| of(signal)), "{}", adapter.word);
    }
}

#[tokio::test]
async fn a_fault_in_any_request_of_a_poll_is_told() {
    let html = Reply::of(200, "Content-Type: text/html\r\n", "<!DOCTYPE html><title>Sign in</title>");
    let faults = [("500", Reply::of(500, "", "")), ("a web page", html), ("null", Reply::json("null"))];
    for adapter in ADAPTERS {
        let healthy = Server::start(adapter.healthy).await;
        let before = poll(adapter, "healthy", &healthy).await.expect("healthy").weight();
        for number in 0..healthy.requests().len() {
            for (what, fault) in &faults {
                let (answer, fault, count) = (adapter.healthy, fault.clone(), AtomicUsize::new(0));
                let server = Server::start(move |request| match count.fetch_add(1, Ordering::Relaxed) {
                    at if at == number => fault.clone(),
                    _ => answer(request),
                });
                let Some(brought) = poll(adapter, what, &server.await).await else { continue };
                let told = brought.weight().1 || before.1;
                assert!(told, "{}: {what} in request {number} passes without a word", adapter.word);
            }
        }
    }
}
