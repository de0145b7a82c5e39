//! ViewDefinitions: read, checked whole, and compiled into plans for all views of a type together.

mod constants;
mod definition;
mod error;
mod kind;
mod members;
mod plan;
mod select;
mod views;

pub use error::ViewError;
pub use views::{Column, Settings, Source, View, Views};

pub(crate) use kind::Kind;
pub(crate) use plan::{ColumnPlan, Iterate, SelectPlan};
