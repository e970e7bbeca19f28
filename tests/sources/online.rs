//! `bsmtop check --online`: the real binary, asked what sources yield.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Reply, Request, Server};
use crate::{jira, pagerduty};

async fn check(config: &str, map: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("map")).expect("a folder can be made in it");
    fs::write(folder.path().join("config.toml"), config).expect("a file can be written");
    fs::write(folder.path().join("map/m.toml"), map).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bsmtop"));
    command.args(["check", "--online", "--config"]).arg(folder.path()).args(arguments);
    command.env("HOME", folder.path()).env_remove("BSMTOP_CONFIG");
    tokio::task::spawn_blocking(move || command.output().expect("the program starts")).await.expect("it runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const MAP: &str = "[[component]]\nid = \"pay-db\"\nmatch = [{ source = \"pd\", labels = { service = \"Payments\" } }]\n\
    tickets = [{ source = \"jira\", labels = { component = \"Payments DB*\" } }]\n";

fn config(jira: &Server, pagerduty: &str) -> String {
    format!(
        "[[source]]\nname = \"jira\"\ntype = \"jira\"\nurl = \"{}\"\ncloud = true\nchanges = \"issuetype = Change\"\n\
         [[source]]\nname = \"pd\"\ntype = \"pagerduty\"\nurl = \"{pagerduty}\"\nwrite = true\n",
        jira.url()
    )
}

#[tokio::test]
async fn it_shows_what_each_source_yields() {
    let (issues, incidents) = (Server::start(jira::recorded).await, Server::start(pagerduty::recorded).await);
    let output = check(&config(&issues, &incidents.url()), MAP, &[]).await;
    let text = text(&output);
    for wanted in [
        "jira (jira)",
        "4: 3 open, 1 done, 3 with clocks of their own",
        "OPS-41 Card payments fail for some customers",
        "changes   4",
        "3 of 4 tickets belong to no node of the map",
        "priority: P2, P3, P4",
        "Time to approve normal change",
        "pd (pagerduty)",
        "3: 1 critical, 1 major, 1 warning, 1 acknowledged",
        "2 of 3 signals belong to no node of the map",
        "service: Batch, Search",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    assert!(output.status.success(), "{text}");
}

#[tokio::test]
async fn one_source_alone_and_what_is_wrong_with_it() {
    let issues = Server::start(jira::recorded).await;
    let refusing = Server::always(Reply::of(403, "", r#"{"error":{"message":"Access Denied"}}"#)).await;
    let output = check(&config(&issues, &refusing.url()), MAP, &["--source", "pd"]).await;
    let said = text(&output);
    assert!(
        said.contains("may not read this; give their account the right to") && said.contains("Access Denied"),
        "{said}"
    );
    assert!(!said.contains("jira (jira)") && issues.requests().is_empty());
    assert_eq!(output.status.code(), Some(1));

    let output = check(&config(&issues, &refusing.url()), MAP, &["--source", "nobody"]).await;
    assert!(text(&output).contains("no source is called \"nobody\"; there are jira, pd"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(64));
}

#[tokio::test]
async fn a_clock_that_differs_and_words_without_a_severity() {
    let odd = |_: &Request| {
        let body = r#"{"incidents":[{"id":"A","title":"x","status":"triggered","urgency":"purple"}]}"#;
        Reply::of(200, "Content-Type: application/json\r\nDate: Tue, 24 Nov 2020 10:00:00 GMT\r\n", body)
    };
    let (issues, incidents) = (Server::start(jira::recorded).await, Server::start(odd).await);
    let output = check(&config(&issues, &incidents.url()), MAP, &["--source", "pd"]).await;
    let text = text(&output);
    assert!(
        text.contains("behind this machine's") && text.contains("count as warning") && text.contains("purple"),
        "{text}"
    );
}
