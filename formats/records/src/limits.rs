//! What a file may ask of its reader.

/// Limits that hold while a file is read. Going beyond one is [`Malformed`](super::Malformed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after unpacking.
    pub unpacked_bytes: u64,
    /// How many times the packed bytes the unpacked ones may be, from [`Limits::ratio_from_bytes`] on.
    pub ratio: u64,
    /// Unpacked bytes from which the ratio counts.
    pub ratio_from_bytes: u64,
    /// Members of an archive.
    pub members: usize,
    /// Depth of nesting.
    pub depth: usize,
    /// Bytes of one value.
    pub value_bytes: usize,
    /// Columns.
    pub columns: usize,
    /// Cells of a workbook.
    pub cells: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unpacked_bytes: 20 << 30,
            ratio: 200,
            ratio_from_bytes: 64 << 20,
            members: 10_000,
            depth: 64,
            value_bytes: 1 << 20,
            columns: 16_384,
            cells: 50_000_000,
        }
    }
}
