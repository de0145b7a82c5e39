//! Runs of `intake/<table>/<feed>`: rows of judged deliveries, with where they came from.

mod run;

pub use run::publication;
pub(crate) use run::{Content, Contribution, Encoded, Shelf, Sink, Taking, conform};

/// The room: the first part of the names of its publications.
pub const ROOM: &str = "intake";

/// Returns the names under which the rows that all feeds have of a common table are found: that of the table, and the one under
/// which they stay as partners sent them where another room gives more of them.
#[must_use]
pub fn views(table: &str) -> [String; 2] {
    [table.to_owned(), format!("{table}_as_sent")]
}
