//! Values as numbers: what occurs many times is kept once, and a value is a word or a few that are compared without its text.

mod dictionary;
mod names;
mod packing;

pub use dictionary::Dictionary;
pub use names::{Name, Names};
pub use packing::{MISSING, Packing};

use crate::compare::Nicknames;

/// The texts and names that packed values refer to.
///
/// One over another adds to it without changing it, so that many threads look up in one reference.
#[derive(Debug, Clone)]
pub struct Lexicon<'b> {
    /// Names.
    pub names: Names<'b>,
    /// Other texts.
    pub texts: Dictionary<'b>,
}

impl<'b> Lexicon<'b> {
    /// Begins an empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { names: Names::default(), texts: Dictionary::default() }
    }

    /// Begins one over another.
    #[must_use]
    pub fn over(base: &'b Lexicon<'b>) -> Self {
        Self { names: Names::over(&base.names), texts: Dictionary::over(&base.texts) }
    }

    /// Packs a value at the end of a row.
    pub fn pack(&mut self, packing: Packing, value: Option<&str>, nicknames: &Nicknames, row: &mut Vec<u32>) {
        packing::pack(self, packing, value, nicknames, row);
    }
}

impl Default for Lexicon<'_> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
