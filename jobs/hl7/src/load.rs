//! Files of messages: each message is taken as if it had been sent by itself, and the file has a report.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use carelake_core::ErrorKind;
use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::batch::{Cutter, Envelopes, Piece};
use crate::catalog::Buffered;
use crate::receive::{Arrival, NotTaken, Receipt, Status, receive};
use crate::world::World;

/// Bytes of messages after which what was written is flushed, so that little is done twice.
const SETTLED_BYTES: u64 = 64 << 20;

/// How a file ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every message is in staging.
    #[default]
    Ok,
    /// Some messages are in the error zone.
    Errors,
    /// A trailer counts another number than there are.
    BatchCount,
    /// A file or batch was never closed.
    BatchOpen,
    /// There is text before the first header.
    Junk,
    /// There is nothing.
    Empty,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Its name.
    pub file: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Messages in it.
    pub messages: u64,
    /// Those that are in staging.
    pub stored: u64,
    /// Those that were there already.
    pub duplicates: u64,
    /// Those that are in the error zone, by reason.
    pub errors: BTreeMap<String, u64>,
    /// Pieces of text that are no message; they are in the error zone, too.
    pub junk: u64,
    /// Its size in bytes, unpacked.
    pub bytes: u64,
}

/// A file that could not be taken to its end.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("cannot be read to its end; what came before is taken, and loading it again takes the rest")]
    Read(#[from] io::Error),
    /// A message could not be taken.
    #[error(transparent)]
    Taken(#[from] NotTaken),
}

impl LoadError {
    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Read(_) => ErrorKind::STORAGE,
            Self::Taken(not_taken) => not_taken.cause.kind(),
        }
    }
}

/// Takes the messages of a file. `by` is who does so; a name that ends in `.gz` is that of a packed file.
///
/// # Errors
/// [`LoadError`]: what came before is taken, and taking the file again takes the rest.
pub fn load(world: &World<'_>, name: &str, from: impl Read, by: &str) -> Result<Loaded, LoadError> {
    let from = BufReader::new(from);
    if name.ends_with(".gz") {
        plain(world, name, BufReader::new(MultiGzDecoder::new(from)), by)
    } else {
        plain(world, name, from, by)
    }
}

fn plain(world: &World<'_>, name: &str, mut from: impl BufRead, by: &str) -> Result<Loaded, LoadError> {
    let wide = match from.fill_buf()? {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    };
    match wide {
        // The mark is of the file and not of its first message, so its messages are kept as UTF-8.
        Some(encoding) => {
            from.consume(2);
            let decoder = encoding.new_decoder_without_bom_handling();
            let from = BufReader::new(Narrow { from, decoder, left: Vec::new(), at: 0, is_end: false });
            all(world, name, from, (by, Some("utf-8")))
        }
        None => all(world, name, from, (by, None)),
    }
}

fn all(
    world: &World<'_>,
    name: &str,
    from: impl BufRead,
    (by, encoding): (&str, Option<&str>),
) -> Result<Loaded, LoadError> {
    let mut cutter = Cutter::new(from, world.config.max_bytes);
    let mut loaded = Loaded { file: name.to_owned(), ..Loaded::default() };
    let rows = Buffered::over(world.ledger);
    let mut taking = Taking { world, rows: &rows, encoding, by, pending: Vec::new(), unsettled: 0 };
    while let Some(piece) = cutter.next_piece()? {
        match piece {
            Piece::Message(bytes) => taking.take(&mut loaded, bytes, false)?,
            Piece::Junk(bytes) => taking.take(&mut loaded, bytes, true)?,
            Piece::TooLarge => {
                loaded.messages += 1;
                loaded.count(&Receipt::too_large(""));
            }
        }
    }
    taking.flush(&mut loaded)?;
    settle(world)?;
    loaded.outcome = outcome(&loaded, cutter.envelopes());
    Ok(loaded)
}

/// Rows that wait before they are written.
const GATHERED_ROWS: usize = 80;
/// Bytes of messages that wait with them.
const GATHERED_BYTES: u64 = 8 << 20;

/// A message of which it is not known yet whether it is entered.
struct Pending {
    bytes: Vec<u8>,
    is_junk: bool,
    receipt: Receipt,
}

/// Takes the messages of a file, a few dozen in one transaction.
struct Taking<'t> {
    world: &'t World<'t>,
    rows: &'t Buffered<'t>,
    encoding: Option<&'t str>,
    by: &'t str,
    pending: Vec<Pending>,
    unsettled: u64,
}

