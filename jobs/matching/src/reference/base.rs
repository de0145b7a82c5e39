//! The reference in its database: a file of this machine, or a schema of PostgreSQL.

use std::fs;
use std::path::Path;

use super::error::ReferenceError;
use super::load::LoadedRun;
use super::row::{Columns, Key, ReferenceRecord};
use super::schema::migrate;
use super::stored::Stored;
use super::{Digests, Reference, digest};
use crate::database::{File, Row, Sql, SqlError, Words, at_once, values, whole};

/// The columns of a record, as [`record`] reads them.
pub(crate) const RECORD: &str =
    "data_source, patient_id, person_id, columns, fingerprint, observed, run_id, source_file";

/// The reference of a matcher, with its reviews and decisions.
#[derive(Debug)]
pub struct ReferenceDatabase {
    sql: Box<dyn Sql>,
}

impl ReferenceDatabase {
    /// Opens a file of SQLite, makes it and its folder if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ReferenceError::Newer`] when a newer carelake wrote it; [`ReferenceError::Folder`] or [`ReferenceError::Database`].
    pub fn file(path: &Path) -> Result<Self, ReferenceError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|cause| ReferenceError::Folder { place: folder.display().to_string(), cause })?;
        }
        let file = File::open(path).map_err(ReferenceError::at(path.display().to_string(), "opening it"))?;
        Self::of(Box::new(file))
    }

    /// Connects to a server, makes the schema if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ReferenceError::Newer`] when a newer carelake wrote it; [`ReferenceError::Database`].
    #[cfg(feature = "postgres")]
    pub fn server(target: &carelake_database::Target, schema: &str) -> Result<Self, ReferenceError> {
        let server = crate::database::Server::open(target, schema);
        Self::of(Box::new(server.map_err(ReferenceError::at(target.source.clone(), "connecting"))?))
    }

    fn of(sql: Box<dyn Sql>) -> Result<Self, ReferenceError> {
        migrate(&*sql)?;
        Ok(Self { sql })
    }

    /// Has it fail once.
    #[cfg(test)]
    pub(crate) fn failing(self, fault: &crate::database::Fault) -> Self {
        Self { sql: Box::new(crate::database::Faulty { inner: self.sql, fault: fault.clone() }) }
    }

    /// Changes it as a whole or not at all, with no other writer in between.
    pub(crate) fn write<T, E: From<ReferenceError>>(
        &mut self,
        what: &'static str,
        change: impl FnOnce(&dyn Sql) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = ReferenceError::of(&*self.sql, what);
        whole(&*self.sql, |error| failed(error).into(), change)
    }

    pub(crate) fn read<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&dyn Sql) -> Result<T, SqlError>,
    ) -> Result<T, ReferenceError> {
        read(&*self.sql).map_err(ReferenceError::of(&*self.sql, what))
    }

    /// Returns the words of its own that statements have.
    pub(crate) fn words(&self) -> Words {
        self.sql.words()
    }

    /// Returns whether each question takes its time, because it goes to a server.
    pub(crate) fn is_far(&self) -> bool {
        self.sql.is_far()
    }

    pub(super) fn tidy(&self) {
        self.sql.tidy();
    }
}

impl Reference for ReferenceDatabase {
    fn describe(&self) -> String {
        self.sql.place().to_owned()
    }

    fn loaded(&self) -> Result<Vec<LoadedRun>, ReferenceError> {
        self.read("reading which runs are loaded", |sql| {
            sql.rows("SELECT publication, run_id, rows FROM loaded_run ORDER BY publication, run_id", &[], |row| {
                Ok(LoadedRun { publication: row.get(0)?, run_id: row.get(1)?, rows: row.get(2)? })
            })
        })
    }

    fn identity(&self) -> Result<String, ReferenceError> {
        self.read("reading what it was made by", identity)
    }

    fn each_record(&self, each: &mut dyn FnMut(ReferenceRecord)) -> Result<(), ReferenceError> {
        self.read("reading records", |sql| {
            let statement = format!("SELECT {RECORD} FROM reference_record ORDER BY data_source, patient_id");
            sql.each(&statement, &[], &mut |row| {
                each(record(row)?);
                Ok(())
            })
        })
    }

