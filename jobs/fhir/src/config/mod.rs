//! The section `fhir` of the configuration.

mod auth;
mod events;
mod keys;
mod kind;
mod section;
mod source;
#[cfg(test)]
mod tests;
mod views;

pub use auth::{Algorithm, Auth, Smart};
pub use events::{Events, Sink};
pub use kind::{Api, Bulk, Files, HealthLake, Kind, Level, Method};
pub use section::{Fhir, SECTION, read};
pub use source::{Source, Types};
pub use views::Definition;
