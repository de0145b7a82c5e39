//! Leases.

use std::thread;

use jiff::civil::date;

use super::{Broken, Clause, Pair, at, end, ensure, new_run};
use crate::ledger::{Acquired, Claim, Lease, Ledger, LedgerError, Status};
use crate::names::Publication;

pub(super) const CLAUSES: [(&str, Clause); 3] = [
    ("gives a lease to one at a time", leases_to_one),
    ("lets a lease end, and fences off who had it", fences),
    ("gives leases back when their run ends", frees_leases),
];

fn claim<'c>(publication: &'c Publication, owner: &'c str, second: i64) -> Claim<'c> {
    Claim { publication, owner, retake: false, now: at(second), ttl_secs: 10 }
}

fn take(ledger: &dyn Ledger, claim: &Claim<'_>) -> Result<Lease, Broken> {
    match ledger.acquire_lease(claim)? {
        Acquired::Lease(lease) => Ok(lease),
        Acquired::Held { .. } => Err(Broken::Unmet("a lease that is free cannot be taken")),
    }
}

fn is_held(ledger: &dyn Ledger, claim: &Claim<'_>, by: &str) -> Result<bool, Broken> {
    Ok(matches!(ledger.acquire_lease(claim)?, Acquired::Held { owner, .. } if owner == by))
}

fn leases_to_one(pair: Pair<'_>) -> Result<(), Broken> {
    let Pair { one, other } = pair;
    let (publication, elsewhere) = (Publication::of_dataset("leased"), Publication::of_dataset("leased_elsewhere"));
    let lease = take(one, &claim(&publication, "a", 0))?;
    ensure(lease.owner == "a" && lease.until == at(10), "owner or end of the lease")?;
    ensure(is_held(other, &claim(&publication, "b", 9), "a")?, "a live lease is given to another")?;
    ensure(is_held(other, &claim(&publication, "a", 9), "a")?, "a live lease is given to its owner unasked")?;
    take(other, &claim(&elsewhere, "b", 0))?;
    ensure(one.lease(&publication, at(9))? == Some(lease.clone()), "who holds a lease")?;
    ensure(one.lease(&publication, at(10))?.is_none(), "a lease that has ended is held")?;
    other.release_lease(&lease)?;
    ensure(one.lease(&publication, at(1))?.is_none(), "a lease that was given back is held")?;
    take(other, &claim(&publication, "b", 1))?;
    let raced = Publication::of_dataset("leased_in_a_race");
    let taken: Result<Vec<Acquired>, LedgerError> = thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b", "c", "d", "e", "f"]
            .iter()
            .enumerate()
            .map(|(n, owner)| (if n % 2 == 0 { pair.one } else { pair.other }, claim(&raced, owner, 0)))
            .map(|(ledger, claim)| scope.spawn(move || ledger.acquire_lease(&claim)))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let won = taken?.into_iter().filter(|acquired| matches!(acquired, Acquired::Lease(_))).count();
    ensure(won == 1, "not exactly one of several got the lease")
}

fn fences(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("fenced");
    let lost = |result: Result<Lease, LedgerError>| matches!(result, Err(LedgerError::LeaseLost { .. }));
    let first = take(one, &claim(&publication, "a", 0))?;
    let renewed = one.renew_lease(&first, at(5), 10)?;
    ensure(renewed.until == at(15) && renewed.fencing == first.fencing, "a renewed lease")?;
    ensure(is_held(other, &claim(&publication, "b", 14), "a")?, "renewing does not last")?;
    one.renew_lease(&renewed, at(20), 10)?;
    let second = take(other, &claim(&publication, "b", 30))?;
    ensure(second.fencing > first.fencing, "the fencing number does not grow")?;
    ensure(lost(one.renew_lease(&first, at(31), 10)), "a lease that was taken over is renewed")?;
    one.release_lease(&first)?;
    ensure(other.lease(&publication, at(31))?.is_some(), "who lost a lease gives it back for another")?;
    let again = take(one, &Claim { retake: true, ..claim(&publication, "b", 32) })?;
    ensure(again.fencing > second.fencing, "retaking does not fence off the earlier attempt")?;
    ensure(lost(other.renew_lease(&second, at(33), 10)), "an earlier attempt of the same owner renews")?;
    ensure(is_held(other, &Claim { retake: true, ..claim(&publication, "a", 33) }, "b")?, "retaking from another")?;
    one.release_lease(&again)?;
    ensure(take(other, &claim(&publication, "c", 34))?.fencing > again.fencing, "giving back resets the fencing number")
}

fn frees_leases(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("freed");
    let run_id = one.start_run(&new_run(date(2025, 10, 1)))?;
    take(one, &claim(&publication, &run_id.to_string(), 0))?;
    ensure(other.close_dead_runs(at(1))?.is_empty(), "a run that lives is closed")?;
    one.finish_run(&run_id, &end(Status::Aborted))?;
    take(other, &claim(&publication, "b", 1))?;
    Ok(())
}
