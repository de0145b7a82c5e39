//! Rows as the tables of the reference keep them.

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::row::{Columns, Judged, Key, ReferenceRecord, Row};
use super::sqlite::columns;

/// The columns of both tables of rows, as [`stored`] reads them.
const STORED: &str =
    "data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file";

/// A row with what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) row: Row,
    pub(super) normalised: String,
    pub(super) fingerprint: [u8; 32],
}

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

    /// Returns the rows of a run that stand, with the numbers of their records.
    pub(super) fn of_run(
        connection: &Connection,
        publication: &str,
        run_id: &str,
    ) -> Result<Vec<(i64, Self)>, rusqlite::Error> {
        let sql = format!("SELECT record, {STORED} FROM reference_record WHERE publication = ?1 AND run_id = ?2");
        connection.prepare_cached(&sql)?.query_map([publication, run_id], stored)?.collect()
    }

    /// Returns the row that stands for a record.
    pub(super) fn standing(connection: &Connection, key: &Key) -> Result<Option<(i64, Self)>, rusqlite::Error> {
        let sql = format!("SELECT record, {STORED} FROM reference_record WHERE data_source = ?1 AND patient_id = ?2");
        connection.prepare_cached(&sql)?.query_row([&key.data_source, &key.patient_id], stored).optional()
    }

    /// Returns the row of a record.
    pub(super) fn numbered(connection: &Connection, record: i64) -> Result<Option<Self>, rusqlite::Error> {
        let sql = format!("SELECT record, {STORED} FROM reference_record WHERE record = ?1");
        let found = connection.prepare_cached(&sql)?.query_row([record], stored).optional()?;
        Ok(found.map(|(_, stored)| stored))
    }

    /// Returns the rows whose place another took.
    pub(super) fn former(connection: &Connection, key: &Key) -> Result<Vec<(i64, Self)>, rusqlite::Error> {
        let sql = format!("SELECT history, {STORED} FROM reference_history WHERE data_source = ?1 AND patient_id = ?2");
        connection.prepare_cached(&sql)?.query_map([&key.data_source, &key.patient_id], stored)?.collect()
    }

    /// Keeps it as one whose place another took.
    pub(super) fn keep_former(&self, transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
        let Self { row, normalised, fingerprint } = self;
        let sql = format!("INSERT INTO reference_history ({STORED}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        transaction
            .prepare_cached(&sql)?
            .execute(params![
                row.key.data_source,
                row.key.patient_id,
                columns_text(&row.columns),
                normalised,
                fingerprint,
                row.observed,
                row.publication,
                row.run_id.to_string(),
                row.source_file,
            ])
            .map(drop)
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

/// Returns columns as they are kept.
pub(super) fn columns_text(columns: &Columns) -> String {
    let members = columns.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
    serde_json::Value::Object(members.collect()).to_string()
}

fn stored(row: &rusqlite::Row<'_>) -> Result<(i64, Stored), rusqlite::Error> {
    let run_id = row.get_ref(8)?.as_str()?;
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(8, rusqlite::types::Type::Text, Box::new(error));
    let run_id = run_id.parse::<carelake_core::names::RunId>().map_err(broken)?;
    let stored = Stored {
        row: Row {
            key: Key { data_source: row.get(1)?, patient_id: row.get(2)? },
            columns: columns(row, 3)?,
            observed: row.get(6)?,
            publication: row.get(7)?,
            run_id,
            source_file: row.get(9)?,
        },
        normalised: row.get(4)?,
        fingerprint: row.get(5)?,
    };
    Ok((row.get(0)?, stored))
}
