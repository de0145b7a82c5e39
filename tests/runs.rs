//! Runs against time: which of two may publish, what is tried again, what a run that was stopped or killed leaves, and from what
//! and as of when something is run again.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::support::{DAC, Place, Ran, dac};
use serde_json::Value;

/// Starts a run of `clinicians` whose first attempts fail, and waits until it waits for its next attempt.
fn waiting(place: &Place, as_of: &str) -> (Child, std::io::Lines<BufReader<ChildStderr>>) {
    let run = ["run", "--as-of", as_of, "--dataset", "clinicians", "--inject", "clinicians:Storage:2"];
    let mut run = place.command(&run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("attempt 2 of 4 after")));
    (run, lines)
}

fn attempts(outcome: &Value) -> Vec<&Value> {
    outcome["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["error"]).collect()
}

/// Returns what `doctor` found under a name, and whether it is well.
fn doctor(place: &Place, what: &str) -> Vec<(bool, String)> {
    let doctor = place.carelake(&["doctor", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap().iter().filter(|check| check["what"] == what);
    checks.map(|check| (check["well"].as_bool().unwrap(), check["found"].as_str().unwrap().to_owned())).collect()
}

fn notice(place: &Place, run: &str) -> String {
    fs::read_to_string(place.path().join(format!("output/_carelake/runs/{run}/notice.txt"))).unwrap()
}

#[test]
fn a_run_that_began_before_another_was_published_does_not_replace_it() {
    let place = Place::new();
    place.write(DAC, dac(30));
    let (mut older, _lines) = waiting(&place, "2026-07-01");
    place.write(DAC, dac(31));
    let newer = place.carelake(&["run", "--as-of", "2026-08-01", "--dataset", "clinicians", "--json"]);
    newer.published();
    assert_eq!(older.wait().unwrap().code(), Some(19));
    let report = place.carelake(&["status", "2026-07-01.1", "--json"]);
    let outcome = report.clinicians();
    assert_eq!(outcome["error"], "Superseded");
    assert!(outcome["reason"].as_str().unwrap().contains("run 2026-08-01.1 is served since"), "{outcome:#}");
    assert_eq!(outcome["serving"]["run_id"], "2026-08-01.1");
    // The two on purpose, and the one that came too late: another cannot help.
    assert_eq!(attempts(&outcome), ["Storage", "Storage", "Superseded"]);
    assert_eq!(place.query("select count(*) from clinicians"), ["31"]);
    place.carelake(&["rerun", "clinicians", "--as-of", "2026-07-01", "--json"]).published();
}

#[test]
fn what_cannot_heal_here_is_tried_once_and_what_fails_on_purpose_as_on_aws() {
    let place = Place::new();
    let missing = place.run_clinicians(&[]);
    missing.refused("InputMissing", 11);
    assert_eq!(attempts(&missing.clinicians()), ["InputMissing"]);
    place.write(DAC, dac(30));
    let on_purpose = place.run_clinicians(&["--inject", "clinicians:InputMissing:1"]).published();
    assert_eq!(attempts(&on_purpose), [&Value::from("InputMissing"), &Value::Null]);
    fs::write(place.path().join("output/clinicians/_current.json"), "").unwrap();
    let damaged = place.run_clinicians(&[]);
    damaged.refused("Storage", 16);
    assert_eq!(attempts(&damaged.clinicians()), ["Storage"]);
}

#[test]
fn a_run_that_is_stopped_ends_in_a_report_a_history_and_a_notice() {
    for signal in ["INT", "TERM", "HUP"] {
        let place = Place::new();
        place.write(DAC, dac(30));
        let (mut run, _lines) = waiting(&place, "2026-11-01");
        let sent = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(run.wait().unwrap().code(), Some(130), "{signal}");
        let report = place.carelake(&["status", "--json"]);
        assert_eq!((&report.json()["status"], &report.clinicians()["error"]), (&"aborted".into(), &"Aborted".into()));
        let told = notice(&place, "2026-11-01.1");
        assert!(told.contains("carelake rerun clinicians --as-of 2026-11-01"), "{told}");
        let events = place.carelake(&["status", "--events"]).stdout;
        assert!(events.lines().last().unwrap().contains("ExecutionAborted"), "{signal}: {events}");
    }
}

#[test]
fn a_run_that_is_killed_is_told_of_by_the_next_command_and_mended_by_a_rerun() {
    let place = Place::new();
    place.write(DAC, dac(30));
    let (mut run, _lines) = waiting(&place, "2026-11-01");
    run.kill().unwrap();
    run.wait().unwrap();
    // What a power cut in the middle of a line leaves.
    let history = place.path().join("output/_carelake/runs/2026-11-01.1/history.jsonl");
    let written = fs::read_to_string(&history).unwrap();
    assert!(written.contains("TaskFailed"), "the history was not written as it happened: {written}");
    fs::write(&history, written + "{\"timestamp\": \"2026").unwrap();
    let status = place.carelake(&["status"]);
    assert!(status.stderr.contains("run 2026-11-01.1 was found dead"), "{}", status.stderr);
    assert!(status.stdout.contains("carelake rerun clinicians --as-of 2026-11-01"), "{}", status.stdout);
    assert_eq!(place.carelake(&["status", "--events"]).code, Some(0));
    let told = notice(&place, "2026-11-01.1");
    assert!(told.contains("its process was killed"), "{told}");
    let failed = "run 2026-11-01.1 failed and is not mended: clinicians Storage (`carelake status 2026-11-01.1`)";
    assert_eq!(doctor(&place, "last runs"), [(false, failed.to_owned())]);
    assert_eq!(place.carelake(&["doctor"]).code, Some(1));
    place.carelake(&["rerun", "--failed", "--json"]).published();
    assert!(doctor(&place, "last runs")[0].0);
}

#[test]
fn what_a_killed_run_published_is_told_beside_last_time_though_its_history_is_lost() {
    let place = Place::new();
    assert_eq!(place.carelake(&["sample", "--rows", "500", "input"]).code, Some(0));
    assert_eq!(place.carelake(&["run", "--as-of", "2026-11-01"]).code, Some(0));
    let run = ["run", "--as-of", "2026-11-01", "--dataset", "clinicians,practices", "--inject", "practices:Storage:3"];
    let mut run = place.command(&run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut awaited = vec!["clinicians: published", "practices: Storage; attempt 2 of 4"];
    for line in lines {
        awaited.retain(|text| !line.contains(text));
        if awaited.is_empty() {
            break;
        }
    }
    run.kill().unwrap();
    run.wait().unwrap();
    fs::remove_file(place.path().join("output/_carelake/runs/2026-11-01.2/history.jsonl")).unwrap();
    // What a kill between moving the pointer and showing it leaves.
    let link = place.path().join("output/clinicians/current");
    let shown = fs::read_link(&link).unwrap();
    fs::remove_file(&link).unwrap();
    symlink(shown.with_file_name("2026-11-01.1"), &link).unwrap();
    let outcome = place.carelake(&["status", "2026-11-01.2", "--json"]).clinicians();
    assert_eq!(outcome["status"], "published", "{outcome:#}");
    assert_eq!(outcome["report"]["previous"]["rows"], outcome["report"]["rows"], "{outcome:#}");
    assert_eq!(fs::read_link(&link).unwrap(), shown);
    let (_, told) = &doctor(&place, "last runs")[0];
    assert!(told.contains("practices Storage") && !told.contains("clinicians"), "{told}");
}

#[test]
fn doctor_is_not_content_until_the_last_failure_is_mended() {
    let place = Place::new();
    let sample = place.carelake(&["sample", "--rows", "500", "input"]);
    assert_eq!(sample.code, Some(0), "{}", sample.stderr);
    assert_eq!(place.carelake(&["run", "--as-of", "2026-11-01"]).code, Some(0));
    assert_eq!(place.carelake(&["doctor"]).code, Some(0));
    let failing = ["--dataset", "clinicians,practices", "--inject", "clinicians:SchemaDrift:1"];
    let ran = place.carelake(&[&["run", "--as-of", "2026-11-01"], &failing[..]].concat());
    assert_eq!(ran.code, Some(12), "{}", ran.stderr);
    let ill = place.carelake(&["doctor"]);
    assert_eq!(ill.code, Some(1));
    assert!(ill.stdout.contains("clinicians SchemaDrift") && ill.stdout.contains("carelake rerun clinicians --as-of"));
    // Something else that goes well mends nothing.
    assert_eq!(place.carelake(&["rerun", "practices"]).code, Some(0));
    assert_eq!(place.carelake(&["doctor"]).code, Some(1));
    assert_eq!(place.carelake(&["rerun", "clinicians"]).code, Some(0));
    assert_eq!(place.carelake(&["doctor"]).code, Some(0));
}

#[test]
fn what_was_rolled_back_is_left_alone_until_its_input_changes() {
    let place = Place::new();
    for rows in [30, 31] {
        place.write(DAC, dac(rows));
        place.run_clinicians(&[]).published();
    }
    assert_eq!(place.carelake(&["rollback", "clinicians"]).code, Some(0));
    // Another date, as of a run every day, is no new input.
    let again =
        |date: &str| place.carelake(&["run", "--if-changed", "--as-of", date, "--dataset", "clinicians", "--json"]);
    let left = again("2026-11-02");
    assert_eq!((left.code, &left.json()["rolled_back"][0]), (Some(0), &"clinicians".into()));
    assert!(left.stderr.contains("clinicians: rolled back to run 2026-11-01.1, and left alone"), "{}", left.stderr);
    assert_eq!(place.query("select count(*) from clinicians"), ["30"]);
    place.write(DAC, dac(32));
    again("2026-11-02").published();
    assert_eq!(again("2026-11-02").json()["status"], "unchanged");
}

#[test]
fn what_failed_is_run_again_from_the_files_that_it_read() {
    let place = Place::new();
    place.write("received/dac.csv", dac(30));
    place.write("input/DAC_NationalDownloadableFile_2026-11-01.csv", dac(31));
    let fail = |more: &[&str]| place.run_clinicians(&[&["--inject", "clinicians:VolumeDrop:1"], more].concat());
    fail(&["--source", "dac=received/dac.csv"]).refused("VolumeDrop", 14);
    let again = place.carelake(&["rerun", "--failed", "--json"]);
    again.published();
    assert!(again.stderr.contains("reads ") && again.stderr.contains("received/dac.csv again"), "{}", again.stderr);
    assert_eq!(place.query("select count(*) from clinicians"), ["30"]);
    // A newer file has come: what failed is still run from the older one.
    fail(&[]).refused("VolumeDrop", 14);
    place.write("input/DAC_NationalDownloadableFile_2026-12-01.csv", dac(32));
    let again = place.carelake(&["rerun", "--failed", "--json"]);
    again.published();
    assert!(again.stderr.contains("its pattern finds"), "{}", again.stderr);
    assert_eq!(place.query("select count(*) from clinicians"), ["31"]);
    // The file was replaced by a mended one.
    fail(&[]).refused("VolumeDrop", 14);
    place.write("input/DAC_NationalDownloadableFile_2026-12-01.csv", dac(33));
    let again = place.carelake(&["rerun", "--failed", "--json"]);
    again.published();
    assert!(again.stderr.contains("has changed since run 2026-11-01.5"), "{}", again.stderr);
    assert_eq!(place.query("select count(*) from clinicians"), ["33"]);
}

#[test]
fn a_date_that_is_likely_a_slip_is_refused_until_it_is_confirmed() {
    let place = Place::new();
    let typed = |arguments: &[&str]| Ran::of(&mut place.as_typed(arguments));
    let run = |date: &'static str| ["run", "--dataset", "clinicians", "--as-of", date];
    place.write("input/DAC_NationalDownloadableFile_2020-06-15.csv", dac(30));
    for (date, said) in [
        ("9036-11-01", "as of 9036-11-01 is in the future; today is "),
        (
            "1776-07-04",
            "more than a year before the newest input, DAC_NationalDownloadableFile_2020-06-15.csv of 2020-06-15",
        ),
        ("2019-06-14", "more than a year before"),
    ] {
        let ran = typed(&run(date));
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{date}: {}", ran.stderr);
        assert!(ran.stderr.contains("--accept-as-of"), "{}", ran.stderr);
    }
    assert_eq!(typed(&run("2019-06-15")).code, Some(0));
    let today = typed(&["run", "--dataset", "clinicians"]);
    assert_eq!(today.code, Some(0), "{}", today.stderr);
    assert_eq!(typed(&[&run("9036-11-01")[..], &["--accept-as-of"]].concat()).code, Some(0));
    // A rerun says where its date is from, and does not inherit the slip.
    let inherited = typed(&["rerun", "clinicians"]);
    assert_eq!(inherited.code, Some(2), "{}", inherited.stderr);
    assert!(inherited.stderr.contains("as of 9036-11-01, the date of run 9036-11-01.1"), "{}", inherited.stderr);
}

#[test]
fn a_notice_tells_a_cause_in_five_lines_and_the_command_with_its_flag() {
    let place = Place::new();
    let sample = place.carelake(&["sample", "--rows", "500", "--dirt", "0", "input"]);
    assert_eq!(sample.code, Some(0), "{}", sample.stderr);
    let readers = "clinicians,practices,providers";
    let run = |date: &str| place.carelake(&["run", "--as-of", date, "--dataset", readers]);
    assert_eq!(run("2026-10-01").code, Some(0));
    let whole = fs::read_to_string(place.path().join(DAC)).unwrap();
    place.write(DAC, whole.replacen("Provider Last Name", "Surname of the Provider", 1));
    for number in 1..=3 {
        assert_eq!(run("2026-11-01").code, Some(12));
        let told = notice(&place, &format!("2026-11-01.{number}"));
        let head: Vec<&str> = told.split("\n\n").nth(1).unwrap().lines().collect();
        assert_eq!(head.len(), 5, "{told}");
        let subject = format!(
            "Subject: carelake: run 2026-11-01.{number} FAILED: SchemaDrift in source dac: clinicians, practices, providers"
        );
        assert_eq!(told.lines().next().unwrap(), subject);
        assert!(head[0].contains("3 of 3 not published") && head[0].contains(" on "), "{told}");
        assert!(
            head[1].starts_with("SchemaDrift: source dac: ") && head[1].ends_with(": clinicians, practices, providers")
        );
        assert!(head[2].starts_with("  served is run 2026-10-01.1 of ") && head[2].contains(" 0 h old"), "{told}");
        assert!(
            head[3].contains("; last good one DAC_NationalDownloadableFile.csv, ")
                && head[3].contains(" rows, as of 2026-10-01")
        );
        assert!(head[4].contains("  carelake rerun clinicians practices providers --as-of 2026-11-01 --env local"));
        assert_eq!(head[0].contains("third failure in a row"), number == 3, "{told}");
    }
    // A loss that may be right is accepted by a flag, which the command has.
    let half: Vec<&str> = whole.lines().take(200).collect();
    place.write(DAC, half.join("\n") + "\n");
    assert_eq!(run("2026-11-01").code, Some(14));
    let told = notice(&place, "2026-11-01.4");
    assert!(
        told.contains("  carelake rerun clinicians practices providers --as-of 2026-11-01 --accept-loss --env local"),
        "{told}"
    );
    let status = place.carelake(&["status"]).stdout;
    assert!(status.contains("--as-of 2026-11-01 --accept-loss --env local"), "{status}");
}

#[test]
fn the_schedule_that_is_printed_is_that_of_the_documentation() {
    let root = env!("CARGO_MANIFEST_DIR");
    let printed = Ran::of(Command::new("./bootstrap.sh").arg("schedule").current_dir(root));
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let documented = fs::read_to_string(format!("{root}/docs/scheduling.md")).unwrap();
    let settings = |text: &str| -> Vec<String> {
        let keys =
            ["Type=", "OnFailure=", "OnCalendar=", "Persistent=", "SuccessExitStatus=", "WantedBy=", "Description="];
        text.lines().filter(|line| keys.iter().any(|key| line.starts_with(key))).map(str::to_owned).collect()
    };
    assert_eq!(settings(&printed.stdout), settings(&documented));
    assert!(printed.stdout.contains("OnFailure=carelake-failed.service"));
    assert!(printed.stdout.contains("\n0 6 20 * * cd "), "no crontab line");
}

#[test]
fn an_afternoon_of_reruns_does_not_push_out_the_run_of_last_month() {
    let place = Place::new();
    place.configure("    sources: [dac]\n", "    sources: [dac]\n    keep_runs: 2\n");
    place.write(DAC, dac(30));
    for date in ["2026-10-01", "2026-11-01", "2026-11-01", "2026-11-01", "2026-11-01"] {
        place.carelake(&["run", "--as-of", date, "--dataset", "clinicians", "--json"]).published();
    }
    let kept = place.carelake(&["runs", "clinicians", "--json"]).json();
    let kept: Vec<&str> = kept.as_array().unwrap().iter().map(|run| run["run_id"].as_str().unwrap()).collect();
    assert_eq!(kept, ["2026-11-01.4", "2026-11-01.3", "2026-10-01.1"]);
    assert_eq!(place.carelake(&["gc", "--json"]).json()["removed"], Value::Array(Vec::new()));
    assert_eq!(place.carelake(&["rollback", "clinicians", "--to", "2026-10-01.1"]).code, Some(0));
}

#[test]
fn what_failed_is_run_again_even_if_the_run_left_no_report() {
    let place = Place::new();
    place.write(DAC, dac(60_000));
    let failed = place.run_clinicians(&["--inject", "clinicians:VolumeDrop:1"]);
    failed.refused("VolumeDrop", 14);
    fs::remove_dir_all(place.path().join("output/_carelake/runs")).unwrap();
    let again = place.carelake(&["rerun", "--failed", "--json"]);
    again.published();
    let nothing = place.carelake(&["rerun", "--failed"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("nothing failed in run 2026-11-01.2"), "{}", nothing.stderr);
}

#[test]
fn the_states_that_a_report_counts_are_those_of_the_history() {
    let place = Place::new();
    place.write(DAC, dac(60_000));
    for (run, arguments) in [
        (1, &["--dataset", "clinicians", "--inject", "clinicians:VolumeDrop:1"][..]),
        (2, &["--dataset", "clinicians", "practices"]),
        (3, &["--dataset", "clinicians", "--inject", "clinicians:Storage:1"]),
    ] {
        let ran = place.carelake(&[&["run", "--as-of", "2026-11-01", "--json"], arguments].concat());
        let history = format!("output/_carelake/runs/2026-11-01.{run}/history.jsonl");
        let history = fs::read_to_string(place.path().join(history)).unwrap();
        let events: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let count =
            |is: &dyn Fn(&str) -> bool| events.iter().filter(|event| is(event["type"].as_str().unwrap())).count();
        let entered = count(&|kind| kind.ends_with("StateEntered"));
        let retries = count(&|kind| kind == "TaskScheduled") - count(&|kind| kind == "TaskStateEntered");
        assert_eq!(ran.json()["usage"]["state_transitions"], entered + retries, "run {run}");
        assert_eq!(ran.json()["usage"]["usd"], Value::Null);
    }
}
