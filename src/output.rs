//! Printing: text for people, in colour on a terminal; JSON for programs; tables with aligned columns.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use carelake_core::ErrorKind;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::Failure;

/// How something is to be read. Shown on a terminal only, and not where `NO_COLOR` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Heading,
    Good,
    Bad,
    /// There, and not what one looks for.
    Faint,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Faint => Style::new().dimmed(),
        }
    }

    /// Returns a text with the signs that give it its colour; printing takes them out where they are not wanted.
    pub(crate) fn paint(self, text: impl std::fmt::Display) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// What became of standard output, once writing to it has failed.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Takes note of how a writing to standard output ended, and answers whether there is any use in writing more. A reader that
/// went away (`| head`) is no failure; anything else makes the command fail in the end, with whatever it was asked done.
pub(crate) fn printed(written: io::Result<()>) -> bool {
    let Err(error) = written else { return true };
    if error.kind() != io::ErrorKind::BrokenPipe {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
    false
}

/// Writes out what was printed, and tells of the first writing that failed.
pub(crate) fn end() -> Result<(), Failure> {
    printed(io::stdout().lock().flush());
    match LOST.lock().unwrap_or_else(PoisonError::into_inner).take() {
        None => Ok(()),
        Some(error) => Err(Failure::new(ErrorKind::STORAGE, format!("standard output cannot be written: {error}"))
            .advise("what was printed is not whole: free some space, or print elsewhere, and ask again")),
    }
}

/// Prints a line to standard output.
pub(crate) fn line(text: impl std::fmt::Display) {
    printed(writeln!(anstream::stdout().lock(), "{text}"));
}

/// Prints a text as it is to standard output, in colour where it has colours and they are wanted.
pub(crate) fn text(text: impl std::fmt::Display) {
    printed(write!(anstream::stdout().lock(), "{text}"));
}

/// Prints a line to standard error, where progress and failures go.
pub(crate) fn aside(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints a value as JSON, indented on a terminal and on one line in a pipe.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    let text =
        if io::stdout().is_terminal() { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
    line(text);
    Ok(())
}

/// Prints a value as one line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}

/// Prints rows under a header; columns named in `right` are aligned right.
pub(crate) fn table(header: &[&str], right: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    toned_table(header, right, rows.into_iter().map(|row| (Tone::Plain, row)));
}

/// Prints rows under a header, each in its tone; columns named in `right` are aligned right.
pub(crate) fn toned_table(header: &[&str], right: &[&str], rows: impl IntoIterator<Item = (Tone, Vec<String>)>) {
    let (mut tones, rows): (Vec<Tone>, Vec<Vec<String>>) = rows.into_iter().unzip();
    tones.insert(0, Tone::Heading);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    table.add_rows(rows);
    for (at, name) in header.iter().enumerate() {
        if let Some(column) = table.column_mut(at) {
            column.set_padding((0, 2));
            if right.contains(name) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    // A cell with line ends makes more lines than rows; what is left of them is plain.
    for (text, tone) in table.lines().zip(tones.into_iter().chain(std::iter::repeat(Tone::Plain))) {
        line(tone.paint(text.trim_end()));
    }
}

/// Returns a number with its thousands apart: `1,378,617`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a text as a cell of CSV for people: a spreadsheet takes what begins with one of these signs for a formula.
pub(crate) fn for_people(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

/// Returns a size in bytes as people say it: `1.4 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_rounded() {
        assert_eq!([0, 999, 1_000, 1_378_617].map(thousands), ["0", "999", "1,000", "1,378,617"]);
        assert_eq!([999, 1_400, 82_699_296].map(size), ["999 B", "1.4 kB", "82.7 MB"]);
    }
}