impl Taking<'_> {
    fn receive(&self, world: &World<'_>, bytes: &[u8]) -> Result<Receipt, NotTaken> {
        receive(world, &Arrival { bytes, encoding: self.encoding, way: "file", by: self.by, is_answered: false })
    }

    fn take(&mut self, loaded: &mut Loaded, bytes: Vec<u8>, is_junk: bool) -> Result<(), NotTaken> {
        let gathered = World { rows: Some(self.rows), ..*self.world };
        match self.receive(&gathered, &bytes) {
            Ok(receipt) => self.pending.push(Pending { bytes, is_junk, receipt }),
            // Others change the same rows: what was gathered is done again one by one, and this message with it.
            Err(_) => {
                self.again(loaded)?;
                let receipt = self.receive(self.world, &bytes)?;
                loaded.note(&Pending { bytes, is_junk, receipt });
                return Ok(());
            }
        }
        let waiting: u64 = self.pending.iter().map(|one| one.bytes.len() as u64).sum();
        if self.rows.len() >= GATHERED_ROWS || waiting >= GATHERED_BYTES {
            self.flush(loaded)?;
        }
        Ok(())
    }

    fn flush(&mut self, loaded: &mut Loaded) -> Result<(), NotTaken> {
        if !matches!(self.rows.flush(self.world.time()), Ok(true)) {
            return self.again(loaded);
        }
        for one in std::mem::take(&mut self.pending) {
            self.unsettled += one.bytes.len() as u64;
            loaded.note(&one);
        }
        if self.unsettled >= SETTLED_BYTES {
            settle(self.world)?;
            self.unsettled = 0;
        }
        Ok(())
    }

    /// Takes again what was gathered, message by message.
    fn again(&mut self, loaded: &mut Loaded) -> Result<(), NotTaken> {
        self.rows.discard();
        for mut one in std::mem::take(&mut self.pending) {
            let receipt = self.receive(self.world, &one.bytes)?;
            // One that was entered already is known now; it is still this file that brought it.
            if receipt.status != Status::Duplicate {
                one.receipt = receipt;
            }
            loaded.note(&one);
        }
        Ok(())
    }
}

fn settle(world: &World<'_>) -> Result<(), NotTaken> {
    let settled = world.raw.settle().and_then(|()| world.output.settle()).and_then(|()| world.rejects.settle());
    settled.map_err(|cause| NotTaken { is_durable: false, cause: cause.into() })
}

fn outcome(loaded: &Loaded, envelopes: Envelopes) -> Outcome {
    if envelopes.is_miscounted {
        Outcome::BatchCount
    } else if envelopes.is_open {
        Outcome::BatchOpen
    } else if loaded.junk > 0 {
        Outcome::Junk
    } else if !loaded.errors.is_empty() {
        Outcome::Errors
    } else if loaded.messages == 0 && !envelopes.are_there {
        Outcome::Empty
    } else {
        Outcome::Ok
    }
}

impl Loaded {
    fn note(&mut self, one: &Pending) {
        self.bytes += one.bytes.len() as u64;
        if one.is_junk {
            self.junk += 1;
        } else {
            self.messages += 1;
            self.count(&one.receipt);
        }
    }

    fn count(&mut self, receipt: &Receipt) {
        match (receipt.status, receipt.reason) {
            (Status::Stored, _) => self.stored += 1,
            (Status::Duplicate, _) => self.duplicates += 1,
            (Status::Error | Status::Conflict, reason) => {
                let name = reason.map_or("internal", |reason| reason.name());
                *self.errors.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
}

/// A file of UTF-16 as UTF-8.
struct Narrow<R> {
    from: R,
    decoder: Decoder,
    left: Vec<u8>,
    at: usize,
    is_end: bool,
}

impl<R: BufRead> Read for Narrow<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.left.len() && !self.is_end {
            let found = self.from.fill_buf()?;
            self.is_end = found.is_empty();
            let room = self.decoder.max_utf8_buffer_length(found.len()).unwrap_or_default();
            let mut text = String::with_capacity(room);
            let (_, count, _) = self.decoder.decode_to_string(found, &mut text, self.is_end);
            self.from.consume(count);
            (self.left, self.at) = (text.into_bytes(), 0);
        }
        let rest = self.left.get(self.at..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}
