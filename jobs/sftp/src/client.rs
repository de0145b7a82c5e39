//! What is done with the files of a server.

use std::future::Future;

use carelake_core::store::StoreError;
use jiff::Timestamp;
use russh_sftp::client::error::Error;
use russh_sftp::client::fs::{File, Metadata};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::timeout;

use crate::driver::Driver;
use crate::error::SftpError;
use crate::session::{Session, answer, server};
use crate::settings::Settings;

/// Bytes that are taken at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// A file of a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Its name in the folder.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last written, by the clock of the server; `None` where that keeps none.
    pub modified: Option<Timestamp>,
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The files, by name.
    pub files: Vec<Remote>,
    /// Links, pipes, and names that could break a line or lead elsewhere.
    pub passed_over: usize,
}

/// A client of one server. The connection is made when it is needed, and again when it broke.
pub struct Client {
    settings: Settings,
    session: Option<Session>,
    // Dropped last: the session is driven by it.
    driver: Driver,
}

impl Client {
    /// Makes a client; nothing is connected yet.
    ///
    /// # Errors
    /// [`SftpError::Driver`] when its thread cannot be started.
    pub fn new(settings: Settings) -> Result<Self, SftpError> {
        let driver = Driver::start().map_err(|source| SftpError::Driver { server: server(&settings), source })?;
        Ok(Self { settings, session: None, driver })
    }

    /// Returns the files that are in a folder, not those in folders of it.
    ///
    /// # Errors
    /// [`SftpError`].
    pub fn list(&mut self, folder: &str) -> Result<Listing, SftpError> {
        let most = self.settings.most_names;
        self.repeated(|client| {
            let entries = client.call("list", folder, |session| session.files.read_dir(folder))?;
            let mut listing = Listing::default();
            for (number, entry) in entries.enumerate() {
                if number >= most {
                    return Err(SftpError::TooMany { server: server(&client.settings), path: folder.to_owned(), most });
                }
                let (name, path) = (entry.file_name(), entry.path());
                let mut about = entry.metadata();
                if about.permissions.is_none() {
                    // Some servers tell no types in a listing.
                    about = client.call("look at", &path, |session| session.files.symlink_metadata(&path))?;
                }
                if !about.file_type().is_file() || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
                    listing.passed_over += usize::from(!about.file_type().is_dir());
                    continue;
                }
                let (size_bytes, modified) = state(&about);
                listing.files.push(Remote { name, path, size_bytes, modified });
            }
            listing.files.sort();
            Ok(listing)
        })
    }

    /// Reads a file from its beginning to its end. A connection that breaks is made again, and the file goes on where it stopped, if
    /// size and time still say that it is the same.
    ///
    /// # Errors
    /// [`SftpError::Changed`] when the file is not what it was when it was listed, before or after; [`SftpError::Sink`] when it cannot be
    /// kept; [`SftpError::Missing`] when it is gone.
    pub fn read(
        &mut self,
        file: &Remote,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), SftpError> {
        let mut received = 0;
        self.repeated(|client| client.rest(file, &mut received, sink))
    }

    /// Gives a file another name; none may have it yet.
    ///
    /// # Errors
    /// [`SftpError`].
    pub fn rename(&mut self, file: &Remote, to: &str) -> Result<(), SftpError> {
        self.same(file)?;
        self.call("rename", &file.path, |session| session.files.rename(&file.path, to))
    }

    /// Deletes a file, if it is still what it was when it was listed.
    ///
    /// # Errors
    /// [`SftpError::Changed`] when it is not; another when it cannot be deleted.
    pub fn delete(&mut self, file: &Remote) -> Result<(), SftpError> {
        self.same(file)?;
        self.call("delete", &file.path, |session| session.files.remove_file(&file.path))
    }

    /// Reads what is still to come.
    fn rest(
        &mut self,
        file: &Remote,
        received: &mut u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), SftpError> {
        self.same(file)?;
        let mut open: File = self.call("open", &file.path, |session| session.files.open(&file.path))?;
        let start = *received;
        if start > 0 {
            let seek = async { open.seek(std::io::SeekFrom::Start(start)).await.map_err(Error::from) };
            self.wait("read", &file.path, seek)?;
        }
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = async { open.read(&mut piece).await.map_err(Error::from) };
            let read = self.wait("read", &file.path, read)?;
            let bytes = piece.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            *received = received.saturating_add(read as u64);
            if *received > file.size_bytes {
                return Err(self.changed(file));
            }
            sink(bytes).map_err(SftpError::Sink)?;
        }
        if *received == file.size_bytes { self.same(file) } else { Err(self.changed(file)) }
    }

    /// Checks that a file is what it was when it was listed.
    fn same(&mut self, file: &Remote) -> Result<(), SftpError> {
        let about = self.call("look at", &file.path, |session| session.files.metadata(&file.path))?;
        if state(&about) == (file.size_bytes, file.modified) { Ok(()) } else { Err(self.changed(file)) }
    }

    fn changed(&self, file: &Remote) -> SftpError {
        SftpError::Changed { server: server(&self.settings), path: file.path.clone() }
    }

    /// Does something again where the connection broke.
    fn repeated<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T, SftpError>) -> Result<T, SftpError> {
        let (mut failed, mut wait) = (1, self.settings.first_wait);
        loop {
            match work(self) {
                Err(error) if error.is_passing() && failed < self.settings.attempts => {
                    self.session = None;
                    (self.settings.wait)(wait);
                    (failed, wait) = (failed + 1, wait.saturating_mul(2));
                }
                done => return done,
            }
        }
    }

    /// Asks the server for one thing, over the connection that there is or a new one.
    fn call<'c, T: Send, F: Future<Output = Result<T, Error>> + Send>(
        &'c mut self,
        action: &'static str,
        path: &str,
        ask: impl FnOnce(&'c Session) -> F,
    ) -> Result<T, SftpError> {
        let Self { settings, session, driver } = self;
        let stopped = |source| SftpError::Driver { server: server(settings), source };
        let there = match session.take() {
            Some(there) => there,
            None => driver.wait(Session::open(settings)).map_err(stopped)??,
        };
        let there = session.insert(there);
        let asked = ask(there);
        let in_time = async { timeout(settings.answer_timeout, asked).await.unwrap_or(Err(Error::Timeout)) };
        let answered = driver.wait(in_time).map_err(stopped)?;
        answered.map_err(|error| answer(error, settings, action, path))
    }

    /// Waits for an answer about a file that is open.
    fn wait<T: Send>(
        &mut self,
        action: &'static str,
        path: &str,
        future: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, SftpError> {
        let stopped = |source| SftpError::Driver { server: server(&self.settings), source };
        let in_time = async { timeout(self.settings.answer_timeout, future).await.unwrap_or(Err(Error::Timeout)) };
        let answered = self.driver.wait(in_time).map_err(stopped)?;
        answered.map_err(|error| answer(error, &self.settings, action, path))
    }
}

/// Returns what tells one state of a file from another.
fn state(about: &Metadata) -> (u64, Option<Timestamp>) {
    let modified = about.mtime.and_then(|seconds| Timestamp::from_second(i64::from(seconds)).ok());
    (about.size.unwrap_or_default(), modified)
}
