//! What was there last time and is gone: told from a small share on, and refused when nearly all of it is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{DAC, DAC_HEADER, Place, clinician, dac};
use serde_json::Value;

fn file(rows: impl Iterator<Item = String>) -> String {
    std::iter::once(DAC_HEADER.to_owned()).chain(rows).map(|line| line + "\n").collect()
}

/// Makes a place in which clinicians are published.
fn published() -> Place {
    let place = Place::new();
    place.write(DAC, dac(100));
    place.run_clinicians(&[]).published();
    place
}

fn losses(outcome: &Value) -> Vec<String> {
    let losses = outcome.pointer("/report/losses").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |loss: &Value, name: &str| loss.get(name).and_then(Value::as_str).unwrap().to_owned();
    losses.iter().map(|loss| format!("{}: {}", text(loss, "of"), text(loss, "told"))).collect()
}

#[test]
fn a_column_that_lost_its_values_fails_the_dataset_until_that_is_accepted() {
    let place = published();
    place.write(DAC, file((0..100).map(|n| clinician(n).replace(",2075550101,", ",see website,"))));
    let reason = place.run_clinicians(&[]).refused("ContentLoss", 18);
    for told in ["source dac, column phone", "0.0 % of the cells hold a value, 100.0 %", "phone_invalid", "AAA AAAAAAA"]
    {
        assert!(reason.contains(told), "{told}: {reason}");
    }
    assert!(!reason.contains("website"));
    assert_eq!(place.query("select count(phone) from clinicians"), ["100"]);
    let validated = place.carelake(&["validate", "--rows", "--dataset", "clinicians"]);
    assert!(validated.stdout.contains("a run would end with ContentLoss"), "{}", validated.stdout);
    let outcome = place.run_clinicians(&["--accept-volume"]).published();
    assert!(losses(&outcome)[0].starts_with("source dac, column phone"), "{outcome:#}");
    let doctor = place.carelake(&["doctor"]);
    assert!(doctor.stdout.contains("less than last time"), "{}", doctor.stdout);
    // The loss is what there is now: the next run has lost nothing.
    assert!(losses(&place.run_clinicians(&[]).published()).is_empty());
}

#[test]
fn a_small_loss_is_a_line_everywhere_and_no_failure() {
    let place = published();
    let blank = |n: u32| if n < 10 { clinician(n).replace(",041011234,", ",,") } else { clinician(n) };
    place.write(DAC, file((0..100).map(blank)));
    let line = "source dac, column zip: 90.0 % of the cells hold a value, 100.0 % in the last published run";
    let validated = place.carelake(&["validate", "--rows", "--dataset", "clinicians"]);
    assert!(validated.stdout.contains(line), "{}", validated.stdout);
    assert_eq!(losses(&place.run_clinicians(&[]).published()), [line]);
    let status = place.carelake(&["status"]);
    assert!(status.stdout.contains(line), "{}", status.stdout);
    let notice = fs::read_to_string(place.path().join("output/_carelake/runs/2026-11-01.2/notice.txt")).unwrap();
    place.configure(
        "    key: [npi, state]\n    order: [enr",
        "    note_loss: 0.2\n    key: [npi, state]\n    order: [enr",
    );
    place.write(
        DAC,
        file((0..100).map(|n| if n < 25 { clinician(n).replace(",041011234,", ",,") } else { clinician(n) })),
    );
    assert!(losses(&place.run_clinicians(&[]).published()).is_empty());
    assert!(notice.contains(line) && notice.contains("clinicians: 100 rows (+0), 0 rejected (+0)"), "{notice}");
}

#[test]
fn on_a_first_run_a_column_that_its_rule_empties_fails_the_dataset() {
    let place = Place::new();
    place.write(DAC, file((0..100).map(|n| clinician(n).replace(",1998,", ",MCMXCVIII,"))));
    let reason = place.run_clinicians(&[]).refused("ContentLoss", 18);
    assert!(reason.contains("column graduation_year: none of 100 cells holds a value"), "{reason}");
    // Blank cells are no loss where nothing was before.
    place.write(DAC, file((0..100).map(|n| clinician(n).replace(",1998,", ",,"))));
    place.run_clinicians(&[]).published();
}

#[test]
fn a_state_that_is_gone_fails_the_dataset_where_it_had_a_thousand_rows() {
    let place = Place::new();
    let state = |from: u32, to: u32| {
        (0..6000)
            .map(move |n| if (from..to).contains(&n) { clinician(n).replace(",ME,", ",NH,") } else { clinician(n) })
    };
    place.write(DAC, file(state(0, 1000)));
    place.run_clinicians(&[]).published();
    place.write(DAC, file((1000..6000).map(clinician)));
    let reason = place.run_clinicians(&[]).refused("ContentLoss", 18);
    assert!(reason.contains("state=NH: 0 rows, 1000 in the last published run"), "{reason}");
    place.write(DAC, file(state(0, 999)));
    place.run_clinicians(&["--accept-loss"]).published();
    place.write(DAC, file((999..6000).map(clinician)));
    let told = losses(&place.run_clinicians(&[]).published());
    assert!(told.iter().any(|loss| loss.starts_with("state=NH: 0 rows, 999 in")), "{told:?}");
}

