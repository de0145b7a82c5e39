//! How it goes with what is done again and again: of many failures in a row somebody is told the first, and then that it is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::LedgerError;
use super::rows::{Condition, Partition, Rows, Write, Written, object};
use crate::names::Scope;

/// How often a turn is noted when others note one of the same subject.
const MOST_TRIES: usize = 20;

/// The subjects of a room: a source, a feed, a stream, a model.
#[derive(Debug, Clone, Copy)]
pub struct Subjects<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
    room: &'r str,
}

/// What a success or a failure means for those who are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It fails, and did not before, or fails in another way now: tell.
    Failed,
    /// It fails as it did: told already.
    StillFails {
        /// Since when.
        since: Timestamp,
        /// How often in a row, this time among them.
        times: u64,
    },
    /// It failed and works again: tell.
    Recovered {
        /// Since when it failed.
        since: Timestamp,
        /// How often in a row it did.
        times: u64,
    },
    /// It works as it did: the report tells.
    StillWorks,
}

impl Turn {
    /// Returns whether somebody is to be told.
    #[must_use]
    pub const fn is_news(&self) -> bool {
        matches!(self, Self::Failed | Self::Recovered { .. })
    }
}

/// A subject that fails.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failing {
    error: String,
    since: Timestamp,
    times: u64,
    /// The failure that was noted last, so that one that is noted twice counts once.
    last: String,
}

impl<'r> Subjects<'r> {
    /// Opens the subjects of a room.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope, room: &'r str) -> Self {
        Self { rows, scope, room }
    }

    /// Notes that a subject failed. `attempt` tells this failure from every other of the subject, such as the execution; noted
    /// again, because the first answer was lost, it has the same answer.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always noted first, or the ledger fails.
    pub fn failed(&self, subject: &str, attempt: &str, error: &str, now: Timestamp) -> Result<Turn, LedgerError> {
        let key = self.all().key(subject);
        for _ in 0..MOST_TRIES {
            let row = self.rows.get(&key, now)?;
            let before: Option<Failing> = row.as_ref().map(|row| row.read("a subject", self.rows)).transpose()?;
            let (since, times, is_same) = match &before {
                Some(before) if before.last == attempt => return Ok(before.turn()),
                Some(before) => (before.since, before.times.saturating_add(1), before.error == error),
                None => (now, 1, false),
            };
            // One that fails in another way is told anew, and has failed since then in that way.
            let (since, times) = if is_same { (since, times) } else { (now, 1) };
            let failing = Failing { error: error.to_owned(), since, times, last: attempt.to_owned() };
            let condition = row.map_or(Condition::Absent, |row| Condition::Version(row.version));
            let put = Write::put(key.clone(), object(&failing, self.rows)?).when(condition);
            if self.rows.write(&put, now)? != Written::Refused {
                return Ok(failing.turn());
            }
        }
        Err(self.busy())
    }

    /// Notes that a subject works.
    ///
    /// # Errors
    /// As [`Subjects::failed`].
    pub fn succeeded(&self, subject: &str, now: Timestamp) -> Result<Turn, LedgerError> {
        let key = self.all().key(subject);
        for _ in 0..MOST_TRIES {
            let Some(row) = self.rows.get(&key, now)? else { return Ok(Turn::StillWorks) };
            let Failing { since, times, .. } = row.read("a subject", self.rows)?;
            let delete = Write::delete(key.clone()).when(Condition::Version(row.version));
            if self.rows.write(&delete, now)? != Written::Refused {
                return Ok(Turn::Recovered { since, times });
            }
        }
        Err(self.busy())
    }

    fn all(&self) -> Partition {
        Partition::new(self.scope, "subjects", self.room)
    }

    fn busy(&self) -> LedgerError {
        LedgerError::Busy { place: self.rows.describe() }
    }
}

impl Failing {
    const fn turn(&self) -> Turn {
        if self.times > 1 { Turn::StillFails { since: self.since, times: self.times } } else { Turn::Failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SqliteLedger;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn the_first_failure_and_the_recovery_are_news_and_nothing_between() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let subjects = Subjects::new(&ledger, &scope, "loads");
        assert_eq!(subjects.succeeded("crm", at(0)).unwrap(), Turn::StillWorks);
        assert_eq!(subjects.failed("crm", "loads-1", "Unavailable", at(1)).unwrap(), Turn::Failed);
        assert_eq!(subjects.failed("crm", "loads-1", "Unavailable", at(2)).unwrap(), Turn::Failed, "noted again");
        let still = |times| Turn::StillFails { since: at(1), times };
        assert_eq!(subjects.failed("crm", "loads-2", "Unavailable", at(3)).unwrap(), still(2));
        assert_eq!(subjects.failed("crm", "loads-3", "Unavailable", at(4)).unwrap(), still(3));
        assert_eq!(subjects.failed("lab", "loads-3", "Refused", at(4)).unwrap(), Turn::Failed, "another subject");
        let recovered = Turn::Recovered { since: at(1), times: 3 };
        assert_eq!(subjects.succeeded("crm", at(5)).unwrap(), recovered);
        assert_eq!(subjects.succeeded("crm", at(6)).unwrap(), Turn::StillWorks);
        assert!(Turn::Failed.is_news() && recovered.is_news() && !still(2).is_news() && !Turn::StillWorks.is_news());
        assert_eq!(subjects.failed("crm", "loads-7", "Unavailable", at(7)).unwrap(), Turn::Failed);
        assert_eq!(subjects.failed("crm", "loads-8", "Refused", at(8)).unwrap(), Turn::Failed, "in another way");
        let acme: Scope = "acme".parse().unwrap();
        assert_eq!(Subjects::new(&ledger, &acme, "loads").succeeded("crm", at(9)).unwrap(), Turn::StillWorks);
        assert_eq!(Subjects::new(&ledger, &scope, "fhir").succeeded("crm", at(9)).unwrap(), Turn::StillWorks);
    }
}
