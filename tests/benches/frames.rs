//! The speed of frames, from key to bytes, beside the floor of comparing their cells.
//!
//! `cargo bench --bench frames`. Figures mean something only as ratios: the machine is shared and noisy.

#[allow(dead_code, reason = "other benchmarks use the rest of it")]
mod company;

use std::io::sink;
use std::sync::Arc;

use bsmtop::app::key::{Key, KeyCode};
use bsmtop::app::message::Message;
use bsmtop::app::{self, Model};
use bsmtop::engine::live::Live;
use bsmtop::term::capabilities::Capabilities;
use bsmtop::term::output::Output;
use bsmtop::view;
use bsmtop::view::scene::Scene;
use bsmtop::view::theme::Theme;
use divan::{Bencher, black_box};
use ratatui::layout::Rect;

const AREA: Rect = Rect::new(0, 0, 200, 50);

fn main() {
    divan::main();
}

/// The console on a company of 10,000 nodes and 100,000 signals.
struct Bench {
    model: Model,
    theme: Theme,
}

impl Bench {
    fn new() -> Self {
        let company = company::Company::of(10_000, 100_000);
        let mut live = Live::new(Arc::new(company.map.clone()), company.now);
        live.take(company::Company::update(company.signals.clone(), company.now));
        let world = Arc::new(live.world(company.now));
        let model = Model::new(world, vec!["noc-dark".to_owned()], (AREA.width, AREA.height), company.now);
        let mut bench = Self { model, theme: Theme::named("noc-dark").expect("it comes with the program") };
        bench.press(KeyCode::Char('2'));
        bench
    }

    fn press(&mut self, code: KeyCode) {
        let now = self.model.now;
        let key = Key { code, ctrl: false, alt: false, shift: false };
        app::update(&mut self.model, Message::Key(key), now);
    }

    fn draw(&self) -> Scene {
        view::draw(&self.model, &self.theme, AREA)
    }
}

/// From a key to the bytes of its frame: DESIGN has 1 ms for it, terminal included.
#[divan::bench]
fn key_moves_the_selection(bencher: Bencher<'_, '_>) {
    let mut bench = Bench::new();
    let mut output = Output::new(sink(), Capabilities::FULL);
    let mut keys = [KeyCode::Down, KeyCode::Up].into_iter().cycle();
    bencher.bench_local(|| {
        bench.press(keys.next().expect("it never ends"));
        output.show(&bench.draw()).expect("nobody refuses it")
    });
}

/// The model alone.
#[divan::bench]
fn update(bencher: Bencher<'_, '_>) {
    let mut bench = Bench::new();
    let mut keys = [KeyCode::Down, KeyCode::Up].into_iter().cycle();
    bencher.bench_local(|| bench.press(keys.next().expect("it never ends")));
}

/// The view alone.
#[divan::bench]
fn draw(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    bencher.bench_local(|| black_box(&bench).draw());
}

/// The output alone, of two frames in turn whose selections differ.
#[divan::bench]
fn show(bencher: Bencher<'_, '_>) {
    let mut bench = Bench::new();
    let first = bench.draw();
    bench.press(KeyCode::Down);
    let scenes = [first, bench.draw()];
    let mut output = Output::new(sink(), Capabilities::FULL);
    let mut frames = scenes.iter().cycle();
    bencher.bench_local(|| output.show(frames.next().expect("it never ends")).expect("nobody refuses it"));
}

/// What no comparison of frames can beat: two grids of packed cells, eight bytes each.
#[divan::bench]
fn floor(bencher: Bencher<'_, '_>) {
    let front = vec![0x20_u64; usize::from(AREA.width) * usize::from(AREA.height)];
    let back = front.clone();
    bencher.bench_local(|| black_box(&front).iter().zip(black_box(&back)).filter(|(a, b)| a != b).count());
}
