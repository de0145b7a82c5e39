//! MLLP: messages in frames of a connection, each answered in its turn (HL7 v2.8.2, appendix B of the implementation guide;
//! `0x0B` message `0x1C 0x0D`).

use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use crate::ack::{Told, acknowledge};
use crate::receive::{Arrival, NotTaken, Receipt, receive};
use crate::world::World;

const START: u8 = 0x0b;
const END: u8 = 0x1c;
const AFTER: u8 = 0x0d;
/// Bytes that are read at once.
const CHUNK: usize = 16 << 10;

/// What bounds a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The largest message, in bytes.
    pub message_bytes: usize,
    /// How long a frame may take from its first byte to its last.
    pub frame: Duration,
    /// How long nothing may come.
    pub idle: Duration,
}

/// Memory that all connections have together for frames which have not ended yet.
#[derive(Debug)]
pub struct Budget {
    left: AtomicUsize,
}

/// What one connection has of it.
struct Share<'b> {
    budget: &'b Budget,
    bytes: usize,
}

impl Budget {
    /// Takes so many bytes.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        Self { left: AtomicUsize::new(bytes) }
    }
}

impl Share<'_> {
    /// Takes more; answers whether there was as much.
    fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.budget.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(bytes));
        self.bytes += if taken.is_ok() { bytes } else { 0 };
        taken.is_ok()
    }

    fn free(&mut self) {
        self.budget.left.fetch_add(std::mem::take(&mut self.bytes), Ordering::AcqRel);
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.free();
    }
}

/// What is to be answered to a message.
#[derive(Debug, Default)]
pub struct Reply {
    /// The acknowledgement, if one is wanted.
    pub ack: Option<Vec<u8>>,
    /// Whether the connection is closed behind it, so that the sender sends again.
    pub closes: bool,
    /// What failed, for the log.
    pub failed: Option<NotTaken>,
}

/// What came over a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames.
    pub frames: u64,
    /// Bytes between frames.
    pub between: u64,
    /// Frames that began anew before they ended.
    pub broken: u64,
}

/// Takes a message that came by MLLP.
#[must_use]
pub fn take(world: &World<'_>, message: &[u8], by: &str, zone: &TimeZone) -> Reply {
    let now = world.time().to_zoned(zone.clone());
    let arrival = Arrival { bytes: message, encoding: None, way: "mllp", by, is_answered: true };
    match receive(world, &arrival) {
        Ok(receipt) => Reply { ack: acknowledge(message, None, Told::Receipt(&receipt), &now), ..Reply::default() },
        // It is kept and will be made up for, but what came of it cannot be said.
        Err(failed) if failed.is_durable => {
            Reply { ack: acknowledge(message, None, Told::Ours, &now), closes: false, failed: Some(failed) }
        }
        Err(failed) => Reply { ack: None, closes: true, failed: Some(failed) },
    }
}

/// Speaks with a sender until it ends, nothing comes for long, or `is_over`. Where all frames together have no more memory, the connection
/// ends without an answer, so that the sender sends again. Reading from the stream is to give up after a moment with
/// [`ErrorKind::WouldBlock`] or [`ErrorKind::TimedOut`], so that this can look up.
///
/// # Errors
/// [`io::Error`] when the connection breaks, or a frame takes too long.
pub fn converse<S: Read + Write>(
    stream: &mut S,
    (bounds, budget): (Bounds, &Budget),
    is_over: &dyn Fn() -> bool,
    take: &dyn Fn(&[u8]) -> Reply,
) -> io::Result<Counts> {
    let mut frame: Option<Vec<u8>> = None;
    let (mut counts, mut chunk) = (Counts::default(), vec![0; CHUNK]);
    let mut share = Share { budget, bytes: 0 };
    let mut since = Instant::now();
    loop {
        let count = match stream.read(&mut chunk) {
            Ok(0) => return Ok(counts),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let most = if frame.is_some() { bounds.frame } else { bounds.idle };
                if is_over() || since.elapsed() > most {
                    return Ok(counts);
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut rest = chunk.get(..count).unwrap_or_default();
        while let Some((first, after)) = rest.split_first() {
            let Some(part) = &mut frame else {
                rest = after;
                match *first {
                    START => (frame, since) = (Some(Vec::new()), Instant::now()),
                    AFTER => {}
                    _ => counts.between += 1,
                }
                continue;
            };
            let at = rest.iter().position(|byte| matches!(*byte, START | END));
            let (piece, end) = match at {
                Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at).copied()),
                None => (rest, None),
            };
            rest = at.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
            if !share.grow(piece.len()) {
                return Err(ErrorKind::OutOfMemory.into());
            }
            part.extend_from_slice(piece);
            if part.len() > bounds.message_bytes {
                let control_id = crate::Envelope::of(part, None).map(|it| it.raw(10).to_owned()).unwrap_or_default();
                let receipt = Receipt::too_large(&control_id);
                let now = jiff::Zoned::now();
                if let Some(ack) = acknowledge(part, None, Told::Receipt(&receipt), &now) {
                    send(stream, &ack)?;
                }
                return Ok(counts);
            }
            match end {
                Some(END) => {
                    let message = std::mem::take(part);
                    (frame, since) = (None, Instant::now());
                    counts.frames += 1;
                    let reply = take(&message);
                    drop(message);
                    share.free();
                    if let Some(ack) = reply.ack {
                        send(stream, &ack)?;
                    }
                    if reply.closes {
                        return Ok(counts);
                    }
                }
                Some(_) => {
                    part.clear();
                    share.free();
                    counts.broken += 1;
                }
                None => {}
            }
        }
        if frame.is_some() && since.elapsed() > bounds.frame {
            return Err(ErrorKind::TimedOut.into());
        }
        if is_over() && frame.is_none() {
            return Ok(counts);
        }
    }
}

