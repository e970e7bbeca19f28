use super::*;

struct Sample;

impl Thing for Sample {
    fn texts(&self, field: &mut dyn FnMut(Field, &str)) {
        field(Field::Known("id"), "prom:a1");
        field(Field::Known("name"), "Online Checkout");
        field(Field::Known("owner"), "commerce");
        field(Field::Label("host"), "Zürich-1");
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Major)
    }

    fn span(&self, quantity: Quantity) -> Option<TimeDelta> {
        (quantity == Quantity::Age).then(|| TimeDelta::minutes(90))
    }

    fn money(&self, quantity: Quantity) -> Option<Decimal> {
        (quantity == Quantity::Cost).then(|| Decimal::from(1_500))
    }
}

fn passes(filter: &str) -> bool {
    let filter = Filter::parse(filter);
    assert_eq!(filter.error, None);
    filter.passes(&Sample)
}

fn error(filter: &str) -> String {
    Filter::parse(filter).error.expect("something is wrong")
}

#[test]
fn all_words_must_be_found_in_any_field_and_any_case() {
    assert!(passes("check COMM"));
    assert!(passes("ZÜR"));
    assert!(!passes("check payroll"));
    assert!(!passes("check !commerce"));
    assert!(passes("check !payroll"));
    assert!(passes("  ! "));
    assert!(passes("\"online check\""));
    assert!(!passes("\"check online\""));
    assert!(passes("\"online che"), "a quote that is still open");
}

#[test]
fn a_field_is_looked_at_alone() {
    assert!(passes("owner:comm host:zür"));
    assert!(!passes("owner:checkout"));
    assert!(passes("!owner:checkout"));
    assert!(passes("name=\"online checkout\"") && !passes("name=online"));
    assert!(passes("prom:a1"), "an id is no field");
    assert!(passes("owner:"), "not finished");
}

#[test]
fn quantities_are_compared() {
    for filter in ["sev>=major", "sev>minor", "sev:maj", "severity<=crit", "sev<c", "sev=major", "!sev=critical"] {
        assert!(passes(filter), "{filter}");
    }
    for filter in ["age>1h", "age>=90m", "age<1h31m", "age<2d", "cost>1000", "cost<=1.5k", "cost<1M", "cost=1,500"] {
        assert!(passes(filter), "{filter}");
    }
    for filter in ["sev>major", "age>2h", "cost>1.5k", "left<1h", "value>0"] {
        assert!(!passes(filter), "{filter}");
    }
    assert!(passes("sev>= age< cost>"), "not finished");
}

#[test]
fn what_is_wrong_is_said_and_the_rest_holds() {
    assert_eq!(error("sev>=bad"), "\"bad\" is no severity: ok, info, warning, minor, major or critical");
    assert_eq!(error("sev>m"), "sev: minor or major?");
    assert!(error("age>2x").contains("2h"));
    assert!(error("age>99999999999999d").contains("no time"));
    assert!(error("cost>lots").contains("2.5k"));
    assert_eq!(error("owner>3"), "owner is text: use : or =; sev, age, cost, value and left can");
    assert_eq!(error("colour<3"), "colour can't be compared; sev, age, cost, value and left can");
    let filter = Filter::parse("nonsense sev>=bad");
    assert!(!filter.passes(&Sample) && !filter.is_empty());
    assert!(Filter::parse("sev>=bad").is_empty());
}
