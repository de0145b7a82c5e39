//! What bad input gets: for each kind its error, its exit code and a reason to act on; nothing is published and nothing
//! is read short in silence.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;

use crate::support::archives::zip;
use crate::support::{DAC, DAC_HEADER, Place, Ran, clinician, dac, npi};

/// Returns the files that a run of `clinicians` reads and the reason why it is refused.
fn refused(bytes: impl AsRef<[u8]>, error: &str, code: i32) -> String {
    let place = Place::new();
    place.write(DAC, bytes);
    let reason = place.run_clinicians(&[]).refused(error, code);
    assert!(!place.path().join("output/clinicians/current").exists());
    assert!(reason.contains("source dac") || reason.contains("DAC_National"), "the reason names no source: {reason}");
    reason
}

fn assert_says(reason: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(reason.contains(wanted), "`{wanted}` is not in: {reason}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Returns the clinicians that come of a file, as CSV without lineage.
fn rows(name: &str, bytes: &[u8]) -> Vec<String> {
    let place = Place::new();
    place.write(name, bytes);
    place.run_clinicians(&[]).published();
    place.query(
        "select npi, pac_id, enrollment_date, last_name, city, zip, address_id, state from clinicians order by npi",
    )
}

#[test]
fn a_file_with_another_ending_is_named_beside_what_is_missing() {
    let place = Place::new();
    place.write(&format!("{DAC}.bz2"), b"BZh");
    let reason = place.run_clinicians(&[]).refused("InputMissing", 11);
    let file = DAC.rsplit('/').next().unwrap();
    assert_says(&reason, &["DAC_NationalDownloadableFile*.csv", &format!("{file}.bz2 is there"), ".zip"]);
}

#[test]
fn a_missing_file_is_input_missing_and_names_the_pattern() {
    let place = Place::new();
    fs::create_dir(place.path().join("input")).unwrap();
    let reason = place.run_clinicians(&[]).refused("InputMissing", 11);
    assert_says(&reason, &["dac", "DAC_NationalDownloadableFile*.csv", "input"]);
}

#[test]
fn an_empty_file_is_input_missing() {
    assert_says(&refused("", "InputMissing", 11), &["DAC_NationalDownloadableFile.csv", "empty"]);
}

#[test]
fn a_header_without_rows_is_a_volume_drop() {
    let place = Place::new();
    place.write(DAC, format!("{DAC_HEADER}\n"));
    assert_says(&place.run_clinicians(&[]).refused("VolumeDrop", 14), &["0 rows", "min_rows"]);
}

#[test]
fn what_is_not_a_csv_is_told_by_its_first_bytes() {
    let utf_16: Vec<u8> = format!("\u{feff}{}", dac(3)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let office: &[(&str, &[u8])] = &[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")];
    for (bytes, looks) in [
        (b"<!DOCTYPE html>\n<html><body>503</body></html>\n".to_vec(), "an HTML page"),
        (b"{\"message\": \"not found\"}\n".to_vec(), "JSON"),
        (utf_16[2..].to_vec(), "UTF-16"),
        (utf_16, "UTF-16"),
        (b"%PDF-1.7\n".to_vec(), "a PDF document"),
        (zip(office), "Excel"),
        (gzip(b"<html></html>"), "an HTML page"),
    ] {
        assert_says(&refused(bytes, "SchemaDrift", 12), &["DAC_NationalDownloadableFile.csv", looks]);
    }
}

#[test]
fn a_file_cut_off_inside_a_quoted_field_is_never_read_short_in_silence() {
    let place = Place::new();
    let last = clinician(900).replace("HARBOUR GROUP", "\"HARBOUR, GR");
    let cut = &last[..last.find("\"HARBOUR, GR").unwrap() + 9];
    place.write(DAC, dac(200) + cut);
    let outcome = place.run_clinicians(&[]).published();
    let account = &outcome["report"]["sources"]["dac"]["account"];
    assert_eq!((&account["rows_read"], &account["accepted"]), (&201.into(), &200.into()), "{account:#}");
    let rejected = account["rejected"].as_object().unwrap();
    assert_eq!(rejected.keys().collect::<Vec<_>>(), ["unclosed_quote"]);
    let rejects = place.carelake(&["rejects", "clinicians", "--lines", "--json"]).json();
    assert_eq!(rejects[0]["rows"][0]["line"], 202, "{rejects:#}");
}

#[test]
fn a_quote_left_open_early_in_a_file_never_swallows_the_rest_in_silence() {
    let text = dac(200).replace("LAST50,", "\"LAST50,");
    let place = Place::new();
    place.write(DAC, text);
    let ran = place.run_clinicians(&[]);
    assert_ne!(ran.code, Some(0), "{:#}", ran.json());
    assert!(!place.path().join("output/clinicians/current").exists());
}

#[test]
fn a_line_without_end_is_refused_and_not_read_into_memory() {
    let text = format!("{DAC_HEADER}\n{}", "x".repeat(3 << 20));
    assert_says(&refused(text, "SchemaDrift", 12), &["line 2", "longer than"]);
    assert_says(&refused("x".repeat(3 << 20), "SchemaDrift", 12), &["DAC_NationalDownloadableFile.csv"]);
}

#[test]
fn a_gzip_or_zip_of_the_file_is_read_as_it_is() {
    let text = dac(50);
    let plain = rows(DAC, text.as_bytes());
    assert_eq!(plain.len(), 50);
    assert_eq!(rows(DAC, &gzip(text.as_bytes())), plain);
    assert_eq!(rows("input/DAC_NationalDownloadableFile.csv.gz", &gzip(text.as_bytes())), plain);
    let packed = zip(&[("readme.txt", b"not a table"), ("DAC.csv", text.as_bytes())]);
    assert_eq!(rows("input/DAC_NationalDownloadableFile.zip", &packed), plain);
    assert_eq!(rows("input/DAC_NationalDownloadableFile.csv.zip", &packed), plain);
}

#[test]
fn a_damaged_gzip_and_a_zip_of_two_tables_are_refused() {
    let packed = gzip(dac(500).as_bytes());
    assert_says(&refused(&packed[..packed.len() / 2], "SchemaDrift", 12), &["cut off"]);
    let two = zip(&[("a.csv", b"a\n"), ("b.csv", b"b\n")]);
    assert_says(&refused(two, "SchemaDrift", 12), &["2 CSV files"]);
}

#[test]
fn of_two_releases_the_newest_by_the_date_in_its_name_is_read_and_the_report_says_so() {
    let place = Place::new();
    // The older one is written last: what counts is the name.
    place.write("input/DAC_NationalDownloadableFile_2026.10.01.csv", dac(30));
    place.write("input/DAC_NationalDownloadableFile_2026.09.01.csv", dac(20));
    let ran = place.run_clinicians(&[]);
    let outcome = ran.published();
    assert_eq!(outcome["report"]["sources"]["dac"]["file"], "DAC_NationalDownloadableFile_2026.10.01.csv");
    assert_eq!(outcome["report"]["rows"], 30);
    let told = outcome.to_string();
    assert_says(&told, &["DAC_NationalDownloadableFile_2026.09.01.csv"]);
}

#[test]
fn two_files_without_dates_are_an_invalid_configuration() {
    let place = Place::new();
    place.write("input/DAC_NationalDownloadableFile_a.csv", dac(30));
    place.write("input/DAC_NationalDownloadableFile_b.csv", dac(20));
    let reason = place.run_clinicians(&[]).refused("InvalidConfig", 10);
    assert_says(&reason, &["DAC_NationalDownloadableFile_a.csv", "DAC_NationalDownloadableFile_b.csv", "newest"]);
}

#[test]
fn variables_name_the_folders_and_options_win_over_them() {
    let place = Place::new();
    place.write("elsewhere/DAC_NationalDownloadableFile.csv", dac(60_000));
    let run = ["run", "--as-of", "2026-11-01", "--dataset", "clinicians", "--json"];
    let with = |more: &[&str]| {
        let mut command = place.command(&[&run, more].concat());
        Ran::of(command.env("CARELAKE_INPUT", "elsewhere").env("CARELAKE_OUTPUT", "published"))
    };
    with(&[]).published();
    assert!(place.path().join("published/clinicians/_current.json").is_file());
    with(&["--input", "nowhere"]).refused("InputMissing", 11);
}

#[test]
fn an_output_that_cannot_be_written_is_a_storage_error() {
    let place = Place::new();
    place.write(DAC, dac(20));
    place.write("file", "");
    let ran = place.run_clinicians(&["--output", "file/below"]);
    assert_eq!(ran.code, Some(16), "{}", ran.stderr);
    assert_says(&ran.stderr, &["Storage", "file/below"]);
}

#[test]
fn an_unknown_dataset_is_named_with_those_that_there_are() {
    let place = Place::new();
    let ran = place.carelake(&["run", "--dataset", "clinicans"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_says(&ran.stderr, &["clinicans", "clinicians", "hospitals/hospital_enrollments"]);
    assert!(!place.path().join("output").exists());
}

#[test]
fn every_mistake_of_the_configuration_is_told_at_once_with_its_line() {
    let place = Place::new();
    let shipped = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let line = |text: &str| 1 + shipped.lines().position(|line| line.contains(text)).unwrap();
    let mistakes = [
        ("max_reject_ratio: 0.25", "max_reject_ration: 0.25", "nearest: max_reject_ratio"),
        ("  practices:\n", "  practises:\n", "nearest: practices"),
        (
            "required: [npi, state, enrollment_id, last_name]",
            "required: [npi, state, enrolment_id]",
            "nearest: enrollment_id",
        ),
        ("optional: true\n    date_format", "optional: maybe\n    date_format", "optional"),
    ];
    let lines = [
        line("max_reject_ratio: 0.25"),
        line("  practices:"),
        line("required: [npi, state, enrollment_id, last_name]"),
        line("Revocation_Extract") + 2,
    ];
    for (right, wrong, _) in mistakes {
        place.configure(right, wrong);
    }
    for verb in ["run", "validate"] {
        let ran = place.carelake(&[verb]);
        assert_eq!(ran.code, Some(10), "{}", ran.stderr);
        for ((.., wanted), line) in mistakes.iter().zip(lines) {
            let told = ran
                .stderr
                .lines()
                .any(|told| told.contains(&format!("pipeline_config.yaml:{line}:")) && told.contains(wanted));
            assert!(told, "line {line}, {wanted}: {}", ran.stderr);
        }
    }
    assert!(!place.path().join("output").exists());
}

#[test]
fn a_wrong_row_is_refused_by_rule_and_the_others_are_published() {
    let place = Place::new();
    place.write(DAC, dac(200) + &clinician(300).replace(&npi(300), "12x") + "\n,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n");
    let account = place.run_clinicians(&[]).published()["report"]["sources"]["dac"]["account"].clone();
    assert_eq!(account["rejected"], serde_json::json!({"npi_format": 1}));
    assert_eq!(account["filtered"], serde_json::json!({"blank_row": 1}));
    assert_eq!(account["accepted"], 200);
}

/// Returns the text with another character between fields; none of them is quoted.
fn parted_by(delimiter: &str) -> String {
    dac(30).replace(',', delimiter)
}

#[test]
fn another_delimiter_is_told_with_what_to_set() {
    for (delimiter, shown) in [(";", "\";\""), ("\t", "\"\\t\""), ("|", "\"|\"")] {
        let reason = refused(parted_by(delimiter), "SchemaDrift", 12);
        assert_says(
            &reason,
            &[&format!("read with {shown} the first line has 31 known names"), &format!("set `delimiter: {shown}`")],
        );
        assert!(!reason.contains("accepted:"), "the columns are not what is wrong: {reason}");
    }
    // The other way round: the source declares what the file does not have.
    let place = Place::new();
    place.configure(
        "    file: \"DAC_NationalDownloadableFile*.csv\"\n",
        "    file: \"DAC_NationalDownloadableFile*.csv\"\n    delimiter: \";\"\n",
    );
    place.write(DAC, dac(30));
    assert_says(&place.run_clinicians(&[]).refused("SchemaDrift", 12), &["set `delimiter: \",\"`"]);
}

#[test]
fn what_stands_above_the_header_is_told_with_the_line_of_the_header() {
    for (above, delimiter, wanted) in [
        ("sep=,\n", ",", ["`sep=`", "line 2", "remove the line above it"].as_slice()),
        ("\"sep=;\"\n", ";", &["`sep=`", "line 2", "set `delimiter: \";\"`"]),
        (
            "Doctors and Clinicians\nas of July 2026, national\n\n",
            ",",
            &["line 4", "31 known names", "remove the 3 lines above it"],
        ),
        ("\n", ",", &["line 2", "remove the line above it"]),
        ("Doctors and Clinicians\n", "\t", &["line 2", "set `delimiter: \"\\t\"`"]),
    ] {
        assert_says(&refused(above.to_owned() + &parted_by(delimiter), "SchemaDrift", 12), wanted);
    }
}

#[test]
fn a_file_without_a_header_is_told_without_showing_what_is_in_it() {
    let text = dac(30).split_once('\n').unwrap().1.to_owned();
    let reason = refused(&text, "SchemaDrift", 12);
    assert_says(&reason, &["there is no header", "31 fields"]);
    for cell in text.lines().next().unwrap().split(',').filter(|cell| cell.len() > 2) {
        assert!(!reason.contains(cell), "{cell} is a value: {reason}");
    }
    assert_says(
        &refused(text.replace(',', ";"), "SchemaDrift", 12),
        &["there is no header", "31 fields parted by \";\""],
    );
}

#[test]
fn text_of_a_fixed_width_is_told_as_such() {
    let row = |cells: [&str; 3]| format!("{:<12}{:<24}{:<20}\n", cells[0], cells[1], cells[2]);
    let rows: String = (0..20).map(|n| row([&npi(n), &format!("LAST, {n}"), "ME"])).collect();
    let text = row(["NPI", "Provider Last Name", "State"]) + &rows;
    assert_says(&refused(&text, "SchemaDrift", 12), &["fixed width"]);
    let trimmed: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_says(&refused(trimmed, "SchemaDrift", 12), &["fixed width"]);
}

#[test]
fn rows_with_a_field_more_or_less_than_the_header_are_told_with_both_numbers() {
    let (header, rows) = dac(30).split_once('\n').map(|(header, rows)| (header.to_owned(), rows.to_owned())).unwrap();
    let told = |rows: String| {
        let place = Place::new();
        place.write(DAC, format!("{header}\n{rows}"));
        let ran = place.carelake(&["validate", "--rows", "--dataset", "clinicians"]);
        assert_says(&ran.stdout, &["the header has 31 fields, line 2 has"]);
        place.run_clinicians(&[]).refused("RejectThreshold", 13)
    };
    let more = told(rows.lines().map(|row| format!("{row},\n")).collect());
    assert_says(&more, &["field_count in dac", "the header has 31 fields, line 2 has 32 fields"]);
    let less = told(rows.lines().map(|row| row.rsplit_once(',').unwrap().0.to_owned() + "\n").collect());
    assert_says(&less, &["line 2 has 30 fields"]);
    // A header that nothing knows, which may be a title.
    assert_says(&refused(format!("a,b,c\n{rows}"), "SchemaDrift", 12), &["3 fields", "31"]);
}

#[test]
fn a_damaged_workbook_is_told_as_a_workbook() {
    let whole = zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", &[b'x'; 2000])]);
    assert_says(&refused(&whole[..whole.len() - 40], "SchemaDrift", 12), &["Excel workbook", "damaged or cut off"]);
}

#[test]
fn a_column_that_stands_twice_in_the_header_is_a_mistake_of_the_file() {
    let twice: String = dac(30)
        .lines()
        .enumerate()
        .map(|(line, text)| format!("{text},{}\n", if line == 0 { "City/Town" } else { "" }))
        .collect();
    let reason = refused(twice, "SchemaDrift", 12);
    assert_says(&reason, &["column city is found twice (City/Town in columns 25 and 32)"]);
    // One that nothing reads may stand there twice.
    let place = Place::new();
    place.write(
        DAC,
        dac(30).lines().map(|line| format!("{line},x,x\n")).collect::<String>().replacen(",x,x\n", ",more,more\n", 1),
    );
    place.run_clinicians(&[]).published();
}

#[test]
fn of_two_accepted_names_the_first_in_the_configuration_is_taken_and_a_note_says_so() {
    let place = Place::new();
    let text: String = dac(30)
        .lines()
        .enumerate()
        .map(|(line, text)| format!("{},{text}\n", if line == 0 { "st" } else { "TX" }))
        .collect();
    place.write(DAC, text);
    let outcome = place.run_clinicians(&[]).published();
    assert_says(
        &outcome["report"]["notices"].to_string(),
        &["column state", "State (column 27) is taken, not st (column 1)"],
    );
    assert_eq!(place.query("select distinct state from clinicians"), ["ME"]);
    let ran = place.carelake(&["validate", "--dataset", "clinicians"]);
    assert_says(&ran.stdout, &["State (column 27) is taken"]);
}

#[test]
fn no_name_is_offered_that_a_renaming_could_not_have_made() {
    let place = Place::new();
    place.write(
        "input/Hospital_General_Information.csv",
        "Hospital Type,Hospital Ownership,Latitude,Longitude\nA,B,31.77,-106.49\n",
    );
    let ran = place.carelake(&["validate", "--dataset", "hospitals/hospital_general_information"]);
    assert_says(
        &ran.stdout,
        &["SchemaDrift", "facility_id (accepted: facility_id, provider_id)", "unknown columns: latitude, longitude"],
    );
    assert!(!ran.stdout.contains("nearest"), "{}", ran.stdout);
}
