//! What holds of a sample as a whole.

use std::collections::{HashMap, HashSet};

use super::identifiers::with_check_digit;
use super::*;

fn sample(rows: u64, dirt_ratio: f64) -> Sample {
    Sample { rows, dirt_ratio, ..Sample::default() }
}

/// Writes a sample into a folder of its own and returns each file's bytes by source.
fn written(sample: &Sample, name: &str) -> HashMap<&'static str, Vec<u8>> {
    let dir = std::env::temp_dir().join(format!("carelake-sample-{}-{name}", std::process::id()));
    let files = sample.write(&dir, &Stop::default(), &mut |_| {}).unwrap();
    let bytes = files.iter().map(|file| (file.source, fs::read(&file.path).unwrap())).collect();
    assert_eq!(fs::read_dir(&dir).unwrap().count(), files.len());
    fs::remove_dir_all(&dir).unwrap();
    bytes
}

/// Splits a file without damage into its header and its records.
fn records(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let (mut records, mut record, mut value, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for character in text.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut value)),
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut value));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !is_quoted => {}
            _ => value.push(character),
        }
    }
    (records.remove(0), records)
}

fn column<'r>((header, records): &'r (Vec<String>, Vec<Vec<String>>), name: &str) -> Vec<&'r str> {
    let at = header.iter().position(|column| column == name).unwrap();
    records.iter().map(|record| record[at].as_str()).collect()
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let sample = Sample { nppes: true, ..sample(1_000, 0.002) };
    let (first, second) = (written(&sample, "first"), written(&sample, "second"));
    assert_eq!(first.len(), SOURCES.len());
    assert!(first == second);
    assert!(first != written(&Sample { seed: 8, ..sample }, "third"));
}

#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let files = written(&Sample { nppes: true, ..sample(1_000, 0.002) }, "golden");
    // FNV-1a. Another sum means another sample: change it here only where that is meant.
    let bytes = SOURCES.iter().flat_map(|plan| &files[(plan.layout)().source]);
    let sum =
        bytes.fold(0xCBF2_9CE4_8422_2325_u64, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    assert_eq!(format!("{sum:016x}"), "e1bd52ad71d12352");
}

#[test]
fn without_dirt_every_npi_is_valid_and_every_record_complete() {
    for (source, bytes) in written(&Sample { nppes: true, ..sample(2_000, 0.0) }, "clean") {
        let file = records(&bytes);
        assert!(file.1.iter().all(|record| record.len() == file.0.len()), "{source}");
        if file.0.iter().any(|name| name == "NPI") {
            let npis = column(&file, "NPI");
            assert!(
                npis.iter().all(|npi| npi.parse::<u64>().is_ok_and(|npi| with_check_digit(npi / 10) == npi)),
                "{source}"
            );
        }
    }
}

#[test]
fn the_clinicians_file_has_the_rows_asked_for_in_the_order_of_npis() {
    for rows in [1, 99, 1_000, 3_333] {
        let files = written(&sample(rows, 0.0), &format!("rows-{rows}"));
        let clinicians = records(&files["dac"]);
        assert_eq!(clinicians.1.len() as u64, rows);
        assert!(column(&clinicians, "NPI").is_sorted());
        let extract = records(&files["ppef_enrollment"]);
        assert!(column(&extract, "ENRLMT_ID").is_sorted_by_key(|id| id.get(1..)));
    }
}

#[test]
fn the_files_fit_each_other() {
    let files = written(&sample(5_000, 0.0), "relations");
    let (dac, extract) = (records(&files["dac"]), records(&files["ppef_enrollment"]));
    let enrolled: HashMap<&str, &str> =
        column(&extract, "ENRLMT_ID").into_iter().zip(column(&extract, "NPI")).collect();
    let listed: Vec<(&str, &str)> = column(&dac, "Ind_enrl_ID").into_iter().zip(column(&dac, "NPI")).collect();
    let extracted = listed.iter().filter(|(id, _)| enrolled.contains_key(id)).count();
    assert!(extracted * 100 > listed.len() * 95 && extracted < listed.len());
    assert!(listed.iter().all(|(id, npi)| enrolled.get(id).is_none_or(|enrolled| enrolled == npi)));

    let reassignments = records(&files["ppef_reassignment"]);
    assert!(column(&reassignments, "REASGN_BNFT_ENRLMT_ID").iter().all(|id| id.starts_with('I')));
    assert!(
        column(&reassignments, "RCV_BNFT_ENRLMT_ID").iter().all(|id| id.starts_with('O') && enrolled.contains_key(id))
    );

    let groups: HashSet<&str> = column(&dac, "org_pac_id").into_iter().filter(|id| !id.is_empty()).collect();
    let organizations: HashSet<&str> = column(&extract, "PECOS_ASCT_CNTL_ID").into_iter().collect();
    assert!(groups.is_subset(&organizations));

    let flags: HashMap<&str, &str> =
        column(&extract, "ENRLMT_ID").into_iter().zip(column(&extract, "MULTIPLE_NPI_FLAG")).collect();
    let additional = records(&files["ppef_additional_npis"]);
    assert!(column(&additional, "ENRLMT_ID").iter().all(|id| flags.get(id).is_none_or(|&flag| flag == "Y")));
}

