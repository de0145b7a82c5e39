//! What the columns of a sample are: by their names and by their values.

mod alone;
mod codes;
mod content;
pub(super) mod dates;
mod fit;
mod hl7;
mod mapping;
mod names;
mod people;
mod score;
mod shapes;
mod steps;
mod synonyms;
mod tables;
mod target;
mod unnamed;
mod words;

pub(super) use tables::{Table, tables};
pub(super) use target::Target;

/// What is said of a workbook that counts its days from 1904.
pub(super) const COUNTS_FROM_1904: &str = "the workbook counts its days from 1904";

/// Tells whether a text is what columns are named by.
pub(super) fn is_column_name(text: &str) -> bool {
    text.chars().count() <= 64 && words::is_known(text)
}
