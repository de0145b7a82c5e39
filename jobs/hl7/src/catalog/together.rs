//! Transactions of several messages as one: whoever writes to the same ledger at the same moment shares one.
//!
//! None of them is flushed: the bytes of each message are, and a sweep enters again what a power cut undid.
//!
//! Each message is entered whole or not at all as before, since all of them are; one whose condition does not hold is left out and told
//! so, and the others are tried without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};

use carelake_core::ledger::{Key, LedgerError, Rows, Transacted, Write};
use jiff::Timestamp;

/// Rows that one transaction takes.
const MOST: usize = 100;

/// Those who write to one ledger.
#[derive(Default)]
struct Writers {
    state: Mutex<State>,
    turn: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    /// What came of those that were written with others; nothing where that failed, and each is to try by itself.
    told: BTreeMap<u64, Option<Transacted>>,
    is_writing: bool,
    next: u64,
}

struct Waiting {
    ticket: u64,
    writes: Vec<Write>,
    is_alone: bool,
}

/// The ledgers of this process, by where they are.
static LEDGERS: LazyLock<Mutex<BTreeMap<String, Arc<Writers>>>> = LazyLock::new(Mutex::default);

/// Carries out a transaction, with those of others where they can be one.
pub(super) fn transact(rows: &dyn Rows, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
    let writers = {
        let mut ledgers = LEDGERS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ledgers.entry(rows.describe()).or_default())
    };
    let mut state = writers.state.lock().unwrap_or_else(PoisonError::into_inner);
    let ticket = state.next;
    state.next += 1;
    state.waiting.push(Waiting { ticket, writes: writes.to_vec(), is_alone: false });
    loop {
        match state.told.remove(&ticket) {
            Some(Some(told)) => return Ok(told),
            Some(None) => state.waiting.push(Waiting { ticket, writes: writes.to_vec(), is_alone: true }),
            None => {}
        }
        if state.is_writing {
            state = writers.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let batch = state.batch(ticket);
        state.is_writing = true;
        drop(state);
        let all: Vec<Write> = batch.iter().flat_map(|one| one.writes.iter().cloned()).collect();
        let answered = rows.transact_unflushed(&all, now);
        state = writers.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_writing = false;
        let failed = state.tell(batch, answered);
        writers.turn.notify_all();
        if let Some(error) = failed {
            return Err(error);
        }
    }
}

impl State {
    /// Takes those that can be written together: who writes, and others that touch no row of those before.
    fn batch(&mut self, ours: u64) -> Vec<Waiting> {
        // Who writes comes first, so that nobody waits for others for ever.
        self.waiting.sort_by_key(|one| (one.ticket != ours, one.ticket));
        let mut keys: BTreeSet<Key> = BTreeSet::new();
        let (mut batch, mut rest, mut count) = (Vec::<Waiting>::new(), Vec::new(), 0);
        for one in std::mem::take(&mut self.waiting) {
            let is_alone = one.is_alone || batch.first().is_some_and(|first| first.is_alone);
            let fits = !is_alone && count + one.writes.len() <= MOST;
            let is_free = one.writes.iter().all(|write| !keys.contains(&write.key));
            if one.ticket == ours || (fits && is_free) {
                keys.extend(one.writes.iter().map(|write| write.key.clone()));
                count += one.writes.len();
                batch.push(one);
            } else {
                rest.push(one);
            }
        }
        self.waiting = rest;
        batch
    }

    /// Tells each of a batch what came of it; answers the error of who wrote alone.
    fn tell(&mut self, batch: Vec<Waiting>, answered: Result<Transacted, LedgerError>) -> Option<LedgerError> {
        match answered {
            Ok(Transacted::Done) => {
                self.told.extend(batch.into_iter().map(|one| (one.ticket, Some(Transacted::Done))));
                None
            }
            Ok(Transacted::Refused(places)) => {
                let (mut at, mut again) = (0, Vec::new());
                for one in batch {
                    let range = at..at + one.writes.len();
                    at = range.end;
                    let own: Vec<usize> =
                        places.iter().filter(|place| range.contains(*place)).map(|place| place - range.start).collect();
                    if own.is_empty() {
                        again.push(one);
                    } else {
                        self.told.insert(one.ticket, Some(Transacted::Refused(own)));
                    }
                }
                again.append(&mut self.waiting);
                self.waiting = again;
                None
            }
            Err(error) if batch.len() == 1 => Some(error),
            Err(_) => {
                // Each tries by itself, and has an error of its own then, if it is its own.
                self.told.extend(batch.into_iter().map(|one| (one.ticket, None)));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use carelake_core::ledger::{Condition, Partition, SqliteLedger};
    use carelake_core::names::Scope;

    use super::*;

    fn put(partition: &Partition, sort: &str) -> Write {
        Write::put(partition.key(sort), Default::default()).when(Condition::Absent)
    }

    #[test]
    fn each_of_many_at_once_is_done_or_refused_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (partition, now) = (Partition::new(&Scope::default(), "hl7", "t"), Timestamp::UNIX_EPOCH);
        // Every fourth wants a row that is there already; those that are written with it are to be done all the same.
        transact(&ledger, &[put(&partition, "shared")], now).unwrap();
        let barrier = Barrier::new(40);
        let done = thread::scope(|scope| {
            let write = |number: usize| {
                barrier.wait();
                let shared = if number.is_multiple_of(4) { "shared".to_owned() } else { format!("own {number}") };
                let writes = [put(&partition, &shared), put(&partition, &format!("beside {number}"))];
                let told = transact(&ledger, &writes, now).unwrap();
                (number, told)
            };
            let threads: Vec<_> = (0..40).map(|number| scope.spawn(move || write(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let refused: Vec<usize> =
            done.iter().filter(|(_, told)| *told != Transacted::Done).map(|(number, _)| *number).collect();
        assert_eq!(refused.len(), 10);
        for (number, told) in &done {
            let is_there = ledger.get(&partition.key(&format!("beside {number}")), now).unwrap().is_some();
            assert_eq!(is_there, *told == Transacted::Done, "{number}");
            assert!(matches!(told, Transacted::Done) || *told == Transacted::Refused(vec![0]));
        }
    }

    #[test]
    fn an_error_is_that_of_each_and_nobody_waits_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (partition, now) = (Partition::new(&Scope::default(), "hl7", "t"), Timestamp::UNIX_EPOCH);
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8_usize {
                let (ledger, barrier, partition) = (&ledger, &barrier, &partition);
                scope.spawn(move || {
                    barrier.wait();
                    // Two writes to one row cannot be one transaction.
                    let twice = [put(partition, "same"), put(partition, "same")];
                    let good = [put(partition, &number.to_string())];
                    let told = match number % 2 {
                        0 => transact(ledger, &twice, now).is_err(),
                        _ => transact(ledger, &good, now).is_ok_and(|told| told == Transacted::Done),
                    };
                    assert!(told, "{number}");
                });
            }
        });
    }
}
