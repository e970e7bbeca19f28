//! The headers that let us in. They are resolved at first use, kept, and forgotten when a server refuses it, so that a
//! rotated secret is picked up without a restart.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::super::error::SourceError;
use super::super::secret::resolve;
use super::super::settings::Auth;
use super::fault::percent_decoded;

pub(super) struct Credential {
    auth: Option<Auth>,
    kept: Mutex<Option<Arc<Secret>>>,
}

impl Credential {
    pub(super) fn new(auth: Option<Auth>) -> Self {
        Self { auth, kept: Mutex::new(None) }
    }

    /// The headers, and whether they had been kept.
    pub(super) async fn headers(&self, base: &Url) -> Result<(Arc<Secret>, bool), SourceError> {
        let Some(auth) = &self.auth else { return Ok((Arc::new(Secret::of_url(base)), false)) };
        let mut kept = self.kept.lock().await;
        if let Some(secret) = &*kept {
            return Ok((Arc::clone(secret), true));
        }
        let secret = Arc::new(Secret::resolve(auth).await?);
        *kept = Some(Arc::clone(&secret));
        Ok((secret, false))
    }

    pub(super) async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

/// Headers, and the texts in them that must never be shown.
pub(super) struct Secret {
    headers: Vec<(HeaderName, HeaderValue)>,
    hidden: Vec<SecretString>,
}

impl Secret {
    /// What an address itself carries: its password is sent by the HTTP library, and hidden by us.
    fn of_url(base: &Url) -> Self {
        let hidden = base.password().into_iter().map(|password| SecretString::from(percent_decoded(password)));
        Self { headers: Vec::new(), hidden: hidden.collect() }
    }

    async fn resolve(auth: &Auth) -> Result<Self, SourceError> {
        let mut resolved = Self { headers: Vec::new(), hidden: Vec::new() };
        match auth {
            Auth::Basic { user, password } => {
                let password = resolve(password).await?;
                let pair = base64(format!("{user}:{}", password.expose_secret()).as_bytes());
                resolved.add(AUTHORIZATION, &format!("Basic {pair}"))?;
                resolved.hidden.extend([password, SecretString::from(pair)]);
            }
            Auth::Bearer(token) => {
                let token = resolve(token).await?;
                resolved.add(AUTHORIZATION, &format!("Bearer {}", token.expose_secret()))?;
                resolved.hidden.push(token);
            }
            Auth::Headers(headers) => {
                for (name, value) in headers {
                    let value = resolve(value).await?;
                    let named = HeaderName::try_from(name.as_str())
                        .map_err(|_| SourceError::Settings(format!("`auth`: {name:?} is not a header's name")))?;
                    resolved.add(named, value.expose_secret())?;
                    // `token abc`, `Token token=abc`: what follows the scheme word or the name is the secret, too.
                    let bare = value.expose_secret().rsplit(' ').next().unwrap_or_default().to_owned();
                    let named_value = bare.split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default();
                    resolved.hidden.extend([value, SecretString::from(bare), SecretString::from(named_value)]);
                }
            }
        }
        Ok(resolved)
    }

    fn add(&mut self, name: HeaderName, text: &str) -> Result<(), SourceError> {
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| SourceError::Settings("the secret of `auth` holds characters no header can".to_owned()))?;
        value.set_sensitive(true);
        self.headers.push((name, value));
        Ok(())
    }

    /// The headers, by name.
    pub(super) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.headers.iter().cloned()
    }

    /// The text without any of the secrets: servers like to echo what they refuse.
    pub(super) fn hide(&self, text: &str) -> String {
        let shown = self.hidden.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= 4);
        shown.fold(text.to_owned(), |text, secret| text.replace(secret, "•••"))
    }
}

/// Base64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_the_vectors_of_its_rfc() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
