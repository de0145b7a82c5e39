//! What was seen of a file: columns with their values, some rows of each.

use carelake_records::Kind;

/// What was seen of a file, and how it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// How it is written, as a page says it: settings, in order.
    pub format: Vec<Setting>,
    /// Its parts: one, or several members, sheets, record types, lists or resources.
    pub parts: Vec<Part>,
    /// Where the file itself tells the delivery date: a source, and its format.
    pub declared: Option<(String, String)>,
    /// What was noticed about the whole.
    pub doubts: Vec<String>,
}

/// One setting of the format.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: Set,
    /// What is to be known about it.
    pub comment: Option<String>,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Set {
    /// A text.
    Text(String),
    /// A number or a word that is not quoted.
    Word(String),
    /// Several settings.
    Map(Vec<(String, Set)>),
    /// Several values.
    List(Vec<Set>),
}

impl Setting {
    /// Returns a setting with a text.
    pub(super) fn text(key: &'static str, value: impl Into<String>) -> Self {
        Self { key, value: Set::Text(value.into()), comment: None }
    }

    /// Returns a setting with a number or a word.
    pub(super) fn word(key: &'static str, value: impl ToString) -> Self {
        Self { key, value: Set::Word(value.to_string()), comment: None }
    }

    /// Adds a comment.
    pub(super) fn noted(self, comment: Option<String>) -> Self {
        Self { comment, ..self }
    }
}

/// Rows of one shape.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// The member of an archive or the sheet of a workbook.
    pub name: Option<String>,
    /// Which records: the field, and what it is.
    pub select: Option<(String, String)>,
    /// The nested list whose items are the rows.
    pub each: Option<String>,
    /// The part of which each row has such a list.
    pub parent: Option<usize>,
    /// A field of the first line, and the name in it, where that line is none of the rows and the format does not say so.
    pub head: Option<(String, String)>,
    /// What a record is called in the file, if it says so.
    pub called: Option<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows that were seen.
    pub rows: usize,
}

/// One column, with the values of the rows that were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// How a page names it.
    pub source: String,
    /// What it is called; empty where nothing in the file says it.
    pub label: String,
    /// Whether some rows have several values.
    pub is_list: bool,
    /// A value a row.
    pub cells: Vec<Seen>,
}

/// One value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// What it is in its format.
    pub kind: Kind,
    /// Its text, trimmed.
    pub text: String,
    /// The values of a list.
    pub items: Vec<String>,
}

impl Seen {
    /// Takes a text as it stands; an empty one is nothing.
    pub(super) fn text(text: &str) -> Self {
        Self::of(Kind::Text, text)
    }

    /// Takes a text of a kind.
    pub(super) fn of(kind: Kind, text: &str) -> Self {
        let text = text.replace(['\u{200b}', '\u{feff}'], "");
        let text = text.trim();
        if text.is_empty() { Self::default() } else { Self { kind, text: text.to_owned(), items: Vec::new() } }
    }

    /// Takes several values.
    pub(super) fn list(items: Vec<String>) -> Self {
        if items.is_empty() { Self::default() } else { Self { kind: Kind::List, text: String::new(), items } }
    }
}

impl Column {
    /// Returns a column without values.
    pub(super) fn new(source: impl Into<String>, label: impl Into<String>) -> Self {
        Self { source: source.into(), label: label.into(), ..Self::default() }
    }

    /// Returns the texts that are something; of lists, each value.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().flat_map(|cell| {
            let own = (!cell.text.is_empty()).then_some(cell.text.as_str());
            own.into_iter().chain(cell.items.iter().map(String::as_str))
        })
    }
}
