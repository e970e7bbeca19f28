//! Any API that answers JSON, described in the configuration alone: what to ask, how the next page is found, where the
//! items are and what their fields mean. What an item is, `gives` says: an alert, a check (its absence is no good
//! sign), a ticket, or a change.
//!
//! Invariant: what is described wrongly is an error with the place and a sample of the answer, never an empty list
//! that looks like health.

mod find;
mod paging;
mod reading;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use self::paging::{Next, Paging};
use self::reading::Reader;
use self::words::Request;
use super::client::{Answer, Client};
use super::error::SourceError;
use super::gather::{decoded, json_error};
use super::kind::Capabilities;
use super::records::Pages;
use super::settings::Settings;
use super::{Clock, Source};
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;

/// The adapter.
pub struct HttpJson {
    client: Client,
    described: Result<Described, SourceError>,
}

/// What the configuration describes.
struct Described {
    request: Request,
    paging: Paging,
    reader: Arc<Reader>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let described = || {
        Ok(Described {
            request: Request::of(&settings.own)?,
            paging: Paging::of(&settings.own)?,
            reader: Arc::new(Reader::of(settings)?),
        })
    };
    Box::new(HttpJson { client: Client::new(settings, clock), described: described() })
}

#[async_trait]
impl Source for HttpJson {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_tickets().and_changes()
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        let Described { request, paging, reader } = self.described.as_ref().map_err(Clone::clone)?;
        let (mut answers, mut notes) = (Vec::new(), Vec::new());
        let mut pages = Pages::of(paging.most);
        let mut next = paging.first();
        loop {
            let answer = request.send(&self.client, &next, answers.last().map(|(place, _)| place), now).await?;
            notes.extend(answer.clock_note());
            let reading = Arc::clone(reader);
            let size = answer.body.len();
            let (place, link) = (answer.place.clone(), answer.next.clone());
            let (value, (ids, count)) = decoded(size, move || {
                let value = parse(&answer)?;
                let found = reading.ids(&answer.place, &value)?;
                Ok((value, found))
            })
            .await?;
            for id in &ids {
                pages.saw(id);
            }
            let after = paging.after(&next, count, link, &value);
            answers.push((place, value));
            match after {
                // A page may be empty because the account may not see its items; the server says where it goes on.
                Some(after) if pages.more_after_gaps(count) => next = after,
                _ => break,
            }
        }
        notes.extend(pages.into_notes());
        notes.dedup();
        let reader = Arc::clone(reader);
        decoded(usize::MAX, move || reader.report(&answers, notes, now)).await
    }
}

fn parse(answer: &Answer) -> Result<Value, SourceError> {
    let text = answer.text()?;
    let value: Value = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if value.is_array() || value.is_object() {
        return Ok(value);
    }
    let why = format!("it is `{}`, neither a list nor an object", find::sample(&value));
    Err(SourceError::Json { place: answer.place.clone(), why })
}

impl Request {
    /// Asks for a page. A link that the server gave is followed from the answer it stood in.
    async fn send(
        &self,
        client: &Client,
        next: &Next,
        last: Option<&String>,
        now: Instant,
    ) -> Result<Answer, SourceError> {
        let pairs = self.pairs(next.pair(), now);
        let headers = self.headers();
        let body = self.body(now);
        let ask = self.ask(&pairs, &headers, body.as_deref());
        match (next, last) {
            (Next::Link(link), Some(from)) => client.follow(link, from, &ask).await,
            _ => client.ask_any(&ask).await,
        }
    }
}
