//! A snapshot of a source, and what its clock said before.

use std::fmt;

use carelake_database::{DatabaseError, Moment, Session, Snapshot};

/// Bytes of rows that wait at most while several sessions read, about.
const MOST_WAITING: usize = 64 << 20;

/// A session in a snapshot. The clock was asked first: a transaction that committed in between is visible, one that was open is known.
pub struct View<'v> {
    pub(crate) session: &'v mut dyn Session,
    pub(crate) moment: Moment,
    /// Sessions that read beside it, in the same snapshot.
    pub(crate) beside: Vec<&'v mut dyn Session>,
    /// Bytes of rows that wait at most while several sessions read.
    pub(crate) most_waiting: usize,
    snapshot: Option<Snapshot>,
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("moment", &self.moment).finish_non_exhaustive()
    }
}

impl<'v> View<'v> {
    /// Asks for the clock, then opens a snapshot.
    ///
    /// # Errors
    /// Those of the server.
    pub fn open(session: &'v mut dyn Session) -> Result<Self, DatabaseError> {
        let moment = session.moment()?;
        let snapshot = session.begin(None)?;
        Ok(Self { session, moment, beside: Vec::new(), most_waiting: MOST_WAITING, snapshot })
    }

    /// Joins a snapshot whose clock was asked before it was opened.
    ///
    /// # Errors
    /// Those of the server; [`DatabaseError::Cancelled`] where it cannot be joined.
    pub fn join(session: &'v mut dyn Session, snapshot: &Snapshot, moment: Moment) -> Result<Self, DatabaseError> {
        let joined = session.begin(Some(snapshot))?;
        if joined.is_none() {
            session.end()?;
            let server = String::new();
            return Err(DatabaseError::Cancelled { server, doing: "joining a snapshot".to_owned() });
        }
        Ok(Self { session, moment, beside: Vec::new(), most_waiting: MOST_WAITING, snapshot: joined })
    }

    /// Lets another session read beside this one, if it can join the snapshot; answers whether it can.
    ///
    /// # Errors
    /// Those of the server.
    pub fn share(&mut self, other: &'v mut dyn Session) -> Result<bool, DatabaseError> {
        let Some(snapshot) = &self.snapshot else { return Ok(false) };
        if other.begin(Some(snapshot))?.is_none() {
            other.end()?;
            return Ok(false);
        }
        self.beside.push(other);
        Ok(true)
    }

    /// Returns the snapshot for others to join, where they can.
    #[must_use]
    pub const fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Returns what the clock said before the snapshot was opened.
    #[must_use]
    pub const fn moment(&self) -> &Moment {
        &self.moment
    }

    /// Lets the snapshot go.
    ///
    /// # Errors
    /// Those of the server.
    pub fn close(self) -> Result<(), DatabaseError> {
        let mut closed = self.session.end();
        for other in self.beside {
            let also = other.end();
            closed = closed.and(also);
        }
        closed
    }
}
