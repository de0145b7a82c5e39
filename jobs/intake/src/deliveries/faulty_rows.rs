//! Rows that fail on cue, for tests of everything that stands on rows.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use carelake_core::ledger::{Key, LedgerError, Located, Page, Range, Row, Rows, Transacted, Write, Written};
use carelake_core::store::Moment;
use jiff::Timestamp;

/// Passes calls on to other rows, and fails the one whose turn it is, as if the process had been killed then: every call after
/// it fails too.
pub struct FaultyRows<'r> {
    inner: &'r dyn Rows,
    fails_at: u64,
    moment: Moment,
    calls: AtomicU64,
}

impl<'r> FaultyRows<'r> {
    /// Fails the call with this number, from 1, before or after it does what it is to do.
    #[must_use]
    pub const fn new(inner: &'r dyn Rows, fails_at: u64, moment: Moment) -> Self {
        Self { inner, fails_at, moment, calls: AtomicU64::new(0) }
    }

    /// Returns whether the call was made that fails.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.fails_at
    }

    fn pass<T>(&self, call: impl FnOnce(&dyn Rows) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number < self.fails_at {
            return call(self.inner);
        }
        if number == self.fails_at && self.moment == Moment::After {
            call(self.inner)?;
        }
        Err(LedgerError::Failed {
            action: "do what is on the cue",
            place: self.inner.describe(),
            cause: io::Error::other("cue"),
        })
    }
}

impl fmt::Debug for FaultyRows<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("FaultyRows").field("fails_at", &self.fails_at).finish_non_exhaustive()
    }
}

impl Located for FaultyRows<'_> {
    fn describe(&self) -> String {
        self.inner.describe()
    }
}

impl Rows for FaultyRows<'_> {
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError> {
        self.pass(|rows| rows.get(key, now))
    }

    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError> {
        self.pass(|rows| rows.write(write, now))
    }

    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        self.pass(|rows| rows.transact(writes, now))
    }

    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError> {
        self.pass(|rows| rows.query(range, now))
    }
}
