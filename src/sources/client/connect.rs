//! Building the connection pool: authorities, client certificate, proxy, time-outs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, Identity};
use url::{Host, Url};

use super::super::error::SourceError;
use super::super::secret::read_private;
use super::super::settings::Settings;

/// The longest wait for a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// What a connection pool is built from.
#[derive(Clone)]
pub(super) struct Connection {
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    plain: bool,
    loopback: bool,
}

impl Connection {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            ca: settings.ca.clone(),
            cert: settings.cert.clone(),
            key: settings.key.clone(),
            plain: settings.urls.iter().all(|url| url.scheme() == "http"),
            loopback: settings.urls.iter().all(is_loopback),
        }
    }

    /// Builds the pool, off the polling threads: the system's store of authorities is many files.
    pub(super) async fn build(&self, timeout: Duration) -> Result<reqwest::Client, SourceError> {
        self.built(move |connection| connection.builder(timeout)).await
    }

    /// Builds what sends requests that change something: each on a connection of its own, none twice.
    pub(super) async fn build_for_writes(&self, timeout: Duration) -> Result<reqwest::Client, SourceError> {
        let once = |builder: ClientBuilder| builder.pool_max_idle_per_host(0).retry(reqwest::retry::never());
        self.built(move |connection| once(connection.builder(timeout))).await
    }

    async fn built(
        &self,
        builder: impl Fn(&Self) -> ClientBuilder + Send + 'static,
    ) -> Result<reqwest::Client, SourceError> {
        let connection = self.clone();
        tokio::task::spawn_blocking(move || connection.build_now(builder))
            .await
            .map_err(|error| SourceError::Panicked(error.to_string()))?
    }

    fn build_now(&self, plain: impl Fn(&Self) -> ClientBuilder) -> Result<reqwest::Client, SourceError> {
        // Once for the process; whoever comes later finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let own = self.ca.as_deref().map(authorities).transpose()?.unwrap_or_default();
        let identity = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some(identity(cert, key)?),
            _ => None,
        };
        let builder = || {
            let mut builder = plain(self);
            if let Some(identity) = identity.clone() {
                builder = builder.identity(identity);
            }
            builder
        };
        // Plain addresses need no authorities; where the system has none, the configured ones must do.
        if self.plain {
            return builder().tls_certs_only(own).build().map_err(|error| no_client(&error));
        }
        match builder().tls_certs_merge(own.clone()).build() {
            Ok(client) => Ok(client),
            Err(_) if !own.is_empty() => builder().tls_certs_only(own).build().map_err(|error| no_client(&error)),
            Err(error) => Err(no_client(&error)),
        }
    }

    fn builder(&self, timeout: Duration) -> ClientBuilder {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("bsmtop/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_gzip()
            .referer(false)
            .timeout(timeout)
            .connect_timeout(timeout.min(LONGEST_CONNECT))
            .pool_idle_timeout(Duration::from_mins(2))
            .pool_max_idle_per_host(4);
        // A proxy of the environment is for the world outside, never for what runs beside us.
        if self.loopback { builder.no_proxy() } else { builder }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, SourceError> {
    let wrong = |why: String| SourceError::Settings(format!("`ca` {} can't be used: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(deepest(&error)))?;
    if found.is_empty() { Err(wrong("it holds no PEM certificate".to_owned())) } else { Ok(found) }
}

fn identity(cert: &Path, key: &Path) -> Result<Identity, SourceError> {
    let wrong = |path: &Path, why: String| {
        SourceError::Settings(format!("the client certificate {} can't be used: {why}", path.display()))
    };
    let mut pem = std::fs::read(cert).map_err(|error| wrong(cert, error.to_string()))?;
    pem.push(b'\n');
    pem.extend(read_private(key).map_err(|why| wrong(key, why))?.into_bytes());
    Identity::from_pem(&pem).map_err(|error| wrong(cert, deepest(&error)))
}

fn no_client(error: &reqwest::Error) -> SourceError {
    SourceError::Settings(format!(
        "no secure connections can be made: {}; install the system's certificate authorities (Debian: ca-certificates) or name a bundle in `ca`",
        deepest(error)
    ))
}

/// The innermost reason of an error.
pub(super) fn deepest(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}