    fn record(&self, key: &Key) -> Result<Option<ReferenceRecord>, ReferenceError> {
        self.read("reading a record", |sql| {
            let statement = format!("SELECT {RECORD} FROM reference_record WHERE data_source = ?1 AND patient_id = ?2");
            sql.first(&statement, values![&key.data_source, &key.patient_id], record)
        })
    }

    fn person(&self, person_id: &str) -> Result<Option<String>, ReferenceError> {
        self.read("reading a person", |sql| standing(sql, person_id))
    }

    fn members(&self, person_id: &str) -> Result<Vec<(ReferenceRecord, Vec<ReferenceRecord>)>, ReferenceError> {
        self.read("reading a person", |sql| {
            let with_former = |record: ReferenceRecord| Ok((former(sql, &record.key)?, record));
            let found = members(sql, person_id)?.into_iter().map(with_former);
            found.map(|found| found.map(|(former, record)| (record, former))).collect()
        })
    }

    fn apart(&self) -> Result<Vec<Vec<ReferenceRecord>>, ReferenceError> {
        self.read("reading groups that are left apart", |sql| {
            let statement = format!(
                "SELECT {RECORD}, cluster FROM reference_record WHERE cluster IN
                   (SELECT r.cluster FROM reference_record r WHERE r.cluster IS NOT NULL
                    GROUP BY r.cluster HAVING count(DISTINCT r.person_id) > 1)
                 ORDER BY cluster, data_source, patient_id"
            );
            let mut groups: Vec<(String, Vec<ReferenceRecord>)> = Vec::new();
            sql.each(&statement, &[], &mut |row| {
                let cluster: String = row.get(8)?;
                match groups.last_mut().filter(|(last, _)| *last == cluster) {
                    Some((_, records)) => records.push(record(row)?),
                    None => groups.push((cluster, vec![record(row)?])),
                }
                Ok(())
            })?;
            Ok(groups.into_iter().map(|(_, records)| records).collect())
        })
    }

    fn digests(&self) -> Result<Digests, ReferenceError> {
        self.read("hashing it", |sql| at_once(sql, digest::digests))
    }
}

pub(super) fn identity(sql: &dyn Sql) -> Result<String, SqlError> {
    let statement = "SELECT value FROM setting WHERE name = 'identity'";
    Ok(sql.first(statement, &[], |row| row.get(0))?.unwrap_or_default())
}

/// Reads a row of [`RECORD`].
pub(super) fn record(row: &Row<'_>) -> Result<ReferenceRecord, SqlError> {
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
fn columns(row: &Row<'_>, column: usize) -> Result<Columns, SqlError> {
    serde_json::from_str(row.text(column)?).map_err(|_| SqlError::Unreadable { column })
}

/// Follows merges to the person that stands now.
pub(crate) fn standing(sql: &dyn Sql, person_id: &str) -> Result<Option<String>, SqlError> {
    let (mut now, mut seen) = (person_id.to_owned(), std::collections::BTreeSet::new());
    loop {
        let statement = "SELECT merged_into FROM person WHERE person_id = ?1";
        match sql.first(statement, values![&now], |row| row.get::<Option<String>>(0))? {
            None => return Ok(None),
            Some(Some(into)) if seen.insert(now.clone()) => now = into,
            Some(_) => return Ok(Some(now)),
        }
    }
}

/// Returns the records of a person, in the order of their keys.
pub(crate) fn members(sql: &dyn Sql, person_id: &str) -> Result<Vec<ReferenceRecord>, SqlError> {
    // The cluster of a person is that of the record after which it is named, which may have been split off.
    let statement = format!(
        "SELECT {RECORD} FROM reference_record
         WHERE person_id = ?1 AND (record = (SELECT p.record FROM person p WHERE p.person_id = ?1) OR cluster IN
           (SELECT r.cluster FROM reference_record r WHERE r.cluster IS NOT NULL
              AND r.record = (SELECT p.record FROM person p WHERE p.person_id = ?1)))
         ORDER BY data_source, patient_id"
    );
    sql.rows(&statement, values![person_id], record)
}

/// Returns what a record took the place of, the newest first.
fn former(sql: &dyn Sql, key: &Key) -> Result<Vec<ReferenceRecord>, SqlError> {
    let mut found = Stored::former(sql, std::iter::once(key))?;
    found.sort_by(|(.., one), (.., other)| other.order().cmp(&one.order()));
    Ok(found.into_iter().map(|(.., stored)| stored.into()).collect())
}
