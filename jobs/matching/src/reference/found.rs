//! What a run looks up: records in normal form, all of them or those that a range of records brings up, and how often values occur.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use carelake_core::hex;
use sha2::{Digest, Sha256};

use super::base::{RECORD, ReferenceDatabase, record};
use super::candidates::{Key as BlockKey, SIZES, of_keys as of_block_keys, records_of};
use super::error::ReferenceError;
use super::group::{numbers, of_clusters};
use super::row::{Key, ReferenceRecord};
use super::stored::of_keys;
use crate::database::{Kind, Row, SetOf, Sql, SqlError, Value, at_once};

/// A record with its values in normal form, as it is put into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Normal {
    /// Which record it is.
    pub(crate) key: Key,
    /// The person that it is about.
    pub(crate) person_id: String,
    /// The partner of its feed, where it is known.
    pub(crate) partner: Option<String>,
    /// The date of its delivery.
    pub(crate) observed: String,
    /// Its normalised values, in one way to write them.
    pub(crate) normalised: String,
}

/// What a range of records asks of a reference.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Keys: pass and hash.
    pub(crate) keys: BTreeSet<BlockKey>,
    /// Keys of more records than this bring nobody up.
    pub(crate) max_block: usize,
    /// Records by their ids.
    pub(crate) ids: BTreeSet<Key>,
    /// Persons by their ids.
    pub(crate) persons: BTreeSet<String>,
    /// Values that are counted: field and hash.
    pub(crate) terms: BTreeSet<(String, u64)>,
}

/// What a reference has of it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Every record that is brought up, with all records of its person; in no order.
    pub(crate) records: Vec<Normal>,
    /// Keys that too many records have.
    pub(crate) large: Vec<BlockKey>,
    /// How often values occur.
    pub(crate) terms: HashMap<(String, u64), u32>,
    /// How many values fields have.
    pub(crate) totals: BTreeMap<String, u64>,
}

const COLUMNS: &[(&str, Kind)] = &[("number", Kind::Int)];
const NORMAL: SetOf = SetOf {
    columns: COLUMNS,
    statement: "SELECT data_source, patient_id, person_id, partner, observed, normalised FROM reference_record{, set} WHERE record = {number}",
};
const ALL: &str = "SELECT data_source, patient_id, person_id, partner, observed, normalised FROM reference_record";
const GROUPS: SetOf = SetOf {
    columns: COLUMNS,
    statement: "SELECT DISTINCT cluster FROM reference_record{, set} WHERE record = {number} AND cluster IS NOT NULL",
};
const PERSONS: SetOf = SetOf {
    columns: &[("own", Kind::Text)],
    statement: "SELECT record FROM person{, set} WHERE person_id = {own} AND record IS NOT NULL",
};
const TERMS: SetOf = SetOf {
    columns: &[("of_field", Kind::Text), ("of_value", Kind::Int)],
    statement: "SELECT field, value, count FROM term_frequency{, set} WHERE field = {of_field} AND value = {of_value}",
};
const TOTALS: &str = "SELECT field, CAST(sum(count) AS BIGINT) FROM term_frequency GROUP BY field";
/// The records of persons; the cluster of a person is that of the record after which it is named, which may have been split off.
const MEMBERS: SetOf = SetOf {
    columns: &[("own", Kind::Text)],
    statement: "SELECT r.person_id, r.data_source, r.patient_id, r.fingerprint
        FROM person p, reference_record n, reference_record r{, set}
        WHERE p.person_id = {own} AND n.record = p.record AND r.person_id = {own}
          AND (r.record = n.record OR r.cluster = n.cluster)",
};

