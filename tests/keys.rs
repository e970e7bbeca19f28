//! The README's table of keys is the action table.

use std::fmt::Write as _;

use bsmtop::app::action::{ACTIONS, Context};

/// The action table as Markdown: one row an action, in the order of the help.
fn table() -> String {
    let mut table = "| where | key | what it does |\n|---|---|---|\n".to_owned();
    for context in Context::ALL {
        for action in ACTIONS.iter().filter(|action| action.context == context) {
            let keys = action.keys.iter().map(|key| format!("`{key}`"));
            let keys: Vec<String> =
                if action.keys.is_empty() { vec![format!("`:{}`", action.name)] } else { keys.collect() };
            let place = context.title().to_lowercase();
            writeln!(table, "| {place} | {} | {} |", keys.join(" "), action.title).expect("a string takes all text");
        }
    }
    table
}

#[test]
fn the_readme_has_the_keys_of_the_action_table() {
    let readme = include_str!("../README.md");
    let (opening, closing) = ("<!-- keys: equal to the action table -->\n", "<!-- /keys -->");
    let (_, rest) = readme.split_once(opening).expect("the README marks where the table of keys begins");
    let (shown, _) = rest.split_once(closing).expect("the README marks where the table of keys ends");
    let wanted = table();
    assert!(shown == wanted, "the README's table of keys is not the action table; put this in its place:\n\n{wanted}");
}

#[test]
fn what_the_readme_says_of_writing_has_the_keys_of_the_action_table() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("\n## Writing\n").expect("the README has a section on writing");
    let section = rest.split("\n## ").next().unwrap_or_default();
    let key = |name: &str| {
        let action = ACTIONS.iter().find(|action| action.name == name).unwrap_or_else(|| panic!("no action {name}"));
        *action.keys.first().unwrap_or_else(|| panic!("{name} has no key"))
    };
    let actions = [
        ("acknowledge", "acknowledges"),
        ("silence", "silences"),
        ("comment", "comments"),
        ("ticket", "opens a ticket"),
        ("link", "has a ticket point"),
    ];
    let mut header = "| `type` |".to_owned();
    for (name, does) in actions {
        let wanted = format!("`{}` {does}", key(name));
        assert!(section.replace('\n', " ").contains(&wanted), "the section on writing does not say {wanted}");
        write!(header, " `{}` |", key(name)).expect("a string takes all text");
    }
    assert!(section.contains(&header), "the table of what can be written does not begin with {header}");
}
