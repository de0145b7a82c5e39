//! When a dataset is refused as a whole: too many rejects, too few rows.

use carelake_core::ErrorKind;
use carelake_core::measure::Loss;

use crate::config::Thresholds;

/// A threshold that was crossed. All figures are rows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Breach {
    /// More rows were refused than `max_reject_ratio` allows.
    #[error(
        "{rejects} of {rows_read} rows rejected, more than max_reject_ratio {max_reject_ratio} allows; most by {rule}"
    )]
    Rejects {
        /// Rows that a rule refused.
        rejects: u64,
        /// Rows read.
        rows_read: u64,
        /// The limit, 0 to 1.
        max_reject_ratio: f64,
        /// The rule that refused most rows, with its source.
        rule: String,
    },
    /// Fewer rows than `min_rows`.
    #[error("{what}: {rows} rows, fewer than min_rows {min_rows}; rerun with --accept-loss if that is right")]
    TooFew {
        /// `output`, or `source` and its name.
        what: String,
        /// Rows there are.
        rows: u64,
        /// The limit.
        min_rows: u64,
    },
    /// What was there last time is gone.
    #[error("{told}; rerun with --accept-loss if that is right")]
    Content {
        /// The worst losses.
        told: String,
    },
    /// Far fewer rows than in the last published run.
    #[error(
        "{what}: {rows} rows after {previous} in the last published run, a drop of more than max_drop_ratio {max_drop_ratio}; rerun with --accept-loss if that is right"
    )]
    Drop {
        /// `output`, or `source` and its name.
        what: String,
        /// Rows there are.
        rows: u64,
        /// Rows there were.
        previous: u64,
        /// The limit, 0 to 1.
        max_drop_ratio: f64,
    },
}

impl Breach {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Rejects { .. } => ErrorKind::REJECT_THRESHOLD,
            Self::TooFew { .. } | Self::Drop { .. } => ErrorKind::VOLUME_DROP,
            Self::Content { .. } => ErrorKind::CONTENT_LOSS,
        }
    }

    /// Refuses losses of nearly everything, given with the worst first.
    pub(super) fn content(losses: &[Loss]) -> Result<(), Self> {
        const TOLD: usize = 5;
        let total: Vec<String> = losses.iter().filter(|loss| loss.is_total).map(ToString::to_string).collect();
        let mut told = total.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
        if total.len() > TOLD {
            told.push_str(&format!("; and {} more", total.len() - TOLD));
        }
        if told.is_empty() { Ok(()) } else { Err(Self::Content { told }) }
    }
}

/// Refuses a number of rows that is below `min_rows`, or far below the last run's.
pub(super) fn check_volume(
    thresholds: &Thresholds,
    what: &str,
    rows: u64,
    previous: Option<u64>,
) -> Result<(), Breach> {
    if rows < thresholds.min_rows {
        return Err(Breach::TooFew { what: what.to_owned(), rows, min_rows: thresholds.min_rows });
    }
    match previous {
        Some(previous) if (rows as f64) < previous as f64 * (1.0 - thresholds.max_drop_ratio) => {
            let max_drop_ratio = thresholds.max_drop_ratio;
            Err(Breach::Drop { what: what.to_owned(), rows, previous, max_drop_ratio })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds =
        Thresholds { max_reject_ratio: 0.01, min_rows: 10, max_drop_ratio: 0.2, note_loss: 0.02, max_loss: 0.5 };

    #[test]
    fn a_drop_of_exactly_the_ratio_is_still_accepted() {
        assert_eq!(check_volume(&THRESHOLDS, "output", 80, Some(100)), Ok(()));
        assert_eq!(
            check_volume(&THRESHOLDS, "output", 79, Some(100)).map_err(|breach| breach.kind()),
            Err(ErrorKind::VOLUME_DROP)
        );
    }

    #[test]
    fn too_few_rows_are_refused_even_without_a_run_before() {
        assert!(matches!(check_volume(&THRESHOLDS, "source dac", 9, None), Err(Breach::TooFew { rows: 9, .. })));
        assert_eq!(check_volume(&THRESHOLDS, "output", 10, None), Ok(()));
    }
}
