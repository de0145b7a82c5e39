//! The reader of `pipeline_config.yaml`: from text to types that can be trusted.
//!
//! Text becomes a tree of nodes that know their line and column; the tree becomes the types below, or a [`ConfigError`]
//! that lists every mistake at once. Reading is pure: no environment variable, no clock, and no file but the
//! configuration itself. What an operator gives on the command line is applied by the command, not here.

mod codes;
mod column;
mod dataset;
mod dataset_reader;
mod declared;
mod deployment;
mod environment;
mod error;
mod file_form;
mod header;
mod key;
mod kind;
mod location;
mod name;
mod notify;
mod pipeline;
mod prices;
mod report;
mod source;
mod source_reader;
mod spot;
mod tree;

#[cfg(test)]
mod tests;

pub use codes::CodeLists;
pub use column::{ColumnSpec, OnBlank, OnInvalid};
pub use dataset::{Compute, DATASETS, DatasetSpec, Direction, OrderBy, PublicationSpec, Thresholds};
pub use deployment::{Architecture, Deployment, MonthlySchedule, Network};
pub use environment::Environment;
pub use error::{ConfigError, Problem};
pub use kind::ColumnKind;
pub use location::{Location, LocationError};
pub use name::normalised_name;
pub use notify::{Notify, Smtp, SmtpSecurity};
pub use pipeline::Config;
pub use prices::Prices;
pub use source::{Encoding, NpiFirstDigit, OnNewColumn, SourceSpec};
