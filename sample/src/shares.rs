//! How a number of things is shared out among the states, by their weights.

use super::states::State;

/// Things numbered state after state: each state has a run of numbers as long as its weight asks for.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    /// The first number of each state, and the total at the end.
    starts: Vec<u64>,
}

/// A thing's state, and its number among those of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Position of the state in the list that was shared among.
    pub(super) state: usize,
    /// Number within the state, from 0.
    pub(super) within: u64,
}

impl Shares {
    /// Shares `total` things among `states`.
    pub(super) fn new(total: u64, states: &[State]) -> Self {
        let all: u64 = states.iter().map(|state| state.weight).sum();
        let mut starts = Vec::with_capacity(states.len() + 1);
        let mut before = 0;
        starts.push(0);
        for state in states {
            before += state.weight;
            starts.push(total * before / all);
        }
        Self { starts }
    }

    /// Returns how many things there are.
    pub(super) fn total(&self) -> u64 {
        self.starts.last().copied().unwrap_or_default()
    }

    /// Returns the first number of a state, and how many it has.
    pub(super) fn of(&self, state: usize) -> (u64, u64) {
        let start = self.starts.get(state).copied().unwrap_or_default();
        (start, self.starts.get(state + 1).copied().unwrap_or(start) - start)
    }

    /// Returns which state a thing is in.
    pub(super) fn place(&self, thing: u64) -> Share {
        let state = self.starts.partition_point(|&start| start <= thing).saturating_sub(1);
        Share { state, within: thing - self.of(state).0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::states::STATES;
    use super::*;

    #[test]
    fn everything_is_shared_out_and_found_again() {
        for total in [1, 20, 430_000] {
            let shares = Shares::new(total, &STATES);
            assert_eq!(shares.total(), total);
            for thing in (0..total).step_by(7) {
                let Share { state, within } = shares.place(thing);
                let (start, count) = shares.of(state);
                assert!(within < count && start + within == thing);
            }
        }
    }
}
