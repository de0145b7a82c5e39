//! A session that fails once, at a call of choice: before the call does anything, or after it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::error::SqlError;
use super::set::SetOf;
use super::value::Value;
use super::{Each, Sql, Words};

/// Where a session fails: counted down at each call, which fails when it comes to nought.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    left: Arc<AtomicI64>,
    is_after: bool,
}

impl Fault {
    /// Fails at this call, from 1.
    pub(crate) fn at(call: i64, is_after: bool) -> Self {
        Self { left: Arc::new(AtomicI64::new(call)), is_after }
    }

    /// Returns whether that call was made.
    pub(crate) fn is_reached(&self) -> bool {
        self.left.load(Ordering::SeqCst) <= 0
    }

    fn around<T>(&self, call: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        let fails = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
        let broken = || Err(SqlError::Unreadable { column: usize::MAX });
        if fails && !self.is_after {
            return broken();
        }
        let done = call()?;
        if fails { broken() } else { Ok(done) }
    }
}

/// The session.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) inner: Box<dyn Sql>,
    pub(crate) fault: Fault,
}

impl Sql for Faulty {
    fn place(&self) -> &str {
        self.inner.place()
    }

    fn steps(&self) -> &'static [&'static str] {
        self.inner.steps()
    }

    fn has_version(&self) -> Result<bool, SqlError> {
        self.inner.has_version()
    }

    fn each(&self, statement: &str, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        self.fault.around(|| self.inner.each(statement, values, each))
    }

    fn change(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        self.fault.around(|| self.inner.change(statement, values))
    }

    fn each_of(&self, set: &SetOf, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        self.fault.around(|| self.inner.each_of(set, values, each))
    }

    fn change_all(&self, set: &SetOf, values: &[Value<'_>]) -> Result<u64, SqlError> {
        self.fault.around(|| self.inner.change_all(set, values))
    }

    fn script(&self, statements: &str) -> Result<(), SqlError> {
        // Who dies takes nothing back: the database does.
        if statements == "ROLLBACK" {
            self.inner.script(statements)
        } else {
            self.fault.around(|| self.inner.script(statements))
        }
    }

    fn begin(&self) -> Result<(), SqlError> {
        self.fault.around(|| self.inner.begin())
    }

    fn look(&self) -> Result<(), SqlError> {
        self.inner.look()
    }

    fn words(&self) -> Words {
        self.inner.words()
    }

    fn is_far(&self) -> bool {
        self.inner.is_far()
    }

    fn tidy(&self) {
        self.inner.tidy();
    }
}
