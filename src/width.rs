//! What of a table fits on a terminal: how far its cells are cut, and how many of its columns are shown.

use std::io::{self, IsTerminal};

/// Characters to which a cell is never cut.
const LEAST_CELL: usize = 8;
/// Characters between two columns.
const GAP: usize = 2;

/// How a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    /// The columns that are shown, from the first.
    pub columns: usize,
    /// The most characters of a cell.
    pub cell: usize,
}

/// Returns how many characters a line of the terminal has; `None` when there is no terminal, or it does not say.
pub(crate) fn of_terminal() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width.into()).filter(|width| *width > 0)
}

/// Decides how columns of these widths are shown in a line of so many characters: whole where they fit, else cut as little as
/// it takes, and if that is not enough the first of them.
pub(crate) fn fit(widths: &[usize], line: usize) -> Fit {
    let taken = |cell: usize, columns: usize| -> usize {
        let cells: usize = widths.iter().take(columns).map(|width| (*width).min(cell)).sum();
        cells + GAP * columns.saturating_sub(1)
    };
    let widest = widths.iter().copied().max().unwrap_or(0);
    if let Some(cell) = (LEAST_CELL..=widest.max(LEAST_CELL)).rev().find(|cell| taken(*cell, widths.len()) <= line) {
        return Fit { columns: widths.len(), cell };
    }
    let columns = (1..=widths.len()).rev().find(|columns| taken(LEAST_CELL, *columns) <= line);
    Fit { columns: columns.unwrap_or(1), cell: LEAST_CELL }
}

/// Returns a text cut to so many characters, the last of which then says that it was cut.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_no_more_than_the_line_asks_for() {
        for (widths, line, columns, cell) in [
            (vec![10, 20], 32, 2, 20),
            (vec![10, 20], 31, 2, 19),
            (vec![10, 40, 40], 60, 3, 23),
            (vec![3, 100], 20, 2, 15),
            (vec![20; 10], 60, 6, 8),
            (vec![20], 4, 1, 8),
            (vec![], 80, 0, 8),
        ] {
            let found = fit(&widths, line);
            assert_eq!(found, Fit { columns, cell }, "{widths:?} in {line}");
        }
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!([cut("Häuser", 6), cut("Häuser", 5), cut("", 3)], ["Häuser", "Häus…", ""]);
    }
}
