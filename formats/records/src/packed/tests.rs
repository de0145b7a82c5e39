//! Small files in every kind of packing, honest and hostile, made here and read by their declared format.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use encoding_rs::UTF_8;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::batch::Batch;
use crate::format::{Delimited, Fixed, Format, Packed, Way};
use crate::limits::Limits;
use crate::malformed::{ReadError, Reason};
use crate::read::{declared, read};
use crate::wanted::{Reading, Source, Wanted, WantedTable};

const ROWS: &[u8] = b"id,name\n1,Ada\n2,Bo\n";

/// Text that no compression makes much smaller, of so many rows.
fn uneven_rows(count: u64) -> Vec<u8> {
    let mut random = 7_u64;
    let mut text = b"id,name\n".to_vec();
    for id in 0..count {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.extend_from_slice(format!("{id},{random:x}\n").as_bytes());
    }
    text
}

fn format(packed: &[Packed]) -> Format {
    let delimited = Delimited {
        delimiter: ",".to_owned(),
        quote: Some(b'"'),
        has_escapes: false,
        encoding: UTF_8,
        title_lines: 0,
        has_header: true,
        footer: None,
    };
    Format { packed: packed.to_vec(), way: Way::Delimited(delimited) }
}

fn table(part: Option<&str>) -> WantedTable {
    let source = Source { path: "name".to_owned(), up: 0, is_list: false };
    WantedTable { part: part.map(str::to_owned), sources: vec![source], ..WantedTable::default() }
}

/// The names that each table gets, each with the part that it is of.
type Names = Vec<Vec<String>>;

fn read_with(
    bytes: &[u8],
    packed: &[Packed],
    parts: &[Option<&str>],
    limits: &Limits,
) -> Result<(Names, Reading), ReadError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let wanted = Wanted { tables: parts.iter().map(|part| table(*part)).collect() };
    let mut names = vec![Vec::new(); parts.len()];
    let reading = read(file.path(), &format(packed), &wanted, limits, &mut |batch: Batch| {
        let part = batch.part.as_deref().map(|part| format!("{part}: ")).unwrap_or_default();
        for (rows, names) in batch.tables.iter().zip(&mut names) {
            names.extend(
                rows.cells.iter().map(|cell| format!("{part}{}", String::from_utf8_lossy(batch.text_of(*cell)))),
            );
        }
        ControlFlow::Continue(())
    })?;
    Ok((names, reading))
}

fn names(bytes: &[u8], packed: &[Packed], parts: &[Option<&str>]) -> Names {
    read_with(bytes, packed, parts, &Limits::default()).unwrap().0
}

fn refused_by(bytes: &[u8], packed: &[Packed], parts: &[Option<&str>], limits: &Limits) -> Reason {
    match read_with(bytes, packed, parts, limits) {
        Err(ReadError::Malformed(malformed)) => malformed.reason,
        other => panic!("{other:?}"),
    }
}

