//! Streams that are compressed: gzip, Zstandard and bzip2, each of any number of members one after the other.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::limited::Fault;
use crate::format::Packed;
use crate::malformed::{Malformed, Reason};

type Input<'i> = BufReader<Box<dyn Read + 'i>>;

/// Bytes of the compressed input that are read at once.
const INPUT_BYTES: usize = 1 << 18;

/// What a stream unpacks to.
pub(super) struct Members<'i> {
    member: Option<Member<'i>>,
    packed: Packed,
    fault: Fault,
}

/// One member that is being unpacked.
enum Member<'i> {
    Gzip(Box<GzDecoder<Input<'i>>>),
    Zstd(ZstdDecoder<'static, Input<'i>>),
    Bzip2(BzDecoder<Input<'i>>),
}

impl<'i> Members<'i> {
    /// Starts at the first member. The input must be a stream of this kind, which zip is not.
    pub(super) fn new(input: Box<dyn Read + 'i>, packed: Packed, fault: Fault) -> io::Result<Self> {
        let input = BufReader::with_capacity(INPUT_BYTES, input);
        Ok(Self { member: Some(Member::new(input, packed)?), packed, fault })
    }

    /// Goes to the next member; answers false at the end.
    fn next(&mut self) -> io::Result<bool> {
        let Some(member) = self.member.take() else { return Ok(false) };
        let mut input = member.into_input();
        loop {
            let rest = input.fill_buf()?;
            let magic = magic(self.packed);
            let length = magic.len().min(rest.len());
            match rest.first() {
                None => return Ok(false),
                // Archives on tapes and some uploads are filled up with zeros.
                Some(0) => {
                    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
                    input.consume(zeros);
                }
                Some(_) if rest.get(..length) == magic.get(..length) => break,
                Some(_) => {
                    let message = "something follows the end of the compressed data";
                    return Err(self.fault.keep(Malformed::new(Reason::NotTheFormat, message)));
                }
            }
        }
        self.member = Some(Member::new(input, self.packed)?);
        Ok(true)
    }

    /// Tells what is wrong with the compressed data, unless it could not be read at all.
    fn blame(&self, error: &io::Error) -> io::Error {
        let (reason, message) = match error.kind() {
            io::ErrorKind::UnexpectedEof => (Reason::Truncated, "the compressed data ends too early"),
            _ => (Reason::ChecksumMismatch, "the compressed data is damaged: it does not fit its own checks"),
        };
        self.fault.keep(Malformed::new(reason, message))
    }
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            let Some(member) = &mut self.member else { return Ok(0) };
            match member.read(buffer) {
                Ok(0) if !self.next().map_err(|error| self.blame(&error))? => return Ok(0),
                Ok(0) => {}
                Ok(length) => return Ok(length),
                Err(error) => return Err(self.blame(&error)),
            }
        }
        Ok(0)
    }
}

impl<'i> Member<'i> {
    fn new(input: Input<'i>, packed: Packed) -> io::Result<Self> {
        Ok(match packed {
            Packed::Zstd => Self::Zstd(ZstdDecoder::with_buffer(input)?.single_frame()),
            Packed::Bzip2 => Self::Bzip2(BzDecoder::new(input)),
            Packed::Gzip | Packed::Zip => Self::Gzip(Box::new(GzDecoder::new(input))),
        })
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(member) => member.read(buffer),
            Self::Zstd(member) => member.read(buffer),
            Self::Bzip2(member) => member.read(buffer),
        }
    }

    fn into_input(self) -> Input<'i> {
        match self {
            Self::Gzip(member) => member.into_inner(),
            Self::Zstd(member) => member.finish(),
            Self::Bzip2(member) => member.into_inner(),
        }
    }
}

/// Returns what a member begins with.
const fn magic(packed: Packed) -> &'static [u8] {
    match packed {
        Packed::Gzip => b"\x1f\x8b",
        Packed::Zstd => b"\x28\xb5\x2f\xfd",
        Packed::Bzip2 => b"BZh",
        Packed::Zip => b"PK",
    }
}
