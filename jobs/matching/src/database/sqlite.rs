//! A file of SQLite.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::error::SqlError;
use super::row::Row;
use super::set::SetOf;
use super::value::Value;
use super::{Each, Sql, Words};

/// How long a call waits for another process that writes: a load of a million rows takes less.
const BUSY_SECS: u64 = 120;
/// KiB of pages that are held in memory.
const CACHE_KIB: i64 = 192 << 10;
/// Statements that are kept prepared.
const STATEMENTS: usize = 64;

/// What makes and changes the tables of a file, oldest first. Each may be carried out twice; none is ever changed.
const STEPS: [&str; 3] = [include_str!("sqlite_1.sql"), include_str!("sqlite_2.sql"), include_str!("sqlite_3.sql")];

/// A connection with a file.
#[derive(Debug)]
pub(crate) struct File {
    place: String,
    connection: Connection,
}

impl File {
    /// Opens a file, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, SqlError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(BUSY_SECS))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        owner_only(path);
        Ok(Self { place: path.display().to_string(), connection })
    }
}

/// Lets nobody else read it: it holds persons. Where the system refuses, the folder is what protects it.
fn owner_only(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = path;
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Flag(flag) => ValueRef::Integer((*flag).into()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Sql for File {
    fn place(&self) -> &str {
        &self.place
    }

    fn steps(&self) -> &'static [&'static str] {
        &STEPS
    }

    fn has_version(&self) -> Result<bool, SqlError> {
        let is_there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'";
        Ok(self.connection.query_row(is_there, [], |_| Ok(())).optional()?.is_some())
    }

    fn each(&self, statement: &str, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        let mut statement = self.connection.prepare_cached(statement)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            each(&Row::File(row))?;
        }
        Ok(())
    }

    fn change(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        Ok(self.connection.prepare_cached(statement)?.execute(params_from_iter(values))? as u64)
    }

    fn each_of(&self, set: &SetOf, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        let mut statement = self.connection.prepare_cached(&set.of_one())?;
        for values in values.chunks(set.columns.len()) {
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                each(&Row::File(row))?;
            }
        }
        Ok(())
    }

    fn change_all(&self, set: &SetOf, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let mut statement = self.connection.prepare_cached(&set.of_one())?;
        let mut changed = 0;
        for values in values.chunks(set.columns.len()) {
            changed += statement.execute(params_from_iter(values))? as u64;
        }
        Ok(changed)
    }

    fn script(&self, statements: &str) -> Result<(), SqlError> {
        Ok(self.connection.execute_batch(statements)?)
    }

    fn begin(&self) -> Result<(), SqlError> {
        self.script("BEGIN IMMEDIATE")
    }

    fn look(&self) -> Result<(), SqlError> {
        self.script("BEGIN")
    }

    fn words(&self) -> Words {
        Words::File
    }

    fn is_far(&self) -> bool {
        false
    }

    fn tidy(&self) {
        // What was written beside the file goes into it; where readers of the former state keep it back, the next load does that.
        let _ = self.script("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
