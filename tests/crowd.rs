//! Many partners' files at once beside a large one, through the command: the small ones go first, and a kill loses nothing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::support::{Place, Ran};
use serde_json::Value;

const CONFIG: &str = "\
version: 2
include: [feeds.yaml]
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { settle_secs: 0, max_concurrency: 2, time_zone: UTC }
";
/// Partners with four small feeds each.
const PARTNERS: usize = 10;
const FEEDS: usize = 4;
const SMALL_ROWS: usize = 5;
const LARGE_ROWS: usize = 30_000;
const WORKERS: usize = 3;

/// A folder in which forty small files of ten partners lie, and a large one of another.
fn place() -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG);
    let mut pages = "intake:\n  feeds:\n".to_owned();
    for partner in 0..PARTNERS {
        for feed in 0..FEEDS {
            page(&mut pages, &format!("p{partner}"), &format!("F{feed}"));
            place.write(&format!("landing/p{partner}/F{feed}_20260803.csv"), people(SMALL_ROWS));
        }
    }
    page(&mut pages, "whale", "F0");
    place.write("feeds.yaml", pages);
    place.write("landing/whale/F0_20260803.csv", people(LARGE_ROWS));
    place
}

#[cfg(test)]
fn page(pages: &mut String, partner: &str, feed: &str) {
    writeln!(
        pages,
        "    {partner}_{}:\n      partner: {partner}\n      path: \"{feed}_{{delivery:%Y%m%d}}.csv\"\n      format: {{ type: csv }}\n      \
         delivery: full\n      tables:\n        persons:\n          columns: {{ patient_id: MRN, last_name: NAME }}",
        feed.to_lowercase()
    )
    .unwrap();
}

fn people(rows: usize) -> String {
    (0..rows).fold("MRN,NAME\n".to_owned(), |text, row| text + &format!("{row},ABLE\n"))
}

fn watch(place: &Place) -> Ran {
    let workers = WORKERS.to_string();
    place.carelake(&["intake", "watch", "landing", "--once", "--json", "--workers", &workers])
}

/// Returns the path of each file that a watch told of.
#[cfg(test)]
fn told(ran: &Ran) -> Vec<String> {
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|told| told["path"].as_str().unwrap().to_owned()).collect()
}

/// Returns how many rows each feed serves of its deliveries.
#[cfg(test)]
fn rows(place: &Place) -> BTreeMap<String, u64> {
    let ran = place.carelake(&["intake", "accounts", "--json"]);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut rows = BTreeMap::new();
    for told in lines {
        *rows.entry(told["feed"].as_str().unwrap().to_owned()).or_default() += told["published"].as_u64().unwrap();
    }
    rows
}

#[cfg(test)]
fn expected() -> BTreeMap<String, u64> {
    let small = (0..PARTNERS).flat_map(|partner| (0..FEEDS).map(move |feed| (format!("p{partner}_f{feed}"), 5)));
    small.chain([("whale_f0".to_owned(), LARGE_ROWS as u64)]).collect()
}

#[test]
fn of_forty_deliveries_at_once_none_waits_for_the_large_one() {
    let place = place();
    let ran = watch(&place);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told = told(&ran);
    let large = told.iter().position(|path| path == "whale/F0_20260803.csv").unwrap();
    // It is begun when the others are done, but for those that are under way beside it.
    assert!(large + WORKERS > PARTNERS * FEEDS, "{large} of {}", told.len());
    assert_eq!(rows(&place), expected());
}

#[test]
fn a_kill_among_forty_deliveries_loses_none() {
    let place = place();
    let mut command = place.command(&["intake", "watch", "landing", "--json", "--workers", "3"]);
    let mut watching = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Wherever it is by then: what is left is done by the next.
    while rows(&place).len() < PARTNERS {
        thread::sleep(Duration::from_millis(100));
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    let before = rows(&place).len();
    let ran = watch(&place);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(rows(&place), expected());
    let after = told(&ran).len();
    assert!(before + after > PARTNERS * FEEDS, "{before} before the kill, {after} after it");
    assert_eq!(told(&watch(&place)), Vec::<String>::new(), "nothing is left, and nothing is done again");
}
