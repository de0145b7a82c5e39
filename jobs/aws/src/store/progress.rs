//! How far a download is: what has come without a gap from the start, for readers who wait for it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;

/// How far a download is, shared by who fetches and who reads.
#[derive(Debug)]
pub(super) struct Progress {
    size_bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Everything before this is in the file.
    complete_bytes: u64,
    /// Pieces behind a gap: where they begin and end.
    ahead: BTreeMap<u64, u64>,
    failure: Option<Failure>,
}

impl Progress {
    pub(super) fn new(size_bytes: u64) -> Self {
        Self { size_bytes, state: Mutex::default(), changed: Condvar::new() }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(super) fn complete_bytes(&self) -> u64 {
        self.state().complete_bytes
    }

    /// Notes that a piece is in the file.
    pub(super) fn add(&self, start: u64, end: u64) {
        let mut state = self.state();
        state.ahead.insert(start, end);
        let mut next = state.complete_bytes;
        while let Some(end) = state.ahead.remove(&next) {
            next = end;
        }
        state.complete_bytes = next;
        self.changed.notify_all();
    }

    /// Notes that no more will come. Only the first failure counts, and none once everything is there.
    pub(super) fn fail(&self, failure: Failure) {
        let mut state = self.state();
        if state.complete_bytes < self.size_bytes && state.failure.is_none() {
            state.failure = Some(failure);
        }
        self.changed.notify_all();
    }

    /// Waits until this many bytes are there, or all when there are fewer; answers how many are.
    pub(super) fn wait_for(&self, bytes: u64) -> Result<u64, Failure> {
        let wanted = bytes.min(self.size_bytes);
        let waiting = |state: &mut State| state.complete_bytes < wanted && state.failure.is_none();
        let state = self.changed.wait_while(self.state(), waiting).unwrap_or_else(PoisonError::into_inner);
        match &state.failure {
            // What came before the failure is good.
            Some(failure) if state.complete_bytes < wanted => Err(failure.clone()),
            _ => Ok(state.complete_bytes),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_count_when_there_is_no_gap_before_them() {
        let progress = Progress::new(40);
        for (start, end, complete) in [(10, 20, 0), (30, 40, 0), (0, 10, 20), (20, 30, 40)] {
            progress.add(start, end);
            assert_eq!(progress.complete_bytes(), complete);
        }
        assert_eq!(progress.wait_for(99), Ok(40));
    }

    #[test]
    fn a_failure_wakes_who_waits_and_spares_what_had_come() {
        let progress = Progress::new(40);
        progress.add(0, 10);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| progress.wait_for(11));
            progress.fail(Failure::Broken("first"));
            progress.fail(Failure::Broken("second"));
            assert_eq!(waiting.join().unwrap(), Err(Failure::Broken("first")));
        });
        assert_eq!(progress.wait_for(10), Ok(10));
    }

    #[test]
    fn a_failure_after_the_last_piece_is_none() {
        let progress = Progress::new(10);
        progress.add(0, 10);
        progress.fail(Failure::Broken("late"));
        assert_eq!(progress.wait_for(10), Ok(10));
    }
}
