//! The room of loads: tables of databases become publications of the raw zone, whole where they must, by increments where they can,
//! so that nothing is lost and nothing doubled whatever crashes.

pub mod bookmark;
pub mod config;
pub mod exports;
pub mod functions;
pub mod hand_on;
pub mod kept;
pub mod latest;
pub mod mode;
pub mod names;
mod overlap;
mod pages;
pub mod plan;
pub mod publish;
pub mod reconcile;
mod room;
pub mod schema;
pub mod standing;
pub mod window;

#[cfg(test)]
mod tests;

pub use room::ROOM;
