//! Files that are not quite what their page says, through the command: what can be read is published, and of what cannot the reason
//! says what to do.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(feature = "pgp")]
mod pgp;
#[cfg(test)]
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod support;

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use support::Place;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const CONFIG: &str = r#"
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { time_zone: UTC, settle_secs: 0, max_reject_ratio: 0.3 }
  feeds:
    bay_adt:
      partner: bay
      path: "adt_{delivery:%Y%m%d}.hl7"
      format: { type: hl7 }
      delivery: append
      tables:
        persons: { columns: { patient_id: PID-3.1, last_name: PID-5.1, county: PV1-39 } }
        encounters:
          each: PV1
          columns: { encounter_id: PV1-19, patient_id: PID-3.1, encounter_start: { from: PV1-44, datetime: hl7 } }
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.txt"
      format: { type: csv, delimiter: "|" }
      delivery: full
      tables:
        persons: { columns: { patient_id: MRN, last_name: NAME } }
    bay_census:
      partner: bay
      path: "census_{delivery:%Y%m%d}.xlsx"
      format: { type: workbook }
      delivery: full
      tables:
        persons: { columns: { patient_id: MRN, last_name: NAME } }
"#;
const MARKER: &str = "ZZPLANTEDZZ";

fn bay() -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG);
    place
}

/// Has a file arrive, and answers what it became: status, error, reason.
fn arrive(place: &Place, name: &str, bytes: &[u8]) -> Value {
    let path = format!("input/bay/{name}");
    place.write(&path, bytes);
    let ran = place.carelake(&["intake", "run", &path, "--json"]);
    assert!(!ran.stdout.contains(MARKER) && !ran.stderr.contains(MARKER), "{} {}", ran.stdout, ran.stderr);
    let told: Value = serde_json::from_str(ran.stdout.lines().next().unwrap_or(&ran.stderr)).unwrap();
    json!([told["status"], told["error"], told["reason"]])
}

fn published() -> Value {
    json!(["published", null, null])
}

fn malformed(reason: &str) -> Value {
    json!(["failed", "InputMalformed", reason])
}

/// Returns what the letters say.
fn letters(place: &Place) -> String {
    place.carelake(&["intake", "dead", "--json"]).stdout
}

/// Returns the read and published rows of each table of the accepted deliveries of a feed.
fn accounts(place: &Place, feed: &str) -> Vec<String> {
    let ran = place.carelake(&["intake", "accounts", feed, "--json"]);
    let told = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        format!("{} {} {}", told["table"].as_str().unwrap(), told["read"], told["published"])
    };
    ran.stdout.lines().map(told).collect()
}

#[test]
fn messages_without_any_visit_are_persons_and_no_drift() {
    let place = bay();
    let message =
        |id: &str, visit: &str| format!("MSH|^~\\&|A|B|C|D|20260801||ADT^A08|1|P|2.3\rPID|1||{id}||{MARKER}\r{visit}");
    let none = [message("1", ""), message("2", "")].concat();
    assert_eq!(arrive(&place, "adt_20260801.hl7", none.as_bytes()), published());
    assert_eq!(accounts(&place, "bay_adt"), ["persons 2 2", "encounters 0 0"]);
    // A visit that has no number and no start is another matter.
    let bare = message("3", "PV1|1|I\r");
    let refused = json!(["failed", "SchemaDrift", "encounter_id"]);
    assert_eq!(arrive(&place, "adt_20260802.hl7", bare.as_bytes()), refused);
}

#[test]
fn utf16_without_a_byte_order_mark_is_told_with_the_line_to_write_and_read_with_it() {
    let place = bay();
    let text = format!("MRN|NAME\r\n1|{MARKER}\r\n2|\u{17b}uk\r\n");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(arrive(&place, "PAT_20260801.txt", &bytes), malformed("not_the_format"));
    let told = letters(&place);
    assert!(told.contains("write `encoding: utf-16le` into the format of the feed"), "{told}");
    place.configure("delimiter: \"|\" }", "delimiter: \"|\", encoding: utf-16le }");
    let ran = place.carelake(&["intake", "redrive", "--feed", "bay_people"]);
    assert_eq!(ran.code, Some(0), "{} {}", ran.stdout, ran.stderr);
    assert_eq!(accounts(&place, "bay_people"), ["persons 2 2"]);
}

#[test]
fn a_workbook_with_a_sheet_that_is_cut_off_is_truncated_and_not_empty() {
    let place = bay();
    let row = |number: u32, values: [&str; 2]| {
        let cells = values.map(|value| format!("<c t=\"inlineStr\"><is><t>{value}</t></is></c>"));
        format!("<row r=\"{number}\">{}</row>", cells.concat())
    };
    let rows = [row(1, ["MRN", "NAME"]), row(2, ["1", MARKER])].concat();
    let whole = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let header = whole.find("<row r=\"2\"").unwrap();
    for (day, length) in [(1, 11), (2, header), (3, whole.len() - 5)] {
        let name = format!("census_2026080{day}.xlsx");
        assert_eq!(
            arrive(&place, &name, &workbook(whole.get(..length).unwrap())),
            malformed("truncated"),
            "{length} bytes"
        );
    }
    assert_eq!(arrive(&place, "census_20260804.xlsx", &workbook(&whole)), published());
    assert_eq!(accounts(&place, "bay_census"), ["persons 1 1"]);
}

/// A workbook of one sheet.
fn workbook(sheet: &str) -> Vec<u8> {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let related = |kind: &str, target: &str| {
        format!("<Relationships><Relationship Id=\"r1\" Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>")
    };
    let book = format!(
        "<workbook xmlns:r=\"{office}\"><sheets><sheet name=\"Census\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", &related("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &related("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
