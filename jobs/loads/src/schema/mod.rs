//! Tables that change between loads: what changed, and what follows from it.

mod change;
mod class;
mod evolve;
mod history;
mod shape;
#[cfg(test)]
mod tests;

pub use change::{Change, Dated, changes};
pub use class::{class, type_of};
pub use evolve::{Evolved, Look, Verdict, evolve};
pub(crate) use history::declared;
pub use history::{history, note, told};
pub use shape::{Fate, Known, Now, Shape};
