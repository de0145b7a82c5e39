//! Time and chance, handed in, so that tests wait for nothing.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// Tells the time, lets it pass, and throws dice.
pub trait Clock: Debug + Send + Sync {
    /// Returns how long it runs.
    fn now(&self) -> Duration;

    /// Returns after this time.
    fn wait(&self, time: Duration);

    /// Returns some time up to this one, any of them as likely as every other.
    fn up_to(&self, most: Duration) -> Duration;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine(Instant);

impl Machine {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Machine {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn up_to(&self, most: Duration) -> Duration {
        // Each state has keys of its own, which the system made by chance.
        let dice = RandomState::new().hash_one(self.0) % 1_001;
        most.mul_f64(dice as f64 / 1e3)
    }
}
