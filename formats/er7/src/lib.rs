//! HL7 v2 messages in their text form, ER7: batches, messages, segments, separators, escapes and character sets.
//!
//! [`Splitter`] cuts a stream into messages and checks the counts of batches; [`decode`] makes text of one; [`Message`] finds its
//! segments and fields, and hands out [`Value`]s by [`Path`]. Nothing is copied before a value's text is asked for, and no bytes
//! make any of it panic. What a segment or field means is not known here.

mod charset;
mod escape;
mod marks;
mod message;
mod path;
mod separators;
mod splitter;
mod switched;
mod value;

pub use charset::{Charset, Undecodable, charset, decode, said};
pub use escape::{Escapes, join_lines, unescape};
pub use message::{Message, MessageError, Room, Segment};
pub use path::{Index, Path, PathError};
pub use separators::{Separators, SeparatorsError};
pub use splitter::{Level, Part, SplitError, Splitter};
pub use switched::Switched;
pub use value::Value;
