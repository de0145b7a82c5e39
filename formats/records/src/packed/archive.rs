//! The members of a zip archive, checked before any of them is unpacked.

use std::io::{BufReader, Read, Seek};

use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipArchive};

use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};

/// A member, as the archive's directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its number in the directory, from 0.
    pub index: usize,
    /// Its path in the archive.
    pub name: String,
    /// Its bytes in the archive.
    pub packed_bytes: u64,
    is_encrypted: bool,
    /// Whether it is packed by a method that is read.
    is_known: bool,
    start: u64,
}

/// Bytes before a member's data, at least: its local header without the name.
const HEADER_BYTES: u64 = 30;

/// Opens an archive, and lists the members that are files.
pub(super) fn open<R: Read + Seek>(
    file: R,
    limits: &Limits,
) -> Result<(ZipArchive<BufReader<R>>, Vec<Member>), ReadError> {
    let mut file = BufReader::new(file);
    // Only how many there are, before they are all listed in memory.
    let count = ZipIterable::try_new(&mut file, Config::default()).map_err(blame)?.len();
    if count > limits.members {
        let message = format!("the archive has {count} members; at most {} are read", limits.members);
        return Err(Malformed::new(Reason::TooManyMembers, message).into());
    }
    let archive = ZipArchive::new(file).map_err(blame)?;
    let mut members = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(blame)?;
        let name = entry.name().map_err(blame)?.into_owned();
        if entry.is_symlink() || is_outside(&name) {
            let message = "a member of the archive is a link, or lies outside of its folder";
            return Err(Malformed::new(Reason::PathOutside, message).into());
        }
        if !entry.is_dir() {
            members.push(Member {
                index,
                name,
                packed_bytes: entry.compressed_size(),
                is_encrypted: entry.encrypted(),
                is_known: matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated),
                start: entry.header_start(),
            });
        }
    }
    check_places(&archive, &members)?;
    Ok((archive, members))
}

impl Member {
    /// Checks that it can be unpacked, without a password.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        if self.is_encrypted {
            let message = "a member of the archive is encrypted; ask for an archive without a password";
            return Err(Malformed::new(Reason::Encrypted, message));
        }
        if !self.is_known {
            let message = "a member of the archive is packed by a method that is not read; ask for deflate";
            return Err(Malformed::new(Reason::NotTheFormat, message));
        }
        Ok(())
    }
}

/// Tells what an error of an archive that begins like one means.
pub(super) fn blame(error: ZipError) -> ReadError {
    match error {
        ZipError::UnsupportedArchive(_) => {
            let message = "the archive is of several files or of a kind that is not read; ask for a plain one";
            Malformed::new(Reason::NotTheFormat, message).into()
        }
        // Of a method of packing that is not known the library says so as an error of reading.
        ZipError::Io(error)
            if !matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::Unsupported) =>
        {
            ReadError::Io(error)
        }
        _ => {
            let message = "the list of members, at the end of the archive, is missing or damaged";
            Malformed::new(Reason::Truncated, message).into()
        }
    }
}

/// Returns whether a name leads out of its folder, on any system.
fn is_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    has_drive || name.starts_with('/') || name.contains(['\\', '\0']) || name.split('/').any(|step| step == "..")
}

/// Checks that no member lies within another, and that no two have one name.
fn check_places<R: Read + Seek>(archive: &ZipArchive<BufReader<R>>, members: &[Member]) -> Result<(), Malformed> {
    let mut places: Vec<(u64, u64)> = members
        .iter()
        .map(|member| (member.start, member.start.saturating_add(HEADER_BYTES).saturating_add(member.packed_bytes)))
        .collect();
    places.push((archive.central_directory_start(), u64::MAX));
    places.sort_unstable();
    let overlap = places.iter().zip(places.iter().skip(1)).any(|((_, end), (next, _))| end > next);
    if overlap || archive.has_duplicate_names() {
        let message = "members of the archive lie within each other or have one name";
        return Err(Malformed::new(Reason::NotTheFormat, message));
    }
    Ok(())
}
