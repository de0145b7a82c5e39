//! Values and bytes as they come out of spreadsheets, data frames and other people's exports: mended where the type makes it
//! certain, told by their pattern where not, and no row lost for a byte that nobody reads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::{DAC, DAC_HEADER, Place, clinician, dac};

/// Returns a clinician file in which every row was changed.
fn changed(rows: u32, change: impl Fn(String) -> String) -> String {
    let rows = (0..rows).map(|n| change(clinician(n)));
    std::iter::once(DAC_HEADER.to_owned()).chain(rows).map(|line| line + "\n").collect()
}

/// Returns the notes of a run of `clinicians`.
fn notes(place: &Place) -> String {
    let outcome = place.run_clinicians(&[]).published();
    let notes = outcome.pointer("/report/notices").unwrap().as_array().unwrap().iter();
    notes.map(|note| note.as_str().unwrap().to_owned() + "\n").collect()
}

const CELLS: &str =
    "select graduation_year, practice_id, group_members, zip, phone, telehealth from clinicians limit 1";

#[test]
fn whole_numbers_that_were_written_as_fractions_are_what_they_were_and_counted() {
    let place = Place::new();
    place.write(DAC, dac(20));
    place.run_clinicians(&[]).published();
    let whole = place.query(CELLS);
    let float = |row: String| {
        row.replace(",1998,", ",1998.0,")
            .replace(",4200000001,12,", ",4200000001.0,12.0,")
            .replace(",041011234,2075550101,", ",41011234.0,2075550101.0,")
    };
    place.write(DAC, changed(20, float));
    let notes = notes(&place);
    assert_eq!(place.query(CELLS), whole);
    for counter in ["graduation_year", "practice_id", "group_members", "zip", "phone"] {
        assert!(notes.contains(&format!("{counter}_float_mended 20")), "{notes}");
    }
}

#[test]
fn formulas_quotes_and_spaces_around_a_typed_value_are_taken_off() {
    let place = Place::new();
    place.write(DAC, dac(20));
    place.run_clinicians(&[]).published();
    let plain = place.query(CELLS);
    let wrapped = |row: String| {
        row.replace(",1998,", ",\u{a0}1998,")
            .replace(",4200000001,12,", ",\"=\"\"4200000001\"\"\",\"\"\"12\"\"\",")
            .replace(",041011234,", ",\"=\"\"041011234\"\"\",")
            .replace(",ME,", ",\u{a0}ME\u{a0},")
    };
    place.write(DAC, changed(20, wrapped));
    let notes = notes(&place);
    assert_eq!(place.query(CELLS), plain);
    for told in [
        "graduation_year_space_mended 20",
        "practice_id_formula_mended 20",
        "group_members_double_quoted 20",
        "zip_formula_mended 20",
        "state_space_mended 20",
    ] {
        assert!(notes.contains(told), "{told}: {notes}");
    }
}

#[test]
fn words_for_nothing_are_null_in_typed_columns_and_told_of_in_text() {
    let place = Place::new();
    place.write(DAC, changed(20, |row| row.replace(",Q,", ",NULL,").replace(",2075550101,", ",NaN,")));
    let notes = notes(&place);
    assert_eq!(place.query("select count(*), count(phone), count(middle_name) from clinicians"), ["20,0,20"]);
    assert!(notes.contains("column middle_name has words for nothing"), "{notes}");
    assert!(notes.contains("phone_null_word 20") && !notes.contains("phone_invalid"), "{notes}");
    place.configure(
        "    required: [npi, state, enrollment_id, last_name]",
        "    null_tokens: [\"NULL\"]\n    required: [npi, state, enrollment_id, last_name]",
    );
    let reason = place.run_clinicians(&[]).refused("ContentLoss", 18);
    assert!(reason.contains("column middle_name"), "{reason}");
    let outcome = place.run_clinicians(&["--accept-loss"]).published();
    assert!(!outcome["report"]["notices"].to_string().contains("words for nothing"), "{outcome:#}");
    assert_eq!(place.query("select count(middle_name) from clinicians"), ["0"]);
}

