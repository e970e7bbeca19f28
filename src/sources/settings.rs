//! What the configuration says of a source, checked, with secrets as references that are resolved when used.

pub mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::client::place;
use crate::domain::id::SourceName;
use crate::domain::severity::Severity;

/// The source that reads the files which spend records name themselves; it is there where any does.
pub const FILES: &str = "focus";

/// A configured source. Its debug text leaves out what addresses may carry of a secret.
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// What matchers and screens call it.
    pub name: SourceName,
    /// The `type` word: a row of the table of adapters.
    pub type_word: String,
    /// Its addresses; several are one HA cluster.
    pub urls: Vec<Url>,
    /// The polling interval, before jitter.
    pub every: Duration,
    /// The time-out of one request.
    pub timeout: Duration,
    /// How it is asked to let us in.
    pub auth: Option<Auth>,
    /// A PEM bundle of authorities, beside the system's.
    pub ca: Option<PathBuf>,
    /// A PEM client certificate, with `key`.
    pub cert: Option<PathBuf>,
    /// The key of `cert`.
    pub key: Option<PathBuf>,
    /// Severities of words, on top of the type's own table.
    pub severity: BTreeMap<String, Severity>,
    /// What is wanted: sent to the server where it can filter.
    pub only: BTreeMap<String, String>,
    /// What is dropped.
    pub never: BTreeMap<String, String>,
    /// Labels of signals that must be firing, or the source is lost.
    pub heartbeat: Vec<BTreeMap<String, String>>,
    /// Whether pending alerts and soft states count.
    pub soft: bool,
    /// Whether acknowledging, silencing, commenting and creating are allowed.
    pub write: bool,
    /// Further keys of the type's own, as text, number, array or table.
    pub own: toml::Table,
}

impl Settings {
    /// The same, asked at a product's public address unless another is given.
    #[must_use]
    pub fn at_home(&self, home: &str) -> Self {
        let mut settings = self.clone();
        if settings.urls.is_empty() {
            settings.urls.extend(Url::parse(home));
        }
        settings
    }

    /// A source with nothing but a name and a type, asked once an hour.
    pub fn plain(name: SourceName, type_word: &str) -> Self {
        Self {
            name,
            type_word: type_word.to_owned(),
            urls: Vec::new(),
            every: Duration::from_hours(1),
            timeout: Duration::from_secs(10),
            auth: None,
            ca: None,
            cert: None,
            key: None,
            severity: BTreeMap::new(),
            only: BTreeMap::new(),
            never: BTreeMap::new(),
            heartbeat: Vec::new(),
            soft: false,
            write: false,
            own: toml::Table::new(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("type", &self.type_word)
            .field("urls", &self.urls.iter().map(place).collect::<Vec<_>>())
            .field("every", &self.every)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

/// How a source is asked to let us in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Auth {
    /// `Authorization: Basic`.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretRef,
    },
    /// `Authorization: Bearer`.
    Bearer(SecretRef),
    /// Any headers, by name.
    Headers(Vec<(String, SecretRef)>),
}

/// Where a secret is; never the secret itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file, refused unless only its owner can read it.
    File(PathBuf),
    /// The first line that a command prints.
    Command(Vec<String>),
}
