//! Packets, found where they lie in one large buffer of the connection.
//!
//! A packet of 16 MiB and more comes in several frames and is joined in a buffer of its own, up to a limit; of what is larger the
//! beginning is kept and the rest read past.

use std::io::{self, ErrorKind, Read, Write};

use super::fault::Fault;

/// The bytes of a frame after which another follows.
const FULL: usize = 0xff_ffff;
/// The buffer, in bytes: it stays in a core's cache.
const BUFFER: usize = 256 * 1024;
/// What is kept of a packet that is too large, in bytes: all columns of a key, which has at most 3,072.
const KEPT: usize = 64 * 1024;

/// A packet.
pub(super) enum Packet<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// The beginning of one that is larger than the limit.
    TooLarge(&'a [u8]),
}

/// The packets of a connection.
pub(super) struct Packets<S> {
    pub(super) stream: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    joined: Vec<u8>,
    sequence: u8,
    received: u64,
}

impl<S: Read + Write> Packets<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; BUFFER], start: 0, end: 0, joined: Vec::new(), sequence: 0, received: 0 }
    }

    /// Puts another stream in the place of this one: the same, encrypted.
    pub(super) fn over<T: Read + Write>(self, change: impl FnOnce(S) -> Result<T, Fault>) -> Result<Packets<T>, Fault> {
        // What the server would have sent before the encryption began is from somebody else.
        if self.start != self.end {
            return Err(Fault::Malformed);
        }
        let sequence = self.sequence;
        Ok(Packets { sequence, ..Packets::new(change(self.stream)?) })
    }

    /// Returns how many bytes came until now.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Sends the first packet of a command.
    pub(super) fn command(&mut self, payload: &[u8]) -> Result<(), Fault> {
        self.sequence = 0;
        self.send(payload)
    }

    /// Sends a packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let mut frames = payload.chunks(FULL).collect::<Vec<_>>();
        if payload.len().is_multiple_of(FULL) {
            frames.push(&[]);
        }
        for frame in frames {
            let [low, middle, high, ..] = (frame.len() as u32).to_le_bytes();
            let mut bytes = vec![low, middle, high, self.sequence];
            bytes.extend_from_slice(frame);
            self.stream.write_all(&bytes)?;
            self.sequence = self.sequence.wrapping_add(1);
        }
        Ok(self.stream.flush()?)
    }

    /// Returns the next packet.
    #[inline]
    pub(super) fn next(&mut self, limit: usize) -> Result<Packet<'_>, Fault> {
        let length = self.head()?;
        if length == FULL || length > limit {
            return self.long(length, limit);
        }
        self.fill(length)?;
        let at = self.start;
        self.start += length;
        self.buffer.get(at..self.start).map(Packet::Whole).ok_or(Fault::Malformed)
    }

    /// Returns the next packet, however large.
    pub(super) fn whole(&mut self) -> Result<&[u8], Fault> {
        match self.next(usize::MAX)? {
            Packet::Whole(bytes) => Ok(bytes),
            Packet::TooLarge(_) => Err(Fault::Malformed),
        }
    }

    fn head(&mut self) -> Result<usize, Fault> {
        self.fill(4)?;
        let Some([low, middle, high, sequence]) = self.buffer.get(self.start..).and_then(<[u8]>::first_chunk) else {
            return Err(Fault::Malformed);
        };
        if *sequence != self.sequence {
            return Err(Fault::Malformed);
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.start += 4;
        Ok(u32::from_le_bytes([*low, *middle, *high, 0]) as usize)
    }

    /// Joins frames, the first of which has `length` bytes.
    fn long(&mut self, mut length: usize, limit: usize) -> Result<Packet<'_>, Fault> {
        self.joined = Vec::new();
        let mut is_kept = true;
        loop {
            if self.joined.len().saturating_add(length) > limit {
                is_kept = false;
            }
            let mut left = length;
            while left > 0 {
                self.fill(1)?;
                let taken = left.min(self.end - self.start);
                let bytes = self.buffer.get(self.start..self.start + taken).ok_or(Fault::Malformed)?;
                let wanted = if is_kept { taken } else { taken.min(KEPT.saturating_sub(self.joined.len())) };
                self.joined.extend_from_slice(bytes.get(..wanted).unwrap_or_default());
                self.start += taken;
                left -= taken;
            }
            if length < FULL {
                break;
            }
            length = self.head()?;
        }
        Ok(if is_kept { Packet::Whole(&self.joined) } else { Packet::TooLarge(&self.joined) })
    }

    /// Makes sure that the next `count` bytes are in the buffer.
    #[inline]
    fn fill(&mut self, count: usize) -> Result<(), Fault> {
        if self.end - self.start >= count { Ok(()) } else { self.read(count) }
    }

    #[cold]
    fn read(&mut self, count: usize) -> Result<(), Fault> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < count {
            self.buffer.resize(count, 0);
        } else if self.buffer.len() > BUFFER && count <= BUFFER && self.end <= BUFFER {
            self.buffer.truncate(BUFFER);
            self.buffer.shrink_to_fit();
        }
        while self.end < count {
            let Some(room) = self.buffer.get_mut(self.end..) else { return Err(Fault::Malformed) };
            match self.stream.read(room) {
                Ok(0) => return Err(Fault::Cut),
                Ok(read) => {
                    self.end += read;
                    self.received += read as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(io::Error::into(error)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Write};

    use super::{FULL, Packet, Packets};

    /// A connection that was recorded, and gives its bytes in pieces.
    struct Recorded(Cursor<Vec<u8>>, usize);

    impl Read for Recorded {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(&mut into[..most])
        }
    }

    impl Write for Recorded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn frames(payload: &[u8], sequence: &mut u8, to: &mut Vec<u8>) {
        let mut sent = Packets::new(Kept(Vec::new()));
        sent.sequence = *sequence;
        sent.send(payload).unwrap();
        *sequence = sent.sequence;
        to.extend(sent.stream.0);
    }

    struct Kept(Vec<u8>);
    impl Read for Kept {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Ok(0)
        }
    }
    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn packets_of_any_size_come_whole_however_the_network_cuts_them() {
        let sizes = [0, 1, 5, 300_000, FULL - 1, FULL, FULL + 1, 2 * FULL, 2 * FULL + 9, 3];
        let (mut all, mut sequence) = (Vec::new(), 0);
        for size in sizes {
            frames(&vec![size as u8 ^ 0x5a; size], &mut sequence, &mut all);
        }
        for piece in [7_919, 1 << 20] {
            let mut packets = Packets::new(Recorded(Cursor::new(all.clone()), piece));
            for size in sizes {
                let packet = packets.whole().unwrap();
                assert!(packet.len() == size && packet.iter().all(|byte| *byte == size as u8 ^ 0x5a), "{size}");
            }
        }
    }

    #[test]
    fn of_what_is_too_large_the_beginning_is_kept_and_the_next_packet_is_found() {
        for size in [1_001, FULL, 2 * FULL] {
            let (mut all, mut sequence) = (Vec::new(), 0);
            frames(&vec![1; size], &mut sequence, &mut all);
            frames(b"after", &mut sequence, &mut all);
            let mut packets = Packets::new(Recorded(Cursor::new(all), 1 << 16));
            assert!(
                matches!(packets.next(1_000).unwrap(), Packet::TooLarge(kept) if kept.len() >= 1_000 && kept.len() <= super::KEPT)
            );
            assert_eq!(packets.whole().unwrap(), b"after");
        }
    }

    #[test]
    fn a_packet_out_of_turn_is_none_of_the_protocol() {
        let mut packets = Packets::new(Recorded(Cursor::new(vec![1, 0, 0, 9, 0]), 5));
        assert!(packets.whole().is_err());
    }
}
