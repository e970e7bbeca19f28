//! The v2 API of Alertmanager, as far as a console uses it: alerts with what silences them, silences, status.
//!
//! Logistics and the shop have one each; that of the shop is below `/shop` of the same server, and has the alerts of
//! the two Prometheus servers. Whether an alert is silenced follows from the matchers of the active silences, as it does in the real one.

use chrono::{DateTime, SecondsFormat, TimeDelta};
use regex::Regex;
use rustc_hash::FxHasher;
use serde_json::{Map, Value, json};
use std::hash::Hasher;

use super::http::{Reply, Request};
use super::ledger::{Ledger, Matcher, Written, WrittenSilence};
use super::prometheus;
use super::script::{Effect, Silence, System};
use super::story::{Played, Story};
use crate::domain::span::{Instant, Span};

/// Expired silences stay listed for so long.
const EXPIRED_FOR: TimeDelta = TimeDelta::minutes(30);
/// How long an active silence would go on if nobody ended it.
const SILENCE_ENDS_AFTER: TimeDelta = TimeDelta::hours(4);

/// A test of an alert's labels.
type Filter = Box<dyn Fn(&Map<String, Value>) -> bool>;

/// Answers as the Alertmanager of logistics, or, below `/shop`, as that of the shop.
pub(super) fn answer(story: &Story, ledger: &Ledger, now: Instant, request: &Request) -> Reply {
    let (shop, path) = match request.path.strip_prefix("/shop/") {
        Some(path) => (true, format!("/{path}")),
        None => (false, request.path.clone()),
    };
    if request.method == "POST" && path == "/api/v2/silences" {
        return post(ledger, now, &request.body);
    }
    if request.method != "GET" {
        let message = format!("method {} is not allowed, but [GET] are", request.method);
        return Reply::json(405, &json!({ "code": 405, "message": message }));
    }
    match path.as_str() {
        "/-/ready" | "/-/healthy" => Reply::text(200, "OK"),
        "/api/v2/alerts" => match alerts(story, &ledger.open(), now, request, shop) {
            Ok(alerts) => Reply::json(200, &json!(alerts)),
            Err(error) => Reply::json(400, &json!(error)),
        },
        "/api/v2/silences" => Reply::json(200, &json!(silences(story, &ledger.open(), now, shop))),
        "/api/v2/receivers" => Reply::json(200, &json!([{ "name": "ops" }, { "name": "pager" }])),
        "/api/v2/status" => Reply::json(200, &status(story)),
        path => {
            let message = format!("path {path} was not found");
            Reply::json(404, &json!({ "code": 404, "message": message }))
        }
    }
}

fn alerts(story: &Story, written: &Written, now: Instant, request: &Request, shop: bool) -> Result<Vec<Value>, String> {
    let filters = request.values("filter").map(filter).collect::<Result<Vec<_>, _>>()?;
    let shown = |name: &str| request.parameter(name) != Some("false");
    let steps = story.state(now);
    let silent = steps.iter().any(|step| *step.effect == Effect::NoHeartbeat(System::Alertmanager));
    let silences: Vec<_> = steps.iter().filter_map(|step| silence_of(step).map(|silence| (step, silence))).collect();
    let watchdog = (!silent && !shop).then(|| {
        let labels = [("alertname", "Watchdog"), ("severity", "none")];
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        (labels, json!({ "summary": "alerting works" }), story.started() - TimeDelta::days(9))
    });
    let fired = steps.iter().filter_map(|step| match step.effect {
        Effect::Fire(alert) if (alert.system == System::Alertmanager) != shop => Some((*alert, step.span.start)),
        _ => None,
    });
    let fired = fired.flat_map(|(alert, since)| {
        let annotations = prometheus::annotations(alert);
        prometheus::labels(alert).into_iter().map(move |labels| (labels, annotations.clone(), since))
    });
    let found = watchdog.into_iter().chain(fired).filter(|(labels, ..)| filters.iter().all(|filter| filter(labels)));
    let listed = found.filter_map(|(labels, annotations, since)| {
        let by: Vec<String> = silences
            .iter()
            .filter(|(_, silence)| silence.matchers.iter().all(|(key, value)| text(&labels, key) == *value))
            .map(|(step, _)| silence_id(step))
            .chain(written.hitting(&labels, now).map(|silence| silence.id.clone()))
            .collect();
        let silenced = !by.is_empty();
        shown(if silenced { "silenced" } else { "active" }).then(|| alert(&labels, &annotations, since, now, &by))
    });
    Ok(listed.collect())
}

