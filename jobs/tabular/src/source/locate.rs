//! Finding the files of a source: what lies in the input under a name that its patterns match.

use std::collections::BTreeMap;

use carelake_core::store::{Object, Odd, Store};

use super::archive::members;
use super::choose::choose;
use super::error::{SourceError, SourceFault};
use super::naming::{Naming, file_name, fixed, is_near};
use super::release::Release;
use crate::config::SourceSpec;

/// The files chosen for a source.
#[derive(Debug, Clone)]
pub struct Located {
    /// The full file.
    pub file: Candidate,
    /// Increments to apply on top of it, in order.
    pub increments: Vec<Candidate>,
    /// Other files that match: older releases.
    pub older: Vec<String>,
    /// What else is to be told of the choice, one sentence fragment each.
    pub notes: Vec<String>,
}

/// A file that a source may be read from.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its key, or that of the archive which holds it.
    pub key: String,
    /// Its path in an archive that holds other files too.
    pub member: Option<String>,
    /// Its size in bytes, unpacked if it is in such an archive.
    pub size_bytes: u64,
    /// What its name says of its release.
    pub release: Option<Release>,
    /// What has its name and is no file.
    pub odd: Option<Odd>,
}

impl Candidate {
    /// Takes what has this key.
    pub(super) fn plain(key: &str, size_bytes: u64) -> Self {
        Self { key: key.to_owned(), member: None, size_bytes, release: Release::of(file_name(key)), odd: None }
    }

    /// Returns the name that tells its release: its own.
    pub(super) fn name(&self) -> &str {
        file_name(self.member.as_deref().unwrap_or(&self.key))
    }

    /// Returns the name as rows and reports tell it; with the archive before it, if there is one.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.member {
            Some(_) => format!("{}/{}", file_name(&self.key), self.name()),
            None => self.name().to_owned(),
        }
    }

    /// Returns the name and what it says of the release.
    pub(super) fn told(&self) -> String {
        let place = if self.member.is_some() { self.shown() } else { self.key.clone() };
        self.release.map_or_else(|| place.clone(), |release| format!("{place} ({release})"))
    }

    /// Returns the first date of the range it covers, if its name has two.
    pub(super) fn from(&self) -> Option<super::release::ReleaseDate> {
        self.release.and_then(|release| release.from)
    }
}

/// Finds the newest file that matches the source's pattern, as it is or with `.gz` or `.zip` behind or instead of `.csv`, or
/// in one of its archives; and the increments after it.
///
/// # Errors
/// [`SourceFault::Missing`] when nothing matches, [`SourceFault::NotAFile`] when a folder or a dead link has the name,
/// [`SourceFault::Ambiguous`] when the names do not say which file is newest, [`SourceFault::OnlyIncrements`].
pub fn locate(spec: &SourceSpec, input: &dyn Store) -> Result<Located, SourceError> {
    let failed = |fault: SourceFault| SourceError::new(&spec.name, None, fault);
    let naming = Naming::new(spec).map_err(failed)?;
    // Only what starts like the pattern is listed: a job needs no right to see anything else.
    let listed = input.list(fixed(&spec.pattern)).map_err(|error| failed(error.into()))?;
    let mut found: Vec<Candidate> = listed
        .iter()
        .filter(|object| naming.is_file(&object.key))
        .map(|object| Candidate::plain(&object.key, object.size_bytes))
        .collect();
    let odd = odd(&naming, input, fixed(&spec.pattern), &listed).map_err(failed)?;
    found.extend(odd.into_iter().map(|(key, odd)| Candidate { odd: Some(odd), ..Candidate::plain(&key, 0) }));
    let mut without = Vec::new();
    if let Some(archive) = &spec.archive {
        let objects = input.list(fixed(archive)).map_err(|error| failed(error.into()))?;
        for object in objects.iter().filter(|object| naming.is_archive(&object.key)) {
            let inside = in_archive(&naming, input, object)
                .map_err(|fault| SourceError::new(&spec.name, Some(file_name(&object.key)), fault))?;
            if inside.is_empty() {
                without.push(file_name(&object.key).to_owned());
            }
            found.extend(inside);
        }
    }
    if found.is_empty() {
        if !without.is_empty() {
            return Err(failed(SourceFault::NotInArchive { pattern: spec.pattern.clone(), archives: without }));
        }
        let near = listed
            .into_iter()
            .find(|object| is_near(&spec.pattern, &object.key) && !naming.is_excluded(file_name(&object.key)));
        let near = near.map(|object| object.key);
        return Err(failed(SourceFault::Missing { pattern: spec.pattern.clone(), place: input.describe(), near }));
    }
    let mut located = choose(spec, found)?;
    located
        .notes
        .extend(without.iter().map(|archive| format!("{archive} holds no file like {}; passed over", spec.pattern)));
    Ok(located)
}

/// Returns what has a name of the source and is no file. Keys below a name make it a folder, in any store.
fn odd(
    naming: &Naming,
    input: &dyn Store,
    prefix: &str,
    listed: &[Object],
) -> Result<BTreeMap<String, Odd>, SourceFault> {
    let mut found: BTreeMap<String, Odd> = input.odd(prefix)?.into_iter().collect();
    for object in listed {
        let is_part = !file_name(&object.key).starts_with(['_', '.']);
        for (slash, _) in object.key.match_indices('/') {
            let folder = object.key.get(..slash).unwrap_or_default();
            if let Odd::Folder { parts } = found.entry(folder.to_owned()).or_insert(Odd::Folder { parts: 0 }) {
                *parts += usize::from(is_part);
            }
        }
    }
    found.retain(|key, _| naming.is_file(key));
    Ok(found)
}

/// Returns the files of the source that an archive holds.
fn in_archive(naming: &Naming, input: &dyn Store, archive: &Object) -> Result<Vec<Candidate>, SourceFault> {
    let members = members(input, archive)?;
    let ours = members.into_iter().filter(|member| naming.is_member(&member.path));
    let candidate = |member: super::archive::Member| Candidate {
        release: Release::of(file_name(&member.path)).map(|release| release.corrected_as(file_name(&archive.key))),
        key: archive.key.clone(),
        member: Some(member.path),
        size_bytes: member.size_bytes,
        odd: None,
    };
    Ok(ours.map(candidate).collect())
}
