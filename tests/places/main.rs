//! Where the command reads and writes: whatever folders it is given, rejected rows never lie in the output.

#[cfg(test)]
mod lists;
#[cfg(test)]
mod readers;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod unwritable;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use support::{DAC, Place, clinician, dac};

/// Makes a place whose clinician file has one row that is refused.
fn place() -> Place {
    let place = Place::new();
    place.write(DAC, dac(300) + &clinician(300).replacen(',', "x,", 1) + "\n");
    place
}

#[test]
fn rejected_rows_are_beside_an_output_however_it_is_typed() {
    for output in ["out/", "./out", "out//", "input/../out", "out/."] {
        let place = place();
        place.run_clinicians(&["--output", output]).published();
        assert!(place.path().join("out-rejects/clinicians/2026-11-01.1").is_dir(), "{output}");
        assert!(!place.path().join("out/-rejects").exists(), "{output}");
        let told = place.carelake(&["rejects", "clinicians", "--output", "out"]);
        assert!(told.code == Some(0) && told.stdout.contains("1 rows rejected"), "{told:?}");
    }
}

#[test]
fn rejected_rows_of_a_run_that_published_nothing_are_beside_the_output_too() {
    let place = place();
    let refused: String = (0..300).map(|n| clinician(n).replacen(',', "x,", 1) + "\n").collect();
    place.write(DAC, dac(300) + &refused);
    place.run_clinicians(&["--output", "out/"]).refused("RejectThreshold", 13);
    assert!(place.path().join("out-rejects/clinicians/2026-11-01.1").is_dir());
}

#[test]
fn the_output_of_the_environment_variable_is_read_as_the_option_is() {
    let place = place();
    let mut command = place.command(&["run", "--as-of", "2026-11-01", "--dataset", "clinicians"]);
    let ran = support::Ran::of(command.env("CARELAKE_OUTPUT", "out/"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(place.path().join("out-rejects").is_dir());
}

#[test]
fn folders_within_each_other_are_refused_before_anything_is_written() {
    for options in [
        &["--output", "input"][..],
        &["--output", "input/out"],
        &["--output", ".."],
        &["--output", "."],
        &["--output", "/"],
        &["--input", "output/clinicians"],
        &["--input", "rejects"],
        &["--output", "link"],
    ] {
        let place = place();
        symlink(place.path().join("input"), place.path().join("link")).unwrap();
        let before = fs::read_dir(place.path()).unwrap().count();
        let ran = place.run_clinicians(options);
        assert!(matches!(ran.code, Some(2 | 10)), "{options:?}: {ran:?}");
        assert!(ran.stderr.contains("inside") || ran.stderr.contains("beside"), "{options:?}: {}", ran.stderr);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), before, "{options:?}");
        assert_eq!(fs::read_dir(place.path().join("input")).unwrap().count(), 1, "{options:?}");
    }
}

#[test]
fn folders_of_the_configuration_within_each_other_are_told_with_their_lines() {
    let place = place();
    for (from, to) in [("rejects: ./rejects", "rejects: ./output/rejects"), ("output: ./output", "output: ./input/out")]
    {
        place.configure(from, to);
    }
    let ran = place.carelake(&["validate"]);
    assert_eq!(ran.code, Some(10), "{ran:?}");
    assert!(ran.stderr.contains("environments.local.output: must not lie inside input"), "{}", ran.stderr);
    place.configure("output: ./input/out", "output: ./output");
    let ran = place.carelake(&["validate"]);
    assert!(ran.stderr.contains("environments.local.rejects: must not lie inside output"), "{}", ran.stderr);
}

