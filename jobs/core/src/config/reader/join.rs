//! Joins the tree of an included file to that of the file that includes it.

use std::path::{Path, PathBuf};

use super::mistakes::Mistakes;
use super::tree::{Entry, Place, Value};

/// Adds the entries of a map of another file. What both have is joined where it is a map; anything else may stand once.
///
/// `path` is the dotted path of the map, and `files` are the names of all files.
pub fn join(into: &mut Vec<Entry>, from: Vec<Entry>, path: &str, files: &[PathBuf], mistakes: &mut Mistakes) {
    let mut own: Vec<(String, Place)> = Vec::new();
    for entry in from {
        let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        if let Some((_, at)) = own.iter().find(|(key, _)| *key == entry.key) {
            let message = format!("the key is already set in line {}; keep one of the two", at.line);
            mistakes.at_place(entry.at, &path, message);
            continue;
        }
        own.push((entry.key.clone(), entry.at));
        let Some(known) = into.iter_mut().find(|known| known.key == entry.key) else {
            into.push(entry);
            continue;
        };
        match (&mut known.value.value, entry.value.value) {
            // Two empty maps are the same thing said twice.
            (Value::Map(known), Value::Map(more)) if !(known.is_empty() && more.is_empty()) => {
                join(known, more, &path, files, mistakes);
            }
            _ => {
                let file = files.get(known.at.file).map_or(Path::new(""), PathBuf::as_path).display();
                let Place { line, column, .. } = known.at;
                let message = format!("stands in {file}:{line}:{column} as well; keep one of the two");
                mistakes.at_place(entry.at, &path, message);
            }
        }
    }
}
