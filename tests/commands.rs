//! Commands that print what is made from the command line's own definition, and the first configuration.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use bsmtop::app::action::ACTIONS;
use bsmtop::app::command::COMMANDS;
use bsmtop::demo;
use bsmtop::runtime::clock;

fn bsmtop(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bsmtop"));
    command.args(arguments).env_remove("BSMTOP_CONFIG").stdin(Stdio::null()).output().expect("the program starts")
}

fn printed(arguments: &[&str]) -> String {
    let output = bsmtop(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_manual_page_has_every_command_and_every_key() {
    let page = printed(&["man"]).replace("\\-", "-");
    for command in ["demo", "init", "check", "status", "eval", "test", "keys", "schema", "completions", "man"] {
        assert!(page.contains(&format!("bsmtop-{command}(1)")), "{command} is not in\n{page}");
        assert!(printed(&["man", command]).contains(".SH SYNOPSIS"));
    }
    for action in ACTIONS {
        assert!(page.contains(action.title), "{} is not in\n{page}", action.name);
    }
    for command in COMMANDS {
        assert!(
            page.contains(&format!(":{} {}", command.name, command.argument)),
            "{} is not in\n{page}",
            command.name
        );
    }
    assert!(!bsmtop(&["man", "nonsense"]).status.success());
}

#[test]
fn shells_get_their_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(printed(&["completions", shell]).contains("facts"), "{shell}");
    }
}

#[test]
fn init_writes_nothing_where_something_is_or_nobody_answers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| folder.path().join(name).display().to_string();
    // Nothing listens on port 1.
    let refused = bsmtop(&["init", "--config", &at("new"), "--prometheus", "http://127.0.0.1:1"]);
    assert!(!refused.status.success() && !Path::new(&at("new")).exists());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was written"));

    std::fs::create_dir(at("mine")).expect("a folder can be made");
    std::fs::write(at("mine/config.toml"), "# mine\n").expect("a file can be written");
    let refused = bsmtop(&["init", "--config", &at("mine"), "--prometheus", "http://127.0.0.1:1"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("already there"));
    assert_eq!(std::fs::read_to_string(at("mine/config.toml")).expect("it is still there"), "# mine\n");

    let nobody = bsmtop(&["init", "--config", &at("other")]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("--prometheus URL"));
}

#[test]
fn init_draws_a_map_of_the_embedded_company_that_holds() {
    let network = tokio::runtime::Runtime::new().expect("threads can be started");
    let company = network.block_on(demo::start(demo::Options::default(), clock::now)).expect("loopback is up");
    let prometheus = company.url("prom-edge").expect("it has one");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let config = folder.path().join("first").display().to_string();
    let said = printed(&["init", "--config", &config, "--prometheus", &prometheus]);
    assert!(said.contains("proposed"), "{said}");
    assert!(printed(&["check", "--config", &config]).starts_with("ok: "));
    let map = std::fs::read_to_string(Path::new(&config).join("map/first.toml")).expect("it was written");
    assert!(map.contains("[[service]]") && map.contains("# value"), "{map}");
}
