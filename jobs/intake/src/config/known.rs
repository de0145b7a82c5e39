//! What the pages of feeds may refer to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::common::CommonTable;

/// A code list: common values by the codes of a partner, which are in lower case and without outer blanks.
pub type CodeList = Arc<BTreeMap<String, String>>;

/// What the pages of feeds may refer to.
#[derive(Debug)]
pub(super) struct Known<'k> {
    /// The code lists, by name.
    pub lists: &'k BTreeMap<String, CodeList>,
    /// The common tables: those that are always there, and the declared ones.
    pub tables: &'k [Arc<CommonTable>],
    /// The folder that files of reference are in.
    pub folder: &'k Path,
    /// Files of reference that the configuration itself has, by their names: looked for before the folder.
    pub files: &'k BTreeMap<String, String>,
    /// The files of reference that were read, by their names.
    pub references: &'k RefCell<BTreeMap<String, String>>,
}

/// What the page of one feed says about all of its tables, and what it refers to.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The names that the path gives to texts.
    pub captures: Vec<String>,
    /// What tells types of records apart, if the format has it.
    pub record_type: Option<String>,
    /// The texts that stand for nothing.
    pub null_tokens: Vec<String>,
    /// The code lists that are referred to.
    pub lists: BTreeSet<String>,
    /// The bytes of the files that are referred to, as a hash.
    pub lookups: BTreeSet<String>,
}

impl Known<'_> {
    /// Returns the table with this name.
    pub fn table(&self, name: &str) -> Option<&Arc<CommonTable>> {
        self.tables.iter().find(|table| table.name == name)
    }
}
