//! What clinicians costs beside the least that anybody could do with the same rows.
//!
//! `limit [FILE]` reads every record of a clinicians file and encodes the rows that win, all cells as text, without judging a
//! row, finding winners, hashing, verifying or publishing: the limit. Then it runs the job. Each prints a line of JSON.
//! `limit --only none|scan|write|publish` does one part of it on rows made here, for counting instructions: `bench/instructions.py`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench, not a part of the product")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use carelake_clinicians::{DATASET, TABLE};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Publication;
use carelake_core::store::{LocalStore, Store};
use carelake_core::table::{Field, Kind, Label, Lineage, PartWriter, Table};
use carelake_tabular::config::{Config, DatasetSpec};
use carelake_tabular::csv::{Pieces, Scanner};
use carelake_tabular::dedup::{Contest, places};
use carelake_tabular::inputs::{Inputs, OpenSource};
use carelake_tabular::job::{Request, Services, run};
use carelake_tabular::placing::{Partition, Placing};
use carelake_tabular::source::{Fate, Source};
use jiff::Timestamp;
use rayon::prelude::*;

const CONFIG: &str = include_str!("../../../pipeline_config.yaml");
const SOURCE: &str = "dac";
const RUN: &str = "2026-11-01.1";
/// Rows that are made when no file is given.
const ROWS: u64 = 20_000;

/// A column of text for each of the dataset's.
const BARE: Table = Table { fields: &[Field::new("cell", Kind::Text, "a cell as it stands in the file"); 30] };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let only = arguments.iter().position(|argument| argument == "--only").and_then(|at| arguments.get(at + 1));
    let folder = tempfile::tempdir().unwrap();
    let file = match (only, arguments.first()) {
        (None, Some(file)) => PathBuf::from(file),
        _ => made(folder.path()),
    };
    let config = Arc::new(Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap());
    let store: Arc<dyn Store> = Arc::new(LocalStore::new(folder.path()));
    let inputs = || {
        Inputs::new(Arc::clone(&config), Arc::clone(&store), folder.path())
            .with_files(BTreeMap::from([(SOURCE.to_owned(), file.clone())]))
    };
    match only.map(String::as_str) {
        Some("none") => drop(inputs().open(SOURCE).unwrap().source.sha256().unwrap().len()),
        Some("publish") => publish(&config, &inputs(), folder.path()),
        Some(part) => {
            let open = inputs().open(SOURCE).unwrap();
            let partitions = winners(&config, &open);
            if part == "write" {
                encode(&open.source, &partitions);
            }
        }
        None => {
            let open = inputs().open(SOURCE).unwrap();
            let partitions = winners(&config, &open);
            time("limit", || {
                records(&open.source);
                encode(&open.source, &partitions);
            });
            time("clinicians", || publish(&config, &inputs(), folder.path()));
        }
    }
}

fn time(name: &str, work: impl FnOnce()) {
    let started = Instant::now();
    work();
    println!("{{\"name\": \"{name}\", \"seconds\": {:.3}}}", started.elapsed().as_secs_f64());
}

/// Finds every record and field of the file, and makes nothing of them.
fn records(source: &Source) {
    let pieces = Pieces::new(source.bytes(), 0, 2 << 20);
    let fields: usize = (0..pieces.count())
        .into_par_iter()
        .map(|number| {
            let chunk = pieces.guess(number);
            let mut scanner = Scanner::new(source.bytes(), source.spec().delimiter, chunk.start);
            let (mut next, mut fields) = (chunk.start, 0);
            while next < chunk.limit
                && let Ok(Some(extent)) = scanner.next_record()
            {
                next = extent.next;
                fields += scanner.fields().len();
            }
            fields
        })
        .sum();
    std::hint::black_box(fields);
}

/// Scans the file as the job does, and finds the rows that win.
fn winners(config: &Config, open: &OpenSource) -> Vec<Partition<u64>> {
    let dataset: &DatasetSpec = config.dataset(DATASET.name).unwrap();
    let publication = dataset.publications.first().unwrap();
    let contest = Contest::new(open.source.spec(), &publication.key, &publication.order).unwrap();
    let placing =
        Arc::new(Placing::new(open.source.spec(), open.source.file(), SOURCE, &dataset.partition_by).unwrap());
    let (packing, folders) = (contest.clone(), Arc::clone(&placing));
    let fold = move |candidates: &mut Vec<_>, row: &carelake_tabular::source::Row<'_>| {
        packing.push(candidates, packing.candidate(row, folders.number(row)));
        Fate::Kept
    };
    let scan = open.source.scan(Vec::new, fold).unwrap();
    let (winners, _) = contest.winners(&open.source, scan.parts);
    placing.distribute(places(&winners)).unwrap()
}

