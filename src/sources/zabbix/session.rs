//! How Zabbix lets us in: by a token or by a login, in the body of a request until 6.2 and in its header since 6.4.
//!
//! Invariant: no error holds the token or the password, whatever a server echoes. (The shared client hides what it
//! sends itself; a token in a body it does not know.)

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::answers::result;
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;
use crate::domain::write::{Body, HIDDEN, Method, Outcome, Request};
use crate::sources::Clock;
use crate::sources::client::{Answer, Ask, Client, place};
use crate::sources::error::SourceError;
use crate::sources::secret::resolve;
use crate::sources::settings::{Auth, Settings};

/// Where the API is, below the frontend.
pub const PATH: &str = "api_jsonrpc.php";
/// The first version that takes a token as a header.
const HEADER_SINCE: Version = (6, 4);

/// How long a version is believed: servers are upgraded.
const BELIEVED: TimeDelta = TimeDelta::hours(1);

/// Major and minor.
pub type Version = (u32, u32);

/// A conversation with one Zabbix.
pub struct Session {
    pub client: Client,
    auth: Option<Auth>,
    kept: Mutex<Option<Kept>>,
    clock: Clock,
}

/// What was found out, until a server refuses it.
#[derive(Clone)]
struct Kept {
    version: Version,
    token: Option<SecretString>,
    /// When the version was asked for.
    since: Instant,
}

impl Session {
    /// A conversation with a source, and where its frontend is. Nothing is connected yet.
    pub fn new(settings: &Settings, clock: Clock) -> (Self, Option<String>) {
        let mut settings = settings.clone();
        // The address of the frontend and that of its API are both taken.
        for url in &mut settings.urls {
            if let Some(path) = url.path().strip_suffix(PATH).map(str::to_owned) {
                url.set_path(&path);
            }
        }
        let auth = settings.auth.take();
        let home = settings.urls.first().map(|url| place(url).trim_end_matches('/').to_owned());
        (Self { client: Client::new(&settings, clock), auth, kept: Mutex::default(), clock }, home)
    }

    /// Whether the server is of this version or a later one.
    pub async fn is_at_least(&self, major: u32, minor: u32) -> Result<bool, SourceError> {
        Ok(self.known().await?.version >= (major, minor))
    }

    /// Calls a method that only reads. A session that ended, or a token that was rotated, gets one more try.
    pub async fn call(&self, method: &str, params: &Value) -> Result<Answer, SourceError> {
        let first = self.try_once(method, params).await;
        match first {
            Err(error) if is_refused(&error) && self.auth.is_some() => {
                self.forget().await;
                self.try_once(method, params).await.map_err(advise)
            }
            other => other.map_err(advise),
        }
    }

    /// Forgets version and token: both are found out anew.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    async fn try_once(&self, method: &str, params: &Value) -> Result<Answer, SourceError> {
        let kept = self.known().await?;
        let hide = |error| conceal(error, kept.token.as_ref());
        let secret = kept.token.as_ref().map(ExposeSecret::expose_secret);
        let in_header = kept.version >= HEADER_SINCE;
        let body = request(method, params, secret.filter(|_| !in_header));
        let bearer = secret.filter(|_| in_header).map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
        let text = body.to_string();
        let answer = self.client.ask_any(&Ask::post(PATH, &text).with_headers(&headers)).await.map_err(hide)?;
        // An error is looked for here, where it can still be answered with another login.
        result::<serde::de::IgnoredAny>(&answer).map_err(hide)?;
        Ok(answer)
    }

    /// A call that changes something, as it will be sent but for the token.
    pub async fn draft(&self, method: &str, params: &Value) -> Result<Request, SourceError> {
        let kept = self.known().await?;
        let in_header = kept.version >= HEADER_SINCE;
        let hidden = kept.token.as_ref().map(|_| HIDDEN);
        let body = request(method, params, hidden.filter(|_| !in_header));
        let mut request = self.client.draft(Method::Post, PATH, Body::Json(format!("{body:#}")))?;
        request
            .headers
            .extend(hidden.filter(|_| in_header).map(|hidden| ("authorization", format!("Bearer {hidden}"))));
        Ok(request)
    }

    /// Sends a call that was drafted, once; what the result means is told by `judge`. Zabbix refuses with 200.
    pub async fn send(&self, request: &Request, judge: impl FnOnce(&Value) -> Outcome) -> Outcome {
        let kept = match self.known().await {
            Ok(kept) => kept,
            Err(error) => return Outcome::NotSent { why: error.to_string() },
        };
        let token = kept.token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        let sent = self.client.send_once(&with_token(request, token)).await;
        let outcome = sent.judged(|told| match serde_json::from_str::<Value>(&told.text()) {
            Ok(answer) if answer["error"].is_object() => {
                let part = |name: &str| answer["error"][name].as_str().unwrap_or_default().to_owned();
                let says = format!("{} {}", part("message"), part("data"));
                Outcome::Refused { says: clean_line(says.trim(), 300).into_owned() }
            }
            Ok(answer) if !answer["result"].is_null() => judge(&answer["result"]),
            _ => Outcome::Unknown { why: "the answer is not one of JSON-RPC".to_owned() },
        });
        if token.len() < 4 { outcome } else { outcome.map_text(|text| text.replace(token, HIDDEN)) }
    }

    /// Version and token, found out at first use.
    async fn known(&self) -> Result<Kept, SourceError> {
        let mut kept = self.kept.lock().await;
        let now = (self.clock)();
        if let Some(known) = &mut *kept {
            if now - known.since > BELIEVED {
                known.version = self.version().await?;
                known.since = now;
            }
            return Ok(known.clone());
        }
        let version = self.version().await?;
        let token = match &self.auth {
            None => None,
            Some(Auth::Bearer(token)) => Some(resolve(token).await?),
            Some(Auth::Basic { user, password }) => Some(self.log_in(user, &resolve(password).await?).await?),
            Some(Auth::Headers(_)) => {
                let text =
                    "Zabbix takes `auth = { bearer = … }` (an API token) or { basic = { user = …, password = … } }";
                return Err(SourceError::Settings(text.to_owned()));
            }
        };
        let known = Kept { version, token, since: now };
        *kept = Some(known.clone());
        Ok(known)
    }

    /// Asked without credentials: with them, later versions refuse.
    async fn version(&self) -> Result<Version, SourceError> {
        let text = request("apiinfo.version", &json!([]), None).to_string();
        let answer = self.client.ask_any(&Ask::post(PATH, &text)).await?;
        let version: String = result(&answer)?;
        parse(&version).ok_or_else(|| SourceError::Json {
            place: answer.place.clone(),
            why: "`result` is no version of Zabbix".to_owned(),
        })
    }

    async fn log_in(&self, user: &str, password: &SecretString) -> Result<SecretString, SourceError> {
        let params = json!({ "username": user, "password": password.expose_secret() });
        let text = request("user.login", &params, None).to_string();
        let hide = |error| advise(conceal(error, Some(password)));
        let answer = self.client.ask_any(&Ask::post(PATH, &text)).await.map_err(hide)?;
        result::<String>(&answer).map(SecretString::from).map_err(hide)
    }
}

