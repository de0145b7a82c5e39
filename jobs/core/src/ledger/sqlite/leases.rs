//! Leases. A row stays when its lease is given back, so that the fencing number never starts again.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::decode::{optional, rows, value};
use super::{SqliteLedger, Trouble};
use crate::ledger::lease::ends;
use crate::ledger::{Acquired, Claim, Lease, Leases, LedgerError};
use crate::names::{Publication, RunId};

impl Leases for SqliteLedger {
    fn acquire_lease(&self, claim: &Claim<'_>) -> Result<Acquired, LedgerError> {
        self.write("take a lease", |transaction| acquire(transaction, claim))
    }

    fn renew_lease(&self, lease: &Lease, now: Timestamp, ttl_secs: u64) -> Result<Lease, LedgerError> {
        let lost = || LedgerError::LeaseLost { publication: lease.publication.clone(), owner: lease.owner.clone() };
        self.write("renew a lease", |transaction| renew(transaction, lease, now, ttl_secs))?.ok_or_else(lost)
    }

    fn release_lease(&self, lease: &Lease) -> Result<(), LedgerError> {
        self.write("release a lease", |transaction| Ok(release(transaction, lease)?))
    }

    fn lease(&self, publication: &Publication, now: Timestamp) -> Result<Option<Lease>, LedgerError> {
        let lease = self.read("read a lease", |connection| read(connection, publication))?;
        Ok(lease.1.filter(|lease| lease.until > now))
    }
}

fn acquire(connection: &Connection, claim: &Claim<'_>) -> Result<Acquired, Trouble> {
    let (fencing, lease) = read(connection, claim.publication)?;
    if let Some(Lease { owner, until, .. }) = lease {
        let retaken = claim.retake && owner == claim.owner;
        if until > claim.now && !retaken {
            return Ok(Acquired::Held { owner, until });
        }
    }
    let lease = Lease {
        publication: claim.publication.clone(),
        owner: claim.owner.to_owned(),
        fencing: fencing.checked_add(1).ok_or(Trouble::Damaged("fencing"))?,
        until: claim.until(),
    };
    connection.execute(
        "insert into leases (publication, owner, fencing, until) values (?1, ?2, ?3, ?4)
         on conflict (publication) do update set owner = ?2, fencing = ?3, until = ?4",
        params![claim.publication.path(), lease.owner, number(lease.fencing), lease.until.to_string()],
    )?;
    Ok(Acquired::Lease(lease))
}

fn renew(connection: &Connection, lease: &Lease, now: Timestamp, ttl_secs: u64) -> Result<Option<Lease>, Trouble> {
    let until = ends(now, ttl_secs);
    let changed = connection.execute(
        "update leases set until = ?4 where publication = ?1 and owner = ?2 and fencing = ?3",
        params![lease.publication.path(), lease.owner, number(lease.fencing), until.to_string()],
    )?;
    Ok((changed > 0).then(|| Lease { until, ..lease.clone() }))
}

fn release(connection: &Connection, lease: &Lease) -> rusqlite::Result<()> {
    connection.execute(
        "update leases set owner = null where publication = ?1 and owner = ?2 and fencing = ?3",
        params![lease.publication.path(), lease.owner, number(lease.fencing)],
    )?;
    Ok(())
}

/// Gives back every lease of a run that has ended.
pub(super) fn release_all(connection: &Connection, run_id: &RunId) -> rusqlite::Result<()> {
    connection.execute("update leases set owner = null where owner = ?1", [run_id.to_string()])?;
    Ok(())
}

/// Returns the last fencing number of a publication, and its lease unless it was given back.
fn read(connection: &Connection, publication: &Publication) -> Result<(u64, Option<Lease>), Trouble> {
    let query = "select * from leases where publication = ?1";
    let found = rows(connection, query, [publication.path()], |row| {
        let fencing = u64::try_from(row.get::<_, i64>("fencing")?).map_err(|_| Trouble::Damaged("fencing"))?;
        let until = value(row, "until")?;
        let owner: Option<String> = optional(row, "owner")?;
        let lease = owner.map(|owner| Lease { publication: publication.clone(), owner, fencing, until });
        Ok((fencing, lease))
    });
    Ok(found?.pop().unwrap_or((0, None)))
}

/// Returns a fencing number as SQLite keeps it. It grows by one a run and so never comes near the limit.
fn number(fencing: u64) -> i64 {
    i64::try_from(fencing).unwrap_or(i64::MAX)
}
