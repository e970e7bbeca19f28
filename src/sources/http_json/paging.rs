//! How the next page is found: by a link, a page number, an offset or a cursor.

use serde::Deserialize;
use serde_json::Value;

use super::super::error::SourceError;
use super::super::settings::template::Pointer;
use super::find;
use super::words::{own, pointer};

/// The most pages, unless the configuration says another number.
const MOST_PAGES: usize = 50;

/// How the next page is found.
pub(super) struct Paging {
    /// The most pages.
    pub most: usize,
    way: Way,
}

enum Way {
    Single,
    LinkHeader,
    Link(Pointer),
    Page { name: String, first: usize, size: Option<usize> },
    Offset { name: String, size: Option<usize> },
    Cursor { name: String, at: Pointer },
}

/// What is asked next.
pub(super) enum Next {
    /// The first page, as the request says.
    First,
    /// An address that the server gave.
    Link(String),
    /// The request with a pair more, which stands for so much.
    Pair(String, String, usize),
}

impl Next {
    /// The pair that the request gets.
    pub fn pair(&self) -> Option<(&str, &str)> {
        match self {
            Self::Pair(name, value, _) => Some((name, value)),
            Self::First | Self::Link(_) => None,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Words {
    link: Option<String>,
    page: Option<String>,
    first: Option<usize>,
    offset: Option<String>,
    cursor: Option<String>,
    at: Option<String>,
    size: Option<usize>,
    most: Option<usize>,
}

impl Paging {
    pub fn of(table: &toml::Table) -> Result<Self, SourceError> {
        let Words { link, page, first, offset, cursor, at, size, most } = own(table, "paging")?;
        let way = match (link, page, offset, cursor) {
            (Some(link), None, None, None) if link == "header" => Way::LinkHeader,
            (Some(link), None, None, None) => Way::Link(pointer("paging.link", &link)?),
            (None, Some(name), None, None) => Way::Page { name, first: first.unwrap_or(1), size },
            (None, None, Some(name), None) => Way::Offset { name, size },
            (None, None, None, Some(name)) => {
                Way::Cursor { name, at: pointer("paging.at", at.as_deref().unwrap_or_default())? }
            }
            (None, None, None, None) => Way::Single,
            _ => {
                let text = "`paging` is one of link, page, offset, and cursor with at";
                return Err(SourceError::Settings(text.to_owned()));
            }
        };
        Ok(Self { most: most.unwrap_or(MOST_PAGES), way })
    }

    /// What is asked first. Servers that count pages are told the first one, too.
    pub fn first(&self) -> Next {
        match &self.way {
            Way::Page { name, first, .. } => Next::Pair(name.clone(), first.to_string(), *first),
            Way::Offset { name, .. } => Next::Pair(name.clone(), "0".to_owned(), 0),
            _ => Next::First,
        }
    }

    /// What is asked after a page of so many items; `None` after the last one.
    pub fn after(&self, asked: &Next, count: usize, link: Option<String>, answer: &Value) -> Option<Next> {
        let place = if let Next::Pair(_, _, place) = asked { *place } else { 0 };
        let is_full = |size: &Option<usize>| count > 0 && size.is_none_or(|size| count >= size);
        match &self.way {
            Way::Single => None,
            Way::LinkHeader => link.map(Next::Link),
            Way::Link(at) => find::single(answer, at).map(Next::Link),
            Way::Page { name, size, .. } => {
                is_full(size).then(|| Next::Pair(name.clone(), (place + 1).to_string(), place + 1))
            }
            Way::Offset { name, size } => {
                is_full(size).then(|| Next::Pair(name.clone(), (place + count).to_string(), place + count))
            }
            Way::Cursor { name, at } => find::single(answer, at).map(|cursor| Next::Pair(name.clone(), cursor, 0)),
        }
    }
}
