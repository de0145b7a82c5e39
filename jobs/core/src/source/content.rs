//! The bytes of an input file: mapped where they lie, or unpacked to scratch disk first.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memmap2::Mmap;

use super::sniff::Looks;

/// A file's text, as bytes that can be read from many threads at once.
#[derive(Debug)]
pub enum Content {
    /// A mapped file.
    Mapped(Mmap),
    /// No bytes at all.
    Empty,
}

/// How many bytes say what a file is.
pub const FIRST_BYTES: usize = 4096;

/// Why a file could not be turned into text.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The file could not be read, or not unpacked to scratch disk.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// The bytes are not a CSV, nor a gzip or ZIP of one.
    #[error("is no CSV: it looks like {0}")]
    NotCsv(&'static str),
    /// The archive does not hold exactly one CSV.
    #[error("is a ZIP archive with {0} CSV files; it must hold one")]
    Archive(usize),
    /// The compressed data is damaged or cut off.
    #[error("is compressed and damaged or cut off")]
    Damaged(#[source] io::Error),
}

impl Content {
    /// Returns what the first bytes of a file look like; `None` when nothing speaks against a CSV.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn look(path: &Path) -> io::Result<Option<Looks>> {
        let mut first = Vec::with_capacity(FIRST_BYTES);
        File::open(path)?.take(FIRST_BYTES as u64).read_to_end(&mut first)?;
        Ok(Looks::at(&first))
    }

    /// Opens a file that looks like this; a gzip, or a ZIP with one CSV inside, is unpacked into an unnamed file in `scratch`.
    ///
    /// # Errors
    /// [`ContentError`] when the file cannot be read or is something else.
    pub fn open(path: &Path, looks: Option<Looks>, scratch: &Path) -> Result<Self, ContentError> {
        let file = File::open(path)?;
        match looks {
            None => Ok(Self::map(&file)?),
            Some(Looks::Like(kind)) => Err(ContentError::NotCsv(kind)),
            Some(Looks::Gzip) => spool(&mut MultiGzDecoder::new(file), scratch),
            Some(Looks::Zip) => unzip(file, scratch),
        }
    }

    /// Maps a file that nobody changes while it is read: sources are published once, and scratch files have no name.
    fn map(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self::Empty);
        }
        #[expect(unsafe_code, reason = "reading a 900 MB file through a map costs no copy and no heap")]
        // SAFETY: the map is read-only and private to this value. A file that another process shortens while a run reads
        // it ends the process with SIGBUS before anything is published; the operations guide says to replace inputs by rename.
        // A copy that still arrives has its full length from the start, and bytes are read only after they have arrived.
        let map = unsafe { Mmap::map(file)? };
        Ok(Self::Mapped(map))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Empty => &[],
        }
    }
}

/// Unpacks into an unnamed file, so that memory stays flat and nothing is left behind.
fn spool(packed: &mut impl Read, scratch: &Path) -> Result<Content, ContentError> {
    let mut file = tempfile::tempfile_in(scratch)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        let length = match packed.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ContentError::Damaged(error)),
        };
        file.write_all(buffer.get(..length).unwrap_or_default())?;
    }
    file.flush()?;
    let content = Content::map(&file)?;
    match Looks::at(content.get(..FIRST_BYTES.min(content.len())).unwrap_or_default()) {
        None => Ok(content),
        Some(Looks::Like(kind)) => Err(ContentError::NotCsv(kind)),
        Some(Looks::Gzip | Looks::Zip) => Err(ContentError::NotCsv("an archive within an archive")),
    }
}

fn unzip(file: File, scratch: &Path) -> Result<Content, ContentError> {
    let damaged = |error: zip::result::ZipError| ContentError::Damaged(io::Error::other(error));
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let tables: Vec<String> = archive
        .file_names()
        .filter_map(|name| name.ok().map(|name| name.into_owned()))
        .filter(|name| name.to_ascii_lowercase().ends_with(".csv") && !name.starts_with("__MACOSX/"))
        .collect();
    match tables.as_slice() {
        [table] => spool(&mut archive.by_name(table).map_err(damaged)?, scratch),
        _ if archive.index_for_name("[Content_Types].xml").is_some() => {
            Err(ContentError::NotCsv("an Excel workbook or another Office document; export it as CSV"))
        }
        several => Err(ContentError::Archive(several.len())),
    }
}
