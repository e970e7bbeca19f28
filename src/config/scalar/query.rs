//! Conditions, patterns and addresses.

use toml::de::DeValue;
use url::Url;

use super::{Fault, text};
use crate::domain::map::{Bound, Comparison};
use crate::domain::matcher::Pattern;

/// A condition on a sample: `< 1`.
pub(in super::super) fn bound(value: &DeValue<'_>) -> Result<Bound, Fault> {
    let text = text(value)?.trim();
    let operators = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    operators
        .into_iter()
        .find_map(|(sign, op)| text.strip_prefix(sign).map(|number| (op, number)))
        .and_then(|(op, number)| Some(Bound { op, value: number.trim().parse().ok().filter(|n: &f64| n.is_finite())? }))
        .ok_or_else(|| {
            Fault::new(format!("`{text}` is no condition"), "one of < <= > >= == != and a number, such as \"< 1\"")
        })
}

/// A label's value in a matcher.
pub(in super::super) fn pattern(value: &DeValue<'_>) -> Result<Pattern, Fault> {
    let text = value.as_str().ok_or_else(|| Fault { message: "expected a text".into(), hint: None })?;
    Pattern::parse(text).map_err(|error| {
        let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Fault::new(
            format!("`{text}` is no regular expression: {last}"),
            "without slashes the text is compared as it is",
        )
    })
}

/// The address of a server.
pub(in super::super) fn address(value: &DeValue<'_>) -> Result<Url, Fault> {
    let text = text(value)?;
    let url = Url::parse(text).map_err(|error| {
        Fault::new(
            format!("this is no address: {error}"),
            "with scheme and host, such as \"https://prometheus.example\"",
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Fault::new(
            format!("`{}` is not spoken here", url.scheme()),
            "an address with https:// or http://",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::new("an address holds no user and no password", "say them with auth = { basic = { … } }"));
    }
    Ok(url)
}

/// A place in an answer, as one of the readers of `http-json` takes it.
pub(in super::super) fn place(value: &DeValue<'_>, read: impl Fn(&str) -> Result<(), String>) -> Result<(), Fault> {
    read(text(value)?).map_err(|message| Fault { message, hint: None })
}
