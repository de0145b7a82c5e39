//! Brings the files of a configuration to the version of today: the same text, but for what is written otherwise now.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use carelake_core::ErrorKind;
use carelake_core::config::reader::Mistakes;
use carelake_core::config::{Files, LATEST, upgraded};

use crate::failure::Failure;
use crate::output;

/// Prints the files that change, or replaces them. The configuration has been found sound.
pub(super) fn upgrade(config: &Path, is_written: bool) -> Result<(), Failure> {
    let files = Files::read(config, &mut Mistakes::default())?;
    let read = |name: &PathBuf| fs::read_to_string(name).map_err(|error| unusable(name, "read", &error));
    let texts = files.names.iter().map(read).collect::<Result<Vec<String>, Failure>>()?;
    let Some(new) = files.root.as_ref().and_then(|root| upgraded(root, &texts)) else {
        output::aside(format_args!("{} is of version {LATEST} already", config.display()));
        if !is_written {
            output::text(texts.first().map_or("", String::as_str));
        }
        return Ok(());
    };
    // The file with the version comes last, so that what an interruption leaves is still of the version that it says.
    let all = files.names.iter().zip(texts.iter().zip(&new)).rev();
    let changed: Vec<(&PathBuf, &String)> =
        all.filter(|(_, (old, new))| old != new).map(|(name, (_, new))| (name, new)).collect();
    for (name, text) in &changed {
        if is_written {
            replace(name, text).map_err(|error| unusable(name, "written", &error))?;
            output::line(format_args!("{}: written in version {LATEST}", name.display()));
        } else {
            if changed.len() > 1 {
                output::line(format_args!("# {}", name.display()));
            }
            output::text(text);
        }
    }
    Ok(())
}

/// Puts a text in the place of a file's, whole; a link goes on leading to it, and who may read it stays the same.
fn replace(name: &Path, text: &str) -> std::io::Result<()> {
    let file = name.canonicalize()?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(fs::metadata(&file)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&file)?;
    Ok(())
}

fn unusable(name: &Path, verb: &str, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::STORAGE, format!("{}: cannot be {verb}: {error}", name.display()))
        .advise(ErrorKind::STORAGE.advice)
}
