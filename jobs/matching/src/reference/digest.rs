//! What a reference holds, as a hash: equal for equal content, whatever the order in which it came.

use carelake_core::hex;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Serialize;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

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

/// The rows of a table, without the numbers by which they are kept.
const RECORDS: &str =
    "SELECT data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
                       FROM reference_record";
const HISTORY: &str =
    "SELECT data_source, patient_id, columns, normalised, fingerprint, observed, publication, run_id, source_file
                       FROM reference_history";
const PERSONS: &str = "SELECT data_source, patient_id, person_id, cluster FROM reference_record";
const FREQUENCIES: &str = "SELECT field, value, count FROM term_frequency";
const KEYS: &str =
    "SELECT k.pass, k.key, r.data_source, r.patient_id FROM block_key k JOIN reference_record r ON r.record = k.record";

pub(super) fn digests(connection: &Connection) -> Result<Digests, rusqlite::Error> {
    // One look at all of them.
    let snapshot = connection.unchecked_transaction()?;
    let (records, record_count) = summed(&snapshot, RECORDS)?;
    let (history, _) = summed(&snapshot, HISTORY)?;
    let (persons, _) = summed(&snapshot, PERSONS)?;
    let (frequencies, _) = summed(&snapshot, FREQUENCIES)?;
    let (keys, _) = summed(&snapshot, KEYS)?;
    let person_count =
        snapshot.query_row("SELECT count(DISTINCT person_id) FROM reference_record", [], |row| row.get(0))?;
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
fn summed(connection: &Connection, sql: &str) -> Result<(u128, i64), rusqlite::Error> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut sum, mut count, mut bytes) = (0_u128, 0, Vec::new());
    while let Some(row) = rows.next()? {
        bytes.clear();
        for at in 0..width {
            write(&mut bytes, row.get_ref(at)?);
        }
        sum = sum.wrapping_add(xxh3_128(&bytes));
        count += 1;
    }
    Ok((sum, count))
}

/// Writes a cell with its length before it, so that no two rows are written alike.
fn write(bytes: &mut Vec<u8>, cell: ValueRef<'_>) {
    match cell {
        ValueRef::Null => bytes.push(0),
        ValueRef::Integer(number) => {
            bytes.push(1);
            bytes.extend(number.to_be_bytes());
        }
        ValueRef::Real(number) => {
            bytes.push(2);
            bytes.extend(number.to_bits().to_be_bytes());
        }
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            bytes.push(3);
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text);
        }
    }
}
