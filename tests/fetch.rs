//! The public files of the monthly run, fetched through the real command from a server that behaves like the sites of CMS.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

#[path = "../jobs/fetch/tests/sites/mod.rs"]
#[expect(dead_code, reason = "the tests of the room use the rest")]
mod sites;

use std::fs;
use std::io::{BufRead, BufReader, Write, copy};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::support::{Place, Ran};
use serde_json::{Value, json};
use sites::{DAC, Fault, Sites};

/// A folder whose configuration names the server in place of every site.
fn place() -> (Place, Sites) {
    let (place, sites) = (Place::new(), Sites::start());
    for site in ["https://data.cms.gov", "https://download.cms.gov"] {
        place.configure(site, &sites.base());
    }
    (place, sites)
}

/// Runs the command; what this machine has for a proxy is not asked.
fn carelake(place: &Place, arguments: &[&str]) -> Ran {
    let mut command = place.command(arguments);
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
        command.env_remove(name);
    }
    Ran::of(&mut command)
}

/// Returns what was found of each source, or its error.
fn found(ran: &Ran) -> Vec<Value> {
    let told = ran.json();
    let sources = told["sources"].as_array().unwrap();
    let one = |source: &Value| {
        if source["error"].is_null() { source["outcomes"][0]["found"].clone() } else { source["error"].clone() }
    };
    sources.iter().map(one).collect()
}

fn inputs(place: &Place) -> Vec<String> {
    let Ok(entries) = fs::read_dir(place.path().join("input")) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_new_is_brought_and_shown_and_nothing_is_brought_twice() {
    let (place, sites) = place();
    let first = carelake(&place, &["fetch", "dac", "ppef_reassignment", "nppes_weekly", "--json"]);
    assert_eq!((first.code, found(&first)), (Some(0), vec![json!("new"), json!("new"), json!("new")]));
    assert_eq!(inputs(&place), [DAC, "NPPES_Data_Dissemination_101226_101826_Weekly_V2.zip", sites::REASSIGNMENTS]);
    sites.asked();
    let again = carelake(&place, &["fetch", "dac", "--json"]);
    assert_eq!((found(&again), sites.downloads()), (vec![json!("unchanged")], 0));
    let [line]: [Value; 1] = serde_json::from_value(carelake(&place, &["sources", "dac", "--json"]).json()).unwrap();
    assert_eq!((&line["record"]["name"], &line["record"]["release"]), (&json!(DAC), &json!("2026-10-18")));
    let shown = carelake(&place, &["sources"]).stdout;
    assert!(shown.contains(DAC) && shown.contains("hospital_enrollments") && shown.contains("never"), "{shown}");
    // One notice of what came, and none of what was there.
    let notices = fs::read_dir(place.path().join("output/_carelake/executions/fetch")).unwrap();
    let told = notices.filter(|entry| entry.as_ref().unwrap().path().join("notice.txt").exists()).count();
    assert_eq!(told, 1);
}

/// A proxy that alone knows where `cms.internal` is; answers its port, and what it is asked to connect to.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, asked) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
    let noted = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let Some(to) = head[0].strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else { continue };
            noted.lock().unwrap().push(to.to_owned());
            let site = TcpStream::connect(to.replace("cms.internal", "127.0.0.1")).unwrap();
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let (mut there, mut back) = (site.try_clone().unwrap(), stream.try_clone().unwrap());
            thread::spawn(move || copy(&mut stream, &mut there));
            thread::spawn(move || copy(&mut &site, &mut back).and_then(|_| back.shutdown(std::net::Shutdown::Both)));
        }
    });
    (port, asked)
}

#[test]
fn sites_that_only_a_proxy_knows_are_fetched_through_it() {
    let (place, sites) = (Place::new(), Sites::start());
    let site = sites.base().replace("127.0.0.1", "cms.internal");
    place.configure("https://download.cms.gov", &site);
    let (port, asked) = proxy();
    let fetch = |way: &str, options: &[&str]| {
        let mut command = place.command(&[&["fetch", "nppes_weekly", "--json"], options].concat());
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        let ran = Ran::of(command.env("HTTPS_PROXY", way));
        (ran.code, found(&ran))
    };
    assert_eq!(fetch(&format!("http://127.0.0.1:{port}"), &[]), (Some(0), vec![json!("new")]));
    assert_eq!(inputs(&place).len(), 1);
    // The configuration goes before what this machine has.
    place.configure("\nfetch:\n", &format!("\nfetch:\n  proxy: http://127.0.0.1:{port}\n"));
    assert_eq!(fetch("http://127.0.0.1:9", &["--check"]), (Some(0), vec![json!("unchanged")]));
    let asked = asked.lock().unwrap().clone();
    let host = site.trim_start_matches("http://");
    assert!(asked.len() >= 4 && asked.iter().all(|to| to == host), "{asked:?}");
}

#[test]
fn the_catalog_is_asked_for_once_for_all_sources_that_are_in_it() {
    let (place, sites) = place();
    sites.fail("data.json", Fault::BrokenJson, 1);
    let ran = carelake(&place, &["fetch", "ppef_enrollment", "--json"]);
    assert_eq!(found(&ran), [json!("InputMalformed")], "an answer that is not understood is not kept");
    sites.asked();
    let ran = carelake(&place, &["fetch", "ppef_enrollment", "ppef_reassignment", "--json"]);
    assert_eq!((ran.code, found(&ran)), (Some(0), vec![json!("new"), json!("new")]));
    assert_eq!(sites.asked().iter().filter(|it| it.path == "/data.json").count(), 1);
}

