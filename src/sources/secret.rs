//! Secrets, resolved at the moment of use from where the configuration says they are. They live in types that do
//! not print, and no error text holds more than the place they should be at.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::process::Command;

use super::error::SourceError;
use super::settings::SecretRef;
use crate::domain::clean::clean_line;

/// How long a command may take, a pass phrase typed into an agent included.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// The most bytes of a secret file or a command's output that are looked at.
const MOST_BYTES: usize = 64 * 1024;

/// The secret that a reference leads to, without trailing line end.
///
/// # Errors
/// [`SourceError::Secret`], which names the place and never the content.
pub async fn resolve(reference: &SecretRef) -> Result<SecretString, SourceError> {
    let fail = |why: String| SourceError::Secret { place: place(reference), why };
    let text = match reference {
        SecretRef::Env(name) => std::env::var(name).map_err(|error| {
            fail(match error {
                std::env::VarError::NotPresent => "the variable is not set".to_owned(),
                std::env::VarError::NotUnicode(_) => "it is not valid UTF-8".to_owned(),
            })
        })?,
        SecretRef::File(path) => read_private(path).map_err(fail)?,
        SecretRef::Command(words) => run(words).await.map_err(fail)?,
    };
    let secret = text.lines().next().unwrap_or_default().trim_end_matches('\r');
    if secret.is_empty() {
        return Err(fail("it is empty".to_owned()));
    }
    Ok(SecretString::from(secret))
}

/// The content of a file that only its owner can read.
///
/// # Errors
/// What is wrong with it, for an operator.
pub fn read_private(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let meta = file.metadata().map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("it is not a file".to_owned());
    }
    refuse_shared(&meta)?;
    let mut text = String::new();
    let mut limited = std::io::Read::take(file, MOST_BYTES as u64);
    std::io::Read::read_to_string(&mut limited, &mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

#[cfg(unix)]
fn refuse_shared(meta: &std::fs::Metadata) -> Result<(), String> {
    const OTHERS: u32 = 0o077;
    let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(format!("others can read or change it (mode {mode:04o}); run chmod 600 on it"))
}

#[cfg(not(unix))]
fn refuse_shared(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

async fn run(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_LIMIT, child)
        .await
        .map_err(|_| format!("the command did not end within {} s", COMMAND_LIMIT.as_secs()))?
        .map_err(|error| format!("the command can't be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("the command ended with {}", output.status));
    }
    let bytes = &output.stdout[..output.stdout.len().min(MOST_BYTES)];
    String::from_utf8(bytes.to_vec()).map_err(|_| "the command's output is not valid UTF-8".to_owned())
}

/// Where a secret is, for people. Of a command only the program: its arguments may say too much.
fn place(reference: &SecretRef) -> String {
    let place = match reference {
        SecretRef::Env(name) => format!("in the environment variable {name}"),
        SecretRef::File(path) => format!("in the file {}", path.display()),
        SecretRef::Command(words) => format!("from the command {}", words.first().map_or("", String::as_str)),
    };
    clean_line(&place, 300).into_owned()
}
