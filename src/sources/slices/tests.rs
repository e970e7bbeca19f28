use proptest::prelude::*;

use super::*;

const STEP: TimeDelta = TimeDelta::minutes(5);

fn span(start: i64, end: i64) -> Span {
    Span::new(at(start), at(end))
}

/// A store that counts one event a second since the epoch.
fn answer(span: Span) -> Vec<(f64, f64)> {
    let ends = (span.start.timestamp() + 300..=span.end.timestamp()).step_by(300);
    ends.map(|end| (end as f64, 300.0)).collect()
}

fn filled(spans: &[(i64, i64)]) -> Slices {
    let mut slices = Slices::new(STEP);
    for (start, end) in spans {
        slices.fill(span(*start, *end), answer(span(*start, *end)));
    }
    slices
}

#[test]
fn steps_divide_a_day() {
    assert_eq!(step_of(TimeDelta::minutes(5)), TimeDelta::minutes(5));
    assert_eq!(step_of(TimeDelta::minutes(7)), TimeDelta::seconds(432));
    assert_eq!(step_of(TimeDelta::seconds(1)), TimeDelta::minutes(1));
    assert_eq!(step_of(TimeDelta::days(3)), TimeDelta::days(1));
}

#[test]
fn a_slice_is_closed_thirty_seconds_after_its_end() {
    assert_eq!(closed_until(at(900 + 29), STEP), at(600));
    assert_eq!(closed_until(at(900 + 30), STEP), at(900));
}

#[test]
fn what_is_missing_comes_newest_first_a_week_at_a_time() {
    let mut slices = Slices::new(STEP);
    let (day, want) = (86_400, span(86_400 + 7, 11 * 86_400 + 900));
    for expected in [span(5 * day, 11 * day + 900), span(day, 5 * day)] {
        assert_eq!(slices.missing(want), Some(expected));
        slices.fill(expected, answer(expected));
    }
    assert_eq!(slices.missing(want), None);
    // The next slice closes.
    assert_eq!(slices.missing(span(day, 11 * day + 1200)), Some(span(11 * day + 900, 11 * day + 1200)));
}

#[test]
fn a_sample_counts_the_slice_before_it_and_no_number_is_absent() {
    let mut slices = Slices::new(STEP);
    slices.fill(span(0, 1200), [(300.0, 7.0), (600.0, f64::NAN), (900.0, -1.0), (1500.0, 9.0)]);
    let cells: Vec<Cell> = slices.cells(span(0, 1200)).map(|(_, _, cell)| cell).collect();
    assert_eq!(cells, [Cell::Count(7.0), Cell::Absent, Cell::Count(0.0), Cell::Absent]);
}

#[test]
fn a_window_edge_inside_a_slice_takes_its_share() {
    let slices = filled(&[(0, 3000)]);
    let sum = sum(&slices, &slices, span(150, 750));
    assert!((sum.all - 600.0).abs() < 1e-9 && (sum.covered - 600.0).abs() < 1e-9, "{sum:?}");
}

#[test]
fn errors_without_a_series_are_none_and_an_absent_total_is_not_covered() {
    let (mut errors, mut total) = (Slices::new(STEP), Slices::new(STEP));
    errors.fill(span(0, 900), []);
    total.fill(span(0, 900), [(300.0, 10.0), (900.0, 30.0)]);
    assert_eq!(sum(&errors, &total, span(0, 900)), Pair { part: 0.0, all: 40.0, covered: 600.0 });
    // Errors not asked yet: the time is not covered, rather than free of errors.
    assert_eq!(sum(&Slices::new(STEP), &total, span(0, 900)), Pair::default());
}

#[test]
fn old_days_are_kept_by_the_hour_and_older_ones_go() {
    let day = 86_400;
    let mut slices = filled(&[(0, day), (day, 2 * day), (60 * day, 61 * day)]);
    slices.compact(at(day), at(61 * day));
    assert_eq!(slices.days.len(), 2);
    assert_eq!(slices.days[&1].cells.len(), 24);
    assert_eq!(slices.days[&60].cells.len(), 288);
    let hour = sum(&slices, &slices, span(day, day + 1800));
    assert!((hour.all - 1800.0).abs() < 1e-9);
    assert_eq!(slices.missing(span(day, 2 * day)), None);
}

proptest! {
    #[test]
    fn the_sum_of_a_fully_asked_window_is_its_length(start in 0_i64..400_000, length in 1_i64..400_000) {
        let want = span(start, start + length);
        let mut slices = Slices::new(STEP);
        let up = span(start, (start + length).div_euclid(300) * 300 + 300);
        for _ in 0..20 {
            let Some(gap) = slices.missing(up) else { break };
            slices.fill(gap, answer(gap));
        }
        prop_assert_eq!(slices.missing(up), None);
        let sum = sum(&slices, &slices, want);
        prop_assert!((sum.all - length as f64).abs() < 1e-6);
        prop_assert!((sum.covered - length as f64).abs() < 1e-6);
    }
}
