//! What the reference keeps beside what publications served: by which person a record was known once, and the models.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::base::ReferenceDatabase;
use super::error::ReferenceError;
use super::row::Key;
use crate::database::{Kind, SetOf, Value, values};

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

const KEEP_ALIASES: SetOf = SetOf {
    columns: &[
        ("source", Kind::Text),
        ("id", Kind::Text),
        ("to_person", Kind::Text),
        ("print", Kind::Bytes),
        ("by_run", Kind::Text),
    ],
    statement: "INSERT INTO alias (data_source, patient_id, person_id, fingerprint, made_by) {rows}
        ON CONFLICT (data_source, patient_id) DO UPDATE
        SET person_id = excluded.person_id, fingerprint = excluded.fingerprint, made_by = excluded.made_by
        WHERE alias.person_id <> excluded.person_id OR alias.fingerprint <> excluded.fingerprint",
};

impl ReferenceDatabase {
    /// Returns a number that grows whenever records or persons change.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn generation(&self) -> Result<i64, ReferenceError> {
        self.read("reading its generation", |sql| {
            let statement = "SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'generation'";
            Ok(sql.first(statement, &[], |row| row.get(0))?.unwrap_or_default())
        })
    }

    /// Returns by which persons records were known.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn aliases(&self) -> Result<Vec<Alias>, ReferenceError> {
        self.read("reading aliases", |sql| {
            let statement = "SELECT data_source, patient_id, person_id, fingerprint, made_by FROM alias ORDER BY data_source, patient_id";
            sql.rows(statement, &[], |row| {
                Ok(Alias {
                    key: Key { data_source: row.get(0)?, patient_id: row.get(1)? },
                    person_id: row.get(2)?,
                    fingerprint: row.get(3)?,
                    made_by: row.get(4)?,
                })
            })
        })
    }

    /// Keeps by which persons records are known.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn keep_aliases(&mut self, aliases: &[Alias]) -> Result<(), ReferenceError> {
        // A record that came twice is known by what it was settled as last.
        let last: BTreeMap<&Key, &Alias> = aliases.iter().map(|alias| (&alias.key, alias)).collect();
        self.write("keeping aliases", |sql| {
            let mut all: Vec<Value<'_>> = Vec::with_capacity(last.len() * KEEP_ALIASES.columns.len());
            for Alias { key, person_id, fingerprint, made_by } in last.into_values() {
                all.extend([
                    Value::from(&key.data_source),
                    (&key.patient_id).into(),
                    person_id.into(),
                    fingerprint.into(),
                    made_by.into(),
                ]);
            }
            sql.change_all(&KEEP_ALIASES, &all).map(drop).map_err(ReferenceError::of(sql, "keeping aliases"))
        })
    }

    /// Forgets what a run settled that is taken back, and takes back its questions that nobody answered. Answers how many.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn undo_run(&mut self, run: &str, now: jiff::Timestamp) -> Result<u64, ReferenceError> {
        self.write("taking a run back", |sql| {
            let failed = ReferenceError::of(sql, "taking a run back");
            sql.change("DELETE FROM alias WHERE made_by = ?1", values![run]).map_err(&failed)?;
            let statement = "UPDATE review SET state = 'undone', version = version + 1, settled_at = ?2 WHERE run = ?1 AND state = 'open'";
            sql.change(statement, values![run, crate::reviews::moment(now)]).map_err(&failed)
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
        self.write("keeping a model", |sql| {
            let KeptModel { name, version, content, sha256 } = &model;
            let statement = "INSERT INTO model (name, version, content, sha256) VALUES (?1, ?2, ?3, ?4)";
            let kept = sql.change(statement, values![name, *version, content, sha256]).map(drop);
            kept.map_err(ReferenceError::of(sql, "keeping a model"))
        })?;
        Ok(model)
    }

    /// Returns the model that was kept last.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn last_model(&self, name: &str) -> Result<Option<KeptModel>, ReferenceError> {
        self.read("reading the model", |sql| {
            let statement =
                "SELECT name, version, content, sha256 FROM model WHERE name = ?1 ORDER BY version DESC LIMIT 1";
            sql.first(statement, values![name], |row| {
                Ok(KeptModel { name: row.get(0)?, version: row.get(1)?, content: row.get(2)?, sha256: row.get(3)? })
            })
        })
    }
}