fn send(stream: &mut impl Write, ack: &[u8]) -> io::Result<()> {
    let mut framed = Vec::with_capacity(ack.len() + 3);
    framed.push(START);
    framed.extend_from_slice(ack);
    framed.extend_from_slice(&[END, AFTER]);
    stream.write_all(&framed)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A stream that gives what came in pieces, and keeps what is sent.
    struct Pieces {
        come: Vec<Vec<u8>>,
        sent: Vec<u8>,
    }

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.come.is_empty() {
                return Ok(0);
            }
            let piece = self.come.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.sent.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const BOUNDS: Bounds = Bounds { message_bytes: 100, frame: Duration::from_secs(9), idle: Duration::from_secs(9) };

    fn spoken(come: Vec<Vec<u8>>, closes: bool) -> (Vec<Vec<u8>>, Vec<u8>, Counts) {
        let mut stream = Pieces { come, sent: Vec::new() };
        let (met, budget) = (RefCell::new(Vec::new()), Budget::of(1_000));
        let counts = converse(&mut stream, (BOUNDS, &budget), &|| false, &|message| {
            met.borrow_mut().push(message.to_vec());
            Reply { ack: (!closes).then(|| b"ok".to_vec()), closes, failed: None }
        });
        (met.into_inner(), stream.sent, counts.unwrap())
    }

    #[test]
    fn frames_may_be_cut_anywhere_and_come_several_at_once() {
        let text = b"\x0bone\x1c\x0d\x0btwo\x1c\x0bthree\x1c\x0d";
        for cut in 0..text.len() {
            let (one, other) = text.split_at(cut);
            let pieces = [one, other].iter().filter(|piece| !piece.is_empty()).map(|piece| piece.to_vec()).collect();
            let (met, sent, counts) = spoken(pieces, false);
            assert_eq!(met, [&b"one"[..], b"two", b"three"], "cut at {cut}");
            assert_eq!(sent, b"\x0bok\x1c\x0d".repeat(3));
            assert_eq!((counts.frames, counts.between, counts.broken), (3, 0, 0));
        }
    }

    #[test]
    fn what_stands_between_frames_is_counted_and_a_frame_may_begin_anew() {
        let (met, _, counts) = spoken(vec![b"xy\x0bhalf\x0bone\x1c\x0d\n".to_vec()], false);
        assert_eq!((met, counts.between, counts.broken), (vec![b"one".to_vec()], 3, 1));
    }

    #[test]
    fn a_frame_without_end_is_refused_and_closed() {
        let come = vec![[b"\x0bMSH|^~\\&|A|B|C|D|||ADT|77|P|2.5\r", &[b'x'; 200][..]].concat(), b"\x1c\x0d".to_vec()];
        let (met, sent, _) = spoken(come, false);
        assert!(met.is_empty());
        let sent = String::from_utf8(sent).unwrap();
        assert!(sent.contains("MSA|AR|77\r") && sent.contains("|207^"), "{sent}");
    }

    #[test]
    fn frames_of_all_connections_have_so_much_memory_and_give_it_back() {
        let budget = Budget::of(50);
        let spoken = |message: &[u8]| {
            let mut stream = Pieces { come: vec![[&[START], message, &[END, AFTER]].concat()], sent: Vec::new() };
            converse(&mut stream, (BOUNDS, &budget), &|| false, &|_| Reply::default())
        };
        for _ in 0..3 {
            assert_eq!(spoken(&[b'x'; 40]).unwrap().frames, 1);
        }
        assert_eq!(spoken(&[b'x'; 60]).unwrap_err().kind(), ErrorKind::OutOfMemory);
        assert_eq!(spoken(&[b'x'; 40]).unwrap().frames, 1, "what was taken is given back");
    }

    #[test]
    fn what_is_not_kept_is_not_answered_and_the_connection_is_closed() {
        let (met, sent, _) = spoken(vec![b"\x0bone\x1c\x0d\x0btwo\x1c\x0d".to_vec()], true);
        assert_eq!((met.len(), sent.len()), (1, 0));
    }
}
