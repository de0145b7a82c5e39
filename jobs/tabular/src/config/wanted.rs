//! What a dataset asks of a column of a source.

use super::Value;

/// One column that a dataset reads, as `pipeline_config.yaml` must declare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Our name of the column.
    pub name: &'static str,
    /// The type it must be declared with, by the word of the configuration.
    pub kind: &'static str,
    /// The largest number that the dataset has room for; `None` for what is no number.
    pub largest: Option<i64>,
    /// How far the dataset depends on it.
    pub need: Need,
}

/// How far a dataset depends on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The configuration may leave it out; it is null in every row then.
    May,
    /// The configuration must declare it.
    Must,
    /// The configuration must declare it so that every row of every file has a value: a row without it has no place in the
    /// dataset.
    Always,
}

impl Wanted {
    /// Wants a column of text.
    #[must_use]
    pub const fn text(name: &'static str, need: Need) -> Self {
        Self { name, kind: "text", largest: None, need }
    }

    /// Wants a column of a type.
    #[must_use]
    pub const fn of<T: Value>(name: &'static str, need: Need) -> Self {
        Self { name, kind: T::TYPE, largest: T::LARGEST, need }
    }
}
