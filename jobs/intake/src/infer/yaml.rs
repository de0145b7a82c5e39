//! Writes YAML with comments, as people write pages: short things in one line.

use super::sample::Set;

/// Lines of YAML.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
}

impl Lines {
    /// Adds a comment of its own.
    pub(super) fn comment(&mut self, level: usize, text: &str) {
        self.line(level, &format!("# {}", in_one_line(text)));
    }

    /// Adds a key under which others stand.
    pub(super) fn open(&mut self, level: usize, key: &str) {
        self.line(level, &format!("{}:", plain_key(key)));
    }

    /// Adds a key and its value, with comments behind it.
    pub(super) fn entry(&mut self, level: usize, key: &str, value: &Set, comments: &[String]) {
        let comment =
            if comments.is_empty() { String::new() } else { format!("  # {}", in_one_line(&comments.join("; "))) };
        self.line(level, &format!("{}: {}{comment}", plain_key(key), flow(value)));
    }

    fn line(&mut self, level: usize, text: &str) {
        self.text.push_str(&"  ".repeat(level));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Returns the text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Returns a text without line ends and control characters, as comments must be.
fn in_one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns a value in one line.
fn flow(value: &Set) -> String {
    match value {
        Set::Word(word) => word.clone(),
        Set::Text(text) => scalar(text),
        Set::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Set::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Set::Map(entries) => {
            let inner = entries.iter().map(|(key, value)| format!("{}: {}", plain_key(key), flow(value)));
            format!("{{ {} }}", inner.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns a key as it is, or in quotes where YAML would read it as something else.
fn plain_key(key: &str) -> String {
    scalar(key)
}

/// Returns a text as it is, or in quotes where YAML would read it as something else.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '_' | '-' | '.' | '/'))
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !is_word_of_yaml(text);
    if is_plain { text.to_owned() } else { quoted(text) }
}

fn is_word_of_yaml(text: &str) -> bool {
    let lower = text.to_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "off" | "null" | "y" | "n")
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
