//! Every formula of a figure, worked out again from the text that an operator reads.

use bsmtop::domain::explain::figures::{self, Formula};
use proptest::prelude::*;

use super::*;

/// One of everything that has a formula.
const PROMISES: &str = r#"
[[process]]
id = "checkout"
needs = ["db"]
tolerable = "4h"
value = { per_hour = "42000 EUR", profile = "day", loss = { critical = 0.9 } }
[[process]]
id = "orders"
needs = ["db"]
[process.measured]
source = "prom"
actual = "a"
expected = "e"
per = "minute"
unit_value = "61.40 EUR"
[[component]]
id = "db"
match = [{ source = "prom", labels = { role = "db" } }]
[[customer]]
id = "acme"
needs = ["checkout"]
monthly = "18000 EUR"
[[profile]]
id = "day"
tz = "Europe/Berlin"
hours = { mon-fri = { "08:00-20:00" = 0.75, "20:00-08:00" = 0.2 }, sat-sun = { "00:00-24:00" = 0.5 } }
[[calendar]]
id = "office"
tz = "Europe/Berlin"
hours = { mon-fri = ["08:00-12:00", "13:00-18:00"] }
[[clock]]
source = "rt"
respond = "1h"
resolve = "4h"
calendar = "office"
[[objective]]
id = "month"
node = "checkout"
target = "99.9%"
window = "month"
source = "prom"
errors = 'e[$window]'
total = 't[$window]'
[objective.credit]
tiers = [{ below = "99.9%", share = "10%" }, { below = "99.0%", share = "25%" }, { below = "95%", share = "100%" }]
[[objective]]
id = "rolling"
node = "checkout"
target = "99.5%"
window = "30d"
source = "prom"
errors = 'e[$window]'
total = 't[$window]'
[[objective]]
id = "steady"
node = "checkout"
target = "99%"
window = "month"
state = "major"
[objective.credit]
of = "9000 EUR"
tiers = [{ below = "99%", share = "10%" }, { below = "97%", share = "25%" }]
[[spend]]
id = "cloud"
node = "checkout"
source = "prom"
limit = "30000 EUR"
"#;

/// A number, a percentage, or a length of time in seconds; `None` for words.
fn operand(word: &str) -> Option<f64> {
    let word = word.trim_end_matches([',', ';', ':']);
    let (word, hourly) = word.strip_suffix("/h").map_or((word, 1.0), |word| (word, 3_600.0));
    let plain = word.replace(',', "");
    if let Ok(number) = plain.parse::<f64>() {
        return Some(number / hourly);
    }
    let (mut sum, mut digits, mut any) = (0.0, String::new(), false);
    for letter in plain.trim_start_matches('-').chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'd' => 86_400.0,
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => return None,
        };
        sum += digits.parse::<f64>().ok()? * unit;
        (digits, any) = (String::new(), true);
    }
    (any && digits.is_empty()).then_some(if plain.starts_with('-') { -sum } else { sum })
}

/// The tokens of a formula without its words: operands and `+ - x / ( )`.
fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut found: Vec<String> = Vec::new();
    for word in spaced.split_whitespace() {
        match word {
            // What was in parentheses may have been words alone.
            ")" if found.last().is_some_and(|last| last == "(") => drop(found.pop()),
            "+" | "-" | "x" | "/" | "(" | ")" => found.push(word.to_owned()),
            "%" => {
                let last = found.last_mut().expect("a percentage has a number");
                *last = (last.parse::<f64>().expect("a number") / 100.0).to_string();
            }
            word => found.extend(operand(word).map(|number| number.to_string())),
        }
    }
    found
}

struct Sum(std::iter::Peekable<std::vec::IntoIter<String>>);

impl Sum {
    fn value(&mut self) -> f64 {
        let mut sum = self.product();
        while let Some(sign) = self.0.next_if(|token| token == "+" || token == "-") {
            let next = self.product();
            sum += if sign == "+" { next } else { -next };
        }
        sum
    }

