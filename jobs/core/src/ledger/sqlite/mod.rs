//! The ledger in one file on this machine.
//!
//! SQLite in WAL mode, so that several processes may read and write at once; every change is one immediate transaction,
//! flushed before the call returns, but for those that can be made again. Beside the file is a folder in which each live run holds a lock.

mod alive;
mod decode;
mod leases;
mod migrate;
mod reading;
mod rows;
mod runs;
mod schemas;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{Attempts, DatasetRun, DatasetRunEnd, Given, LedgerError, Located, NewRun, Run, RunEnd, Runs};
use crate::names::{Publication, RunId};
use alive::Alive;
use reading::Unwritable;

/// How long a call waits for other processes. Each of them holds the ledger for milliseconds.
const BUSY_SECS: u64 = 30;

/// Memory for pages of the file, in KiB: what many small changes go through stays there.
const CACHE_KIB: i32 = 16 << 10;

/// When a change is on disk: before the call returns, or with the next one that is.
const FLUSHED: &str = "full";
const UNFLUSHED: &str = "normal";

/// The ledger in an SQLite file.
///
/// A run that was started through it counts as alive until it is finished, or until this value is dropped, as it is when
/// the process dies.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    access: Access,
    alive: Alive,
}

/// What may be done with the ledger.
#[derive(Debug)]
enum Access {
    /// Everything.
    Whole(Mutex<Connection>),
    /// Reading only, and why.
    Reading(Unwritable),
}

/// What can go wrong inside, before it is told where.
#[derive(Debug)]
enum Trouble {
    Sqlite(rusqlite::Error),
    Io(io::Error),
    Damaged(&'static str),
    Newer(u32),
    Ledger(LedgerError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl SqliteLedger {
    /// Opens the ledger, makes it if there is none, and brings it to the present version.
    ///
    /// # Errors
    /// [`LedgerError::Newer`] when a newer carelake wrote it, [`LedgerError::Damaged`] when it is no ledger;
    /// [`LedgerError::Denied`], [`LedgerError::Full`], [`LedgerError::Busy`] or [`LedgerError::Failed`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let alive = Alive::beside(path);
        let opened = (|| {
            // SQLite does not wait when two connections turn a new file into a WAL file at once.
            let _opening = alive.opening()?;
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(BUSY_SECS))?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", FLUSHED)?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            migrate::migrate(&mut connection)?;
            Ok(connection)
        })();
        let connection = opened.map_err(|trouble| explain(path, "open the ledger", trouble))?;
        Ok(Self { path: path.to_owned(), access: Access::Whole(Mutex::new(connection)), alive })
    }

    /// Opens the ledger to read and write; one that is there and cannot be written, to read only. Then every change ends in
    /// the error that says why.
    ///
    /// # Errors
    /// As [`SqliteLedger::open`].
    pub fn open_or_read(path: &Path) -> Result<Self, LedgerError> {
        let error = match Self::open(path) {
            Err(error) if path.is_file() => error,
            opened => return opened,
        };
        let Some(why) = Unwritable::of(&error) else { return Err(error) };
        let ledger = Self { path: path.to_owned(), access: Access::Reading(why), alive: Alive::beside(path) };
        ledger.read("open the ledger", |_| Ok(()))?;
        Ok(ledger)
    }

    fn read<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, LedgerError> {
        let found = match &self.access {
            Access::Whole(connection) => read(&locked(connection)),
            Access::Reading(_) => reading::read(&self.path, &self.alive, read),
        };
        found.map_err(|trouble| explain(&self.path, action, trouble))
    }

    /// Changes the ledger as a whole or not at all, with no other writer in between.
    fn write<T>(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
    ) -> Result<T, LedgerError> {
        self.change(action, FLUSHED, write)
    }

    fn change<T>(
        &self,
        action: &'static str,
        synchronous: &str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
    ) -> Result<T, LedgerError> {
        let mut connection = match &self.access {
            Access::Whole(connection) => locked(connection),
            Access::Reading(why) => return Err(why.error(self.describe())),
        };
        let written = (|| {
            connection.pragma_update(None, "synchronous", synchronous)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = write(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })();
        written.map_err(|trouble| explain(&self.path, action, trouble))
    }

    fn no_such_run(&self, run_id: &RunId) -> Trouble {
        Trouble::Ledger(LedgerError::NoSuchRun { place: self.describe(), run_id: run_id.clone() })
    }
}

fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells trouble by what an operator can do about it.
fn explain(path: &Path, action: &'static str, trouble: Trouble) -> LedgerError {
    let place = path.display().to_string();
    match trouble {
        Trouble::Ledger(error) => error,
        Trouble::Damaged(what) => LedgerError::Damaged { place, what },
        Trouble::Newer(found) => LedgerError::Newer { place, found, known: migrate::VERSION },
        Trouble::Io(cause) => match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::Full { place },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => LedgerError::Denied { place },
            _ => LedgerError::Failed { action, place, cause },
        },
        Trouble::Sqlite(cause) => match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::Full { place },
            // The file that readers and writers share could not be given its size.
            _ if cause
                .sqlite_error()
                .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                LedgerError::Full { place }
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                LedgerError::Denied { place }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy { place },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                LedgerError::Damaged { place, what: "the file" }
            }
            _ => LedgerError::Failed { action, place, cause: io::Error::other(cause) },
        },
    }
}

