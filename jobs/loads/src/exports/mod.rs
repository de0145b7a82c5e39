//! Exports of tables of DynamoDB, as they lie in a store: what their manifests list is read, and nothing else.

mod folder;
mod ranges;
mod record;
mod session;

pub use folder::{Folder, Listed};
pub use record::{Record, next};
pub use session::ExportSession;
