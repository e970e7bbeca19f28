//! Instant and range queries. Values are texts on the wire, NaN and infinities among them; `warnings` mean that the
//! answer may be partial, and are passed on.

use std::borrow::Cow;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::client::{Answer, Client, Pairs};
use super::super::error::SourceError;
use super::super::figures::{Metrics, Row, Rows};
use super::super::gather::{decoded, json_error};
use super::super::text::{Interner, Text, TextPairs};
use crate::domain::clean::clean_line;
use crate::domain::span::{Instant, Span};

/// What every answer of the API is wrapped in.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"), expecting = "an object with `status` and `data`")]
pub(super) struct Envelope<'a, T> {
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(default = "none")]
    data: Option<T>,
    #[serde(borrow, default)]
    error: Text<'a>,
    #[serde(borrow, default)]
    warnings: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    infos: Option<Vec<Text<'a>>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Envelope<'_, T> {
    /// The data, with the warnings that came beside it.
    pub(super) fn open(self, place: &str) -> Result<(T, Vec<String>), SourceError> {
        if self.status.as_str() != "success" {
            let says = self.error.given().or_else(|| self.status.given()).unwrap_or("an error without a text");
            return Err(SourceError::Says { place: place.to_owned(), says: clean_line(says, 300).into_owned() });
        }
        let data = self
            .data
            .ok_or_else(|| SourceError::Json { place: place.to_owned(), why: "`data` is missing".to_owned() })?;
        let lists = [self.warnings, self.infos].into_iter().flatten().flatten();
        let warnings = lists.map(|text| format!("the answer may be partial: {}", clean_line(text.as_str(), 300)));
        Ok((data, warnings.take(10).collect()))
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `resultType` and `result`")]
struct QueryResult<'a> {
    #[serde(borrow, rename = "resultType")]
    kind: Text<'a>,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// One sample: seconds and a text.
#[derive(Deserialize)]
#[serde(expecting = "a sample [time, \"value\"]")]
struct Sample<'a>(f64, #[serde(borrow)] Text<'a>);

#[derive(Deserialize)]
#[serde(expecting = "a series")]
struct Series<'a> {
    #[serde(borrow, default)]
    metric: TextPairs<'a>,
    #[serde(borrow, default)]
    value: Option<Sample<'a>>,
    #[serde(borrow, default)]
    values: Option<Vec<Sample<'a>>>,
}

/// The query API of a Prometheus.
pub struct Api {
    client: Client,
}

impl Api {
    /// The API behind a client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    async fn ask(&self, path: &str, pairs: &Pairs<'_>) -> Result<Rows, SourceError> {
        let answer = self.client.query_any(path, pairs).await?;
        decoded(answer.body.len(), move || rows(&answer)).await
    }
}

#[async_trait]
impl Metrics for Api {
    async fn instant(&self, query: &str, at: Instant) -> Result<Rows, SourceError> {
        let pairs = [("query", Cow::Borrowed(query)), ("time", Cow::Owned(seconds(at)))];
        self.ask("api/v1/query", &pairs).await
    }

    async fn range(&self, query: &str, span: Span, step: chrono::TimeDelta) -> Result<Rows, SourceError> {
        let pairs = [
            ("query", Cow::Borrowed(query)),
            ("start", Cow::Owned(seconds(span.start))),
            ("end", Cow::Owned(seconds(span.end))),
            ("step", Cow::Owned(step.num_seconds().to_string())),
        ];
        self.ask("api/v1/query_range", &pairs).await
    }
}

fn seconds(at: Instant) -> String {
    let (seconds, millis) = (at.timestamp(), at.timestamp_subsec_millis());
    if millis == 0 { seconds.to_string() } else { format!("{seconds}.{millis:03}") }
}

/// The rows of an answer; a scalar is one row without labels, a string is none.
fn rows(answer: &Answer) -> Result<Rows, SourceError> {
    let text = answer.text()?;
    let wrong = |error: serde_json::Error| json_error(&answer.place, text, &error);
    let envelope: Envelope<QueryResult> = serde_json::from_str(text).map_err(wrong)?;
    let (data, notes) = envelope.open(&answer.place)?;
    let inner = |error: serde_json::Error| json_error(&answer.place, data.result.get(), &error);
    let mut interner = Interner::default();
    let rows = match data.kind.as_str() {
        "scalar" => {
            let sample: Sample = serde_json::from_str(data.result.get()).map_err(inner)?;
            vec![Row { labels: [].into(), samples: vec![number(&sample, &answer.place)?] }]
        }
        "vector" | "matrix" => {
            let list: Vec<Series> = serde_json::from_str(data.result.get()).map_err(inner)?;
            let row = |series: Series| {
                let samples = series.values.unwrap_or_default().into_iter().chain(series.value);
                let samples = samples.map(|sample| number(&sample, &answer.place)).collect::<Result<_, _>>()?;
                Ok(Row { labels: interner.labels(&series.metric.0), samples })
            };
            list.into_iter().map(row).collect::<Result<_, SourceError>>()?
        }
        other => {
            let why = format!("a query gave a {}, not numbers", clean_line(other, 40));
            return Err(SourceError::Json { place: answer.place.clone(), why });
        }
    };
    Ok(Rows { rows, notes })
}

fn number(sample: &Sample<'_>, place: &str) -> Result<(f64, f64), SourceError> {
    match sample.1.as_str().parse() {
        Ok(value) => Ok((sample.0, value)),
        Err(_) => Err(SourceError::Json {
            place: place.to_owned(),
            why: format!("the value {:?} is no number", clean_line(sample.1.as_str(), 40)),
        }),
    }
}