#[test]
fn a_link_from_the_rejects_of_the_configuration_into_the_output_is_refused() {
    let place = place();
    fs::create_dir(place.path().join("output")).unwrap();
    symlink(place.path().join("output"), place.path().join("rejects")).unwrap();
    let ran = place.run_clinicians(&[]);
    assert_eq!(ran.code, Some(10), "{ran:?}");
    assert!(
        ran.stderr.contains("environments.local: output (") && ran.stderr.contains("inside rejects"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_dir(place.path().join("output")).unwrap().count(), 0);
}

#[test]
fn what_a_shell_would_replace_is_refused_with_the_way_to_write_it() {
    let place = place();
    for text in ["~", "~/out", "~ada/out", "$HOME/out", "${HOME}/out", ""] {
        for option in ["--output", "--input"] {
            let ran = place.run_clinicians(&[option, text]);
            assert!(matches!(ran.code, Some(2 | 10)), "{option} {text}: {ran:?}");
            let said = if text.is_empty() { "a value is required" } else { "write the folder in full" };
            assert!(ran.stderr.contains(said), "{option} {text}: {}", ran.stderr);
        }
        let place = Place::new();
        place.configure("output: ./output", &format!("output: \"{text}\""));
        let ran = place.carelake(&["validate"]);
        assert!(ran.code == Some(10) && ran.stderr.contains("environments.local.output"), "{ran:?}");
    }
    let names: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn an_interrupted_sample_leaves_no_unfinished_file() {
    let place = Place::new();
    let mut sample = place.command(&["sample", "--rows", "3000000", "input"]).stdout(Stdio::null()).spawn().unwrap();
    let partial = || {
        let entries = fs::read_dir(place.path().join("input")).into_iter().flatten();
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".partial"))
    };
    while !partial() {
        assert!(sample.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-INT", &sample.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(sample.wait().unwrap().code(), Some(130));
    assert!(!partial());
}

#[test]
fn a_sample_is_written_where_only_hidden_files_are() {
    let place = Place::new();
    place.write("input/.DAC_NationalDownloadableFile.csv.partial", "half");
    let ran = place.carelake(&["sample", "--rows", "300", "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!place.path().join("input/.DAC_NationalDownloadableFile.csv.partial").exists());
    let again = place.carelake(&["sample", "--rows", "300", "input"]);
    assert!(again.code != Some(0) && again.stderr.contains("is not empty"), "{again:?}");
}

#[test]
fn a_publication_that_the_configuration_has_lost_is_named_and_removed_on_request_only() {
    let place = Place::new();
    let ran = place.carelake(&["sample", "--rows", "1000", "--dirt", "0.002", "input"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let run = ["run", "--as-of", "2026-11-01", "--dataset", "hospitals"];
    assert_eq!(place.carelake(&run).code, Some(0));
    let (output, rejects) = (place.path().join("output/hospitals"), place.path().join("rejects/hospitals"));
    for root in [&output, &rejects] {
        fs::rename(root.join("hospital_enrollments"), root.join("fx")).unwrap();
    }
    let doctor = place.carelake(&["doctor", "--json"]).json();
    let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["what"] == "hospitals/fx").unwrap();
    assert_eq!(check["well"], false);
    assert!(check["next"].as_str().unwrap().starts_with("carelake gc --orphans --dry-run "), "{check}");
    assert_eq!(place.carelake(&["gc"]).code, Some(0));
    let told = place.carelake(&["gc", "--orphans", "--dry-run", "--json"]).json();
    assert!(output.join("fx/_current.json").exists());
    assert_eq!(told["removed"][0]["publication"], "hospitals/fx");
    assert_eq!(told["removed"].as_array().unwrap().len(), 1);
    let removed = place.carelake(&["gc", "--orphans", "--json"]).json();
    assert_eq!(removed["removed"], told["removed"]);
    assert!(!output.join("fx").exists() && !rejects.join("fx").exists());
    assert!(output.join("hospital_general_information/_current.json").exists());
    let doctor = place.carelake(&["doctor", "--json"]).json();
    assert!(doctor["checks"].as_array().unwrap().iter().all(|check| check["what"] != "hospitals/fx"));
}

#[test]
fn an_output_of_the_earlier_layout_is_served_and_followed() {
    let place = Place::new();
    for rows in [30, 31] {
        place.write(DAC, dac(rows));
        place.run_clinicians(&[]).published();
    }
    let folder = place.path().join("output/clinicians");
    fs::rename(folder.join("_runs"), folder.join("runs")).unwrap();
    for run in ["2026-11-01.1", "2026-11-01.2"] {
        let manifest = folder.join(format!("_manifests/{run}.json"));
        fs::rename(manifest, folder.join(format!("runs/{run}/_manifest.json"))).unwrap();
    }
    fs::remove_dir_all(folder.join("_pointers")).unwrap();
    let pointer = serde_json::json!({
        "version": 1, "run_id": "2026-11-01.2", "manifest": "runs/2026-11-01.2/_manifest.json", "sequence": 2,
        "published_at": "2026-11-01T06:00:00Z", "previous_run_id": "2026-11-01.1",
    });
    fs::write(folder.join("_current.json"), pointer.to_string()).unwrap();
    fs::remove_file(folder.join("current")).unwrap();
    symlink("runs/2026-11-01.2", folder.join("current")).unwrap();
    let count = || place.query("select count(*) from clinicians");
    assert_eq!(count(), ["31"]);
    let doctor = place.carelake(&["doctor", "--json"]).json();
    let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["what"] == "clinicians").unwrap();
    assert_eq!(check["well"], true, "{check}");
    assert_eq!(place.carelake(&["diff", "clinicians"]).code, Some(0));
    assert_eq!(place.carelake(&["rollback", "clinicians"]).code, Some(0));
    assert_eq!(count(), ["30"]);
    assert_eq!(fs::read_link(folder.join("current")).unwrap(), std::path::Path::new("runs/2026-11-01.1"));
    place.write(DAC, dac(32));
    place.run_clinicians(&[]).published();
    assert_eq!(count(), ["32"]);
    assert_eq!(fs::read_link(folder.join("current")).unwrap(), std::path::Path::new("_runs/2026-11-01.3"));
}
