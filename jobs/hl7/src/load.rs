//! Files of messages: each message is taken as if it had been sent by itself, and the file has a report.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::batch::{Cutter, Envelopes, Piece};
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
    let mut unsettled = 0;
    while let Some(piece) = cutter.next_piece()? {
        let (bytes, is_junk) = match piece {
            Piece::Message(bytes) => (bytes, false),
            Piece::Junk(bytes) => (bytes, true),
            Piece::TooLarge => {
                loaded.messages += 1;
                loaded.count(&Receipt::too_large(""));
                continue;
            }
        };
        let arrival = Arrival { bytes: &bytes, encoding, way: "file", by, is_answered: false };
        let receipt = receive(world, &arrival)?;
        loaded.bytes += bytes.len() as u64;
        if is_junk {
            loaded.junk += 1;
        } else {
            loaded.messages += 1;
            loaded.count(&receipt);
        }
        unsettled += bytes.len() as u64;
        if unsettled >= SETTLED_BYTES {
            settle(world)?;
            unsettled = 0;
        }
    }
    settle(world)?;
    loaded.outcome = outcome(&loaded, cutter.envelopes());
    Ok(loaded)
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
