//! Writes the rows of views as lines of JSON, a file for each view, to be compared with those of others:  rows VIEWS OUT NDJSON…
//!
//! What has no row, and lines that are no resource, are told with their place and nothing of what they hold.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it fails by panicking")]

use std::fs;
use std::path::Path;

use carelake_fhirpath::{Reader, References, Settings, Source, Views};
use jiff::Timestamp;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, files @ ..] = arguments.as_slice() else {
        println!("rows VIEWS OUT NDJSON...");
        return;
    };
    let views = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let views = views.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let texts: Vec<(String, Vec<u8>)> =
        views.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    let sources: Vec<Source<'_>> = texts.iter().map(|(file, text)| Source { file, text }).collect();
    let views = Views::compile(&sources, Settings { as_of: Timestamp::UNIX_EPOCH }).unwrap();
    let references = References::new(["https://fhir.example.org/r4"]);
    let mut reader = Reader::new(views.names());
    let mut rows = vec![String::new(); views.iter().len()];
    for file in files {
        for (line, number) in fs::read(file).unwrap().split(|byte| *byte == b'\n').zip(1..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match reader.read(line) {
                Err(error) => println!("{file}:{number}: {error}"),
                Ok(resource) => {
                    for (view, rows) in rows.iter_mut().enumerate() {
                        if let Err(error) = views.json_rows(view, &resource, &references, None, rows) {
                            println!("{file}:{number}: {error}");
                        }
                    }
                }
            }
        }
    }
    fs::create_dir_all(out).unwrap();
    for (view, rows) in views.iter().zip(rows) {
        fs::write(Path::new(out).join(format!("{}.ndjson", view.name())), rows).unwrap();
    }
}
