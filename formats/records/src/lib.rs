//! Files of any format, read as records of cells.
//!
//! [`read`] takes a file, what it is declared to be ([`Format`]) and what is wanted of it ([`Wanted`]), and hands over [`Batch`]es:
//! for each table rows of as many cells as were wanted, each row with its place in the partner's own words. Limits hold while
//! reading; a file that is not what it is declared to be is [`Malformed`], with a reason of a closed list. Nothing here knows what
//! a cell means.

mod batch;
mod delimited;
mod filling;
mod fixed;
mod format;
mod guard;
pub mod hl7;
mod json;
mod limits;
mod malformed;
mod nested;
mod packed;
mod parquet;
#[cfg(feature = "pgp")]
mod pgp;
mod read;
mod sniff;
mod text;
mod wanted;
pub mod workbook;
mod xml;

pub use batch::{Batch, Cell, Kind, Place, Row, Rows, State};
pub use format::{Delimited, Fixed, FixedField, Footer, Format, Json, Packed, Trailer, Way, Workbook, Xml};
pub use guard::guarded;
pub use limits::Limits;
pub use malformed::{Malformed, ReadError, Reason};
#[cfg(feature = "pgp")]
pub use pgp::{PgpKey, PgpKeyError, decrypt};
pub use read::{declared, read};
pub use wanted::{Reading, Select, Source, Wanted, WantedTable};
