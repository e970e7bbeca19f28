//! What the HTTP library reports, told as a [`SourceError`].

use std::error::Error;
use std::time::Duration;

use url::Url;

use super::super::error::SourceError;
use super::connect::deepest;
use crate::domain::clean::clean_line;

/// An address for people: scheme, host, port and path; no user, password, query or fragment.
pub fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    clean_line(&format!("{}://{host}{port}{}", url.scheme(), url.path()), 200).into_owned()
}

/// The text of a percent-encoded part of an address.
pub(super) fn percent_decoded(text: &str) -> String {
    let form = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Why a request or its body did not come through.
pub(super) fn of_transport(error: &reqwest::Error, url: &Url, timeout: Duration, got: u64) -> SourceError {
    let place = place(url);
    if error.is_timeout() {
        return SourceError::TimedOut { place, after: timeout };
    }
    let reason = clean_line(&deepest(error), 300).into_owned();
    let mut chain = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    let (mut tls, mut name) = (false, false);
    let mut kind = None;
    for cause in chain.by_ref() {
        let text = cause.to_string().to_lowercase();
        tls |= ["certificate", "tls", "ssl", "handshake", "unknownissuer", "corrupt message"]
            .iter()
            .any(|word| text.contains(word));
        name |= text.contains("dns error");
        kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(kind);
    }
    if tls {
        let why = format!(
            "{reason}; if a company's own authority signed it, name its PEM bundle in `ca`, and check that `url` has the right scheme and host"
        );
        return SourceError::Tls { place, why };
    }
    if !error.is_connect() && (error.is_body() || error.is_decode() || got > 0) {
        return SourceError::Cut { place, got };
    }
    let why = match kind {
        _ if name => "its name does not resolve; check the host of `url` and the name server".to_owned(),
        Some(std::io::ErrorKind::ConnectionRefused) => {
            "connection refused: nothing listens there; is it running, is the port of `url` right?".to_owned()
        }
        Some(std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof) => {
            "it ended the connection without an answer; does it want https?".to_owned()
        }
        _ if error.is_request() && !error.is_connect() => {
            format!(
                "it ended the connection without a whole answer ({reason}); is this an HTTP server, does it want https?"
            )
        }
        _ => reason,
    };
    SourceError::Unreachable { place, why }
}
