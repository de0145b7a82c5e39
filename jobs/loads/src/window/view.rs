//! A snapshot of a source, and what its clock said before.

use std::fmt;

use carelake_database::{DatabaseError, Moment, Session, Snapshot};

/// A session in a snapshot. The clock was asked first: a transaction that committed in between is visible, one that was open is known.
pub struct View<'v> {
    pub(crate) session: &'v mut dyn Session,
    pub(crate) moment: Moment,
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
        Ok(Self { session, moment, snapshot })
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
        Ok(Self { session, moment, snapshot: joined })
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
        self.session.end()
    }
}
