//! What is published, through the real command: nothing changes that was not asked for, nothing is half there, equal
//! inputs give equal bytes, and no value of the data leaves it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{DAC, DAC_HEADER, Place, Ran, clinician, dac, npi};
use serde_json::Value;

const RUN: [&str; 4] = ["run", "--as-of", "2026-11-01", "--json"];
const PUBLICATIONS: [&str; 6] = [
    "clinicians",
    "practices",
    "providers",
    "enrollments",
    "hospitals/hospital_general_information",
    "hospitals/hospital_enrollments",
];
const MARKER: &str = "ZZPLANTEDZZ";

/// Reads every file below a folder, by its path; of a link, where it points to.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                found.insert(path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found.into_iter().map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_owned(), bytes)).collect()
}

fn sample(place: &Place, rows: &str, dirt: &str) {
    let ran = place.carelake(&["sample", "--rows", rows, "--dirt", dirt, "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn run(place: &Place) {
    let ran = place.carelake(&RUN);
    assert_eq!(ran.code, Some(0), "{} {}", ran.stdout, ran.stderr);
}

/// Counts the clinicians that are served.
fn clinicians(place: &Place) -> usize {
    place.query("select npi from clinicians").len()
}

/// Returns the run that `clinicians` serves.
fn served(place: &Place) -> String {
    let pointer = fs::read(place.path().join("output/clinicians/_current.json")).unwrap();
    let pointer: Value = serde_json::from_slice(&pointer).unwrap();
    let served = pointer["run_id"].as_str().unwrap().to_owned();
    let link = fs::read_link(place.path().join("output/clinicians/current")).unwrap();
    assert!(link.ends_with(&served), "the link points to {} and {served} is served", link.display());
    served
}

#[test]
fn a_rerun_of_one_dataset_leaves_every_other_byte_as_it_was() {
    let place = Place::new();
    sample(&place, "1000", "0.002");
    run(&place);
    let kept = |root: &str, but: &[&str]| {
        let mut found = files(&place.path().join(root));
        found.retain(|path, _| !but.iter().any(|but| path.starts_with(but)));
        found
    };
    let before = (kept("output", &["_carelake", "clinicians"]), kept("rejects", &["clinicians"]));
    let own = kept("output", &["_carelake"]);
    assert!(before.0.len() > 100 && !before.1.is_empty());
    let rerun = place.carelake(&["rerun", "clinicians"]);
    assert_eq!(rerun.code, Some(0), "{}", rerun.stderr);
    let after = (kept("output", &["_carelake", "clinicians"]), kept("rejects", &["clinicians"]));
    assert!(before == after, "files of other datasets changed");
    assert!(own != kept("output", &["_carelake"]), "the rerun published nothing");
    assert_eq!(served(&place), "2026-11-01.2");
}

#[test]
fn equal_inputs_give_equal_parts_whatever_the_number_of_threads() {
    let parts = |threads: &str| {
        let place = Place::new();
        sample(&place, "3000", "0.002");
        let ran = Ran::of(place.command(&RUN).env("RAYON_NUM_THREADS", threads));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let mut found = files(&place.path().join("output"));
        found.retain(|path, _| path.extension().is_some_and(|extension| extension == "parquet"));
        found
    };
    let (one, four) = (parts("1"), parts("4"));
    assert!(one.len() > 100);
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    let different: Vec<_> = one.iter().filter(|(path, bytes)| four[*path] != **bytes).map(|(path, _)| path).collect();
    assert_eq!(different, Vec::<&PathBuf>::new());
}

#[test]
fn a_file_with_half_the_rows_is_not_published_until_somebody_accepts_it() {
    let place = Place::new();
    place.write(DAC, dac(40));
    place.run_clinicians(&[]).published();
    place.write(DAC, dac(20));
    let reason = place.run_clinicians(&[]).refused("VolumeDrop", 14);
    assert!(reason.contains("20") && reason.contains("40"), "{reason}");
    assert_eq!(served(&place), "2026-11-01.1");
    assert_eq!(clinicians(&place), 40);
    place.run_clinicians(&["--accept-loss"]).published();
    assert_eq!(clinicians(&place), 20);
}

#[test]
fn a_bare_count_is_answered() {
    let place = Place::new();
    place.write(DAC, dac(12));
    place.run_clinicians(&[]).published();
    assert_eq!(place.query("select count(*) from clinicians"), ["12"]);
}

#[test]
fn a_file_with_a_few_rows_less_is_published() {
    let place = Place::new();
    place.write(DAC, dac(40));
    place.run_clinicians(&[]).published();
    place.write(DAC, dac(32));
    place.run_clinicians(&[]).published();
    assert_eq!(clinicians(&place), 32);
}

#[test]
fn a_rollback_serves_the_run_before_and_the_way_forward_stays_open() {
    let place = Place::new();
    for rows in [30, 31] {
        place.write(DAC, dac(rows));
        place.run_clinicians(&[]).published();
    }
    let moved = |to: &[&str]| {
        let done = place.carelake(&[&["rollback", "clinicians", "--json"], to].concat()).json();
        (served(&place), clinicians(&place), done["to"].clone())
    };
    assert_eq!(moved(&[]), ("2026-11-01.1".to_owned(), 30, "2026-11-01.1".into()));
    assert_eq!(moved(&["--to", "2026-11-01.2"]), ("2026-11-01.2".to_owned(), 31, "2026-11-01.2".into()));
    let missing = place.carelake(&["rollback", "clinicians", "--to", "2026-11-01.9"]);
    assert_ne!(missing.code, Some(0));
    assert_eq!(served(&place), "2026-11-01.2");
}

#[test]
fn gc_keeps_what_is_served_and_removes_nothing_in_a_dry_run() {
    let place = Place::new();
    for rows in 30..35 {
        place.write(DAC, dac(rows));
        place.run_clinicians(&[]).published();
    }
    assert_eq!(place.carelake(&["rollback", "clinicians", "--to", "2026-11-01.3"]).code, Some(0));
    let runs = || fs::read_dir(place.path().join("output/clinicians/_runs")).unwrap().count();
    let unfinished = "output/clinicians/_runs/2026-09-01.7/state=ME/source=dac/part-00000.snappy.parquet";
    place.write(unfinished, "cut off");
    let before = files(&place.path().join("output/clinicians"));
    let told = place.carelake(&["gc", "--dry-run", "--json"]).json();
    assert!(before == files(&place.path().join("output/clinicians")), "a dry run removed something");
    let removed: Vec<&Value> = told["removed"].as_array().unwrap().iter().map(|removed| &removed["what"]).collect();
    assert!(removed.contains(&&"2026-09-01.7".into()), "{told:#}");
    assert!(!removed.contains(&&"2026-11-01.3".into()), "{told:#}");
    let count = runs();
    assert_eq!(place.carelake(&["gc", "--json"]).json()["removed"], told["removed"]);
    assert_eq!(runs(), count - removed.len());
    assert!(!place.path().join(unfinished).exists());
    assert_eq!(clinicians(&place), 32);
}

#[test]
fn too_many_rejects_publish_nothing_and_every_one_can_be_read() {
    let place = Place::new();
    let wrong = [
        clinician(90).replacen(&npi(90), "1000000005", 1),
        clinician(91).replacen(&npi(91), "ZZPLANTEDZZ", 1),
        clinician(92).replace(",ME,", ",ZZ,"),
        clinician(93) + ",one field more",
    ];
    place.write(DAC, dac(20) + &wrong.join("\n") + "\n");
    let ran = place.run_clinicians(&[]);
    let reason = ran.refused("RejectThreshold", 13);
    assert!(reason.contains("4 of 24 rows"), "{reason}");
    assert!(!place.path().join("output/clinicians/_current.json").exists());
    assert!(!place.path().join("output/clinicians/current").exists());
    let run = ran.json()["run_id"].as_str().unwrap().to_owned();
    let rejects = place.carelake(&["rejects", "clinicians", "--run", &run, "--lines", "--json"]);
    assert!(!rejects.stdout.contains(MARKER) && !rejects.stdout.contains("LAST9"), "{}", rejects.stdout);
    let rows: Vec<_> = rejects.json()[0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["rule"].as_str().unwrap().to_owned(), row["column"].clone()))
        .collect();
    let expected = [
        (22, "npi_checksum", "npi".into()),
        (23, "npi_format", "npi".into()),
        (24, "state_unknown", "state".into()),
        (25, "field_count", Value::Null),
    ];
    assert_eq!(rows, expected.map(|(line, rule, column)| (line, rule.to_owned(), column)));
    let raw = place.carelake(&["rejects", "clinicians", "--run", &run, "--raw", "--json"]);
    assert!(raw.stdout.contains(MARKER), "{}", raw.stdout);
}

/// Checks that a publication serves nothing, or every file of one run; returns its rows.
fn whole(output: &Path, publication: &str) -> Option<u64> {
    let current = output.join(publication).join("current");
    let folder = fs::canonicalize(&current).ok()?;
    let run = folder.file_name().unwrap().to_str().unwrap();
    let manifest = fs::read(output.join(publication).join(format!("_manifests/{run}.json"))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    let mut rows = 0;
    for file in listed {
        let found = fs::metadata(current.join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(found.len(), file["bytes"].as_u64().unwrap());
        rows += file["rows"].as_u64().unwrap();
    }
    assert_eq!(files(&folder).len(), listed.len(), "{publication}: more than listed");
    Some(rows)
}

#[test]
fn a_killed_run_leaves_what_was_served_and_the_next_run_cleans_up() {
    let reference = Place::new();
    sample(&reference, "20000", "0.002");
    run(&reference);
    let rows: Vec<Option<u64>> =
        PUBLICATIONS.iter().map(|publication| whole(&reference.path().join("output"), publication)).collect();
    assert!(rows.iter().all(Option::is_some));
    let place = Place::new();
    fs::rename(reference.path().join("input"), place.path().join("input")).unwrap();
    let output = place.path().join("output");
    let (mut nothing, mut something, mut alive) = (0, 0, 0);
    for delay in [5, 30, 80, 150, 250, 400, 700, 1_100, 1_700] {
        let mut child = place.command(&RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        alive += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        for (publication, rows) in PUBLICATIONS.iter().zip(&rows) {
            match whole(&output, publication) {
                None => nothing += 1,
                served => {
                    something += 1;
                    assert_eq!(served, *rows, "{publication} after {delay} ms");
                }
            }
        }
    }
    assert!(alive > 2 && nothing > 0, "no run was killed: {alive} alive, {nothing} unpublished, {something} published");
    run(&place);
    for (publication, rows) in PUBLICATIONS.iter().zip(&rows) {
        assert_eq!(whole(&output, publication), *rows);
    }
    let doctor = place.carelake(&["doctor", "--json"]).json();
    for check in doctor["checks"].as_array().unwrap() {
        if PUBLICATIONS.contains(&check["what"].as_str().unwrap()) {
            assert_eq!(check["well"], true, "{check:#}");
        }
    }
    assert_eq!(
        place.carelake(&["gc", "--dry-run", "--json"]).json()["removed"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|removed| removed["why"] == "unfinished")
            .count(),
        0
    );
}

/// Adds rows with the marker to a file: in each column alone, in all of them, in a row too short and in one cut off.
fn plant(path: &Path) {
    let text = fs::read(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let row = reader.byte_records().next().unwrap().unwrap();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(text.clone());
    for column in 0..row.len() {
        writer
            .write_record(
                row.iter().enumerate().map(|(place, cell)| if place == column { MARKER.as_bytes() } else { cell }),
            )
            .unwrap();
    }
    writer.write_record(vec![MARKER; row.len()]).unwrap();
    writer.write_record([MARKER, MARKER]).unwrap();
    let mut planted = writer.into_inner().unwrap();
    planted.extend_from_slice(format!("\"{MARKER}").as_bytes());
    fs::write(path, planted).unwrap();
}

/// Fails when the marker is in a text that the command shows, or in a file of the output that is not a part.
fn assert_hidden(place: &Place, ran: &[Ran]) {
    for ran in ran {
        assert!(!ran.stdout.contains(MARKER), "{}", ran.stdout);
        assert!(!ran.stderr.contains(MARKER), "{}", ran.stderr);
    }
    for (path, bytes) in files(&place.path().join("output")) {
        if path.extension().is_none_or(|extension| extension != "parquet") {
            let shown = bytes.windows(MARKER.len()).any(|window| window.eq_ignore_ascii_case(MARKER.as_bytes()));
            assert!(!shown, "{}", path.display());
        }
        assert!(!path.to_string_lossy().contains(MARKER), "{}", path.display());
    }
}

#[test]
fn a_value_of_the_data_shows_in_no_log_report_or_answer() {
    let place = Place::new();
    sample(&place, "400", "0");
    let valid = ["LAST900000", "FIRST", "OTHER", "CARDIOLOGY", "HARBOUR GROUP", "PORTLAND", "ME900000"];
    let valid = valid.iter().fold(clinician(900_000), |row, text| row.replace(text, MARKER));
    let text = fs::read_to_string(place.path().join(DAC)).unwrap();
    place.write(DAC, format!("{text}{valid}\n"));
    for entry in fs::read_dir(place.path().join("input")).unwrap() {
        plant(&entry.unwrap().path());
    }
    let refused = place.carelake(&RUN);
    assert_eq!(refused.code, Some(13), "{}", refused.stdout);
    place.configure("    key: [", "    max_reject_ratio: 0.9\n    key: [");
    place.configure("max_reject_ratio: 0.25", "max_reject_ratio: 0.9");
    let published = place.carelake(&RUN[..3]);
    assert_eq!(published.code, Some(0), "{} {}", published.stdout, published.stderr);
    assert_eq!(place.query(&format!("select npi from clinicians where last_name = '{MARKER}'")), [npi(900_000)]);
    let mut ran = vec![refused, published];
    let answers: [&[&str]; 8] = [
        &["status"],
        &["status", "--json"],
        &["runs", "--json"],
        &["doctor"],
        &["validate"],
        &["gc", "--dry-run"],
        &["diff", "clinicians"],
        &["replay", "clinicians"],
    ];
    ran.extend(answers.iter().map(|answer| place.carelake(answer)));
    for publication in PUBLICATIONS {
        ran.push(place.carelake(&["rejects", publication, "--lines"]));
        ran.push(place.carelake(&["rejects", publication, "--lines", "--json"]));
    }
    assert_hidden(&place, &ran);
}

#[test]
fn a_value_of_the_data_shows_in_no_reason_of_a_refused_file() {
    for text in [
        format!("<html>{MARKER}</html>"),
        // A file without its header: the first row is none.
        clinician(1).replace("LAST1", MARKER) + "\n" + &clinician(2) + "\n",
        format!("{{\"error\": \"{MARKER}\"}}"),
        format!("{DAC_HEADER}\n\"{MARKER}{}\"\n", "\0".repeat(5000)),
        format!("{DAC_HEADER}\n\"{}", MARKER.repeat(300_000)),
    ] {
        let place = Place::new();
        place.write(DAC, &text);
        let ran = place.run_clinicians(&[]);
        ran.refused("SchemaDrift", 12);
        assert_hidden(&place, &[ran, place.carelake(&["status"]), place.carelake(&["validate"])]);
    }
}
