//! Sources that are not on this machine: read while their copy still arrives, and removed with it.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Condvar;

use carelake_core::ErrorKind;
use carelake_core::store::{Creation, Edition, Label, LocalStore, Object, StoreError, Upload, Version};

use super::*;
use crate::source::{Fate, Row};

const CONFIG: &str = include_str!("../../../../pipeline_config.yaml");
const FILE: &str = "Revocation_Extract_2026.07.30.csv";

/// A folder as a store elsewhere: copies arrive piece by piece, up to `lost_at` bytes.
#[derive(Debug)]
struct Elsewhere {
    folder: LocalStore,
    lost_at: usize,
}

#[derive(Debug, Default)]
struct Trickle {
    come: Mutex<(u64, bool)>,
    more: Condvar,
}

impl Trickle {
    fn tell(&self, come: u64, is_over: bool) {
        *self.come.lock().unwrap() = (come, is_over);
        self.more.notify_all();
    }
}

/// One end of it.
#[derive(Debug, Clone)]
struct Tap(Arc<Trickle>);

impl Arrival for Tap {
    fn wait(&self, end: u64) -> Result<(), StoreError> {
        let waiting = |(come, is_over): &mut (u64, bool)| *come < end && !*is_over;
        let come = self.0.more.wait_while(self.0.come.lock().unwrap(), waiting).unwrap();
        let lost = || StoreError::from_io("read", "elsewhere", FILE, std::io::ErrorKind::ConnectionReset.into());
        if come.0 == u64::MAX || come.0 >= end { Ok(()) } else { Err(lost()) }
    }
}

impl Store for Elsewhere {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, StoreError> {
        self.folder.list(prefix)
    }
    fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.folder.size(key)
    }
    fn read(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        self.folder.read(key)
    }
    fn read_range(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.folder.read_range(key, range)
    }
    fn read_tail(&self, key: &str, length: u64) -> Result<(Vec<u8>, u64), StoreError> {
        self.folder.read_tail(key, length)
    }
    fn read_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        self.folder.read_versioned(key)
    }
    fn create(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.folder.create(key, bytes)
    }
    fn create_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.folder.create_labelled(key, bytes, label)
    }
    fn label(&self, key: &str) -> Result<Label, StoreError> {
        self.folder.label(key)
    }
    fn upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError> {
        self.folder.upload(key)
    }
    fn edition(&self, key: &str) -> Result<Edition, StoreError> {
        self.folder.edition(key)
    }
    fn fetch_edition(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        self.folder.fetch_edition(key, edition, to)
    }
    fn replace(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        self.folder.replace(key, expected, bytes)
    }
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.folder.delete(key)
    }
    fn local_path(&self, _: &str) -> Option<PathBuf> {
        None
    }
    fn fetch(&self, key: &str, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        let bytes = self.folder.read(key)?;
        let mut file = OpenOptions::new().write(true).open(to).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        let (told, lost_at) = (Arc::new(Trickle::default()), self.lost_at);
        let teller = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut come = 0;
            for piece in bytes[..lost_at.min(bytes.len())].chunks(bytes.len() / 20) {
                file.write_all(piece).unwrap();
                come += piece.len() as u64;
                teller.tell(come, false);
                std::thread::yield_now();
            }
            teller.tell(if come as usize == bytes.len() { u64::MAX } else { come }, true);
        });
        Ok(Box::new(Tap(told)))
    }
    fn describe(&self) -> String {
        "elsewhere".to_owned()
    }
    fn sweep(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError> {
        self.folder.sweep(prefix, dry_run)
    }
}

/// Some megabytes, so that the file is much longer than what is waited for beyond a piece.
fn revocations() -> String {
    let mut text = String::from(
        "ENRLMT_ID,NPI,FIRST_NAME,LAST_NAME,STATE_CD,REVOCATION_RSN,REVOCATION_EFCTV_DT,REENROLLMENT_BAR_EXPRTN_DT\n",
    );
    for row in 0..120_000 {
        writeln!(text, "I2004{row:010},,FIRST,\"LAST, {row}\",FL,424.535(a)(1),01/01/2024,01/01/2027").unwrap();
    }
    text
}

