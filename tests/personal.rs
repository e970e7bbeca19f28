//! What somebody meets who has no configuration yet, and what they arrange for themselves: keys, themes, the mouse, files
//! that change while the console runs. The real binary in a pseudo-terminal.

#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use pty::{BSMTOP, Terminal};

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const CONFIG: &str = "[[source]]\nname = \"prom\"\ntype = \"prometheus\"\nurl = \"http://127.0.0.1:1\"\n";
const MAP: &str = "[[process]]\nid = \"billing\"\nname = \"Billing runs\"\nmanual = \"ok\"\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in [("config.toml", CONFIG), ("map/a.toml", MAP)].iter().chain(files) {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder can be made in it");
    fs::write(path, text).expect("a file can be written");
}

fn console(folder: &Path, further: &[&str]) -> Terminal {
    let path = folder.display().to_string();
    let arguments = [&["--config", path.as_str()], further].concat();
    let terminal = Terminal::start(120, 40, &arguments, &[]);
    terminal.wait_for("Billing runs", SOON);
    terminal
}

fn bsmtop(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BSMTOP);
    command.args(arguments).args(["--config", &folder.display().to_string()]).stdin(Stdio::null());
    command.output().expect("the program starts")
}

#[test]
fn without_a_configuration_it_greets_and_one_key_shows_the_demo() {
    let empty = tempfile::tempdir().expect("a folder can be made");
    let path = empty.path().display().to_string();
    let mut terminal = Terminal::start(80, 24, &["--config", &path, "--theme", "nord"], &[]);
    let screen = terminal.wait_for("the demo", SOON);
    assert!(screen.contains("bsmtop init") && screen.contains("There is no configuration in"), "{screen}");
    terminal.send("x");
    terminal.send("d");
    terminal.wait_for("FIX FIRST", SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 0);
    assert!(!terminal.look(vt100::Screen::alternate_screen));

    let mut terminal = Terminal::start(80, 24, &["--config", &path], &[]);
    terminal.wait_for("the demo", SOON);
    terminal.send("i");
    terminal.wait_for("Prometheus URL", SOON);
    terminal.send("\x03");
    terminal.wait_exit(SOON);

    let piped = bsmtop(empty.path(), &[]);
    assert_eq!(piped.status.code(), Some(64));
    let error = String::from_utf8_lossy(&piped.stderr).into_owned();
    assert!(error.contains("bsmtop demo") && error.contains("bsmtop init") && !error.contains('\x1b'), "{error}");
}

#[test]
fn own_keys_and_themes_hold_and_changes_are_taken_while_it_runs() {
    let folder = folder(&[
        ("keys.toml", "why = \"W\"\n"),
        ("themes/mine.toml", "inherits = \"noc-dark\"\n[palette]\nground = \"#123456\"\n"),
    ]);
    let mut terminal = console(folder.path(), &["--theme", "mine"]);
    terminal.wait_for("W why", SOON);
    let ground = |terminal: &Terminal| terminal.look(|screen| screen.cell(20, 60).expect("a cell").bgcolor());
    assert_eq!(ground(&terminal), vt100::Color::Rgb(0x12, 0x34, 0x56));

    write(folder.path(), "keys.toml", "why = \"W\"\nfreeze = \"W\"\n");
    let screen = terminal.wait_for("was refused", SOON);
    assert!(screen.contains("keys.toml:") && screen.contains("\"why\"") && screen.contains("\"freeze\""), "{screen}");
    terminal.wait_for("W why", SOON);

    write(folder.path(), "keys.toml", "why = \"e\"\n");
    terminal.wait_for("e why", SOON);
    terminal.wait("no refusal", SOON, |screen| !screen.contains("was refused"));

    write(folder.path(), "themes/mine.toml", "inherits = \"noc-dark\"\n[palette]\nground = \"#654321\"\n");
    for _ in 0..100 {
        if ground(&terminal) == vt100::Color::Rgb(0x65, 0x43, 0x21) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ground(&terminal), vt100::Color::Rgb(0x65, 0x43, 0x21));

    write(folder.path(), "map/a.toml", "[[process]]\nid = \"billing\"\nnmae = 1\n");
    let screen = terminal.wait_for("was refused", SOON);
    assert!(screen.contains("map/a.toml:3") && screen.contains("Billing runs"), "{screen}");
    write(folder.path(), "map/a.toml", &MAP.replace("Billing runs", "Invoices"));
    terminal.wait_for("Invoices", SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 0);
}

#[test]
fn keys_that_are_wrong_at_the_start_do_not_keep_it_from_starting() {
    let folder = folder(&[("keys.toml", "why = \"Strg-w\"\n")]);
    let terminal = console(folder.path(), &[]);
    terminal.wait_for("keys.toml:1", SOON);
    terminal.wait_for("w why", SOON);
    let check = bsmtop(folder.path(), &["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&check.stderr).contains("keys.toml:1:7"));
    write(folder.path(), "keys.toml", "why = \"W\"\n");
    let keys = String::from_utf8(bsmtop(folder.path(), &["keys"]).stdout).expect("text");
    assert!(keys.contains("why = [\"W\"]") && keys.contains("quit = [\"q\", \"Ctrl-c\"]"), "{keys}");
}

#[test]
fn the_mouse_is_asked_for_only_where_it_is_wanted_and_given_back() {
    let folder = folder(&[("map/b.toml", &MAP.replace("billing", "other").replace("Billing", "Other"))]);
    let on = "\x1b[?1000h\x1b[?1006h";
    let bytes = |terminal: &Terminal| String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let mut without = console(folder.path(), &[]);
    without.send("q");
    without.wait_exit(SOON);
    assert!(!bytes(&without).contains("?1000"));

    write(folder.path(), "config.toml", &format!("{CONFIG}[console]\nmouse = true\n"));
    let mut with = console(folder.path(), &[]);
    with.send("2");
    let screen = with.wait_for("PROCESSES", SOON);
    assert!(bytes(&with).contains(on));
    let row = screen.lines().position(|line| line.contains("Other runs")).expect("it is listed") + 1;
    // Twice on one row: it is selected, and opened.
    with.send(&format!("\x1b[<0;20;{row}M\x1b[<0;20;{row}m"));
    with.send(&format!("\x1b[<0;20;{row}M\x1b[<0;20;{row}m"));
    with.wait_for("▸ other", SOON);
    with.send("q");
    with.wait_exit(SOON);
    assert!(bytes(&with).contains("\x1b[?1006l\x1b[?1000l"));
}

#[test]
fn pasted_text_never_runs_anything() {
    let folder = folder(&[]);
    let mut terminal = console(folder.path(), &[]);
    terminal.send("\x1b[200~q\r:quit\r2\x1b[201~");
    terminal.wait_for("pasted text goes into", SOON);
    terminal.send(":\x1b[200~quit\rq\r\x1b[201~");
    terminal.wait_for(":quit", SOON);
    terminal.send("\x1b/\x1b[200~bill\rq\x1b[201~");
    terminal.wait_for("/bill", SOON);
    terminal.send("\x1b");
    terminal.wait_for("Billing runs", SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 0);
}
