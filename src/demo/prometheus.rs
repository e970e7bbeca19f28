//! The HTTP API of Prometheus, as far as a console asks it: alerts, queries, readiness, version.

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Number, Value, json};

use super::http::{Reply, Request};
use super::promql::{Query, duration};
use super::script::{Alert, Effect, System};
use super::story::{Played, Story};
use crate::domain::span::Instant;

/// A series may have so many points, as on a real server.
const POINT_LIMIT: i64 = 11_000;

/// What is wrong with a request: the text after `invalid parameter`.
type Refused = String;

/// Answers as one of the two Prometheus servers.
pub(super) fn answer(system: System, story: &Story, now: Instant, request: &Request) -> Reply {
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Reply::text(405, "Method Not Allowed\n");
    }
    let data = match request.path.as_str() {
        "/-/ready" => return Reply::text(200, "Prometheus Server is Ready.\n"),
        "/-/healthy" => return Reply::text(200, "Prometheus Server is Healthy.\n"),
        "/api/v1/alerts" => Ok(json!({ "alerts": alerts(system, story, now) })),
        "/api/v1/query" => instant(system, story, now, request),
        "/api/v1/query_range" => range(system, story, now, request),
        "/api/v1/status/buildinfo" => Ok(json!({
            "version": "2.42.0", "revision": "demo", "branch": "HEAD", "buildUser": "bsmtop",
            "buildDate": "20230131-00:00:00", "goVersion": "go1.19.5",
        })),
        _ => return Reply::text(404, "404 page not found\n"),
    };
    match data {
        Ok(data) => Reply::json(200, &json!({ "status": "success", "data": data })),
        Err(error) => Reply::json(400, &json!({ "status": "error", "errorType": "bad_data", "error": error })),
    }
}

fn alerts(system: System, story: &Story, now: Instant) -> Vec<Value> {
    let steps = story.state(now);
    let silent = steps.iter().any(|step| *step.effect == Effect::NoHeartbeat(system));
    let watchdog = (!silent).then(|| {
        json!({
            "labels": { "alertname": "Watchdog", "severity": "none" },
            "annotations": { "summary": "alerting works" },
            "state": "firing", "activeAt": nanos(story.started() - TimeDelta::days(9)), "value": "1e+00",
        })
    });
    watchdog.into_iter().chain(steps.iter().flat_map(|step| fired(system, step))).collect()
}

/// The alerts of a step.
fn fired(system: System, step: &Played<'_>) -> Vec<Value> {
    let (alert, state) = match step.effect {
        Effect::Fire(alert) => (*alert, "firing"),
        Effect::Pend(alert) => (*alert, "pending"),
        _ => return Vec::new(),
    };
    if alert.system != system {
        return Vec::new();
    }
    let one = |labels| {
        json!({
            "labels": labels, "annotations": annotations(alert), "state": state,
            "activeAt": nanos(step.span.start), "value": format_value(alert.value),
        })
    };
    labels(alert).into_iter().map(one).collect()
}

/// The labels of every instance on which an alert fires.
pub(super) fn labels(alert: &Alert) -> Vec<Map<String, Value>> {
    let own = [("alertname", alert.name), ("severity", alert.severity), ("env", "prod")];
    let common: Map<String, Value> =
        own.iter().chain(alert.labels).map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let number = |instance: u32| {
        let mut labels = common.clone();
        labels.insert("instance".to_owned(), json!(format!("scan-{instance:02}")));
        labels
    };
    if alert.instances > 1 { (1..=alert.instances).map(number).collect() } else { vec![common] }
}

/// What an alert tells an operator.
pub(super) fn annotations(alert: &Alert) -> Value {
    json!({ "summary": alert.summary, "runbook_url": format!("https://wiki.example/runbooks/{}", alert.name) })
}

fn nanos(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A number as alerts spell it: `1.204e+03`.
fn format_value(value: f64) -> String {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

fn query(request: &Request) -> Result<Query, Refused> {
    let text = request.parameter("query").unwrap_or_default();
    Query::parse(text).map_err(|error| format!("invalid parameter \"query\": {error}"))
}

fn instant(system: System, story: &Story, now: Instant, request: &Request) -> Result<Value, Refused> {
    let query = query(request)?;
    let at = time(request, "time")?.unwrap_or(now);
    let samples = query.samples(system, story, at, now);
    let one = |(labels, value)| json!({ "metric": metric(labels), "value": point(at, value) });
    let result: Vec<Value> = samples.into_iter().map(one).collect();
    Ok(json!({ "resultType": "vector", "result": result }))
}

fn range(system: System, story: &Story, now: Instant, request: &Request) -> Result<Value, Refused> {
    let query = query(request)?;
    let start = time(request, "start")?.ok_or_else(|| unreadable("start", ""))?;
    let end = time(request, "end")?.ok_or_else(|| unreadable("end", ""))?;
    let text = request.parameter("step").unwrap_or_default();
    let seconds = text.parse().ok().map(|seconds: f64| TimeDelta::milliseconds((seconds * 1000.0) as i64));
    let step = seconds.or_else(|| duration(text)).filter(|step| *step > TimeDelta::zero());
    let step = step.ok_or_else(|| format!("invalid parameter \"step\": cannot parse {text:?} to a valid duration"))?;
    if end < start {
        return Err("invalid parameter \"end\": end timestamp must not be before start time".to_owned());
    }
    let points = (end - start).num_milliseconds() / step.num_milliseconds() + 1;
    if points > POINT_LIMIT {
        return Err(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution \
                    (?step=XX)"
                .to_owned(),
        );
    }
    let mut series: Vec<(Vec<_>, Vec<Value>)> = Vec::new();
    for number in 0..points {
        let at = start + TimeDelta::milliseconds(step.num_milliseconds() * number);
        for (labels, value) in query.samples(system, story, at, now) {
            match series.iter_mut().find(|(known, _)| *known == labels) {
                Some((_, values)) => values.push(point(at, value)),
                None => series.push((labels, vec![point(at, value)])),
            }
        }
    }
    let one = |(labels, values)| json!({ "metric": metric(labels), "values": values });
    let result: Vec<Value> = series.into_iter().map(one).collect();
    Ok(json!({ "resultType": "matrix", "result": result }))
}

fn metric(labels: Vec<(&'static str, &'static str)>) -> Map<String, Value> {
    labels.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// Seconds as a number, the value as text.
fn point(at: Instant, value: f64) -> Value {
    let millis = at.timestamp_millis();
    let seconds =
        if millis % 1000 == 0 { Some(Number::from(millis / 1000)) } else { Number::from_f64(millis as f64 / 1000.0) };
    json!([seconds, value.to_string()])
}

/// A parameter that is a time: seconds, or RFC 3339.
fn time(request: &Request, name: &str) -> Result<Option<Instant>, Refused> {
    let Some(text) = request.parameter(name) else { return Ok(None) };
    let seconds = text.parse().ok().and_then(|seconds: f64| {
        // Further away is no time that anybody has counters of.
        (0.0..1e11).contains(&seconds).then(|| DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64))?
    });
    let at = seconds.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()));
    at.map(Some).ok_or_else(|| unreadable(name, text))
}

fn unreadable(name: &str, text: &str) -> Refused {
    format!("invalid parameter {name:?}: cannot parse {text:?} to a valid timestamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_alerts_are_spelt_as_a_server_spells_them() {
        assert_eq!(
            [1204.0, 0.0, 1.0, 0.04].map(format_value),
            ["1.204e+03", "0e+00", "1e+00", "4e-02"].map(str::to_owned)
        );
    }
}
