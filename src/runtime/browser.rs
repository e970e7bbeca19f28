//! Opening an address in the operator's browser: a program of its own, without a shell, detached from the terminal.

use std::io;
use std::process::{Child, Command, Stdio};

use crate::app::write::is_web;

/// Starts the browser on an address; says why where there is none.
///
/// # Errors
/// For the operator: no display, no program, or no web address.
pub(super) fn open(address: &str) -> Result<(), String> {
    if !is_web(address) {
        return Err("only http and https addresses are opened".to_owned());
    }
    let programs = programs(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    let mut why = String::new();
    for (program, arguments) in programs {
        match start(&program, &arguments, address) {
            Ok(child) => {
                reap(child);
                return Ok(());
            }
            Err(error) => why = format!("{program} can't be started: {error}"),
        }
    }
    Err(why)
}

/// The programs to try, in order, each with its first arguments.
fn programs(variable: impl Fn(&str) -> Option<String>) -> Result<Vec<(String, Vec<String>)>, String> {
    // Several, with colons between, and words; a place for the address in the middle is more than we promise.
    let own = variable("BROWSER").filter(|browser| !browser.contains('%'));
    let mut programs: Vec<(String, Vec<String>)> = Vec::new();
    for command in own.iter().flat_map(|browser| browser.split(':')) {
        let mut words = command.split_whitespace().map(str::to_owned);
        programs.extend(words.next().map(|program| (program, words.collect())));
    }
    let plain = |name: &str| (name.to_owned(), Vec::new());
    if cfg!(target_os = "macos") {
        programs.push(plain("open"));
    } else if cfg!(windows) {
        programs.push(plain("explorer"));
    } else if variable("WSL_DISTRO_NAME").is_some() {
        programs.extend([plain("wslview"), plain("explorer.exe")]);
    } else if variable("DISPLAY").is_some() || variable("WAYLAND_DISPLAY").is_some() {
        programs.push(plain("xdg-open"));
    }
    if programs.is_empty() {
        return Err("there is no display here to open a browser on: this is the link".to_owned());
    }
    Ok(programs)
}

fn start(program: &str, arguments: &[String], address: &str) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own: Ctrl-Z and the end of the terminal are not the browser's.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

/// Waits for the end of a child that nobody asks about, so that no dead one stays.
fn reap(mut child: Child) {
    let waiting = std::thread::Builder::new().name("browser".into());
    if let Err(error) = waiting.spawn(move || child.wait()) {
        tracing::debug!(%error, "nobody waits for the browser");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        programs(find).map(|programs| programs.into_iter().map(|(program, _)| program).collect())
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_way_to_a_browser_is_that_of_the_place() {
        assert_eq!(names(&[("DISPLAY", ":0")]), Ok(vec!["xdg-open".to_owned()]));
        assert_eq!(names(&[("WSL_DISTRO_NAME", "Debian")]).map(|names| names[0].clone()), Ok("wslview".to_owned()));
        assert_eq!(
            names(&[("BROWSER", "lynx -x:w3m"), ("WAYLAND_DISPLAY", "w")]),
            Ok(vec!["lynx".to_owned(), "w3m".to_owned(), "xdg-open".to_owned()])
        );
        assert!(names(&[]).is_err_and(|why| why.contains("no display")));
    }

    #[test]
    fn only_web_addresses_reach_a_program() {
        for address in ["file:///etc/passwd", "javascript:alert(1)", "https://a b", "-o", "https://a\u{1b}"] {
            assert!(open(address).is_err_and(|why| why.contains("only http")), "{address}");
        }
    }
}
