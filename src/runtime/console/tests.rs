use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::*;
use crate::app::key::{Key, KeyCode};
use crate::term::capabilities::Capabilities;

/// What happened, in order.
type Log = Rc<RefCell<Vec<String>>>;

/// Counts keys; `q` quits, `c` copies, `p` asks sources, `l` paints anew.
struct Counter {
    keys: usize,
    log: Log,
    every: Option<TimeDelta>,
}

impl Program for Counter {
    fn update(&mut self, message: Message, _now: Instant) -> Vec<Effect> {
        let Message::Key(key) = message else {
            self.log.borrow_mut().push(format!("{message:?}"));
            return Vec::new();
        };
        self.keys += 1;
        match key.code {
            KeyCode::Char('q') => vec![Effect::Quit],
            KeyCode::Char('c') => vec![Effect::Copy("pay-db".into())],
            KeyCode::Char('p') => vec![Effect::Poll(None)],
            KeyCode::Char('l') => vec![Effect::Repaint],
            _ => Vec::new(),
        }
    }

    fn deadline(&self, now: Instant) -> Option<Instant> {
        // The next edge after now, as a clock has it.
        let left = self.every?.num_milliseconds() - now.timestamp_millis() % self.every?.num_milliseconds();
        Some(now + TimeDelta::milliseconds(left))
    }

    fn draw(&self, area: Rect) -> Scene {
        self.log.borrow_mut().push(format!("draw {}", self.keys));
        let mut buffer = Buffer::empty(area);
        buffer.set_string(0, 0, format!("{} keys", self.keys), Style::new());
        Scene { buffer, links: Vec::new(), cursor: None }
    }
}

/// A clock that moves when told, and a list of what was asked for.
struct World {
    begin: Monotonic,
    passed: Rc<Cell<Duration>>,
    log: Log,
}

impl Outside for World {
    fn now(&self) -> Instant {
        Instant::UNIX_EPOCH + self.passed.get()
    }

    fn monotonic(&self) -> Monotonic {
        self.begin + self.passed.get()
    }

    fn size(&self) -> (u16, u16) {
        (20, 3)
    }

    fn run(&mut self, effect: Effect) {
        self.log.borrow_mut().push(format!("{effect:?}"));
    }
}

struct Bench {
    console: Console<Counter, World, Vec<u8>>,
    inbox: Inbox,
    passed: Rc<Cell<Duration>>,
    log: Log,
}

fn bench() -> Bench {
    let (inbox, log, passed) = (Inbox::default(), Log::default(), Rc::new(Cell::new(Duration::ZERO)));
    let counter = Counter { keys: 0, log: Log::clone(&log), every: None };
    let begin = crate::runtime::clock::monotonic();
    let world = World { begin, passed: Rc::clone(&passed), log: Log::clone(&log) };
    let output = Output::new(Vec::new(), Capabilities::FULL);
    let console = Console::new(counter, world, output, None, inbox.clone(), Duration::from_millis(100));
    Bench { console, inbox, passed, log }
}

impl Bench {
    fn key(&self, char: char) {
        self.inbox.typed(Message::Key(Key { code: KeyCode::Char(char), ctrl: false, alt: false, shift: false }));
    }

    /// One round of the loop, so much later, with what happened in it.
    fn round(&mut self, later: u64) -> Vec<String> {
        self.console.patience();
        self.passed.set(self.passed.get() + Duration::from_millis(later));
        let batch = self.inbox.take(Some(Duration::ZERO));
        if let Turn::End(code) = self.console.turn(batch).expect("memory") {
            self.log.borrow_mut().push(format!("end {code}"));
        } else {
            self.console.draw_if_due().expect("memory");
        }
        std::mem::take(&mut self.log.borrow_mut())
    }
}

#[test]
fn many_keys_are_one_frame_and_nothing_is_none() {
    let mut bench = bench();
    assert_eq!(bench.round(0), ["draw 0"]);
    "abd".chars().for_each(|char| bench.key(char));
    assert_eq!(bench.round(500), ["draw 3"]);
    assert_eq!(bench.round(500), [""; 0]);
    assert_eq!(bench.console.patience(), None, "it would sleep without a timer");
}

#[test]
fn frames_are_paced_but_a_key_does_not_wait_for_data() {
    let mut bench = bench();
    bench.round(0);
    bench.inbox.noticed(Message::Tick);
    assert_eq!(bench.round(100), ["Tick", "draw 0"]);
    bench.inbox.noticed(Message::Tick);
    assert_eq!(bench.round(10), ["Tick"], "data waits for its frame");
    assert_eq!(bench.console.patience(), Some(Duration::from_millis(90)));
    bench.key('j');
    assert_eq!(bench.round(10), ["draw 1"], "a key does not");
    bench.key('j');
    assert_eq!(bench.round(10), [""; 0], "but keys wait for each other");
    assert_eq!(bench.round(90), ["draw 2"]);
}

#[test]
fn every_edge_of_a_clock_ticks_once() {
    let mut bench = bench();
    bench.round(0);
    bench.console.program.every = Some(TimeDelta::seconds(1));
    assert_eq!(bench.console.patience(), Some(Duration::from_secs(1)));
    assert_eq!(bench.round(400), [""; 0]);
    assert_eq!(bench.round(600), ["Tick", "draw 0"]);
    assert_eq!(bench.round(600), [""; 0]);
    assert_eq!(bench.round(401), ["Tick", "draw 0"]);
    assert_eq!(bench.console.patience(), Some(Duration::from_millis(999)));
    bench.console.program.every = None;
    assert_eq!(bench.round(2000), [""; 0]);
}

#[test]
fn effects_go_where_they_belong() {
    let mut bench = bench();
    bench.round(0);
    bench.key('p');
    bench.key('c');
    assert_eq!(bench.round(200), ["Poll(None)", "draw 2"]);
    assert_eq!(bench.round(200), ["Notice(\"copied\")", "draw 2"]);
    bench.inbox.resized((40, 5));
    assert_eq!(bench.round(200), ["Resize(40, 5)", "draw 2"]);
    bench.key('q');
    assert_eq!(bench.round(200), ["end 0"]);
    bench.inbox.end(143);
    assert_eq!(bench.round(200), ["end 143"]);
}