fn alert(labels: &Map<String, Value>, annotations: &Value, since: Instant, now: Instant, by: &[String]) -> Value {
    let receiver = if text(labels, "severity") == "critical" { "pager" } else { "ops" };
    let mut hasher = FxHasher::default();
    hasher.write(json!(labels).to_string().as_bytes());
    let updated = now - TimeDelta::milliseconds(now.timestamp_millis().rem_euclid(15_000));
    json!({
        "annotations": annotations,
        "endsAt": millis(updated + TimeDelta::minutes(4)),
        "fingerprint": format!("{:016x}", hasher.finish()),
        "receivers": [{ "name": receiver }],
        "startsAt": millis(since),
        "status": {
            "inhibitedBy": [], "silencedBy": by,
            "state": if by.is_empty() { "active" } else { "suppressed" },
        },
        "updatedAt": millis(updated.max(since)),
        "generatorURL": format!("http://prometheus.example/graph?g0.expr={}", text(labels, "alertname")),
        "labels": labels,
    })
}

fn silences(story: &Story, written: &Written, now: Instant, shop: bool) -> Vec<Value> {
    let recent = story.playing(Span::new(now - EXPIRED_FOR, now + TimeDelta::microseconds(1)));
    let begun = recent.iter().filter(|step| !shop && step.span.start <= now);
    let listed = begun.filter_map(|step| {
        let silence = silence_of(step)?;
        let active = step.span.contains(now);
        let matchers: Vec<_> = silence
            .matchers
            .iter()
            .map(|(name, value)| json!({ "isEqual": true, "isRegex": false, "name": name, "value": value }))
            .collect();
        Some(json!({
            "id": silence_id(step),
            "status": { "state": if active { "active" } else { "expired" } },
            "updatedAt": millis(if active { step.span.start } else { step.span.end }),
            "comment": silence.comment, "createdBy": silence.author,
            "endsAt": millis(if active { step.span.start + SILENCE_ENDS_AFTER } else { step.span.end }),
            "matchers": matchers,
            "startsAt": millis(step.span.start),
        }))
    });
    listed.chain(written.silences.iter().map(|silence| written_silence(silence, now))).collect()
}

fn written_silence(silence: &WrittenSilence, now: Instant) -> Value {
    let matchers: Vec<Value> = silence
        .matchers
        .iter()
        .map(|matcher| {
            json!({
                "isEqual": matcher.is_equal, "isRegex": matcher.pattern.is_some(), "name": matcher.name,
                "value": matcher.value,
            })
        })
        .collect();
    json!({
        "id": silence.id, "status": { "state": if now < silence.ends { "active" } else { "expired" } },
        "updatedAt": millis(silence.starts), "comment": silence.comment, "createdBy": silence.author,
        "endsAt": millis(silence.ends), "matchers": matchers, "startsAt": millis(silence.starts),
    })
}