#[test]
fn a_file_that_was_quoted_twice_is_told_of() {
    let place = Place::new();
    place.write(DAC, changed(20, |row| row.replace(",HARBOUR GROUP,", ",\"\"\"HARBOUR GROUP\"\"\",")));
    let notes = notes(&place);
    assert!(notes.contains("nearly all values of practice_name begin and end with a quotation mark"), "{notes}");
}

#[test]
fn an_invalid_value_is_told_by_its_pattern_and_never_by_itself() {
    let place = Place::new();
    let marked = |n: u32| if n == 7 { clinician(n).replace(",041011234,", ",K1A 0Q7,") } else { clinician(n) };
    let rows: String = (0..20).map(|n| marked(n) + "\n").collect();
    place.write(DAC, format!("{DAC_HEADER}\n{rows}"));
    let ran = place.run_clinicians(&[]);
    assert!(ran.stdout.contains("zip_invalid 1, such as A9A 9A9"), "{}", ran.stdout);
    assert!(!(ran.stdout + &ran.stderr).contains("K1A"));
    let validated = place.carelake(&["validate", "--rows", "--dataset", "clinicians"]);
    assert!(validated.stdout.contains("zip_invalid 1, such as A9A 9A9"), "{}", validated.stdout);
}

/// Returns a clinician file whose fourth row has a byte that UTF-8 does not know before this text.
fn with_byte(byte: u8, before: &str) -> Vec<u8> {
    let row = clinician(3);
    let (start, end) = row.split_once(before).unwrap();
    let rest: String = (4..400).map(|n| clinician(n) + "\n").collect();
    [dac(3).as_bytes(), start.as_bytes(), &[byte], before.as_bytes(), end.as_bytes(), b"\n", rest.as_bytes()].concat()
}

#[test]
fn an_undecodable_byte_costs_a_row_only_in_a_column_that_is_used() {
    let place = Place::new();
    // The five specialties before the last one are known and unused.
    place.write(DAC, with_byte(0x92, ",,,,,Y,HARBOUR"));
    place.configure(
        "      primary_specialty: [pri_spec, primary_specialty]",
        "      primary_specialty: [primary_specialty]",
    );
    place.configure("    unused:\n      - sec_spec_{1..4}", "    unused:\n      - pri_spec\n      - sec_spec_{1..4}");
    let notes = notes(&place);
    assert_eq!(place.query("select count(*) from clinicians"), ["400"]);
    assert!(
        notes.contains("1 rows with an undecodable byte in columns that are not used")
            && notes.contains("windows-1252"),
        "{notes}"
    );
    place.write(DAC, with_byte(0x92, "OTHER,1998"));
    place.run_clinicians(&[]).published();
    assert_eq!(place.query("select count(*) from clinicians"), ["399"]);
    let rejects = place.carelake(&["rejects", "clinicians", "--lines", "--json"]).json();
    assert_eq!(
        (&rejects[0]["rows"][0]["rule"], &rejects[0]["rows"][0]["column"]),
        (&"encoding".into(), &"medical_school".into())
    );
}

#[test]
fn a_nul_byte_costs_its_row_and_a_hole_the_file() {
    let place = Place::new();
    place.write(DAC, with_byte(0, "OTHER,1998"));
    place.run_clinicians(&[]).published();
    assert_eq!(place.query("select count(*) from clinicians"), ["399"]);
    let rejects = place.carelake(&["rejects", "clinicians", "--lines", "--json"]).json();
    assert_eq!(
        (&rejects[0]["rows"][0]["rule"], &rejects[0]["rows"][0]["column"]),
        (&"nul_byte".into(), &"medical_school".into())
    );
    let mut hole = dac(300).into_bytes();
    hole.extend([0; 10_000]);
    hole.extend(dac(300).into_bytes());
    place.write(DAC, hole);
    let reason = place.run_clinicians(&[]).refused("SchemaDrift", 12);
    assert!(reason.contains("NUL bytes fill line 302"), "{reason}");
}
