//! How pages are put together: cells, facts, rows and tables, and where a long list goes on.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::page::{Cell, Fact, Line, Page, Row, Table, To, Tone, View};

/// Rows that a page has of a long list, before it goes on.
pub const PAGE_ROWS: usize = 50;
/// Characters of a name that a page shows.
const NAME_CHARS: usize = 200;

/// Returns a name as it may stand in a line: without control characters, not too long.
#[must_use]
pub fn shown(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { '?' } else { c });
    plain.take(NAME_CHARS).collect()
}

/// Returns a word as a shell reads it as one.
#[must_use]
pub fn typed(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

impl Cell {
    /// Takes words, as they may stand in a line.
    #[must_use]
    pub fn text(words: impl AsRef<str>) -> Self {
        Self::Text(shown(words.as_ref()))
    }

    /// Takes words, if there are any.
    #[must_use]
    pub fn some(words: Option<impl AsRef<str>>) -> Self {
        words.filter(|words| !words.as_ref().is_empty()).map_or(Self::None, Self::text)
    }

    /// Takes a moment, if there is one.
    #[must_use]
    pub fn moment(at: Option<Timestamp>) -> Self {
        at.map_or(Self::None, Self::Moment)
    }

    /// Takes words that lead to another page.
    #[must_use]
    pub fn link(words: impl AsRef<str>, to: To) -> Self {
        Self::Link { text: shown(words.as_ref()), to }
    }
}

impl To {
    /// Leads to an item of a page of a room.
    #[must_use]
    pub fn item(room: &str, page: &str, item: &str) -> Self {
        Self::Page { room: room.to_owned(), page: page.to_owned(), item: Some(item.to_owned()) }
    }
}

impl Fact {
    /// Takes what it is of, and it.
    #[must_use]
    pub fn new(label: &str, cell: Cell) -> Self {
        Self { label: label.to_owned(), cell, tone: Tone::Plain }
    }

    /// Takes what it is of, and how many there are: none is well, and any is to be taken like this.
    #[must_use]
    pub fn none_is_well(label: &str, count: u64, tone: Tone) -> Self {
        Self { label: label.to_owned(), cell: Cell::Count(count), tone: if count > 0 { tone } else { Tone::Good } }
    }
}

impl Row {
    /// Takes a cell for each column.
    #[must_use]
    pub const fn new(cells: Vec<Cell>) -> Self {
        Self { cells, tone: Tone::Plain }
    }

    /// Says how it is to be taken.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Table {
    /// Takes what it is of, its columns and its rows, and what to do next where it has none.
    #[must_use]
    pub fn new(title: &str, columns: &[&str], rows: Vec<Row>, empty: impl Into<String>) -> Self {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Self { title: title.to_owned(), columns, rows, empty: empty.into(), next: None }
    }

    /// Says where it goes on.
    #[must_use]
    pub fn going_on(self, next: Option<BTreeMap<String, String>>) -> Self {
        Self { next, ..self }
    }
}

impl Line {
    /// Takes what it is of, and its points in any order.
    #[must_use]
    pub fn new(label: &str, mut points: Vec<(Timestamp, f64)>) -> Self {
        points.sort_by_key(|(at, _)| *at);
        Self { label: label.to_owned(), points }
    }
}

impl Page {
    /// Begins a page.
    #[must_use]
    pub fn new(title: impl AsRef<str>) -> Self {
        Self { title: shown(title.as_ref()), ..Self::default() }
    }
}

impl View {
    /// Returns a member of the query, if it says anything.
    #[must_use]
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Cuts the next rows out of a list that is in the order of `key`: those after the one that the member `after` of the query names.
    /// Answers, too, the query that goes on, where there are more.
    pub fn cut<T>(
        &self,
        after: &str,
        list: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<BTreeMap<String, String>>) {
        let last = self.asked(after);
        let mut left = list.into_iter().skip_while(|one| last.is_some_and(|last| key(one).as_str() <= last));
        let rows: Vec<T> = left.by_ref().take(PAGE_ROWS).collect();
        let next = left.next().and(rows.last()).map(|last| {
            let mut query = self.query.clone();
            query.insert(after.to_owned(), key(last));
            query
        });
        (rows, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_gone_through_page_by_page_and_each_row_is_met_once() {
        let list: Vec<String> = (0..120).map(|n| format!("{n:04}")).collect();
        let (mut view, mut met, mut pages) = (View::default(), Vec::new(), 0);
        view.query.insert("state".to_owned(), "failed".to_owned());
        loop {
            let (rows, next) = view.cut("after", list.clone(), Clone::clone);
            assert!(rows.len() <= PAGE_ROWS);
            met.extend(rows);
            pages += 1;
            let Some(next) = next else { break };
            assert_eq!(next.get("state").map(String::as_str), Some("failed"), "filters stay");
            view.query = next;
        }
        assert_eq!((met, pages), (list, 3));
        let fits: Vec<String> = (0..PAGE_ROWS).map(|n| format!("{n:04}")).collect();
        assert_eq!(View::default().cut("after", fits, Clone::clone).1, None, "nothing comes after");
        assert_eq!(View::default().cut("after", Vec::<String>::new(), Clone::clone), (Vec::new(), None));
    }

    #[test]
    fn names_break_no_line_and_no_command() {
        assert_eq!(Cell::text("a\nb\u{2028}c"), Cell::Text("a?b?c".to_owned()));
        assert_eq!(Cell::some(Some("")), Cell::None);
        assert_eq!(
            (typed("crm/a.b"), typed("it's here"), typed("")),
            ("crm/a.b".to_owned(), r"'it'\''s here'".to_owned(), "''".to_owned())
        );
    }
}
