//! How often a session may do something.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// What a session may do within a second.
const MOST_A_SECOND: u32 = 20;
/// Sessions that are counted at once; when there are more, those of other seconds are forgotten.
const MOST_SESSIONS: usize = 1_000;

/// Counts what sessions do.
#[derive(Debug, Default)]
pub(crate) struct Rate(Mutex<BTreeMap<String, (i64, u32)>>);

impl Rate {
    /// Counts one thing more of a session; answers whether it may be done.
    pub(crate) fn may(&self, session: &str, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.as_second();
        if counts.len() >= MOST_SESSIONS {
            counts.retain(|_, (at, _)| *at == second);
        }
        let (at, count) = counts.entry(session.to_owned()).or_insert((second, 0));
        if *at != second {
            (*at, *count) = (second, 0);
        }
        *count = count.saturating_add(1);
        *count <= MOST_A_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_things_a_second_may_be_done_by_each_session() {
        let (rate, at) = (Rate::default(), |second| Timestamp::from_second(second).unwrap());
        let done = |session: &str, second| (0..30).filter(|_| rate.may(session, at(second))).count();
        assert_eq!([done("a", 1), done("a", 1), done("b", 1), done("a", 2)], [20, 0, 20, 20]);
    }
}
