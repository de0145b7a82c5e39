//! Facts about a lake: what a command prints as JSON and what a page shows, each from one function.
//!
//! Nothing here prints, draws, or changes anything, and nothing knows a room by its name: rooms come in as a list of
//! [`Room`](carelake_pipeline::Room)s. Facts are names, counts and moments, never values of the data.

mod cost;
mod course;
mod details;
mod error;
mod events;
mod find;
mod kept;
mod lake;
mod lineage;
mod publications;
mod rejects;
mod run;
mod runs;
mod schemas;
mod summary;
mod told;

pub use cost::{CostLine, CostMonth, cost, cost_by_month};
pub use course::{CourseLine, MOST_RUNS, course};
pub use details::{ColumnDetails, Details, SourceDetails, publication};
pub use error::FactError;
pub use events::{EXECUTIONS, events, execution_events, read_events};
pub use find::{Found, find, meant};
pub use kept::{KeptList, KeptRun, kept};
pub use lake::Lake;
pub use lineage::{Down, Lineage, Up, lineage};
pub use publications::{all, dataset, datasets, found, key_of, meaning};
pub use rejects::{RejectLine, meaning_of_rule, rejects};
pub use run::{RunFacts, Try, Unfinished, report, run};
pub use runs::{RunLine, runs, runs_before};
pub use schemas::{ColumnChange, ColumnNow, SchemaChange, schemas};
pub use summary::{STALE_DAYS, Served, Summary, folders, publications};
pub use told::{audit, audit_streams, notices};

#[cfg(test)]
mod tests;
