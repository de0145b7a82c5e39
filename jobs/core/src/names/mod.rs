//! What everything else calls things by: tenants, runs, publications, columns, and which run of a publication was served.

mod baseline;
mod column;
mod publication;
mod run_id;
mod scope;

pub use baseline::{Baseline, Served};
pub use column::Column;
pub use publication::{Publication, PublicationError};
pub use run_id::{RunId, RunIdError};
pub use scope::{Scope, ScopeError};
