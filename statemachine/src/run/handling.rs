//! What becomes of a failure: another try, a catcher, or the end of the strand.

use super::engine::{Engine, Timer};
use super::strand::{Stage, StrandId};
use crate::failure::{Failure, MAX_PAYLOAD_BYTES, size_bytes};
use crate::observer::Notice;

impl Engine<'_> {
    /// Deals with a failure to carry out the state itself: its cause says where it happened.
    pub(super) fn failed_here(&mut self, strand: StrandId, failure: Failure) {
        let located =
            match (self.strands.get(strand).and_then(|strand| strand.visit.as_ref()), failure.error.as_deref()) {
                (_, Some("States.DataLimitExceeded")) | (None, _) => failure,
                (Some(visit), _) => {
                    let place = location(&visit.state.name, visit.entered_id);
                    Failure {
                        cause: Some(format!("{place}{}", failure.cause.unwrap_or_default())),
                        error: failure.error,
                    }
                }
            };
        self.failed(strand, located);
    }

    /// Deals with a failure: retries, catches, or gives up.
    pub(super) fn failed(&mut self, strand: StrandId, failure: Failure) {
        if !self.retried(strand, &failure) {
            self.catch_or_give_up(strand, failure);
        }
    }

    /// Tries the state again if one of its retriers says so.
    pub(super) fn retried(&mut self, strand: StrandId, failure: &Failure) -> bool {
        let random = &mut self.random;
        let Some(visited) = self.strands.get_mut(strand) else { return false };
        let Some(visit) = visited.visit.as_mut() else { return false };
        let Some(retry) =
            visit.state.handlers().and_then(|handlers| handlers.retry(failure, &mut visit.counts, random))
        else {
            return false;
        };
        visit.retries += 1;
        visit.of = Some(retry.of.saturating_add(1));
        let (state, number) = (visit.state, visit.retries + 1);
        let iteration = visited.iteration.clone();
        let of = retry.of.saturating_add(1);
        let notice = Notice::Retrying {
            state: &state.name,
            iteration: &iteration,
            failure,
            retrier: retry.index,
            wait: retry.wait,
            number,
            of,
        };
        self.notice(&notice);
        let key = self.set_timer(retry.wait, Timer::Retry(strand));
        self.set_stage(strand, Stage::Sleeping(key));
        true
    }

    pub(super) fn catch_or_give_up(&mut self, strand: StrandId, failure: Failure) {
        let Some(state) = self.state(strand) else { return };
        let Some((index, catcher)) = state.handlers().and_then(|handlers| handlers.catch(&failure)) else {
            self.strand_failed(strand, failure);
            return;
        };
        let caught = self.assigned(strand, catcher.assign.as_ref(), &failure.output()).and_then(|assigned| {
            let output = catcher.result_path.put(&self.input(strand), failure.output())?;
            if size_bytes(&output) > MAX_PAYLOAD_BYTES {
                return Err(Failure::too_large(&state.name));
            }
            Ok((output, assigned))
        });
        match caught {
            Ok((output, assigned)) => {
                self.notice(&Notice::Caught { state: &state.name, failure: &failure, catcher: index });
                self.leave(strand, output, assigned, Some(catcher.next.clone()));
            }
            Err(failure) => self.strand_failed(strand, failure),
        }
    }
}

/// Returns the words in front of the cause of a failure to carry out a state: which one, and since when it was at it.
pub(super) fn location(state: &str, entered_id: u64) -> String {
    format!("An error occurred while executing the state '{state}' (entered at the event id #{entered_id}). ")
}
