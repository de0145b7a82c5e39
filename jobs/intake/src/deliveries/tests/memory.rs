//! Rows in memory, so that a property can be tried on many histories.

use std::collections::BTreeMap;
use std::sync::Mutex;

use carelake_core::ledger::{
    Change, Condition, Key, LedgerError, Located, Page, Range, Row, Rows, Transacted, Write, Written,
};
use carelake_core::names::Scope;
use jiff::Timestamp;

use crate::deliveries::contract;

type Kept = BTreeMap<Key, Row>;

/// Rows that are gone with the test.
#[derive(Debug, Default)]
pub(super) struct MemoryRows(Mutex<Kept>);

impl Located for MemoryRows {
    fn describe(&self) -> String {
        "memory".into()
    }
}

fn holds(kept: &Kept, write: &Write) -> bool {
    let there = kept.get(&write.key);
    match (&write.condition, there) {
        (Condition::Always, there) => there.is_some() || !matches!(write.change, Change::Update(_)),
        (Condition::Absent, there) => there.is_none(),
        (Condition::Present, there) => there.is_some(),
        (Condition::Version(version), there) => there.is_some_and(|row| row.version == *version),
        (Condition::Member(name, value), there) => there.is_some_and(|row| row.value.get(name) == Some(value)),
    }
}

fn change(kept: &mut Kept, write: &Write) -> u64 {
    let there = kept.remove(&write.key);
    let version = there.as_ref().map_or(0, |row| row.version) + 1;
    let value = match &write.change {
        Change::Put(value) => value.clone(),
        Change::Delete => return 0,
        Change::Update(_) | Change::Keep => panic!("not asked for by these tests"),
    };
    kept.insert(write.key.clone(), Row { sort: write.key.sort.clone(), version, value, expires_at: None });
    version
}

impl Rows for MemoryRows {
    fn get(&self, key: &Key, _: Timestamp) -> Result<Option<Row>, LedgerError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn write(&self, write: &Write, _: Timestamp) -> Result<Written, LedgerError> {
        let mut kept = self.0.lock().unwrap();
        if !holds(&kept, write) {
            return Ok(Written::Refused);
        }
        Ok(Written::Done { version: change(&mut kept, write) })
    }

    fn transact(&self, writes: &[Write], _: Timestamp) -> Result<Transacted, LedgerError> {
        Write::together(writes, self)?;
        let mut kept = self.0.lock().unwrap();
        let refused: Vec<usize> = (0..writes.len()).filter(|at| !holds(&kept, &writes[*at])).collect();
        if !refused.is_empty() {
            return Ok(Transacted::Refused(refused));
        }
        for write in writes {
            change(&mut kept, write);
        }
        Ok(Transacted::Done)
    }

    fn query(&self, range: &Range, _: Timestamp) -> Result<Page, LedgerError> {
        let kept = self.0.lock().unwrap();
        let is_asked = |(key, row): &(&Key, &Row)| {
            let is_after = range
                .after
                .as_ref()
                .is_none_or(|after| if range.descending { row.sort < *after } else { row.sort > *after });
            key.partition == range.partition && row.sort.starts_with(&range.prefix) && is_after
        };
        let mut rows: Vec<Row> = kept.iter().filter(is_asked).map(|(_, row)| row.clone()).collect();
        if range.descending {
            rows.reverse();
        }
        rows.truncate(range.limit);
        let resume = rows.last().filter(|_| rows.len() == range.limit).map(|row| row.sort.clone());
        Ok(Page { rows, resume })
    }
}

#[test]
fn memory_keeps_the_contract() {
    let rows = MemoryRows::default();
    contract::check(&rows, &rows, &Scope::default()).unwrap();
}
