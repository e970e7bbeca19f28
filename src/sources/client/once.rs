//! Sending a request that changes something: once, on a connection of its own, and never again by itself.
//!
//! Reading may be repeated, writing may not: whether a request without an answer was carried out is not known. So
//! there is no retry here on any layer, no other address is tried, no redirect followed, and no connection reused,
//! since a server may close an idle one just when it is written to.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use super::answer::{Limits, MOST_ERROR_BYTES, MOST_SAID, header, hide, read, redirect, said};
use super::credential::Secret;
use super::fault::{of_transport, place};
use super::{Client, join};
use crate::domain::clean::clean_line;
use crate::domain::write::{Body, Method, Outcome, Reference, Request};
use crate::sources::error::SourceError;

use std::sync::atomic::Ordering;

/// Cells up to which an array or object stands on one line.
const ONE_LINE: usize = 76;

/// A JSON body that people can read: what is short stands on one line. It is sent as it is shown.
pub fn readable(value: &Value) -> Body {
    let mut text = String::new();
    write_json(value, 0, &mut text);
    Body::Json(text)
}

fn write_json(value: &Value, depth: usize, text: &mut String) {
    let short = value.to_string();
    let inner = "  ".repeat(depth + 1);
    let is_short = depth > 0 && short.chars().count() + inner.len() <= ONE_LINE;
    let (open, close, parts): (_, _, Vec<(String, &Value)>) = match value {
        Value::Array(items) if !is_short && !items.is_empty() => {
            ('[', ']', items.iter().map(|item| (String::new(), item)).collect())
        }
        Value::Object(fields) if !is_short && !fields.is_empty() => {
            ('{', '}', fields.iter().map(|(key, item)| (format!("{}: ", Value::from(key.as_str())), item)).collect())
        }
        _ => return text.push_str(&short),
    };
    text.push(open);
    for (at, (key, item)) in parts.into_iter().enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&inner);
        text.push_str(&key);
        write_json(item, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

/// What became of a request that changes something.
#[derive(Debug)]
pub enum Sent {
    /// The server answered.
    Answered(Told),
    /// Nothing left this machine.
    Not(SourceError),
    /// It went out, and no whole answer came.
    Lost(SourceError),
}

impl Sent {
    /// What came of it, where the status alone decides.
    pub fn outcome(self) -> Outcome {
        self.judged(|told| told.done(None))
    }

    /// What came of it, where the body of a success has the last word.
    pub fn judged(self, judge: impl FnOnce(&Told) -> Outcome) -> Outcome {
        match self {
            Self::Answered(told) if told.is_success() => judge(&told),
            Self::Answered(told) if told.is_refusal() => Outcome::Refused { says: told.words() },
            Self::Answered(told) => Outcome::Unknown { why: told.words() },
            Self::Not(error) => Outcome::NotSent { why: error.to_string() },
            Self::Lost(error) => Outcome::Unknown { why: error.to_string() },
        }
    }
}

/// What a server answered to a request that changes something.
#[derive(Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// The body, decoded; may be empty.
    pub body: Vec<u8>,
    /// What it says for people, cleaned and without secrets; may be empty.
    pub says: String,
}

impl Told {
    /// Whether the server says that it did it.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server says that it did not. Most errors of its own (5xx) leave that open: a proxy gives up on a
    /// server that is still at work.
    pub fn is_refusal(&self) -> bool {
        (300..500).contains(&self.status) || matches!(self.status, 501 | 503)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The status and what was said.
    pub fn words(&self) -> String {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let status = format!("{} {}", self.status, reason.unwrap_or_default());
        if self.says.is_empty() {
            status.trim_end().to_owned()
        } else {
            format!("{}: {}", status.trim_end(), self.says)
        }
    }

    /// That it was done, in the server's words.
    pub fn done(&self, made: Option<Reference>) -> Outcome {
        Outcome::Done { says: self.words(), made }
    }
}

impl Client {
    /// A request to the address that answered last. Nothing is sent.
    ///
    /// # Errors
    /// [`SourceError::Settings`] where there is no address that the path could follow.
    pub fn draft(&self, method: Method, path: &str, body: Body) -> Result<Request, SourceError> {
        let address = self.preferred.load(Ordering::Relaxed);
        let url = join(self.base(address)?, path)?;
        Ok(Request { method, address, place: place(&url), path: path.to_owned(), headers: Vec::new(), body })
    }

