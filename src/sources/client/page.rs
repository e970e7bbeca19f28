//! A web page with a form, for products whose only way to change something is one.

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, SET_COOKIE};

use super::answer::{Limits, MOST_ERROR_BYTES, hide, read, success};
use super::{Client, Pairs, join};
use crate::sources::error::SourceError;

/// A web page.
#[derive(Debug)]
pub struct Page {
    /// Its HTML; what is not UTF-8 is replaced.
    pub html: String,
    /// The cookies that came with it, `name=value` each.
    pub cookies: Vec<String>,
}

impl Client {
    /// Gets a web page of one of the addresses. It only reads.
    ///
    /// # Errors
    /// As of any question.
    pub async fn page(&self, address: usize, path: &str, query: &Pairs<'_>) -> Result<Page, SourceError> {
        let base = self.base(address)?;
        let url = join(base, path)?;
        let http = self.http.get_or_try_init(|| self.connection.build(self.timeout)).await?;
        let (secret, _) = self.credential.headers(base).await?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        headers.extend(secret.headers());
        let request = http.get(url.clone()).query(query).headers(headers);
        let limits = Limits { most_bytes: MOST_ERROR_BYTES, timeout: self.timeout };
        let answer = success(request, &url, &secret, limits, self.clock).await;
        if answer.as_ref().is_err_and(SourceError::is_unauthorized) {
            self.credential.forget().await;
        }
        let (response, _) = answer?;
        let cookies = response.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let cookies =
            cookies.filter_map(|cookie| cookie.split(';').next().map(|pair| pair.trim().to_owned())).collect();
        let body = read(response, &url, limits).await.map_err(|error| hide(error, &secret))?;
        Ok(Page { html: String::from_utf8_lossy(&body).into_owned(), cookies })
    }
}
