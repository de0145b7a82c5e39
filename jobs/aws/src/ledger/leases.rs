//! Leases. The item stays when its lease is given back, so that the fencing number never starts again.
//!
//! A lease whose owner is a run ends with the run: who finishes a run need not write in the partitions of the datasets.

use carelake_core::ledger::{Acquired, Claim, Lease, LedgerError, Status};
use carelake_core::names::{Publication, RunId};
use jiff::Timestamp;

use super::Trouble;
use super::dataset_runs::partition;
use super::item::Item;
use super::runs;
use super::table::{Condition, Table};
use crate::attempts;

/// The sort key of the lease of a publication.
const LEASE: &str = "LEASE";

pub(super) async fn acquire(table: &Table, claim: &Claim<'_>) -> Result<Acquired, Trouble> {
    let pk = partition(claim.publication);
    // Tells the lease of this call from that of another with the same owner, when an answer is lost.
    let mark = format!("{:016x}{:016x}", attempts::random(), attempts::random());
    for attempt in 1..=attempts::MOST {
        let there = table.get(&pk, LEASE).await?;
        let mut lease = Lease {
            publication: claim.publication.clone(),
            owner: claim.owner.to_owned(),
            fencing: 1,
            until: claim.until(),
        };
        let mut condition = Condition::Absent;
        if let Some(there) = &there {
            let fencing: u64 = there.number("fencing")?;
            let until: Timestamp = there.value("until")?;
            if let Some(owner) = there.optional::<String>("owner")? {
                if there.optional::<String>("mark")?.as_ref() == Some(&mark) {
                    return Ok(Acquired::Lease(Lease { fencing, until, ..lease }));
                }
                let retaken = claim.retake && owner == claim.owner;
                if until > claim.now && !retaken && !is_over(table, &owner).await? {
                    return Ok(Acquired::Held { owner, until });
                }
            }
            lease.fencing = fencing.checked_add(1).ok_or(Trouble::Damaged("fencing"))?;
            // Neither taken nor renewed in between.
            condition = Condition::Same(Item::default().with_number("fencing", fencing).with("until", until));
        }
        if table.put(encode(&lease).with("mark", &mark), &condition).await? {
            return Ok(Acquired::Lease(lease));
        }
        attempts::wait(attempt).await;
    }
    Err(Trouble::Busy)
}

pub(super) async fn renew(table: &Table, lease: &Lease, until: Timestamp) -> Result<Lease, Trouble> {
    let renewed = Lease { until, ..lease.clone() };
    let over = is_over(table, &lease.owner).await?;
    if !over && table.put(encode(&renewed), &held(lease)).await? {
        return Ok(renewed);
    }
    Err(LedgerError::LeaseLost { publication: lease.publication.clone(), owner: lease.owner.clone() }.into())
}

pub(super) async fn release(table: &Table, lease: &Lease) -> Result<(), Trouble> {
    let mut free = encode(lease);
    free.0.remove("owner");
    table.put(free, &held(lease)).await.map(drop)
}

pub(super) async fn live(table: &Table, publication: &Publication, now: Timestamp) -> Result<Option<Lease>, Trouble> {
    let Some(there) = table.get(&partition(publication), LEASE).await? else { return Ok(None) };
    let until: Timestamp = there.value("until")?;
    match there.optional::<String>("owner")? {
        Some(owner) if until > now && !is_over(table, &owner).await? => {
            let (publication, fencing) = (publication.clone(), there.number("fencing")?);
            Ok(Some(Lease { publication, owner, fencing, until }))
        }
        _ => Ok(None),
    }
}

/// Returns whether an owner is a run that has ended.
async fn is_over(table: &Table, owner: &str) -> Result<bool, Trouble> {
    let Ok(run_id) = owner.parse::<RunId>() else { return Ok(false) };
    Ok(runs::run(table, &run_id).await?.is_some_and(|run| run.status != Status::Running))
}

/// The condition that a lease is still the one that was taken.
fn held(lease: &Lease) -> Condition {
    Condition::Same(Item::default().with("owner", &lease.owner).with_number("fencing", lease.fencing))
}

fn encode(lease: &Lease) -> Item {
    Item::at(&partition(&lease.publication), LEASE)
        .with("owner", &lease.owner)
        .with_number("fencing", lease.fencing)
        .with("until", lease.until)
}
