//! Names of things, as types: a node's id is never taken for a source's name.
//!
//! All are reference-counted text, so that a world of ten thousand nodes is cheap to publish.

use std::fmt;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                Self(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

names! {
    /// The id of a node of the map.
    NodeId,
    /// The name of a configured source.
    SourceName,
    /// The id of an objective.
    ObjectiveId,
    /// The id of a calendar of open hours.
    CalendarId,
    /// The id of a value profile.
    ProfileId,
    /// The id of a spend record.
    SpendId,
    /// A cause: `source:signal`, `node:ID`, `source:NAME` or `unexplained:ID`.
    CauseId,
}