/// A call; ids of requests are of no use where each has a connection to itself.
pub fn request(method: &str, params: &Value, token: Option<&str>) -> Value {
    let mut call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    if let Some(token) = token {
        call["auth"] = json!(token);
    }
    call
}

/// The request with the token where it was hidden.
fn with_token(request: &Request, token: &str) -> Request {
    let mut request = request.clone();
    for (name, value) in &mut request.headers {
        if *name == "authorization" {
            *value = format!("Bearer {token}");
        }
    }
    if let Body::Json(text) = &mut request.body
        && let Ok(mut call) = serde_json::from_str::<Value>(text)
        && call.get("auth").is_some()
    {
        call["auth"] = json!(token);
        *text = format!("{call:#}");
    }
    request
}

fn parse(version: &str) -> Option<Version> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether a server does not take who we say we are. It says so with 200 and in words.
fn is_refused(error: &SourceError) -> bool {
    const SIGNS: [&str; 4] = ["Not authori", "re-login", "token expired", "Session terminated"];
    match error {
        SourceError::Says { says, .. } => SIGNS.iter().any(|sign| says.contains(sign)),
        other => other.is_unauthorized(),
    }
}

fn advise(error: SourceError) -> SourceError {
    match error {
        SourceError::Says { place, says }
            if says.contains("user name or password")
                || is_refused(&SourceError::Says { place: place.clone(), says: says.clone() }) =>
        {
            let advice = "the credentials are missing, wrong or expired; check `auth` of this source";
            SourceError::Says { place, says: format!("{says} ({advice})") }
        }
        other => other,
    }
}

/// The error without the secret.
fn conceal(error: SourceError, secret: Option<&SecretString>) -> SourceError {
    let Some(secret) = secret.map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= 4) else { return error };
    let hide = |text: String| text.replace(secret, HIDDEN);
    match error {
        SourceError::Says { place, says } => SourceError::Says { place, says: hide(says) },
        SourceError::Json { place, why } => SourceError::Json { place, why: hide(why) },
        SourceError::Status { status, place, says, wait } => {
            SourceError::Status { status, place, says: hide(says), wait }
        }
        SourceError::Redirect { place, to } => SourceError::Redirect { place, to: hide(to) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(parse("6.0.14"), Some((6, 0)));
        assert!(parse("7.0.0rc1") >= Some(HEADER_SINCE) && parse("6.4.0") >= Some(HEADER_SINCE));
        assert!(parse("6.2.9") < Some(HEADER_SINCE) && parse("10.0.1") > Some((7, 4)));
        assert_eq!(parse("trunk"), None);
    }

    #[test]
    fn what_is_refused_is_known_by_its_words() {
        let says = |text: &str| SourceError::Says { place: String::new(), says: text.to_owned() };
        for text in ["Invalid params. Session terminated, re-login, please.", "Not authorized.", "API token expired."] {
            assert!(is_refused(&says(text)), "{text}");
        }
        assert!(!is_refused(&says("Invalid params. Invalid parameter \"/output\"")));
    }
}
