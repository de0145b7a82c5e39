//! To whom events go, as the configuration says.

use std::path::Path;

use carelake_core::ErrorKind;
use carelake_lineage::{Https, Lines, Receiver};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::way_out;

/// Whoever is told.
pub(crate) type To = Box<dyn Receiver + Send>;

/// Returns whether somebody is to be told of a lake.
pub(crate) fn is_configured(lake: &Lake) -> bool {
    lake.config.head.lineage.is_some()
}

/// Returns who is told: a file, relative to the folder of the configuration, or a server.
///
/// # Errors
/// `InvalidConfig` when the address is none, or nobody is to be told.
pub(crate) fn receiver(lake: &Lake) -> Result<To, Failure> {
    let lineage = lake.config.head.lineage.as_ref().ok_or_else(|| {
        Failure::new(ErrorKind::INVALID_CONFIG, "the configuration has no section `lineage`")
            .advise("add `lineage: { to: file:lineage.jsonl }`, or the https:// address of a server of OpenLineage")
    })?;
    if let Some(file) = lineage.to.strip_prefix("file:") {
        // As an URI of a file on this machine begins.
        let file = file.strip_prefix("//").unwrap_or(file);
        let folder = lake.config.file.parent().unwrap_or(Path::new(""));
        return Ok(Box::new(Lines::new(folder.join(file))));
    }
    match Https::new(&lineage.to, way_out::proxy()) {
        Ok(https) => Ok(Box::new(https)),
        Err(error) => Err(Failure::new(ErrorKind::INVALID_CONFIG, format!("lineage.to: {error}"))
            .advise("mend `lineage.to`: file:PATH or https://HOST/PATH")),
    }
}
