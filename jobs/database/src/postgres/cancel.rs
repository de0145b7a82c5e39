//! Ends a statement from elsewhere: by a connection of its own that says only that.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::address::Target;
use crate::error::DatabaseError;
use crate::postgres::connection::{Key, Stream};
use crate::postgres::fault::Fault;
use crate::session::Canceller;

/// Ends statements of one session.
#[derive(Clone)]
pub(super) struct Cancel {
    pub(super) target: Target,
    pub(super) key: Key,
    /// Set once it was asked for: the server says nothing else when a statement took too long.
    pub(super) is_asked: Arc<AtomicBool>,
}

impl Cancel {
    /// Asks the server to end what the session is doing, and waits until it has read that.
    pub(super) fn ask(&self) -> Result<(), Fault> {
        let mut stream = Stream::open(&self.target)?;
        let mut asked = BytesMut::new();
        frontend::cancel_request(self.key.number, self.key.secret, &mut asked);
        stream.write_all(&asked)?;
        stream.flush()?;
        // The server answers nothing, and closes.
        match stream.read(&mut [0]) {
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Canceller for Cancel {
    fn cancel(&self) -> Result<(), DatabaseError> {
        self.is_asked.store(true, Ordering::SeqCst);
        self.ask().map_err(|fault| fault.said(&self.target, "cancelling", None, false))
    }
}