fn refused(bytes: &[u8], packed: &[Packed]) -> Reason {
    refused_by(bytes, packed, &[Some("*.csv")], &Limits::default())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Zstandard with a checksum, as its command writes it.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_with(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(members, SimpleFileOptions::default())
}

/// Replaces a name by one as long, wherever it stands: writers of archives refuse some.
fn renamed(mut archive: Vec<u8>, name: &[u8], other: &[u8]) -> Vec<u8> {
    assert_eq!(name.len(), other.len());
    for at in 0..archive.len() - name.len() {
        if archive[at..].starts_with(name) {
            archive[at..at + name.len()].copy_from_slice(other);
        }
    }
    archive
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(Packed, Pack); 3] = [(Packed::Gzip, gzip), (Packed::Zstd, zstd), (Packed::Bzip2, bzip2)];

#[test]
fn a_stream_is_read_to_the_end_of_its_last_member() {
    for (packed, pack) in PACKERS {
        let two = [pack(ROWS), pack(b""), pack(b"3,Cy\n")].concat();
        for bytes in [two.clone(), [two, vec![0; 1_000]].concat()] {
            let (names, reading) = read_with(&bytes, &[packed], &[None], &Limits::default()).unwrap();
            assert_eq!(names, [["Ada", "Bo", "Cy"]], "{packed:?}");
            assert_eq!(reading.unpacked_bytes, ROWS.len() as u64 + 5);
        }
    }
}

#[test]
fn a_stream_that_is_cut_damaged_or_followed_by_something_is_refused() {
    for (packed, pack) in PACKERS {
        let whole = pack(&uneven_rows(1_000));
        for length in [whole.len() - 1, whole.len() - 9, whole.len() / 2, 12] {
            assert_eq!(refused(&whole[..length], &[packed]), Reason::Truncated, "{packed:?} of {length} bytes");
        }
        let trailing = [&whole[..], b"garbage"].concat();
        assert_eq!(refused(&trailing, &[packed]), Reason::NotTheFormat, "{packed:?}");
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0x55;
        assert_eq!(refused(&damaged, &[packed]), Reason::ChecksumMismatch, "{packed:?}");
    }
    let mut wrong_sum = gzip(ROWS);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    assert_eq!(refused(&wrong_sum, &[Packed::Gzip]), Reason::ChecksumMismatch);
}

#[test]
fn tables_want_members_by_name_or_pattern_and_the_rest_is_counted() {
    let archive = zip(&[
        ("README.txt", b"nothing here"),
        ("out/persons_1.csv", ROWS),
        ("visits.csv", b"id,name\n9,Visit\n"),
        ("out/persons_2.csv", b"name\nCy\n"),
    ]);
    let parts = [Some("persons_*.csv"), Some("visits.csv"), Some("*.json"), Some("out/*_2*")];
    let (names, reading) = read_with(&archive, &[Packed::Zip], &parts, &Limits::default()).unwrap();
    let persons = ["out/persons_1.csv: Ada", "out/persons_1.csv: Bo", "out/persons_2.csv: Cy"];
    assert_eq!(names, [&persons[..], &["visits.csv: Visit"], &[], &persons[2..]]);
    assert_eq!(reading.found, [[true], [true], [false], [true]]);
    assert_eq!((reading.ignored_members, reading.records), (1, 4));
    let headers: Vec<&str> = reading.headers.iter().map(|(part, _)| part.as_str()).collect();
    assert_eq!(headers, ["out/persons_1.csv", "visits.csv", "out/persons_2.csv"]);
    let only = zip(&[("a.csv", ROWS), ("b.csv", b"name\nCy\n")]);
    assert_eq!(names_of_first(&only), ["a.csv: Ada", "a.csv: Bo"], "the first, where no name is said");
}

fn names_of_first(archive: &[u8]) -> Vec<String> {
    names(archive, &[Packed::Zip], &[None]).remove(0)
}

#[test]
fn an_archive_may_be_a_large_one_or_have_folders() {
    let large = zip_with(&[("a.csv", ROWS)], SimpleFileOptions::default().large_file(true));
    assert_eq!(names_of_first(&large), ["a.csv: Ada", "a.csv: Bo"]);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("out/", SimpleFileOptions::default()).unwrap();
    writer.start_file("out/a.csv", SimpleFileOptions::default()).unwrap();
    writer.write_all(ROWS).unwrap();
    let folders = writer.finish().unwrap().into_inner();
    assert_eq!(names_of_first(&folders), ["out/a.csv: Ada", "out/a.csv: Bo"]);
}

#[test]
fn one_packing_may_be_inside_another() {
    let archive = zip(&[("a.csv", ROWS)]);
    let cases: [(Vec<u8>, [Packed; 2], &str); 5] = [
        (zip(&[("a.csv.gz", &gzip(ROWS))]), [Packed::Zip, Packed::Gzip], "a.csv.gz: "),
        (gzip(&archive), [Packed::Gzip, Packed::Zip], "a.csv: "),
        (zip(&[("a.zip", &archive)]), [Packed::Zip, Packed::Zip], "a.csv: "),
        (zstd(&gzip(ROWS)), [Packed::Zstd, Packed::Gzip], ""),
        (gzip(&bzip2(ROWS)), [Packed::Gzip, Packed::Bzip2], ""),
    ];
    for (bytes, packed, part) in cases {
        assert_eq!(names(&bytes, &packed, &[None]), [["Ada", "Bo"].map(|name| format!("{part}{name}"))], "{packed:?}");
        let reason = refused_by(&bytes, &packed[..1], &[None], &Limits::default());
        assert_eq!(reason, Reason::TooDeep, "{packed:?} of which only the first is declared");
    }
    let doll = zip(&[("b.zip", &zip(&[("a.zip", &archive)]))]);
    for part in [None, Some("*.csv")] {
        for packed in [&[Packed::Zip][..], &[Packed::Zip, Packed::Zip]] {
            assert_eq!(refused_by(&doll, packed, &[part], &Limits::default()), Reason::TooDeep, "{part:?} {packed:?}");
        }
    }
}

#[test]
fn members_that_lead_out_of_their_folder_are_refused_even_when_nobody_wants_them() {
    let outside: [&[u8; 11]; 6] =
        [b"../../a.txt", b"/tmp/ab.txt", b"C:aaaaa.txt", b"a\\..\\aa.txt", b"a/b/../.txt", b"b\\a\\bbb.txt"];
    for name in outside {
        let archive = renamed(zip(&[("a.csv", ROWS), ("0123456.txt", b"x")]), b"0123456.txt", name);
        assert_eq!(refused(&archive, &[Packed::Zip]), Reason::PathOutside, "{}", String::from_utf8_lossy(name));
    }
    let harmless = zip(&[("a..b/.a.csv", ROWS)]);
    assert_eq!(names(&harmless, &[Packed::Zip], &[Some("*.csv")])[0].len(), 2);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("a.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(refused(&writer.finish().unwrap().into_inner(), &[Packed::Zip]), Reason::PathOutside);
}

#[test]
fn archives_that_are_cut_encrypted_or_lie_are_refused() {
    let whole = zip(&[("a.csv", &uneven_rows(1_000)), ("b.csv", ROWS)]);
    let marks = |archive: &[u8], mark: &[u8]| -> Vec<usize> {
        (0..archive.len() - 4).filter(|at| archive[*at..].starts_with(mark)).collect()
    };
    for length in [whole.len() - 1, whole.len() - 30, whole.len() / 2, 40] {
        assert_eq!(refused(&whole[..length], &[Packed::Zip]), Reason::Truncated, "{length} bytes");
    }
    let mut damaged = whole.clone();
    damaged[200] ^= 0x55;
    assert_eq!(refused(&damaged, &[Packed::Zip]), Reason::ChecksumMismatch);
    let mut encrypted = whole.clone();
    for (mark, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = marks(&encrypted, mark)[0] + flags;
        encrypted[at] |= 1;
    }
    assert_eq!(refused(&encrypted, &[Packed::Zip]), Reason::Encrypted);
    let mut overlapping = whole.clone();
    let second = marks(&overlapping, b"PK\x01\x02")[1] + 42;
    overlapping[second..second + 4].fill(0);
    assert_eq!(refused(&overlapping, &[Packed::Zip]), Reason::NotTheFormat);
    let twice = renamed(whole.clone(), b"b.csv", b"a.csv");
    assert_eq!(refused(&twice, &[Packed::Zip]), Reason::NotTheFormat);
    assert_eq!(refused(&zip(&[("a.txt", b"x")]), &[Packed::Zip]), Reason::NoRecords);
    assert_eq!(refused(&zip(&[]), &[Packed::Zip]), Reason::NoRecords);
    let mut other_method = zip(&[("a.csv", ROWS)]);
    for (mark, method) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let at = marks(&other_method, mark)[0] + method;
        other_method[at] = 14;
    }
    assert_eq!(refused(&other_method, &[Packed::Zip]), Reason::NotTheFormat);
}

#[test]
fn limits_hold_while_unpacking() {
    let text = [ROWS, "3,aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(10_000).as_bytes()].concat();
    let tight = Limits { ratio: 50, ratio_from_bytes: 1 << 16, ..Limits::default() };
    let bombs: [(Vec<u8>, &[Packed]); 5] = [
        (gzip(&text), &[Packed::Gzip]),
        (zstd(&text), &[Packed::Zstd]),
        (bzip2(&text), &[Packed::Bzip2]),
        (zip(&[("a.csv", &text)]), &[Packed::Zip]),
        (gzip(&zip(&[("a.csv", &text)])), &[Packed::Gzip, Packed::Zip]),
    ];
    for (bytes, packed) in &bombs {
        assert_eq!(refused_by(bytes, packed, &[None], &tight), Reason::CompressedTooMuch, "{packed:?}");
        assert_eq!(names(bytes, packed, &[None])[0].len(), 10_002, "{packed:?} below the bytes where it counts");
        let small = Limits { unpacked_bytes: 1 << 16, ..Limits::default() };
        assert_eq!(refused_by(bytes, packed, &[None], &small), Reason::TooLarge, "{packed:?}");
    }
    let small = Limits { unpacked_bytes: ROWS.len() as u64, ..Limits::default() };
    assert_eq!(refused_by(&text, &[], &[None], &small), Reason::TooLarge);
    assert!(read_with(ROWS, &[], &[None], &small).is_ok());
    let two = zip(&[("a.csv", ROWS), ("b.csv", ROWS)]);
    assert_eq!(refused_by(&two, &[Packed::Zip], &[Some("*")], &small), Reason::TooLarge, "both members together");
    let few = Limits { members: 1, ..Limits::default() };
    assert_eq!(refused_by(&two, &[Packed::Zip], &[Some("a.csv")], &few), Reason::TooManyMembers);
}

#[test]
fn a_bomb_of_gzip_is_refused_before_anything_in_it_is_judged() {
    let text = [ROWS, "3,aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(100_000).as_bytes()].concat();
    let tight = Limits { ratio: 50, ratio_from_bytes: 1 << 21, ..Limits::default() };
    let ended = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let wanted = Wanted { tables: vec![table(None)] };
        let mut batches = 0;
        let ended = read(file.path(), &format(&[Packed::Gzip]), &wanted, &tight, &mut |_| {
            batches += 1;
            ControlFlow::Continue(())
        });
        match ended {
            Err(ReadError::Malformed(malformed)) => (malformed.reason, batches > 0),
            other => panic!("{other:?}"),
        }
    };
    let bomb = gzip(&text);
    assert_eq!(ended(&bomb), (Reason::CompressedTooMuch, false));
    let (mut little, size) = (bomb.clone(), bomb.len() - 4);
    little[size..].copy_from_slice(&7_u32.to_le_bytes());
    assert_eq!(
        ended(&little),
        (Reason::CompressedTooMuch, true),
        "whoever says that it is little is found out on the way"
    );
    let mut cut = gzip(ROWS);
    cut.truncate(cut.len() - 8);
    cut.extend([0xff; 4]);
    assert_eq!(ended(&cut), (Reason::Truncated, false), "the end of a stream that was cut off says anything");
}

#[test]
fn what_is_not_what_it_is_declared_to_be_is_refused() {
    let html = b"\n <!DOCTYPE html><html><body>Session expired</body></html>";
    let archive = zip(&[("a.csv", ROWS)]);
    let cases: [(&[u8], &[Packed]); 12] = [
        (html, &[]),
        (b"\xef\xbb\xbf<HTML>", &[]),
        (b"\xff\xfe<\0h\0t\0m\0l\0", &[]),
        (b"<?xml version=\"1.0\"?><a/>", &[]),
        (b"{ \"error\": 1 }", &[]),
        (b"[{\"id\": 1}]", &[]),
        (b"%PDF-1.7\n", &[]),
        (b"\x89PNG\r\n\x1a\n", &[]),
        (b"PAR1", &[]),
        (&archive, &[]),
        (&archive, &[Packed::Gzip]),
        (ROWS, &[Packed::Zip]),
    ];
    for (bytes, packed) in cases {
        assert_eq!(refused(bytes, packed), Reason::NotTheFormat, "{:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(refused(&gzip(html), &[Packed::Gzip]), Reason::NotTheFormat);
    for text in
        ["PAR1,name\n1,Ada\n", "PAR1\tx,name\n1,Ada\n", "BZhx,name\n1,Ada\n", "[a],name\n1,Ada\n", "<5,name\n1,Ada\n"]
    {
        assert_eq!(names(text.as_bytes(), &[], &[None]), [["Ada"]], "{text}");
    }
    assert_eq!(refused(b"-----BEGIN PGP MESSAGE-----\n", &[]), Reason::Encrypted);
    for (packed, _) in PACKERS {
        assert_eq!(refused(ROWS, &[packed]), Reason::NotTheFormat, "{packed:?}");
        assert_eq!(names(b"", &[packed], &[None]), [[""; 0]], "an empty file is no other format");
    }
}

#[test]
fn any_member_of_an_archive_may_say_something_of_the_file() {
    let fixed = Fixed { encoding: UTF_8, fields: Vec::new(), record_type: Some((1, 1)), trailers: Vec::new() };
    let format = Format { packed: vec![Packed::Zip], way: Way::Fixed(fixed) };
    let data: &[u8] = b"H20260803\nP1\n";
    for (members, expected) in [
        (
            &[("README.txt", &b"nothing here"[..]), ("report.pdf", b"%PDF-1.7"), ("data.txt", data)][..],
            Some("20260803"),
        ),
        (&[("README.txt", b"nothing here")], None),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&zip(members)).unwrap();
        let value = declared(file.path(), &format, &Limits::default(), "H:2-9").unwrap();
        assert_eq!(value.as_deref(), expected);
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(data).unwrap();
    assert!(declared(file.path(), &format, &Limits::default(), "H:2-9").is_err(), "it is no archive");
}
