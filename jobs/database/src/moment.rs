//! What the clock of a server says, and since when somebody is writing.

/// The oldest transaction that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// None is.
    Nobody,
    /// It began then: microseconds since 1970, UTC.
    Since(i64),
    /// The login may not see those of others: a lag of an hour stands in for it.
    Unknown,
}

/// Asked before a snapshot is opened, never after: a transaction that commits in between is visible, one that was open is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The server's clock: microseconds since 1970, UTC.
    pub clock: i64,
    /// The oldest transaction that is open.
    pub oldest: Open,
    /// PostgreSQL's `pg_current_snapshot()` with 64-bit numbers: its `xmin`, where it can say so (not on a standby's own clock).
    pub xmin: Option<u64>,
}