    fn product(&mut self) -> f64 {
        let mut product = self.atom();
        while let Some(sign) = self.0.next_if(|token| token == "x" || token == "/") {
            let next = self.atom();
            product *= if sign == "x" { next } else { 1.0 / next };
        }
        product
    }

    fn atom(&mut self) -> f64 {
        let token = self.0.next().expect("an operand");
        if token != "(" {
            return token.parse().unwrap_or_else(|_| panic!("{token} is no operand"));
        }
        let value = self.value();
        assert_eq!(self.0.next().as_deref(), Some(")"));
        value
    }
}

/// What the left side of a formula comes to, and what it says that it does.
fn worked_out(text: &str) -> Option<(f64, f64)> {
    let (left, right) = text.rsplit_once(" = ")?;
    let left = left.rsplit_once(" = ").map_or(left, |(_, left)| left);
    let right = tokens(right.split(';').next().unwrap_or(right));
    let mut sum = Sum(tokens(left).into_iter().peekable());
    let value = sum.value();
    assert_eq!(sum.0.next(), None, "{text}: something is left over");
    Some((value, right.first()?.parse().expect("a number")))
}

pub fn all(world: &World) -> Vec<Formula> {
    let map = &world.map;
    let mut found: Vec<Formula> = Vec::new();
    for (node, _) in map.named_nodes() {
        found.extend(figures::process(world, node));
        found.extend(figures::customer(world, node));
    }
    found.extend((0..map.objectives.len()).flat_map(|place| figures::objective(world, place)));
    found.extend((0..map.spends.len()).flat_map(|place| figures::spend(world, place)));
    found.extend(world.clocks.iter().flat_map(|clock| figures::clock(world, clock)));
    found.extend(world.causes.iter().flat_map(|cause| figures::cause(world, cause)));
    found
}

fn rates(world: &World) -> Vec<String> {
    world.map.named_nodes().filter_map(|(node, _)| figures::cost_rate(world, node)).collect()
}

fn text_of(world: &World, name: &str) -> Vec<String> {
    all(world).into_iter().filter(|formula| formula.name == name).map(|formula| formula.text).collect()
}

fn company(severity: &str, errors: u32, hour: &str, sample: &Value, history: &Value) -> World {
    let map = map_of(PROMISES);
    let counts =
        json!({ "errors": errors, "total": 1_204_331, "windows": { "5m": hour, "1h": hour, "6h": hour, "30m": hour } });
    let facts = json!({
        "signals": [signal("a", &json!({ "role": "db" }), severity, "none")],
        "tickets": [{ "source": "rt", "id": "42", "created": "2026-11-23T16:30:00Z", "responded": "2026-11-24T07:10:00Z",
                      "paused": [["2026-11-24T08:00:00Z", "2026-11-24T08:20:20Z"]] }],
        "objectives": { "month": counts, "rolling": counts },
        "measured": if sample.is_null() { json!({}) } else { json!({ "orders": sample }) },
        "spend": { "cloud": { "to_date": "25200.55" } },
        "history": history,
    });
    let facts = facts_of(&map, facts);
    evaluate(&Model::of(map), facts)
}

fn shortfall() -> Value {
    json!({ "actual": "4.9", "expected": "11.4", "at": "2026-11-24T09:59:50Z" })
}

