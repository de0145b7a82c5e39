//! Any bytes are cut into records and fields, which lie in the order of the file.

#![no_main]

use carelake_tabular::csv::{Scanner, unquote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut scanner = Scanner::new(bytes, b',', 0);
    let (mut end, mut text) = (0, Vec::new());
    while let Ok(Some(extent)) = scanner.next_record() {
        assert!(end <= extent.start && extent.start <= extent.end && extent.end <= extent.next, "records in order");
        assert!(end < extent.next, "every record goes on");
        end = extent.next;
        let record = &bytes[extent.start..extent.end];
        for span in scanner.fields() {
            text.clear();
            unquote(span.of(record), &mut text);
        }
    }
    assert!(end <= bytes.len(), "no record beyond the file");
});
