//! What the program that reads a configuration knows of rooms and datasets.

use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Mistakes, Spot};

use super::Declared;

/// What a configuration is held against besides its own format.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k, E = ()> {
    /// Datasets as their crates declare them: these must be configured so that they can be made.
    pub datasets: &'k [Declared<E>],
    /// The names of all datasets there are: each must be configured, and no other may be. `None` where the program knows some of
    /// them only, and takes the others as they are.
    pub names: Option<&'k [&'k str]>,
    /// The names of all functions there are. `None` where the program knows some of them only.
    pub functions: Option<&'k [&'k str]>,
    /// The sections of all other rooms. `None` where the program is part of one room, and the others' are not its to judge.
    pub sections: Option<&'k [Section]>,
    /// What holds sections against each other. Each gets the whole configuration, and the folder it is in.
    pub across: &'k [Across],
}

/// Looks at the whole configuration for what is wrong between its sections; what is wrong within one is told already.
pub type Across = fn(&Spot<'_>, &Path, &mut Mistakes);

impl<E> Default for Known<'_, E> {
    fn default() -> Self {
        Self { datasets: &[], names: None, functions: None, sections: None, across: &[] }
    }
}
