//! Looks the incomplete records of a folder up in its reference, and prints what that takes:
//!
//!     people DIR --config FILE --model FILE [--train FILE] [--out FILE] [--repairs FILE]
//!
//! DIR has `reference.csv` and `incomplete.csv` in the common schema, each key once; the configuration is one matcher. Written are outcomes and
//! repaired cells as CSV. With `--train` a model is trained first and written there,
//! with its chart beside it.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "it fails by panicking")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_matching::chart::svg;
use carelake_matching::config::Matcher;
use carelake_matching::decide::{Answer, Claim, Decider, Outcome, Reason, Record, claimed_twice};
use carelake_matching::index::{About, Builder, Index};
use carelake_matching::link::{join, links};
use carelake_matching::model::Model;
use carelake_matching::record::{Layout, Prepared, prepare};
use carelake_matching::train::train;
use jiff::civil::date;

/// Rows that are made ready at once.
const BATCH: usize = 50_000;

struct Table {
    names: Vec<String>,
    reader: csv::Reader<fs::File>,
}

impl Table {
    fn open(path: &Path) -> Self {
        let mut reader = csv::Reader::from_path(path).unwrap();
        Self { names: reader.headers().unwrap().iter().map(str::to_owned).collect(), reader }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn batch(&mut self) -> Vec<csv::StringRecord> {
        self.reader.records().take(BATCH).map(Result::unwrap).collect()
    }
}

fn ready(matcher: &Matcher, layout: &Layout, places: &[Option<usize>], rows: &[csv::StringRecord]) -> Vec<Prepared> {
    let cells = |row: &csv::StringRecord| -> Vec<Option<String>> {
        let cell = |place: &Option<usize>| place.map(|place| row[place].to_owned()).filter(|cell| !cell.is_empty());
        places.iter().map(cell).collect()
    };
    let rows: Vec<Vec<Option<String>>> = rows.iter().map(cells).collect();
    prepare(matcher, layout, date(2026, 11, 1), &rows)
}

fn option(name: &str) -> Option<PathBuf> {
    let mut given = std::env::args().skip_while(|argument| argument != name);
    given.next()?;
    given.next().map(PathBuf::from)
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let mut mistakes = Mistakes::default();
    let root = parse(&fs::read_to_string(option("--config").unwrap()).unwrap(), &mut mistakes).unwrap();
    let matcher = Matcher::read("people", &Spot::root(&root), Path::new(""), &mut mistakes);
    for problem in mistakes.into_problems() {
        println!("{problem}");
    }
    let layout = Layout::new(&matcher, date(2026, 11, 1));
    let began = Instant::now();
    let (mut builder, mut keys) = (Builder::new(&matcher, &layout), HashMap::new());
    let links_any = matcher.rules.iter().any(|rule| rule.links_reference);
    let mut table = Table::open(&folder.join("reference.csv"));
    let places: Vec<Option<usize>> = layout.columns().iter().map(|name| table.place(name)).collect();
    let [source, id] = ["data_source", "patient_id"].map(|name| table.place(name).unwrap());
    let required: Vec<usize> = matcher.input.required.iter().map(|name| layout.slot(name).unwrap()).collect();
    loop {
        let rows = table.batch();
        if rows.is_empty() {
            break;
        }
        for (row, ready) in rows.iter().zip(ready(&matcher, &layout, &places, &rows)) {
            if required.iter().any(|slot| ready.values[*slot].is_none()) {
                continue;
            }
            let about =
                About { data_source: &row[source], partner: None, patient_id: &row[id], observed: "", person: None };
            builder.add(about, &ready).unwrap();
            if links_any {
                keys.insert(format!("{}/{}", &row[source], &row[id]), ready.keys);
            }
        }
    }
    println!("read {:.2} s, {:.2} s of the processor", began.elapsed().as_secs_f64(), cpu());
    let (began, used) = (Instant::now(), cpu());
    let mut index = builder.finish().unwrap();
    let (seconds, used, count) = (began.elapsed().as_secs_f64(), cpu() - used, index.len());
    println!("sorted {seconds:.2} s, {used:.2} s of the processor: {count} records");
    if links_any {
        let began = Instant::now();
        let of = |place: u32| {
            let (source, id) = index.key(place);
            keys[&format!("{source}/{id}")].clone()
        };
        let found = links(&index, of, |_| true);
        let linked = join(&index, &found);
        println!("linked {:.2} s: {} links, {} apart", began.elapsed().as_secs_f64(), found.len(), linked.apart.len());
        index.set_persons(linked.persons);
    }
    drop(keys);
    let path = option("--train").inspect(|path| train_model(&folder, &index, path)).or_else(|| option("--model"));
    let model = Model::read(&fs::read_to_string(path.unwrap()).unwrap(), &matcher).unwrap();
    look_up(&folder, &index, &model);
    println!("peak {} MB", peak());
}

fn train_model(folder: &Path, index: &Index<'_>, path: &Path) {
    let began = Instant::now();
    let mut table = Table::open(&folder.join("incomplete.csv"));
    let places: Vec<Option<usize>> = index.layout.columns().iter().map(|name| table.place(name)).collect();
    let [source, id] = ["data_source", "patient_id"].map(|name| table.place(name).unwrap());
    let (mut keys, mut all) = (Vec::new(), Vec::new());
    loop {
        let rows = table.batch();
        if rows.is_empty() {
            break;
        }
        all.extend(ready(index.matcher, index.layout, &places, &rows));
        keys.extend(rows.iter().map(|row| [row[source].to_owned(), row[id].to_owned()]));
    }
    let mut records = Vec::with_capacity(all.len());
    for ([data_source, patient_id], row) in keys.iter().zip(&all) {
        records.push(Record { data_source, partner: None, patient_id, row, decisions: &[] });
    }
    let trained = train(index, &records, &[]).unwrap();
    let (rounds, found) = (trained.iterations, trained.found);
    println!("trained {:.2} s: {rounds} rounds, {found:.4} found", began.elapsed().as_secs_f64());
    for warning in &trained.warnings {
        println!("  {warning}");
    }
    fs::write(path.with_extension("svg"), svg(&trained.bins, index.matcher.thresholds)).unwrap();
    let json = trained.to_json(index.matcher, serde_json::Value::Null);
    fs::write(path, serde_json::to_string_pretty(&json).unwrap()).unwrap();
}

fn look_up(folder: &Path, index: &Index<'_>, model: &Model) {
    let (matcher, layout) = (index.matcher, index.layout);
    let decider = Decider::new(index, model);
    let mut table = Table::open(&folder.join("incomplete.csv"));
    let places: Vec<Option<usize>> = layout.columns().iter().map(|name| table.place(name)).collect();
    let [source, id] = ["data_source", "patient_id"].map(|name| table.place(name).unwrap());
    let mut all: Vec<([String; 2], Answer)> = Vec::new();
    let (mut preparing, mut deciding, used) = (0.0, 0.0, cpu());
    loop {
        let began = Instant::now();
        let rows = table.batch();
        if rows.is_empty() {
            break;
        }
        let ready = ready(matcher, layout, &places, &rows);
        preparing += began.elapsed().as_secs_f64();
        let began = Instant::now();
        let record = |(row, ready)| {
            let row: &csv::StringRecord = row;
            Record { data_source: &row[source], partner: None, patient_id: &row[id], row: ready, decisions: &[] }
        };
        let records: Vec<Record<'_>> = rows.iter().zip(&ready).map(record).collect();
        let answers = decider.answer(&records);
        deciding += began.elapsed().as_secs_f64();
        all.extend(rows.iter().map(|row| [row[source].to_owned(), row[id].to_owned()]).zip(answers));
    }
    let used = cpu() - used;
    println!("prepared {preparing:.2} s, decided {deciding:.2} s, {used:.2} s of the processor: {} records", all.len());
    one_to_one(index, &mut all);
    if let Some(path) = option("--out") {
        write_outcomes(index, &all, &path);
    }
    if let Some(path) = option("--repairs") {
        write_repairs(folder, index, &all, &path);
    }
}

fn one_to_one(index: &Index<'_>, all: &mut [([String; 2], Answer)]) {
    let exact: Vec<usize> = (0..all.len()).filter(|number| all[*number].1.person.is_some()).collect();
    let persons: Vec<String> = exact.iter().map(|number| index.person_id(all[*number].1.person.unwrap())).collect();
    let mut claims = Vec::with_capacity(exact.len());
    for (number, person) in exact.iter().zip(&persons) {
        let ([data_source, patient_id], answer) = &all[*number];
        let (is_decided, is_known_otherwise) = (answer.reason == Reason::Decision, answer.is_known_otherwise);
        claims.push(Claim { data_source, delivery: "", patient_id, person, is_decided, is_known_otherwise });
    }
    let twice = claimed_twice(index.matcher.one_to_one, &claims);
    for (number, twice) in exact.into_iter().zip(twice) {
        if twice {
            all[number].1.claim_twice();
        }
    }
}

fn write_outcomes(index: &Index<'_>, all: &[([String; 2], Answer)], path: &Path) {
    let mut table = csv::Writer::from_path(path).unwrap();
    let head = "data_source,patient_id,outcome,reason,matched_data_source,matched_patient_id,weight,candidates";
    table.write_record(head.split(',')).unwrap();
    for ([source, id], answer) in all {
        let first = answer.candidates.first().filter(|_| answer.outcome != Outcome::Nobody);
        let (matched_source, matched_id) = first.map_or(("", ""), |first| index.key(first.place));
        let weight = first.map_or_else(String::new, |first| first.weight.to_string());
        let outcome = answer.outcome.word().unwrap_or("complete");
        let reason = answer.outcome.word().map_or_else(String::new, |_| answer.reason.text(index.matcher));
        let count = answer.candidates.len().to_string();
        table.write_record([source, id, outcome, &reason, matched_source, matched_id, &weight, &count]).unwrap();
    }
}

/// Writes the cells as published, which a second reading of the reference finds.
fn write_repairs(folder: &Path, index: &Index<'_>, all: &[([String; 2], Answer)], path: &Path) {
    let mut wanted: HashMap<(String, String), csv::StringRecord> = HashMap::new();
    for given in all.iter().flat_map(|(_, answer)| &answer.repaired.given) {
        let (source, id) = index.key(given.from);
        wanted.insert((source.to_owned(), id.to_owned()), csv::StringRecord::new());
    }
    let mut table = Table::open(&folder.join("reference.csv"));
    let [source, id] = ["data_source", "patient_id"].map(|name| table.place(name).unwrap());
    for row in table.reader.records().map(Result::unwrap) {
        if let Some(kept) = wanted.get_mut(&(row[source].to_owned(), row[id].to_owned())) {
            *kept = row;
        }
    }
    let mut written = csv::Writer::from_path(path).unwrap();
    written.write_record(["data_source", "patient_id", "column", "value"]).unwrap();
    for ([source, id], answer) in all {
        for given in &answer.repaired.given {
            let name = &index.layout.slots()[given.slot].name;
            let (from_source, from_id) = index.key(given.from);
            let row = &wanted[&(from_source.to_owned(), from_id.to_owned())];
            let place = table.names.iter().position(|known| known == name).unwrap();
            written.write_record([source, id, name, &row[place]]).unwrap();
        }
    }
}

/// Seconds of the processor that the process used, as Linux counts them.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind.split_whitespace().skip(11).take(2).filter_map(|number| number.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// The most memory that the process had, in MB, as Linux says it.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or_default() / 1_024
}