#[test]
fn looking_writes_nothing_into_the_input() {
    let (place, sites) = place();
    for mode in ["--dry-run", "--check"] {
        let looked = carelake(&place, &["fetch", "dac", mode, "--json"]);
        assert_eq!((looked.code, found(&looked)), (Some(0), vec![json!("new")]), "{mode}");
    }
    assert_eq!((inputs(&place).len(), sites.downloads()), (0, 0));
}

#[test]
fn a_source_that_fails_leaves_the_others_alone_and_tells_by_its_exit_code() {
    let (place, sites) = place();
    sites.fail("DAC_", Fault::Html, 99);
    let ran = carelake(&place, &["fetch", "dac", "ppef_reassignment", "--json"]);
    assert_eq!((ran.code, found(&ran)), (Some(30), vec![json!("InputMalformed"), json!("new")]));
    assert_eq!(inputs(&place), [sites::REASSIGNMENTS]);
    sites.fail("PPEF_Enr", Fault::Status(404), 99);
    let ran = carelake(&place, &["fetch", "dac", "ppef_enrollment"]);
    assert_eq!(ran.code, Some(1), "of several kinds");
    assert!(ran.stderr.contains("not_the_format") && ran.stderr.contains("404"), "{}", ran.stderr);
    let doctor = carelake(&place, &["doctor"]).stdout;
    assert!(doctor.contains("fetch dac") && doctor.contains("InputMalformed"), "{doctor}");
    assert!(carelake(&place, &["sources"]).stdout.contains("Refused"));
}

#[test]
fn what_is_misspelt_is_refused_with_the_nearest_name() {
    let (place, _sites) = place();
    let ran = carelake(&place, &["fetch", "dacc"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("did you mean `dac`?"), "{}", ran.stderr);
    place.configure("    dac: { provider_data", "    dax: { provider_data");
    let ran = carelake(&place, &["fetch", "dax", "--dry-run", "--json"]);
    assert_eq!(ran.code, Some(10));
    assert!(ran.stdout.contains("did you mean `dac`?"), "{}", ran.stdout);
}

#[test]
fn a_far_smaller_file_waits_for_whoever_accepts_it() {
    let (place, sites) = place();
    carelake(&place, &["fetch", "dac"]);
    sites.release("2026-11");
    sites.fail("DAC_", Fault::Shrunken, 2);
    let refused = carelake(&place, &["fetch", "dac"]);
    assert_eq!((refused.code, inputs(&place).len()), (Some(18), 1));
    assert!(refused.stderr.contains("--accept-loss"), "{}", refused.stderr);
    assert_eq!(carelake(&place, &["fetch", "dac", "--accept-loss"]).code, Some(0));
    let lines = carelake(&place, &["sources", "dac", "--releases", "--json"]).json();
    assert!(lines[0]["record"]["accepted_by"].is_string() && lines[1]["record"]["accepted_by"].is_null(), "{lines}");
}

#[test]
fn a_source_whose_next_release_is_overdue_is_stale() {
    for (month, state) in [("2020-01", "stale"), ("2098-01", "current")] {
        let (place, sites) = place();
        sites.release(month);
        carelake(&place, &["fetch", "dac"]);
        assert_eq!(carelake(&place, &["sources", "dac", "--json"]).json()[0]["state"], state);
        let doctor = carelake(&place, &["doctor"]).stdout;
        assert_eq!(doctor.contains("stale: release 2020-01-18"), state == "stale", "{doctor}");
    }
}

#[test]
fn a_run_can_fetch_first_and_reads_what_is_there_of_what_cannot_be_fetched() {
    let (place, sites) = place();
    sites.fail("PPEF_Enr", Fault::Status(404), 99);
    let ran = carelake(&place, &["run", "--fetch", "--dataset", "clinicians", "--json"]);
    assert!(inputs(&place).contains(&DAC.to_owned()));
    assert!(ran.stderr.contains("ppef_enrollment: not fetched: Refused"), "{}", ran.stderr);
    let outcome = ran.clinicians();
    assert_eq!(outcome["error"], "RejectThreshold", "the rows of the server are none: {outcome}");
}

#[test]
fn a_process_that_is_killed_leaves_no_part_of_a_file_and_the_next_one_tidies_up() {
    let (place, sites) = place();
    sites.fail("DAC_", Fault::Stall, 1);
    let mut fetching =
        place.command(&["fetch", "dac"]).env_remove("HTTPS_PROXY").env_remove("https_proxy").spawn().unwrap();
    while !inputs(&place).iter().any(|name| name.starts_with(".carelake-")) {
        thread::sleep(Duration::from_millis(10));
    }
    fetching.kill().unwrap();
    fetching.wait().unwrap();
    assert!(!inputs(&place).contains(&DAC.to_owned()));
    assert_eq!(carelake(&place, &["fetch", "dac"]).code, Some(0));
    assert_eq!(inputs(&place), [DAC]);
}
