//! A change of the map: what was concluded before it stays, in the engine and in the file.

use bsmtop::domain::span::{Instant, Span};
use bsmtop::engine::live::Live;
use bsmtop::store::Reader;
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::company::{Event, MAP, map_of};
use super::replay::{looked_back, said, writer};

fn start() -> Instant {
    "2026-11-24T10:00:00Z".parse().expect("an instant")
}

#[test]
fn the_past_is_worth_what_it_was_worth() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let (map, dearer) = (map_of(MAP), map_of(&MAP.replace("42000 EUR", "84000 EUR")));
    let mut live = Live::new(map, start());
    let writer = writer(&place);
    let mut world = None;
    for second in 0..=600 {
        let now = start() + TimeDelta::seconds(second);
        if second == 300 {
            live.remap(dearer.clone(), now - TimeDelta::milliseconds(200));
        }
        if second % 10 == 0 {
            live.take(Event::Figures(true, 10, 0).update(now).expect("an update"));
            live.take(Event::Signals(vec![(2, 6, 0, false, second)]).update(now).expect("an update"));
        }
        let moment = live.moment(now);
        world = Some(moment.world.clone());
        writer.note(moment);
    }
    writer.close();
    let (world, end) = (world.expect("a world"), start() + TimeDelta::seconds(600));
    // Five minutes at 42,000 an hour, and five at 84,000; from the last look before the change on the new map counts.
    let expected = Decimal::from(3500 + 7000) + Decimal::from(42_000) / Decimal::from(3600);
    let checkout = world.map.index_of("checkout").expect("there");
    let incident = world.nodes[checkout].money.expect("priced").incident.expect("on");
    assert_eq!(incident.cost.low.round_dp(9), expected.round_dp(9));
    assert_eq!(incident.coverage, Decimal::ONE, "no gap");
    let reader = Reader::open(&place).expect("opens");
    let accrued = reader.accrued(&"checkout".into(), Span::new(start(), end)).expect("readable");
    assert_eq!((accrued.cost.low.round_dp(9), accrued.coverage), (expected.round_dp(9), Decimal::ONE));
    let revisions: Vec<u32> = reader
        .steps(&["checkout".into()], Span::new(start(), end))
        .expect("readable")
        .iter()
        .map(|it| it.revision.0)
        .collect();
    assert_eq!((revisions.first(), revisions.last()), (Some(&1), Some(&2)));
    assert_eq!(said(&world), said(&looked_back(&reader, &dearer, end)));
}
