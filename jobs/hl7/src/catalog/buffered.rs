//! Rows that are written a few dozen at a time: for one who loads a file, and need not have each message durable before the next.
//!
//! What is written is seen at once by whoever writes here, and by nobody else before it is flushed. Flushed it is one transaction, on
//! the condition that nobody changed meanwhile what it stands on; else nothing of it happened, and it is to be done again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use carelake_core::ledger::{
    Change, Condition, Key, LedgerError, Located, Object, Page, Range, Row, Rows, Transacted, Write, Written,
};
use jiff::Timestamp;

/// Rows that one transaction takes.
const MOST: usize = 100;

/// Rows that are written together later.
pub struct Buffered<'r> {
    rows: &'r dyn Rows,
    name: String,
    slots: Mutex<BTreeMap<Key, Slot>>,
}

/// A row that something stands on, or that is written.
#[derive(Debug, Clone)]
struct Slot {
    /// As it is in the ledger.
    read: Option<Row>,
    /// As it is seen here.
    now: Option<Row>,
    is_written: bool,
}

impl<'r> Buffered<'r> {
    /// Writes later to these rows.
    #[must_use]
    pub fn over(rows: &'r dyn Rows) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { rows, name: format!("{}, gathered ({number})", rows.describe()), slots: Mutex::default() }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Key, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many rows wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots().len()
    }

    /// Returns whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets what waits.
    pub fn discard(&self) {
        self.slots().clear();
    }

    /// Writes what waits, all or nothing; answers whether nobody was first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails; what waits is still there.
    pub fn flush(&self, now: Timestamp) -> Result<bool, LedgerError> {
        let mut slots = self.slots();
        let writes: Vec<Write> = slots
            .iter()
            .map(|(key, slot)| {
                let condition = slot.read.as_ref().map_or(Condition::Absent, |row| Condition::Version(row.version));
                match slot.now.as_ref().filter(|_| slot.is_written) {
                    Some(row) => {
                        let put = Write::put(key.clone(), row.value.clone()).when(condition);
                        Write { expires_at: row.expires_at, ..put }
                    }
                    None => Write::keep(key.clone()).when(condition),
                }
            })
            .collect();
        if writes.is_empty() {
            return Ok(true);
        }
        let is_done = self.rows.transact(&writes, now)? == Transacted::Done;
        if is_done {
            slots.clear();
        }
        Ok(is_done)
    }

    fn crowded(&self) -> LedgerError {
        LedgerError::Busy { place: self.rows.describe() }
    }
}

impl fmt::Debug for Buffered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Located for Buffered<'_> {
    fn describe(&self) -> String {
        self.name.clone()
    }
}

impl Rows for Buffered<'_> {
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError> {
        let found = self.slots().get(key).map(|slot| slot.now.clone());
        found.map_or_else(|| self.rows.get(key, now), Ok)
    }

    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError> {
        Ok(match self.transact(std::slice::from_ref(write), now)? {
            Transacted::Done => Written::Done { version: self.get(&write.key, now)?.map_or(0, |row| row.version) },
            Transacted::Refused(_) => Written::Refused,
        })
    }

    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        Write::together(writes, self)?;
        let room = {
            let slots = self.slots();
            MOST.saturating_sub(writes.iter().filter(|write| !slots.contains_key(&write.key)).count() + slots.len())
        };
        // All of one transaction is in one flush.
        if room == 0 && !self.is_empty() && !self.flush(now)? {
            return Err(self.crowded());
        }
        let mut slots = self.slots();
        let mut next: Vec<(Key, Slot)> = Vec::with_capacity(writes.len());
        let mut refused = Vec::new();
        for (at, write) in writes.iter().enumerate() {
            let slot = match slots.get(&write.key) {
                Some(slot) => slot.clone(),
                None => {
                    let read = self.rows.get(&write.key, now)?;
                    Slot { now: read.clone(), read, is_written: false }
                }
            };
            match changed(slot, write) {
                Some(slot) => next.push((write.key.clone(), slot)),
                None => refused.push(at),
            }
        }
        if !refused.is_empty() {
            return Ok(Transacted::Refused(refused));
        }
        slots.extend(next);
        Ok(Transacted::Done)
    }

    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError> {
        if !self.flush(now)? {
            return Err(self.crowded());
        }
        self.rows.query(range, now)
    }
}

