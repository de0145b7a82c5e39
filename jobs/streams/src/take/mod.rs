//! Taking: what was delivered is read, filtered, given types, and staged, each delivery as one file; then it may be acknowledged.
//!
//! Nothing is published here, and nothing is looked for that was delivered before: a staged batch holds every record of its delivery,
//! by its identity, and publishing finds out which are new.

mod delivery;
mod event;
mod parked;
mod stage;

pub(crate) use delivery::Staging;
pub use delivery::{Before, Delivery, Took, take};
pub use event::{Answered, answer};
pub use parked::{Line, ParkedFile, SaidBefore, parked_files, read_parked};
pub use stage::{Meta, Staged, StagedName, days_from, list, read, read_again, rest_of_shard};
