//! What an execution published, as the pointers tell that it moved.

use std::fs;
use std::path::Path;

use carelake_core::names::Publication;
use carelake_core::publish::{self, Manifest};
use jiff::Timestamp;

use crate::lake::Lake;
use crate::registry::ROOMS;

/// What a pointer is called, in the folder of its publication.
const POINTER: &str = "_current.json";
/// The most parts of the name of a publication.
const PARTS: usize = 4;
/// Runs of one publication that are told of one execution.
const RUNS: usize = 100;

/// Returns the runs that an execution published since it began. What cannot be read is not told.
pub(super) fn published(lake: &Lake, definition: &str, name: &str, since: Timestamp) -> Vec<Manifest> {
    let has = |room: &&&carelake_pipeline::Room| room.definitions.iter().any(|it| it.name == definition);
    let (Some(room), Ok(output)) = (ROOMS.0.iter().find(has), lake.folder()) else { return Vec::new() };
    let mut publications = Vec::new();
    find(output, room.name, PARTS, &mut publications);
    publications.iter().flat_map(|publication| of(lake, publication, name, since)).collect()
}

/// Finds publications below a folder. What begins with `_` lies beside what is served, and holds none.
fn find(output: &Path, path: &str, parts: usize, found: &mut Vec<Publication>) {
    let folder = output.join(path);
    let Ok(publication) = path.parse::<Publication>() else { return };
    if folder.join(POINTER).is_file() {
        found.push(publication);
    }
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| parts > 1 && entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names.iter().for_each(|name| find(output, &format!("{path}/{name}"), parts - 1, found));
}

fn of(lake: &Lake, publication: &Publication, name: &str, since: Timestamp) -> Vec<Manifest> {
    let Ok(Some(pointer)) = publish::current(&*lake.output, publication) else { return Vec::new() };
    if pointer.committed_at < since || !is_by(pointer.execution.as_deref(), name) {
        return Vec::new();
    }
    let last = pointer.runs.iter().rev().take(RUNS);
    let manifests = last.map_while(|entry| publish::manifest(&*lake.output, publication, &entry.run_id).ok());
    let mut made: Vec<Manifest> = manifests.take_while(|manifest| is_by(manifest.execution.as_deref(), name)).collect();
    made.reverse();
    made
}

/// Returns whether the execution of this name did something: rooms write the name of the definition before it.
fn is_by(execution: Option<&str>, name: &str) -> bool {
    execution.is_some_and(|it| it == name || it.strip_suffix(name).is_some_and(|before| before.ends_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_known_by_its_name_after_that_of_the_definition() {
        assert!(is_by(Some("intake-one"), "one") && is_by(Some("one"), "one"));
        assert!(!is_by(Some("intake-someone"), "one") && !is_by(None, "one"));
    }

    #[test]
    fn publications_are_found_wherever_their_pointers_are() {
        let folder = tempfile::tempdir().unwrap();
        for place in ["intake/persons", "intake/labs/acme", "intake/_runs/x", "loads/crm", "intake/a/b/c/d"] {
            let folder = folder.path().join(place);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(POINTER), "{}").unwrap();
        }
        let mut found = Vec::new();
        find(folder.path(), "intake", PARTS, &mut found);
        let found: Vec<String> = found.iter().map(Publication::path).collect();
        assert_eq!(found, ["intake/labs/acme", "intake/persons"]);
    }
}
