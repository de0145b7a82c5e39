//! Sources: finding a published file, opening it, understanding its header, and judging its rows.
//!
//! A [`Source`] is one opened file whose header is known. [`Source::scan`] reads every row in parallel and hands the valid
//! ones to the caller; [`Reader::row_at`] reads a single row again.

mod archive;
mod choose;
mod columns;
mod content;
mod drift;
mod error;
mod head;
mod header;
mod instead;
mod judge;
mod layout;
mod locate;
mod naming;
mod open;
mod pass;
mod release;
mod row;
mod scan;
mod sniff;
mod survey;
mod tally;

pub use content::{Content, ContentError};
pub use drift::{HeaderDrift, MissingColumn};
pub use error::{SourceError, SourceFault, Unclear};
pub use head::check_head;
pub use header::{RepeatedColumn, normalise};
pub use instead::{HeaderAt, Instead};
pub use layout::{Column, Layout, TextColumn};
pub use locate::{Candidate, Located, locate};
pub use naming::Naming;
pub use open::{Opening, Source};
pub use release::{Release, ReleaseDate, release_date};
pub use row::{Reader, Row};
pub use scan::{Fate, Scan, flatten};
pub use sniff::Looks;
pub use survey::{Cells, Survey};
pub use tally::{Filter, Reject, Rule, Tally};