/// Takes a silence, with the refusals of the real one.
fn post(ledger: &Ledger, now: Instant, body: &[u8]) -> Reply {
    let refused = |text: &str| Reply::json(400, &json!(format!("Failed to create silence: {text}")));
    let posted: Value = match serde_json::from_slice(body) {
        Ok(posted) => posted,
        Err(error) => return Reply::json(400, &json!({ "code": 400, "message": error.to_string() })),
    };
    let text = |name: &str| posted.get(name).and_then(Value::as_str);
    let time = |name: &str| text(name).and_then(|text| text.parse::<Instant>().ok());
    let (Some(author), Some(comment)) = (text("createdBy"), text("comment")) else {
        return Reply::json(422, &json!({ "code": 602, "message": "comment in body is required" }));
    };
    let (Some(starts), Some(ends)) = (time("startsAt"), time("endsAt")) else {
        return Reply::json(422, &json!({ "code": 602, "message": "endsAt in body is required" }));
    };
    let starts = starts.max(now);
    if ends <= starts {
        return refused("start time must be before end time");
    }
    let matcher = |value: &Value| {
        let flag = |name: &str, default| value.get(name).and_then(Value::as_bool).unwrap_or(default);
        let (name, text) = (value.get("name")?.as_str()?, value.get("value")?.as_str()?);
        Matcher::of(name, text, flag("isRegex", false), flag("isEqual", true))
    };
    let listed = posted.get("matchers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let Some(matchers) = listed.iter().map(matcher).collect::<Option<Vec<_>>>().filter(|list| !list.is_empty()) else {
        return refused("silence invalid: invalid label matcher");
    };
    let (author, comment) = (author.to_owned(), comment.to_owned());
    let mut written = ledger.open();
    written.forget(now);
    let id = written.silence(|id| WrittenSilence { id, matchers, starts, ends, author, comment });
    Reply::json(200, &json!({ "silenceID": id }))
}

fn silence_of<'a>(step: &Played<'a>) -> Option<&'a Silence> {
    match step.effect {
        Effect::Silence(silence) => Some(silence),
        _ => None,
    }
}

/// The same for the same silence at any time: it comes from when it began.
fn silence_id(step: &Played<'_>) -> String {
    let mut hasher = FxHasher::default();
    hasher.write_i64(step.span.start.timestamp_micros());
    let (high, low) = (hasher.finish(), u64::from(step.slot));
    format!("{:08x}-{:04x}-4{:03x}-8000-{low:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff)
}

fn status(story: &Story) -> Value {
    json!({
        "cluster": { "peers": [], "status": "disabled" },
        "config": { "original": "route:\n  receiver: ops\nreceivers:\n- name: ops\n- name: pager\n" },
        "uptime": millis(story.started() - TimeDelta::days(9)),
        "versionInfo": {
            "branch": "HEAD", "buildDate": "20221222-14:51:36", "buildUser": "bsmtop", "goVersion": "go1.19.4",
            "revision": "demo", "version": "0.25.0",
        },
    })
}

/// A test of `filter=`: `name="value"`, with `=`, `!=`, `=~` or `!~`; the quotes may be left out.
fn filter(written: &str) -> Result<Filter, String> {
    let bad = || format!("bad matcher format: {written}");
    let operator = written.find(['=', '!']).ok_or_else(bad)?;
    let (name, rest) = written.split_at(operator);
    let (sign, value) = ["=~", "!~", "!=", "="]
        .into_iter()
        .find_map(|sign| rest.strip_prefix(sign).map(|value| (sign, value.trim())))
        .ok_or_else(bad)?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    if value.replace("\\\"", "").contains('"') {
        return Err(format!("matcher value contains unescaped double quote: {value}"));
    }
    let (name, value, wanted) =
        (name.trim().to_owned(), value.replace(r"\\", r"\").replace("\\\"", "\""), !sign.starts_with('!'));
    if sign.ends_with('~') {
        let pattern = Regex::new(&format!("^(?:{value})$")).map_err(|_| bad())?;
        return Ok(Box::new(move |labels| pattern.is_match(text(labels, &name)) == wanted));
    }
    Ok(Box::new(move |labels| (text(labels, &name) == value) == wanted))
}

/// The value of a label; an absent one is empty.
fn text<'a>(labels: &'a Map<String, Value>, key: &str) -> &'a str {
    labels.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn millis(at: DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
