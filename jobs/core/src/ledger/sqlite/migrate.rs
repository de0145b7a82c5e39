//! The tables, and how an older ledger becomes a present one.

use rusqlite::{Connection, TransactionBehavior};

use super::Trouble;

/// Each step brings a ledger from the version of its place in the list to the next. Steps are never changed, only added.
pub(super) const STEPS: [&str; 5] = [
    "
    create table runs (
        id integer primary key, run_id text not null unique, as_of text not null, number integer not null,
        trigger text not null, datasets text not null, execution text unique, status text not null,
        started_at text not null, finished_at text, errors text not null default '[]', report_key text,
        unique (as_of, number));
    create table dataset_runs (
        id integer primary key, run_id text not null, publication text not null, attempt integer not null,
        status text not null, started_at text not null, finished_at text, error text, reason text, rows integer,
        previous_run_id text, unique (run_id, publication, attempt));
    create index dataset_runs_of_publication on dataset_runs (publication, status);
    create table schemas (
        id integer primary key, publication text not null, run_id text not null, recorded_at text not null,
        columns text not null);
    create index schemas_of_publication on schemas (publication);
    create table leases (
        publication text primary key, owner text, fencing integer not null, until text not null);
",
    "
    alter table runs add column baseline text not null default '{}';
",
    "
    create table rows (
        of_table text not null, of_partition text not null, sort text not null, version integer not null,
        value text not null, expires_at integer, primary key (of_table, of_partition, sort)) without rowid;
    create index rows_that_expire on rows (expires_at) where expires_at is not null;
",
    "
    create table claims (
        name text primary key, owner text, generation integer not null, since text, until text not null,
        marked integer not null default false, after_mark integer not null default false);
    insert into claims (name, owner, generation, until)
        select 'publication/' || publication, owner, fencing, until from leases;
    drop table leases;
    create table identities (
        identity text primary key, run_id text not null unique, as_of text not null, number integer not null,
        first_given_at text not null, unique (as_of, number));
",
    "
    alter table claims add column process text;
",
];

/// The version that this code writes.
pub(super) const VERSION: u32 = STEPS.len() as u32;

/// Carries out the steps that are missing. Several processes may do so at once; one does it, the others find it done.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > VERSION {
        return Err(Trouble::Newer(found));
    }
    for step in STEPS.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// Checks that a ledger which cannot be changed is of the present version.
pub(super) fn check(connection: &Connection) -> Result<(), Trouble> {
    match version(connection)? {
        VERSION => Ok(()),
        found if found > VERSION => Err(Trouble::Newer(found)),
        _ => Err(Trouble::Damaged("what an older carelake wrote and this one cannot bring up to date")),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
