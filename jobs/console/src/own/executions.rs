//! Executions of definitions that are no runs of the month, as the output keeps them.

use carelake_core::store::Store;
use carelake_facts::{EXECUTIONS, FactError, read_events};
use jiff::Timestamp;

use super::walked::Walked;

/// An execution of a definition.
pub(super) struct Execution {
    pub definition: String,
    pub name: String,
    /// When something of it was written last.
    pub changed: Timestamp,
    key: String,
}

/// Returns every execution that is kept, the one that changed last first.
pub(super) fn all(output: &dyn Store) -> Result<Vec<Execution>, FactError> {
    let mut found: Vec<Execution> = output.list(&format!("{EXECUTIONS}/"))?.into_iter().filter_map(of).collect();
    found.sort_by(|one, other| other.changed.cmp(&one.changed).then_with(|| one.key.cmp(&other.key)));
    Ok(found)
}

fn of(object: carelake_core::store::Object) -> Option<Execution> {
    let rest = object.key.strip_prefix(EXECUTIONS)?.strip_prefix('/')?;
    let (definition, rest) = rest.split_once('/')?;
    let name = rest.strip_suffix("/history.jsonl").filter(|name| !name.contains('/'))?;
    let (definition, name) = (definition.to_owned(), name.to_owned());
    Some(Execution { definition, name, changed: object.modified, key: object.key })
}

impl Execution {
    /// Reads what it did.
    pub(super) fn walked(&self, output: &dyn Store) -> Result<Walked, FactError> {
        let damaged = |_| FactError::Damaged { what: format!("the history of {}/{}", self.definition, self.name) };
        Ok(Walked::of(&read_events(&output.read(&self.key)?).map_err(damaged)?))
    }
}
