//! A ledger that fails: nobody is told that a message is entered which is not, and when it works again all is as if it had not failed.

use std::sync::atomic::{AtomicU64, Ordering};

use carelake_core::ledger::{Key, LedgerError, Located, Page, Range, Row, Rows, Transacted, Write, Written};
use jiff::{SignedDuration, Timestamp};

use super::lake::{Lake, admission, arrival};
use crate::receive::{Receipt, Status, receive};
use crate::sweep::sweep;
use crate::world::World;

/// Rows of which one call fails.
#[derive(Debug)]
struct Failing<'r> {
    rows: &'r dyn Rows,
    calls: AtomicU64,
    fails_at: u64,
}

impl Failing<'_> {
    fn call(&self) -> Result<(), LedgerError> {
        match self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.fails_at {
            true => Err(LedgerError::Full { place: self.rows.describe() }),
            false => Ok(()),
        }
    }
}

impl Located for Failing<'_> {
    fn describe(&self) -> String {
        self.rows.describe()
    }
}

impl Rows for Failing<'_> {
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError> {
        self.call()?;
        self.rows.get(key, now)
    }

    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError> {
        self.call()?;
        self.rows.write(write, now)
    }

    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        self.call()?;
        self.rows.transact(writes, now)
    }

    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError> {
        self.call()?;
        self.rows.query(range, now)
    }
}

#[test]
fn whichever_call_fails_nothing_is_acknowledged_that_is_not_kept_and_a_second_try_or_a_sweep_enters_it_once() {
    let mut failures = 0;
    for fails_at in 1.. {
        let lake = Lake::new();
        let message = admission("1", "7");
        let (sent, calls): (Result<Receipt, bool>, u64) = lake.act(|world| {
            let failing = Failing { rows: world.ledger, calls: AtomicU64::new(0), fails_at };
            let sent = receive(&World { rows: Some(&failing), ..*world }, &arrival(&message));
            (sent.map_err(|failed| failed.is_durable), failing.calls.load(Ordering::Relaxed))
        });
        if calls < fails_at {
            break;
        }
        failures += 1;
        let is_kept = !lake.zones()[0].is_empty();
        match sent {
            // Only what it is good for nobody waits for: when its sender was heard of.
            Ok(receipt) => assert_eq!((receipt.status, is_kept), (Status::Stored, true), "call {fails_at}"),
            Err(is_durable) => assert_eq!(is_durable, is_kept, "call {fails_at}"),
        }
        let any_age = SignedDuration::from_hours(-24 * 365 * 100);
        match fails_at % 2 {
            0 => drop(lake.act(|world| sweep(world, any_age, true)).unwrap()),
            _ => assert!(lake.send(&message).status.is_well()),
        }
        let [raw, staging, errors] = lake.zones();
        let wanted = usize::from(is_kept || fails_at % 2 == 1);
        assert_eq!((raw.len(), staging.len(), errors.len()), (wanted, wanted, 0), "call {fails_at}");
        if wanted == 1 {
            let patient = lake.catalog(|catalog| catalog.find("HOSP#MR#7")).unwrap().unwrap();
            let of = lake.catalog(|catalog| catalog.messages(&[patient.uuid], None, 9, &|_, _| true)).unwrap();
            assert_eq!(of.len(), 1, "call {fails_at}");
        }
    }
    assert!(failures >= 5, "{failures} calls");
}
