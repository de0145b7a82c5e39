//! What the rows of a model follow from.

use std::collections::BTreeMap;

use carelake_core::hex;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::inputs::Table;
use crate::config::Model;

/// Returns the identity of the rows of a model on an input set.
pub(super) fn identity(model: &Model, fingerprint: &str, tables: &BTreeMap<String, Table>, as_of: Date) -> String {
    let mut all = Sha256::new();
    all.update(fingerprint.as_bytes());
    for (name, table) in tables {
        all.update(format!("\n{name}: {}", table.identity()).as_bytes());
    }
    if model.uses_as_of() {
        all.update(format!("\n:as_of {as_of}").as_bytes());
    }
    hex(&all.finalize())
}
