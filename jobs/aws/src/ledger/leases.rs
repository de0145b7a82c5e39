//! Claims. The item stays when its claim is given back, so that the generation never starts again.
//!
//! A claim whose owner is a run ends with the run: who finishes a run need not write in the partitions of the datasets.

use carelake_core::ledger::{Ask, Claimed, Leases, LedgerError, Status, Taken, ends, publication_of};
use carelake_core::names::RunId;
use jiff::Timestamp;

use super::item::Item;
use super::runs;
use super::table::{Condition, Table};
use super::{DynamoLedger, Trouble};
use crate::attempts;

/// The sort key of a claim.
const LEASE: &str = "LEASE";
/// Who has it; not there when nobody has.
const OWNER: &str = "owner";
/// The generation.
const FENCING: &str = "fencing";
const UNTIL: &str = "until";
const SINCE: &str = "since";
/// That somebody asks its owner to look once more.
const MARKED: &str = "marked";
/// That its generation began by taking away such a mark.
const AFTER_MARK: &str = "after_mark";
/// Tells the claim of one call from that of another with the same owner, when an answer is lost.
const MARK: &str = "mark";

impl Leases for DynamoLedger {
    fn claim(&self, name: &str, ask: &Ask<'_>) -> Result<Claimed, LedgerError> {
        self.call("take a claim", claim(&self.table, name, ask))
    }

    fn renew_claim(&self, taken: &Taken, now: Timestamp, ttl_secs: u64) -> Result<Taken, LedgerError> {
        self.call("renew a claim", renew(&self.table, taken, ends(now, ttl_secs)))
    }

    fn release_claim(&self, taken: &Taken) -> Result<(), LedgerError> {
        self.call("release a claim", release(&self.table, taken))
    }

    fn leave_mark(&self, name: &str, now: Timestamp) -> Result<bool, LedgerError> {
        self.call("mark a claim", leave_mark(&self.table, name, now))
    }

    fn release_unless_marked(&self, taken: &Taken) -> Result<Option<Taken>, LedgerError> {
        self.call("release a claim", release_unless_marked(&self.table, taken))
    }

    fn holder(&self, name: &str, now: Timestamp) -> Result<Option<Taken>, LedgerError> {
        self.call("read a claim", holder(&self.table, name, now))
    }
}

/// The partition of a name: that of the publication whose lease it is, or one of its own.
fn partition(name: &str) -> String {
    publication_of(name).map_or_else(|| format!("CLAIM#{name}"), |publication| format!("PUB#{publication}"))
}

fn key(name: &str) -> Item {
    Item::at(&partition(name), LEASE)
}

async fn claim(table: &Table, name: &str, ask: &Ask<'_>) -> Result<Claimed, Trouble> {
    let mark = format!("{:016x}{:016x}", attempts::random(), attempts::random());
    for attempt in 1..=attempts::MOST {
        let there = table.get(&partition(name), LEASE).await?;
        let (owner, until) = (ask.owner.to_owned(), ask.until());
        let mut taken = Taken { name: name.to_owned(), owner, generation: 1, until };
        let mut condition = Condition::Absent;
        if let Some(there) = &there {
            let generation: u64 = there.number(FENCING)?;
            let until: Timestamp = there.value(UNTIL)?;
            if let Some(owner) = there.optional::<String>(OWNER)? {
                if there.optional::<String>(MARK)?.as_ref() == Some(&mark) {
                    return Ok(Claimed::Taken(Taken { generation, until, ..taken }));
                }
                let retaken = ask.retake && owner == ask.owner;
                if until > ask.now && !retaken && !is_over(table, &owner).await? {
                    return Ok(Claimed::Busy { owner, since: there.optional(SINCE)?.unwrap_or(ask.now), until });
                }
            }
            taken.generation = next(generation)?;
            // Neither taken nor renewed in between.
            condition = Condition::Same(Item::default().with_number(FENCING, generation).with(UNTIL, until));
        }
        let item = key(name)
            .with(OWNER, &taken.owner)
            .with_number(FENCING, taken.generation)
            .with(UNTIL, taken.until)
            .with(SINCE, ask.now)
            .with(MARK, &mark);
        if table.put(item, &condition).await? {
            return Ok(Claimed::Taken(taken));
        }
        attempts::wait(attempt).await;
    }
    Err(Trouble::Busy)
}

