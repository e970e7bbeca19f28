//! Sending one request and taking its answer, status first, then the body under its caps.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, LINK, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::super::Clock;
use super::super::body::{Body, BodyError};
use super::super::error::SourceError;
use super::super::retry::{http_date, retry_after};
use super::credential::Secret;
use super::fault::{of_transport, place};
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;

/// The most bytes of the body of an error that are looked at.
pub(super) const MOST_ERROR_BYTES: u64 = 64 << 10;
/// The most characters of what a server says that are shown.
pub(super) const MOST_SAID: usize = 300;
/// How many records there are on all pages.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
/// How far a server's clock may differ before it is worth a remark.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(60);

/// A success, with its body read.
#[derive(Debug)]
pub struct Answer {
    /// Which address, for messages.
    pub place: String,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// How far the server's clock is ahead of ours, where that is worth a remark.
    pub ahead: Option<TimeDelta>,
    /// Where the `Link` header says the next page is (RFC 8288).
    pub next: Option<String>,
    /// How many records there are on all pages, where `X-Total-Count` says so.
    pub total: Option<usize>,
}

impl Answer {
    /// The body as text, which is what JSON is.
    ///
    /// # Errors
    /// [`SourceError::Json`] where it is not UTF-8.
    pub fn text(&self) -> Result<&str, SourceError> {
        std::str::from_utf8(&self.body).map_err(|error| SourceError::Json {
            place: self.place.clone(),
            why: format!("it is not UTF-8 at byte {}", error.valid_up_to()),
        })
    }

    /// A remark on the server's clock, if it differs.
    pub fn clock_note(&self) -> Option<String> {
        let ahead = self.ahead?;
        let way = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
        Some(format!("the clock of {} is {} s {way} this machine's", self.place, ahead.num_seconds().abs()))
    }
}

/// Bounds of one exchange.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) most_bytes: u64,
    pub(super) timeout: Duration,
}

/// Sends a request and takes the answer.
pub(super) async fn receive(
    request: RequestBuilder,
    url: &Url,
    secret: &Secret,
    limits: Limits,
    clock: Clock,
) -> Result<Answer, SourceError> {
    let hidden = |error: SourceError| hide(error, secret);
    let (response, ahead) = success(request, url, secret, limits, clock).await?;
    let html = header(&response, &CONTENT_TYPE).is_some_and(|kind| kind.trim_start().starts_with("text/html"));
    let next = header(&response, &LINK).and_then(next_link);
    let total = header(&response, &TOTAL).and_then(|text| text.trim().parse().ok());
    let body = read(response, url, limits).await.map_err(hidden)?;
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(SourceError::Empty { place: place(url) }),
        Some(b'<') => Err(SourceError::Html { place: place(url) }),
        Some(b'[' | b'{') if html => Ok(Answer { place: place(url), body, ahead, next, total }),
        Some(_) if html => Err(SourceError::Html { place: place(url) }),
        Some(_) => Ok(Answer { place: place(url), body, ahead, next, total }),
    }
}

/// Sends a request and takes the head of a success, and how far the server's clock is ahead.
pub(super) async fn success(
    request: RequestBuilder,
    url: &Url,
    secret: &Secret,
    limits: Limits,
    clock: Clock,
) -> Result<(Response, Option<TimeDelta>), SourceError> {
    let hidden = |error: SourceError| hide(error, secret);
    let response = request.send().await.map_err(|error| hidden(of_transport(&error, url, limits.timeout, 0)))?;
    let now = clock();
    let server_now = header(&response, &DATE).and_then(http_date);
    let status = response.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(hidden(redirect(url, header(&response, &LOCATION))));
    }
    if !status.is_success() {
        let server_now = server_now.unwrap_or(now);
        let wait = header(&response, &RETRY_AFTER).and_then(|text| retry_after(text, server_now));
        let wait = wait.or_else(|| rate_reset(&response, server_now));
        let body = read(response, url, Limits { most_bytes: MOST_ERROR_BYTES, ..limits }).await.unwrap_or_default();
        let says = clean_line(&secret.hide(&said(&body)), MOST_SAID).into_owned();
        return Err(SourceError::Status { status: status.as_u16(), place: place(url), says, wait });
    }
    let ahead = server_now.map(|server| server - now).filter(|ahead| ahead.abs() > CLOCK_SLACK);
    Ok((response, ahead))
}

pub(super) fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// How long until the account may ask again, where it has used up its share and the server says so in the way of
/// GitHub, which answers 403 then.
fn rate_reset(response: &Response, now: Instant) -> Option<Duration> {
    let number = |name| header(response, &HeaderName::from_static(name))?.trim().parse::<i64>().ok();
    if number("x-ratelimit-remaining")? > 0 {
        return None;
    }
    // Read as a header is, so that its bounds hold here, too.
    let reset = DateTime::from_timestamp(number("x-ratelimit-reset")?, 0)?;
    retry_after(&(reset - now).num_seconds().max(1).to_string(), now)
}

