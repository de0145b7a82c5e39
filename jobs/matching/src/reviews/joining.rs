//! What people said about which reference records are one person.

use rusqlite::Connection;

use crate::reference::Key;

/// A decision about the reference that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joining {
    /// The persons of two records are one.
    Merge(Vec<Key>),
    /// A record is about a person of its own.
    Split(Vec<Key>),
}

impl Joining {
    /// Returns the records that it is about: two of a merge, one of a split.
    #[must_use]
    pub fn ends(&self) -> &[Key] {
        match self {
            Self::Merge(ends) | Self::Split(ends) => ends,
        }
    }
}

/// Returns the decisions that stand, in the order in which they were made.
pub(crate) fn joinings(connection: &Connection) -> Result<Vec<Joining>, rusqlite::Error> {
    let sql = "SELECT action, data_source, patient_id, record_data_source, record_patient_id FROM decision d
               WHERE action IN ('merge', 'split')
                 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
               ORDER BY sequence, decision_id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let one = Key { data_source: row.get(1)?, patient_id: row.get(2)? };
        found.push(match row.get_ref(0)?.as_str()? {
            "merge" => Joining::Merge(vec![one, Key { data_source: row.get(3)?, patient_id: row.get(4)? }]),
            _ => Joining::Split(vec![one]),
        });
    }
    Ok(found)
}
