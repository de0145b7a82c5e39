//! Writes a tree as YAML. Comments are not in the tree, so they are not in the text either.

use super::tree::{Entry, Node, Value};

/// Returns the text of a tree, which reads as the same tree; a plain text of several paragraphs comes back in quotes.
///
/// ```
/// use carelake_core::config::reader::{Mistakes, parse, to_yaml};
/// let tree = parse("a: {b: [1, '2'], c: } # words", &mut Mistakes::default()).unwrap();
/// assert_eq!(to_yaml(&tree), "a:\n  b:\n    - 1\n    - \"2\"\n  c: ~\n");
/// ```
#[must_use]
pub fn to_yaml(root: &Node) -> String {
    let mut text = String::new();
    write(&root.value, 0, &mut text);
    text
}

/// Writes a value whose lines are indented by so many levels.
fn write(value: &Value, level: usize, text: &mut String) {
    let indent = "  ".repeat(level);
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for Entry { key, value, .. } in entries {
                text.push_str(&format!("{indent}{}:", written_key(key)));
                write_inner(&value.value, level, text);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                write_inner(&item.value, level, text);
            }
        }
        plain => text.push_str(&format!("{indent}{}\n", in_line(plain))),
    }
}

/// Writes a value after its key or its dash: in the same line when it is no map or list, or one without anything in it.
fn write_inner(value: &Value, level: usize, text: &mut String) {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            text.push('\n');
            write(value, level + 1, text);
        }
        Value::List(items) if !items.is_empty() => {
            text.push('\n');
            write(value, level + 1, text);
        }
        plain => text.push_str(&format!(" {}\n", in_line(plain))),
    }
}

fn in_line(value: &Value) -> String {
    match value {
        Value::Nothing => "~".to_owned(),
        Value::Text { text, quoted: false } if !text.contains('\n') => text.clone(),
        Value::Text { text, .. } => quoted(text),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
    }
}

/// Returns a text in double quotes: what JSON escapes, YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn written_key(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !key.is_empty() && key.chars().all(is_plain) { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::reader::{Mistakes, parse};

    /// Returns a tree without its places.
    fn shape(value: &Value) -> String {
        match value {
            Value::Map(entries) => {
                entries.iter().map(|entry| format!("{:?}={},", entry.key, shape(&entry.value.value))).collect()
            }
            Value::List(items) => items.iter().map(|item| format!("[{}]", shape(&item.value))).collect(),
            plain => format!("{plain:?}"),
        }
    }

    #[test]
    fn what_is_written_reads_as_the_same_tree() {
        for text in [
            include_str!("../../../../../pipeline_config.yaml"),
            "a: 'it''s'\nb: \"tab\\t, \\u0001, é, \\\"\"\nc: ['1', 1, null, 'null', ~, '']",
            "a: {b: {}, c: [], d: [[1], [{e: f, g: h}], []]}",
            "'a b': 1\n'x_{1..3}': [a]\n'#': x\n'': y\n",
            "a: |\n  one\n  two\nb: >\n  three\n  four\nc: five\n  six",
            "a: a#b\nb: c - d\nc: '# e'\nd: f:g\ne: -1\nf: s3://bucket/prefix",
            "- a\n- - b\n  - c\n- d: e\n  f: g",
            "just text",
        ] {
            let mut mistakes = Mistakes::default();
            let tree = parse(text, &mut mistakes).unwrap();
            let again = to_yaml(&tree);
            let read = parse(&again, &mut mistakes).unwrap();
            assert_eq!(shape(&tree.value), shape(&read.value), "{again}");
            assert!(mistakes.into_problems().is_empty());
        }
    }
}
