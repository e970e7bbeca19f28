//! A server that sends exactly the bytes it is told to, recorded answers, and settings to start from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bsmtop::domain::facts::Ticket;
use bsmtop::domain::span::Instant;
use bsmtop::domain::write::Target;
use bsmtop::sources::client::Client;
use bsmtop::sources::settings::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// 2026-11-24 10:00:00 UTC.
pub fn clock() -> Instant {
    "2026-11-24T10:00:00Z".parse().expect("an instant")
}

/// What the server does with a connection once it has read a request.
#[derive(Clone)]
pub enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes, then one byte every 20 ms, for ever.
    Drip(Vec<u8>),
    /// Sends nothing and stays.
    Hang,
}

impl Reply {
    /// A whole answer with a body.
    pub fn of(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }

    /// A success with JSON.
    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Self::of(200, "Content-Type: application/json\r\n", body)
    }

    /// A recorded answer, as `prometheus/alerts`.
    pub fn recorded(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).expect("the fixture exists");
        let call: serde_json::Value = serde_json::from_str(&text).expect("the fixture is JSON");
        let status = call["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        let kind = call["headers"]["Content-Type"].as_str().unwrap_or("application/json");
        let body = match &call["body"] {
            serde_json::Value::String(text) if kind.starts_with("text/") => text.clone(),
            body => body.to_string(),
        };
        Self::of(status, &format!("Content-Type: {kind}\r\n"), body)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Head and body.
    pub text: String,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    fn target(&self) -> &str {
        self.text.split(' ').nth(1).unwrap_or_default()
    }

    /// The body; empty without one.
    pub fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default()
    }

    /// The pairs of the query, or of a form.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let query = self.target().split_once('?').map(|(_, query)| query);
        let body = self.text.split_once("\r\n\r\n").map(|(_, body)| body);
        let text = query.or(body).unwrap_or_default();
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    /// The value of a pair.
    pub fn pair(&self, key: &str) -> Option<String> {
        self.pairs().into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.text.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value)
        });
        line.map(str::trim)
    }
}

/// A server on loopback; it ends with the value.
pub struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers each request by a function.
    pub async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &seen, &*answer).await });
            }
        });
        Self { address, requests, task }
    }

    /// Answers every request alike.
    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics with it").clone()
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &(dyn Fn(&Request) -> Reply + Send + Sync)) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = answer(&request);
    seen.lock().expect("no test panics with it").push(request);
    match reply {
        Reply::Bytes(bytes) => {
            // A client that has read enough may be gone: that is its right.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Drip(bytes) => {
            let mut left = stream.write_all(&bytes).await.is_ok();
            while left {
                tokio::time::sleep(Duration::from_millis(20)).await;
                left = stream.write_all(b" ").await.is_ok();
            }
        }
        Reply::Hang => std::future::pending().await,
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let request = Request { text: String::from_utf8_lossy(&bytes).into_owned() };
        // A TLS hello is a request, too, to a server that speaks none.
        if bytes.first() == Some(&0x16) {
            return Some(request);
        }
        let Some((_, body)) = request.text.split_once("\r\n\r\n") else { continue };
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            return Some(request);
        }
    }
}

/// Settings of a source at an address.
pub fn settings(type_word: &str, url: &str) -> Settings {
    Settings {
        urls: vec![Url::parse(url).expect("an address")],
        every: Duration::from_secs(15),
        ..Settings::plain("src".into(), type_word)
    }
}

/// A table of labels.
pub fn table(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A client of settings.
pub fn client(settings: &Settings) -> Client {
    Client::new(settings, clock)
}

/// An open ticket of the source, of which a write needs no more than its id.
pub fn ticket(id: &str) -> Target {
    Target::Ticket(Arc::new(Ticket {
        source: "src".into(),
        id: id.into(),
        labels: [].into(),
        summary: "Card payments fail".into(),
        status: "open".into(),
        open: true,
        owner: None,
        created: None,
        responded: None,
        updated: None,
        resolved: None,
        due: None,
        paused: Vec::new(),
        native: Vec::new(),
        link: None,
    }))
}
