//! Says in AWS's words why a text is no JSON.

use crate::problem::{NOT_JSON, Problem};

/// Returns the problem of a text that serde_json refused.
pub(super) fn problem(text: &str, error: &serde_json::Error) -> Problem {
    let (what, line, column) = unrecognised(text).unwrap_or_else(|| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        (reason, error.line(), error.column())
    });
    // AWS's JSON library quotes the start of the source, at most 500 characters of it.
    let quoted: String = text.chars().take(500).collect();
    let location = format!("[Source: (String)\"{quoted}\"; line: {line}, column: {column}]");
    Problem {
        state: None,
        line: Some(line),
        code: NOT_JSON,
        message: format!("{what}\n at {location}"),
        location: Some(location),
    }
}

/// Finds a bare word where the text should start with a value; AWS reports the column after the word.
fn unrecognised(text: &str) -> Option<(String, usize, usize)> {
    let start = text.trim_start();
    let before = text.strip_suffix(start)?;
    let word: String = start.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let bare =
        word.starts_with(|letter: char| letter.is_alphabetic()) && !matches!(word.as_str(), "null" | "true" | "false");
    bare.then(|| {
        let line = before.matches('\n').count() + 1;
        let indent = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let what = format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        );
        (what, line, indent + word.chars().count() + 1)
    })
}
