//! Tests of whole pages: a small file of each family, and what is written about it.

use std::io::Write;
use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::{InferError, InferOptions, infer};

fn proposed(name: &str, content: &[u8]) -> Result<String, InferError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path).unwrap().write_all(content).unwrap();
    let options = InferOptions {
        partner: "lakeside".to_owned(),
        feed: "lakeside_people".to_owned(),
        time_zone: "America/New_York".to_owned(),
        rows: 1000,
    };
    Ok(infer(&path, &options)?.to_yaml())
}

/// Returns the page of a file, which the configuration must read without a mistake.
fn page(name: &str, content: &[u8]) -> String {
    let page = proposed(name, content).unwrap();
    let mut mistakes = Mistakes::default();
    let root = parse(&page, &mut mistakes).unwrap();
    crate::config::read(&Spot::root(&root).child("intake").unwrap(), Path::new(""), &mut mistakes);
    let mistakes: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}\n{page}");
    page
}

fn assert_has(page: &str, lines: &[&str]) {
    for line in lines {
        assert!(page.lines().any(|own| own.trim().starts_with(line)), "no line `{line}` in\n{page}");
    }
}

const PERSONS: &str = "Export\r\n\r\nHosp Nbr;Surname;Forename;Birth Dt;Gndr;Post Code\r\n\
    1001;Smíth;Ann;31.12.1950;F;33701\r\n1002;Jones;Bob;01.02.1961;M;33702\r\n\
    1003;Brown;Cat;11.05.1972;F;33703\r\nTOTAL: 3\r\n";

#[test]
fn titles_a_footer_and_the_encoding_of_a_delimited_file_are_told() {
    let (content, ..) = encoding_rs::WINDOWS_1252.encode(PERSONS);
    assert_has(
        &page("roster_2026-03-01.csv", &content),
        &[
            "path: \"roster_{delivery:%Y-%m-%d}.csv\"",
            "delimiter: \";\"",
            "encoding: windows-1252",
            "title_lines: 2",
            "footer: { starts_with: \"TOTAL:\", count: rows }",
            "patient_id: Hosp Nbr",
            "last_name: Surname",
            "first_name: Forename",
            "birth_date: { from: Birth Dt, date: \"%d.%m.%Y\" }",
            "sex: { from: Gndr, map: { F: female, M: male } }",
            "zip_code: Post Code",
        ],
    );
}

#[test]
fn a_file_of_an_old_macintosh_is_told_by_its_letters() {
    let letters = [0x8e, 0x97, 0x96];
    let mut content = b"id,last,first\r".to_vec();
    for (number, letter) in letters.iter().enumerate() {
        content.extend(format!("10{number},Pe").bytes().chain([*letter, b'a', b',']).chain(*b"Jos\x8e\r"));
    }
    assert_has(&page("people.csv", &content), &["encoding: macintosh", "last_name: last"]);
}

#[test]
fn delimiters_of_two_characters_and_files_without_a_header_are_told() {
    let content = "ENC||PAT||CLASS||BEGIN\nV10||P-1||I||2026/07/25 02:46\nV11||P-2||O||2026/07/26 03:46\nV12||P-3||E||2026/07/27 04:46\n";
    assert_has(
        &page("visits.txt", content.as_bytes()),
        &[
            "delimiter: \"||\"",
            "encounter_id: ENC",
            "encounter_class: { from: CLASS, map:",
            "encounter_start: { from: BEGIN, datetime: \"%Y/%m/%d %H:%M\" }",
        ],
    );
    let rows = "90071|Smith|James|1950-01-31|F\n90072|Garcia|Mary|1961-02-11|M\n90073|Nguyen|Linda|1972-03-12|F\n";
    assert_has(
        &page("people.txt", rows.as_bytes()),
        &[
            "header: false",
            "quote: none",
            "last_name: { position: 2 }",
            "birth_date: { position: 4, date: \"%Y-%m-%d\" }",
        ],
    );
}

