//! What a reference holds, as a hash: equal for equal content, whatever the order in which it came and wherever it is kept.

use carelake_core::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use crate::database::{Kind, Row, Sql, SqlError};

/// Hashes of the content of a reference, in hexadecimal. Numbers by which rows are kept, and what people settled, are in none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// Of records, with those whose place was taken.
    pub records: String,
    /// Of which records are about which person.
    pub persons: String,
    /// Of how often values are there.
    pub frequencies: String,
    /// Of the keys by which records are found.
    pub keys: String,
    /// Of all of it.
    pub all: String,
    /// How many records there are.
    pub record_count: i64,
    /// How many persons these are about.
    pub person_count: i64,
}

/// Rows of a table, without the numbers by which they are kept.
struct Table {
    statement: &'static str,
    kinds: &'static [Kind],
}

const OF_RECORDS: &[Kind] =
    &[Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Bytes, Kind::Text, Kind::Text, Kind::Text, Kind::Text];

const RECORDS: Table = Table {
    statement:
        "SELECT data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
                FROM reference_record",
    kinds: OF_RECORDS,
};
const HISTORY: Table = Table {
    statement:
        "SELECT data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
                FROM reference_history",
    kinds: OF_RECORDS,
};
const PERSONS: Table = Table {
    statement: "SELECT data_source, patient_id, person_id, cluster FROM reference_record",
    kinds: &[Kind::Text, Kind::Text, Kind::Text, Kind::Text],
};
const FREQUENCIES: Table =
    Table { statement: "SELECT field, value, count FROM term_frequency", kinds: &[Kind::Text, Kind::Int, Kind::Int] };
const KEYS: Table = Table {
    statement: "SELECT k.pass, k.key, r.data_source, r.patient_id FROM block_key k JOIN reference_record r ON r.record = k.record",
    kinds: &[Kind::Int, Kind::Int, Kind::Text, Kind::Text],
};

pub(super) fn digests(sql: &dyn Sql) -> Result<Digests, SqlError> {
    let (records, record_count) = summed(sql, &RECORDS)?;
    let (history, _) = summed(sql, &HISTORY)?;
    let (persons, _) = summed(sql, &PERSONS)?;
    let (frequencies, _) = summed(sql, &FREQUENCIES)?;
    let (keys, _) = summed(sql, &KEYS)?;
    let person_count = sql.value("SELECT count(DISTINCT person_id) FROM reference_record", &[])?;
    let records = hashed(&[records, history]);
    let [persons, frequencies, keys] = [persons, frequencies, keys].map(|sum| hashed(&[sum]));
    let all = hex(&Sha256::digest([&*records, &*persons, &*frequencies, &*keys].join("\n")));
    Ok(Digests { records, persons, frequencies, keys, all, record_count, person_count })
}

fn hashed(sums: &[u128]) -> String {
    let mut hash = Sha256::new();
    sums.iter().for_each(|sum| hash.update(sum.to_be_bytes()));
    hex(&hash.finalize())
}

/// Adds up the hashes of rows, so that their order does not matter; and counts them.
fn summed(sql: &dyn Sql, table: &Table) -> Result<(u128, i64), SqlError> {
    let (mut sum, mut count, mut bytes) = (0_u128, 0, Vec::new());
    sql.each(table.statement, &[], &mut |row| {
        bytes.clear();
        for (column, kind) in table.kinds.iter().enumerate() {
            write(&mut bytes, row, column, *kind)?;
        }
        sum = sum.wrapping_add(xxh3_128(&bytes));
        count += 1;
        Ok(())
    })?;
    Ok((sum, count))
}

/// Writes a cell with its length before it, so that no two rows are written alike.
fn write(bytes: &mut Vec<u8>, row: &Row<'_>, column: usize, kind: Kind) -> Result<(), SqlError> {
    let mut text = |text: &[u8]| {
        bytes.push(3);
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text);
    };
    match kind {
        Kind::Bytes => text(&row.get::<[u8; 32]>(column)?),
        Kind::Text => match row.cell(column)? {
            crate::database::Cell::Null => bytes.push(0),
            _ => text(row.text(column)?.as_bytes()),
        },
        // No table that is hashed has other numbers.
        Kind::Int | Kind::Real => {
            let number: i64 = row.get(column)?;
            bytes.push(1);
            bytes.extend(number.to_be_bytes());
        }
    }
    Ok(())
}
