//! The servers of the live tests: where they are, what they say themselves, and how they are broken and mended.
#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::fmt::Display;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The address (or another setting) of a shared server, as `tests/run` exports it.
pub fn address(name: &str) -> String {
    setting(name).unwrap_or_else(|| panic!("BSMTOP_LIVE_{name} is set where can_run said so"))
}

static SHARED: Mutex<()> = Mutex::new(());

/// Holds off other tests of this kind: those that compare a server with what it stores, and those that change it.
pub fn alone() -> MutexGuard<'static, ()> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a server's `PostgreSQL` has: rows of texts.
pub fn sql(database: &str, query: &str) -> Vec<Vec<String>> {
    let output = Command::new("psql")
        .args([
            database,
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--field-separator=\t",
            "--command",
            query,
        ])
        .output()
        .expect("psql is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter(|line| !line.is_empty()).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("BSMTOP_LIVE_{name}")).ok().filter(|value| !value.is_empty())
}

/// Whether the servers that a test needs are there. If not, that is said past the test runner's capture, noted for the
/// end of `tests/run`, and is a failure with `CI=true`.
pub fn can_run(test: &str, needs: &[&str]) -> bool {
    let missing: Vec<String> =
        needs.iter().filter(|name| setting(name).is_none()).map(|name| format!("BSMTOP_LIVE_{name}")).collect();
    if missing.is_empty() {
        return true;
    }
    let line = format!("live test {test}: no {}", missing.join(", "));
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{line}; `tests/run` starts the servers");
    writeln!(std::io::stderr(), "\n#### NOT RUN: {line}; `tests/run` starts the servers ####").ok();
    if let Some(note) = std::env::var_os("BSMTOP_NOT_RUN") {
        let file = fs::OpenOptions::new().create(true).append(true).open(note);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the note of what did not run can be written");
    }
    false
}

/// Tries until it succeeds; fails with the last reason when that takes too long.
pub fn eventually<T, E: Display>(patience: Duration, mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(reason) => assert!(Instant::now() < deadline, "not within {patience:?}: {reason}"),
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What `curl` gets, with JSON as a body.
pub fn curl(arguments: &[&str], body: Option<&Value>) -> String {
    let mut command = Command::new("curl");
    command
        .args(["--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--max-time", "30"])
        .args(arguments);
    if body.is_some() {
        command.args(["--header", "Content-Type: application/json", "--data-binary", "@-"]);
    }
    let mut curl =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("curl is installed");
    let mut input = curl.stdin.take().expect("its input is a pipe");
    write!(input, "{}", body.map(Value::to_string).unwrap_or_default()).expect("curl reads its input");
    drop(input);
    let output = curl.wait_with_output().expect("curl ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "curl {arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// JSON of a server.
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("the server answers JSON, not {text:?}: {error}"))
}

/// What a server says itself, asked by another program than ours.
pub fn get(url: &str) -> Value {
    parse(&curl(&[url], None))
}

/// The same with a query, encoded.
pub fn get_with(url: &str, parameters: &[(&str, &str)]) -> Value {
    let encoded: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut arguments = vec!["--get", url];
    arguments.extend(encoded.iter().flat_map(|parameter| ["--data-urlencode", parameter]));
    parse(&curl(&arguments, None))
}

/// Posts a document, by another program than ours.
pub fn post(url: &str, body: &Value) {
    curl(&[url], Some(body));
}

/// Creates a ticket through Request Tracker's REST API and returns its id.
pub fn create_ticket(ticket: &Value) -> String {
    let header = format!("Authorization: token {}", address("RT_TOKEN"));
    let answer = parse(&curl(&["--header", &header, &format!("{}/REST/2.0/ticket", address("RT_URL"))], Some(ticket)));
    answer["id"].as_str().expect("a new ticket has an id").to_owned()
}

/// Resolves a ticket.
pub fn resolve_ticket(id: &str) {
    let header = format!("Authorization: token {}", address("RT_TOKEN"));
    let url = format!("{}/REST/2.0/ticket/{id}", address("RT_URL"));
    curl(&["--request", "PUT", "--header", &header, &url], Some(&json!({ "Status": "resolved" })));
    let ticket = parse(&curl(&["--header", &header, &url], None));
    // Request Tracker answers 200 also to what it refuses.
    assert_eq!(ticket["Status"], "resolved", "{ticket}");
}

/// A Prometheus and an Alertmanager that belong to one test, to be broken. Dropped, they end.
pub struct Stack {
    folder: TempDir,
    /// Address of Prometheus.
    pub prometheus: String,
    /// Address of Alertmanager.
    pub alertmanager: String,
}

impl Stack {
    /// Starts both, seeded.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut stack = Self { folder, prometheus: String::new(), alertmanager: String::new() };
        stack.alertmanager = stack.up("alertmanager");
        stack.prometheus = stack.up("prometheus");
        stack
    }

    /// Starts one (again) and returns its address.
    pub fn up(&self, name: &str) -> String {
        let settings = script("up", name, self.folder.path());
        let address =
            settings.lines().find_map(|line| line.split_once("_URL=")).expect("the script prints the address");
        address.1.to_owned()
    }

    /// Stops one; its data stays.
    pub fn stop(&self, name: &str) {
        script("down", name, self.folder.path());
    }

    fn rules(&self, file: &str) -> PathBuf {
        self.folder.path().join("rules").join(file)
    }

    fn reload(&self) {
        curl(&["--request", "POST", &format!("{}/-/reload", self.prometheus)], None);
    }

    /// Takes a file of rules away and returns its text.
    pub fn remove_rules(&self, file: &str) -> String {
        let text = fs::read_to_string(self.rules(file)).expect("the rules are there");
        fs::remove_file(self.rules(file)).expect("the rules can be taken away");
        self.reload();
        text
    }

    /// Puts a file of rules back.
    pub fn restore_rules(&self, file: &str, text: &str) {
        fs::write(self.rules(file), text).expect("the rules can be put back");
        self.reload();
    }

    /// Silences the alerts of a service for an hour and returns the silence's id.
    pub fn silence(&self, service: &str) -> String {
        let now = chrono::Utc::now();
        let silence = json!({
            "matchers": [{ "name": "service", "value": service, "isRegex": false, "isEqual": true }],
            "startsAt": now, "endsAt": now + chrono::TimeDelta::hours(1),
            "createdBy": "live test", "comment": "being seen to",
        });
        let answer = parse(&curl(&[&format!("{}/api/v2/silences", self.alertmanager)], Some(&silence)));
        answer["silenceID"].as_str().expect("a new silence has an id").to_owned()
    }

    /// Ends a silence before its time.
    pub fn end_silence(&self, id: &str) {
        curl(&["--request", "DELETE", &format!("{}/api/v2/silence/{id}", self.alertmanager)], None);
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for name in ["prometheus", "alertmanager"] {
            // Not script(): a panic while one unwinds would end the test runner.
            Command::new(path("down")).arg(name).arg(self.folder.path()).status().ok();
        }
    }
}

fn path(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(script)
}

/// What a script of `tests/servers` prints.
pub fn script(script: &str, name: &str, folder: &Path) -> String {
    let output =
        Command::new(path(script)).arg(name).arg(folder).stdin(Stdio::null()).output().expect("the script can be run");
    assert!(output.status.success(), "{script} {name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
