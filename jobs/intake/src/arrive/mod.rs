//! Arrival: which files are taken, when they are whole, whose they are and of which day.
//!
//! What becomes of them then is for the [deliveries](crate::deliveries) to say. Nothing here reads what is in a file but to hash
//! and copy it.

pub mod claimed_by;
pub mod delivery_day;
mod given;
pub mod landing;
pub mod names;
pub mod recorded;
pub mod taking;
#[cfg(test)]
mod tests;
pub mod waiting;
pub mod watch;
pub mod whole;

pub use claimed_by::{Claimant, Named, Stray, claimed_by};
pub use delivery_day::{DeliveryDay, SaidBy, delivery_day};
pub(crate) use given::copied;
pub use given::{of_file, of_object, version_of};
pub use landing::{Landed, Landing, Look, Stamp};
pub use names::{TEMPORARY, is_taken};
pub use recorded::{Recorded, RecordedError};
pub use taking::{TakingError, raw_key, take};
pub use waiting::{Task, Waiting};
pub use watch::{Due, Watch, WatchError};
pub use whole::{Settling, Whole, waits_until};
