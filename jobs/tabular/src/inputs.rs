//! The inputs of a run: each source is found, opened and hashed once, however many datasets read it.

mod chosen;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use carelake_core::store::{Arrival, Here, Store};
use carelake_core::value::StateCodes;
use tempfile::TempPath;

use crate::config::{Config, SourceSpec};
use crate::meter::Meter;
use crate::source::{Candidate, Opening, Release, Source, SourceError, SourceFault, locate};

mod family;

pub use chosen::Chosen;
pub use family::{MixedFamily, mixed_families};

/// A source that was asked for: opened, or why it could not be.
type Opened = Arc<OnceLock<Result<Arc<OpenSource>, Arc<SourceError>>>>;

/// An opened source, and which other files were passed over for it.
#[derive(Debug)]
pub struct OpenSource {
    /// The source.
    pub source: Source,
    /// Increments that count on top of it, in order.
    pub increments: Vec<Arc<OpenSource>>,
    /// Older releases that match the same pattern.
    pub older: Vec<String>,
    /// What the name of the file says of its release.
    pub release: Option<Release>,
    /// What else is to be told of the choice of files.
    notes: Vec<String>,
    hashing: AtomicBool,
    /// The copy of a file that is not on this machine; removed with the source.
    copy: Option<TempPath>,
}

/// A file of a source that is, or arrives, on this machine.
struct Found {
    path: PathBuf,
    file: String,
    member: Option<String>,
    release: Option<Release>,
    copy: Option<TempPath>,
    arrival: Box<dyn Arrival>,
}

impl OpenSource {
    /// Returns what an operator should know of it and need not act on: new columns, files passed over, a choice that was made.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let (name, file) = (&self.source.spec().name, self.source.file());
        let mut told = Vec::new();
        if !self.source.new_columns().is_empty() {
            told.push(format!("{file} has new columns: {}", self.source.new_columns().join(", ")));
        }
        told.extend(self.source.chosen().iter().map(|chosen| format!("{file}: {chosen}")));
        let increments: Vec<&str> = self.increments.iter().map(|increment| increment.source.file()).collect();
        if !increments.is_empty() {
            told.push(format!("read {file}, and on top of it {}", increments.join(", ")));
        }
        if !self.older.is_empty() {
            told.push(format!("read {file}, the newest release; passed over {}", self.older.join(", ")));
        }
        told.extend(self.notes.iter().cloned());
        told.into_iter().map(|told| format!("source {name}: {told}")).collect()
    }

    /// Returns the files that are read: itself, and its increments in order.
    pub fn files(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::once(self).chain(&self.increments)
    }

    /// Computes the hash of the file beside the reading; the manifest needs it at the end. An error shows when it is asked for.
    fn start_hashing(self: &Arc<Self>) {
        if self.hashing.swap(true, Ordering::Relaxed) {
            return;
        }
        let hashed = Arc::clone(self);
        let hash = move || drop(hashed.source.sha256().map(str::len));
        // Hashing waits for a copy that still arrives; it must not keep a thread of the readers waiting.
        if self.copy.is_some() { drop(std::thread::spawn(hash)) } else { rayon::spawn(hash) }
    }
}

/// Where sources come from, and those that are open.
#[derive(Debug)]
pub struct Inputs {
    config: Arc<Config>,
    store: Arc<dyn Store>,
    scratch: PathBuf,
    states: Arc<StateCodes>,
    overrides: BTreeMap<String, PathBuf>,
    chunk_size: usize,
    meter: Arc<Meter>,
    opened: Mutex<HashMap<String, Opened>>,
}

/// Bytes that one thread reads at a time.
const CHUNK_BYTES: usize = 2 << 20;

impl Inputs {
    /// Takes the store of the inputs and a folder for unpacked files.
    #[must_use]
    pub fn new(config: Arc<Config>, store: Arc<dyn Store>, scratch: &Path) -> Self {
        let states = Arc::new(StateCodes::new(config.code_lists.states.iter().map(String::as_str)));
        Self {
            config,
            store,
            scratch: scratch.to_owned(),
            states,
            overrides: BTreeMap::new(),
            chunk_size: CHUNK_BYTES,
            meter: Arc::default(),
            opened: Mutex::default(),
        }
    }

    /// Uses these files for these sources, whatever their patterns say.
    #[must_use]
    pub fn with_files(mut self, files: BTreeMap<String, PathBuf>) -> Self {
        self.overrides = files;
        self
    }