/// Encodes the cells of rows as text.
fn encode(source: &Source, partitions: &[Partition<u64>]) {
    let texts: Vec<_> = source
        .spec()
        .columns
        .iter()
        .filter_map(|column| source.text_column_if_any(&column.name).ok())
        .cycle()
        .take(BARE.fields.len())
        .collect();
    let bytes: usize = partitions
        .par_iter()
        .map(|partition| {
            let lineage = Lineage {
                run_id: RUN.to_owned(),
                ingested_at: Timestamp::UNIX_EPOCH,
                source_file: source.file().to_owned(),
            };
            let mut reader = source.reader();
            let mut writer = PartWriter::new(BARE, lineage, &Label::default(), partition.rows.len()).unwrap();
            for offset in &partition.rows {
                let row = reader.row_at(*offset).unwrap();
                writer.row(|cells| texts.iter().for_each(|column| cells.text(row.text(*column).as_deref()))).unwrap();
            }
            writer.finish().unwrap().iter().map(|part| part.bytes.len()).sum::<usize>()
        })
        .sum();
    std::hint::black_box(bytes);
}

/// Runs the whole job.
fn publish(config: &Config, inputs: &Inputs, folder: &Path) {
    let (output, rejects) = (LocalStore::new(folder.join("out")), LocalStore::new(folder.join("rejects")));
    let ledger = SqliteLedger::open(&folder.join("ledger.sqlite")).unwrap();
    let services = Services::new(config, inputs, &output, &rejects, &ledger);
    let publication = Publication::of_dataset(DATASET.name);
    let request = Request { accept_loss: true, ..Request::new(publication, RUN.parse().unwrap()) };
    let report = run(services, &request, &DATASET).unwrap();
    assert!(report.rows > 0 && !TABLE.fields.is_empty());
}

/// Makes a file of clinicians: two rows each, in states and with texts that repeat as they do in the published file.
fn made(folder: &Path) -> PathBuf {
    let mut text = String::from(
        "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,Provider Middle Name,suff,gndr,Cred,Med_sch,Grd_yr,\
         pri_spec,sec_spec_all,Telehlth,Facility Name,org_pac_id,num_org_mem,adr_ln_1,adr_ln_2,ln_2_sprs,City/Town,State,\
         ZIP Code,Telephone Number,ind_assgn,grp_assgn,adrs_id\n",
    );
    let states = ["CA", "TX", "FL", "NY", "PA", "OH", "ME", "PR"];
    for row in 0..ROWS {
        let person = row / 2;
        let state = states.get((person % 8) as usize).unwrap();
        writeln!(
            text,
            "{},{:010},I2004{:02}{:02}{:06},LASTNAME{},FIRST{},M,,F,MD,\"UNIVERSITY {}, MEDICINE\",{},SPECIALTY {},,N,\
             \"GROUP {}, LLC\",{:010},{},{} MAIN ST,SUITE {},,CITY {},{state},{:09},{:010},Y,Y,ADDRESS{row}",
            npi(person),
            person + 7,
            person % 12 + 1,
            person % 28 + 1,
            row % 1_000_000,
            person % 3_000,
            person % 500,
            person % 150,
            1960 + person % 60,
            person % 80,
            person % 900,
            person % 900 + 5,
            person % 300 + 1,
            row % 9_000,
            row % 400,
            person % 700,
            10_000_000 + row % 5_000,
            2_075_550_000 + row,
        )
        .unwrap();
    }
    let path = folder.join("dac.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// Returns an NPI whose check digit holds.
fn npi(number: u64) -> u64 {
    let base = (100_000_000 + number) * 10;
    let holds = |npi: &u64| carelake_core::value::Npi::parse(npi.to_string().as_bytes(), false).is_ok();
    (base..base + 10).find(holds).unwrap()
}
