//! How fast a table is scanned: so that no more than a share of its capacity is taken, as the answers tell what they cost.

use std::time::Duration;

/// What a table without a provisioned capacity has at once: "12,000 read request units" (developer guide, "On-demand capacity mode").
const ON_DEMAND: i64 = 12_000;
/// Items of a page before it is known what items cost.
const FIRST_LIMIT: i32 = 100;
/// How long the capacity that a page takes may last.
const PAGE_SECS: f64 = 1.0;

/// The pace of one of several scans of a table.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// Read units that it may take in a second.
    units_per_second: f64,
    taken: f64,
    items: f64,
}

impl Pace {
    /// Takes the read units that a table provides in a second (0: on demand, without a limit of its own), the share of them in
    /// hundredths, and among how many scans it is divided.
    pub(super) fn new(provided: i64, percent: u8, scans: u32) -> Self {
        let provided = if provided > 0 { provided } else { ON_DEMAND };
        let share = provided as f64 * f64::from(percent) / 100.0 / f64::from(scans.max(1));
        Self { units_per_second: share.max(0.01), taken: 0.0, items: 0.0 }
    }

    /// Notes what a page cost.
    pub(super) fn took(&mut self, units: f64, items: usize) {
        self.taken += units;
        self.items += items as f64;
    }

    /// Returns how long to wait before the next page, that long after the beginning.
    pub(super) fn wait(&self, since: Duration) -> Duration {
        let due = self.taken / self.units_per_second;
        Duration::try_from_secs_f64(due - since.as_secs_f64()).unwrap_or_default()
    }

    /// Returns how many items the next page may have: as many as about a second's share pays for. None: as many as fit.
    pub(super) fn limit(&self) -> Option<i32> {
        // A page of a mebibyte that is read consistently takes 256 units.
        if self.units_per_second >= 256.0 {
            return None;
        }
        if self.items == 0.0 {
            return Some(FIRST_LIMIT.min((self.units_per_second.ceil() as i32).max(1)));
        }
        let cost = (self.taken / self.items).max(0.01);
        Some((self.units_per_second * PAGE_SECS / cost).clamp(1.0, 100_000.0) as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_takes_its_share_and_no_more() {
        let mut pace = Pace::new(100, 25, 1);
        assert_eq!((pace.wait(Duration::ZERO), pace.limit()), (Duration::ZERO, Some(25)));
        pace.took(50.0, 25);
        assert_eq!(pace.wait(Duration::ZERO), Duration::from_secs(2), "50 units at 25 a second");
        assert_eq!(pace.wait(Duration::from_secs(5)), Duration::ZERO);
        assert_eq!(pace.limit(), Some(12), "an item costs two units");
        assert_eq!(Pace::new(0, 25, 4).limit(), None, "on demand");
        let two = Pace::new(100, 50, 2);
        assert_eq!(two.units_per_second, Pace::new(100, 25, 1).units_per_second);
    }
}