    /// Reads in pieces of this many bytes. The result is the same for any number.
    #[must_use]
    pub fn with_chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_size = bytes;
        self
    }

    /// Returns where sources come from.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Returns how much of the inputs was read.
    #[must_use]
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Opens a source, or answers what opening it gave before.
    ///
    /// # Errors
    /// [`SourceError`], shared by every dataset that reads the source.
    pub fn open(&self, name: &str) -> Result<Arc<OpenSource>, Arc<SourceError>> {
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(opened.entry(name.to_owned()).or_default())
        };
        let opened = cell.get_or_init(|| self.open_now(name).map(Arc::new).map_err(Arc::new)).clone()?;
        opened.files().for_each(OpenSource::start_hashing);
        Ok(opened)
    }

    /// Opens a source that a run can do without; `None` when it is declared optional and there is no file, not even one with
    /// an ending that is not read.
    ///
    /// # Errors
    /// [`SourceError`] when there is a file and it cannot be read.
    pub fn open_if_any(&self, name: &str) -> Result<Option<Arc<OpenSource>>, Arc<SourceError>> {
        let optional = self.config.source(name).is_some_and(|spec| spec.optional);
        match self.open(name) {
            Err(error) if optional && matches!(*error.fault, SourceFault::Missing { near: None, .. }) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Forgets the sources that could not be opened, so that a retry looks again.
    pub fn forget_failures(&self) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, cell| !cell.get().is_some_and(Result::is_err));
    }

    fn open_now(&self, name: &str) -> Result<OpenSource, SourceError> {
        let spec = self.config.source(name).ok_or_else(|| SourceError::new(name, None, SourceFault::Undeclared))?;
        if let Some(path) = self.overrides.get(name) {
            return self.open_file(spec, named(spec, path)?);
        }
        let located = locate(spec, &*self.store)?;
        let mut open = self.open_file(spec, self.bring(spec, &located.file)?)?;
        for increment in &located.increments {
            open.increments.push(Arc::new(self.open_file(spec, self.bring(spec, increment)?)?));
        }
        Ok(OpenSource { older: located.older, notes: located.notes, ..open })
    }

    fn open_file(&self, spec: &SourceSpec, found: Found) -> Result<OpenSource, SourceError> {
        let Found { path, file, member, release, copy, arrival } = found;
        let opening = Opening {
            file: &file,
            path: &path,
            member: member.as_deref(),
            scratch: &self.scratch,
            states: Arc::clone(&self.states),
            chunk_size: self.chunk_size,
            meter: Arc::clone(&self.meter),
            arrival,
        };
        let source = Source::open(spec, opening)?;
        let (increments, older, notes) = Default::default();
        Ok(OpenSource { source, increments, older, release, notes, hashing: AtomicBool::new(false), copy })
    }

    /// Brings a file to this machine when it is not there.
    fn bring(&self, spec: &SourceSpec, wanted: &Candidate) -> Result<Found, SourceError> {
        let (file, member, release) = (wanted.shown(), wanted.member.clone(), wanted.release);
        let failed = |fault: SourceFault| SourceError::new(&spec.name, Some(&file), fault);
        if wanted.size_bytes == 0 {
            return Err(failed(SourceFault::Empty));
        }
        if let Some(path) = self.store.local_path(&wanted.key) {
            return Ok(Found { path, file, member, release, copy: None, arrival: Box::new(Here) });
        }
        let copy = tempfile::NamedTempFile::new_in(&self.scratch)
            .map_err(|error| failed(SourceFault::Scratch(self.scratch.clone(), error)))?
            .into_temp_path();
        let arrival = self.store.fetch(&wanted.key, &copy).map_err(|error| failed(error.into()))?;
        Ok(Found { path: copy.to_path_buf(), file, member, release, copy: Some(copy), arrival })
    }
}

/// Takes a file that was named for a source.
fn named(spec: &SourceSpec, path: &Path) -> Result<Found, SourceError> {
    let file = path.file_name().map_or_else(|| spec.name.clone(), |name| name.to_string_lossy().into_owned());
    if !path.is_file() {
        let place = path.parent().unwrap_or(Path::new(".")).display().to_string();
        let missing = SourceFault::Missing { pattern: file, place, near: None };
        return Err(SourceError::new(&spec.name, None, missing));
    }
    let release = Release::of(&file);
    Ok(Found { path: path.to_owned(), file, member: None, release, copy: None, arrival: Box::new(Here) })
}

#[cfg(test)]
mod tests;
