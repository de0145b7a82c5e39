//! What people said about which reference records are one person.

use crate::database::{Sql, SqlError};
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
pub(crate) fn joinings(sql: &dyn Sql) -> Result<Vec<Joining>, SqlError> {
    let statement = "SELECT action, data_source, patient_id, record_data_source, record_patient_id FROM decision d
               WHERE action IN ('merge', 'split')
                 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
               ORDER BY sequence, decision_id";
    sql.rows(statement, &[], |row| {
        let one = Key { data_source: row.get(1)?, patient_id: row.get(2)? };
        Ok(match row.text(0)? {
            "merge" => Joining::Merge(vec![one, Key { data_source: row.get(3)?, patient_id: row.get(4)? }]),
            _ => Joining::Split(vec![one]),
        })
    })
}
