use std::cell::RefCell;
use std::num::NonZeroU16;
use std::rc::Rc;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::term::capabilities::ColorDepth;
use crate::view::scene::Link;

/// Counts writes and keeps them.
#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<Vec<u8>>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen, and the terminal that reads it.
struct Bench {
    sink: Sink,
    output: Output<Sink>,
    terminal: vt100::Parser,
}

impl Bench {
    fn new(width: u16, height: u16, capabilities: Capabilities) -> Self {
        let sink = Sink::default();
        let size = |cells| NonZeroU16::new(cells).expect("not empty");
        let terminal = vt100::Parser::new(size(height), size(width), 0);
        Self { output: Output::new(sink.clone(), capabilities), sink, terminal }
    }

    /// Shows a scene; returns the bytes, which came in at most one write.
    fn show(&mut self, scene: &Scene) -> Vec<u8> {
        let length = self.output.show(scene).expect("memory");
        let writes = std::mem::take(&mut *self.sink.0.borrow_mut());
        assert!(writes.len() <= 1, "{} writes", writes.len());
        let bytes = writes.concat();
        assert_eq!(bytes.len(), length);
        self.terminal.process(&bytes);
        bytes
    }

    /// Compares the terminal with a scene, cell by cell.
    fn check(&self, buffer: &Buffer) {
        let screen = self.terminal.screen();
        let mut covered = 0;
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                if covered > 0 && x > 0 {
                    covered -= 1;
                    continue;
                }
                let wanted = &buffer[(x, y)];
                let shown = screen.cell(y, x).expect("within");
                covered = unicode_width::UnicodeWidthStr::width(wanted.symbol()).saturating_sub(1);
                let text = if shown.has_contents() { shown.contents() } else { " " };
                assert_eq!(text, wanted.symbol(), "text at {x},{y}");
                assert_eq!(shown.bgcolor(), color(wanted.bg), "background at {x},{y}");
                let shows = wanted.symbol() != " " || wanted.modifier.intersects(grid::SHOWS_ON_BLANK);
                if shows {
                    assert_eq!(shown.fgcolor(), color(wanted.fg), "foreground at {x},{y}");
                    // This terminal holds one intensity, so both at once can't be compared.
                    let (bold, dim) =
                        (wanted.modifier.contains(Modifier::BOLD), wanted.modifier.contains(Modifier::DIM));
                    if !(bold && dim) {
                        assert_eq!((shown.bold(), shown.dim()), (bold, dim), "intensity at {x},{y}");
                    }
                }
                assert_eq!(shown.inverse(), wanted.modifier.contains(Modifier::REVERSED), "inverse at {x},{y}");
                assert_eq!(shown.underline(), wanted.modifier.contains(Modifier::UNDERLINED), "underline at {x},{y}");
            }
        }
    }
}

fn color(color: Color) -> vt100::Color {
    match color {
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Red => vt100::Color::Idx(1),
        _ => vt100::Color::Default,
    }
}

fn scene(buffer: Buffer) -> Scene {
    Scene { buffer, links: Vec::new(), cursor: None }
}

