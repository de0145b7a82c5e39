//! The sections of the monthly run: sources with their columns, datasets, code lists; and the configuration as a whole.

mod codes;
mod column;
mod dataset;
mod dataset_reader;
mod declaration;
mod declared;
mod file_form;
mod header;
mod key;
mod kind;
mod known;
mod partition;
mod pipeline;
mod resolved;
mod series;
mod source;
mod source_reader;
mod wanted;

#[cfg(test)]
mod tests;

pub use codes::CodeLists;
pub use column::{ColumnSpec, OnBlank, OnInvalid};
pub use dataset::{Compute, DatasetSpec, Direction, OrderBy, PublicationSpec, Thresholds};
pub(crate) use declaration::order_text;
pub use declaration::{Declared, Reads};
pub use kind::{ColumnKind, Value};
pub use known::{Across, Known};
pub use pipeline::Config;
pub use resolved::Resolved;
pub use source::{Encoding, NpiFirstDigit, OnNewColumn, SourceSpec};
pub use wanted::{Need, Wanted};
