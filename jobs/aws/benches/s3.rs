//! What buckets cost beside folders: the clinicians job from a file to folders, and from an object to a bucket of SeaweedFS.
//!
//! `s3 FILE [ROUNDS]` uploads the file once, then runs both and a bare download in turns. Each prints a line of JSON with all its
//! seconds and their median, and the median of the processor time that carelake itself took: the server works on the same processors,
//! and takes more of them than carelake does.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench, not a part of the product"
)]

#[path = "../tests/servers/rig.rs"]
#[expect(dead_code, reason = "a bench needs a part of the rig")]
mod rig;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use carelake_clinicians::DATASET;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Publication;
use carelake_core::store::{LocalStore, Store};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Request, Services, run};
use rig::{Kind, Rig};

const CONFIG: &str = include_str!("../../../pipeline_config.yaml");
/// Name of the object, as the configuration looks for it.
const OBJECT: &str = "DAC_NationalDownloadableFile.csv";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let file = PathBuf::from(arguments.first().expect("the clinicians file"));
    let rounds: usize = arguments.get(1).map_or(3, |rounds| rounds.parse().expect("a number of rounds"));
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(std::fs::canonicalize(&file).unwrap(), folder.path().join(OBJECT)).unwrap();
    let rig = Rig::start(Kind::SeaweedFs);
    rig.store("input").create(OBJECT, &std::fs::read(&file).unwrap()).unwrap();

    let mut measured = BTreeMap::<&str, [Vec<f64>; 2]>::new();
    for round in 0..rounds {
        let at = folder.path().join(round.to_string());
        std::fs::create_dir(&at).unwrap();
        let mut time = |name, work: &dyn Fn()| {
            let (started, taken) = (Instant::now(), processor_seconds());
            work();
            let [seconds, own] = measured.entry(name).or_default();
            seconds.push(started.elapsed().as_secs_f64());
            own.push(processor_seconds() - taken);
        };
        let local = |name: &str| LocalStore::new(at.join(name));
        time("folders", &|| publish(&at, LocalStore::new(folder.path()), &local("output"), &local("rejects")));
        let remote = |name: &str| rig.store(&format!("{round}/{name}"));
        time("bucket", &|| publish(&at, rig.store("input"), &remote("output"), &remote("rejects")));
        time("download", &|| {
            let copy = tempfile::NamedTempFile::new_in(&at).unwrap();
            rig.store("input").fetch(OBJECT, copy.path()).unwrap().wait(u64::MAX).unwrap();
        });
        std::fs::remove_dir_all(&at).unwrap();
    }
    for (name, [seconds, own]) in measured {
        let (own, all) = (median(own), format!("{seconds:.2?}"));
        println!("{{\"name\": \"{name}\", \"seconds\": {:.2}, \"own\": {own:.2}, \"all\": {all}}}", median(seconds));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns the processor time of this process so far, by proc(5): clock ticks in user and in system mode, a hundred a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / 100.0
}

/// Runs the job as a process of its own would: nothing is known of the input.
fn publish(folder: &Path, input: impl Store + 'static, output: &dyn Store, rejects: &dyn Store) {
    let config = Arc::new(Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap());
    let inputs = Inputs::new(Arc::clone(&config), Arc::new(input), folder);
    let scratch = tempfile::tempdir_in(folder).unwrap();
    let ledger = SqliteLedger::open(&scratch.path().join("ledger.sqlite")).unwrap();
    let services = Services::new(&config, &inputs, output, rejects, &ledger);
    let publication = Publication::of_dataset(DATASET.name);
    let request = Request { accept_loss: true, ..Request::new(publication, "2026-11-01.1".parse().unwrap()) };
    assert!(run(services, &request, &DATASET).unwrap().rows > 0);
}
