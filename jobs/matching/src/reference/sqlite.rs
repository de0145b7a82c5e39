//! The reference in one file on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::error::ReferenceError;
use super::load::LoadedRun;
use super::row::{Columns, Key, ReferenceRecord};
use super::schema::migrate;
use super::stored::Stored;
use super::{Digests, Reference, digest};

/// How long a call waits for another process that writes: a load of a million rows takes less.
const BUSY_SECS: u64 = 120;
/// KiB of pages that are held in memory.
const CACHE_KIB: i64 = 192 << 10;

/// The columns of a record, as [`record`] reads them.
pub(crate) const RECORD: &str =
    "data_source, patient_id, person_id, columns, fingerprint, observed, run_id, source_file";

/// The reference of a matcher in an SQLite file, with its reviews and decisions.
#[derive(Debug)]
pub struct SqliteReference {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
}

impl SqliteReference {
    /// Opens a file, makes it and its folder if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ReferenceError::Newer`] when a newer carelake wrote it; [`ReferenceError::Folder`] or [`ReferenceError::Database`].
    pub fn open(path: &Path) -> Result<Self, ReferenceError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|cause| ReferenceError::Folder { place: folder.display().to_string(), cause })?;
        }
        let opened = (|| {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(BUSY_SECS))?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            Ok(connection)
        })();
        let mut connection = opened.map_err(ReferenceError::of(path, "opening it"))?;
        migrate(path, &mut connection)?;
        owner_only(path);
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Changes it as a whole or not at all, with no other writer in between.
    pub(crate) fn write<T, E: From<ReferenceError>>(
        &mut self,
        what: &'static str,
        change: impl FnOnce(&Path, &Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Self { path, connection } = self;
        let failed = ReferenceError::of(path, what);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        let answer = change(path, &transaction)?;
        transaction.commit().map_err(&failed)?;
        Ok(answer)
    }

    pub(crate) fn read<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, ReferenceError> {
        read(&self.connection).map_err(ReferenceError::of(&self.path, what))
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

impl Reference for SqliteReference {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn loaded(&self) -> Result<Vec<LoadedRun>, ReferenceError> {
        self.read("reading which runs are loaded", |connection| {
            let mut statement = connection
                .prepare_cached("SELECT publication, run_id, rows FROM loaded_run ORDER BY publication, run_id")?;
            let runs = statement.query_map([], |row| {
                Ok(LoadedRun { publication: row.get(0)?, run_id: row.get(1)?, rows: row.get(2)? })
            })?;
            runs.collect()
        })
    }

    fn identity(&self) -> Result<String, ReferenceError> {
        self.read("reading what it was made by", identity)
    }

    fn each_record(&self, each: &mut dyn FnMut(ReferenceRecord)) -> Result<(), ReferenceError> {
        self.read("reading records", |connection| {
            let mut statement = connection
                .prepare(&format!("SELECT {RECORD} FROM reference_record ORDER BY data_source, patient_id"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(record(row)?);
            }
            Ok(())
        })
    }

    fn record(&self, key: &Key) -> Result<Option<ReferenceRecord>, ReferenceError> {
        self.read("reading a record", |connection| {
            let sql = format!("SELECT {RECORD} FROM reference_record WHERE data_source = ?1 AND patient_id = ?2");
            connection.prepare_cached(&sql)?.query_row([&key.data_source, &key.patient_id], record).optional()
        })
    }

    fn person(&self, person_id: &str) -> Result<Option<String>, ReferenceError> {
        self.read("reading a person", |connection| standing(connection, person_id))
    }

    fn members(&self, person_id: &str) -> Result<Vec<(ReferenceRecord, Vec<ReferenceRecord>)>, ReferenceError> {
        self.read("reading a person", |connection| {
            let found = members(connection, person_id)?;
            found.into_iter().map(|record| Ok((former(connection, &record.key)?, record))).map(swapped).collect()
        })
    }

    fn apart(&self) -> Result<Vec<Vec<ReferenceRecord>>, ReferenceError> {
        self.read("reading groups that are left apart", |connection| {
            let sql = "SELECT cluster FROM reference_record WHERE cluster IS NOT NULL
                       GROUP BY cluster HAVING count(DISTINCT person_id) > 1 ORDER BY cluster";
            let mut statement = connection.prepare(sql)?;
            let clusters = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            clusters.iter().map(|cluster| of_cluster(connection, cluster)).collect()
        })
    }

    fn digests(&self) -> Result<Digests, ReferenceError> {
        self.read("hashing it", digest::digests)
    }
}

type Pair = (ReferenceRecord, Vec<ReferenceRecord>);

fn swapped(found: Result<(Vec<ReferenceRecord>, ReferenceRecord), rusqlite::Error>) -> Result<Pair, rusqlite::Error> {
    found.map(|(former, record)| (record, former))
}

pub(super) fn identity(connection: &Connection) -> Result<String, rusqlite::Error> {
    let sql = "SELECT value FROM setting WHERE name = 'identity'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Reads a row of [`RECORD`].
pub(super) fn record(row: &rusqlite::Row<'_>) -> Result<ReferenceRecord, rusqlite::Error> {
    Ok(ReferenceRecord {
        key: Key { data_source: row.get(0)?, patient_id: row.get(1)? },
        person_id: row.get(2)?,
        columns: columns(row, 3)?,
        fingerprint: row.get(4)?,
        observed: row.get(5)?,
        run_id: row.get(6)?,
        source_file: row.get(7)?,
    })
}

/// Reads columns, which are kept as JSON.
pub(super) fn columns(row: &rusqlite::Row<'_>, at: usize) -> Result<Columns, rusqlite::Error> {
    let text = row.get_ref(at)?.as_str()?;
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error));
    serde_json::from_str(text).map_err(broken)
}

/// Follows merges to the person that stands now.
pub(crate) fn standing(connection: &Connection, person_id: &str) -> Result<Option<String>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT merged_into FROM person WHERE person_id = ?1")?;
    let (mut now, mut seen) = (person_id.to_owned(), std::collections::BTreeSet::new());
    loop {
        match statement.query_row([&now], |row| row.get::<_, Option<String>>(0)).optional()? {
            None => return Ok(None),
            Some(Some(into)) if seen.insert(now.clone()) => now = into,
            Some(_) => return Ok(Some(now)),
        }
    }
}

/// Returns the records of a person, in the order of their keys.
pub(crate) fn members(connection: &Connection, person_id: &str) -> Result<Vec<ReferenceRecord>, rusqlite::Error> {
    let own = "SELECT record FROM person WHERE person_id = ?1";
    let own: Option<i64> =
        connection.prepare_cached(own)?.query_row([person_id], |row| row.get(0)).optional()?.flatten();
    // The cluster of a person is that of the record after which it is named, which may have been split off.
    let sql = format!(
        "SELECT {RECORD} FROM reference_record WHERE person_id = ?1 AND (record = ?2 OR cluster IN
           (SELECT cluster FROM reference_record WHERE record = ?2 AND cluster IS NOT NULL))
         ORDER BY data_source, patient_id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(rusqlite::params![person_id, own], record)?.collect()
}

fn of_cluster(connection: &Connection, cluster: &str) -> Result<Vec<ReferenceRecord>, rusqlite::Error> {
    let sql = format!("SELECT {RECORD} FROM reference_record WHERE cluster = ?1 ORDER BY data_source, patient_id");
    connection.prepare_cached(&sql)?.query_map([cluster], record)?.collect()
}

/// Returns what a record took the place of, the newest first.
fn former(connection: &Connection, key: &Key) -> Result<Vec<ReferenceRecord>, rusqlite::Error> {
    let mut found = Stored::former(connection, key)?;
    found.sort_by(|(_, one), (_, other)| other.order().cmp(&one.order()));
    Ok(found.into_iter().map(|(_, stored)| stored.into()).collect())
}