async fn renew(table: &Table, taken: &Taken, until: Timestamp) -> Result<Taken, Trouble> {
    let set = Item::default().with(UNTIL, until);
    let over = is_over(table, &taken.owner).await?;
    if !over && table.change(key(&taken.name), set, &[], &held(taken)).await? {
        return Ok(Taken { until, ..taken.clone() });
    }
    Err(taken.lost().into())
}

async fn release(table: &Table, taken: &Taken) -> Result<(), Trouble> {
    table.change(key(&taken.name), Item::default(), &[OWNER, MARKED], &held(taken)).await.map(drop)
}

async fn leave_mark(table: &Table, name: &str, now: Timestamp) -> Result<bool, Trouble> {
    for attempt in 1..=attempts::MOST {
        let Some(taken) = holder(table, name, now).await? else { return Ok(false) };
        let set = Item::default().with(MARKED, "yes");
        if table.change(key(name), set, &[], &held(&taken)).await? {
            return Ok(true);
        }
        // It has just been given back, or taken by another.
        attempts::wait(attempt).await;
    }
    Err(Trouble::Busy)
}

async fn release_unless_marked(table: &Table, taken: &Taken) -> Result<Option<Taken>, Trouble> {
    let next = Taken { generation: next(taken.generation)?, ..taken.clone() };
    for attempt in 1..=attempts::MOST {
        let Some(there) = table.get(&partition(&taken.name), LEASE).await? else { return Ok(None) };
        let generation: u64 = there.number(FENCING)?;
        let until: Timestamp = there.value(UNTIL)?;
        if there.optional::<String>(OWNER)?.as_ref() != Some(&taken.owner) {
            return Ok(None);
        }
        if generation == next.generation && there.0.contains_key(AFTER_MARK) {
            // The answer to this call was lost, and it is repeated.
            return Ok(Some(Taken { until, ..next }));
        }
        if generation != taken.generation {
            return Ok(None);
        }
        if there.0.contains_key(MARKED) {
            let set = Item::default().with_number(FENCING, next.generation).with(AFTER_MARK, "yes");
            if table.change(key(&taken.name), set, &[MARKED], &held(taken)).await? {
                return Ok(Some(Taken { until, ..next }));
            }
        } else {
            let unmarked = Condition::SameWithout(who(taken), MARKED);
            if table.change(key(&taken.name), Item::default(), &[OWNER], &unmarked).await? {
                return Ok(None);
            }
        }
        // It has just been marked, or was ours already and the answer was lost.
        attempts::wait(attempt).await;
    }
    Err(Trouble::Busy)
}

async fn holder(table: &Table, name: &str, now: Timestamp) -> Result<Option<Taken>, Trouble> {
    let Some(there) = table.get(&partition(name), LEASE).await? else { return Ok(None) };
    let until: Timestamp = there.value(UNTIL)?;
    match there.optional::<String>(OWNER)? {
        Some(owner) if until > now && !is_over(table, &owner).await? => {
            Ok(Some(Taken { name: name.to_owned(), owner, generation: there.number(FENCING)?, until }))
        }
        _ => Ok(None),
    }
}

/// Returns whether an owner is a run that has ended.
async fn is_over(table: &Table, owner: &str) -> Result<bool, Trouble> {
    let Ok(run_id) = owner.parse::<RunId>() else { return Ok(false) };
    Ok(runs::run(table, &run_id).await?.is_some_and(|run| run.status != Status::Running))
}

/// The condition that a claim is still the one that was taken.
fn held(taken: &Taken) -> Condition {
    Condition::Same(who(taken))
}

fn who(taken: &Taken) -> Item {
    Item::default().with(OWNER, &taken.owner).with_number(FENCING, taken.generation)
}

fn next(generation: u64) -> Result<u64, Trouble> {
    generation.checked_add(1).ok_or(Trouble::Damaged(FENCING))
}
