//! Reads a file of resources, one a line, fills the columns of all views of a folder, and writes them as Parquet:  measure NDJSON VIEWS
//!
//! Printed are seconds of the processor: of reading lines alone, of reading and filling, and of all three. With a third argument only that
//! step is done, for a profiler: `read`, `fill`, `write`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it fails by panicking")]

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use carelake_fhirpath::{Filler, Reader, References, Settings, Source, Views};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

/// How many rows a batch has.
const BATCH: usize = 8_192;

/// How far a pass goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Step {
    Read,
    Fill,
    Write,
}

/// Bytes that are counted and thrown away.
#[derive(Default)]
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, folder, steps @ ..] = arguments.as_slice() else {
        println!("measure NDJSON VIEWS [read|fill|write]");
        return;
    };
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let texts: Vec<(String, Vec<u8>)> =
        files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    let sources: Vec<Source<'_>> = texts.iter().map(|(file, text)| Source { file, text }).collect();
    let views = Arc::new(Views::compile(&sources, Settings { as_of: Timestamp::UNIX_EPOCH }).unwrap());
    for (name, step) in [("read", Step::Read), ("fill", Step::Fill), ("write", Step::Write)] {
        if steps.is_empty() || steps.iter().any(|wanted| wanted == name) {
            let began = cpu();
            let (resources, rows, bytes) = pass(file, &views, step);
            println!(
                "{name}: {:.2} s of the processor, {resources} resources, {rows} rows, {bytes} bytes",
                cpu() - began
            );
        }
    }
}

/// Goes through a file; answers how many resources it has, how many rows they give, and how many bytes those take.
fn pass(file: &str, views: &Arc<Views>, step: Step) -> (usize, usize, u64) {
    let references = Arc::new(References::new(["https://fhir.example.org/r4"]));
    let mut reader = Reader::new(views.names());
    let mut filler = Filler::new(views, &references);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let writer = |schema| ArrowWriter::try_new(Counted::default(), schema, Some(properties.clone())).unwrap();
    let mut writers: Vec<ArrowWriter<Counted>> = views.iter().map(|view| writer(view.schema())).collect();
    let mut lines = BufReader::with_capacity(1 << 20, File::open(file).unwrap());
    let (mut line, mut resources, mut rows) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        let is_end = lines.read_until(b'\n', &mut line).unwrap() == 0;
        if !is_end {
            let resource = reader.read(&line).unwrap();
            resources += 1;
            if step > Step::Read {
                filler.push(&resource, None);
            }
        }
        for (view, writer) in writers.iter_mut().enumerate() {
            let waiting = filler.rows(view);
            if waiting >= BATCH || is_end && waiting > 0 {
                let batch: RecordBatch = filler.finish(view).unwrap();
                rows += batch.num_rows();
                if step > Step::Fill {
                    writer.write(&batch).unwrap();
                }
            }
        }
        if is_end {
            let bytes = writers.into_iter().map(|writer| writer.into_inner().unwrap().0).sum();
            return (resources, rows, bytes);
        }
    }
}

/// Seconds of the processor that this process took.
fn cpu() -> f64 {
    let status = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = status.rsplit_once(')').unwrap();
    // Ticks in user and in system mode, a hundred a second.
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}
