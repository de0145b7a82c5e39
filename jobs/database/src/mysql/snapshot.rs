//! Snapshots: what all sessions of a load see alike.
//!
//! No lock is taken for it. Two sessions see the same where the server says that both began at one place of its log of changes.

use super::fault::Fault;
use super::session::Open;
use super::setup::Flavour;
use super::waiting;
use crate::relation::Relation;
use crate::session::Snapshot;

/// How often a place is asked for that changed while the snapshot was opened.
const TRIES: usize = 10;
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Opens a snapshot. One that turns out to be another than `join` stays open: whether it is of use is for the caller to say.
pub(super) fn begin(open: &mut Open, join: Option<&Snapshot>) -> Result<Option<Snapshot>, Fault> {
    let found = match open.flavour {
        Flavour::Mariadb(..) => {
            start(open)?;
            position(open)?
        }
        Flavour::Mysql => between_changes(open)?,
    };
    Ok(found.map(Snapshot).filter(|found| join.is_none_or(|join| join == found)))
}

fn start(open: &mut Open) -> Result<(), Fault> {
    open.link.run(BEGIN)?;
    open.held.clear();
    (open.is_in_snapshot, open.has_begun) = (true, true);
    Ok(())
}

/// Returns the place in MariaDB's log at which this session's snapshot was opened; none where it keeps no log.
fn position(open: &mut Open) -> Result<Option<String>, Fault> {
    let rows = open.link.texts("SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")?;
    let value = |name: &str| {
        let row = rows.iter().find(|row| {
            row.first().is_some_and(|found| found.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(name)))
        });
        row.and_then(|row| row.get(1).cloned().flatten()).filter(|value| !value.is_empty())
    };
    let (file, position) = (value("Binlog_snapshot_file"), value("Binlog_snapshot_position"));
    Ok(file.zip(position).map(|(file, position)| format!("{file}:{position}")))
}

/// Opens MySQL's between two looks at what was carried out, which must agree; none where they never do, or it numbers no transactions.
fn between_changes(open: &mut Open) -> Result<Option<String>, Fault> {
    const DONE: &str = "SELECT @@global.gtid_executed";
    for _ in 0..TRIES {
        let before = open.link.only(DONE)?.into_iter().next().flatten();
        start(open)?;
        let after = open.link.only(DONE)?.into_iter().next().flatten();
        if before == after {
            return Ok(after.filter(|done| !done.is_empty()));
        }
    }
    Ok(None)
}

/// Lets the snapshot go.
pub(super) fn end(open: &mut Open) -> Result<(), Fault> {
    open.is_in_snapshot = false;
    open.held.clear();
    open.announce();
    open.link.run("ROLLBACK")
}

/// Reads something of a table, and lets the table go again while the snapshot stays, so that who wants to change it need not wait.
///
/// A MariaDB that keeps a log of changes does not let it go before the snapshot: so the names of all that were read stand before each
/// statement, where [`super::waiting`] finds them.
pub(super) fn within<T>(
    open: &mut Open,
    relation: Option<&Relation>,
    work: impl FnOnce(&mut Open) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if let Some(relation) = relation {
        let name = waiting::plain(&relation.name);
        if !open.held.contains(&name) {
            open.held.push(name);
        }
        open.announce();
    }
    if !open.is_in_snapshot {
        let done = work(open);
        open.held.clear();
        return done;
    }
    open.link.run("SAVEPOINT carelake")?;
    let done = work(open);
    let let_go = open.link.run("ROLLBACK TO SAVEPOINT carelake");
    let done = done?;
    let_go?;
    Ok(done)
}
