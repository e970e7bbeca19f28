//! A canary as secret: it goes to the server, and shows nowhere else, whatever the server does with it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use bsmtop::sources::error::SourceError;
use bsmtop::sources::secret::resolve;
use bsmtop::sources::settings::{Auth, SecretRef, Settings};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::adapters::{ADAPTERS, made};
use crate::support::{Reply, Request, Server, client, settings};

const CANARY: &str = "canary-7f3a91";
/// `ops:canary-7f3a91` in Base64.
const PAIR: &str = "b3BzOmNhbmFyeS03ZjNhOTE=";

fn file(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("changed");
    path
}

fn auths(secret: &SecretRef) -> Vec<(Auth, &'static str, String)> {
    vec![
        (Auth::Bearer(secret.clone()), "authorization", format!("Bearer {CANARY}")),
        (Auth::Basic { user: "ops".into(), password: secret.clone() }, "authorization", format!("Basic {PAIR}")),
        (
            Auth::Headers(vec![
                ("X-Application".into(), SecretRef::Command(vec!["echo".into(), "bsmtop".into()])),
                ("X-API-Key".into(), secret.clone()),
            ]),
            "x-api-key",
            CANARY.to_owned(),
        ),
    ]
}

/// Servers that give the secret back in every place they can.
fn echoes() -> Vec<fn(&Request) -> Reply> {
    fn sent(request: &Request) -> String {
        let value = request.header("authorization").or(request.header("x-api-key")).unwrap_or_default();
        value.to_owned()
    }
    vec![
        |request| Reply::of(401, "", format!(r#"{{"error":"bad token {}"}}"#, sent(request))),
        |request| Reply::of(500, "", format!("{} is {CANARY}", sent(request))),
        |request| {
            Reply::of(
                302,
                &format!("Location: http://x.example/{CANARY}?t={}\r\n", sent(request).replace(' ', "+")),
                "",
            )
        },
        |request| Reply::of(200, &format!("Content-Encoding: {}\r\n", sent(request).replace(' ', "-")), "[]"),
    ]
}

#[tokio::test]
async fn no_secret_is_in_any_error_or_debug_text() {
    let folder = TempDir::new().expect("a folder");
    let secret = SecretRef::File(file(&folder, "token", &format!("{CANARY}\n"), 0o600));
    for echo in echoes() {
        let server = Server::start(echo).await;
        for (auth, header, value) in auths(&secret) {
            // Zabbix is first asked for its version, without the secret, and has tests of its own.
            for adapter in ADAPTERS.iter().filter(|adapter| adapter.word != "zabbix") {
                let settings = Settings { auth: Some(auth.clone()), ..adapter.settings(&server.url()) };
                let error = adapter.poll(&*made(&settings)).await.expect_err("the server refuses");
                let shown = format!("{error} {error:?} {settings:?} {:?}", client(&settings));
                assert!(!shown.contains(CANARY) && !shown.contains(PAIR), "{}: {shown}", adapter.word);
                let last = server.requests().pop().expect("it was asked");
                assert_eq!(last.header(header), Some(value.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn a_password_in_an_address_is_not_shown() {
    let server = Server::start(|request| {
        Reply::of(403, "", format!("{} {CANARY}", request.header("authorization").unwrap_or_default()))
    });
    let url = server.await;
    let settings = settings("prometheus", &url.url().replace("http://", &format!("http://ops:{CANARY}@")));
    let error = client(&settings).get_any("x", &[]).await.expect_err("the server refuses");
    let shown = format!("{error} {error:?} {settings:?} {:?}", client(&settings));
    assert!(!shown.contains(CANARY), "{shown}");
    assert_eq!(url.requests()[0].header("authorization"), Some(format!("Basic {PAIR}").as_str()));
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let folder = TempDir::new().expect("a folder");
    for mode in [0o644, 0o640, 0o602, 0o666] {
        let error = resolve(&SecretRef::File(file(&folder, "open", CANARY, mode))).await.expect_err("refused");
        let text = error.to_string();
        assert!(text.contains("chmod 600") && !text.contains(CANARY), "{text}");
    }
    for mode in [0o600, 0o400] {
        let path = file(&folder, &format!("own{mode}"), &format!("{CANARY}\r\nnot this"), mode);
        assert_eq!(resolve(&SecretRef::File(path)).await.expect("it is private").expose_secret(), CANARY);
    }
}

#[tokio::test]
async fn a_command_gives_its_first_line_and_its_failures_say_little() {
    let run = async |words: &[&str]| {
        resolve(&SecretRef::Command(words.iter().map(|word| (*word).to_owned()).collect())).await
    };
    assert_eq!(run(&["printf", "one\\ntwo"]).await.expect("it ran").expose_secret(), "one");
    for (words, expected) in [
        (vec!["sh", "-c", "echo canary-7f3a91 >&2; exit 3"], "exit status: 3"),
        (vec!["/no/such/program", CANARY], "can't be run"),
        (vec!["true"], "it is empty"),
        (vec![], "the command is empty"),
    ] {
        let text = run(&words).await.expect_err("it fails").to_string();
        assert!(text.contains(expected) && !text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn a_variable_that_is_not_set_is_named() {
    let error = resolve(&SecretRef::Env("BSMTOP_TEST_NOT_SET".into())).await.expect_err("not set");
    assert!(matches!(&error, SourceError::Secret { .. }) && error.to_string().contains("BSMTOP_TEST_NOT_SET"));
}

#[tokio::test]
async fn a_rotated_secret_is_picked_up_when_the_old_one_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = file(&folder, "token", "old-token", 0o600);
    let server = Server::start(|request| match request.header("authorization") {
        Some("Bearer new-token") => Reply::json("[]"),
        Some("Bearer old-token") if request.path() == "/before" => Reply::json("[]"),
        _ => Reply::of(401, "", "expired"),
    });
    let server = server.await;
    let auth = Some(Auth::Bearer(SecretRef::File(path.clone())));
    let client = client(&Settings { auth, ..settings("any", &server.url()) });
    client.get_any("before", &[]).await.expect("the old one is good");
    std::fs::write(&path, "new-token").expect("written");
    client.get_any("after", &[]).await.expect("the new one is tried at once");
    assert_eq!(server.requests().len(), 3);
}