impl ReferenceDatabase {
    /// Hands over every record in normal form, in no order, as they were at one moment.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub(crate) fn each_normal(&self, each: &mut dyn FnMut(Normal)) -> Result<(), ReferenceError> {
        self.read("reading records", |sql| {
            sql.each(ALL, &[], &mut |row| {
                each(normal(row)?);
                Ok(())
            })
        })
    }

    /// Finds what a range of records asks for, as it is at one moment: each kind of question is a set.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub(crate) fn found(&self, wanted: &Wanted) -> Result<Found, ReferenceError> {
        self.read("looking records up", |sql| at_once(sql, |sql| found(sql, wanted)))
    }

    /// Returns hashes of what is known of persons, by their ids: one is another once a record of the person is.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub(crate) fn person_fingerprints(
        &self,
        persons: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>, ReferenceError> {
        self.read("reading persons", |sql| {
            let asked: Vec<Value<'_>> = persons.iter().map(Value::from).collect();
            let mut members: BTreeMap<(String, Key), [u8; 32]> = BTreeMap::new();
            sql.each_of(&MEMBERS, &asked, &mut |row| {
                let key = Key { data_source: row.get(1)?, patient_id: row.get(2)? };
                members.insert((row.get(0)?, key), row.get(3)?);
                Ok(())
            })?;
            let mut hashes: HashMap<String, Sha256> =
                persons.iter().map(|person| (person.clone(), Sha256::new())).collect();
            for ((person, _), fingerprint) in members {
                if let Some(hash) = hashes.get_mut(&person) {
                    hash.update(fingerprint);
                }
            }
            Ok(hashes.into_iter().map(|(person, hash)| (person, hex(&hash.finalize()))).collect())
        })
    }

    /// Returns records by their keys.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub(crate) fn records(&self, keys: &BTreeSet<Key>) -> Result<HashMap<Key, ReferenceRecord>, ReferenceError> {
        const RECORDS: SetOf = SetOf {
            columns: &[("source", Kind::Text), ("id", Kind::Text)],
            statement: "SELECT data_source, patient_id, person_id, columns, fingerprint, observed, run_id, source_file
                FROM reference_record{, set} WHERE data_source = {source} AND patient_id = {id}",
        };
        debug_assert!(RECORDS.statement.contains("run_id, source_file") && RECORD.ends_with("run_id, source_file"));
        self.read("reading records", |sql| {
            let found = sql.rows_of(&RECORDS, &of_keys(keys.iter()), record)?;
            Ok(found.into_iter().map(|record| (record.key.clone(), record)).collect())
        })
    }
}

fn normal(row: &Row<'_>) -> Result<Normal, SqlError> {
    Ok(Normal {
        key: Key { data_source: row.get(0)?, patient_id: row.get(1)? },
        person_id: row.get(2)?,
        partner: row.get(3)?,
        observed: row.get(4)?,
        normalised: row.get(5)?,
    })
}

fn found(sql: &dyn Sql, wanted: &Wanted) -> Result<Found, SqlError> {
    let most = i64::try_from(wanted.max_block).unwrap_or(i64::MAX);
    let sizes: Vec<(BlockKey, i64)> = sql.rows_of(&SIZES, &of_block_keys(wanted.keys.iter().copied()), |row| {
        Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
    })?;
    let large = sizes.iter().filter(|(_, size)| *size > most).map(|(key, _)| *key).collect();
    let used = sizes.iter().filter(|(_, size)| (1..=most).contains(size)).map(|(key, _)| *key);
    let mut records: BTreeSet<i64> = records_of(sql, used)?.into_iter().map(|(_, record)| record).collect();
    records.extend(numbers(sql, wanted.ids.iter())?.into_values());
    let persons: Vec<Value<'_>> = wanted.persons.iter().map(Value::from).collect();
    records.extend(sql.rows_of(&PERSONS, &persons, |row| row.get::<i64>(0))?);
    let groups: BTreeSet<String> = sql.rows_of(&GROUPS, &of_numbers(&records), |row| row.get(0))?.into_iter().collect();
    records.extend(of_clusters(sql, groups.iter())?);
    let terms: Vec<Value<'_>> =
        wanted.terms.iter().flat_map(|(field, value)| [Value::from(field), Value::from(*value)]).collect();
    let counted = sql.rows_of(&TERMS, &terms, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    let totals = sql.rows(TOTALS, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Found {
        records: sql.rows_of(&NORMAL, &of_numbers(&records), normal)?,
        large,
        terms: counted.into_iter().collect(),
        totals: totals.into_iter().collect(),
    })
}

fn of_numbers<'v>(records: &BTreeSet<i64>) -> Vec<Value<'v>> {
    records.iter().map(|record| Value::Int(*record)).collect()
}
