//! Batches: tables of one source that one function reads in one snapshot, in about ten minutes.

/// The most bytes of the source's tables: ten minutes of a connection that is not fast.
const MOST_BYTES: u64 = 12 << 30;
/// The most tables: their names are handed over together.
const MOST_TABLES: usize = 500;

/// Returns whether so many bytes of a table are more than a function reads in its time.
#[must_use]
pub const fn is_large(bytes: u64) -> bool {
    bytes > MOST_BYTES
}

/// Cuts tables into batches, in their order; `bytes` is about how much is read of each.
#[must_use]
pub fn batches<T>(tables: Vec<T>, bytes: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut cut: Vec<Vec<T>> = Vec::new();
    let mut full = 0;
    for table in tables {
        let size = bytes(&table);
        match cut.last_mut() {
            Some(last) if last.len() < MOST_TABLES && full + size <= MOST_BYTES => {
                full += size;
                last.push(table);
            }
            _ => {
                full = size;
                cut.push(vec![table]);
            }
        }
    }
    cut
}
