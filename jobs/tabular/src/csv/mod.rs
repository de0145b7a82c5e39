//! Reading CSV: bytes to records and fields, in any chunking with the same result.
//!
//! What a field means is not decided here; see [`crate::source`].

mod chunks;
mod marks;
mod scanner;

pub use chunks::{Chunk, Pieces, Read, record_start};
pub use scanner::{Extent, Scanner, Span, Stop, unquote};
