//! The room of models: tables that SQL or steps make of publications, checked before they are asked and tested before they are published.
//!
//! A *model* is one declared table. The configuration (`config`) names its inputs, its SQL (`sql`) or its steps, the columns it promises
//! and the tests it must pass; `select` finds the models that a word means. What runs them is behind the feature `polars`: without it models
//! are read, checked, compiled and listed.

#[cfg(feature = "polars")]
pub mod build;
pub mod config;
#[cfg(feature = "polars")]
pub mod engine;
pub mod errors;
mod pages;
mod room;
pub mod select;
pub mod sql;
pub mod standings;

pub use room::ROOM;