/// Makes a place with a sample of everything.
fn sampled() -> Place {
    let place = Place::new();
    let ran = place.carelake(&["sample", "--rows", "2000", "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place
}

/// Returns the only file of the input whose name begins so.
fn input(place: &Place, start: &str) -> std::path::PathBuf {
    let files = fs::read_dir(place.path().join("input")).unwrap().map(|entry| entry.unwrap().path());
    let mut found = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(start));
    found.next().unwrap()
}

fn run(place: &Place, dataset: &str, more: &[&str]) -> (Option<i32>, Value) {
    let ran = place.carelake(&[&["run", "--as-of", "2026-11-01", "--dataset", dataset, "--json"], more].concat());
    let report = ran.json();
    let all = report.get("publications").and_then(Value::as_array).unwrap();
    let is_it = |one: &&Value| one.get("publication").is_some_and(|name| name == dataset);
    (ran.code, all.iter().find(is_it).unwrap().clone())
}

#[test]
fn a_sub_file_whose_keys_find_no_partner_fails_the_dataset_and_more_orphans_are_told() {
    let place = sampled();
    let (code, outcome) = run(&place, "enrollments", &[]);
    assert_eq!(code, Some(0), "{outcome:#}");
    let file = input(&place, "PPEF_Reassignment");
    let whole = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
    let renamed = |share: usize| -> String {
        let lines = whole.lines().enumerate();
        lines.map(|(n, line)| if n > 0 && n % share == 0 { line.replacen("I20", "I19", 1) } else { line.to_owned() } + "\r\n").collect()
    };
    fs::write(&file, renamed(1)).unwrap();
    let (code, outcome) = run(&place, "enrollments", &[]);
    let reason = outcome["reason"].as_str().unwrap();
    assert!(code == Some(18) && reason.contains("source ppef_reassignment: 0.0 % of"), "{reason}");
    fs::write(&file, renamed(4)).unwrap();
    let (code, outcome) = run(&place, "enrollments", &[]);
    let told = losses(&outcome);
    assert!(code == Some(0) && told[0].contains("ppef_reassignment: 74.") && told[0].contains("orphans"), "{told:?}");
    // A first run has nothing to compare with.
    fs::write(&file, renamed(1)).unwrap();
    let (code, outcome) = run(&place, "enrollments", &["--output", "elsewhere"]);
    assert!(code == Some(18) && outcome["reason"].as_str().unwrap().contains("all rows are orphans"), "{outcome:#}");
}

#[test]
fn an_optional_source_that_was_read_last_time_is_missed() {
    let place = sampled();
    let file = input(&place, "Revocation");
    assert_eq!(run(&place, "enrollments", &[]).0, Some(0));
    fs::remove_file(file).unwrap();
    let (code, outcome) = run(&place, "enrollments", &[]);
    let reason = outcome["reason"].as_str().unwrap();
    assert!(
        code == Some(18) && reason.contains("source revocations: absent; ") && reason.contains("--accept-loss"),
        "{reason}"
    );
    let (code, outcome) = run(&place, "enrollments", &["--output", "elsewhere"]);
    let notices = outcome["report"]["notices"].to_string();
    assert!(code == Some(0) && notices.contains("source revocations: absent (optional); no enrollment"), "{notices}");
}

#[test]
fn rows_that_are_gone_refused_or_twice_are_told_by_their_share() {
    let place = published();
    place.configure(
        "    key: [npi, state]\n    order: [enr",
        "    max_reject_ratio: 0.5\n    key: [npi, state]\n    order: [enr",
    );
    let told = |rows: Vec<String>| {
        place.write(DAC, file(rows.into_iter()));
        let mut losses = losses(&place.run_clinicians(&[]).published());
        losses.retain(|loss| loss.starts_with("source dac: "));
        losses
    };
    let last = "in the last published run";
    let gone = told((0..95).map(clinician).collect());
    assert_eq!(gone, [format!("source dac: 95 rows, 100 {last}")]);
    let broken = told((0..95).map(|n| if n < 5 { clinician(n) + ",one field more" } else { clinician(n) }).collect());
    assert_eq!(broken, [format!("source dac: 5.3 % of the rows are rejected by field_count, 0.0 % {last}")]);
    let twice = told((0..95).chain(0..5).map(clinician).collect());
    assert_eq!(twice, [format!("source dac: 5.0 % of the rows are duplicates, 0.0 % {last}")]);
}
