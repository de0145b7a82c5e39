//! Where rows are that a command reads: files of publications, of folders, and of buckets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::config::Location;
use carelake_core::names::Publication;
use carelake_core::publish::{self, Entry};
use carelake_core::store::{LocalStore, Store};
use carelake_core::table::Folder;

use crate::deployment;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::place;
use crate::publications;
use crate::tenant::lake_of;

/// A file of Parquet, not open yet.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub store: Arc<dyn Store>,
    pub key: String,
    /// What people know it by.
    pub name: String,
    /// What its folders say.
    pub folders: Vec<(String, Option<String>)>,
}

/// What files of Parquet are called in folders that have others as well.
const ENDINGS: [&str; 2] = [".parquet", ".parq"];

/// Returns the files of a place: of publications, of a folder, of a bucket, or one file.
pub(crate) fn sources(global: &Global, place: &str) -> Result<Vec<Source>, Failure> {
    if place.contains("://") {
        return of_bucket(place);
    }
    let path = Path::new(place);
    if is_path(place) {
        return of_path(path);
    }
    match of_publications(global, place) {
        Err(_) if path.exists() => of_path(path),
        found => found,
    }
}

/// Whether a text can only be a path: no publication is called so.
fn is_path(place: &str) -> bool {
    let is_file = ENDINGS.iter().any(|ending| place.ends_with(ending));
    is_file || place == "." || place == ".." || ["/", "./", "../"].iter().any(|start| place.starts_with(start))
}

/// Returns the files that publications serve, or served: `NAME`, `NAME@SEQUENCE`.
fn of_publications(global: &Global, name: &str) -> Result<Vec<Source>, Failure> {
    let (name, sequence) = match name.rsplit_once('@') {
        Some((name, sequence)) => {
            let number = sequence.parse::<u64>().map_err(|_| {
                Failure::argument(format!("{name}@{sequence}: what stands after @ is the number of a state"))
                    .advise("`carelake runs NAME` lists the states that are kept")
            })?;
            (name, Some(number))
        }
        None => (name, None),
    };
    let (lake, name) = lake_of(global, name)?;
    let mut found = Vec::new();
    let mut is_published = false;
    for publication in publications::named(&lake, &name)? {
        let Some(entries) = entries(&lake, &publication, sequence)? else { continue };
        is_published = true;
        for entry in entries {
            let manifest = publish::manifest(&*lake.output, &publication, &entry.run_id)?;
            let folder = manifest.folder();
            found.extend(manifest.files.iter().map(|file| {
                let key = format!("{folder}/{}", file.path);
                Source {
                    store: Arc::clone(&lake.output),
                    name: key.clone(),
                    key,
                    folders: Folder::pairs(&file.path).collect(),
                }
            }));
        }
    }
    if is_published {
        return Ok(found);
    }
    Err(Failure::argument(format!("{name} was never published into {}", lake.output.describe()))
        .advise("`carelake describe` lists what is published"))
}

/// Returns the runs that a publication serves, or served in a former state; none before the first.
fn entries(lake: &Lake, publication: &Publication, sequence: Option<u64>) -> Result<Option<Vec<Entry>>, Failure> {
    let Some(current) = publish::current(&*lake.output, publication)? else { return Ok(None) };
    let Some(sequence) = sequence.filter(|sequence| *sequence != current.sequence) else {
        return Ok(Some(current.runs));
    };
    let formers = publish::formers(&*lake.output, publication, Some(&current))?;
    let mut known: Vec<String> = formers.iter().map(|former| former.pointer.sequence.to_string()).collect();
    known.push(current.sequence.to_string());
    let former = formers.into_iter().find(|former| former.pointer.sequence == sequence);
    let former = former.ok_or_else(|| {
        Failure::argument(format!("{publication}: there is no state {sequence}"))
            .advise(format!("those that are kept: {}", known.join(", ")))
    })?;
    Ok(Some(former.pointer.runs))
}

/// Returns a file of this machine, or those of a folder and the folders in it.
fn of_path(path: &Path) -> Result<Vec<Source>, Failure> {
    let path = place::resolved(path)?;
    let real = path.canonicalize().map_err(|_| {
        Failure::argument(format!("{} is not there", path.display()))
            .advise("name a file, a folder, s3://bucket/prefix, or a publication; `carelake describe` lists those")
    })?;
    if real.is_dir() {
        let store: Arc<dyn Store> = Arc::new(LocalStore::new(real));
        return in_folder(&store, "", |key| path.join(key).display().to_string());
    }
    let (Some(folder), Some(name)) = (real.parent(), real.file_name().and_then(|name| name.to_str())) else {
        return Err(Failure::argument(format!("{} is no file that can be read", path.display())));
    };
    let store: Arc<dyn Store> = Arc::new(LocalStore::new(PathBuf::from(folder)));
    Ok(vec![Source { store, key: name.to_owned(), name: path.display().to_string(), folders: Vec::new() }])
}

/// Returns an object, or those below a prefix.
fn of_bucket(place: &str) -> Result<Vec<Source>, Failure> {
    let location =
        Location::parse(place, Path::new("")).map_err(|error| Failure::argument(format!("{place}: {error}")))?;
    let Location::S3 { bucket, prefix } = location else { return of_path(Path::new(place)) };
    let (folder, name) = prefix.rsplit_once('/').unwrap_or(("", &prefix));
    if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        let store = deployment::bucket(&bucket, folder)?;
        return Ok(vec![Source { store, key: name.to_owned(), name: place.to_owned(), folders: Vec::new() }]);
    }
    let store = deployment::bucket(&bucket, &prefix)?;
    let slash = if place.ends_with('/') { "" } else { "/" };
    in_folder(&store, "", |key| format!("{place}{slash}{key}"))
}

/// Returns the files of Parquet below a folder. What begins with `_` or `.` is put aside by whoever wrote it.
fn in_folder(store: &Arc<dyn Store>, prefix: &str, name: impl Fn(&str) -> String) -> Result<Vec<Source>, Failure> {
    let is_put_aside = |key: &str| key.split('/').any(|part| part.starts_with(['_', '.']));
    let is_ours = |key: &str| ENDINGS.iter().any(|ending| key.ends_with(ending)) && !is_put_aside(key);
    let keys = store.list(prefix)?.into_iter().map(|object| object.key).filter(|key| is_ours(key));
    let source = |key: String| Source {
        store: Arc::clone(store),
        name: name(&key),
        folders: key.rsplit_once('/').map(|(folders, _)| Folder::pairs(folders).collect()).unwrap_or_default(),
        key,
    };
    let found: Vec<Source> = keys.map(source).collect();
    if found.is_empty() {
        return Err(Failure::new(ErrorKind::INPUT_MISSING, format!("{}: there is no file *.parquet", name("")))
            .advise("name the folder that has the files, or the files themselves"));
    }
    Ok(found)
}
