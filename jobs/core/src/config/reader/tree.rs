//! YAML as a tree of nodes that know where they stand.
//!
//! Made from the parser's events rather than its ready-made nodes, because those stop at the first duplicate key and
//! turn text into numbers. Anchors, aliases and tags are refused: a file an operator edits should say what it means.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::mistakes::Mistakes;

/// The deepest nesting that is read; the configuration itself needs 6.
const MAX_DEPTH: usize = 32;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where the value starts.
    pub at: Place,
    /// What the value is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value, as in `key:`.
    Nothing,
    /// Text.
    Text {
        /// As it stands in the file.
        text: String,
        /// Whether it was quoted.
        quoted: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in file order; keys may repeat.
    Map(Vec<Entry>),
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key starts.
    pub at: Place,
    /// The value.
    pub value: Node,
}

/// A file, and a line and a column in it, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the files of the configuration: 0 is the one that was named, the others are those it includes.
    pub file: usize,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    fn of(marker: Marker, file: usize) -> Self {
        Self { file, line: marker.line().max(1), column: marker.col() + 1 }
    }
}

/// A list or map that is not closed yet.
struct Open {
    at: Place,
    items: Vec<Node>,
    is_map: bool,
}

impl Open {
    /// Makes the node, pairing keys and values for a map.
    fn close(self, mistakes: &mut Mistakes) -> Node {
        if !self.is_map {
            return Node { at: self.at, value: Value::List(self.items) };
        }
        let mut entries = Vec::with_capacity(self.items.len() / 2);
        let mut items = self.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            match key.value {
                Value::Text { text, .. } => entries.push(Entry { key: text, at: key.at, value }),
                _ => mistakes.at_place(key.at, "", "a key must be text".to_owned()),
            }
        }
        Node { at: self.at, value: Value::Map(entries) }
    }
}

/// Reads one YAML document. Answers `None` when the text is not YAML or is empty, with the reason reported.
pub fn parse(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    parse_file(text, 0, mistakes)
}

/// Reads the YAML document of one of the files of a configuration.
pub fn parse_file(text: &str, file: usize, mistakes: &mut Mistakes) -> Option<Node> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = Place::of(*error.marker(), file);
                let line = text.lines().nth(at.line - 1).map(str::trim_end).filter(|line| !line.is_empty());
                let line = line.map(|line| format!(", in `{}`", line.replace('\t', "\\t"))).unwrap_or_default();
                mistakes.at_place(at, "", format!("not valid YAML: {}{line}", error.info()));
                return None;
            }
        };
        let at = Place::of(span.start, file);
        refuse_references(&event, at, mistakes);
        let done = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == MAX_DEPTH => {
                mistakes.at_place(at, "", format!("nested deeper than {MAX_DEPTH} levels"));
                return None;
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                open.push(Open { at, items: Vec::new(), is_map: matches!(event, Event::MappingStart(..)) });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|node| node.close(mistakes)),
            Event::Scalar(text, style, ..) => Some(Node { at, value: scalar(&text, style) }),
            Event::Alias(_) => Some(Node { at, value: Value::Nothing }),
            Event::DocumentStart(_) if root.is_some() => {
                mistakes.at_place(
                    at,
                    "",
                    "a second document starts here; the configuration is one document".to_owned(),
                );
                return None;
            }
            _ => None,
        };
        let Some(node) = done else { continue };
        match open.last_mut() {
            Some(parent) => parent.items.push(node),
            None => root = Some(node),
        }
    }
    refuse_emptiness(root, file, mistakes)
}

fn refuse_emptiness(root: Option<Node>, file: usize, mistakes: &mut Mistakes) -> Option<Node> {
    let root = root.filter(|node| node.value != Value::Nothing);
    if root.is_none() {
        let message = match file {
            0 => "the file is empty; start from the pipeline_config.yaml that carelake comes with",
            _ => "the file is empty; give it a section, or remove it",
        };
        mistakes.at_place(Place { file, line: 1, column: 1 }, "", message.to_owned());
    }
    root
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~") => Value::Nothing,
        _ => Value::Text { text: text.to_owned(), quoted: style != ScalarStyle::Plain },
    }
}

fn refuse_references(event: &Event<'_>, at: Place, mistakes: &mut Mistakes) {
    let (anchor, tagged) = match event {
        Event::Alias(_) => (1, false),
        Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
            (*anchor, tag.is_some())
        }
        _ => (0, false),
    };
    if anchor > 0 {
        mistakes.at_place(at, "", "anchors and aliases are not read; write the value out".to_owned());
    }
    if tagged {
        mistakes.at_place(at, "", "tags are not read; write the value without one".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        let root = parse(text, &mut mistakes);
        let problems: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
        assert!(root.is_some() || !problems.is_empty(), "a tree or a reason");
        problems
    }

    #[test]
    fn a_text_that_is_no_document_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "1:1: the file is empty; start from the pipeline_config.yaml that carelake comes with"),
            ("# nothing\n\n", "1:1: the file is empty; start from the pipeline_config.yaml that carelake comes with"),
            ("a: [1\nb: 2\n", "2:2: not valid YAML: illegal placement of ':' indicator, in `b: 2`"),
            (
                "a:\n\tb: 1\n",
                "2:2: not valid YAML: tabs disallowed within this context (block indentation), in `\\tb: 1`",
            ),
            (
                "a: 'b\n",
                "1:4: not valid YAML: while scanning a quoted scalar, found unexpected end of stream, in `a: 'b`",
            ),
            ("a: 1\n b: 2\n", "2:3: not valid YAML: mapping values are not allowed in this context, in ` b: 2`"),
            ("a: *x\n", "1:4: not valid YAML: while parsing node, found unknown anchor, in `a: *x`"),
            ("a: 1\n---\nb: 2\n", "2:1: a second document starts here; the configuration is one document"),
            ("a: &x 1\n", "1:4: anchors and aliases are not read; write the value out"),
            ("a: !!int 1\n", "1:4: tags are not read; write the value without one"),
            ("? [a]\n: 1\n", "1:3: a key must be text"),
        ] {
            assert_eq!(problems(text), [expected], "{text:?}");
        }
    }

    #[test]
    fn nesting_is_bounded_in_every_style() {
        for deep in ["[", "- ", "{a: ", "? ", "- - ? "] {
            assert!(!problems(&deep.repeat(20_000)).is_empty(), "{deep}");
        }
    }

    #[test]
    fn text_keeps_its_spelling_and_repeated_keys_are_kept() {
        let root = parse("no: 007\nno: '1.50'\n", &mut Mistakes::default()).map(|node| node.value);
        let Some(Value::Map(entries)) = root else { panic!("a map") };
        let values: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.at.line, entry.value.value)).collect();
        let text = |text: &str, quoted| Value::Text { text: text.to_owned(), quoted };
        assert_eq!(values, [("no".into(), 1, text("007", false)), ("no".into(), 2, text("1.50", true))]);
    }
}
