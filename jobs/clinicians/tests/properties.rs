//! Properties of the job: neither the order of rows, nor the size of the pieces a file is read in, nor the number of threads
//! changes a byte of what is published; and every row is accounted for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Publication;
use carelake_core::store::{LocalStore, Store};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Report, Request, Services, run};
use proptest::prelude::*;

const CONFIG: &str = include_str!("../../../pipeline_config.yaml");

/// NPIs whose check digit holds.
const NPIS: [&str; 4] = ["1000000004", "1000011175", "1234567893", "1245319599"];

#[derive(Debug, Clone)]
struct Line {
    npi: usize,
    state: &'static str,
    day: u32,
    members: Option<u32>,
    name: &'static str,
}

fn line() -> impl Strategy<Value = Line> {
    let state = prop::sample::select(vec!["ME", "me", "PR", "XX", ""]);
    let name = prop::sample::select(vec!["DOE", "\"DOE, \"\"J\"\"\"", "\"DOE\nJR\"", " ÉCLAIR "]);
    (0..5usize, state, 0..4u32, prop::option::of(0..3u32), name).prop_map(|(npi, state, day, members, name)| Line {
        npi,
        state,
        day,
        members,
        name,
    })
}

/// Writes a file; the address id of a line is unique, so that no two lines of a key are equal.
fn file(lines: &[(usize, Line)]) -> String {
    let mut text = String::from("NPI,State,Ind_enrl_ID,lst_nm,num_org_mem,adrs_id\n");
    for (number, line) in lines {
        let npi = NPIS.get(line.npi).copied().unwrap_or("1234567890");
        let day = if line.day == 0 { "not an id".to_owned() } else { format!("I200{}0101000001", line.day + 3) };
        let members = line.members.map(|members| members.to_string()).unwrap_or_default();
        writeln!(text, "{npi},{},{day},{},{members},A{number:04}", line.state, line.name).unwrap();
    }
    text
}

/// Publishes a file and answers the report and the bytes of every part.
fn publish(text: &str, chunk_size: usize, threads: usize) -> (Report, BTreeMap<String, Vec<u8>>) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let path = folder.path().join("dac.csv");
    std::fs::write(&path, text).unwrap();
    let config = CONFIG.replace("  clinicians:\n", "  clinicians:\n    max_reject_ratio: 1\n    min_rows: 0\n");
    let config = Arc::new(Config::parse(&config, Path::new("pipeline_config.yaml")).unwrap());
    let (output, rejects) =
        (LocalStore::new(folder.path().join("out")), LocalStore::new(folder.path().join("rejects")));
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
    let input: Arc<dyn Store> = Arc::new(LocalStore::new(folder.path()));
    let inputs = Inputs::new(Arc::clone(&config), input, folder.path())
        .with_files(BTreeMap::from([("dac".to_owned(), path)]))
        .with_chunk_size(chunk_size);
    let services = Services::new(&config, &inputs, &output, &rejects, &ledger);
    let request = Request::new(Publication::of_dataset("clinicians"), "2026-11-01.1".parse().unwrap());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let report = pool.install(|| run(services, &request, &carelake_clinicians::DATASET)).unwrap();
    let parts = output.list("clinicians/_runs/").unwrap().into_iter().filter(|object| object.key.ends_with(".parquet"));
    let parts = parts.map(|object| (object.key.clone(), output.read(&object.key).unwrap())).collect();
    (report, parts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_pieces_nor_threads_change_a_byte(
        (lines, shuffled) in prop::collection::vec(line(), 0..40).prop_flat_map(|lines| {
            let lines: Vec<(usize, Line)> = lines.into_iter().enumerate().collect();
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
        chunk_size in 1..200usize,
        threads in 1..4usize,
    ) {
        let (report, parts) = publish(&file(&lines), 1 << 20, 1);
        let (again, other_parts) = publish(&file(&shuffled), chunk_size, threads);
        prop_assert_eq!(&parts, &other_parts);
        prop_assert_eq!(report.sources["dac"].account.clone(), again.sources["dac"].account.clone());
        let account = &report.sources["dac"].account;
        prop_assert_eq!(account.read, lines.len() as u64);
        let filtered: u64 = account.filtered.values().sum();
        prop_assert_eq!(account.read, account.published + account.rejects() + filtered + account.duplicates());
    }
}
