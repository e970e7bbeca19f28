//! The engine's speed, each row beside a floor measured in the same run.
//!
//! `cargo bench --bench engine`. Figures mean something only as ratios: the machine is shared and noisy.

mod company;

use std::sync::Arc;

use bsmtop::domain::graph::{Graph, Pos};
use bsmtop::domain::propagate::States;
use bsmtop::domain::severity::{Interval, Severity};
use bsmtop::engine::live::Live;
use chrono::TimeDelta;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// 100,000 nodes and 300,000 edges under mixed rules: what `propagate` is held against.
mod propagate {
    use super::{Bencher, Graph, Interval, Pos, Severity, States, black_box, company};

    const NODES: usize = 100_000;

    #[divan::bench]
    fn ours(bencher: Bencher<'_, '_>) {
        let map = company::layered(NODES, 3);
        let graph = Graph::of(&map);
        let mut states = States::all_well(&graph);
        for (number, leaf) in graph.leaves().iter().enumerate() {
            if number % 17 == 0 {
                states.set_own(*leaf, Interval { low: Severity::Minor, high: Severity::Critical });
            }
        }
        bencher.bench_local(|| {
            states.propagate(black_box(&graph));
            states.state(graph.len() as Pos - 1)
        });
    }

    /// The same mix of rules, written out by hand over flat arrays, with two bytes a node and no edge options.
    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let map = company::layered(NODES, 3);
        let mut by_hand = company::ByHand::of(&map);
        bencher.bench_local(|| by_hand.propagate());
    }
}

/// 10,000 nodes, 100,000 signals.
mod live {
    use super::{Arc, Bencher, Live, TimeDelta, company};

    fn full() -> (Live, company::Company) {
        let company = company::Company::of(10_000, 100_000);
        let mut live = Live::new(Arc::new(company.map.clone()), company.now);
        live.take(company::Company::update(company.signals.clone(), company.now));
        live.world(company.now);
        (live, company)
    }

    /// Every signal is another than before: match, evaluate, rank, assemble.
    #[divan::bench(sample_count = 20)]
    fn all_changed(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        let mut at = company.now;
        bencher
            .with_inputs(|| {
                at += TimeDelta::seconds(1);
                company::Company::update(company.signals.clone(), at)
            })
            .bench_local_values(|update| {
                let now = update.at;
                live.take(update);
                live.world(now)
            });
    }

    /// Evaluate and assemble only, nothing new to match.
    #[divan::bench(sample_count = 20)]
    fn nothing_changed(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        bencher.bench_local(|| live.world(company.now));
    }

    /// One-failure-away of every leaf.
    #[divan::bench(sample_count = 10)]
    fn look_ahead(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        bencher.bench_local(|| live.look_ahead(company.now));
    }
}
