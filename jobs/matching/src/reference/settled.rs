//! What the reference keeps beside what publications served: by which person a record was known once, and the models.

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::ReferenceError;
use super::row::Key;
use super::sqlite::SqliteReference;

/// By which person a record was known when it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The record.
    pub key: Key,
    /// The person.
    pub person_id: String,
    /// SHA-256 of the normalised values that were settled. The same values are settled anew, so that the answer is the same as before.
    pub fingerprint: [u8; 32],
    /// What settled it: a rule, the weight, or a decision.
    pub made_by: String,
}

/// A model that was trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptModel {
    /// The matcher.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// The model, as JSON.
    pub content: String,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

impl SqliteReference {
    /// Returns a number that grows whenever records or persons change.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn generation(&self) -> Result<i64, ReferenceError> {
        self.read("reading its generation", |connection| {
            let sql = "SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'generation'";
            Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
        })
    }

    /// Returns by which persons records were known.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn aliases(&self) -> Result<Vec<Alias>, ReferenceError> {
        self.read("reading aliases", |connection| {
            let sql = "SELECT data_source, patient_id, person_id, fingerprint, made_by FROM alias ORDER BY data_source, patient_id";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map([], |row| {
                Ok(Alias {
                    key: Key { data_source: row.get(0)?, patient_id: row.get(1)? },
                    person_id: row.get(2)?,
                    fingerprint: row.get(3)?,
                    made_by: row.get(4)?,
                })
            })?;
            found.collect()
        })
    }

    /// Keeps by which persons records are known.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn keep_aliases(&mut self, aliases: &[Alias]) -> Result<(), ReferenceError> {
        self.write("keeping aliases", |path, transaction| {
            let sql = "INSERT INTO alias VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET person_id = excluded.person_id,
                       fingerprint = excluded.fingerprint, made_by = excluded.made_by
                       WHERE person_id <> excluded.person_id OR fingerprint <> excluded.fingerprint";
            let kept = || {
                let mut statement = transaction.prepare_cached(sql)?;
                aliases.iter().try_for_each(|alias| {
                    let Alias { key, person_id, fingerprint, made_by } = alias;
                    statement.execute(params![key.data_source, key.patient_id, person_id, fingerprint, made_by]).map(drop)
                })
            };
            kept().map_err(ReferenceError::of(path, "keeping aliases"))
        })
    }

    /// Forgets what a run settled that is taken back, and takes back its questions that nobody answered. Answers how many.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn undo_run(&mut self, run: &str, now: jiff::Timestamp) -> Result<u64, ReferenceError> {
        self.write("taking a run back", |path, transaction| {
            let undone = || {
                transaction.execute("DELETE FROM alias WHERE made_by = ?1", [run])?;
                let sql = "UPDATE review SET state = 'undone', version = version + 1, settled_at = ?2 WHERE run = ?1 AND state = 'open'";
                Ok(transaction.execute(sql, [run, &crate::reviews::moment(now)])? as u64)
            };
            undone().map_err(ReferenceError::of(path, "taking a run back"))
        })
    }

    /// Keeps a model as a new version, unless it is the last one.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn keep_model(&mut self, name: &str, content: &str) -> Result<KeptModel, ReferenceError> {
        let sha256 = carelake_core::hex(&Sha256::digest(content));
        let last = self.last_model(name)?;
        if let Some(last) = last.as_ref().filter(|last| last.sha256 == sha256) {
            return Ok(last.clone());
        }
        let version = last.map_or(1, |last| last.version + 1);
        let model = KeptModel { name: name.to_owned(), version, content: content.to_owned(), sha256 };
        self.write("keeping a model", |path, transaction| {
            let KeptModel { name, version, content, sha256 } = &model;
            let sql = "INSERT INTO model VALUES (?1, ?2, ?3, ?4)";
            let kept = transaction.execute(sql, params![name, version, content, sha256]).map(drop);
            kept.map_err(ReferenceError::of(path, "keeping a model"))
        })?;
        Ok(model)
    }

    /// Returns the model that was kept last.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn last_model(&self, name: &str) -> Result<Option<KeptModel>, ReferenceError> {
        self.read("reading the model", |connection| {
            let sql = "SELECT name, version, content, sha256 FROM model WHERE name = ?1 ORDER BY version DESC LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(KeptModel { name: row.get(0)?, version: row.get(1)?, content: row.get(2)?, sha256: row.get(3)? })
            };
            connection.prepare_cached(sql)?.query_row([name], read).optional()
        })
    }
}
