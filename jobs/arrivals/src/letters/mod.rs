//! Letters: what failed for good, kept until a person has it done again.
//!
//! A letter says what was tried, why it failed and where the thing lies, and holds no value from the data. They are rows of
//! the ledger, those of a room together.

pub mod again;
mod cause;
mod take;

use carelake_core::ledger::{Condition, LedgerError, Object, Partition, Row, Rows, Write, Written, object};
use carelake_core::names::Scope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use cause::{Cause, causes};
pub use take::MOST_RECEIVES;

/// Letters that are read at once.
const PAGE: usize = 500;
/// How often a change is tried when others change the same letter.
const MOST_TRIES: usize = 20;

/// What failed for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// What tells it from every other of its room: the message that failed.
    pub id: String,
    /// The room.
    pub room: String,
    /// What it is about: a source, a feed, a stream, a model.
    pub subject: String,
    /// The function that failed.
    pub function: String,
    /// The kind of error.
    pub error: String,
    /// Why, in one line, without a value from the data.
    pub reason: String,
    /// What the function was called with, to call it again: names and places.
    pub message: Value,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed for the first time.
    pub first_failed_at: Timestamp,
    /// When it failed last.
    pub failed_at: Timestamp,
    /// The execution, if it was one.
    pub execution: Option<String>,
    /// Where the thing lies, if it is one.
    pub location: Option<String>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
    /// Who had it done again, and when.
    pub redrive: Option<Redrive>,
}

/// That a letter was done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Which letters are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this room.
    pub room: Option<String>,
    /// Of this kind of error.
    pub error: Option<String>,
}

/// What became of having a letter done again.
#[derive(Debug, Clone, PartialEq)]
pub enum Redriven {
    /// It is ours to do.
    Now(Box<Letter>),
    /// Somebody had it done before.
    Before(Redrive),
    /// There is no such letter.
    Unknown,
}

/// The letters of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Letters<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

impl<'r> Letters<'r> {
    /// Opens the letters of a scope.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Keeps a letter. One that is there already, and failed again after it was done again, waits once more: its attempts are
    /// added up, and when it failed first stays. The same failure told twice changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always changed it first, or the ledger fails.
    pub fn add(&self, letter: &Letter) -> Result<(), LedgerError> {
        let key = self.all().key(&sort(&letter.room, &letter.id));
        for _ in 0..MOST_TRIES {
            let (kept, condition) = match self.rows.get(&key, letter.failed_at)? {
                None => (letter.clone(), Condition::Absent),
                Some(row) => {
                    let there = self.read(&row)?;
                    if there.failed_at >= letter.failed_at {
                        return Ok(());
                    }
                    let attempts = there.attempts.saturating_add(letter.attempts);
                    let kept = Letter { attempts, first_failed_at: there.first_failed_at, ..letter.clone() };
                    (kept, Condition::Version(row.version))
                }
            };
            let put = Write::put(key.clone(), object(&kept, self.rows)?).when(condition);
            if self.rows.write(&put, letter.failed_at)? != Written::Refused {
                return Ok(());
            }
        }
        Err(self.busy())
    }

    /// Returns letters, by room and id.
    ///
    /// # Errors
    /// [`LedgerError`] when one cannot be read, or the ledger fails.
    pub fn list(&self, filter: &Filter, now: Timestamp) -> Result<Vec<Letter>, LedgerError> {
        let prefix = filter.room.as_ref().map_or_else(String::new, |room| sort(room, ""));
        let mut found = self.begin(&prefix, now)?;
        found.retain(|letter| filter.error.as_ref().is_none_or(|error| *error == letter.error));
        Ok(found)
    }

    /// Notes of the letters of a room whose ids begin so that what they tell was put right another way, by what `by` names.
    ///
    /// # Errors
    /// As [`Self::redrive`].
    pub fn settle(&self, room: &str, ids: &str, by: &str, now: Timestamp) -> Result<(), LedgerError> {
        for letter in self.begin(&sort(room, ids), now)? {
            self.redrive(room, &letter.id, by, now)?;
        }
        Ok(())
    }

    fn begin(&self, prefix: &str, now: Timestamp) -> Result<Vec<Letter>, LedgerError> {
        let (mut found, mut range) = (Vec::new(), self.all().begin(prefix, PAGE));
        loop {
            let page = self.rows.query(&range, now)?;
            for row in &page.rows {
                found.push(self.read(row)?);
            }
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Notes that a letter is done again, before it is: of several who ask, one does it.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always changed it first, or the ledger fails.
    pub fn redrive(&self, room: &str, id: &str, by: &str, now: Timestamp) -> Result<Redriven, LedgerError> {
        let key = self.all().key(&sort(room, id));
        let redrive = Redrive { by: by.to_owned(), at: now };
        for _ in 0..MOST_TRIES {
            let Some(row) = self.rows.get(&key, now)? else { return Ok(Redriven::Unknown) };
            let letter = self.read(&row)?;
            if let Some(redrive) = letter.redrive {
                return Ok(Redriven::Before(redrive));
            }
            let members = Object::from_iter([("redrive".to_owned(), json!(redrive))]);
            let update = Write::update(key.clone(), members).when(Condition::Version(row.version));
            if self.rows.write(&update, now)? != Written::Refused {
                return Ok(Redriven::Now(Box::new(Letter { redrive: Some(redrive), ..letter })));
            }
        }
        Err(self.busy())
    }

    fn all(&self) -> Partition {
        Partition::new(self.scope, "letters", "all")
    }

    fn read(&self, row: &Row) -> Result<Letter, LedgerError> {
        row.read("a letter", self.rows)
    }

    fn busy(&self) -> LedgerError {
        LedgerError::Busy { place: self.rows.describe() }
    }
}

fn sort(room: &str, id: &str) -> String {
    format!("{room}/{id}")
}

#[cfg(test)]
mod tests;
