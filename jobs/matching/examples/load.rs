//! Loads a table of complete rows into a reference, and as many of it again as if they came later, and prints what that takes:
//!
//!     load reference.csv --config FILE [--later 1000]
//!
//! The table is in the common schema, each key once; the configuration is one matcher.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "it fails by panicking")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_matching::config::Matcher;
use carelake_matching::reference::{Columns, Difference, Key, Reference, ReferenceDatabase, ReferenceError, Row};
use carelake_matching::run::Engine;

fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn rows(path: &str, run: u32, most: usize) -> impl Iterator<Item = Result<Row, ReferenceError>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    reader.into_records().take(most).map(move |record| {
        let record = record.unwrap();
        let cells = names.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        let columns: Columns = cells.map(|(name, cell)| (name.clone(), cell.to_owned())).collect();
        // Rows that come later are of other persons.
        let id = if run == 1 { columns["patient_id"].clone() } else { format!("{}-later", columns["patient_id"]) };
        Ok(Row {
            key: Key::new(&columns["data_source"], &id),
            observed: "2026-10-01".to_owned(),
            publication: "files/people_reference".to_owned(),
            run_id: format!("2026-11-01.{run}").parse().unwrap(),
            source_file: String::new(),
            columns,
        })
    })
}

fn main() {
    let table = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(option("--config").unwrap()).unwrap();
    let mut mistakes = Mistakes::default();
    let root = parse(&text, &mut mistakes).unwrap();
    let engine = Engine::new(Matcher::read("people", &Spot::root(&root), &PathBuf::new(), &mut mistakes));
    let folder = PathBuf::from("load.tmp");
    let mut reference = ReferenceDatabase::file(&folder.join("people.sqlite")).unwrap();
    let later = option("--later").map_or(1_000, |count| count.parse().unwrap());
    for (run, most) in [(1, usize::MAX), (2, later)] {
        let begun = Instant::now();
        let new = BTreeSet::from([("files/people_reference".to_owned(), format!("2026-11-01.{run}"))]);
        let difference = Difference { new, ..Difference::default() };
        let loaded = reference.load(&engine, &difference, &mut rows(&table, run, most)).unwrap();
        println!("{:.1} s: {loaded:?}", begun.elapsed().as_secs_f64());
    }
    let begun = Instant::now();
    let digests = reference.digests().unwrap();
    println!(
        "{:.1} s: {} records, {} persons",
        begun.elapsed().as_secs_f64(),
        digests.record_count,
        digests.person_count
    );
    std::fs::remove_dir_all(folder).unwrap();
}