/// Returns a row as a change leaves it; none where the condition of the change does not hold.
fn changed(slot: Slot, write: &Write) -> Option<Slot> {
    let there = slot.now.as_ref();
    let holds = match (&write.condition, there) {
        (Condition::Always, _) | (Condition::Present, Some(_)) | (Condition::Absent, None) => true,
        (Condition::Version(version), Some(row)) => row.version == *version,
        (Condition::Member(name, value), Some(row)) => row.value.get(name) == Some(value),
        _ => false,
    };
    if !holds {
        return None;
    }
    let row = |value: Object, expires_at: Option<Timestamp>| Row {
        sort: write.key.sort.clone(),
        version: there.map_or(1, |row| row.version + 1),
        value,
        expires_at,
    };
    let now = match &write.change {
        Change::Put(value) => Some(row(value.clone(), write.expires_at)),
        Change::Update(members) => {
            let before = there?;
            let mut value = before.value.clone();
            value.extend(members.clone());
            Some(row(value, write.expires_at.or(before.expires_at)))
        }
        // Nothing of the catalogue is ever deleted.
        Change::Delete => return None,
        Change::Keep => return Some(slot),
    };
    Some(Slot { now, is_written: true, ..slot })
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::{Partition, SqliteLedger};
    use carelake_core::names::Scope;
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn value(n: u64) -> Object {
        Object::from_iter([("n".to_owned(), json!(n))])
    }

    #[test]
    fn what_waits_is_seen_here_and_nowhere_else_until_it_is_flushed() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (buffered, partition) = (Buffered::over(&ledger), Partition::new(&Scope::default(), "hl7", "t"));
        let key = partition.key("a");
        let put = |n| Write::put(key.clone(), value(n));
        assert_eq!(buffered.transact(&[put(1).when(Condition::Absent)], NOW).unwrap(), Transacted::Done);
        assert_eq!(buffered.transact(&[put(2).when(Condition::Absent)], NOW).unwrap(), Transacted::Refused(vec![0]));
        assert_eq!(buffered.transact(&[put(3).when(Condition::Version(1))], NOW).unwrap(), Transacted::Done);
        let member = Condition::Member("n".to_owned(), json!(3));
        assert_eq!(buffered.transact(&[Write::keep(key.clone()).when(member)], NOW).unwrap(), Transacted::Done);
        assert_eq!(buffered.get(&key, NOW).unwrap().unwrap().value, value(3));
        assert_eq!(ledger.get(&key, NOW).unwrap(), None);
        assert!(buffered.flush(NOW).unwrap() && buffered.is_empty());
        assert_eq!(ledger.get(&key, NOW).unwrap().unwrap().value, value(3));
    }

    #[test]
    fn nothing_is_written_where_somebody_changed_what_it_stands_on() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (buffered, partition) = (Buffered::over(&ledger), Partition::new(&Scope::default(), "hl7", "t"));
        let (stood_on, written) = (partition.key("a"), partition.key("b"));
        ledger.write(&Write::put(stood_on.clone(), value(1)), NOW).unwrap();
        let keep = Write::keep(stood_on.clone()).when(Condition::Member("n".to_owned(), json!(1)));
        buffered.transact(&[keep, Write::put(written.clone(), value(2))], NOW).unwrap();
        ledger.write(&Write::put(stood_on, value(5)), NOW).unwrap();
        assert!(!buffered.flush(NOW).unwrap());
        assert_eq!(ledger.get(&written, NOW).unwrap(), None);
        buffered.discard();
        assert!(buffered.flush(NOW).unwrap());
    }

    #[test]
    fn more_rows_than_one_transaction_takes_are_flushed_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (buffered, partition) = (Buffered::over(&ledger), Partition::new(&Scope::default(), "hl7", "t"));
        for n in 0..250 {
            let pair = [0, 1].map(|part| Write::put(partition.key(&format!("{n}/{part}")), value(n)));
            assert_eq!(buffered.transact(&pair, NOW).unwrap(), Transacted::Done);
            assert!(buffered.len() <= MOST);
        }
        assert!(buffered.flush(NOW).unwrap());
        assert_eq!(ledger.query(&partition.begin("", 1_000), NOW).unwrap().rows.len(), 500);
    }
}
