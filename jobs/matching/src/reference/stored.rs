//! Rows as the tables of the reference keep them.

use jiff::civil::Date;

use super::row::{Columns, Judged, Key, ReferenceRecord, Row};
use crate::database::{Kind, SetOf, Sql, SqlError, Value, values};

/// The columns of both tables of rows, as [`stored`] reads them after two others.
const OF_RUN: &str = "SELECT record, cluster, data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
    FROM reference_record WHERE publication = ?1 AND run_id = ?2";

const KEYS: &[(&str, Kind)] = &[("source", Kind::Text), ("id", Kind::Text)];

const STANDING: SetOf = SetOf {
    columns: KEYS,
    statement: "SELECT record, cluster, data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
        FROM reference_record{, set} WHERE data_source = {source} AND patient_id = {id}",
};

const NUMBERED: SetOf = SetOf {
    columns: &[("number", Kind::Int)],
    statement: "SELECT record, cluster, data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
        FROM reference_record{, set} WHERE record = {number}",
};

const FORMER: SetOf = SetOf {
    columns: KEYS,
    statement: "SELECT history, NULL, data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
        FROM reference_history{, set} WHERE data_source = {source} AND patient_id = {id}",
};

const KEEP_FORMER: SetOf = SetOf {
    columns: &[
        ("s1", Kind::Text),
        ("s2", Kind::Text),
        ("s3", Kind::Text),
        ("s4", Kind::Text),
        ("s5", Kind::Bytes),
        ("s6", Kind::Text),
        ("s7", Kind::Text),
        ("s8", Kind::Text),
        ("s9", Kind::Text),
    ],
    statement: "INSERT INTO reference_history
        (data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file) {rows}",
};

const KEEP: SetOf = SetOf {
    columns: &[
        ("s1", Kind::Int),
        ("s2", Kind::Text),
        ("s3", Kind::Text),
        ("s4", Kind::Text),
        ("s5", Kind::Text),
        ("s6", Kind::Text),
        ("s7", Kind::Bytes),
        ("s8", Kind::Text),
        ("s9", Kind::Text),
        ("s10", Kind::Text),
        ("s11", Kind::Text),
        ("s12", Kind::Text),
    ],
    statement: "INSERT INTO reference_record (record, data_source, patient_id, person_id, columns, normalised, fingerprint, observed,
        publication, run_id, source_file, partner) {rows}",
};

/// A row with what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) row: Row,
    pub(super) normalised: String,
    pub(super) fingerprint: [u8; 32],
}

/// A row in a table: its number there, and its group, if it is in one.
pub(super) type Numbered = (i64, Option<String>, Stored);

/// What decides which row of a record stands. No two rows that differ are equal in it.
type Order<'r> = (&'r str, Date, u32, &'r [u8; 32], &'r str, &'r Columns, &'r str);

impl Stored {
    pub(super) fn of(row: Row, judged: &Judged) -> Self {
        Self { row, normalised: judged.normalised.clone(), fingerprint: judged.fingerprint() }
    }

