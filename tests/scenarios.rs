//! Scenario files through the real binary: what passes, and how a failure reads in a review.

use std::process::{Command, Output};

fn run(file: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--config", "tests/scenarios/shop", file])
        .output()
        .expect("the binary runs")
}

#[test]
fn what_the_map_promises_holds() {
    let output = run("tests/scenarios/passes.toml");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!((output.status.code(), text.lines().last()), (Some(0), Some("3 passed, 0 failed")), "{text}");
}

#[test]
fn a_failure_says_what_was_expected_and_why_it_is_otherwise() {
    let output = run("tests/scenarios/fails.toml");
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}
