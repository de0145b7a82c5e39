//! Ending a statement from elsewhere.

use super::fault::Fault;
use super::handshake;
use super::link::Link;
use crate::address::Target;
use crate::error::DatabaseError;
use crate::session::Canceller;

/// Ends what the session with this number does, over a connection of its own: the server lets a login end its own statements.
pub(super) struct Cancel {
    pub(super) target: Target,
    pub(super) number: u64,
}

impl Cancel {
    fn killed(&self) -> Result<(), Fault> {
        let mut link = Link::new(handshake::open(&self.target)?.packets);
        match link.run(&format!("KILL QUERY {}", self.number)) {
            // It is gone already.
            Err(Fault::Code(1094)) => Ok(()),
            killed => killed,
        }
    }
}

impl Canceller for Cancel {
    fn cancel(&self) -> Result<(), DatabaseError> {
        self.killed().map_err(|fault| fault.error(&self.target.source, "cancelling", None))
    }
}
