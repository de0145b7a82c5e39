//! Any bytes are cut into messages of HL7 v2, the same however many come at once, and each has its values or is refused.

#![no_main]

use std::io::Read;

use carelake_er7::{Message, Part, Path, Splitter, decode};
use libfuzzer_sys::fuzz_target;

/// Reads no more than a few bytes at a time.
struct Few<'a>(&'a [u8], usize);

impl Read for Few<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.0.by_ref().take(self.1 as u64).read(to)
    }
}

fn parts(bytes: &[u8], at_once: usize) -> (Vec<Vec<u8>>, Option<String>) {
    let mut splitter = Splitter::new(Few(bytes, at_once), 4096);
    let mut parts = Vec::new();
    loop {
        match splitter.next_part() {
            Ok(None) => return (parts, None),
            Err(error) => return (parts, Some(error.to_string())),
            Ok(Some(
                Part::FileHeader(bytes)
                | Part::BatchHeader(bytes)
                | Part::BatchTrailer(bytes)
                | Part::FileTrailer(bytes),
            )) => parts.push(bytes.to_vec()),
            Ok(Some(Part::Message { bytes, .. })) => parts.push(bytes.to_vec()),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole = parts(bytes, usize::MAX);
    assert_eq!(whole, parts(bytes, 3), "pieces make no difference");
    let paths: Vec<Path> =
        ["PID-3[*].1", "PID-5.1.2", "MSH-9.2", "DG1[*]-3.1"].iter().map(|path| path.parse().expect("a path")).collect();
    for part in &whole.0 {
        let Ok((text, encoding)) = decode(part, encoding_rs::WINDOWS_1252) else { continue };
        let Ok(message) = Message::parse(&text, encoding) else { continue };
        for path in &paths {
            message.values(path).for_each(|value| drop(value.text()));
        }
    }
});
