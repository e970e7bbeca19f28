//! What happens to terminals, done to the real binary: it must give the terminal back as it was, on every way out, and
//! end at once where there is none any more.

#[path = "support/pty.rs"]
mod pty;

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use pty::{BSMTOP, Terminal};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Termios};

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// How long the way out may take: the half second that is promised, and what a busy machine adds.
const AT_ONCE: Duration = Duration::from_millis(1500);

/// What the overview shows once it is there.
const OVERVIEW: &str = "FIX FIRST";

fn demo(columns: u16, rows: u16) -> Terminal {
    let terminal = Terminal::start(columns, rows, &["demo"], &[]);
    terminal.wait_for(OVERVIEW, SOON);
    terminal
}

fn is_cooked(modes: &Termios) -> bool {
    modes.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
}

/// The terminal is as it was before.
fn assert_given_back(terminal: &Terminal) {
    assert!(is_cooked(&terminal.modes()), "raw mode was left on");
    terminal.look(|screen| {
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste was left on");
        assert_eq!(screen.fgcolor(), vt100::Color::Default, "a colour was left on");
    });
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for (on, off) in [("\x1b[?1004h", "\x1b[?1004l"), ("\x1b[?7l", "\x1b[?7h"), ("\x1b[?2026h", "\x1b[?2026l")] {
        let (on, off) = (bytes.rfind(on), bytes.rfind(off));
        assert!(on <= off, "a mode was left on: {on:?} {off:?}");
    }
}

#[test]
fn it_shows_the_business_and_quits() {
    let mut terminal = demo(120, 40);
    assert!(!is_cooked(&terminal.modes()));
    assert!(terminal.look(vt100::Screen::alternate_screen));
    let screen = terminal.wait_for("AJOR", SOON);
    assert!(screen.contains("COST") && screen.contains("SLA"), "{screen}");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 0);
    assert_given_back(&terminal);
}

#[test]
fn the_clock_goes_on_by_itself() {
    let terminal = demo(120, 40);
    let time = || terminal.row(0).split_whitespace().last().unwrap_or_default().to_owned();
    let mut seen = vec![time()];
    for _ in 0..70 {
        std::thread::sleep(Duration::from_millis(50));
        let now = time();
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    assert!((4..=5).contains(&seen.len()), "in 3.5 s the clock showed {seen:?}");
    assert!(seen.iter().all(|time| time.len() == "10:00:00".len()), "{seen:?}");
}

#[test]
fn it_never_asks_the_terminal() {
    let mut terminal = demo(100, 30);
    terminal.resize(120, 40);
    terminal.send("\x0c2x");
    terminal.wait_for("PROCESSES", SOON);
    terminal.send("q");
    terminal.wait_exit(SOON);
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for question in
        ["\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[0c", "\x1b[>", "\x1b[?u", "$p", "\x1bP", "\x1b]10;", "\x1b]11;"]
    {
        assert!(!bytes.contains(question), "it sent {question:?}");
    }
}

#[test]
fn signals_end_it_and_the_terminal_is_given_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut terminal = demo(80, 24);
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), code, "{signal:?}");
        assert_given_back(&terminal);
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it_at_once() {
    let mut terminal = demo(120, 40);
    terminal.hang_up(100, 30);
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 129);
}

