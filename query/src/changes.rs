//! What changed between two tables, row by row of a key.
//!
//! Memory follows the keys: of a row its key and a hash of its other columns are kept. Which columns changed is found by
//! reading the changed rows once more.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::error::ReadError;
use crate::packed::{pack, unpack};
use crate::scan::{Batch, Scan};
use crate::table::Table;
use crate::value::Value;

/// Changed rows of which the hashes of all columns are in memory at a time.
pub(crate) const CHANGED_AT_ONCE: usize = 128 * 1024;

/// The rows that two tables do not share.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Keys that only the later table has.
    pub added: Keys,
    /// Keys that only the earlier table has.
    pub removed: Keys,
    /// Keys that both have, with another value in some column.
    pub changed: Keys,
    /// The columns that changed and in how many rows, most first, then by name.
    pub columns: Vec<(String, u64)>,
}

/// Some keys, of which the first are told.
#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    /// How many there are.
    pub count: u64,
    /// The first, in their order; the values are in the order of the key's columns.
    pub first: Vec<Vec<Value<'static>>>,
}

/// Every key of a table, sorted, with the hash of the compared columns.
struct Digest {
    bytes: Vec<u8>,
    rows: Vec<DigestRow>,
}

#[derive(Clone, Copy)]
struct DigestRow {
    from: usize,
    to: usize,
    hash: u128,
}

/// A table with the positions of its columns that matter; a compared column that it does not have is null.
pub(crate) struct Side<'t> {
    table: &'t Arc<Table>,
    used: Arc<[bool]>,
    key: Vec<Option<usize>>,
    pub(crate) compared: Vec<Option<usize>>,
}

/// Compares two tables by the columns of a key, which names each row once. `ignored` columns are not compared, nor are those that
/// only the earlier table has. The first `shown` keys of each sort are told.
///
/// # Errors
/// [`ReadError`] when a file cannot be read or a column of the key is not there.
pub fn changes(
    before: &Arc<Table>,
    after: &Arc<Table>,
    key: &[String],
    ignored: &[&str],
    shown: usize,
) -> Result<Changes, ReadError> {
    let compared = compared(after, key, ignored);
    let (before, after) = (Side::new(before, key, &compared)?, Side::new(after, key, &compared)?);
    let (earlier, later) = (before.digest()?, after.digest()?);
    let (mut added, mut removed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut left, mut right) = (earlier.rows.iter().peekable(), later.rows.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(old), Some(new)) => match earlier.key(old).cmp(later.key(new)) {
                std::cmp::Ordering::Less => removed.extend(left.next().map(|row| earlier.key(row))),
                std::cmp::Ordering::Greater => added.extend(right.next().map(|row| later.key(row))),
                std::cmp::Ordering::Equal => {
                    if old.hash != new.hash {
                        changed.push(later.key(new));
                    }
                    left.next();
                    right.next();
                }
            },
            (Some(_), None) => removed.extend(left.next().map(|row| earlier.key(row))),
            (None, Some(_)) => added.extend(right.next().map(|row| later.key(row))),
            (None, None) => break,
        }
    }
    let mut columns = vec![0; compared.len()];
    for part in changed.chunks(CHANGED_AT_ONCE) {
        count_columns(&before, &after, part, &mut columns)?;
    }
    let mut columns: Vec<(String, u64)> =
        compared.into_iter().cloned().zip(columns).filter(|(_, rows)| *rows > 0).collect();
    columns.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let keys = |keys: &[&[u8]]| Keys {
        count: keys.len() as u64,
        first: keys.iter().take(shown).map(|key| unpack(key)).collect(),
    };
    Ok(Changes { added: keys(&added), removed: keys(&removed), changed: keys(&changed), columns })
}

/// Returns the columns of the later table that are compared.
pub(crate) fn compared<'t>(after: &'t Table, key: &[String], ignored: &[&str]) -> Vec<&'t String> {
    let names = after.columns.iter().map(|column| &column.name);
    names.filter(|name| !key.contains(name) && !ignored.contains(&name.as_str())).collect()
}