/// The target of `rel="next"` in a `Link` header.
fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |word: &str| matches!(word.trim(), r#"rel="next""# | "rel=next");
        parameters.split(';').any(is_next).then(|| target.to_owned())
    })
}

pub(super) async fn read(mut response: Response, url: &Url, limits: Limits) -> Result<Vec<u8>, SourceError> {
    let gzip = match header(&response, &CONTENT_ENCODING).map(str::trim) {
        None | Some("" | "identity") => false,
        Some(word) if word.eq_ignore_ascii_case("gzip") || word.eq_ignore_ascii_case("x-gzip") => true,
        Some(word) => {
            let why = format!("it is encoded as {}, which was not asked for", clean_line(word, 40));
            return Err(SourceError::Encoding { place: place(url), why });
        }
    };
    let fail = |error: BodyError| match error {
        BodyError::TooLarge { decoded } => {
            SourceError::TooLarge { place: place(url), limit: limits.most_bytes, decoded }
        }
        BodyError::Encoding(why) => {
            SourceError::Encoding { place: place(url), why: clean_line(&why, MOST_SAID).into_owned() }
        }
    };
    let promised = response.content_length();
    if promised.is_some_and(|length| length > limits.most_bytes) {
        return Err(fail(BodyError::TooLarge { decoded: false }));
    }
    let mut body = Body::new(gzip, promised, limits.most_bytes);
    loop {
        let chunk = response.chunk().await.map_err(|error| of_transport(&error, url, limits.timeout, body.wire()))?;
        let Some(chunk) = chunk else { break };
        body.push(&chunk).map_err(fail)?;
    }
    body.finish().map_err(fail)
}

pub(super) fn redirect(url: &Url, location: Option<&str>) -> SourceError {
    let to = match location.map(|to| url.join(to)) {
        Some(Ok(to)) => place(&to),
        Some(Err(_)) => "an address that can't be read".to_owned(),
        None => "nowhere (no Location header)".to_owned(),
    };
    SourceError::Redirect { place: place(url), to }
}

/// What the body of an error says: a JSON string, the usual fields of a JSON object, or plain text. No web page.
pub(super) fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with('<') {
        return String::new();
    }
    let found = match serde_json::from_str(text) {
        Ok(Value::String(text)) => Some(text),
        Ok(Value::Object(fields)) => ["error", "message", "detail", "errors", "errorMessages", "status"]
            .iter()
            .filter_map(|name| fields.get(*name))
            .find_map(first_text),
        Ok(_) => Some(String::new()),
        Err(_) => None,
    };
    let text = found.unwrap_or_else(|| text.to_owned());
    // Perl's "at FILE line N." is of no use to an operator.
    let end = text.find(" at /").filter(|_| text.contains(".pm line ")).unwrap_or(text.len());
    text[..end].trim().to_owned()
}

fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(first_text),
        Value::Object(fields) => fields.values().find_map(first_text),
        _ => None,
    }
}

pub(super) fn hide(error: SourceError, secret: &Secret) -> SourceError {
    match error {
        SourceError::Redirect { place, to } => SourceError::Redirect { place, to: secret.hide(&to) },
        SourceError::Unreachable { place, why } => SourceError::Unreachable { place, why: secret.hide(&why) },
        SourceError::Tls { place, why } => SourceError::Tls { place, why: secret.hide(&why) },
        SourceError::Encoding { place, why } => SourceError::Encoding { place, why: secret.hide(&why) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let two = r#"<https://h/x?page=2>; rel="next", <https://h/x?page=5>; rel="last""#;
        assert_eq!(next_link(two).as_deref(), Some("https://h/x?page=2"));
        assert_eq!(next_link(r#"<https://h/x?page=5>; title="a"; rel=next"#).as_deref(), Some("https://h/x?page=5"));
        assert_eq!(
            [next_link(r#"<https://h/x>; rel="prev""#), next_link("nonsense"), next_link("")],
            [None, None, None]
        );
    }

    #[test]
    fn what_a_server_says_is_found_in_every_shape() {
        assert_eq!(said(br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#), "parse error");
        assert_eq!(said(br#""matcher value is wrong""#), "matcher value is wrong");
        assert_eq!(said(br#"{"errorMessages":["no such field"],"errors":{}}"#), "no such field");
        assert_eq!(said(br#"{"error":401,"status":"Unauthorized."}"#), "Unauthorized.");
        assert_eq!(
            said(br#"{"message":"Unknown field: X at /usr/lib/RT/Tickets.pm line 3187.\n"}"#),
            "Unknown field: X"
        );
        assert_eq!(said(b"404 page not found\n"), "404 page not found");
        assert_eq!(said(b"<html><body>Bad Gateway</body></html>"), "");
        assert_eq!(said(b""), "");
    }
}
