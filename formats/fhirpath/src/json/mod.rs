//! A resource as JSON: a line is read once into a flat list of values, of which only members are kept that somebody named.
//!
//! Numbers keep their text, strings stay where they lie unless they have escapes, and nothing is allocated for a value: the lists are
//! used again for the next line.

mod compact;
mod escape;
mod names;
mod node;
mod reader;
mod resource;
mod scan;

pub(crate) use names::{NO_NAME, Name, NamesBuilder};
pub(crate) use node::{NOWHERE, Tree};

pub use names::Names;
pub use node::{Node, Shape};
pub use reader::{LineError, Reader};
pub use resource::{Resource, is_id};
