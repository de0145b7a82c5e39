//! A connection that changes what a server keeps, too: of the lake's own database, never of a source.

use std::collections::HashMap;

use crate::address::Target;
use crate::error::DatabaseError;
use crate::postgres::connection::{Wire, start};
use crate::postgres::fault::Fault;

/// A connection with PostgreSQL by which statements of every kind are carried out. Each is prepared once. Dropping it ends what was begun
/// and not committed.
pub struct Client {
    wire: Wire,
    target: Target,
    prepared: HashMap<String, String>,
    /// How many names were given to statements.
    named: u64,
    sent: u64,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Client").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Client {
    /// Connects and logs in. Times are in UTC, texts in UTF-8.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] where nobody answers, [`DatabaseError::Refused`] where login or certificate is refused.
    pub fn connect(target: &Target) -> Result<Self, DatabaseError> {
        let said = |fault: Fault| fault.said(target, "connecting", None, false);
        let (mut wire, _) = start(target).map_err(said)?;
        let timeout = target.statement_timeout.as_millis().min(i32::MAX as u128);
        let set_up = format!(
            "SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 3; SET standard_conforming_strings = on; \
             SET client_min_messages = warning; SET statement_timeout = {timeout}"
        );
        wire.run(&set_up).map_err(said)?;
        Ok(Self { wire, target: target.clone(), prepared: HashMap::new(), named: 0, sent: 0 })
    }

    /// Returns where it is connected to, and as whom.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Returns how many statements were carried out: each waits once for the server.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Carries statements out that have neither parameters nor answers.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn run(&mut self, doing: &str, statements: &str) -> Result<(), DatabaseError> {
        self.sent += 1;
        self.wire.run(statements).map_err(|fault| fault.said(&self.target, doing, None, false))
    }

    /// Carries a statement out with its parameters, as text, and hands its rows over; answers how many rows it changed or gave.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn carry_out(
        &mut self,
        doing: &str,
        statement: &str,
        parameters: &[Option<&str>],
        each: &mut dyn FnMut(&[Option<&str>]),
    ) -> Result<u64, DatabaseError> {
        self.sent += 1;
        let Self { wire, target, prepared, named, .. } = self;
        let said = |fault: Fault| fault.said(target, doing, None, false);
        if let Some(name) = prepared.get(statement) {
            return wire.carry_out(name, parameters, each).map_err(said);
        }
        // One that was refused may be prepared all the same: its name is not given again.
        *named += 1;
        let name = format!("s{named}");
        wire.prepare(&name, statement).map_err(said)?;
        let count = wire.carry_out(&name, parameters, each).map_err(said)?;
        prepared.insert(statement.to_owned(), name);
        Ok(count)
    }

    /// Carries a `COPY … FROM STDIN` out with rows in its text format; answers how many there were.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn copy_in(&mut self, doing: &str, statement: &str, rows: &[u8]) -> Result<u64, DatabaseError> {
        self.sent += 1;
        self.wire.copy_in(statement, rows).map_err(|fault| fault.said(&self.target, doing, None, false))
    }
}
