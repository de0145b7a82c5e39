//! Reads the text of a call.

use serde_json::Value;

use super::{Argument, Call, FUNCTIONS};
use crate::path::Path;

/// The deepest nesting of calls that is read. Source: AWS documents a maximum of 10.
const MAX_DEPTH: usize = 10;

pub(super) fn call(text: &str) -> Result<Call, String> {
    let (call, rest) = nested(text.trim(), 0)?;
    if rest.trim().is_empty() { Ok(call) } else { Err(format!("unexpected text after the call: '{}'", rest.trim())) }
}

fn nested(text: &str, depth: usize) -> Result<(Call, &str), String> {
    if depth >= MAX_DEPTH {
        return Err(format!("calls may be nested {MAX_DEPTH} deep at most"));
    }
    let (name, after) = text.split_once('(').ok_or_else(|| "'(' was expected".to_owned())?;
    let (_, function, fewest, most) = FUNCTIONS
        .into_iter()
        .find(|(known, ..)| *known == name.trim())
        .ok_or_else(|| format!("there is no intrinsic function '{}'", name.trim()))?;
    let (arguments, rest) = arguments(after, depth)?;
    if !(fewest..=most).contains(&arguments.len()) {
        return Err(format!("{} was given {} argument(s)", name.trim(), arguments.len()));
    }
    let own = text.strip_suffix(rest).unwrap_or(text).to_owned();
    Ok((Call { text: own, function, arguments }, rest))
}

fn arguments(text: &str, depth: usize) -> Result<(Vec<Argument>, &str), String> {
    let mut arguments = Vec::new();
    let mut rest = text.trim_start();
    if let Some(rest) = rest.strip_prefix(')') {
        return Ok((arguments, rest));
    }
    loop {
        let (argument, after) = argument(rest, depth)?;
        arguments.push(argument);
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            return Ok((arguments, after));
        }
        rest = rest.strip_prefix(',').ok_or_else(|| "',' or ')' was expected".to_owned())?.trim_start();
    }
}

fn argument(text: &str, depth: usize) -> Result<(Argument, &str), String> {
    if let Some(after) = text.strip_prefix('\'') {
        let (raw, rest) = quoted(after)?;
        return Ok((Argument::Text(raw), rest));
    }
    if text.starts_with('$') {
        let end = path_end(text);
        let (path, rest) = text.split_at_checked(end).ok_or_else(|| "a path was expected".to_owned())?;
        let path = Path::parse(path.trim_end()).map_err(|error| error.to_string())?;
        return Ok((Argument::Path(path), rest));
    }
    if text.starts_with("States.") {
        let (call, rest) = nested(text, depth + 1)?;
        return Ok((Argument::Call(call), rest));
    }
    let end = text.find([',', ')']).ok_or_else(|| "')' was expected".to_owned())?;
    let (word, rest) = text.split_at_checked(end).ok_or_else(|| "an argument was expected".to_owned())?;
    match serde_json::from_str(word.trim()) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => Ok((Argument::Literal(value), rest)),
        _ => Err(format!("'{}' is no path, call, quoted text, number, true, false or null", word.trim())),
    }
}

/// Reads up to the closing quote and keeps the escapes; returns what follows the quote too.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut chars = text.chars();
    let mut raw = String::new();
    loop {
        match chars.next() {
            Some('\'') => return Ok((raw, chars.as_str())),
            Some('\\') => {
                raw.push('\\');
                raw.extend(chars.next());
            }
            Some(letter) => raw.push(letter),
            None => return Err("a quoted text does not end".to_owned()),
        }
    }
}

/// Returns where a path among arguments ends: at the first comma or closing parenthesis outside its own brackets and quotes.
fn path_end(text: &str) -> usize {
    let (mut brackets, mut parentheses, mut quote) = (0_usize, 0_usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if brackets > 0 => quote = Some(letter),
            (None, '[') => brackets += 1,
            (None, ']') => brackets = brackets.saturating_sub(1),
            (None, '(') => parentheses += 1,
            (None, ')') if parentheses > 0 => parentheses -= 1,
            (None, ',' | ')') if brackets == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_of_every_kind_are_read() {
        let read = call("States.Array( $.a['x,)'] , 'it\\'s', -1.5, null, States.UUID() )").unwrap();
        assert_eq!(read.arguments.len(), 5);
        assert!(matches!(&read.arguments[0], Argument::Path(path) if path.text() == "$.a['x,)']"));
        assert!(matches!(&read.arguments[4], Argument::Call(inner) if inner.text() == "States.UUID()"));
    }

    #[test]
    fn mistakes_are_told() {
        for wrong in [
            "States.Nothing()",
            "States.UUID",
            "States.UUID(1)",
            "States.MathAdd(1)",
            "States.Array('x)",
            "States.Array(x)",
            "States.Array(1) 2",
            "States.Array(1",
            "States.Array($.a[)",
        ] {
            assert!(call(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}{}", "States.Array(".repeat(11), ")".repeat(11));
        assert!(call(&deep).unwrap_err().contains("10 deep"));
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "(States\\.(Array|Format|UUID))?[($.a,'\\\\{})\\[\\]0-9 -]{0,30}") {
            drop(call(&text));
        }
    }
}
