//! Whether a file is what it is to be: its size, its kind, and whether its header fits its source.

use std::io::Read;

use carelake_tabular::config::SourceSpec;
use carelake_tabular::source::{Looks, Naming, SourceFault, check_head};
use zip::ZipArchive;

use super::watch::Watch;
use crate::error::{FetchError, Reason};
use crate::resolve::Release;

/// Bytes of a member of an archive that are unpacked: its header is in them.
const MEMBER_BYTES: u64 = 64 << 10;

/// Checks a file that has come.
pub(super) fn verify(
    watch: &Watch<'_>,
    release: &Release,
    (spec, naming): (&SourceSpec, &Naming),
    file: &str,
) -> Result<(), FetchError> {
    let malformed = |reason, what: String| FetchError::Malformed { file: file.to_owned(), reason, what };
    let size = watch.size_bytes;
    match Looks::at(watch.head.get(..4096).unwrap_or(&watch.head)) {
        Some(Looks::Zip) if is_archive(file) => {}
        None if !is_archive(file) => {}
        _ if size == 0 => return Err(malformed(Reason::Truncated, "it has no bytes".to_owned())),
        looks => return Err(malformed(Reason::NotTheFormat, instead(looks, file))),
    }
    if let Some(wanted) = release.size_bytes.filter(|wanted| size < *wanted) {
        let what = format!("it has {size} bytes, and its site says that it has {wanted}");
        return Err(malformed(Reason::Truncated, what));
    }
    if is_archive(file) { check_archive(watch, (spec, naming), file) } else { check_text(spec, file, &watch.head) }
}

fn check_text(spec: &SourceSpec, file: &str, head: &[u8]) -> Result<(), FetchError> {
    check_head(spec, file, head).map_err(|error| match &*error.fault {
        SourceFault::Empty | SourceFault::Content(_) | SourceFault::Nul(_) | SourceFault::RecordTooLong(_) => {
            let what = carelake_core::causes(&*error.fault);
            FetchError::Malformed { file: file.to_owned(), reason: Reason::NotTheFormat, what }
        }
        _ => FetchError::Source(Box::new(error)),
    })
}

/// Checks the list of the files of an archive, and the header of the one that the source reads.
fn check_archive(watch: &Watch<'_>, (spec, naming): (&SourceSpec, &Naming), file: &str) -> Result<(), FetchError> {
    let malformed = |reason, what: &str| FetchError::Malformed { file: file.to_owned(), reason, what: what.to_owned() };
    let mut archive = ZipArchive::new(watch.kept()).map_err(|_| {
        malformed(Reason::Truncated, "the list of its files, which is at its end, is missing or damaged")
    })?;
    let names: Vec<String> = archive.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect();
    let Some(member) = names.into_iter().find(|name| naming.is_member(name)) else {
        let what = format!("it holds no file like {}", spec.pattern);
        return Err(malformed(Reason::NotTheFormat, &what));
    };
    let unreadable = || malformed(Reason::NotTheFormat, "the file in it that the source reads cannot be unpacked");
    let mut first = Vec::new();
    let packed = archive.by_name(&member).map_err(|_| unreadable())?;
    packed.take(MEMBER_BYTES).read_to_end(&mut first).map_err(|_| unreadable())?;
    let name = member.rsplit('/').next().unwrap_or(&member);
    check_text(spec, &format!("{file}/{name}"), &first)
}

pub(super) fn is_archive(file: &str) -> bool {
    file.ends_with(".zip")
}

fn instead(looks: Option<Looks>, file: &str) -> String {
    let due = if is_archive(file) { "a ZIP archive" } else { "CSV" };
    let looks = match looks {
        Some(Looks::Like(kind)) => kind,
        Some(Looks::Zip) => "a ZIP archive",
        Some(Looks::Gzip) => "Gzip-compressed data",
        None => "text",
    };
    format!("{due} is due, and it looks like {looks}")
}
