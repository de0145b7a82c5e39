//! Retry and Catch: what becomes of a failure.

use std::time::Duration;

use super::ResultPlace;
use crate::failure::Failure;
use crate::random::Random;
use crate::template::Template;

/// The Retry and Catch of a state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Handlers {
    /// The retriers, in order.
    pub retry: Vec<Retrier>,
    /// The catchers, in order.
    pub catch: Vec<Catcher>,
}

/// One entry of `Retry`.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrier {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// The first wait, in seconds; 1 when not given.
    pub interval_secs: u64,
    /// How often it tries again; 3 when not given, 0 for never.
    pub max_attempts: u32,
    /// What each wait is multiplied by; 2.0 when not given.
    pub backoff_rate: f64,
    /// The longest wait, in seconds.
    pub max_delay_secs: Option<u64>,
    /// Whether the wait is drawn at random between nothing and its full length.
    pub full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catcher {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Where the Error Output goes in the state's input.
    pub result_path: ResultPlace,
    /// The variables it sets.
    pub assign: Option<Template>,
    /// The state it goes to.
    pub next: String,
}

/// How often each retrier of a state was used during one visit.
#[derive(Debug, Clone, Default)]
pub struct RetryCounts(Vec<u32>);

/// A retry that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// Which retrier, counted from 0.
    pub index: usize,
    /// How long to wait first.
    pub wait: Duration,
    /// Which retry of this retrier it is, counted from 1.
    pub number: u32,
    /// How many this retrier makes at most.
    pub of: u32,
}

impl Retrier {
    /// Returns the wait before retry `number` (counted from 0) without jitter, in seconds:
    /// interval × rate^number, at most the longest wait.
    #[must_use]
    pub fn backoff_secs(&self, number: u32) -> f64 {
        let exponent = i32::try_from(number).unwrap_or(i32::MAX);
        let wait = float(self.interval_secs) * self.backoff_rate.powi(exponent);
        self.max_delay_secs.map_or(wait, |longest| wait.min(float(longest)))
    }
}

/// Returns seconds as a float. Seconds in a definition are bounded by 99,999,999, far below what a float keeps exactly.
fn float(secs: u64) -> f64 {
    Duration::from_secs(secs).as_secs_f64()
}

impl Handlers {
    /// Returns the retry that a failure gets, counting it: the first retrier that matches decides, even when it is used up.
    pub fn retry(&self, failure: &Failure, counts: &mut RetryCounts, random: &mut Random) -> Option<Retry> {
        if !failure.can_be_handled() {
            return None;
        }
        let (index, retrier) =
            self.retry.iter().enumerate().find(|(_, retrier)| failure.matches(&retrier.error_equals))?;
        if counts.0.len() <= index {
            counts.0.resize(index + 1, 0);
        }
        let used = counts.0.get_mut(index)?;
        if *used >= retrier.max_attempts {
            return None;
        }
        let full = retrier.backoff_secs(*used);
        *used += 1;
        let millis = Duration::try_from_secs_f64(full).ok()?.as_millis();
        let mut wait = u64::try_from(millis).unwrap_or(u64::MAX);
        if retrier.full_jitter {
            wait = random.below(wait.saturating_add(1));
        }
        Some(Retry { index, wait: Duration::from_millis(wait), number: *used, of: retrier.max_attempts })
    }

    /// Returns the catcher that a failure gets, with its place in the list.
    #[must_use]
    pub fn catch(&self, failure: &Failure) -> Option<(usize, &Catcher)> {
        if !failure.can_be_handled() {
            return None;
        }
        self.catch.iter().enumerate().find(|(_, catcher)| failure.matches(&catcher.error_equals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(name: &str, max_attempts: u32) -> Retrier {
        Retrier {
            error_equals: vec![name.to_owned()],
            interval_secs: 2,
            max_attempts,
            backoff_rate: 2.0,
            max_delay_secs: None,
            full_jitter: false,
        }
    }

    fn waits(handlers: &Handlers, error: &str) -> Vec<f64> {
        let (mut counts, mut random) = (RetryCounts::default(), Random::seeded(1));
        std::iter::from_fn(|| handlers.retry(&Failure::new(error, ""), &mut counts, &mut random))
            .map(|retry| retry.wait.as_secs_f64())
            .collect()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut handlers = Handlers { retry: vec![retrier("States.ALL", 3)], catch: Vec::new() };
        assert_eq!(waits(&handlers, "Storage"), [2.0, 4.0, 8.0]);
        handlers.retry[0].max_delay_secs = Some(5);
        assert_eq!(waits(&handlers, "Storage"), [2.0, 4.0, 5.0]);
    }

    #[test]
    fn the_first_retrier_that_matches_decides_even_with_no_attempts() {
        let handlers = Handlers { retry: vec![retrier("SchemaDrift", 0), retrier("States.ALL", 3)], catch: Vec::new() };
        assert_eq!(waits(&handlers, "SchemaDrift"), Vec::<f64>::new());
        assert_eq!(waits(&handlers, "Storage").len(), 3);
    }

    #[test]
    fn each_retrier_counts_for_itself() {
        let handlers = Handlers { retry: vec![retrier("A", 1), retrier("B", 2)], catch: Vec::new() };
        let (mut counts, mut random) = (RetryCounts::default(), Random::seeded(1));
        let mut next = |error: &str| handlers.retry(&Failure::new(error, ""), &mut counts, &mut random).is_some();
        assert_eq!([next("A"), next("B"), next("A"), next("B"), next("B")], [true, true, false, true, false]);
    }

    #[test]
    fn full_jitter_draws_a_wait_between_nothing_and_the_full_length() {
        let mut handlers = Handlers { retry: vec![retrier("States.ALL", 40)], catch: Vec::new() };
        handlers.retry[0].backoff_rate = 1.0;
        handlers.retry[0].full_jitter = true;
        let waits = waits(&handlers, "Storage");
        assert!(waits.iter().all(|wait| (0.0..=2.0).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn runtime_failures_get_neither_retry_nor_catch() {
        let handlers =
            Handlers { retry: vec![retrier("States.ALL", 3), retrier("States.Runtime", 3)], catch: Vec::new() };
        assert_eq!(waits(&handlers, "States.Runtime"), Vec::<f64>::new());
    }
}
