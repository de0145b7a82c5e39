//! The inputs of a run: each source is found, opened and hashed once, however many datasets read it.

mod chosen;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempPath;

use crate::config::{Config, SourceSpec};
use crate::meter::Meter;
use crate::source::{Opening, Source, SourceError, SourceFault, locate};
use crate::store::{Arrival, Here, Store};
use crate::value::StateCodes;

pub use chosen::Chosen;

/// A source that was asked for: opened, or why it could not be.
type Opened = Arc<OnceLock<Result<Arc<OpenSource>, Arc<SourceError>>>>;

/// An opened source, and which other files were passed over for it.
#[derive(Debug)]
pub struct OpenSource {
    /// The source.
    pub source: Source,
    /// Older releases that match the same pattern.
    pub older: Vec<String>,
    hashing: AtomicBool,
    /// The copy of a file that is not on this machine; removed with the source.
    copy: Option<TempPath>,
}

/// A file that was found for a source.
struct Found {
    path: PathBuf,
    file: String,
    older: Vec<String>,
    copy: Option<TempPath>,
    arrival: Box<dyn Arrival>,
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
        if !opened.hashing.swap(true, Ordering::Relaxed) {
            // The manifest needs the hash at the end; it is computed beside the reading. An error shows when it is asked for.
            let hashed = Arc::clone(&opened);
            let hash = move || drop(hashed.source.sha256().map(str::len));
            // Hashing waits for a copy that still arrives; it must not keep a thread of the readers waiting.
            if opened.copy.is_some() { drop(std::thread::spawn(hash)) } else { rayon::spawn(hash) }
        }
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
        let Found { path, file, older, copy, arrival } = self.find(spec)?;
        let opening = Opening {
            file: &file,
            path: &path,
            scratch: &self.scratch,
            states: Arc::clone(&self.states),
            chunk_size: self.chunk_size,
            meter: Arc::clone(&self.meter),
            arrival,
        };
        Ok(OpenSource { source: Source::open(spec, opening)?, older, hashing: AtomicBool::new(false), copy })
    }

    /// Finds the file of a source, and brings it to this machine when it is not there.
    fn find(&self, spec: &SourceSpec) -> Result<Found, SourceError> {
        if let Some(path) = self.overrides.get(&spec.name) {
            let file = path.file_name().map_or_else(|| spec.name.clone(), |name| name.to_string_lossy().into_owned());
            if !path.is_file() {
                let place = path.parent().unwrap_or(Path::new(".")).display().to_string();
                let missing = SourceFault::Missing { pattern: file, place, near: None };
                return Err(SourceError::new(&spec.name, None, missing));
            }
            return Ok(Found { path: path.clone(), file, older: Vec::new(), copy: None, arrival: Box::new(Here) });
        }
        let located = locate(spec, &*self.store)?;
        let (key, older) = (located.object.key, located.older);
        let file = key.rsplit('/').next().unwrap_or(&key).to_owned();
        if located.object.size_bytes == 0 {
            return Err(SourceError::new(&spec.name, Some(&file), SourceFault::Empty));
        }
        if let Some(path) = self.store.local_path(&key) {
            return Ok(Found { path, file, older, copy: None, arrival: Box::new(Here) });
        }
        let failed = |fault: SourceFault| SourceError::new(&spec.name, Some(&file), fault);
        let copy = tempfile::NamedTempFile::new_in(&self.scratch)
            .map_err(|error| failed(SourceFault::Scratch(self.scratch.clone(), error)))?
            .into_temp_path();
        let arrival = self.store.fetch(&key, &copy).map_err(|error| failed(error.into()))?;
        Ok(Found { path: copy.to_path_buf(), file, older, copy: Some(copy), arrival })
    }
}

#[cfg(test)]
mod tests;
