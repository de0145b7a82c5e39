//! The time of one invocation.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Time that a job needs to stop between its steps and to tell why, before it would be stopped from outside.
const MARGIN: Duration = Duration::from_secs(15);

/// Watches one invocation.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    started: Instant,
    deadline: Option<Timestamp>,
}

impl Watch {
    /// Starts to watch; `deadline` is when the invocation is stopped from outside.
    #[must_use]
    pub fn start(deadline: Option<Timestamp>) -> Self {
        Self { started: Instant::now(), deadline }
    }

    /// Returns whether so little time is left that the job must stop by itself.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Timestamp::now() + MARGIN >= deadline)
    }

    /// Returns the seconds since the start.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_stops_a_while_before_its_deadline() {
        let at = |seconds: i64| Watch::start(Some(Timestamp::now() + jiff::SignedDuration::from_secs(seconds)));
        assert!(at(10).is_over());
        assert!(!at(60).is_over());
        assert!(!Watch::start(None).is_over());
    }
}
