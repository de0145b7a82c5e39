//! Builds the laboratory of `examples/lab` on files that a generator wrote: `laboratory CONFIG_FOLDER INPUT OUTPUT AS_OF RUN…`.
//!
//! INPUT has `<table>/run=<run>/*.parquet`; the runs that are named are published as they are, then every model is built into
//! OUTPUT/output. Prints what became of each model. A comparison with other answers reads OUTPUT/output/curated.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::{Runs, SqliteLedger};
use carelake_core::names::{Column, Publication, Scope};
use carelake_core::publish::{Desk, Details, Keep, Opening, Publishing, Serves, Swap};
use carelake_core::store::LocalStore;
use carelake_core::table::{BatchWriter, Label, Shape, type_name};
use carelake_curated::build::{Options, World, build};
use carelake_curated::config::read;
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, input, output, as_of, runs @ ..] = arguments.as_slice() else {
        return Err("laboratory CONFIG_FOLDER INPUT OUTPUT AS_OF RUN…".into());
    };
    let (folder, output, as_of) = (Path::new(folder), Path::new(output), as_of.parse::<Date>()?);
    std::fs::create_dir_all(output)?;
    let store = LocalStore::new(output.join("output"));
    let rejects = LocalStore::new(output.join("rejects"));
    let ledger = SqliteLedger::open(&output.join("ledger.sqlite"))?;
    for table in std::fs::read_dir(input)? {
        let table = table?.path();
        for run in runs {
            publish(&store, &ledger, &table, run, as_of)?;
        }
    }
    let mut mistakes = Mistakes::default();
    let text = std::fs::read_to_string(folder.join("pipeline.yaml"))?;
    let node = parse(&text, &mut mistakes).ok_or("the configuration cannot be read")?;
    let section = Spot::root(&node).child("curated").ok_or("there is no section")?;
    let curated = read(&section, folder, &mut mistakes);
    let wrong: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    let scope = Scope::default();
    let world = World {
        store: &store,
        rejects: &rejects,
        ledger: &ledger,
        scope: &scope,
        folder: folder.to_owned(),
        execution: None,
        owner: World::owner_of(None, Timestamp::now()),
        code_version: "laboratory",
        now: &Timestamp::now,
        is_cancelled: &|| false,
    };
    let models: Vec<_> = curated.models.iter().collect();
    let mut lines = Vec::new();
    let mut last = Timestamp::now();
    build(&world, &curated, &models, Options { as_of, is_full: false }, |one| {
        let now = Timestamp::now();
        let took = now.duration_since(last).as_secs_f64();
        last = now;
        lines.push(format!(
            "{:<22} {:?} {} rows {took:.2} s {}",
            one.model,
            one.status,
            one.rows,
            one.message.clone().unwrap_or_default()
        ));
        for test in one.tests.iter().filter(|test| test.outcome != carelake_curated::standings::Outcome::Passed) {
            lines.push(format!("  {} {:?} {} {}", test.test, test.outcome, test.failing, test.found));
        }
    })?;
    std::io::Write::write_all(&mut std::io::stdout(), format!("{}\n", lines.join("\n")).as_bytes())?;
    Ok(())
}

fn publish(
    store: &LocalStore,
    ledger: &SqliteLedger,
    table: &Path,
    run: &str,
    as_of: Date,
) -> Result<(), Box<dyn Error>> {
    let name = format!("files/lab_{}", table.file_name().unwrap_or_default().to_string_lossy());
    let publication: Publication = name.parse()?;
    let folder = table.join(format!("run={run}"));
    if !folder.is_dir() {
        return Ok(());
    }
    let given = ledger.id_for(&format!("{name} {run}"), as_of, Timestamp::now())?;
    let opening = Opening {
        serves: Serves::Log,
        owner: name.clone(),
        execution: None,
        baseline: Default::default(),
        lease_secs: 60,
    };
    let desk = Desk { store, ledger, publication: &publication, now: &Timestamp::now };
    let publishing = Publishing::open(desk, opening)?;
    let draft = publishing.draft(given.run_id.clone())?;
    let mut writer: Option<BatchWriter> = None;
    for file in std::fs::read_dir(&folder)? {
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(file?.path())?)?.build()? {
            let batch = batch?;
            let schema = batch.schema();
            let fresh =
                || BatchWriter::new(schema, Shape::default(), |it| Label::of(it, &name, run, as_of, "laboratory"));
            let mut own = match writer.take() {
                Some(writer) => writer,
                None => fresh()?,
            };
            own.push(&batch)?;
            writer = Some(own);
        }
    }
    let Some(writer) = writer else { return Ok(()) };
    let column = |field: &std::sync::Arc<arrow_schema::Field>| Column {
        name: field.name().clone(),
        kind: type_name(field.data_type()).unwrap_or_default(),
        nullable: true,
        description: String::new(),
    };
    let schema = writer.file_schema().fields().iter().map(column).collect();
    for placed in writer.finish()? {
        draft.add(placed.into())?;
    }
    let sealed = draft.seal(Details {
        origin: run.to_owned(),
        made_by: "laboratory".to_owned(),
        part: None,
        joined: Vec::new(),
        as_of,
        started_at: given.first_given_at,
        schema,
        inputs: Vec::new(),
        counts: BTreeMap::new(),
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: Default::default(),
        code_version: "laboratory".to_owned(),
    })?;
    publishing.commit(Swap::run(sealed), Keep::ALL)?;
    Ok(())
}