fn rows(inputs: &Inputs) -> Result<(u64, u64, String), &'static ErrorKind> {
    let open = inputs.open("revocations").map_err(|error| error.kind())?;
    let fold = |sum: &mut u64, row: &Row<'_>| {
        *sum += row.offset();
        Fate::Kept
    };
    let scan = open.source.scan(|| 0_u64, fold).map_err(|error| error.kind())?;
    let hash = open.source.sha256().map_err(|error| error.kind())?;
    Ok((scan.tally.rows_read, scan.parts.iter().sum(), hash.to_owned()))
}

#[test]
fn a_file_is_read_while_it_arrives_and_its_copy_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), revocations()).unwrap();
    let config = Arc::new(Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap());
    let read = |store: Arc<dyn Store>| {
        let scratch = tempfile::tempdir().unwrap();
        let inputs = Inputs::new(Arc::clone(&config), store, scratch.path()).with_chunk_size(1 << 16);
        let rows = rows(&inputs);
        drop(inputs);
        // The thread that hashes may hold the source for a moment longer.
        let is_empty = || std::fs::read_dir(scratch.path()).unwrap().next().is_none();
        while !is_empty() {
            std::thread::yield_now();
        }
        rows
    };
    let local = || LocalStore::new(folder.path());
    let here = read(Arc::new(local())).unwrap();
    assert_eq!(here.0, 120_000);
    let elsewhere = |lost_at: usize| Arc::new(Elsewhere { folder: local(), lost_at });
    assert_eq!(read(elsewhere(usize::MAX)).unwrap(), here);
    for lost_at in [10, 1 << 20, 6 << 20] {
        assert_eq!(read(elsewhere(lost_at)), Err(ErrorKind::STORAGE), "lost at {lost_at}");
    }
}

fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("others.pdf", "%PDF"), (name, text), ("endpoint_pfile.csv", "NPI\n")] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Opens a source of files that are elsewhere.
fn open_elsewhere(files: &[(&str, Vec<u8>)], source: &str) -> Result<Arc<OpenSource>, String> {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let config = Arc::new(Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap());
    let store = Elsewhere { folder: LocalStore::new(folder.path()), lost_at: usize::MAX };
    Inputs::new(config, Arc::new(store), scratch.path()).open(source).map_err(|error| error.to_string())
}

#[test]
fn archives_that_are_elsewhere_are_looked_into_before_one_is_fetched() {
    let (full, week) = ("npidata_pfile_20050523-20260712.csv", "npidata_pfile_20260713-20260719.csv");
    let archives = [
        ("NPPES_Data_Dissemination_July_2026.zip", zip(full, "NPI\n1000000004\n")),
        ("NPPES_Data_Dissemination_071326_071926_Weekly.zip", zip(week, "NPI\n")),
    ];
    let open = open_elsewhere(&archives, "nppes").unwrap();
    let files: Vec<&str> = open.files().map(|file| file.source.file()).collect();
    let expected: Vec<String> =
        archives.iter().zip([full, week]).map(|((archive, _), member)| format!("{archive}/{member}")).collect();
    assert_eq!(files, expected);
    assert_eq!(open.source.scan(|| (), |(), _| Fate::Kept).unwrap().tally.rows_read, 1);
}

#[test]
fn keys_below_the_name_of_a_file_are_a_folder_in_any_store() {
    let parts = ["a", "b", "_SUCCESS"].map(|name| format!("DAC_NationalDownloadableFile.csv/{name}"));
    let files: Vec<(&str, Vec<u8>)> = parts.iter().map(|name| (name.as_str(), b"NPI\n".to_vec())).collect();
    let reason = open_elsewhere(&files, "dac").unwrap_err();
    assert!(reason.contains("DAC_NationalDownloadableFile.csv is a folder with 2 parts"), "{reason}");
}