/// Counts in how many of these rows each column changed.
fn count_columns(before: &Side<'_>, after: &Side<'_>, changed: &[&[u8]], counts: &mut [u64]) -> Result<(), ReadError> {
    let mut hashes = vec![0; changed.len() * counts.len()];
    let place = |at: usize| at * counts.len()..(at + 1) * counts.len();
    before.each_of(changed, |at, row| {
        for (hash, new) in hashes.get_mut(place(at)).unwrap_or_default().iter_mut().zip(row) {
            *hash = new;
        }
    })?;
    let mut found = vec![0; counts.len()];
    after.each_of(changed, |at, row| {
        for ((count, old), new) in found.iter_mut().zip(hashes.get(place(at)).unwrap_or_default()).zip(row) {
            *count += u64::from(*old != new);
        }
    })?;
    counts.iter_mut().zip(found).for_each(|(count, found)| *count += found);
    Ok(())
}

impl Digest {
    fn key(&self, row: &DigestRow) -> &[u8] {
        self.bytes.get(row.from..row.to).unwrap_or_default()
    }
}

impl<'t> Side<'t> {
    pub(crate) fn new(table: &'t Arc<Table>, key: &[String], compared: &[&String]) -> Result<Self, ReadError> {
        let key = key.iter().map(|name| {
            let missing = || ReadError::NoColumn { table: table.name.clone(), column: name.clone() };
            table.position(name).map(Some).ok_or_else(missing)
        });
        let key: Vec<Option<usize>> = key.collect::<Result<_, _>>()?;
        let compared: Vec<Option<usize>> = compared.iter().map(|name| table.position(name)).collect();
        let used = (0..table.columns.len()).map(|at| key.contains(&Some(at)) || compared.contains(&Some(at))).collect();
        Ok(Self { table, used, key, compared })
    }

    fn scan(&self) -> Scan {
        Scan::new(self.table, &self.used, Vec::new(), 0..self.table.files.len())
    }

    fn digest(&self) -> Result<Digest, ReadError> {
        let mut digest = Digest { bytes: Vec::new(), rows: Vec::new() };
        let (mut scan, mut others) = (self.scan(), Vec::new());
        while let Some(batch) = scan.next()? {
            for row in 0..batch.rows {
                let from = digest.bytes.len();
                pack_cells(&batch, &self.key, row, &mut digest.bytes);
                others.clear();
                pack_cells(&batch, &self.compared, row, &mut others);
                digest.rows.push(DigestRow { from, to: digest.bytes.len(), hash: xxh3_128(&others) });
            }
        }
        let bytes = &digest.bytes;
        let key = |row: &DigestRow| bytes.get(row.from..row.to).unwrap_or_default();
        digest.rows.sort_by(|left, right| key(left).cmp(key(right)));
        Ok(digest)
    }

    /// Calls with the place among these keys, which are sorted, and the hashes of the compared columns, for each row that has one.
    fn each_of(
        &self,
        keys: &[&[u8]],
        mut each: impl FnMut(usize, &mut dyn Iterator<Item = u64>),
    ) -> Result<(), ReadError> {
        let mut cell = Vec::new();
        self.visit(keys, |at, batch, row| {
            let mut hashes = self.compared.iter().map(|column| {
                cell.clear();
                pack_cells(batch, &[*column], row, &mut cell);
                xxh3_64(&cell)
            });
            each(at, &mut hashes);
        })
    }

    /// Calls with the place among these keys, which are sorted, for each row that has one.
    pub(crate) fn visit(&self, keys: &[&[u8]], mut each: impl FnMut(usize, &Batch, usize)) -> Result<(), ReadError> {
        let (mut scan, mut key) = (self.scan(), Vec::new());
        while let Some(batch) = scan.next()? {
            for row in 0..batch.rows {
                key.clear();
                pack_cells(&batch, &self.key, row, &mut key);
                if let Ok(at) = keys.binary_search(&key.as_slice()) {
                    each(at, &batch, row);
                }
            }
        }
        Ok(())
    }
}

fn pack_cells(batch: &Batch, columns: &[Option<usize>], row: usize, into: &mut Vec<u8>) {
    for column in columns {
        let cells = column.and_then(|column| batch.cells.get(column));
        pack(&cells.map_or(Value::Null, |cells| cells.value(row)), into);
    }
}