impl Located for SqliteLedger {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

impl Runs for SqliteLedger {
    fn start_run(&self, run: &NewRun) -> Result<RunId, LedgerError> {
        self.write("start a run", |transaction| runs::start(transaction, &self.alive, run))
    }

    fn finish_run(&self, run_id: &RunId, end: &RunEnd) -> Result<(), LedgerError> {
        self.write("finish a run", |transaction| {
            if !runs::finish(transaction, run_id, end)? {
                let run = runs::run(transaction, run_id)?.ok_or_else(|| self.no_such_run(run_id))?;
                if run.status != end.status {
                    let (place, status) = (self.describe(), run.status.name());
                    return Err(Trouble::Ledger(LedgerError::Ended { place, run_id: run_id.clone(), status }));
                }
                runs::note_report(transaction, run_id, end.report_key.as_deref())?;
            }
            Ok(leases::release_all(transaction, run_id)?)
        })?;
        self.alive.end(run_id);
        Ok(())
    }

    fn close_dead_runs(&self, now: Timestamp) -> Result<Vec<RunId>, LedgerError> {
        let mut dead = self.read("look for dead runs", runs::running)?;
        dead.retain(|run_id| !self.alive.is_alive(run_id));
        if dead.is_empty() {
            return Ok(dead);
        }
        let dead = self.write("close dead runs", |transaction| {
            let mut closed = Vec::new();
            for run_id in dead {
                if runs::abort(transaction, &run_id, now)? {
                    leases::release_all(transaction, &run_id)?;
                    closed.push(run_id);
                }
            }
            Ok(closed)
        })?;
        dead.iter().for_each(|run_id| self.alive.end(run_id));
        Ok(dead)
    }

    fn runs(&self, limit: usize) -> Result<Vec<Run>, LedgerError> {
        self.read("list runs", |connection| runs::list(connection, limit))
    }

    fn runs_before(&self, before: &RunId, limit: usize) -> Result<Vec<Run>, LedgerError> {
        self.read("list runs", |connection| runs::list_before(connection, before, limit))
    }

    fn run(&self, run_id: &RunId) -> Result<Option<Run>, LedgerError> {
        self.read("read a run", |connection| runs::run(connection, run_id))
    }

    fn id_for(&self, identity: &str, as_of: Date, now: Timestamp) -> Result<Given, LedgerError> {
        self.write("give an id", |transaction| runs::id_for(transaction, identity, as_of, now))
    }
}

impl Attempts for SqliteLedger {
    fn start_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write("start a dataset run", |transaction| {
            runs::run(transaction, run_id)?.ok_or_else(|| self.no_such_run(run_id))?;
            Ok(runs::start_dataset(transaction, run_id, publication, attempt, now)?)
        })
    }

    fn finish_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        end: &DatasetRunEnd,
    ) -> Result<(), LedgerError> {
        self.write("finish a dataset run", |transaction| {
            let found = runs::finish_dataset(transaction, run_id, publication, attempt, end)?;
            if found { Ok(()) } else { Err(self.no_such_run(run_id)) }
        })
    }

    fn dataset_runs(&self, run_id: &RunId) -> Result<Vec<DatasetRun>, LedgerError> {
        self.read("list dataset runs", |connection| runs::dataset_runs(connection, run_id))
    }

    fn last_success(&self, publication: &Publication) -> Result<Option<DatasetRun>, LedgerError> {
        self.read("read dataset runs", |connection| runs::last_success(connection, publication))
    }
}

#[cfg(test)]
mod tests;
