//! Time as the interpreter sees it: the machine's clock, or a virtual one that jumps to whatever happens next.

use std::cell::Cell;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What the interpreter asks of a clock.
pub trait Clock {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;

    /// Moves to a later moment at once when time is simulated, and returns whether it did.
    fn jump(&self, to: Timestamp) -> bool;

    /// Returns how long to wait for a running task before `until`; `None` for as long as it takes.
    fn patience(&self, until: Timestamp) -> Option<Duration>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn jump(&self, _to: Timestamp) -> bool {
        false
    }

    fn patience(&self, until: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(until.duration_since(self.now())).unwrap_or(Duration::ZERO))
    }
}

/// A clock that stands still while anything runs, and jumps to the next timer when nothing does.
///
/// ```
/// use carelake_statemachine::{Clock, VirtualClock};
/// let clock = VirtualClock::starting_at("2024-06-01T00:00:00Z".parse().unwrap());
/// assert!(clock.jump("2024-06-01T02:00:00Z".parse().unwrap()));
/// assert_eq!(clock.now().to_string(), "2024-06-01T02:00:00Z");
/// ```
#[derive(Debug, Clone)]
pub struct VirtualClock(Cell<Timestamp>);

impl VirtualClock {
    /// Starts a clock at a moment.
    #[must_use]
    pub const fn starting_at(moment: Timestamp) -> Self {
        Self(Cell::new(moment))
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }

    fn jump(&self, to: Timestamp) -> bool {
        self.0.set(self.0.get().max(to));
        true
    }

    fn patience(&self, _until: Timestamp) -> Option<Duration> {
        None
    }
}

/// Returns the moment a number of seconds later; the end of time when there is none.
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
