//! `record --listen`: the newest world as metrics, for a Prometheus that scrapes it.
//!
//! A server of one answer: `GET /metrics`, then the connection is closed. Invariants: it reads little, answers soon or
//! not at all, has few connections at a time, and never keeps the recorder from recording.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::world::World;
use crate::report;

/// Connections at a time; whoever comes then waits.
const CONNECTIONS: usize = 8;

/// The longest head of a request that is read.
const HEAD: usize = 8 * 1024;

/// What one request may take, all in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a full table of file handles is given to become less full.
const BREATH: Duration = Duration::from_millis(200);

/// The newest world, for those who ask.
#[derive(Clone, Debug, Default)]
pub struct Newest(Arc<Mutex<Option<Arc<World>>>>);

impl Newest {
    /// Takes a world.
    pub fn take(&self, world: Arc<World>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(world);
    }

    fn get(&self) -> Option<Arc<World>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts to listen; returns the address, as a port of 0 becomes a free one.
///
/// # Errors
/// The address can't be taken.
pub async fn listen(address: SocketAddr, newest: Newest) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "a connection for metrics could not be taken");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            let newest = newest.clone();
            tokio::spawn(async move {
                // Whoever is slow or gone has nothing more to hear.
                let _ = timeout(PATIENCE, serve(stream, newest)).await;
                drop(permit);
            });
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream, newest: Newest) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > HEAD {
            return stream.write_all(answer("431 Request Header Fields Too Large", "", "too much\n").as_bytes()).await;
        }
        if (&mut stream).take(1024).read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let first = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let reply = match (method, path) {
        ("GET" | "HEAD", "/metrics") => metrics(newest).await,
        ("GET" | "HEAD", _) => answer("404 Not Found", "", "there is only /metrics\n"),
        _ => answer("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "there is only GET\n"),
    };
    let reply = match (method, reply.find("\r\n\r\n")) {
        ("HEAD", Some(end)) => &reply[..end + 4],
        _ => &reply,
    };
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await
}

async fn metrics(newest: Newest) -> String {
    let Some(world) = newest.get() else {
        return answer("503 Service Unavailable", "Retry-After: 1\r\n", "nothing was evaluated yet\n");
    };
    // A large map is a lot of text: nothing else should wait for it.
    let text = Handle::current().spawn_blocking(move || report::prometheus_text(&world)).await;
    match text {
        Ok(text) => answer("200 OK", &format!("Content-Type: {}\r\n", report::CONTENT_TYPE), &text),
        Err(_) => answer("500 Internal Server Error", "", "the metrics could not be made\n"),
    }
}

fn answer(status: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}
