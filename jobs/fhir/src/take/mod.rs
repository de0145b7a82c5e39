//! Taking an export: its files are read line by line, judged, and staged one by one.

mod bundle;
mod export;
mod file;
mod folder;
mod handed;
mod lines;
mod open;

pub use export::{Export, Item, ItemKind};
pub use file::{Open, Opened, Taken, take_file};
pub use folder::{Found, list};
pub use handed::{Handed, is_taken};
pub use lines::{Line, Lines};
pub use open::{open_file, read_object};
