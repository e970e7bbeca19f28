//! Writing from the real binary, key by key, to the servers of the embedded company: what was done shows with the
//! next poll, is in the audit, and nothing goes out from where nothing may.

#[path = "support/pty.rs"]
mod pty;

use std::path::Path;
use std::time::Duration;

use pty::Terminal;

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

fn demo(home: &Path) -> Terminal {
    let home = home.to_str().expect("UTF-8");
    let environment =
        [("HOME", home), ("XDG_STATE_HOME", home), ("BSMTOP_AUTHOR", "ines"), ("DISPLAY", ""), ("BROWSER", "")];
    let terminal = Terminal::start(120, 40, &["demo"], &environment);
    terminal.wait_for("FIX FIRST", SOON);
    terminal
}

fn log(home: &Path) -> String {
    std::fs::read_to_string(home.join("bsmtop/bsmtop.log")).unwrap_or_default()
}

#[test]
fn an_outage_is_acknowledged_with_a_ticket_and_both_show() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = demo(home.path());
    // The outage begins after twenty seconds, at the top of the list.
    terminal.wait_for("replication broken", SOON + SOON);
    terminal.send("5");
    terminal.wait_for("SIGNALS", SOON);
    terminal.send("/replication\r");
    terminal.wait_for("1 of ", SOON);
    terminal.send("ga");
    let form = terminal.wait_for("Enter sends 1 request, once", SOON);
    assert!(
        form.contains("ACKNOWLEDGE")
            && form.contains("/shop/api/v2/silences")
            && form.contains("\"createdBy\": \"ines\""),
        "{form}"
    );
    terminal.send("\r");
    terminal.wait_for("1 done", SOON);
    // The ticket, from what has just been acknowledged.
    terminal.send("t");
    let form = terminal.wait_for("Enter sends 1 request, once", SOON);
    assert!(form.contains("CREATE TICKET") && form.contains("POST") && form.contains("Impact: "), "{form}");
    terminal.send("\r");
    terminal.wait_for("ticket 20001", SOON);
    terminal.send("\r");
    // The next polls have both.
    terminal.send("\x1b");
    terminal.wait("the filter away", SOON, |screen| !screen.contains("filter: "));
    terminal.send("6");
    terminal.wait_for("20001", SOON);
    terminal.send("5/replication\r");
    terminal.wait_for("1 of ", SOON);
    terminal.send("\r");
    terminal.wait_for("ines: ", SOON);
    terminal.send("q");
    terminal.wait_exit(SOON);
    let log = log(home.path());
    for text in ["about to be sent", "outcome=\"done\"", "silence 00000000-0000-4000-8000-", "ticket 20001"] {
        assert!(log.contains(text), "{text:?} in\n{log}");
    }
}

/// From the first frame on: acknowledge, send, ticket, send; two keys are left for looking.
#[test]
fn from_the_start_to_acknowledged_with_a_ticket_in_four_keys() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = demo(home.path());
    terminal.wait("the outage on top", SOON + SOON, |screen| {
        screen.lines().nth(3).is_some_and(|first| first.contains("CRIT       Online checkout"))
    });
    terminal.send("a");
    let form = terminal.wait_for("Enter sends 1 request, once", SOON);
    assert!(form.contains("ACKNOWLEDGE   Online checkout"), "{form}");
    terminal.send("\r");
    terminal.wait_for("1 done", SOON);
    terminal.send("t");
    terminal.wait_for("Enter sends 1 request, once", SOON);
    terminal.send("\r");
    terminal.wait_for("ticket 20001", SOON);
    // What was done shows where one looks first, without a word more from the operator.
    terminal.send("\x1b");
    terminal.wait("who has it, and its ticket", SOON, |screen| {
        let mut lines = screen.lines().skip_while(|line| !line.contains("Online checkout"));
        lines.next().is_some_and(|row| row.contains('✓')) && lines.next().is_some()
    });
    terminal.send("q");
    terminal.wait_exit(SOON);
    assert_eq!(log(home.path()).matches("outcome=\"done\"").count(), 2);
}

#[test]
fn nothing_is_sent_while_frozen() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = demo(home.path());
    terminal.wait_for("AJOR", SOON);
    terminal.send(" a");
    terminal.wait_for("the screen is frozen, nothing is written from it", SOON);
    terminal.send(" q");
    terminal.wait_exit(SOON);
    assert!(!log(home.path()).contains("about to be sent"));
}

#[test]
fn a_link_is_shown_where_there_is_no_browser() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = demo(home.path());
    terminal.wait_for("replication broken", SOON + SOON);
    terminal.send("2");
    terminal.wait_for("PROCESSES", SOON);
    terminal.send("go");
    terminal.wait_for("OPEN", SOON);
    terminal.send("\r");
    let screen = terminal.wait_for("there is no display here", SOON);
    assert!(screen.contains("https://") || screen.contains("http://"), "{screen}");
    // It is copied through the terminal.
    terminal.send("\r");
    terminal.wait_for("copied", SOON);
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(bytes.contains("\x1b]52;c;aHR0"), "OSC 52 with an address");
    assert!(bytes.contains("\x1b]8;;http"), "OSC 8 over the address");
}