#[test]
fn what_a_file_is_packed_in_is_told_and_documents_in_an_archive_are_left_out() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(PERSONS.as_bytes()).unwrap();
    assert_has(&page("roster.csv.gz", &packed.finish().unwrap()), &["packed: gzip", "last_name: Surname"]);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("README.txt", "about"), ("people.csv", PERSONS)] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    let archive = archive.finish().unwrap().into_inner();
    assert_has(&page("roster.zip", &archive), &["packed: zip", "member: people.csv"]);
}

#[test]
fn fields_of_fixed_width_are_cut_where_the_characters_say_so() {
    let lines = [
        "10017     SMITH     JAMES     19500131F33701\n",
        "10028     GARCIA    MARY      19610211M33702\n",
        "20039     NGUYEN    LINDA     19720312F33703\n",
        "30045     JOHNSON   ROBERT    19810415M33704\n",
    ];
    let page = page("extract.txt", lines.concat().as_bytes());
    assert_has(&page, &["type: fixed_width", "last_name: \"11-20\"", "birth_date: \"31-38\"", "sex: \"39-39\""]);
}

#[test]
fn nested_json_feeds_persons_and_their_visits() {
    let person = |id: u32, day: &str| {
        format!(
            r#"{{"mrn": "{id}", "name": {{"family": "Smith", "given": "Ann"}}, "dob": "1950-01-{day}", "sex": "F", "stays": [{{"csn": "V{id}", "class": "IMP", "start": "2026-05-18T19:38:00-04:00", "dx": ["B20", "I10"]}}]}}"#
        )
    };
    let records: Vec<String> = (11..16).map(|number| person(number, &number.to_string())).collect();
    let content = format!(r#"{{"generated": "2026-08-03", "data": {{"people": [{}]}}}}"#, records.join(","));
    assert_has(
        &page("extract-001.json", content.as_bytes()),
        &[
            "path: \"extract-{sequence}.json\"",
            "records: data.people",
            "declared_in: { from: generated, date: iso }",
            "last_name: name.family",
            "each: stays",
            "patient_id: { parent: mrn }",
            "encounter_start: { from: start, datetime: iso }",
            "diagnosis_codes: { all: dx }",
        ],
    );
}

#[test]
fn the_records_of_xml_are_the_elements_that_stand_many_times() {
    let person = |id: u32| {
        format!(
            "<p:Person p:key=\"K{id}\"><p:Name><p:Last>Smith</p:Last></p:Name><p:Born>1950-01-{id}</p:Born><p:Gender>F</p:Gender></p:Person>"
        )
    };
    let content = format!(
        "<?xml version=\"1.0\"?><p:Feed xmlns:p=\"urn:x\"><p:People>{}</p:People></p:Feed>",
        (11..16).map(person).collect::<String>()
    );
    assert_has(
        &page("people.xml", content.as_bytes()),
        &["records: People/Person", "patient_id: \"@key\"", "last_name: Name/Last", "birth_date: { from: Born, date:"],
    );
}

#[test]
fn messages_of_hl7_feed_what_their_segments_hold() {
    let content = "MSH|^~\\&|ADT|X|Y|Z|20260101||ADT^A04|1|P|2.3\rEVN|A04|20260101010200\rPID|1||4711^^^X^MR||Hall^Ann||19420828|F\rPV1||V||2|||1234567893^A||||||||||||V99|||||||||||||||||||||||||202601010102\r";
    let page = page("adt7.hl7", content.as_bytes());
    assert_has(
        &page,
        &[
            "type: hl7",
            "patient_id: PID-3.1",
            "each: PV1",
            "encounter_id: PV1-19.1",
            "encounter_start: { from: PV1-44, datetime: hl7 }",
        ],
    );
}

#[test]
fn values_of_persons_are_not_in_the_page() {
    let page = page("roster.csv", PERSONS.as_bytes());
    for value in ["Smíth", "Jones", "Ann", "1001", "33701", "31.12.1950"] {
        assert!(!page.contains(value), "{value} in\n{page}");
    }
}

#[test]
fn what_is_no_format_is_said_to_be_none() {
    for (content, what) in [(&b"%PDF-1.7 ..."[..], "a PDF"), (b"<!DOCTYPE html><html></html>", "a page of a web site")]
    {
        let error = proposed("file.csv", content).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    assert!(matches!(proposed("empty.csv", b""), Err(InferError::Empty)));
}
