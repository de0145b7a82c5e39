//! The section `intake` of the configuration: feeds, and what they refer to.
//!
//! A feed is a page, mostly a file of its own that the configuration includes. [`read`] makes a [`Feed`](crate::feed::Feed) of each
//! and tells all that is wrong at once, before any file of a partner is read.
//!
//! A column is the name of its source, or a map: one source (`from`, `position`, `slice`, `constant`, `capture`, `parent`, `all`,
//! `concat`, `list`), then steps in the order in which they apply (`split`, `extract`, `replace`, `case`, `pad`, `strip`, `map`,
//! `lookup`, `date`, `datetime`, `number`), and `when`.

mod codes;
mod columns;
mod date_name;
mod declared;
mod defaults;
mod expected;
mod fetch;
mod filter;
mod fixed;
mod format;
mod identity;
mod keys;
mod known;
mod lookup;
mod moment;
mod number;
mod overlap;
mod page;
mod partner;
mod path;
mod pgp;
mod schema;
mod section;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use codes::key as code_key;
pub use defaults::Defaults;
pub use known::CodeList;
pub use partner::Partner;
pub use path::{Captures, PathPattern};
pub use section::{Intake, SECTION, read};
