//! FHIR resources read line by line, FHIRPath, and views of SQL on FHIR into columns.
//!
//! [`Views::compile`] checks ViewDefinitions whole and compiles them; [`Reader`] reads a line into a [`Resource`], of which it keeps the
//! members that the views name; a [`Filler`] appends the rows of all views of the resource's type to columns, and hands them out as
//! batches of Arrow. No room, store or table is known here, and no bytes make any of it panic.

mod code;
mod columns;
mod eval;
mod json;
mod nearest;
mod path;
mod types;
mod value;
mod view;

pub use columns::{Count, Filler, Finding, RowError};
pub use eval::{Bundle, References};
pub use json::{LineError, Names, Node, Reader, Resource, Shape, is_id};
pub use types::{is_resource_type, nearest_resource};
pub use view::{Column, Settings, Source, View, ViewError, Views};
