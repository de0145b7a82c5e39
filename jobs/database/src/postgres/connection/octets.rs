//! Numbers and words at the beginning of some bytes, in the order of the network. Too few bytes are none of the protocol.

use crate::postgres::fault::Fault;

/// Bytes that are still to be read.
#[derive(Clone, Copy)]
pub(in crate::postgres) struct Octets<'a>(pub(in crate::postgres) &'a [u8]);

impl<'a> Octets<'a> {
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (found, rest) = self.0.split_first_chunk::<N>().ok_or(Fault::Protocol)?;
        self.0 = rest;
        Ok(*found)
    }

    pub(in crate::postgres) fn byte(&mut self) -> Result<u8, Fault> {
        self.fixed().map(u8::from_be_bytes)
    }

    pub(in crate::postgres) fn short(&mut self) -> Result<i16, Fault> {
        self.fixed().map(i16::from_be_bytes)
    }

    pub(in crate::postgres) fn int(&mut self) -> Result<i32, Fault> {
        self.fixed().map(i32::from_be_bytes)
    }

    pub(in crate::postgres) fn unsigned(&mut self) -> Result<u32, Fault> {
        self.fixed().map(u32::from_be_bytes)
    }

    pub(in crate::postgres) fn long(&mut self) -> Result<i64, Fault> {
        self.fixed().map(i64::from_be_bytes)
    }

    pub(in crate::postgres) fn bytes(&mut self, how_many: usize) -> Result<&'a [u8], Fault> {
        let (found, rest) = self.0.split_at_checked(how_many).ok_or(Fault::Protocol)?;
        self.0 = rest;
        Ok(found)
    }

    /// Reads a cell: its length, then its bytes; −1 is none.
    #[inline]
    pub(in crate::postgres) fn cell(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        match usize::try_from(self.int()?) {
            Ok(length) => self.bytes(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Reads the bytes before the next zero, and passes over it.
    pub(in crate::postgres) fn word(&mut self) -> Result<&'a [u8], Fault> {
        let end = memchr::memchr(0, self.0).ok_or(Fault::Protocol)?;
        let word = self.bytes(end)?;
        self.byte()?;
        Ok(word)
    }
}
