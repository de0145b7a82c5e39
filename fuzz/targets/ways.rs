//! Any bytes that come over a connection or in a file are cut into messages, and into the same ones however they come in.

#![no_main]

use std::cell::RefCell;
use std::io::{self, BufReader, Read, Write};
use std::time::Duration;

use carelake_hl7::batch::{Cutter, Piece};
use carelake_hl7::mllp::{Bounds, Budget, Reply, converse};
use libfuzzer_sys::fuzz_target;

/// The largest message, in bytes.
const LIMIT: usize = 4_096;

/// Bytes that come a few at a time, and take whatever is answered.
struct Few<'b> {
    left: &'b [u8],
    at_once: usize,
}

impl Read for Few<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.at_once.min(into.len()).min(self.left.len());
        let (now, later) = self.left.split_at(count);
        into[..count].copy_from_slice(now);
        self.left = later;
        Ok(count)
    }
}

impl Write for Few<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the messages in frames.
fn framed(bytes: &[u8], at_once: usize) -> Vec<Vec<u8>> {
    let met = RefCell::new(Vec::new());
    let hour = Duration::from_secs(3_600);
    let bounds = Bounds { message_bytes: LIMIT, frame: hour, idle: hour };
    let mut stream = Few { left: bytes, at_once };
    let spoken = converse(&mut stream, (bounds, &Budget::of(1 << 20)), &|| false, &|message| {
        met.borrow_mut().push(message.to_vec());
        Reply::default()
    });
    spoken.expect("nothing breaks");
    met.into_inner()
}

/// Returns the messages of a file, with how it ended.
fn cut(bytes: &[u8], at_once: usize) -> Vec<String> {
    let mut cutter = Cutter::new(BufReader::with_capacity(at_once, bytes), LIMIT);
    let mut found = Vec::new();
    while let Some(piece) = cutter.next_piece().expect("nothing breaks") {
        if let Piece::Message(message) = &piece {
            assert!(message.len() <= LIMIT, "a message is as large as it may be");
        }
        found.push(format!("{piece:?}"));
    }
    found.push(format!("{:?}", cutter.envelopes()));
    found
}

fuzz_target!(|bytes: &[u8]| {
    let (frames, pieces) = (framed(bytes, usize::MAX), cut(bytes, 1 << 16));
    for at_once in [1, 3, 64] {
        assert_eq!(framed(bytes, at_once), frames, "{at_once} bytes at a time");
        assert_eq!(cut(bytes, at_once), pieces, "{at_once} bytes at a time");
    }
});
