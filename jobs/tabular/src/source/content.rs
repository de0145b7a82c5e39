//! The bytes of an input file: mapped where they lie, or unpacked to scratch disk first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Deref;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memmap2::Mmap;
use zip::ZipArchive;
use zip::result::ZipError;

use super::naming::{Naming, file_name};
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
    /// The archive does not hold exactly one CSV, nor exactly one of the source's name.
    #[error(
        "is a ZIP archive with {0} CSV files; it must hold one, or one with a name that the source's `file` matches"
    )]
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

    /// Opens a file that looks like this; a gzip, or the file that is wanted of a ZIP, is unpacked into an unnamed file in `scratch`.
    ///
    /// # Errors
    /// [`ContentError`] when the file cannot be read or is something else.
    pub(super) fn open(
        path: &Path,
        looks: Option<Looks>,
        scratch: &Path,
        wanted: Wanted<'_>,
    ) -> Result<Self, ContentError> {
        let file = File::open(path)?;
        match looks {
            None => Ok(Self::map(&file)?),
            Some(Looks::Like(kind)) => Err(ContentError::NotCsv(kind)),
            Some(Looks::Gzip) => spool(&mut MultiGzDecoder::new(file), scratch),
            Some(Looks::Zip) => unzip(&file, scratch, wanted),
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

fn unzip(file: &File, scratch: &Path, wanted: Wanted<'_>) -> Result<Content, ContentError> {
    let broken = |error: ZipError| match error {
        ZipError::UnsupportedArchive(_) => {
            ContentError::NotCsv("a ZIP archive packed or encrypted in a way that is not read; unpack it")
        }
        _ if is_office(file) => {
            ContentError::NotCsv("an Excel workbook that is damaged or cut off; fetch it again and export it as CSV")
        }
        error => ContentError::Damaged(io::Error::other(error)),
    };
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let names: Vec<String> = archive.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect();
    match wanted.of(&names) {
        Ok(table) => spool(&mut archive.by_name(table).map_err(broken)?, scratch),
        Err(_) if archive.index_for_name("[Content_Types].xml").is_some() => {
            Err(ContentError::NotCsv("an Excel workbook or another Office document; export it as CSV"))
        }
        Err(tables) => Err(ContentError::Archive(tables)),
    }
}

/// Returns whether a ZIP begins as an Office document does.
fn is_office(mut file: &File) -> bool {
    let mut first = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(FIRST_BYTES as u64).read_to_end(&mut first));
    let has = |name: &[u8]| memchr::memmem::find(&first, name).is_some();
    read.is_ok() && (has(b"[Content_Types].xml") || has(b"xl/workbook.xml"))
}

/// Which file of an archive is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// The names of the source's files.
    pub naming: &'w Naming,
    /// Its path, where it was chosen already.
    pub member: Option<&'w str>,
}

impl Wanted<'_> {
    /// Finds it: the one that was chosen, the only table, or the only one with a name of the source. Otherwise answers how many
    /// tables there are.
    fn of<'n>(&self, names: &'n [String]) -> Result<&'n str, usize> {
        let is_table = |name: &&str| {
            let is_csv = name.to_ascii_lowercase().ends_with(".csv") && !name.starts_with("__MACOSX/");
            is_csv && !self.naming.is_excluded(file_name(name))
        };
        let tables: Vec<&str> = names.iter().map(String::as_str).filter(is_table).collect();
        let ours: Vec<&str> = match self.member {
            Some(member) => names.iter().map(String::as_str).filter(|name| *name == member).collect(),
            None => tables.iter().copied().filter(|name| self.naming.is_member(name)).collect(),
        };
        match (ours.as_slice(), tables.as_slice()) {
            ([one], _) => Ok(one),
            (_, [one]) if self.member.is_none() => Ok(one),
            _ => Err(tables.len()),
        }
    }
}
