//! Rows. Those whose time has come are taken away by the next change.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as Line, params};
use serde_json::Value;

use super::decode::{json, rows, to_json};
use super::{FLUSHED, SqliteLedger, Trouble, UNFLUSHED};
use crate::ledger::LedgerError;
use crate::ledger::rows::{Change, Condition, Key, Page, Range, Row, Rows, Transacted, Write, Written};

impl Rows for SqliteLedger {
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError> {
        self.read("read a row", |connection| get(connection, key, now))
    }

    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError> {
        self.write("write a row", |transaction| {
            if !holds(transaction, write, now)? {
                return Ok(Written::Refused);
            }
            sweep(transaction, now)?;
            Ok(Written::Done { version: change(transaction, write)? })
        })
    }

    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        self.transact_as(FLUSHED, writes, now)
    }

    fn transact_unflushed(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        self.transact_as(UNFLUSHED, writes, now)
    }

    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError> {
        self.read("read rows", |connection| query(connection, range, now))
    }
}

impl SqliteLedger {
    fn transact_as(&self, synchronous: &str, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        Write::together(writes, self)?;
        self.change("write rows", synchronous, |transaction| {
            let mut refused = Vec::new();
            for (at, write) in writes.iter().enumerate() {
                if !holds(transaction, write, now)? {
                    refused.push(at);
                }
            }
            if !refused.is_empty() {
                return Ok(Transacted::Refused(refused));
            }
            sweep(transaction, now)?;
            for write in writes {
                change(transaction, write)?;
            }
            Ok(Transacted::Done)
        })
    }
}

fn get(connection: &Connection, key: &Key, now: Timestamp) -> Result<Option<Row>, Trouble> {
    let found = rows(
        connection,
        "select * from rows where of_table = ?1 and of_partition = ?2 and sort = ?3
         and (expires_at is null or expires_at > ?4)",
        params![key.partition.table, key.partition.name, key.sort, now.as_second()],
        decode,
    );
    Ok(found?.pop())
}

fn query(connection: &Connection, range: &Range, now: Timestamp) -> Result<Page, Trouble> {
    let (of, limit) = (&range.partition, range.limit.max(1));
    let (compare, order) = if range.descending { ("<", "desc") } else { (">", "asc") };
    // No key has a character above the last one there is, so this is the end of all that begin with the prefix.
    let query = format!(
        "select * from rows where of_table = ?1 and of_partition = ?2 and sort >= ?3 and sort < ?3 || char(1114111)
         and (?4 is null or sort {compare} ?4) and (expires_at is null or expires_at > ?5)
         order by sort {order} limit ?6"
    );
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let parameters = params![of.table, of.name, range.prefix, range.after, now.as_second(), most];
    let rows = rows(connection, &query, parameters, decode)?;
    let resume = rows.last().filter(|_| rows.len() == limit).map(|row| row.sort.clone());
    Ok(Page { rows, resume })
}

/// Returns whether the condition of a change holds.
fn holds(connection: &Connection, write: &Write, now: Timestamp) -> Result<bool, Trouble> {
    let Some(there) = get(connection, &write.key, now)? else {
        let needs_none = matches!(write.condition, Condition::Always | Condition::Absent);
        return Ok(match write.change {
            Change::Delete => true,
            Change::Update(_) => false,
            Change::Put(_) | Change::Keep => needs_none,
        });
    };
    Ok(match &write.condition {
        Condition::Always | Condition::Present => true,
        Condition::Absent => false,
        Condition::Version(version) => there.version == *version,
        Condition::Member(name, value) => there.value.get(name) == Some(value),
    })
}

/// Carries out a change, and returns the version of the row after it.
fn change(connection: &Connection, write: &Write) -> Result<u64, Trouble> {
    let (of, sort) = (&write.key.partition, &write.key.sort);
    let place = [&of.table, &of.name, sort];
    let there: Option<(i64, String, Option<i64>)> = connection
        .prepare_cached(
            "select version, value, expires_at from rows where of_table = ?1 and of_partition = ?2 and sort = ?3",
        )?
        .query_row(place, |line| Ok((line.get(0)?, line.get(1)?, line.get(2)?)))
        .optional()?;
    let version = there.as_ref().map_or(0, |there| there.0);
    let (value, expires_at) = match &write.change {
        Change::Put(value) => (value.clone(), write.expires_secs()),
        Change::Update(members) => {
            let (_, text, expires_at) = there.ok_or(Trouble::Damaged("a row that is updated"))?;
            let mut value: crate::ledger::Object =
                serde_json::from_str(&text).map_err(|_| Trouble::Damaged("value"))?;
            value.extend(members.clone());
            (value, write.expires_secs().or(expires_at))
        }
        Change::Delete => {
            connection.execute("delete from rows where of_table = ?1 and of_partition = ?2 and sort = ?3", place)?;
            return Ok(0);
        }
        Change::Keep => return number(version),
    };
    let version = version.checked_add(1).ok_or(Trouble::Damaged("version"))?;
    let mut insert = connection.prepare_cached(
        "insert or replace into rows (of_table, of_partition, sort, version, value, expires_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![of.table, of.name, sort, version, to_json(&value, "value")?, expires_at])?;
    number(version)
}

/// Takes away the rows whose time has come.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("delete from rows where expires_at <= ?1")?;
    delete.execute([now.as_second()]).map(drop)
}

fn decode(line: &Line<'_>) -> Result<Row, Trouble> {
    let expires_at: Option<i64> = line.get("expires_at")?;
    let expires_at =
        expires_at.map(|second| Timestamp::from_second(second).map_err(|_| Trouble::Damaged("expires_at")));
    let Value::Object(value) = json(line, "value")? else { return Err(Trouble::Damaged("value")) };
    Ok(Row {
        sort: line.get("sort")?,
        version: number(line.get("version")?)?,
        value,
        expires_at: expires_at.transpose()?,
    })
}

fn number(version: i64) -> Result<u64, Trouble> {
    u64::try_from(version).map_err(|_| Trouble::Damaged("version"))
}
