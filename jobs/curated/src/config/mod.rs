//! The section `curated` of the configuration: models, their contracts and their tests, and the values that their SQL names.
//!
//! Reading is pure but for the files of SQL, which are read and checked. Whether a publication is there is seen when a model is built.

mod column;
mod duration;
mod increments;
mod keys;
mod kind;
mod model;
mod script;
mod section;
mod step;
mod test;
#[cfg(test)]
mod tests;

pub use column::{Class, Column};
pub use increments::{Dimension, Increment};
pub use kind::{KINDS, Kind};
pub use model::{Body, From, Input, Model, Output, Zone};
pub use script::Script;
pub use section::{Curated, SECTION, Var, read};
pub use step::{Action, Aggregate, OrderBy, PREVIOUS, Step, Unit};
pub use test::{Allowed, Check, Declared, Severity};
