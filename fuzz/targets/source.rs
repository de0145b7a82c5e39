//! Any file is read as a source, packed or not, in one piece or in many, with the same counts.

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use carelake_core::store::LocalStore;
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::source::{Fate, Tally};
use libfuzzer_sys::fuzz_target;

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    let text = include_str!("../../pipeline_config.yaml");
    Arc::new(Config::parse(text, Path::new("pipeline_config.yaml")).expect("the shipped configuration is sound"))
});
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fn read(source: &str, file: &Path, piece_bytes: usize) -> Option<Tally> {
    let store = Arc::new(LocalStore::new(FOLDER.path().to_owned()));
    let inputs = Inputs::new(Arc::clone(&CONFIG), store, FOLDER.path())
        .with_files([(source.to_owned(), PathBuf::from(file))].into())
        .with_chunk_size(piece_bytes);
    let open = inputs.open(source).ok()?;
    open.source.scan(|| (), |(), _| Fate::Kept).ok().map(|scan| scan.tally)
}

fuzz_target!(|bytes: &[u8]| {
    let file = FOLDER.path().join("file.csv");
    std::fs::write(&file, bytes).expect("the folder can be written to");
    for source in ["hospital_general_information", "enrollments"] {
        let (whole, pieces) = (read(source, &file, 1 << 20), read(source, &file, 64));
        let count = |tally: &Option<Tally>| tally.as_ref().map(|tally| (tally.rows_read, tally.rejects.len()));
        assert_eq!(count(&whole), count(&pieces), "pieces make no difference");
    }
});