#[test]
fn a_formula_has_its_inputs() {
    let world = company("critical", 312, "0.0160", &shortfall(), &json!([]));
    let one = |name: &str| text_of(&world, name).first().cloned().unwrap_or_default();
    assert_eq!(
        rates(&world),
        [
            "42,000 EUR/h x 0.75 (profile) x 0.9 (lost at critical) = 28,350 EUR/h",
            "(11.4 expected - 4.9 measured) x 1h / 1m x 61.4 EUR each = 23,946 EUR/h, taken 10:59:50"
        ]
    );
    assert_eq!(one("incident"), "28,350/h x 19m (since 10:41:00) = 8,977.5 EUR; 100 % of 19m since 10:41:00 known");
    assert_eq!(one("bearable"), "4h - 19m at major or worse = 3h41m");
    assert_eq!(one("attained"), "1 - 312 errors / 1,204,331 events = 99.974 % by contract");
    let remaining = text_of(&world, "remaining");
    assert_eq!(
        remaining[..2],
        [
            "1 - 312 errors / (0.001 budget x 1,204,331 events x 30d of the whole window / 23d11h so far) = 79.7425 %",
            "1 - 312 errors / (0.005 budget x 1,204,331 events) = 94.8187 %"
        ]
    );
    assert_eq!(one("burn"), "1.6 % bad in the last hour / 0.001 budget = 16");
    assert_eq!(one("alert"), "page: burn 16 over 1h and 16 over 5m are above 2 % of the budget x 30d / 1h = 14.4");
    assert_eq!(text_of(&world, "used up")[1], "94.8187 % remaining x 30d / burn 3.2 = in 8d21h20m31s");
    let elapsed = text_of(&world, "elapsed");
    // From Monday 17:30 to Tuesday 08:10, and on to 11:00 without a pause.
    assert_eq!(elapsed[1], "40m open of office since 2026-11-23 17:30:00 to 08:10:00 - 0s of pauses = 40m");
    assert_eq!(elapsed[0], "3h30m open of office since 2026-11-23 17:30:00 - 20m20s of pauses = 3h09m40s");
    assert_eq!(
        text_of(&world, "at risk")[1],
        "acme: 18,000 EUR x 0 % (projected) - 18,000 EUR x 0 % (certain) = 0 EUR"
    );
}

#[test]
fn a_sum_names_its_latest_stretches_and_what_was_before() {
    let past = json!([
        { "node": "checkout", "at": "2026-11-02T00:00:00Z", "severity": "ok" },
        { "node": "checkout", "at": "2026-11-20T07:11:13Z", "severity": "major" },
        { "node": "checkout", "at": "2026-11-20T09:00:00Z", "severity": "ok" },
    ]);
    let world = company("critical", 312, "0", &Value::Null, &past);
    assert_eq!(
        text_of(&world, "month")[0],
        "28,350/h x 19m (since 10:41:00) + 15,750/h x 1h48m47s (2026-11-20 08:11:13 to 2026-11-20 10:00:00) = \
         at least 37,533.13 EUR; 95.5595 % of 23d11h since 2026-11-01 00:00:00 known"
    );
    let often: Vec<Value> = (0..12)
        .map(|hour| {
            let severity = if hour % 2 == 0 { "major" } else { "ok" };
            json!({ "node": "checkout", "at": format!("2026-11-23T{hour:02}:30:00Z"), "severity": severity })
        })
        .collect();
    let world = company("ok", 0, "0", &Value::Null, &json!(often));
    assert!(
        text_of(&world, "month")[0].contains("+ 12,600 before = at least 54,075 EUR"),
        "{:?}",
        text_of(&world, "month")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_formula_comes_to_its_figure(
        severity in prop::sample::select(vec!["ok", "minor", "major", "critical"]),
        errors in 0_u32..100_000,
        hour in 0_u32..500,
        actual in 0_u32..20,
    ) {
        let sample = json!({ "actual": actual, "expected": "11.4", "at": "2026-11-24T09:59:50Z" });
        let world = company(severity, errors, &format!("0.{hour:04}"), &sample, &json!([]));
        let formulas = all(&world).into_iter().filter(|it| it.name != "alert").map(|it| it.text);
        let mut count = 0;
        for text in formulas.chain(rates(&world)) {
            if let Some((left, right)) = worked_out(&text) {
                // Percentages and numbers without an end are cut, and lengths have whole seconds.
                prop_assert!((left - right).abs() <= 1e-4 * right.abs() + 1.0, "{text}: {left}");
                count += 1;
            }
        }
        prop_assert!(count > 15, "{count} formulas");
    }
}
