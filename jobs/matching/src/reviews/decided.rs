//! The decisions about records that stand, for the next run.

use std::collections::{BTreeMap, HashMap};

use carelake_core::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::database::{Sql, SqlError};
use crate::reference::{Key, ReferenceDatabase, ReferenceError, members};

/// What somebody decided about a record and a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The least key of the person when it was decided.
    pub person: Key,
    /// Whether the record is this person.
    pub is_accepted: bool,
    /// The fingerprint of the record that the reviewer saw.
    pub fingerprint: String,
    /// That of the person.
    pub person_fingerprint: String,
    /// The levels of their values, by field.
    pub levels: BTreeMap<String, String>,
    /// Who decided.
    pub reviewer: String,
}

/// Returns the decisions that stand, by record; of several about one person the last.
///
/// # Errors
/// [`ReferenceError`].
pub fn decided(reference: &ReferenceDatabase) -> Result<HashMap<Key, Vec<Decided>>, ReferenceError> {
    reference.read("reading decisions", standing)
}

fn standing(sql: &dyn Sql) -> Result<HashMap<Key, Vec<Decided>>, SqlError> {
    // Blind checks measure and decide nothing; seconds are counted where they are asked.
    let statement = "SELECT d.action, d.data_source, d.patient_id, d.record_data_source, d.record_patient_id, d.fingerprint,
                 d.person_fingerprint, d.detail, d.reviewer
               FROM decision d JOIN review r ON r.review_id = d.review_id
               WHERE r.kind = 'record' AND d.action IN ('accept', 'reject') AND d.record_data_source IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
               ORDER BY d.sequence";
    let mut found: HashMap<Key, Vec<Decided>> = HashMap::new();
    sql.each(statement, &[], &mut |row| {
        let record = Key { data_source: row.get(1)?, patient_id: row.get(2)? };
        let detail: Value = serde_json::from_str(row.text(7)?).unwrap_or_default();
        let levels = detail.get("levels").cloned().and_then(|levels| serde_json::from_value(levels).ok());
        let decided = Decided {
            person: Key { data_source: row.get(3)?, patient_id: row.get(4)? },
            is_accepted: row.text(0)? == "accept",
            fingerprint: row.get(5)?,
            person_fingerprint: row.get(6)?,
            levels: levels.unwrap_or_default(),
            reviewer: row.get(8)?,
        };
        let of_record = found.entry(record).or_default();
        of_record.retain(|other| other.person != decided.person && !(decided.is_accepted && other.is_accepted));
        of_record.push(decided);
        Ok(())
    })?;
    Ok(found)
}

/// Returns a hash of what is known of a person: it is another once a record of it is.
pub(crate) fn fingerprint_of(sql: &dyn Sql, person_id: &str) -> Result<String, SqlError> {
    let mut hash = Sha256::new();
    for record in members(sql, person_id)? {
        hash.update(record.fingerprint);
    }
    Ok(hex(&hash.finalize()))
}
