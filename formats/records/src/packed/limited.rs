//! A reader that stops at a limit, and the fault that stopped it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

use crate::malformed::{Malformed, ReadError, Reason};

/// Why the bytes below could not be read. Kept here, because what reads them may blur an error on its way up.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Rc<RefCell<Option<ReadError>>>);

impl Fault {
    /// Keeps the first fault, and returns an error for whoever reads.
    pub(super) fn keep(&self, error: impl Into<ReadError>) -> io::Error {
        self.0.borrow_mut().get_or_insert_with(|| error.into());
        io::Error::other("the input cannot be read on")
    }

    /// Returns the fault instead of a result that came after it.
    pub(super) fn settle<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        match self.0.borrow_mut().take() {
            Some(error) => Err(error),
            None => result,
        }
    }
}

/// Reads no more than so many bytes.
pub(super) struct Limited<R> {
    pub inner: R,
    /// The bytes that were read; shared by all that count as one.
    pub read: Rc<Cell<u64>>,
    pub most: u64,
    /// What it means to read more.
    pub reason: Reason,
    pub fault: Fault,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let read = self.read.get() + length as u64;
        self.read.set(read);
        if read > self.most {
            let message = format!("it has more than {} bytes, unpacked as far as it was", self.most);
            return Err(self.fault.keep(Malformed::new(self.reason, message)));
        }
        Ok(length)
    }
}

/// Reads a file of this machine, whose faults are no partner's.
pub(super) struct Local<R> {
    pub inner: R,
    pub fault: Fault,
}

impl<R: Read> Read for Local<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault.keep(error)),
                read => return read,
            }
        }
    }
}

impl<R: io::Seek> io::Seek for Local<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// A member of an archive, whose errors are the archive's.
pub(super) struct Blamed<R> {
    pub inner: R,
    pub fault: Fault,
}

impl<R: Read> Read for Blamed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let (reason, message) = match error.kind() {
                io::ErrorKind::UnexpectedEof => (Reason::Truncated, "a member of the archive ends too early"),
                _ => (Reason::ChecksumMismatch, "a member of the archive is damaged: it does not fit its checksum"),
            };
            self.fault.keep(Malformed::new(reason, message))
        })
    }
}
