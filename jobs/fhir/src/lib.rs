//! The room of FHIR: resources that servers export become a log of every version, and the resources that are there now.
//!
//! An export is files of lines. Each line is judged and staged file by file; what is staged is then published: versions that are new go into
//! the log, and what is there now follows from it. Where a server is asked, the time of its last complete export is kept with the rows.

pub mod bulk;
pub mod config;
mod error;
pub mod functions;
pub mod line;
mod room;
pub mod rows;
pub mod run;
pub mod settle;
pub mod take;
#[cfg(test)]
mod tests;
pub mod views;
mod world;

pub use error::{EXPORT_FAILED, FhirError};
pub use room::ROOM;
pub use world::{CLAIM_SECS, World};
