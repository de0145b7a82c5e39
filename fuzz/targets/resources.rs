//! Any line is a resource or says what it is not; any expression on it, which is the line before it, has an answer or an error.

#![no_main]

use std::sync::Arc;

use carelake_fhirpath::{Filler, Reader, References, Settings, Source, Views};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (path, line) = bytes.split_at(at);
    let _ = Reader::whole().read(line);
    let Ok(path) = std::str::from_utf8(path) else { return };
    let view = json!({"resource": "Patient", "where": [{"path": path}], "select": [
        {"column": [{"name": "a", "path": path, "type": "date"}, {"name": "b", "path": path, "collection": true}]},
        {"forEachOrNull": path, "column": [{"name": "c", "path": path, "type": "decimal"}]}]});
    let text = view.to_string();
    let source = Source { file: "v.json", text: text.as_bytes() };
    let Ok(views) = Views::compile(&[source], Settings { as_of: jiff::Timestamp::UNIX_EPOCH }) else { return };
    let views = Arc::new(views);
    let (mut reader, mut filler) = (Reader::new(views.names()), Filler::new(&views, &Arc::new(References::default())));
    if let Ok(resource) = reader.read(line) {
        filler.push(&resource, None);
        filler.finish(0).expect("the columns have the types of their schema");
    }
});
