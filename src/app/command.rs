//! The one table of the command line: what can be typed after `:`, with its argument.
//!
//! Actions need no row here: each can be typed by its name. A row is for what needs an argument, and stands in place of
//! an action of the same name. To add one: a row, and a function from model and argument to what must be done outside.

use super::list::List;
use super::message::Effect;
use super::model::Model;
use super::place::{Place, Screen};
use super::rows::sort;
use super::{filter, navigate, past, things};
use crate::domain::id::SourceName;

/// What came of a command: what must be done outside, or what is wrong with its argument, for the operator.
pub type Outcome = Result<Vec<Effect>, String>;

/// A command of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What is typed.
    pub name: &'static str,
    /// What stands after it, in capitals.
    pub argument: &'static str,
    /// What it does.
    pub title: &'static str,
    /// What may stand after it.
    pub choices: Choices,
    /// Shows what it would do while an argument is chosen; whoever leaves gets back the theme that was on.
    pub preview: fn(&mut Model, &str),
    /// Does it, with what stands after it, trimmed; empty where nothing does.
    pub run: fn(&mut Model, &str) -> Outcome,
}

/// What may stand after a command.
#[derive(Clone, Copy, Debug)]
pub enum Choices {
    /// Anything; the offers are examples.
    Any(&'static [Choice<&'static str>]),
    /// One of these.
    Of(fn(&Model) -> Vec<Choice<String>>),
    /// Anything that can be gone to: screens, nodes, sources, tickets, objectives, spend.
    Things,
}

/// One argument that may stand after a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice<T> {
    /// What is typed.
    pub text: T,
    /// What it is.
    pub note: T,
}

const fn nothing(_: &mut Model, _: &str) {}

/// All commands, in the order they are offered.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "go",
        argument: "THING",
        title: "go to a screen, node, source, ticket or objective",
        choices: Choices::Things,
        preview: nothing,
        run: go,
    },
    Command {
        name: "screen",
        argument: "NAME",
        title: "go to a screen",
        choices: Choices::Of(screens),
        preview: nothing,
        run: screen,
    },
    Command {
        name: "sort",
        argument: "ORDER",
        title: "give the list another order",
        choices: Choices::Of(orders),
        preview: nothing,
        run: order,
    },
    Command {
        name: "filter",
        argument: "WORDS",
        title: "filter lists",
        choices: Choices::Any(filter::EXAMPLES),
        preview: nothing,
        run: filtered,
    },
    Command {
        name: "theme",
        argument: "NAME",
        title: "choose the theme, seen while choosing",
        choices: Choices::Of(themes),
        preview: |model, name| {
            let _ = theme(model, name);
        },
        run: theme,
    },
    Command {
        name: "at",
        argument: "INSTANT",
        title: "the company as it stood at an instant",
        choices: Choices::Any(past::when::EXAMPLES),
        preview: nothing,
        run: past::at,
    },
    Command {
        name: "poll",
        argument: "SOURCE",
        title: "ask a source now",
        choices: Choices::Of(sources),
        preview: nothing,
        run: poll,
    },
];

/// A command by its name.
pub fn named(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn go(model: &mut Model, thing: &str) -> Outcome {
    let place = things::named(model, thing).ok_or_else(|| format!("nothing is called {thing:?}"))?;
    Ok(navigate::go_to(model, place))
}

fn screens(_: &Model) -> Vec<Choice<String>> {
    Screen::ALL.iter().map(|screen| Choice { text: screen.title().to_lowercase(), note: String::new() }).collect()
}

fn screen(model: &mut Model, name: &str) -> Outcome {
    let screen = Screen::ALL.into_iter().find(|screen| screen.title().eq_ignore_ascii_case(name));
    let screen = screen.ok_or_else(|| format!("there is no screen {name:?}"))?;
    Ok(navigate::go_to(model, Place::Screen(screen)))
}

fn orders(model: &Model) -> Vec<Choice<String>> {
    let now = model.here().list().sort;
    let note = |at: usize| if at == now { "the order it has" } else { "" }.to_owned();
    let orders = sort::of(model.here().pane()).iter().enumerate();
    orders.map(|(at, order)| Choice { text: order.title().to_owned(), note: note(at) }).collect()
}

fn order(model: &mut Model, name: &str) -> Outcome {
    let orders = sort::of(model.here().pane());
    let at = orders.iter().position(|order| order.title() == name);
    let at = at.ok_or_else(|| match orders {
        [] => "this list has one order".to_owned(),
        _ => format!("this list has no order {name:?}"),
    })?;
    Ok(navigate::sort_by(model, at))
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all commands of the table")]
fn filtered(model: &mut Model, words: &str) -> Outcome {
    let filter = filter::Filter::parse(words);
    model.past_filters.keep(words);
    model.filter = filter;
    model.touched = None;
    model.here_mut().lists.iter_mut().for_each(List::choose);
    model.refresh();
    Ok(Vec::new())
}

fn themes(model: &Model) -> Vec<Choice<String>> {
    let on = model.theme_name();
    let note = |name: &String| if name == on { "the theme that is on" } else { "" }.to_owned();
    model.themes.iter().map(|name| Choice { text: name.clone(), note: note(name) }).collect()
}

fn theme(model: &mut Model, name: &str) -> Outcome {
    let at = model.themes.iter().position(|known| known == name);
    model.theme = at.ok_or_else(|| format!("there is no theme {name:?}"))?;
    Ok(Vec::new())
}

fn sources(model: &Model) -> Vec<Choice<String>> {
    let sources = model.world.sources.iter();
    let choice = |name: &SourceName, note: &str| Choice { text: name.to_string(), note: note.to_owned() };
    sources.map(|source| choice(&source.name, source.freshness.word())).collect()
}

fn poll(model: &mut Model, name: &str) -> Outcome {
    let source = model.world.sources.iter().find(|source| source.name.as_str() == name);
    let source = source.map(|source| source.name.clone()).ok_or_else(|| format!("there is no source {name:?}"))?;
    model.say(format!("asking {source}"));
    Ok(vec![Effect::Poll(Some(source))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_words() {
        let mut names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        assert!(names.iter().all(|name| !name.contains(char::is_whitespace)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
    }
}
