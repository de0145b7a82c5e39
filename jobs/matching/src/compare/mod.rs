//! On which level two values agree. Values are in normal form and present; a missing one has no level.

mod date;
mod kind;
mod likeness;
mod names;
mod nickname;
mod plain;

pub use date::date;
pub use kind::{Kind, Level};
pub use likeness::{edits, jaro_winkler};
pub use names::{first_name, last_name};
pub use nickname::Nicknames;
pub use plain::{CLOSE, NEAR, digits, edit, text};

#[cfg(test)]
mod tests;
