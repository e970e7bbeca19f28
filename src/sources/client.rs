//! The HTTP client that all adapters share: one connection pool a source, built at first use.
//!
//! It follows no redirect, sends credentials to the configured addresses alone, bounds time and bytes,
//! and turns whatever goes wrong into a [`SourceError`]. A missing store of certificate authorities is an error of
//! the source that needs one, never a failed start: plain addresses are asked without any. What changes something is sent by
//! [`Client::send_once`] alone.

mod answer;
mod ask;
mod connect;
mod credential;
mod fault;
mod once;
mod page;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue};
use tokio::sync::OnceCell;
use url::Url;

pub use self::answer::Answer;
pub use self::ask::{Ask, Content};
use self::credential::Credential;
pub use self::fault::place;
pub use self::once::{Sent, Told, readable};
pub use self::page::Page;
use super::Clock;
use super::body::MOST_BYTES;
use super::error::SourceError;
use super::settings::Settings;
use crate::domain::clean::clean_line;

/// Pairs of a query or a form.
pub type Pairs<'a> = [(&'a str, Cow<'a, str>)];

/// The longest query that goes into an address; a longer one is posted as a form where the API has that.
const LONGEST_QUERY: usize = 2000;

/// The HTTP client of one source.
pub struct Client {
    connection: connect::Connection,
    urls: Vec<Url>,
    timeout: Duration,
    credential: Credential,
    http: OnceCell<reqwest::Client>,
    /// The address that answered last, asked first by [`Client::get_any`].
    preferred: AtomicUsize,
    clock: Clock,
    most_bytes: u64,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("urls", &self.urls.iter().map(place).collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Client {
    /// The client of a source. Nothing is read or connected yet.
    pub fn new(settings: &Settings, clock: Clock) -> Self {
        Self {
            connection: connect::Connection::of(settings),
            urls: settings.urls.clone(),
            timeout: settings.timeout,
            credential: Credential::new(settings.auth.clone()),
            http: OnceCell::new(),
            preferred: AtomicUsize::new(0),
            clock,
            most_bytes: MOST_BYTES,
        }
    }

    /// The same client with another cap on the bytes of an answer.
    #[must_use]
    pub fn with_most_bytes(mut self, most_bytes: u64) -> Self {
        self.most_bytes = most_bytes;
        self
    }

    /// The configured addresses.
    pub fn urls(&self) -> &[Url] {
        &self.urls
    }

    /// Asks every address at the same time, as the members of one cluster.
    pub async fn get_all(&self, path: &str, query: &Pairs<'_>) -> Vec<Result<Answer, SourceError>> {
        let ask = Ask::get(path, query);
        join_all(self.urls.iter().map(|base| async move { self.send(base, join(base, path)?, &ask).await })).await
    }

    /// Asks the address that answered last, and the others in turn where it can't be reached.
    ///
    /// # Errors
    /// That of the first address asked, if none answers.
    pub async fn get_any(&self, path: &str, query: &Pairs<'_>) -> Result<Answer, SourceError> {
        self.ask_any(&Ask::get(path, query)).await
    }

    /// As [`Client::get_any`], but posts a form where the query is too long for an address.
    ///
    /// # Errors
    /// That of the first address asked, if none answers.
    pub async fn query_any(&self, path: &str, query: &Pairs<'_>) -> Result<Answer, SourceError> {
        let length: usize = query.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
        let content = if length > LONGEST_QUERY { Content::Form } else { Content::None };
        self.ask_any(&Ask { content, ..Ask::get(path, query) }).await
    }

    /// As [`Client::get_any`], for any request that only reads.
    ///
    /// # Errors
    /// That of the first address asked, if none answers.
    pub async fn ask_any(&self, ask: &Ask<'_>) -> Result<Answer, SourceError> {
        let (count, first) = (self.urls.len(), self.preferred.load(Ordering::Relaxed));
        let mut failure = None;
        for index in (0..count).map(|offset| (first + offset) % count) {
            match self.send(&self.urls[index], join(&self.urls[index], ask.path)?, ask).await {
                Ok(answer) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) if error.is_of_the_request() => return Err(error),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or_else(|| SourceError::Settings("this type of source needs a `url`".to_owned())))
    }

    /// Follows a link to the next page that an answer gave, with the headers of `ask`. It must lead to one of the
    /// configured addresses: credentials go along.
    ///
    /// # Errors
    /// [`SourceError::Redirect`] where it leads elsewhere, and what [`Client::ask_any`] has.
    pub async fn follow(&self, link: &str, from: &str, ask: &Ask<'_>) -> Result<Answer, SourceError> {
        let next = Url::parse(from).and_then(|from| from.join(link));
        let home = |url: &Url| self.urls.iter().find(|base| base.origin() == url.origin());
        match next.as_ref().map(|url| (url, home(url))) {
            Ok((url, Some(base))) => self.send(base, url.clone(), &Ask { query: &[], ..*ask }).await,
            Ok((url, None)) => Err(SourceError::Redirect { place: from.to_owned(), to: place(url) }),
            Err(_) => {
                let why = format!("its link to the next page is no address: `{}`", clean_line(link, 100));
                Err(SourceError::Json { place: from.to_owned(), why })
            }
        }
    }

    async fn send(&self, base: &Url, url: Url, ask: &Ask<'_>) -> Result<Answer, SourceError> {
        let http = self.http.get_or_try_init(|| self.connection.build(self.timeout)).await?;
        let mut attempt = 0;
        loop {
            let (secret, kept) = self.credential.headers(base).await?;
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            headers.extend(secret.headers());
            let request = ask.dressed(http, &url, headers)?;
            let limits = answer::Limits { most_bytes: self.most_bytes, timeout: self.timeout };
            let answer = answer::receive(request, &url, &secret, limits, self.clock).await;
            match answer {
                // A rotated token: what was kept is forgotten, and the new one gets one try.
                Err(error) if error.is_unauthorized() => {
                    self.credential.forget().await;
                    if !kept || attempt > 0 {
                        return Err(error);
                    }
                }
                other => return other,
            }
            attempt += 1;
        }
    }
}

/// The address of a path below a base, whether or not the base ends with a slash. Query and user of the base stay.
fn join(base: &Url, path: &str) -> Result<Url, SourceError> {
    let mut url = base.clone();
    {
        let mut segments = url.path_segments_mut().map_err(|()| {
            SourceError::Settings(format!("`url` {} is no address that a path can follow", place(base)))
        })?;
        segments.pop_if_empty().extend(path.split('/'));
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_joins_below_any_base() {
        let joined = |base: &str| join(&Url::parse(base).expect("a url"), "api/v1/query").expect("joins").to_string();
        assert_eq!(joined("http://h:9090"), "http://h:9090/api/v1/query");
        assert_eq!(joined("http://h/prom/"), "http://h/prom/api/v1/query");
        assert_eq!(joined("http://h/prom?tenant=a"), "http://h/prom/api/v1/query?tenant=a");
        assert!(join(&Url::parse("mailto:x@y").expect("a url"), "p").is_err());
    }
}