fn blank(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

/// A table under a header and over a status line, in the colours of a theme.
fn table(width: u16, height: u16, first: usize, selected: usize) -> Scene {
    let ground = Style::new().bg(Color::Rgb(11, 15, 20)).fg(Color::Rgb(200, 205, 210));
    let mut buffer = blank(width, height);
    buffer.set_style(buffer.area, ground);
    buffer.set_string(1, 0, "bsmtop  3 critical  42,000 EUR/h", ground.add_modifier(Modifier::BOLD));
    for y in 2..height - 1 {
        let row = first + usize::from(y) - 2;
        let style = if row == selected { ground.bg(Color::Rgb(30, 50, 80)) } else { ground };
        buffer.set_style(Rect::new(0, y, width, 1), style);
        let state = if row.is_multiple_of(7) {
            ("critical", Color::Rgb(255, 90, 90))
        } else {
            ("ok", Color::Rgb(90, 200, 120))
        };
        buffer.set_string(1, y, state.0, style.fg(state.1));
        buffer.set_string(12, y, format!("process-{row} of the business"), style);
        buffer.set_string(50, y, format!("{} EUR/h", row * 7919 % 100_000), style);
        buffer.set_string(70, y, format!("{}m since a change in {}", row * 31 % 60, row * 17 % 1000), style);
    }
    buffer.set_string(1, height - 1, "? keys  / filter  q quit", ground);
    scene(buffer)
}

#[test]
fn a_frame_is_one_write_and_an_equal_one_is_none() {
    let mut bench = Bench::new(200, 50, Capabilities::FULL);
    let first = bench.show(&table(200, 50, 0, 3));
    bench.check(&table(200, 50, 0, 3).buffer);
    assert!(first.len() < 9_000, "{} bytes", first.len());
    assert!(first.starts_with(BEGIN) && first.ends_with(END));
    assert_eq!(bench.show(&table(200, 50, 0, 3)), b"");
}

#[test]
fn moving_the_selection_and_scrolling_take_few_bytes() {
    let mut bench = Bench::new(200, 50, Capabilities::FULL);
    bench.show(&table(200, 50, 0, 3));
    let moved = bench.show(&table(200, 50, 0, 4));
    bench.check(&table(200, 50, 0, 4).buffer);
    assert!(moved.len() <= 410, "{} bytes", moved.len());
    for (first, selected) in [(1, 5), (2, 6), (1, 5), (0, 4), (10, 14), (0, 0)] {
        let scrolled = bench.show(&table(200, 50, first, selected));
        bench.check(&table(200, 50, first, selected).buffer);
        let budget = if first == 10 || selected == 0 { 3_000 } else { 800 };
        assert!(scrolled.len() <= budget, "{} bytes for {first}", scrolled.len());
    }
}

#[test]
fn a_clock_that_ticks_takes_a_handful_of_bytes() {
    let mut bench = Bench::new(120, 40, Capabilities::FULL);
    let at = |time: &str| {
        let mut scene = table(120, 40, 0, 0);
        scene.buffer.set_string(111, 0, time, Style::new().bg(Color::Rgb(11, 15, 20)).fg(Color::Rgb(200, 205, 210)));
        scene
    };
    bench.show(&at("10:00:01"));
    let tick = bench.show(&at("10:00:02"));
    assert!(tick.len() <= 35, "{} bytes", tick.len());
}

#[test]
fn no_control_character_of_a_cell_gets_out() {
    let evil = ["\x1b]0;x\x07", "\x1b[2J", "\u{9b}2J", "\u{202e}", "a\u{2066}", "\r", "\x7f", "\u{85}", "e\u{200f}"];
    let mut buffer = blank(20, 1);
    for (x, symbol) in evil.iter().enumerate() {
        // What no widget does: cells are filled by hand.
        #[allow(clippy::disallowed_methods, reason = "the net below the first one is what is tested")]
        buffer[(x as u16, 0)].set_symbol(symbol);
    }
    let mut bench = Bench::new(20, 1, Capabilities::FULL);
    let bytes = bench.show(&scene(buffer));
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(text.matches('\u{fffd}').count(), evil.len());
    assert!(!text.contains("]0;"), "{text:?}");
    assert!(text.chars().all(|char| char == '\x1b' || !(char.is_control() || matches!(char, '\u{200f}'..='\u{2066}'))));
}

#[test]
fn wide_characters_marks_and_the_last_column() {
    let mut bench = Bench::new(12, 2, Capabilities::FULL);
    for text in ["日本語 shop", "a日本語 sho", "e\u{301}clair 語", "abcdefghijk", "日日日日日日", "a", ""]
    {
        let mut buffer = blank(12, 2);
        buffer.set_string(0, 0, text, Style::new());
        buffer.set_string(11, 1, "x", Style::new());
        bench.show(&scene(buffer.clone()));
        bench.check(&buffer);
    }
}

#[test]
fn ascii_terminals_get_ascii() {
    let mut bench = Bench::new(12, 1, Capabilities { ascii: true, ..Capabilities::FULL });
    let mut buffer = blank(12, 1);
    buffer.set_string(0, 0, "● Zürich", Style::new());
    assert!(bench.show(&scene(buffer)).is_ascii());
}

#[test]
fn links_are_opened_closed_and_can_not_break_out() {
    let mut with = scene(blank(20, 2));
    with.buffer.set_string(2, 0, "runbook", Style::new());
    let link = |address: &str| Link { area: Rect::new(2, 0, 7, 1), address: address.into() };
    with.links = vec![link("https://wiki.example/a b\x07\x1b]0;x")];
    let mut bench = Bench::new(20, 2, Capabilities::FULL);
    let text = String::from_utf8(bench.show(&with)).expect("UTF-8");
    assert!(text.contains("\x1b]8;;https://wiki.example/a%20b%07%1B]0;x\x1b\\runbook\x1b]8;;\x1b\\"), "{text:?}");
    assert_eq!(bench.show(&with), b"");
    with.links = vec![link("https://wiki.example/other")];
    assert!(!bench.show(&with).is_empty(), "the same text, elsewhere");
    with.links = vec![link("javascript:alert(1)")];
    assert!(!String::from_utf8(bench.show(&with)).expect("UTF-8").contains("javascript"));
    with.links = vec![link("https://wiki.example/")];
    let mut plain = Bench::new(20, 2, Capabilities { links: false, ..Capabilities::FULL });
    assert!(!String::from_utf8(plain.show(&with)).expect("UTF-8").contains("]8;"));
}

#[test]
fn the_cursor_is_shown_where_something_is_typed() {
    let mut bench = Bench::new(20, 3, Capabilities::FULL);
    let mut typed = scene(blank(20, 3));
    bench.show(&typed);
    typed.cursor = Some(Position::new(4, 2));
    assert_eq!(bench.show(&typed), b"\x1b[3;5H\x1b[?25h");
    assert_eq!(bench.show(&typed), b"");
    typed.buffer.set_string(0, 0, "x", Style::new());
    bench.show(&typed);
    assert_eq!(bench.terminal.screen().cursor_position(), (2, 4));
    typed.cursor = None;
    assert_eq!(bench.show(&typed), b"\x1b[?25l");
}

#[test]
fn after_forgetting_every_cell_is_painted() {
    let mut bench = Bench::new(80, 24, Capabilities::FULL);
    let scene = table(80, 24, 0, 2);
    bench.show(&scene);
    bench.terminal.process(b"\x1b[31mgarbage from elsewhere\x1b[5;5Hmore\x1b[0m");
    bench.output.forget();
    bench.show(&scene);
    bench.check(&scene.buffer);
    // A new size needs no telling.
    let mut small = Bench::new(40, 10, Capabilities::FULL);
    small.output = bench.output;
    small.sink = bench.sink;
    small.show(&table(40, 10, 0, 0));
    small.check(&table(40, 10, 0, 0).buffer);
}

#[test]
fn depths() {
    let mut buffer = blank(10, 1);
    buffer.set_string(0, 0, "critical", Style::new().fg(Color::Rgb(255, 0, 0)).add_modifier(Modifier::BOLD));
    let text = |color| {
        let mut bench = Bench::new(10, 1, Capabilities { color, ..Capabilities::FULL });
        String::from_utf8(bench.show(&scene(buffer.clone()))).expect("UTF-8")
    };
    assert!(text(ColorDepth::Rgb).contains("\x1b[1;38;2;255;0;0m"));
    assert!(text(ColorDepth::Ansi256).contains("\x1b[1;38;5;196m"));
    assert!(text(ColorDepth::Ansi16).contains("\x1b[1;91m"));
    assert!(text(ColorDepth::None).contains("\x1b[1mcritical"));
}

fn styles() -> impl Strategy<Value = Style> {
    let colors = || prop::sample::select(vec![Color::Reset, Color::Red, Color::Rgb(1, 2, 3), Color::Indexed(99)]);
    let modifiers = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::REVERSED,
        Modifier::UNDERLINED,
    ]);
    (colors(), colors(), modifiers).prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

