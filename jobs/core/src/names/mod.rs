//! What everything else calls things by: runs, publications, columns.

mod column;
mod publication;
mod run_id;

pub use column::Column;
pub use publication::Publication;
pub use run_id::{RunId, RunIdError};
