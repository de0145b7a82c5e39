//! Streams are cut into the same messages however they are read, their counts are checked, and no bytes make anything panic.

use std::io::{self, Read};

use carelake_er7::{Level, Message, Part, Path, SplitError, Splitter, decode};
use proptest::prelude::*;

/// Reads no more than a few bytes at a time.
struct InChunks<'a>(&'a [u8], usize);

impl Read for InChunks<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.by_ref().take(self.1 as u64).read(to)
    }
}

/// Returns each part as a letter and its text, and the error at the end.
fn split(stream: &[u8], chunk: usize) -> (Vec<(String, String)>, Option<String>) {
    let mut splitter = Splitter::new(InChunks(stream, chunk), 1 << 20);
    let mut parts = Vec::new();
    loop {
        let (name, bytes) = match splitter.next_part() {
            Ok(None) => return (parts, None),
            Err(error) => return (parts, Some(error.to_string())),
            Ok(Some(Part::FileHeader(bytes))) => ("file".to_owned(), bytes),
            Ok(Some(Part::BatchHeader(bytes))) => ("batch".to_owned(), bytes),
            Ok(Some(Part::Message { number, bytes })) => (number.to_string(), bytes),
            Ok(Some(Part::BatchTrailer(bytes))) => ("/batch".to_owned(), bytes),
            Ok(Some(Part::FileTrailer(bytes))) => ("/file".to_owned(), bytes),
        };
        parts.push((name, String::from_utf8_lossy(bytes).into_owned()));
    }
}

fn names(stream: &str) -> Vec<String> {
    let (parts, error) = split(stream.as_bytes(), 7);
    parts.into_iter().map(|(name, _)| name).chain(error).collect()
}

#[test]
fn bare_messages_and_batches_of_them_are_cut() {
    let cases: [(&str, &[&str]); 14] = [
        ("", &[]),
        (" \r\n\n", &[]),
        ("MSH|^~\\&", &["1"]),
        ("\u{feff}\r\nMSH|a\nPID|1\n\nMSH|b\rPID|2", &["1", "2"]),
        ("MSH|a\rNTE|MSH|x\rMSHX|y\rmsh y\rMSH9|z", &["1"]),
        ("msh#a\rPID#1\rMSH\rPID|1", &["1", "2"]),
        ("FHS|a\rBHS|a\rMSH|a\rMSH|b\rBTS|2\rFTS|1\r", &["file", "batch", "1", "2", "/batch", "/file"]),
        (
            "FHS|a\rBHS|a\rMSH|a\rBTS|1\rBHS|b\rMSH|b\rBTS|1\rFTS|2\r",
            &["file", "batch", "1", "/batch", "batch", "2", "/batch", "/file"],
        ),
        ("BHS#a\nMSH#a\nBTS#1#x\n", &["batch", "1", "/batch"]),
        ("FHS|a\rMSH|a\rMSH|b\rFTS|2\rFHS|a\rMSH|c\rFTS|1", &["file", "1", "2", "/file", "file", "3", "/file"]),
        ("BHS|a\rMSH|a\rBTS\rMSH|b\rBTS|\rMSH|c\rBTS|1", &["batch", "1", "/batch", "2", "/batch", "3", "/batch"]),
        ("BHS|a\rPID|1\rPV1|1\rMSH|b\rBTS|2", &["batch", "1", "2", "/batch"]),
        ("FHS|a\rBHS|a\rBTS|0\rFTS|1", &["file", "batch", "/batch", "/file"]),
        ("MSH|a\rBTS|1", &["1", "/batch"]),
    ];
    for (stream, expected) in cases {
        assert_eq!(names(stream), expected, "{stream:?}");
    }
}

#[test]
fn a_part_is_the_bytes_from_its_first_line_to_the_next_part() {
    let (parts, _) = split(b"BHS|x\r\nMSH|a\r\nPID|1\r\n\r\nMSH|b\nBTS|2", 3);
    let texts: Vec<_> = parts.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["BHS|x\r", "MSH|a\r\nPID|1\r\n\r\n", "MSH|b\n", "BTS|2"]);
}

