//! Reading a configuration: from text to a tree of nodes that know their line and column, and from these to typed values.
//!
//! A reader of a section is given a [`Spot`] and adds what is wrong to [`Mistakes`], so that all of it is told at once, each with
//! its place and the nearest name. Reading is pure: no environment variable, no clock, no file.

mod error;
mod fields;
mod join;
mod key;
mod mistakes;
mod schema;
mod spot;
mod tree;
mod write;

pub use error::{ConfigError, Problem};
pub use fields::Fields;
pub use key::{Form, Key, Preset};
pub use mistakes::Mistakes;
pub use schema::{schema, schema_of};
pub use spot::Spot;
pub use tree::{Entry, Node, Place, Value, parse};
pub use write::to_yaml;

pub(super) use join::join;
pub(super) use tree::parse_file;
