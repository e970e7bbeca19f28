use super::*;
use crate::domain::testing::{at, dec, time};

#[test]
fn lengths_have_all_their_units() {
    for (text, said) in [("0s", "0s"), ("90m", "1h30m"), ("3605s", "1h05s"), ("51h", "2d03h"), ("26d", "26d")] {
        assert_eq!(length(time(text)), said, "{text}");
    }
    assert_eq!(length(-time("90s")), "-1m30s");
    let said = ["5400", "0.5", "5400.25", "0"].map(|seconds| long(dec(seconds)));
    assert_eq!(said, ["1h30m", "0.5 s", "1h30m", "0s"]);
}

#[test]
fn numbers_are_exact_or_rounded_and_days_are_those_of_the_map() {
    assert_eq!(
        (number(dec("1204331.500")), number(dec("-1234.567"))),
        ("1,204,331.5".to_owned(), "-1,234.57".to_owned())
    );
    assert_eq!(number(dec("2") / dec("3")), "0.666667");
    assert_eq!((percent(dec("0.9999999")), percent(dec("-0.5"))), ("99.9999 %".to_owned(), "-50 %".to_owned()));
    let (berlin, now) = (chrono_tz::Europe::Berlin, at("2026-11-24T10:00:00Z"));
    assert_eq!(when(berlin, at("2026-11-24T09:41:00Z"), now), "10:41:00");
    assert_eq!(when(berlin, at("2026-11-23T22:30:00Z"), now), "2026-11-23 23:30:00");
}
