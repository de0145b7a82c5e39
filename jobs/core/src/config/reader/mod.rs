//! Reading a configuration: from text to a tree of nodes that know their line and column, and from these to typed values.
//!
//! A reader of a section is given a [`Spot`] and adds what is wrong to [`Mistakes`], so that all of it is told at once, each with
//! its place and the nearest name. Reading is pure: no environment variable, no clock, no file.

mod error;
mod mistakes;
mod spot;
mod tree;

pub use error::{ConfigError, Problem};
pub use mistakes::Mistakes;
pub use spot::{Fields, Spot};
pub use tree::{Node, Place, parse};
