//! Time, as the client needs it: handed in, so that tests wait for nothing.

use std::fmt::Debug;
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time and lets it pass.
pub trait Clock: Debug + Send + Sync {
    /// Returns now.
    fn now(&self) -> Timestamp;

    /// Returns after this time.
    fn wait(&self, time: Duration);
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