#[test]
fn damage_stays_below_the_thresholds_of_the_datasets() {
    for rows in [100, 1_000, 20_000] {
        for (source, bytes) in written(&Sample { nppes: true, ..sample(rows, 0.002) }, &format!("dirty-{rows}")) {
            let file = records(&bytes);
            let rejected = rejects(source, &file).values().sum::<usize>();
            let accepted_one_in = if source.starts_with("hospital") { 4 } else { 100 };
            assert!(rejected * accepted_one_in <= file.1.len(), "{source}: {rejected} of {}", file.1.len());
        }
    }
}

#[test]
fn every_rule_rejects_something_in_a_sample_of_a_thousand_rows() {
    let files = written(&sample(1_000, 0.002), "rules");
    let rejects = |source| {
        let mut rules: Vec<&str> = rejects(source, &records(&files[source])).into_keys().collect();
        rules.sort_unstable();
        rules
    };
    assert_eq!(rejects("dac"), ["encoding", "field_count", "npi_checksum", "npi_format", "state_unknown"]);
    let extract = ["encoding", "enrollment_id_format", "field_count", "npi_checksum", "npi_format", "state_unknown"];
    assert_eq!(rejects("ppef_enrollment"), extract);
    assert_eq!(rejects("ppef_reassignment"), ["encoding", "enrollment_id_format", "field_count"]);
    let feed = ["ccn_format", "encoding", "field_count", "state_unknown"];
    assert_eq!(rejects("hospital_general_information"), feed);
    assert_eq!(rejects("hospital_enrollments").len(), 7);
}

/// Counts the records that the rules of a source reject, by rule.
fn rejects(source: &str, (header, records): &(Vec<String>, Vec<Vec<String>>)) -> HashMap<&'static str, usize> {
    let no_byte = if source.starts_with("ppef") || source == "hospital_enrollments" { '\u{81}' } else { '\u{FF}' };
    let mut counts = HashMap::new();
    for record in records.iter().filter(|record| record.iter().any(|value| !value.is_empty())) {
        let broken = || header.iter().zip(record).find_map(|(name, value)| broken_rule(source, name, value.trim()));
        let rule = match record {
            _ if record.iter().any(|value| value.contains(no_byte)) => Some("encoding"),
            _ if record.len() != header.len() => Some("field_count"),
            _ => broken(),
        };
        if let Some(rule) = rule {
            *counts.entry(rule).or_default() += 1;
        }
    }
    counts
}

fn broken_rule(source: &str, column: &str, value: &str) -> Option<&'static str> {
    let is_number = |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match (source, column) {
        ("revocations", "NPI" | "STATE_CD") | ("ppef_practice_location", "STATE_CD") => None,
        (_, "NPI") if !is_number(value) || value.len() > 10 => Some("npi_format"),
        (_, "NPI") => value.parse().is_ok_and(|npi: u64| with_check_digit(npi / 10) != npi).then_some("npi_checksum"),
        (_, "State" | "STATE" | "STATE_CD") => {
            let is_known = states::STATES.iter().any(|state| state.code.eq_ignore_ascii_case(value));
            (!is_known).then_some("state_unknown")
        }
        (_, "ENRLMT_ID" | "REASGN_BNFT_ENRLMT_ID" | "ENROLLMENT ID") => {
            value.contains("20231345").then_some("enrollment_id_format")
        }
        (_, "Facility ID" | "CCN") => (value.is_empty() || value.starts_with('A')).then_some("ccn_format"),
        _ => None,
    }
}

#[test]
fn a_sample_of_no_rows_or_more_dirt_than_rows_is_refused() {
    let dir = std::env::temp_dir().join("carelake-sample-refused");
    let refused = |sample: Sample| sample.write(&dir, &Stop::default(), &mut |_| {}).unwrap_err().to_string();
    assert_eq!(refused(sample(0, 0.0)), "make a sample of 0 rows; ask for 1 to 5600000");
    assert_eq!(refused(sample(10, 1.5)), "damage 1.5 of the rows; ask for 0 to 1");
    assert_eq!(refused(sample(10, f64::NAN)), "damage NaN of the rows; ask for 0 to 1");
    assert!(!dir.exists());
}

#[test]
fn a_sample_that_is_stopped_leaves_no_unfinished_file_and_one_that_was_killed_is_cleaned_up_after() {
    let folder = tempfile::tempdir().unwrap();
    let stop = Stop::default();
    stop.ask();
    let sample = Sample { rows: 100, ..Sample::default() };
    assert!(matches!(sample.write(folder.path(), &stop, &mut |_| {}), Err(SampleError::Stopped)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for left in [".DAC_NationalDownloadableFile.csv.partial", ".notes"] {
        fs::write(folder.path().join(left), "half").unwrap();
    }
    sample.write(folder.path(), &Stop::default(), &mut |_| {}).unwrap();
    let hidden = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(hidden.filter(|name| name.starts_with('.')).collect::<Vec<_>>(), [".notes"]);
}