#[test]
fn a_terminal_that_does_not_drain_does_not_keep_it_from_ending() {
    let size = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(BSMTOP);
    command.arg("demo");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    let mut child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("readable");
    // Wait for the first frame, then read no more while it paints again and again, until it is stuck in a write.
    let mut first = [0; 1024];
    reader.read_exact(&mut first).expect("a frame comes");
    let mut keyboard = pair.master.take_writer().expect("writable");
    for _ in 0..40 {
        keyboard.write_all(b"\x0c").and_then(|()| keyboard.flush()).expect("keys are taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = child.process_id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("an id");
    kill_process(id, Signal::TERM).expect("it is there");
    std::thread::sleep(AT_ONCE);
    let ended = child.try_wait().expect("a child can be waited for");
    if ended.is_none() {
        child.kill().expect("it can be killed");
    }
    assert_eq!(ended.expect("it did not end").exit_code(), 143);
}

/// A shell with job control starts the program; when that stops, it says so and waits for Enter to continue it.
fn under_a_shell() -> Terminal {
    let script = r#""$0" demo; echo "stopped here"; read -r line; fg >/dev/null; echo "ended here""#;
    let terminal = Terminal::start_program("/bin/sh", 100, 30, &["-mc", script, BSMTOP], &[]);
    terminal.wait_for(OVERVIEW, SOON);
    terminal
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_takes_it_again() {
    let mut terminal = under_a_shell();
    terminal.send("\x1a");
    terminal.wait_for("stopped here", SOON);
    assert_given_back(&terminal);
    let before = terminal.bytes().len();
    terminal.send("\n");
    terminal.wait_for(OVERVIEW, SOON);
    assert!(!is_cooked(&terminal.modes()));
    let painted = terminal.bytes().len() - before;
    assert!(painted > 1_000, "only {painted} bytes: not the whole screen");
    terminal.send("q");
    terminal.wait_for("ended here", SOON);
    terminal.wait_exit(SOON);
    assert_given_back(&terminal);
}

#[test]
fn without_a_shell_ctrl_z_says_so_and_goes_on() {
    let mut terminal = demo(120, 40);
    terminal.send("\x1a");
    terminal.wait_for("no shell", SOON);
    terminal.send("2");
    terminal.wait_for("PROCESSES", SOON);
}

#[test]
fn stopped_from_outside_and_continued_it_paints_all_anew() {
    let terminal = demo(100, 30);
    terminal.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(300));
    let before = terminal.bytes().len();
    terminal.signal(Signal::CONT);
    let painted = || String::from_utf8_lossy(&terminal.bytes()[before..]).into_owned();
    for _ in 0..100 {
        if painted().contains(OVERVIEW) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(painted().contains("\x1b[?1049h") && painted().contains(OVERVIEW));
    assert!(!is_cooked(&terminal.modes()));
}

#[test]
fn a_storm_of_sizes_leaves_the_last_one() {
    let mut terminal = demo(120, 40);
    for (columns, rows) in [(200, 50), (80, 24), (20, 5), (1, 1), (500, 200), (200, 2), (3, 50)].repeat(6) {
        terminal.resize(columns, rows);
        std::thread::sleep(Duration::from_millis(15));
    }
    terminal.resize(100, 30);
    // What was sent for another size may have spoiled the emulator's screen, as it does on a real one; Ctrl-L heals.
    std::thread::sleep(Duration::from_millis(300));
    terminal.send("\x0c");
    terminal.wait_for(OVERVIEW, SOON);
    terminal.wait("the status line in the last row", SOON, |screen| {
        screen.lines().count() == 30 && screen.lines().last().is_some_and(|row| row.contains("keys"))
    });
    terminal.send("q");
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 0);
}

#[test]
fn broken_input_is_survived() {
    let mut terminal = demo(100, 30);
    for _ in 0..50 {
        terminal.send("\x1b[999999999;1H\x1b]52;c;\x1b[<0;9999;9999M\x1b[1;1R\x1b[B\x1bOP\x1b[");
        terminal.send("\x00\x1b[200~q pasted q\x1b[201~\x1b[A");
    }
    // Whatever that opened is left, one key at a time: Esc and a letter in one breath are Alt and the letter.
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        terminal.send("\x1b");
    }
    std::thread::sleep(Duration::from_millis(300));
    terminal.send("5");
    let is_signals = |screen: &str| screen.lines().last().is_some_and(|row| row.trim_end().ends_with("Signals"));
    terminal.wait("the signals", SOON, is_signals);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 0);
}

#[test]
fn without_a_terminal_it_refuses_and_says_what_to_do() {
    let output =
        Command::new(BSMTOP).arg("demo").stdin(Stdio::null()).env("TERM", "xterm").output().expect("it starts");
    assert_eq!(output.status.code(), Some(64));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("bsmtop status") && !error.contains('\x1b'), "{error:?}");
}

#[test]
fn a_dumb_terminal_is_refused_without_an_escape() {
    let mut terminal = Terminal::start(80, 24, &["demo"], &[("TERM", "dumb")]);
    assert_eq!(terminal.wait_exit(SOON).exit_code(), 64);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(text.contains("bsmtop status") && !text.contains('\x1b'), "{text:?}");
    assert!(is_cooked(&terminal.modes()));
}

#[test]
fn without_colours_and_without_unicode_it_sends_neither() {
    let environment = [("NO_COLOR", "1"), ("LC_ALL", "C"), ("LANG", "C")];
    let mut terminal = Terminal::start(100, 30, &["demo"], &environment);
    terminal.wait_for(OVERVIEW, SOON);
    terminal.send("q");
    terminal.wait_exit(SOON);
    let bytes = terminal.bytes();
    assert!(bytes.is_ascii());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(!text.contains("38;") && !text.contains("48;"), "a colour was sent");
}

