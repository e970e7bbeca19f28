//! The text of a remark that an operator leaves in a monitoring system: what was typed, and what it points at.

use crate::domain::write::Intent;

/// What was typed, or else `fallback`, and a reference each line after it.
pub fn text(intent: &Intent, fallback: &str) -> String {
    let typed = intent.text.trim();
    let mut lines: Vec<String> = Vec::new();
    if !typed.is_empty() || intent.references.is_empty() {
        lines.push(if typed.is_empty() { fallback } else { typed }.to_owned());
    }
    for reference in &intent.references {
        let parts = [&*reference.id, &*reference.title, reference.link.as_deref().unwrap_or_default()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        lines.push(parts.join(" "));
    }
    lines.join("\n")
}

/// The same in one line, for systems whose commands end with one.
pub fn line(intent: &Intent, fallback: &str) -> String {
    text(intent, fallback).split_whitespace().collect::<Vec<_>>().join(" ")
}