#[test]
fn a_stream_that_is_none_or_does_not_add_up_is_told() {
    let last = |stream: &str| names(stream).pop().unwrap();
    assert_eq!(last("PID|1||1"), "begins with no MSH, FHS or BHS");
    assert_eq!(last("<html>"), "begins with no MSH, FHS or BHS");
    assert_eq!(last("BHS|a\rMSH|a\rBTS|7\rFTS|1"), "the trailer of the batch counts 7, and 1 are there");
    assert_eq!(last("FHS|a\rBHS|a\rMSH|a\rBTS|1\rFTS|2"), "the trailer of the file counts 2, and 1 are there");
    assert_eq!(last("FHS|a\rMSH|a\rMSH|a\rFTS|3"), "the trailer of the file counts 3, and 1 are there");
    assert_eq!(last("BHS|a\rMSH|a\rBTS|one"), "the trailer of the batch has no number for a count");
    assert_eq!(last("BHS|a\rMSH|a\r"), "the batch has a header and no trailer");
    assert_eq!(last("BHS|a\rMSH|a\rBHS|b\rBTS|0"), "the batch has a header and no trailer");
    assert_eq!(last("FHS|a\rBHS|a\rMSH|a\rFTS|1"), "the batch has a header and no trailer");
    assert_eq!(last("FHS|a\rMSH|a\r"), "the file has a header and no trailer");
}

#[test]
fn a_message_that_is_too_large_stops_the_stream_before_it_is_held() {
    let mut splitter = Splitter::new(b"MSH|a\rMSH|".chain(io::repeat(b'x')), 100_000);
    assert!(matches!(splitter.next_part(), Ok(Some(Part::Message { number: 1, .. }))));
    assert!(matches!(splitter.next_part(), Err(SplitError::TooLarge { number: 2, limit: 100_000 })));
    assert!(splitter.bytes_read() < 300_000);
}

#[test]
fn an_error_of_the_stream_is_not_its_end() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let mut splitter = Splitter::new(b"MSH|a\rPID|".chain(Fails), 1000);
    assert!(matches!(splitter.next_part(), Err(SplitError::Io(_))));
}

#[test]
fn a_count_names_its_level() {
    let mut splitter = Splitter::new(b"BHS|a\rBTS|3".as_slice(), 1000);
    assert!(matches!(splitter.next_part(), Ok(Some(Part::BatchHeader(_)))));
    assert!(matches!(splitter.next_part(), Err(SplitError::Count { level: Level::Batch, said: 3, counted: 0 })));
}

/// Streams that are mostly made of what means something.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "MSH|^~\\&|A|B",
        "MSH#*!?@#A",
        "MSH",
        "MSH|",
        "FHS|^~\\&|x",
        "BHS|^~\\&|x",
        "BTS|1",
        "BTS|2",
        "FTS|1",
        "PID|1||1~2^3&4",
        "|",
        "^",
        "~",
        "\\",
        "&",
        "\\F\\",
        "\\XE9\\",
        "\\X",
        "\r",
        "\r",
        "\r\n",
        "\n",
        " ",
        "\u{feff}",
        "caf\u{e9}",
        "DG1|1||x",
        "8859/1",
    ]);
    let piece = prop_oneof![9 => words.prop_map(|word| word.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..4)];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn how_a_stream_is_read_changes_nothing(stream in stream(), chunk in 1_usize..40) {
        prop_assert_eq!(split(&stream, chunk), split(&stream, usize::MAX));
    }

    #[test]
    fn no_byte_of_a_stream_is_lost_but_empty_lines(stream in stream(), chunk in 1_usize..40) {
        let (parts, error) = split(&stream, chunk);
        if error.is_none() {
            let visible = |text: &str| text.chars().filter(|it| !it.is_ascii_whitespace()).collect::<String>();
            let all = parts.iter().map(|(_, text)| visible(text)).collect::<String>();
            let whole = String::from_utf8_lossy(stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&stream)).into_owned();
            prop_assert_eq!(all, visible(&whole));
        }
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in prop_oneof![stream(), prop::collection::vec(any::<u8>(), 0..200)], path in "[A-Z]{3}(\\[[*2]\\])?-[1-9](\\[[*2]\\])?(\\.[1-3](\\.[1-2])?)?") {
        let path: Path = path.parse().unwrap();
        if let Ok((text, encoding)) = decode(&bytes, encoding_rs::WINDOWS_1252)
            && let Ok(message) = Message::parse(&text, encoding)
        {
            for value in message.values(&path) {
                let _ = value.text();
            }
            for segment in message.segments() {
                for number in 0..=segment.field_count() + 1 {
                    segment.field(number).map(|field| field.repetitions().map(|it| it.text().len()).sum::<usize>());
                }
            }
        }
    }

    #[test]
    fn no_text_is_taken_for_a_path_and_panics(text in ".{0,20}") {
        let _ = text.parse::<Path>();
    }
}
