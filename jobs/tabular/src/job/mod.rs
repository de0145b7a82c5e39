//! A job: one publication of one run, from its sources to the moved pointer.
//!
//! A dataset crate gives a function that reads the sources and writes the rows; everything that is the same for every
//! dataset (lease, rejects, thresholds, accounting, verification, publishing) is here.

mod admit;
mod dataset;
mod error;
mod losses;
mod notes;
mod partition;
mod report;
mod run;
mod sources;
mod thresholds;

pub use admit::{Admitted, Reading, rejects_key};
pub use dataset::Dataset;
pub use error::JobError;
pub use losses::of_columns as column_losses;
pub use notes::of_values as value_notes;
pub use report::{Previous, Report, SourceReport};
pub use run::{Extract, Extracted, Job, Request, Services, run};
pub use thresholds::Breach;