/// Texts over and over each other, as a whole frame.
fn frames() -> impl Strategy<Value = Buffer> {
    let texts =
        prop::sample::select(vec!["", "  ", "ok", "critical", "│ ● pay-db", "日本", "é", "              ", "x"]);
    prop::collection::vec((0..30_u16, 0..8_u16, texts, styles()), 0..40).prop_map(|pieces| {
        let mut buffer = blank(30, 8);
        for (x, y, text, style) in pieces {
            buffer.set_string(x, y, text, style);
        }
        buffer
    })
}

/// The rows of a frame, moved.
fn moved(buffer: &Buffer, by: u16) -> Buffer {
    let mut other = buffer.clone();
    for y in 1..buffer.area.height - by {
        for x in 0..buffer.area.width {
            other[(x, y)] = buffer[(x, y + by)].clone();
        }
    }
    other
}

#[test]
fn where_italics_would_be_reversed_they_are_left_out() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
    let style = Style::new().add_modifier(Modifier::ITALIC | Modifier::UNDERLINED);
    buffer.set_string(0, 0, "~16 %", style);
    for italics in [true, false] {
        let mut bench = Bench::new(8, 1, Capabilities { italics, ..Capabilities::FULL });
        bench.show(&scene(buffer.clone()));
        let shown = bench.terminal.screen().cell(0, 0).expect("within");
        assert_eq!((shown.italic(), shown.underline(), shown.contents()), (italics, true, "~"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_frame_after_any_other_is_shown_as_it_is(frames in prop::collection::vec(frames(), 1..6), by in 1..4_u16) {
        for erases_with_background in [true, false] {
            let mut bench = Bench::new(30, 8, Capabilities { erases_with_background, ..Capabilities::FULL });
            for frame in &frames {
                bench.show(&scene(frame.clone()));
                bench.check(frame);
                let scrolled = moved(frame, by);
                bench.show(&scene(scrolled.clone()));
                bench.check(&scrolled);
                prop_assert_eq!(bench.show(&scene(scrolled)), b"");
            }
        }
    }
}
