//! Takes and publishes the shards of a folder in a lake that goes with it, and prints what that takes:  measure FOLDER
//!
//! FOLDER has `stream.yaml`, the section of one stream, and `shards/`, a file of records for each shard. Printed are seconds of the processor,
//! and of batches of 100 records how long one takes to be staged, beside how long the store takes to write as many bytes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it fails by panicking"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use carelake_core::config::Secret;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;
use carelake_core::store::{LocalStore, Store};
use carelake_lookup::Lookup;
use carelake_streams::config::read;
use carelake_streams::enrich::{Kept, Sources};
use carelake_streams::flush::flush;
use carelake_streams::publish::{StreamError, World};
use carelake_streams::read::take_files;
use carelake_streams::take::answer;
use jiff::Timestamp;

/// Records of a batch, and batches that are taken after one to warm up.
const RECORDS: usize = 100;
const BATCHES: usize = 50;

/// What is measured looks nothing up.
struct Nobody(Kept);

impl Sources for Nobody {
    fn lookup(&self, _: &str) -> Result<(Box<dyn Lookup + '_>, Duration), StreamError> {
        panic!("the stream has no look-ups")
    }

    fn secret(&self, _: &Secret) -> Result<String, StreamError> {
        panic!("the stream asks no server")
    }

    fn kept(&self) -> &Kept {
        &self.0
    }
}

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let text = fs::read_to_string(Path::new(&folder).join("stream.yaml")).unwrap();
    let mut mistakes = Mistakes::default();
    let root = parse(&text, &mut mistakes).unwrap();
    let stream =
        read(&Spot::root(&root).child("streams").unwrap(), Path::new(&folder), &mut mistakes).streams.remove(0);
    let lake = tempfile::tempdir().unwrap();
    let store = |name: &str| LocalStore::new(lake.path().join(name));
    let (output, raw, rejects, shards) =
        (store("output"), store("raw"), store("rejects"), LocalStore::new(Path::new(&folder).join("shards")));
    let ledger = SqliteLedger::open(&lake.path().join("ledger.sqlite")).unwrap();
    let (scope, now) = (Scope::default(), Timestamp::now);
    let world = World {
        store: &output,
        raw: &raw,
        rejects: &rejects,
        ledger: &ledger,
        sources: &Nobody(Kept::default()),
        scratch: lake.path(),
        scope: &scope,
        execution: None,
        code_version: "0.1.0",
        now: &now,
    };
    let began = cpu();
    let took = take_files(&world, &stream, &shards, "").unwrap();
    let taken = cpu();
    println!("take    {:6.2} s of {} records", (taken - began).as_secs_f64(), took.delivered);
    loop {
        let began = cpu();
        let flushed = flush(&world, &stream).unwrap();
        println!(
            "flush   {:6.2} s of {} rows, {} files, {} rows now",
            (cpu() - began).as_secs_f64(),
            flushed.account.published,
            flushed.files,
            flushed.latest
        );
        if !flushed.is_more {
            break;
        }
    }
    println!("both    {:6.2} s", (cpu() - began).as_secs_f64());

    let file = fs::read_dir(Path::new(&folder).join("shards")).unwrap();
    let file =
        file.map(|file| file.unwrap().path()).find(|path| path.extension().is_some_and(|it| it == "ndjson")).unwrap();
    let lines: Vec<String> =
        fs::read_to_string(file).unwrap().lines().take(RECORDS * (BATCHES + 1)).map(str::to_owned).collect();
    let (mut times, mut writes) = (Vec::new(), Vec::new());
    for (at, records) in lines.chunks(RECORDS).enumerate() {
        let event = format!("{{\"Records\":[{}]}}", records.join(","));
        let began = Instant::now();
        answer(&world, &stream, &event).unwrap();
        times.push(began.elapsed());
        let began = Instant::now();
        raw.create(&format!("probe/{at}"), event.as_bytes()).unwrap();
        writes.push(began.elapsed());
    }
    println!("batch   {:6.2} ms of {RECORDS} records, {:.2} ms of the store", median(times), median(writes));
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

/// Seconds of the processor that this process took: fields 14 and 15 of its line, in hundredths of a second.
fn cpu() -> Duration {
    let line = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = line.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
