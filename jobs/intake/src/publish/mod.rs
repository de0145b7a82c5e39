//! Runs of `intake/<table>/<feed>`: rows of judged deliveries, with where they came from.

mod run;

pub use run::publication;
pub(crate) use run::{Contribution, Shelf, Sink, conform};

/// The room: the first part of the names of its publications.
pub const ROOM: &str = "intake";
