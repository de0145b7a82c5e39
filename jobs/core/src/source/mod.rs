//! Sources: finding a published file, opening it, understanding its header, and judging its rows.
//!
//! A [`Source`] is one opened file whose header is known. [`Source::scan`] reads every row in parallel and hands the valid
//! ones to the caller; [`Reader::row_at`] reads a single row again.

mod columns;
mod content;
mod error;
mod header;
mod judge;
mod layout;
mod locate;
mod open;
mod pass;
mod release;
mod row;
mod scan;
mod sniff;
mod survey;
mod tally;

pub use columns::{Need, Wanted};
pub use content::{Content, ContentError};
pub use error::{SourceError, SourceFault};
pub use header::{HeaderDrift, MissingColumn, normalise};
pub use layout::{Column, Layout, TextColumn, Value};
pub use locate::{Located, locate};
pub use open::{Opening, Source};
pub use release::release_date;
pub use row::{Reader, Row};
pub use scan::{Fate, Scan, flatten};
pub use sniff::Looks;
pub use survey::{Cells, Survey};
pub use tally::{Filter, Reject, Rule, Tally};