#[test]
fn what_happened_is_on_the_timeline_and_the_past_is_marked_over_the_whole_width() {
    let mut terminal = demo(120, 40);
    terminal.wait_for("AJOR", SOON);
    terminal.send("7");
    // The outage begins after twenty seconds.
    terminal.wait("an incident on the axis and in the list", SOON + SOON, |screen| {
        screen.contains("TIMELINE") && screen.contains("NOW") && screen.contains("Payments database")
    });
    terminal.send("[");
    let screen = terminal.wait_for("PAST ", SOON);
    assert!(screen.contains("Esc leads back to now") && screen.contains("THEN"), "{screen}");
    let band = terminal.look(|screen| {
        let ground = |column| screen.cell(1, column).map(vt100::Cell::bgcolor);
        (0..120).map(ground).collect::<Vec<_>>()
    });
    assert!(band.iter().all(|ground| *ground == band[0]) && band[0] != Some(vt100::Color::Default), "{band:?}");
    terminal.send("1");
    terminal
        .wait("the band on another screen", SOON, |screen| screen.contains("PAST ") && screen.contains("FIX FIRST"));
    terminal.send("\x1b");
    terminal.wait("now", SOON, |screen| !screen.contains("PAST "));
    terminal.send(":at 2020-01-01\r");
    terminal.wait_for("history begins", SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 0);
}

#[test]
fn from_an_alert_to_the_customers_it_hurts_in_three_keys() {
    let mut terminal = demo(120, 40);
    // The outage begins after twenty seconds.
    terminal.wait_for("replication broken", SOON + SOON);
    terminal.send("5");
    // What it costs puts it on top once that is known.
    terminal.wait("the alert on top", SOON + SOON, |screen| {
        screen.lines().nth(3).is_some_and(|first| first.contains("replication broken"))
    });
    terminal.send("\r");
    terminal.wait_for("CONNECTED WITH", SOON);
    terminal.send("\r");
    terminal.wait_for("Acme Outdoor", SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 0);
}

#[test]
fn the_wall_jumps_to_a_breach_and_is_left() {
    let mut terminal = demo(100, 20);
    terminal.send("0");
    let screen = terminal.wait_for("NEW BREACH", SOON + SOON);
    assert!(screen.contains("Online checkout"), "{screen}");
    terminal.send("\x1b");
    terminal.wait_for(OVERVIEW, SOON);
    terminal.send("q");
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 0);
}

#[test]
fn a_new_breach_is_heard_in_the_words_of_the_terminal_and_not_while_snoozed() {
    let company = |environment: &[(&str, &str)]| {
        let terminal = Terminal::start(80, 24, &["demo"], environment);
        terminal.wait_for(OVERVIEW, SOON);
        terminal
    };
    let ways: [(&[(&str, &str)], &str); 3] = [
        (&[("TERM_PROGRAM", "WezTerm")], "\x1b]9;bsmtop: "),
        (&[("TERM", "foot")], "\x1b]777;notify;bsmtop;"),
        // What is outside of it is not known: the bell alone.
        (&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux-0/default,1,0"), ("TERM_PROGRAM", "tmux")], "\x07"),
    ];
    let terminals = ways.map(|(environment, begins)| (company(environment), begins));
    let mut snoozed = company(&[("TERM_PROGRAM", "WezTerm")]);
    snoozed.send("z");
    snoozed.wait_for("no bell until", SOON);
    for (terminal, begins) in &terminals {
        terminal.wait_for("Online checkout", SOON + SOON);
        terminal.wait("the outage", SOON + SOON, |screen| screen.contains('✖'));
        terminal.wait_sent("\x07", SOON);
        let bytes = terminal.bytes();
        let said = String::from_utf8_lossy(&bytes);
        let at = said.find(begins).unwrap_or_else(|| panic!("no {begins:?}"));
        let words = &said[at + begins.len()..];
        assert_eq!(said.matches('\x07').count(), 1, "once");
        if begins.len() > 1 {
            assert!(words.starts_with("Online checkout") || words.contains("newly hit: "), "{:?}", words.get(..60));
        } else {
            assert!(!said.contains("\x1b]9;") && !said.contains("\x1b]777;") && !said.contains("\x1bPtmux;"));
        }
    }
    snoozed.wait("the outage", SOON + SOON, |screen| screen.contains('✖'));
    std::thread::sleep(Duration::from_millis(500));
    let bytes = snoozed.bytes();
    let said = String::from_utf8_lossy(&bytes);
    assert!(!said.contains('\x07') && !said.contains("\x1b]9;"), "snoozed");
}

#[test]
fn what_if_is_asked_and_left_in_the_real_program() {
    let mut terminal = demo(120, 40);
    terminal.wait_for("AJOR", SOON);
    terminal.send("!");
    terminal.wait_for("nothing real is touched", SOON);
    terminal.send("crm\r");
    let screen = terminal.wait_for("worst process", SOON);
    assert!(screen.contains("Esc leaves"), "{screen}");
    terminal.send("3");
    terminal.wait_for("SLA as measured", SOON);
    terminal.send("\x1b");
    terminal.wait("the company as it is", SOON, |screen| !screen.contains("WHAT IF"));
    terminal.send("q");
    assert_eq!(terminal.wait_exit(AT_ONCE).exit_code(), 0);
}