    /// The newest delivery, then the greater run, then the greater fingerprint; what follows only makes the answer one.
    pub(super) fn order(&self) -> Order<'_> {
        let Row { observed, run_id, publication, columns, source_file, .. } = &self.row;
        (observed, run_id.as_of(), run_id.number(), &self.fingerprint, publication, columns, source_file)
    }

    /// Returns the rows of a run that stand.
    pub(super) fn of_run(sql: &dyn Sql, publication: &str, run_id: &str) -> Result<Vec<Numbered>, SqlError> {
        sql.rows(OF_RUN, values![publication, run_id], stored)
    }

    /// Returns the rows that stand for records.
    pub(super) fn standing<'k>(sql: &dyn Sql, keys: impl Iterator<Item = &'k Key>) -> Result<Vec<Numbered>, SqlError> {
        sql.rows_of(&STANDING, &of_keys(keys), stored)
    }

    /// Returns the rows with these numbers.
    pub(super) fn numbered(sql: &dyn Sql, records: &[i64]) -> Result<Vec<Numbered>, SqlError> {
        let records: Vec<Value<'_>> = records.iter().map(|record| Value::Int(*record)).collect();
        sql.rows_of(&NUMBERED, &records, stored)
    }

    /// Returns the rows whose place others took.
    pub(super) fn former<'k>(sql: &dyn Sql, keys: impl Iterator<Item = &'k Key>) -> Result<Vec<Numbered>, SqlError> {
        sql.rows_of(&FORMER, &of_keys(keys), stored)
    }

    /// Keeps rows as ones whose place others took.
    pub(super) fn keep_former(sql: &dyn Sql, rows: &[Self]) -> Result<(), SqlError> {
        let mut all = Vec::with_capacity(rows.len() * KEEP_FORMER.columns.len());
        for Self { row, normalised, fingerprint } in rows {
            let values: [Value<'_>; 9] = [
                (&row.key.data_source).into(),
                (&row.key.patient_id).into(),
                columns_text(&row.columns).into(),
                normalised.into(),
                fingerprint.into(),
                (&row.observed).into(),
                (&row.publication).into(),
                row.run_id.to_string().into(),
                (&row.source_file).into(),
            ];
            all.extend(values);
        }
        sql.change_all(&KEEP_FORMER, &all).map(drop)
    }

    /// Keeps rows as those that stand, each under its number, each a person of its own.
    pub(super) fn keep<'r>(
        sql: &dyn Sql,
        rows: impl Iterator<Item = (i64, &'r str, &'r Self)>,
    ) -> Result<(), SqlError> {
        let mut all = Vec::new();
        for (record, person_id, Self { row, normalised, fingerprint }) in rows {
            let values: [Value<'_>; 12] = [
                record.into(),
                (&row.key.data_source).into(),
                (&row.key.patient_id).into(),
                person_id.into(),
                columns_text(&row.columns).into(),
                normalised.into(),
                fingerprint.into(),
                (&row.observed).into(),
                (&row.publication).into(),
                row.run_id.to_string().into(),
                (&row.source_file).into(),
                row.columns.get("partner").into(),
            ];
            all.extend(values);
        }
        sql.change_all(&KEEP, &all).map(drop)
    }
}

impl From<Stored> for ReferenceRecord {
    /// Takes a row that stands for no person any more.
    fn from(stored: Stored) -> Self {
        let Stored { row, fingerprint, .. } = stored;
        let Row { key, observed, run_id, source_file, columns, .. } = row;
        let (person_id, run_id) = (String::new(), run_id.to_string());
        Self { key, person_id, columns, fingerprint, observed, run_id, source_file }
    }
}

/// Returns keys as the values of a set.
pub(super) fn of_keys<'k>(keys: impl Iterator<Item = &'k Key>) -> Vec<Value<'k>> {
    keys.flat_map(|key| [Value::from(&key.data_source), Value::from(&key.patient_id)]).collect()
}

/// Returns columns as they are kept.
fn columns_text(columns: &Columns) -> String {
    // Texts under texts can always be written.
    serde_json::to_string(columns).unwrap_or_default()
}

fn stored(row: &crate::database::Row<'_>) -> Result<Numbered, SqlError> {
    let unreadable = |column| SqlError::Unreadable { column };
    let stored = Stored {
        row: Row {
            key: Key { data_source: row.get(2)?, patient_id: row.get(3)? },
            columns: serde_json::from_str(row.text(4)?).map_err(|_| unreadable(4))?,
            observed: row.get(7)?,
            publication: row.get(8)?,
            run_id: row.text(9)?.parse().map_err(|_| unreadable(9))?,
            source_file: row.get(10)?,
        },
        normalised: row.get(5)?,
        fingerprint: row.get(6)?,
    };
    Ok((row.get(0)?, row.get(1)?, stored))
}
