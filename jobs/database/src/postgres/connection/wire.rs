//! Messages that go and come.

use std::io::Write;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::postgres::connection::incoming::{HEADER, Incoming};
use crate::postgres::connection::octets::Octets;
use crate::postgres::connection::stream::Stream;
use crate::postgres::fault::Fault;

/// What is said over a socket.
pub(in crate::postgres) struct Wire {
    pub(super) stream: Stream,
    pub(in crate::postgres) incoming: Incoming,
    /// What is said next, by [`Wire::send`].
    pub(super) outgoing: BytesMut,
}

impl Wire {
    pub(in crate::postgres) fn new(stream: Stream) -> Self {
        Self { stream, incoming: Incoming::new(), outgoing: BytesMut::new() }
    }

    /// Returns how many bytes came so far.
    pub(in crate::postgres) const fn received(&self) -> u64 {
        self.incoming.received()
    }

    /// Sends what was put together.
    pub(super) fn send(&mut self) -> Result<(), Fault> {
        self.stream.write_all(&self.outgoing)?;
        self.stream.flush()?;
        self.outgoing.clear();
        Ok(())
    }

    /// Reads more of what comes: at least a whole message of `length` bytes will have room.
    pub(in crate::postgres) fn fill(&mut self) -> Result<(), Fault> {
        let wanted = self.incoming.header().map_or(HEADER, |(_, length)| HEADER + length);
        Ok(self.incoming.fill(&mut self.stream, wanted)?)
    }

    /// Reads the header of the next message, and leaves it there.
    pub(in crate::postgres) fn header(&mut self) -> Result<(u8, usize), Fault> {
        loop {
            match self.incoming.header() {
                Some(header) => return Ok(header),
                None => self.incoming.fill(&mut self.stream, HEADER)?,
            }
        }
    }

    /// Takes the header of the next message; its body is then read by [`Wire::pass`].
    pub(in crate::postgres) fn open(&mut self) -> Result<usize, Fault> {
        let (_, length) = self.header()?;
        self.incoming.some(HEADER);
        Ok(length)
    }

    /// Passes over bytes.
    pub(in crate::postgres) fn pass(&mut self, mut length: usize) -> Result<(), Fault> {
        while length > 0 {
            length -= self.some(length)?.len();
        }
        Ok(())
    }

    /// Takes bytes of a message of which `left` are still to be read.
    pub(in crate::postgres) fn piece(&mut self, left: &mut usize, length: usize) -> Result<Vec<u8>, Fault> {
        *left = left.checked_sub(length).ok_or(Fault::Protocol)?;
        let mut piece = Vec::with_capacity(length.min(1 << 16));
        while piece.len() < length {
            let some = self.some(length - piece.len())?;
            piece.extend_from_slice(some);
        }
        Ok(piece)
    }

    /// Takes what is there, at least a byte.
    fn some(&mut self, most: usize) -> Result<&[u8], Fault> {
        if self.incoming.available() == 0 {
            self.incoming.fill(&mut self.stream, 1)?;
        }
        Ok(self.incoming.some(most))
    }

    /// Reads the next message of interest; a refusal is read to its end, and then is the fault.
    pub(in crate::postgres) fn message(&mut self) -> Result<(u8, &[u8]), Fault> {
        loop {
            let (tag, length) = self.header()?;
            while self.incoming.available() < HEADER + length {
                self.fill()?;
            }
            match tag {
                // Notices, and settings that the server reports.
                b'N' | b'S' | b'A' => {
                    self.incoming.message();
                }
                b'E' => {
                    let (_, body) = self.incoming.message().ok_or(Fault::Protocol)?;
                    return Err(Fault::Code(code(body)?));
                }
                _ => return self.incoming.message().ok_or(Fault::Protocol),
            }
        }
    }

    /// Waits until the server is ready for the next statement; what comes before that is passed over.
    pub(in crate::postgres) fn settle(&mut self) -> Result<(), Fault> {
        loop {
            let (tag, length) = self.header()?;
            self.open()?;
            self.pass(length)?;
            if tag == b'Z' {
                return Ok(());
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.outgoing.clear();
        frontend::terminate(&mut self.outgoing);
        // The server sees the end of the connection anyway.
        drop(self.send());
    }
}

/// Returns the code of a refusal. Nothing else of it is kept: servers quote values.
fn code(body: &[u8]) -> Result<String, Fault> {
    let mut body = Octets(body);
    loop {
        match body.byte()? {
            0 => return Err(Fault::Protocol),
            b'C' => return Ok(String::from_utf8_lossy(body.word()?).into_owned()),
            _ => {
                body.word()?;
            }
        }
    }
}
