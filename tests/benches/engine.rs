//! The engine's speed, each row beside a floor measured in the same run.
//!
//! `cargo bench --bench engine`. Figures mean something only as ratios: the machine is shared and noisy.

mod company;
mod floors;

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
    use super::{Bencher, Graph, Interval, Pos, Severity, States, black_box, company, floors};

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
        let mut by_hand = floors::ByHand::of(&map);
        bencher.bench_local(|| by_hand.propagate());
    }
}

/// 10,000 nodes, 100,000 signals; worlds a quarter of a second apart, as the console gets them.
mod live {
    use super::{Arc, Bencher, Live, TimeDelta, company, floors};

    const PACE: TimeDelta = TimeDelta::milliseconds(250);

    fn full() -> (Live, company::Company) {
        let company = company::Company::of(10_000, 100_000);
        let mut live = Live::new(Arc::new(company.map.clone()), company.now);
        live.take(company::Company::update(company.signals.clone(), company.now));
        live.world(company.now);
        (live, company)
    }

    /// Every signal is another than before: on another host, and as bad as it may be there. As adapters do, the bench
    /// keeps what it gave until it has given the next.
    #[divan::bench(sample_count = 20)]
    fn all_changed(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        let (mut at, mut turn) = (company.now, 0);
        let mut kept = [company.signals.clone(), Vec::new()];
        bencher
            .with_inputs(|| {
                at += PACE;
                turn += 1;
                let signals = company.moved(turn);
                kept[turn % 2].clone_from(&signals);
                company::Company::update(signals, at)
            })
            .bench_local_values(|update| {
                let now = update.at;
                live.take(update);
                live.world(now)
            });
    }

    /// The least that has to be done for it: two look-ups a signal, a maximum a node, one propagation.
    #[divan::bench(sample_count = 20)]
    fn all_changed_floor(bencher: Bencher<'_, '_>) {
        let company = company::Company::of(10_000, 100_000);
        let mut least = floors::Least::of(&company);
        let mut turn = 0;
        bencher
            .with_inputs(|| {
                turn += 1;
                company.moved(turn)
            })
            .bench_local_refs(|signals| least.evaluate(signals));
    }

    /// The least that has to be done for one: a walk over two reports, and the change felt by what stands above it.
    #[divan::bench(sample_count = 200)]
    fn one_changed_floor(bencher: Bencher<'_, '_>) {
        let company = company::Company::of(10_000, 100_000);
        let mut least = floors::Least::of(&company);
        least.evaluate(&company.signals);
        least.list();
        let (mut turn, mut before) = (0, company.signals.clone());
        bencher
            .with_inputs(|| {
                turn += 1;
                company.one_moved(turn)
            })
            .bench_local_values(|signals| {
                let changed = least.evaluate_others(&before, &signals);
                before = signals;
                changed
            });
    }

    /// The least that has to be done for it: each of fifty leaves that are bad made well, with all above it, and back.
    #[divan::bench(sample_count = 20)]
    fn fix_values_floor(bencher: Bencher<'_, '_>) {
        let company = company::Company::of(10_000, 100_000);
        let mut least = floors::Least::of(&company);
        least.evaluate(&company.signals);
        bencher.bench_local(|| least.clear_each(50));
    }

    /// A poll of which one signal is another: critical, or well again.
    #[divan::bench(sample_count = 200)]
    fn one_changed(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        let (mut at, mut turn) = (company.now, 0);
        bencher
            .with_inputs(|| {
                at += PACE;
                turn += 1;
                company::Company::update(company.one_moved(turn), at)
            })
            .bench_local_values(|update| {
                let now = update.at;
                live.take(update);
                live.world(now)
            });
    }

    /// Time passes.
    #[divan::bench(sample_count = 200)]
    fn nothing_changed(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        let mut at = company.now;
        bencher.bench_local(|| {
            at += PACE;
            live.world(at)
        });
    }

    /// Time passes, and the fix values of the 50 causes in view are found anew.
    #[divan::bench(sample_count = 20)]
    fn fix_values(bencher: Bencher<'_, '_>) {
        let (mut live, company) = full();
        let mut at = company.now;
        bencher.bench_local(|| {
            at += PACE;
            live.forget_values();
            live.world(at)
        });
    }

    /// One-failure-away of every leaf.
    #[divan::bench(sample_count = 10)]
    fn look_ahead(bencher: Bencher<'_, '_>) {
        let (mut live, _) = full();
        bencher.bench_local(|| live.look_ahead());
    }

    /// The same by a walk over the ancestors of each leaf and nothing else.
    #[divan::bench(sample_count = 10)]
    fn look_ahead_floor(bencher: Bencher<'_, '_>) {
        let company = company::Company::of(10_000, 100_000);
        let mut by_hand = floors::ByHand::of(&company.map);
        bencher.bench_local(|| by_hand.fail_each());
    }
}
