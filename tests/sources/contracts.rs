//! Requests against the vendors' own `OpenAPI`: what the adapters ask and write is captured from their other tests and sent
//! to Prism, which refuses what the vendor's file forbids. `tests/run` starts it.

use std::io::Write as _;

use serde_json::Value;

use crate::adapters::ADAPTERS;
use crate::support::{Request, Server};
use crate::writing;

/// Requests that the files we have say nothing about.
const NOT_IN_THE_FILE: [&str; 3] = ["/rest/api/3/field", "/remotelink", "/OPS-41/assignee"];

/// What Prism says where a vendor's file contradicts itself, and the reason to go on sending what we send.
const CONTRADICTIONS: [(&str, &str); 1] = [
    // The schema wants an object; the file's own example of the request has a text there, and so have we.
    ("pagerduty", "Request body property incident.body.details must be object"),
];

/// Whether all that a refusal complains about is a contradiction of the file itself.
fn is_contradiction(word: &str, status: u16, body: &str) -> bool {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let complaints: Vec<&str> =
        answer["validation"].as_array().into_iter().flatten().filter_map(|it| it["message"].as_str()).collect();
    let is_known = |message: &&str| CONTRADICTIONS.contains(&(word, message));
    status == 422 && !complaints.is_empty() && complaints.iter().all(is_known)
}

/// Where Prism serves the file of a type; `None`, said loudly, where it does not run.
fn prism(word: &str) -> Option<String> {
    let name = format!("BSMTOP_LIVE_PRISM_{}_URL", word.to_uppercase());
    if let Some(url) = std::env::var(&name).ok().filter(|url| !url.is_empty()) {
        return Some(url);
    }
    let line = format!("contract test of {word}: no {name}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{line}; `tests/run` starts Prism");
    writeln!(std::io::stderr(), "\n#### NOT RUN: {line}; `tests/run` starts Prism ####").ok();
    if let Some(note) = std::env::var_os("BSMTOP_NOT_RUN") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(note);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the note of what did not run can be written");
    }
    None
}

/// Every request that an adapter makes: those of a poll, and those of all its writes.
async fn requests(word: &str) -> Vec<Request> {
    let adapter = ADAPTERS.iter().find(|adapter| adapter.word == word).expect("it is built in");
    let server = Server::start(adapter.healthy).await;
    adapter.ask(&server).await.unwrap_or_else(|error| panic!("{word}: {error}"));
    let mut all = server.requests();
    all.extend(writing::all_requests(word).await);
    all
}

/// Sends a request on, with the credentials that the file wants; status and body of the answer.
async fn forward(prism: &str, request: &Request, credentials: &str) -> (u16, String) {
    let mut words = request.text.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut command = tokio::process::Command::new("curl");
    command.args(["--silent", "--noproxy", "*", "--max-time", "30", "--globoff", "--request", method]);
    command.args(["--write-out", "\n%{http_code}", "--header", credentials]);
    for name in ["accept", "content-type", "from", "x-github-api-version"] {
        if let Some(value) = request.header(name) {
            command.args(["--header", &format!("{name}: {value}")]);
        }
    }
    if !request.body().is_empty() {
        command.args(["--data-binary", request.body()]);
    }
    let output = command.arg(format!("{prism}{target}")).output().await.expect("curl runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or(("", &text));
    (status.parse().unwrap_or(0), body.to_owned())
}

async fn hold_to_the_file(word: &str, credentials: &str) {
    let Some(prism) = prism(word) else { return };
    // It does refuse: without credentials, and what it does not know.
    let all = requests(word).await;
    let first = all.iter().find(|request| !is_unknown(request)).expect("a request");
    if !credentials.is_empty() {
        assert_eq!(forward(&prism, first, "X-None: x").await.0, 401, "{word} wants credentials");
    }
    let nonsense = Request { text: "GET /nonsense HTTP/1.1\r\n\r\n".to_owned() };
    assert_eq!(forward(&prism, &nonsense, credentials).await.0, 404, "{word} knows its paths");
    let mut held = 0;
    for request in all.iter().filter(|request| !is_unknown(request)) {
        let credentials = if credentials.is_empty() { "X-None: x" } else { credentials };
        let (status, body) = forward(&prism, request, credentials).await;
        let is_fine = (200..300).contains(&status) || is_contradiction(word, status, &body);
        assert!(is_fine, "{word}: {status} {body}\n{}", request.text);
        held += 1;
    }
    assert!(held >= 8, "{word}: only {held} requests were held to the file");
}

fn is_unknown(request: &Request) -> bool {
    NOT_IN_THE_FILE.iter().any(|path| request.path().ends_with(path))
}

#[tokio::test]
async fn jira() {
    hold_to_the_file("jira", "Authorization: Basic YTpi").await;
}

#[tokio::test]
async fn pagerduty() {
    hold_to_the_file("pagerduty", "Authorization: Token token=abc").await;
}

#[tokio::test]
async fn github() {
    // GitHub's file names no credentials.
    hold_to_the_file("github", "").await;
}
