//! A request that only reads, as an adapter words it: path, query, headers, and where the API wants it a body.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use url::Url;

use super::super::error::SourceError;
use super::{Pairs, place};

/// A request that only reads. Adapters start from [`Ask::get`] or [`Ask::post`].
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The path below the address of the source.
    pub path: &'a str,
    /// Pairs of the query.
    pub query: &'a Pairs<'a>,
    /// Headers beside the usual ones, which they replace where they have the same name.
    pub headers: &'a [(&'a str, &'a str)],
    /// How the question travels.
    pub content: Content<'a>,
}

/// How a question travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content<'a> {
    /// In the address alone: GET.
    None,
    /// The query as a form: POST.
    Form,
    /// A body of JSON: POST.
    Json(&'a str),
}

impl<'a> Ask<'a> {
    /// A GET.
    pub const fn get(path: &'a str, query: &'a Pairs<'a>) -> Self {
        Self { path, query, headers: &[], content: Content::None }
    }

    /// A POST of JSON, which asks and changes nothing.
    pub const fn post(path: &'a str, json: &'a str) -> Self {
        Self { path, query: &[], headers: &[], content: Content::Json(json) }
    }

    /// The same with these headers.
    #[must_use]
    pub const fn with_headers(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }

    /// The request, without credentials.
    pub(super) fn dressed(
        &self,
        http: &reqwest::Client,
        url: &Url,
        usual: HeaderMap,
    ) -> Result<RequestBuilder, SourceError> {
        let method = if self.content == Content::None { Method::GET } else { Method::POST };
        let mut headers = usual;
        let request = http.request(method, url.clone());
        let request = match self.content {
            Content::None => request.query(self.query),
            Content::Form => request.form(self.query),
            Content::Json(text) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                request.query(self.query).body(text.to_owned())
            }
        };
        for (name, value) in self.headers {
            let bad = || SourceError::Settings(format!("the header {name:?} can't be sent to {}", place(url)));
            let named = HeaderName::try_from(*name).map_err(|_| bad())?;
            headers.insert(named, HeaderValue::try_from(*value).map_err(|_| bad())?);
        }
        Ok(request.headers(headers))
    }
}
