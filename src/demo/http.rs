//! A small HTTP/1.1 server for loopback: any method with a body of known length, with keep-alive.
//!
//! It is here because the embedded company must be asked by the ordinary adapters over real sockets, and because it
//! has to be able to hang up in the middle, which server libraries prevent. Every size and count is bounded.
//!
//! Invariant: dropping a [`Server`] ends its listener and all of its connections.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use url::form_urlencoded;

use crate::domain::span::Instant;

/// The longest request head and body that are read, in bytes.
const HEAD_LIMIT: u64 = 64 * 1024;
const BODY_LIMIT: usize = 1024 * 1024;
/// So many connections are served at once; more are closed unread.
const CONNECTION_LIMIT: usize = 64;

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// Decoded parameters of the address, then of the form.
    pub parameters: Vec<(String, String)>,
    /// The host that was asked, with its port.
    pub host: String,
    /// A body that is no form.
    pub body: Vec<u8>,
    /// Whether the connection ends with the answer.
    close: bool,
}

impl Request {
    /// The first value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values of a parameter.
    pub fn values<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.parameters.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn add_form(&mut self, encoded: &[u8]) {
        let pairs = form_urlencoded::parse(encoded);
        self.parameters.extend(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())));
    }
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Reply {
    /// A status, the type of the body, the body.
    Answer(u16, &'static str, Vec<u8>),
    /// Nothing: the connection is closed.
    HangUp,
}

impl Reply {
    /// A JSON document as Prometheus and Alertmanager name it.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(status, "application/json", body.to_string().into_bytes())
    }

    /// Plain text.
    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer(status, "text/plain; charset=utf-8", body.as_bytes().to_vec())
    }
}

/// Answers requests; called on a worker of the runtime, so it must be quick.
pub(super) type Answer = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A listening server.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    task: AbortHandle,
}

impl Server {
    /// Takes a free port of 127.0.0.1 and serves it until dropped.
    pub async fn listen(answer: Answer, clock: fn() -> Instant) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, answer, clock)).abort_handle();
        Ok(Self { address, task })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The connections live in a set owned by this future, so that aborting it ends them too.
async fn accept(listener: TcpListener, answer: Answer, clock: fn() -> Instant) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < CONNECTION_LIMIT => {
                    connections.spawn(converse(stream, Arc::clone(&answer), clock));
                }
                Ok(_) => {}
                // Out of descriptors: let connections end before the next attempt.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until either side ends it; what goes wrong on the way concerns only this connection.
async fn converse(stream: TcpStream, answer: Answer, clock: fn() -> Instant) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let request = match read(&mut stream).await? {
            Some(Ok(request)) => request,
            Some(Err(status)) => {
                let refusal = Reply::text(status, reason(status));
                return write(&mut stream, refusal, true, clock).await;
            }
            None => return Ok(()),
        };
        let reply = answer(&request);
        if matches!(reply, Reply::HangUp) {
            return Ok(());
        }
        write(&mut stream, reply, request.close, clock).await?;
        if request.close {
            return Ok(());
        }
    }
}

/// Reads a request; `None` at the end of the connection, a status where the request cannot be served.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Result<Request, u16>>> {
    let mut request = Request::default();
    let (mut length, mut form) = (0_usize, false);
    let mut head = (&mut *stream).take(HEAD_LIMIT);
    let mut line = String::new();
    loop {
        line.clear();
        if head.read_line(&mut line).await? == 0 {
            // Either the other side is done, or the limit is reached in the middle of a head.
            return Ok((head.limit() == 0).then_some(Err(431)));
        }
        let text = line.trim_end();
        if request.path.is_empty() {
            let mut words = text.split(' ');
            let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(Some(Err(400))) };
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            (request.method, request.path) = (method.to_owned(), path.to_owned());
            request.add_form(query.as_bytes());
            continue;
        }
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => match value.parse() {
                Ok(bytes) if bytes <= BODY_LIMIT => length = bytes,
                _ => return Ok(Some(Err(413))),
            },
            "transfer-encoding" => return Ok(Some(Err(411))),
            "content-type" => form = value.starts_with("application/x-www-form-urlencoded"),
            "host" => value.clone_into(&mut request.host),
            "connection" => request.close = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    if form {
        request.add_form(&body);
    } else {
        request.body = body;
    }
    Ok(Some(Ok(request)))
}

async fn write(stream: &mut BufReader<TcpStream>, reply: Reply, close: bool, clock: fn() -> Instant) -> io::Result<()> {
    let Reply::Answer(status, content_type, body) = reply else { return Ok(()) };
    let date = clock().format("%a, %d %b %Y %H:%M:%S GMT");
    let connection = if close { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\nDate: {date}\r\nContent-Length: {}\r\n{connection}\r\n",
        reason(status),
        body.len()
    );
    // One write an answer, so that no packet waits for the acknowledgement of another.
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    stream.write_all(&bytes).await?;
    stream.flush().await
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        _ => "Error",
    }
}