    pub(super) fn base(&self, address: usize) -> Result<&Url, SourceError> {
        let none = || SourceError::Settings("this type of source needs a `url`".to_owned());
        self.urls.get(address).ok_or_else(none)
    }

    /// Sends a request, once.
    pub async fn send_once(&self, request: &Request) -> Sent {
        match self.dressed(request).await {
            Ok((builder, url, secret)) => {
                let sent = self.exchange(builder, &url, &secret).await;
                if let Sent::Answered(Told { status: 401, .. }) = sent {
                    // A rotated token: the next attempt, if the operator makes one, has the new one.
                    self.credential.forget().await;
                }
                sent
            }
            Err(error) => Sent::Not(error),
        }
    }

    /// The request with credentials and headers.
    async fn dressed(&self, request: &Request) -> Result<(RequestBuilder, Url, std::sync::Arc<Secret>), SourceError> {
        let base = self.base(request.address)?;
        let url = join(base, &request.path)?;
        let http = self.connection.build_for_writes(self.timeout).await?;
        let (secret, _) = self.credential.headers(base).await?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        for (name, value) in &request.headers {
            let bad = |_| SourceError::Settings(format!("the header {name} can't have this value"));
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).map_err(bad)?);
        }
        let kind = |text| HeaderValue::from_static(text);
        let builder = match request.method {
            Method::Post => http.post(url.clone()),
            Method::Put => http.put(url.clone()),
            Method::Patch => http.patch(url.clone()),
        };
        let builder = match &request.body {
            Body::Json(text) => {
                headers.entry(CONTENT_TYPE).or_insert(kind("application/json"));
                builder.body(text.clone())
            }
            Body::Text(text) => {
                headers.entry(CONTENT_TYPE).or_insert(kind("text/plain; charset=utf-8"));
                builder.body(text.clone())
            }
            Body::Form(pairs) => builder.form(pairs),
        };
        headers.extend(secret.headers());
        Ok((builder.headers(headers), url, secret))
    }

    async fn exchange(&self, builder: RequestBuilder, url: &Url, secret: &Secret) -> Sent {
        let fault = |error: &reqwest::Error| hide(of_transport(error, url, self.timeout, 0), secret);
        let response = match builder.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => return Sent::Not(fault(&error)),
            Err(error) => return Sent::Lost(fault(&error)),
        };
        let status = response.status();
        if status.is_redirection() {
            let says = hide(redirect(url, header(&response, &LOCATION)), secret).to_string();
            return Sent::Answered(Told { status: status.as_u16(), body: Vec::new(), says });
        }
        let limits = Limits { most_bytes: MOST_ERROR_BYTES, timeout: self.timeout };
        let body = match read(response, url, limits).await {
            Ok(body) => body,
            // That it was not done is known from the status alone.
            Err(_) if !status.is_success() => Vec::new(),
            Err(error) => return Sent::Lost(hide(error, secret)),
        };
        let says = clean_line(&secret.hide(&said(&body)), MOST_SAID).into_owned();
        Sent::Answered(Told { status: status.as_u16(), body, says })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_readable_body_is_the_same_document() {
        let matchers: Vec<Value> =
            (0..3).map(|at| json!({ "name": format!("label-{at}"), "value": "x \"y\"\n" })).collect();
        let value = json!({ "comment": "on it", "matchers": matchers, "none": [], "empty": {}, "nested": { "a": [1, null, true] } });
        let Body::Json(text) = readable(&value) else { panic!("JSON") };
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        let line = "    {\"name\":\"label-0\",\"value\":\"x \\\"y\\\"\\n\"},\n";
        assert!(text.contains(line), "{text}");
        assert_eq!(text.lines().count(), 11, "{text}");
    }
}
